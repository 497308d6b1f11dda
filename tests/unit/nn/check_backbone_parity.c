/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_backbone_parity.c: the small backbones against torchvision's blocks (tests/parity).
 */
#include "backbone_parity.h"

#include <hipnet/parallel.h>

static const char *const names[] = { "resnet_mini", "densenet_mini", "efficientnet_mini",
                                     "convnext_mini" };

static void check(int index, hn_dtype dtype)
{
    const hn_backbone *backbone = NULL;
    hn_threads_set(1); /* threads that wait for a busy machine cost more than they bring */
    ck_assert_int_eq(hn_torch_set_threads(1), HN_OK);
    ck_assert_int_eq(hn_backbone_find(&backbone, names[index]), HN_OK);
    parity_check(backbone, dtype);
}

START_TEST(small_backbones_equal_the_oracle_in_double)
{
    check(_i, HN_FLOAT64);
}
END_TEST

START_TEST(small_backbones_equal_the_oracle_in_float)
{
    check(_i, HN_FLOAT32);
}
END_TEST

Suite *check_backbone_parity_suite(void);
Suite *check_backbone_parity_suite(void)
{
    Suite *suite = suite_create("backbone_parity");
    TCase *tests = tcase_create("small");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, small_backbones_equal_the_oracle_in_double, 0,
                        (int)HN_COUNT_OF(names));
    tcase_add_loop_test(tests, small_backbones_equal_the_oracle_in_float, 0,
                        (int)HN_COUNT_OF(names));
    suite_add_tcase(suite, tests);
    return suite;
}
