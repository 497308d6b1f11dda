/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nn_test.h: what the tests of networks share: one thread, and no handle left behind.
 */
#ifndef TESTS_NN_TEST_H
#define TESTS_NN_TEST_H

#include "formula.h"

#include <hipnet/dual_view.h>
#include <hipnet/parallel.h>
#include <check.h>

#define ck_ok(call) ck_assert_msg((call) == HN_OK, "%s", hn_error_message())

static int64_t handles_before;

static void nn_setup(void)
{
    hn_threads_set(1); /* threads that wait for a busy machine cost more than they bring */
    ck_ok(hn_torch_set_threads(1));
    handles_before = hn_live_tensors();
}

static void nn_teardown(void)
{
    ck_assert_int_eq(hn_live_tensors(), handles_before);
}

/* The small backbones, one of each family. */
static const char *const small_names[] = { "resnet_mini", "densenet_mini", "efficientnet_mini",
                                           "convnext_mini" };
enum { SMALL = 4 };

static inline hn_dual_view_options small_options(const char *backbone)
{
    return (hn_dual_view_options) { .backbone = backbone, .classes = 5, .drop_path = 0 };
}

static inline Suite *nn_suite(const char *name, TCase **tests)
{
    Suite *suite = suite_create(name);
    *tests = tcase_create(name);
    tcase_set_timeout(*tests, 60);
    tcase_add_checked_fixture(*tests, nn_setup, nn_teardown);
    suite_add_tcase(suite, *tests);
    return suite;
}

#endif
