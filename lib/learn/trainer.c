/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trainer.c: what a member needs before its first step, and the members one after another.
 * A member is either made new, with a state before anything is learned, or goes on from its
 * state; nothing in between.
 */
#include "trainer_internal.h"

#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>
#include <hipnet/tensor.h>
#include <hipnet/weights.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void trainer_clear(struct trainer *t)
{
    hn_batches_free(t->train);
    hn_batches_free(t->tuning);
    hn_optimizer_free(t->optimizer);
    network_close(&t->network);
    hn_train_config_clear(&t->config);
    hn_free(t->train_cases);
    hn_free(t->tuning_cases);
    hn_free(t->tuning_logits);
    hn_free(t->tuning_labels);
    hn_text_clear(&t->class_names);
    hn_text_clear(&t->log);
}

/* ---- who learns -------------------------------------------------------------------------- */

static hn_status count_classes(int64_t *counts, struct trainer *t)
{
    const hn_cohort_info *info = hn_cohort_get_info(t->cohort);
    int present = 0;
    for (int64_t i = 0; i < t->train_count; i++) {
        counts[hn_cohort_case(t->cohort, t->train_cases[i])->label]++;
    }
    for (int k = 0; k < t->classes; k++) {
        present += counts[k] > 0;
        if (counts[k] == 0) {
            hn_log(HN_LOG_WARNING, "%s: no training case is of class %s", t->member->name,
                   info->classes[k]);
        }
    }
    if (present < 2) {
        return hn_fail(HN_EDATA,
                       "%s: %" PRId64 " training cases of %d class%s, expected two classes at "
                       "least",
                       t->member->name, t->train_count, present, present == 1 ? "" : "es");
    }
    return HN_OK;
}

/* n / (K n_c): what a class lacks in frequency its cases gain in weight; 0 for absent ones. */
static hn_status make_class_weights(struct trainer *t, const int64_t *counts)
{
    float weights[HN_COHORT_CLASSES];
    if (!hn_text_equal(t->config.class_weights, "balanced")) {
        return HN_OK;
    }
    for (int k = 0; k < t->classes; k++) {
        weights[k] =
            counts[k] == 0
                ? 0.0F
                : (float)((double)t->train_count / ((double)t->classes * (double)counts[k]));
    }
    hn_scope *scope = hn_params_scope(t->network.params);
    t->class_weights = hn_from_data(scope, weights, HN_FLOAT32, HN_DIMS(t->classes));
    return hn_scope_status(scope);
}

/* Cases without any view that the network uses teach it nothing. */
static void drop_unseen(int64_t *cases, int64_t *count, const struct trainer *t)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < *count; i++) {
        const hn_case *facts = hn_cohort_case(t->cohort, cases[i]);
        bool seen = false;
        for (int view = 0; view < HN_VIEWS; view++) {
            seen |= t->network.use_view[view] && facts->views[view].present;
        }
        if (seen) {
            cases[kept++] = cases[i];
        }
    }
    *count = kept;
}

static hn_status find_cases(struct trainer *t)
{
    int fold = t->member->fold;
    HN_TRY(hn_run_cases(&t->train_cases, &t->train_count, t->run->split, t->cohort, fold,
                        HN_ROLE_TRAIN));
    HN_TRY(hn_run_cases(&t->tuning_cases, &t->tuning_count, t->run->split, t->cohort, fold,
                        HN_ROLE_TUNING));
    drop_unseen(t->train_cases, &t->train_count, t);
    drop_unseen(t->tuning_cases, &t->tuning_count, t);
    if (t->tuning_count == 0) {
        hn_log(HN_LOG_WARNING, "%s: there are no tuning cases; the last epoch will be the best",
               t->member->name);
        return HN_OK;
    }
    size_t count = (size_t)t->tuning_count;
    t->tuning_logits = hn_calloc(count * (size_t)t->classes, sizeof *t->tuning_logits);
    t->tuning_labels = hn_calloc(count, sizeof *t->tuning_labels);
    if (!t->tuning_logits || !t->tuning_labels) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        t->tuning_labels[i] = hn_cohort_case(t->cohort, t->tuning_cases[i])->label;
    }
    return HN_OK;
}

