/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests as hospitals send them: every row ends as used or with its own reason, nothing else
 * is lost, and cases come out of the rows by the stated rules. */
#include <hipnet/manifest.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static hn_cohort_map map;
static hn_manifest *manifest;

static void open_map(const char *json)
{
    ck_assert_msg(hn_cohort_map_parse(&map, json, strlen(json), "map") == HN_OK, "%s",
                  hn_error_message());
    ck_assert_int_eq(hn_manifest_new(&manifest, &map), HN_OK);
}

static hn_status add(const char *csv_text, const char *path)
{
    HN_AUTO_CSV *csv = NULL;
    ck_assert_msg(hn_csv_parse(&csv, csv_text, strlen(csv_text), path) == HN_OK, "%s",
                  hn_error_message());
    return hn_manifest_add_csv(manifest, csv, path);
}

static void read_all(const char *json, const char *csv_text)
{
    open_map(json);
    ck_assert_msg(add(csv_text, "/data/m.csv") == HN_OK, "%s", hn_error_message());
    ck_assert_int_eq(hn_manifest_plan(manifest), HN_OK);
}

static void close_all(void)
{
    hn_manifest_free(manifest);
    hn_cohort_map_clear(&map);
}

static const char *reason(int64_t row)
{
    return hn_reason_name(hn_manifest_row_at(manifest, row)->reason);
}

/* The reasons of all rows, "none" for used ones, separated by blanks. */
static const char *reasons(void)
{
    static char text[2048];
    text[0] = 0;
    for (int64_t i = 0; i < hn_manifest_rows(manifest); i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", reason(i));
    }
    return text;
}

static int64_t notes(hn_reason wanted)
{
    int64_t count = 0;
    for (int64_t i = 0; i < hn_manifest_notes(manifest); i++) {
        count += hn_manifest_note_at(manifest, i)->reason == wanted;
    }
    return count;
}

START_TEST(spreadsheet_habits)
{
    read_all("{}", "\xef\xbb\xbfpatient_id;center;view;path;label;age;crp_mg_l;note\r\n"
                   "1;\"Ulm\";ap;a.png;pji;63,5;12,5;\"two\r\nlines; and a \"\"quote\"\"\"\r\n"
                   "\r\n"
                   "2;Ulm;AP;sub/b.png;Dislocation;50+;<5\r\n");
    ck_assert_str_eq(reasons(), "none none");
    ck_assert_int_eq(hn_manifest_cases(manifest), 2);
    const hn_manifest_row *row = hn_manifest_row_at(manifest, 1);
    ck_assert_int_eq(row->line, 5);
    ck_assert_str_eq(row->file, "/data/sub/b.png");
    const hn_case_plan *first = hn_manifest_case_at(manifest, 0);
    ck_assert_double_eq(first->labs[0].value, 12.5);
    ck_assert_double_eq(first->facts.age_years, 63.5);
    const hn_case_plan *second = hn_manifest_case_at(manifest, 1);
    ck_assert_int_eq(second->facts.label, 2);
    ck_assert_double_eq(second->facts.age_years, 50);
    ck_assert_int_eq(second->labs[0].bound, HN_BOUND_BELOW);
    ck_assert(isnan(second->labs[1].value)); /* no ESR column at all */
    ck_assert_int_eq(notes(HN_REASON_VALUE_INTERVAL), 1);
}
END_TEST

