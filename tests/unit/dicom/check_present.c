/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gray scale in the standard's order, against its formulas worked out here. */
#include <hipnet/dicom.h>
#include <hipnet/memory.h>

#include "builder.h"

#include <check.h>
#include <math.h>

static struct builder b;
static char note[HN_DICOM_NOTE_SIZE];
static const int stored[6] = { 0, 1, 1000, 2047, 2048, 4095 };
static float *shown;

static void setup(void)
{
    shown = NULL;
}

static void teardown(void)
{
    hn_free(shown);
}

static void start(const char *photometric, int is_signed)
{
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, photometric, 2, 3, 16, is_signed ? 13 : 12, is_signed);
}

static void finish(const int *values, hn_dicom_voi voi)
{
    put_pixels16(&b, values, 6);
    HN_AUTO_DICOM *dicom = NULL;
    ck_assert_msg(hn_dicom_open_bytes(&dicom, b.bytes, b.size, "film") == HN_OK, "%s",
                  hn_error_message());
    hn_free(shown);
    shown = NULL;
    ck_assert_msg(hn_dicom_present(&shown, note, dicom, 0, voi) == HN_OK, "%s", hn_error_message());
}

static void expect(const double *expected)
{
    for (int i = 0; i < 6; i++) {
        ck_assert_double_eq_tol((double)shown[i], expected[i], 1e-6);
    }
}

