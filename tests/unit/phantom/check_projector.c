/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lengths against closed forms, the order of painting, and where points are projected. */
#include <hipnet/projector.h>
#include <hipnet/rng.h>
#include <check.h>
#include <math.h>
#include <string.h>

Suite *check_projector_suite(void);

static hn_scene scene;

static void clear(void)
{
    hn_scene_clear(&scene);
}

static double length_of(hn_material material, hn_vec origin, hn_vec direction)
{
    float lengths[HN_MATERIAL_COUNT], tags[HN_SCENE_TAGS];
    hn_scene_lengths(&scene, origin, hn_vec_unit(direction), lengths, tags);
    return (double)lengths[material];
}

static double interval(const hn_solid *solid, hn_vec origin, hn_vec direction)
{
    double ends[2] = { 0 };
    return hn_solid_hit(solid, origin, hn_vec_unit(direction), ends) ? ends[1] - ends[0] : 0;
}

START_TEST(balls)
{
    hn_solid *ball = hn_scene_ball(&scene, HN_MATERIAL_SOFT, (hn_vec) { 3, -2, 5 }, 20);
    for (double d = 0; d < 25; d += 0.7) { /* rays at distance d from the centre */
        double expected = d < 20 ? 2 * sqrt(400 - d * d) : 0;
        double got = interval(ball, (hn_vec) { 3 + d, 1000, 5 }, (hn_vec) { 0, -1, 0 });
        ck_assert_double_lt(fabs(got - expected), 1e-6);
    }
}
END_TEST

START_TEST(ellipsoids)
{
    /* along an axis at offset x: 2 b sqrt(1 - x^2/a^2) */
    hn_frame turn = hn_frame_turn((hn_vec) { 0, 0, 1 }, 30, (hn_vec) { 0, 0, 0 });
    scene.frame = turn;
    hn_solid *egg =
        hn_scene_ellipsoid(&scene, HN_MATERIAL_SOFT, (hn_vec) { 0, 0, 0 }, (hn_vec) { 30, 12, 7 });
    for (double x = -29; x < 30; x += 1.3) {
        hn_vec from = hn_frame_apply(&turn, (hn_vec) { x, 500, 0 });
        hn_vec along = hn_frame_direct(&turn, (hn_vec) { 0, -1, 0 });
        ck_assert_double_lt(fabs(interval(egg, from, along) - 24 * sqrt(1 - x * x / 900)), 1e-6);
    }
}
END_TEST

START_TEST(cylinders_and_cones)
{
    hn_vec low = { 0, 0, -50 }, high = { 0, 0, 50 }, side = { 1, 0, 0 };
    hn_solid *tube = hn_scene_cone(&scene, HN_MATERIAL_SOFT, low, high, 10, 10, side, 1);
    for (double x = -9.5; x < 10; x += 0.9) {
        double across = interval(tube, (hn_vec) { x, 300, 3 }, (hn_vec) { 0, -1, 0 });
        ck_assert_double_lt(fabs(across - 2 * sqrt(100 - x * x)), 1e-6);
        double down = interval(tube, (hn_vec) { x, 0, 300 }, (hn_vec) { 0, 0, -1 });
        ck_assert_double_lt(fabs(down - 100), 1e-6);
    }
    /* a cone with an elliptic section: radius 10 to 20 over 100 mm, half as thick across */
    hn_solid *cone = hn_scene_cone(&scene, HN_MATERIAL_SOFT, low, high, 10, 20, side, 0.5);
    for (double z = -49; z < 50; z += 3.7) {
        double r = 10 + 0.1 * (z + 50);
        ck_assert_double_lt(fabs(interval(cone, (hn_vec) { 0, 300, z }, (hn_vec) { 0, -1, 0 }) - r),
                            1e-6);
        ck_assert_double_lt(
            fabs(interval(cone, (hn_vec) { 300, 0, z }, (hn_vec) { -1, 0, 0 }) - 2 * r), 1e-6);
    }
    /* along the axis the quadric's leading term is negative: the cuts decide */
    ck_assert_double_lt(fabs(interval(cone, (hn_vec) { 1, 1, 300 }, (hn_vec) { 0, 0, -1 }) - 100),
                        1e-6);
    ck_assert_double_lt(fabs(interval(cone, (hn_vec) { 15, 0, 300 }, (hn_vec) { 0, 0, -1 }) - 50),
                        1e-6);
}
END_TEST

