/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dual_view.h: one classifier over an AP and a lateral radiograph, either of which may be missing.
 *
 *     ap      -> branch -> features [N, F] -.
 *                                            fusion -> [N, G] -> dropout -> linear -> [N, K]
 *     lateral -> branch -> features [N, F] -'
 *
 * A branch is a backbone. Names: backbone.ap.*, backbone.lateral.*, or backbone.shared.* when one
 * branch reads both views; fusion.*; head.weight, head.bias. A network may also be built for one
 * view alone: then there is one branch, no fusion, and G = F.
 *
 * Missing views. `present` says, for each case, which views exist. A branch runs on the rows that
 * are present and on no others, in training and in evaluation: no pixel of a missing view can
 * reach the logits (not even a NaN), and batch norm sees existing pictures only. In place of the
 * features of a missing view the fusion uses what its table row says. With a shared branch the
 * present rows of both views go through it as one batch, so its batch statistics are those of
 * both views together. A case with no view at all gets logits from no picture; callers leave
 * such cases out.
 *
 * Fusion (f_v the features of view v):
 *   concat  [f_ap ; f_lateral], G = 2F; a missing view is a trained vector fusion.missing.<view>
 *           [F], zeros at the beginning
 *   sum     f_ap + f_lateral over the views present
 *   mean    their mean
 *   gated   a_ap f_ap + a_lateral f_lateral, a = softmax over the views present of
 *           w^T (tanh(V f_v) * sigmoid(U f_v)): gated attention, Ilse et al. 2018,
 *           arXiv:1802.04712, equation 9, with 64 hidden units
 */
#ifndef HIPNET_DUAL_VIEW_H
#define HIPNET_DUAL_VIEW_H

#include <hipnet/backbone.h>
#include <hipnet/cohort_file.h>
#include <hipnet/layers.h>

#define HN_FUSION_CHOICES "concat|sum|mean|gated"
#define HN_VIEWS_CHOICES  "both|ap|lateral"

typedef struct hn_dual_view_options {
    const char *backbone; /* a name of the registry */
    const char *views;    /* "both", "ap", "lateral"; NULL: "both" */
    bool share_views;     /* one branch for both views; nothing where there is one view */
    const char *fusion;   /* HN_FUSION_CHOICES; NULL: "concat"; nothing where there is one view */
    double dropout;       /* before the head, 0 <= p < 1 */
    double drop_path;     /* largest rate of stochastic depth; negative: the backbone's own */
    int classes;          /* K, at least 1 */
    int in_channels;      /* of the first convolution: 1 or 3; 0 means 1 */
} hn_dual_view_options;

typedef struct hn_dual_view hn_dual_view; /* lives in the store it was built in */

/* Builds into `params` (new entries are initialised, present ones checked and used). */
HN_API hn_status hn_dual_view_new(const hn_dual_view **out, hn_params *params,
                                  const hn_dual_view_options *options) HN_MUST_CHECK;

HN_API const hn_backbone *hn_dual_view_backbone(const hn_dual_view *net);
HN_API int hn_dual_view_classes(const hn_dual_view *net);
HN_API int hn_dual_view_in_channels(const hn_dual_view *net);
HN_API bool hn_dual_view_uses(const hn_dual_view *net, hn_view view);
HN_API bool hn_dual_view_shares(const hn_dual_view *net);
/* "backbone.ap", or "backbone.shared"; NULL when the network does not use that view. */
HN_API const char *hn_dual_view_branch_name(const hn_dual_view *net, hn_view view);
/* The branch itself, for hn_backbone_forward and its maps and pool; NULL as above. */
HN_API const void *hn_dual_view_branch(const hn_dual_view *net, hn_view view);

/* One batch. Pictures are [N, 1, H, W] or [N, in_channels, H, W]; one channel is repeated where
 * the network has three. A picture that the network does not use, or that nobody has, may be
 * NULL. `present` is on the host, [N, 2], 1 where the view exists; NULL: all exist. */
typedef struct hn_views_batch {
    hn_tensor *images[HN_VIEWS];
    const float *present;
    int64_t count; /* N */
} hn_views_batch;

/* Logits [N, K]. */
HN_API hn_tensor *hn_dual_view_forward(hn_scope *s, const hn_dual_view *net, hn_views_batch batch);

/* The same in two steps. Features: out[view] is [P_view, F], the rows that are present in the
 * order of the batch; NULL where there is none. Logits from features: what the forward does
 * after the branches. For maps and attributions. */
HN_API void hn_dual_view_features(hn_scope *s, const hn_dual_view *net, hn_views_batch batch,
                                  hn_tensor *out[HN_VIEWS]);
HN_API hn_tensor *hn_dual_view_logits(hn_scope *s, const hn_dual_view *net, hn_views_batch batch,
                                      hn_tensor *const features[HN_VIEWS]);

/*
 * The classifier of a network that sees `view` alone: weight [K, F] and bias [K] such that
 * weight f + bias are the logits of hn_dual_view_forward for a case of which only that view is
 * present, for every fusion. What export writes as the head of one branch. No gradients.
 */
HN_API hn_status hn_dual_view_single_head(hn_scope *s, const hn_dual_view *net, hn_view view,
                                          hn_tensor **weight, hn_tensor **bias) HN_MUST_CHECK;

#endif
