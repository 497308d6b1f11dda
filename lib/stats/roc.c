/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One ROC curve: its area counted in integers, its points, its partial area, and the intervals
 * that a variance (or only the numbers on both sides) gives for an area.
 */
#include <hipnet/memory.h>
#include <hipnet/proportion.h>
#include <hipnet/roc.h>

#include <math.h>
#include <stdlib.h>

struct scored {
    double score;
    bool positive;
};

static int descending(const void *left, const void *right)
{
    double a = ((const struct scored *)left)->score;
    double b = ((const struct scored *)right)->score;
    return (a < b) - (a > b);
}

hn_status hn_auc(double *out, const double *scores, const bool *positive, int64_t count)
{
    HN_AUTOFREE struct scored *sorted = hn_calloc((size_t)count, sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        hn_assert(isfinite(scores[i]));
        sorted[i] = (struct scored) { scores[i], positive[i] };
    }
    qsort(sorted, (size_t)count, sizeof *sorted, descending);
    int64_t above = 0; /* positives so far */
    int64_t negatives = 0;
    int64_t wins2 = 0; /* twice the pairs won, ties once */
    for (int64_t at = 0, end = 0; at < count; at = end) {
        int64_t own = 0;
        int64_t others = 0;
        for (; end < count && sorted[end].score == sorted[at].score; end++) {
            own += sorted[end].positive;
            others += !sorted[end].positive;
        }
        wins2 += others * (2 * above + own);
        above += own;
        negatives += others;
    }
    bool defined = above > 0 && negatives > 0;
    *out = defined ? (double)wins2 / (2 * (double)above * (double)negatives) : NAN;
    return HN_OK;
}

/* ---- The curve ------------------------------------------------------------------------------- */

hn_status hn_roc_curve_new(hn_roc_curve **out, const hn_sample *sample, int k)
{
    size_t count = (size_t)sample->cases;
    HN_AUTOFREE struct scored *sorted = hn_calloc(count, sizeof *sorted);
    HN_AUTO_ROC_CURVE *curve = hn_calloc(1, sizeof *curve);
    if (!sorted || !curve) {
        return HN_ENOMEM;
    }
    curve->points = hn_calloc(count + 1, sizeof *curve->points);
    if (!curve->points) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i].score = sample->probability[i * (size_t)sample->classes + (size_t)k];
        sorted[i].positive = sample->label[i] == k;
    }
    qsort(sorted, count, sizeof *sorted, descending);
    hn_roc_point point = { .threshold = INFINITY };
    curve->points[curve->count++] = point;
    for (size_t at = 0; at < count; at++) {
        point.threshold = sorted[at].score;
        point.true_positives += sorted[at].positive;
        point.false_positives += !sorted[at].positive;
        if (at + 1 == count || sorted[at + 1].score != sorted[at].score) {
            curve->points[curve->count++] = point;
        }
    }
    curve->positives = point.true_positives;
    curve->negatives = point.false_positives;
    *out = curve;
    curve = NULL;
    return HN_OK;
}

void hn_roc_curve_free(hn_roc_curve *curve)
{
    if (curve) {
        hn_free(curve->points);
        hn_free(curve);
    }
}

void hn_roc_curve_freep(hn_roc_curve **curve)
{
    hn_roc_curve_free(*curve);
    *curve = NULL;
}

double hn_partial_auc(const hn_roc_curve *curve, double limit)
{
    if (curve->positives == 0 || curve->negatives == 0 || !(limit > 0 && limit <= 1)) {
        return NAN;
    }
    double area = 0;
    double x = 0;
    double y = 0;
    for (int64_t i = 1; i < curve->count && x < limit; i++) {
        const hn_roc_point *point = &curve->points[i];
        double next_x = (double)point->false_positives / (double)curve->negatives;
        double next_y = (double)point->true_positives / (double)curve->positives;
        if (next_x > limit) {
            next_y = y + (next_y - y) * (limit - x) / (next_x - x);
            next_x = limit;
        }
        area += (next_x - x) * (y + next_y) / 2;
        x = next_x;
        y = next_y;
    }
    if (limit >= 1) {
        return area;
    }
    double least = limit * limit / 2;
    return 0.5 * (1 + (area - least) / (limit - least));
}

/* ---- Intervals ------------------------------------------------------------------------------- */

static const hn_interval undefined = { NAN, NAN };

hn_interval hn_wald_interval(double estimate, double variance, double confidence)
{
    if (!(variance >= 0) || isnan(estimate)) {
        return undefined;
    }
    double half = hn_normal_z(confidence) * sqrt(variance);
    return (hn_interval) { fmax(estimate - half, 0), fmin(estimate + half, 1) };
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

hn_interval hn_logit_interval(double estimate, double variance, double confidence)
{
    if (!(variance >= 0) || !(estimate > 0 && estimate < 1)) {
        return undefined;
    }
    double odds = estimate * (1 - estimate);
    double center = log(estimate / (1 - estimate));
    double half = hn_normal_z(confidence) * sqrt(variance) / odds;
    return (hn_interval) { logistic(center - half), logistic(center + half) };
}

static double newcombe_variance(double auc, double positives, double negatives)
{
    double s = (positives + negatives) / 2 - 1;
    double bracket = 1 + s * (1 - auc) / (2 - auc) + s * auc / (1 + auc);
    return auc * (1 - auc) * bracket / (positives * negatives);
}

/* Where |theta - auc| = z sqrt(V(theta)) between auc and `end` (0 or 1), by bisection. */
static double newcombe_end(double auc, double end, double z, double positives, double negatives)
{
    double inside = auc;
    double outside = end;
    for (int i = 0; i < 200; i++) {
        double middle = (inside + outside) / 2;
        double reach = z * sqrt(newcombe_variance(middle, positives, negatives));
        if (fabs(middle - auc) > reach) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    return (inside + outside) / 2;
}

hn_interval hn_newcombe_interval(double auc, double positives, double negatives, double confidence)
{
    if (!(positives > 0 && negatives > 0) || isnan(auc)) {
        return undefined;
    }
    double z = hn_normal_z(confidence);
    return (hn_interval) { auc <= 0 ? 0 : newcombe_end(auc, 0, z, positives, negatives),
                           auc >= 1 ? 1 : newcombe_end(auc, 1, z, positives, negatives) };
}
