/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn: laboratory values, the pattern overlap, independence of nuisance, and bytes. */
#include <hipnet/parallel.h>
#include <hipnet/phantom.h>
#include "scratch.h"
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Suite *check_case_suite(void);

enum { MANY = 6000 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST(laboratory_values_are_the_published_ones)
{
    static const double crp[HN_FAILURE_CLASSES] = { 25, 4, 6, 27, 4 };
    static const double esr[HN_FAILURE_CLASSES] = { 40, 17, 19, 28, 17 };
    static double c[MANY], e[MANY];
    double sum = 0, latent = 0;
    for (int i = 0; i < MANY; i++) {
        hn_phantom_case drawn;
        hn_phantom_draw(&drawn, (hn_failure_kind)_i, 0.5, 11, (uint64_t)i);
        c[i] = drawn.crp_mg_l;
        e[i] = drawn.esr_mm_h;
        sum += log(c[i] / crp[_i]) * log(e[i] / esr[_i]);
        latent += log(c[i] / crp[_i]) * drawn.latent;
    }
    qsort(c, MANY, sizeof *c, compare);
    qsort(e, MANY, sizeof *e, compare);
    /* standard error of a median: 1.253 sd / sqrt(n) in the logarithm; five of them */
    ck_assert_double_lt(fabs(log(c[MANY / 2] / crp[_i])), 5 * 1.253 * 1.1 / sqrt(MANY));
    ck_assert_double_lt(fabs(log(e[MANY / 2] / esr[_i])), 5 * 1.253 * 0.7 / sqrt(MANY));
    ck_assert_double_gt(sum, 0);
    if (_i == HN_FAILURE_PJI) { /* correlation 0.3 with the latent severity, up to the cap at 400 */
        ck_assert_double_lt(fabs(latent / MANY / 1.1 - 0.3), 0.06);
    }
}
END_TEST

START_TEST(a_perfect_reader_of_patterns_stays_at_nine_tenths)
{
    double counts[2][3] = { { 0 } };
    for (int class = 0; class < 2; class ++) {
        for (int i = 0; i < MANY; i++) {
            hn_phantom_case drawn;
            hn_phantom_draw(&drawn, (hn_failure_kind) class, 0.5, 3, (uint64_t)i);
            counts[class][drawn.pattern] += 1.0 / MANY;
        }
    }
    /* by likelihood ratio: infection, minimal, loosening */
    static const int order[3] = { HN_PATTERN_INFECTION, HN_PATTERN_MINIMAL, HN_PATTERN_LOOSENING };
    double auc = 0;
    for (int i = 0; i < 3; i++) {
        for (int k = i; k < 3; k++) {
            auc += (i == k ? 0.5 : 1) * counts[0][order[i]] * counts[1][order[k]];
        }
    }
    ck_assert_double_lt(fabs(auc - 0.899), 0.015);
}
END_TEST

/* Everything drawn before the failure is looked at is the same whatever the failure. */
START_TEST(nuisance_does_not_know_the_class)
{
    for (uint64_t i = 0; i < 200; i++) {
        hn_phantom_case a, b;
        hn_phantom_draw(&a, HN_FAILURE_PJI, 0.9, 1, i);
        hn_phantom_draw(&b, (hn_failure_kind)(1 + i % 4), 0.2, 1, i);
        ck_assert_double_eq(a.age_years, b.age_years);
        ck_assert_int_eq(a.female, b.female);
        ck_assert_int_eq(a.right, b.right);
        ck_assert_double_eq(a.scale, b.scale);
        ck_assert_double_eq(a.mantle_mm, b.mantle_mm);
        ck_assert_double_eq(a.head_mm, b.head_mm);
        ck_assert_double_eq(a.inclination_deg, b.inclination_deg);
        ck_assert_int_eq(a.screws, b.screws);
        ck_assert_int_eq(a.head_material, b.head_material);
    }
}
END_TEST

START_TEST(severe_cases_carry_their_signs)
{
    static const int signs[HN_FAILURE_CLASSES] = { 0, 0, HN_SIGN_DISLOCATION, HN_SIGN_FRACTURE,
                                                   HN_SIGN_WEAR };
    enum { SIZE = 128 };
    static uint16_t pixels[SIZE * SIZE], mask[SIZE * SIZE];
    hn_phantom_room room = { .tube_kv = 75,
                             .source_mm = 1150,
                             .object_mm = 170,
                             .field_mm = 290,
                             .quanta = 2e5,
                             .scatter = .3,
                             .blur_mm = .2,
                             .electronic = 2e-5,
                             .lut_gamma = 1,
                             .equalize = .6,
                             .bits = 12 };
    for (int kind = 0; kind <= HN_FAILURE_NONE; kind++) {
        int seen = 0, any = 0;
        for (uint64_t i = 0; i < 8; i++) {
            hn_phantom_case c;
            double landmarks[HN_LANDMARK_COUNT][2];
            hn_phantom_draw(&c, (hn_failure_kind)kind, 1, 5, i);
            ck_assert_int_eq(
                hn_phantom_expose(pixels, mask, landmarks, &c, &room, HN_PHANTOM_AP, SIZE), HN_OK);
            unsigned bits = 0;
            for (int k = 0; k < SIZE * SIZE; k++) {
                bits |= mask[k];
                ck_assert_uint_lt(pixels[k], 1 << 12);
            }
            bits &= ~(1U << HN_SIGN_BENIGN);
            any += bits != 0;
            seen += kind < HN_FAILURE_CLASSES && (bits >> signs[kind] & 1);
            double head = landmarks[HN_LANDMARK_HEAD][1];
            ck_assert(head > 0 && head < SIZE);
        }
        if (kind == HN_FAILURE_NONE) {
            ck_assert_int_eq(any, 0);
        } else if (kind >= HN_FAILURE_DISLOCATION) {
            ck_assert_int_eq(seen, 8);
        } else {
            ck_assert_int_ge(any, 3); /* an infection often shows nothing */
        }
    }
}
END_TEST

static void hash_of(char hex[HN_SHA256_HEX], const char *folder, const char *name)
{
    char path[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(path, folder, name), HN_OK);
    ck_assert_int_eq(hn_sha256_file(hex, path), HN_OK);
}

START_TEST(threads_do_not_change_a_byte)
{
    static const char *const files[] = {
        "manifest.csv",          "cases.json", "truth.h5", "cohort.json", "north/SYN-000001_ap.dcm",
        "east/SYN-000004_ap.dcm"
    };
    char first[HN_COUNT_OF(files)][HN_SHA256_HEX], hex[HN_SHA256_HEX], folder[HN_PATH_SIZE];
    for (int threads = 1; threads <= 3; threads += 2) {
        snprintf(folder, sizeof folder, "%s/t%d", scratch_folder, threads);
        hn_threads_set(threads);
        hn_phantom_options options = {
            .folder = folder, .profile = "demo", .patients = 10, .size = 64, .seed = 4
        };
        ck_assert_msg(hn_phantom_write(&options) == HN_OK, "%s", hn_error_message());
        for (size_t i = 0; i < HN_COUNT_OF(files); i++) {
            hash_of(threads == 1 ? first[i] : hex, folder, files[i]);
            ck_assert_msg(threads == 1 || strcmp(first[i], hex) == 0, "%s", files[i]);
        }
        ck_assert_int_eq(hn_phantom_write(&options), HN_EEXISTS);
    }
}
END_TEST

Suite *check_case_suite(void)
{
    Suite *suite = suite_create("case");
    TCase *tests = tcase_create("case");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, laboratory_values_are_the_published_ones, 0, HN_FAILURE_CLASSES);
    tcase_add_test(tests, a_perfect_reader_of_patterns_stays_at_nine_tenths);
    tcase_add_test(tests, nuisance_does_not_know_the_class);
    tcase_add_test(tests, severe_cases_carry_their_signs);
    tcase_add_test(tests, threads_do_not_change_a_byte);
    suite_add_tcase(suite, tests);
    return suite;
}
