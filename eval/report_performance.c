/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The figures of metrics.json as tables: overall, confusion, by class, by center, by views. No
 * number is computed here; what the file lacks is said to be lacking.
 */
#include "report_parts.h"

#include <hipnet/metrics.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x93"

/* Figures that people read as percentages. */
static scale scale_of(const char *key)
{
    static const char *const percent[] = { "accuracy", "sensitivity", "specificity", "ppv", "npv" };
    for (size_t i = 0; i < HN_COUNT_OF(percent); i++) {
        if (strstr(key, percent[i])) {
            return SCALE_PERCENT;
        }
    }
    return SCALE_PROPORTION;
}

static const char *title_of(const char *key)
{
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        if (strcmp(hn_overall_name((hn_overall)f), key) == 0) {
            return hn_overall_title((hn_overall)f);
        }
    }
    return key;
}

static const hn_json *object_at(const hn_json *object, const char *key)
{
    const hn_json *value =
        object && hn_json_kind_of(object) == HN_JSON_OBJECT ? hn_json_get(object, key) : NULL;
    return value && hn_json_kind_of(value) == HN_JSON_OBJECT ? value : NULL;
}

static const char *count_at(hn_report *report, const hn_json *object, const char *key)
{
    figure_value value = figure_at(object, key);
    return isfinite(value.estimate) && fabs(value.estimate) < 9e15
               ? write_count(report, (int64_t)value.estimate)
               : DASH;
}

/* ---- Flow ------------------------------------------------------------------------------- */

/* " in the subsets external test, prospective" */
static const char *words_of_subsets(const report_inputs *in)
{
    const hn_selection *selection = in->selection;
    if (!selection || selection->whole || selection->subsets.count == 0) {
        return "";
    }
    HN_AUTO_TEXT words = HN_TEXT_INIT;
    for (size_t i = 0; i < selection->subsets.count; i++) {
        hn_text_printf(&words, "%s%s", i ? ", " : "", word_of_subset(selection->subsets.items[i]));
    }
    return hn_report_text(in->report, ", %s: %s",
                          selection->subsets.count == 1 ? "subset" : "subsets",
                          hn_text_get(&words));
}

static void flow_row(report_inputs *in, hn_table *table, const char *words, int64_t count)
{
    hn_table_row(table);
    hn_table_cell(table, "%s", words);
    hn_table_cell(table, "%s", write_count(in->report, count));
}

/* From the rows of the file to the cases evaluated: nobody is lost without a word. */
static void flow_table(report_inputs *in, hn_section *section)
{
    static const char *const reference[HN_REFS] = {
        [HN_REF_SEVERAL] = "Not evaluated: several reference classes",
        [HN_REF_NONE_OF_FIVE] = "Not evaluated: a failure of none of the classes",
        [HN_REF_INDETERMINATE] = "Not evaluated: reference indeterminate",
        [HN_REF_PENDING] = "Not evaluated: reference pending",
        [HN_REF_LOST] = "Not evaluated: lost to follow-up",
    };
    static const char *const result[HN_RESULTS] = {
        [HN_RESULT_ABSTAINED] = "Not evaluated: the model abstained",
        [HN_RESULT_UNREADABLE] = "Not evaluated: images unreadable",
    };
    const hn_selection *selection = in->selection;
    if (!selection || selection->count == selection->rows_in_file) {
        return;
    }
    hn_table *table = hn_section_table(section, "flow", "From the predictions to the evaluation.");
    hn_table_column(table, HN_ALIGN_LEFT, "Step");
    hn_table_column(table, HN_ALIGN_RIGHT, "Cases");
    flow_row(in, table, "Cases in the predictions", selection->rows_in_file);
    if (selection->rows_chosen < selection->rows_in_file) {
        flow_row(in, table, "In other subsets", selection->rows_in_file - selection->rows_chosen);
    }
    for (int s = 0; s < HN_REFS; s++) {
        if (reference[s] && selection->reference[s] > 0) {
            flow_row(in, table, reference[s], selection->reference[s]);
        }
    }
    for (int r = 0; r < HN_RESULTS; r++) {
        if (result[r] && selection->result[r] > 0) {
            flow_row(in, table, result[r], selection->result[r]);
        }
    }
    hn_table_total(table);
    hn_table_cell(table, "Evaluated");
    hn_table_cell(table, "%s", write_count(in->report, selection->count));
}

/* ---- Overall --------------------------------------------------------------------------- */

