/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting: sizes, offsets, spacing, the way back, antialiasing without ringing, same bytes on any
 * thread. */
#include <hipnet/parallel.h>
#include <hipnet/resample.h>

#include <check.h>
#include <math.h>
#include <string.h>

static void fill(hn_image *image, int64_t rows, int64_t cols)
{
    ck_assert_int_eq(hn_image_new(image, rows, cols), HN_OK);
    for (int64_t i = 0; i < rows * cols; i++) {
        image->pixels[i] = (float)((i * 7919) % 251) / 250.0f;
    }
}

START_TEST(letterbox_keeps_aspect_and_says_where)
{
    HN_AUTO_IMAGE film = HN_IMAGE_INIT;
    HN_AUTO_IMAGE out = HN_IMAGE_INIT;
    hn_geometry g;
    ck_assert_int_eq(hn_image_new(&film, 400, 300), HN_OK);
    for (int64_t i = 0; i < 400 * 300; i++) {
        film.pixels[i] = 0.75f;
    }
    hn_image_set_spacing(&film, 0.2, 0.2, HN_SPACING_DETECTOR_PLANE);
    film.bits = 12;
    ck_assert_int_eq(hn_image_fit(&out, &g, &film, 64, 64, 0), HN_OK);
    ck_assert_int_eq(g.inner[0], 64);
    ck_assert_int_eq(g.inner[1], 48);
    ck_assert_int_eq(g.offset[0], 0);
    ck_assert_int_eq(g.offset[1], 8);
    ck_assert_double_eq_tol(out.spacing_mm[0], 0.2 * 400 / 64, 1e-12);
    ck_assert_double_eq_tol(out.spacing_mm[1], 0.2 * 300 / 48, 1e-12);
    ck_assert_int_eq(out.spacing, HN_SPACING_DETECTOR_PLANE);
    ck_assert_int_eq(out.bits, 12);
    for (int64_t row = 0; row < 64; row++) {
        for (int64_t col = 0; col < 64; col++) {
            float expected = col >= 8 && col < 56 ? 0.75f : 0.0f;
            ck_assert_float_eq_tol(out.pixels[row * 64 + col], expected, 1e-6f);
        }
    }
}
END_TEST

START_TEST(coordinates_map_back)
{
    HN_AUTO_IMAGE film = HN_IMAGE_INIT;
    HN_AUTO_IMAGE out = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&film, 301, 517), HN_OK);
    for (int64_t r = 0; r < 301; r++) {
        for (int64_t c = 0; c < 517; c++) { /* a ramp tells where a sample came from */
            film.pixels[r * 517 + c] = (float)(r * 1000 + c);
        }
    }
    hn_geometry g;
    ck_assert_int_eq(hn_image_fit(&out, &g, &film, 96, 128, -1), HN_OK);
    for (int64_t r = g.offset[0] + 2; r < g.offset[0] + g.inner[0] - 2; r += 5) {
        for (int64_t c = g.offset[1] + 2; c < g.offset[1] + g.inner[1] - 2; c += 5) {
            double sr = 0;
            double sc = 0;
            hn_geometry_to_source(&g, (double)r, (double)c, &sr, &sc);
            /* the library places its filter on steps of 1/64 pixel */
            ck_assert_double_eq_tol((double)out.pixels[r * 128 + c], sr * 1000 + sc, 20);
            double back_r = 0;
            double back_c = 0;
            hn_geometry_from_source(&g, sr, sc, &back_r, &back_c);
            ck_assert_double_eq_tol(back_r, (double)r, 1e-9);
            ck_assert_double_eq_tol(back_c, (double)c, 1e-9);
        }
    }
    double sr = 0;
    double sc = 0;
    double mirrored = 0;
    hn_geometry_to_source(&g, 10, 20, &sr, &sc);
    g.mirrored = true;
    hn_geometry_to_source(&g, 10, 20, &sr, &mirrored);
    ck_assert_double_eq_tol(mirrored, 516 - sc, 1e-9);
    hn_geometry_from_source(&g, sr, mirrored, &sr, &sc);
    ck_assert_double_eq_tol(sc, 20, 1e-9);
}
END_TEST

