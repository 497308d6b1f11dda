/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kendall's tau: discordant pairs are the exchanges of a merge sort of y in the order of x
 * (Knight 1966, doi 10.1080/01621459.1966.10480879); the exact p value counts permutations by
 * their inversions. The same choices as scipy.stats.kendalltau.
 */
#include <hipnet/memory.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kendall.h"

struct pair {
    double x, y;
};

static int order_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int by_x = (a->x > b->x) - (a->x < b->x);
    return by_x ? by_x : (a->y > b->y) - (a->y < b->y);
}

/* Sorts `values` and counts the pairs that were in the wrong order; equal ones are not. */
static int64_t exchanges(double *values, double *spare, int64_t n)
{
    int64_t count = 0;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t start = 0; start < n; start += 2 * width) {
            int64_t middle = start + width < n ? start + width : n;
            int64_t end = start + 2 * width < n ? start + 2 * width : n;
            int64_t i = start;
            int64_t j = middle;
            for (int64_t at = start; at < end; at++) {
                if (i < middle && (j >= end || values[i] <= values[j])) {
                    spare[at] = values[i++];
                } else {
                    count += middle - i;
                    spare[at] = values[j++];
                }
            }
        }
        memcpy(values, spare, (size_t)n * sizeof *values);
    }
    return count;
}

/* Sums over groups of t equal values: pairs, t(t-1)(t-2), t(t-1)(2t+5). */
struct ties {
    double pairs, cubic, quadratic;
};

static void add_tie(struct ties *ties, int64_t group)
{
    double t = (double)group;
    ties->pairs += t * (t - 1) / 2;
    ties->cubic += t * (t - 1) * (t - 2);
    ties->quadratic += t * (t - 1) * (2 * t + 5);
}

static double score_variance(int64_t n, const struct ties *x, const struct ties *y)
{
    double all = (double)n;
    double m = all * (all - 1);
    double variance = (m * (2 * all + 5) - x->quadratic - y->quadratic) / 18;
    variance += n > 1 ? 2 * x->pairs * y->pairs / m : 0;
    variance += n > 2 ? x->cubic * y->cubic / (9 * m * (all - 2)) : 0;
    return variance;
}

hn_status kendall_count(struct kendall_counts *out, const double *x, const double *y, int64_t n)
{
    HN_AUTOFREE struct pair *pairs = hn_calloc((size_t)n, sizeof *pairs);
    HN_AUTOFREE double *values = hn_calloc(2 * (size_t)n, sizeof *values);
    if (!pairs || !values) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < n; i++) {
        pairs[i] = (struct pair) { x[i], y[i] };
    }
    qsort(pairs, (size_t)n, sizeof *pairs, order_pairs);
    struct ties in_x = { 0 };
    struct ties in_y = { 0 };
    struct ties in_both = { 0 };
    int64_t x_start = 0;
    int64_t both_start = 0;
    for (int64_t i = 1; i <= n; i++) {
        bool new_x = i == n || pairs[i].x != pairs[x_start].x;
        if (new_x || pairs[i].y != pairs[both_start].y) {
            add_tie(&in_both, i - both_start);
            both_start = i;
        }
        if (new_x) {
            add_tie(&in_x, i - x_start);
            x_start = i;
        }
    }
    for (int64_t i = 0; i < n; i++) {
        values[i] = pairs[i].y;
    }
    int64_t discordant = exchanges(values, values + n, n);
    int64_t y_start = 0;
    for (int64_t i = 1; i <= n; i++) {
        if (i == n || values[i] != values[y_start]) {
            add_tie(&in_y, i - y_start);
            y_start = i;
        }
    }
    out->n = n;
    out->pairs = (double)n * (double)(n - 1) / 2;
    out->discordant = (double)discordant;
    out->x_ties = in_x.pairs;
    out->y_ties = in_y.pairs;
    out->score = out->pairs - in_x.pairs - in_y.pairs + in_both.pairs - 2 * out->discordant;
    out->variance = score_variance(n, &in_x, &in_y);
    return HN_OK;
}

/* Twice the probability of at most c inversions in a random order of n, c below half of all.
 * Each round widens from j - 1 to j elements: cumulative sums, less what is out of reach. */
static double exact_p(int64_t n, int64_t c)
{
    HN_AUTOFREE double *share = hn_calloc((size_t)c + 1, sizeof *share);
    if (!share) {
        return NAN;
    }
    share[0] = 1;
    for (int64_t j = 2; j <= n; j++) {
        for (int64_t i = 1; i <= c; i++) {
            share[i] += share[i - 1];
        }
        for (int64_t i = c; i >= j; i--) {
            share[i] -= share[i - j];
        }
        for (int64_t i = 0; i <= c; i++) {
            share[i] /= (double)j;
        }
    }
    double sum = 0;
    for (int64_t i = 0; i <= c; i++) {
        sum += share[i];
    }
    return fmin(2 * sum, 1);
}

double kendall_p(const struct kendall_counts *counts, const char **method)
{
    double least = fmin(counts->discordant, counts->pairs - counts->discordant);
    bool tied = counts->x_ties > 0 || counts->y_ties > 0;
    if (!tied && (counts->n <= 33 || least <= 1)) {
        *method = "exact";
        if (4 * least == 2 * counts->pairs) {
            return 1;
        }
        return exact_p(counts->n, (int64_t)least);
    }
    *method = "normal";
    return counts->variance > 0 ? erfc(fabs(counts->score) / sqrt(counts->variance) / M_SQRT2)
                                : NAN;
}
