/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trainer_epochs.c: steps, epochs, and what is written when. The order of writing is the whole
 * of crash safety: weights and log first, the state last, so that a state never speaks of
 * something that is not there, and what is newer than the state is made again, the same.
 */
#include "trainer_internal.h"

#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>
#include <hipnet/roc.h>
#include <hipnet/tensor.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

hn_status hn_tuning_measure(hn_tuning *out, const double *logits, const int64_t *labels,
                            int64_t count, int classes)
{
    size_t size = (size_t)count;
    HN_AUTOFREE double *probabilities = hn_calloc(size * (size_t)classes, sizeof(double));
    HN_AUTOFREE double *scores = hn_calloc(size, sizeof *scores);
    HN_AUTOFREE bool *positive = hn_calloc(size, sizeof *positive);
    if (!probabilities || !scores || !positive) {
        return HN_ENOMEM;
    }
    double loss = 0, areas = 0;
    int64_t correct = 0;
    int defined = 0;
    for (int64_t i = 0; i < count; i++) {
        loss += network_log_loss(logits + i * classes, classes, labels[i]);
        correct += network_top(logits + i * classes, classes) == labels[i];
    }
    for (int64_t i = 0; i < count * classes; i++) {
        probabilities[i] = logits[i];
    }
    *out = (hn_tuning) { loss / (double)count, (double)correct / (double)count, NAN };
    if (!isfinite(loss)) {
        return HN_OK;
    }
    network_softmax(probabilities, count, classes);
    for (int k = 0; k < classes; k++) {
        double area = NAN;
        for (int64_t i = 0; i < count; i++) {
            scores[i] = probabilities[i * classes + k];
            positive[i] = labels[i] == k;
        }
        HN_TRY(hn_auc(&area, scores, positive, count));
        if (!isnan(area)) {
            areas += area;
            defined++;
        }
    }
    out->auc = defined ? areas / defined : NAN;
    return HN_OK;
}

/* ---- one step ---------------------------------------------------------------------------- */

static hn_status diverged(const struct trainer *t, const char *what, double value)
{
    return hn_fail(HN_EDATA,
                   "%s, epoch %" PRId64 ", step %" PRId64
                   ": the %s is %g; the last good state is kept. A lower train.lr, a longer "
                   "train.warmup_epochs or train.clip_norm may help",
                   t->member->name, t->state.epochs + 1, t->state.steps, what, value);
}

static int64_t count_correct(const double *logits, const hn_batch *batch, int classes)
{
    int64_t correct = 0;
    for (int64_t i = 0; i < batch->count; i++) {
        correct += network_top(logits + i * classes, classes) == batch->labels[i];
    }
    return correct;
}

static int64_t count_images(const hn_batch *batch)
{
    int64_t images = 0;
    for (int64_t i = 0; i < batch->count * HN_VIEWS; i++) {
        images += batch->present[i] > 0;
    }
    return images;
}

/* Dropout of a step is drawn from a stream named by the step alone. */
static uint64_t step_seed(const struct trainer *t)
{
    hn_rng rng;
    hn_rng_init(&rng, t->seed, HN_PURPOSE_DROPOUT, (uint64_t)t->state.steps, 0, 0);
    return hn_rng_u64(&rng);
}

