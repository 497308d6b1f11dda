/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Densely Connected Convolutional Networks.
 * Gao Huang, Zhuang Liu, Laurens van der Maaten, Kilian Q. Weinberger. CVPR 2017,
 * arXiv:1608.06993.
 *
 * DenseNet-BC of table 1: a dense layer is norm, relu, 1x1 convolution to 4k channels, norm, relu,
 * 3x3 convolution to k channels (k: growth rate); it reads the outputs of all layers before it
 * in its block, side by side. Between blocks a transition halves the channels (compression 0.5)
 * and the size.
 *
 * densenet_mini is ours: k = 16 and 23 layers, for 96 to 128 px.
 */
#include "nn_internal.h"

enum { BLOCKS = 4, MOST_LAYERS = 96, MOST_IN_BLOCK = 32, BOTTLENECK = 4 };

struct variant {
    int growth, stem; /* k; channels of the first convolution */
    int layers[BLOCKS];
};

/* clang-format off */
static const struct variant variants[] = {
    /*             k    stem   layers of the four blocks */
    { /* 121 */    32,  64,    { 6, 12, 24, 16 } },
    { /* 169 */    32,  64,    { 6, 12, 32, 32 } },
    { /* mini */   16,  32,    { 3,  6,  8,  6 } },
};
/* clang-format on */

struct layer {
    hn_norm norm1, norm2;
    hn_conv conv1, conv2;
};

struct transition {
    hn_norm norm;
    hn_conv conv;
};

struct densenet {
    const struct variant *variant;
    hn_conv conv0;
    hn_norm norm0, norm5;
    struct layer layers[MOST_LAYERS];
    struct transition transitions[BLOCKS - 1];
};

/* --- building ------------------------------------------------------------------------------ */

/* torchvision initialises with fan_in here, unlike in its ResNet. */
static hn_conv conv_at(hn_path at, hn_conv_shape shape)
{
    return hn_conv_at(at, shape, hn_init_kaiming(hn_conv_fan_in(shape)));
}

static hn_norm norm_at(hn_path at, int64_t channels)
{
    return hn_norm_at(at, channels, 1e-5, 0.1);
}

static struct layer layer_at(hn_path at, int64_t in, int64_t growth)
{
    int64_t middle = BOTTLENECK * growth;
    struct layer layer;
    layer.norm1 = norm_at(hn_path_to(at, "norm1"), in);
    layer.conv1 =
        conv_at(hn_path_to(at, "conv1"), (hn_conv_shape) { .in = in, .out = middle, .kernel = 1 });
    layer.norm2 = norm_at(hn_path_to(at, "norm2"), middle);
    layer.conv2 =
        conv_at(hn_path_to(at, "conv2"),
                (hn_conv_shape) { .in = middle, .out = growth, .kernel = 3, .padding = 1 });
    return layer;
}

static const void *build(const hn_backbone *self, hn_path root, int in_channels, double drop_path)
{
    const struct variant *variant = self->table;
    struct densenet *net = hn_params_alloc(root.params, sizeof *net);
    if (!net) {
        return NULL;
    }
    if (drop_path > 0) {
        hn_params_fail(root.params, HN_EUSAGE,
                       "drop_path is %g, expected 0: %s has no residual branch to drop", drop_path,
                       self->name);
        return NULL;
    }
    hn_path at = hn_path_to(root, "features");
    net->variant = variant;
    net->conv0 = conv_at(
        hn_path_to(at, "conv0"),
        (hn_conv_shape) {
            .in = in_channels, .out = variant->stem, .kernel = 7, .stride = 2, .padding = 3 });
    net->norm0 = norm_at(hn_path_to(at, "norm0"), variant->stem);
    int64_t channels = variant->stem;
    struct layer *layer = net->layers;
    for (int b = 0; b < BLOCKS; b++) {
        for (int i = 0; i < variant->layers[b]; i++) {
            *layer++ = layer_at(hn_path_to(at, "denseblock%d.denselayer%d", b + 1, i + 1), channels,
                                variant->growth);
            channels += variant->growth;
        }
        if (b + 1 < BLOCKS) {
            hn_path between = hn_path_to(at, "transition%d", b + 1);
            net->transitions[b].norm = norm_at(hn_path_to(between, "norm"), channels);
            net->transitions[b].conv =
                conv_at(hn_path_to(between, "conv"),
                        (hn_conv_shape) { .in = channels, .out = channels / 2, .kernel = 1 });
            channels /= 2;
        }
    }
    net->norm5 = norm_at(hn_path_to(at, "norm5"), channels);
    return net;
}

