/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ensemble.c: the members of a run predict one after another, so that one network is in memory
 * at a time; their probabilities are averaged in double precision.
 */
#include "network.h"

#include <hipnet/checkpoint.h>
#include <hipnet/ensemble.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/tensor_scope.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

void hn_ensemble_free(hn_ensemble *ensemble)
{
    if (!ensemble) {
        return;
    }
    for (int m = 0; ensemble->probabilities && m < ensemble->members; m++) {
        hn_free(ensemble->probabilities[m]);
    }
    hn_free(ensemble->probabilities);
    hn_free(ensemble->names);
    hn_free(ensemble->mean);
    hn_free(ensemble->cases);
    hn_free(ensemble->readable);
    hn_free(ensemble);
}

void hn_ensemble_freep(hn_ensemble **ensemble)
{
    hn_ensemble_free(*ensemble);
    *ensemble = NULL;
}

static void fill_nan(double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = NAN;
    }
}

static hn_status make_ensemble(hn_ensemble *e, const hn_run *run, const int64_t *cases,
                               int64_t count)
{
    size_t members = (size_t)run->member_count;
    size_t cells = (size_t)count * run->facts.classes.count;
    e->count = count;
    e->classes = (int)run->facts.classes.count;
    e->cases = hn_calloc((size_t)count, sizeof *e->cases);
    e->readable = hn_calloc((size_t)count, sizeof *e->readable);
    e->mean = hn_calloc(cells, sizeof *e->mean);
    e->names = hn_calloc(members, sizeof *e->names);
    e->probabilities = hn_calloc(members, sizeof *e->probabilities);
    if (!e->cases || !e->readable || !e->mean || !e->names || !e->probabilities) {
        return HN_ENOMEM;
    }
    memcpy(e->cases, cases, (size_t)count * sizeof *cases);
    return HN_OK;
}

struct member_pass {
    const hn_run *run;
    const hn_run_member *member;
    const hn_cohort *cohort;
    const char *device;
    hn_train_config config;
    struct network network;
    hn_train_state state;
    hn_text class_names;
    hn_batches *batches;
    hn_progress *progress;
    int64_t shown;
};

static void pass_clear(struct member_pass *pass)
{
    hn_batches_free(pass->batches);
    network_close(&pass->network);
    hn_train_config_clear(&pass->config);
    hn_text_clear(&pass->class_names);
}

static void show_progress(void *context, int64_t done)
{
    struct member_pass *pass = context;
    char words[HN_MEMBER_NAME_SIZE + 8];
    snprintf(words, sizeof words, ", %s", pass->member->name);
    hn_progress_say(pass->progress, done - pass->shown, words);
    pass->shown = done;
}

/* Builds the member's network and reads its best weights. */
static hn_status load_member(struct member_pass *pass)
{
    const hn_run_facts *facts = &pass->run->facts;
    char path[HN_PATH_SIZE];
    HN_TRY(hn_run_member_config(&pass->config, pass->run, pass->member));
    for (size_t k = 0; k < facts->classes.count; k++) {
        hn_text_printf(&pass->class_names, "%s%s", k ? "," : "", facts->classes.items[k]);
    }
    HN_TRY(hn_text_status(&pass->class_names));
    int64_t size = pass->config.image_size;
    hn_checkpoint_owner owner = { .member = pass->member->name,
                                  .backbone = pass->member->backbone,
                                  .fold = pass->member->fold,
                                  .config_sha256 = facts->config_sha256,
                                  .cohort_sha256 = facts->cohort_sha256,
                                  .split_sha256 = facts->split_sha256,
                                  .classes = pass->class_names.data,
                                  .views = pass->config.views,
                                  .rows = size ? size : facts->rows,
                                  .columns = size ? size : facts->columns };
    HN_TRY(network_open(&pass->network, &pass->config, (int)facts->classes.count, pass->device, 0));
    HN_TRY(hn_run_path(path, pass->run, pass->member, "model_best.safetensors"));
    return hn_member_weights_load(&pass->state, pass->network.params, &owner, path);
}

