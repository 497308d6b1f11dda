/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trainer_internal.h: one member in training, as trainer.c builds it and trainer_epochs.c runs
 * it. trainer_log.c keeps the lines of log.jsonl.
 */
#ifndef HIPNET_LEARN_TRAINER_INTERNAL_H
#define HIPNET_LEARN_TRAINER_INTERNAL_H

#include "network.h"

#include <hipnet/batches.h>
#include <hipnet/checkpoint.h>
#include <hipnet/log.h>
#include <hipnet/optimizer.h>
#include <hipnet/run.h>
#include <hipnet/schedule.h>
#include <hipnet/trainer.h>

struct trainer {
    hn_run *run;
    hn_run_member *member;
    const hn_cohort *cohort;
    hn_train_config config; /* with this member's backbone alone */
    uint64_t seed;          /* of this member */
    int classes;
    struct network network;
    hn_tensor *class_weights; /* [K], or NULL: all equal */
    hn_optimizer *optimizer;
    hn_schedule schedule;
    int64_t *train_cases, *tuning_cases;
    int64_t train_count, tuning_count;
    hn_batches *train, *tuning; /* `tuning` is NULL without tuning cases */
    double *tuning_logits;      /* [tuning_count, K] */
    int64_t *tuning_labels;
    hn_train_state state;
    hn_checkpoint_owner owner;
    hn_text class_names; /* what owner.classes points to */
    hn_text log;         /* the whole of log.jsonl */
    hn_progress progress;
};

/* Figures of one finished epoch. */
struct epoch_figures {
    int64_t epoch; /* from 1 */
    double lr;     /* of its last step */
    double train_loss, train_accuracy, gradient_norm;
    hn_tuning tuning;
    bool best;
    double seconds, tuning_seconds, images_per_s, wait_share;
};

/* Runs what is left of the epochs. */
hn_status trainer_run_epochs(struct trainer *trainer) HN_MUST_CHECK;
/* Writes state_last.safetensors. */
hn_status trainer_save_state(struct trainer *trainer) HN_MUST_CHECK;

/* One step on a batch; moves the weights and the state. */
hn_status trainer_step(struct trainer *trainer, const hn_batch *batch) HN_MUST_CHECK;

/* Reads log.jsonl and keeps the lines of the epochs that the state knows. */
hn_status trainer_log_read(struct trainer *trainer) HN_MUST_CHECK;
/* Adds the line of an epoch and writes the file. */
hn_status trainer_log_add(struct trainer *trainer,
                          const struct epoch_figures *figures) HN_MUST_CHECK;

#endif
