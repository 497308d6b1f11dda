/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_backbone.c: the battery that every registered backbone goes through, and what the small
 * ones, being fast, are asked besides.
 */
#include "nn_test.h"

#include <hipnet/layers.h>

#include <stdlib.h>

static const hn_backbone *small(int index)
{
    const hn_backbone *backbone = NULL;
    ck_ok(hn_backbone_find(&backbone, small_names[index]));
    return backbone;
}

struct built {
    hn_params *params;
    const void *net;
};

static struct built build(const hn_backbone *backbone, uint64_t seed, int channels, double drop)
{
    struct built b = { 0 };
    ck_ok(hn_params_new(&b.params, "cpu", seed));
    hn_path at = hn_path_to(hn_path_root(b.params), "net");
    ck_ok(hn_backbone_build(&b.net, backbone, at, channels, drop));
    return b;
}

START_TEST(registry_finds_every_name_and_suggests)
{
    ck_assert_int_ge(hn_backbones(), 16);
    for (int i = 0; i < hn_backbones(); i++) {
        const hn_backbone *found = NULL;
        ck_ok(hn_backbone_find(&found, hn_backbone_at(i)->name));
        ck_assert_ptr_eq(found, hn_backbone_at(i));
    }
    const hn_backbone *none = NULL;
    ck_assert_int_eq(hn_backbone_find(&none, "resnet5O"), HN_EUSAGE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "resnet50"));
    ck_assert_int_eq(hn_backbone_find(&none, NULL), HN_EUSAGE);
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(wrong_options_are_refused)
{
    const hn_backbone *backbone = small(1);
    hn_params *params = NULL;
    const void *net = NULL;
    ck_ok(hn_params_new(&params, "cpu", 1));
    hn_path at = hn_path_root(params);
    ck_assert_int_eq(hn_backbone_build(&net, backbone, at, 2, 0), HN_EUSAGE);
    ck_assert_int_eq(hn_backbone_build(&net, backbone, at, 1, 1), HN_EUSAGE);
    ck_assert_int_eq(hn_backbone_build(&net, backbone, at, 1, NAN), HN_EUSAGE);
    ck_assert_int_eq(hn_backbone_build(&net, backbone, at, 1, 0.1), HN_EUSAGE); /* densenet */
    ck_assert_ptr_null(net);
    hn_params_free(params);
}
END_TEST

static void every_parameter_gets_a_gradient_and_maps_have_their_shape_of(int index)
{
    const hn_backbone *backbone = small(index);
    struct built b = build(backbone, 2, 1, 0);
    {
        HN_SCOPE(s, hn_params_scope(b.params), HN_TRAINING);
        hn_tensor *x = formula_pictures(s, 2, 1, 96, HN_FLOAT32);
        hn_tensor *maps = backbone->maps(s, b.net, x);
        ck_assert_int_eq(hn_size(maps, 0), 2);
        ck_assert_int_eq(hn_size(maps, 2), 96 / backbone->stride);
        ck_assert_int_eq(hn_size(maps, 3), 96 / backbone->stride);
        hn_tensor *features = backbone->pool(s, b.net, maps);
        ck_assert_int_eq(hn_size(features, 1), backbone->feature_dim);
        hn_tensor *mix = hn_randn(s, HN_FLOAT32, HN_DIMS(2, backbone->feature_dim), 3);
        hn_backward(s, hn_sum(s, hn_mul(s, features, mix), NULL, 0, false));
        ck_ok(hn_scope_status(s));
    }
    for (int i = 0; i < hn_params_count(b.params); i++) {
        const hn_param *entry = hn_params_at(b.params, i);
        ck_assert_msg(entry->buffer || hn_has_grad(entry->tensor), "%s", entry->name);
        ck_assert(!entry->buffer || !hn_has_grad(entry->tensor));
    }
    hn_params_zero_grad(b.params);
    ck_assert(!hn_has_grad(hn_params_at(b.params, 0)->tensor));
    hn_params_free(b.params);
}

START_TEST(every_parameter_gets_a_gradient_and_maps_have_their_shape)
{
    for (int i = 0; i < SMALL; i++) {
        every_parameter_gets_a_gradient_and_maps_have_their_shape_of(i);
    }
}
END_TEST

