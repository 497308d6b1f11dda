/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cohort files that others made, edited or cut: each invariant broken once through HDF5 itself,
 * files cut at many places, bytes turned over. Never a crash, always one sentence.
 */
#include "scratch.h"
#include "tiny_cohort.h"

#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>

#include <check.h>
#include <hdf5.h>
#include <string.h>

#define ck_ok(expression)                                                                          \
    do {                                                                                           \
        hn_status s_ = (expression);                                                               \
        ck_assert_msg(s_ == HN_OK, "%s: %s", #expression, hn_error_message());                     \
    } while (0)

/* For the leak checker: HDF5 1.10 does not give back all memory when a header's checksum is wrong,
 * nor what a full disk kept it from writing. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* ---- edits through HDF5 --------------------------------------------------------------- */

static void set_text(hid_t object, const char *name, const char *text)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Adelete(object, name);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) ? strlen(text) : 1);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert(attribute >= 0 && H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* Replaces a table by one of `rows` values of `type`. */
static void set_table(hid_t file, const char *path, hid_t type, hsize_t rows, const void *values)
{
    H5Ldelete(file, path, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &rows, NULL);
    hid_t table = H5Dcreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(table, 0);
    if (values) {
        ck_assert_int_ge(H5Dwrite(table, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    }
    H5Dclose(table);
    H5Sclose(space);
}

/* Changes row 0 of a table in place; the type is the memory's. */
static void set_first(hid_t file, const char *path, hid_t type, const void *value)
{
    hid_t table = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t space = H5Dget_space(table);
    hsize_t start = 0, one = 1;
    hid_t single = H5Screate_simple(1, &one, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &one, NULL);
    hid_t used = type < 0 ? H5Dget_type(table) : type;
    ck_assert_int_ge(H5Dwrite(table, used, single, space, H5P_DEFAULT, value), 0);
    H5Sclose(space);
    H5Sclose(single);
    H5Dclose(table);
}

static void set_images(hid_t file, const char *path, hid_t type, hsize_t n, hsize_t rows,
                       hsize_t columns, hsize_t per_chunk, bool fletcher)
{
    H5Ldelete(file, path, H5P_DEFAULT);
    hsize_t size[3] = { n, rows, columns }, chunk[3] = { per_chunk, rows, columns };
    hid_t space = H5Screate_simple(3, size, NULL);
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (per_chunk) {
        H5Pset_chunk(properties, 3, chunk);
        H5Pset_deflate(properties, 1);
        if (fletcher) {
            H5Pset_fletcher32(properties);
        }
    }
    hid_t images = H5Dcreate2(file, path, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert_int_ge(images, 0);
    H5Dclose(images);
    H5Sclose(space);
    H5Pclose(properties);
}

/* Writes one chunk as other bytes. */
static void set_chunk(hid_t file, const char *path, hsize_t row, const void *bytes, size_t size,
                      uint32_t mask)
{
    hid_t images = H5Dopen2(file, path, H5P_DEFAULT);
    hsize_t place[3] = { row, 0, 0 };
    ck_assert_int_ge(H5Dwrite_chunk(images, H5P_DEFAULT, mask, place, size, bytes), 0);
    H5Dclose(images);
}

static void set_pixels(hid_t file, const char *path, hsize_t row, int value)
{
    static uint8_t pixels[32 * 32];
    memset(pixels, value, sizeof pixels);
    hn_cohort_chunk chunk = { 0 };
    ck_ok(hn_cohort_encode_image(&chunk, pixels, 32, 32, 8, 1));
    set_chunk(file, path, row, chunk.bytes, chunk.size, 0);
    hn_cohort_chunk_clear(&chunk);
}

static void damage_names(hid_t file, int number)
{
    switch (number) {
    case 0:
        set_text(file, "schema", "hipnet-cohort 2");
        break;
    case 1:
        H5Adelete(file, "software");
        break;
    case 2:
        set_text(file, "settings", "{\"other\": 1}");
        break;
    case 3:
        set_text(file, "created", "yesterday");
        break;
    case 4:
        set_text(file, "content_sha256", "abc");
        break;
    case 5:
        set_text(file, "source_hash_kind", "md5");
        break;
    case 6:
        set_text(file, "risk_class", "fracture");
        break;
    case 7:
        set_text(file, "patient_name", "Doe^John");
        break;
    case 8:
        H5Lcreate_external("/etc/passwd", "/", file, "cases/extra", H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 9:
        H5Ldelete(file, "cases/label", H5P_DEFAULT);
        H5Lcreate_soft("/cases/study_year", file, "cases/label", H5P_DEFAULT, H5P_DEFAULT);
        break;
    default:
        H5Gclose(H5Gcreate2(file, "notes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        break;
    }
}

static void damage_images(hid_t file, int number)
{
    static const char junk[] = "this is not deflate";
    switch (number) {
    case 0:
        H5Ldelete(file, "images/lateral", H5P_DEFAULT);
        break;
    case 1:
        set_images(file, "images/lateral", H5T_STD_I8LE, 24, 32, 32, 1, false);
        break;
    case 2:
        set_images(file, "images/lateral", H5T_STD_U8LE, 24, 32, 32, 2, false);
        break;
    case 3:
        set_images(file, "images/lateral", H5T_STD_U8LE, 24, 32, 32, 0, false);
        break;
    case 4:
        set_images(file, "images/lateral", H5T_STD_U8LE, 24, 32, 32, 1, true);
        break;
    case 5:
        set_images(file, "images/lateral", H5T_STD_U8LE, 24, 16, 32, 1, false);
        break;
    case 6:
        set_images(file, "images/lateral", H5T_STD_U8LE, 24, 32, 32000, 1, false);
        break;
    case 7:
        set_images(file, "images/ap", H5T_STD_U8LE, 24, 32, 32, 1, false); /* no chunk at all */
        break;
    case 8:
        set_chunk(file, "images/ap", 3, junk, sizeof junk, 0);
        break;
    case 9:
        set_chunk(file, "images/ap", 3, junk, sizeof junk, 1); /* filters skipped */
        break;
    case 10:
        set_pixels(file, "images/ap", 3, 7);
        break;
    case 11:
        set_pixels(file, "images/lateral", 4, 7); /* case 4 lacks the lateral */
        break;
    default:
        set_pixels(file, "images/lateral", 4, 0); /* zeros are what a missing view has */
        break;
    }
}

static void damage_tables(hid_t file, int number)
{
    double wide = 999;
    int label = 3, small = 2;
    static double values[25];
    hid_t text = H5Tcopy(H5T_C_S1);
    switch (number) {
    case 0:
        H5Ldelete(file, "cases/age_years", H5P_DEFAULT);
        break;
    case 1:
        set_table(file, "cases/age_years", H5T_IEEE_F64LE, 25, values);
        break;
    case 2:
        set_table(file, "cases/age_years", H5T_IEEE_F32LE, 24, values);
        break;
    case 3:
        set_table(file, "cases/age_years", H5T_IEEE_F64LE, 24, NULL); /* never written */
        break;
    case 4:
        H5Tset_size(text, H5T_VARIABLE);
        set_table(file, "cases/center", text, 24, NULL);
        break;
    case 5:
        set_first(file, "cases/case_id", -1, "c0001");
        break;
    case 6:
        set_first(file, "cases/side", -1, "upper");
        break;
    case 7:
        set_first(file, "cases/center", -1, "\xff\xff\xff\xff\xff\xff\xff\xff");
        break;
    case 8:
        set_first(file, "cases/age_years", H5T_NATIVE_DOUBLE, &wide);
        break;
    case 9:
        set_first(file, "cases/mirrored", H5T_NATIVE_INT, &small);
        break;
    case 10:
        set_first(file, "cases/film_in_reference", H5T_NATIVE_INT, &small);
        break;
    case 11:
        set_first(file, "cases/label", H5T_NATIVE_INT, &label);
        break;
    case 12:
        set_first(file, "views/ap/spacing_mm", H5T_NATIVE_DOUBLE, &values[0]);
        break;
    case 13:
        set_first(file, "biomarkers/crp_mg_l/censoring", H5T_NATIVE_INT, &small);
        break;
    case 14:
        H5Gclose(H5Gcreate2(file, "biomarkers/CRP", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        break;
    case 15:
        H5Ldelete(file, "biomarkers/crp_mg_l/days", H5P_DEFAULT);
        break;
    case 16:
        wide = 40;
        set_first(file, "cases/age_years", H5T_NATIVE_DOUBLE, &wide);
        break;
    case 17:
        set_table(file, "classes", H5T_STD_I32LE, 3, values);
        break;
    default:
        H5Ldelete(file, "cases", H5P_DEFAULT);
        break;
    }
    H5Tclose(text);
}

/* What is done, which invariant breaks, and whether opening notices (or only the check). */
static const struct {
    void (*damage)(hid_t file, int number);
    int number;
    int invariant; /* 0: none */
    bool opens;
} damages[] = {
    { damage_names, 0, 1, false },    { damage_names, 1, 2, false },
    { damage_names, 2, 2, false },    { damage_names, 3, 2, false },
    { damage_names, 4, 2, false },    { damage_names, 5, 2, false },
    { damage_names, 6, 3, false },    { damage_names, 7, 11, false },
    { damage_names, 8, 11, false },   { damage_names, 9, 11, false },
    { damage_names, 10, 11, false },  { damage_images, 0, 4, false },
    { damage_images, 1, 4, false },   { damage_images, 2, 4, false },
    { damage_images, 3, 4, false },   { damage_images, 4, 4, false },
    { damage_images, 5, 4, false },   { damage_images, 6, 4, false },
    { damage_images, 7, 12, true },   { damage_images, 8, 12, true },
    { damage_images, 9, 12, true },   { damage_images, 10, 12, true },
    { damage_images, 11, 9, true },   { damage_images, 12, 0, true },
    { damage_tables, 0, 5, false },   { damage_tables, 1, 5, false },
    { damage_tables, 2, 5, false },   { damage_tables, 3, 5, false },
    { damage_tables, 4, 5, false },   { damage_tables, 5, 6, false },
    { damage_tables, 6, 6, false },   { damage_tables, 7, 6, false },
    { damage_tables, 8, 7, false },   { damage_tables, 9, 7, false },
    { damage_tables, 10, 7, false },  { damage_tables, 11, 8, false },
    { damage_tables, 12, 9, false },  { damage_tables, 13, 10, false },
    { damage_tables, 14, 10, false }, { damage_tables, 15, 5, false },
    { damage_tables, 16, 13, true },  { damage_tables, 17, 3, false },
    { damage_tables, 18, 5, false },
};

START_TEST(each_invariant_is_noticed)
{
    scratch_open();
    const char *path = scratch("a.h5");
    ck_ok(tiny_cohort_write(path, NULL));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    damages[_i].damage(file, damages[_i].number);
    ck_assert_int_ge(H5Fclose(file), 0);

    hn_threads_set(2);
    hn_cohort_report report;
    ck_ok(hn_cohort_check(&report, path));
    int wanted = damages[_i].invariant;
    if (wanted) {
        ck_assert_msg(report.findings[wanted - 1].state == HN_FINDING_VIOLATED,
                      "invariant %d was not found violated", wanted);
        ck_assert_str_ne(report.findings[wanted - 1].first, "");
    } else {
        ck_assert_int_eq(report.violated, 0);
    }
    HN_AUTO_COHORT *cohort = NULL;
    hn_status status = hn_cohort_open(&cohort, path);
    ck_assert_int_eq(status, damages[_i].opens ? HN_OK : HN_EFORMAT);
    if (!damages[_i].opens) {
        ck_assert_msg(strstr(hn_error_message(), "(invariant "), "%s", hn_error_message());
        ck_assert_msg(strstr(hn_error_message(), path), "%s", hn_error_message());
    }
    scratch_close();
}
END_TEST

START_TEST(reading_a_bad_image_is_a_sentence)
{
    scratch_open();
    const char *path = scratch("a.h5");
    ck_ok(tiny_cohort_write(path, NULL));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    damage_images(file, 8);
    H5Fclose(file);
    HN_AUTO_COHORT *cohort = NULL;
    ck_ok(hn_cohort_open(&cohort, path));
    uint8_t pixels[32 * 32];
    hn_cohort_chunk chunk = { 0 };
    ck_ok(hn_cohort_read_image(cohort, 2, HN_VIEW_AP, pixels, &chunk));
    ck_assert_int_eq(hn_cohort_read_image(cohort, 3, HN_VIEW_AP, pixels, &chunk), HN_EFORMAT);
    ck_assert_msg(strstr(hn_error_message(), "the ap image of case c0003"), "%s",
                  hn_error_message());
    hn_cohort_chunk_clear(&chunk);
    scratch_close();
}
END_TEST

/* The right bytes, but marked as stored without gzip: other readers would see other pixels. */
START_TEST(skipped_filters_are_refused)
{
    scratch_open();
    const char *path = scratch("a.h5");
    ck_ok(tiny_cohort_write(path, NULL));
    HN_AUTO_COHORT *cohort = NULL;
    ck_ok(hn_cohort_open(&cohort, path));
    uint8_t pixels[32 * 32];
    hn_cohort_chunk chunk = { 0 };
    ck_ok(hn_cohort_read_image(cohort, 3, HN_VIEW_AP, pixels, &chunk));
    hn_cohort_closep(&cohort);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    /* one byte longer, since HDF5 1.10 keeps the old mark of a chunk that keeps its size */
    static uint8_t longer[4096];
    ck_assert_uint_lt(chunk.size, sizeof longer);
    memcpy(longer, chunk.bytes, chunk.size);
    set_chunk(file, "images/ap", 3, longer, chunk.size + 1, 1);
    H5Fclose(file);
    ck_ok(hn_cohort_open(&cohort, path));
    ck_assert_int_eq(hn_cohort_read_image(cohort, 3, HN_VIEW_AP, pixels, &chunk), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "without its filters"));
    hn_cohort_chunk_clear(&chunk);
    scratch_close();
}
END_TEST

START_TEST(no_file_no_folder_no_right)
{
    scratch_open();
    hn_cohort *cohort = NULL;
    hn_cohort_report report;
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("absent.h5")), HN_ENOTFOUND);
    ck_assert_int_eq(hn_cohort_check(&report, scratch("absent.h5")), HN_ENOTFOUND);
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch_folder), HN_EIO);
    ck_assert_int_eq(hn_cohort_open(&cohort, "/dev/null"), HN_EIO);
    ck_ok(hn_file_write(scratch("empty.h5"), "", 0, false));
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("empty.h5")), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "empty"));
    ck_ok(hn_cohort_check(&report, scratch("empty.h5")));
    ck_assert_int_eq(report.violated, 1);
    ck_assert_int_eq(report.findings[11].state, HN_FINDING_NOT_EXAMINED);
    ck_ok(hn_file_write(scratch("text.h5"), "patient_id,center\n", 18, false));
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("text.h5")), HN_EFORMAT);
    scratch_close();
}
END_TEST

