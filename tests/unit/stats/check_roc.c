/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixtures.h"

#include <hipnet/rng.h>
#include <hipnet/roc.h>

Suite *check_roc_suite(void);

/* Half credit for ties, over all pairs. */
static double over_all_pairs(const double *scores, const bool *positive, int64_t count)
{
    int64_t wins2 = 0;
    int64_t pairs = 0;
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < count; j++) {
            if (positive[i] && !positive[j]) {
                wins2 += 2 * (scores[i] > scores[j]) + (scores[i] == scores[j]);
                pairs++;
            }
        }
    }
    return (double)wins2 / (2 * (double)pairs);
}

START_TEST(area_is_mann_whitney)
{
    enum { COUNT = 101 };
    double scores[COUNT];
    bool positive[COUNT];
    for (int trial = 0; trial < 50; trial++) {
        hn_rng rng;
        hn_rng_init(&rng, 5, HN_PURPOSE_TEST, (uint64_t)trial, 0, 0);
        for (int i = 0; i < COUNT; i++) {
            scores[i] = (double)hn_rng_below(&rng, trial % 2 ? 7 : 1000);
            positive[i] = hn_rng_below(&rng, 3) == 0;
        }
        double area = NAN;
        must(hn_auc(&area, scores, positive, COUNT));
        ck_assert(area == over_all_pairs(scores, positive, COUNT));
    }
}
END_TEST

START_TEST(area_and_its_symmetries)
{
    static const double scores[] = { 0.1, 0.4, 0.35, 0.8 };
    static const bool positive[] = { false, false, true, true };
    bool negative[4];
    double mapped[4];
    double area = 0;
    must(hn_auc(&area, scores, positive, 4));
    ck_assert(area == 0.75);
    for (int i = 0; i < 4; i++) {
        negative[i] = !positive[i];
        mapped[i] = exp(3 * scores[i]) - 7;
    }
    must(hn_auc(&area, mapped, positive, 4));
    ck_assert(area == 0.75);
    must(hn_auc(&area, scores, negative, 4));
    ck_assert(area == 0.25);
    must(hn_auc(&area, scores, positive, 2));
    ck_assert(isnan(area));
    must(hn_auc(&area, scores, positive, 0));
    ck_assert(isnan(area));
}
END_TEST

START_TEST(partial_areas)
{
    const char *name = sample_names[_i];
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, name);
    hn_json *all = fixture_json("expected.json");
    const hn_json *partial = member(member(all, name), "partial");
    for (int k = 0; k < sample->classes; k++) {
        hn_roc_curve *curve = NULL;
        must(hn_roc_curve_new(&curve, sample, k));
        ck_assert_int_eq(curve->points[0].true_positives, 0);
        ck_assert(isinf(curve->points[0].threshold));
        ck_assert_int_eq(curve->points[curve->count - 1].true_positives, curve->positives);
        ck_assert_int_eq(curve->points[curve->count - 1].false_positives, curve->negatives);
        for (const hn_json *c = hn_json_first(partial); c; c = hn_json_next(c)) {
            near(hn_partial_auc(curve, atof(hn_json_key(c))), at(c, k), name, hn_json_key(c));
        }
        hn_roc_curve_free(curve);
    }
    hn_json_free(all);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(variances_by_definition)
{
    static const char *const mixes[] = { "fixed", "random" };
    const char *name = sample_names[_i];
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, name);
    hn_json *all = fixture_json("expected.json");
    for (int random = 0; random < 2; random++) {
        const hn_json *expected = member(member(member(all, name), "variances"), mixes[random]);
        hn_auc_variances *found = NULL;
        must(hn_auc_variances_new(&found, sample, random));
        for (int k = 0; k < sample->classes; k++) {
            near(found->auc[k], at(member(expected, "auc"), k), name, "auc");
            near(found->variance[k], at(member(expected, "variance"), k), name, "variance");
        }
        near(found->macro, number(member(expected, "macro")), name, "macro");
        near(found->macro_variance, number(member(expected, "macro_variance")), name,
             "macro variance");
        near(found->hand_till, number(member(expected, "hand_till")), name, "Hand and Till");
        near(found->hand_till_variance, number(member(expected, "hand_till_variance")), name,
             "Hand and Till variance");
        hn_auc_variances_free(found);
    }
    hn_json_free(all);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

/* With two classes, Hand and Till and the macro area are the area, and so are their variances. */
START_TEST(two_classes_are_delong)
{
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, "binary");
    hn_auc_variances *found = NULL;
    must(hn_auc_variances_new(&found, sample, false));
    near(found->variance[1], found->variance[0], "binary", "variance");
    near(found->macro_variance, found->variance[0], "binary", "macro variance");
    near(found->hand_till_variance, found->variance[0], "binary", "Hand and Till variance");
    hn_auc_variances_free(found);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(intervals_of_areas)
{
    hn_interval wald = hn_wald_interval(0.98, 0.0004, 0.95);
    near(wald.low, 0.98 - 1.959963984540054 * 0.02, "wald", "low");
    ck_assert(wald.high == 1);
    hn_interval logit = hn_logit_interval(0.8, 0.0016, 0.95);
    double half = 1.959963984540054 * 0.04 / 0.16;
    near(logit.low, 1 / (1 + exp(half - log(4))), "logit", "low");
    near(logit.high, 1 / (1 + exp(-half - log(4))), "logit", "high");
    ck_assert(isnan(hn_logit_interval(1, 0, 0.95).low));
    ck_assert(isnan(hn_wald_interval(0.9, NAN, 0.95).low));
    /* Newcombe's ends solve |theta - A| = z sqrt(V(theta)). */
    hn_interval newcombe = hn_newcombe_interval(0.9, 20, 30, 0.95);
    double ends[] = { newcombe.low, newcombe.high };
    for (int i = 0; i < 2; i++) {
        double t = ends[i];
        double s = 24;
        double v = t * (1 - t) * (1 + s * (1 - t) / (2 - t) + s * t / (1 + t)) / 600;
        near(fabs(t - 0.9), 1.959963984540054 * sqrt(v), "newcombe", "end");
    }
    ck_assert(hn_newcombe_interval(1, 20, 30, 0.95).high == 1);
    ck_assert(hn_newcombe_interval(0, 20, 30, 0.95).low == 0);
    ck_assert(isnan(hn_newcombe_interval(0.5, 0, 30, 0.95).low));
}
END_TEST

Suite *check_roc_suite(void)
{
    Suite *suite = suite_create("roc");
    TCase *areas = tcase_create("areas");
    tcase_add_test(areas, area_is_mann_whitney);
    tcase_add_test(areas, area_and_its_symmetries);
    tcase_add_loop_test(areas, partial_areas, 0, SAMPLES);
    suite_add_tcase(suite, areas);
    TCase *variances = tcase_create("variances");
    tcase_add_loop_test(variances, variances_by_definition, 0, SAMPLES);
    tcase_add_test(variances, two_classes_are_delong);
    tcase_add_test(variances, intervals_of_areas);
    suite_add_tcase(suite, variances);
    return suite;
}
