/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bootstrap.h: resampling patients, and intervals from replicates.
 *
 * The unit is the patient: a replicate draws as many patients as there are, with replacement,
 * from all of them or within strata, and every case of a patient comes as often as the patient
 * was drawn. Replicate b draws from a stream of its own, named by (seed, name, b), by
 * multiplication and rejection (Lemire 2019, doi 10.1145/3230636) on its 32-bit numbers: the
 * same replicates whatever the number of threads.
 *
 * Quantiles are of type 7 (Hyndman and Fan 1996; the default of R and NumPy).
 */
#ifndef HIPNET_BOOTSTRAP_H
#define HIPNET_BOOTSTRAP_H

#include <hipnet/error.h>
#include <stdint.h>

#define HN_REPLICATES_MAX 1000000

typedef enum hn_interval_kind {
    HN_INTERVAL_PERCENTILE = 0,
    HN_INTERVAL_BASIC, /* the percentiles mirrored at the estimate */
    HN_INTERVAL_BCA,   /* bias-corrected and accelerated (Efron 1987), conventions of SciPy */
} hn_interval_kind;

typedef enum hn_stratify {
    HN_STRATIFY_NONE = 0,
    HN_STRATIFY_CLASS, /* by the rarest class among the patient's cases */
    HN_STRATIFY_CENTER,
} hn_stratify;

typedef struct hn_interval {
    double low, high; /* NaN when not defined */
} hn_interval;

/* ---- Drawing patients -------------------------------------------------------------------- */

typedef struct hn_strata {
    int64_t patients;
    int32_t count;   /* strata */
    int32_t *start;  /* [count + 1] into member */
    int32_t *member; /* [patients] grouped by stratum, ascending within */
} hn_strata;

/* `stratum` is [patients], from 0 to count - 1; NULL is one stratum. */
HN_API hn_status hn_strata_new(hn_strata **out, int64_t patients, const int32_t *stratum,
                               int32_t count) HN_MUST_CHECK;
HN_API void hn_strata_free(hn_strata *strata);
HN_API void hn_strata_freep(hn_strata **strata);
#define HN_AUTO_STRATA HN_CLEANUP(hn_strata_freep) hn_strata

/* Adds replicate `b` to the counts: counts[patient * stride]++ for every draw. */
HN_API void hn_strata_draw(int32_t *counts, int64_t stride, const hn_strata *strata, uint64_t seed,
                           uint64_t name, int64_t b);

/* ---- Intervals --------------------------------------------------------------------------- */

/* Quantile of type 7, p in [0, 1], of `count` (at least 1) numbers without NaN. The numbers are
 * put in another order (selection, not a full sort). */
HN_API double hn_quantile(double *values, int64_t count, double p);

/* The interval from the `count` replicates that are defined (their order is changed).
 * `acceleration` is read by BCa alone. NaN when there are fewer than 2, or when BCa is not
 * defined (every replicate on one side of the estimate). */
HN_API hn_interval hn_bootstrap_interval(double *replicates, int64_t count, double estimate,
                                         double confidence, hn_interval_kind kind,
                                         double acceleration);

/* BCa's acceleration from the jackknife: values[i] is the figure without patient i, which
 * belongs to stratum[i] (NULL: all to one). The several-sample form of SciPy; a stratum of one
 * patient adds nothing, since it never varies. NaN when another value is NaN or all are equal. */
HN_API double hn_bootstrap_acceleration(const double *values, const int32_t *stratum, int64_t count,
                                        int32_t strata);

#endif
