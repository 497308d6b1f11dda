/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <hipnet/csv.h>
#include <hipnet/rng.h>
#include <math.h>
#include <string.h>

Suite *check_csv_suite(void);

static hn_csv *parse(const char *text)
{
    hn_csv *csv = NULL;
    ck_assert_msg(hn_csv_parse(&csv, text, strlen(text), "t.csv") == HN_OK, "%s",
                  hn_error_message());
    return csv;
}

START_TEST(plain)
{
    hn_csv *csv = parse("a,b,c\n1, 2 ,3\n\n4,5\n");
    ck_assert_int_eq(hn_csv_rows(csv), 2);
    ck_assert_int_eq(hn_csv_columns(csv), 3);
    ck_assert_str_eq(hn_csv_cell(csv, 0, 1), "2");
    ck_assert_str_eq(hn_csv_cell(csv, 1, 2), "");
    ck_assert_str_eq(hn_csv_cell(csv, 1, -1), "");
    ck_assert_int_eq(hn_csv_line(csv, 1), 4);
    ck_assert_int_eq(hn_csv_find(csv, "c"), 2);
    hn_csv_free(csv);
}
END_TEST

static const char *const spreadsheets[] = {
    "\xef\xbb\xbf\x61;b;c\r\n1;2,5;\"x;y\"\r\n",
    "sep=;\r\na;b;c\r\n1;2,5;\"x;y\"\r\n",
    "a\tb\tc\n1\t2,5\tx;y\n",
    "a;b;c;;;\r1;2,5;\"x;y\";;;\r;;;;;\r",
    "\n\n;;\na;b;c\n1;2,5; \"x;y\" \n",
};

START_TEST(habits_of_spreadsheets)
{
    hn_csv *csv = parse(spreadsheets[_i]);
    ck_assert_int_eq(hn_csv_columns(csv), 3);
    ck_assert_int_eq(hn_csv_rows(csv), 1);
    ck_assert_str_eq(hn_csv_header(csv, 0), "a");
    ck_assert_str_eq(hn_csv_cell(csv, 0, 1), "2,5");
    ck_assert_str_eq(hn_csv_cell(csv, 0, 2), "x;y");
    hn_csv_free(csv);
}
END_TEST

START_TEST(quotes_and_lines)
{
    hn_csv *csv = parse("a,b\n\"one\ntwo \"\"x\"\"\",2\n3,4");
    ck_assert_str_eq(hn_csv_cell(csv, 0, 0), "one\ntwo \"x\"");
    ck_assert_int_eq(hn_csv_line(csv, 0), 2);
    ck_assert_int_eq(hn_csv_line(csv, 1), 4);
    hn_csv_free(csv);
}
END_TEST

static const struct {
    const char *text;
    size_t size;
    const char *words;
} refused[] = {
    { "", 0, "is empty" },
    { "\n \n", 3, "is empty" },
    { "a,b\n\"x", 6, "line 2: a quoted cell is not closed" },
    { "a,b\n\"x\"y,1\n", 11, "behind a closing quote" },
    { "a,b\n1,2,3\n", 10, "line 2: 3 cells where the header has 2" },
    { "a,b,a\n1,2,3\n", 12, "column 'a' stands there twice" },
    { "a\0b\n", 4, "NUL" },
    { "a,\xff\n", 4, "not UTF-8" },
};

START_TEST(refusals)
{
    hn_csv *csv = NULL;
    ck_assert_int_eq(hn_csv_parse(&csv, refused[_i].text, refused[_i].size, "t.csv"), HN_EFORMAT);
    ck_assert_ptr_null(csv);
    ck_assert_msg(strstr(hn_error_message(), refused[_i].words) != NULL, "%s", hn_error_message());
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "t.csv"));
}
END_TEST

START_TEST(missing_columns_name_the_nearest)
{
    hn_csv *csv = parse("patient,view\n");
    int column = 0;
    ck_assert_int_eq(hn_csv_require(&column, csv, "views"), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "t.csv has no column 'views'; did you mean 'view'?");
    ck_assert_int_eq(hn_csv_rows(csv), 0);
    hn_csv_free(csv);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    static const char *const cells[] = { "plain",       "",         "a,b", "q\"q",
                                         "line\nbreak", " spaced ", "x;y" };
    const char *path = scratch("w.csv");
    FILE *stream = fopen(path, "w");
    hn_csv_write(stream, true, "h1");
    for (int i = 1; i < 9; i++) {
        char name[8];
        snprintf(name, sizeof name, "h%d", i + 1);
        hn_csv_write(stream, false, name);
    }
    hn_csv_end_row(stream);
    for (int i = 0; i < 7; i++) {
        hn_csv_write(stream, i == 0, cells[i]);
    }
    hn_csv_write_real(stream, false, 0.1);
    hn_csv_write_int(stream, false, -7);
    hn_csv_end_row(stream);
    hn_csv_write_real(stream, true, NAN);
    hn_csv_write(stream, false, "end");
    hn_csv_end_row(stream);
    fclose(stream);
    hn_csv *csv = NULL;
    ck_assert_int_eq(hn_csv_read(&csv, path), HN_OK);
    for (int i = 0; i < 7; i++) {
        ck_assert_str_eq(hn_csv_cell(csv, 0, i), i == 5 ? "spaced" : cells[i]);
    }
    ck_assert_str_eq(hn_csv_cell(csv, 0, 7), "0.1");
    ck_assert_str_eq(hn_csv_cell(csv, 0, 8), "-7");
    ck_assert_str_eq(hn_csv_cell(csv, 1, 0), "");
    hn_csv_free(csv);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
    static const char letters[] = "a,;\t\"\n\r \xc3\xa9"
                                  "1";
    hn_rng rng;
    for (uint64_t k = 0; k < 3000; k++) {
        char text[64];
        hn_rng_init(&rng, k, HN_PURPOSE_TEST, 1, 0, 0);
        size_t size = (size_t)hn_rng_below(&rng, sizeof text);
        for (size_t i = 0; i < size; i++) {
            text[i] = letters[hn_rng_below(&rng, sizeof letters - 1)];
        }
        hn_csv *csv = NULL;
        if (hn_csv_parse(&csv, text, size, "r") == HN_OK) {
            for (int64_t row = 0; row < hn_csv_rows(csv); row++) {
                for (int column = 0; column < hn_csv_columns(csv); column++) {
                    ck_assert_uint_le(strlen(hn_csv_cell(csv, row, column)), size);
                }
            }
        }
        hn_csv_free(csv);
    }
}
END_TEST

Suite *check_csv_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, plain);
    tcase_add_loop_test(tests, habits_of_spreadsheets, 0, (int)HN_COUNT_OF(spreadsheets));
    tcase_add_test(tests, quotes_and_lines);
    tcase_add_loop_test(tests, refusals, 0, (int)HN_COUNT_OF(refused));
    tcase_add_test(tests, missing_columns_name_the_nearest);
    tcase_add_test(tests, what_is_written_reads_back);
    tcase_add_test(tests, random_bytes_do_no_harm);
    suite_add_tcase(suite, tests);
    return suite;
}
