/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/number.h>
#include <hipnet/rng.h>
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Suite *check_number_suite(void);

static const char *const no_int[] = { "", " ", "1.5", "1e3", "0x10", "12a", "9223372036854775808", "-" };
static const char *const no_real[] = { "", "nan", "inf", "-inf", "0x1p3", "1,5", "1e999", "1.5.2", "e5", "." };
static const char *const no_date[] = { "", "2021-02-29", "2021-13-01", "21-01-01", "2021-1-1",
                                       "2021/01/01", "20210132", "0000-01-01", "2021-01-0x" };

START_TEST(whole_numbers)
{
    int64_t value = 0;
    ck_assert_int_eq(hn_parse_int(&value, " -42 "), HN_OK);
    ck_assert_int_eq(value, -42);
    ck_assert_int_eq(hn_parse_int(&value, "9223372036854775807"), HN_OK);
    for (size_t i = 0; i < HN_COUNT_OF(no_int); i++) {
        ck_assert_int_eq(hn_parse_int(&value, no_int[i]), HN_EFORMAT);
    }
    ck_assert_int_eq(value, INT64_MAX);
}
END_TEST

START_TEST(real_numbers)
{
    double value = 0;
    ck_assert_int_eq(hn_parse_real(&value, "-1.5e-3"), HN_OK);
    ck_assert_double_eq(value, -1.5e-3);
    ck_assert_int_eq(hn_parse_real(&value, ".25"), HN_OK);
    ck_assert_double_eq(value, 0.25);
    for (size_t i = 0; i < HN_COUNT_OF(no_real); i++) {
        ck_assert_int_eq(hn_parse_real(&value, no_real[i]), HN_EFORMAT);
    }
}
END_TEST

START_TEST(written_numbers_read_back)
{
    char text[HN_REAL_SIZE];
    ck_assert_str_eq(hn_format_real(text, 0.1), "0.1");
    ck_assert_str_eq(hn_format_real(text, 1.0 / 3), "0.3333333333333333");
    ck_assert_str_eq(hn_format_real(text, NAN), "nan");
    ck_assert_str_eq(hn_format_real(text, -INFINITY), "-inf");
    hn_rng rng;
    hn_rng_init(&rng, 1, HN_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        double value = 0, back = 0;
        uint64_t bits = hn_rng_u64(&rng);
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            ck_assert_int_eq(hn_parse_real(&back, hn_format_real(text, value)), HN_OK);
            ck_assert_int_eq(memcmp(&back, &value, sizeof value), 0);
        }
    }
}
END_TEST

START_TEST(dates)
{
    int64_t days = 0;
    char precision = 0, text[HN_DATE_SIZE];
    ck_assert_int_eq(hn_parse_date(&days, &precision, "1970-01-01"), HN_OK);
    ck_assert_int_eq(days, 0);
    ck_assert_int_eq(hn_parse_date(&days, &precision, "20240229"), HN_OK);
    ck_assert_int_eq(days, 19782);
    ck_assert_int_eq(precision, 'd');
    hn_format_date(text, days);
    ck_assert_str_eq(text, "2024-02-29");
    ck_assert_int_eq(hn_parse_date(&days, &precision, "2021"), HN_OK);
    ck_assert_int_eq(precision, 'y');
    ck_assert_int_eq(hn_parse_date(&days, &precision, "2021-05"), HN_OK);
    ck_assert_int_eq(precision, 'm');
    for (size_t i = 0; i < HN_COUNT_OF(no_date); i++) {
        ck_assert_msg(hn_parse_date(&days, NULL, no_date[i]) == HN_EFORMAT, "%s", no_date[i]);
    }
    for (int64_t day = -200000; day < 200000; day += 37) {
        int64_t back = 0;
        hn_format_date(text, day);
        ck_assert_int_eq(hn_parse_date(&back, NULL, text), HN_OK);
        ck_assert_int_eq(back, day);
    }
}
END_TEST

START_TEST(truth)
{
    bool value = false;
    ck_assert_int_eq(hn_parse_bool(&value, "YES"), HN_OK);
    ck_assert(value);
    ck_assert_int_eq(hn_parse_bool(&value, "0"), HN_OK);
    ck_assert(!value);
    ck_assert_int_eq(hn_parse_bool(&value, "y"), HN_EFORMAT);
}
END_TEST

Suite *check_number_suite(void)
{
    Suite *suite = suite_create("number");
    TCase *tests = tcase_create("number");
    tcase_add_test(tests, whole_numbers);
    tcase_add_test(tests, real_numbers);
    tcase_add_test(tests, written_numbers_read_back);
    tcase_add_test(tests, dates);
    tcase_add_test(tests, truth);
    suite_add_tcase(suite, tests);
    return suite;
}
