/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixtures.h"
#include "scratch.h"

#include <hipnet/file.h>
#include <hipnet/selection.h>
#include <hipnet/text.h>
#include <string.h>

Suite *check_predictions_suite(void);

#define HEADER "patient_id,center,subset,label,views,p_pji,p_loose,case_id\n"

static hn_status parse(hn_predictions **out, const char *text)
{
    return hn_predictions_parse(out, text, (int64_t)strlen(text), "p.csv");
}

static hn_predictions *good(const char *text)
{
    hn_predictions *made = NULL;
    must(parse(&made, text));
    return made;
}

START_TEST(a_file_is_read)
{
    hn_predictions *p = good("patient_id,center,subset,label,views,p_pji,p_loose,case_id,"
                             "reference_status,result,age,sex,side,crp_mg_l\n"
                             "q1,north,external,pji,both,0.75,0.25,c1,single,answered,90+,F,L,<5\n"
                             "q1,north,external,,ap,0.5,0.5,c2,pending,abstained,67,F,R,12.5\n"
                             "q2,south,train,loose,lateral,,,c3,,unreadable,,,,\n");
    ck_assert_int_eq(p->count, 3);
    ck_assert_int_eq(p->class_count, 2);
    ck_assert_str_eq(p->classes[1], "loose");
    ck_assert_int_eq(p->extra_count, 1);
    ck_assert_str_eq(p->rows[0].extra[0], "<5");
    ck_assert_str_eq(p->rows[0].age, "90+");
    ck_assert_int_eq(p->rows[0].label_class, 0);
    ck_assert_int_eq(p->rows[1].reference, HN_REF_PENDING);
    ck_assert_int_eq(p->rows[1].result, HN_RESULT_ABSTAINED);
    ck_assert_int_eq(p->rows[2].result, HN_RESULT_UNREADABLE);
    ck_assert(isnan(p->rows[2].probabilities[0]));
    ck_assert_int_eq(p->rows[2].line, 4);
    ck_assert_int_eq(hn_prediction_top(p, &p->rows[0]), 0);
    ck_assert_int_eq(hn_prediction_top(p, &p->rows[1]), 0); /* the first of a tie */
    ck_assert_int_eq(hn_prediction_top(p, &p->rows[2]), -1);
    ck_assert_int_eq(hn_predictions_extra(p, "crp_mg_l"), 0);
    ck_assert_int_eq(hn_predictions_extra(p, "esr_mm_h"), -1);
    hn_predictions_free(p);
}
END_TEST

START_TEST(only_three_columns_are_needed)
{
    hn_predictions *p = good("label;p_a;p_b;patient_id\r\na;1;0;x\r\nb;0;1;x\r\n");
    ck_assert_int_eq(p->count, 2);
    ck_assert(!p->has_case_id && !p->has_center && !p->has_subset && !p->has_views);
    ck_assert_str_eq(p->rows[0].case_id, "");
    hn_predictions_free(p);
}
END_TEST

