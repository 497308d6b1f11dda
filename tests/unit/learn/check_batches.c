/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader: the same bytes for any number of workers, every case once, clean ends. */
#include "scratch.h"
#include "tiny_cohort.h"

#include <check.h>
#include <hipnet/batches.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <math.h>
#include <string.h>

Suite *check_batches_suite(void);

enum { CASES = 23 };
static hn_cohort *cohort;
static int64_t rows[CASES];

static void setup(void)
{
    scratch_open();
    hn_status status = tiny_cohort_write(
        scratch("c.h5"), &(tiny_cohort_options) { .cases = CASES, .rows = 20, .columns = 24 });
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("c.h5")), HN_OK);
    for (int64_t i = 0; i < CASES; i++) {
        rows[i] = i;
    }
}

static void teardown(void)
{
    hn_cohort_close(cohort);
    scratch_close();
}

static hn_augment strong(void)
{
    hn_augment augment;
    hn_augment_defaults(&augment);
    augment.flip = 0.5;
    return augment;
}

static hn_batches_options plain_options(void)
{
    return (hn_batches_options) { .cohort = cohort,
                                  .cases = rows,
                                  .count = CASES,
                                  .batch_size = 5,
                                  .mean = { 0.2, 0.3 },
                                  .deviation = { 0.5, 0.25 },
                                  .use_view = { true, true },
                                  .seed = 7,
                                  .workers = 2,
                                  .ahead = 3 };
}

/* A hash over everything in `epochs` epochs from a batch on. */
static void hash_stream(char hex[HN_SHA256_HEX], hn_batches *batches, int64_t epoch, int64_t first,
                        int64_t epochs)
{
    hn_sha256 *hash = NULL;
    const hn_batch *batch = NULL;
    ck_assert_int_eq(hn_sha256_new(&hash), HN_OK);
    ck_assert_int_eq(hn_batches_start(batches, epoch, first, epochs), HN_OK);
    for (;;) {
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        if (!batch) {
            break;
        }
        size_t n = (size_t)batch->count;
        size_t pixels = n * (size_t)(batch->rows * batch->columns) * sizeof(float);
        int64_t head[3] = { batch->epoch, batch->index, batch->count };
        hn_sha256_add(hash, head, sizeof head);
        hn_sha256_add(hash, batch->images[0], pixels);
        hn_sha256_add(hash, batch->images[1], pixels);
        hn_sha256_add(hash, batch->present, n * HN_VIEWS * sizeof(float));
        hn_sha256_add(hash, batch->labels, n * sizeof(int64_t));
        hn_sha256_add(hash, batch->cases, n * sizeof(int64_t));
    }
    hn_sha256_end(hash, hex);
}

START_TEST(any_number_of_workers_gives_the_same_bytes)
{
    static const int workers[] = { 1, 2, 4, 9 };
    char first[HN_SHA256_HEX], hex[HN_SHA256_HEX];
    hn_augment augment = strong();
    for (size_t i = 0; i < HN_COUNT_OF(workers); i++) {
        HN_AUTO_BATCHES *batches = NULL;
        hn_batches_options options = plain_options();
        options.workers = workers[i];
        options.ahead = 2 + (int)i;
        options.shuffle = true;
        options.augment = &augment;
        options.view_dropout = 0.5;
        ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
        hash_stream(i == 0 ? first : hex, batches, 2, 0, 3);
        if (i > 0) {
            ck_assert_str_eq(hex, first);
        }
    }
}
END_TEST

/* Starting in the middle gives what an undisturbed run would have seen from there on. */
START_TEST(a_start_in_the_middle_continues_the_stream)
{
    HN_AUTO_BATCHES *batches = NULL;
    const hn_batch *batch = NULL;
    hn_augment augment = strong();
    hn_batches_options options = plain_options();
    options.shuffle = true;
    options.augment = &augment;
    ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
    int64_t per_epoch = hn_batches_per_epoch(batches);
    ck_assert_int_eq(per_epoch, 5);
    int64_t seen[2][CASES];
    float pixel[2][CASES];
    for (int pass = 0; pass < 2; pass++) {
        int64_t n = 0;
        ck_assert_int_eq(hn_batches_start(batches, 1, pass == 0 ? 0 : 3, 2), HN_OK);
        for (;;) {
            ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
            if (!batch || batch->epoch > 1) {
                break;
            }
            ck_assert(pass == 0 || batch->index >= 3);
            for (int64_t i = 0; i < batch->count && batch->index >= 3; i++) {
                seen[pass][n] = batch->cases[i];
                pixel[pass][n++] = batch->images[0][i * 20 * 24 + 250];
            }
        }
        ck_assert_int_eq(n, 8); /* batches 3 and 4 of five: 4 cases each */
        if (pass == 1) {
            ck_assert_mem_eq(seen[0], seen[1], (size_t)n * sizeof(int64_t));
            ck_assert_mem_eq(pixel[0], pixel[1], (size_t)n * sizeof(float));
        }
    }
}
END_TEST