static void overall_table(report_inputs *in, hn_section *section)
{
    const hn_json *overall = object_at(in->metrics, "overall");
    if (!overall) {
        hn_section_say(section, HN_TONE_MISSING, "%s holds no overall figures.", in->metrics_path);
        return;
    }
    hn_report *report = in->report;
    hn_table *table = hn_section_table(section, "metrics-overall", "All classes together.");
    hn_table_column(table, HN_ALIGN_LEFT, "Measure");
    hn_table_column(table, HN_ALIGN_RIGHT, "Estimate");
    hn_table_column(table, HN_ALIGN_RIGHT, hn_report_text(report, "%s interval", write_level(in)));
    hn_table_column(table, HN_ALIGN_LEFT, "Method of the interval");
    hn_table_column(table, HN_ALIGN_RIGHT, "Cases");
    for (const hn_json *c = hn_json_first(overall); c; c = hn_json_next(c)) {
        const char *key = hn_json_key(c);
        figure_value value = figure_at(overall, key);
        scale form = scale_of(key);
        hn_table_row(table);
        hn_table_cell(table, "%s", title_of(key));
        hn_table_cell(table, "%s", write_estimate(report, value.estimate, form));
        hn_table_cell(table, "%s", write_interval(report, &value, form));
        hn_table_cell(table, "%s",
                      isfinite(value.low) || !*value.reason
                          ? words_of_method(value.method)
                          : hn_report_text(report, "none: %s", value.reason));
        hn_table_cell(table, "%s", value.n >= 0 ? write_count(report, value.n) : DASH);
    }
    if (table) {
        table->note = "Areas are one against the rest unless said otherwise. Log loss, "
                      "Brier score and calibration error are better when smaller.";
    }
}

/* ---- Confusion matrix ------------------------------------------------------------------ */

static int64_t count_in(const hn_json *counts, int row, int column)
{
    int64_t count = 0;
    const hn_json *line = hn_json_at(counts, row);
    const hn_json *cell =
        line && hn_json_kind_of(line) == HN_JSON_ARRAY ? hn_json_at(line, column) : NULL;
    return cell && hn_json_as_int(&count, cell) == HN_OK ? count : 0;
}

static void confusion_table(report_inputs *in, hn_section *section)
{
    const hn_json *confusion = object_at(in->metrics, "confusion");
    const hn_json *counts = confusion ? hn_json_get(confusion, "counts") : NULL;
    const hn_json *classes = confusion ? hn_json_get(confusion, "classes") : NULL;
    if (!counts || !classes || hn_json_kind_of(counts) != HN_JSON_ARRAY ||
        hn_json_kind_of(classes) != HN_JSON_ARRAY) {
        hn_section_say(section, HN_TONE_MISSING, "%s holds no confusion matrix.", in->metrics_path);
        return;
    }
    hn_report *report = in->report;
    hn_table *table = hn_section_table(
        section, "confusion",
        "Confusion matrix: the reference standard's class down, the most probable class across.");
    hn_table_column(table, HN_ALIGN_LEFT, "Reference standard");
    int count = (int)hn_json_count(classes);
    for (int k = 0; k < count; k++) {
        const char *name = "";
        if (hn_json_as_text(&name, hn_json_at(classes, k)) == HN_OK) {
            hn_table_column_in(table, "Predicted class", HN_ALIGN_CENTER,
                               word_of_class(report, name));
        }
    }
    hn_table_column(table, HN_ALIGN_RIGHT, "All");
    for (int k = 0; k < count; k++) {
        const char *name = "";
        int64_t all = 0;
        for (int j = 0; j < count; j++) {
            all += count_in(counts, k, j);
        }
        hn_table_row(table);
        hn_table_cell(table, "%s",
                      hn_json_as_text(&name, hn_json_at(classes, k)) == HN_OK
                          ? word_of_class(report, name)
                          : DASH);
        for (int j = 0; j < count; j++) {
            int64_t cases = count_in(counts, k, j);
            hn_cell *cell = hn_table_cell(table, "%s", write_count(report, cases));
            if (cell) {
                cell->small = write_percent(report, cases, all);
                cell->shade = all ? (double)cases / (double)all : 0;
                cell->marked = j == k;
            }
        }
        hn_table_cell(table, "%s", write_count(report, all));
    }
    if (table) {
        table->note = "Percentages are of the row: on the framed diagonal they are sensitivities.";
    }
}

/* ---- By class, center, views ----------------------------------------------------------- */

