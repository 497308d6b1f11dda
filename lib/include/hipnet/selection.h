/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * selection.h: which rows of predictions.csv an analysis is about.
 *
 * By subset first: the ones that are named, else "external" where there is one, else everything
 * but train and tuning. Of those, the main analysis takes the cases with exactly one of the
 * classes as reference and an answer of the model; the others are counted.
 */
#ifndef HIPNET_SELECTION_H
#define HIPNET_SELECTION_H

#include <hipnet/error.h>
#include <hipnet/json.h>
#include <hipnet/predictions.h>
#include <hipnet/text.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_selection {
    hn_text_list subsets; /* that were chosen; "" stands for rows without one */
    bool by_default;      /* nobody named them */
    bool whole;           /* the file has no subsets: all rows */
    int64_t rows_in_file;
    int64_t rows_chosen;        /* in the chosen subsets */
    int64_t reference[HN_REFS]; /* of those */
    int64_t result[HN_RESULTS]; /* of those with a single reference */
    int64_t *rows;              /* [count] analyzed */
    int64_t count;
    int64_t patients_in_two_subsets; /* in the whole file: leakage, or names used twice */
} hn_selection;

/* `subsets` may be NULL or empty for the default. Fails when nothing is left, and says why. */
HN_API hn_status hn_selection_new(hn_selection **out, const hn_predictions *predictions,
                                  const hn_text_list *subsets) HN_MUST_CHECK;
HN_API void hn_selection_free(hn_selection *selection);
HN_API void hn_selection_freep(hn_selection **selection);
#define HN_AUTO_SELECTION HN_CLEANUP(hn_selection_freep) hn_selection

/* "external (default)", "all but train and tuning", "all rows". */
HN_API void hn_selection_words(hn_text *text, const hn_selection *selection);
/* The member "flow" of metrics.json and correlation.json. */
HN_API void hn_selection_to_json(hn_json *parent, const hn_selection *selection);

/* SHA-256 of what the table says: every name and cell, each ended by a NUL, row by row. The same
 * for any order of the file's rows once sorted. `hex` holds HN_SHA256_HEX bytes. */
HN_API hn_status hn_predictions_sha256(char *hex, const hn_predictions *predictions) HN_MUST_CHECK;

#endif
