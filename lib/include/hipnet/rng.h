/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng.h: randomness that does not depend on who asks first.
 *
 * Philox 4x32-10 (Salmon et al., SC 2011, doi 10.1145/2063384.2063405): the n-th number of a
 * stream is a function of (key, n) alone. A stream is named by the seed and up to four
 * integers that say what it is for (epoch, patient, view, purpose), so the same picture comes
 * out whatever the number of threads or the order of work. An hn_rng is a caller's struct,
 * used by one thread at a time; copying it forks the stream.
 *
 * Distributions come from GSL, which reads the stream as a gsl_rng_type of our own.
 */
#ifndef HIPNET_RNG_H
#define HIPNET_RNG_H

#include <hipnet/error.h>
#include <stddef.h>
#include <stdint.h>

/* What a stream is for. Numbers are part of saved results: never renumber. */
typedef enum hn_purpose {
    HN_PURPOSE_TEST = 0,
    HN_PURPOSE_SPLIT = 1,
    HN_PURPOSE_SHUFFLE = 2,
    HN_PURPOSE_AUGMENT = 3,
    HN_PURPOSE_VIEW_DROPOUT = 4,
    HN_PURPOSE_INIT = 5,
    HN_PURPOSE_BOOTSTRAP = 6,
    HN_PURPOSE_DROPOUT = 7,
    HN_PURPOSE_PHANTOM = 8,
    HN_PURPOSE_SAMPLER = 9,
    HN_PURPOSE_PERMUTATION = 10,
} hn_purpose;

typedef struct hn_rng {
    uint32_t key[2];
    uint32_t counter[4]; /* [0] block number, [1..3] the stream's name */
    uint32_t block[4];
    uint32_t used; /* numbers of `block` already given out */
} hn_rng;

/* The stream of `purpose` named by (seed, a, b, c). Two names that differ give streams that are
 * independent for all practical purposes. */
HN_API void hn_rng_init(hn_rng *rng, uint64_t seed, hn_purpose purpose, uint64_t a, uint64_t b,
                        uint64_t c);
/* A stable 64-bit name for a text (a pseudonym), to use as a, b or c. FNV-1a. */
HN_API uint64_t hn_rng_name(const char *text);

HN_API uint32_t hn_rng_u32(hn_rng *rng);
HN_API uint64_t hn_rng_u64(hn_rng *rng);
HN_API double hn_rng_uniform(hn_rng *rng);                        /* [0, 1), 53 bits */
HN_API double hn_rng_range(hn_rng *rng, double low, double high); /* [low, high) */
HN_API uint64_t hn_rng_below(hn_rng *rng, uint64_t limit);        /* 0..limit-1, unbiased */
HN_API double hn_rng_normal(hn_rng *rng);                         /* mean 0, variance 1 */
HN_API double hn_rng_gamma(hn_rng *rng, double shape, double scale);
HN_API uint64_t hn_rng_poisson(hn_rng *rng, double mean);
HN_API void hn_rng_shuffle(hn_rng *rng, int64_t *items, size_t count);

/* The bare block function, for the known-answer test of Random123. */
HN_API void hn_philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

#endif
