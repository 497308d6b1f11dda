/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ConvNet for the 2020s.
 * Zhuang Liu, Hanzi Mao, Chao-Yuan Wu, Christoph Feichtenhofer, Trevor Darrell, Saining Xie.
 * CVPR 2022, arXiv:2201.03545.
 *
 * Figure 4 is the block: a 7x7 depthwise convolution, layer norm, a linear layer to four times the
 * channels, GELU, one back; scaled per channel by a trained vector that begins small (layer
 * scale, Touvron et al. 2021, arXiv:2103.17239) and added to its input. The picture enters in
 * patches of 4x4; between stages a layer norm and a 2x2 convolution of stride 2. The layer norm
 * behind the pooling belongs to the backbone here; torchvision keeps it in "classifier.0".
 *
 * convnext_mini is ours: 24 to 192 channels and 6 blocks, for 96 to 128 px, its layer scale
 * begins at 0.1 because demos train for minutes.
 */
#include "nn_internal.h"

enum { STAGES = 4, MOST_BLOCKS = 40 };

struct variant {
    int channels[STAGES], blocks[STAGES];
    double layer_scale; /* at the beginning */
};

/* clang-format off */
static const struct variant variants[] = {
    /*             channels                 blocks            layer scale */
    { /* tiny */   { 96, 192, 384, 768 },   { 3, 3,  9, 3 },  1e-6 },
    { /* small */  { 96, 192, 384, 768 },   { 3, 3, 27, 3 },  1e-6 },
    { /* mini */   { 24,  48,  96, 192 },   { 1, 1,  3, 1 },  0.1 },
};
/* clang-format on */

struct block {
    const hn_param *layer_scale; /* [C, 1, 1] */
    hn_conv depthwise;
    hn_channel_norm norm;
    hn_dense up, down;
    double drop;
};

struct join { /* the stem, or what stands between two stages */
    hn_channel_norm norm;
    hn_conv conv;
};

struct convnext {
    const struct variant *variant;
    struct join joins[STAGES];
    struct block blocks[MOST_BLOCKS];
    hn_channel_norm norm; /* behind the pooling */
};

/* --- building ------------------------------------------------------------------------------ */

static const double eps = 1e-6;
static const hn_init normal = { HN_INIT_TRUNCATED, 0.02 };
static const hn_init zeros = { HN_INIT_CONSTANT, 0 };

static struct block block_at(hn_path at, int64_t channels, double layer_scale)
{
    struct block block = { 0 };
    block.layer_scale = hn_param_at(at, "layer_scale", (hn_init) { HN_INIT_CONSTANT, layer_scale },
                                    HN_DIMS(channels, 1, 1));
    block.depthwise = hn_conv_at(hn_path_to(at, "block.0"),
                                 (hn_conv_shape) { .in = channels,
                                                   .out = channels,
                                                   .kernel = 7,
                                                   .padding = 3,
                                                   .groups = (int)channels,
                                                   .bias = true },
                                 normal);
    block.norm = hn_channel_norm_at(hn_path_to(at, "block.2"), channels, eps);
    block.up = hn_dense_at(hn_path_to(at, "block.3"), channels, 4 * channels, normal, &zeros);
    block.down = hn_dense_at(hn_path_to(at, "block.5"), 4 * channels, channels, normal, &zeros);
    return block;
}

static struct join join_at(hn_path at, int stage, const struct variant *variant, int in_channels)
{
    const int *channels = variant->channels;
    struct join join;
    if (stage == 0) {
        join.conv = hn_conv_at(
            hn_path_to(at, "0.0"),
            (hn_conv_shape) {
                .in = in_channels, .out = channels[0], .kernel = 4, .stride = 4, .bias = true },
            normal);
        join.norm = hn_channel_norm_at(hn_path_to(at, "0.1"), channels[0], eps);
    } else {
        hn_path here = hn_path_to(at, "%d", 2 * stage);
        join.norm = hn_channel_norm_at(hn_path_to(here, "0"), channels[stage - 1], eps);
        join.conv = hn_conv_at(hn_path_to(here, "1"),
                               (hn_conv_shape) { .in = channels[stage - 1],
                                                 .out = channels[stage],
                                                 .kernel = 2,
                                                 .stride = 2,
                                                 .bias = true },
                               normal);
    }
    return join;
}

