/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cases of a cohort as the report's tables see them, whether they come from cohort.h5 or
 * from the predictions. Apart from report_parts.h, so that reading HDF5 stands alone.
 */
#ifndef HIPNET_REPORT_COHORT_H
#define HIPNET_REPORT_COHORT_H

#include <hipnet/report.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_BIOMARKERS 16 /* most that are shown */

/* A laboratory value; NaN is missing. */
typedef struct lab {
    double value;
    int censoring; /* -1: below value, +1: above */
} lab;

/* A case as the cohort tables see it, whether it came from cohort.h5 or predictions.csv. */
typedef struct report_case {
    const char *patient;
    const char *center;
    const char *subset; /* "" unknown */
    int label;          /* -1: none */
    double age;         /* NaN unknown */
    char sex;           /* 'f', 'm', 'o', or 0 unknown */
    bool ap, lateral;
    bool in_reference; /* blood tests were part of the diagnosis */
    lab labs[REPORT_BIOMARKERS];
} report_case;

typedef struct report_cohort {
    bool from_file; /* of cohort.h5, so with the training cases; else of the predictions */
    report_case *cases;
    size_t count;
    int class_count;
    const char *const *classes;
    int lab_count;
    const char *lab_names[REPORT_BIOMARKERS];
    const char *lab_units[REPORT_BIOMARKERS]; /* "" unknown */
    const char *name;                         /* of the file; NULL: none was given */
    const char *sha256, *settings_sha256, *settings, *software, *created, *risk_class;
    int rows, columns, bits;
    int64_t split_patients; /* 0: no split was given */
    const char *split_sha256, *split_cohort_sha256;
    uint64_t split_seed;
    int split_folds;
} report_cohort;

/* Fills `cohort` from cohort.h5 and split.json; either path may be NULL. Texts live in `texts`. */
hn_status report_cohort_read(report_cohort *cohort, hn_report *texts, const char *path,
                             const char *split_path) HN_MUST_CHECK;
void report_cohort_clear(report_cohort *cohort);

#endif
