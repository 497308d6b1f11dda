/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a split: patients are looked up by bisection in the sorted entries, so a split
 * of any size answers at once and needs no second structure that could disagree with it. */
#include "split_private.h"

#include <hipnet/memory.h>

#include <stdlib.h>
#include <string.h>

static const char *const subset_names[HN_SUBSET_COUNT] = { "train", "tuning", "internal_test",
                                                           "external", "prospective" };

const char *hn_subset_name(hn_subset subset)
{
    hn_assert((unsigned)subset < HN_SUBSET_COUNT);
    return subset_names[subset];
}

hn_status hn_subset_parse(hn_subset *out, const char *word)
{
    for (int i = 0; i < HN_SUBSET_COUNT; i++) {
        if (strcmp(word, subset_names[i]) == 0) {
            *out = (hn_subset)i;
            return HN_OK;
        }
    }
    return hn_fail(HN_EUSAGE,
                   "'%.60s' is not one of train, tuning, internal_test, external, prospective%s",
                   word, hn_text_suggest(word, subset_names, HN_SUBSET_COUNT));
}

bool split_is_sha256(const char *text)
{
    return strlen(text) == HN_SHA256_HEX - 1 &&
           strspn(text, "0123456789abcdef") == HN_SHA256_HEX - 1;
}

bool split_is_pseudonym(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-");
    return n > 0 && n < 64 && text[n] == 0;
}

hn_status split_seal(char hex[HN_SHA256_HEX], const hn_split *split)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_text_printf(&text, "%s\n%s\n%llu\n%d\n", SPLIT_SCHEMA, split->cohort_sha256,
                   (unsigned long long)split->seed, split->folds);
    for (int64_t i = 0; i < split->count; i++) {
        const split_entry *entry = &split->entries[i];
        hn_text_printf(&text, "%s %s %d\n", entry->patient, subset_names[entry->subset],
                       entry->fold);
    }
    HN_TRY(hn_text_status(&text));
    return hn_sha256_bytes(hex, text.data, text.size);
}

void hn_split_free(hn_split *split)
{
    if (!split) {
        return;
    }
    for (int64_t i = 0; split->entries && i < split->count; i++) {
        hn_free(split->entries[i].patient);
    }
    hn_free(split->entries);
    hn_text_list_clear(&split->external);
    hn_text_list_clear(&split->prospective);
    hn_text_list_clear(&split->classes);
    hn_free(split);
}

void hn_split_freep(hn_split **split)
{
    hn_split_free(*split);
    *split = NULL;
}

const char *hn_split_cohort_sha256(const hn_split *split)
{
    return split->cohort_sha256;
}

const char *hn_split_sha256(const hn_split *split)
{
    return split->sha256;
}

uint64_t hn_split_seed(const hn_split *split)
{
    return split->seed;
}

int hn_split_folds(const hn_split *split)
{
    return split->folds;
}

int64_t hn_split_patients(const hn_split *split)
{
    return split->count;
}

const char *hn_split_patient(const hn_split *split, int64_t index)
{
    hn_assert(index >= 0 && index < split->count);
    return split->entries[index].patient;
}

static int64_t entry_index(const hn_split *split, const char *patient)
{
    int64_t low = 0, high = split->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = strcmp(split->entries[middle].patient, patient);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return -1;
}

hn_status hn_split_find(hn_subset *subset, int *fold, const hn_split *split, const char *patient)
{
    int64_t index = entry_index(split, patient);
    if (index < 0) {
        return hn_fail(HN_ENOTFOUND, "patient %.63s is not in the split", patient);
    }
    *subset = split->entries[index].subset;
    if (fold) {
        *fold = split->entries[index].fold;
    }
    return HN_OK;
}

hn_status hn_split_role(hn_role *role, const hn_split *split, const char *patient, int fold)
{
    if (fold < 0 || fold >= split->folds) {
        return hn_fail(HN_EUSAGE, "fold %d: the split has folds 0 to %d", fold, split->folds - 1);
    }
    hn_subset subset;
    int own;
    HN_TRY(hn_split_find(&subset, &own, split, patient));
    *role = HN_ROLE_NONE;
    if (subset == HN_SUBSET_TRAIN) {
        *role = split->folds > 1 && own == fold ? HN_ROLE_TUNING : HN_ROLE_TRAIN;
    } else if (subset == HN_SUBSET_TUNING && split->folds == 1) {
        *role = HN_ROLE_TUNING;
    }
    return HN_OK;
}

hn_status hn_split_verify(const hn_split *split, const char *cohort_sha256,
                          const char *const *patients, int64_t count)
{
    if (strcmp(split->cohort_sha256, cohort_sha256) != 0) {
        return hn_fail(HN_EDATA,
                       "the split was made for another cohort (content %.12s..., this one is "
                       "%.12s...)",
                       split->cohort_sha256, cohort_sha256);
    }
    HN_AUTOFREE uint8_t *seen = hn_calloc((size_t)split->count, 1);
    if (!seen) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t index = entry_index(split, patients[i]);
        if (index < 0) {
            return hn_fail(HN_EDATA, "patient %.63s of the cohort is not in the split",
                           patients[i]);
        }
        seen[index] = 1;
    }
    for (int64_t i = 0; i < split->count; i++) {
        if (!seen[i]) {
            return hn_fail(HN_EDATA, "patient %.63s of the split is not in the cohort",
                           split->entries[i].patient);
        }
    }
    return HN_OK;
}

int hn_split_classes(const hn_split *split)
{
    return (int)split->classes.count;
}

const char *hn_split_class(const hn_split *split, int label)
{
    hn_assert(label >= 0 && (size_t)label < split->classes.count);
    return split->classes.items[label];
}

static const split_count *count_of(const hn_split *split, hn_subset subset, int label)
{
    hn_assert((unsigned)subset < HN_SUBSET_COUNT && label < (int)split->classes.count);
    return &split->counts[subset][label < 0 ? (int)split->classes.count : label];
}

int64_t hn_split_count(const hn_split *split, hn_subset subset, int label)
{
    return count_of(split, subset, label)->patients;
}

int64_t hn_split_count_cases(const hn_split *split, hn_subset subset, int label)
{
    return count_of(split, subset, label)->cases;
}
