/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/memory.h>
#include <check.h>
#include <stdint.h>
#include <string.h>

Suite *check_memory_suite(void);

START_TEST(nothing_is_a_valid_request)
{
    void *a = hn_alloc(0), *b = hn_calloc(0, 8);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    hn_free(a);
    hn_free(b);
    hn_free(NULL);
    ck_assert_ptr_null(hn_strdup(NULL));
}
END_TEST

START_TEST(overflow_is_a_message)
{
    volatile size_t huge = SIZE_MAX / 4;
    ck_assert_ptr_null(hn_calloc(huge, 8));
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "out of memory"));
    int *array = NULL;
    ck_assert_int_eq(hn_resize(&array, huge, 8), HN_ENOMEM);
    ck_assert_ptr_null(array);
}
END_TEST

START_TEST(arrays_grow)
{
    int *array = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(hn_grow(&array, (size_t)i, &capacity, sizeof *array), HN_OK);
        array[i] = i;
    }
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(array[i], i);
    }
    hn_freep(&array);
    ck_assert_ptr_null(array);
}
END_TEST

START_TEST(arenas_hold_small_and_large)
{
    hn_arena *arena = hn_arena_new();
    char *first = hn_arena_strdup(arena, "first");
    char *large = hn_arena_alloc(arena, 1 << 20);
    char *last = hn_arena_printf(arena, "%d-%s", 12, "last");
    ck_assert_ptr_nonnull(large);
    ck_assert_int_eq(large[(1 << 20) - 1], 0);
    memset(large, 1, 1 << 20);
    ck_assert_str_eq(first, "first");
    ck_assert_str_eq(last, "12-last");
    for (int i = 1; i < 200; i++) {
        void *p = hn_arena_alloc(arena, (size_t)i);
        ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
    }
    ck_assert_ptr_null(hn_arena_alloc(arena, SIZE_MAX - 8));
    hn_arena_free(arena);
    hn_arena_free(NULL);
}
END_TEST

Suite *check_memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, nothing_is_a_valid_request);
    tcase_add_test(tests, overflow_is_a_message);
    tcase_add_test(tests, arrays_grow);
    tcase_add_test(tests, arenas_hold_small_and_large);
    suite_add_tcase(suite, tests);
    return suite;
}
