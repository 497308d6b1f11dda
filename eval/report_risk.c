/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The predicted risk of one class against what was measured in the blood: a scatter for each
 * biomarker and the coefficients of correlation.json.
 */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x93"

/* ---- Scatter --------------------------------------------------------------------------- */

struct scatter {
    hn_series *series[2][2]; /* [is of the class][is censored] */
    int64_t drawn, zero, censored;
};

static void add_point(struct scatter *scatter, const hn_prediction *row, const char *cell, int k)
{
    hn_measurement value;
    if (hn_measurement_parse(&value, cell) != HN_OK || !isfinite(value.value) ||
        !isfinite(row->probabilities[k])) {
        return;
    }
    if (value.value <= 0) {
        scatter->zero++;
        return;
    }
    bool censored = value.censoring != 0;
    scatter->drawn++;
    scatter->censored += censored;
    hn_series_add(scatter->series[row->label_class == k][censored], value.value,
                  row->probabilities[k]);
}

static void scatter_figure(report_inputs *in, hn_section *section, int extra, int number)
{
    hn_report *report = in->report;
    const hn_predictions *all = in->predictions;
    const char *name = all->extra_names[extra];
    const char *class = word_of_class(report, all->classes[in->risk_class]);
    const char *measured = words_of_lab(report, name, NULL);
    hn_plot *plot = hn_section_figure(section, hn_report_text(report, "biomarker-%d", number), "");
    if (!plot) {
        return;
    }
    struct scatter scatter = { 0 };
    for (int of = 0; of < 2; of++) {
        for (int censored = 0; censored < 2; censored++) {
            const char *label = hn_report_text(report, censored ? "%s, at a detection limit" : "%s",
                                               of ? class : "Other classes");
            hn_series *series = hn_plot_series(plot, HN_MARK_POINTS, of ? 1 : 0, label);
            if (series) {
                series->open = censored;
            }
            scatter.series[of][censored] = series;
        }
    }
    for (int64_t i = 0; i < all->count; i++) {
        if (in->evaluated[i]) {
            add_point(&scatter, &all->rows[i], all->rows[i].extra[extra], in->risk_class);
        }
    }
    plot->x = (hn_axis) { .label = hn_report_text(report, "%s, logarithmic", measured),
                          .logarithmic = true };
    plot->y = (hn_axis) { .label = hn_report_text(report, "Predicted risk of %s", class),
                          .fixed = true,
                          .high = 1 };
    plot->caption = hn_report_text(
        report, "Predicted risk of %s and %s in %s cases%s%s.", class, word_of_lab(report, name),
        write_count(report, scatter.drawn),
        scatter.censored
            ? hn_report_text(report, ". Hollow marks stand at a detection limit (%s cases)",
                             write_count(report, scatter.censored))
            : "",
        scatter.zero ? hn_report_text(report, "; %s cases with a value of zero are not drawn",
                                      write_count(report, scatter.zero))
                     : "");
    plot->alt = hn_report_text(report,
                               "Scatter plot of the predicted risk of %s against %s on a "
                               "logarithmic axis; the correlation table gives the coefficients.",
                               class, measured);
}

/* ---- Coefficients ---------------------------------------------------------------------- */

static bool is_entry(const hn_json *value)
{
    return value && hn_json_kind_of(value) == HN_JSON_OBJECT &&
           (hn_json_get(value, "spearman") || hn_json_get(value, "pearson"));
}

/* correlation.json's own settings say which class and what is held fixed. */
static const char *words_of_scope(report_inputs *in, const char *scope)
{
    const hn_json *settings = hn_json_get(in->correlation, "settings");
    const char *within = NULL, *given = NULL;
    if (settings && hn_json_kind_of(settings) == HN_JSON_OBJECT) {
        const hn_json *a = hn_json_get(settings, "within_class");
        const hn_json *b = hn_json_get(settings, "partial_given");
        within = a && hn_json_as_text(&within, a) == HN_OK ? within : NULL;
        given = b && hn_json_as_text(&given, b) == HN_OK ? given : NULL;
    }
    if (strcmp(scope, "pooled") == 0) {
        return "All cases";
    }
    if (strcmp(scope, "within_class") == 0) {
        return within ? hn_report_text(in->report, "Within %s", word_of_class(in->report, within))
                      : "Within the class";
    }
    if (strcmp(scope, "partial") == 0) {
        return given ? hn_report_text(in->report, "Partial, given the %s",
                                      strcmp(given, "label") == 0 ? "class" : given)
                     : "Partial";
    }
    return scope;
}

static const char *plain_count(hn_report *report, const hn_json *entry, const char *key)
{
    figure_value value = figure_at(entry, key);
    return isfinite(value.estimate) && fabs(value.estimate) < 9e15
               ? write_count(report, (int64_t)value.estimate)
               : DASH;
}

