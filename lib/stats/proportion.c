/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals for a proportion: Wilson's score interval, the exact one of Clopper and Pearson, and
 * two more that papers ask for. statsmodels' proportion_confint is the reference.
 */
#include <hipnet/proportion.h>

#include <math.h>

#include "distribution.h"

static const hn_interval undefined = { NAN, NAN };

static hn_interval clip(double low, double high)
{
    return (hn_interval) { fmin(fmax(low, 0), 1), fmin(fmax(high, 0), 1) };
}

double hn_normal_z(double confidence)
{
    return normal_quantile(0.5 + confidence / 2);
}

hn_interval hn_wilson(double proportion, double n, double confidence)
{
    if (!(n > 0) || isnan(proportion)) {
        return undefined;
    }
    double z = hn_normal_z(confidence);
    double denominator = 1 + z * z / n;
    double center = (proportion + z * z / (2 * n)) / denominator;
    double half = z * sqrt(proportion * (1 - proportion) / n + z * z / (4 * n * n)) / denominator;
    return clip(proportion <= 0 ? 0 : center - half, proportion >= 1 ? 1 : center + half);
}

hn_interval hn_clopper_pearson(int64_t x, int64_t n, double confidence)
{
    if (n <= 0) {
        return undefined;
    }
    double tail = (1 - confidence) / 2;
    double hits = (double)x;
    double misses = (double)(n - x);
    return clip(x == 0 ? 0 : beta_quantile(tail, hits, misses + 1),
                x == n ? 1 : beta_quantile(1 - tail, hits + 1, misses));
}

hn_interval hn_agresti_coull(int64_t x, int64_t n, double confidence)
{
    if (n <= 0) {
        return undefined;
    }
    double z = hn_normal_z(confidence);
    double all = (double)n + z * z;
    double p = ((double)x + z * z / 2) / all;
    double half = z * sqrt(p * (1 - p) / all);
    return clip(p - half, p + half);
}

hn_interval hn_jeffreys(int64_t x, int64_t n, double confidence)
{
    if (n <= 0) {
        return undefined;
    }
    double tail = (1 - confidence) / 2;
    double a = (double)x + 0.5;
    double b = (double)(n - x) + 0.5;
    return clip(beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b));
}

double hn_clustered_variance(const double *x, const double *n, int64_t count)
{
    double hits = 0;
    double all = 0;
    for (int64_t c = 0; c < count; c++) {
        hits += x[c];
        all += n[c];
    }
    if (count < 2 || !(all > 0)) {
        return NAN;
    }
    double p = hits / all;
    double sum = 0;
    for (int64_t c = 0; c < count; c++) {
        double residual = x[c] - p * n[c];
        sum += residual * residual;
    }
    double patients = (double)count;
    return patients / (patients - 1) * sum / (all * all);
}
