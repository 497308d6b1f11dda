/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * layers.h: the layers that networks are written in: plain structs of pointers to parameters.
 *
 * Each has two functions. <layer>_at names and shapes its parameters at a place in the store
 * (creating or finding them; failure stays in the store), <layer>_forward runs it. Names of the
 * leaves are those of torch.nn: weight, bias, running_mean, running_var, num_batches_tracked.
 * Every *_at takes the initialisation of its weight, since families differ in it.
 */
#ifndef HIPNET_LAYERS_H
#define HIPNET_LAYERS_H

#include <hipnet/params.h>

/* torch.nn.Conv2d: weight [out, in / groups, kernel, kernel], bias [out] or none. */
typedef struct hn_conv {
    const hn_param *weight;
    const hn_param *bias; /* NULL: none */
    hn_conv_options options;
} hn_conv;

typedef struct hn_conv_shape {
    int64_t in, out;
    int kernel, stride, padding, groups; /* stride and groups: 0 means 1 */
    bool bias;                           /* zeros at the beginning */
} hn_conv_shape;

HN_API hn_conv hn_conv_at(hn_path at, hn_conv_shape shape, hn_init init);
HN_API hn_tensor *hn_conv_forward(hn_scope *s, const hn_conv *layer, hn_tensor *x);
HN_API int64_t hn_conv_fan_in(hn_conv_shape shape);  /* in / groups * kernel^2 */
HN_API int64_t hn_conv_fan_out(hn_conv_shape shape); /* out * kernel^2: torch ignores groups */

/* torch.nn.Linear: weight [out, in], bias [out] or none. */
typedef struct hn_dense {
    const hn_param *weight;
    const hn_param *bias; /* NULL: none */
} hn_dense;

HN_API hn_dense hn_dense_at(hn_path at, int64_t in, int64_t out, hn_init weight,
                            const hn_init *bias /* NULL: no bias */);
/* With torch's default initialisation of both. */
HN_API hn_dense hn_dense_default_at(hn_path at, int64_t in, int64_t out);
HN_API hn_tensor *hn_dense_forward(hn_scope *s, const hn_dense *layer, hn_tensor *x);

/* torch.nn.BatchNorm2d: weight and bias [n] from 1 and 0, running_mean [n], running_var [n] and
 * num_batches_tracked, a counter that each training step raises by one. */
typedef struct hn_norm {
    const hn_param *weight, *bias;
    const hn_param *mean, *var, *batches;
    double eps, momentum;
} hn_norm;

HN_API hn_norm hn_norm_at(hn_path at, int64_t channels, double eps, double momentum);
HN_API hn_tensor *hn_norm_forward(hn_scope *s, const hn_norm *layer, hn_tensor *x);

/* torch.nn.LayerNorm over channels: of [..., C], or with the second function of [N, C, H, W]
 * (torchvision's LayerNorm2d). */
typedef struct hn_channel_norm {
    const hn_param *weight, *bias;
    double eps;
} hn_channel_norm;

HN_API hn_channel_norm hn_channel_norm_at(hn_path at, int64_t channels, double eps);
HN_API hn_tensor *hn_channel_norm_forward(hn_scope *s, const hn_channel_norm *layer, hn_tensor *x);
HN_API hn_tensor *hn_channel_norm_maps(hn_scope *s, const hn_channel_norm *layer, hn_tensor *x);

/* Mean over H and W: [N, C, H, W] -> [N, C]. */
HN_API hn_tensor *hn_mean_pool(hn_scope *s, hn_tensor *x);

#endif
