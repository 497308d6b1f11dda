/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dual_view.c: branches, fusion and head over the views that exist. The rows that a branch reads
 * are selected before it runs, and its features are put back into the rows of the batch after.
 */
#include "nn_internal.h"

#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <stdio.h>

struct hn_dual_view {
    const hn_backbone *backbone;
    bool uses[HN_VIEWS];
    bool shares;
    int classes, in_channels;
    double dropout;
    const void *branches[HN_VIEWS]; /* the same one twice when shared */
    const char *names[HN_VIEWS];
    struct fusion fusion;
    hn_dense head;
};

/* --- building ------------------------------------------------------------------------------ */

static hn_status views_from(struct hn_dual_view *net, const char *views)
{
    bool both = !views || hn_text_equal(views, "both");
    net->uses[HN_VIEW_AP] = both || hn_text_equal(views, "ap");
    net->uses[HN_VIEW_LATERAL] = both || hn_text_equal(views, "lateral");
    if (!net->uses[HN_VIEW_AP] && !net->uses[HN_VIEW_LATERAL]) {
        return hn_fail(HN_EUSAGE, "views '%.40s' is not one of both, ap, lateral", views);
    }
    return HN_OK;
}

static hn_status branches_at(struct hn_dual_view *net, hn_path root, double drop_path)
{
    static const char *const places[HN_VIEWS] = { "backbone.ap", "backbone.lateral" };
    if (net->shares) {
        HN_TRY(hn_backbone_build(&net->branches[0], net->backbone,
                                 hn_path_to(root, "backbone.shared"), net->in_channels, drop_path));
        net->branches[1] = net->branches[0];
        net->names[0] = net->names[1] = "backbone.shared";
        return HN_OK;
    }
    for (int v = 0; v < HN_VIEWS; v++) {
        if (net->uses[v]) {
            HN_TRY(hn_backbone_build(&net->branches[v], net->backbone,
                                     hn_path_to(root, "%s", places[v]), net->in_channels,
                                     drop_path));
            net->names[v] = places[v];
        }
    }
    return HN_OK;
}

hn_status hn_dual_view_new(const hn_dual_view **out, hn_params *params,
                           const hn_dual_view_options *options)
{
    struct hn_dual_view *net = hn_params_alloc(params, sizeof *net);
    HN_TRY(hn_params_status(params));
    HN_TRY(hn_backbone_find(&net->backbone, options->backbone));
    HN_TRY(views_from(net, options->views));
    if (options->classes < 1) {
        return hn_fail(HN_EUSAGE, "classes is %d, expected 1 or more", options->classes);
    }
    if (!(options->dropout >= 0 && options->dropout < 1)) {
        return hn_fail(HN_EUSAGE, "dropout is %g, expected 0 <= dropout < 1", options->dropout);
    }
    bool both = net->uses[HN_VIEW_AP] && net->uses[HN_VIEW_LATERAL];
    const struct fusion_kind *kind = NULL;
    HN_TRY(fusion_find(&kind, options->fusion ? options->fusion : "concat"));
    net->shares = both && options->share_views;
    net->classes = options->classes;
    net->in_channels = options->in_channels ? options->in_channels : 1;
    net->dropout = options->dropout;
    hn_path root = hn_path_root(params);
    HN_TRY(branches_at(net, root, options->drop_path));
    net->fusion =
        fusion_at(hn_path_to(root, "fusion"), both ? kind : NULL, net->backbone->feature_dim);
    net->head =
        hn_dense_default_at(hn_path_to(root, "head"), fusion_dim(&net->fusion), net->classes);
    HN_TRY(hn_params_status(params));
    *out = net;
    return HN_OK;
}

const hn_backbone *hn_dual_view_backbone(const hn_dual_view *net)
{
    return net->backbone;
}

int hn_dual_view_classes(const hn_dual_view *net)
{
    return net->classes;
}

int hn_dual_view_in_channels(const hn_dual_view *net)
{
    return net->in_channels;
}

bool hn_dual_view_uses(const hn_dual_view *net, hn_view view)
{
    return net->uses[view];
}

bool hn_dual_view_shares(const hn_dual_view *net)
{
    return net->shares;
}

const char *hn_dual_view_branch_name(const hn_dual_view *net, hn_view view)
{
    return net->uses[view] ? net->names[view] : NULL;
}

