/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distribution.h: the distributions that intervals and p values need, from GSL. */
#ifndef HIPNET_STATS_DISTRIBUTION_H
#define HIPNET_STATS_DISTRIBUTION_H

double normal_cdf(double z);
double normal_upper(double z);
double normal_quantile(double p); /* -inf at 0, +inf at 1, NaN outside */
double beta_quantile(double p, double a, double b);
double beta_cdf(double x, double a, double b);
double t_upper(double t, double degrees);
double t_quantile(double p, double degrees);

#endif
