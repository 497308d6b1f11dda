/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of a cohort with their probabilities as a table of predictions. */
#ifndef HIPNET_INFER_TABLE_H
#define HIPNET_INFER_TABLE_H

#include <hipnet/cohort_file.h>
#include <hipnet/split.h>

/* Writes predictions.csv for `count` cases (rows of the cohort): `subsets` [count] and
 * `probabilities` [count, classes], NaN where a case is unreadable. */
hn_status infer_table_write(const char *path, const hn_cohort *cohort, const int64_t *cases,
                            const hn_subset *subsets, const double *probabilities, int64_t count,
                            bool force) HN_MUST_CHECK;

#endif
