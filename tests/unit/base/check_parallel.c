/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/log.h>
#include <hipnet/parallel.h>
#include <check.h>
#include <string.h>

Suite *check_parallel_suite(void);

struct work {
    int done[1000];
    int64_t fail_from;
};

static hn_status body(void *context, int64_t i, int worker)
{
    struct work *work = context;
    ck_assert_int_ge(worker, 0);
    ck_assert_int_lt(worker, hn_threads());
    work->done[i]++;
    return work->fail_from >= 0 && i >= work->fail_from
               ? hn_fail(HN_EDATA, "item %d", (int)i)
               : HN_OK;
}

START_TEST(every_item_once)
{
    struct work work = { .fail_from = -1 };
    hn_threads_set(_i);
    ck_assert_int_eq(hn_parallel_for(1000, body, &work), HN_OK);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(work.done[i], 1);
    }
    ck_assert_int_eq(hn_parallel_for(0, body, &work), HN_OK);
}
END_TEST

START_TEST(the_lowest_failure_is_raised)
{
    struct work work = { .fail_from = 333 };
    hn_threads_set(_i);
    for (int round = 0; round < 20; round++) {
        ck_assert_int_eq(hn_parallel_for(1000, body, &work), HN_EDATA);
        ck_assert_str_eq(hn_error_message(), "item 333");
    }
}
END_TEST

START_TEST(interruption_ends_the_loop)
{
    struct work work = { .fail_from = -1 };
    hn_interrupt_request();
    ck_assert(hn_interrupted());
    ck_assert_int_eq(hn_parallel_for(1000, body, &work), HN_EINTERRUPTED);
    hn_interrupt_clear();
    ck_assert_int_eq(hn_interrupt_check(), HN_OK);
}
END_TEST

START_TEST(durations)
{
    char text[HN_TIME_SIZE];
    hn_duration_text(text, 12.4);
    ck_assert_str_eq(text, "12 s");
    hn_duration_text(text, 125);
    ck_assert_str_eq(text, "2 min 05 s");
    hn_duration_text(text, 3720);
    ck_assert_str_eq(text, "1 h 02 min");
    hn_duration_text(text, -1);
    ck_assert_str_eq(text, "?");
}
END_TEST

Suite *check_parallel_suite(void)
{
    Suite *suite = suite_create("parallel");
    TCase *tests = tcase_create("parallel");
    tcase_add_loop_test(tests, every_item_once, 1, 5);
    tcase_add_loop_test(tests, the_lowest_failure_is_raised, 1, 5);
    tcase_add_test(tests, interruption_ends_the_loop);
    tcase_add_test(tests, durations);
    suite_add_tcase(suite, tests);
    return suite;
}
