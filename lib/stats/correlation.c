/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Correlation coefficients, plain and within groups, with their intervals. Sums are taken of
 * scaled values, so that neither tiny nor huge ones are lost; ranks turn Pearson into Spearman.
 */
#include <hipnet/bootstrap.h>
#include <hipnet/correlation.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/proportion.h>
#include <hipnet/rng.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "distribution.h"
#include "kendall.h"

const char *hn_coefficient_name(hn_coefficient coefficient)
{
    static const char *const names[HN_COEFFICIENTS] = { "pearson", "spearman", "kendall" };
    hn_assert((unsigned)coefficient < HN_COEFFICIENTS);
    return names[coefficient];
}

/* ---- Ranks
 * ------------------------------------------------------------------------------------------- */

struct placed {
    double value;
    int64_t at;
};

static int order_placed(const void *left, const void *right)
{
    double a = ((const struct placed *)left)->value;
    double b = ((const struct placed *)right)->value;
    return (a > b) - (a < b);
}

hn_status hn_midranks(double *ranks, const double *values, int64_t n)
{
    HN_AUTOFREE struct placed *sorted = hn_calloc((size_t)n, sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < n; i++) {
        sorted[i] = (struct placed) { values[i], i };
    }
    qsort(sorted, (size_t)n, sizeof *sorted, order_placed);
    for (int64_t start = 0, end = 0; start < n; start = end) {
        while (end < n && sorted[end].value == sorted[start].value) {
            end++;
        }
        for (int64_t i = start; i < end; i++) {
            ranks[sorted[i].at] = (double)(start + end + 1) / 2;
        }
    }
    return HN_OK;
}

void hn_censored_order(double *values, const hn_measurement *measurements, int64_t n)
{
    double low = -INFINITY;
    double high = INFINITY;
    for (int64_t i = 0; i < n; i++) {
        double limit = measurements[i].value;
        if (measurements[i].censoring < 0) {
            low = fmax(low, limit);
        } else if (measurements[i].censoring > 0) {
            high = fmin(high, limit);
        }
    }
    /* Censored values lie strictly beyond their limit, whose neighbors stand for them. */
    double bottom = nextafter(low, -INFINITY);
    double top = nextafter(high, INFINITY);
    for (int64_t i = 0; i < n; i++) {
        const hn_measurement *m = &measurements[i];
        bool at_bottom = m->censoring < 0 || (m->censoring == 0 && m->value < low);
        bool at_top = m->censoring > 0 || (m->censoring == 0 && m->value > high);
        values[i] = at_bottom ? bottom : at_top ? top : m->value;
    }
}

/* ---- Estimates
 * ----------------------------------------------------------------------------------------- */

/* Subtracts the mean, of each group where there are groups, after bringing the largest
 * magnitude to 1. `scratch` is [3, groups]. False when nothing varies. */
static bool center(double *out, const double *values, const hn_pairs *pairs, double *scratch)
{
    int32_t groups = pairs->group ? pairs->groups : 1;
    double *mean = scratch;
    double *size = scratch + groups;
    double *first = scratch + 2 * (size_t)groups;
    double most = 0;
    bool varies = false;
    memset(scratch, 0, 3 * (size_t)groups * sizeof *scratch);
    for (int64_t i = 0; i < pairs->n; i++) {
        int32_t g = pairs->group ? pairs->group[i] : 0;
        most = fmax(most, fabs(values[i]));
        first[g] = size[g] > 0 ? first[g] : values[i];
        size[g] += 1;
        varies = varies || values[i] != first[g];
    }
    if (!varies) {
        return false;
    }
    for (int64_t i = 0; i < pairs->n; i++) {
        out[i] = values[i] / most;
        mean[pairs->group ? pairs->group[i] : 0] += out[i];
    }
    double spread = 0;
    for (int64_t i = 0; i < pairs->n; i++) {
        int32_t g = pairs->group ? pairs->group[i] : 0;
        out[i] -= mean[g] / size[g];
        spread = fmax(spread, fabs(out[i]));
    }
    for (int64_t i = 0; i < pairs->n; i++) {
        out[i] /= spread;
    }
    return spread > 0;
}

