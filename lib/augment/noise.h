/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * noise.h: Gaussian numbers for every pixel, at the cost of a table look-up.
 */
#ifndef HIPNET_AUGMENT_NOISE_H
#define HIPNET_AUGMENT_NOISE_H

#include <stdint.h>

/* Adds deviation * N(0, 1) to `count` pixels of `row`, the first of which is in column `first`, a
 * multiple of 8. What a pixel gets depends on key, row and column alone. */
void noise_add(float *pixels, int count, float deviation, const uint32_t key[2], uint32_t row,
               uint32_t first);

#endif
