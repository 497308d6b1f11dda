/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What comes in from C arrays and goes back out, what is random, what autocast changes, and how
 * gradients are collected: the parts of tensor.h that have no row against PyTorch.
 */
#include <check.h>
#include <hipnet/tensor.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Suite *check_values_suite(void);

static hn_scope *root;
static int64_t live;

static void open_root(void)
{
    live = hn_live_tensors();
    ck_assert_int_eq(hn_scope_root(&root, "cpu", 0), HN_OK);
}

static void close_root(void)
{
    ck_assert_msg(hn_scope_status(root) == HN_OK, "%s", hn_error_message());
    hn_scope_close(root);
    ck_assert_int_eq(hn_live_tensors(), live);
}

START_TEST(arrays_come_in_as_copies)
{
    float data[] = { 1, 2, 3, 4, 5, 6 };
    hn_tensor *copy = hn_from_data(root, data, HN_FLOAT32, HN_DIMS(2, 3));
    hn_tensor *blob = hn_from_blob(root, data, HN_FLOAT32, HN_DIMS(2, 3));
    data[0] = 10;
    ck_assert(hn_item(root, hn_sum(root, copy, NULL, 0, false)) == 21.0);
    ck_assert(hn_item(root, hn_sum(root, blob, NULL, 0, false)) == 30.0);
    ck_assert_ptr_eq(hn_data(root, blob), data);
    ck_assert(hn_dim(copy) == 2 && hn_size(copy, 0) == 2 && hn_size(copy, -1) == 3);
    ck_assert(hn_size(copy, 2) == 0 && hn_size(copy, -3) == 0);
    ck_assert(hn_numel(copy) == 6 && hn_dtype_of(copy) == HN_FLOAT32);
    ck_assert(hn_same_shape(copy, blob) && !hn_same_shape(copy, NULL));
    char text[32], tiny[6];
    ck_assert_str_eq(hn_shape_text(copy, text, sizeof text), "[2, 3] float32");
    ck_assert_str_eq(hn_shape_text(copy, tiny, sizeof tiny), "[2, 3");
    ck_assert_str_eq(hn_shape_text(NULL, text, sizeof text), "NULL");
    hn_tensor *none = hn_from_data(root, data, HN_FLOAT32, HN_DIMS(0, 3));
    ck_assert(hn_numel(none) == 0);
    ck_assert_int_eq(hn_copy_out(root, none, HN_FLOAT32, text, 0), HN_OK);
    ck_assert_int_eq(hn_dim(hn_zeros(root, HN_FLOAT32, NULL, 0)), 0);
    ck_assert(hn_numel(hn_empty(root, HN_BOOL, HN_DIMS(3, 2))) == 6);
}
END_TEST

START_TEST(queries_of_nothing)
{
    ck_assert(hn_dim(NULL) == 0 && hn_size(NULL, 0) == 0 && hn_numel(NULL) == 0);
    ck_assert(hn_dtype_of(NULL) == HN_FLOAT32 && !hn_is_contiguous(NULL, HN_CONTIGUOUS));
    ck_assert(!hn_requires_grad(NULL) && !hn_has_grad(NULL));
    ck_assert(hn_dtype_size((hn_dtype)7) == 0);
    ck_assert_str_eq(hn_dtype_name((hn_dtype)7), "no type");
}
END_TEST

/* Every type comes out as every other with its value. */
START_TEST(copies_out_convert)
{
    const double values[] = { 0, 1, 1, 0 };
    hn_tensor *wide = hn_from_data(root, values, HN_FLOAT64, HN_DIMS(2, 2));
    for (int i = HN_FLOAT32; i <= HN_BOOL; i++) {
        hn_tensor *x = hn_to_dtype(root, wide, (hn_dtype)i);
        ck_assert_int_eq(hn_dtype_of(x), i);
        double out[4];
        int64_t whole[4];
        uint8_t small[4];
        hn_tensor *turned = hn_transpose(root, x, 0, 1); /* row-major all the same */
        ck_assert_int_eq(hn_copy_out(root, turned, HN_FLOAT64, out, 4), HN_OK);
        ck_assert_int_eq(hn_copy_out(root, x, HN_INT64, whole, 4), HN_OK);
        ck_assert_int_eq(hn_copy_out(root, x, HN_UINT8, small, 4), HN_OK);
        for (int k = 0; k < 4; k++) {
            ck_assert(out[k] == values[k] && whole[k] == (int64_t)values[k]);
            ck_assert(small[k] == (uint8_t)values[k]);
        }
        ck_assert(hn_item(root, hn_select(root, hn_select(root, x, 0, 0), 0, 1)) == 1.0);
        ck_assert(hn_dtype_size((hn_dtype)i) > 0);
    }
}
END_TEST

