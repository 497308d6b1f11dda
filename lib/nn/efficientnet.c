/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks.
 * Mingxing Tan, Quoc V. Le. ICML 2019, arXiv:1905.11946.
 *
 * Table 1 of the paper is the table `b0` below; B1 to B3 scale its channels (rounded to multiples
 * of 8, never down by more than a tenth) and its repeats (rounded up). The block, MBConv, is
 * MobileNetV2's inverted residual (1x1 to more channels, depthwise, 1x1 back; Sandler et al.
 * 2018, arXiv:1801.04381) with squeeze and excitation (Hu et al. 2017, arXiv:1709.01507) and
 * SiLU. Batch norm as in torchvision's B0 to B4: eps 1e-5, momentum 0.1.
 *
 * efficientnet_mini is ours: expansion 4 and 8 blocks, for 96 to 128 px, with maps at 1/16.
 */
#include "nn_internal.h"

#include <math.h>

enum { MOST_BLOCKS = 32 };

/* One stage: expansion, kernel, stride of its first block, channels, repeats. */
struct row {
    int expand, kernel, stride, in, out, repeat;
};

/* clang-format off */
static const struct row b0[] = {
    /* expand  kernel  stride  in   out  repeat */
    {  1,      3,      1,      32,  16,  1 },
    {  6,      3,      2,      16,  24,  2 },
    {  6,      5,      2,      24,  40,  2 },
    {  6,      3,      2,      40,  80,  3 },
    {  6,      5,      1,      80, 112,  3 },
    {  6,      5,      2,     112, 192,  4 },
    {  6,      3,      1,     192, 320,  1 },
};

static const struct row mini[] = {
    {  1,      3,      1,      16,  16,  1 },
    {  4,      3,      2,      16,  24,  2 },
    {  4,      5,      2,      24,  40,  2 },
    {  4,      3,      2,      40,  80,  2 },
    {  4,      5,      1,      80,  96,  1 },
};
/* clang-format on */

struct variant {
    const struct row *rows;
    int count;
    double width, depth;
};

/* clang-format off */
static const struct variant variants[] = {
    /*             rows   stages              width  depth */
    { /* b0 */     b0,    HN_COUNT_OF(b0),    1.0,   1.0 },
    { /* b1 */     b0,    HN_COUNT_OF(b0),    1.0,   1.1 },
    { /* b2 */     b0,    HN_COUNT_OF(b0),    1.1,   1.2 },
    { /* b3 */     b0,    HN_COUNT_OF(b0),    1.2,   1.4 },
    { /* mini */   mini,  HN_COUNT_OF(mini),  1.0,   1.0 },
};
/* clang-format on */

struct unit {
    hn_conv conv;
    hn_norm norm;
};

struct block {
    struct unit expand; /* conv.weight is NULL where nothing is expanded */
    struct unit depthwise, project;
    hn_conv squeeze, excite;
    bool residual;
    double drop;
};

struct efficientnet {
    struct unit stem, last;
    struct block blocks[MOST_BLOCKS];
    int count;
};

/* --- building ------------------------------------------------------------------------------ */

/* The nearest multiple of 8 to channels * factor, one higher where that would lose a tenth. */
static int64_t scaled(int64_t channels, double factor)
{
    double exact = (double)channels * factor;
    int64_t rounded = (int64_t)(exact + 4) / 8 * 8;
    rounded = rounded < 8 ? 8 : rounded;
    return (double)rounded < 0.9 * exact ? rounded + 8 : rounded;
}

static hn_conv conv_at(hn_path at, hn_conv_shape shape)
{
    return hn_conv_at(at, shape, hn_init_kaiming(hn_conv_fan_out(shape)));
}

/* torchvision's Conv2dNormActivation: the convolution is "0", the norm "1". */
static struct unit unit_at(hn_path at, hn_conv_shape shape)
{
    shape.padding = (shape.kernel - 1) / 2;
    return (struct unit) {
        .conv = conv_at(hn_path_to(at, "0"), shape),
        .norm = hn_norm_at(hn_path_to(at, "1"), shape.out, 1e-5, 0.1),
    };
}

static struct block block_at(hn_path root, const struct row *row, int64_t in, int64_t out,
                             int stride)
{
    struct block block = { .residual = stride == 1 && in == out };
    hn_path at = hn_path_to(root, "block");
    int64_t wide = scaled(in, row->expand);
    int64_t narrow = in / 4 > 1 ? in / 4 : 1;
    int i = 0;
    if (wide != in) {
        block.expand = unit_at(hn_path_to(at, "%d", i++),
                               (hn_conv_shape) { .in = in, .out = wide, .kernel = 1 });
    }
    block.depthwise = unit_at(hn_path_to(at, "%d", i++), (hn_conv_shape) { .in = wide,
                                                                           .out = wide,
                                                                           .kernel = row->kernel,
                                                                           .stride = stride,
                                                                           .groups = (int)wide });
    hn_path se = hn_path_to(at, "%d", i++);
    block.squeeze =
        conv_at(hn_path_to(se, "fc1"),
                (hn_conv_shape) { .in = wide, .out = narrow, .kernel = 1, .bias = true });
    block.excite =
        conv_at(hn_path_to(se, "fc2"),
                (hn_conv_shape) { .in = narrow, .out = wide, .kernel = 1, .bias = true });
    block.project =
        unit_at(hn_path_to(at, "%d", i), (hn_conv_shape) { .in = wide, .out = out, .kernel = 1 });
    return block;
}

