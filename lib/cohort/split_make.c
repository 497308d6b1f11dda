/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Systematic sampling: the patients of a class are put in an order that runs through centers and
 * views (shuffled within, by a key), and walking along it each goes to the subset that is most
 * in arrears. So every class keeps its shares to within one patient, and every center nearly. */
#include "split_private.h"

#include <hipnet/memory.h>
#include <hipnet/rng.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARES_MAX SPLIT_MAX_FOLDS

/* Patients that must stay together: one, or several who share a picture. */
typedef struct unit {
    const hn_split_member *first; /* smallest pseudonym; stands for all */
    int64_t patients;
    int label;
    int views;
    bool unlabelled; /* some patient has no label: may not train */
    int fixed;       /* subset decided beforehand; -1 */
    int place;       /* subset, then fold */
    uint64_t center_key, key;
} unit;

typedef struct divider {
    const hn_split_member **members; /* in byte order of the pseudonyms */
    int64_t *group;                  /* members[i] belongs to units[group[i]] */
    int64_t count;
    unit *units;
    int64_t unit_count;
    const hn_split_options *options;
    int class_count;
} divider;

static void divider_clear(divider *d)
{
    hn_free(d->members);
    hn_free(d->group);
    hn_free(d->units);
}

static int by_pseudonym(const void *a, const void *b)
{
    const hn_split_member *const *left = a, *const *right = b;
    return strcmp((*left)->patient, (*right)->patient);
}

static bool contains(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static hn_status check_members(const divider *d)
{
    for (int64_t i = 0; i < d->count; i++) {
        const hn_split_member *m = d->members[i];
        if (!split_is_pseudonym(m->patient)) {
            return hn_fail(HN_EDATA, "'%.63s' is no pseudonym", m->patient);
        }
        if (i > 0 && strcmp(d->members[i - 1]->patient, m->patient) == 0) {
            return hn_fail(HN_EDATA, "patient %s is there twice", m->patient);
        }
        hn_assert(m->label >= -1 && m->label < d->class_count);
        hn_assert(m->group >= 0 && m->group < d->count);
    }
    return HN_OK;
}

/* A center name from the command line must be somebody's; the nearest is suggested. */
static hn_status check_centers(const divider *d, const char *flag, const char *const *names,
                               int count)
{
    for (int k = 0; k < count; k++) {
        bool known = false;
        for (int64_t i = 0; i < d->count && !known; i++) {
            known = strcmp(d->members[i]->center, names[k]) == 0;
        }
        if (known) {
            continue;
        }
        HN_AUTOFREE const char **centers = hn_calloc((size_t)d->count, sizeof *centers);
        if (!centers) {
            return HN_ENOMEM;
        }
        for (int64_t i = 0; i < d->count; i++) {
            centers[i] = d->members[i]->center;
        }
        return hn_fail(HN_EUSAGE, "%s: no patient comes from center '%.80s'%s", flag, names[k],
                       hn_text_suggest(names[k], centers, (size_t)d->count));
    }
    return HN_OK;
}

static hn_status check_options(const divider *d)
{
    const hn_split_options *o = d->options;
    if (!(o->tuning >= 0 && o->tuning <= 0.9 && o->internal_test >= 0 && o->internal_test <= 0.9 &&
          o->tuning + o->internal_test < 1)) {
        return hn_fail(HN_EUSAGE,
                       "tuning %g and internal-test %g: shares of 0 to 0.9 with a sum below 1",
                       o->tuning, o->internal_test);
    }
    if (o->folds < 1 || o->folds > SPLIT_MAX_FOLDS) {
        return hn_fail(HN_EUSAGE, "folds %d is not between 1 and %d", o->folds, SPLIT_MAX_FOLDS);
    }
    if (o->seed > SPLIT_MAX_SEED) {
        return hn_fail(HN_EUSAGE, "seed %llu is larger than 2^53", (unsigned long long)o->seed);
    }
    for (int i = 0; i < o->external_count; i++) {
        if (contains(o->prospective, o->prospective_count, o->external[i])) {
            return hn_fail(HN_EUSAGE, "center '%.80s' is both external and prospective",
                           o->external[i]);
        }
    }
    HN_TRY(check_centers(d, "--external", o->external, o->external_count));
    return check_centers(d, "--prospective", o->prospective, o->prospective_count);
}

static int fixed_subset(const divider *d, const hn_split_member *member)
{
    const hn_split_options *o = d->options;
    if (contains(o->external, o->external_count, member->center)) {
        return HN_SUBSET_EXTERNAL;
    }
    if (member->prospective || contains(o->prospective, o->prospective_count, member->center)) {
        return HN_SUBSET_PROSPECTIVE;
    }
    return -1;
}

/* One unit per group, in the order of the smallest pseudonyms, whatever the caller's numbers. */
static hn_status make_units(divider *d)
{
    HN_AUTOFREE int64_t *unit_of_group = hn_calloc((size_t)d->count, sizeof *unit_of_group);
    if (!unit_of_group) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < d->count; i++) {
        unit_of_group[i] = -1;
    }
    for (int64_t i = 0; i < d->count; i++) {
        const hn_split_member *m = d->members[i];
        int fixed = fixed_subset(d, m);
        if (unit_of_group[m->group] < 0) {
            unit_of_group[m->group] = d->unit_count;
            d->units[d->unit_count++] =
                (unit) { .first = m, .label = m->label, .views = m->views, .fixed = fixed };
        }
        unit *u = &d->units[unit_of_group[m->group]];
        if (u->fixed != fixed) {
            return hn_fail(HN_EDATA,
                           "patients %s and %s share a picture, and stand on two sides of the "
                           "held-out centers or dates; leave one of them out",
                           u->first->patient, m->patient);
        }
        u->patients++;
        u->views |= m->views;
        u->unlabelled |= m->label < 0;
        d->group[i] = unit_of_group[m->group];
    }
    return HN_OK;
}