/* Places of the cases that this member can read. */
static hn_status find_readable(int64_t **rows, int64_t **places, int64_t *count,
                               const struct member_pass *pass, const hn_ensemble *e)
{
    *rows = hn_calloc((size_t)e->count, sizeof **rows);
    *places = hn_calloc((size_t)e->count, sizeof **places);
    *count = 0;
    if (!*rows || !*places) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < e->count; i++) {
        const hn_case *facts = hn_cohort_case(pass->cohort, e->cases[i]);
        bool seen = false;
        for (int view = 0; view < HN_VIEWS; view++) {
            seen |= pass->network.use_view[view] && facts->views[view].present;
        }
        if (seen) {
            (*rows)[*count] = e->cases[i];
            (*places)[(*count)++] = i;
        }
    }
    return HN_OK;
}

static hn_status predict_member(hn_ensemble *e, struct member_pass *pass)
{
    int K = e->classes;
    HN_AUTOFREE int64_t *rows = NULL;
    HN_AUTOFREE int64_t *places = NULL;
    int64_t count = 0;
    double *out = hn_calloc((size_t)e->count * (size_t)K, sizeof *out);
    if (!out) {
        return HN_ENOMEM;
    }
    e->probabilities[e->members] = out;
    e->names[e->members++] = pass->member->name;
    fill_nan(out, e->count * K);
    HN_TRY(load_member(pass));
    HN_TRY(find_readable(&rows, &places, &count, pass, e));
    if (count == 0) {
        return HN_OK;
    }
    HN_AUTOFREE double *values = hn_calloc((size_t)count * (size_t)K, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    hn_batches_options options = network_batches(&pass->config, pass->cohort, rows, count,
                                                 pass->state.mean, pass->state.deviation);
    HN_TRY(hn_batches_new(&pass->batches, &options));
    HN_TRY(network_evaluate(values, &pass->network, pass->batches, show_progress, pass));
    network_softmax(values, count, K);
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i * K])) {
            return hn_fail(HN_EDATA, "%s: the prediction of case %s is not a number",
                           pass->member->name, hn_cohort_case(pass->cohort, rows[i])->case_id);
        }
        memcpy(out + places[i] * K, values + i * K, (size_t)K * sizeof *out);
    }
    return HN_OK;
}

static void average(hn_ensemble *e)
{
    int K = e->classes;
    for (int64_t i = 0; i < e->count; i++) {
        e->readable[i] = !isnan(e->probabilities[0][i * K]);
        for (int k = 0; k < K; k++) {
            double sum = 0;
            for (int m = 0; m < e->members; m++) {
                sum += e->probabilities[m][i * K + k];
            }
            e->mean[i * K + k] = sum / e->members;
        }
    }
}

static hn_status choose_members(int *count, const hn_run *run, bool unfinished)
{
    *count = 0;
    for (int i = 0; i < run->member_count; i++) {
        const hn_run_member *member = &run->members[i];
        if (member->status != HN_MEMBER_DONE && !unfinished) {
            return hn_fail(HN_EDATA,
                           "the training of %s in %s is %s: finish it by `hipnet train --resume`, "
                           "or allow --unfinished",
                           member->name, run->folder, hn_member_status_name(member->status));
        }
        *count += member->best_epoch > 0;
    }
    if (*count == 0) {
        return hn_fail(HN_EDATA, "no member of %s has finished an epoch", run->folder);
    }
    return HN_OK;
}

hn_status hn_ensemble_predict(hn_ensemble **out, const hn_run *run, const hn_cohort *cohort,
                              const int64_t *cases, int64_t count, const char *device,
                              bool unfinished)
{
    int members = 0;
    HN_TRY(choose_members(&members, run, unfinished));
    HN_TRY(hn_run_check_cohort(run, cohort));
    HN_TRY(hn_torch_set_threads(hn_threads()));
    HN_AUTO_ENSEMBLE *e = hn_calloc(1, sizeof *e);
    if (!e) {
        return HN_ENOMEM;
    }
    HN_TRY(make_ensemble(e, run, cases, count));
    hn_progress progress;
    hn_progress_begin(&progress, "predicting", "cases", count * members);
    for (int i = 0; i < run->member_count; i++) {
        if (run->members[i].best_epoch == 0) {
            continue;
        }
        HN_CLEANUP(pass_clear)
        struct member_pass pass = { .run = run,
                                    .member = &run->members[i],
                                    .cohort = cohort,
                                    .device = device,
                                    .progress = &progress };
        HN_TRY(predict_member(e, &pass));
    }
    hn_progress_end(&progress);
    average(e);
    *out = e;
    e = NULL;
    return HN_OK;
}