hn_status trainer_step(struct trainer *t, const hn_batch *batch)
{
    HN_AUTOFREE double *values =
        hn_calloc((size_t)batch->count * (size_t)t->classes, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    HN_SCOPE(s, hn_params_scope(t->network.params), HN_TRAINING | t->network.mode);
    hn_scope_seed(s, step_seed(t));
    hn_tensor *logits = network_logits(s, &t->network, batch);
    hn_tensor *labels = hn_from_data(s, batch->labels, HN_INT64, HN_DIMS(batch->count));
    hn_tensor *loss = hn_cross_entropy(
        s, logits, labels,
        (hn_cross_entropy_options) { .class_weights = t->class_weights,
                                     .label_smoothing = t->config.label_smoothing });
    double loss_value = hn_item(s, loss);
    HN_TRY(hn_copy_out(s, logits, HN_FLOAT64, values, batch->count * t->classes));
    if (!isfinite(loss_value)) {
        return diverged(t, "loss", loss_value);
    }
    hn_backward(s, loss);
    double norm = hn_optimizer_clip(s, t->optimizer, t->config.clip_norm);
    HN_TRY(hn_scope_status(s));
    if (!isfinite(norm)) {
        return diverged(t, "norm of the gradient", norm);
    }
    hn_optimizer_step(s, t->optimizer, hn_schedule_rate(&t->schedule, t->state.steps));
    hn_optimizer_zero_grad(s, t->optimizer);
    HN_TRY(hn_scope_status(s));
    t->state.steps++;
    t->state.batches++;
    t->state.seen += batch->count;
    t->state.images += count_images(batch);
    t->state.correct += count_correct(values, batch, t->classes);
    t->state.loss_sum += loss_value * (double)batch->count;
    t->state.norm_sum += norm;
    return HN_OK;
}

/* ---- saving ------------------------------------------------------------------------------ */

hn_status trainer_save_state(struct trainer *t)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_run_path(path, t->run, t->member, "state_last.safetensors"));
    return hn_state_save(path, t->network.params, t->optimizer, &t->state, &t->owner);
}

static hn_status save_weights(struct trainer *t, const char *file)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_run_path(path, t->run, t->member, file));
    return hn_member_weights_save(path, t->network.params, &t->state, t->state.epochs, &t->owner);
}

/* The user asked to stop: saves where we are. */
static hn_status stop_here(struct trainer *t, double seconds)
{
    t->state.seconds += seconds;
    HN_TRY(trainer_save_state(t));
    return hn_fail(HN_EINTERRUPTED, "stopped in epoch %" PRId64 " of %s; go on with it by --resume",
                   t->state.epochs + 1, t->member->name);
}

/* ---- epochs ------------------------------------------------------------------------------ */

static hn_status train_epoch(struct trainer *t, double began)
{
    const hn_batch *batch = NULL;
    char words[96];
    while (t->state.batches < hn_batches_per_epoch(t->train)) {
        if (hn_interrupted()) {
            return stop_here(t, hn_clock_s() - began);
        }
        HN_TRY(hn_batches_next(&batch, t->train));
        hn_assert(batch && batch->epoch == t->state.epochs && batch->index == t->state.batches);
        HN_TRY(trainer_step(t, batch));
        snprintf(words, sizeof words, ", epoch %" PRId64 " of %" PRId64 ", loss %.4f",
                 t->state.epochs + 1, t->config.epochs, t->state.loss_sum / (double)t->state.seen);
        hn_progress_say(&t->progress, batch->count, words);
    }
    return HN_OK;
}

static hn_status tune(struct trainer *t, hn_tuning *tuning, double began)
{
    *tuning = (hn_tuning) { NAN, NAN, NAN };
    if (!t->tuning) {
        return HN_OK;
    }
    hn_status status = network_evaluate(t->tuning_logits, &t->network, t->tuning, NULL, NULL);
    if (status == HN_EINTERRUPTED) {
        return stop_here(t, hn_clock_s() - began);
    }
    HN_TRY(status);
    HN_TRY(
        hn_tuning_measure(tuning, t->tuning_logits, t->tuning_labels, t->tuning_count, t->classes));
    return isfinite(tuning->loss) ? HN_OK : diverged(t, "loss of the tuning cases", tuning->loss);
}

static bool is_better(const struct trainer *t, const hn_tuning *tuning)
{
    const hn_train_state *state = &t->state;
    if (!t->tuning || state->best_epoch == 0) {
        return true; /* without tuning cases the last epoch is the best */
    }
    bool by_auc = hn_text_equal(t->config.best_by, "auc") && !isnan(tuning->auc) &&
                  tuning->auc != state->best_auc;
    return by_auc ? tuning->auc > state->best_auc : tuning->loss < state->best_loss;
}

