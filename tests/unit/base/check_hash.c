/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers of FIPS 180-4 and RFC 7693. */
#include "scratch.h"
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <string.h>

Suite *check_hash_suite(void);

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

START_TEST(sha256)
{
    char hex[HN_SHA256_HEX];
    ck_assert_int_eq(hn_sha256_bytes(hex, "abc", 3), HN_OK);
    ck_assert_str_eq(hex, abc);
    hn_sha256 *hash = NULL;
    ck_assert_int_eq(hn_sha256_new(&hash), HN_OK);
    hn_sha256_add(hash, "a", 1);
    hn_sha256_add(hash, "bc", 2);
    hn_sha256_end(hash, hex);
    ck_assert_str_eq(hex, abc);
    hn_sha256_end(NULL, hex);
    ck_assert_int_eq(hn_file_write(scratch("f"), "abc", 3, false), HN_OK);
    ck_assert_int_eq(hn_sha256_file(hex, scratch("f")), HN_OK);
    ck_assert_str_eq(hex, abc);
    ck_assert_int_eq(hn_sha256_file(hex, scratch("none")), HN_ENOTFOUND);
}
END_TEST

START_TEST(blake2b)
{
    uint8_t hash[64], keyed[64], key[HN_KEY_BYTES] = { 1 };
    char hex[129];
    ck_assert_int_eq(hn_blake2b(hash, 64, "abc", 3, NULL), HN_OK);
    hn_hex(hex, hash, 64);
    ck_assert_str_eq(hex, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                          "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    ck_assert_int_eq(hn_blake2b(keyed, 64, "abc", 3, key), HN_OK);
    ck_assert_int_ne(memcmp(hash, keyed, 64), 0);
}
END_TEST

START_TEST(hexadecimal)
{
    uint8_t bytes[2] = { 0 };
    ck_assert_int_eq(hn_unhex(bytes, 2, "0aFf"), HN_OK);
    ck_assert_int_eq(bytes[0], 10);
    ck_assert_int_eq(bytes[1], 255);
    ck_assert_int_eq(hn_unhex(bytes, 2, "0aF"), HN_EFORMAT);
    ck_assert_int_eq(hn_unhex(bytes, 2, "0aFf0"), HN_EFORMAT);
    ck_assert_int_eq(hn_unhex(bytes, 2, "0aFg"), HN_EFORMAT);
    uint8_t a[32] = { 0 }, b[32] = { 0 };
    ck_assert_int_eq(hn_random_bytes(a, 32), HN_OK);
    ck_assert_int_eq(hn_random_bytes(b, 32), HN_OK);
    ck_assert_int_ne(memcmp(a, b, 32), 0);
}
END_TEST

Suite *check_hash_suite(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, sha256);
    tcase_add_test(tests, blake2b);
    tcase_add_test(tests, hexadecimal);
    suite_add_tcase(suite, tests);
    return suite;
}