static void class_table(report_inputs *in, hn_section *section)
{
    const hn_json *per_class = object_at(in->metrics, "per_class");
    if (!per_class) {
        hn_section_say(section, HN_TONE_MISSING, "%s holds no figures by class.", in->metrics_path);
        return;
    }
    static const struct {
        const char *key, *title;
    } columns[] = {
        { "auc", "AUC" },
        { "average_precision", "Average precision" },
        { "sensitivity", "Sensitivity" },
        { "specificity", "Specificity" },
        { "ppv", "PPV" },
        { "npv", "NPV" },
        { "f1", "F1" },
    };
    hn_report *report = in->report;
    hn_table *table = hn_section_table(
        section, "metrics-classes",
        hn_report_text(report, "Each class against the rest, with %s intervals.", write_level(in)));
    hn_table_column(table, HN_ALIGN_LEFT, "Class");
    hn_table_column(table, HN_ALIGN_RIGHT, "Cases");
    for (size_t f = 0; f < HN_COUNT_OF(columns); f++) {
        hn_table_column(table, HN_ALIGN_RIGHT, columns[f].title);
    }
    for (const hn_json *c = hn_json_first(per_class); c; c = hn_json_next(c)) {
        hn_table_row(table);
        hn_table_cell(table, "%s", word_of_class(report, hn_json_key(c)));
        hn_table_cell(table, "%s", count_at(report, c, "n"));
        for (size_t f = 0; f < HN_COUNT_OF(columns); f++) {
            figure_value value = figure_at(c, columns[f].key);
            scale form = scale_of(columns[f].key);
            hn_cell *cell =
                hn_table_cell(table, "%s", write_estimate(report, value.estimate, form));
            if (cell && isfinite(value.low)) {
                cell->small = write_interval(report, &value, form);
            }
        }
    }
    if (table) {
        table->note = "AUC: area under the receiver operating characteristic curve. PPV, NPV: "
                      "positive and negative predictive value at this mix of classes. "
                      "Sensitivity to NPV are those of the most probable class.";
    }
}

/* Centers are called as they are, views by words. */
static const char *word_of_group(const char *name)
{
    static const struct {
        const char *name, *word;
    } words[] = { { "both", "AP and lateral" },
                  { "ap", "AP only" },
                  { "lateral", "Lateral only" },
                  { "", "Not stated" } };
    for (size_t i = 0; i < HN_COUNT_OF(words); i++) {
        if (strcmp(words[i].name, name) == 0) {
            return words[i].word;
        }
    }
    return name;
}

/* A table with one row per group: `groups` maps names to parts of metrics.json. */
static void group_table(report_inputs *in, hn_section *section, const hn_json *groups,
                        const char *id, const char *caption, const char *first)
{
    hn_report *report = in->report;
    const char *risk = in->risk_class >= 0 ? in->predictions->classes[in->risk_class] : NULL;
    const char *word = risk ? word_of_class(report, risk) : "";
    hn_table *table = hn_section_table(section, id, caption);
    hn_table_column(table, HN_ALIGN_LEFT, first);
    hn_table_column(table, HN_ALIGN_RIGHT, "Cases");
    hn_table_column(table, HN_ALIGN_RIGHT, "Patients");
    static const char *const keys[] = { "accuracy", "balanced_accuracy", "auc_macro_ovr" };
    for (size_t f = 0; f < HN_COUNT_OF(keys); f++) {
        hn_table_column(table, HN_ALIGN_RIGHT, title_of(keys[f]));
    }
    static const char *const risk_keys[] = { "auc", "sensitivity", "specificity" };
    static const char *const risk_titles[] = { "AUC", "Sensitivity", "Specificity" };
    for (size_t f = 0; risk && f < HN_COUNT_OF(risk_keys); f++) {
        hn_table_column_in(table, word, HN_ALIGN_RIGHT, risk_titles[f]);
    }
    for (const hn_json *c = hn_json_first(groups); c; c = hn_json_next(c)) {
        hn_table_row(table);
        hn_table_cell(table, "%s", word_of_group(hn_json_key(c)));
        hn_table_cell(table, "%s", count_at(report, c, "n_cases"));
        hn_table_cell(table, "%s", count_at(report, c, "n_patients"));
        const hn_json *of_risk = risk ? object_at(object_at(c, "per_class"), risk) : NULL;
        for (size_t f = 0; f < HN_COUNT_OF(keys) + (risk ? HN_COUNT_OF(risk_keys) : 0); f++) {
            bool overall = f < HN_COUNT_OF(keys);
            const char *key = overall ? keys[f] : risk_keys[f - HN_COUNT_OF(keys)];
            figure_value value = figure_at(overall ? object_at(c, "overall") : of_risk, key);
            hn_cell *cell =
                hn_table_cell(table, "%s", write_estimate(report, value.estimate, scale_of(key)));
            if (cell && isfinite(value.low)) {
                cell->small = write_interval(report, &value, scale_of(key));
            }
        }
    }
}