static void key_units(divider *d)
{
    for (int64_t i = 0; i < d->unit_count; i++) {
        unit *u = &d->units[i];
        hn_rng rng;
        hn_rng_init(&rng, d->options->seed, HN_PURPOSE_SPLIT, 0, hn_rng_name(u->first->patient), 0);
        u->key = hn_rng_u64(&rng);
        hn_rng_init(&rng, d->options->seed, HN_PURPOSE_SPLIT, 1, hn_rng_name(u->first->center),
                    (uint64_t)(u->label + 1));
        u->center_key = hn_rng_u64(&rng);
    }
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_stratum(const void *a, const void *b)
{
    const unit *left = *(unit *const *)a, *right = *(unit *const *)b;
    int order = compare_u64(left->center_key, right->center_key);
    order = order ? order : strcmp(left->first->center, right->first->center);
    order = order ? order : left->views - right->views;
    order = order ? order : compare_u64(left->key, right->key);
    return order ? order : strcmp(left->first->patient, right->first->patient);
}

/* What is owed to each share: in the class at hand, and in all classes so far. */
typedef struct ledger {
    double in_class[SHARES_MAX];
    double overall[SHARES_MAX];
} ledger;

static int most_in_arrears(const ledger *owed, int shares)
{
    const double nothing = 1e-9;
    int best = 0;
    for (int s = 1; s < shares; s++) {
        double more = owed->in_class[s] - owed->in_class[best];
        if (more > nothing ||
            (more > -nothing && owed->overall[s] > owed->overall[best] + nothing)) {
            best = s;
        }
    }
    return best;
}

static void allot(unit **order, int64_t count, const double *share, int shares, ledger *owed)
{
    memset(owed->in_class, 0, sizeof owed->in_class);
    for (int64_t i = 0; i < count; i++) {
        double weight = (double)order[i]->patients;
        for (int s = 0; s < shares; s++) {
            owed->in_class[s] += share[s] * weight;
            owed->overall[s] += share[s] * weight;
        }
        int place = most_in_arrears(owed, shares);
        owed->in_class[place] -= weight;
        owed->overall[place] -= weight;
        order[i]->place = place;
    }
}

/* Divides the chosen units among the shares, the rarest class first. */
static hn_status divide(unit **chosen, int64_t count, int class_count, const double *share,
                        int shares)
{
    HN_AUTOFREE unit **order = hn_calloc((size_t)count, sizeof *order);
    if (!order) {
        return HN_ENOMEM;
    }
    bool done[SPLIT_MAX_CLASSES] = { false };
    ledger owed = { .in_class = { 0 } };
    for (int round = 0; round < class_count; round++) {
        int rarest = -1;
        int64_t fewest = INT64_MAX;
        for (int label = 0; label < class_count; label++) {
            int64_t n = 0;
            for (int64_t i = 0; i < count; i++) {
                n += chosen[i]->label == label;
            }
            if (!done[label] && n < fewest) {
                rarest = label;
                fewest = n;
            }
        }
        done[rarest] = true;
        size_t n = 0;
        for (int64_t i = 0; i < count; i++) {
            if (chosen[i]->label == rarest) {
                order[n++] = chosen[i];
            }
        }
        qsort(order, n, sizeof(unit *), by_stratum);
        allot(order, (int64_t)n, share, shares, &owed);
    }
    return HN_OK;
}

static hn_status place_units(divider *d, int *subset, int *fold)
{
    HN_AUTOFREE unit **chosen = hn_calloc((size_t)d->unit_count, sizeof *chosen);
    if (!chosen) {
        return HN_ENOMEM;
    }
    int64_t n = 0;
    for (int64_t i = 0; i < d->unit_count; i++) {
        unit *u = &d->units[i];
        subset[i] = u->fixed >= 0 ? u->fixed : HN_SUBSET_INTERNAL_TEST;
        fold[i] = -1;
        if (u->fixed < 0 && !u->unlabelled) {
            chosen[n++] = u;
        }
    }
    const hn_split_options *o = d->options;
    double share[SHARES_MAX] = { 1 - o->tuning - o->internal_test, o->tuning, o->internal_test };
    HN_TRY(divide(chosen, n, d->class_count, share, 3));
    int64_t training = 0;
    for (int64_t i = 0; i < n; i++) {
        subset[chosen[i] - d->units] = chosen[i]->place; /* shares are the first three subsets */
        if (chosen[i]->place == HN_SUBSET_TRAIN) {
            chosen[training++] = chosen[i];
        }
    }
    if (o->folds == 1) {
        return HN_OK;
    }
    for (int k = 0; k < o->folds; k++) {
        share[k] = 1.0 / o->folds;
    }
    HN_TRY(divide(chosen, training, d->class_count, share, o->folds));
    for (int64_t i = 0; i < training; i++) {
        fold[chosen[i] - d->units] = chosen[i]->place;
    }
    return HN_OK;
}

static hn_status copy_names(hn_text_list *list, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        HN_TRY(hn_text_list_add(list, names[i]));
    }
    return HN_OK;
}

