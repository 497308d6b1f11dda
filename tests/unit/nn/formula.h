/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * formula.h: weights and pictures that two programs can make alike without a file: the formula of
 * tests/parity/backbone_zoo.py, number for number.
 */
#ifndef TESTS_FORMULA_H
#define TESTS_FORMULA_H

#include <hipnet/memory.h>
#include <hipnet/params.h>
#include <hipnet/text.h>

#include <math.h>
#include <string.h>

static inline uint64_t formula_name(const char *name)
{
    uint64_t value = 0xCBF29CE484222325U;
    for (; *name; name++) {
        value = (value ^ (uint8_t)*name) * 0x100000001B3U;
    }
    return value;
}

/* Value `index` of the tensor called `name`, in [-1, 1): splitmix64 of the two. */
static inline double formula_uniform(uint64_t name, int64_t index)
{
    uint64_t z = name + ((uint64_t)index + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z = z ^ (z >> 31);
    return (double)(z >> 11) * 0x1p-52 - 1.0;
}

/* Fills an entry called `name` by torchvision; false when memory is gone or torch refuses. */
static inline bool formula_fill(hn_scope *parent, hn_param *entry, const char *name)
{
    HN_SCOPE(s, parent, HN_NO_GRAD);
    if (hn_text_ends(name, "num_batches_tracked")) {
        hn_zero_(s, entry->tensor);
        return !hn_scope_failed(s);
    }
    int64_t count = hn_numel(entry->tensor);
    double *values = hn_alloc((size_t)count * sizeof *values);
    if (!values) {
        return false;
    }
    uint64_t key = formula_name(name);
    double scale = 0.25;
    double base = 1;
    if (hn_text_ends(name, "layer_scale")) {
        scale = 0.5;
        base = 0;
    } else if (entry->rank > 1) {
        scale = sqrt(3.0 / (double)(count / entry->shape[0]));
        base = 0;
    } else if (hn_text_ends(name, "running_var")) {
        scale = 0.5;
    } else if (hn_text_ends(name, "running_mean") || hn_text_ends(name, "bias")) {
        scale = 0.1;
        base = 0;
    }
    for (int64_t i = 0; i < count; i++) {
        values[i] = base + scale * formula_uniform(key, i);
    }
    hn_copy_(s, entry->tensor, hn_from_data(s, values, HN_FLOAT64, entry->shape, entry->rank));
    hn_free(values);
    return !hn_scope_failed(s);
}

/* Every entry whose name starts with `prefix` ("net."), by the rest of its name. */
static inline bool formula_fill_all(hn_params *params, const char *prefix)
{
    size_t skip = strlen(prefix);
    for (int i = 0; i < hn_params_count(params); i++) {
        hn_param *entry = hn_params_at(params, i);
        if (hn_text_starts(entry->name, prefix) &&
            !formula_fill(hn_params_scope(params), entry, entry->name + skip)) {
            return false;
        }
    }
    return true;
}

/* Pictures [count, channels, size, size]. */
static inline hn_tensor *formula_pictures(hn_scope *s, int64_t count, int64_t channels,
                                          int64_t size, hn_dtype dtype)
{
    int64_t numel = count * channels * size * size;
    double *values = hn_alloc((size_t)numel * sizeof *values);
    if (!values) {
        return NULL;
    }
    uint64_t key = formula_name("image");
    for (int64_t i = 0; i < numel; i++) {
        values[i] = 1.5 * formula_uniform(key, i);
    }
    hn_tensor *x = hn_from_data(s, values, HN_FLOAT64, HN_DIMS(count, channels, size, size));
    hn_free(values);
    return hn_to_dtype(s, x, dtype);
}

/* Labels [count]: n modulo the classes. */
static inline hn_tensor *formula_labels(hn_scope *s, int64_t count, int64_t classes)
{
    int64_t labels[64];
    for (int64_t i = 0; i < count && i < 64; i++) {
        labels[i] = i % classes;
    }
    return hn_from_data(s, labels, HN_INT64, HN_DIMS(count));
}

#endif
