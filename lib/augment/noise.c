/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One Philox block has 128 random bits, enough for eight pixels: each takes 12 of its 16 bits as
 * the index of one of 4096 equally likely values, the normal distribution cut into strips of
 * equal probability. The values reach 3.7 deviations; the table is scaled to variance 1.
 */
#include "noise.h"

#include <hipnet/rng.h>
#include <math.h>
#include <pthread.h>

#define QUANTILES 4096

static pthread_once_t once = PTHREAD_ONCE_INIT;
static float quantiles[QUANTILES];

/* The z with P(Z > z) = p, for p up to a half, by bisection. */
static double upper_quantile(double p)
{
    double low = 0;
    double high = 8;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle * M_SQRT1_2) / 2 > p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

static void fill(void)
{
    double z[QUANTILES / 2];
    double square = 0;
    for (int i = 0; i < QUANTILES / 2; i++) {
        z[i] = upper_quantile((i + 0.5) / QUANTILES);
        square += z[i] * z[i];
    }
    double scale = sqrt(QUANTILES / 2 / square);
    for (int i = 0; i < QUANTILES / 2; i++) {
        quantiles[i] = (float)(-z[i] * scale);
        quantiles[QUANTILES - 1 - i] = (float)(z[i] * scale);
    }
}

void noise_add(float *pixels, int count, float deviation, const uint32_t key[2], uint32_t row,
               uint32_t first)
{
    pthread_once(&once, fill);
    for (int i = 0; i < count; i += 8) {
        const uint32_t counter[4] = { (first + (uint32_t)i) / 8, row, 0, 0 };
        uint32_t block[4];
        hn_philox4x32_10(block, counter, key);
        int left = count - i < 8 ? count - i : 8;
        for (int j = 0; j < left; j++) {
            uint32_t bits = block[j / 2] >> (16 * (j % 2));
            pixels[i + j] += deviation * quantiles[bits & (QUANTILES - 1)];
        }
    }
}