START_TEST(each_case_comes_once_in_batches_of_even_size)
{
    HN_AUTO_BATCHES *batches = NULL;
    const hn_batch *batch = NULL;
    hn_batches_options options = plain_options();
    int times[2][CASES] = { { 0 } };
    int64_t order[2][CASES];
    options.shuffle = true;
    ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
    ck_assert_int_eq(hn_batches_start(batches, 0, 0, 2), HN_OK);
    int64_t n[2] = { 0, 0 };
    for (;;) {
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        if (!batch) {
            break;
        }
        ck_assert(batch->count == 4 || batch->count == 5);
        for (int64_t i = 0; i < batch->count; i++) {
            times[batch->epoch][batch->cases[i]]++;
            order[batch->epoch][n[batch->epoch]++] = batch->cases[i];
            ck_assert_int_eq(batch->labels[i], hn_cohort_case(cohort, batch->cases[i])->label);
        }
    }
    for (int i = 0; i < CASES; i++) {
        ck_assert_int_eq(times[0][i], 1);
        ck_assert_int_eq(times[1][i], 1);
    }
    ck_assert_mem_ne(order[0], order[1], sizeof order[0]);
    ck_assert_mem_ne(order[0], rows, sizeof order[0]);
}
END_TEST

/* Without augmentation a pixel is (stored / 255 - mean) / deviation; a missing view is zero. */
START_TEST(plain_pictures_are_the_stored_ones)
{
    HN_AUTO_BATCHES *batches = NULL;
    const hn_batch *batch = NULL;
    hn_batches_options options = plain_options();
    hn_cohort_chunk chunk = { 0 };
    uint8_t stored[20 * 24];
    int missing = 0;
    ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
    ck_assert_int_eq(hn_batches_start(batches, 0, 0, 1), HN_OK);
    for (;;) {
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        if (!batch) {
            break;
        }
        for (int64_t i = 0; i < batch->count; i++) {
            for (int view = 0; view < HN_VIEWS; view++) {
                const float *picture = batch->images[view] + i * 20 * 24;
                bool present = hn_cohort_case(cohort, batch->cases[i])->views[view].present;
                ck_assert_float_eq(batch->present[i * 2 + view], present ? 1 : 0);
                missing += !present;
                ck_assert_int_eq(
                    hn_cohort_read_image(cohort, batch->cases[i], (hn_view)view, stored, &chunk),
                    HN_OK);
                for (int p = 0; p < 20 * 24; p++) {
                    double wanted =
                        present ? (stored[p] / 255.0 - options.mean[view]) / options.deviation[view]
                                : 0;
                    ck_assert_double_eq_tol(picture[p], wanted, 1e-5);
                }
            }
        }
    }
    ck_assert_int_gt(missing, 0);
    hn_cohort_chunk_clear(&chunk);
}
END_TEST

START_TEST(view_dropout_leaves_one_view)
{
    HN_AUTO_BATCHES *batches = NULL;
    const hn_batch *batch = NULL;
    hn_batches_options options = plain_options();
    int dropped[HN_VIEWS] = { 0 };
    options.view_dropout = 1;
    ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
    ck_assert_int_eq(hn_batches_start(batches, 0, 0, 4), HN_OK);
    for (;;) {
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        if (!batch) {
            break;
        }
        for (int64_t i = 0; i < batch->count; i++) {
            ck_assert_float_eq(batch->present[2 * i] + batch->present[2 * i + 1], 1);
            for (int view = 0; view < HN_VIEWS; view++) {
                bool exists = hn_cohort_case(cohort, batch->cases[i])->views[view].present;
                dropped[view] += exists && batch->present[2 * i + view] == 0;
            }
        }
    }
    ck_assert_int_gt(dropped[HN_VIEW_AP], 10);
    ck_assert_int_gt(dropped[HN_VIEW_LATERAL], 10);
}
END_TEST

START_TEST(one_view_alone)
{
    HN_AUTO_BATCHES *batches = NULL;
    const hn_batch *batch = NULL;
    hn_batches_options options = plain_options();
    options.use_view[HN_VIEW_LATERAL] = false;
    ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
    ck_assert_int_eq(hn_batches_start(batches, 0, 0, 1), HN_OK);
    ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
    ck_assert_float_eq(batch->present[0], 1);
    ck_assert_float_eq(batch->present[1], 0);
}
END_TEST