static const void *build(const hn_backbone *self, hn_path root, int in_channels, double drop_path)
{
    const struct variant *variant = self->table;
    struct efficientnet *net = hn_params_alloc(root.params, sizeof *net);
    if (!net) {
        return NULL;
    }
    hn_path at = hn_path_to(root, "features");
    int64_t channels = scaled(variant->rows[0].in, variant->width);
    net->stem =
        unit_at(hn_path_to(at, "0"),
                (hn_conv_shape) { .in = in_channels, .out = channels, .kernel = 3, .stride = 2 });
    for (int stage = 0; stage < variant->count; stage++) {
        const struct row *row = &variant->rows[stage];
        int64_t out = scaled(row->out, variant->width);
        int repeat = (int)ceil(row->repeat * variant->depth);
        for (int i = 0; i < repeat; i++) {
            hn_assert(net->count < MOST_BLOCKS);
            net->blocks[net->count++] = block_at(hn_path_to(at, "%d.%d", stage + 1, i), row,
                                                 channels, out, i ? 1 : row->stride);
            channels = out;
        }
    }
    for (int i = 0; i < net->count; i++) {
        net->blocks[i].drop = drop_path * i / net->count;
    }
    net->last = unit_at(hn_path_to(at, "%d", variant->count + 1),
                        (hn_conv_shape) { .in = channels, .out = 4 * channels, .kernel = 1 });
    return net;
}

/* --- running ------------------------------------------------------------------------------- */

static hn_tensor *unit_forward(hn_scope *parent, const struct unit *unit, hn_tensor *x, bool silu)
{
    HN_SCOPE(s, parent, 0);
    x = hn_norm_forward(s, &unit->norm, hn_conv_forward(s, &unit->conv, x));
    return hn_scope_return(&s, silu ? hn_silu(s, x) : x);
}

/* x * sigmoid(excite(silu(squeeze(mean of x over pixels)))). */
static hn_tensor *squeeze_excite(hn_scope *parent, const struct block *block, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *gate = hn_conv_forward(s, &block->squeeze, hn_adaptive_avg_pool2d(s, x, 1, 1));
    gate = hn_sigmoid(s, hn_conv_forward(s, &block->excite, hn_silu(s, gate)));
    return hn_scope_return(&s, hn_mul(s, gate, x));
}

static hn_tensor *block_forward(hn_scope *parent, const struct block *block, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *y = block->expand.conv.weight ? unit_forward(s, &block->expand, x, true) : x;
    y = squeeze_excite(s, block, unit_forward(s, &block->depthwise, y, true));
    y = unit_forward(s, &block->project, y, false);
    if (block->residual) {
        if (block->drop > 0) {
            y = hn_drop_rows(s, y, block->drop);
        }
        y = hn_add(s, y, x);
    }
    return hn_scope_return(&s, y);
}

static hn_tensor *maps(hn_scope *parent, const void *network, hn_tensor *x)
{
    const struct efficientnet *net = network;
    HN_SCOPE(s, parent, 0);
    x = unit_forward(s, &net->stem, x, true);
    for (int i = 0; i < net->count; i++) {
        x = block_forward(s, &net->blocks[i], x);
    }
    return hn_scope_return(&s, unit_forward(s, &net->last, x, true));
}

static hn_tensor *pool(hn_scope *s, const void *network, hn_tensor *x)
{
    (void)network;
    return hn_mean_pool(s, x);
}

#define EFFICIENTNET(variant_name, row, size, features, step, maps_name, rate)                     \
    const hn_backbone hn_backbone_##variant_name = {                                               \
        .name = #variant_name,                                                                     \
        .family = "efficientnet",                                                                  \
        .paper = "Tan and Le 2019, arXiv:1905.11946",                                              \
        .in_size = size,                                                                           \
        .min_size = 1,                                                                             \
        .feature_dim = features,                                                                   \
        .stride = step,                                                                            \
        .head = "classifier.1",                                                                    \
        .first = "features.0.0",                                                                   \
        .last_maps = maps_name,                                                                    \
        .drop_path = rate,                                                                         \
        .build = build,                                                                            \
        .maps = maps,                                                                              \
        .pool = pool,                                                                              \
        .table = &variants[row],                                                                   \
    }

EFFICIENTNET(efficientnet_b0, 0, 224, 1280, 32, "features.8", 0.2);
EFFICIENTNET(efficientnet_b1, 1, 240, 1280, 32, "features.8", 0.2);
EFFICIENTNET(efficientnet_b2, 2, 260, 1408, 32, "features.8", 0.2);
EFFICIENTNET(efficientnet_b3, 3, 300, 1536, 32, "features.8", 0.2);
EFFICIENTNET(efficientnet_mini, 4, 112, 384, 16, "features.6", 0);