START_TEST(comparisons)
{
    hn_tensor *a = hn_full(root, HN_FLOAT32, HN_DIMS(2), 1.0);
    hn_tensor *b = hn_full(root, HN_FLOAT32, HN_DIMS(2), 1.001);
    hn_tensor *nan = hn_full(root, HN_FLOAT32, HN_DIMS(2), NAN);
    ck_assert(hn_equal(root, a, hn_clone(root, a)) && !hn_equal(root, a, b));
    ck_assert(!hn_equal(root, nan, nan));
    ck_assert(!hn_equal(root, a, hn_to_dtype(root, a, HN_FLOAT64)));
    ck_assert(!hn_equal(root, a, hn_ones(root, HN_FLOAT32, HN_DIMS(3))));
    ck_assert(hn_allclose(root, a, b, 0.01, 0.0) && !hn_allclose(root, a, b, 1e-6, 0.0));
    ck_assert(hn_allclose(root, a, b, 0.0, 0.01));
    ck_assert(!hn_allclose(root, a, hn_ones(root, HN_FLOAT32, HN_DIMS(1)), 1.0, 1.0));
    ck_assert(hn_all_finite(root, a) && !hn_all_finite(root, nan));
    ck_assert(!hn_all_finite(root, hn_full(root, HN_FLOAT32, HN_DIMS(2), INFINITY)));
    ck_assert(hn_all_finite(root, hn_ones(root, HN_INT64, HN_DIMS(2))));
}
END_TEST

START_TEST(memory_formats)
{
    hn_tensor *x = hn_randn(root, HN_FLOAT32, HN_DIMS(2, 3, 4, 5), 1);
    hn_tensor *last = hn_to_memory_format(root, x, HN_CHANNELS_LAST);
    ck_assert(hn_is_contiguous(x, HN_CONTIGUOUS) && !hn_is_contiguous(x, HN_CHANNELS_LAST));
    ck_assert(hn_is_contiguous(last, HN_CHANNELS_LAST) && !hn_is_contiguous(last, HN_CONTIGUOUS));
    ck_assert(hn_equal(root, x, last));
    hn_tensor *w = hn_randn(root, HN_FLOAT32, HN_DIMS(6, 3, 3, 3), 2);
    hn_tensor *a = hn_conv2d(root, x, w, NULL, (hn_conv_options) { .padding = 1 });
    hn_tensor *b = hn_conv2d(root, last, w, NULL, (hn_conv_options) { .padding = 1 });
    ck_assert(hn_is_contiguous(b, HN_CHANNELS_LAST));
    ck_assert(hn_allclose(root, a, b, 1e-5, 1e-5));
}
END_TEST

/* --- random --------------------------------------------------------------------------------- */

START_TEST(random_depends_on_the_seed_alone)
{
    hn_tensor *a = hn_randn(root, HN_FLOAT32, HN_DIMS(1000), 1);
    hn_rand(root, HN_FLOAT32, HN_DIMS(10), 99);
    ck_assert(hn_equal(root, a, hn_randn(root, HN_FLOAT32, HN_DIMS(1000), 1)));
    ck_assert(!hn_equal(root, a, hn_randn(root, HN_FLOAT32, HN_DIMS(1000), 2)));
    uint64_t high = UINT64_C(1) << 32;
    ck_assert(!hn_equal(root, a, hn_randn(root, HN_FLOAT32, HN_DIMS(1000), high | 1)));
    ck_assert(!hn_equal(root, hn_randn(root, HN_FLOAT32, HN_DIMS(1000), high * 2),
                        hn_randn(root, HN_FLOAT32, HN_DIMS(1000), high * 3)));
    hn_tensor *half = hn_randn(root, HN_BFLOAT16, HN_DIMS(1000), 1);
    ck_assert(hn_equal(root, half, hn_to_dtype(root, a, HN_BFLOAT16)));
    hn_tensor *many = hn_randn(root, HN_FLOAT64, HN_DIMS(40000), 3);
    ck_assert(fabs(hn_item(root, hn_mean(root, many, NULL, 0, false))) < 0.02);
    ck_assert(fabs(hn_item(root, hn_var(root, many, NULL, 0, false, 1)) - 1.0) < 0.03);
    hn_tensor *even = hn_rand(root, HN_FLOAT64, HN_DIMS(40000), 3);
    ck_assert(hn_item(root, hn_min(root, even, NULL, 0, false)) >= 0.0);
    ck_assert(hn_item(root, hn_max(root, even, NULL, 0, false)) < 1.0);
    ck_assert(fabs(hn_item(root, hn_mean(root, even, NULL, 0, false)) - 0.5) < 0.01);
}
END_TEST