static void take_figures(struct trainer *t, struct epoch_figures *figures, double began)
{
    hn_train_state *state = &t->state;
    double here = hn_clock_s() - began;
    figures->epoch = state->epochs + 1;
    figures->lr = hn_schedule_rate(&t->schedule, state->steps - 1);
    figures->train_loss = state->loss_sum / (double)state->seen;
    figures->train_accuracy = (double)state->correct / (double)state->seen;
    figures->gradient_norm = state->norm_sum / (double)hn_batches_per_epoch(t->train);
    figures->seconds = state->seconds + here;
    figures->images_per_s = figures->seconds > 0 ? (double)state->images / figures->seconds : NAN;
    figures->wait_share = here > 0 ? hn_batches_waited_s(t->train) / here : 0;
}

static void finish_epoch(struct trainer *t, struct epoch_figures *figures)
{
    hn_train_state *state = &t->state;
    figures->best = is_better(t, &figures->tuning);
    state->epochs++;
    state->waiting++;
    if (figures->best) {
        state->waiting = 0;
        state->best_epoch = state->epochs;
        state->best_loss = figures->tuning.loss;
        state->best_accuracy = figures->tuning.accuracy;
        state->best_auc = figures->tuning.auc;
    }
    state->batches = state->seen = state->images = state->correct = 0;
    state->loss_sum = state->norm_sum = state->seconds = 0;
    t->member->epochs = state->epochs;
    t->member->best_epoch = state->best_epoch;
    t->member->tuning_loss = state->best_loss;
    t->member->tuning_accuracy = state->best_accuracy;
    t->member->tuning_auc = state->best_auc;
}

static hn_status save_epoch(struct trainer *t, const struct epoch_figures *figures)
{
    if (figures->best) {
        HN_TRY(save_weights(t, "model_best.safetensors"));
    }
    HN_TRY(save_weights(t, "model_last.safetensors"));
    HN_TRY(trainer_log_add(t, figures));
    HN_TRY(trainer_save_state(t));
    return hn_run_write_members(t->run);
}

static void say_epoch(const struct trainer *t, const struct epoch_figures *f)
{
    char tuning[96] = "";
    if (t->tuning) {
        snprintf(tuning, sizeof tuning, ", tuning loss %.4f, accuracy %.3f, AUC %.3f",
                 f->tuning.loss, f->tuning.accuracy, f->tuning.auc);
    }
    hn_log(HN_LOG_DEBUG,
           "%s epoch %" PRId64 ": loss %.4f%s%s; %.1f images/s, %.0f%% of the time "
           "waiting for the loader",
           t->member->name, f->epoch, f->train_loss, tuning, f->best ? ", the best so far" : "",
           f->images_per_s, 100 * f->wait_share);
}

static bool is_finished(const struct trainer *t)
{
    return t->state.epochs >= t->config.epochs ||
           (t->config.patience > 0 && t->tuning && t->state.waiting >= t->config.patience);
}

hn_status trainer_run_epochs(struct trainer *t)
{
    if (is_finished(t)) {
        return HN_OK;
    }
    int64_t left = t->config.epochs - t->state.epochs;
    HN_TRY(hn_batches_start(t->train, t->state.epochs, t->state.batches, left));
    hn_progress_begin(&t->progress, t->member->name, "cases",
                      left * t->train_count - t->state.seen);
    while (!is_finished(t)) {
        struct epoch_figures figures = { 0 };
        double began = hn_clock_s();
        hn_batches_waited_s(t->train);
        HN_TRY(train_epoch(t, began));
        take_figures(t, &figures, began);
        double tuning_began = hn_clock_s();
        HN_TRY(tune(t, &figures.tuning, began));
        figures.tuning_seconds = hn_clock_s() - tuning_began;
        finish_epoch(t, &figures);
        HN_TRY(save_epoch(t, &figures));
        say_epoch(t, &figures);
    }
    hn_progress_end(&t->progress);
    if (t->state.epochs < t->config.epochs) {
        hn_log(HN_LOG_INFO,
               "%s: stopped after epoch %" PRId64 ", %" PRId64 " epochs without a "
               "better one than epoch %" PRId64,
               t->member->name, t->state.epochs, t->state.waiting, t->state.best_epoch);
    }
    return HN_OK;
}
