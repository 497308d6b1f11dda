/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proportion.h: intervals for proportions (accuracy, sensitivity, specificity, PPV, NPV).
 *
 * x of n, 0 <= x <= n; n may be a real number where cases are clustered in patients and count
 * less than their number. NaN for n = 0. Ends lie in [0, 1].
 */
#ifndef HIPNET_PROPORTION_H
#define HIPNET_PROPORTION_H

#include <hipnet/bootstrap.h>
#include <stdint.h>

/* z with P(|Z| <= z) = confidence; 1.96 for 0.95. */
HN_API double hn_normal_z(double confidence);

/* Wilson 1927; `n` may be an effective number of cases. */
HN_API hn_interval hn_wilson(double proportion, double n, double confidence);
/* Clopper and Pearson 1934, exact; 0 at x = 0, 1 at x = n. */
HN_API hn_interval hn_clopper_pearson(int64_t x, int64_t n, double confidence);
/* Agresti and Coull 1998, and Jeffreys' equal-tailed Beta(x + 1/2, n - x + 1/2) as statsmodels
 * has it, not moved at the ends. */
HN_API hn_interval hn_agresti_coull(int64_t x, int64_t n, double confidence);
HN_API hn_interval hn_jeffreys(int64_t x, int64_t n, double confidence);

/* Variance of the ratio sum(x) / sum(n) over `count` patients (linearization, C / (C - 1) in
 * front); NaN for fewer than two patients. */
HN_API double hn_clustered_variance(const double *x, const double *n, int64_t count);

#endif