static const struct {
    const char *text, *says;
} refused[] = {
    { "", "p.csv" },
    { HEADER, "no row below the header" },
    { "patient_id,label,p_a\nq,a,1\n", "at least 2" },
    { "patient_id,p_a,p_b\nq,1,0\n", "label" },
    { "label,p_a,p_b\na,1,0\n", "patient_id" },
    { "patient_id,label,p_a,p_a\nq,a,1,0\n", "there twice" },
    { "patient_id,label,label,p_a,p_b\nq,a,a,1,0\n", "there twice" },
    { "patient_id,label,p_,p_b\nq,b,1,0\n", "class name" },
    { "patient_id,label,p_a/b,p_b\nq,b,1,0\n", "class name 'a/b'" },
    { HEADER "q1,n,external,pji,both,0.6,0.5,c1\n", "line 2: the probabilities sum to 1.1" },
    { HEADER "q1,n,external,pji,both,0.5,0.500002,c1\n", "line 2: the probabilities sum to" },
    { HEADER "q1,n,external,pji,both,nan,0.5,c1\n", "line 2: p_pji 'nan'" },
    { HEADER "q1,n,external,pji,both,inf,0.5,c1\n", "line 2: p_pji 'inf'" },
    { HEADER "q1,n,external,pji,both,1e999,0.5,c1\n", "line 2: p_pji '1e999'" },
    { HEADER "q1,n,external,pji,both,high,0.5,c1\n", "line 2: p_pji 'high'" },
    { HEADER "q1,n,external,pji,both,-0.5,1.5,c1\n", "line 2: p_pji is -0.5, not in [0, 1]" },
    { HEADER "q1,n,external,pji,both,1.5,-0.5,c1\n", "line 2: p_pji is 1.5, not in [0, 1]" },
    { HEADER "q1,n,external,pji,both,,1,c1\n", "line 2: 1 of 2 probabilities are missing" },
    { HEADER "q1,n,external,pji,both,,,c1\n", "line 2: 2 of 2 probabilities are missing" },
    { HEADER "q1,n,external,pji,both,1,0,c1\nq2,n,external,pji,both,1,0,c1\n",
      "line 3: case 'c1' stands in two rows" },
    { HEADER "q1,n,external,pji,both,1,0,c1\nq2,n,external,pji,both,1,0,\n", "line 3: case_id" },
    { HEADER "q1,n,external,losse,both,1,0,c1\n", "did you mean 'loose'?" },
    { HEADER "q1,n,external,,both,1,0,c1\n", "line 2: label is empty" },
    { HEADER ",n,external,pji,both,1,0,c1\n", "line 2: patient_id is empty" },
    { HEADER "q1,n,validation,pji,both,1,0,c1\n", "line 2: subset 'validation' is not one of" },
    { HEADER "q1,n,external,pji,oblique,1,0,c1\n", "line 2: views 'oblique' is not one of" },
    { "patient_id,label,p_a,p_b,reference_status\nq,a,1,0,singel\n", "did you mean 'single'?" },
    { "patient_id,label,p_a,p_b,result\nq,a,1,0,yes\n", "result 'yes' is not one of answered" },
};

START_TEST(what_is_wrong_is_refused)
{
    hn_predictions *made = NULL;
    hn_status status = parse(&made, refused[_i].text);
    ck_assert_msg(status != HN_OK, "%s", refused[_i].text);
    ck_assert_ptr_null(made);
    ck_assert_msg(strstr(hn_error_message(), refused[_i].says) != NULL, "'%s' does not say '%s'",
                  hn_error_message(), refused[_i].says);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "p.csv"));
    ck_assert_ptr_null(strchr(hn_error_message(), '\n'));
}
END_TEST

START_TEST(sums_within_a_millionth)
{
    hn_predictions *p = good(HEADER "q1,n,external,pji,both,0.5,0.50000005,c1\n"
                                    "q2,n,external,pji,both,0.5,0.5000000001,c2\n");
    ck_assert_int_eq(p->inexact_sums, 1);
    hn_predictions_free(p);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    scratch_open();
    static const char *const classes[] = { "pji", "aseptic_loosening", "wear" };
    static const char *const extra[] = { "crp_mg_l", "note" };
    hn_predictions *made = NULL;
    hn_predictions *back = NULL;
    must(hn_predictions_new(&made, classes, 3, extra, 2));
    for (int i = 0; i < 20; i++) {
        double a = 1.0 / (3 + i);
        double p[3] = { a, a / 7, 1 - a - a / 7 };
        char id[16];
        const char *cells[2] = { "<5", "said \"yes\",\nthen no" };
        snprintf(id, sizeof id, "c%d", i);
        hn_prediction row = { .patient_id = "q",
                              .case_id = id,
                              .label = classes[i % 3],
                              .views = "both",
                              .probabilities = p,
                              .extra = cells };
        must(hn_predictions_add(made, &row));
    }
    hn_prediction blind = {
        .patient_id = "q", .case_id = "blind", .label = "wear", .result = HN_RESULT_UNREADABLE
    };
    must(hn_predictions_add(made, &blind));
    must(hn_predictions_write(made, scratch("p.csv"), false));
    ck_assert_int_eq(hn_predictions_write(made, scratch("p.csv"), false), HN_EEXISTS);
    must(hn_predictions_read(&back, scratch("p.csv")));
    ck_assert_int_eq(back->count, 21);
    for (int i = 0; i < 21; i++) {
        ck_assert_str_eq(back->rows[i].case_id, made->rows[i].case_id);
        ck_assert_str_eq(back->rows[i].extra[1], made->rows[i].extra[1]);
        for (int k = 0; k < 3 && i < 20; k++) {
            ck_assert(back->rows[i].probabilities[k] == made->rows[i].probabilities[k]);
        }
    }
    ck_assert_int_eq(back->rows[20].result, HN_RESULT_UNREADABLE);
    char first[65], second[65];
    must(hn_predictions_sha256(first, made));
    must(hn_predictions_sha256(second, back));
    ck_assert_str_eq(first, second);
    hn_predictions_free(made);
    hn_predictions_free(back);
    scratch_close();
}
END_TEST