static double cut(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

START_TEST(without_a_window_the_range_of_the_values)
{
    start("MONOCHROME2", 0);
    finish(stored, HN_DICOM_VOI_FIRST);
    double expected[6];
    for (int i = 0; i < 6; i++) {
        expected[i] = stored[i] / 4095.0;
    }
    expect(expected);
    ck_assert_str_eq(note, "range 0 to 4095");
}
END_TEST

START_TEST(rescale_then_window_then_inversion)
{
    start("MONOCHROME1", 0);
    put_text(&b, 0x00281050, "DS", "500\\9");
    put_text(&b, 0x00281051, "DS", "2001\\9");
    put_text(&b, 0x00281052, "DS", "-1000");
    put_text(&b, 0x00281053, "DS", "0.5");
    finish(stored, HN_DICOM_VOI_FIRST);
    double expected[6];
    for (int i = 0; i < 6; i++) {
        double x = stored[i] * 0.5 - 1000;
        expected[i] = 1 - cut((x - 499.5) / 2000 + 0.5);
    }
    expect(expected);
    ck_assert_str_eq(note, "rescale 0.5 -1000; window 500/2001 linear, first of several; inverted");
    start("MONOCHROME1", 0);
    put_text(&b, 0x00281050, "DS", "500");
    put_text(&b, 0x00281051, "DS", "2001");
    finish(stored, HN_DICOM_VOI_NONE);
    for (int i = 0; i < 6; i++) {
        expected[i] = 1 - stored[i] / 4095.0;
    }
    expect(expected);
}
END_TEST

START_TEST(window_functions)
{
    double expected[6];
    start("MONOCHROME2", 0);
    put_text(&b, 0x00281050, "DS", "2000");
    put_text(&b, 0x00281051, "DS", "1000");
    put_text(&b, 0x00281056, "CS", "SIGMOID");
    finish(stored, HN_DICOM_VOI_FIRST);
    for (int i = 0; i < 6; i++) {
        expected[i] = 1 / (1 + exp(-4 * (stored[i] - 2000) / 1000.0));
    }
    expect(expected);
    start("MONOCHROME2", 0);
    put_text(&b, 0x00281050, "DS", "2047.5");
    put_text(&b, 0x00281051, "DS", "4095");
    put_text(&b, 0x00281056, "CS", "LINEAR_EXACT");
    finish(stored, HN_DICOM_VOI_FIRST);
    for (int i = 0; i < 6; i++) {
        expected[i] = cut((stored[i] - 2047.5) / 4095 + 0.5);
    }
    expect(expected);
    start("MONOCHROME2", 0); /* a width of 1 is a step at center - 0.5 */
    put_text(&b, 0x00281050, "DS", "2048");
    put_text(&b, 0x00281051, "DS", "1");
    finish(stored, HN_DICOM_VOI_FIRST);
    const double step[6] = { 0, 0, 0, 0, 1, 1 };
    expect(step);
    start("MONOCHROME2", 0); /* and 0 is none */
    put_text(&b, 0x00281050, "DS", "2048");
    put_text(&b, 0x00281051, "DS", "0");
    finish(stored, HN_DICOM_VOI_FIRST);
    ck_assert_str_eq(note, "window of width 0 ignored; range 0 to 4095");
}
END_TEST

/* A look-up table sequence with one item. */
static void put_lut(uint32_t sequence, int count, int first, const char *vr, int bits,
                    const int *entries)
{
    uint32_t length = 8 + 6 + 12 + (uint32_t)count * 2;
    put_head(&b, sequence, "SQ", 8 + length);
    put_number(&b, 0xe000fffe, 4);
    put_number(&b, length, 4);
    uint8_t descriptor[6] = { (uint8_t)count,        (uint8_t)(count >> 8), (uint8_t)first,
                              (uint8_t)(first >> 8), (uint8_t)bits,         0 };
    put_value(&b, 0x00283002, vr, descriptor, 6);
    put_head(&b, 0x00283006, "OW", (uint32_t)count * 2);
    for (int i = 0; i < count; i++) {
        put_number(&b, (uint32_t)entries[i], 2);
    }
}

START_TEST(look_up_tables)
{
    const int values[6] = { -5, -2, -1, 0, 1, 7 }; /* below, inside and above the table */
    const int modality[3] = { 100, 200, 300 };     /* for -2, -1, 0 */
    const int voi[4] = { 0, 40, 250, 255 };        /* for 199 to 202 */
    start("MONOCHROME2", 1);
    put_lut(0x00283000, 3, -2, "SS", 16, modality);
    put_lut(0x00283010, 4, 199, "US", 8, voi);
    finish(values, HN_DICOM_VOI_FIRST);
    const double expected[6] = { 0, 0, 40 / 255.0, 1, 1, 1 };
    expect(expected);
    ck_assert_str_eq(note, "modality LUT; VOI LUT");
}
END_TEST

START_TEST(an_unusable_voi_lut_gives_way_to_the_window)
{
    start("MONOCHROME2", 0);
    put_text(&b, 0x00281050, "DS", "2048");
    put_text(&b, 0x00281051, "DS", "4096");
    put_head(&b, 0x00283010, "SQ", 8);
    put_number(&b, 0xe000fffe, 4);
    put_number(&b, 0, 4);
    finish(stored, HN_DICOM_VOI_FIRST);
    ck_assert_str_eq(note, "unusable VOI LUT ignored; window 2048/4096 linear");
    ck_assert_float_eq(shown[5], 1);
}
END_TEST

START_TEST(padding_is_black_and_not_measured)
{
    const int values[6] = { -2000, 0, 10, 20, 30, 40 };
    start("MONOCHROME1", 1);
    uint8_t padding[2] = { 0x30, 0xf8 }; /* -2000 */
    put_value(&b, 0x00280120, "SS", padding, 2);
    finish(values, HN_DICOM_VOI_FIRST);
    const double expected[6] = { 0, 1, 0.75, 0.5, 0.25, 0 };
    expect(expected);
    ck_assert_str_eq(note, "range 0 to 40; inverted");
}
END_TEST

START_TEST(colour_becomes_luminance)
{
    static const struct {
        const char *photometric;
        double gray;
    } cases[] = {
        { "RGB", (0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255 },
        { "YBR_FULL", 200 / 255.0 },
    };
    for (size_t i = 0; i < HN_COUNT_OF(cases); i++) {
        put_start(&b, EXPLICIT_LE);
        put_us(&b, 0x00280002, 3);
        put_text(&b, 0x00280004, "CS", cases[i].photometric);
        put_us(&b, 0x00280006, 1); /* by plane */
        put_us(&b, 0x00280010, 1);
        put_us(&b, 0x00280011, 2);
        put_us(&b, 0x00280100, 8);
        put_us(&b, 0x00280101, 8);
        put_us(&b, 0x00280102, 7);
        put_us(&b, 0x00280103, 0);
        const uint8_t planes[6] = { 200, 255, 100, 255, 50, 255 };
        put_value(&b, 0x7fe00010, "OB", planes, 6);
        HN_AUTO_DICOM *dicom = NULL;
        ck_assert_int_eq(hn_dicom_open_bytes(&dicom, b.bytes, b.size, "film"), HN_OK);
        hn_free(shown);
        shown = NULL;
        ck_assert_int_eq(hn_dicom_present(&shown, note, dicom, 0, HN_DICOM_VOI_FIRST), HN_OK);
        ck_assert_double_eq_tol((double)shown[0], cases[i].gray, 1e-6);
        ck_assert_double_eq_tol((double)shown[1], 1, 1e-6);
    }
}
END_TEST

Suite *check_present_suite(void);
Suite *check_present_suite(void)
{
    Suite *suite = suite_create("present");
    TCase *tests = tcase_create("present");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_a_window_the_range_of_the_values);
    tcase_add_test(tests, rescale_then_window_then_inversion);
    tcase_add_test(tests, window_functions);
    tcase_add_test(tests, look_up_tables);
    tcase_add_test(tests, an_unusable_voi_lut_gives_way_to_the_window);
    tcase_add_test(tests, padding_is_black_and_not_measured);
    tcase_add_test(tests, colour_becomes_luminance);
    suite_add_tcase(suite, tests);
    return suite;
}
