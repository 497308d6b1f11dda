/* SPDX-License-Identifier: GPL-3.0-or-later */
/* split.json is read as hostile input: every key, word and range is checked, then the counts
 * against the assignment, then the seal. Writing is one tree in a fixed order. */
#include "json_keys.h"
#include "split_private.h"

#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>

#include <stdlib.h>
#include <string.h>

#define SPLIT_MAX_BYTES    (256u << 20)
#define SPLIT_MAX_PATIENTS 2000000

static const char *const known_keys[] = {
    "schema",   "cohort_sha256", "seed",    "folds",    "tuning", "internal_test",
    "external", "prospective",   "classes", "patients", "counts", "sha256",
};

static hn_status read_sha256(char out[HN_SHA256_HEX], const hn_json *root, const char *key)
{
    const char *text;
    HN_TRY(hn_json_get_text(&text, root, key));
    if (!split_is_sha256(text)) {
        return hn_fail(HN_EFORMAT, "%s: 64 lower-case hex digits were expected", key);
    }
    memcpy(out, text, HN_SHA256_HEX);
    return HN_OK;
}

static hn_status read_names(hn_text_list *list, const hn_json *root, const char *key, int64_t limit)
{
    const hn_json *array = hn_json_get(root, key);
    if (!array || hn_json_kind_of(array) != HN_JSON_ARRAY || hn_json_count(array) > limit) {
        return hn_fail(HN_EFORMAT, "%s: a list of at most %lld texts was expected", key,
                       (long long)limit);
    }
    for (const hn_json *c = hn_json_first(array); c; c = hn_json_next(c)) {
        const char *text;
        HN_TRY(hn_json_as_text(&text, c));
        HN_TRY(hn_text_list_add(list, text));
    }
    return HN_OK;
}

static hn_status read_share(double *out, const hn_json *root, const char *key)
{
    HN_TRY(hn_json_get_real(out, root, key));
    return *out >= 0 && *out <= 1 ? HN_OK : hn_fail(HN_EFORMAT, "%s: %g is no share", key, *out);
}

static int by_patient(const void *a, const void *b)
{
    return strcmp(((const split_entry *)a)->patient, ((const split_entry *)b)->patient);
}

static hn_status read_entry(split_entry *entry, const hn_split *split, const hn_json *value)
{
    static const char *const keys[] = { "subset", "fold" };
    const char *word;
    int64_t fold;
    if (hn_json_kind_of(value) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "{\"subset\", \"fold\"} was expected");
    }
    HN_TRY(cohort_check_keys(value, keys, HN_COUNT_OF(keys), ""));
    HN_TRY(hn_json_get_text(&word, value, "subset"));
    HN_TRY(hn_json_get_int(&fold, value, "fold"));
    if (hn_subset_parse(&entry->subset, word)) {
        return HN_EFORMAT;
    }
    bool folded = split->folds > 1 && entry->subset == HN_SUBSET_TRAIN;
    if (folded ? fold < 0 || fold >= split->folds : fold != -1) {
        return hn_fail(HN_EFORMAT, "fold %lld in subset %s of a split with %d folds",
                       (long long)fold, word, split->folds);
    }
    entry->fold = (int)fold;
    return HN_OK;
}

static hn_status read_patients(hn_split *split, const hn_json *root)
{
    const hn_json *patients = hn_json_get(root, "patients");
    int64_t count =
        patients && hn_json_kind_of(patients) == HN_JSON_OBJECT ? hn_json_count(patients) : 0;
    if (count < 1 || count > SPLIT_MAX_PATIENTS) {
        return hn_fail(HN_EFORMAT, "patients: an object with 1 to %d patients was expected",
                       SPLIT_MAX_PATIENTS);
    }
    split->entries = hn_calloc((size_t)count, sizeof *split->entries);
    if (!split->entries) {
        return HN_ENOMEM;
    }
    for (const hn_json *c = hn_json_first(patients); c; c = hn_json_next(c)) {
        const char *name = hn_json_key(c);
        if (!split_is_pseudonym(name)) {
            return hn_fail(HN_EFORMAT, "patients: '%.63s' is no pseudonym", name);
        }
        split_entry *entry = &split->entries[split->count];
        entry->patient = hn_strdup(name);
        if (!entry->patient) {
            return HN_ENOMEM;
        }
        split->count++;
        hn_status status = read_entry(entry, split, c);
        if (status) {
            return hn_context(status, "patients: %s", name);
        }
    }
    qsort(split->entries, (size_t)split->count, sizeof *split->entries, by_patient);
    return HN_OK;
}

