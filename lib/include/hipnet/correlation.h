/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlation.h: how a risk and a laboratory value go together.
 *
 * Pearson's r, Spearman's rho and Kendall's tau-b with interval and p value; given a grouping
 * (the label), the partial coefficients within it. Where a patient has several cases, intervals
 * come from resampling patients and p from their spread, since cases are then not independent.
 * Conventions are those of SciPy; docs/reference/statistics.md has the formulas.
 */
#ifndef HIPNET_CORRELATION_H
#define HIPNET_CORRELATION_H

#include <hipnet/error.h>
#include <hipnet/predictions.h>
#include <stdint.h>

typedef enum hn_coefficient {
    HN_PEARSON = 0,
    HN_SPEARMAN,
    HN_KENDALL,
    HN_COEFFICIENTS, /* how many */
} hn_coefficient;
HN_API const char *hn_coefficient_name(hn_coefficient coefficient); /* "pearson" */

/* Variance of atanh(rho) for Spearman's interval. */
typedef enum hn_spearman_interval {
    HN_SPEARMAN_FIELLER = 0,   /* 1.06 / (n - 3); Fieller, Hartley and Pearson 1957 */
    HN_SPEARMAN_FISHER,        /* 1 / (n - 3) */
    HN_SPEARMAN_BONETT_WRIGHT, /* (1 + rho^2 / 2) / (n - 3); 2000 */
} hn_spearman_interval;

/* n pairs. `patient` numbers patients from 0 to patients - 1, or is NULL: every pair its own.
 * `group` is NULL, or the number (from 0, below groups) of the class to hold fixed. */
typedef struct hn_pairs {
    const double *x, *y; /* finite */
    const int32_t *patient;
    const int32_t *group;
    int64_t n;
    int64_t patients;
    int32_t groups;
} hn_pairs;

typedef struct hn_correlation_options {
    double confidence;
    hn_spearman_interval spearman_interval;
    int64_t replicates; /* of patients, where they are needed */
    uint64_t seed;
    const char *stream;
} hn_correlation_options;

#define HN_CORRELATION_DEFAULTS                                                                    \
    ((hn_correlation_options) { .confidence = 0.95, .replicates = 2000, .stream = "" })

typedef struct hn_association {
    double estimate, low, high, p; /* NaN: not defined, see `reason` */
    const char *method;            /* of interval and p, in words */
    const char *reason;            /* or NULL */
    int64_t asked, valid;          /* replicates, where patients were resampled; else 0 */
} hn_association;

HN_API hn_status hn_associate(hn_association *out, hn_coefficient coefficient,
                              const hn_pairs *pairs,
                              const hn_correlation_options *options) HN_MUST_CHECK;

/* The coefficient alone; NaN where it is not defined. */
HN_API hn_status hn_correlation_estimate(double *out, hn_coefficient coefficient,
                                         const hn_pairs *pairs) HN_MUST_CHECK;

/* Ranks from 1, ties averaged. */
HN_API hn_status hn_midranks(double *ranks, const double *values, int64_t n) HN_MUST_CHECK;

/*
 * Censored values for rank methods: everything that is, or may be, below the highest limit "<L"
 * is tied at the bottom, everything that is or may be above the lowest ">U" is tied at the top.
 * values[n] gets numbers in that order; missing ones must have been left out.
 */
HN_API void hn_censored_order(double *values, const hn_measurement *measurements, int64_t n);

#endif
