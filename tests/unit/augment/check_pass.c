/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fused pass against what can be said exactly: identity, mirror, quarter turns, whole-pixel
 * shifts, powers, and the same bytes whatever the thread. */
#include <hipnet/augment.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 37

static uint8_t source[N * N];
static uint16_t wide[N * N];
static float out[N * N];

static void setup(void)
{
    hn_rng rng;
    hn_rng_init(&rng, 3, HN_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < N * N; i++) {
        source[i] = (uint8_t)hn_rng_u32(&rng);
        wide[i] = (uint16_t)hn_rng_u32(&rng);
    }
}

static void apply(const hn_augment_draw *draw)
{
    hn_augment_output o = { .pixels = out, .rows = N, .cols = N, .deviation = 1 };
    hn_augment_source s = { .pixels = source, .bits = 8, .rows = N, .cols = N };
    hn_augment_apply(&o, &s, draw);
}

static hn_augment_draw none(void)
{
    hn_augment_draw draw;
    hn_augment_draw_none(&draw);
    return draw;
}

START_TEST(nothing_drawn_changes_nothing)
{
    hn_augment_draw draw = none();
    apply(&draw);
    for (int i = 0; i < N * N; i++) {
        ck_assert_float_eq(out[i], (float)source[i] / 255.0f);
    }
    hn_augment_output o = { .pixels = out, .rows = N, .cols = N, .mean = 0.5, .deviation = 0.25 };
    hn_augment_source s = { .pixels = wide, .bits = 16, .rows = N, .cols = N };
    hn_augment_image(&o, &s, NULL, NULL, false);
    for (int i = 0; i < N * N; i++) {
        ck_assert_float_eq(out[i], ((float)wide[i] / 65535.0f - 0.5f) * 4.0f);
    }
}
END_TEST

START_TEST(mirror_and_turns_are_exact)
{
    hn_augment_draw draw = none();
    draw.flip = true;
    apply(&draw);
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++) {
            ck_assert_float_eq(out[r * N + c], (float)source[r * N + N - 1 - c] / 255.0f);
        }
    }
    draw = none();
    draw.rotation_degrees = 90; /* counter-clockwise: the right column becomes the top row */
    apply(&draw);
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++) {
            ck_assert_float_eq_tol(out[r * N + c], (float)source[c * N + N - 1 - r] / 255.0f,
                                   1e-4f);
        }
    }
}
END_TEST

START_TEST(shifts_bring_black_in)
{
    hn_augment_draw draw = none();
    draw.shift_row = 2.0 / N;
    draw.shift_col = -3.0 / N;
    apply(&draw);
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++) {
            int sr = r - 2;
            int sc = c + 3;
            float expected = sr >= 0 && sc < N ? (float)source[sr * N + sc] / 255.0f : 0.0f;
            ck_assert_float_eq_tol(out[r * N + c], expected, 1e-4f);
        }
    }
    draw = none();
    draw.shift_row = 3; /* far outside */
    apply(&draw);
    for (int i = 0; i < N * N; i++) {
        ck_assert_float_eq(out[i], 0);
    }
}
END_TEST

/* The plain formula, one pixel at a time. */
static double slow_sample(double x, double y)
{
    double value = 0;
    int col = (int)floor(x);
    int row = (int)floor(y);
    for (int dr = 0; dr < 2; dr++) {
        for (int dc = 0; dc < 2; dc++) {
            int r = row + dr;
            int c = col + dc;
            double weight = (dr ? y - row : 1 - (y - row)) * (dc ? x - col : 1 - (x - col));
            if (r >= 0 && r < N && c >= 0 && c < N) {
                value += weight * source[r * N + c] / 255.0;
            }
        }
    }
    return value;
}

START_TEST(any_mapping_matches_the_plain_formula)
{
    hn_augment_draw draw = none();
    draw.rotation_degrees = 23;
    draw.scale = 0.8;
    draw.shift_row = 0.07;
    draw.shift_col = -0.03;
    draw.shear_degrees = 6;
    apply(&draw);
    double radians = 23 * M_PI / 180;
    double half = (N - 1) / 2.0;
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++) {
            double u = (c - half + 0.03 * N) / 0.8;
            double v = (r - half - 0.07 * N) / 0.8;
            double x = cos(radians) * u - sin(radians) * v;
            double y = sin(radians) * u + cos(radians) * v;
            x -= tan(6 * M_PI / 180) * y;
            ck_assert_double_eq_tol((double)out[r * N + c], slow_sample(x + half, y + half), 1e-3);
        }
    }
}
END_TEST

START_TEST(a_larger_picture_is_scaled_to_fit)
{
    uint8_t flat[20 * 10];
    memset(flat, 255, sizeof flat);
    float small[10 * 10];
    hn_augment_output o = { .pixels = small, .rows = 10, .cols = 10, .deviation = 1 };
    hn_augment_source s = { .pixels = flat, .bits = 8, .rows = 20, .cols = 10 };
    hn_augment_image(&o, &s, NULL, NULL, false);
    ck_assert_float_eq(small[5 * 10 + 5], 1);
    ck_assert_float_eq(small[0 * 10 + 5], 1); /* all rows are there */
    ck_assert_float_eq(small[9 * 10 + 5], 1);
    ck_assert_float_eq(small[5 * 10 + 0], 0); /* a letterbox at the sides */
    ck_assert_float_eq(small[5 * 10 + 9], 0);
}
END_TEST

