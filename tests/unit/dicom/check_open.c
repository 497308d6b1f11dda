/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read from a file, what is refused, and that damage anywhere never does worse. */
#include <hipnet/dicom.h>
#include <hipnet/memory.h>

#include "builder.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static struct builder b;
static hn_dicom *dicom;

static void setup(void)
{
    dicom = NULL;
}

static void teardown(void)
{
    hn_dicom_close(dicom);
}

static hn_status open_built(void)
{
    hn_dicom_close(dicom);
    dicom = NULL;
    uint8_t *copy = malloc(b.size); /* its own block, so that over-reads are seen */
    memcpy(copy, b.bytes, b.size);
    hn_status status = hn_dicom_open_bytes(&dicom, copy, b.size, "film");
    free(copy);
    return status;
}

static const hn_dicom_facts *facts(void)
{
    return hn_dicom_facts_of(dicom);
}

static const int four[4] = { 0, 100, 2000, 4095 };

static void put_simple(void)
{
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 2, 2, 16, 12, 0);
    put_pixels16(&b, four, 4);
}

START_TEST(stored_values_and_facts)
{
    put_simple();
    ck_assert_msg(open_built() == HN_OK, "%s", hn_error_message());
    ck_assert_str_eq(facts()->modality, "DX");
    ck_assert_str_eq(facts()->transfer_syntax, EXPLICIT_LE);
    ck_assert(facts()->meta_header && facts()->preamble && facts()->has_pixels);
    ck_assert_int_eq(facts()->bits_stored, 12);
    ck_assert_int_eq(facts()->frames, 1);
    ck_assert_int_eq(facts()->spacing, HN_SPACING_NONE);
    ck_assert(facts()->study_days == INT64_MIN);
    hn_dicom_pixels pixels;
    ck_assert_int_eq(hn_dicom_stored(&pixels, dicom, 0), HN_OK);
    ck_assert_int_eq(pixels.type, HN_DICOM_U16);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(((uint16_t *)pixels.data)[i], four[i]);
    }
    ck_assert_double_eq(pixels.maximum, 4095);
    hn_dicom_pixels_clear(&pixels);
    ck_assert_int_eq(hn_dicom_stored(&pixels, dicom, 1), HN_ENOTFOUND);
}
END_TEST

START_TEST(no_preamble_no_meta_header)
{
    put_simple();
    size_t start = 132 + 12 + 8 + 20; /* preamble and meta header */
    memmove(b.bytes, b.bytes + start, b.size - start);
    b.size -= start;
    ck_assert_msg(open_built() == HN_OK, "%s", hn_error_message());
    ck_assert(!facts()->meta_header && !facts()->preamble);
    ck_assert_str_eq(facts()->transfer_syntax, EXPLICIT_LE);
    ck_assert_int_eq(facts()->rows, 2);
}
END_TEST

