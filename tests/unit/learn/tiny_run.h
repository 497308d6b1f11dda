/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tiny cohort, its split and a quick configuration in the scratch folder, for tests of runs. */
#ifndef TINY_RUN_H
#define TINY_RUN_H

#include "scratch.h"
#include "tiny_cohort.h"

#include <check.h>
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/run.h>
#include <hipnet/split.h>
#include <hipnet/train_config.h>
#include <hipnet/trainer.h>

#include <string.h>

#define ck_ok(expression) ck_assert_msg((expression) == HN_OK, "%s", hn_error_message())

static hn_cohort *tiny_open;

static inline void tiny_split(const char *name, const hn_cohort *cohort, int folds, uint64_t seed)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    hn_split_member *members = NULL;
    int64_t count = 0;
    HN_AUTO_SPLIT *split = NULL;
    hn_split_options options = {
        .tuning = folds > 1 ? 0 : 0.25, .internal_test = 0.25, .folds = folds, .seed = seed
    };
    ck_ok(hn_split_members_of(&members, &count, cohort, 0));
    ck_ok(hn_split_make(&split, members, count, info->classes, info->class_count,
                        info->content_sha256, &options));
    ck_ok(hn_split_write(split, scratch(name), true));
    hn_free(members);
}

/* c.h5 and s.json; the cohort stays open in tiny_open. */
static inline void tiny_setup(void)
{
    scratch_open();
    hn_threads_set(1);
    hn_log_set_level(HN_LOG_ERROR);
    ck_ok(tiny_cohort_write(
        scratch("c.h5"), &(tiny_cohort_options) {
                             .cases = 32, .classes = 2, .noise = 0.05, .indeterminate_every = 8 }));
    ck_ok(hn_cohort_open(&tiny_open, scratch("c.h5")));
    tiny_split("s.json", tiny_open, 1, 3);
}

static inline void tiny_teardown(void)
{
    hn_cohort_close(tiny_open);
    tiny_open = NULL;
    scratch_close();
}

/* The smallest network, and "key=value" words (NULL ends them) over it. */
static inline void tiny_config(hn_train_config *config, const char *const *words)
{
    static const char *const base[] = {
        "model.backbones=resnet_mini", "model.share_views=true", "train.epochs=3",
        "train.batch_size=6",          "train.lr=0.002",         "train.warmup_epochs=1",
        "data.image_size=24",          "data.workers=2"
    };
    hn_text_list list = { 0 };
    for (size_t i = 0; i < HN_COUNT_OF(base); i++) {
        ck_ok(hn_text_list_add(&list, base[i]));
    }
    for (; words && *words; words++) {
        ck_ok(hn_text_list_add(&list, *words));
    }
    ck_ok(hn_train_config_load(config, NULL, &list));
    hn_text_list_clear(&list);
}

/* Makes a run in a folder of the scratch place. */
static inline hn_run *tiny_run(const char *name, const char *const *words)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    char split[HN_PATH_SIZE];
    hn_run *run = NULL;
    tiny_config(&config, words);
    snprintf(split, sizeof split, "%s", scratch("s.json"));
    ck_ok(hn_run_create(&run, scratch(name), &config, split, tiny_open, "cpu"));
    return run;
}

/* Both files hold the same bytes. */
static inline void same_files(const char *a, const char *b)
{
    char first[HN_SHA256_HEX], second[HN_SHA256_HEX];
    ck_ok(hn_sha256_file(first, scratch(a)));
    ck_ok(hn_sha256_file(second, scratch(b)));
    ck_assert_msg(strcmp(first, second) == 0, "%s and %s differ", a, b);
}

#endif