START_TEST(a_single_pixel_is_a_picture)
{
    uint8_t one = 200;
    float result[4] = { 9, 9, 9, 9 };
    hn_augment_output o = { .pixels = result, .rows = 1, .cols = 1, .deviation = 1 };
    hn_augment_source s = { .pixels = &one, .bits = 8, .rows = 1, .cols = 1 };
    hn_augment_image(&o, &s, NULL, NULL, false);
    ck_assert_float_eq(result[0], 200.0f / 255.0f);
    ck_assert_float_eq(result[1], 9);
}
END_TEST

START_TEST(tone_steps_in_their_order)
{
    hn_augment_draw draw = none();
    draw.contrast = 1.2;
    draw.brightness = -0.05;
    draw.gamma = 1.15;
    apply(&draw);
    for (int i = 0; i < N * N; i++) {
        double v = (source[i] / 255.0 - 0.5) * 1.2 + 0.5;
        v = v < 0 ? 0 : v > 1 ? 1 : v;
        v -= 0.05;
        v = v < 0 ? 0 : v > 1 ? 1 : v;
        ck_assert_double_eq_tol((double)out[i], pow(v, 1.15), 2e-5);
    }
    draw = none();
    draw.gamma = 1 / 1.2;
    apply(&draw);
    for (int i = 0; i < N * N; i++) {
        ck_assert_double_eq_tol((double)out[i], pow(source[i] / 255.0, 1 / 1.2), 1e-4);
    }
}
END_TEST

START_TEST(noise_is_gaussian)
{
    enum { SIDE = 301 };
    float *pixels = malloc(sizeof(float) * SIDE * SIDE);
    uint8_t *gray = malloc(SIDE * SIDE);
    memset(gray, 128, SIDE * SIDE);
    hn_augment_output o = { .pixels = pixels, .rows = SIDE, .cols = SIDE, .deviation = 1 };
    hn_augment_source s = { .pixels = gray, .bits = 8, .rows = SIDE, .cols = SIDE };
    hn_augment_draw draw = none();
    draw.noise = 0.05;
    draw.noise_key[0] = 5;
    hn_augment_apply(&o, &s, &draw);
    double moments[5] = { 0 };
    double lag = 0;
    double count = SIDE * SIDE;
    for (int i = 0; i < SIDE * SIDE; i++) {
        double z = ((double)pixels[i] - 128 / 255.0) / 0.05;
        for (int k = 1; k < 5; k++) {
            moments[k] += pow(z, k) / count;
        }
        if (i > 0) {
            lag += z * ((double)pixels[i - 1] - 128 / 255.0) / 0.05 / count;
        }
    }
    ck_assert_double_eq_tol(moments[1], 0, 0.015);
    ck_assert_double_eq_tol(moments[2], 1, 0.02);
    ck_assert_double_eq_tol(moments[3], 0, 0.05);
    ck_assert_double_eq_tol(moments[4], 3, 0.1);
    ck_assert_double_eq_tol(lag, 0, 0.015);
    free(pixels);
    free(gray);
}
END_TEST

#define IMAGES 64

static hn_status one_image(void *context, int64_t index, int worker)
{
    (void)worker;
    float(*results)[N * N] = context;
    hn_augment settings;
    hn_augment_defaults(&settings);
    hn_augment_output o = { .pixels = results[index], .rows = N, .cols = N, .deviation = 1 };
    hn_augment_source s = { .pixels = wide, .bits = 16, .rows = N, .cols = N };
    hn_augment_key key = { .seed = 1, .patient = (uint64_t)index };
    hn_augment_image(&o, &s, &settings, &key, false);
    return HN_OK;
}

START_TEST(the_same_bytes_on_any_thread)
{
    float(*alone)[N * N] = malloc(IMAGES * sizeof *alone);
    float(*together)[N * N] = malloc(IMAGES * sizeof *together);
    hn_threads_set(1);
    ck_assert_int_eq(hn_parallel_for(IMAGES, one_image, alone), HN_OK);
    hn_threads_set(4);
    ck_assert_int_eq(hn_parallel_for(IMAGES, one_image, together), HN_OK);
    ck_assert_mem_eq(alone, together, IMAGES * sizeof *alone);
    ck_assert_mem_ne(alone[0], alone[1], sizeof *alone);
    free(alone);
    free(together);
}
END_TEST

Suite *check_pass_suite(void);
Suite *check_pass_suite(void)
{
    Suite *suite = suite_create("pass");
    TCase *tests = tcase_create("pass");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, nothing_drawn_changes_nothing);
    tcase_add_test(tests, mirror_and_turns_are_exact);
    tcase_add_test(tests, shifts_bring_black_in);
    tcase_add_test(tests, any_mapping_matches_the_plain_formula);
    tcase_add_test(tests, a_larger_picture_is_scaled_to_fit);
    tcase_add_test(tests, a_single_pixel_is_a_picture);
    tcase_add_test(tests, tone_steps_in_their_order);
    tcase_add_test(tests, noise_is_gaussian);
    tcase_add_test(tests, the_same_bytes_on_any_thread);
    suite_add_tcase(suite, tests);
    return suite;
}