/* Features of a fixed picture, in one mode. */
static void features(const hn_backbone *backbone, const struct built *b, int channels,
                     unsigned flags, uint64_t seed, float *out)
{
    HN_SCOPE(s, hn_params_scope(b->params), flags);
    hn_scope_seed(s, seed);
    hn_tensor *x = formula_pictures(s, 2, 1, 64, HN_FLOAT32);
    x = hn_expand(s, x, HN_DIMS(-1, channels, -1, -1));
    hn_tensor *f = hn_backbone_forward(s, backbone, b->net, x);
    ck_ok(hn_copy_out(s, f, HN_FLOAT32, out, 2 * backbone->feature_dim));
}

static double distance(const float *a, const float *b, int64_t count)
{
    double square = 0;
    double size = 0;
    for (int64_t i = 0; i < count; i++) {
        square += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += (double)a[i] * a[i];
    }
    return sqrt(square / size);
}

enum { MOST = 2 * 2048 };

static void training_and_evaluation_differ_where_they_must_of(int index)
{
    const hn_backbone *backbone = small(index);
    struct built b = build(backbone, 2, 1, 0);
    float evaluated[MOST];
    float trained[MOST];
    float again[MOST];
    int64_t count = 2 * backbone->feature_dim;
    features(backbone, &b, 1, HN_EVALUATION, 1, evaluated);
    features(backbone, &b, 1, HN_EVALUATION, 2, again);
    ck_assert_mem_eq(evaluated, again, (size_t)count * sizeof(float));
    features(backbone, &b, 1, HN_TRAINING, 1, trained);
    bool norms_by_batch = strcmp(backbone->family, "convnext") != 0;
    ck_assert_int_eq(distance(evaluated, trained, count) > 1e-3, norms_by_batch);
    features(backbone, &b, 1, HN_EVALUATION, 1, again); /* running statistics have moved */
    ck_assert_int_eq(distance(evaluated, again, count) > 1e-4, norms_by_batch);
    hn_params_free(b.params);
}

START_TEST(training_and_evaluation_differ_where_they_must)
{
    for (int i = 0; i < SMALL; i++) {
        training_and_evaluation_differ_where_they_must_of(i);
    }
}
END_TEST

static void stochastic_depth_acts_in_training_alone_and_follows_its_seed_of(int index)
{
    const hn_backbone *backbone = small(index);
    if (!strcmp(backbone->family, "densenet")) {
        return;
    }
    struct built plain = build(backbone, 2, 1, 0);
    struct built dropping = build(backbone, 2, 1, 0.5);
    float a[MOST];
    float b[MOST];
    float c[MOST];
    int64_t count = 2 * backbone->feature_dim;
    features(backbone, &plain, 1, HN_EVALUATION, 1, a);
    features(backbone, &dropping, 1, HN_EVALUATION, 1, b);
    ck_assert_mem_eq(a, b, (size_t)count * sizeof(float));
    bool differs = false;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        features(backbone, &dropping, 1, HN_TRAINING, seed, a);
        features(backbone, &dropping, 1, HN_TRAINING, seed, b);
        ck_assert_mem_eq(a, b, (size_t)count * sizeof(float));
        features(backbone, &dropping, 1, HN_TRAINING, seed + 100, c);
        differs = differs || distance(a, c, count) > 1e-6;
    }
    ck_assert(differs);
    hn_params_free(plain.params);
    hn_params_free(dropping.params);
}

START_TEST(stochastic_depth_acts_in_training_alone_and_follows_its_seed)
{
    for (int i = 0; i < SMALL; i++) {
        stochastic_depth_acts_in_training_alone_and_follows_its_seed_of(i);
    }
}
END_TEST

static void a_seed_repeats_and_another_differs_of(int index)
{
    const hn_backbone *backbone = small(index);
    struct built a = build(backbone, 2, 1, 0);
    struct built b = build(backbone, 2, 1, 0);
    struct built c = build(backbone, 3, 1, 0);
    HN_SCOPE(s, hn_params_scope(a.params), HN_NO_GRAD);
    int differing = 0;
    for (int i = 0; i < hn_params_count(a.params); i++) {
        ck_assert(
            hn_equal(s, hn_params_at(a.params, i)->tensor, hn_params_at(b.params, i)->tensor));
        differing +=
            !hn_equal(s, hn_params_at(a.params, i)->tensor, hn_params_at(c.params, i)->tensor);
    }
    ck_assert_int_ge(differing, 5);
    ck_ok(hn_scope_status(s));
    hn_scope_close(s);
    s = NULL;
    hn_params_free(a.params);
    hn_params_free(b.params);
    hn_params_free(c.params);
}