static hn_status product_moment(double *out, const double *x, const double *y,
                                const hn_pairs *pairs)
{
    size_t n = (size_t)pairs->n;
    size_t groups = pairs->group ? (size_t)pairs->groups : 1;
    HN_AUTOFREE double *numbers = hn_calloc(2 * n + 3 * groups, sizeof *numbers);
    if (!numbers) {
        return HN_ENOMEM;
    }
    double *a = numbers;
    double *b = numbers + n;
    double *scratch = numbers + 2 * n;
    *out = NAN;
    if (!center(a, x, pairs, scratch) || !center(b, y, pairs, scratch)) {
        return HN_OK;
    }
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (size_t i = 0; i < n; i++) {
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    aa = sqrt(aa);
    bb = sqrt(bb);
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] / aa) * (b[i] / bb);
    }
    *out = fmax(-1, fmin(1, ab));
    return HN_OK;
}

static hn_status rank_moment(double *out, const hn_pairs *pairs)
{
    size_t n = (size_t)pairs->n;
    HN_AUTOFREE double *ranks = hn_calloc(2 * n, sizeof *ranks);
    if (!ranks) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_midranks(ranks, pairs->x, pairs->n));
    HN_TRY(hn_midranks(ranks + n, pairs->y, pairs->n));
    return product_moment(out, ranks, ranks + n, pairs);
}

/* Counts summed over groups: pairs are compared within their group alone. */
static hn_status grouped_kendall(struct kendall_counts *out, const hn_pairs *pairs)
{
    if (!pairs->group) {
        return kendall_count(out, pairs->x, pairs->y, pairs->n);
    }
    size_t n = (size_t)pairs->n;
    HN_AUTOFREE double *values = hn_calloc(2 * n, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    *out = (struct kendall_counts) { 0 };
    for (int32_t g = 0; g < pairs->groups; g++) {
        int64_t size = 0;
        for (size_t i = 0; i < n; i++) {
            if (pairs->group[i] == g) {
                values[size] = pairs->x[i];
                values[n + (size_t)size++] = pairs->y[i];
            }
        }
        struct kendall_counts one = { 0 };
        HN_TRY(kendall_count(&one, values, values + n, size));
        out->n += one.n;
        out->pairs += one.pairs;
        out->discordant += one.discordant;
        out->x_ties += one.x_ties;
        out->y_ties += one.y_ties;
        out->score += one.score;
        out->variance += one.variance;
    }
    return HN_OK;
}

static double tau(const struct kendall_counts *counts)
{
    double x = counts->pairs - counts->x_ties;
    double y = counts->pairs - counts->y_ties;
    return x > 0 && y > 0 ? fmax(-1, fmin(1, counts->score / sqrt(x) / sqrt(y))) : NAN;
}

hn_status hn_correlation_estimate(double *out, hn_coefficient coefficient, const hn_pairs *pairs)
{
    struct kendall_counts counts = { 0 };
    switch (coefficient) {
    case HN_PEARSON:
        return product_moment(out, pairs->x, pairs->y, pairs);
    case HN_SPEARMAN:
        return rank_moment(out, pairs);
    default:
        HN_TRY(grouped_kendall(&counts, pairs));
        *out = tau(&counts);
        return HN_OK;
    }
}

/* ---- Resampling patients
 * ----------------------------------------------------------------------------------- */

struct resample {
    const hn_pairs *pairs;
    hn_coefficient coefficient;
    const hn_correlation_options *options;
    hn_strata *strata;
    int64_t *start;  /* [patients + 1] into member */
    int64_t *member; /* [n] pairs by patient */
    int64_t most;    /* pairs that a replicate may hold */
    double *values;  /* [replicates] */
};

static hn_status one_replicate(void *context, int64_t b, int worker)
{
    (void)worker;
    struct resample *run = context;
    const hn_pairs *pairs = run->pairs;
    size_t most = (size_t)run->most;
    HN_AUTOFREE int32_t *counts = hn_calloc((size_t)pairs->patients, sizeof *counts);
    HN_AUTOFREE double *values = hn_calloc(2 * most, sizeof *values);
    HN_AUTOFREE int32_t *group = hn_calloc(most, sizeof *group);
    if (!counts || !values || !group) {
        return HN_ENOMEM;
    }
    hn_strata_draw(counts, 1, run->strata, run->options->seed,
                   hn_rng_name(run->options->stream ? run->options->stream : ""), b);
    size_t n = 0;
    for (int64_t c = 0; c < pairs->patients; c++) {
        for (int32_t times = 0; times < counts[c]; times++) {
            for (int64_t at = run->start[c]; at < run->start[c + 1]; at++) {
                int64_t i = run->member[at];
                values[n] = pairs->x[i];
                values[most + n] = pairs->y[i];
                group[n++] = pairs->group ? pairs->group[i] : 0;
            }
        }
    }
    hn_pairs drawn = { .x = values,
                       .y = values + most,
                       .group = pairs->group ? group : NULL,
                       .groups = pairs->groups,
                       .n = (int64_t)n };
    return hn_correlation_estimate(&run->values[b], run->coefficient, &drawn);
}

static hn_status list_members(struct resample *run)
{
    const hn_pairs *pairs = run->pairs;
    int64_t most = 0;
    for (int64_t i = 0; i < pairs->n; i++) {
        run->start[pairs->patient[i] + 1]++;
    }
    for (int64_t c = 0; c < pairs->patients; c++) {
        most = run->start[c + 1] > most ? run->start[c + 1] : most;
        run->start[c + 1] += run->start[c];
    }
    HN_AUTOFREE int64_t *next = hn_calloc((size_t)pairs->patients, sizeof *next);
    if (!next) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < pairs->n; i++) {
        int64_t c = pairs->patient[i];
        run->member[run->start[c] + next[c]++] = i;
    }
    run->most = most * pairs->patients;
    return HN_OK;
}