/* --- running ------------------------------------------------------------------------------- */

/* norm, relu, convolution: the order that the paper's section 3 calls composite function. */
static hn_tensor *composite(hn_scope *parent, const hn_norm *norm, const hn_conv *conv,
                            hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    x = hn_relu_(s, hn_norm_forward(s, norm, x));
    return hn_scope_return(&s, hn_conv_forward(s, conv, x));
}

static hn_tensor *layer_forward(hn_scope *parent, const struct layer *layer,
                                hn_tensor *const *features, int count)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *x = composite(s, &layer->norm1, &layer->conv1, hn_cat(s, features, count, 1));
    return hn_scope_return(&s, composite(s, &layer->norm2, &layer->conv2, x));
}

static hn_tensor *block_forward(hn_scope *parent, const struct layer *layers, int count,
                                hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *features[MOST_IN_BLOCK + 1] = { x };
    for (int i = 0; i < count; i++) {
        features[i + 1] = layer_forward(s, &layers[i], features, i + 1);
    }
    return hn_scope_return(&s, hn_cat(s, features, count + 1, 1));
}

static hn_tensor *transition_forward(hn_scope *parent, const struct transition *transition,
                                     hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    x = composite(s, &transition->norm, &transition->conv, x);
    return hn_scope_return(&s, hn_avg_pool2d(s, x, (hn_pool_options) { .kernel = 2 }));
}

static hn_tensor *stem_forward(hn_scope *parent, const struct densenet *net, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    x = hn_relu_(s, hn_norm_forward(s, &net->norm0, hn_conv_forward(s, &net->conv0, x)));
    hn_pool_options pool = { .kernel = 3, .stride = 2, .padding = 1 };
    return hn_scope_return(&s, hn_max_pool2d(s, x, pool));
}

static hn_tensor *maps(hn_scope *parent, const void *network, hn_tensor *x)
{
    const struct densenet *net = network;
    const struct layer *layers = net->layers;
    HN_SCOPE(s, parent, 0);
    x = stem_forward(s, net, x);
    for (int b = 0; b < BLOCKS; b++) {
        x = block_forward(s, layers, net->variant->layers[b], x);
        layers += net->variant->layers[b];
        if (b + 1 < BLOCKS) {
            x = transition_forward(s, &net->transitions[b], x);
        }
    }
    return hn_scope_return(&s, hn_relu_(s, hn_norm_forward(s, &net->norm5, x)));
}

static hn_tensor *pool(hn_scope *s, const void *network, hn_tensor *x)
{
    (void)network;
    return hn_mean_pool(s, x);
}

#define DENSENET(variant_name, row, size, features)                                                \
    const hn_backbone hn_backbone_##variant_name = {                                               \
        .name = #variant_name,                                                                     \
        .family = "densenet",                                                                      \
        .paper = "Huang et al. 2016, arXiv:1608.06993",                                            \
        .in_size = size,                                                                           \
        .min_size = 29,                                                                            \
        .feature_dim = features,                                                                   \
        .stride = 32,                                                                              \
        .head = "classifier",                                                                      \
        .first = "features.conv0",                                                                 \
        .last_maps = "features.norm5",                                                             \
        .build = build,                                                                            \
        .maps = maps,                                                                              \
        .pool = pool,                                                                              \
        .table = &variants[row],                                                                   \
    }

DENSENET(densenet121, 0, 224, 1024);
DENSENET(densenet169, 1, 224, 1664);
DENSENET(densenet_mini, 2, 112, 194);
