/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report becomes files: all of them, the same bytes twice, and nothing when it fails. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hipnet/file.h>
#include <hipnet/parallel.h>

#include "report/sample.h"

static char folder[64], page[128];
static hn_report *report;

static void setup(void)
{
    strcpy(folder, "/tmp/check-write-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(page, sizeof page, "%s/out.html", folder);
    report = sample_report();
    ck_assert_ptr_nonnull(report);
}

static void teardown(void)
{
    hn_report_freep(&report);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static size_t files_in(const char *where)
{
    hn_text_list names = { 0 };
    size_t count = hn_file_list(&names, where) == HN_OK ? names.count : 0;
    hn_text_list_clear(&names);
    return count;
}

START_TEST(test_page_and_figures_are_written)
{
    hn_status status = hn_report_write(report, page, false);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(hn_file_read(&bytes, &size, page, 1 << 24), HN_OK);
    ck_assert_msg(hn_html_check(bytes, size) == HN_OK, "%s", hn_error_message());
    char figures[HN_PATH_SIZE];
    ck_assert_int_eq(hn_report_figure_folder(figures, sizeof figures, page), HN_OK);
    ck_assert(hn_text_ends(figures, "/out.figures"));
    ck_assert_uint_eq(files_in(figures), 6);
    ck_assert_uint_eq(files_in(folder), 2);
}
END_TEST

START_TEST(test_same_bytes_at_any_thread_count)
{
    char other[128];
    snprintf(other, sizeof other, "%s/other.html", folder);
    hn_threads_set(1);
    ck_assert_int_eq(hn_report_write(report, page, false), HN_OK);
    hn_threads_set(3);
    HN_AUTO_REPORT *again = sample_report();
    ck_assert_int_eq(hn_report_write(again, other, false), HN_OK);
    HN_AUTOFREE char *a = NULL;
    HN_AUTOFREE char *b = NULL;
    size_t size_a = 0, size_b = 0;
    ck_assert_int_eq(hn_file_read(&a, &size_a, page, 1 << 24), HN_OK);
    ck_assert_int_eq(hn_file_read(&b, &size_b, other, 1 << 24), HN_OK);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_int_eq(memcmp(a, b, size_a), 0);
}
END_TEST

START_TEST(test_nothing_is_overwritten)
{
    ck_assert_int_eq(hn_report_write(report, page, false), HN_OK);
    HN_AUTO_REPORT *again = sample_report();
    ck_assert_int_eq(hn_report_write(again, page, false), HN_EEXISTS);
    unlink(page);
    ck_assert_int_eq(hn_report_write(again, page, false), HN_EEXISTS);
    ck_assert_msg(strstr(hn_error_message(), "out.figures exists; --force") != NULL, "%s",
                  hn_error_message());
    ck_assert(!hn_file_exists(page));
    ck_assert_int_eq(hn_report_write(again, page, true), HN_OK);
}
END_TEST

START_TEST(test_missing_gnuplot_leaves_nothing)
{
    HN_AUTOFREE char *path = hn_strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    ck_assert_int_eq(hn_report_write(report, page, false), HN_ENOTFOUND);
    ck_assert_msg(strstr(hn_error_message(), "gnuplot-nox") != NULL, "%s", hn_error_message());
    setenv("PATH", path, 1);
    ck_assert_uint_eq(files_in(folder), 0);
}
END_TEST

START_TEST(test_full_disk)
{
    setenv("TMPDIR", folder, 1);
    ck_assert_int_eq(hn_report_write(report, "/dev/full", false), HN_EIO);
    ck_assert_uint_eq(files_in(folder), 0);
}
END_TEST

START_TEST(test_device_keeps_no_figures)
{
    setenv("TMPDIR", folder, 1);
    hn_status status = hn_report_write(report, "/dev/null", false);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    ck_assert_uint_eq(files_in(folder), 0);
}
END_TEST

START_TEST(test_missing_folder)
{
    char lost[256];
    snprintf(lost, sizeof lost, "%s/no/where.html", folder);
    ck_assert_int_ne(hn_report_write(report, lost, false), HN_OK);
    ck_assert_uint_eq(files_in(folder), 0);
}
END_TEST

Suite *check_write_suite(void);

Suite *check_write_suite(void)
{
    Suite *suite = suite_create("write");
    TCase *tcase = tcase_create("write");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_page_and_figures_are_written);
    tcase_add_test(tcase, test_same_bytes_at_any_thread_count);
    tcase_add_test(tcase, test_nothing_is_overwritten);
    tcase_add_test(tcase, test_missing_gnuplot_leaves_nothing);
    tcase_add_test(tcase, test_full_disk);
    tcase_add_test(tcase, test_device_keeps_no_figures);
    tcase_add_test(tcase, test_missing_folder);
    suite_add_tcase(suite, tcase);
    return suite;
}
