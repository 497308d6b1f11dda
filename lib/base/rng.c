/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Philox 4x32-10 as published (Salmon et al., SC 2011, section 4.3 and table 2), and GSL's
 * distributions reading from it through a gsl_rng_type of our own.
 */
#include <hipnet/rng.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <string.h>

void hn_philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    const uint64_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = multiplier0 * c0, product1 = multiplier1 * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product0;
        k0 += 0x9E3779B9u; /* the golden ratio */
        k1 += 0xBB67AE85u; /* the square root of 3, less one */
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Folds a name of 64-bit words into 128 bits by running Philox over them as a hash. */
void hn_rng_init(hn_rng *rng, uint64_t seed, hn_purpose purpose, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t words[4] = { (uint64_t)purpose, a, b, c };
    uint32_t state[4] = { 0x68697021u, 0x6e657421u, 0, 0 };
    uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    for (int i = 0; i < 4; i++) {
        state[0] ^= (uint32_t)words[i];
        state[1] ^= (uint32_t)(words[i] >> 32);
        state[2] += (uint32_t)(i + 1);
        hn_philox4x32_10(state, state, key);
    }
    *rng = (hn_rng) { .key = { key[0] ^ state[0], key[1] ^ state[1] },
                      .counter = { 0, state[1], state[2], state[3] },
                      .used = 4 };
}

uint64_t hn_rng_name(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        hash = (hash ^ *c) * 0x100000001b3u;
    }
    return hash;
}

uint32_t hn_rng_u32(hn_rng *rng)
{
    if (rng->used == 4) {
        hn_philox4x32_10(rng->block, rng->counter, rng->key);
        rng->used = 0;
        if (++rng->counter[0] == 0) {
            rng->counter[1]++; /* after 2^34 numbers the stream runs on in the next plane */
        }
    }
    return rng->block[rng->used++];
}

uint64_t hn_rng_u64(hn_rng *rng)
{
    uint64_t high = hn_rng_u32(rng);
    return high << 32 | hn_rng_u32(rng);
}

double hn_rng_uniform(hn_rng *rng)
{
    return (double)(hn_rng_u64(rng) >> 11) * 0x1p-53;
}

double hn_rng_range(hn_rng *rng, double low, double high)
{
    return low + (high - low) * hn_rng_uniform(rng);
}

__extension__ typedef unsigned __int128 wide;

/* Lemire, ACM TOMACS 2019: multiply, and reject the few products that would bias. */
uint64_t hn_rng_below(hn_rng *rng, uint64_t limit)
{
    hn_assert(limit > 0);
    for (;;) {
        wide product = (wide)hn_rng_u64(rng) * limit;
        uint64_t low = (uint64_t)product;
        if (low >= limit || low >= (uint64_t)(-limit) % limit) {
            return (uint64_t)(product >> 64);
        }
    }
}

/* GSL asks a generator for its state; the state is a pointer to the caller's stream. */
static unsigned long gsl_get(void *state)
{
    return hn_rng_u32(*(hn_rng **)state);
}

static double gsl_get_double(void *state)
{
    return hn_rng_uniform(*(hn_rng **)state);
}

static void gsl_set(void *state, unsigned long seed)
{
    (void)state;
    (void)seed; /* streams are named by hn_rng_init, never seeded through GSL */
}

static const gsl_rng_type philox_type = {
    "philox4x32-10", 0xffffffffu, 0, sizeof(hn_rng *), gsl_set, gsl_get, gsl_get_double,
};

#define GSL_RNG(name, rng)                                                                         \
    hn_rng *name##_stream = (rng);                                                                 \
    const gsl_rng name = { &philox_type, &name##_stream }

double hn_rng_normal(hn_rng *rng)
{
    GSL_RNG(generator, rng);
    return gsl_ran_gaussian_ziggurat(&generator, 1.0);
}

double hn_rng_gamma(hn_rng *rng, double shape, double scale)
{
    GSL_RNG(generator, rng);
    return gsl_ran_gamma(&generator, shape, scale);
}

uint64_t hn_rng_poisson(hn_rng *rng, double mean)
{
    GSL_RNG(generator, rng);
    return gsl_ran_poisson(&generator, mean);
}

void hn_rng_shuffle(hn_rng *rng, int64_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)hn_rng_below(rng, i);
        int64_t item = items[i - 1];
        items[i - 1] = items[k];
        items[k] = item;
    }
}