const void *hn_dual_view_branch(const hn_dual_view *net, hn_view view)
{
    return net->uses[view] ? net->branches[view] : NULL;
}

/* --- which rows exist ----------------------------------------------------------------------- */

static bool is_present(const hn_views_batch *batch, int64_t row, int view)
{
    return !batch->present || batch->present[row * HN_VIEWS + view] > 0;
}

static int64_t rows_present(const hn_views_batch *batch, int view)
{
    int64_t count = 0;
    for (int64_t i = 0; i < batch->count; i++) {
        count += is_present(batch, i, view);
    }
    return count;
}

/* The numbers of the rows that are present, int64 [P]. */
static hn_tensor *rows_of(hn_scope *s, const hn_views_batch *batch, int view)
{
    HN_AUTOFREE int64_t *rows = hn_alloc((size_t)batch->count * sizeof *rows);
    if (!rows) {
        return hn_scope_fail(s, HN_ENOMEM, "%s", hn_error_message());
    }
    int64_t count = 0;
    for (int64_t i = 0; i < batch->count; i++) {
        if (is_present(batch, i, view)) {
            rows[count++] = i;
        }
    }
    return hn_from_data(s, rows, HN_INT64, HN_DIMS(count));
}

/* For every row of the batch its place among the present ones, or P where it is missing. */
static hn_tensor *places_of(hn_scope *s, const hn_views_batch *batch, int view, int64_t present)
{
    HN_AUTOFREE int64_t *places = hn_alloc((size_t)batch->count * sizeof *places);
    if (!places) {
        return hn_scope_fail(s, HN_ENOMEM, "%s", hn_error_message());
    }
    int64_t next = 0;
    for (int64_t i = 0; i < batch->count; i++) {
        places[i] = is_present(batch, i, view) ? next++ : present;
    }
    return hn_from_data(s, places, HN_INT64, HN_DIMS(batch->count));
}

/* --- branches -------------------------------------------------------------------------------- */

/* The pictures of the present rows, [P, in_channels, H, W]. */
static hn_tensor *pictures(hn_scope *s, const hn_dual_view *net, const hn_views_batch *batch,
                           int view, int64_t present)
{
    hn_tensor *x = batch->images[view];
    if (hn_dim(x) != 4 || hn_size(x, 0) != batch->count ||
        (hn_size(x, 1) != 1 && hn_size(x, 1) != net->in_channels)) {
        char found[96];
        return hn_scope_fail(s, HN_ESHAPE, "pictures are %s, expected [%lld, %s, H, W]",
                             x ? hn_shape_text(x, found, sizeof found) : "absent",
                             (long long)batch->count, net->in_channels == 1 ? "1" : "1 or 3");
    }
    if (present < batch->count) {
        x = hn_index_select(s, x, 0, rows_of(s, batch, view));
    }
    if (hn_size(x, 1) != net->in_channels) {
        x = hn_expand(s, x, HN_DIMS(-1, net->in_channels, -1, -1));
    }
    return x;
}

static hn_dtype type_of(const hn_dual_view *net)
{
    return hn_dtype_of(net->head.weight->tensor);
}

/* One branch over one batch of pictures; features in the type of the weights. */
static hn_tensor *run_branch(hn_scope *parent, const hn_dual_view *net, int view, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_scope_name(s, net->names[view]);
    hn_tensor *f = hn_backbone_forward(s, net->backbone, net->branches[view], x);
    return hn_scope_return(&s, hn_to_dtype(s, f, type_of(net)));
}

/* Both views through the shared branch as one batch: batch norm sees them together. */
static void run_shared(hn_scope *s, const hn_dual_view *net, hn_tensor *const x[HN_VIEWS],
                       const int64_t present[HN_VIEWS], hn_tensor *out[HN_VIEWS])
{
    if (!present[0] || !present[1]) {
        int view = present[0] ? 0 : 1;
        out[view] = present[view] ? run_branch(s, net, view, x[view]) : NULL;
        return;
    }
    hn_tensor *f = run_branch(s, net, 0, hn_cat(s, x, HN_VIEWS, 0));
    out[0] = hn_slice(s, f, 0, 0, present[0], 1);
    out[1] = hn_slice(s, f, 0, present[0], present[0] + present[1], 1);
}

