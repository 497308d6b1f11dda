/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the split share: the struct, and the seal over it. */
#ifndef HIPNET_SPLIT_PRIVATE_H
#define HIPNET_SPLIT_PRIVATE_H

#include <hipnet/split.h>
#include <hipnet/text.h>

#define SPLIT_SCHEMA      "hipnet-split 1"
#define SPLIT_MAX_FOLDS   100
#define SPLIT_MAX_CLASSES 64
#define SPLIT_MAX_SEED    (UINT64_C(1) << 53) /* what a JSON number holds exactly */

typedef struct split_entry {
    char *patient; /* owned */
    hn_subset subset;
    int fold;
} split_entry;

typedef struct split_count {
    int64_t patients, cases;
} split_count;

struct hn_split {
    char cohort_sha256[HN_SHA256_HEX];
    char sha256[HN_SHA256_HEX];
    uint64_t seed;
    int folds;
    double tuning, internal_test;
    hn_text_list external, prospective, classes;
    split_entry *entries; /* in byte order of the pseudonyms */
    int64_t count;
    split_count counts[HN_SUBSET_COUNT][SPLIT_MAX_CLASSES + 1]; /* [classes.count]: no class */
};

/* SHA-256 over schema, cohort, seed, folds and "pseudonym subset fold" of every patient. */
hn_status split_seal(char hex[HN_SHA256_HEX], const hn_split *split) HN_MUST_CHECK;

/* A SHA-256 as lower-case hex digits. */
bool split_is_sha256(const char *text);

/* [A-Za-z0-9._:-], 1 to 63 bytes. */
bool split_is_pseudonym(const char *text);

#endif
