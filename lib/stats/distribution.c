/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The door to GSL's distribution functions. GSL's handler, which would end the program, is
 * switched off first; a value that GSL cannot give is NaN.
 */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

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

double beta_quantile(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) {
        return NAN;
    }
    gsl_set_error_handler_off();
    return gsl_cdf_beta_Pinv(p, a, b);
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