static hn_status read_count(split_count *count, const hn_json *object, const char *key)
{
    static const char *const keys[] = { "patients", "cases" };
    const hn_json *value = hn_json_get(object, key);
    if (!value || hn_json_kind_of(value) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "counts: {\"patients\", \"cases\"} of '%s' was expected", key);
    }
    HN_TRY(cohort_check_keys(value, keys, HN_COUNT_OF(keys), "counts: "));
    HN_TRY(hn_json_get_int(&count->patients, value, "patients"));
    HN_TRY(hn_json_get_int(&count->cases, value, "cases"));
    if (count->patients < 0 || count->cases < 0) {
        return hn_fail(HN_EFORMAT, "counts: a number below 0");
    }
    return HN_OK;
}

static const char *count_key(const hn_split *split, size_t label)
{
    return label < split->classes.count ? split->classes.items[label] : "no class";
}

static hn_status read_counts(hn_split *split, const hn_json *root)
{
    const hn_json *counts = hn_json_get(root, "counts");
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        const hn_json *object = counts && hn_json_kind_of(counts) == HN_JSON_OBJECT
                                    ? hn_json_get(counts, hn_subset_name((hn_subset)s))
                                    : NULL;
        if (!object || hn_json_kind_of(object) != HN_JSON_OBJECT ||
            hn_json_count(object) != (int64_t)split->classes.count + 1) {
            return hn_fail(HN_EFORMAT, "counts: one number per class of '%s' was expected",
                           hn_subset_name((hn_subset)s));
        }
        int64_t total = 0;
        for (size_t label = 0; label <= split->classes.count; label++) {
            HN_TRY(read_count(&split->counts[s][label], object, count_key(split, label)));
            total += split->counts[s][label].patients;
        }
        for (int64_t i = 0; i < split->count; i++) {
            total -= split->entries[i].subset == (hn_subset)s;
        }
        if (total != 0) {
            return hn_fail(HN_EDATA, "counts: subset '%s' does not hold so many patients",
                           hn_subset_name((hn_subset)s));
        }
    }
    return HN_OK;
}

static hn_status read_classes(hn_split *split, const hn_json *root)
{
    HN_TRY(read_names(&split->classes, root, "classes", SPLIT_MAX_CLASSES));
    for (size_t i = 0; i < split->classes.count; i++) {
        if (hn_text_list_find(&split->classes, split->classes.items[i]) != (int)i) {
            return hn_fail(HN_EFORMAT, "classes: '%.60s' is there twice", split->classes.items[i]);
        }
    }
    return HN_OK;
}

