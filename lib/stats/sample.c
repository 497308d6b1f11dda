/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From rows of a table to the numbers that the statistics read: labels, tops, probabilities and
 * patients as integers. Patients are numbered by name, whatever the order of their rows.
 */
#include <hipnet/memory.h>
#include <hipnet/sample.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct named {
    const char *patient;
    int64_t at;
};

static int order_named(const void *left, const void *right)
{
    return strcmp(((const struct named *)left)->patient, ((const struct named *)right)->patient);
}

static hn_status number_patients(hn_sample *sample, const hn_predictions *predictions)
{
    size_t count = (size_t)sample->cases;
    HN_AUTOFREE struct named *names = hn_calloc(count, sizeof *names);
    if (!names) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        names[i].patient = predictions->rows[sample->row[i]].patient_id;
        names[i].at = (int64_t)i;
    }
    qsort(names, count, sizeof *names, order_named);
    int32_t patient = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(names[i].patient, names[i - 1].patient) != 0) {
            patient++;
        }
        sample->patient[names[i].at] = patient;
    }
    sample->patients = patient + 1;
    sample->first = hn_calloc((size_t)sample->patients, sizeof *sample->first);
    if (!sample->first) {
        return HN_ENOMEM;
    }
    for (int64_t i = sample->cases - 1; i >= 0; i--) {
        sample->first[sample->patient[i]] = i;
    }
    return HN_OK;
}

static hn_status count_classes(hn_sample *sample)
{
    /* The last class in which a patient was counted would not do: a patient may return. */
    size_t cells = (size_t)sample->patients * (size_t)sample->classes;
    HN_AUTOFREE char *seen = hn_calloc(cells, 1);
    if (!seen) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        int32_t label = sample->label[i];
        char *cell = &seen[(int64_t)sample->patient[i] * sample->classes + label];
        sample->class_cases[label]++;
        sample->class_patients[label] += *cell == 0;
        *cell = 1;
        sample->class_predicted[sample->top[i]]++;
    }
    return HN_OK;
}

static hn_status allocate(hn_sample *sample)
{
    size_t cases = (size_t)sample->cases;
    size_t classes = (size_t)sample->classes;
    sample->row = hn_calloc(cases, sizeof *sample->row);
    sample->label = hn_calloc(cases, sizeof *sample->label);
    sample->top = hn_calloc(cases, sizeof *sample->top);
    sample->patient = hn_calloc(cases, sizeof *sample->patient);
    sample->probability = hn_calloc(cases, classes * sizeof *sample->probability);
    sample->class_cases = hn_calloc(classes, sizeof *sample->class_cases);
    sample->class_patients = hn_calloc(classes, sizeof *sample->class_patients);
    sample->class_predicted = hn_calloc(classes, sizeof *sample->class_predicted);
    bool complete = sample->row && sample->label && sample->top && sample->patient &&
                    sample->probability && sample->class_cases && sample->class_patients &&
                    sample->class_predicted;
    return complete ? HN_OK : HN_ENOMEM;
}

hn_status hn_sample_new(hn_sample **out, const hn_predictions *predictions, const int64_t *rows,
                        int64_t count)
{
    if (count < 1 || count > INT32_MAX / HN_CLASSES_MAX) {
        return hn_fail(HN_EDATA, "%lld cases; 1 to %d can be analyzed", (long long)count,
                       INT32_MAX / HN_CLASSES_MAX);
    }
    HN_AUTO_SAMPLE *sample = hn_calloc(1, sizeof *sample);
    if (!sample) {
        return HN_ENOMEM;
    }
    sample->cases = count;
    sample->classes = predictions->class_count;
    sample->class_names = predictions->classes;
    HN_TRY(allocate(sample));
    for (int64_t i = 0; i < count; i++) {
        hn_assert(rows[i] >= 0 && rows[i] < predictions->count);
        const hn_prediction *row = &predictions->rows[rows[i]];
        int top = hn_prediction_top(predictions, row);
        hn_assert(row->label_class >= 0 && top >= 0);
        sample->row[i] = rows[i];
        sample->label[i] = row->label_class;
        sample->top[i] = top;
        memcpy(&sample->probability[i * sample->classes], row->probabilities,
               (size_t)sample->classes * sizeof *row->probabilities);
    }
    HN_TRY(number_patients(sample, predictions));
    HN_TRY(count_classes(sample));
    *out = sample;
    sample = NULL;
    return HN_OK;
}

hn_status hn_sample_scores(double **out, const hn_sample *sample, int k)
{
    hn_assert(k >= 0 && k < sample->classes);
    double *scores = hn_calloc((size_t)sample->cases, sizeof *scores);
    if (!scores) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        scores[i] = sample->probability[i * sample->classes + k];
    }
    *out = scores;
    return HN_OK;
}

const char *hn_sample_patient(const hn_sample *sample, const hn_predictions *predictions, int64_t c)
{
    hn_assert(c >= 0 && c < sample->patients);
    return predictions->rows[sample->row[sample->first[c]]].patient_id;
}

void hn_sample_free(hn_sample *sample)
{
    if (!sample) {
        return;
    }
    hn_free(sample->row);
    hn_free(sample->label);
    hn_free(sample->top);
    hn_free(sample->patient);
    hn_free(sample->probability);
    hn_free(sample->first);
    hn_free(sample->class_cases);
    hn_free(sample->class_patients);
    hn_free(sample->class_predicted);
    hn_free(sample);
}

void hn_sample_freep(hn_sample **sample)
{
    hn_sample_free(*sample);
    *sample = NULL;
}
