/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words and numbers as the report writes them: class and subset names for people, three digits
 * for proportions, "0.912 (0.871 to 0.945)", a dash for what is not defined.
 */
#include "report_parts.h"

#include <hipnet/text.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH  "\xe2\x80\x93" /* for what is not there */
#define MINUS "\xe2\x88\x92"

/* Names that are abbreviations; all others become words with a capital. */
static const struct {
    const char *name, *word;
} known_classes[] = {
    { "pji", "PJI" },
    { "covid-19", "COVID-19" },
    { "covid-19-severe", "COVID-19, severe" },
};

static const char *as_words(hn_report *report, const char *name)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    for (const char *c = name; *c; c++) {
        char letter = *c == '_' ? ' ' : c == name ? (char)toupper((unsigned char)*c) : *c;
        hn_text_append_bytes(&text, &letter, 1);
    }
    return hn_report_text(report, "%s", hn_text_get(&text));
}

const char *word_of_class(hn_report *report, const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(known_classes); i++) {
        if (strcmp(known_classes[i].name, name) == 0) {
            return known_classes[i].word;
        }
    }
    return as_words(report, name);
}

const char *word_of_subset(const char *subset)
{
    static const struct {
        const char *name, *word;
    } subsets[] = {
        { "train", "Training" },
        { "tuning", "Tuning" },
        { "internal_test", "Internal test" },
        { "external", "External test" },
        { "prospective", "Prospective" },
        { "", "Subset not stated" },
    };
    for (size_t i = 0; i < HN_COUNT_OF(subsets); i++) {
        if (strcmp(subsets[i].name, subset) == 0) {
            return subsets[i].word;
        }
    }
    return subset;
}

/* Laboratory values: the ending of a column's name is its unit. */
static const struct {
    const char *ending, *unit;
} units[] = {
    { "_mg_l", "mg/L" },   { "_mg_dl", "mg/dL" }, { "_mm_h", "mm/h" },
    { "_g_l", "g/L" },     { "_g_dl", "g/dL" },   { "_ug_l", "\xc2\xb5g/L" },
    { "_ng_ml", "ng/mL" }, { "_pg_ml", "pg/mL" }, { "_per_ul", "per \xc2\xb5L" },
    { "_percent", "%" },
};

static int find_unit(const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(units); i++) {
        if (hn_text_ends(name, units[i].ending) && strlen(name) > strlen(units[i].ending)) {
            return (int)i;
        }
    }
    return -1;
}

const char *word_of_lab(hn_report *report, const char *name)
{
    int unit = find_unit(name);
    size_t stem = strlen(name) - (unit < 0 ? 0 : strlen(units[unit].ending));
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    bool abbreviation = stem <= 4;
    for (size_t i = 0; i < stem; i++) {
        char letter = name[i] == '_' ? ' ' : name[i];
        letter = abbreviation || i == 0 ? (char)toupper((unsigned char)letter) : letter;
        hn_text_append_bytes(&text, &letter, 1);
    }
    return hn_report_text(report, "%s", hn_text_get(&text));
}

const char *unit_of_lab(hn_report *report, const char *name)
{
    (void)report;
    int unit = find_unit(name);
    return unit < 0 ? "" : units[unit].unit;
}

const char *words_of_lab(hn_report *report, const char *name, const char *unit)
{
    const char *word = word_of_lab(report, name);
    unit = unit && *unit ? unit : unit_of_lab(report, name);
    return *unit ? hn_report_text(report, "%s (%s)", word, unit) : word;
}

/* ---- Numbers --------------------------------------------------------------------------- */

static double number_at(const hn_json *object, const char *key)
{
    const hn_json *value = hn_json_get(object, key);
    double number = (double)NAN;
    if (value && hn_json_kind_of(value) == HN_JSON_NUMBER &&
        hn_json_as_real(&number, value) == HN_OK) {
        return number;
    }
    return (double)NAN;
}

static const char *text_at(const hn_json *object, const char *key)
{
    const hn_json *value = hn_json_get(object, key);
    const char *text = "";
    if (value && hn_json_kind_of(value) == HN_JSON_TEXT && hn_json_as_text(&text, value) == HN_OK) {
        return text;
    }
    return "";
}

figure_value figure_at(const hn_json *object, const char *key)
{
    figure_value out = { .estimate = (double)NAN,
                         .low = (double)NAN,
                         .high = (double)NAN,
                         .p = (double)NAN,
                         .n = -1,
                         .method = "",
                         .reason = "" };
    bool is_object = object && hn_json_kind_of(object) == HN_JSON_OBJECT;
    const hn_json *value = is_object ? hn_json_get(object, key) : NULL;
    if (!value) {
        return out;
    }
    out.given = true;
    if (hn_json_kind_of(value) == HN_JSON_NUMBER) {
        out.estimate = number_at(object, key);
    } else if (hn_json_kind_of(value) == HN_JSON_OBJECT) {
        out.estimate = number_at(value, "estimate");
        out.low = number_at(value, "low");
        out.high = number_at(value, "high");
        out.p = number_at(value, "p");
        double n = number_at(value, "n");
        out.n = isfinite(n) && fabs(n) < 9e15 ? (int64_t)n : -1;
        out.method = text_at(value, "method");
        out.reason = text_at(value, "reason");
    }
    return out;
}

