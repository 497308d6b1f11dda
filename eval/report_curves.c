/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The curves that are drawn from the predictions themselves: ROC of every class, calibration of
 * the risk that is held against biomarkers, and of the most probable class.
 */
#include "report_parts.h"

#include <hipnet/memory.h>
#include <hipnet/proportion.h>
#include <hipnet/roc.h>
#include <hipnet/sample.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- ROC ------------------------------------------------------------------------------- */

/* The corners of the staircase: points in the middle of a straight run are left out. */
static void add_curve(hn_series *series, const hn_roc_curve *curve)
{
    for (int64_t i = 0; i < curve->count; i++) {
        const hn_roc_point *p = &curve->points[i];
        bool inner = i > 0 && i + 1 < curve->count;
        if (inner) {
            const hn_roc_point *a = p - 1, *b = p + 1;
            bool upright = a->false_positives == b->false_positives;
            bool level = a->true_positives == b->true_positives;
            if (upright || level) {
                continue;
            }
        }
        hn_series_add(series, (double)p->false_positives / (double)curve->negatives,
                      (double)p->true_positives / (double)curve->positives);
    }
}

static figure_value of_class(const report_inputs *in, const char *name, const char *key)
{
    const hn_json *per_class = in->metrics ? hn_json_get(in->metrics, "per_class") : NULL;
    const hn_json *one = per_class && hn_json_kind_of(per_class) == HN_JSON_OBJECT
                             ? hn_json_get(per_class, name)
                             : NULL;
    return figure_at(one, key);
}

static double area_of(const hn_roc_curve *curve)
{
    double area = 0;
    for (int64_t i = 1; i < curve->count; i++) {
        const hn_roc_point *a = &curve->points[i - 1], *b = &curve->points[i];
        area += (double)(b->false_positives - a->false_positives) *
                (double)(a->true_positives + b->true_positives) / 2;
    }
    return area / ((double)curve->positives * (double)curve->negatives);
}

static hn_status roc_figure(report_inputs *in, hn_section *section, const hn_sample *sample)
{
    hn_report *report = in->report;
    hn_plot *plot =
        hn_section_figure(section, "roc",
                          hn_report_text(report,
                                         "Receiver operating characteristic of each class against "
                                         "the rest, with the area under it (%s interval). The "
                                         "dashed diagonal is chance.",
                                         write_level(in)));
    if (!plot) {
        return hn_report_status(report);
    }
    HN_AUTO_TEXT alt = HN_TEXT_INIT;
    hn_text_append(&alt, "ROC curves. Areas: ");
    hn_series *chance = hn_plot_series(plot, HN_MARK_LINE, HN_STYLE_REFERENCE, NULL);
    hn_series_add(chance, 0, 0);
    hn_series_add(chance, 1, 1);
    for (int k = 0; k < sample->classes; k++) {
        const char *name = word_of_class(report, sample->class_names[k]);
        if (sample->class_cases[k] == 0 || sample->class_cases[k] == sample->cases) {
            hn_text_printf(&alt, "%s: not defined; ", name);
            continue;
        }
        HN_AUTO_ROC_CURVE *curve = NULL;
        HN_TRY(hn_roc_curve_new(&curve, sample, k));
        figure_value auc = of_class(in, sample->class_names[k], "auc");
        auc.estimate = isfinite(auc.estimate) ? auc.estimate : area_of(curve);
        const char *words = write_both(report, &auc, SCALE_PROPORTION);
        add_curve(
            hn_plot_series(plot, HN_MARK_LINE, k, hn_report_text(report, "%s: %s", name, words)),
            curve);
        hn_text_printf(&alt, "%s %s; ", name, words);
    }
    plot->x = (hn_axis) { .label = "1 \xe2\x88\x92 specificity", .fixed = true, .high = 1 };
    plot->y = (hn_axis) { .label = "Sensitivity", .fixed = true, .high = 1 };
    plot->square = true;
    plot->height = 420;
    plot->alt = hn_report_text(report, "%s", hn_text_get(&alt));
    return HN_OK;
}

/* ---- Precision and recall ---------------------------------------------------------------- */

static hn_status precision_figure(report_inputs *in, hn_section *section, const hn_sample *sample)
{
    hn_report *report = in->report;
    hn_plot *plot = hn_section_figure(
        section, "precision-recall",
        hn_report_text(report,
                       "Positive predictive value against sensitivity of each class, with the "
                       "average precision (%s interval). Both depend on the mix of classes.",
                       write_level(in)));
    if (!plot) {
        return hn_report_status(report);
    }
    HN_AUTO_TEXT alt = HN_TEXT_INIT;
    hn_text_append(&alt, "Precision-recall curves. Average precision: ");
    for (int k = 0; k < sample->classes; k++) {
        if (sample->class_cases[k] == 0 || sample->class_cases[k] == sample->cases) {
            continue;
        }
        HN_AUTO_ROC_CURVE *curve = NULL;
        HN_TRY(hn_roc_curve_new(&curve, sample, k));
        const char *name = word_of_class(report, sample->class_names[k]);
        figure_value value = of_class(in, sample->class_names[k], "average_precision");
        const char *words = write_both(report, &value, SCALE_PROPORTION);
        const char *label =
            isfinite(value.estimate) ? hn_report_text(report, "%s: %s", name, words) : name;
        hn_series *series = hn_plot_series(plot, HN_MARK_LINE, k, label);
        for (int64_t i = 1; i < curve->count; i++) {
            const hn_roc_point *p = &curve->points[i];
            double called = (double)(p->true_positives + p->false_positives);
            hn_series_add(series, (double)p->true_positives / (double)curve->positives,
                          (double)p->true_positives / called);
        }
        hn_text_printf(&alt, "%s; ", label);
    }
    plot->x = (hn_axis) { .label = "Sensitivity (recall)", .fixed = true, .high = 1 };
    plot->y =
        (hn_axis) { .label = "Positive predictive value (precision)", .fixed = true, .high = 1 };
    plot->square = true;
    plot->height = 420;
    plot->alt = hn_report_text(report, "%s", hn_text_get(&alt));
    return HN_OK;
}

