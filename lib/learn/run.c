/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run.c: making and opening the folder of a run. What it was made for stands in
 * environment.json, who its members are and how far they came in members.json.
 */
#include "run_internal.h"

#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SPLIT_LIMIT = 1 << 28 };

static const char *const statuses[] = {
    [HN_MEMBER_PENDING] = "pending",
    [HN_MEMBER_RUNNING] = "running",
    [HN_MEMBER_INTERRUPTED] = "interrupted",
    [HN_MEMBER_FAILED] = "failed",
    [HN_MEMBER_DONE] = "done",
};

const char *hn_member_status_name(hn_member_status status)
{
    return statuses[status];
}

void hn_run_free(hn_run *run)
{
    if (!run) {
        return;
    }
    hn_train_config_clear(&run->config);
    hn_split_free(run->split);
    hn_text_list_clear(&run->facts.classes);
    hn_free(run->facts.settings);
    hn_free(run->members);
    hn_free(run);
}

void hn_run_freep(hn_run **run)
{
    hn_run_free(*run);
    *run = NULL;
}

hn_status hn_run_path(char out[HN_PATH_SIZE], const hn_run *run, const hn_run_member *member,
                      const char *file)
{
    char folder[HN_PATH_SIZE];
    HN_TRY(hn_path_join(folder, run->folder, member ? member->name : ""));
    if (!file) {
        snprintf(out, HN_PATH_SIZE, "%s", folder);
        return HN_OK;
    }
    return hn_path_join(out, member ? folder : run->folder, file);
}

hn_status hn_run_mark_done(const hn_run *run, const hn_run_member *member)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_run_path(path, run, member, "DONE"));
    return hn_file_write(path, "", 0, true);
}

/* ---- members ----------------------------------------------------------------------------- */

static hn_status make_members(hn_run *run)
{
    int folds = hn_split_folds(run->split);
    if (run->config.folds > folds) {
        return hn_fail(HN_EUSAGE, "train.folds is %" PRId64 ", but the split has %d",
                       run->config.folds, folds);
    }
    if (run->config.folds > 0) {
        folds = (int)run->config.folds;
    }
    size_t backbones = run->config.backbones.count;
    run->members = hn_calloc(backbones * (size_t)folds, sizeof *run->members);
    if (!run->members) {
        return HN_ENOMEM;
    }
    for (int fold = 0; fold < folds; fold++) {
        for (size_t i = 0; i < backbones; i++) {
            hn_run_member *member = &run->members[run->member_count++];
            const char *backbone = run->config.backbones.items[i];
            member->fold = fold;
            member->tuning_loss = member->tuning_accuracy = member->tuning_auc = NAN;
            snprintf(member->backbone, sizeof member->backbone, "%s", backbone);
            int length = snprintf(member->name, sizeof member->name, "%s-f%d", backbone, fold);
            if (length >= (int)sizeof member->name) {
                return hn_fail(HN_EUSAGE, "the backbone name %s is too long", backbone);
            }
        }
    }
    return HN_OK;
}

hn_status hn_run_write_members(const hn_run *run)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_JSON *json = hn_json_new_object();
    hn_json_add_text(json, "schema", HN_RUN_SCHEMA);
    hn_json *list = hn_json_add_array(json, "members");
    for (int i = 0; i < run->member_count; i++) {
        const hn_run_member *member = &run->members[i];
        hn_json *row = hn_json_add_object(list, NULL);
        hn_json_add_text(row, "name", member->name);
        hn_json_add_text(row, "backbone", member->backbone);
        hn_json_add_int(row, "fold", member->fold);
        hn_json_add_text(row, "status", statuses[member->status]);
        hn_json_add_int(row, "epochs", member->epochs);
        hn_json_add_int(row, "best_epoch", member->best_epoch);
        hn_json_add_real(row, "tuning_loss", member->tuning_loss);
        hn_json_add_real(row, "tuning_accuracy", member->tuning_accuracy);
        if (!hn_json_add_real(row, "tuning_auc", member->tuning_auc)) {
            return hn_fail(HN_ENOMEM, "out of memory");
        }
    }
    HN_TRY(hn_run_path(path, run, NULL, "members.json"));
    return hn_json_write(json, path, true);
}