/* Exactly one spacing is chosen, and its meaning is the standard's (PS3.3 10.7.1). */
START_TEST(spacing_and_its_meaning)
{
    static const struct {
        const char *imager, *magnification, *pixel, *calibration;
        double mm;
        hn_spacing_meaning meaning;
    } cases[] = {
        { NULL, NULL, NULL, NULL, NAN, HN_SPACING_NONE },
        { "0.2\\0.2", NULL, NULL, NULL, 0.2, HN_SPACING_DETECTOR_PLANE },
        { "0.2\\0.2", "1.25", NULL, NULL, 0.16, HN_SPACING_DERIVED },
        { "0.2\\0.2", NULL, "0.2\\0.2", NULL, 0.2, HN_SPACING_DETECTOR_PLANE },
        { "0.2\\0.2", "1.25", "0.17\\0.17", NULL, 0.17, HN_SPACING_CALIBRATED },
        { "0.2\\0.2", NULL, "0.2\\0.2", "FIDUCIAL", 0.2, HN_SPACING_CALIBRATED },
        { NULL, NULL, "0.15\\0.15", NULL, 0.15, HN_SPACING_DETECTOR_PLANE },
        { NULL, NULL, "0\\0", NULL, NAN, HN_SPACING_NONE },
        { "-1\\nan", NULL, NULL, NULL, NAN, HN_SPACING_NONE },
    };
    for (size_t i = 0; i < HN_COUNT_OF(cases); i++) {
        put_start(&b, EXPLICIT_LE);
        if (cases[i].magnification) {
            put_text(&b, 0x00181114, "DS", cases[i].magnification);
        }
        if (cases[i].imager) {
            put_text(&b, 0x00181164, "DS", cases[i].imager);
        }
        put_us(&b, 0x00280010, 2);
        if (cases[i].pixel) {
            put_text(&b, 0x00280030, "DS", cases[i].pixel);
        }
        if (cases[i].calibration) {
            put_text(&b, 0x00280a02, "CS", cases[i].calibration);
        }
        ck_assert_int_eq(open_built(), HN_OK);
        ck_assert_int_eq(facts()->spacing, cases[i].meaning);
        if (isnan(cases[i].mm)) {
            ck_assert(isnan(facts()->spacing_mm[0]));
        } else {
            ck_assert_double_eq_tol(facts()->spacing_mm[0], cases[i].mm, 1e-12);
        }
    }
}
END_TEST

START_TEST(identity_is_apart_and_text_is_utf8)
{
    put_start(&b, EXPLICIT_LE);
    b.size -= 10 + 28 + 8; /* again, with a character set in front */
    put_text(&b, 0x00080005, "CS", "ISO_IR 100");
    put_text(&b, 0x00080016, "UI", DX_STORAGE);
    put_text(&b, 0x00080020, "DA", "20210304");
    put_text(&b, 0x00080060, "CS", "DX");
    put_text(&b, 0x0008103e, "LO",
             "H\xfc"
             "fte ap");
    put_text(&b, 0x00100010, "PN", "Muster^J\xf6rg");
    put_text(&b, 0x00100020, "LO", " 4711 ");
    put_text(&b, 0x00101010, "AS", "067Y");
    put_layout(&b, "MONOCHROME2", 2, 2, 16, 12, 0);
    ck_assert_msg(open_built() == HN_OK, "%s", hn_error_message());
    ck_assert_str_eq(facts()->series_description, "H\xc3\xbc"
                                                  "fte ap");
    ck_assert_int_eq(facts()->study_days, 18690);
    ck_assert_double_eq(facts()->age_years, 67);
    hn_dicom_identity identity;
    hn_dicom_identify(&identity, dicom);
    ck_assert_str_eq(identity.patient_id, "4711");
    ck_assert_str_eq(identity.patient_name, "Muster^J\xc3\xb6rg");
    /* nothing of it among the facts */
    ck_assert_ptr_null(memmem(facts(), sizeof *facts(), "4711", 4));
    ck_assert_ptr_null(memmem(facts(), sizeof *facts(), "Muster", 6));
}
END_TEST

START_TEST(bits_of_an_overlay_are_cut_off)
{
    /* values of 10 bits signed, an overlay in bit 15 */
    const int values[4] = { 0x8005, 0x03ff, 0x8200, 0x0001 };
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 2, 2, 16, 10, 1);
    put_us(&b, 0x60000100, 16);
    put_us(&b, 0x60000102, 15);
    put_pixels16(&b, values, 4);
    ck_assert_int_eq(open_built(), HN_OK);
    hn_dicom_pixels pixels;
    ck_assert_msg(hn_dicom_stored(&pixels, dicom, 0) == HN_OK, "%s", hn_error_message());
    const int16_t expected[4] = { 5, -1, -512, 1 };
    ck_assert_mem_eq(pixels.data, expected, sizeof expected);
    hn_dicom_pixels_clear(&pixels);
}
END_TEST