START_TEST(dropout_keeps_the_mean_and_repeats)
{
    hn_tensor *x = hn_ones(root, HN_FLOAT32, HN_DIMS(200, 200));
    ck_assert(hn_equal(root, hn_dropout(root, x, 0.4), x)); /* evaluation */
    HN_SCOPE(s, root, HN_TRAINING);
    hn_scope_seed(s, 4);
    hn_tensor *first = hn_dropout(s, x, 0.4);
    hn_tensor *second = hn_dropout(s, x, 0.4);
    ck_assert(!hn_equal(s, first, second));
    ck_assert(fabs(hn_item(s, hn_mean(s, first, NULL, 0, false)) - 1.0) < 0.02);
    ck_assert(fabs(hn_item(s, hn_max(s, first, NULL, 0, false)) - 1.0 / 0.6) < 1e-6);
    hn_scope_seed(s, 4);
    {
        HN_SCOPE(block, s, 0);
        ck_assert(hn_equal(block, hn_dropout(block, x, 0.4), first));
    }
    hn_tensor *rows = hn_drop_rows(s, x, 0.5);
    hn_tensor *spread =
        hn_sub(s, hn_max(s, rows, HN_DIMS(1), false), hn_min(s, rows, HN_DIMS(1), false));
    ck_assert(hn_item(s, hn_max(s, spread, NULL, 0, false)) == 0.0); /* whole rows */
    ck_assert(hn_item(s, hn_sum(s, hn_dropout(s, x, 1.0), NULL, 0, false)) == 0.0);
    ck_assert(hn_equal(s, hn_dropout(s, x, 0.0), x));
}
END_TEST

/* --- gradients ------------------------------------------------------------------------------ */

START_TEST(gradients_collect_in_the_leaves)
{
    hn_tensor *w = hn_full(root, HN_FLOAT64, HN_DIMS(2), 3.0);
    hn_set_requires_grad(root, w, true);
    ck_assert(hn_requires_grad(w) && !hn_has_grad(w));
    for (int i = 1; i <= 2; i++) {
        HN_SCOPE(s, root, HN_GRAD);
        hn_backward(s, hn_sum(s, hn_pow(s, w, 2.0), NULL, 0, false));
        double out[2];
        ck_assert_int_eq(hn_copy_out(s, hn_grad(s, w), HN_FLOAT64, out, 2), HN_OK);
        ck_assert(out[0] == 6.0 * i && out[1] == 6.0 * i);
    }
    hn_scale_(root, hn_grad(root, w), 0.5); /* the handle shares the gradient's memory */
    ck_assert(hn_item(root, hn_max(root, hn_grad(root, w), NULL, 0, false)) == 6.0);
    hn_zero_grad(root, w);
    ck_assert(!hn_has_grad(w));
    {
        HN_SCOPE(s, root, HN_GRAD);
        hn_tensor *cut = hn_detach(s, hn_scale(s, w, 2.0));
        ck_assert(!hn_requires_grad(cut) && !hn_has_grad(cut));
        hn_tensor *other = hn_full(s, HN_FLOAT64, HN_DIMS(2), 5.0);
        hn_set_requires_grad(s, other, true);
        hn_tensor *out[2], *inputs[] = { w, other };
        hn_tensor *y = hn_mul(s, w, cut);
        hn_gradients(s, out, y, inputs, 2, true);
        ck_assert(hn_item(s, hn_max(s, out[0], NULL, 0, false)) == 6.0);
        ck_assert(hn_item(s, hn_max(s, out[1], NULL, 0, false)) == 0.0); /* not used */
        ck_assert(!hn_has_grad(w));
        hn_tensor *middle = hn_scale(s, w, 2.0); /* not a leaf */
        hn_gradients(s, out, hn_pow(s, middle, 2.0), &middle, 1, false);
        ck_assert(hn_item(s, hn_max(s, out[0], NULL, 0, false)) == 12.0);
    }
    hn_set_requires_grad(root, w, false);
    ck_assert(!hn_requires_grad(w));
}
END_TEST