/* The interval from replicates; p from the normal distribution of atanh. */
static hn_status resampled(hn_association *out, hn_coefficient coefficient, const hn_pairs *pairs,
                           const hn_correlation_options *options)
{
    HN_AUTO_STRATA *strata = NULL;
    size_t asked = (size_t)options->replicates;
    HN_AUTOFREE int64_t *start = hn_calloc((size_t)pairs->patients + 1, sizeof *start);
    HN_AUTOFREE int64_t *member = hn_calloc((size_t)pairs->n, sizeof *member);
    HN_AUTOFREE double *values = hn_calloc(asked, sizeof *values);
    if (!start || !member || !values) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_strata_new(&strata, pairs->patients, NULL, 1));
    struct resample run = { pairs, coefficient, options, strata, start, member, 0, values };
    HN_TRY(list_members(&run));
    HN_TRY(hn_parallel_for(options->replicates, one_replicate, &run));
    out->asked = options->replicates;
    double sum = 0;
    double squares = 0;
    for (size_t b = 0; b < asked; b++) {
        if (!isnan(values[b]) && fabs(values[b]) < 1) {
            sum += atanh(values[b]);
            values[out->valid++] = values[b];
        }
    }
    out->method = "percentile bootstrap of patients; p normal, of atanh by its standard error";
    if (2 * out->valid < out->asked || out->valid < 2 || !(fabs(out->estimate) < 1)) {
        out->reason = "too few replicates have a defined value";
        return HN_OK;
    }
    double count = (double)out->valid;
    for (int64_t b = 0; b < out->valid; b++) {
        double residual = atanh(values[b]) - sum / count;
        squares += residual * residual;
    }
    double error = sqrt(squares / (count - 1));
    hn_interval interval = hn_bootstrap_interval(values, out->valid, out->estimate,
                                                 options->confidence, HN_INTERVAL_PERCENTILE, 0);
    out->low = interval.low;
    out->high = interval.high;
    out->p = error > 0 ? 2 * normal_upper(fabs(atanh(out->estimate)) / error) : NAN;
    return HN_OK;
}

/* ---- Closed forms
 * ------------------------------------------------------------------------------------------ */

static void fisher(hn_association *out, double variance, double confidence)
{
    if (!(variance > 0 && isfinite(variance))) {
        out->low = -1;
        out->high = 1;
        return;
    }
    double half = hn_normal_z(confidence) * sqrt(variance);
    out->low = tanh(atanh(out->estimate) - half);
    out->high = tanh(atanh(out->estimate) + half);
}

/* Two-sided p of a product moment with `degrees` degrees of freedom. */
static double moment_p(double r, double degrees)
{
    return fmin(2 * beta_cdf((1 - fabs(r)) / 2, degrees / 2, degrees / 2), 1);
}

