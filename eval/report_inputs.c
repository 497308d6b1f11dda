/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inputs of a report, read once and held together: which rows the metrics are about, which
 * class is held against biomarkers, and the cases of the cohort tables.
 */
#include "report_parts.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/text.h>

#include <math.h>
#include <string.h>

/* A text member of an object that may be absent; "" then. */
static const char *text_of(const hn_json *object, const char *key)
{
    const hn_json *value = object ? hn_json_get(object, key) : NULL;
    const char *text = "";
    if (value && hn_json_kind_of(value) == HN_JSON_TEXT && hn_json_as_text(&text, value) == HN_OK) {
        return text;
    }
    return "";
}

static const hn_json *settings_of(const hn_json *document)
{
    const hn_json *settings = document && hn_json_kind_of(document) == HN_JSON_OBJECT
                                  ? hn_json_get(document, "settings")
                                  : NULL;
    return settings && hn_json_kind_of(settings) == HN_JSON_OBJECT ? settings : NULL;
}

/* ---- Which rows the metrics are about -------------------------------------------------- */

/* The subsets that metrics.json says it took; the default of `hipnet evaluate` without it. */
static hn_status read_subsets(hn_text_list *out, const report_inputs *in)
{
    const hn_json *flow = in->metrics ? hn_json_get(in->metrics, "flow") : NULL;
    const hn_json *subsets =
        flow && hn_json_kind_of(flow) == HN_JSON_OBJECT ? hn_json_get(flow, "subsets") : NULL;
    if (!subsets || hn_json_kind_of(subsets) != HN_JSON_ARRAY) {
        return HN_OK;
    }
    for (const hn_json *c = hn_json_first(subsets); c; c = hn_json_next(c)) {
        const char *word = NULL;
        if (hn_json_as_text(&word, c) == HN_OK) {
            HN_TRY(hn_text_list_add(out, word));
        }
    }
    return HN_OK;
}

/* Nothing to evaluate is no failure of the report: its sections say so. */
static hn_status choose_rows(report_inputs *in)
{
    in->evaluated = hn_calloc((size_t)in->predictions->count, sizeof *in->evaluated);
    if (!in->evaluated) {
        return HN_ENOMEM;
    }
    hn_text_list subsets = { 0 };
    hn_status status = read_subsets(&subsets, in);
    if (status == HN_OK) {
        status = hn_selection_new(&in->selection, in->predictions, &subsets);
    }
    hn_text_list_clear(&subsets);
    if (status == HN_ENOMEM) {
        return status;
    }
    for (int64_t i = 0; status == HN_OK && i < in->selection->count; i++) {
        in->evaluated[in->selection->rows[i]] = true;
    }
    return HN_OK;
}

/* ---- Cases from predictions ------------------------------------------------------------ */

/* A further column is a laboratory value when its name ends in a unit, or correlation.json
 * speaks of it. */
static bool is_lab(const report_inputs *in, const char *name)
{
    if (*unit_of_lab(in->report, name)) {
        return true;
    }
    const hn_json *list = in->correlation ? hn_json_get(in->correlation, "biomarkers") : NULL;
    return list && hn_json_kind_of(list) == HN_JSON_OBJECT && hn_json_get(list, name);
}

static double age_of(const char *text)
{
    char digits[32];
    size_t n = strlen(text);
    double age = (double)NAN;
    if (n == 0 || n >= sizeof digits) {
        return age;
    }
    memcpy(digits, text, n + 1);
    if (digits[n - 1] == '+') {
        digits[n - 1] = 0;
    }
    return hn_parse_real(&age, digits) == HN_OK ? age : (double)NAN;
}

static char sex_of(const char *word)
{
    static const struct {
        const char *word;
        char letter;
    } words[] = { { "female", 'f' }, { "f", 'f' }, { "w", 'f' },    { "male", 'm' },
                  { "m", 'm' },      { "o", 'o' }, { "other", 'o' } };
    for (size_t i = 0; i < HN_COUNT_OF(words); i++) {
        if (hn_text_equal_nocase(words[i].word, word)) {
            return words[i].letter;
        }
    }
    return 0;
}

static void case_of_row(report_case *out, const hn_prediction *row)
{
    *out = (report_case) {
        .patient = row->patient_id,
        .center = row->center,
        .subset = row->subset,
        .label = row->reference == HN_REF_SINGLE ? row->label_class : -1,
        .age = age_of(row->age),
        .sex = sex_of(row->sex),
        .ap = strcmp(row->views, "both") == 0 || strcmp(row->views, "ap") == 0,
        .lateral = strcmp(row->views, "both") == 0 || strcmp(row->views, "lateral") == 0,
    };
}

/* The value of a cell; what cannot be read counts as missing. */
static lab lab_of(const char *cell)
{
    hn_measurement measurement;
    if (hn_measurement_parse(&measurement, cell) != HN_OK) {
        return (lab) { .value = (double)NAN };
    }
    return (lab) { .value = measurement.value, .censoring = measurement.censoring };
}