START_TEST(a_failed_gradient_leaves_nothing)
{
    hn_scope *s = NULL;
    ck_assert_int_eq(hn_scope_root(&s, "cpu", HN_GRAD), HN_OK);
    hn_tensor *w = hn_ones(s, HN_FLOAT32, HN_DIMS(2));
    hn_tensor *out[2] = { w, w }, *inputs[] = { w, NULL };
    hn_set_requires_grad(s, w, true);
    hn_gradients(s, out, hn_exp(s, w), inputs, 2, false);
    ck_assert(hn_scope_failed(s) && !out[0] && !out[1]);
    hn_scope_close(s);
}
END_TEST

/* Updates are not recorded even where everything else is. */
START_TEST(updates_are_not_recorded)
{
    HN_SCOPE(s, root, HN_TRAINING);
    hn_tensor *w = hn_ones(s, HN_FLOAT32, HN_DIMS(3));
    hn_set_requires_grad(s, w, true);
    hn_scale_(s, w, 2.0);
    hn_add_(s, w, hn_ones(s, HN_FLOAT32, HN_DIMS(3)), 0.5);
    hn_fill_(s, w, 4.0);
    ck_assert(hn_requires_grad(w));
    hn_backward(s, hn_sum(s, hn_scale(s, w, 3.0), NULL, 0, false));
    ck_assert(hn_item(s, hn_max(s, hn_grad(s, w), NULL, 0, false)) == 3.0);
    ck_assert(hn_item(s, hn_norm_all(s, NULL, 0)) == 0.0);
}
END_TEST

START_TEST(batch_norm_follows_the_scope)
{
    hn_tensor *x = hn_randn(root, HN_FLOAT32, HN_DIMS(8, 2, 4, 4), 5);
    hn_tensor *mean = hn_zeros(root, HN_FLOAT32, HN_DIMS(2));
    hn_tensor *var = hn_ones(root, HN_FLOAT32, HN_DIMS(2));
    hn_tensor *still = hn_clone(root, mean);
    hn_batch_norm(root, x, NULL, NULL, mean, var, 0.1, 1e-5);
    ck_assert(hn_equal(root, mean, still));
    HN_SCOPE(s, root, HN_TRAINING);
    hn_tensor *y = hn_batch_norm(s, x, NULL, NULL, mean, var, 0.1, 1e-5);
    ck_assert(!hn_equal(s, mean, still));
    hn_tensor *m = hn_mean(s, y, HN_DIMS(0, 2, 3), false);
    ck_assert(hn_allclose(s, m, still, 0.0, 1e-6));
}
END_TEST

/* --- autocast ------------------------------------------------------------------------------- */

/* A convolution, norms, activations and a loss as the networks have them, in half precision with
 * weights in float32: near the float32 result, gradients in float32. */
