/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties that every split has, over many made-up cohorts; and files that somebody changed. */
#include "scratch.h"

#include <hipnet/file.h>
#include <hipnet/leakage.h>
#include <hipnet/memory.h>
#include <hipnet/rng.h>
#include <hipnet/split.h>

#include <math.h>
#include <string.h>

enum { MOST = 400 };

static const char *const classes[] = { "pji", "loose", "rare" };
static const char *const centers[] = { "Ulm", "Bonn", "Essen", "Kiel" };
static const char cohort_hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static char names[MOST][24];
static hn_split_member members[MOST];

/* `count` patients; the class "rare" has exactly one. */
static void make_members(int count, uint64_t seed)
{
    for (int i = 0; i < count; i++) {
        hn_rng rng;
        hn_rng_init(&rng, seed, HN_PURPOSE_TEST, (uint64_t)i, 0, 0);
        snprintf(names[i], sizeof names[i], "p%08x%d", hn_rng_u32(&rng), i);
        uint64_t kind = hn_rng_below(&rng, 10);
        members[i] = (hn_split_member) {
            .patient = names[i],
            .center = centers[hn_rng_below(&rng, 4)],
            .label = i == 0      ? 2
                     : kind == 0 ? -1
                     : kind < 4  ? 0
                                 : 1,
            .views = 1 + 2 * (int)hn_rng_below(&rng, 2),
            .cases = 1 + (int64_t)hn_rng_below(&rng, 2),
            .group = i,
        };
    }
    members[0].center = "Ulm";
    members[1].center = "Kiel";
}

static const char *const external[] = { "Kiel" };

static hn_split_options options_of(uint64_t seed, int folds)
{
    return (hn_split_options) { .external = external,
                                .external_count = 1,
                                .tuning = folds > 1 ? 0 : 0.15,
                                .internal_test = 0.15,
                                .folds = folds,
                                .seed = seed };
}

static hn_split *make(int count, const hn_split_options *options)
{
    hn_split *split = NULL;
    ck_assert_msg(hn_split_make(&split, members, count, classes, 3, cohort_hash, options) == HN_OK,
                  "%s", hn_error_message());
    return split;
}

/* Every class keeps its shares to within one patient, centers to within a few. */
static void check_shares(const hn_split *split, int count)
{
    double share[HN_SUBSET_COUNT] = { 0.7, 0.15, 0.15, 0, 0 };
    for (int label = 0; label < 3; label++) {
        int64_t development = 0;
        for (int i = 0; i < count; i++) {
            development += members[i].label == label && strcmp(members[i].center, "Kiel") != 0;
        }
        for (int s = 0; s < 3; s++) {
            double found = (double)hn_split_count(split, (hn_subset)s, label);
            ck_assert_msg(fabs(found - share[s] * (double)development) <= 1.0 + 1e-9,
                          "class %d, subset %d: %g of %lld", label, s, found,
                          (long long)development);
        }
    }
}

START_TEST(properties)
{
    uint64_t seed = (uint64_t)_i;
    int count = 5 + 13 * _i;
    make_members(count, seed);
    hn_split_options options = options_of(seed, 1);
    HN_AUTO_SPLIT *split = make(count, &options);
    ck_assert_int_eq(hn_split_patients(split), count);
    check_shares(split, count);
    for (int i = 0; i < count; i++) {
        hn_subset subset;
        int fold;
        ck_assert_int_eq(hn_split_find(&subset, &fold, split, members[i].patient), HN_OK);
        bool held_out = strcmp(members[i].center, "Kiel") == 0;
        ck_assert_int_eq(subset == HN_SUBSET_EXTERNAL, held_out);
        ck_assert_int_eq(fold, -1);
        if (members[i].label < 0 && !held_out) {
            ck_assert_int_eq(subset, HN_SUBSET_INTERNAL_TEST);
        }
        hn_role role;
        ck_assert_int_eq(hn_split_role(&role, split, members[i].patient, 0), HN_OK);
        ck_assert_int_eq(role, subset == HN_SUBSET_TRAIN    ? HN_ROLE_TRAIN
                               : subset == HN_SUBSET_TUNING ? HN_ROLE_TUNING
                                                            : HN_ROLE_NONE);
    }
    hn_subset rare;
    ck_assert_int_eq(hn_split_find(&rare, NULL, split, members[0].patient), HN_OK);
    ck_assert_int_eq(rare, HN_SUBSET_TRAIN); /* the only patient of a class teaches it */
}
END_TEST

