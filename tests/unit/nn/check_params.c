/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_params.c: the store: names, shapes, initial values, conversion, freezing.
 */
#include "nn_test.h"

#include <hipnet/layers.h>
#include <hipnet/rng.h>

static hn_params *new_params(uint64_t seed)
{
    hn_params *params = NULL;
    ck_ok(hn_params_new(&params, "cpu", seed));
    return params;
}

START_TEST(entries_are_created_once_and_found_again)
{
    HN_AUTO_PARAMS *params = new_params(1);
    hn_path at = hn_path_to(hn_path_root(params), "a.%d", 3);
    hn_conv_shape shape = { .in = 4, .out = 8, .kernel = 3, .bias = true };
    hn_conv first = hn_conv_at(at, shape, hn_init_kaiming(10));
    hn_conv again = hn_conv_at(at, shape, hn_init_kaiming(10));
    ck_ok(hn_params_status(params));
    ck_assert_ptr_eq(first.weight, again.weight);
    ck_assert_int_eq(hn_params_count(params), 2);
    ck_assert_str_eq(hn_params_at(params, 0)->name, "a.3.weight");
    ck_assert_ptr_eq(hn_params_find(params, "a.3.bias"), first.bias);
    ck_assert_ptr_null(hn_params_find(params, "a.3"));
    ck_assert_int_eq(hn_params_numel(params, ""), 8 * 4 * 9 + 8);
    ck_assert_int_eq(hn_params_numel(params, "b"), 0);
}
END_TEST

START_TEST(another_shape_is_an_error_that_stays)
{
    HN_AUTO_PARAMS *params = new_params(1);
    hn_path at = hn_path_to(hn_path_root(params), "fc");
    hn_dense_default_at(at, 4, 8);
    ck_ok(hn_params_status(params));
    hn_dense_default_at(at, 5, 8);
    ck_assert_int_eq(hn_params_status(params), HN_ESHAPE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "fc.weight is a parameter [8, 4], expected"));
    ck_assert_ptr_null(hn_param_at(at, "new", hn_init_kaiming(1), HN_DIMS(2)));
    ck_assert_int_eq(hn_params_status(params), HN_ESHAPE);
    ck_assert_int_eq(hn_params_count(params), 2);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_an_error)
{
    HN_AUTO_PARAMS *params = new_params(1);
    hn_path at = hn_path_root(params);
    for (int i = 0; i < 30; i++) {
        at = hn_path_to(at, "%s", "layer_number");
    }
    ck_assert_int_eq(hn_params_status(params), HN_EUSAGE);
}
END_TEST

/* Mean and deviation of an entry. */
static void moments(hn_params *params, const hn_param *entry, double *mean, double *deviation)
{
    HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
    hn_tensor *x = hn_to_dtype(s, entry->tensor, HN_FLOAT64);
    *mean = hn_item(s, hn_mean(s, x, NULL, 0, false));
    *deviation = sqrt(hn_item(s, hn_var(s, x, NULL, 0, false, 0)));
    ck_ok(hn_scope_status(s));
}

START_TEST(initial_values_have_their_distribution)
{
    HN_AUTO_PARAMS *params = new_params(7);
    hn_path at = hn_path_root(params);
    const struct {
        hn_init init;
        double deviation;
    } rows[] = {
        { hn_init_kaiming(50), 0.2 },
        { hn_init_torch_default(100), 0.1 / sqrt(3) },
        { { HN_INIT_TRUNCATED, 0.02 }, 0.02 },
        { { HN_INIT_NORMAL, 3 }, 3 },
    };
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        hn_param *entry =
            hn_param_at(hn_path_to(at, "p%zu", i), "weight", rows[i].init, HN_DIMS(300, 500));
        double mean;
        double deviation;
        moments(params, entry, &mean, &deviation);
        ck_assert_double_le(fabs(mean), 4 * rows[i].deviation / sqrt(150000));
        ck_assert_double_eq_tol(deviation / rows[i].deviation, 1, 0.01);
    }
    hn_param *constant =
        hn_param_at(at, "c", (hn_init) { HN_INIT_CONSTANT, 0.25 }, HN_DIMS(3, 1, 1));
    double mean;
    double deviation;
    moments(params, constant, &mean, &deviation);
    ck_assert_double_eq(mean, 0.25);
    ck_assert_double_eq(deviation, 0);
}
END_TEST

