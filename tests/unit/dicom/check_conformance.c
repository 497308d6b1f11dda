/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored values of real files of every transfer syntax against a table made by another reader:
 * the SHA-256 where the syntax is lossless, minimum, maximum and mean within one level where it
 * is lossy. The files are not part of the project; without them the test says so and passes. */
#include <hipnet/csv.h>
#include <hipnet/dicom.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/number.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows where the table's reader is wrong, each with why. */
static const struct {
    const char *file, *why;
} exceptions[] = {
    { "libdicom__generated_encapsulated_defined_bot_1_to_1.dcm", "holds no JPEG 2000 stream" },
    { "libdicom__generated_encapsulated_empty_bot_1_to_1.dcm", "holds no JPEG 2000 stream" },
    { "pydicom__SC_rgb_small_odd_big_endian.dcm",
      "8-bit samples in big-endian words: its little-endian twin has our values" },
};

static bool is_exception(const char *file)
{
    for (size_t i = 0; i < HN_COUNT_OF(exceptions); i++) {
        if (strcmp(exceptions[i].file, file) == 0) {
            return true;
        }
    }
    return false;
}

struct figures {
    double minimum, maximum, mean;
    char sha256[HN_SHA256_HEX];
    bool lossy;
    bool is_signed;
};

static hn_status measure(struct figures *f, hn_dicom *dicom, bool big_endian)
{
    const hn_dicom_facts *facts = hn_dicom_facts_of(dicom);
    hn_sha256 *hash = NULL;
    HN_TRY(hn_sha256_new(&hash));
    *f = (struct figures) { .minimum = INFINITY, .maximum = -INFINITY, .lossy = facts->lossy };
    hn_status status = HN_OK;
    for (int64_t frame = 0; status == HN_OK && frame < facts->frames; frame++) {
        hn_dicom_pixels pixels;
        status = hn_dicom_stored(&pixels, dicom, frame);
        if (status != HN_OK) {
            break;
        }
        uint8_t *bytes = pixels.data;
        size_t width = pixels.type >= HN_DICOM_U32 ? 4 : pixels.type >= HN_DICOM_U16 ? 2 : 1;
        for (size_t i = 0; big_endian && i < pixels.bytes; i += width) {
            for (size_t j = 0; j < width / 2; j++) {
                uint8_t byte = bytes[i + j];
                bytes[i + j] = bytes[i + width - 1 - j];
                bytes[i + width - 1 - j] = byte;
            }
        }
        hn_sha256_add(hash, bytes, pixels.bytes);
        f->minimum = fmin(f->minimum, pixels.minimum);
        f->maximum = fmax(f->maximum, pixels.maximum);
        f->mean += pixels.mean / (double)facts->frames;
        hn_dicom_pixels_clear(&pixels);
    }
    hn_sha256_end(hash, f->sha256);
    return status;
}

static double number(const hn_csv *csv, int64_t row, const char *column)
{
    double value = NAN;
    ck_assert_int_eq(hn_parse_real(&value, hn_csv_cell(csv, row, hn_csv_find(csv, column))), HN_OK);
    return value;
}

static void check_row(const hn_csv *csv, int64_t row, const char *folder, int *counts)
{
    const char *file = hn_csv_cell(csv, row, hn_csv_find(csv, "file"));
    const char *dtype = hn_csv_cell(csv, row, hn_csv_find(csv, "pix_dtype"));
    bool reference = hn_csv_cell(csv, row, hn_csv_find(csv, "pix_ok"))[0] == '1';
    char path[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(path, folder, file), HN_OK);
    HN_AUTO_DICOM *dicom = NULL;
    struct figures f = { 0 };
    hn_status status = hn_dicom_open(&dicom, path);
    if (status == HN_OK) {
        status = measure(&f, dicom, dtype[0] == '>');
    }
    ck_assert_msg(status == HN_OK || strlen(hn_error_message()) > strlen(path) + 8,
                  "%s: refused without a reason", file);
    if (is_exception(file) || !reference) {
        counts[status == HN_OK ? 0 : 1]++;
        return;
    }
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    const char *sha256 = hn_csv_cell(csv, row, hn_csv_find(csv, "pix_sha256"));
    bool same = strncmp(f.sha256, sha256, strlen(sha256)) == 0;
    bool near = fabs(f.minimum - number(csv, row, "pix_min")) <= 1 &&
                fabs(f.maximum - number(csv, row, "pix_max")) <= 1 &&
                fabs(f.mean - number(csv, row, "pix_mean")) <= 1;
    ck_assert_msg(same || (f.lossy && near), "%s: %g to %g, mean %g, %.32s", file, f.minimum,
                  f.maximum, f.mean, f.sha256);
    counts[same ? 2 : 3]++;
}

START_TEST(real_files_have_the_tables_values)
{
    const char *data = getenv("HIPNET_DATA");
    char folder[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(folder, data ? data : HN_REAL_DATA, "dicom"), HN_OK);
    char table[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(table, folder, "manifest.csv"), HN_OK);
    if (!hn_file_exists(table)) {
        printf("skipped: no real DICOM files at %s (HIPNET_DATA names another folder)\n", folder);
        return;
    }
    HN_AUTO_CSV *csv = NULL;
    ck_assert_int_eq(hn_csv_read(&csv, table), HN_OK);
    int counts[4] = { 0 };
    for (int64_t row = 0; row < hn_csv_rows(csv); row++) {
        check_row(csv, row, folder, counts);
    }
    printf("real DICOM files: %d with the table's hash, %d within a level, %d more decoded, "
           "%d refused\n",
           counts[2], counts[3], counts[0], counts[1]);
    ck_assert_int_ge(counts[2], 80);
}
END_TEST

Suite *check_conformance_suite(void);
Suite *check_conformance_suite(void)
{
    Suite *suite = suite_create("conformance");
    TCase *tests = tcase_create("conformance");
    tcase_set_timeout(tests, 90);
    tcase_add_test(tests, real_files_have_the_tables_values);
    suite_add_tcase(suite, tests);
    return suite;
}