START_TEST(each_defect_its_reason)
{
    read_all("{}", "patient_id,center,view,path,label,side,reference_status,age\n"
                   ",Ulm,ap,a.png,pji,,,\n"
                   "1,,ap,a.png,pji,,,\n"
                   "2,Ulm,?,a.png,pji,,,\n"
                   "3,Ulm,AP supine,a.png,pji,,,\n"
                   "4,Ulm,ap,,pji,,,\n"
                   "5,Ulm,ap,a.png,todo,,,\n"
                   "6,Ulm,ap,a.png,,,,\n"
                   "7,Ulm,ap,a.png,dislokation,,,\n"
                   "8,Ulm,ap,a.png,pji,both,,\n"
                   "9,Ulm,ap,a.png,pji,,maybe,\n"
                   "10,Ulm,ap,a.png,,,pending,\n"
                   "11,Ulm,ap,a.png,pji,,,adult\n");
    ck_assert_str_eq(reasons(), "patient-missing center-missing view-missing view-unknown "
                                "path-missing label-missing label-missing label-unknown "
                                "side-unknown status-unknown none none");
    ck_assert_ptr_nonnull(
        strstr(hn_manifest_row_at(manifest, 7)->detail, "did you mean 'dislocation'"));
    ck_assert_int_eq(hn_manifest_cases(manifest), 2);
    ck_assert_int_eq(notes(HN_REASON_VALUE_UNREADABLE), 1);
    const hn_case *pending = &hn_manifest_case_at(manifest, 0)->facts; /* "10" before "11" */
    ck_assert_int_eq(pending->reference_status, HN_REFERENCE_PENDING);
    ck_assert_int_eq(pending->label, -1);
}
END_TEST

START_TEST(missing_columns)
{
    static const struct {
        const char *json, *csv, *message;
    } rows[] = {
        { "{}", "patient,center,view,path,label\n", "patient_id" },
        { "{}", "patient_id,center,veiw,path,label\n", "did you mean 'veiw'" },
        { "{}", "patient_id,center,view,path,lable\n", "did you mean 'lable'" },
        { "{}", "patient_id,center,view,path,label,Age\n",
          "'Age' was expected to be called 'age'" },
        { "{ \"columns\": { \"age\": \"Alter\" } }", "patient_id,center,view,path,label\n",
          "Alter" },
        { "{ \"biomarkers\": [\"crp_mg_l\"] }", "patient_id,center,view,path,label,crp\n",
          "crp_mg_l" },
    };
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        open_map(rows[i].json);
        ck_assert_msg(add(rows[i].csv, "m.csv") != HN_OK, "%s", rows[i].csv);
        ck_assert_msg(strstr(hn_error_message(), rows[i].message) != NULL, "%s",
                      hn_error_message());
        close_all();
    }
    open_map("{ \"center_from\": \"file_name\", \"missing_label\": \"pending\" }");
    ck_assert_int_eq(add("patient_id,view,path\n1,ap,a.png\n", "x/Ulm.csv"), HN_OK);
    ck_assert_int_eq(hn_manifest_plan(manifest), HN_OK);
    ck_assert_str_eq(hn_manifest_case_at(manifest, 0)->center, "Ulm");
}
END_TEST

START_TEST(spellings_of_a_center)
{
    read_all("{ \"words\": { \"center\": { \"Uniklinik Ulm, Haus 2\": \"Ulm\" } } }",
             "patient_id,center,view,path,label\n"
             "1,\"uniklinik Ulm, Haus 2\",ap,a,pji\n"
             "1,Ulm,lateral,b,pji\n");
    ck_assert_str_eq(reasons(), "none none");
    ck_assert_str_eq(hn_manifest_case_at(manifest, 0)->center, "Ulm");
}
END_TEST

START_TEST(views_and_projections)
{
    read_all("{ \"words\": { \"view\": { \"Lauenstein\": \"frog_leg\" } } }",
             "patient_id,center,view,projection,path,label\n"
             "1,U,PA,,a,pji\n"
             "1,U,Lauenstein,,b,pji\n"
             "2,U,lateral,cross-table,c,pji\n"
             "3,U,lateral,ap,d,pji\n"
             "4,U,ap,odd,e,pji\n");
    ck_assert_str_eq(reasons(), "none none none view-unknown none");
    const hn_case *both = &hn_manifest_case_at(manifest, 0)->facts;
    ck_assert_int_eq(both->views[HN_VIEW_AP].projection, HN_PROJECTION_PA);
    ck_assert_int_eq(both->views[HN_VIEW_LATERAL].projection, HN_PROJECTION_FROG_LEG);
    ck_assert_int_eq(hn_manifest_row_at(manifest, 2)->projection, HN_PROJECTION_CROSS_TABLE);
    ck_assert_int_eq(notes(HN_REASON_VALUE_UNREADABLE), 1);
}
END_TEST

#define SIDES "patient_id,center,view,path,label,side,reference_date,date\n"

