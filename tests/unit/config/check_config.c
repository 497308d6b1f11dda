/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <hipnet/config.h>
#include <hipnet/file.h>
#include <stddef.h>
#include <string.h>

Suite *check_config_suite(void);

struct settings {
    bool flip;
    int64_t epochs;
    double lr;
    char *name, *fusion;
    hn_text_list members;
};

#define AT(field) offsetof(struct settings, field)
static const hn_option table[] = {
    { "augment.flip", HN_OPT_BOOL, AT(flip), NULL, 0, 0, NULL, NULL, "mirror images", 0 },
    { "train.epochs", HN_OPT_INT, AT(epochs), "60", 1, 1e4, NULL, NULL, "passes", 0 },
    { "train.lr", HN_OPT_REAL, AT(lr), "1e-4", 0, 10, NULL, NULL, "peak rate", 0 },
    { "model.name", HN_OPT_TEXT, AT(name), NULL, 0, 0, NULL, NULL, "a name", 0 },
    { "model.fusion", HN_OPT_NAME, AT(fusion), "concat", 0, 0, "concat|sum", NULL, "fusion", 0 },
    { "model.members", HN_OPT_LIST, AT(members), "a,b", 0, 0, "a|b|c", NULL, "members", 0 },
    { 0 },
};

static struct settings settings;

static void open_settings(void)
{
    scratch_open();
    memset(&settings, 0, sizeof settings);
    ck_assert_int_eq(hn_config_defaults(table, &settings), HN_OK);
}

static void close_settings(void)
{
    hn_config_clear(table, &settings);
    scratch_close();
}

static void put(const char *name, const char *words)
{
    ck_assert_int_eq(hn_file_write(scratch(name), words, strlen(words), true), HN_OK);
}

START_TEST(defaults)
{
    ck_assert_int_eq(settings.epochs, 60);
    ck_assert_double_eq(settings.lr, 1e-4);
    ck_assert_ptr_null(settings.name);
    ck_assert_str_eq(settings.fusion, "concat");
    ck_assert_uint_eq(settings.members.count, 2);
}
END_TEST

START_TEST(files_extend_files)
{
    put("base.json", "{\"train\":{\"epochs\":5,\"lr\":0.1},\"model\":{\"name\":\"below\"}}");
    put("middle.json", "{\"train\":{\"epochs\":6},\"extends\":\"base.json\"}");
    put("top.json", "{\"extends\":\"middle.json\",\"model\":{\"members\":[\"c\"],\"name\":null}}");
    ck_assert_msg(hn_config_read(table, &settings, scratch("top.json")) == HN_OK, "%s",
                  hn_error_message());
    ck_assert_int_eq(settings.epochs, 6);
    ck_assert_double_eq(settings.lr, 0.1);
    ck_assert_ptr_null(settings.name);
    ck_assert_uint_eq(settings.members.count, 1);
    ck_assert_int_eq(hn_config_assign(table, &settings, "train.epochs=7"), HN_OK);
    ck_assert_int_eq(settings.epochs, 7);
}
END_TEST

static const struct {
    const char *json, *words;
} refused[] = {
    { "{\"train\":{\"epoch\":5}}", "unknown key 'train.epoch'; did you mean 'train.epochs'?" },
    { "{\"train\":{\"epochs\":\"5\"}}", "train.epochs: a whole number was expected, a text" },
    { "{\"train\":{\"epochs\":0}}", "train.epochs: 0 is not between 1 and 10000" },
    { "{\"train\":{\"epochs\":1.5}}", "a whole number was expected" },
    { "{\"model\":{\"fusion\":\"con\"}}", "'con' is not one of concat, sum" },
    { "{\"model\":{\"members\":[\"a\",\"d\"]}}", "'d' is not one of a, b, c" },
    { "{\"model\":{\"members\":\"a\"}}", "a list of texts was expected" },
    { "{\"augment\":{\"flip\":1}}", "true or false was expected, a number was found" },
    { "[]", "an object was expected" },
    { "{", "not JSON" },
    { "{\"extends\":\"self.json\"}", "in a circle" },
    { "{\"extends\":3}", "extends: a text was expected" },
    { "{\"train\":5}", "unknown key 'train'" },
};

START_TEST(refusals)
{
    put("self.json", refused[_i].json);
    ck_assert_int_eq(hn_config_read(table, &settings, scratch("self.json")), HN_EUSAGE);
    ck_assert_msg(strstr(hn_error_message(), refused[_i].words) != NULL, "%s", hn_error_message());
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "self.json"));
}
END_TEST

START_TEST(assignments)
{
    ck_assert_int_eq(hn_config_assign(table, &settings, "train.lr"), HN_EUSAGE);
    ck_assert_int_eq(hn_config_assign(table, &settings, "train.lr=x"), HN_EUSAGE);
    ck_assert_str_eq(hn_error_message(), "--set: train.lr: 'x' is not a number");
    ck_assert_int_eq(hn_config_assign(table, &settings, "model.members= c , a"), HN_OK);
    ck_assert_str_eq(settings.members.items[0], "c");
    ck_assert_int_eq(hn_config_assign(table, &settings, "model.name=a=b"), HN_OK);
    ck_assert_str_eq(settings.name, "a=b");
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    ck_assert_int_eq(hn_config_assign(table, &settings, "train.lr=0.3"), HN_OK);
    hn_json *json = hn_json_new_object();
    ck_assert_int_eq(hn_config_to_json(table, &settings, json), HN_OK);
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    ck_assert_int_eq(hn_json_print(&text, json, false), HN_OK);
    ck_assert_str_eq(text.data, "{\"augment\":{\"flip\":false},\"train\":{\"epochs\":60,\"lr\":0.3},"
                                "\"model\":{\"name\":null,\"fusion\":\"concat\","
                                "\"members\":[\"a\",\"b\"]}}");
    struct settings back = { 0 };
    ck_assert_int_eq(hn_config_from_json(table, &back, json, "t"), HN_OK);
    ck_assert_double_eq(back.lr, 0.3);
    hn_config_clear(table, &back);
    hn_json_free(json);
}
END_TEST

START_TEST(every_option_is_described)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_config_describe(table, &text);
    for (const hn_option *option = table; option->type != HN_OPT_END; option++) {
        ck_assert_ptr_nonnull(strstr(text.data, option->key));
        ck_assert_ptr_nonnull(strstr(text.data, option->help));
    }
    ck_assert_ptr_nonnull(strstr(text.data, "| `1e-4` | 0 to 10 |"));
}
END_TEST

Suite *check_config_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    tcase_add_checked_fixture(tests, open_settings, close_settings);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, files_extend_files);
    tcase_add_loop_test(tests, refusals, 0, (int)HN_COUNT_OF(refused));
    tcase_add_test(tests, assignments);
    tcase_add_test(tests, what_is_written_reads_back);
    tcase_add_test(tests, every_option_is_described);
    suite_add_tcase(suite, tests);
    return suite;
}