START_TEST(initial_values_do_not_depend_on_threads_or_order)
{
    float few[3][70000];
    for (int i = 0; i < 3; i++) {
        hn_threads_set(i == 1 ? 3 : 1);
        HN_AUTO_PARAMS *params = new_params(9);
        hn_path at = hn_path_root(params);
        if (i == 2) {
            hn_param_at(at, "before", hn_init_kaiming(3), HN_DIMS(1000));
        }
        hn_param *entry = hn_param_at(at, "weight", hn_init_kaiming(3), HN_DIMS(700, 100));
        hn_param *namesake = hn_param_at(at, "weight2", hn_init_kaiming(3), HN_DIMS(700, 100));
        HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
        ck_ok(hn_copy_out(s, entry->tensor, HN_FLOAT32, few[i], 70000));
        ck_assert(!hn_equal(s, entry->tensor, namesake->tensor)); /* each name has its stream */
    }
    ck_assert_mem_eq(few[0], few[1], sizeof few[0]);
    ck_assert_mem_eq(few[0], few[2], sizeof few[0]);
    ck_assert_float_ne(few[0][0], few[0][65536]); /* pieces have streams of their own */
}
END_TEST

START_TEST(conversion_keeps_values_and_counters)
{
    HN_AUTO_PARAMS *params = new_params(3);
    hn_path at = hn_path_root(params);
    hn_conv conv =
        hn_conv_at(hn_path_to(at, "conv"), (hn_conv_shape) { .in = 3, .out = 4, .kernel = 3 },
                   hn_init_kaiming(9));
    hn_norm norm = hn_norm_at(hn_path_to(at, "norm"), 4, 1e-5, 0.1);
    float before[108];
    float after[108];
    {
        HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
        ck_ok(hn_copy_out(s, conv.weight->tensor, HN_FLOAT32, before, 108));
    }
    ck_ok(hn_params_convert(params, HN_FLOAT64, HN_CHANNELS_LAST));
    ck_assert_int_eq(hn_dtype_of(conv.weight->tensor), HN_FLOAT64);
    ck_assert(hn_is_contiguous(conv.weight->tensor, HN_CHANNELS_LAST));
    ck_assert_int_eq(hn_dtype_of(norm.batches->tensor), HN_INT64);
    ck_assert(hn_requires_grad(conv.weight->tensor));
    ck_assert(!hn_requires_grad(norm.mean->tensor));
    HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
    ck_ok(hn_copy_out(s, conv.weight->tensor, HN_FLOAT32, after, 108));
    ck_assert_mem_eq(before, after, sizeof before);
}
END_TEST

START_TEST(freezing_follows_patterns)
{
    HN_AUTO_PARAMS *params = new_params(3);
    hn_path at = hn_path_root(params);
    hn_norm a = hn_norm_at(hn_path_to(at, "backbone.ap.bn1"), 4, 1e-5, 0.1);
    hn_dense b = hn_dense_default_at(hn_path_to(at, "head"), 4, 2);
    ck_assert_int_eq(hn_params_freeze(params, "backbone.*", true), 2);
    ck_assert(a.weight->frozen && !hn_requires_grad(a.weight->tensor));
    ck_assert(!a.mean->frozen);
    ck_assert(!b.weight->frozen && hn_requires_grad(b.weight->tensor));
    ck_assert_int_eq(hn_params_freeze(params, "*.bn1.weight, head.bias", false), 2);
    ck_assert(hn_requires_grad(a.weight->tensor) && !hn_requires_grad(a.bias->tensor));
}
END_TEST

START_TEST(name_patterns)
{
    ck_assert(hn_name_fits("fusion.gate.weight", "fusion.*"));
    ck_assert(hn_name_fits("fusion.gate.weight", "head.*,fusion.*"));
    ck_assert(hn_name_fits("layer3.0.bn1", "layer?.*.bn1"));
    ck_assert(hn_name_fits("abcbcd", "a*bcd"));
    ck_assert(!hn_name_fits("fusion.gate.weight", "fusion"));
    ck_assert(!hn_name_fits("fusion", "fusion.*"));
    ck_assert(!hn_name_fits("fusion", ""));
    ck_assert(!hn_name_fits("fusion", NULL));
    ck_assert(!hn_name_fits("head", " , "));
}
END_TEST

Suite *check_params_suite(void);
Suite *check_params_suite(void)
{
    TCase *tests;
    Suite *suite = nn_suite("params", &tests);
    tcase_add_test(tests, entries_are_created_once_and_found_again);
    tcase_add_test(tests, another_shape_is_an_error_that_stays);
    tcase_add_test(tests, a_name_that_is_too_long_is_an_error);
    tcase_add_test(tests, initial_values_have_their_distribution);
    tcase_add_test(tests, initial_values_do_not_depend_on_threads_or_order);
    tcase_add_test(tests, conversion_keeps_values_and_counters);
    tcase_add_test(tests, freezing_follows_patterns);
    tcase_add_test(tests, name_patterns);
    return suite;
}