/* ---- what learns ------------------------------------------------------------------------- */

/* Each member has its own weights, order and augmentation, all named by one seed. */
static uint64_t member_seed(const struct trainer *t)
{
    hn_rng rng;
    hn_rng_init(&rng, (uint64_t)t->config.seed, HN_PURPOSE_INIT, hn_rng_name(t->member->name), 0,
                0);
    return hn_rng_u64(&rng);
}

static hn_optimizer_options optimizer_options(const hn_train_config *config)
{
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    options.kind = hn_text_equal(config->optimizer, "sgd") ? HN_OPTIMIZER_SGD : HN_OPTIMIZER_ADAMW;
    options.momentum = config->momentum;
    options.nesterov = config->nesterov;
    options.weight_decay = config->weight_decay;
    options.decoupled = true;
    return options;
}

/* Weights of convolutions and matrices decay; norms, biases and scales do not. */
static bool decays(const hn_param *param)
{
    return param->rank >= 2 && hn_text_ends(param->name, ".weight");
}

static hn_status make_optimizer(struct trainer *t)
{
    hn_params *params = t->network.params;
    int all = hn_params_count(params);
    int count = 0;
    HN_AUTOFREE hn_optimizer_parameter *list = hn_calloc((size_t)all, sizeof *list);
    if (!list) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < all; i++) {
        const hn_param *param = hn_params_at(params, i);
        if (!param->buffer && !param->frozen) {
            list[count++] = (hn_optimizer_parameter) { param->name, param->tensor, decays(param) };
        }
    }
    hn_optimizer_options options = optimizer_options(&t->config);
    return hn_optimizer_new(&t->optimizer, hn_params_scope(params), list, count, &options);
}

static hn_status make_owner(struct trainer *t)
{
    const hn_cohort_info *info = hn_cohort_get_info(t->cohort);
    for (int k = 0; k < t->classes; k++) {
        hn_text_printf(&t->class_names, "%s%s", k ? "," : "", info->classes[k]);
    }
    HN_TRY(hn_text_status(&t->class_names));
    t->owner = (hn_checkpoint_owner) {
        .member = t->member->name,
        .backbone = t->member->backbone,
        .fold = t->member->fold,
        .config_sha256 = t->run->facts.config_sha256,
        .cohort_sha256 = t->run->facts.cohort_sha256,
        .split_sha256 = t->run->facts.split_sha256,
        .classes = t->class_names.data,
        .views = t->config.views,
        .fusion = t->config.fusion,
        .rows = t->config.image_size ? t->config.image_size : info->rows,
        .columns = t->config.image_size ? t->config.image_size : info->columns,
    };
    int smallest = hn_dual_view_backbone(t->network.net)->min_size;
    if (t->owner.rows < smallest || t->owner.columns < smallest) {
        return hn_fail(HN_EUSAGE,
                       "%s: the pictures are %" PRId64 " x %" PRId64
                       " pixels, expected at least %d x %d",
                       t->member->backbone, t->owner.rows, t->owner.columns, smallest, smallest);
    }
    return HN_OK;
}

static hn_status make_loaders(struct trainer *t)
{
    hn_batches_options options = network_batches(&t->config, t->cohort, t->train_cases,
                                                 t->train_count, t->state.mean, t->state.deviation);
    options.seed = t->seed;
    options.shuffle = true;
    options.augment = &t->config.augment;
    options.view_dropout = t->config.view_dropout;
    HN_TRY(hn_batches_new(&t->train, &options));
    if (t->tuning_count > 0) {
        options = network_batches(&t->config, t->cohort, t->tuning_cases, t->tuning_count,
                                  t->state.mean, t->state.deviation);
        HN_TRY(hn_batches_new(&t->tuning, &options));
    }
    int64_t per_epoch = hn_batches_per_epoch(t->train);
    t->schedule.peak = t->config.lr;
    t->schedule.floor = t->config.lr_floor;
    t->schedule.total_steps = t->config.epochs * per_epoch;
    t->schedule.warmup_steps = (int64_t)llround(t->config.warmup_epochs * (double)per_epoch);
    if (t->schedule.warmup_steps > t->schedule.total_steps) {
        t->schedule.warmup_steps = t->schedule.total_steps;
    }
    return hn_schedule_kind_parse(&t->schedule.kind, t->config.schedule);
}

