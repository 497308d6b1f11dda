/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written reads back, in every encoding, and the same image is the same bytes. */
#include <hipnet/dicom.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>

#include "scratch.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define ROWS 37
#define COLS 53

static uint16_t pixels[ROWS * COLS];

static hn_dicom_image example(int bits)
{
    for (int i = 0; i < ROWS * COLS; i++) {
        pixels[i] = (uint16_t)((unsigned)(i * i * 31) % (1u << bits));
    }
    return (hn_dicom_image) {
        .rows = ROWS,
        .cols = COLS,
        .pixels = pixels,
        .bits_stored = bits,
        .photometric = "MONOCHROME1",
        .imager_spacing_mm = { 0.139, 0.139 },
        .magnification = 1.15,
        .window_center = 2048,
        .window_width = 4096,
        .patient_id = "P-001",
        .patient_sex = "F",
        .patient_age = "071Y",
        .study_date = "20200229",
        .study_uid = "1.2.3",
        .series_uid = "1.2.3.4",
        .instance_uid = "1.2.3.4.5",
        .view_position = "AP",
        .laterality = "R",
        .patient_orientation = "L\\F",
        .body_part = "HIP",
    };
}

START_TEST(every_encoding_reads_back)
{
    static const char *const syntaxes[] = { "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5",
                                            "1.2.840.10008.1.2.4.70" };
    for (int bits = 8; bits <= 16; bits += 4) {
        for (int e = 0; e < 3; e++) {
            hn_dicom_image image = example(bits);
            image.encoding = (hn_dicom_encoding)e;
            hn_status status = hn_dicom_write(scratch("a.dcm"), true, &image);
            ck_assert_msg(status == HN_OK, "%s", hn_error_message());
            HN_AUTO_DICOM *dicom = NULL;
            ck_assert_int_eq(hn_dicom_open(&dicom, scratch("a.dcm")), HN_OK);
            const hn_dicom_facts *f = hn_dicom_facts_of(dicom);
            ck_assert_str_eq(f->transfer_syntax, syntaxes[e]);
            ck_assert_str_eq(f->photometric, "MONOCHROME1");
            ck_assert_str_eq(f->view_position, "AP");
            ck_assert_str_eq(f->laterality, "R");
            ck_assert_str_eq(f->patient_orientation, "L\\F");
            ck_assert_int_eq(f->bits_stored, bits);
            ck_assert_int_eq(f->spacing, HN_SPACING_DERIVED);
            ck_assert_double_eq_tol(f->spacing_mm[1], 0.139 / 1.15, 1e-12);
            ck_assert_double_eq(f->age_years, 71);
            hn_dicom_pixels stored;
            status = hn_dicom_stored(&stored, dicom, 0);
            ck_assert_msg(status == HN_OK, "%s", hn_error_message());
            for (int i = 0; i < ROWS * COLS; i++) {
                int value = bits == 8 ? ((uint8_t *)stored.data)[i] : ((uint16_t *)stored.data)[i];
                ck_assert_int_eq(value, pixels[i]);
            }
            hn_dicom_pixels_clear(&stored);
            hn_dicom_identity identity;
            hn_dicom_identify(&identity, dicom);
            ck_assert_str_eq(identity.patient_id, "P-001");
            ck_assert_str_eq(identity.instance_uid, "1.2.3.4.5");
        }
    }
}
END_TEST

START_TEST(the_same_image_is_the_same_bytes)
{
    for (int e = 0; e < 3; e++) {
        hn_dicom_image image = example(12);
        image.encoding = (hn_dicom_encoding)e;
        ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_OK);
        ck_assert_int_eq(hn_dicom_write(scratch("b.dcm"), true, &image), HN_OK);
        HN_AUTOFREE char *a = NULL;
        HN_AUTOFREE char *b = NULL;
        size_t a_size = 0;
        size_t b_size = 0;
        ck_assert_int_eq(hn_file_read(&a, &a_size, scratch("a.dcm"), 1 << 20), HN_OK);
        ck_assert_int_eq(hn_file_read(&b, &b_size, scratch("b.dcm"), 1 << 20), HN_OK);
        ck_assert_uint_eq(a_size, b_size);
        ck_assert_mem_eq(a, b, a_size);
    }
}
END_TEST