START_TEST(folds)
{
    make_members(200, 5);
    hn_split_options options = options_of(5, 4);
    HN_AUTO_SPLIT *split = make(200, &options);
    int64_t per_fold[4][3] = { 0 };
    for (int i = 0; i < 200; i++) {
        hn_subset subset;
        int fold;
        ck_assert_int_eq(hn_split_find(&subset, &fold, split, members[i].patient), HN_OK);
        ck_assert_int_ne(subset, HN_SUBSET_TUNING);
        ck_assert_int_eq(fold >= 0, subset == HN_SUBSET_TRAIN);
        for (int k = 0; k < 4; k++) {
            hn_role role;
            ck_assert_int_eq(hn_split_role(&role, split, members[i].patient, k), HN_OK);
            ck_assert_int_eq(role, subset != HN_SUBSET_TRAIN ? HN_ROLE_NONE
                                   : fold == k               ? HN_ROLE_TUNING
                                                             : HN_ROLE_TRAIN);
        }
        if (fold >= 0) {
            per_fold[fold][members[i].label]++;
        }
    }
    for (int label = 0; label < 2; label++) {
        double mean = (double)hn_split_count(split, HN_SUBSET_TRAIN, label) / 4;
        for (int k = 0; k < 4; k++) {
            ck_assert(fabs((double)per_fold[k][label] - mean) <= 1);
        }
    }
    hn_role role;
    ck_assert_int_eq(hn_split_role(&role, split, members[0].patient, 4), HN_EUSAGE);
}
END_TEST

static char *bytes_of(const hn_split *split)
{
    char *text;
    size_t size;
    ck_assert_int_eq(hn_split_write(split, scratch("s.json"), true), HN_OK);
    ck_assert_int_eq(hn_file_read(&text, &size, scratch("s.json"), 1 << 24), HN_OK);
    return text;
}

START_TEST(order_and_seed)
{
    scratch_open();
    make_members(150, 9);
    for (int i = 10; i < 20; i += 2) { /* some share pictures */
        members[i].center = members[i + 1].center = "Bonn";
        members[i + 1].group = i;
    }
    hn_split_options options = options_of(3, 3);
    HN_AUTO_SPLIT *split = make(150, &options);
    HN_AUTOFREE char *first = bytes_of(split);
    /* the same patients in reverse, their groups renumbered */
    hn_split_member reversed[MOST];
    for (int i = 0; i < 150; i++) {
        reversed[149 - i] = members[i];
        reversed[149 - i].group = 149 - members[i].group;
    }
    memcpy(members, reversed, sizeof members);
    HN_AUTO_SPLIT *again = make(150, &options);
    HN_AUTOFREE char *second = bytes_of(again);
    ck_assert_str_eq(first, second);
    options.seed = 4;
    HN_AUTO_SPLIT *other = make(150, &options);
    ck_assert_str_ne(hn_split_sha256(split), hn_split_sha256(other));
    scratch_close();
}
END_TEST

START_TEST(shared_pictures)
{
    make_members(100, 2);
    for (int i = 1; i < 100; i++) {
        members[i].label = i % 2;
        members[i].center = "Ulm";
        members[i].group = i - (i - 1) % 3; /* groups of three */
    }
    hn_split_options options = options_of(1, 1);
    options.external_count = 0;
    HN_AUTO_SPLIT *split = make(100, &options);
    for (int i = 1; i < 100; i++) {
        hn_subset mine, theirs;
        ck_assert_int_eq(hn_split_find(&mine, NULL, split, members[i].patient), HN_OK);
        ck_assert_int_eq(hn_split_find(&theirs, NULL, split, members[members[i].group].patient),
                         HN_OK);
        ck_assert_int_eq(mine, theirs);
    }
    members[2].center = "Kiel";
    options.external_count = 1;
    hn_split *refused = NULL;
    ck_assert_int_eq(hn_split_make(&refused, members, 100, classes, 3, cohort_hash, &options),
                     HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "share a picture"));
}
END_TEST

/* Along the order of a class every center has its share too. */
START_TEST(centers_are_spread)
{
    make_members(300, 6);
    hn_split_options options = options_of(6, 1);
    HN_AUTO_SPLIT *split = make(300, &options);
    for (int c = 0; c < 3; c++) {
        for (int label = 0; label < 2; label++) {
            int here = 0, training = 0;
            for (int i = 0; i < 300; i++) {
                hn_subset subset;
                if (members[i].label != label || strcmp(members[i].center, centers[c]) != 0) {
                    continue;
                }
                ck_assert_int_eq(hn_split_find(&subset, NULL, split, members[i].patient), HN_OK);
                here++;
                training += subset == HN_SUBSET_TRAIN;
            }
            ck_assert_msg(fabs(training - 0.7 * here) <= 1.5, "%s: %d of %d", centers[c], training,
                          here);
        }
    }
}
END_TEST

START_TEST(prospective)
{
    static const char *const later[] = { "Bonn" };
    make_members(80, 4);
    members[3].center = "Ulm";
    members[3].prospective = true;
    hn_split_options options = options_of(1, 1);
    options.prospective = later;
    options.prospective_count = 1;
    HN_AUTO_SPLIT *split = make(80, &options);
    for (int i = 0; i < 80; i++) {
        hn_subset subset;
        ck_assert_int_eq(hn_split_find(&subset, NULL, split, members[i].patient), HN_OK);
        bool expected = strcmp(members[i].center, "Bonn") == 0 || i == 3;
        ck_assert_int_eq(subset == HN_SUBSET_PROSPECTIVE, expected);
    }
}
END_TEST

