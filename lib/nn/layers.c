/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * layers.c: layers as structs of pointers to parameters. Nothing here looks a name up while a
 * network runs; a layer that could not be built holds NULL and its store has failed.
 */
#include "nn_internal.h"

#include <hipnet/layers.h>

/* The tensor of an entry that may be absent. */
static hn_tensor *tensor_of(const hn_param *entry)
{
    return entry ? entry->tensor : NULL;
}

static const hn_init zeros = { HN_INIT_CONSTANT, 0 };
static const hn_init ones = { HN_INIT_CONSTANT, 1 };

int64_t hn_conv_fan_in(hn_conv_shape shape)
{
    int64_t groups = shape.groups ? shape.groups : 1;
    return shape.in / groups * shape.kernel * shape.kernel;
}

int64_t hn_conv_fan_out(hn_conv_shape shape)
{
    return shape.out * shape.kernel * shape.kernel;
}

hn_conv hn_conv_at(hn_path at, hn_conv_shape shape, hn_init init)
{
    int groups = shape.groups ? shape.groups : 1;
    hn_conv layer = { .options = { .stride = shape.stride ? shape.stride : 1,
                                   .padding = shape.padding,
                                   .dilation = 1,
                                   .groups = groups } };
    layer.weight = hn_param_at(at, "weight", init,
                               HN_DIMS(shape.out, shape.in / groups, shape.kernel, shape.kernel));
    if (shape.bias) {
        layer.bias = hn_param_at(at, "bias", zeros, HN_DIMS(shape.out));
    }
    return layer;
}

hn_tensor *hn_conv_forward(hn_scope *s, const hn_conv *layer, hn_tensor *x)
{
    return hn_conv2d(s, x, tensor_of(layer->weight), tensor_of(layer->bias), layer->options);
}

hn_dense hn_dense_at(hn_path at, int64_t in, int64_t out, hn_init weight, const hn_init *bias)
{
    hn_dense layer = { .weight = hn_param_at(at, "weight", weight, HN_DIMS(out, in)) };
    if (bias) {
        layer.bias = hn_param_at(at, "bias", *bias, HN_DIMS(out));
    }
    return layer;
}

hn_dense hn_dense_default_at(hn_path at, int64_t in, int64_t out)
{
    hn_init init = hn_init_torch_default(in);
    return hn_dense_at(at, in, out, init, &init);
}

hn_tensor *hn_dense_forward(hn_scope *s, const hn_dense *layer, hn_tensor *x)
{
    return hn_linear(s, x, tensor_of(layer->weight), tensor_of(layer->bias));
}

hn_norm hn_norm_at(hn_path at, int64_t channels, double eps, double momentum)
{
    hn_norm layer = { .eps = eps, .momentum = momentum };
    layer.weight = hn_param_at(at, "weight", ones, HN_DIMS(channels));
    layer.bias = hn_param_at(at, "bias", zeros, HN_DIMS(channels));
    layer.mean = hn_buffer_at(at, "running_mean", zeros, HN_DIMS(channels));
    layer.var = hn_buffer_at(at, "running_var", ones, HN_DIMS(channels));
    layer.batches = hn_counter_at(at, "num_batches_tracked");
    return layer;
}

/* One more, as an int64: a sum with a real number would be a float. */
static void count_batch(hn_scope *parent, hn_tensor *batches)
{
    HN_SCOPE(s, parent, HN_NO_GRAD);
    hn_copy_(s, batches, hn_add(s, batches, hn_ones(s, HN_INT64, NULL, 0)));
}

hn_tensor *hn_norm_forward(hn_scope *s, const hn_norm *layer, hn_tensor *x)
{
    if (hn_scope_is_training(s)) {
        count_batch(s, tensor_of(layer->batches));
    }
    return hn_batch_norm(s, x, tensor_of(layer->weight), tensor_of(layer->bias),
                         tensor_of(layer->mean), tensor_of(layer->var), layer->momentum,
                         layer->eps);
}

hn_channel_norm hn_channel_norm_at(hn_path at, int64_t channels, double eps)
{
    hn_channel_norm layer = { .eps = eps };
    layer.weight = hn_param_at(at, "weight", ones, HN_DIMS(channels));
    layer.bias = hn_param_at(at, "bias", zeros, HN_DIMS(channels));
    return layer;
}

hn_tensor *hn_channel_norm_forward(hn_scope *s, const hn_channel_norm *layer, hn_tensor *x)
{
    return hn_layer_norm(s, x, tensor_of(layer->weight), tensor_of(layer->bias), layer->eps);
}

hn_tensor *hn_channel_norm_maps(hn_scope *parent, const hn_channel_norm *layer, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    x = hn_channel_norm_forward(s, layer, hn_permute(s, x, HN_DIMS(0, 2, 3, 1)));
    return hn_scope_return(&s, hn_permute(s, x, HN_DIMS(0, 3, 1, 2)));
}

hn_tensor *hn_mean_pool(hn_scope *parent, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    return hn_scope_return(&s, hn_flatten(s, hn_adaptive_avg_pool2d(s, x, 1, 1), 1));
}
