/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deep Residual Learning for Image Recognition.
 * Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun. CVPR 2016, arXiv:1512.03385.
 *
 * Table 1 of the paper is the table `variants` below; figure 5 is the block: two 3x3 convolutions
 * (left, "basic") or 1x1, 3x3, 1x1 with four times the channels at the end (right, "bottleneck"),
 * each followed by batch norm, added to a shortcut. As in torchvision the stride sits in the 3x3
 * convolution of a bottleneck ("ResNet v1.5"), not in the first 1x1 of the paper.
 *
 * resnet_mini is ours: basic blocks, one per stage, with 24 to 192 channels, for 96 to 128 px.
 */
#include "nn_internal.h"

enum { STAGES = 4, MOST_BLOCKS = 40 };

struct variant {
    bool bottleneck;
    int width; /* channels of conv1 and of the first stage; each stage doubles it */
    int blocks[STAGES];
};

/* clang-format off */
static const struct variant variants[] = {
    /*             bottleneck  width  conv2_x conv3_x conv4_x conv5_x */
    { /* 18 */     false,      64,    {     2,      2,      2,      2 } },
    { /* 34 */     false,      64,    {     3,      4,      6,      3 } },
    { /* 50 */     true,       64,    {     3,      4,      6,      3 } },
    { /* 101 */    true,       64,    {     3,      4,     23,      3 } },
    { /* mini */   false,      24,    {     1,      1,      1,      1 } },
};
/* clang-format on */

struct unit {
    hn_conv conv;
    hn_norm norm;
};

struct block {
    struct unit units[3];
    int count;              /* units: 2 or 3 */
    struct unit downsample; /* of the shortcut; conv.weight is NULL where it is the identity */
    double drop;            /* stochastic depth of the residual branch */
};

struct resnet {
    struct unit stem;
    struct block blocks[MOST_BLOCKS];
    int count;
};

/* --- building ------------------------------------------------------------------------------ */

static struct unit unit_at(hn_path at, const char *conv, const char *norm, hn_conv_shape shape)
{
    return (struct unit) {
        .conv =
            hn_conv_at(hn_path_to(at, "%s", conv), shape, hn_init_kaiming(hn_conv_fan_out(shape))),
        .norm = hn_norm_at(hn_path_to(at, "%s", norm), shape.out, 1e-5, 0.1),
    };
}

static struct block block_at(hn_path at, bool bottleneck, int64_t in, int64_t width, int stride)
{
    struct block block = { .count = bottleneck ? 3 : 2 };
    int64_t out = bottleneck ? 4 * width : width;
    hn_conv_shape one = { .in = in, .out = width, .kernel = 1 };
    hn_conv_shape three = { .in = width, .out = width, .kernel = 3, .padding = 1 };
    if (bottleneck) {
        block.units[0] = unit_at(at, "conv1", "bn1", one);
        three.stride = stride;
        block.units[1] = unit_at(at, "conv2", "bn2", three);
        hn_conv_shape last = { .in = width, .out = out, .kernel = 1 };
        block.units[2] = unit_at(at, "conv3", "bn3", last);
    } else {
        hn_conv_shape first = {
            .in = in, .out = width, .kernel = 3, .padding = 1, .stride = stride
        };
        block.units[0] = unit_at(at, "conv1", "bn1", first);
        block.units[1] = unit_at(at, "conv2", "bn2", three);
    }
    if (stride != 1 || in != out) {
        hn_conv_shape project = { .in = in, .out = out, .kernel = 1, .stride = stride };
        block.downsample = unit_at(hn_path_to(at, "downsample"), "0", "1", project);
    }
    return block;
}

static const void *build(const hn_backbone *self, hn_path at, int in_channels, double drop_path)
{
    const struct variant *variant = self->table;
    struct resnet *net = hn_params_alloc(at.params, sizeof *net);
    if (!net) {
        return NULL;
    }
    hn_conv_shape stem = {
        .in = in_channels, .out = variant->width, .kernel = 7, .stride = 2, .padding = 3
    };
    net->stem = unit_at(at, "conv1", "bn1", stem);
    int64_t channels = variant->width;
    int64_t width = variant->width;
    for (int stage = 0; stage < STAGES; stage++, width *= 2) {
        for (int i = 0; i < variant->blocks[stage]; i++) {
            hn_assert(net->count < MOST_BLOCKS);
            net->blocks[net->count++] =
                block_at(hn_path_to(at, "layer%d.%d", stage + 1, i), variant->bottleneck, channels,
                         width, stage > 0 && i == 0 ? 2 : 1);
            channels = variant->bottleneck ? 4 * width : width;
        }
    }
    for (int i = 0; i < net->count; i++) {
        net->blocks[i].drop = drop_path * i / (net->count - 1);
    }
    return net;
}

/* --- running ------------------------------------------------------------------------------- */

static hn_tensor *unit_forward(hn_scope *parent, const struct unit *unit, hn_tensor *x, bool relu)
{
    HN_SCOPE(s, parent, 0);
    x = hn_norm_forward(s, &unit->norm, hn_conv_forward(s, &unit->conv, x));
    return hn_scope_return(&s, relu ? hn_relu_(s, x) : x);
}

/* Figure 5: y = relu(shortcut(x) + F(x)). */
static hn_tensor *block_forward(hn_scope *parent, const struct block *block, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *y = x;
    for (int i = 0; i < block->count; i++) {
        y = unit_forward(s, &block->units[i], y, i + 1 < block->count);
    }
    if (block->drop > 0) {
        y = hn_drop_rows(s, y, block->drop);
    }
    if (block->downsample.conv.weight) {
        x = unit_forward(s, &block->downsample, x, false);
    }
    return hn_scope_return(&s, hn_relu_(s, hn_add(s, y, x)));
}

static hn_tensor *stem_forward(hn_scope *parent, const struct unit *stem, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    x = unit_forward(s, stem, x, true);
    hn_pool_options pool = { .kernel = 3, .stride = 2, .padding = 1 };
    return hn_scope_return(&s, hn_max_pool2d(s, x, pool));
}

static hn_tensor *maps(hn_scope *parent, const void *network, hn_tensor *x)
{
    const struct resnet *net = network;
    x = stem_forward(parent, &net->stem, x);
    for (int i = 0; i < net->count; i++) {
        x = block_forward(parent, &net->blocks[i], x);
    }
    return x;
}

static hn_tensor *pool(hn_scope *s, const void *network, hn_tensor *x)
{
    (void)network;
    return hn_mean_pool(s, x);
}

#define RESNET(variant_name, row, size, features)                                                  \
    const hn_backbone hn_backbone_##variant_name = {                                               \
        .name = #variant_name,                                                                     \
        .family = "resnet",                                                                        \
        .paper = "He et al. 2015, arXiv:1512.03385",                                               \
        .in_size = size,                                                                           \
        .min_size = 1,                                                                             \
        .feature_dim = features,                                                                   \
        .stride = 32,                                                                              \
        .head = "fc",                                                                              \
        .first = "conv1",                                                                          \
        .last_maps = "layer4",                                                                     \
        .build = build,                                                                            \
        .maps = maps,                                                                              \
        .pool = pool,                                                                              \
        .table = &variants[row],                                                                   \
    }

RESNET(resnet18, 0, 224, 512);
RESNET(resnet34, 1, 224, 512);
RESNET(resnet50, 2, 224, 2048);
RESNET(resnet101, 3, 224, 2048);
RESNET(resnet_mini, 4, 112, 192);