static const void *build(const hn_backbone *self, hn_path root, int in_channels, double drop_path)
{
    const struct variant *variant = self->table;
    struct convnext *net = hn_params_alloc(root.params, sizeof *net);
    if (!net) {
        return NULL;
    }
    net->variant = variant;
    hn_path at = hn_path_to(root, "features");
    int count = 0;
    for (int stage = 0; stage < STAGES; stage++) {
        net->joins[stage] = join_at(at, stage, variant, in_channels);
        for (int i = 0; i < variant->blocks[stage]; i++) {
            hn_assert(count < MOST_BLOCKS);
            net->blocks[count++] = block_at(hn_path_to(at, "%d.%d", 2 * stage + 1, i),
                                            variant->channels[stage], variant->layer_scale);
        }
    }
    for (int i = 0; i < count; i++) {
        net->blocks[i].drop = drop_path * i / (count - 1);
    }
    net->norm =
        hn_channel_norm_at(hn_path_to(root, "classifier.0"), variant->channels[STAGES - 1], eps);
    return net;
}

/* --- running ------------------------------------------------------------------------------- */

static hn_tensor *block_forward(hn_scope *parent, const struct block *block, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *y = hn_conv_forward(s, &block->depthwise, x);
    y = hn_channel_norm_forward(s, &block->norm, hn_permute(s, y, HN_DIMS(0, 2, 3, 1)));
    y = hn_gelu(s, hn_dense_forward(s, &block->up, y));
    y = hn_permute(s, hn_dense_forward(s, &block->down, y), HN_DIMS(0, 3, 1, 2));
    y = hn_mul(s, block->layer_scale ? block->layer_scale->tensor : NULL, y);
    if (block->drop > 0) {
        y = hn_drop_rows(s, y, block->drop);
    }
    return hn_scope_return(&s, hn_add(s, y, x));
}

static hn_tensor *join_forward(hn_scope *parent, const struct join *join, bool stem, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    if (stem) {
        x = hn_channel_norm_maps(s, &join->norm, hn_conv_forward(s, &join->conv, x));
    } else {
        x = hn_conv_forward(s, &join->conv, hn_channel_norm_maps(s, &join->norm, x));
    }
    return hn_scope_return(&s, x);
}

static hn_tensor *maps(hn_scope *parent, const void *network, hn_tensor *x)
{
    const struct convnext *net = network;
    const struct block *block = net->blocks;
    HN_SCOPE(s, parent, 0);
    for (int stage = 0; stage < STAGES; stage++) {
        x = join_forward(s, &net->joins[stage], stage == 0, x);
        for (int i = 0; i < net->variant->blocks[stage]; i++) {
            x = block_forward(s, block++, x);
        }
    }
    return hn_scope_return(&s, x);
}

static hn_tensor *pool(hn_scope *parent, const void *network, hn_tensor *x)
{
    const struct convnext *net = network;
    HN_SCOPE(s, parent, 0);
    return hn_scope_return(&s, hn_channel_norm_forward(s, &net->norm, hn_mean_pool(s, x)));
}

#define CONVNEXT(variant_name, row, size, features, rate)                                          \
    const hn_backbone hn_backbone_##variant_name = {                                               \
        .name = #variant_name,                                                                     \
        .family = "convnext",                                                                      \
        .paper = "Liu et al. 2022, arXiv:2201.03545",                                              \
        .in_size = size,                                                                           \
        .min_size = 32,                                                                            \
        .feature_dim = features,                                                                   \
        .stride = 32,                                                                              \
        .head = "classifier.2",                                                                    \
        .first = "features.0.0",                                                                   \
        .last_maps = "features.7",                                                                 \
        .drop_path = rate,                                                                         \
        .build = build,                                                                            \
        .maps = maps,                                                                              \
        .pool = pool,                                                                              \
        .table = &variants[row],                                                                   \
    }

CONVNEXT(convnext_tiny, 0, 224, 768, 0.1);
CONVNEXT(convnext_small, 1, 224, 768, 0.4);
CONVNEXT(convnext_mini, 2, 112, 192, 0);
