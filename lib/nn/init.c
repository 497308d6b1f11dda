/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * init.c: initial values. A tensor is cut into pieces of a fixed size and each piece has a random
 * stream of its own, named by (seed, name of the parameter, piece): threads may share the work
 * and the numbers are the same.
 */
#include "nn_internal.h"

#include <hipnet/parallel.h>
#include <hipnet/rng.h>

#include <math.h>

enum { PIECE = 1 << 16 };

struct work {
    float *values;
    int64_t count;
    hn_init init;
    uint64_t seed, name;
};

static hn_status fill_piece(void *context, int64_t index, int worker)
{
    const struct work *work = context;
    (void)worker;
    hn_rng rng;
    hn_rng_init(&rng, work->seed, HN_PURPOSE_INIT, work->name, (uint64_t)index, 0);
    int64_t end = (index + 1) * PIECE < work->count ? (index + 1) * PIECE : work->count;
    double scale = work->init.value;
    for (int64_t i = index * PIECE; i < end; i++) {
        double value;
        if (work->init.kind == HN_INIT_UNIFORM) {
            value = hn_rng_range(&rng, -scale, scale);
        } else {
            do {
                value = scale * hn_rng_normal(&rng);
            } while (work->init.kind == HN_INIT_TRUNCATED && fabs(value) > 2);
        }
        work->values[i] = (float)value;
    }
    return HN_OK;
}

hn_status init_values(float *values, int64_t count, hn_init init, uint64_t seed, const char *name)
{
    hn_assert(init.kind != HN_INIT_CONSTANT);
    struct work work = { values, count, init, seed, hn_rng_name(name) };
    return hn_parallel_for((count + PIECE - 1) / PIECE, fill_piece, &work);
}

hn_init hn_init_kaiming(int64_t fan)
{
    return (hn_init) { HN_INIT_NORMAL, sqrt(2.0 / (double)fan) };
}

hn_init hn_init_torch_default(int64_t fan_in)
{
    return (hn_init) { HN_INIT_UNIFORM, 1.0 / sqrt((double)fan_in) };
}
