/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every kind of raster file against gray values worked out without a decoder (tests/data/image,
 * from tests/oracles/make_raster_files.py), and every kind of damage against refusal. */
#include <hipnet/csv.h>
#include <hipnet/decode.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER HN_TEST_DATA "/image"

static hn_csv *expected;
static char path[512];

static void setup(void)
{
    ck_assert_int_eq(hn_csv_read(&expected, FOLDER "/expected.csv"), HN_OK);
}

static void teardown(void)
{
    hn_csv_free(expected);
}

static const char *path_of(const char *name)
{
    snprintf(path, sizeof path, FOLDER "/%s", name);
    return path;
}

static const char *cell(int64_t row, const char *column)
{
    return hn_csv_cell(expected, row, hn_csv_find(expected, column));
}

static double number(int64_t row, const char *column)
{
    double value = 0;
    ck_assert_int_eq(hn_parse_real(&value, cell(row, column)), HN_OK);
    return value;
}

START_TEST(every_kind_gives_its_gray_values)
{
    ck_assert_int_gt(hn_csv_rows(expected), 30);
    for (int64_t row = 0; row < hn_csv_rows(expected); row++) {
        const char *name = cell(row, "file");
        HN_AUTO_IMAGE image = HN_IMAGE_INIT;
        hn_raster_facts facts = { 0 };
        hn_status status = hn_image_read(&image, &facts, path_of(name));
        ck_assert_msg(status == HN_OK, "%s: %s", name, hn_error_message());
        ck_assert_msg(image.rows == (int64_t)number(row, "rows") &&
                          image.cols == (int64_t)number(row, "cols"),
                      "%s: %lld x %lld", name, (long long)image.rows, (long long)image.cols);
        ck_assert_msg(image.bits == (int)number(row, "bits"), "%s: %d bits", name, image.bits);
        ck_assert_double_eq((double)image.maximum, number(row, "maximum"));
        double tolerance = number(row, "tolerance");
        char *at = (char *)(uintptr_t)cell(row, "values");
        for (int64_t i = 0; i < image.rows * image.cols; i++) {
            double value = strtod(at, &at);
            ck_assert_msg(fabs((double)image.pixels[i] - value) <= tolerance,
                          "%s: pixel %lld is %g, not %g", name, (long long)i,
                          (double)image.pixels[i], value);
        }
    }
}
END_TEST

START_TEST(facts_are_told)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    hn_raster_facts facts = { 0 };
    ck_assert_int_eq(hn_image_read(&image, &facts, path_of("palette4_transparent.png")), HN_OK);
    ck_assert_int_eq(facts.format, HN_RASTER_PNG);
    ck_assert(facts.palette && facts.alpha && !facts.interlaced);
    ck_assert_str_eq(image.note, "palette looked up; RGB to luminance; alpha on black");
    ck_assert_int_eq(image.spacing, HN_SPACING_NONE);
    ck_assert(isnan(image.spacing_mm[0]));
    ck_assert_int_eq(hn_image_read(&image, &facts, path_of("exif_orientation6.jpg")), HN_OK);
    ck_assert_int_eq(facts.orientation, 6);
    ck_assert_int_eq(facts.rows, image.cols);
    ck_assert_str_eq(image.note, "orientation 6 applied");
    ck_assert_int_eq(hn_image_read(&image, &facts, path_of("gray8_two_pages.tif")), HN_OK);
    ck_assert_str_eq(image.note, "page 1 of 2");
    ck_assert_int_eq(hn_image_read(&image, &facts, path_of("gray8_progressive.jpg")), HN_OK);
    ck_assert(facts.interlaced);
    ck_assert_int_eq(hn_image_read(&image, &facts, path_of("gray16_interlaced.png")), HN_OK);
    ck_assert(facts.interlaced);
}
END_TEST

START_TEST(what_is_cut_off_is_refused)
{
    for (int64_t row = 0; row < hn_csv_rows(expected); row++) {
        const char *name = cell(row, "file");
        char *bytes = NULL;
        size_t size = 0;
        ck_assert_int_eq(hn_file_read(&bytes, &size, path_of(name), 1 << 20), HN_OK);
        bool tail_is_free = strstr(name, ".png") || strstr(name, ".jpg"); /* an end marker */
        for (size_t length = 0; length < size; length += 1 + size / 40) {
            HN_AUTO_IMAGE image = HN_IMAGE_INIT;
            char *part = malloc(length + 1); /* its own block, so that over-reads are seen */
            memcpy(part, bytes, length);
            hn_status status = hn_image_decode(&image, NULL, part, length, name);
            bool nearly_whole = (tail_is_free && length + 16 >= size) ||
                                (strstr(name, "two_pages") && length > size / 2);
            ck_assert_msg(status != HN_OK || nearly_whole, "%s: %zu of %zu bytes were enough", name,
                          length, size);
            ck_assert(status != HN_OK || image.pixels != NULL);
            ck_assert(status == HN_OK || image.pixels == NULL);
            free(part);
        }
        hn_free(bytes);
    }
}
END_TEST