START_TEST(cut_off_files_are_refused)
{
    for (int e = 0; e < 3; e++) {
        hn_dicom_image image = example(12);
        image.encoding = (hn_dicom_encoding)e;
        ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_OK);
        HN_AUTOFREE char *bytes = NULL;
        size_t size = 0;
        ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("a.dcm"), 1 << 20), HN_OK);
        for (size_t length = 0; length < size; length += 61) {
            HN_AUTO_DICOM *dicom = NULL;
            hn_dicom_pixels stored;
            hn_status status = hn_dicom_open_bytes(&dicom, bytes, length, "part");
            if (status == HN_OK) {
                status = hn_dicom_stored(&stored, dicom, 0);
            }
            ck_assert_msg(status != HN_OK, "encoding %d: %zu of %zu bytes were enough", e, length,
                          size);
        }
    }
}
END_TEST

/* The file is whole, the stream in it is not: its decoders would fill the rest with zeros. */
START_TEST(streams_that_end_early_are_refused)
{
    static const uint8_t delimiter[4] = { 0xfe, 0xff, 0xdd, 0xe0 };
    static const uint8_t filler[2][2] = { { 0x80, 0x80 }, { 0xff, 0xd9 } }; /* nothing; the end */
    for (int e = 1; e < 3; e++) {
        hn_dicom_image image = example(12);
        image.encoding = (hn_dicom_encoding)e;
        ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_OK);
        HN_AUTOFREE char *bytes = NULL;
        size_t size = 0;
        ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("a.dcm"), 1 << 20), HN_OK);
        char *end = memmem(bytes, size, delimiter, 4);
        ck_assert_ptr_nonnull(end);
        for (char *at = end - 300; at < end; at += 2) {
            memcpy(at, filler[e - 1], 2);
        }
        HN_AUTO_DICOM *dicom = NULL;
        ck_assert_int_eq(hn_dicom_open_bytes(&dicom, bytes, size, "part"), HN_OK);
        hn_dicom_pixels stored;
        ck_assert_int_eq(hn_dicom_stored(&stored, dicom, 0), HN_EFORMAT);
        ck_assert_msg(strncmp(hn_error_message(), "part: damaged", 13) == 0, "%s",
                      hn_error_message());
    }
}
END_TEST

START_TEST(rle_offsets_are_not_followed_blindly)
{
    hn_dicom_image image = example(12);
    image.encoding = HN_DICOM_RLE;
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_OK);
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("a.dcm"), 1 << 20), HN_OK);
    static const uint8_t header[8] = { 2, 0, 0, 0, 64, 0, 0, 0 };
    char *offsets = memmem(bytes, size, header, 8);
    ck_assert_ptr_nonnull(offsets);
    static const uint8_t wrong[3][4] = { { 0, 0, 0, 0x10 }, { 3, 0, 0, 0 }, { 0, 0, 0, 0 } };
    for (int i = 0; i < 3; i++) {
        memcpy(offsets + 8, wrong[i], 4);
        HN_AUTO_DICOM *dicom = NULL;
        ck_assert_int_eq(hn_dicom_open_bytes(&dicom, bytes, size, "film"), HN_OK);
        hn_dicom_pixels stored;
        ck_assert_int_eq(hn_dicom_stored(&stored, dicom, 0), HN_EFORMAT);
        ck_assert_ptr_nonnull(strstr(hn_error_message(), "RLE header"));
    }
}
END_TEST

START_TEST(what_makes_no_image_is_refused)
{
    hn_dicom_image image = example(12);
    pixels[7] = 4096;
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_EDATA);
    image = example(12);
    image.study_uid = NULL;
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_EUSAGE);
    image = example(12);
    image.photometric = "RGB";
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_EUSAGE);
    image = example(12);
    image.rows = 0;
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), true, &image), HN_ESHAPE);
    ck_assert(!hn_file_exists(scratch("a.dcm")));
    image = example(12);
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), false, &image), HN_OK);
    ck_assert_int_eq(hn_dicom_write(scratch("a.dcm"), false, &image), HN_EEXISTS);
}
END_TEST

Suite *check_write_suite(void);
Suite *check_write_suite(void)
{
    Suite *suite = suite_create("write");
    TCase *tests = tcase_create("write");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, every_encoding_reads_back);
    tcase_add_test(tests, the_same_image_is_the_same_bytes);
    tcase_add_test(tests, cut_off_files_are_refused);
    tcase_add_test(tests, streams_that_end_early_are_refused);
    tcase_add_test(tests, rle_offsets_are_not_followed_blindly);
    tcase_add_test(tests, what_makes_no_image_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
