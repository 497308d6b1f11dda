/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tiny_cohort.h: a small synthetic cohort.h5 for tests. Each class has a bright shape of its own
 * in both views, under noise, so that a small network learns it in a few epochs; the first class
 * is the risk class and has high biomarkers. Link with LIBRARIES tiny_cohort ROOMS store.
 */
#ifndef TINY_COHORT_H
#define TINY_COHORT_H

#include <hipnet/cohort_file.h>

typedef struct tiny_cohort_options {
    int cases;         /* default 24 */
    int classes;       /* 1 to 5; default 3: pji, aseptic_loosening, dislocation, ... */
    int rows, columns; /* default 32 x 32 */
    int bits;          /* default 8 */
    uint64_t seed;
    double noise;            /* standard deviation, of a full scale of 1; default 0.1 */
    int lateral_every;       /* every n-th case lacks the lateral; default 5, -1: none */
    int indeterminate_every; /* every n-th case has no label; default 0: none */
} tiny_cohort_options;

/*
 * Writes the file (overwriting). Fields that are 0 take their default. Case i has the class
 * i % classes; centers are "center_a" (two of three) and "center_b"; case ids are c0000...,
 * patients p0000...; every seventh case is the other hip of the case before it. Biomarkers
 * crp_mg_l (below 5 censored, every ninth missing) and esr_mm_h (above 120 censored, every fourth
 * missing). The same options give the same content.
 */
hn_status tiny_cohort_write(const char *path, const tiny_cohort_options *options) HN_MUST_CHECK;

#endif