START_TEST(what_cannot_be_added)
{
    static const char *const classes[] = { "pji", "wear" };
    static const char *const twice[] = { "pji", "pji" };
    hn_predictions *made = NULL;
    ck_assert_int_eq(hn_predictions_new(&made, classes, 1, NULL, 0), HN_EFORMAT);
    ck_assert_int_eq(hn_predictions_new(&made, twice, 2, NULL, 0), HN_EFORMAT);
    must(hn_predictions_new(&made, classes, 2, NULL, 0));
    double p[2] = { 0.5, NAN };
    hn_prediction row = { .patient_id = "q", .case_id = "c1", .label = "pji", .probabilities = p };
    ck_assert_int_eq(hn_predictions_add(made, &row), HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "case 'c1'"));
    p[1] = INFINITY;
    ck_assert_int_eq(hn_predictions_add(made, &row), HN_EDATA);
    p[1] = 0.5;
    must(hn_predictions_add(made, &row));
    ck_assert_int_eq(hn_predictions_add(made, &row), HN_EDATA);
    hn_predictions_free(made);
}
END_TEST

START_TEST(many_cases_stay_apart)
{
    static const char *const classes[] = { "a", "b" };
    static const double p[2] = { 0.25, 0.75 };
    hn_predictions *made = NULL;
    must(hn_predictions_new(&made, classes, 2, NULL, 0));
    for (int i = 0; i < 3000; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%d", i);
        hn_prediction row = { .patient_id = id, .case_id = id, .label = "a", .probabilities = p };
        must(hn_predictions_add(made, &row));
    }
    hn_prediction again = {
        .patient_id = "x", .case_id = "c1500", .label = "a", .probabilities = p
    };
    ck_assert_int_eq(hn_predictions_add(made, &again), HN_EDATA);
    hn_predictions_free(made);
}
END_TEST

static const struct {
    const char *text;
    double value;
    int censoring;
} measurements[] = {
    { "", NAN, 0 },   { "  ", NAN, 0 },   { "5", 5, 0 },       { "<5", 5, -1 },
    { "< 5", 5, -1 }, { ">300", 300, 1 }, { "12.5", 12.5, 0 },
};

START_TEST(measurements_keep_their_censoring)
{
    hn_measurement m;
    must(hn_measurement_parse(&m, measurements[_i].text));
    ck_assert_int_eq(m.censoring, measurements[_i].censoring);
    ck_assert(m.value == measurements[_i].value ||
              (isnan(m.value) && isnan(measurements[_i].value)));
}
END_TEST

START_TEST(measurements_that_are_none)
{
    static const char *const words[] = { "n/a", "<", "<<5", "5-6", "nan", "inf", "> inf" };
    hn_measurement m = { 0 };
    for (size_t i = 0; i < HN_COUNT_OF(words); i++) {
        ck_assert_msg(hn_measurement_parse(&m, words[i]) == HN_EFORMAT, "%s", words[i]);
    }
}
END_TEST

/* ---- Selection ------------------------------------------------------------------------------- */

#define ROW(id, subset, label, status, result)                                                     \
    "q" id ",n," subset "," label ",both,0.5,0.5,c" id "," status "," result "\n"
#define LONG_HEADER                                                                                \
    "patient_id,center,subset,label,views,p_pji,p_loose,case_id,reference_status,result\n"