START_TEST(single_bits_are_unpacked)
{
    static const uint8_t bits[2] = { 0x8d, 0x01 };
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 3, 3, 1, 1, 0);
    put_value(&b, 0x7fe00010, "OB", bits, 2);
    ck_assert_int_eq(open_built(), HN_OK);
    hn_dicom_pixels pixels;
    ck_assert_msg(hn_dicom_stored(&pixels, dicom, 0) == HN_OK, "%s", hn_error_message());
    const uint8_t expected[9] = { 1, 0, 1, 1, 0, 0, 0, 1, 1 };
    ck_assert_mem_eq(pixels.data, expected, sizeof expected);
    hn_dicom_pixels_clear(&pixels);
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 5, 5, 1, 1, 0);
    put_value(&b, 0x7fe00010, "OB", bits, 2);
    ck_assert_int_eq(open_built(), HN_OK);
    ck_assert_int_eq(hn_dicom_stored(&pixels, dicom, 0), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "cut off: 2 bytes of 4"));
}
END_TEST

static void expect_refusal(hn_status expected, const char *words)
{
    hn_dicom_pixels pixels;
    ck_assert_msg(open_built() == HN_OK, "%s", hn_error_message());
    ck_assert_int_eq(hn_dicom_stored(&pixels, dicom, 0), expected);
    ck_assert_msg(strstr(hn_error_message(), words) != NULL, "'%s' is not in '%s'", words,
                  hn_error_message());
    float *shown = NULL;
    ck_assert_int_eq(hn_dicom_present(&shown, NULL, dicom, 0, HN_DICOM_VOI_FIRST), expected);
    ck_assert_ptr_null(shown);
}

START_TEST(what_cannot_be_decoded_is_refused)
{
    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 2, 2, 16, 12, 0);
    expect_refusal(HN_EUNSUPPORTED, "without pixel data");

    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 3, 2, 16, 12, 0);
    put_pixels16(&b, four, 4);
    expect_refusal(HN_EFORMAT, "cut off: 8 bytes of 12");

    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 65535, 65535, 16, 12, 0);
    put_pixels16(&b, four, 4);
    expect_refusal(HN_EUNSUPPORTED, "65535 x 65535 pixels");

    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 2, 2, 16, 17, 0);
    put_pixels16(&b, four, 4);
    expect_refusal(HN_EFORMAT, "17 bits stored");

    put_start(&b, EXPLICIT_LE);
    put_layout(&b, "MONOCHROME2", 2, 2, 12, 12, 0);
    put_pixels16(&b, four, 4);
    expect_refusal(HN_EUNSUPPORTED, "12 bits allocated");
}
END_TEST

/* A fragment that is no stream, and a stream of another size than the data set's. */
START_TEST(streams_that_lie_are_refused)
{
    static const char *const syntaxes[] = { "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50",
                                            "1.2.840.10008.1.2.4.80" };
    for (size_t i = 0; i < HN_COUNT_OF(syntaxes); i++) {
        put_start(&b, syntaxes[i]);
        put_layout(&b, "MONOCHROME2", 2, 2, 8, 8, 0);
        put_head(&b, 0x7fe00010, "OB", 0xffffffff);
        put_number(&b, 0xe000fffe, 4);
        put_number(&b, 0, 4);
        put_number(&b, 0xe000fffe, 4);
        put_number(&b, 8, 4);
        put_bytes(&b, "no image", 8);
        put_number(&b, 0xe0ddfffe, 4);
        put_number(&b, 0, 4);
        expect_refusal(HN_EFORMAT, "is not a JPEG");
    }
    static const uint8_t header[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 11,   8, 0,
                                      200,  0,    200,  1,    1, 0x11, 0, 0xff };
    put_start(&b, "1.2.840.10008.1.2.4.50");
    put_layout(&b, "MONOCHROME2", 2, 2, 8, 8, 0);
    put_head(&b, 0x7fe00010, "OB", 0xffffffff);
    put_number(&b, 0xe000fffe, 4);
    put_number(&b, 0, 4);
    put_number(&b, 0xe000fffe, 4);
    put_number(&b, sizeof header, 4);
    put_bytes(&b, header, sizeof header);
    put_number(&b, 0xe0ddfffe, 4);
    put_number(&b, 0, 4);
    expect_refusal(HN_EFORMAT, "200 x 200 x 1 samples in the JPEG stream, 2 x 2 x 1");
}
END_TEST

