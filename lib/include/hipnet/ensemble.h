/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ensemble.h: what the members of a run say about cases, one by one and together.
 *
 * Each member predicts with the weights of its best epoch, its own scaling of the pictures and
 * its own precision. The ensemble is the mean of the members' probabilities. A case without any
 * view that the members use is unreadable: it gets no probabilities.
 */
#ifndef HIPNET_ENSEMBLE_H
#define HIPNET_ENSEMBLE_H

#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <hipnet/run.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_ensemble {
    int64_t count;         /* cases */
    int classes;
    int members;
    int64_t *cases;        /* [count] rows of the cohort, as asked for */
    const char **names;    /* [members] "resnet50-f0"; borrowed from the run */
    double **probabilities;/* [members] of [count, classes]; NaN for unreadable cases */
    double *mean;          /* [count, classes]; NaN for unreadable cases */
    bool *readable;        /* [count] */
} hn_ensemble;

/* Predicts `cases` (rows of the cohort) with the members of the run that are done. All must be,
 * unless `unfinished` allows those that have some best weights. The cohort must fit
 * (hn_run_check_cohort). HN_EINTERRUPTED when the user asks. */
HN_API hn_status hn_ensemble_predict(hn_ensemble **out, const hn_run *run, const hn_cohort *cohort,
                                     const int64_t *cases, int64_t count, const char *device,
                                     bool unfinished) HN_MUST_CHECK;
HN_API void hn_ensemble_free(hn_ensemble *ensemble);
HN_API void hn_ensemble_freep(hn_ensemble **ensemble);
#define HN_AUTO_ENSEMBLE HN_CLEANUP(hn_ensemble_freep) hn_ensemble

#endif