static void moment_forms(hn_association *out, hn_coefficient coefficient, double n, double fixed,
                         const hn_correlation_options *options)
{
    double r = out->estimate;
    double factor = 1;
    out->method = fixed > 0 ? "Fisher's z with n less the classes held fixed; p of Student's t"
                            : "Fisher's z; p of Student's t";
    if (coefficient == HN_SPEARMAN && fixed <= 0) {
        static const char *const methods[] = {
            [HN_SPEARMAN_FIELLER] = "Fieller, Hartley and Pearson; p of Student's t",
            [HN_SPEARMAN_FISHER] = "Fisher's z; p of Student's t",
            [HN_SPEARMAN_BONETT_WRIGHT] = "Bonett and Wright; p of Student's t",
        };
        out->method = methods[options->spearman_interval];
        factor = options->spearman_interval == HN_SPEARMAN_FIELLER         ? 1.06
                 : options->spearman_interval == HN_SPEARMAN_BONETT_WRIGHT ? 1 + r * r / 2
                                                                           : 1;
    }
    double degrees = n - 2 - fixed;
    if (degrees < 1) {
        out->estimate = NAN;
        out->reason = "fewer pairs than the classes held fixed leave room for";
        return;
    }
    out->p = moment_p(r, degrees);
    fisher(out, n - 3 - fixed > 0 ? factor / (n - 3 - fixed) : NAN, options->confidence);
}

static hn_status kendall_forms(hn_association *out, const hn_pairs *pairs,
                               const hn_correlation_options *options)
{
    struct kendall_counts counts = { 0 };
    HN_TRY(kendall_count(&counts, pairs->x, pairs->y, pairs->n));
    const char *how = "";
    out->p = kendall_p(&counts, &how);
    out->method = *how == 'e' ? "Fieller, Hartley and Pearson; p exact"
                              : "Fieller, Hartley and Pearson; p normal, for ties";
    double n = (double)pairs->n;
    fisher(out, n > 4 ? 0.437 / (n - 4) : NAN, options->confidence);
    return HN_OK;
}

/* Within groups: the normal p of the summed score; the interval needs replicates. */
static hn_status grouped_kendall_forms(hn_association *out, const hn_pairs *pairs,
                                       const hn_correlation_options *options)
{
    struct kendall_counts counts = { 0 };
    HN_AUTOFREE int32_t *own = hn_calloc((size_t)pairs->n, sizeof *own);
    if (!own) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < pairs->n; i++) {
        own[i] = (int32_t)i;
    }
    hn_pairs single = *pairs;
    single.patient = own;
    single.patients = pairs->n;
    HN_TRY(resampled(out, HN_KENDALL, &single, options));
    HN_TRY(grouped_kendall(&counts, pairs));
    out->p =
        counts.variance > 0 ? 2 * normal_upper(fabs(counts.score) / sqrt(counts.variance)) : NAN;
    out->method = "pairs compared within classes; percentile bootstrap of patients; p normal";
    return HN_OK;
}

hn_status hn_associate(hn_association *out, hn_coefficient coefficient, const hn_pairs *pairs,
                       const hn_correlation_options *options)
{
    hn_association made = { .estimate = NAN, .low = NAN, .high = NAN, .p = NAN };
    int64_t units = pairs->patient ? pairs->patients : pairs->n;
    *out = made;
    if (pairs->n < 3 || units < 3) {
        out->reason = pairs->n < 3 ? "fewer than 3 pairs" : "fewer than 3 patients";
        return HN_OK;
    }
    for (int64_t i = 0; i < pairs->n; i++) {
        if (!isfinite(pairs->x[i]) || !isfinite(pairs->y[i])) {
            out->reason = "a value is not finite on this scale";
            return HN_OK;
        }
    }
    HN_TRY(hn_correlation_estimate(&out->estimate, coefficient, pairs));
    if (isnan(out->estimate)) {
        out->reason = pairs->group ? "one of the two is constant within every class"
                                   : "one of the two is constant";
        return HN_OK;
    }
    if (units < pairs->n) {
        return resampled(out, coefficient, pairs, options);
    }
    if (coefficient == HN_KENDALL) {
        return pairs->group ? grouped_kendall_forms(out, pairs, options)
                            : kendall_forms(out, pairs, options);
    }
    bool present[HN_CLASSES_MAX] = { false };
    int fixed = -1;
    for (int64_t i = 0; pairs->group && i < pairs->n; i++) {
        hn_assert(pairs->group[i] >= 0 && pairs->group[i] < HN_CLASSES_MAX);
        fixed += !present[pairs->group[i]];
        present[pairs->group[i]] = true;
    }
    moment_forms(out, coefficient, (double)pairs->n, pairs->group ? fixed : 0, options);
    return HN_OK;
}