void hn_dual_view_features(hn_scope *parent, const hn_dual_view *net, hn_views_batch batch,
                           hn_tensor *out[HN_VIEWS])
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *x[HN_VIEWS] = { NULL };
    int64_t present[HN_VIEWS] = { 0 };
    for (int v = 0; v < HN_VIEWS; v++) {
        out[v] = NULL;
        present[v] = net->uses[v] ? rows_present(&batch, v) : 0;
        x[v] = present[v] ? pictures(s, net, &batch, v, present[v]) : NULL;
    }
    if (hn_scope_failed(s)) {
        return;
    }
    if (net->shares) {
        run_shared(s, net, x, present, out);
    } else {
        for (int v = 0; v < HN_VIEWS; v++) {
            out[v] = present[v] ? run_branch(s, net, v, x[v]) : NULL;
        }
    }
    for (int v = 0; v < HN_VIEWS; v++) {
        out[v] = hn_move(out[v], parent);
    }
}

/* --- fusion and head ------------------------------------------------------------------------- */

/* Features [P, F] in the rows of the batch [N, F], missing rows filled by the fusion's row. */
static hn_tensor *spread(hn_scope *s, const hn_dual_view *net, const hn_views_batch *batch,
                         hn_view view, hn_tensor *features)
{
    int64_t present = rows_present(batch, (int)view);
    if (present == batch->count) {
        return features;
    }
    hn_tensor *filler = fusion_filler(s, &net->fusion, view, type_of(net));
    if (present > 0) {
        hn_tensor *list[] = { features, filler };
        filler = hn_cat(s, list, 2, 0);
    }
    return hn_index_select(s, filler, 0, places_of(s, batch, (int)view, present));
}

/* [N, 2], in the type of the weights. */
static hn_tensor *presence(hn_scope *s, const hn_dual_view *net, const hn_views_batch *batch)
{
    if (!batch->present) {
        return hn_ones(s, type_of(net), HN_DIMS(batch->count, HN_VIEWS));
    }
    hn_tensor *mask = hn_from_data(s, batch->present, HN_FLOAT32, HN_DIMS(batch->count, HN_VIEWS));
    return hn_to_dtype(s, mask, type_of(net));
}

hn_tensor *hn_dual_view_logits(hn_scope *parent, const hn_dual_view *net, hn_views_batch batch,
                               hn_tensor *const features[HN_VIEWS])
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *f[HN_VIEWS] = { NULL };
    for (int v = 0; v < HN_VIEWS; v++) {
        if (net->uses[v]) {
            f[v] = spread(s, net, &batch, (hn_view)v, features[v]);
        }
    }
    hn_tensor *fused = f[net->uses[HN_VIEW_AP] ? HN_VIEW_AP : HN_VIEW_LATERAL];
    if (net->fusion.kind) {
        fused = fusion_forward(s, &net->fusion, f, presence(s, net, &batch));
    }
    if (net->dropout > 0) {
        fused = hn_dropout(s, fused, net->dropout);
    }
    hn_scope_name(s, "head");
    return hn_scope_return(&s, hn_dense_forward(s, &net->head, fused));
}

hn_tensor *hn_dual_view_forward(hn_scope *parent, const hn_dual_view *net, hn_views_batch batch)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *features[HN_VIEWS];
    hn_dual_view_features(s, net, batch, features);
    return hn_scope_return(&s, hn_dual_view_logits(s, net, batch, features));
}

hn_status hn_dual_view_single_head(hn_scope *parent, const hn_dual_view *net, hn_view view,
                                   hn_tensor **weight, hn_tensor **bias)
{
    if (!net->uses[view]) {
        return hn_fail(HN_EUSAGE, "the network does not read the %s view",
                       view == HN_VIEW_AP ? "ap" : "lateral");
    }
    HN_SCOPE(s, parent, HN_NO_GRAD);
    hn_tensor *w = hn_detach(s, net->head.weight->tensor);
    hn_tensor *b = hn_detach(s, net->head.bias->tensor);
    fusion_single_head(s, &net->fusion, view, &w, &b);
    w = hn_clone(s, hn_contiguous(s, w));
    b = hn_clone(s, b);
    HN_TRY(hn_scope_status(s));
    *weight = hn_move(w, parent);
    *bias = hn_move(b, parent);
    return HN_OK;
}