START_TEST(hips_and_index_dates)
{
    read_all("{}", SIDES "1,U,ap,a,pji,left,,\n"
                         "1,U,ap,b,dislocation,R,,\n"
                         "1,U,ap,c,pji,,,\n"
                         "2,U,ap,d,pji,left,2020-01-10,\n"
                         "2,U,lateral,e,,left,,\n" /* joins the only date, and its label */
                         "3,U,ap,f,pji,left,2020-01-10,\n"
                         "3,U,ap,g,dislocation,left,2021-01-10,\n"
                         "3,U,lateral,h,pji,left,,\n");
    ck_assert_str_eq(reasons(), "none none side-missing none none none none "
                                "reference-date-missing");
    ck_assert_int_eq(hn_manifest_cases(manifest), 5);
    const hn_case_plan *joined = hn_manifest_case_at(manifest, 2);
    ck_assert_int_eq(joined->rows[HN_VIEW_LATERAL], 4);
    ck_assert(hn_manifest_case_at(manifest, 1)->facts.mirrored);
    ck_assert(!hn_manifest_case_at(manifest, 0)->facts.mirrored);
}
END_TEST

START_TEST(labels_of_a_case)
{
    const char *csv = "patient_id,center,view,path,label\n"
                      "1,U,ap,a,pji\n1,U,lateral,b,dislocation\n"
                      "2,U,ap,c,pji; aseptic_loosening\n"
                      "3,U,ap,d,pji\n3,U,lateral,e,\n"
                      "4,U,ap,f,none_of_five\n"
                      "5,U,ap,g,pji|unheard_of\n";
    read_all("{}", csv);
    ck_assert_str_eq(reasons(), "labels-contradict labels-contradict labels-contradict none none "
                                "none label-unknown");
    ck_assert_int_eq(hn_manifest_cases(manifest), 2);
    ck_assert_int_eq(hn_manifest_case_at(manifest, 1)->facts.reference_status,
                     HN_REFERENCE_NONE_OF_FIVE);
    close_all();
    read_all("{ \"several_labels\": \"several\" }", csv);
    ck_assert_str_eq(reasons(), "none none none none none none label-unknown");
    ck_assert_int_eq(hn_manifest_case_at(manifest, 0)->facts.reference_status,
                     HN_REFERENCE_SEVERAL);
    ck_assert_int_eq(hn_manifest_case_at(manifest, 0)->facts.label, -1);
}
END_TEST

START_TEST(visits_and_several_images)
{
    const char *csv = "patient_id,center,view,path,label,date,crp_mg_l\n"
                      "1,U,ap,a,pji,2020-01-01,1\n" /* one view only */
                      "1,U,ap,b,pji,2020-02-01,2\n" /* both views: chosen by first */
                      "1,U,lateral,c,pji,2020-02-01,3\n"
                      "1,U,ap,d,pji,2020-03-01,4\n"
                      "1,U,lateral,e,pji,2020-03-01,\n" /* both views: chosen by last */
                      "2,U,ap,f,pji,,5\n"
                      "2,U,ap,g,pji,,\n"
                      "3,U,ap,h,pji,,7\n" /* a superseded film may have its own value */
                      "3,U,ap,i,pji,,8\n";
    read_all("{}", csv);
    ck_assert_str_eq(reasons(), "superseded none none superseded superseded none superseded "
                                "none superseded");
    ck_assert_double_eq(hn_manifest_case_at(manifest, 0)->labs[0].value, 2);
    ck_assert_int_eq(hn_manifest_case_at(manifest, 0)->facts.study_year, 2020);
    ck_assert_int_eq(notes(HN_REASON_VALUES_DIFFER), 1);
    close_all();
    read_all("{ \"several_images\": \"last\" }", csv);
    ck_assert_str_eq(reasons(), "superseded superseded superseded none none superseded none "
                                "superseded none");
    ck_assert_double_eq(hn_manifest_case_at(manifest, 1)->labs[0].value, 5); /* same visit */
    close_all();
    read_all("{ \"several_images\": \"refuse\" }", csv);
    ck_assert_str_eq(reasons(), "several-images several-images several-images several-images "
                                "several-images several-images several-images several-images "
                                "several-images");
    ck_assert_int_eq(hn_manifest_cases(manifest), 0);
}
END_TEST

