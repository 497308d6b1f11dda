/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixtures.h"

#include <hipnet/metrics.h>
#include <hipnet/parallel.h>
#include <hipnet/text.h>
#include <string.h>

Suite *check_metrics_suite(void);

static const char *sum_of(hn_text *text, const hn_predictions *predictions, const hn_sample *sample,
                          const hn_evaluate_options *options)
{
    hn_evaluation *evaluation = NULL;
    must(hn_evaluate(&evaluation, predictions, sample, options));
    hn_json *json = hn_json_new_object();
    hn_evaluation_to_json(json, evaluation, sample);
    must(hn_json_print(text, json, true));
    hn_json_free(json);
    hn_evaluation_free(evaluation);
    return hn_text_get(text);
}

START_TEST(every_figure_as_the_oracles_have_it)
{
    const char *name = sample_names[_i];
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, name);
    hn_json *all = fixture_json("expected.json");
    const hn_json *expected = member(all, name);
    double *figures = calloc((size_t)hn_figure_count(sample->classes), sizeof *figures);
    must(hn_figures(figures, sample, NULL, 15, HN_ECE_GUO));
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        const char *key = hn_overall_name((hn_overall)f);
        near(figures[f], number(member(member(expected, "overall"), key)), name, key);
    }
    for (int k = 0; k < sample->classes; k++) {
        const hn_json *one = hn_json_at(member(expected, "per_class"), k);
        for (int f = 0; f < HN_CLASS_FIGURES; f++) {
            const char *key = hn_per_class_name((hn_per_class)f);
            near(figures[hn_figure_of_class(k, (hn_per_class)f)], number(member(one, key)), name,
                 key);
        }
    }
    free(figures);
    hn_json_free(all);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(calibration_error_by_anybodys_edges)
{
    static const char *const edges[] = { "guo", "numpy", "torchmetrics" };
    const char *name = sample_names[_i];
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, name);
    hn_json *all = fixture_json("expected.json");
    double *figures = calloc((size_t)hn_figure_count(sample->classes), sizeof *figures);
    for (int e = 0; e < 3; e++) {
        const hn_json *by_bins = member(member(member(all, name), "ece"), edges[e]);
        for (const hn_json *c = hn_json_first(by_bins); c; c = hn_json_next(c)) {
            must(hn_figures(figures, sample, NULL, atoi(hn_json_key(c)), (hn_ece_edges)e));
            near(figures[HN_OVERALL_ECE], number(c), name, edges[e]);
        }
    }
    free(figures);
    hn_json_free(all);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

/* ---- Replicates --------------------------------------------------------------------------------
 */

static int32_t *read_counts(const hn_json *counts, int64_t *replicates)
{
    *replicates = hn_json_count(counts);
    int64_t patients = hn_json_count(hn_json_at(counts, 0));
    int32_t *made = calloc((size_t)(*replicates * patients), sizeof *made);
    int64_t b = 0;
    for (const hn_json *row = hn_json_first(counts); row; row = hn_json_next(row), b++) {
        int64_t c = 0;
        for (const hn_json *cell = hn_json_first(row); cell; cell = hn_json_next(cell), c++) {
            made[b * patients + c] = (int32_t)number(cell);
        }
    }
    return made;
}

static const char *const replicated[] = { "ties", "clustered" };