/* A figure that may be null, which is NaN here. */
static hn_status get_figure(double *out, const hn_json *row, const char *key)
{
    const hn_json *value = hn_json_get(row, key);
    if (value && hn_json_kind_of(value) == HN_JSON_NULL) {
        *out = NAN;
        return HN_OK;
    }
    return hn_json_get_real(out, row, key);
}

/* The name becomes part of paths: letters, digits, '_', '-', '.', and no leading dot. */
static hn_status get_name(char *out, size_t size, const hn_json *row, const char *key)
{
    const char *name = NULL;
    HN_TRY(hn_json_get_text(&name, row, key));
    size_t length = strlen(name);
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    if (length == 0 || length >= size || good != length || name[0] == '.') {
        return hn_fail(HN_EFORMAT, "%s '%.40s' is not a name", key, name);
    }
    memcpy(out, name, length + 1);
    return HN_OK;
}

static hn_status read_member(hn_run_member *member, const hn_json *row)
{
    const char *status = NULL;
    int64_t fold = 0;
    HN_TRY(get_name(member->name, sizeof member->name, row, "name"));
    HN_TRY(get_name(member->backbone, sizeof member->backbone, row, "backbone"));
    HN_TRY(hn_json_get_int(&fold, row, "fold"));
    HN_TRY(hn_json_get_text(&status, row, "status"));
    HN_TRY(hn_json_get_int(&member->epochs, row, "epochs"));
    HN_TRY(hn_json_get_int(&member->best_epoch, row, "best_epoch"));
    HN_TRY(get_figure(&member->tuning_loss, row, "tuning_loss"));
    HN_TRY(get_figure(&member->tuning_accuracy, row, "tuning_accuracy"));
    HN_TRY(get_figure(&member->tuning_auc, row, "tuning_auc"));
    if (fold < 0 || fold > 99 || member->epochs < 0 || member->best_epoch < 0) {
        return hn_fail(HN_EFORMAT, "member %s has numbers out of range", member->name);
    }
    member->fold = (int)fold;
    for (size_t i = 0; i < HN_COUNT_OF(statuses); i++) {
        if (hn_text_equal(statuses[i], status)) {
            member->status = (hn_member_status)i;
            return HN_OK;
        }
    }
    return hn_fail(HN_EFORMAT, "member %s has the unknown status '%.40s'", member->name, status);
}

static hn_status parse_members(hn_run *run, const hn_json *json)
{
    const char *schema = NULL;
    HN_TRY(hn_json_get_text(&schema, json, "schema"));
    if (!hn_text_equal(schema, HN_RUN_SCHEMA)) {
        return hn_fail(HN_EFORMAT, "the schema is '%.40s', expected '%s'", schema, HN_RUN_SCHEMA);
    }
    const hn_json *list = hn_json_get(json, "members");
    if (!list || hn_json_kind_of(list) != HN_JSON_ARRAY || hn_json_count(list) < 1 ||
        hn_json_count(list) > 10000) {
        return hn_fail(HN_EFORMAT, "a list of members was expected");
    }
    run->members = hn_calloc((size_t)hn_json_count(list), sizeof *run->members);
    if (!run->members) {
        return HN_ENOMEM;
    }
    for (const hn_json *row = hn_json_first(list); row; row = hn_json_next(row)) {
        HN_TRY(read_member(&run->members[run->member_count], row));
        run->member_count++;
    }
    return HN_OK;
}

static hn_status read_members(hn_run *run)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_run_path(path, run, NULL, "members.json"));
    HN_TRY(hn_json_read(&json, path));
    hn_status status = parse_members(run, json);
    return status ? hn_context(status, "%s", path) : HN_OK;
}

hn_status hn_run_member_config(hn_train_config *out, const hn_run *run, const hn_run_member *member)
{
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_to_json(&json, &run->config));
    HN_TRY(hn_config_defaults(hn_train_config_table(), out));
    HN_TRY(hn_config_from_json(hn_train_config_table(), out, json, "config.json"));
    return hn_config_set(hn_train_config_table(), out, "model.backbones", member->backbone,
                         member->name);
}