static hn_status fill(hn_split *split, const divider *d, const int *subset, const int *fold)
{
    split->entries = hn_calloc((size_t)d->count, sizeof *split->entries);
    if (!split->entries) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < d->count; i++) {
        const hn_split_member *m = d->members[i];
        split_entry *entry = &split->entries[i];
        entry->patient = hn_strdup(m->patient);
        if (!entry->patient) {
            return HN_ENOMEM;
        }
        split->count = i + 1;
        entry->subset = (hn_subset)subset[d->group[i]];
        entry->fold = fold[d->group[i]];
        split_count *count =
            &split->counts[entry->subset][m->label < 0 ? d->class_count : m->label];
        count->patients++;
        count->cases += m->cases;
    }
    return split_seal(split->sha256, split);
}

static hn_status make(hn_split *split, divider *d, const hn_split_member *members)
{
    d->members = hn_calloc((size_t)d->count, sizeof *d->members);
    d->group = hn_calloc((size_t)d->count, sizeof *d->group);
    d->units = hn_calloc((size_t)d->count, sizeof *d->units);
    if (!d->members || !d->group || !d->units) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < d->count; i++) {
        d->members[i] = &members[i];
    }
    qsort(d->members, (size_t)d->count, sizeof *d->members, by_pseudonym);
    HN_TRY(check_members(d));
    HN_TRY(check_options(d));
    HN_TRY(make_units(d));
    key_units(d);
    HN_AUTOFREE int *subset = hn_calloc((size_t)d->unit_count, sizeof *subset);
    HN_AUTOFREE int *fold = hn_calloc((size_t)d->unit_count, sizeof *fold);
    if (!subset || !fold) {
        return HN_ENOMEM;
    }
    HN_TRY(place_units(d, subset, fold));
    return fill(split, d, subset, fold);
}

hn_status hn_split_make(hn_split **out, const hn_split_member *members, int64_t count,
                        const char *const *classes, int class_count, const char *cohort_sha256,
                        const hn_split_options *options)
{
    if (count < 1) {
        return hn_fail(HN_EDATA, "there is no patient to divide");
    }
    if (class_count < 1 || class_count > SPLIT_MAX_CLASSES || !split_is_sha256(cohort_sha256)) {
        return hn_fail(HN_EDATA, "a split needs 1 to %d classes and the cohort's SHA-256",
                       SPLIT_MAX_CLASSES);
    }
    HN_AUTO_SPLIT *split = hn_calloc(1, sizeof *split);
    if (!split) {
        return HN_ENOMEM;
    }
    memcpy(split->cohort_sha256, cohort_sha256, HN_SHA256_HEX);
    split->seed = options->seed;
    split->folds = options->folds;
    split->tuning = options->tuning;
    split->internal_test = options->internal_test;
    HN_TRY(copy_names(&split->external, options->external, options->external_count));
    HN_TRY(copy_names(&split->prospective, options->prospective, options->prospective_count));
    HN_TRY(copy_names(&split->classes, classes, class_count));
    HN_CLEANUP(divider_clear)
    divider d = { .count = count, .options = options, .class_count = class_count };
    HN_TRY(make(split, &d, members));
    *out = split;
    split = NULL;
    return HN_OK;
}
