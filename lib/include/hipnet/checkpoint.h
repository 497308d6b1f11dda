/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint.h: the state of a training as one file, and what weights say about themselves.
 *
 * A state is a safetensors file: "model.<name>" for every parameter and buffer, and
 * "<kind>.<name>" for every tensor of the optimizer ("exp_avg.head.weight"). Its counters stand in
 * the metadata as decimal texts that read back as the same numbers. Reading checks that names,
 * types and shapes are exactly those of the network, before anything is changed.
 */
#ifndef HIPNET_CHECKPOINT_H
#define HIPNET_CHECKPOINT_H

#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <hipnet/optimizer.h>
#include <hipnet/params.h>
#include <hipnet/safetensors.h>
#include <stdint.h>

/* Counters and sums of a training: everything that is not a tensor. */
typedef struct hn_train_state {
    int64_t epochs;  /* finished */
    int64_t batches; /* finished in the epoch that follows */
    int64_t steps;   /* of the optimizer */
    int64_t seen;    /* cases in the unfinished epoch, and sums over them: */
    int64_t images;
    int64_t correct;
    double loss_sum, norm_sum;
    double seconds;     /* spent in the unfinished epoch */
    int64_t best_epoch; /* from 1; 0: none */
    double best_loss, best_accuracy, best_auc;
    int64_t waiting;                            /* epochs since the best one */
    double mean[HN_VIEWS], deviation[HN_VIEWS]; /* of the training pictures */
} hn_train_state;

/* What a state or a file of weights belongs to. */
typedef struct hn_checkpoint_owner {
    const char *member, *backbone;
    int fold;
    const char *config_sha256, *cohort_sha256, *split_sha256;
    const char *classes; /* separated by commas */
    const char *views;
    const char *fusion;    /* how the views meet; NULL is left out */
    int64_t rows, columns; /* that the network sees */
} hn_checkpoint_owner;

HN_API hn_status hn_state_save(const char *path, hn_params *params, const hn_optimizer *optimizer,
                               const hn_train_state *state,
                               const hn_checkpoint_owner *owner) HN_MUST_CHECK;
/* Fills the tensors and `state`. HN_EDATA when the file belongs to something else (the message
 * says what differs), HN_ESHAPE or HN_EFORMAT when it does not fit; then nothing is changed. */
HN_API hn_status hn_state_load(hn_train_state *state, hn_params *params, hn_optimizer *optimizer,
                               const hn_checkpoint_owner *owner, const char *path) HN_MUST_CHECK;

/* Weights of a member with metadata that says what they are: hipnet.member, hipnet.backbone,
 * hipnet.fold, hipnet.epoch, hipnet.classes, hipnet.views, hipnet.fusion, hipnet.rows,
 * hipnet.columns, hipnet.mean.<view>, hipnet.deviation.<view>, hipnet.config_sha256,
 * hipnet.cohort_sha256, hipnet.split_sha256, hipnet.version. */
HN_API hn_status hn_member_weights_save(const char *path, hn_params *params,
                                        const hn_train_state *state, int64_t epoch,
                                        const hn_checkpoint_owner *owner) HN_MUST_CHECK;
/* Reads them into a built network; `state` gets mean, deviation and best_epoch. */
HN_API hn_status hn_member_weights_load(hn_train_state *state, hn_params *params,
                                        const hn_checkpoint_owner *owner,
                                        const char *path) HN_MUST_CHECK;

#endif