static hn_status cases_from_predictions(report_inputs *in)
{
    const hn_predictions *all = in->predictions;
    report_cohort *out = &in->cohort;
    const char **classes = hn_calloc((size_t)all->class_count, sizeof *classes);
    out->cases = hn_calloc((size_t)all->count, sizeof *out->cases);
    out->classes = classes;
    if (!out->cases || !classes) {
        return HN_ENOMEM;
    }
    memcpy((void *)classes, (const void *)all->classes, (size_t)all->class_count * sizeof *classes);
    out->class_count = all->class_count;
    out->count = (size_t)all->count;
    int columns[REPORT_BIOMARKERS];
    for (int e = 0; e < all->extra_count && out->lab_count < REPORT_BIOMARKERS; e++) {
        if (is_lab(in, all->extra_names[e])) {
            columns[out->lab_count] = e;
            out->lab_names[out->lab_count] = all->extra_names[e];
            out->lab_units[out->lab_count++] = unit_of_lab(in->report, all->extra_names[e]);
        }
    }
    for (int64_t i = 0; i < all->count; i++) {
        case_of_row(&out->cases[i], &all->rows[i]);
        for (int b = 0; b < out->lab_count; b++) {
            out->cases[i].labs[b] = lab_of(all->rows[i].extra[columns[b]]);
        }
    }
    return HN_OK;
}

/* ---- All of it ------------------------------------------------------------------------- */

static hn_status choose_risk_class(report_inputs *in, const char *asked)
{
    const char *const candidates[] = {
        text_of(settings_of(in->correlation), "risk_class"),
        text_of(in->correlation, "risk_class"),
        text_of(settings_of(in->metrics), "risk_class"),
        in->cohort.risk_class ? in->cohort.risk_class : "",
        "pji",
    };
    in->risk_class = -1;
    if (asked) {
        in->risk_class = hn_predictions_class(in->predictions, asked);
        return in->risk_class >= 0 ? HN_OK
                                   : hn_fail(HN_EUSAGE, "--risk-class: '%s' is no class of %s%s",
                                             asked, in->predictions_path,
                                             hn_text_suggest(asked, in->predictions->classes,
                                                             (size_t)in->predictions->class_count));
    }
    for (size_t i = 0; i < HN_COUNT_OF(candidates) && in->risk_class < 0; i++) {
        in->risk_class = hn_predictions_class(in->predictions, candidates[i]);
    }
    return HN_OK;
}

static hn_status read_document(hn_json **out, char *sha256, const char *path, const char *schema)
{
    if (!path) {
        return HN_OK;
    }
    HN_TRY(hn_json_read(out, path));
    if (hn_json_kind_of(*out) != HN_JSON_OBJECT || strcmp(text_of(*out, "schema"), schema) != 0) {
        return hn_fail(HN_EFORMAT, "%s: a document with the schema '%s' was expected", path,
                       schema);
    }
    return hn_sha256_file(sha256, path);
}

static hn_status expect_folder(const char *path)
{
    if (path && !hn_file_is_folder(path)) {
        return hn_fail(hn_file_exists(path) ? HN_EFORMAT : HN_ENOTFOUND,
                       "--run: %s: a run folder was expected", path);
    }
    return HN_OK;
}

/* Were these figures computed from these predictions? True also when the document does not say. */
static bool fits(const hn_json *document, const char *content)
{
    const hn_json *source = document ? hn_json_get(document, "predictions") : NULL;
    bool is_object = source && hn_json_kind_of(source) == HN_JSON_OBJECT;
    const char *sha256 = is_object ? text_of(source, "content_sha256") : "";
    return !*sha256 || strcmp(sha256, content) == 0;
}

hn_status report_inputs_read(report_inputs *in, const char *risk_class)
{
    HN_TRY(hn_predictions_read(&in->predictions, in->predictions_path));
    HN_TRY(hn_sha256_file(in->sha256[0], in->predictions_path));
    HN_TRY(read_document(&in->metrics, in->sha256[1], in->metrics_path, "hipnet-metrics 1"));
    HN_TRY(read_document(&in->correlation, in->sha256[2], in->correlation_path,
                         "hipnet-correlation 1"));
    HN_TRY(expect_folder(in->run_path));
    hn_predictions_sort(in->predictions);
    char content[HN_SHA256_HEX];
    HN_TRY(hn_predictions_sha256(content, in->predictions));
    in->metrics_fit = fits(in->metrics, content);
    in->correlation_fits = fits(in->correlation, content);
    HN_TRY(report_cohort_read(&in->cohort, in->report, in->cohort_path, in->split_path));
    if (!in->cohort.from_file) {
        HN_TRY(cases_from_predictions(in));
    }
    HN_TRY(choose_rows(in));
    return choose_risk_class(in, risk_class);
}

void report_inputs_clear(report_inputs *in)
{
    hn_predictions_free(in->predictions);
    hn_json_free(in->metrics);
    hn_json_free(in->correlation);
    hn_selection_free(in->selection);
    hn_free(in->evaluated);
    report_cohort_clear(&in->cohort);
    hn_report_free(in->report);
    *in = (report_inputs) { 0 };
}
