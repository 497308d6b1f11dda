/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_backbone_parity_full.c: every registered backbone against torchvision (tests/parity).
 */
#include "backbone_parity.h"

#include <hipnet/parallel.h>
#include <stdlib.h>

START_TEST(backbones_equal_torchvision_in_double)
{
    hn_threads_set(1);
    ck_assert_int_eq(hn_torch_set_threads(1), HN_OK);
    parity_check(hn_backbone_at(_i), HN_FLOAT64);
}
END_TEST

START_TEST(backbones_equal_torchvision_in_float)
{
    hn_threads_set(1);
    ck_assert_int_eq(hn_torch_set_threads(1), HN_OK);
    parity_check(hn_backbone_at(_i), HN_FLOAT32);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backbone_parity_full");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, backbones_equal_torchvision_in_double, 0, hn_backbones());
    tcase_add_loop_test(tests, backbones_equal_torchvision_in_float, 0, hn_backbones());
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
