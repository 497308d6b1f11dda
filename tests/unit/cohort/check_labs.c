/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as people write them: tables of what is read as what, and of what is refused. */
#include <hipnet/labs.h>
#include <hipnet/manifest.h>
#include <hipnet/number.h>

#include <check.h>
#include <math.h>
#include <string.h>

static const hn_lab_rule mg_l = { .unit = "mg/L" };
static const hn_lab_rule mg_dl = { .unit = "mg/L", .from_unit = "mg/dL" };
static const hn_lab_rule limited = {
    .unit = "mg/L", .has_lower = true, .lower = 0.6, .has_upper = true, .upper = 500
};

START_TEST(values_that_are_read)
{
    static const struct reading {
        const char *text;
        const hn_lab_rule *rule;
        double value;
        hn_bound bound;
        bool midpoint;
    } rows[] = {
        { "5", &mg_l, 5, HN_BOUND_EXACT, false },
        { " 12.5 ", &mg_l, 12.5, HN_BOUND_EXACT, false },
        { "12,5", &mg_l, 12.5, HN_BOUND_EXACT, false },
        { "0,125", &mg_l, 0.125, HN_BOUND_EXACT, false },
        { "1.234,5", &mg_l, 1234.5, HN_BOUND_EXACT, false },
        { "1,234.5", &mg_l, 1234.5, HN_BOUND_EXACT, false },
        { "1,234,567", &mg_l, 1234567, HN_BOUND_EXACT, false },
        { "1234,567", &mg_l, 1234.567, HN_BOUND_EXACT, false },
        { "<5", &mg_l, 5, HN_BOUND_BELOW, false },
        { "< 0,6 mg/l", &mg_l, 0.6, HN_BOUND_BELOW, false },
        { "<= 5", &mg_l, 5, HN_BOUND_BELOW, false },
        { ">200", &mg_l, 200, HN_BOUND_ABOVE, false },
        { "\xe2\x89\xa5 200", &mg_l, 200, HN_BOUND_ABOVE, false },
        { "200+", &mg_l, 200, HN_BOUND_ABOVE, false },
        { "91-92", &mg_l, 91.5, HN_BOUND_EXACT, true },
        { "91 \xe2\x80\x93 92", &mg_l, 91.5, HN_BOUND_EXACT, true },
        { "1.2 mg/dL", &mg_l, 12, HN_BOUND_EXACT, false },
        { "1.2", &mg_dl, 12, HN_BOUND_EXACT, false },
        { "12 mg/L", &mg_dl, 12, HN_BOUND_EXACT, false },
        { "<0.5", &mg_dl, 5, HN_BOUND_BELOW, false },
        { "inf", &limited, 500, HN_BOUND_ABOVE, false },
        { "-Inf", &limited, 0.6, HN_BOUND_BELOW, false },
    };
    const struct reading *row = &rows[_i];
    hn_lab lab;
    ck_assert_msg(hn_lab_read(&lab, row->text, row->rule) == HN_OK, "%s: %s", row->text,
                  hn_error_message());
    ck_assert_msg(fabs(lab.value - row->value) < 1e-12 * row->value, "%s is %g", row->text,
                  lab.value);
    ck_assert_int_eq(lab.bound, row->bound);
    ck_assert_int_eq(lab.midpoint, row->midpoint);
}
END_TEST
enum { VALUES = 22 };

START_TEST(values_that_are_refused)
{
    static const char *const texts[] = {
        "1,234",
        "low 90s",
        "5-50",
        "92-91",
        "-3",
        "inf",
        "12 mm/h",
        "12 foo",
        "5 mg/L x",
        "1.2.3",
        "1,2,3",
        "12,",
        ".",
        "<",
        "<5-6",
        "1,23.456,7",
        "12..13x",
        "--",
        "99999999999999999999999999999999999999999999999999999999999999999",
        "5e3",
        "nan",
    };
    for (size_t i = 0; i < HN_COUNT_OF(texts); i++) {
        hn_lab lab = { .value = 7 };
        ck_assert_msg(hn_lab_read(&lab, texts[i], &mg_l) == HN_EFORMAT, "'%s' was read as %g",
                      texts[i], lab.value);
        ck_assert_double_eq(lab.value, 7);
    }
    hn_lab lab;
    ck_assert_int_eq(hn_lab_read(&lab, "5 mg/L", NULL), HN_EFORMAT); /* no unit to hold it to */
    ck_assert_int_eq(hn_lab_read(&lab, "  ", &mg_l), HN_OK);
    ck_assert(isnan(lab.value));
}
END_TEST

START_TEST(written_as_read)
{
    static const char *const texts[] = { "5", "<5", ">200", "12.5", "" };
    for (size_t i = 0; i < HN_COUNT_OF(texts); i++) {
        hn_lab lab;
        char out[HN_LAB_SIZE];
        ck_assert_int_eq(hn_lab_read(&lab, texts[i], &mg_l), HN_OK);
        hn_lab_text(out, &lab);
        ck_assert_str_eq(out, texts[i]);
    }
}
END_TEST

