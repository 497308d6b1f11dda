/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers of Random123's philox4x32 with 10 rounds, then moments and independence. */
#include <hipnet/rng.h>
#include <check.h>
#include <math.h>
#include <string.h>

Suite *check_rng_suite(void);

static const struct {
    uint32_t counter[4], key[2], out[4];
} known[] = {
    { { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
      { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

START_TEST(known_answers)
{
    uint32_t out[4];
    hn_philox4x32_10(out, known[_i].counter, known[_i].key);
    ck_assert_int_eq(memcmp(out, known[_i].out, sizeof out), 0);
}
END_TEST

START_TEST(streams_are_named)
{
    hn_rng a, b;
    hn_rng_init(&a, 7, HN_PURPOSE_AUGMENT, 1, 2, 3);
    hn_rng_init(&b, 7, HN_PURPOSE_AUGMENT, 1, 2, 3);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(hn_rng_u64(&a), hn_rng_u64(&b));
    }
    const uint64_t names[][5] = { { 8, HN_PURPOSE_AUGMENT, 1, 2, 3 },
                                  { 7, HN_PURPOSE_SPLIT, 1, 2, 3 },
                                  { 7, HN_PURPOSE_AUGMENT, 2, 1, 3 },
                                  { 7, HN_PURPOSE_AUGMENT, 1, 2, UINT64_C(3) << 32 } };
    hn_rng_init(&a, 7, HN_PURPOSE_AUGMENT, 1, 2, 3);
    uint64_t first = hn_rng_u64(&a);
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        hn_rng_init(&b, names[i][0], (hn_purpose)names[i][1], names[i][2], names[i][3],
                    names[i][4]);
        ck_assert_uint_ne(hn_rng_u64(&b), first);
    }
    ck_assert_uint_ne(hn_rng_name("p1"), hn_rng_name("p2"));
}
END_TEST

START_TEST(moments)
{
    enum { N = 200000 };
    hn_rng rng;
    hn_rng_init(&rng, 1, HN_PURPOSE_TEST, 0, 0, 0);
    double sum = 0, squares = 0, uniform = 0, poisson = 0, gamma = 0;
    for (int i = 0; i < N; i++) {
        double z = hn_rng_normal(&rng), u = hn_rng_uniform(&rng);
        ck_assert(u >= 0 && u < 1);
        sum += z;
        squares += z * z;
        uniform += u;
        poisson += (double)hn_rng_poisson(&rng, 4.5);
        gamma += hn_rng_gamma(&rng, 2, 3);
    }
    /* five standard errors of each mean */
    ck_assert_double_lt(fabs(sum / N), 5 / sqrt(N));
    ck_assert_double_lt(fabs(squares / N - 1), 5 * sqrt(2.0 / N));
    ck_assert_double_lt(fabs(uniform / N - 0.5), 5 * sqrt(1.0 / 12 / N));
    ck_assert_double_lt(fabs(poisson / N - 4.5), 5 * sqrt(4.5 / N));
    ck_assert_double_lt(fabs(gamma / N - 6), 5 * sqrt(18.0 / N));
}
END_TEST

START_TEST(below_is_even)
{
    int counts[7] = { 0 };
    hn_rng rng;
    hn_rng_init(&rng, 3, HN_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < 70000; i++) {
        counts[hn_rng_below(&rng, 7)]++;
    }
    double chi = 0;
    for (int i = 0; i < 7; i++) {
        chi += (counts[i] - 10000.0) * (counts[i] - 10000.0) / 10000.0;
    }
    ck_assert_double_lt(chi, 33.0); /* 6 degrees of freedom, p = 1e-5 */
    ck_assert_uint_eq(hn_rng_below(&rng, 1), 0);
}
END_TEST

START_TEST(shuffle_keeps_the_items)
{
    int64_t items[50];
    int seen[50] = { 0 };
    for (int i = 0; i < 50; i++) {
        items[i] = i;
    }
    hn_rng rng;
    hn_rng_init(&rng, 3, HN_PURPOSE_SHUFFLE, 0, 0, 0);
    hn_rng_shuffle(&rng, items, 50);
    int moved = 0;
    for (int i = 0; i < 50; i++) {
        seen[items[i]]++;
        moved += items[i] != i;
    }
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(seen[i], 1);
    }
    ck_assert_int_gt(moved, 30);
    hn_rng_shuffle(&rng, items, 0);
}
END_TEST

Suite *check_rng_suite(void)
{
    Suite *suite = suite_create("rng");
    TCase *tests = tcase_create("rng");
    tcase_add_loop_test(tests, known_answers, 0, (int)HN_COUNT_OF(known));
    tcase_add_test(tests, streams_are_named);
    tcase_add_test(tests, moments);
    tcase_add_test(tests, below_is_even);
    tcase_add_test(tests, shuffle_keeps_the_items);
    suite_add_tcase(suite, tests);
    return suite;
}
