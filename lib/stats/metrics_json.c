/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An evaluation as the part of metrics.json that describes one group of cases. Every figure says
 * its estimate, interval, method and n, and what is not defined says why.
 */
#include <hipnet/metrics.h>

#include <math.h>

/* NaN is written as null. */
static void add_number(hn_json *object, const char *key, double value)
{
    if (isfinite(value)) {
        hn_json_add_real(object, key, value);
    } else {
        hn_json_add_null(object, key);
    }
}

void hn_figure_to_json(hn_json *parent, const char *key, const hn_figure *figure)
{
    hn_json *object = hn_json_add_object(parent, key);
    add_number(object, "estimate", figure->estimate);
    add_number(object, "low", figure->interval.low);
    add_number(object, "high", figure->interval.high);
    hn_json_add_text(object, "method", figure->method);
    hn_json_add_int(object, "n", figure->n);
    if (figure->reason[0]) {
        hn_json_add_text(object, "reason", figure->reason);
    }
    if (figure->caution) {
        hn_json_add_text(object, "caution", figure->caution);
    }
    if (figure->lost) {
        hn_json *replicates = hn_json_add_object(object, "replicates");
        hn_json_add_int(replicates, "asked", figure->replicates);
        hn_json_add_int(replicates, "valid", figure->valid);
        hn_json_add_text(replicates, "lost", figure->lost);
    }
    if (figure->alternative_count > 0) {
        hn_json *alternatives = hn_json_add_array(object, "alternatives");
        for (int a = 0; a < figure->alternative_count; a++) {
            hn_json *one = hn_json_add_object(alternatives, NULL);
            hn_json_add_text(one, "method", figure->alternatives[a].method);
            add_number(one, "low", figure->alternatives[a].interval.low);
            add_number(one, "high", figure->alternatives[a].interval.high);
        }
    }
}

static void add_class(hn_json *parent, const hn_evaluation *evaluation, const char *name, int k)
{
    hn_json *object = hn_json_add_object(parent, name);
    hn_json_add_int(object, "n", evaluation->class_cases[k]);
    hn_json_add_int(object, "n_patients", evaluation->class_patients[k]);
    hn_json_add_int(object, "n_predicted", evaluation->class_predicted[k]);
    for (int f = 0; f < HN_CLASS_FIGURES; f++) {
        hn_figure_to_json(object, hn_per_class_name((hn_per_class)f),
                          &evaluation->per_class[k * HN_CLASS_FIGURES + f]);
    }
}

static void add_confusion(hn_json *parent, const hn_evaluation *evaluation, const hn_sample *sample)
{
    hn_json *object = hn_json_add_object(parent, "confusion");
    hn_json_add_text(object, "rows", "label");
    hn_json_add_text(object, "columns", "prediction");
    hn_json *classes = hn_json_add_array(object, "classes");
    hn_json *counts = hn_json_add_array(object, "counts");
    for (int k = 0; k < evaluation->classes; k++) {
        hn_json_add_text(classes, NULL, sample->class_names[k]);
        hn_json *row = hn_json_add_array(counts, NULL);
        for (int j = 0; j < evaluation->classes; j++) {
            hn_json_add_int(row, NULL, evaluation->confusion[k * evaluation->classes + j]);
        }
    }
}

void hn_evaluation_to_json(hn_json *object, const hn_evaluation *evaluation,
                           const hn_sample *sample)
{
    hn_json_add_int(object, "n_patients", evaluation->patients);
    hn_json_add_int(object, "n_cases", evaluation->cases);
    hn_json_add_int(object, "classes_used", evaluation->classes_used);
    hn_json *overall = hn_json_add_object(object, "overall");
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        hn_figure_to_json(overall, hn_overall_name((hn_overall)f), &evaluation->overall[f]);
    }
    hn_json *per_class = hn_json_add_object(object, "per_class");
    for (int k = 0; k < evaluation->classes; k++) {
        add_class(per_class, evaluation, sample->class_names[k], k);
    }
    add_confusion(object, evaluation, sample);
}
