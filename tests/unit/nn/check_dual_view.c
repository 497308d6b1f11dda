/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_dual_view.c: two views, either missing: no pixel of a missing view reaches the logits or
 * the batch statistics, for every fusion, with shared and with separate branches.
 */
#include "nn_test.h"

enum { N = 4, K = 5, SIDE = 32 };

static const char *const fusions[] = { "concat", "sum", "mean", "gated" };
enum { FUSIONS = 4, KINDS = 2 * FUSIONS };

/* Kind i: fusion i / 2, shared branch when i is odd. */
static const hn_dual_view *kind(hn_params *params, int index)
{
    hn_dual_view_options options = small_options("resnet_mini");
    options.fusion = fusions[index / 2];
    options.share_views = index % 2;
    const hn_dual_view *net = NULL;
    ck_ok(hn_dual_view_new(&net, params, &options));
    return net;
}

/* Two pictures per case; the rows that `present` says are missing hold `junk`. */
static hn_views_batch batch(hn_scope *s, const float *present, double junk)
{
    static float pixels[HN_VIEWS][N * SIDE * SIDE];
    hn_views_batch b = { .present = present, .count = N };
    for (int v = 0; v < HN_VIEWS; v++) {
        uint64_t key = formula_name(v ? "lateral" : "ap");
        for (int64_t i = 0; i < N * SIDE * SIDE; i++) {
            bool here = !present || present[i / (SIDE * SIDE) * 2 + v] > 0;
            pixels[v][i] = (float)(here ? formula_uniform(key, i) : junk);
        }
        b.images[v] = hn_from_data(s, pixels[v], HN_FLOAT32, HN_DIMS(N, 1, SIDE, SIDE));
    }
    return b;
}

static void logits(hn_params *params, const hn_dual_view *net, const float *present, double junk,
                   unsigned flags, float out[N * K])
{
    HN_SCOPE(s, hn_params_scope(params), flags);
    hn_tensor *y = hn_dual_view_forward(s, net, batch(s, present, junk));
    ck_assert_msg(hn_numel(y) == N * K, "%s", (hn_scope_status(s) ? hn_error_message() : "shape"));
    ck_ok(hn_copy_out(s, y, HN_FLOAT32, out, N * K));
}

static const float masks[][N * 2] = {
    { 1, 1, 1, 0, 0, 1, 1, 1 }, /* some of each */
    { 1, 0, 1, 0, 1, 0, 1, 0 }, /* no lateral at all */
    { 0, 1, 0, 1, 0, 1, 0, 1 }, /* no ap at all */
};

static void pixels_of_a_missing_view_reach_nothing_of(int index)
{
    for (size_t m = 0; m < HN_COUNT_OF(masks); m++) {
        float found[2][N * K];
        const double junk[2] = { 0, NAN };
        for (int j = 0; j < 2; j++) {
            HN_AUTO_PARAMS *params = NULL;
            ck_ok(hn_params_new(&params, "cpu", 4));
            const hn_dual_view *net = kind(params, index);
            float trained[N * K];
            logits(params, net, masks[m], junk[j], HN_TRAINING, trained);
            /* after it, so that the running statistics count too */
            logits(params, net, masks[m], junk[j], HN_EVALUATION, found[j]);
            for (int i = 0; i < N * K; i++) {
                ck_assert(isfinite(trained[i]) && isfinite(found[j][i]));
            }
        }
        ck_assert_mem_eq(found[0], found[1], sizeof found[0]);
    }
}

START_TEST(pixels_of_a_missing_view_reach_nothing)
{
    for (int i = 0; i < KINDS; i++) {
        pixels_of_a_missing_view_reach_nothing_of(i);
    }
}
END_TEST

static void a_row_does_not_depend_on_what_others_lack_of(int index)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    const hn_dual_view *net = kind(params, index);
    float whole[N * K];
    float some[N * K];
    logits(params, net, NULL, 0, HN_EVALUATION, whole);
    logits(params, net, masks[0], 0, HN_EVALUATION, some);
    for (int i = 0; i < K; i++) { /* rows 0 and 3 have both views in each */
        ck_assert_float_eq_tol(whole[i], some[i], 1e-5F);
        ck_assert_float_eq_tol(whole[3 * K + i], some[3 * K + i], 1e-5F);
    }
    double change = 0;
    for (int i = K; i < 3 * K; i++) { /* rows 1 and 2 lost one */
        change += fabs((double)whole[i] - some[i]);
    }
    ck_assert_double_gt(change, 1e-4);
}