/* Accuracy of every center with its interval, one above the other. */
static void forest_figure(report_inputs *in, hn_section *section, const hn_json *groups)
{
    int64_t count = hn_json_count(groups);
    if (count < 2 || count > 40) {
        return;
    }
    hn_report *report = in->report;
    hn_plot *plot = hn_section_figure(section, "centers",
                                      hn_report_text(report,
                                                     "Accuracy by center, with %s intervals; the "
                                                     "dashed line is that of all centers together.",
                                                     write_level(in)));
    if (!plot) {
        return;
    }
    hn_text alt = HN_TEXT_INIT;
    hn_text_append(&alt, "Accuracy by center. ");
    hn_series *points = hn_plot_series(plot, HN_MARK_RANGE_X, 0, NULL);
    int64_t place = count;
    for (const hn_json *c = hn_json_first(groups); c; c = hn_json_next(c), place--) {
        figure_value value = figure_at(object_at(c, "overall"), "accuracy");
        hn_plot_tick(plot, &plot->y, (double)place, *hn_json_key(c) ? hn_json_key(c) : "?");
        hn_series_add_range(points, 100 * value.estimate, (double)place, 100 * value.low,
                            100 * value.high);
        hn_text_printf(&alt, "%s: %s. ", hn_json_key(c), write_both(report, &value, SCALE_PERCENT));
    }
    figure_value all = figure_at(object_at(in->metrics, "overall"), "accuracy");
    hn_series *line = hn_plot_series(plot, HN_MARK_LINE, HN_STYLE_REFERENCE, NULL);
    hn_series_add(line, 100 * all.estimate, 0.4);
    hn_series_add(line, 100 * all.estimate, (double)count + 0.6);
    plot->x.label = "Accuracy (%)";
    plot->x.fixed = true;
    plot->x.high = 100;
    plot->y.fixed = true;
    plot->y.low = 0.4;
    plot->y.high = (double)count + 0.6;
    plot->legend = HN_LEGEND_NONE;
    plot->height = 110 + 26 * (int)count;
    plot->alt = hn_report_text(report, "%s", hn_text_get(&alt));
    hn_text_clear(&alt);
}

static void groups_part(report_inputs *in, const char *key, const char *id, const char *title,
                        const char *caption, const char *first)
{
    hn_section *section = hn_report_part(in->report, id, title);
    const hn_json *groups = object_at(in->metrics, key);
    if (!groups || hn_json_count(groups) == 0) {
        hn_section_say(section, HN_TONE_MISSING, "%s holds no figures %s.", in->metrics_path,
                       caption);
        return;
    }
    group_table(
        in, section, groups, hn_report_text(in->report, "%s-table", id),
        hn_report_text(in->report, "Measures %s, with %s intervals.", caption, write_level(in)),
        first);
    if (strcmp(key, "by_center") == 0) {
        forest_figure(in, section, groups);
    }
}

hn_status report_performance_section(report_inputs *in)
{
    hn_section *section = hn_report_section(in->report, "performance", "Performance");
    if (!in->metrics) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No metrics were given (--metrics): run `hipnet evaluate` on these "
                       "predictions first.");
        return HN_OK;
    }
    hn_section_say(section, HN_TONE_LEAD,
                   "%s cases of %s patients with one reference class and an answer of the model "
                   "were evaluated%s.",
                   count_at(in->report, in->metrics, "n_cases"),
                   count_at(in->report, in->metrics, "n_patients"), words_of_subsets(in));
    flow_table(in, section);
    overall_table(in, section);
    hn_section *part = hn_report_part(in->report, "confusions", "Which class is taken for which");
    confusion_table(in, part);
    part = hn_report_part(in->report, "classes", "By class");
    class_table(in, part);
    groups_part(in, "by_center", "by-center", "By center", "by center", "Center");
    groups_part(in, "by_views", "by-views", "By available views", "by available views", "Views");
    return HN_OK;
}