/* Batch norm evaluates by running averages that begin at 0 and 1 and move by a tenth a step:
 * in a deep network a few dozen steps leave them far from the truth. */
static void warn_of_few_steps(const struct trainer *t)
{
    enum { SETTLED = 100 };
    bool averages = false;
    for (int i = 0; i < hn_params_count(t->network.params); i++) {
        averages |= hn_text_ends(hn_params_at(t->network.params, i)->name, ".running_var");
    }
    if (averages && t->schedule.total_steps < SETTLED) {
        hn_log(HN_LOG_WARNING,
               "%s: %" PRId64 " steps in all are few for the running averages of batch norm, "
               "which need about %d: more train.epochs or a smaller train.batch_size help",
               t->member->name, t->schedule.total_steps, SETTLED);
    }
}

/* Network, cases and optimizer: what does not depend on the state. */
static hn_status build(struct trainer *t, const char *device)
{
    int64_t counts[HN_COHORT_CLASSES] = { 0 };
    HN_TRY(hn_run_member_config(&t->config, t->run, t->member));
    t->classes = hn_cohort_get_info(t->cohort)->class_count;
    t->seed = member_seed(t);
    HN_TRY(network_open(&t->network, &t->config, t->classes, device, t->seed));
    HN_TRY(make_owner(t));
    HN_TRY(find_cases(t));
    HN_TRY(count_classes(counts, t));
    HN_TRY(make_class_weights(t, counts));
    return make_optimizer(t);
}

/* ---- new, or from a state ---------------------------------------------------------------- */

/* train.init_weights with {backbone} replaced. */
static hn_status load_start_weights(struct trainer *t)
{
    static const char mark[] = "{backbone}";
    HN_AUTO_TEXT path = HN_TEXT_INIT;
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    const char *rest = t->config.init_weights;
    for (const char *found; (found = strstr(rest, mark)) != NULL; rest = found + strlen(mark)) {
        hn_text_append_bytes(&path, rest, (size_t)(found - rest));
        hn_text_append(&path, t->member->backbone);
    }
    hn_text_append(&path, rest);
    HN_TRY(hn_text_status(&path));
    hn_status status = hn_weights_start(t->network.net, t->network.params, path.data, &report);
    if (status) {
        return hn_context(status, "train.init_weights");
    }
    hn_log(HN_LOG_INFO, "%s: starts from %s (%s names, %zu loaded)", t->member->name, path.data,
           report.naming, report.loaded.count);
    return HN_OK;
}

static hn_status write_member_config(struct trainer *t)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_to_json(&json, &t->config));
    HN_TRY(hn_run_path(path, t->run, t->member, "config.json"));
    return hn_json_write(json, path, true);
}

static hn_status begin_new(struct trainer *t)
{
    char path[HN_PATH_SIZE];
    t->state = (hn_train_state) { .best_loss = NAN, .best_accuracy = NAN, .best_auc = NAN };
    if (t->config.init_weights) {
        HN_TRY(load_start_weights(t));
    }
    HN_TRY(hn_batches_measure(t->state.mean, t->state.deviation, t->cohort, t->train_cases,
                              t->train_count));
    HN_TRY(hn_run_path(path, t->run, t->member, NULL));
    HN_TRY(hn_file_make_folder(path));
    HN_TRY(write_member_config(t));
    HN_TRY(trainer_save_state(t));
    hn_log(HN_LOG_INFO,
           "%s: %" PRId64 " training and %" PRId64 " tuning cases, %" PRId64 " numbers to learn",
           t->member->name, t->train_count, t->tuning_count,
           hn_params_numel(t->network.params, ""));
    return HN_OK;
}

