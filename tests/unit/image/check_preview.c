/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Previews: read back what was written; the bytes depend on the pixels alone. */
#include <hipnet/decode.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/preview.h>

#include "scratch.h"

#include <check.h>
#include <string.h>

START_TEST(what_is_written_reads_back)
{
    uint8_t gray[7 * 5];
    uint16_t wide[7 * 5];
    for (int i = 0; i < 35; i++) {
        gray[i] = (uint8_t)(i * 7);
        wide[i] = (uint16_t)(i * 1871);
    }
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_preview_write(scratch("a.png"), false, gray, 7, 5, 1), HN_OK);
    ck_assert_int_eq(hn_image_read(&image, NULL, scratch("a.png")), HN_OK);
    for (int i = 0; i < 35; i++) {
        ck_assert_float_eq(image.pixels[i], (float)gray[i]);
    }
    ck_assert_int_eq(hn_preview_write_image(scratch("a.png"), true, &image), HN_OK);
    ck_assert_int_eq(hn_preview_write_u16(scratch("b.png"), false, wide, 7, 5), HN_OK);
    ck_assert_int_eq(hn_image_read(&image, NULL, scratch("b.png")), HN_OK);
    ck_assert_int_eq(image.bits, 16);
    for (int i = 0; i < 35; i++) {
        ck_assert_float_eq(image.pixels[i], (float)wide[i]);
    }
    ck_assert_int_eq(hn_preview_write(scratch("a.png"), false, gray, 7, 5, 1), HN_EEXISTS);
}
END_TEST

START_TEST(colour_is_kept_and_bytes_repeat)
{
    uint8_t rgb[4 * 4 * 3];
    for (int i = 0; i < 48; i++) {
        rgb[i] = (uint8_t)(i % 3 == 0 ? 255 : 0); /* red */
    }
    HN_AUTOFREE uint8_t *first = NULL;
    HN_AUTOFREE uint8_t *second = NULL;
    size_t first_size = 0;
    size_t second_size = 0;
    ck_assert_int_eq(hn_preview_encode(&first, &first_size, rgb, 4, 4, 3), HN_OK);
    ck_assert_int_eq(hn_preview_encode(&second, &second_size, rgb, 4, 4, 3), HN_OK);
    ck_assert_uint_eq(first_size, second_size);
    ck_assert_mem_eq(first, second, first_size);
    ck_assert_ptr_null(memmem(first, first_size, "tEXt", 4));
    ck_assert_ptr_null(memmem(first, first_size, "tIME", 4));
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_decode(&image, NULL, first, first_size, "red"), HN_OK);
    ck_assert_float_eq_tol(image.pixels[0], 0.299f * 255, 1e-3f);
    ck_assert_int_eq(hn_preview_encode(&second, &second_size, rgb, 4, 4, 2), HN_ESHAPE);
    ck_assert_int_eq(hn_preview_encode(&second, &second_size, rgb, 0, 4, 3), HN_ESHAPE);
}
END_TEST

Suite *check_preview_suite(void);
Suite *check_preview_suite(void)
{
    Suite *suite = suite_create("preview");
    TCase *tests = tcase_create("preview");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, what_is_written_reads_back);
    tcase_add_test(tests, colour_is_kept_and_bytes_repeat);
    suite_add_tcase(suite, tests);
    return suite;
}
