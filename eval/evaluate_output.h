/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evaluate_output.h: what `hipnet evaluate` found, held together, and the ways it is written:
 * metrics.json, a table for people, a table for spreadsheets, and the curves.
 */
#ifndef HIPNET_EVAL_EVALUATE_OUTPUT_H
#define HIPNET_EVAL_EVALUATE_OUTPUT_H

#include <hipnet/csv.h>
#include <hipnet/json.h>
#include <hipnet/metrics.h>
#include <hipnet/selection.h>
#include <stdio.h>

/* One group of cases: everything, a center, a combination of views, a subset. */
typedef struct eval_group {
    char *name;
    hn_sample *sample;
    hn_evaluation *evaluation;
} eval_group;

typedef struct eval_groups {
    const char *key;   /* "by_center" */
    const char *title; /* "Center" */
    eval_group *items;
    size_t count, capacity;
} eval_groups;

#define EVAL_GROUPINGS 3 /* center, views, subset */

typedef struct eval_results {
    const hn_predictions *predictions;
    const hn_selection *selection;
    hn_evaluate_options options;
    const hn_csv *counts; /* given replicates, or NULL */
    eval_group whole;
    eval_groups by[EVAL_GROUPINGS];
} eval_results;

void eval_results_clear(eval_results *results);

/* The whole document; the caller frees it. */
hn_status eval_to_json(hn_json **out, const eval_results *results) HN_MUST_CHECK;
void eval_print(FILE *stream, const eval_results *results);
/* One row per figure and group. */
hn_status eval_write_csv(const char *path, const eval_results *results, bool force) HN_MUST_CHECK;
/* HN_EEXISTS when a curve's file exists and `force` is not set. */
hn_status eval_may_write_curves(const char *folder, const hn_predictions *predictions,
                                bool force) HN_MUST_CHECK;
/* roc_<class>.csv and pr_<class>.csv for every class that has a curve. */
hn_status eval_write_curves(const char *folder, const eval_results *results,
                            bool force) HN_MUST_CHECK;

#endif