static size_t find_bytes(const char *bytes, size_t size, const char *wanted)
{
    const char *found = memmem(bytes, size, wanted, strlen(wanted));
    ck_assert_ptr_nonnull(found);
    return (size_t)(found - bytes);
}

/* Blocks that the decoder would fill up are damage; bytes between two segments are not. */
START_TEST(damaged_jpeg_blocks_are_refused)
{
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_file_read(&bytes, &size, path_of("gray8.jpg"), 1 << 20), HN_OK);
    size_t table = find_bytes(bytes, size, "\xff\xdb");
    char more[2048];
    memcpy(more, bytes, table);
    memcpy(more + table, "????", 4);
    memcpy(more + table + 4, bytes + table, size - table);
    hn_status status = hn_image_decode(&image, NULL, more, size + 4, "odd.jpg");
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    ck_assert_str_eq(image.note, "irregular JPEG markers passed over");
    size_t scan = find_bytes(bytes, size, "\xff\xda");
    memcpy(bytes + scan + 12, "\xff\xd9\xff\xd9", 4); /* the end, right after the beginning */
    ck_assert_int_eq(hn_image_decode(&image, NULL, bytes, size, "bad.jpg"), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "bad.jpg: damaged or cut-off"));
}
END_TEST

START_TEST(headers_that_promise_too_much_are_refused)
{
    char *bytes = NULL;
    size_t size = 0;
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_file_read(&bytes, &size, path_of("gray8.jpg"), 1 << 20), HN_OK);
    for (size_t i = 0; i + 9 < size; i++) {
        if ((uint8_t)bytes[i] == 0xff && (uint8_t)bytes[i + 1] == 0xc0) {
            memcpy(bytes + i + 5, "\xea\x60\xea\x60", 4); /* 60000 x 60000 */
            break;
        }
    }
    ck_assert_int_eq(hn_image_decode(&image, NULL, bytes, size, "bomb.jpg"), HN_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "60000 x 60000 pixels; at most"));
    hn_free(bytes);
    ck_assert_int_eq(hn_file_read(&bytes, &size, path_of("gray8.png"), 1 << 20), HN_OK);
    memcpy(bytes + 16, "\0\0\x30\0\0\0\x30\0", 8); /* 12288 x 12288 in 200 bytes */
    ck_assert_int_eq(hn_image_decode(&image, NULL, bytes, size, "bomb.png"), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "cannot hold a PNG of 12288 x 12288"));
    hn_free(bytes);
}
END_TEST

START_TEST(content_decides_not_the_name)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_decode(&image, NULL, "", 0, "empty.png"), HN_EFORMAT);
    ck_assert_str_eq(hn_error_message(), "empty.png: an empty file");
    ck_assert_int_eq(hn_image_decode(&image, NULL, "GIF89a__", 8, "x.png"), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "neither PNG nor JPEG nor TIFF"));
    ck_assert_int_eq(hn_image_read(&image, NULL, FOLDER), HN_EIO);
    ck_assert_int_eq(hn_image_read(&image, NULL, FOLDER "/absent.png"), HN_ENOTFOUND);
}
END_TEST

#define RUNS 40

static char messages[RUNS][256];

static hn_status decode_one(void *context, int64_t index, int worker)
{
    (void)worker;
    char *const *bytes = context;
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    size_t cut = index % 2 ? 150 : 194;
    char name[32];
    snprintf(name, sizeof name, "film %lld", (long long)index);
    hn_status status = hn_image_decode(&image, NULL, *bytes, cut, name);
    snprintf(messages[index], sizeof messages[index], "%s",
             status == HN_OK ? "read" : hn_error_message());
    return HN_OK;
}

/* The library keeps one error text for all threads: ours must not mix. */
START_TEST(failures_keep_their_own_words_in_threads)
{
    char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(hn_file_read(&bytes, &size, path_of("gray8.png"), 1 << 20), HN_OK);
    ck_assert_uint_eq(size, 194);
    hn_threads_set(4);
    ck_assert_int_eq(hn_parallel_for(RUNS, decode_one, &bytes), HN_OK);
    for (int i = 0; i < RUNS; i++) {
        if (i % 2 == 0) {
            ck_assert_str_eq(messages[i], "read");
            continue;
        }
        char start[32];
        snprintf(start, sizeof start, "film %d: ", i);
        ck_assert(strncmp(messages[i], start, strlen(start)) == 0);
        ck_assert_str_eq(strchr(messages[i], ':'), strchr(messages[1], ':'));
    }
    hn_free(bytes);
}
END_TEST

Suite *check_decode_suite(void);
Suite *check_decode_suite(void)
{
    Suite *suite = suite_create("decode");
    TCase *tests = tcase_create("decode");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_kind_gives_its_gray_values);
    tcase_add_test(tests, facts_are_told);
    tcase_add_test(tests, what_is_cut_off_is_refused);
    tcase_add_test(tests, damaged_jpeg_blocks_are_refused);
    tcase_add_test(tests, headers_that_promise_too_much_are_refused);
    tcase_add_test(tests, content_decides_not_the_name);
    tcase_add_test(tests, failures_keep_their_own_words_in_threads);
    suite_add_tcase(suite, tests);
    return suite;
}