START_TEST(autocast_trains_every_kind_of_layer)
{
    hn_tensor *x = hn_randn(root, HN_FLOAT32, HN_DIMS(4, 3, 8, 8), 1);
    hn_tensor *w = hn_scale(root, hn_randn(root, HN_FLOAT32, HN_DIMS(8, 3, 3, 3), 2), 0.2);
    hn_tensor *one = hn_ones(root, HN_FLOAT32, HN_DIMS(8));
    hn_tensor *zero = hn_zeros(root, HN_FLOAT32, HN_DIMS(8));
    hn_tensor *mean = hn_zeros(root, HN_FLOAT32, HN_DIMS(8));
    hn_tensor *var = hn_ones(root, HN_FLOAT32, HN_DIMS(8));
    hn_tensor *head = hn_scale(root, hn_randn(root, HN_FLOAT32, HN_DIMS(5, 8), 3), 0.3);
    hn_tensor *target = hn_arange(root, HN_INT64, 0, 4, 1);
    hn_tensor *weights[] = { w, one, zero, head };
    double loss[2], norm[2];
    for (int i = 0; i < 4; i++) {
        hn_set_requires_grad(root, weights[i], true);
    }
    for (int half = 0; half < 2; half++) {
        HN_SCOPE(s, root, HN_TRAINING | (half ? HN_AUTOCAST_BF16 : 0));
        hn_tensor *h = hn_conv2d(s, x, w, NULL, (hn_conv_options) { .padding = 1 });
        ck_assert_int_eq(hn_dtype_of(h), half ? HN_BFLOAT16 : HN_FLOAT32);
        h = hn_relu(s, hn_batch_norm(s, h, one, zero, mean, var, 0.1, 1e-5));
        h = hn_silu(s, hn_group_norm(s, h, 2, one, zero, 1e-5));
        h = hn_max_pool2d(s, h, (hn_pool_options) { .kernel = 2 });
        h = hn_permute(s, h, HN_DIMS(0, 2, 3, 1));
        h = hn_gelu(s, hn_layer_norm(s, h, one, zero, 1e-6));
        h = hn_mean(s, h, HN_DIMS(1, 2), false);
        h = hn_dropout(s, h, 0.0);
        hn_tensor *logits = hn_linear(s, h, head, NULL);
        ck_assert_int_eq(hn_dtype_of(logits), half ? HN_BFLOAT16 : HN_FLOAT32);
        hn_tensor *l = hn_cross_entropy(s, logits, target, (hn_cross_entropy_options) { 0 });
        ck_assert_int_eq(hn_dtype_of(l), HN_FLOAT32);
        hn_backward(s, l);
        loss[half] = hn_item(s, l);
        hn_tensor *grads[4];
        for (int i = 0; i < 4; i++) {
            grads[i] = hn_grad(s, weights[i]);
            ck_assert_int_eq(hn_dtype_of(grads[i]), HN_FLOAT32);
        }
        norm[half] = hn_item(s, hn_norm_all(s, grads, 4));
        for (int i = 0; i < 4; i++) {
            hn_zero_grad(s, weights[i]);
        }
        ck_assert_msg(hn_scope_status(s) == HN_OK, "%s", hn_error_message());
    }
    ck_assert_msg(fabs(loss[0] - loss[1]) < 0.02, "loss %g, in bfloat16 %g", loss[0], loss[1]);
    ck_assert_msg(fabs(norm[0] - norm[1]) < 0.05 * norm[0], "norm %g, %g", norm[0], norm[1]);
}
END_TEST

/* libtorch keeps the narrow copies of weights: they must follow a change of the weights and of
 * the gradient mode inside one autocast scope. */
START_TEST(autocast_sees_changed_weights)
{
    HN_SCOPE(epoch, root, HN_AUTOCAST_BF16);
    hn_tensor *w = hn_ones(epoch, HN_FLOAT32, HN_DIMS(1, 4));
    hn_tensor *x = hn_ones(epoch, HN_FLOAT32, HN_DIMS(1, 4));
    hn_set_requires_grad(epoch, w, true);
    ck_assert(hn_item(epoch, hn_linear(epoch, x, w, NULL)) == 4.0); /* without gradients */
    HN_SCOPE(train, epoch, HN_TRAINING);
    for (int i = 0; i < 3; i++) {
        HN_SCOPE(s, train, 0);
        hn_tensor *y = hn_linear(s, x, w, NULL);
        ck_assert(hn_item(s, y) == 4.0 * (i + 1));
        hn_backward(s, hn_sum(s, y, NULL, 0, false));
        ck_assert(hn_has_grad(w));
        hn_add_(s, w, hn_ones(s, HN_FLOAT32, HN_DIMS(1, 4)), 1.0);
        hn_zero_grad(s, w);
    }
    HN_SCOPE(plain, train, HN_NO_AUTOCAST);
    ck_assert_int_eq(hn_dtype_of(hn_linear(plain, x, w, NULL)), HN_FLOAT32);
    ck_assert_int_eq(hn_dtype_of(hn_linear(train, x, w, NULL)), HN_BFLOAT16);
}
END_TEST

Suite *check_values_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");
    tcase_add_checked_fixture(tests, open_root, close_root);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, arrays_come_in_as_copies);
    tcase_add_test(tests, queries_of_nothing);
    tcase_add_test(tests, copies_out_convert);
    tcase_add_test(tests, comparisons);
    tcase_add_test(tests, memory_formats);
    tcase_add_test(tests, random_depends_on_the_seed_alone);
    tcase_add_test(tests, dropout_keeps_the_mean_and_repeats);
    tcase_add_test(tests, gradients_collect_in_the_leaves);
    tcase_add_test(tests, a_failed_gradient_leaves_nothing);
    tcase_add_test(tests, updates_are_not_recorded);
    tcase_add_test(tests, batch_norm_follows_the_scope);
    tcase_add_test(tests, autocast_trains_every_kind_of_layer);
    tcase_add_test(tests, autocast_sees_changed_weights);
    suite_add_tcase(suite, tests);
    return suite;
}
