/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/memory.h>
#include <hipnet/text.h>
#include <check.h>
#include <string.h>

Suite *check_text_suite(void);

START_TEST(text_grows)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    ck_assert_str_eq(hn_text_get(&text), "");
    for (int i = 0; i < 500; i++) {
        hn_text_printf(&text, "%03d,", i);
    }
    ck_assert_uint_eq(text.size, 2000);
    ck_assert_uint_eq(strlen(text.data), 2000);
    ck_assert_str_eq(text.data + 1996, "499,");
    hn_text_append_xml(&text, "<a b=\"'&\">");
    ck_assert_str_eq(text.data + 2000, "&lt;a b=&quot;&#39;&amp;&quot;&gt;");
    char *taken = hn_text_take(&text);
    ck_assert_ptr_null(text.data);
    hn_free(taken);
}
END_TEST

START_TEST(lists_split_find_sort)
{
    hn_text_list list = { 0 };
    ck_assert_int_eq(hn_text_split(&list, " b, a ,,c", ','), HN_OK);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_int_eq(hn_text_list_find(&list, "a"), 1);
    hn_text_list_sort(&list);
    ck_assert_int_eq(hn_text_list_find(&list, "a"), 0);
    ck_assert_int_eq(hn_text_list_find(&list, "z"), -1);
    hn_text_list_clear(&list);
}
END_TEST

START_TEST(trims_and_compares)
{
    char words[] = " \t a b \r\n";
    ck_assert_str_eq(hn_text_trim(words), "a b");
    char blank[] = "  ";
    ck_assert_str_eq(hn_text_trim(blank), "");
    ck_assert(hn_text_equal_nocase("Left", "lEFT"));
    ck_assert(!hn_text_equal_nocase("Left", "Lef"));
    ck_assert(hn_text_equal(NULL, NULL) && !hn_text_equal("", NULL));
    ck_assert(hn_text_starts("abc", "ab") && hn_text_ends("abc", "bc"));
    ck_assert(!hn_text_ends("c", "bc"));
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    bool valid;
} utf8[] = {
    { "abc", 3, true },           { "\xc3\xa9", 2, true },          { "\xf0\x9f\xa6\xb4", 4, true },
    { "\xc3", 1, false },         { "\xc0\x80", 2, false },         { "\xed\xa0\x80", 3, false },
    { "\xf4\x90\x80\x80", 4, false }, { "\xff", 1, false },         { "\xe0\x80\x80", 3, false },
    { "\xf5\x80\x80\x80", 4, false }, { "a\x80", 2, false },
};

START_TEST(utf8_is_judged)
{
    ck_assert_int_eq(hn_text_is_utf8(utf8[_i].bytes, utf8[_i].size), utf8[_i].valid);
}
END_TEST

START_TEST(nearest_names)
{
    static const char *const names[] = { "train.lr", "train.epochs", "model.backbone" };
    ck_assert_str_eq(hn_text_nearest("train.epoch", names, 3), "train.epochs");
    ck_assert_ptr_null(hn_text_nearest("zzzzzz", names, 3));
    ck_assert_str_eq(hn_text_suggest("trian.lr", names, 3), "; did you mean 'train.lr'?");
    ck_assert_str_eq(hn_text_suggest("qqqq", names, 3), "");
}
END_TEST

Suite *check_text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, text_grows);
    tcase_add_test(tests, lists_split_find_sort);
    tcase_add_test(tests, trims_and_compares);
    tcase_add_loop_test(tests, utf8_is_judged, 0, (int)(sizeof utf8 / sizeof utf8[0]));
    tcase_add_test(tests, nearest_names);
    suite_add_tcase(suite, tests);
    return suite;
}
