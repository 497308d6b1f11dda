/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally.h: everything that the figures of discrimination are made of, counted for sixteen
 * weightings of the patients at once.
 *
 * The probabilities are sorted once. A weighting (how often a patient was drawn) then costs one
 * walk over each sorted column, with integer sums only, so that no figure depends on the
 * order of additions, the width of the vector unit or the number of threads. Lanes are
 * the innermost index everywhere: weight[patient][lane].
 */
#ifndef HIPNET_STATS_TALLY_H
#define HIPNET_STATS_TALLY_H

#include <hipnet/metrics.h>
#include <hipnet/sample.h>
#include <stdint.h>

#define TALLY_LANES 16

/* A case in a sorted column. */
struct tally_entry {
    int32_t patient;
    int32_t label; /* in the micro column: 1 for the true class, else 0 */
    int32_t group; /* cases from here on with the same score; meaningful at the first of them */
};

struct tally {
    const hn_sample *sample;
    struct tally_entry **column;    /* [K] ascending by score */
    struct tally_entry *micro;      /* [N * K] all scores in one column */
    int32_t *by_cell;               /* [N] patients, ordered by (label, top) */
    int64_t *cell_start;            /* [K * K + 1] into by_cell */
    int32_t *by_bin;                /* [N] patients, ordered by bin of confidence */
    int64_t *bin_start;             /* [bins + 1] */
    double *gap, *brier, *log_loss; /* [N] in the order of by_bin */
    int bins;
    int64_t most_cases; /* of one patient */
    int64_t most_total; /* cases that a weighting may count */
};

/* What one call counts. */
struct tally_sums {
    int32_t total[TALLY_LANES]; /* cases */
    int32_t *confusion;         /* [K * K][lanes], label by top */
    int64_t *pairs2;            /* [K * K][lanes] 2U(i|j): twice the pairs in which a case of
                                   class i has a higher score i than one of class j, ties one */
    double *precision;          /* [K][lanes] sum of weight times precision */
    int64_t micro2[TALLY_LANES];
    double brier[TALLY_LANES], log_loss[TALLY_LANES], ece[TALLY_LANES]; /* sums over cases */
};

hn_status tally_new(struct tally **out, const hn_sample *sample, int bins,
                    hn_ece_edges edges) HN_MUST_CHECK;
void tally_free(struct tally *tally);

hn_status tally_sums_new(struct tally_sums **out, int classes) HN_MUST_CHECK;
void tally_sums_free(struct tally_sums *sums);

/* Makes room for `replicates` given weightings ([replicates][C]); without it, weightings are of as
 * many patients as there are. HN_EDATA when one is negative or counts more than 32 bits hold. */
hn_status tally_allow(struct tally *tally, const int32_t *counts, int64_t replicates) HN_MUST_CHECK;

/* `weight` is [C][lanes], not negative, of at most `most_total` cases. */
void tally_count(struct tally_sums *sums, const struct tally *tally, const int32_t *weight);

#endif
