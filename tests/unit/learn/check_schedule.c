/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The learning rate in closed form: ends, middle, edges. */
#include <check.h>
#include <hipnet/schedule.h>

#include <math.h>

Suite *check_schedule_suite(void);

START_TEST(warmup_rises_in_equal_steps)
{
    hn_schedule schedule = { HN_SCHEDULE_COSINE, 0.4, 0.1, 4, 20 };
    for (int step = 0; step < 4; step++) {
        ck_assert_double_eq_tol(hn_schedule_rate(&schedule, step), 0.1 * (step + 1), 1e-15);
    }
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 4), 0.4, 1e-15);
}
END_TEST

START_TEST(cosine_has_its_known_values)
{
    hn_schedule schedule = { HN_SCHEDULE_COSINE, 1, 0, 0, 12 };
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 0), 1, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 4), 0.75, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 6), 0.5, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 8), 0.25, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 9), 0.5 - sqrt(0.5) / 2, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 12), 0, 1e-15);
}
END_TEST

START_TEST(linear_and_constant)
{
    hn_schedule linear = { HN_SCHEDULE_LINEAR, 1, 0.2, 2, 10 };
    ck_assert_double_eq_tol(hn_schedule_rate(&linear, 2), 1, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&linear, 6), 0.6, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&linear, 10), 0.2, 1e-15);
    hn_schedule constant = { HN_SCHEDULE_CONSTANT, 0.3, 0.1, 2, 10 };
    ck_assert_double_eq_tol(hn_schedule_rate(&constant, 9), 0.3, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&constant, 0), 0.15, 1e-15);
}
END_TEST

START_TEST(the_end_keeps_the_floor)
{
    hn_schedule schedule = { HN_SCHEDULE_COSINE, 1, 0.01, 3, 8 };
    ck_assert_double_eq_tol(hn_schedule_rate(&schedule, 1000), 0.01, 1e-15);
    hn_schedule all_warmup = { HN_SCHEDULE_COSINE, 1, 0.01, 8, 8 };
    ck_assert_double_eq_tol(hn_schedule_rate(&all_warmup, 7), 1, 1e-15);
    ck_assert_double_eq_tol(hn_schedule_rate(&all_warmup, 8), 0.01, 1e-15);
}
END_TEST

START_TEST(names)
{
    hn_schedule_kind kind = HN_SCHEDULE_CONSTANT;
    ck_assert_int_eq(hn_schedule_kind_parse(&kind, "cosine"), HN_OK);
    ck_assert_int_eq(kind, HN_SCHEDULE_COSINE);
    ck_assert_int_eq(hn_schedule_kind_parse(&kind, "step"), HN_EUSAGE);
    ck_assert_int_eq(kind, HN_SCHEDULE_COSINE);
}
END_TEST

Suite *check_schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tests = tcase_create("schedule");
    tcase_add_test(tests, warmup_rises_in_equal_steps);
    tcase_add_test(tests, cosine_has_its_known_values);
    tcase_add_test(tests, linear_and_constant);
    tcase_add_test(tests, the_end_keeps_the_floor);
    tcase_add_test(tests, names);
    suite_add_tcase(suite, tests);
    return suite;
}