START_TEST(wrong_options)
{
    static const char *const misspelt[] = { "Esen" };
    static const char *const kiel[] = { "Kiel" };
    make_members(40, 4);
    hn_split *split = NULL;
    hn_split_options options = options_of(1, 1);
    options.external = misspelt;
    ck_assert_int_eq(hn_split_make(&split, members, 40, classes, 3, cohort_hash, &options),
                     HN_EUSAGE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "did you mean 'Essen'"));
    options = options_of(1, 1);
    options.prospective = kiel;
    options.prospective_count = 1;
    ck_assert_int_eq(hn_split_make(&split, members, 40, classes, 3, cohort_hash, &options),
                     HN_EUSAGE);
    options = options_of(1, 1);
    options.tuning = 0.9;
    ck_assert_int_eq(hn_split_make(&split, members, 40, classes, 3, cohort_hash, &options),
                     HN_EUSAGE);
    members[1].patient = members[0].patient;
    options = options_of(1, 1);
    ck_assert_int_eq(hn_split_make(&split, members, 40, classes, 3, cohort_hash, &options),
                     HN_EDATA);
    ck_assert_int_eq(hn_split_make(&split, members, 0, classes, 3, cohort_hash, &options),
                     HN_EDATA);
}
END_TEST

START_TEST(round_trip_and_seal)
{
    scratch_open();
    make_members(60, 8);
    hn_split_options options = options_of(7, 3);
    HN_AUTO_SPLIT *split = make(60, &options);
    HN_AUTOFREE char *text = bytes_of(split);
    HN_AUTO_SPLIT *read = NULL;
    ck_assert_msg(hn_split_read(&read, scratch("s.json")) == HN_OK, "%s", hn_error_message());
    HN_AUTOFREE char *again = bytes_of(read);
    ck_assert_str_eq(text, again);

    const char *patients[MOST];
    for (int i = 0; i < 60; i++) {
        patients[i] = members[i].patient;
    }
    ck_assert_int_eq(hn_split_verify(read, cohort_hash, patients, 60), HN_OK);
    ck_assert_int_eq(hn_split_verify(read, cohort_hash, patients, 59), HN_EDATA);
    patients[0] = "stranger";
    ck_assert_int_eq(hn_split_verify(read, cohort_hash, patients, 60), HN_EDATA);
    patients[0] = members[0].patient;
    char other[HN_SHA256_HEX];
    memcpy(other, cohort_hash, sizeof other);
    other[0] = 'f';
    ck_assert_int_eq(hn_split_verify(read, other, patients, 60), HN_EDATA);

    static const struct {
        const char *find, *put;
    } changes[] = {
        { "\"seed\": 7", "\"seed\": 8" },
        { "\"fold\": 0", "\"fold\": 1" },
        { "\"fold\": 0", "\"fold\": 9" },
        { "\"subset\": \"train\"", "\"subset\": \"trian\"" },
        { "hipnet-split 1", "hipnet-split 2" },
        { "\"folds\": 3", "\"folds\": 0" },
        { "\"tuning\"", "\"tunig\"" },
        { "\"patients\": 0", "\"patients\": 1" },
        { "\"loose\"", "\"pji\"" },
    };
    for (size_t i = 0; i < HN_COUNT_OF(changes); i++) {
        HN_AUTO_TEXT changed = HN_TEXT_INIT;
        char *at = strstr(text, changes[i].find);
        ck_assert_msg(at != NULL, "%s", changes[i].find);
        hn_text_append_bytes(&changed, text, (size_t)(at - text));
        hn_text_append(&changed, changes[i].put);
        hn_text_append(&changed, at + strlen(changes[i].find));
        hn_split *refused = NULL;
        ck_assert_msg(hn_split_parse(&refused, changed.data, changed.size, "s.json") != HN_OK,
                      "'%s' was taken", changes[i].put);
        ck_assert_msg(strstr(hn_error_message(), "s.json") != NULL, "%s", hn_error_message());
    }
    scratch_close();
}
END_TEST

START_TEST(leakage_groups)
{
    const hn_picture pictures[] = { { "b", 3 }, { "a", 0 }, { "b", 1 },  { "c", 3 },
                                    { "c", 4 }, { "", 0 },  { NULL, 2 }, { "a", 0 } };
    int64_t group[5];
    ck_assert_int_eq(hn_leakage_groups(group, 5, pictures, HN_COUNT_OF(pictures)), HN_OK);
    const int64_t expected[5] = { 0, 1, 2, 1, 1 };
    ck_assert_mem_eq(group, expected, sizeof expected);
}
END_TEST

Suite *check_split_suite(void);
Suite *check_split_suite(void)
{
    Suite *suite = suite_create("split");
    TCase *tcase = tcase_create("split");
    tcase_add_loop_test(tcase, properties, 0, 25);
    tcase_add_test(tcase, folds);
    tcase_add_test(tcase, order_and_seed);
    tcase_add_test(tcase, shared_pictures);
    tcase_add_test(tcase, centers_are_spread);
    tcase_add_test(tcase, prospective);
    tcase_add_test(tcase, wrong_options);
    tcase_add_test(tcase, round_trip_and_seal);
    tcase_add_test(tcase, leakage_groups);
    suite_add_tcase(suite, tcase);
    return suite;
}
