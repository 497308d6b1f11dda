/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * network.h: a member's network with the mode it runs in, as training and prediction share it.
 */
#ifndef HIPNET_LEARN_NETWORK_H
#define HIPNET_LEARN_NETWORK_H

#include <hipnet/batches.h>
#include <hipnet/dual_view.h>
#include <hipnet/params.h>
#include <hipnet/train_config.h>

struct network {
    hn_params *params;
    const hn_dual_view *net;
    unsigned mode; /* HN_AUTOCAST_BF16 or nothing */
    hn_memory_format format;
    int classes;
    bool use_view[HN_VIEWS];
};

/* Builds the network of the configuration's only backbone with fresh weights keyed by `seed`.
 * Zeroed or cleared struct in. */
hn_status network_open(struct network *network, const hn_train_config *config, int classes,
                       const char *device, uint64_t seed) HN_MUST_CHECK;
void network_close(struct network *network);

/* Logits [N, K] of a batch, whose memory is used as it is until `s` closes. */
hn_tensor *network_logits(hn_scope *s, const struct network *network, const hn_batch *batch);

/* Called before each batch with the cases done so far; may be NULL. */
typedef void (*network_progress)(void *context, int64_t cases);

/* One pass without training over an unshuffled loader that was not started: logits of every
 * case in the loader's order, [hn_batches_cases(), K]. HN_EINTERRUPTED when the user asks. */
hn_status network_evaluate(double *logits, const struct network *network, hn_batches *batches,
                           network_progress progress, void *context) HN_MUST_CHECK;

/* Softmax of each row in place of its logits, in double precision. */
void network_softmax(double *logits, int64_t count, int classes);

/* How a row was predicted, from its logits: -log of the label's probability; the top class. */
double network_log_loss(const double *logits, int classes, int64_t label);
int network_top(const double *logits, int classes);

/* Options of a loader over `cases`: sizes, views and workers as the configuration says, without
 * augmentation, in the order given. */
hn_batches_options network_batches(const hn_train_config *config, const hn_cohort *cohort,
                                   const int64_t *cases, int64_t count, const double mean[HN_VIEWS],
                                   const double deviation[HN_VIEWS]);

#endif