START_TEST(replicates_are_the_figures_of_repeated_rows)
{
    char file[64];
    snprintf(file, sizeof file, "replicates_%s.json", replicated[_i]);
    hn_json *expected = fixture_json(file);
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, replicated[_i]);
    int64_t replicates = 0;
    int32_t *counts = read_counts(member(expected, "counts"), &replicates);
    double *figures = calloc((size_t)hn_figure_count(sample->classes), sizeof *figures);
    for (int64_t b = 0; b < replicates; b++) {
        must(hn_figures(figures, sample, &counts[b * sample->patients], 15, HN_ECE_GUO));
        for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
            const char *key = hn_overall_name((hn_overall)f);
            const hn_json *values = hn_json_get(member(expected, "values"), key);
            if (values) {
                near(figures[f], at(values, b), replicated[_i], key);
            }
        }
        for (int k = 0; k < sample->classes; k++) {
            near(figures[hn_figure_of_class(k, HN_CLASS_AUC)],
                 at(hn_json_at(member(expected, "class_auc"), k), b), replicated[_i], "auc");
            near(figures[hn_figure_of_class(k, HN_CLASS_AVERAGE_PRECISION)],
                 at(hn_json_at(member(expected, "class_average_precision"), k), b), replicated[_i],
                 "average precision");
        }
    }
    free(figures);
    free(counts);
    hn_json_free(expected);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(intervals_from_given_counts)
{
    static const char *const kinds[] = { "percentile", "basic", "bca" };
    char file[64];
    snprintf(file, sizeof file, "replicates_%s.json", replicated[_i]);
    hn_json *expected = fixture_json(file);
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, replicated[_i]);
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    int32_t *counts = read_counts(member(expected, "counts"), &options.replicates);
    options.counts = counts;
    options.stratify = HN_STRATIFY_NONE;
    for (int kind = 0; kind < 3; kind++) {
        hn_evaluation *evaluation = NULL;
        options.interval = (hn_interval_kind)kind;
        must(hn_evaluate(&evaluation, predictions, sample, &options));
        for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
            const char *key = hn_overall_name((hn_overall)f);
            const hn_json *by_kind = hn_json_get(member(expected, "intervals"), key);
            if (by_kind) {
                const hn_json *ends = member(by_kind, kinds[kind]);
                near(evaluation->overall[f].interval.low, at(ends, 0), key, kinds[kind]);
                near(evaluation->overall[f].interval.high, at(ends, 1), key, kinds[kind]);
            }
        }
        hn_evaluation_free(evaluation);
    }
    free(counts);
    hn_json_free(expected);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(lost_replicates_are_counted)
{
    hn_json *expected = fixture_json("replicates_ties.json");
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, "ties");
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    int32_t *counts = read_counts(member(expected, "counts"), &options.replicates);
    /* Take the rarest class out of the first three. */
    int rare = 0;
    for (int k = 1; k < sample->classes; k++) {
        rare = sample->class_cases[k] < sample->class_cases[rare] ? k : rare;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        for (int b = 0; b < 3 && sample->label[i] == rare; b++) {
            counts[b * sample->patients + sample->patient[i]] = 0;
        }
    }
    int64_t lost = 0;
    const hn_json *values = member(member(expected, "values"), "auc_macro_ovr");
    for (int64_t b = 0; b < options.replicates; b++) {
        lost += b < 3 || isnan(at(values, b));
    }
    options.counts = counts;
    hn_evaluation *evaluation = NULL;
    must(hn_evaluate(&evaluation, predictions, sample, &options));
    const hn_figure *macro = &evaluation->overall[HN_OVERALL_AUC_MACRO_OVR];
    ck_assert_int_eq(macro->replicates, 40);
    ck_assert_int_eq(macro->valid, 40 - lost);
    ck_assert_ptr_nonnull(macro->lost);
    ck_assert_int_eq(evaluation->overall[HN_OVERALL_ACCURACY].valid, 40);
    ck_assert_ptr_null(evaluation->overall[HN_OVERALL_ACCURACY].lost);
    hn_evaluation_free(evaluation);
    free(counts);
    hn_json_free(expected);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(the_same_bytes_for_any_threads)
{
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, sample_names[_i]);
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    options.replicates = 333; /* no multiple of the lanes */
    for (int kind = 0; kind < 3; kind++) {
        HN_AUTO_TEXT one = HN_TEXT_INIT;
        options.interval = (hn_interval_kind)kind;
        options.stratify = (hn_stratify)kind;
        hn_threads_set(1);
        sum_of(&one, predictions, sample, &options);
        for (int threads = 2; threads <= 4; threads += 2) {
            HN_AUTO_TEXT many = HN_TEXT_INIT;
            hn_threads_set(threads);
            ck_assert_str_eq(hn_text_get(&one), sum_of(&many, predictions, sample, &options));
        }
    }
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

