/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reading and writing share of the table of predictions, and nobody else sees. */
#ifndef HIPNET_STATS_PREDICTIONS_STORE_H
#define HIPNET_STATS_PREDICTIONS_STORE_H

#include <hipnet/memory.h>
#include <hipnet/predictions.h>

struct hn_predictions_store {
    hn_arena *arena;  /* every text and number of the rows */
    size_t capacity;  /* of rows */
    const char **ids; /* [id_capacity] case ids seen; a power of two, or 0 */
    size_t id_capacity;
    size_t id_count;
};

/* The word of a cell; "" is single, or answered. */
hn_status hn_predictions_reference(hn_reference *out, const char *word) HN_MUST_CHECK;
hn_status hn_predictions_result(hn_result *out, const char *word) HN_MUST_CHECK;

/* hn_predictions_add without words about the case, for messages with a line instead. */
hn_status hn_predictions_add_row(hn_predictions *table, const hn_prediction *row) HN_MUST_CHECK;

#endif