/* ---- Calibration ----------------------------------------------------------------------- */

typedef struct forecast {
    double risk;
    bool event;
} forecast;

static int order_forecasts(const void *left, const void *right)
{
    const forecast *a = left, *b = right;
    return a->risk != b->risk ? (a->risk > b->risk) - (a->risk < b->risk) : a->event - b->event;
}

/* Groups of about equal size in the order of risk; equal risks are never divided. */
static void add_groups(hn_series *series, forecast *all, int64_t count)
{
    qsort(all, (size_t)count, sizeof *all, order_forecasts);
    int64_t groups = count / 20 < 4 ? 4 : count / 20 > 10 ? 10 : count / 20;
    int64_t begin = 0;
    for (int64_t g = 1; g <= groups && begin < count; g++) {
        int64_t end = count * g / groups;
        while (end < count && end > begin && all[end].risk == all[end - 1].risk) {
            end++;
        }
        if (end <= begin) {
            continue;
        }
        double risk = 0, events = 0;
        for (int64_t i = begin; i < end; i++) {
            risk += all[i].risk;
            events += all[i].event;
        }
        double n = (double)(end - begin);
        hn_interval interval = hn_wilson(events / n, n, 0.95);
        hn_series_add_range(series, risk / n, events / n, interval.low, interval.high);
        begin = end;
    }
}

static void calibration_figure(report_inputs *in, hn_section *section, forecast *all, int64_t count,
                               const char *name, const char *what)
{
    hn_report *report = in->report;
    hn_plot *plot = hn_section_figure(
        section, name,
        hn_report_text(report,
                       "Calibration of %s: mean prediction and observed share in groups of about "
                       "equal size, with 95%% Wilson intervals. On the dashed diagonal the two "
                       "agree.",
                       what));
    if (!plot) {
        return;
    }
    hn_series *line = hn_plot_series(plot, HN_MARK_LINE, HN_STYLE_REFERENCE, NULL);
    hn_series_add(line, 0, 0);
    hn_series_add(line, 1, 1);
    hn_series *groups = hn_plot_series(plot, HN_MARK_RANGE_Y, 0, NULL);
    add_groups(groups, all, count);
    HN_AUTO_TEXT alt = HN_TEXT_INIT;
    hn_text_printf(&alt, "Calibration of %s. Predicted and observed by group: ", what);
    for (size_t i = 0; groups && i < groups->count; i++) {
        hn_text_printf(&alt, "%.2f and %.2f; ", groups->points[i].x, groups->points[i].y);
    }
    plot->x = (hn_axis) { .label = "Predicted probability", .fixed = true, .high = 1 };
    plot->y = (hn_axis) { .label = "Observed share", .fixed = true, .high = 1 };
    plot->square = true;
    plot->height = 420;
    plot->legend = HN_LEGEND_NONE;
    plot->alt = hn_report_text(report, "%s", hn_text_get(&alt));
}

#define CALIBRATION_CASES 40 /* fewer make no groups worth a look */

static hn_status calibration_part(report_inputs *in, const hn_sample *sample)
{
    hn_section *section = hn_report_part(in->report, "calibration", "Calibration");
    if (sample->cases < CALIBRATION_CASES) {
        hn_section_say(section, HN_TONE_MISSING,
                       "%lld cases are too few for a calibration plot (at least %d).",
                       (long long)sample->cases, CALIBRATION_CASES);
        return HN_OK;
    }
    HN_AUTOFREE forecast *all = hn_calloc((size_t)sample->cases, sizeof *all);
    if (!all) {
        return HN_ENOMEM;
    }
    int k = in->risk_class;
    if (k >= 0) {
        for (int64_t i = 0; i < sample->cases; i++) {
            all[i] =
                (forecast) { sample->probability[i * sample->classes + k], sample->label[i] == k };
        }
        calibration_figure(in, section, all, sample->cases, "calibration-risk",
                           hn_report_text(in->report, "the risk of %s",
                                          word_of_class(in->report, sample->class_names[k])));
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        all[i] = (forecast) { sample->probability[i * sample->classes + sample->top[i]],
                              sample->label[i] == sample->top[i] };
    }
    calibration_figure(in, section, all, sample->cases, "calibration-top",
                       "the most probable class");
    return HN_OK;
}

hn_status report_curves_section(report_inputs *in)
{
    hn_section *section = hn_report_section(in->report, "curves", "Discrimination and calibration");
    if (!in->selection) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No case has both one reference class and a prediction.");
        return HN_OK;
    }
    HN_AUTO_SAMPLE *sample = NULL;
    HN_TRY(hn_sample_new(&sample, in->predictions, in->selection->rows, in->selection->count));
    HN_TRY(roc_figure(in, section, sample));
    HN_TRY(precision_figure(in, section, sample));
    return calibration_part(in, sample);
}