START_TEST(the_same_bytes_for_any_order_of_rows)
{
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, "clustered");
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    HN_AUTO_TEXT one = HN_TEXT_INIT;
    options.replicates = 100;
    sum_of(&one, predictions, sample, &options);
    hn_sample_free(sample);
    int64_t count = predictions->count;
    int64_t *rows = calloc((size_t)count, sizeof *rows);
    for (int64_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    for (int turn = 0; turn < 3; turn++) {
        for (int64_t i = 0; i < count; i++) {
            int64_t other = (i * 31 + turn) % count;
            hn_prediction kept = predictions->rows[i];
            predictions->rows[i] = predictions->rows[other];
            predictions->rows[other] = kept;
        }
        hn_predictions_sort(predictions);
        HN_AUTO_TEXT again = HN_TEXT_INIT;
        must(hn_sample_new(&sample, predictions, rows, count));
        ck_assert_str_eq(hn_text_get(&one), sum_of(&again, predictions, sample, &options));
        hn_sample_free(sample);
    }
    free(rows);
    hn_predictions_free(predictions);
}
END_TEST

/* ---- Closed forms and edges --------------------------------------------------------------------
 */

/* Predictions of two classes from labels and the probability of the first. */
static hn_sample *made(hn_predictions **table, const char *labels, const double *p, int64_t count,
                       int patients)
{
    static const char *const classes[] = { "a", "b", "c" };
    must(hn_predictions_new(table, classes, 3, NULL, 0));
    int64_t *rows = calloc((size_t)count, sizeof *rows);
    for (int64_t i = 0; i < count; i++) {
        char patient[16], id[16];
        double row_p[3] = { p[i], 1 - p[i], 0 };
        const char label[2] = { labels[i], 0 };
        snprintf(patient, sizeof patient, "q%d", (int)(i % patients));
        snprintf(id, sizeof id, "c%d", (int)i);
        hn_prediction row = {
            .patient_id = patient, .case_id = id, .label = label, .probabilities = row_p
        };
        must(hn_predictions_add(*table, &row));
        rows[i] = i;
    }
    hn_sample *sample = NULL;
    must(hn_sample_new(&sample, *table, rows, count));
    free(rows);
    return sample;
}

static hn_evaluation *evaluated(const char *labels, const double *p, int64_t count, int patients)
{
    hn_predictions *table = NULL;
    hn_sample *sample = made(&table, labels, p, count, patients);
    hn_evaluation *evaluation = NULL;
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    options.replicates = 200;
    must(hn_evaluate(&evaluation, table, sample, &options));
    hn_sample_free(sample);
    hn_predictions_free(table);
    return evaluation;
}

START_TEST(by_hand)
{
    /* a: 0.9 0.6 0.4; b: 0.6 0.3 0.1. Nine pairs for a: 7 won, 1 tied, 1 lost. */
    static const double p[] = { 0.9, 0.6, 0.4, 0.6, 0.3, 0.1 };
    hn_evaluation *e = evaluated("aaabbb", p, 6, 6);
    const hn_figure *of_a = e->per_class;
    ck_assert(of_a[HN_CLASS_AUC].estimate == 7.5 / 9);
    ck_assert(of_a[HN_CLASS_SENSITIVITY].estimate == 2.0 / 3);
    ck_assert(of_a[HN_CLASS_SPECIFICITY].estimate == 2.0 / 3);
    ck_assert(of_a[HN_CLASS_PPV].estimate == 2.0 / 3);
    ck_assert(e->overall[HN_OVERALL_ACCURACY].estimate == 4.0 / 6);
    near(e->overall[HN_OVERALL_KAPPA].estimate, 1.0 / 3, "kappa", "by hand");
    ck_assert_int_eq(e->confusion[0], 2);
    ck_assert_int_eq(e->confusion[1], 1);
    ck_assert_int_eq(e->confusion[3], 1);
    ck_assert_int_eq(e->classes_used, 2);
    hn_evaluation_free(e);
}
END_TEST

START_TEST(an_absent_class_is_null_with_a_reason)
{
    static const double p[] = { 0.9, 0.6, 0.4, 0.6, 0.3, 0.1 };
    hn_evaluation *e = evaluated("aaabbb", p, 6, 6);
    const hn_figure *of_c = &e->per_class[2 * HN_CLASS_FIGURES];
    ck_assert(isnan(of_c[HN_CLASS_AUC].estimate));
    ck_assert_str_eq(of_c[HN_CLASS_AUC].reason, "no case of the class");
    ck_assert(isnan(of_c[HN_CLASS_PPV].estimate));
    ck_assert_str_eq(of_c[HN_CLASS_PPV].reason, "the class is never predicted");
    ck_assert(of_c[HN_CLASS_SPECIFICITY].estimate == 1);
    ck_assert(!isnan(e->overall[HN_OVERALL_AUC_MACRO_OVR].estimate));
    hn_evaluation_free(e);
}
END_TEST

