/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixtures.h"

#include <hipnet/bootstrap.h>
#include <hipnet/proportion.h>
#include <hipnet/rng.h>
#include <string.h>

Suite *check_bootstrap_suite(void);

START_TEST(quantiles_of_type_7)
{
    static const struct {
        double p, expected;
    } rows[] = { { 0, 1 },     { 0.1, 1.4 },   { 0.25, 2 }, { 0.5, 3 },
                 { 0.9, 4.6 }, { 0.99, 4.96 }, { 1, 5 } };
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        double values[] = { 3, 1, 5, 2, 4 };
        near(hn_quantile(values, 5, rows[i].p), rows[i].expected, "quantile", "of five");
    }
    double one[] = { 7 };
    ck_assert(hn_quantile(one, 1, 0.3) == 7);
}
END_TEST

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

START_TEST(selection_is_sorting)
{
    enum { COUNT = 257 };
    double values[COUNT], sorted[COUNT];
    hn_rng rng;
    hn_rng_init(&rng, 9, HN_PURPOSE_TEST, (uint64_t)_i, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        values[i] = _i % 2 ? hn_rng_normal(&rng) : (double)hn_rng_below(&rng, 5);
        sorted[i] = values[i];
    }
    qsort(sorted, COUNT, sizeof *sorted, ascending);
    for (int p = 0; p <= 40; p++) {
        double h = (COUNT - 1) * (p / 40.0);
        int k = (int)h;
        double expected =
            k == COUNT - 1 ? sorted[k] : sorted[k] + (h - k) * (sorted[k + 1] - sorted[k]);
        near(hn_quantile(values, COUNT, p / 40.0), expected, "quantile", "selected");
    }
}
END_TEST

START_TEST(draws_keep_the_strata)
{
    int32_t stratum[50];
    int64_t sizes[3] = { 0 };
    for (int i = 0; i < 50; i++) {
        stratum[i] = i % 7 == 0 ? 0 : i % 2 ? 1 : 2;
        sizes[stratum[i]]++;
    }
    hn_strata *strata = NULL;
    must(hn_strata_new(&strata, 50, stratum, 4)); /* one stratum is empty */
    double mean = 0;
    for (int b = 0; b < 400; b++) {
        int32_t counts[100] = { 0 };
        int32_t again[50] = { 0 };
        int64_t drawn[3] = { 0 };
        hn_strata_draw(counts, 2, strata, 11, 22, b);
        hn_strata_draw(again, 1, strata, 11, 22, b);
        for (int i = 0; i < 50; i++) {
            drawn[stratum[i]] += counts[2 * i];
            ck_assert_int_eq(counts[2 * i], again[i]);
            ck_assert_int_eq(counts[2 * i + 1], 0);
        }
        ck_assert_mem_eq(drawn, sizes, sizeof sizes);
        mean += counts[2 * 3];
    }
    ck_assert(fabs(mean / 400 - 1) < 0.2); /* 4 standard errors */
    hn_strata_free(strata);
}
END_TEST

START_TEST(streams_differ)
{
    hn_strata *strata = NULL;
    must(hn_strata_new(&strata, 100, NULL, 1));
    int32_t first[100] = { 0 };
    hn_strata_draw(first, 1, strata, 1, 2, 3);
    static const uint64_t others[][3] = { { 2, 2, 3 }, { 1, 3, 3 }, { 1, 2, 4 } };
    for (size_t i = 0; i < HN_COUNT_OF(others); i++) {
        int32_t counts[100] = { 0 };
        hn_strata_draw(counts, 1, strata, others[i][0], others[i][1], (int64_t)others[i][2]);
        ck_assert(memcmp(first, counts, sizeof counts) != 0);
    }
    hn_strata_free(strata);
}
END_TEST

START_TEST(intervals_that_are_not_defined)
{
    double values[] = { 1, 2, 3, 4 };
    ck_assert(isnan(hn_bootstrap_interval(values, 1, 1, 0.95, HN_INTERVAL_PERCENTILE, 0).low));
    /* every replicate above the estimate: no bias correction */
    ck_assert(isnan(hn_bootstrap_interval(values, 4, 0, 0.95, HN_INTERVAL_BCA, 0).low));
    double equal[] = { 2, 2, 2 };
    ck_assert(isnan(hn_bootstrap_acceleration(equal, NULL, 3, 1)));
    double lost[] = { 2, NAN, 3 };
    ck_assert(isnan(hn_bootstrap_acceleration(lost, NULL, 3, 1)));
}
END_TEST

START_TEST(proportions_as_statsmodels)
{
    hn_json *rows = fixture_json("proportions.json");
    for (const hn_json *row = hn_json_first(rows); row; row = hn_json_next(row)) {
        int64_t x = (int64_t)number(member(row, "x"));
        int64_t n = (int64_t)number(member(row, "n"));
        double confidence = number(member(row, "confidence"));
        const struct {
            const char *name;
            hn_interval found;
        } methods[] = {
            { "wilson", hn_wilson((double)x / (double)n, (double)n, confidence) },
            { "clopper-pearson", hn_clopper_pearson(x, n, confidence) },
            { "agresti-coull", hn_agresti_coull(x, n, confidence) },
            { "jeffreys", hn_jeffreys(x, n, confidence) },
        };
        for (size_t m = 0; m < HN_COUNT_OF(methods); m++) {
            const hn_json *ends = member(row, methods[m].name);
            near(methods[m].found.low, at(ends, 0), methods[m].name, "low");
            near(methods[m].found.high, at(ends, 1), methods[m].name, "high");
        }
    }
    hn_json_free(rows);
    ck_assert(isnan(hn_wilson(0.5, 0, 0.95).low));
    ck_assert(isnan(hn_clopper_pearson(0, 0, 0.95).low));
    ck_assert(isnan(hn_jeffreys(0, 0, 0.95).low));
    ck_assert(isnan(hn_agresti_coull(0, 0, 0.95).low));
    near(hn_normal_z(0.95), 1.959963984540054, "z", "0.95");
}
END_TEST

START_TEST(clusters_of_one_are_binomial)
{
    double x[20], n[20];
    for (int i = 0; i < 20; i++) {
        x[i] = i < 13;
        n[i] = 1;
    }
    /* p (1 - p) / n with n - 1 for n */
    near(hn_clustered_variance(x, n, 20), 0.65 * 0.35 / 19, "clustered", "singles");
    ck_assert(isnan(hn_clustered_variance(x, n, 1)));
}
END_TEST

Suite *check_bootstrap_suite(void)
{
    Suite *suite = suite_create("bootstrap");
    TCase *drawing = tcase_create("drawing");
    tcase_add_test(drawing, draws_keep_the_strata);
    tcase_add_test(drawing, streams_differ);
    suite_add_tcase(suite, drawing);
    TCase *intervals = tcase_create("intervals");
    tcase_add_test(intervals, quantiles_of_type_7);
    tcase_add_loop_test(intervals, selection_is_sorting, 0, 6);
    tcase_add_test(intervals, intervals_that_are_not_defined);
    tcase_add_test(intervals, proportions_as_statsmodels);
    tcase_add_test(intervals, clusters_of_one_are_binomial);
    suite_add_tcase(suite, intervals);
    return suite;
}
