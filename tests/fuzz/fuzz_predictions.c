/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile predictions: whatever the reader accepts must keep the reader's promises, evaluate
 * without a figure outside its range, and give the same rows after a sort.
 */
#include <hipnet/metrics.h>
#include <hipnet/selection.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool kept)
{
    if (!kept) {
        abort();
    }
}

static void look_at(const hn_predictions *predictions)
{
    must(predictions->count > 0 && predictions->class_count >= 2);
    for (int64_t i = 0; i < predictions->count; i++) {
        const hn_prediction *row = &predictions->rows[i];
        double sum = 0;
        for (int k = 0; k < predictions->class_count; k++) {
            double p = row->probabilities[k];
            must(isnan(p) ? row->result != HN_RESULT_ANSWERED : p >= 0 && p <= 1);
            sum += p;
        }
        must(isnan(sum) || fabs(sum - 1) <= 1.000001e-6);
        must(*row->patient_id != '\0');
        must(row->reference != HN_REF_SINGLE || row->label_class >= 0);
        for (int e = 0; e < predictions->extra_count; e++) {
            hn_measurement measurement;
            if (hn_measurement_parse(&measurement, row->extra[e]) == HN_OK) {
                must(!isinf(measurement.value));
            }
        }
    }
}

static void evaluate(const hn_predictions *predictions)
{
    HN_AUTO_SELECTION *selection = NULL;
    HN_AUTO_SAMPLE *sample = NULL;
    HN_AUTO_EVALUATION *evaluation = NULL;
    if (hn_selection_new(&selection, predictions, NULL) != HN_OK || selection->count > 64) {
        return;
    }
    must(hn_sample_new(&sample, predictions, selection->rows, selection->count) == HN_OK);
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    options.replicates = 17;
    must(hn_evaluate(&evaluation, predictions, sample, &options) == HN_OK);
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        const hn_figure *figure = &evaluation->overall[f];
        must(isnan(figure->estimate) ? figure->reason[0] != '\0' : figure->estimate >= -1.01);
        must(!isinf(figure->estimate) && figure->interval.low <= figure->interval.high
                 ? true
                 : isnan(figure->interval.low));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HN_AUTO_PREDICTIONS *predictions = NULL;
    if (hn_predictions_parse(&predictions, (const char *)data, (int64_t)size, "fuzz") != HN_OK) {
        must(hn_error_message()[0] != '\0' && !strchr(hn_error_message(), '\n'));
        return 0;
    }
    look_at(predictions);
    hn_predictions_sort(predictions);
    look_at(predictions);
    evaluate(predictions);
    return 0;
}