/* ---- making and opening ------------------------------------------------------------------ */

static bool is_ours(const char *name)
{
    static const char *const names[] = { "config.json", "split.json", "environment.json" };
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        if (hn_text_starts(name, names[i])) {
            return true;
        }
    }
    return hn_text_starts(name, "members.json.tmp-");
}

/* A run is refused; what a run leaves that was killed while it was made is not one yet. */
hn_status hn_run_check_free(const char *folder)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_path_join(path, folder, "members.json"));
    if (hn_file_exists(path)) {
        return hn_fail(HN_EEXISTS,
                       "%s holds a run already: go on with it by --resume, or choose "
                       "another folder",
                       folder);
    }
    if (!hn_file_exists(folder)) {
        return HN_OK;
    }
    hn_text_list names = { 0 };
    hn_status status = hn_file_list(&names, folder);
    for (size_t i = 0; i < names.count && !status; i++) {
        if (!is_ours(names.items[i])) {
            status = hn_fail(HN_EEXISTS, "%s is not empty (it holds %s): choose another folder",
                             folder, names.items[i]);
        }
    }
    hn_text_list_clear(&names);
    return status;
}

/* Copies the split byte for byte, then reads the copy. */
static hn_status copy_split(hn_run *run, const char *split_path)
{
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    char path[HN_PATH_SIZE];
    HN_TRY(hn_file_read(&bytes, &size, split_path, SPLIT_LIMIT));
    HN_TRY(hn_run_path(path, run, NULL, "split.json"));
    return hn_file_write(path, bytes, size, true);
}

static hn_status write_config(const hn_run *run)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_to_json(&json, &run->config));
    HN_TRY(hn_run_path(path, run, NULL, "config.json"));
    return hn_json_write(json, path, true);
}

static hn_status fill_run(hn_run *run, const hn_train_config *config, const char *split_path,
                          const hn_cohort *cohort, const char *device)
{
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_to_json(&json, config));
    HN_TRY(hn_config_defaults(hn_train_config_table(), &run->config));
    HN_TRY(hn_config_from_json(hn_train_config_table(), &run->config, json, "config"));
    HN_TRY(hn_split_read(&run->split, split_path));
    HN_TRY(hn_split_verify_cohort(run->split, cohort));
    HN_TRY(hn_run_facts_collect(run, cohort));
    run->facts.threads = hn_threads();
    snprintf(run->facts.device, sizeof run->facts.device, "%s", device);
    return make_members(run);
}

hn_status hn_run_create(hn_run **out, const char *folder, const hn_train_config *config,
                        const char *split_path, const hn_cohort *cohort, const char *device)
{
    HN_AUTO_RUN *run = hn_calloc(1, sizeof *run);
    if (!run) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_path_join(run->folder, "", folder));
    HN_TRY(hn_run_check_free(folder));
    HN_TRY(fill_run(run, config, split_path, cohort, device));
    HN_TRY(hn_file_make_folder(folder));
    HN_TRY(write_config(run));
    HN_TRY(copy_split(run, split_path));
    HN_TRY(hn_run_facts_write(run));
    HN_TRY(hn_run_write_members(run));
    *out = run;
    run = NULL;
    return HN_OK;
}

hn_status hn_run_open(hn_run **out, const char *folder)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_RUN *run = hn_calloc(1, sizeof *run);
    if (!run) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_path_join(run->folder, "", folder));
    HN_TRY(hn_run_path(path, run, NULL, "members.json"));
    if (!hn_file_exists(path)) {
        return hn_fail(HN_ENOTFOUND, "%s holds no run: there is no members.json in it", folder);
    }
    HN_TRY(read_members(run));
    HN_TRY(hn_run_path(path, run, NULL, "config.json"));
    HN_TRY(hn_train_config_load(&run->config, path, NULL));
    HN_TRY(hn_run_path(path, run, NULL, "split.json"));
    HN_TRY(hn_split_read(&run->split, path));
    HN_TRY(hn_run_facts_read(run));
    *out = run;
    run = NULL;
    return HN_OK;
}