START_TEST(a_row_does_not_depend_on_what_others_lack)
{
    for (int i = 0; i < KINDS; i++) {
        a_row_does_not_depend_on_what_others_lack_of(i);
    }
}
END_TEST

static void every_parameter_learns_when_views_are_missing_of(int index)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    const hn_dual_view *net = kind(params, index);
    int64_t live = hn_live_tensors();
    {
        HN_SCOPE(s, hn_params_scope(params), HN_TRAINING);
        hn_tensor *y = hn_dual_view_forward(s, net, batch(s, masks[0], 0));
        hn_backward(
            s, hn_cross_entropy(s, y, formula_labels(s, N, K), (hn_cross_entropy_options) { 0 }));
        ck_ok(hn_scope_status(s));
    }
    ck_assert_int_eq(hn_live_tensors(), live);
    for (int i = 0; i < hn_params_count(params); i++) {
        const hn_param *entry = hn_params_at(params, i);
        ck_assert_msg(entry->buffer || hn_has_grad(entry->tensor), "%s", entry->name);
    }
}

START_TEST(every_parameter_learns_when_views_are_missing)
{
    for (int i = 0; i < KINDS; i++) {
        every_parameter_learns_when_views_are_missing_of(i);
    }
}
END_TEST

static void the_single_head_is_the_network_with_one_view_of(int index)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    const hn_dual_view *net = kind(params, index);
    for (int i = 0; i < hn_params_count(params); i++) { /* trained vectors are not zero */
        hn_param *entry = hn_params_at(params, i);
        if (hn_text_starts(entry->name, "fusion.missing")) {
            ck_assert(formula_fill(hn_params_scope(params), entry, entry->name));
        }
    }
    for (int v = 0; v < HN_VIEWS; v++) {
        HN_SCOPE(s, hn_params_scope(params), HN_EVALUATION);
        hn_views_batch b = batch(s, masks[1 + v], 0);
        hn_tensor *features[HN_VIEWS];
        hn_dual_view_features(s, net, b, features);
        ck_assert_ptr_null(features[!v]);
        hn_tensor *weight = NULL;
        hn_tensor *bias = NULL;
        ck_ok(hn_dual_view_single_head(s, net, (hn_view)v, &weight, &bias));
        hn_tensor *alone = hn_linear(s, features[v], weight, bias);
        ck_assert(hn_allclose(s, alone, hn_dual_view_logits(s, net, b, features), 1e-5, 1e-6));
        ck_ok(hn_scope_status(s));
    }
}

START_TEST(the_single_head_is_the_network_with_one_view)
{
    for (int i = 0; i < KINDS; i++) {
        the_single_head_is_the_network_with_one_view_of(i);
    }
}
END_TEST

START_TEST(a_network_of_one_view_ignores_the_other)
{
    const char *const views[] = { "ap", "lateral" };
    for (int v = 0; v < HN_VIEWS; v++) {
        HN_AUTO_PARAMS *params = NULL;
        ck_ok(hn_params_new(&params, "cpu", 4));
        hn_dual_view_options options = small_options("convnext_mini");
        options.views = views[v];
        const hn_dual_view *net = NULL;
        ck_ok(hn_dual_view_new(&net, params, &options));
        ck_assert(hn_dual_view_uses(net, (hn_view)v) && !hn_dual_view_uses(net, (hn_view)!v));
        ck_assert_ptr_null(hn_dual_view_branch_name(net, (hn_view)!v));
        ck_assert_ptr_null(strstr(hn_params_at(params, 0)->name, views[!v]));
        HN_SCOPE(s, hn_params_scope(params), HN_EVALUATION);
        hn_views_batch b = batch(s, NULL, 0);
        b.images[!v] = NULL;
        ck_assert_int_eq(hn_size(hn_dual_view_forward(s, net, b), 1), K);
        b.present = masks[0]; /* a row without its only view still has an answer */
        ck_assert(hn_all_finite(s, hn_dual_view_forward(s, net, b)));
        ck_ok(hn_scope_status(s));
    }
}
END_TEST