static void coefficient_row(report_inputs *in, hn_table *table, const char *name,
                            const hn_json *entry)
{
    static const char *const kinds[] = { "spearman", "pearson", "kendall" };
    hn_report *report = in->report;
    hn_table_row(table);
    hn_table_cell(table, "%s", name);
    hn_table_cell(table, "%s", plain_count(report, entry, "n"));
    hn_table_cell(table, "%s", plain_count(report, entry, "missing"));
    hn_table_cell(table, "%s", plain_count(report, entry, "censored"));
    for (size_t i = 0; i < HN_COUNT_OF(kinds); i++) {
        figure_value value = figure_at(entry, kinds[i]);
        hn_cell *cell =
            hn_table_cell(table, "%s", write_estimate(report, value.estimate, SCALE_PROPORTION));
        if (cell && isfinite(value.low)) {
            cell->small = write_interval(report, &value, SCALE_PROPORTION);
        }
        hn_table_cell(table, "%s", write_p(report, value.p));
    }
}

/* correlation.json says "present": false of a column that the predictions do not have. */
static bool is_absent(const hn_json *biomarker)
{
    bool present = true;
    const hn_json *value = hn_json_get(biomarker, "present");
    return value && hn_json_as_bool(&present, value) == HN_OK && !present;
}

static void biomarker_rows(report_inputs *in, hn_table *table, const hn_json *biomarker)
{
    hn_report *report = in->report;
    hn_table_band(table, "%s%s", words_of_lab(report, hn_json_key(biomarker), NULL),
                  is_absent(biomarker) ? ": not in the predictions" : "");
    if (is_absent(biomarker)) {
        return;
    }
    for (const hn_json *scope = hn_json_first(biomarker); scope; scope = hn_json_next(scope)) {
        if (is_entry(scope)) {
            coefficient_row(in, table, words_of_scope(in, hn_json_key(scope)), scope);
        }
    }
}

static void coefficient_table(report_inputs *in, hn_section *section)
{
    const hn_json *list = in->correlation ? hn_json_get(in->correlation, "biomarkers") : NULL;
    if (!list || hn_json_kind_of(list) != HN_JSON_OBJECT || hn_json_count(list) == 0) {
        hn_section_say(section, HN_TONE_MISSING, "%s",
                       in->correlation ? "The correlation file names no biomarker."
                                       : "No correlations were given (--correlation): run "
                                         "`hipnet correlate` on these predictions first.");
        return;
    }
    hn_table *table =
        hn_section_table(section, "correlation",
                         hn_report_text(in->report,
                                        "Correlation of the predicted risk with each biomarker, "
                                        "with %s intervals.",
                                        write_level(in)));
    hn_table_column(table, HN_ALIGN_LEFT, "Biomarker and scope");
    hn_table_column_in(table, "Cases", HN_ALIGN_RIGHT, "Used");
    hn_table_column_in(table, "Cases", HN_ALIGN_RIGHT, "Missing");
    hn_table_column_in(table, "Cases", HN_ALIGN_RIGHT, "Censored");
    static const char *const kinds[] = { "Spearman", "Pearson", "Kendall" };
    for (size_t i = 0; i < HN_COUNT_OF(kinds); i++) {
        hn_table_column_in(table, kinds[i], HN_ALIGN_RIGHT, "Coefficient");
        hn_table_column_in(table, kinds[i], HN_ALIGN_RIGHT, "p");
    }
    for (const hn_json *c = hn_json_first(list); c; c = hn_json_next(c)) {
        if (hn_json_kind_of(c) == HN_JSON_OBJECT) {
            biomarker_rows(in, table, c);
        }
    }
    if (table) {
        table->note = "The p values are of single tests and are not corrected for their number. "
                      "Rank coefficients tie values beyond a detection limit; Pearson's is of "
                      "log(1 + value). Within a class, or given the class, a correlation cannot "
                      "come from the classes' different levels.";
    }
}

hn_status report_risk_section(report_inputs *in)
{
    hn_section *section = hn_report_section(in->report, "biomarkers", "Risk and biomarkers");
    if (in->risk_class < 0) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No class is named whose risk is held against biomarkers (--risk-class).");
        return HN_OK;
    }
    int number = 0;
    for (int e = 0; e < in->predictions->extra_count; e++) {
        const char *name = in->predictions->extra_names[e];
        const hn_json *list = in->correlation ? hn_json_get(in->correlation, "biomarkers") : NULL;
        bool named = list && hn_json_kind_of(list) == HN_JSON_OBJECT && hn_json_get(list, name);
        if (named || *unit_of_lab(in->report, name)) {
            scatter_figure(in, section, e, ++number);
        }
    }
    if (number == 0) {
        hn_section_say(section, HN_TONE_MISSING, "The predictions hold no biomarker.");
    }
    coefficient_table(in, section);
    return HN_OK;
}
