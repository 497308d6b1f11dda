/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that others may read are refused; names depend on the key, the id and nothing else. */
#include "scratch.h"

#include <hipnet/file.h>
#include <hipnet/pseudonym.h>

#include <string.h>
#include <sys/stat.h>

START_TEST(key_files)
{
    scratch_open();
    hn_key key, again;
    bool created;
    ck_assert_int_eq(hn_key_open(&key, &created, scratch("k"), false), HN_ENOTFOUND);
    ck_assert_int_eq(hn_key_open(&key, &created, scratch("k"), true), HN_OK);
    ck_assert(created);
    struct stat facts;
    ck_assert_int_eq(stat(scratch("k"), &facts), 0);
    ck_assert_int_eq(facts.st_mode & 0777, 0600);
    ck_assert_int_eq(hn_key_open(&again, &created, scratch("k"), true), HN_OK);
    ck_assert(!created);
    ck_assert_mem_eq(key.bytes, again.bytes, sizeof key.bytes);
    ck_assert_int_eq(chmod(scratch("k"), 0640), 0);
    ck_assert_int_eq(hn_key_open(&again, &created, scratch("k"), true), HN_EUSAGE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "640"));
    static const char *const bad[] = { "", "00", "zz", "\n\n" };
    for (size_t i = 0; i < HN_COUNT_OF(bad); i++) {
        ck_assert_int_eq(hn_file_write(scratch("b"), bad[i], strlen(bad[i]), true), HN_OK);
        ck_assert_int_eq(chmod(scratch("b"), 0600), 0);
        ck_assert_int_eq(hn_key_open(&again, &created, scratch("b"), true), HN_EFORMAT);
    }
    scratch_close();
}
END_TEST

START_TEST(names)
{
    hn_key key = { { 1, 2, 3 } }, other = { { 1, 2, 4 } };
    char a[HN_PSEUDONYM_SIZE], b[HN_PSEUDONYM_SIZE];
    ck_assert_int_eq(hn_pseudonym(a, &key, NULL, "12"), HN_OK);
    ck_assert_int_eq(hn_pseudonym(b, &key, NULL, "12"), HN_OK);
    ck_assert_str_eq(a, b);
    ck_assert_str_eq(a, "a0bc524192feba16"); /* hashlib's, kept from release to release */
    ck_assert_uint_eq(strlen(a), 16);
    ck_assert_int_eq(hn_pseudonym(b, &other, NULL, "12"), HN_OK);
    ck_assert_str_ne(a, b);
    ck_assert_int_eq(hn_pseudonym(b, &key, "Ulm", "12"), HN_OK);
    ck_assert_str_ne(a, b);
    char c[HN_CASE_ID_SIZE], d[HN_CASE_ID_SIZE];
    ck_assert_int_eq(hn_case_pseudonym(c, &key, a, "left", ""), HN_OK);
    ck_assert_int_eq(hn_case_pseudonym(d, &key, a, "right", ""), HN_OK);
    ck_assert_str_ne(c, d);
    ck_assert_int_eq(strncmp(c, a, 16), 0);
    ck_assert_uint_eq(strlen(c), 23);
    ck_assert_int_eq(hn_case_pseudonym(d, &key, a, "left", "2020-01-01"), HN_OK);
    ck_assert_str_ne(c, d);
}
END_TEST

Suite *check_pseudonym_suite(void);
Suite *check_pseudonym_suite(void)
{
    Suite *suite = suite_create("pseudonym");
    TCase *tcase = tcase_create("pseudonym");
    tcase_add_test(tcase, key_files);
    tcase_add_test(tcase, names);
    suite_add_tcase(suite, tcase);
    return suite;
}
