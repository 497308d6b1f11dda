/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roc.h: areas under ROC curves, the curves, and their variances in closed form.
 *
 * The area is the Mann-Whitney statistic with half credit for ties, counted in integers; it
 * never flips. A case is positive from its score upwards (>=). Not defined without a case on
 * both sides: NaN.
 */
#ifndef HIPNET_ROC_H
#define HIPNET_ROC_H

#include <hipnet/bootstrap.h>
#include <hipnet/error.h>
#include <hipnet/sample.h>
#include <stdbool.h>
#include <stdint.h>

/* Area for `count` scores (finite), positive[i] saying on which side a case is. */
HN_API hn_status hn_auc(double *out, const double *scores, const bool *positive,
                        int64_t count) HN_MUST_CHECK;

/* One threshold: the cases at or above it. */
typedef struct hn_roc_point {
    double threshold; /* +inf at the first point, where nothing is positive */
    int64_t true_positives, false_positives;
} hn_roc_point;

typedef struct hn_roc_curve {
    hn_roc_point *points; /* from (0, 0) to (P, N), one for each distinct score */
    int64_t count;
    int64_t positives, negatives;
} hn_roc_curve;

/* One against the rest, for class k. */
HN_API hn_status hn_roc_curve_new(hn_roc_curve **out, const hn_sample *sample, int k) HN_MUST_CHECK;
HN_API void hn_roc_curve_free(hn_roc_curve *curve);
HN_API void hn_roc_curve_freep(hn_roc_curve **curve);
#define HN_AUTO_ROC_CURVE HN_CLEANUP(hn_roc_curve_freep) hn_roc_curve

/* Area of the curve between false positive rates 0 and `limit` (in (0, 1]), by trapezoids,
 * standardized after McClish 1989 to 1/2 for chance and 1 for perfection, as scikit-learn's
 * max_fpr. */
HN_API double hn_partial_auc(const hn_roc_curve *curve, double limit);

/*
 * Variances of all areas of a sample (DeLong 1988 in placements; its extension to macro
 * one-against-rest and to Hand and Till 2001). Patients with several cases are clusters
 * (sandwich of Obuchowski 1997). `random_mix`: the macro area's variance takes the mix of
 * classes as drawn with the patients, not fixed; always so with clusters.
 */
typedef struct hn_auc_variances {
    bool clustered;
    double *auc;                  /* [K] NaN where not defined */
    double *variance;             /* [K] NaN with fewer than two cases (patients) on a side */
    double macro, macro_variance; /* over the classes present */
    double hand_till, hand_till_variance; /* over the classes present */
} hn_auc_variances;

HN_API hn_status hn_auc_variances_new(hn_auc_variances **out, const hn_sample *sample,
                                      bool random_mix) HN_MUST_CHECK;
HN_API void hn_auc_variances_free(hn_auc_variances *variances);
HN_API void hn_auc_variances_freep(hn_auc_variances **variances);
#define HN_AUTO_AUC_VARIANCES HN_CLEANUP(hn_auc_variances_freep) hn_auc_variances

/* estimate +- z sqrt(variance), cut to [0, 1]; and the same on the scale of the logit. */
HN_API hn_interval hn_wald_interval(double estimate, double variance, double confidence);
HN_API hn_interval hn_logit_interval(double estimate, double variance, double confidence);
/* Newcombe 2006, method 5, for `positives` and `negatives` cases: usable at 0 and 1. */
HN_API hn_interval hn_newcombe_interval(double auc, double positives, double negatives,
                                        double confidence);

#endif