START_TEST(ages)
{
    static const struct {
        const char *text;
        double years;
    } good[] = { { "63", 63 },    { "63,5", 63.5 }, { "50+", 50 },     { "063Y", 63 },
                 { "018M", 1.5 }, { ">90", 90 },    { "60-69", 64.5 }, { "70 years", 70 } };
    static const char *const bad[] = { "adult", "131", "-1", "40-70", "1e2", "63 kg", "63-" };
    hn_lab age;
    for (size_t i = 0; i < HN_COUNT_OF(good); i++) {
        ck_assert_msg(hn_age_read(&age, good[i].text) == HN_OK, "%s", good[i].text);
        ck_assert_double_eq_tol(age.value, good[i].years, 1e-12);
    }
    for (size_t i = 0; i < HN_COUNT_OF(bad); i++) {
        ck_assert_msg(hn_age_read(&age, bad[i]) == HN_EFORMAT, "%s", bad[i]);
    }
    ck_assert_int_eq(hn_age_read(&age, "50+"), HN_OK);
    ck_assert_int_eq(age.bound, HN_BOUND_ABOVE);
}
END_TEST

START_TEST(units)
{
    double factor;
    ck_assert_int_eq(hn_unit_factor(&factor, "mg/dl", "mg/L"), HN_OK);
    ck_assert_double_eq(factor, 10);
    ck_assert_int_eq(hn_unit_factor(&factor, "\xc2\xb5g/mL", "mg/L"), HN_OK);
    ck_assert_double_eq(factor, 1);
    ck_assert_int_eq(hn_unit_factor(&factor, "mm/h", "mg/L"), HN_EFORMAT);
    ck_assert_int_eq(hn_unit_factor(&factor, "stones", "mg/L"), HN_EFORMAT);
    ck_assert_str_eq(hn_unit_of_name("crp_mg_l"), "mg/L");
    ck_assert_str_eq(hn_unit_of_name("esr_mm_h"), "mm/h");
    ck_assert_ptr_null(hn_unit_of_name("lucky_number"));
}
END_TEST

START_TEST(dates)
{
    static const struct {
        const char *text;
        hn_date_order order;
        const char *iso; /* NULL: refused */
        char precision;
    } rows[] = {
        { "2020-03-01", HN_DATE_YMD, "2020-03-01", 'd' },
        { "20200301", HN_DATE_YMD, "2020-03-01", 'd' },
        { "2020", HN_DATE_YMD, "2020-01-01", 'y' },
        { "2020-03", HN_DATE_YMD, "2020-03-01", 'm' },
        { "2020-03-01 10:15:00", HN_DATE_YMD, "2020-03-01", 'd' },
        { "2020-03-01T10:15", HN_DATE_YMD, "2020-03-01", 'd' },
        { "May 4, 2010", HN_DATE_YMD, "2010-05-04", 'd' },
        { "4 May 2010", HN_DATE_YMD, "2010-05-04", 'd' },
        { "4. September 2010", HN_DATE_YMD, "2010-09-04", 'd' },
        { "04.05.2010", HN_DATE_DMY, "2010-05-04", 'd' },
        { "04/05/2010", HN_DATE_MDY, "2010-04-05", 'd' },
        { "11/27/19", HN_DATE_MDY, "2019-11-27", 'd' },
        { "1/2/71", HN_DATE_DMY, "1971-02-01", 'd' },
        { "11/27/19", HN_DATE_DMY, NULL, 0 },
        { "11/27/19", HN_DATE_YMD, NULL, 0 },
        { "04.05.2010", HN_DATE_YMD, NULL, 0 },
        { "2020-02-30", HN_DATE_YMD, NULL, 0 },
        { "30.02.2020", HN_DATE_DMY, NULL, 0 },
        { "1800", HN_DATE_YMD, NULL, 0 },
        { "soon", HN_DATE_YMD, NULL, 0 },
        { "May 2010", HN_DATE_YMD, NULL, 0 },
        { "Foo 4, 2010", HN_DATE_YMD, NULL, 0 },
        { "4 5 6 7", HN_DATE_DMY, NULL, 0 },
        { "12345678901234567890123456789012345678901234567890123", HN_DATE_DMY, NULL, 0 },
    };
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        hn_date date = { 0 };
        hn_status status = hn_date_read(&date, rows[i].text, rows[i].order);
        ck_assert_msg((status == HN_OK) == (rows[i].iso != NULL), "%s: %s", rows[i].text,
                      hn_error_message());
        if (rows[i].iso) {
            char iso[HN_DATE_SIZE];
            hn_format_date(iso, date.days);
            ck_assert_str_eq(iso, rows[i].iso);
            ck_assert_int_eq(date.precision, rows[i].precision);
        }
    }
}
END_TEST

Suite *check_labs_suite(void);
Suite *check_labs_suite(void)
{
    Suite *suite = suite_create("labs");
    TCase *tcase = tcase_create("labs");
    tcase_add_loop_test(tcase, values_that_are_read, 0, VALUES);
    tcase_add_test(tcase, values_that_are_refused);
    tcase_add_test(tcase, written_as_read);
    tcase_add_test(tcase, ages);
    tcase_add_test(tcase, units);
    tcase_add_test(tcase, dates);
    suite_add_tcase(suite, tcase);
    return suite;
}
