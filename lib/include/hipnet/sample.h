/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample.h: the cases of one analysis, as numbers.
 *
 * A sample is made from some rows of a table of predictions, all with a label and with
 * probabilities. N cases, K classes, C patients; patients are numbered in the order of their
 * names, so that nothing below depends on the order of rows once the table is sorted
 * (hn_predictions_sort). It borrows names from the table, which must outlive it.
 */
#ifndef HIPNET_SAMPLE_H
#define HIPNET_SAMPLE_H

#include <hipnet/error.h>
#include <hipnet/predictions.h>
#include <stdint.h>

typedef struct hn_sample {
    int64_t cases;    /* N */
    int64_t patients; /* C */
    int classes;      /* K */
    const char *const *class_names;
    int64_t *row;             /* [N] index into the table's rows */
    int32_t *label;           /* [N] */
    int32_t *top;             /* [N] most probable class */
    int32_t *patient;         /* [N] 0 to C-1 */
    double *probability;      /* [N, K] */
    int64_t *first;           /* [C] a case of each patient */
    int64_t *class_cases;     /* [K] */
    int64_t *class_patients;  /* [K] patients with a case of the class */
    int64_t *class_predicted; /* [K] cases whose top is the class */
} hn_sample;

/* From the `count` rows whose indices are given. At least one row; every row must have a label
 * and probabilities (an assertion: choosing them is the caller's business). */
HN_API hn_status hn_sample_new(hn_sample **out, const hn_predictions *predictions,
                               const int64_t *rows, int64_t count) HN_MUST_CHECK;
/* The name of patient c, from the table that the sample was made from. */
HN_API const char *hn_sample_patient(const hn_sample *sample, const hn_predictions *predictions,
                                     int64_t c);
HN_API void hn_sample_free(hn_sample *sample);
HN_API void hn_sample_freep(hn_sample **sample);
#define HN_AUTO_SAMPLE HN_CLEANUP(hn_sample_freep) hn_sample

/* The score of class k in every case, for functions that take one column: [N], the caller's. */
HN_API hn_status hn_sample_scores(double **out, const hn_sample *sample, int k) HN_MUST_CHECK;

#endif