START_TEST(a_single_class_has_no_area)
{
    static const double p[] = { 0.9, 0.6, 0.4, 0.6 };
    hn_evaluation *e = evaluated("aaaa", p, 4, 4);
    ck_assert(isnan(e->overall[HN_OVERALL_AUC_MACRO_OVR].estimate));
    ck_assert_str_eq(e->overall[HN_OVERALL_AUC_MACRO_OVR].reason, "only one class is present");
    ck_assert(isnan(e->overall[HN_OVERALL_AUC_HAND_TILL].estimate));
    ck_assert(e->overall[HN_OVERALL_ACCURACY].estimate == 0.75);
    hn_evaluation_free(e);
}
END_TEST

START_TEST(a_single_patient_has_no_interval)
{
    static const double p[] = { 0.9, 0.6, 0.4, 0.1 };
    hn_evaluation *e = evaluated("aabb", p, 4, 1);
    ck_assert(!isnan(e->overall[HN_OVERALL_AUC_MACRO_OVR].estimate));
    ck_assert(isnan(e->overall[HN_OVERALL_AUC_MACRO_OVR].interval.low));
    ck_assert_str_eq(e->overall[HN_OVERALL_AUC_MACRO_OVR].reason, "a single patient");
    ck_assert(isnan(e->overall[HN_OVERALL_BRIER].interval.low));
    hn_evaluation_free(e);
}
END_TEST

START_TEST(perfection_falls_back_on_closed_forms)
{
    static const double p[] = { 0.9, 0.8, 0.7, 0.3, 0.2, 0.1 };
    hn_evaluation *e = evaluated("aaabbb", p, 6, 6);
    const hn_figure *area = &e->per_class[HN_CLASS_AUC];
    ck_assert(area->estimate == 1);
    ck_assert_str_eq(area->method, "newcombe");
    ck_assert(area->interval.low > 0.3 && area->interval.low < 0.9 && area->interval.high == 1);
    const hn_figure *accuracy = &e->overall[HN_OVERALL_ACCURACY];
    ck_assert(accuracy->estimate == 1);
    ck_assert_str_eq(accuracy->method, "wilson");
    near(accuracy->interval.low, 6 / (6 + 1.959963984540054 * 1.959963984540054), "wilson", "n/n");
    const hn_figure *macro = &e->overall[HN_OVERALL_AUC_MACRO_OVR];
    ck_assert(isnan(macro->interval.low));
    ck_assert_str_eq(macro->reason, "every replicate gives the same value");
    hn_evaluation_free(e);
}
END_TEST

START_TEST(no_replicates_leave_closed_forms)
{
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, "smooth");
    hn_evaluation *e = NULL;
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    options.replicates = 0;
    must(hn_evaluate(&e, predictions, sample, &options));
    ck_assert_str_eq(e->overall[HN_OVERALL_ACCURACY].method, "wilson");
    ck_assert_str_eq(e->per_class[HN_CLASS_AUC].method, "delong");
    ck_assert_ptr_null(e->overall[HN_OVERALL_BRIER].method);
    ck_assert_str_eq(e->overall[HN_OVERALL_BRIER].reason, "no bootstrap was asked for");
    hn_evaluation_free(e);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

/* The percentile interval of an area agrees with DeLong's at a size where both hold. */
START_TEST(bootstrap_and_delong_agree)
{
    hn_predictions *predictions = NULL;
    hn_sample *sample = load(&predictions, "smooth");
    hn_evaluation *e = NULL;
    hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
    options.replicates = 4000;
    options.interval = HN_INTERVAL_PERCENTILE;
    must(hn_evaluate(&e, predictions, sample, &options));
    for (int k = 0; k < sample->classes; k++) {
        const hn_figure *area = &e->per_class[k * HN_CLASS_FIGURES + HN_CLASS_AUC];
        const hn_interval *delong = &area->alternatives[0].interval;
        double width = delong->high - delong->low;
        ck_assert(fabs(area->interval.low - delong->low) < 0.15 * width);
        ck_assert(fabs(area->interval.high - delong->high) < 0.15 * width);
    }
    hn_evaluation_free(e);
    hn_sample_free(sample);
    hn_predictions_free(predictions);
}
END_TEST