/* A fixed number of decimals, with a real minus sign. */
static const char *decimals(hn_report *report, double value, int digits, const char *unit)
{
    if (!isfinite(value)) {
        return DASH;
    }
    char text[64];
    snprintf(text, sizeof text, "%.*f", digits, fabs(value));
    bool zero = strspn(text, "0.") == strlen(text);
    return hn_report_text(report, "%s%s%s", value < 0 && !zero ? MINUS : "", text, unit);
}

const char *write_estimate(hn_report *report, double value, scale form)
{
    return form == SCALE_PERCENT ? decimals(report, 100 * value, 1, "%")
                                 : decimals(report, value, 3, "");
}

const char *write_interval(hn_report *report, const figure_value *value, scale form)
{
    if (!isfinite(value->low) || !isfinite(value->high)) {
        return DASH;
    }
    return hn_report_text(report, "%s to %s", write_estimate(report, value->low, form),
                          write_estimate(report, value->high, form));
}

const char *write_both(hn_report *report, const figure_value *value, scale form)
{
    if (!isfinite(value->estimate)) {
        return DASH;
    }
    if (!isfinite(value->low) || !isfinite(value->high)) {
        return write_estimate(report, value->estimate, form);
    }
    return hn_report_text(report, "%s (%s)", write_estimate(report, value->estimate, form),
                          write_interval(report, value, form));
}

const char *write_p(hn_report *report, double p)
{
    if (!isfinite(p)) {
        return DASH;
    }
    if (p < 0.001) {
        return "< 0.001";
    }
    return decimals(report, p, p < 0.01 ? 3 : 2, "");
}

const char *write_count(hn_report *report, int64_t count)
{
    char digits[32];
    char grouped[48];
    snprintf(digits, sizeof digits, "%lld", (long long)count);
    size_t n = strlen(digits), used = 0;
    for (size_t i = 0; i < n; i++) {
        grouped[used++] = digits[i];
        size_t left = n - 1 - i;
        if (left > 0 && left % 3 == 0 && digits[i] != '-') {
            grouped[used++] = ',';
        }
    }
    grouped[used] = 0;
    return hn_report_text(report, "%s", grouped);
}

const char *write_percent(hn_report *report, int64_t part, int64_t whole)
{
    return whole > 0 ? decimals(report, 100.0 * (double)part / (double)whole, 1, "%") : DASH;
}

const char *write_number(hn_report *report, double value)
{
    if (!isfinite(value)) {
        return DASH;
    }
    double size = fabs(value);
    int digits = size == 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    char text[64];
    snprintf(text, sizeof text, "%.*f", digits, size);
    if (strchr(text, '.')) {
        size_t n = strlen(text);
        while (n > 0 && text[n - 1] == '0') {
            text[--n] = 0;
        }
        if (n > 0 && text[n - 1] == '.') {
            text[--n] = 0;
        }
    }
    return hn_report_text(report, "%s%s", value < 0 ? MINUS : "", text);
}

const char *write_level(const report_inputs *in)
{
    const hn_json *settings = in->metrics ? hn_json_get(in->metrics, "settings") : NULL;
    double level = settings ? figure_at(settings, "confidence").estimate : (double)NAN;
    return level > 0 && level < 1 ? hn_report_text(in->report, "%g%%", 100 * level) : "95%";
}

const char *words_of_method(const char *method)
{
    static const struct {
        const char *name, *words;
    } methods[] = {
        { "bootstrap-percentile", "bootstrap, percentile" },
        { "bootstrap-basic", "bootstrap, basic" },
        { "bootstrap-bca", "bootstrap, BCa" },
        { "wilson", "Wilson" },
        { "wilson-clustered", "Wilson, clustered" },
        { "clopper-pearson", "Clopper\xe2\x80\x93Pearson" },
        { "delong", "DeLong" },
        { "delong-clustered", "DeLong, clustered" },
        { "delong-logit", "DeLong, logit" },
        { "delong-clustered-logit", "DeLong, clustered, logit" },
        { "newcombe", "Newcombe" },
        { "newcombe-patients", "Newcombe, patients" },
        { "fisher", "Fisher z" },
        { "fieller", "Fieller" },
        { "bonett-wright", "Bonett\xe2\x80\x93Wright" },
        { "", DASH },
    };
    for (size_t i = 0; i < HN_COUNT_OF(methods); i++) {
        if (strcmp(methods[i].name, method) == 0) {
            return methods[i].words;
        }
    }
    return method;
}
