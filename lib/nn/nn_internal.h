/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nn_internal.h: what the files of this folder share with each other and with nobody else.
 */
#ifndef HIPNET_NN_INTERNAL_H
#define HIPNET_NN_INTERNAL_H

#include <hipnet/backbone.h>
#include <hipnet/dual_view.h>
#include <hipnet/params.h>

/* Fills `values` from the streams of (seed, name): init.c. */
hn_status init_values(float *values, int64_t count, hn_init init, uint64_t seed,
                      const char *name) HN_MUST_CHECK;

/* fusion.c: how the features of two views become one row. */
struct fusion_kind;
struct fusion {
    const struct fusion_kind *kind; /* NULL: one view, nothing to join */
    int64_t feature_dim;            /* F */
    hn_param *missing[HN_VIEWS];    /* concat: [F], in the place of a missing view */
    hn_dense tanh, sigmoid, score;  /* gated: V, U [64, F], w [1, 64] */
};

/* HN_EUSAGE with the nearest name when there is no such fusion. */
hn_status fusion_find(const struct fusion_kind **out, const char *name) HN_MUST_CHECK;
struct fusion fusion_at(hn_path at, const struct fusion_kind *kind, int64_t feature_dim);
int64_t fusion_dim(const struct fusion *fusion); /* G */
/* The row [1, F] that stands for the features of a missing view. */
hn_tensor *fusion_filler(hn_scope *s, const struct fusion *fusion, hn_view view, hn_dtype dtype);
/* f[v] [N, F], present [N, 2] of the same type -> [N, G]. */
hn_tensor *fusion_forward(hn_scope *s, const struct fusion *fusion, hn_tensor *const f[HN_VIEWS],
                          hn_tensor *present);
/* Turns a head over fused features, *weight [K, G] and *bias [K], into the one that gives the
 * same logits from the features of `view` alone, [K, F] and [K], when the other is missing. */
void fusion_single_head(hn_scope *s, const struct fusion *fusion, hn_view view, hn_tensor **weight,
                        hn_tensor **bias);

#endif