/* More cases than 16-bit counts and 32-bit products hold: every row many times over. */
START_TEST(large_samples_count_in_64_bits)
{
    static const double p[] = { 0.9, 0.6, 0.4, 0.6, 0.3, 0.1 };
    hn_predictions *table = NULL;
    hn_sample *sample = made(&table, "aaabbb", p, 6, 6);
    int32_t counts[6];
    for (int i = 0; i < 6; i++) {
        counts[i] = 1;
    }
    double once[HN_OVERALL_FIGURES + 3 * HN_CLASS_FIGURES];
    must(hn_figures(once, sample, counts, 15, HN_ECE_GUO));
    double weighted[HN_OVERALL_FIGURES + 3 * HN_CLASS_FIGURES];
    for (int i = 0; i < 6; i++) {
        counts[i] = 20000;
    }
    must(hn_figures(weighted, sample, counts, 15, HN_ECE_GUO));
    for (int f = 0; f < HN_OVERALL_FIGURES + 3 * HN_CLASS_FIGURES; f++) {
        near(weighted[f], once[f], "large counts", "figure");
    }
    counts[3] = INT32_MAX;
    ck_assert_int_eq(hn_figures(weighted, sample, counts, 15, HN_ECE_GUO), HN_EDATA);
    counts[3] = -1;
    ck_assert_int_eq(hn_figures(weighted, sample, counts, 15, HN_ECE_GUO), HN_EDATA);
    hn_sample_free(sample);
    hn_predictions_free(table);
    enum { COPIES = 17000 };
    double *many_p = calloc(6 * COPIES, sizeof *many_p);
    char *labels = calloc(6 * COPIES + 1, 1);
    for (int i = 0; i < 6 * COPIES; i++) {
        many_p[i] = p[i % 6];
        labels[i] = "aaabbb"[i % 6];
    }
    sample = made(&table, labels, many_p, 6 * COPIES, 6 * COPIES);
    double many[HN_OVERALL_FIGURES + 3 * HN_CLASS_FIGURES];
    must(hn_figures(many, sample, NULL, 15, HN_ECE_GUO));
    for (int f = 0; f < HN_OVERALL_FIGURES + 3 * HN_CLASS_FIGURES; f++) {
        near(many[f], once[f], "many copies", "figure");
    }
    free(many_p);
    free(labels);
    hn_sample_free(sample);
    hn_predictions_free(table);
}
END_TEST

Suite *check_metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *oracles = tcase_create("oracles");
    tcase_add_loop_test(oracles, every_figure_as_the_oracles_have_it, 0, SAMPLES);
    tcase_add_loop_test(oracles, calibration_error_by_anybodys_edges, 0, SAMPLES);
    tcase_add_loop_test(oracles, replicates_are_the_figures_of_repeated_rows, 0, 2);
    tcase_add_loop_test(oracles, intervals_from_given_counts, 0, 2);
    suite_add_tcase(suite, oracles);
    TCase *replicates = tcase_create("replicates");
    tcase_add_test(replicates, lost_replicates_are_counted);
    tcase_add_loop_test(replicates, the_same_bytes_for_any_threads, 0, SAMPLES);
    tcase_add_test(replicates, the_same_bytes_for_any_order_of_rows);
    tcase_add_test(replicates, bootstrap_and_delong_agree);
    suite_add_tcase(suite, replicates);
    TCase *edges = tcase_create("edges");
    tcase_add_test(edges, by_hand);
    tcase_add_test(edges, an_absent_class_is_null_with_a_reason);
    tcase_add_test(edges, a_single_class_has_no_area);
    tcase_add_test(edges, a_single_patient_has_no_interval);
    tcase_add_test(edges, perfection_falls_back_on_closed_forms);
    tcase_add_test(edges, no_replicates_leave_closed_forms);
    tcase_add_test(edges, large_samples_count_in_64_bits);
    suite_add_tcase(suite, edges);
    return suite;
}