START_TEST(window_before_the_reference)
{
    read_all("{ \"prospective_after\": \"2020-05-01\" }",
             SIDES "1,U,ap,a,pji,left,2020-06-01,2020-06-02\n"
                   "1,U,ap,b,pji,left,2020-06-01,2020-05-22\n"
                   "1,U,lateral,c,pji,left,2020-06-01,2019-05-22\n"
                   "2,U,ap,d,pji,left,2020-06-01,2020\n"); /* the year alone decides nothing */
    ck_assert_str_eq(reasons(), "after-reference none outside-window none");
    const hn_case *facts = &hn_manifest_case_at(manifest, 0)->facts;
    ck_assert_double_eq(facts->reference_days, 10);
    ck_assert_str_eq(facts->subset_hint, "prospective");
    ck_assert_str_eq(hn_manifest_case_at(manifest, 1)->facts.subset_hint, "");
}
END_TEST

START_TEST(duplicates_and_two_centers)
{
    const char *csv = "patient_id,center,view,path,label\n"
                      "1,U,ap,a,pji\n1,U,ap,a,pji\n"
                      "2,U,ap,b,pji\n2,B,ap,c,dislocation\n";
    read_all("{}", csv);
    ck_assert_str_eq(reasons(), "none duplicate-row patient-in-two-centers patient-in-two-centers");
    close_all();
    read_all("{ \"patient_ids\": \"per_center\" }", csv);
    ck_assert_str_eq(reasons(), "none duplicate-row none none");
    ck_assert_int_eq(hn_manifest_cases(manifest), 3);
}
END_TEST

START_TEST(free_text_stays_out)
{
    read_all("{}", "patient_id,center,view,path,label,certainty,sex,serology_in_reference\n"
                   "1,U,ap,a,pji,Definite,F,yes\n"
                   "2,\"U\nx\",ap,b,pji,Mr. Miller is sure,?,perhaps\n");
    ck_assert_str_eq(hn_manifest_case_at(manifest, 0)->facts.certainty, "definite");
    ck_assert_int_eq(hn_manifest_case_at(manifest, 0)->facts.serology_in_reference, HN_ANSWER_YES);
    const hn_case_plan *second = hn_manifest_case_at(manifest, 1);
    ck_assert_str_eq(second->facts.certainty, "");
    ck_assert_str_eq(second->center, "U x");
    ck_assert_int_eq(second->facts.serology_in_reference, HN_ANSWER_UNKNOWN);
    for (int64_t i = 0; i < hn_manifest_notes(manifest); i++) {
        ck_assert_ptr_null(strstr(hn_manifest_note_at(manifest, i)->detail, "Miller"));
    }
    ck_assert_int_eq(notes(HN_REASON_VALUE_UNREADABLE), 2);
}
END_TEST

START_TEST(reasons_are_described)
{
    for (int k = 0; k < HN_REASONS; k++) {
        ck_assert_ptr_nonnull(hn_reason_name((hn_reason)k));
        ck_assert_ptr_nonnull(hn_reason_description((hn_reason)k));
    }
    ck_assert(!hn_reason_is_note(HN_REASON_IMAGE_BLANK));
    ck_assert(hn_reason_is_note(HN_REASON_SAME_PICTURE));
}
END_TEST

Suite *check_manifest_suite(void);
Suite *check_manifest_suite(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tcase = tcase_create("manifest");
    tcase_add_checked_fixture(tcase, NULL, close_all);
    tcase_add_test(tcase, spreadsheet_habits);
    tcase_add_test(tcase, each_defect_its_reason);
    tcase_add_test(tcase, missing_columns);
    tcase_add_test(tcase, spellings_of_a_center);
    tcase_add_test(tcase, views_and_projections);
    tcase_add_test(tcase, hips_and_index_dates);
    tcase_add_test(tcase, labels_of_a_case);
    tcase_add_test(tcase, visits_and_several_images);
    tcase_add_test(tcase, window_before_the_reference);
    tcase_add_test(tcase, duplicates_and_two_centers);
    tcase_add_test(tcase, free_text_stays_out);
    suite_add_tcase(suite, tcase);
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, reasons_are_described);
    suite_add_tcase(suite, tables);
    return suite;
}
