/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows, quantisation, mirror and invert. */
#include <hipnet/intensity.h>

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

START_TEST(percentiles_are_those_of_the_sorted_values)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&image, 61, 47), HN_OK);
    int64_t count = 61 * 47;
    srand(3);
    for (int64_t i = 0; i < count; i++) {
        image.pixels[i] = ((float)rand() / (float)RAND_MAX - 0.4f) * (i % 3 ? 100.0f : 0.001f);
    }
    float *sorted = malloc((size_t)count * sizeof *sorted);
    memcpy(sorted, image.pixels, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    static const double percents[] = { 0, 0.5, 1, 25, 50, 99.5, 100 };
    for (size_t i = 0; i < HN_COUNT_OF(percents); i++) {
        hn_intensity_window w;
        ck_assert_int_eq(hn_intensity_percentiles(&w, &image, percents[i], 100), HN_OK);
        int64_t rank = (int64_t)ceil(percents[i] / 100 * (double)count) - 1;
        ck_assert_float_eq(w.low, sorted[rank < 0 ? 0 : rank]);
        ck_assert_float_eq(w.high, sorted[count - 1]);
    }
    free(sorted);
}
END_TEST

START_TEST(a_constant_border_is_not_looked_at)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&image, 100, 100), HN_OK);
    for (int64_t r = 30; r < 70; r++) {
        for (int64_t c = 20; c < 90; c++) {
            image.pixels[r * 100 + c] = 100.0f + (float)((r * 31 + c * 17) % 50);
        }
    }
    hn_intensity_window w;
    ck_assert_int_eq(hn_intensity_percentiles(&w, &image, 0.5, 99.5), HN_OK);
    ck_assert_int_eq(w.top, 30);
    ck_assert_int_eq(w.rows, 40);
    ck_assert_int_eq(w.left, 20);
    ck_assert_int_eq(w.cols, 70);
    ck_assert_float_eq(w.low, 100);
    ck_assert_float_eq(w.high, 149);
    ck_assert(!w.constant);
    hn_intensity_apply(&image, w.low, w.high);
    ck_assert_float_eq(image.maximum, 1);
    ck_assert_float_eq(image.pixels[0], 0);
}
END_TEST

START_TEST(constant_pictures_and_bad_values)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&image, 5, 5), HN_OK);
    hn_intensity_window w;
    ck_assert_int_eq(hn_intensity_percentiles(&w, &image, 1, 99), HN_OK);
    ck_assert(w.constant);
    ck_assert_int_eq(w.rows * w.cols, 25);
    hn_intensity_apply(&image, w.low, w.high);
    ck_assert_float_eq(image.pixels[7], 0);
    image.pixels[3] = NAN;
    ck_assert_int_eq(hn_intensity_percentiles(&w, &image, 1, 99), HN_EDATA);
    image.pixels[3] = 0;
    ck_assert_int_eq(hn_intensity_percentiles(&w, &image, 99, 1), HN_EUSAGE);
    ck_assert_int_eq(hn_intensity_percentiles(&w, &image, NAN, 1), HN_EUSAGE);
}
END_TEST

START_TEST(quantisation_rounds_cuts_and_comes_back)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    HN_AUTO_IMAGE back = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&image, 1, 6), HN_OK);
    const float values[6] = { -0.5f, 0.0f, 0.5f, 1.0f, 7.0f, NAN };
    memcpy(image.pixels, values, sizeof values);
    uint8_t bytes[6];
    uint16_t words[6];
    hn_image_to_u8(bytes, &image);
    hn_image_to_u16(words, &image);
    const uint8_t expected[6] = { 0, 0, 128, 255, 255, 0 };
    const uint16_t wide[6] = { 0, 0, 32768, 65535, 65535, 0 };
    ck_assert_mem_eq(bytes, expected, sizeof expected);
    ck_assert_mem_eq(words, wide, sizeof wide);

    uint16_t all[65536];
    uint16_t again[65536];
    for (int i = 0; i < 65536; i++) {
        all[i] = (uint16_t)i;
    }
    ck_assert_int_eq(hn_image_from_u16(&back, all, 256, 256), HN_OK);
    hn_image_to_u16(again, &back);
    ck_assert_mem_eq(all, again, sizeof all);
    hn_intensity_full_range(&back);
    hn_image_to_u16(again, &back);
    ck_assert_mem_eq(all, again, sizeof all);
}
END_TEST

START_TEST(mirror_and_invert)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    const uint8_t pixels[6] = { 1, 2, 3, 4, 5, 6 };
    ck_assert_int_eq(hn_image_from_u8(&image, pixels, 2, 3), HN_OK);
    hn_image_mirror(&image);
    const float mirrored[6] = { 3, 2, 1, 6, 5, 4 };
    ck_assert_mem_eq(image.pixels, mirrored, sizeof mirrored);
    hn_image_invert(&image);
    ck_assert_float_eq(image.pixels[0], 252);
    float low = 0;
    float high = 0;
    double mean = 0;
    hn_image_range(&image, &low, &high, &mean);
    ck_assert_float_eq(low, 249);
    ck_assert_float_eq(high, 254);
    ck_assert_double_eq_tol(mean, 251.5, 1e-12);
    HN_AUTO_IMAGE copy = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_copy(&copy, &image), HN_OK);
    ck_assert_ptr_ne(copy.pixels, image.pixels);
    ck_assert_mem_eq(copy.pixels, image.pixels, 6 * sizeof(float));
}
END_TEST

START_TEST(sizes_without_sense_are_refused)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&image, 0, 5), HN_ESHAPE);
    ck_assert_int_eq(hn_image_new(&image, -1, -1), HN_ESHAPE);
    ck_assert_int_eq(hn_image_new(&image, 65535, 65535), HN_EUNSUPPORTED);
    ck_assert_int_eq(hn_image_new(&image, INT64_MAX, INT64_MAX), HN_EUNSUPPORTED);
    ck_assert_ptr_null(image.pixels);
}
END_TEST

Suite *check_intensity_suite(void);
Suite *check_intensity_suite(void)
{
    Suite *suite = suite_create("intensity");
    TCase *tests = tcase_create("intensity");
    tcase_add_test(tests, percentiles_are_those_of_the_sorted_values);
    tcase_add_test(tests, a_constant_border_is_not_looked_at);
    tcase_add_test(tests, constant_pictures_and_bad_values);
    tcase_add_test(tests, quantisation_rounds_cuts_and_comes_back);
    tcase_add_test(tests, mirror_and_invert);
    tcase_add_test(tests, sizes_without_sense_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