START_TEST(a_seed_repeats_and_another_differs)
{
    for (int i = 0; i < SMALL; i++) {
        a_seed_repeats_and_another_differs_of(i);
    }
}
END_TEST

static void steps_leave_no_handle_behind_of(int index)
{
    const hn_backbone *backbone = small(index);
    struct built b = build(backbone, 2, 1, 0);
    int64_t live = hn_live_tensors();
    for (int step = 0; step < 3; step++) {
        HN_SCOPE(s, hn_params_scope(b.params), HN_TRAINING);
        hn_tensor *x = formula_pictures(s, 2, 1, 64, HN_FLOAT32);
        hn_tensor *f = hn_backbone_forward(s, backbone, b.net, x);
        hn_backward(s, hn_mean(s, f, NULL, 0, false));
        ck_ok(hn_scope_status(s));
    }
    ck_assert_int_eq(hn_live_tensors(), live);
    hn_params_free(b.params);
}

START_TEST(steps_leave_no_handle_behind)
{
    for (int i = 0; i < SMALL; i++) {
        steps_leave_no_handle_behind_of(i);
    }
}
END_TEST

START_TEST(batch_norm_counts_training_steps)
{
    const hn_backbone *backbone = small(0);
    struct built b = build(backbone, 2, 1, 0);
    float f[MOST];
    for (int i = 0; i < 3; i++) {
        features(backbone, &b, 1, HN_TRAINING, 1, f);
    }
    features(backbone, &b, 1, HN_EVALUATION, 1, f);
    {
        HN_SCOPE(s, hn_params_scope(b.params), HN_NO_GRAD);
        hn_param *counter = hn_params_find(b.params, "net.bn1.num_batches_tracked");
        ck_assert_double_eq(hn_item(s, counter->tensor), 3);
    }
    hn_params_free(b.params);
}
END_TEST

static void a_failed_scope_runs_nothing_and_a_wrong_picture_is_named_of(int index)
{
    const hn_backbone *backbone = small(index);
    struct built b = build(backbone, 2, 1, 0);
    {
        hn_scope *s = NULL;
        ck_ok(hn_scope_root(&s, "cpu", 0));
        hn_tensor *x = formula_pictures(s, 1, 3, 64, HN_FLOAT32);
        ck_assert_ptr_null(hn_backbone_forward(s, backbone, b.net, x));
        ck_assert_int_ne(hn_scope_status(s), HN_OK);
        ck_assert_ptr_null(hn_backbone_forward(s, backbone, b.net, NULL));
        hn_scope_close(s);
    }
    hn_params_free(b.params);
}

START_TEST(a_failed_scope_runs_nothing_and_a_wrong_picture_is_named)
{
    for (int i = 0; i < SMALL; i++) {
        a_failed_scope_runs_nothing_and_a_wrong_picture_is_named_of(i);
    }
}
END_TEST

Suite *check_backbone_suite(void);
Suite *check_backbone_suite(void)
{
    TCase *tests;
    Suite *suite = nn_suite("backbone", &tests);
    tcase_add_test(tests, registry_finds_every_name_and_suggests);
    tcase_add_test(tests, wrong_options_are_refused);
    tcase_add_test(tests, every_parameter_gets_a_gradient_and_maps_have_their_shape);
    tcase_add_test(tests, training_and_evaluation_differ_where_they_must);
    tcase_add_test(tests, stochastic_depth_acts_in_training_alone_and_follows_its_seed);
    tcase_add_test(tests, a_seed_repeats_and_another_differs);
    tcase_add_test(tests, steps_leave_no_handle_behind);
    tcase_add_test(tests, batch_norm_counts_training_steps);
    tcase_add_test(tests, a_failed_scope_runs_nothing_and_a_wrong_picture_is_named);
    return suite;
}
