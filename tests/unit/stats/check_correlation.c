/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixtures.h"

#include <hipnet/correlation.h>
#include <hipnet/parallel.h>
#include <string.h>

Suite *check_correlation_suite(void);

static double *vector(const hn_json *array, int64_t *count)
{
    *count = hn_json_count(array);
    double *made = calloc((size_t)*count, sizeof *made);
    int64_t i = 0;
    for (const hn_json *cell = hn_json_first(array); cell; cell = hn_json_next(cell)) {
        made[i++] = number(cell);
    }
    return made;
}

static hn_association associated(hn_coefficient coefficient, const hn_pairs *pairs,
                                 hn_spearman_interval interval)
{
    hn_association made;
    hn_correlation_options options = HN_CORRELATION_DEFAULTS;
    options.spearman_interval = interval;
    must(hn_associate(&made, coefficient, pairs, &options));
    return made;
}

static const char *const vectors[] = { "smooth",   "tied",     "short",    "three", "four", "large",
                                       "monotone", "reversed", "one_swap", "tiny",  "huge" };

START_TEST(as_scipy_has_them)
{
    static const char *const intervals[] = { "fieller", "fisher", "bonett-wright" };
    hn_json *all = fixture_json("correlations.json");
    const hn_json *expected = member(all, vectors[_i]);
    hn_pairs pairs = { 0 };
    double *x = vector(member(expected, "x"), &pairs.n);
    double *y = vector(member(expected, "y"), &pairs.n);
    pairs.x = x;
    pairs.y = y;
    hn_association pearson = associated(HN_PEARSON, &pairs, HN_SPEARMAN_FIELLER);
    const hn_json *theirs = member(expected, "pearson");
    near(pearson.estimate, number(member(theirs, "estimate")), vectors[_i], "pearson");
    near(pearson.p, number(member(theirs, "p")), vectors[_i], "pearson p");
    near(pearson.low, number(member(theirs, "low")), vectors[_i], "pearson low");
    near(pearson.high, number(member(theirs, "high")), vectors[_i], "pearson high");
    theirs = member(expected, "spearman");
    for (int i = 0; i < 3; i++) {
        hn_association rho = associated(HN_SPEARMAN, &pairs, (hn_spearman_interval)i);
        near(rho.estimate, number(member(theirs, "estimate")), vectors[_i], "spearman");
        near(rho.p, number(member(theirs, "p")), vectors[_i], "spearman p");
        near(rho.low, at(member(theirs, intervals[i]), 0), vectors[_i], intervals[i]);
        near(rho.high, at(member(theirs, intervals[i]), 1), vectors[_i], intervals[i]);
    }
    theirs = member(expected, "kendall");
    hn_association tau = associated(HN_KENDALL, &pairs, HN_SPEARMAN_FIELLER);
    near(tau.estimate, number(member(theirs, "estimate")), vectors[_i], "kendall");
    near(tau.p, number(member(theirs, "p")), vectors[_i], "kendall p");
    near(tau.low, at(member(theirs, "fieller"), 0), vectors[_i], "kendall low");
    near(tau.high, at(member(theirs, "fieller"), 1), vectors[_i], "kendall high");
    free(x);
    free(y);
    hn_json_free(all);
}
END_TEST

/* Sums of these would not fit a double. */
START_TEST(the_largest_numbers)
{
    static const double x[] = { 1, 3, 2, 5, 4, 6 };
    static const double y[] = { 2, 1, 4, 3, 6, 5 };
    double large[6];
    for (int i = 0; i < 6; i++) {
        large[i] = x[i] * 2e307;
    }
    hn_pairs plain = { .x = x, .y = y, .n = 6 };
    hn_pairs scaled = { .x = large, .y = y, .n = 6 };
    near(associated(HN_PEARSON, &scaled, 0).estimate, associated(HN_PEARSON, &plain, 0).estimate,
         "pearson", "scaled");
}
END_TEST

START_TEST(given_the_class)
{
    hn_json *all = fixture_json("correlations.json");
    const hn_json *expected = member(all, "partial");
    hn_pairs pairs = { .groups = 3 };
    double *x = vector(member(expected, "x"), &pairs.n);
    double *y = vector(member(expected, "y"), &pairs.n);
    double *g = vector(member(expected, "group"), &pairs.n);
    int32_t group[64];
    for (int64_t i = 0; i < pairs.n; i++) {
        group[i] = (int32_t)g[i];
    }
    pairs.x = x;
    pairs.y = y;
    pairs.group = group;
    for (int c = 0; c < HN_KENDALL; c++) {
        const char *name = hn_coefficient_name((hn_coefficient)c);
        hn_association found = associated((hn_coefficient)c, &pairs, HN_SPEARMAN_FIELLER);
        const hn_json *theirs = member(expected, name);
        near(found.estimate, number(member(theirs, "estimate")), "partial", name);
        near(found.p, number(member(theirs, "p")), "partial p", name);
        near(found.low, number(member(theirs, "low")), "partial low", name);
        near(found.high, number(member(theirs, "high")), "partial high", name);
    }
    hn_association tau = associated(HN_KENDALL, &pairs, HN_SPEARMAN_FIELLER);
    near(tau.estimate, number(member(member(expected, "kendall"), "estimate")), "partial",
         "kendall");
    ck_assert(tau.low < tau.estimate && tau.estimate < tau.high);
    ck_assert(tau.p > 0 && tau.p < 1);
    free(x);
    free(y);
    free(g);
    hn_json_free(all);
}
END_TEST