static hn_selection *choose(hn_predictions *p, const char *subsets)
{
    hn_text_list list = { 0 };
    hn_selection *made = NULL;
    must(hn_text_split(&list, subsets, ','));
    must(hn_selection_new(&made, p, &list));
    hn_text_list_clear(&list);
    return made;
}

START_TEST(external_is_the_default)
{
    hn_predictions *p = good(LONG_HEADER ROW("1", "train", "pji", "", "")
                                 ROW("2", "external", "pji", "single", "answered")
                                     ROW("3", "external", "", "indeterminate", "")
                                         ROW("4", "external", "loose", "", "abstained")
                                             ROW("5", "internal_test", "loose", "", ""));
    hn_selection *s = choose(p, "");
    ck_assert_int_eq(s->count, 1);
    ck_assert_int_eq(s->rows[0], 1);
    ck_assert_int_eq(s->rows_chosen, 3);
    ck_assert_int_eq(s->reference[HN_REF_INDETERMINATE], 1);
    ck_assert_int_eq(s->result[HN_RESULT_ABSTAINED], 1);
    ck_assert(s->by_default && !s->whole);
    hn_selection_free(s);
    s = choose(p, "internal_test,train");
    ck_assert_int_eq(s->count, 2);
    ck_assert(!s->by_default);
    hn_selection_free(s);
    hn_selection *none = NULL;
    hn_text_list list = { 0 };
    must(hn_text_list_add(&list, "prospective"));
    ck_assert_int_eq(hn_selection_new(&none, p, &list), HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "prospective"));
    hn_text_list_clear(&list);
    hn_predictions_free(p);
}
END_TEST

START_TEST(without_external_all_but_training)
{
    hn_predictions *p =
        good(LONG_HEADER ROW("1", "train", "pji", "", "") ROW("2", "internal_test", "pji", "", "")
                 ROW("3", "prospective", "pji", "", "") ROW("4", "tuning", "pji", "", ""));
    hn_selection *s = choose(p, "");
    ck_assert_int_eq(s->count, 2);
    ck_assert_int_eq(s->rows[0], 1);
    ck_assert_int_eq(s->rows[1], 2);
    hn_selection_free(s);
    hn_predictions_free(p);
    p = good(LONG_HEADER ROW("1", "train", "pji", "", ""));
    ck_assert_int_eq(hn_selection_new(&s, p, NULL), HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "--subset"));
    hn_predictions_free(p);
    p = good(LONG_HEADER ROW("1", "", "pji", "", "") ROW("2", "", "", "pending", ""));
    s = choose(p, "");
    ck_assert(s->whole);
    ck_assert_int_eq(s->count, 1);
    hn_selection_free(s);
    hn_predictions_free(p);
}
END_TEST

START_TEST(a_patient_in_two_subsets_is_counted)
{
    hn_predictions *p = good(LONG_HEADER "q1,n,train,pji,both,1,0,c1,,\n"
                                         "q1,n,external,pji,both,1,0,c2,,\n"
                                         "q2,n,external,pji,both,1,0,c3,,\n");
    hn_selection *s = choose(p, "");
    ck_assert_int_eq(s->patients_in_two_subsets, 1);
    hn_selection_free(s);
    hn_predictions_free(p);
}
END_TEST

Suite *check_predictions_suite(void)
{
    Suite *suite = suite_create("predictions");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, a_file_is_read);
    tcase_add_test(reading, only_three_columns_are_needed);
    tcase_add_loop_test(reading, what_is_wrong_is_refused, 0, (int)HN_COUNT_OF(refused));
    tcase_add_test(reading, sums_within_a_millionth);
    tcase_add_loop_test(reading, measurements_keep_their_censoring, 0,
                        (int)HN_COUNT_OF(measurements));
    tcase_add_test(reading, measurements_that_are_none);
    suite_add_tcase(suite, reading);
    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, what_is_written_reads_back);
    tcase_add_test(writing, what_cannot_be_added);
    tcase_add_test(writing, many_cases_stay_apart);
    suite_add_tcase(suite, writing);
    TCase *selection = tcase_create("selection");
    tcase_add_test(selection, external_is_the_default);
    tcase_add_test(selection, without_external_all_but_training);
    tcase_add_test(selection, a_patient_in_two_subsets_is_counted);
    suite_add_tcase(suite, selection);
    return suite;
}