START_TEST(no_dicom_is_no_dicom)
{
    ck_assert_int_eq(hn_dicom_open_bytes(&dicom, "", 0, "film"), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "film: an empty file");
    ck_assert_int_eq(hn_dicom_open_bytes(&dicom, "patient_id,center,view\n1,2,ap\n", 30, "film"),
                     HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "film: by its content no DICOM file");
    ck_assert_int_eq(hn_dicom_open(&dicom, "/nowhere/film.dcm"), HN_ENOTFOUND);
    ck_assert_int_eq(hn_dicom_open(&dicom, "/tmp"), HN_EIO);
    ck_assert_ptr_null(dicom);
}
END_TEST

START_TEST(nesting_without_end_is_refused)
{
    put_start(&b, EXPLICIT_LE);
    for (int i = 0; i < 1990; i++) { /* as deep as is let through: the stack must do */
        put_head(&b, 0x00081140, "SQ", 0xffffffff);
        put_number(&b, 0xe000fffe, 4);
        put_number(&b, 0xffffffff, 4);
    }
    ck_assert_int_eq(open_built(), HN_EFORMAT);
    put_start(&b, EXPLICIT_LE);
    for (int i = 0; i < 2500; i++) {
        put_head(&b, 0x00081140, "SQ", 0xffffffff);
        put_number(&b, 0xe000fffe, 4);
        put_number(&b, 0xffffffff, 4);
    }
    ck_assert_int_eq(open_built(), HN_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "2500 sequence items"));
}
END_TEST

START_TEST(damage_anywhere_is_survived)
{
    put_simple();
    struct builder whole = b;
    uint32_t random = 1;
    for (size_t cut = 0; cut < whole.size; cut += 3) {
        b = whole;
        b.size = cut;
        hn_status status = open_built();
        ck_assert(status != HN_OK || dicom != NULL);
    }
    for (int i = 0; i < 3000; i++) {
        b = whole;
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            b.bytes[128 + random % (uint32_t)(b.size - 128)] = (uint8_t)(random >> 24);
        }
        if (open_built() == HN_OK) {
            float *shown = NULL;
            if (hn_dicom_present(&shown, NULL, dicom, 0, HN_DICOM_VOI_FIRST) == HN_OK) {
                ck_assert_ptr_nonnull(shown);
            }
            hn_free(shown);
        }
    }
}
END_TEST

Suite *check_open_suite(void);
Suite *check_open_suite(void)
{
    Suite *suite = suite_create("open");
    TCase *tests = tcase_create("open");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, stored_values_and_facts);
    tcase_add_test(tests, no_preamble_no_meta_header);
    tcase_add_test(tests, spacing_and_its_meaning);
    tcase_add_test(tests, identity_is_apart_and_text_is_utf8);
    tcase_add_test(tests, bits_of_an_overlay_are_cut_off);
    tcase_add_test(tests, single_bits_are_unpacked);
    tcase_add_test(tests, what_cannot_be_decoded_is_refused);
    tcase_add_test(tests, streams_that_lie_are_refused);
    tcase_add_test(tests, no_dicom_is_no_dicom);
    tcase_add_test(tests, nesting_without_end_is_refused);
    tcase_add_test(tests, damage_anywhere_is_survived);
    suite_add_tcase(suite, tests);
    return suite;
}
