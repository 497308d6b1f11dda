/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <string.h>
#include <sys/stat.h>

Suite *check_file_suite(void);

static void assert_content(const char *path, const char *content)
{
    char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(hn_file_read(&bytes, &size, path, 1000), HN_OK);
    ck_assert_str_eq(bytes, content);
    ck_assert_uint_eq(size, strlen(content));
    hn_free(bytes);
}

static size_t files_left(void)
{
    hn_text_list names = { 0 };
    ck_assert_int_eq(hn_file_list(&names, scratch_folder), HN_OK);
    size_t count = names.count;
    hn_text_list_clear(&names);
    return count;
}

START_TEST(reading)
{
    char *bytes = NULL;
    ck_assert_int_eq(hn_file_read(&bytes, NULL, scratch("none"), 10), HN_ENOTFOUND);
    ck_assert_int_eq(hn_file_read(&bytes, NULL, scratch_folder, 10), HN_EIO);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "is a folder"));
    ck_assert_int_eq(hn_file_write(scratch("f"), "12345", 5, false), HN_OK);
    assert_content(scratch("f"), "12345");
    ck_assert_int_eq(hn_file_read(&bytes, NULL, scratch("f"), 4), HN_EFORMAT);
    ck_assert_int_eq(hn_file_write(scratch("e"), "", 0, false), HN_OK);
    assert_content(scratch("e"), "");
}
END_TEST

START_TEST(nothing_is_overwritten_unasked)
{
    ck_assert_int_eq(hn_file_write(scratch("f"), "old", 3, false), HN_OK);
    ck_assert_int_eq(hn_file_write(scratch("f"), "new", 3, false), HN_EEXISTS);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "--force"));
    assert_content(scratch("f"), "old");
    ck_assert_int_eq(hn_file_write(scratch("f"), "new", 3, true), HN_OK);
    assert_content(scratch("f"), "new");
    ck_assert_int_eq(hn_file_write(scratch_folder, "x", 1, true), HN_EEXISTS);
    ck_assert_int_eq(hn_file_write(scratch("no/f"), "x", 1, true), HN_ENOTFOUND);
    ck_assert_uint_eq(files_left(), 1);
}
END_TEST

START_TEST(discarded_output_leaves_nothing)
{
    hn_output output = HN_OUTPUT_INIT;
    ck_assert_int_eq(hn_file_write(scratch("f"), "old", 3, false), HN_OK);
    ck_assert_int_eq(hn_output_begin(&output, scratch("f"), true), HN_OK);
    fputs("half", output.stream);
    ck_assert_uint_eq(files_left(), 2);
    hn_output_discard(&output);
    assert_content(scratch("f"), "old");
    ck_assert_uint_eq(files_left(), 1);
    ck_assert_int_eq(hn_output_begin(&output, scratch("g"), true), HN_OK);
    hn_output_discard_all(); /* as after an interruption */
    ck_assert_uint_eq(files_left(), 1);
    fclose(output.stream);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    char many[100000];
    memset(many, 'x', sizeof many);
    ck_assert_int_eq(hn_file_write("/dev/full", many, sizeof many, false), HN_EIO);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "No space left"));
    ck_assert_int_eq(hn_file_write("/dev/full", "x", 1, true), HN_EIO);
    struct stat facts;
    ck_assert_int_eq(stat("/dev/full", &facts), 0);
    ck_assert(S_ISCHR(facts.st_mode)); /* still the device: nothing was renamed over it */
    hn_output output = HN_OUTPUT_INIT;
    ck_assert_int_eq(hn_output_begin_named(&output, "/dev/full", true), HN_EUSAGE);
}
END_TEST

START_TEST(links_are_followed)
{
    char link[512];
    ck_assert_int_eq(hn_file_write(scratch("real"), "old", 3, false), HN_OK);
    snprintf(link, sizeof link, "%s/link", scratch_folder);
    ck_assert_int_eq(symlink("real", link), 0);
    ck_assert_int_eq(hn_file_write(link, "new", 3, true), HN_OK);
    assert_content(scratch("real"), "new");
    struct stat facts;
    ck_assert_int_eq(lstat(link, &facts), 0);
    ck_assert(S_ISLNK(facts.st_mode));
}
END_TEST

START_TEST(paths)
{
    char out[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(out, "a", "b"), HN_OK);
    ck_assert_str_eq(out, "a/b");
    ck_assert_int_eq(hn_path_join(out, "a/", "b"), HN_OK);
    ck_assert_str_eq(out, "a/b");
    ck_assert_int_eq(hn_path_join(out, "a", "/b"), HN_OK);
    ck_assert_str_eq(out, "/b");
    hn_path_folder(out, "x.csv");
    ck_assert_str_eq(out, ".");
    hn_path_folder(out, "/x.csv");
    ck_assert_str_eq(out, "/");
    hn_path_folder(out, "a/b/x.csv");
    ck_assert_str_eq(out, "a/b");
    ck_assert_str_eq(hn_path_name("a/b/x.csv"), "x.csv");
    char *longest = hn_calloc(1, 5000);
    memset(longest, 'y', 4999);
    ck_assert_int_eq(hn_path_join(out, "a", longest), HN_EUSAGE);
    ck_assert_int_eq(hn_file_write(longest, "", 0, false), HN_EUSAGE);
    hn_free(longest);
}
END_TEST

START_TEST(folders)
{
    char deep[512];
    snprintf(deep, sizeof deep, "%s/a/b/c", scratch_folder);
    ck_assert_int_eq(hn_file_make_folder(deep), HN_OK);
    ck_assert_int_eq(hn_file_make_folder(deep), HN_OK);
    ck_assert(hn_file_is_folder(deep));
    ck_assert_int_eq(hn_file_write(scratch("f"), "x", 1, false), HN_OK);
    ck_assert_int_ne(hn_file_make_folder(scratch("f/g")), HN_OK);
    ck_assert_int_eq(hn_file_remove(scratch("f")), HN_OK);
    ck_assert_int_eq(hn_file_remove(scratch("f")), HN_OK);
}
END_TEST

Suite *check_file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, reading);
    tcase_add_test(tests, nothing_is_overwritten_unasked);
    tcase_add_test(tests, discarded_output_leaves_nothing);
    tcase_add_test(tests, a_full_disk_is_an_error);
    tcase_add_test(tests, links_are_followed);
    tcase_add_test(tests, paths);
    tcase_add_test(tests, folders);
    suite_add_tcase(suite, tests);
    return suite;
}