static hn_status from_json(hn_split *split, const hn_json *root)
{
    const char *schema;
    if (hn_json_kind_of(root) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "an object with the schema '%s' was expected", SPLIT_SCHEMA);
    }
    HN_TRY(hn_json_get_text(&schema, root, "schema"));
    if (strcmp(schema, SPLIT_SCHEMA) != 0) {
        return hn_fail(HN_EFORMAT, "schema '%.40s', '%s' was expected", schema, SPLIT_SCHEMA);
    }
    HN_TRY(cohort_check_keys(root, known_keys, HN_COUNT_OF(known_keys), ""));
    int64_t seed, folds;
    HN_TRY(read_sha256(split->cohort_sha256, root, "cohort_sha256"));
    HN_TRY(read_sha256(split->sha256, root, "sha256"));
    HN_TRY(hn_json_get_int(&seed, root, "seed"));
    HN_TRY(hn_json_get_int(&folds, root, "folds"));
    if (seed < 0 || folds < 1 || folds > SPLIT_MAX_FOLDS) {
        return hn_fail(HN_EFORMAT, "seed %lld, folds %lld: out of range", (long long)seed,
                       (long long)folds);
    }
    split->seed = (uint64_t)seed;
    split->folds = (int)folds;
    HN_TRY(read_share(&split->tuning, root, "tuning"));
    HN_TRY(read_share(&split->internal_test, root, "internal_test"));
    HN_TRY(read_names(&split->external, root, "external", 10000));
    HN_TRY(read_names(&split->prospective, root, "prospective", 10000));
    HN_TRY(read_classes(split, root));
    HN_TRY(read_patients(split, root));
    HN_TRY(read_counts(split, root));
    char seal[HN_SHA256_HEX];
    HN_TRY(split_seal(seal, split));
    if (strcmp(seal, split->sha256) != 0) {
        return hn_fail(HN_EDATA, "the assignment is not the one that was sealed");
    }
    return HN_OK;
}

hn_status hn_split_parse(hn_split **out, const char *text, size_t size, const char *name)
{
    HN_AUTO_JSON *root = NULL;
    HN_TRY(hn_json_parse(&root, text, size, name));
    HN_AUTO_SPLIT *split = hn_calloc(1, sizeof *split);
    if (!split) {
        return HN_ENOMEM;
    }
    hn_status status = from_json(split, root);
    if (status) {
        return hn_context(status, "%s", name);
    }
    *out = split;
    split = NULL;
    return HN_OK;
}

hn_status hn_split_read(hn_split **out, const char *path)
{
    HN_AUTOFREE char *text = NULL;
    size_t size;
    HN_TRY(hn_file_read(&text, &size, path, SPLIT_MAX_BYTES));
    return hn_split_parse(out, text, size, path);
}

static void write_names(hn_json *root, const char *key, const hn_text_list *names)
{
    hn_json *array = hn_json_add_array(root, key);
    for (size_t i = 0; i < names->count; i++) {
        hn_json_add_text(array, NULL, names->items[i]);
    }
}

static void write_counts(hn_json *root, const hn_split *split)
{
    hn_json *counts = hn_json_add_object(root, "counts");
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        hn_json *object = hn_json_add_object(counts, hn_subset_name((hn_subset)s));
        for (size_t label = 0; label <= split->classes.count; label++) {
            hn_json *count = hn_json_add_object(object, count_key(split, label));
            hn_json_add_int(count, "patients", split->counts[s][label].patients);
            hn_json_add_int(count, "cases", split->counts[s][label].cases);
        }
    }
}

hn_status hn_split_write(const hn_split *split, const char *path, bool force)
{
    HN_AUTO_JSON *root = hn_json_new_object();
    hn_json_add_text(root, "schema", SPLIT_SCHEMA);
    hn_json_add_text(root, "cohort_sha256", split->cohort_sha256);
    hn_json_add_int(root, "seed", (int64_t)split->seed);
    hn_json_add_int(root, "folds", split->folds);
    hn_json_add_real(root, "tuning", split->tuning);
    hn_json_add_real(root, "internal_test", split->internal_test);
    write_names(root, "external", &split->external);
    write_names(root, "prospective", &split->prospective);
    write_names(root, "classes", &split->classes);
    write_counts(root, split);
    hn_json *patients = hn_json_add_object(root, "patients");
    for (int64_t i = 0; i < split->count; i++) {
        const split_entry *entry = &split->entries[i];
        hn_json *object = hn_json_add_object(patients, entry->patient);
        hn_json_add_text(object, "subset", hn_subset_name(entry->subset));
        hn_json_add_int(object, "fold", entry->fold);
    }
    hn_json_add_text(root, "sha256", split->sha256);
    return hn_json_write(root, path, force);
}
