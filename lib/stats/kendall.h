/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kendall.h: the counts behind Kendall's tau. */
#ifndef HIPNET_STATS_KENDALL_H
#define HIPNET_STATS_KENDALL_H

#include <hipnet/error.h>
#include <stdint.h>

struct kendall_counts {
    int64_t n;
    double pairs; /* n (n - 1) / 2 */
    double discordant;
    double x_ties, y_ties; /* pairs tied in x, in y */
    double score;          /* concordant less discordant */
    double variance;       /* of the score under independence, ties allowed for */
};

/* O(n log n), after Knight 1966. */
hn_status kendall_count(struct kendall_counts *out, const double *x, const double *y,
                        int64_t n) HN_MUST_CHECK;

/* Two-sided p value: exact without ties for n up to 33 or at most one inversion, else normal. */
double kendall_p(const struct kendall_counts *counts, const char **method);

#endif