/* ---- cutting and turning bytes --------------------------------------------------------- */

/* Without the sync and rename of hn_file_write, which would be most of these tests' time. */
static void put_file(const char *path, const char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

/* Opens, checks and reads; whatever it says must be one sentence. True when nothing was wrong. */
static bool survives(const char *path)
{
    HN_AUTO_COHORT *cohort = NULL;
    bool good = hn_cohort_open(&cohort, path) == HN_OK;
    if (!good) {
        ck_assert_str_ne(hn_error_message(), "");
        ck_assert_ptr_null(strchr(hn_error_message(), '\n'));
        ck_assert_ptr_null(cohort);
    }
    hn_cohort_report report;
    if (hn_cohort_check(&report, path) != HN_OK) {
        ck_assert_str_ne(hn_error_message(), "");
        return false;
    }
    ck_assert(good || report.violated > 0);
    return report.violated == 0;
}

START_TEST(no_shorter_file_is_taken)
{
    scratch_open();
    hn_threads_set(1);
    char whole[512];
    snprintf(whole, sizeof whole, "%s", scratch("a.h5"));
    ck_ok(tiny_cohort_write(whole, &(tiny_cohort_options) { .cases = 3, .rows = 8, .columns = 8 }));
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_ok(hn_file_read(&bytes, &size, whole, 1 << 20));
    ck_assert(survives(whole));
    for (size_t cut = 0; cut < size; cut += cut < 512 ? 13 : 151) {
        put_file(scratch("cut.h5"), bytes, cut);
        ck_assert_msg(!survives(scratch("cut.h5")), "cut to %zu bytes", cut);
    }
    scratch_close();
}
END_TEST

START_TEST(turned_bytes_are_survived)
{
    scratch_open();
    hn_threads_set(1);
    char whole[512], turned[512];
    snprintf(whole, sizeof whole, "%s", scratch("a.h5"));
    snprintf(turned, sizeof turned, "%s", scratch("turned.h5"));
    ck_ok(tiny_cohort_write(whole, &(tiny_cohort_options) { .cases = 3, .rows = 8, .columns = 8 }));
    ck_assert(survives(whole));
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_ok(hn_file_read(&bytes, &size, whole, 1 << 20));
    hn_rng rng;
    hn_rng_init(&rng, 1, HN_PURPOSE_TEST, 0, 0, 0);
    for (int round = 0; round < 300; round++) {
        size_t place[4];
        char before[4];
        for (int k = 0; k < 4; k++) {
            place[k] = (size_t)hn_rng_below(&rng, size);
            before[k] = bytes[place[k]];
            bytes[place[k]] = (char)hn_rng_u32(&rng);
        }
        put_file(turned, bytes, size);
        (void)survives(turned);
        for (int k = 3; k >= 0; k--) {
            bytes[place[k]] = before[k];
        }
    }
    scratch_close();
}
END_TEST

START_TEST(headers_without_checksums_are_refused)
{
    scratch_open();
    hid_t file = H5Fcreate(scratch("old.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    set_text(file, "schema", HN_COHORT_SCHEMA);
    H5Fclose(file);
    hn_cohort *cohort = NULL;
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("old.h5")), HN_EFORMAT);
    ck_assert_msg(strstr(hn_error_message(), "checksums"), "%s", hn_error_message());
    scratch_close();
}
END_TEST

Suite *check_cohort_damage_suite(void);
Suite *check_cohort_damage_suite(void)
{
    Suite *suite = suite_create("cohort damage");
    TCase *tests = tcase_create("cohort damage");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, each_invariant_is_noticed, 0, (int)HN_COUNT_OF(damages));
    tcase_add_test(tests, reading_a_bad_image_is_a_sentence);
    tcase_add_test(tests, skipped_filters_are_refused);
    tcase_add_test(tests, no_file_no_folder_no_right);
    tcase_add_test(tests, no_shorter_file_is_taken);
    tcase_add_test(tests, turned_bytes_are_survived);
    tcase_add_test(tests, headers_without_checksums_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
