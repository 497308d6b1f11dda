/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drawing patients and turning replicates into intervals. Quantiles need few order statistics
 * of many replicates, so they are selected, not sorted.
 */
#include <hipnet/bootstrap.h>
#include <hipnet/memory.h>
#include <hipnet/rng.h>

#include <math.h>

#include "distribution.h"

/* ---- Drawing --------------------------------------------------------------------------------- */

hn_status hn_strata_new(hn_strata **out, int64_t patients, const int32_t *stratum, int32_t count)
{
    hn_assert(patients >= 1 && patients <= INT32_MAX && count >= 1);
    HN_AUTO_STRATA *strata = hn_calloc(1, sizeof *strata);
    if (!strata) {
        return HN_ENOMEM;
    }
    strata->patients = patients;
    strata->count = count;
    strata->start = hn_calloc((size_t)count + 2, sizeof *strata->start);
    strata->member = hn_calloc((size_t)patients, sizeof *strata->member);
    if (!strata->start || !strata->member) {
        return HN_ENOMEM;
    }
    /* start[s + 2] first counts stratum s, then start[s + 1] is where its next member goes. */
    for (int64_t i = 0; i < patients; i++) {
        int32_t s = stratum ? stratum[i] : 0;
        hn_assert(s >= 0 && s < count);
        strata->start[s + 2]++;
    }
    for (int32_t s = 0; s < count; s++) {
        strata->start[s + 2] += strata->start[s + 1];
    }
    for (int64_t i = 0; i < patients; i++) {
        int32_t s = stratum ? stratum[i] : 0;
        strata->member[strata->start[s + 1]++] = (int32_t)i;
    }
    *out = strata;
    strata = NULL;
    return HN_OK;
}

void hn_strata_free(hn_strata *strata)
{
    if (strata) {
        hn_free(strata->start);
        hn_free(strata->member);
        hn_free(strata);
    }
}

void hn_strata_freep(hn_strata **strata)
{
    hn_strata_free(*strata);
    *strata = NULL;
}

/* 0..limit-1 without bias: the high word of a product, rejecting the few low words that would
 * favor some results. */
static uint32_t below(hn_rng *rng, uint32_t limit)
{
    uint64_t product = (uint64_t)hn_rng_u32(rng) * limit;
    if ((uint32_t)product < limit) {
        uint32_t reject = (0U - limit) % limit;
        while ((uint32_t)product < reject) {
            product = (uint64_t)hn_rng_u32(rng) * limit;
        }
    }
    return (uint32_t)(product >> 32);
}

void hn_strata_draw(int32_t *counts, int64_t stride, const hn_strata *strata, uint64_t seed,
                    uint64_t name, int64_t b)
{
    hn_rng rng;
    hn_rng_init(&rng, seed, HN_PURPOSE_BOOTSTRAP, name, (uint64_t)b, 0);
    for (int32_t s = 0; s < strata->count; s++) {
        const int32_t *member = &strata->member[strata->start[s]];
        uint32_t size = (uint32_t)(strata->start[s + 1] - strata->start[s]);
        for (uint32_t draw = 0; draw < size; draw++) {
            counts[member[below(&rng, size)] * stride]++;
        }
    }
}

/* ---- Quantiles
 * ----------------------------------------------------------------------------------- */

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Puts the k-th smallest at its place: smaller ones before it, larger ones after it. */
static void select_kth(double *values, int64_t count, int64_t k)
{
    int64_t low = 0;
    int64_t high = count - 1;
    while (high > low) {
        double pivot = values[low + (high - low) / 2];
        int64_t i = low;
        int64_t j = high;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (pivot < values[j]) {
                j--;
            }
            if (i <= j) {
                swap(&values[i++], &values[j--]);
            }
        }
        if (k <= j) {
            high = j;
        } else if (k >= i) {
            low = i;
        } else {
            return;
        }
    }
}

double hn_quantile(double *values, int64_t count, double p)
{
    double h = (double)(count - 1) * p;
    int64_t k = (int64_t)floor(h);
    if (k >= count - 1) {
        k = count - 1;
    }
    select_kth(values, count, k);
    double low = values[k];
    double rest = h - (double)k;
    if (rest <= 0 || k == count - 1) {
        return low;
    }
    double high = values[k + 1];
    for (int64_t i = k + 2; i < count; i++) {
        high = values[i] < high ? values[i] : high;
    }
    return low + rest * (high - low);
}

/* ---- Intervals
 * -------------------------------------------------------------------------------------- */

static hn_interval bca_levels(const double *replicates, int64_t count, double estimate,
                              double confidence, double acceleration)
{
    int64_t less = 0;
    int64_t equal = 0;
    for (int64_t i = 0; i < count; i++) {
        less += replicates[i] < estimate;
        equal += replicates[i] == estimate;
    }
    double bias = normal_quantile((double)(2 * less + equal) / (2 * (double)count));
    double z = normal_quantile(0.5 + confidence / 2);
    double low = bias - z;
    double high = bias + z;
    return (hn_interval) { normal_cdf(bias + low / (1 - acceleration * low)),
                           normal_cdf(bias + high / (1 - acceleration * high)) };
}

hn_interval hn_bootstrap_interval(double *replicates, int64_t count, double estimate,
                                  double confidence, hn_interval_kind kind, double acceleration)
{
    hn_interval levels = { (1 - confidence) / 2, 1 - (1 - confidence) / 2 };
    if (kind == HN_INTERVAL_BCA) {
        levels = bca_levels(replicates, count, estimate, confidence, acceleration);
    }
    if (count < 2 || !(levels.low >= 0 && levels.high <= 1)) {
        return (hn_interval) { NAN, NAN };
    }
    hn_interval interval = { hn_quantile(replicates, count, levels.low),
                             hn_quantile(replicates, count, levels.high) };
    if (kind == HN_INTERVAL_BASIC) {
        interval = (hn_interval) { 2 * estimate - interval.high, 2 * estimate - interval.low };
    }
    return interval;
}

double hn_bootstrap_acceleration(const double *values, const int32_t *stratum, int64_t count,
                                 int32_t strata)
{
    HN_AUTOFREE double *mean = hn_calloc((size_t)strata, sizeof *mean);
    HN_AUTOFREE double *size = hn_calloc((size_t)strata, sizeof *size);
    if (!mean || !size) {
        return NAN;
    }
    for (int64_t i = 0; i < count; i++) {
        int32_t s = stratum ? stratum[i] : 0;
        mean[s] += values[i];
        size[s] += 1;
    }
    double cubes = 0;
    double squares = 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t s = stratum ? stratum[i] : 0;
        if (strata > 1 && size[s] < 2) {
            continue;
        }
        double influence = (size[s] - 1) * (mean[s] / size[s] - values[i]);
        cubes += influence * influence * influence / (size[s] * size[s] * size[s]);
        squares += influence * influence / (size[s] * size[s]);
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : NAN;
}
