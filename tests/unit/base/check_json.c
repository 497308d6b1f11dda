/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <hipnet/json.h>
#include <math.h>
#include <string.h>

Suite *check_json_suite(void);

static hn_json *parse(const char *text)
{
    hn_json *json = NULL;
    ck_assert_msg(hn_json_parse(&json, text, strlen(text), "t") == HN_OK, "%s", hn_error_message());
    return json;
}

START_TEST(reading)
{
    hn_json *json = parse("{\"a\": 1.5, \"b\": [1, 2, 3], \"c\": {\"d\": \"x\"}, \"e\": true, \"f\": null}");
    double real = 0;
    int64_t whole = 0;
    bool truth = false;
    const char *text = NULL;
    ck_assert_int_eq(hn_json_get_real(&real, json, "a"), HN_OK);
    ck_assert_double_eq(real, 1.5);
    ck_assert_int_eq(hn_json_get_int(&whole, json, "a"), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "key 'a': a whole number was expected, 1.5 was found");
    ck_assert_int_eq(hn_json_count(hn_json_get(json, "b")), 3);
    ck_assert_int_eq(hn_json_as_int(&whole, hn_json_at(hn_json_get(json, "b"), 2)), HN_OK);
    ck_assert_int_eq(whole, 3);
    ck_assert_ptr_null(hn_json_at(hn_json_get(json, "b"), 3));
    ck_assert_int_eq(hn_json_get_text(&text, hn_json_get(json, "c"), "d"), HN_OK);
    ck_assert_str_eq(text, "x");
    ck_assert_int_eq(hn_json_get_bool(&truth, json, "e"), HN_OK);
    ck_assert(truth);
    ck_assert_int_eq(hn_json_kind_of(hn_json_get(json, "f")), HN_JSON_NULL);
    ck_assert_ptr_null(hn_json_get(json, "A")); /* case matters */
    ck_assert_int_eq(hn_json_get_text(&text, json, "zz"), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "key 'zz' is missing");
    ck_assert_int_eq(hn_json_get_text(&text, json, "a"), HN_EFORMAT);
    int members = 0;
    for (const hn_json *child = hn_json_first(json); child; child = hn_json_next(child)) {
        members++;
    }
    ck_assert_int_eq(members, 5);
    hn_json_free(json);
}
END_TEST

static const struct {
    const char *text, *words;
} refused[] = {
    { "", "line 1 column 1" },        { "{\"a\":1,\n \"b\":}", "line 2 column 6" },
    { "{\"a\":1} x", "behind" },      { "{\"a\":1,\"b\":2,\"a\":3}", "'a' stands twice" },
    { "{\"a\":1e999}", "too large" }, { "\"\xff\"", "UTF-8" },
    { "[NaN]", "not JSON" },          { "{'a':1}", "not JSON" },
};

START_TEST(refusals)
{
    hn_json *json = NULL;
    const char *text = refused[_i].text;
    ck_assert_int_eq(hn_json_parse(&json, text, strlen(text), "t"), HN_EFORMAT);
    ck_assert_ptr_null(json);
    ck_assert_msg(strstr(hn_error_message(), refused[_i].words) != NULL, "%s", hn_error_message());
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
    char text[2001];
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    hn_json *json = NULL;
    ck_assert_int_eq(hn_json_parse(&json, text, 2000, "t"), HN_EFORMAT);
    ck_assert_int_eq(hn_json_parse(&json, text + 960, 80, "t"), HN_OK);
    hn_json_free(json);
}
END_TEST

START_TEST(writing_keeps_every_digit)
{
    hn_json *json = hn_json_new_object();
    hn_json_add_real(json, "x", 0.1 + 0.2);
    hn_json_add_real(json, "nan", NAN);
    hn_json_add_int(json, "n", INT64_C(9007199254740993));
    hn_json_add_text(json, "t", "a\"b\\c\n\xc3\xa9");
    hn_json_add_text(json, "none", NULL);
    hn_json *list = hn_json_add_array(json, "list");
    hn_json_add_real(list, NULL, 1.0 / 3);
    hn_json_add_bool(list, NULL, false);
    hn_json *inner = hn_json_add_object(json, "o");
    hn_json_add_null(inner, "k");
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    ck_assert_int_eq(hn_json_print(&text, json, false), HN_OK);
    ck_assert_str_eq(text.data,
                     "{\"x\":0.30000000000000004,\"nan\":null,\"n\":9007199254740993,"
                     "\"t\":\"a\\\"b\\\\c\\n\xc3\xa9\",\"none\":null,"
                     "\"list\":[0.3333333333333333,false],\"o\":{\"k\":null}}");
    hn_json *back = parse(text.data);
    hn_json *copy = hn_json_new_array();
    hn_json_add_copy(copy, NULL, back);
    double value = 0; /* numbers of a tree of ours can be read again */
    ck_assert_int_eq(hn_json_get_real(&value, json, "x"), HN_OK);
    ck_assert_double_eq(value, 0.1 + 0.2);
    ck_assert_int_eq(hn_json_get_real(&value, hn_json_at(copy, 0), "x"), HN_OK);
    ck_assert_double_eq(value, 0.1 + 0.2);
    hn_json_free(copy);
    hn_json_free(back);
    hn_json_free(json);
}
END_TEST

START_TEST(lost_children_are_reported)
{
    hn_json *json = hn_json_new_object();
    hn_json_add_tree(json, "x", NULL); /* as when memory was gone while the child was made */
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    ck_assert_int_eq(hn_json_print(&text, json, true), HN_ENOMEM);
    ck_assert_int_eq(hn_json_print(&text, NULL, true), HN_ENOMEM);
    ck_assert_ptr_null(hn_json_add_real(NULL, "x", 1));
    hn_json_free(json);
}
END_TEST

START_TEST(files)
{
    hn_json *json = parse("{\"b\":[1,{\"c\":2}],\"e\":[],\"f\":{}}"), *back = NULL;
    ck_assert_int_eq(hn_json_write(json, scratch("f.json"), false), HN_OK);
    ck_assert_int_eq(hn_json_write(json, scratch("f.json"), false), HN_EEXISTS);
    ck_assert_int_eq(hn_json_write(json, "/dev/full", false), HN_EIO);
    ck_assert_int_eq(hn_json_read(&back, scratch("f.json")), HN_OK);
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    ck_assert_int_eq(hn_json_print(&text, back, false), HN_OK);
    ck_assert_str_eq(text.data, "{\"b\":[1,{\"c\":2}],\"e\":[],\"f\":{}}");
    hn_json_free(back);
    hn_json_free(json);
    ck_assert_int_eq(hn_json_read(&back, scratch("none")), HN_ENOTFOUND);
}
END_TEST

Suite *check_json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, reading);
    tcase_add_loop_test(tests, refusals, 0, (int)HN_COUNT_OF(refused));
    tcase_add_test(tests, deep_nesting_is_refused);
    tcase_add_test(tests, writing_keeps_every_digit);
    tcase_add_test(tests, lost_children_are_reported);
    tcase_add_test(tests, files);
    suite_add_tcase(suite, tests);
    return suite;
}
