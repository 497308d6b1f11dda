/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The door to GSL's distribution functions. GSL's handler, which would end the program, is
 * switched off first; a value that GSL cannot give is NaN.
 */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>

#include "distribution.h"

double normal_cdf(double z)
{
    return gsl_cdf_ugaussian_P(z);
}

double normal_upper(double z)
{
    return gsl_cdf_ugaussian_Q(z);
}

double normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1)) {
        return NAN;
    }
    if (p <= 0 || p >= 1) {
        return p <= 0 ? -INFINITY : INFINITY;
    }
    gsl_set_error_handler_off();
    return gsl_cdf_ugaussian_Pinv(p);
}

/* Where the distribution function reaches p, by halving: GSL's own inverse does not converge
 * everywhere (p = 0.9, a = 2, b = 666). */
static double halve_beta(double p, double a, double b)
{
    double low = 0;
    double high = 1;
    for (int i = 0; i < 1200 && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) {
            break;
        }
        if (gsl_cdf_beta_P(middle, a, b) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

double beta_quantile(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) {
        return NAN;
    }
    gsl_set_error_handler_off();
    double x = gsl_cdf_beta_Pinv(p, a, b);
    bool reached = x >= 0 && x <= 1 && fabs(gsl_cdf_beta_P(x, a, b) - p) <= 1e-12 * p;
    return reached ? x : halve_beta(p, a, b);
}

double beta_cdf(double x, double a, double b)
{
    gsl_set_error_handler_off();
    return gsl_cdf_beta_P(fmin(fmax(x, 0), 1), a, b);
}

double t_upper(double t, double degrees)
{
    gsl_set_error_handler_off();
    return gsl_cdf_tdist_Q(t, degrees);
}

double t_quantile(double p, double degrees)
{
    gsl_set_error_handler_off();
    return gsl_cdf_tdist_Pinv(p, degrees);
}