static hn_status begin_from_state(struct trainer *t)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_run_path(path, t->run, t->member, "state_last.safetensors"));
    HN_TRY(hn_state_load(&t->state, t->network.params, t->optimizer, &t->owner, path));
    HN_TRY(trainer_log_read(t));
    hn_log(HN_LOG_INFO, "%s: goes on in epoch %" PRId64 ", after step %" PRId64, t->member->name,
           t->state.epochs + 1, t->state.steps);
    return HN_OK;
}

static hn_status set_status(struct trainer *t, hn_member_status status)
{
    t->member->status = status;
    return hn_run_write_members(t->run);
}

static hn_status train(struct trainer *t, const char *device)
{
    HN_TRY(build(t, device));
    HN_TRY(t->member->status == HN_MEMBER_PENDING ? begin_new(t) : begin_from_state(t));
    HN_TRY(make_loaders(t));
    if (t->state.batches > hn_batches_per_epoch(t->train)) {
        return hn_fail(HN_EDATA, "%s: its state counts more batches than an epoch has",
                       t->member->name);
    }
    warn_of_few_steps(t);
    HN_TRY(set_status(t, HN_MEMBER_RUNNING));
    HN_TRY(trainer_run_epochs(t));
    HN_TRY(hn_run_mark_done(t->run, t->member));
    return set_status(t, HN_MEMBER_DONE);
}

hn_status hn_train_member(hn_run *run, hn_run_member *member, const hn_cohort *cohort,
                          const char *device)
{
    HN_CLEANUP(trainer_clear)
    struct trainer t = { .run = run, .member = member, .cohort = cohort };
    if (member->status == HN_MEMBER_DONE) {
        return HN_OK;
    }
    hn_status status = train(&t, device);
    if (status && member->status != HN_MEMBER_PENDING) {
        hn_failure failure;
        hn_failure_take(&failure, status);
        hn_status written =
            set_status(&t, status == HN_EINTERRUPTED ? HN_MEMBER_INTERRUPTED : HN_MEMBER_FAILED);
        if (written) {
            hn_log(HN_LOG_WARNING, "%s", hn_error_message());
        }
        return hn_failure_raise(&failure);
    }
    return status;
}

/* ---- all members ------------------------------------------------------------------------- */

/* Removes what a killed process has begun to write in a folder. */
static hn_status sweep(const char *folder)
{
    hn_text_list names = { 0 };
    char path[HN_PATH_SIZE];
    hn_status status = hn_file_is_folder(folder) ? hn_file_list(&names, folder) : HN_OK;
    for (size_t i = 0; i < names.count && !status; i++) {
        if (strstr(names.items[i], ".tmp-")) {
            status = hn_path_join(path, folder, names.items[i]);
            status = status ? status : hn_file_remove(path);
        }
    }
    hn_text_list_clear(&names);
    return status;
}

static hn_status sweep_run(const hn_run *run)
{
    char path[HN_PATH_SIZE];
    HN_TRY(sweep(run->folder));
    for (int i = 0; i < run->member_count; i++) {
        HN_TRY(hn_run_path(path, run, &run->members[i], NULL));
        HN_TRY(sweep(path));
    }
    return HN_OK;
}

hn_status hn_train_run(hn_run *run, const hn_cohort *cohort, const char *device)
{
    if (run->facts.threads != hn_threads() || !hn_text_equal(run->facts.device, device)) {
        hn_log(HN_LOG_WARNING,
               "the run was begun on %s with %d threads and goes on on %s with %d: the weights "
               "will not be the same to the last bit",
               run->facts.device, run->facts.threads, device, hn_threads());
    }
    HN_TRY(hn_torch_set_threads(hn_threads()));
    HN_TRY(sweep_run(run));
    for (int i = 0; i < run->member_count; i++) {
        HN_TRY(hn_interrupt_check());
        HN_TRY(hn_train_member(run, &run->members[i], cohort, device));
    }
    return hn_run_mark_done(run, NULL);
}
