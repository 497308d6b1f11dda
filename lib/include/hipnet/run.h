/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run.h: a run is a folder.
 *
 *   RUN/config.json         the resolved configuration, every key
 *   RUN/split.json          the split it learns from, byte for byte
 *   RUN/environment.json    software, machine, and the hashes of cohort, split and configuration
 *   RUN/members.json        the table of members: one network per backbone and fold
 *   RUN/DONE                every member is done
 *   RUN/<backbone>-f<fold>/ one member: see trainer.h
 *
 * members.json is written last when a run is made: a folder without it holds no run. Every file
 * is replaced as a whole, so that a run killed at any moment can be read. All figures of a
 * member are copies of what its log says; docs/reference/run_folder.md describes every key.
 */
#ifndef HIPNET_RUN_H
#define HIPNET_RUN_H

#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/split.h>
#include <hipnet/train_config.h>
#include <stdbool.h>
#include <stdint.h>

#define HN_RUN_SCHEMA "hipnet-run 1"
#define HN_MEMBER_NAME_SIZE 96

typedef enum hn_member_status {
    HN_MEMBER_PENDING = 0,     /* not begun */
    HN_MEMBER_RUNNING = 1,     /* begun; has a state. Also what a killed run leaves behind */
    HN_MEMBER_INTERRUPTED = 2, /* stopped by the user; has a state */
    HN_MEMBER_FAILED = 3,      /* stopped by an error; has its last good state */
    HN_MEMBER_DONE = 4,
} hn_member_status;
HN_API const char *hn_member_status_name(hn_member_status status); /* "pending" */

typedef struct hn_run_member {
    char name[HN_MEMBER_NAME_SIZE]; /* "resnet50-f0" */
    char backbone[HN_MEMBER_NAME_SIZE];
    int fold;
    hn_member_status status;
    int64_t epochs;     /* finished */
    int64_t best_epoch; /* from 1; 0: none yet */
    double tuning_loss, tuning_accuracy, tuning_auc; /* of the best epoch; NaN unknown */
} hn_run_member;

/* What a run was made for. Texts are owned by the run. */
typedef struct hn_run_facts {
    char cohort_sha256[HN_SHA256_HEX];
    char split_sha256[HN_SHA256_HEX];
    char config_sha256[HN_SHA256_HEX];
    int rows, columns, bits; /* of the cohort's images */
    hn_text_list classes;
    char *settings; /* of the cohort: text of a JSON object, whose "image" is the preprocessing */
    int threads;
    char device[32];
} hn_run_facts;

typedef struct hn_run {
    char folder[HN_PATH_SIZE];
    hn_train_config config;
    hn_split *split;
    hn_run_facts facts;
    hn_run_member *members;
    int member_count;
} hn_run;

/* May a new run be made in this folder? HN_EEXISTS as hn_run_create. */
HN_API hn_status hn_run_check_free(const char *folder) HN_MUST_CHECK;

/* Makes the folder and its files for a new run. HN_EEXISTS when a run is there already (the
 * message names --resume) or when the folder holds anything else. */
HN_API hn_status hn_run_create(hn_run **out, const char *folder, const hn_train_config *config,
                               const char *split_path, const hn_cohort *cohort,
                               const char *device) HN_MUST_CHECK;
/* Opens the run in a folder, for resuming or predicting. HN_ENOTFOUND when there is none. */
HN_API hn_status hn_run_open(hn_run **out, const char *folder) HN_MUST_CHECK;
HN_API void hn_run_free(hn_run *run);
HN_API void hn_run_freep(hn_run **run);
#define HN_AUTO_RUN HN_CLEANUP(hn_run_freep) hn_run

/* May this run go on with these? `config` and `split_path` may be NULL: those of the run. The
 * message (HN_EUSAGE or HN_EDATA) names what differs, and both values. */
HN_API hn_status hn_run_check_same(const hn_run *run, const hn_train_config *config,
                                   const char *split_path, const hn_cohort *cohort) HN_MUST_CHECK;
/* May its members look at images of this cohort? The classes, the size of the images and their
 * preprocessing (the object "image" of the cohort's settings) must be those of the training. */
HN_API hn_status hn_run_check_cohort(const hn_run *run, const hn_cohort *cohort) HN_MUST_CHECK;

/* The cases of `cohort` that the member of `fold` trains on or tunes by, in the cohort's order:
 * reference status single, role as the split says. The caller frees `*cases`. */
HN_API hn_status hn_run_cases(int64_t **cases, int64_t *count, const hn_split *split,
                              const hn_cohort *cohort, int fold, hn_role role) HN_MUST_CHECK;

/* "RUN/<member>/<file>"; `file` NULL: the member's folder. */
HN_API hn_status hn_run_path(char out[HN_PATH_SIZE], const hn_run *run,
                             const hn_run_member *member, const char *file) HN_MUST_CHECK;
/* The run's configuration with one backbone: what a member's config.json holds. */
HN_API hn_status hn_run_member_config(hn_train_config *out, const hn_run *run,
                                      const hn_run_member *member) HN_MUST_CHECK;
HN_API hn_status hn_run_write_members(const hn_run *run) HN_MUST_CHECK; /* members.json */
/* Writes a DONE marker: of a member, or of the run when `member` is NULL. */
HN_API hn_status hn_run_mark_done(const hn_run *run, const hn_run_member *member) HN_MUST_CHECK;

#endif