START_TEST(fine_detail_averages_and_edges_do_not_ring)
{
    HN_AUTO_IMAGE film = HN_IMAGE_INIT;
    HN_AUTO_IMAGE out = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_new(&film, 800, 800), HN_OK);
    for (int64_t r = 0; r < 800; r++) {
        for (int64_t c = 0; c < 800; c++) { /* left: stripes of one pixel; right: metal */
            film.pixels[r * 800 + c] = c < 400 ? (float)(c % 2) : 1.0f;
        }
    }
    ck_assert_int_eq(hn_image_resize(&out, &film, 100, 100), HN_OK);
    for (int64_t c = 1; c < 100; c++) { /* the rim repeats its last pixel */
        float value = out.pixels[50 * 100 + c];
        ck_assert_float_ge(value, 0.4999f); /* no dark line beside the metal */
        ck_assert_float_le(value, 1.0001f);
        if (c < 48) {
            ck_assert_float_eq_tol(value, 0.5f, 0.01f);
        }
    }
}
END_TEST

START_TEST(extreme_shapes_fit)
{
    HN_AUTO_IMAGE film = HN_IMAGE_INIT;
    HN_AUTO_IMAGE out = HN_IMAGE_INIT;
    static const int64_t shapes[][2] = {
        { 1, 1 }, { 1, 5000 }, { 5000, 1 }, { 3, 2 }, { 65535, 2 }
    };
    for (size_t i = 0; i < HN_COUNT_OF(shapes); i++) {
        fill(&film, shapes[i][0], shapes[i][1]);
        hn_geometry g;
        hn_status status = hn_image_fit(&out, &g, &film, 32, 48, 0);
        ck_assert_msg(status == HN_OK, "%s", hn_error_message());
        ck_assert(g.inner[0] >= 1 && g.inner[0] <= 32 && g.inner[1] >= 1 && g.inner[1] <= 48);
        for (int64_t p = 0; p < 32 * 48; p++) {
            ck_assert(out.pixels[p] >= 0 && out.pixels[p] <= 1.0001f);
        }
    }
    ck_assert_int_eq(hn_image_fit(&out, NULL, &film, 0, 48, 0), HN_ESHAPE);
}
END_TEST

START_TEST(the_same_size_is_the_same_picture)
{
    HN_AUTO_IMAGE film = HN_IMAGE_INIT;
    HN_AUTO_IMAGE out = HN_IMAGE_INIT;
    fill(&film, 40, 30);
    ck_assert_int_eq(hn_image_fit(&out, NULL, &film, 40, 30, 0), HN_OK);
    ck_assert_mem_eq(out.pixels, film.pixels, 40 * 30 * sizeof(float));
}
END_TEST

#define IMAGES 8

struct many {
    hn_image in, out[IMAGES];
};

static hn_status fit_one(void *context, int64_t index, int worker)
{
    (void)worker;
    struct many *m = context;
    return hn_image_fit(&m->out[index], NULL, &m->in, 64, 64, 0);
}

START_TEST(threads_do_not_change_a_byte)
{
    struct many m = { .in = HN_IMAGE_INIT };
    fill(&m.in, 333, 222);
    HN_AUTO_IMAGE alone = HN_IMAGE_INIT;
    ck_assert_int_eq(hn_image_fit(&alone, NULL, &m.in, 64, 64, 0), HN_OK);
    hn_threads_set(4);
    ck_assert_int_eq(hn_parallel_for(IMAGES, fit_one, &m), HN_OK);
    for (int i = 0; i < IMAGES; i++) {
        ck_assert_mem_eq(m.out[i].pixels, alone.pixels, 64 * 64 * sizeof(float));
        hn_image_clear(&m.out[i]);
    }
    hn_image_clear(&m.in);
}
END_TEST

Suite *check_resample_suite(void);
Suite *check_resample_suite(void)
{
    Suite *suite = suite_create("resample");
    TCase *tests = tcase_create("resample");
    tcase_add_test(tests, letterbox_keeps_aspect_and_says_where);
    tcase_add_test(tests, coordinates_map_back);
    tcase_add_test(tests, fine_detail_averages_and_edges_do_not_ring);
    tcase_add_test(tests, extreme_shapes_fit);
    tcase_add_test(tests, the_same_size_is_the_same_picture);
    tcase_add_test(tests, threads_do_not_change_a_byte);
    suite_add_tcase(suite, tests);
    return suite;
}
