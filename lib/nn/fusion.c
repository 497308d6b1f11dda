/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fusion.c: the table of fusions: how the features of two views, either of which may be missing,
 * become one row. Adding one is a row with its three functions and a word in HN_FUSION_CHOICES.
 */
#include "nn_internal.h"

#include <hipnet/text.h>

enum { GATE_UNITS = 64 };

struct fusion_kind {
    const char *name;
    int rows; /* G = rows * F */
    void (*build)(hn_path at, struct fusion *fusion);
    hn_tensor *(*forward)(hn_scope *s, const struct fusion *fusion, hn_tensor *const f[HN_VIEWS],
                          hn_tensor *present);
};

static const char *const view_names[HN_VIEWS] = { "ap", "lateral" };

/* --- concat --------------------------------------------------------------------------------- */

static void concat_build(hn_path at, struct fusion *fusion)
{
    for (int v = 0; v < HN_VIEWS; v++) {
        fusion->missing[v] =
            hn_param_at(hn_path_to(at, "missing"), view_names[v], (hn_init) { HN_INIT_CONSTANT, 0 },
                        HN_DIMS(fusion->feature_dim));
    }
}

static hn_tensor *concat_forward(hn_scope *s, const struct fusion *fusion,
                                 hn_tensor *const f[HN_VIEWS], hn_tensor *present)
{
    (void)fusion;
    (void)present;
    return hn_cat(s, f, HN_VIEWS, 1);
}

/* --- sum and mean: rows of missing views are zero -------------------------------------------- */

static hn_tensor *sum_forward(hn_scope *s, const struct fusion *fusion,
                              hn_tensor *const f[HN_VIEWS], hn_tensor *present)
{
    (void)fusion;
    (void)present;
    return hn_add(s, f[HN_VIEW_AP], f[HN_VIEW_LATERAL]);
}

static hn_tensor *mean_forward(hn_scope *s, const struct fusion *fusion,
                               hn_tensor *const f[HN_VIEWS], hn_tensor *present)
{
    (void)fusion;
    hn_tensor *count = hn_clamp(s, hn_sum(s, present, HN_DIMS(1), true), 1, HN_VIEWS);
    return hn_div(s, hn_add(s, f[HN_VIEW_AP], f[HN_VIEW_LATERAL]), count);
}

/* --- gated attention -------------------------------------------------------------------------- */

static void gated_build(hn_path at, struct fusion *fusion)
{
    hn_path gate = hn_path_to(at, "gate");
    fusion->tanh = hn_dense_default_at(hn_path_to(gate, "tanh"), fusion->feature_dim, GATE_UNITS);
    fusion->sigmoid =
        hn_dense_default_at(hn_path_to(gate, "sigmoid"), fusion->feature_dim, GATE_UNITS);
    /* No bias: it would cancel in the softmax. */
    fusion->score = hn_dense_at(hn_path_to(gate, "score"), GATE_UNITS, 1,
                                hn_init_torch_default(GATE_UNITS), NULL);
}

/* tanh x = 2 sigmoid(2x) - 1 */
static hn_tensor *tanh_of(hn_scope *s, hn_tensor *x)
{
    return hn_add_number(s, hn_scale(s, hn_sigmoid(s, hn_scale(s, x, 2)), 2), -1);
}

static hn_tensor *gated_forward(hn_scope *s, const struct fusion *fusion,
                                hn_tensor *const f[HN_VIEWS], hn_tensor *present)
{
    hn_tensor *scores[HN_VIEWS];
    for (int v = 0; v < HN_VIEWS; v++) {
        hn_tensor *hidden = hn_mul(s, tanh_of(s, hn_dense_forward(s, &fusion->tanh, f[v])),
                                   hn_sigmoid(s, hn_dense_forward(s, &fusion->sigmoid, f[v])));
        scores[v] = hn_dense_forward(s, &fusion->score, hidden); /* [N, 1] */
    }
    hn_tensor *score =
        hn_masked_fill(s, hn_cat(s, scores, HN_VIEWS, 1), hn_equal_number(s, present, 0), -1e30);
    hn_tensor *weight = hn_softmax(s, score, 1); /* exactly 0 where the other view is alone */
    hn_tensor *ap = hn_mul(s, hn_slice(s, weight, 1, 0, 1, 1), f[HN_VIEW_AP]);
    return hn_add(s, ap, hn_mul(s, hn_slice(s, weight, 1, 1, 2, 1), f[HN_VIEW_LATERAL]));
}

/* --- the table -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct fusion_kind kinds[] = {
    /* name      rows  build         forward */
    { "concat",  2,    concat_build, concat_forward },
    { "sum",     1,    NULL,         sum_forward },
    { "mean",    1,    NULL,         mean_forward },
    { "gated",   1,    gated_build,  gated_forward },
};
/* clang-format on */

hn_status fusion_find(const struct fusion_kind **out, const char *name)
{
    const char *names[HN_COUNT_OF(kinds)];
    for (size_t i = 0; i < HN_COUNT_OF(kinds); i++) {
        names[i] = kinds[i].name;
        if (hn_text_equal(name, kinds[i].name)) {
            *out = &kinds[i];
            return HN_OK;
        }
    }
    return hn_fail(HN_EUSAGE, "fusion '%.40s' is not one of concat, sum, mean, gated%s", name,
                   hn_text_suggest(name, names, HN_COUNT_OF(names)));
}

struct fusion fusion_at(hn_path at, const struct fusion_kind *kind, int64_t feature_dim)
{
    struct fusion fusion = { .kind = kind, .feature_dim = feature_dim };
    if (kind && kind->build) {
        kind->build(at, &fusion);
    }
    return fusion;
}

int64_t fusion_dim(const struct fusion *fusion)
{
    return fusion->kind ? fusion->kind->rows * fusion->feature_dim : fusion->feature_dim;
}

hn_tensor *fusion_filler(hn_scope *s, const struct fusion *fusion, hn_view view, hn_dtype dtype)
{
    if (fusion->missing[view]) {
        return hn_reshape(s, fusion->missing[view]->tensor, HN_DIMS(1, fusion->feature_dim));
    }
    return hn_zeros(s, dtype, HN_DIMS(1, fusion->feature_dim));
}

hn_tensor *fusion_forward(hn_scope *parent, const struct fusion *fusion,
                          hn_tensor *const f[HN_VIEWS], hn_tensor *present)
{
    HN_SCOPE(s, parent, 0);
    return hn_scope_return(&s, fusion->kind->forward(s, fusion, f, present));
}

void fusion_single_head(hn_scope *s, const struct fusion *fusion, hn_view view, hn_tensor **weight,
                        hn_tensor **bias)
{
    if (!fusion->kind || fusion->kind->rows == 1) {
        return; /* of one view alone, sum, mean and gated attention are the view itself */
    }
    hn_view other = view == HN_VIEW_AP ? HN_VIEW_LATERAL : HN_VIEW_AP;
    int64_t dim = fusion->feature_dim;
    hn_tensor *of_other = hn_slice(s, *weight, 1, other * dim, (other + 1) * dim, 1);
    hn_tensor *filler = fusion_filler(s, fusion, other, hn_dtype_of(*weight));
    *bias = hn_add(s, *bias, hn_flatten(s, hn_linear(s, filler, of_other, NULL), 0));
    *weight = hn_slice(s, *weight, 1, view * dim, (view + 1) * dim, 1);
}