START_TEST(three_channels_repeat_the_picture)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    hn_dual_view_options options = small_options("resnet_mini");
    options.in_channels = 3;
    const hn_dual_view *net = NULL;
    ck_ok(hn_dual_view_new(&net, params, &options));
    HN_SCOPE(s, hn_params_scope(params), HN_EVALUATION);
    hn_views_batch b = batch(s, NULL, 0);
    hn_tensor *one = hn_dual_view_forward(s, net, b);
    for (int v = 0; v < HN_VIEWS; v++) {
        b.images[v] = hn_contiguous(s, hn_expand(s, b.images[v], HN_DIMS(-1, 3, -1, -1)));
    }
    ck_assert(hn_allclose(s, one, hn_dual_view_forward(s, net, b), 1e-5, 1e-6));
    ck_ok(hn_scope_status(s));
}
END_TEST

START_TEST(dropout_acts_in_training_and_follows_the_seed)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    hn_dual_view_options options = small_options("convnext_mini");
    options.dropout = 0.5;
    const hn_dual_view *net = NULL;
    ck_ok(hn_dual_view_new(&net, params, &options));
    float found[4][N * K];
    const uint64_t seeds[4] = { 1, 1, 2, 3 };
    for (int i = 0; i < 4; i++) {
        HN_SCOPE(s, hn_params_scope(params), i == 3 ? HN_EVALUATION : HN_TRAINING);
        hn_scope_seed(s, seeds[i]);
        hn_tensor *y = hn_dual_view_forward(s, net, batch(s, NULL, 0));
        ck_ok(hn_copy_out(s, y, HN_FLOAT32, found[i], N * K));
    }
    ck_assert_mem_eq(found[0], found[1], sizeof found[0]);
    ck_assert_int_ne(memcmp(found[0], found[2], sizeof found[0]), 0);
    ck_assert_int_ne(memcmp(found[0], found[3], sizeof found[0]), 0);
}
END_TEST

START_TEST(wrong_options_and_pictures_are_refused)
{
    HN_AUTO_PARAMS *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", 4));
    const hn_dual_view *net = NULL;
    hn_dual_view_options good = small_options("resnet_mini");
    hn_dual_view_options bad[6] = { good, good, good, good, good, good };
    bad[0].backbone = "resnet_min";
    bad[1].views = "AP";
    bad[2].fusion = "concatenate";
    bad[3].classes = 0;
    bad[4].dropout = 1;
    bad[5].in_channels = 2;
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(hn_dual_view_new(&net, params, &bad[i]), HN_EUSAGE);
    }
    ck_assert_ptr_null(net);
    ck_ok(hn_dual_view_new(&net, params, &good));
    for (int i = 0; i < 3; i++) {
        hn_scope *s = NULL;
        ck_ok(hn_scope_root(&s, "cpu", 0));
        hn_views_batch b = batch(s, NULL, 0);
        b.count = i == 0 ? N + 1 : N;
        b.images[1] = i == 1 ? NULL : b.images[1];
        b.images[0] = i == 2 ? hn_flatten(s, b.images[0], 1) : b.images[0];
        ck_assert_ptr_null(hn_dual_view_forward(s, net, b));
        ck_assert_int_eq(hn_scope_status(s), HN_ESHAPE);
        hn_scope_close(s);
    }
}
END_TEST

Suite *check_dual_view_suite(void);
Suite *check_dual_view_suite(void)
{
    TCase *tests;
    Suite *suite = nn_suite("dual_view", &tests);
    tcase_add_test(tests, pixels_of_a_missing_view_reach_nothing);
    tcase_add_test(tests, a_row_does_not_depend_on_what_others_lack);
    tcase_add_test(tests, every_parameter_learns_when_views_are_missing);
    tcase_add_test(tests, the_single_head_is_the_network_with_one_view);
    tcase_add_test(tests, a_network_of_one_view_ignores_the_other);
    tcase_add_test(tests, three_channels_repeat_the_picture);
    tcase_add_test(tests, dropout_acts_in_training_and_follows_the_seed);
    tcase_add_test(tests, wrong_options_and_pictures_are_refused);
    return suite;
}
