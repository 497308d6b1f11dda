/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * train_config.h: everything that a training can be told, in one table.
 *
 * The struct is plain; the table describes it. From the table come the defaults, the JSON files
 * in configs/, --set, `hipnet config`, the resolved config.json of a run and the reference page.
 * What says how fast the machine works, and not what is learned, is in data.workers and
 * data.ahead alone: a run may be resumed with other values there.
 */
#ifndef HIPNET_TRAIN_CONFIG_H
#define HIPNET_TRAIN_CONFIG_H

#include <hipnet/augment.h>
#include <hipnet/config.h>
#include <hipnet/error.h>
#include <hipnet/hash.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_train_config {
    /* data.* */
    int64_t image_size;    /* side of the square pictures; 0: as in the cohort */
    char *views;           /* both, ap, lateral */
    int64_t workers, ahead;
    /* model.* */
    hn_text_list backbones; /* one member each */
    bool share_views;
    char *fusion;
    double dropout;
    int64_t in_channels;
    /* train.* */
    int64_t seed, folds, epochs, batch_size;
    char *optimizer;
    double lr, lr_floor, weight_decay, momentum;
    bool nesterov;
    char *schedule;
    double warmup_epochs;
    char *class_weights;
    double label_smoothing, view_dropout, clip_norm;
    int64_t patience;
    char *best_by;
    char *precision;
    bool channels_last;
    char *init_weights;
    /* augment.* */
    hn_augment augment;
} hn_train_config;

#define HN_TRAIN_CONFIG_INIT ((hn_train_config){ 0 })

/* The table, ended by HN_OPT_END. */
HN_API const hn_option *hn_train_config_table(void);

HN_API void hn_train_config_clear(hn_train_config *config);
#define HN_AUTO_TRAIN_CONFIG HN_CLEANUP(hn_train_config_clear) hn_train_config

/* Defaults, then the file (NULL: none), then "key=value" assignments in order, then the check.
 * `config` is zeroed or cleared before. */
HN_API hn_status hn_train_config_load(hn_train_config *config, const char *path,
                                      const hn_text_list *assignments) HN_MUST_CHECK;
/* What no single option's range can say: backbones exist and differ, one view at least. */
HN_API hn_status hn_train_config_check(const hn_train_config *config) HN_MUST_CHECK;
/* The resolved configuration, as it stands in a run's folder. The caller frees. */
HN_API hn_status hn_train_config_to_json(hn_json **out, const hn_train_config *config)
    HN_MUST_CHECK;
/* SHA-256 of the resolved configuration without data.workers and data.ahead. */
HN_API hn_status hn_train_config_hash(char hex[HN_SHA256_HEX], const hn_train_config *config)
    HN_MUST_CHECK;
/* Appends "key is A here and B there" for the first key whose values differ; nothing when all
 * that matters for the result is equal. */
HN_API hn_status hn_train_config_compare(hn_text *difference, const hn_train_config *here,
                                         const hn_train_config *there) HN_MUST_CHECK;

#endif