/* Any ray through any solid: the interval's ends are on the surface and its inside is inside. */
static double inside(const hn_solid *s, hn_vec p)
{
    const double *q = s->quadric;
    double value = q[0] * p.x * p.x + q[1] * p.y * p.y + q[2] * p.z * p.z + q[3] * p.x * p.y +
                   q[4] * p.x * p.z + q[5] * p.y * p.z + hn_vec_dot(s->linear, p) + s->constant;
    for (int i = 0; i < s->cuts; i++) {
        value = fmax(value, hn_vec_dot(s->normals[i], p) - s->offsets[i]);
    }
    return value;
}

START_TEST(random_rays)
{
    hn_rng rng;
    hn_rng_init(&rng, 5, HN_PURPOSE_TEST, 0, 0, 0);
    int hits = 0;
    for (int i = 0; i < 20000; i++) {
        hn_scene_clear(&scene);
        hn_vec a = { hn_rng_range(&rng, -9, 9), hn_rng_range(&rng, -9, 9),
                     hn_rng_range(&rng, -9, 9) };
        hn_vec b = { hn_rng_range(&rng, -9, 9), hn_rng_range(&rng, -9, 9),
                     hn_rng_range(&rng, -9, 9) };
        hn_solid *solid = hn_scene_cone(&scene, HN_MATERIAL_SOFT, a, b, hn_rng_range(&rng, 1, 9),
                                        hn_rng_range(&rng, 1, 9), (hn_vec) { .3, .5, .8 },
                                        hn_rng_range(&rng, 0.4, 2));
        hn_vec from = { 40 * hn_rng_normal(&rng), 40 * hn_rng_normal(&rng), 80 };
        hn_vec direction = hn_vec_unit(hn_vec_sub(a, from));
        double ends[2];
        if (!hn_solid_hit(solid, from, direction, ends)) {
            continue;
        }
        hits++;
        for (int k = 0; k <= 20; k++) {
            double t = ends[0] + (ends[1] - ends[0]) * k / 20;
            ck_assert_double_lt(inside(solid, hn_vec_add(from, hn_vec_scale(direction, t))), 1e-6);
        }
        double out0 = inside(solid, hn_vec_add(from, hn_vec_scale(direction, ends[0] - 1e-3)));
        double out1 = inside(solid, hn_vec_add(from, hn_vec_scale(direction, ends[1] + 1e-3)));
        ck_assert_double_gt(fmin(out0, out1), -1e-9);
    }
    ck_assert_int_gt(hits, 15000);
}
END_TEST

START_TEST(what_comes_later_owns_the_place)
{
    hn_scene_ball(&scene, HN_MATERIAL_CORTICAL, (hn_vec) { 0, 0, 0 }, 10);
    hn_scene_ball(&scene, HN_MATERIAL_MARROW, (hn_vec) { 0, 0, 0 }, 8);
    scene.tag = 3;
    hn_scene_ball(&scene, HN_MATERIAL_TITANIUM, (hn_vec) { 8, 0, 0 }, 4);
    hn_solid *ghost = hn_scene_ball(&scene, HN_MATERIAL_LEAD, (hn_vec) { -30, 0, 0 }, 5);
    ghost->ghost = true;
    hn_vec from = { 100, 0, 0 }, along = { -1, 0, 0 };
    ck_assert_double_lt(fabs(length_of(HN_MATERIAL_TITANIUM, from, along) - 8), 1e-5);
    ck_assert_double_lt(fabs(length_of(HN_MATERIAL_MARROW, from, along) - 12), 1e-5);
    ck_assert_double_lt(fabs(length_of(HN_MATERIAL_CORTICAL, from, along) - 2), 1e-5);
    ck_assert_double_eq(length_of(HN_MATERIAL_LEAD, from, along), 0);
    float lengths[HN_MATERIAL_COUNT], tags[HN_SCENE_TAGS];
    hn_scene_lengths(&scene, from, along, lengths, tags);
    ck_assert_double_lt(fabs((double)tags[3] - 18), 1e-5);
}
END_TEST