/* Freeing, stopping and restarting while workers are busy. */
START_TEST(it_ends_cleanly_at_any_time)
{
    const hn_batch *batch = NULL;
    hn_batches_options options = plain_options();
    options.workers = 4;
    for (int taken = 0; taken < 4; taken++) {
        HN_AUTO_BATCHES *batches = NULL;
        ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
        ck_assert_int_eq(hn_batches_start(batches, 0, 0, 1000), HN_OK);
        for (int i = 0; i < taken; i++) {
            ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        }
        hn_batches_stop(batches);
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        ck_assert_ptr_null(batch);
        ck_assert_int_eq(hn_batches_start(batches, 3, 2, 1), HN_OK);
        ck_assert_int_eq(hn_batches_next(&batch, batches), HN_OK);
        ck_assert_int_eq(batch->epoch, 3);
        ck_assert_int_eq(batch->index, 2);
    }
    HN_AUTO_BATCHES *never_started = NULL;
    ck_assert_int_eq(hn_batches_new(&never_started, &options), HN_OK);
}
END_TEST

/* Overwrites the compressed bytes of one image in the file. */
static void damage(int64_t row)
{
    hn_cohort_chunk chunk = { 0 };
    uint8_t stored[20 * 24];
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(hn_cohort_read_image(cohort, row, HN_VIEW_AP, stored, &chunk), HN_OK);
    ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("c.h5"), 1 << 24), HN_OK);
    char *place = memmem(bytes, size, chunk.bytes, chunk.size);
    ck_assert_ptr_nonnull(place);
    memset(place + chunk.size / 2, 0x55, 16);
    ck_assert_int_eq(hn_file_write(scratch("c.h5"), bytes, size, true), HN_OK);
    hn_cohort_chunk_clear(&chunk);
}

/* A damaged image is the failure of its batch, and of two the first in order, by name, whatever
 * the number of workers. */
START_TEST(a_damaged_image_fails_its_batch)
{
    static const int workers[] = { 1, 4, 8 };
    damage(8);
    damage(6);
    hn_cohort_close(cohort);
    cohort = NULL;
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("c.h5")), HN_OK);
    for (size_t pass = 0; pass < HN_COUNT_OF(workers); pass++) {
        HN_AUTO_BATCHES *batches = NULL;
        const hn_batch *batch = NULL;
        hn_batches_options options = plain_options();
        options.workers = workers[pass];
        hn_status status = HN_OK;
        int good = 0;
        ck_assert_int_eq(hn_batches_new(&batches, &options), HN_OK);
        ck_assert_int_eq(hn_batches_start(batches, 0, 0, 1), HN_OK);
        while ((status = hn_batches_next(&batch, batches)) == HN_OK && batch) {
            good++;
        }
        ck_assert_int_ne(status, HN_OK);
        ck_assert_int_eq(good, 1);
        ck_assert_msg(strstr(hn_error_message(), "case c0006") != NULL, "%s", hn_error_message());
    }
}
END_TEST

START_TEST(mean_and_deviation_are_those_of_the_pixels)
{
    double mean[HN_VIEWS], deviation[HN_VIEWS], again[HN_VIEWS], other[HN_VIEWS];
    hn_cohort_chunk chunk = { 0 };
    uint8_t stored[20 * 24];
    double sum = 0, squares = 0, n = 0;
    hn_threads_set(1);
    ck_assert_int_eq(hn_batches_measure(mean, deviation, cohort, rows, CASES), HN_OK);
    hn_threads_set(4);
    ck_assert_int_eq(hn_batches_measure(again, other, cohort, rows, CASES), HN_OK);
    ck_assert_mem_eq(mean, again, sizeof mean);
    ck_assert_mem_eq(deviation, other, sizeof deviation);
    for (int64_t i = 0; i < CASES; i++) {
        if (!hn_cohort_case(cohort, i)->views[HN_VIEW_LATERAL].present) {
            continue;
        }
        ck_assert_int_eq(hn_cohort_read_image(cohort, i, HN_VIEW_LATERAL, stored, &chunk), HN_OK);
        for (int p = 0; p < 20 * 24; p++) {
            sum += stored[p] / 255.0;
            squares += stored[p] / 255.0 * stored[p] / 255.0;
            n++;
        }
    }
    hn_cohort_chunk_clear(&chunk);
    ck_assert_double_eq_tol(mean[HN_VIEW_LATERAL], sum / n, 1e-12);
    ck_assert_double_eq_tol(deviation[HN_VIEW_LATERAL], sqrt(squares / n - sum / n * (sum / n)),
                            1e-12);
}
END_TEST

Suite *check_batches_suite(void)
{
    Suite *suite = suite_create("batches");
    TCase *tests = tcase_create("batches");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, any_number_of_workers_gives_the_same_bytes);
    tcase_add_test(tests, a_start_in_the_middle_continues_the_stream);
    tcase_add_test(tests, each_case_comes_once_in_batches_of_even_size);
    tcase_add_test(tests, plain_pictures_are_the_stored_ones);
    tcase_add_test(tests, view_dropout_leaves_one_view);
    tcase_add_test(tests, one_view_alone);
    tcase_add_test(tests, it_ends_cleanly_at_any_time);
    tcase_add_test(tests, a_damaged_image_fails_its_batch);
    tcase_add_test(tests, mean_and_deviation_are_those_of_the_pixels);
    suite_add_tcase(suite, tests);
    return suite;
}
