/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evaluate_counts.h: replicates from a file instead of from our generator, so that a bootstrap
 * can be repeated number by number by another program. A CSV with one column per patient
 * (patient_id as the header) and one row per replicate: how often the patient was drawn.
 */
#ifndef HIPNET_EVAL_EVALUATE_COUNTS_H
#define HIPNET_EVAL_EVALUATE_COUNTS_H

#include <hipnet/csv.h>
#include <hipnet/sample.h>

/* Counts of the sample's patients, [rows of the file, C]; the caller's to hn_free. A patient
 * without a column is refused; columns of others are not looked at. */
hn_status eval_counts(int32_t **out, const hn_csv *file, const hn_predictions *predictions,
                      const hn_sample *sample) HN_MUST_CHECK;

#endif