START_TEST(points_are_magnified_as_optics_says)
{
    hn_camera camera;
    hn_vec source = { 0, 1000, 0 };
    hn_camera_aim(&camera, source, (hn_vec) { 0, 0, 0 }, 1150, (hn_vec) { 1, 0, 0 }, 101, 201, 0.5);
    double row = 0, column = 0;
    hn_camera_project(&camera, (hn_vec) { 0, 0, 0 }, &row, &column);
    ck_assert_double_lt(fabs(row - 50) + fabs(column - 100), 1e-9);
    /* 10 mm at the centre are 11.5 mm on the detector, 23 pixels; up is up, left is right */
    hn_camera_project(&camera, (hn_vec) { 10, 0, 10 }, &row, &column);
    ck_assert_double_lt(fabs(row - (50 - 23)) + fabs(column - (100 + 23)), 1e-9);
    hn_camera_project(&camera, (hn_vec) { 10, 500, 0 }, &row, &column); /* twice as near */
    ck_assert_double_lt(fabs(column - (100 + 46)), 1e-9);
}
END_TEST

START_TEST(pictures_equal_single_rays)
{
    hn_camera camera;
    hn_beam beam;
    hn_vec source = { 0, 1000, 0 };
    hn_camera_aim(&camera, source, (hn_vec) { 0, 0, 0 }, 1150, (hn_vec) { 1, 0, 0 }, 70, 70, 1.5);
    hn_beam_make(&beam, 75, 3, 0);
    hn_rng rng;
    hn_rng_init(&rng, 9, HN_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < 40; i++) {
        hn_vec at = { hn_rng_range(&rng, -60, 60), hn_rng_range(&rng, -60, 60),
                      hn_rng_range(&rng, -60, 60) };
        hn_scene_ball(&scene, (hn_material)(1 + hn_rng_below(&rng, 10)), at,
                      hn_rng_range(&rng, 1, 25));
    }
    static float signal[70 * 70];
    ck_assert_int_eq(hn_scene_project(&scene, &camera, &beam, signal, NULL), HN_OK);
    for (int row = 0; row < 70; row++) {
        for (int column = 0; column < 70; column++) {
            hn_vec pixel =
                hn_vec_add(camera.corner, hn_vec_add(hn_vec_scale(camera.along_row, column),
                                                     hn_vec_scale(camera.along_column, row)));
            float lengths[HN_MATERIAL_COUNT], tags[HN_SCENE_TAGS];
            hn_scene_lengths(&scene, source, hn_vec_unit(hn_vec_sub(pixel, source)), lengths, tags);
            ck_assert_float_eq(signal[row * 70 + column], (float)hn_beam_transmit(&beam, lengths));
        }
    }
}
END_TEST

START_TEST(frames_compose)
{
    hn_frame a = hn_frame_turn((hn_vec) { 1, 2, 3 }, 40, (hn_vec) { 5, 6, 7 });
    hn_frame b = hn_frame_shift((hn_vec) { 1, -1, 2 });
    hn_frame ab = hn_frame_compose(&a, &b);
    hn_vec p = { 3, 1, 4 };
    hn_vec step = hn_frame_apply(&b, p);
    hn_vec one = hn_frame_apply(&ab, p), two = hn_frame_apply(&a, step);
    ck_assert_double_lt(fabs(one.x - two.x) + fabs(one.y - two.y) + fabs(one.z - two.z), 1e-12);
    hn_vec fixed = hn_frame_apply(&a, (hn_vec) { 5, 6, 7 });
    ck_assert_double_lt(fabs(fixed.x - 5) + fabs(fixed.y - 6) + fabs(fixed.z - 7), 1e-12);
    hn_frame quarter = hn_frame_turn((hn_vec) { 0, 0, 1 }, 90, (hn_vec) { 0, 0, 0 });
    hn_vec turned = hn_frame_direct(&quarter, (hn_vec) { 1, 0, 0 });
    ck_assert_double_lt(fabs(turned.y - 1), 1e-12);
}
END_TEST

Suite *check_projector_suite(void)
{
    Suite *suite = suite_create("projector");
    TCase *tests = tcase_create("projector");
    tcase_add_checked_fixture(tests, clear, NULL);
    tcase_add_test(tests, balls);
    tcase_add_test(tests, ellipsoids);
    tcase_add_test(tests, cylinders_and_cones);
    tcase_add_test(tests, random_rays);
    tcase_add_test(tests, what_comes_later_owns_the_place);
    tcase_add_test(tests, points_are_magnified_as_optics_says);
    tcase_add_test(tests, pictures_equal_single_rays);
    tcase_add_test(tests, frames_compose);
    suite_add_tcase(suite, tests);
    return suite;
}
