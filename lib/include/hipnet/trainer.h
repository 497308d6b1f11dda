/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trainer.h: training the members of a run.
 *
 * A member's folder, RUN/<backbone>-f<fold>/:
 *   config.json              the configuration with this member's backbone alone
 *   model_best.safetensors   weights of the best epoch so far, by the tuning cases
 *   model_last.safetensors   weights of the last finished epoch
 *   state_last.safetensors   weights, moments of the optimizer and all counters: to go on
 *   log.jsonl                one line per finished epoch
 *   DONE                     the member is done
 *
 * Resuming is exact. All randomness is keyed by numbers that are in the state (seed, epoch, case;
 * dropout by the step), so what follows a state is a function of the state alone: on the same
 * machine, build and number of threads, a member that was killed and resumed ends in the same
 * bytes as one that was not. A state is written before the first step, after every epoch, and,
 * when the user asks to stop, after the step in progress; files are replaced as a whole, the
 * state after all the others, so that whatever was written after it is written again, the same.
 *
 * Only cases with the reference status `single` in the member's training part of the split are
 * learned from. The tuning part chooses the best epoch, and ends the training when
 * train.patience epochs have brought nothing better.
 */
#ifndef HIPNET_TRAINER_H
#define HIPNET_TRAINER_H

#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <hipnet/run.h>

/* How an epoch went on the tuning cases. NaN: not defined. */
typedef struct hn_tuning {
    double loss;     /* mean of -log p(label), not weighted, not smoothed */
    double accuracy;
    double auc;      /* mean over the classes of the one-against-rest area */
} hn_tuning;

/* The three figures from logits [count, classes] and labels [count]. */
HN_API hn_status hn_tuning_measure(hn_tuning *out, const double *logits, const int64_t *labels,
                                   int64_t count, int classes) HN_MUST_CHECK;

/* Trains every member that is not done, one after another, and marks the run when all are.
 * A run that was begun goes on where its states say. HN_EINTERRUPTED after the state was saved;
 * HN_EDATA when a loss or gradient is not finite (the last good state stays). */
HN_API hn_status hn_train_run(hn_run *run, const hn_cohort *cohort,
                              const char *device) HN_MUST_CHECK;

/* One member alone: the body of hn_train_run. */
HN_API hn_status hn_train_member(hn_run *run, hn_run_member *member, const hn_cohort *cohort,
                                 const char *device) HN_MUST_CHECK;

#endif
