/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * build.h: from manifests and radiographs to cohort.h5.
 *
 * Rows are read and judged (manifest.h), gathered into cases, their images decoded by content and
 * brought to one size and one gray scale by several threads, and written by one, in the order of
 * the case ids: the same bytes at any number of threads and for any order of the rows. A bad
 * image costs itself alone. Memory does not grow with the number of images.
 */
#ifndef HIPNET_BUILD_H
#define HIPNET_BUILD_H

#include <hipnet/cohort_map.h>
#include <hipnet/error.h>
#include <hipnet/hash.h>
#include <hipnet/manifest.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_build_options {
    const char *const *manifests;
    int manifest_count;
    const hn_cohort_map *map;
    const char *output;     /* cohort.h5 */
    const char *quarantine; /* its CSV */
    const char *key;        /* file of the pseudonyms' key; made when it is absent */
    bool force;
} hn_build_options;

typedef struct hn_build_result {
    int64_t rows; /* received = used + quarantined */
    int64_t used;
    int64_t quarantined;
    int64_t reasons[HN_REASONS]; /* of the quarantined, and notes */
    int64_t notes;
    int64_t cases, patients, centers;
    int64_t views[HN_VIEWS];           /* images by view */
    int64_t both;                      /* cases with both views */
    int64_t labels[HN_COHORT_CLASSES]; /* cases by class */
    int64_t unlabelled;                /* cases whose status is not single */
    int64_t measured[HN_BIOMARKERS_MAX];
    char content_sha256[HN_SHA256_HEX];
    bool key_created;
    double seconds;
} hn_build_result;

/* HN_EDATA when nothing usable remains (the quarantine file is written all the same). */
HN_API hn_status hn_build(hn_build_result *result, const hn_build_options *options) HN_MUST_CHECK;

#endif