START_TEST(what_is_not_defined)
{
    static const double x[] = { 1, 2, 3, 4 };
    static const double same[] = { 5, 5, 5, 5 };
    static const double broken[] = { 1, 2, INFINITY, 3 };
    static const int32_t group[] = { 0, 0, 1, 1 };
    static const double stepped[] = { 1, 1, 2, 2 };
    static const int32_t patient[] = { 0, 0, 1, 1 };
    for (int c = 0; c < HN_COEFFICIENTS; c++) {
        hn_coefficient coefficient = (hn_coefficient)c;
        hn_pairs two = { .x = x, .y = x, .n = 2 };
        ck_assert_str_eq(associated(coefficient, &two, 0).reason, "fewer than 3 pairs");
        hn_pairs none = { .n = 0 };
        ck_assert_str_eq(associated(coefficient, &none, 0).reason, "fewer than 3 pairs");
        hn_pairs flat = { .x = x, .y = same, .n = 4 };
        ck_assert_str_eq(associated(coefficient, &flat, 0).reason, "one of the two is constant");
        ck_assert(isnan(associated(coefficient, &flat, 0).estimate));
        hn_pairs infinite = { .x = x, .y = broken, .n = 4 };
        ck_assert_ptr_nonnull(associated(coefficient, &infinite, 0).reason);
        hn_pairs within = { .x = x, .y = stepped, .n = 4, .group = group, .groups = 2 };
        ck_assert_str_eq(associated(coefficient, &within, 0).reason,
                         "one of the two is constant within every class");
        hn_pairs few = { .x = x, .y = x, .n = 4, .patient = patient, .patients = 2 };
        ck_assert_str_eq(associated(coefficient, &few, 0).reason, "fewer than 3 patients");
    }
}
END_TEST

/* Every pair twice, of the same patient: the estimate stays, the interval does not shrink. */
START_TEST(patients_not_cases_give_the_interval)
{
    enum { N = 60 };
    double x[2 * N], y[2 * N];
    int32_t patient[2 * N];
    for (int i = 0; i < N; i++) {
        x[i] = x[N + i] = (i * 37) % 60;
        y[i] = y[N + i] = (i * 37) % 60 + (i * 23) % 61;
        patient[i] = patient[N + i] = i;
    }
    for (int c = 0; c < HN_COEFFICIENTS; c++) {
        hn_pairs once = { .x = x, .y = y, .n = N };
        hn_pairs twice = { .x = x, .y = y, .n = 2 * N, .patient = patient, .patients = N };
        hn_association single = associated((hn_coefficient)c, &once, 0);
        hn_threads_set(1);
        hn_association clustered = associated((hn_coefficient)c, &twice, 0);
        hn_threads_set(3);
        hn_association again = associated((hn_coefficient)c, &twice, 0);
        ck_assert(clustered.low == again.low && clustered.high == again.high);
        ck_assert(clustered.p == again.p);
        ck_assert_int_eq(clustered.asked, 2000);
        double width = single.high - single.low;
        ck_assert_msg(fabs((clustered.high - clustered.low) / width - 1) < 0.35, "%g of %g",
                      clustered.high - clustered.low, width);
    }
}
END_TEST

START_TEST(censored_values_tie_at_the_ends)
{
    static const char *const words[] = { "<5", "3", "5", "7", "<2", ">300", "310", "300" };
    hn_measurement measured[8];
    double values[8], ranks[8];
    static const double expected[] = { 2, 2, 4, 5, 2, 7.5, 7.5, 6 };
    for (int i = 0; i < 8; i++) {
        must(hn_measurement_parse(&measured[i], words[i]));
    }
    hn_censored_order(values, measured, 8);
    must(hn_midranks(ranks, values, 8));
    for (int i = 0; i < 8; i++) {
        near(ranks[i], expected[i], words[i], "rank");
    }
}
END_TEST

Suite *check_correlation_suite(void)
{
    Suite *suite = suite_create("correlation");
    TCase *core = tcase_create("core");
    tcase_add_loop_test(core, as_scipy_has_them, 0, (int)HN_COUNT_OF(vectors));
    tcase_add_test(core, the_largest_numbers);
    tcase_add_test(core, given_the_class);
    tcase_add_test(core, what_is_not_defined);
    tcase_add_test(core, patients_not_cases_give_the_interval);
    tcase_add_test(core, censored_values_tie_at_the_ends);
    suite_add_tcase(suite, core);
    return suite;
}
