/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cohort.json: what it sets, and one sentence for each way of getting it wrong. */
#include <hipnet/cohort_map.h>

#include <check.h>
#include <string.h>

static hn_status parse(hn_cohort_map *map, const char *text)
{
    return hn_cohort_map_parse(map, text, strlen(text), "cohort.json");
}

START_TEST(defaults)
{
    HN_AUTO_COHORT_MAP map = { 0 };
    ck_assert_int_eq(hn_cohort_map_defaults(&map), HN_OK);
    ck_assert_uint_eq(map.classes.count, 5);
    ck_assert_str_eq(map.risk_class, "pji");
    ck_assert_int_eq(map.biomarker_count, 2);
    ck_assert(!map.biomarkers[0].required);
    ck_assert_int_eq(map.image.size, 512);
    ck_assert_int_eq(map.image.bits, 8);
    ck_assert(map.image.mirror_right);
    ck_assert_str_eq(hn_cohort_map_word(&map, HN_WORD_LABEL, "Periprosthetic_Joint_Infection"),
                     "pji");
    ck_assert_str_eq(hn_cohort_map_word(&map, HN_WORD_VIEW, "PA"), "pa");
    ck_assert_ptr_null(hn_cohort_map_word(&map, HN_WORD_VIEW, "AP supine"));
    ck_assert(hn_cohort_map_is_missing(&map, "?") && hn_cohort_map_is_missing(&map, "ToDo"));
    ck_assert(!hn_cohort_map_is_missing(&map, "0"));
}
END_TEST

START_TEST(everything_set)
{
    HN_AUTO_COHORT_MAP map = { 0 };
    const char *text =
        "{ \"schema\": \"hipnet-map 1\", \"classes\": [\"infected\", \"loose\"],"
        " \"risk_class\": \"infected\","
        " \"columns\": { \"label\": \"Diagnose\", \"crp_mg_l\": \"CRP\" },"
        " \"words\": { \"label\": { \"Infekt\": \"infected\", \"unklar\": \"indeterminate\" },"
        "   \"view\": { \"axial\": \"cross_table\" }, \"side\": { \"links\": \"left\" },"
        "   \"sex\": { \"w\": \"female\" }, \"answer\": { \"ja\": \"yes\" },"
        "   \"missing\": [\"fehlt\"] },"
        " \"biomarkers\": [\"crp_mg_l\", { \"name\": \"wbc\", \"column\": \"Leukos\","
        "   \"unit\": \"cells/uL\", \"upper_limit\": 100000 }],"
        " \"units\": { \"crp_mg_l\": \"mg/dL\" }, \"several_images\": \"last\","
        " \"several_labels\": \"several\", \"missing_label\": \"pending\","
        " \"patient_ids\": \"per_center\", \"center_from\": \"file_name\","
        " \"date_order\": \"dmy\", \"window_days\": 30, \"prospective_after\": \"2021-06-30\","
        " \"image\": { \"size\": 256, \"bits\": 16, \"window\": \"full_range\","
        "   \"window_percent\": [1, 99], \"voi\": \"none\", \"mirror_right\": false } }";
    ck_assert_msg(parse(&map, text) == HN_OK, "%s", hn_error_message());
    ck_assert_str_eq(map.columns[HN_COLUMN_LABEL], "Diagnose");
    ck_assert_str_eq(map.biomarkers[0].column, "CRP");
    ck_assert_str_eq(map.biomarkers[0].rule.from_unit, "mg/dL");
    ck_assert_str_eq(map.biomarkers[1].column, "Leukos");
    ck_assert(map.biomarkers[1].rule.has_upper && !map.biomarkers[1].rule.has_lower);
    ck_assert_str_eq(hn_cohort_map_word(&map, HN_WORD_LABEL, "UNKLAR"), "indeterminate");
    ck_assert_ptr_null(hn_cohort_map_word(&map, HN_WORD_LABEL, "periprosthetic_joint_infection"));
    ck_assert(hn_cohort_map_is_missing(&map, "FEHLT"));
    ck_assert_int_eq(map.several_images, HN_IMAGES_LAST);
    ck_assert(map.ids_per_center && map.center_from_file && map.has_prospective_after);
    ck_assert_int_eq(map.window_days, 30);
    ck_assert_int_eq(map.image.bits, 16);
    ck_assert_str_eq(map.image.window, "full_range");
}
END_TEST

START_TEST(mistakes)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{ \"clases\": [] }", "did you mean 'classes'" },
        { "[]", "an object was expected" },
        { "{", "cohort.json" },
        { "{ \"classes\": [] }", "1 to 64 class names" },
        { "{ \"classes\": [\"A\"] }", "is not made of" },
        { "{ \"classes\": [\"a\", \"a\"] }", "there twice" },
        { "{ \"classes\": [\"pending\"] }", "reference status" },
        { "{ \"classes\": [\"a\"], \"risk_class\": \"b\" }", "not one of the classes" },
        { "{ \"columns\": { \"lable\": \"x\" } }", "did you mean 'label'" },
        { "{ \"columns\": { \"label\": 3 } }", "label" },
        { "{ \"words\": { \"label\": { \"x\": \"dislokation\" } } }",
          "did you mean 'dislocation'" },
        { "{ \"words\": { \"view\": { \"x\": \"sideways\" } } }", "sideways" },
        { "{ \"words\": { \"answer\": { \"x\": \"maybe\" } } }", "yes, no" },
        { "{ \"words\": { \"center\": { \"x\": \"\" } } }", "one line" },
        { "{ \"words\": { \"lables\": {} } }", "did you mean 'label'" },
        { "{ \"biomarkers\": [\"CRP\"] }", "not made of" },
        { "{ \"biomarkers\": [\"a\", \"a\"] }", "there twice" },
        { "{ \"biomarkers\": [{ \"name\": \"crp_mg_l\", \"unit\": \"mg/dL\" }] }",
          "contradicts its name" },
        { "{ \"units\": { \"crp_mg_l\": \"mm/h\" } }", "does not measure" },
        { "{ \"units\": { \"crp\": \"mg/L\" } }", "unknown key" },
        { "{ \"several_images\": \"best\" }", "not one of first, last, refuse" },
        { "{ \"window_days\": -1 }", "0 to 36500" },
        { "{ \"prospective_after\": \"2021\" }", "to the day" },
        { "{ \"image\": { \"size\": 8 } }", "32 to 4096" },
        { "{ \"image\": { \"window_percent\": [50, 10] } }", "low < high" },
        { "{ \"schema\": \"hipnet-map 2\" }", "hipnet-map 1" },
    };
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        hn_cohort_map map = { 0 };
        ck_assert_msg(parse(&map, rows[i].text) == HN_EUSAGE, "%s was taken", rows[i].text);
        ck_assert_msg(strstr(hn_error_message(), rows[i].message) != NULL, "%s: %s", rows[i].text,
                      hn_error_message());
        ck_assert_ptr_null(map.classes.items);
    }
}
END_TEST

Suite *check_cohort_map_suite(void);
Suite *check_cohort_map_suite(void)
{
    Suite *suite = suite_create("cohort_map");
    TCase *tcase = tcase_create("cohort_map");
    tcase_add_test(tcase, defaults);
    tcase_add_test(tcase, everything_set);
    tcase_add_test(tcase, mistakes);
    suite_add_tcase(suite, tcase);
    return suite;
}
