/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/error.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

Suite *check_error_suite(void);

START_TEST(keeps_one_line)
{
    ck_assert_int_eq(hn_fail(HN_EFORMAT, "a\nb\tc %d\n", 7), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "a b c 7");
    ck_assert_ptr_nonnull(strstr(hn_error_where(), "check_error.c:"));
}
END_TEST

START_TEST(context_goes_in_front)
{
    (void)hn_fail(HN_EIO, "%s", "the words");
    ck_assert_int_eq(hn_context(HN_EIO, "case %s", "c1"), HN_EIO);
    ck_assert_str_eq(hn_error_message(), "case c1: the words");
    (void)hn_fail(HN_EIO, "again: %s", hn_error_message());
    ck_assert_str_eq(hn_error_message(), "again: case c1: the words");
}
END_TEST

START_TEST(long_words_are_cut_not_overrun)
{
    char words[5000];
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = 0;
    (void)hn_fail(HN_EIO, "%s", words);
    for (int i = 0; i < 10; i++) {
        (void)hn_context(HN_EIO, "%s", words);
    }
    ck_assert_uint_lt(strlen(hn_error_message()), 1024);
}
END_TEST

START_TEST(errno_becomes_a_status)
{
    errno = ENOENT;
    ck_assert_int_eq(hn_fail_errno("f.csv"), HN_ENOTFOUND);
    ck_assert_str_eq(hn_error_message(), "f.csv: No such file or directory");
    errno = EACCES;
    ck_assert_int_eq(hn_fail_errno("f.csv"), HN_EIO);
}
END_TEST

static void *other_thread(void *unused)
{
    (void)hn_fail(HN_EIO, "of another thread");
    return unused;
}

START_TEST(messages_belong_to_threads)
{
    (void)hn_fail(HN_EIO, "mine");
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_str_eq(hn_error_message(), "mine");
    hn_failure failure;
    hn_failure_take(&failure, HN_ESHAPE);
    (void)hn_fail(HN_EIO, "later");
    ck_assert_int_eq(hn_failure_raise(&failure), HN_ESHAPE);
    ck_assert_str_eq(hn_error_message(), "mine");
}
END_TEST

START_TEST(exit_codes)
{
    ck_assert_int_eq(hn_status_exit_code(HN_OK), 0);
    ck_assert_int_eq(hn_status_exit_code(HN_EUSAGE), 2);
    ck_assert_int_eq(hn_status_exit_code(HN_EINTERRUPTED), 130);
    ck_assert_int_eq(hn_status_exit_code(HN_EIO), 1);
    ck_assert_int_eq(hn_status_exit_code((hn_status)-99), 1);
}
END_TEST

Suite *check_error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_test(tests, keeps_one_line);
    tcase_add_test(tests, context_goes_in_front);
    tcase_add_test(tests, long_words_are_cut_not_overrun);
    tcase_add_test(tests, errno_becomes_a_status);
    tcase_add_test(tests, messages_belong_to_threads);
    tcase_add_test(tests, exit_codes);
    suite_add_tcase(suite, tests);
    return suite;
}
