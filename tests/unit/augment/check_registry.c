/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry, the option table made from it, and what is drawn from a key. */
#include <hipnet/augment.h>
#include <hipnet/config.h>

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct settings {
    double before;
    hn_augment augment;
    double after;
};

static const hn_option table[] = { HN_AUGMENT_OPTIONS(struct settings,
                                                      augment) { .type = HN_OPT_END } };

START_TEST(registry_options_and_defaults_agree)
{
    struct settings s = { 0 };
    ck_assert_int_eq(hn_config_defaults(table, &s), HN_OK);
    hn_augment defaults = HN_AUGMENT_NONE;
    hn_augment_defaults(&defaults);
    ck_assert_mem_eq(&s.augment, &defaults, sizeof defaults);
    ck_assert_double_eq(s.before, 0);
    ck_assert_double_eq(s.after, 0);
    ck_assert_int_eq(hn_augment_check(&defaults), HN_OK);

    int count = 0;
    const hn_augmentation *rows = hn_augmentations(&count);
    ck_assert_int_eq(count, 9);
    for (int i = 0; i < count; i++) {
        char key[64];
        snprintf(key, sizeof key, "augment.%s", rows[i].name);
        const hn_option *option = hn_config_find(table, key);
        ck_assert_ptr_nonnull(option);
        ck_assert_uint_eq(option->offset, offsetof(struct settings, augment) + rows[i].offset);
        ck_assert_double_eq(option->high, rows[i].high);
        ck_assert_str_eq(option->help, rows[i].help);
    }
    hn_config_clear(table, &s);
}
END_TEST

START_TEST(strengths_out_of_range_are_refused)
{
    hn_augment settings = HN_AUGMENT_NONE;
    settings.scale = 1.5;
    ck_assert_int_eq(hn_augment_check(&settings), HN_EUSAGE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "augment.scale is 1.5; 0 to 0.9"));
    settings.scale = __builtin_nan("");
    ck_assert_int_eq(hn_augment_check(&settings), HN_EUSAGE);
}
END_TEST

START_TEST(draws_stay_in_range_and_are_independent)
{
    hn_augment all;
    hn_augment_defaults(&all);
    all.flip = 0.5;
    all.shear = 5;
    hn_augment less = all;
    less.rotation = 0;
    int flips = 0;
    double mean_rotation = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        hn_augment_key key = { .seed = 7, .epoch = i / 100, .patient = i % 100, .view = i % 2 };
        hn_augment_draw draw;
        hn_augment_draw without;
        hn_augment_draw_from(&draw, &all, &key, true);
        hn_augment_draw_from(&without, &less, &key, true);
        flips += draw.flip;
        mean_rotation += draw.rotation_degrees / 2000;
        ck_assert(draw.rotation_degrees >= -10 && draw.rotation_degrees < 10);
        ck_assert(draw.scale > 1 / 1.1001 && draw.scale < 1.1001);
        ck_assert(draw.shift_row >= -0.05 && draw.shift_col < 0.05);
        ck_assert(draw.contrast >= 0.8 && draw.contrast < 1.2);
        ck_assert(draw.gamma > 1 / 1.2001 && draw.gamma < 1.2001);
        ck_assert(draw.noise >= 0 && draw.noise < 0.02);
        /* switching one off leaves the others as they were */
        ck_assert_double_eq(without.rotation_degrees, 0);
        without.rotation_degrees = draw.rotation_degrees;
        ck_assert_double_eq(without.scale, draw.scale);
        ck_assert_double_eq(without.noise, draw.noise);
        ck_assert_int_eq(without.flip, draw.flip);
        ck_assert_uint_eq(without.noise_key[1], draw.noise_key[1]);
    }
    ck_assert_int_gt(flips, 900);
    ck_assert_int_lt(flips, 1100);
    ck_assert_double_lt(mean_rotation < 0 ? -mean_rotation : mean_rotation, 0.5);
}
END_TEST

START_TEST(no_flip_where_the_side_forbids_it)
{
    hn_augment settings = HN_AUGMENT_NONE;
    settings.flip = 1;
    for (uint64_t i = 0; i < 50; i++) {
        hn_augment_draw draw;
        hn_augment_draw_from(&draw, &settings, &(hn_augment_key) { .patient = i }, false);
        ck_assert(!draw.flip);
        hn_augment_draw_from(&draw, &settings, &(hn_augment_key) { .patient = i }, true);
        ck_assert(draw.flip);
    }
}
END_TEST

START_TEST(every_part_of_the_key_matters)
{
    hn_augment settings;
    hn_augment_defaults(&settings);
    const hn_augment_key keys[5] = {
        { .seed = 1, .epoch = 1, .patient = 1, .view = 1 },
        { .seed = 2, .epoch = 1, .patient = 1, .view = 1 },
        { .seed = 1, .epoch = 2, .patient = 1, .view = 1 },
        { .seed = 1, .epoch = 1, .patient = 2, .view = 1 },
        { .seed = 1, .epoch = 1, .patient = 1, .view = 2 },
    };
    hn_augment_draw draws[5];
    for (int i = 0; i < 5; i++) {
        hn_augment_draw_from(&draws[i], &settings, &keys[i], false);
        for (int j = 0; j < i; j++) {
            ck_assert_double_ne(draws[i].rotation_degrees, draws[j].rotation_degrees);
        }
    }
}
END_TEST

Suite *check_registry_suite(void);
Suite *check_registry_suite(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    tcase_add_test(tests, registry_options_and_defaults_agree);
    tcase_add_test(tests, strengths_out_of_range_are_refused);
    tcase_add_test(tests, draws_stay_in_range_and_are_independent);
    tcase_add_test(tests, no_flip_where_the_side_forbids_it);
    tcase_add_test(tests, every_part_of_the_key_matters);
    suite_add_tcase(suite, tests);
    return suite;
}
