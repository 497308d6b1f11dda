/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The top of the page: five headline figures, and the cautions that a careful reader would
 * write beside them, found in the data.
 */
#include "report_parts.h"

#include <hipnet/memory.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const hn_json *object_at(const hn_json *object, const char *key)
{
    const hn_json *value =
        object && hn_json_kind_of(object) == HN_JSON_OBJECT ? hn_json_get(object, key) : NULL;
    return value && hn_json_kind_of(value) == HN_JSON_OBJECT ? value : NULL;
}

static const char *detail_of(const report_inputs *in, const figure_value *value, scale form)
{
    hn_report *report = in->report;
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    if (isfinite(value->low)) {
        hn_text_printf(&text, "%s CI %s", write_level(in), write_interval(report, value, form));
    } else if (*value->reason) {
        hn_text_append(&text, value->reason);
    } else {
        hn_text_append(&text, value->given ? "no interval" : "not computed");
    }
    if (value->n >= 0) {
        hn_text_printf(&text, "; n\xc2\xa0=\xc2\xa0%s", write_count(report, value->n));
    }
    return hn_report_text(report, "%s", hn_text_get(&text));
}

static void headline(report_inputs *in, const char *label, figure_value value, scale form)
{
    hn_report_headline(in->report, label, write_estimate(in->report, value.estimate, form),
                       detail_of(in, &value, form));
}

static void risk_headline(report_inputs *in)
{
    hn_report *report = in->report;
    if (in->risk_class < 0) {
        return;
    }
    const char *name = in->predictions->classes[in->risk_class];
    const hn_json *one = object_at(object_at(in->metrics, "per_class"), name);
    figure_value auc = figure_at(one, "auc");
    figure_value sensitivity = figure_at(one, "sensitivity");
    figure_value specificity = figure_at(one, "specificity");
    hn_report_headline(
        report, hn_report_text(report, "AUC of %s against the rest", word_of_class(report, name)),
        write_estimate(report, auc.estimate, SCALE_PROPORTION),
        hn_report_text(report, "%s; sensitivity %s, specificity %s",
                       isfinite(auc.low)
                           ? hn_report_text(report, "95%% CI %s",
                                            write_interval(report, &auc, SCALE_PROPORTION))
                           : "no interval",
                       write_estimate(report, sensitivity.estimate, SCALE_PERCENT),
                       write_estimate(report, specificity.estimate, SCALE_PERCENT)));
}

static void correlation_headline(report_inputs *in)
{
    hn_report *report = in->report;
    const hn_json *list = object_at(in->correlation, "biomarkers");
    const hn_json *first = list ? hn_json_first(list) : NULL;
    for (const hn_json *c = first; c; c = hn_json_next(c)) {
        if (isfinite(figure_at(object_at(c, "pooled"), "spearman").estimate)) {
            first = c; /* the first that was measured */
            break;
        }
    }
    if (in->risk_class < 0 || !first) {
        return;
    }
    const hn_json *pooled = object_at(first, "pooled");
    const hn_json *entry = pooled ? pooled : first;
    figure_value rho = figure_at(entry, "spearman");
    rho.n = rho.n >= 0 ? rho.n
                       : (isfinite(figure_at(entry, "n").estimate)
                              ? (int64_t)figure_at(entry, "n").estimate
                              : -1);
    const char *class = word_of_class(report, in->predictions->classes[in->risk_class]);
    headline(in,
             hn_report_text(report, "Spearman, risk of %s and %s", class,
                            word_of_lab(report, hn_json_key(first))),
             rho, SCALE_PROPORTION);
}

hn_status report_headlines(report_inputs *in)
{
    const hn_json *overall = object_at(in->metrics, "overall");
    headline(in, "Accuracy, most probable class", figure_at(overall, "accuracy"), SCALE_PERCENT);
    headline(in, "Mean one-vs-rest accuracy", figure_at(overall, "accuracy_ovr_mean"),
             SCALE_PERCENT);
    headline(in, "AUC, macro average one-vs-rest", figure_at(overall, "auc_macro_ovr"),
             SCALE_PROPORTION);
    risk_headline(in);
    correlation_headline(in);
    return hn_report_status(in->report);
}

/* ---- Cautions -------------------------------------------------------------------------- */

#define TINY 10 /* cases of a class; fewer say little */

static void class_cautions(report_inputs *in)
{
    hn_report *report = in->report;
    const hn_predictions *all = in->predictions;
    HN_AUTO_TEXT absent = HN_TEXT_INIT;
    HN_AUTO_TEXT tiny = HN_TEXT_INIT;
    for (int k = 0; k < all->class_count; k++) {
        int64_t count = 0;
        for (int64_t i = 0; i < all->count; i++) {
            count += in->evaluated[i] && all->rows[i].label_class == k;
        }
        const char *name = word_of_class(report, all->classes[k]);
        if (count == 0) {
            hn_text_printf(&absent, "%s%s", absent.size ? ", " : "", name);
        } else if (count < TINY) {
            hn_text_printf(&tiny, "%s%s (%lld)", tiny.size ? ", " : "", name, (long long)count);
        }
    }
    if (absent.size) {
        hn_report_caution(report, "Absent class.",
                          "No evaluated case of: %s. Averages over classes leave it out.",
                          hn_text_get(&absent));
    }
    if (tiny.size) {
        hn_report_caution(report, "Tiny class.",
                          "Fewer than %d evaluated cases of: %s. Their figures say little, "
                          "whatever their intervals.",
                          TINY, hn_text_get(&tiny));
    }
}

/* Cramer's V of a table of r rows and k columns that hold something, with the correction for
 * small numbers of Bergsma 2013 (doi 10.1016/j.jkss.2012.10.002): 0 where there is nothing but
 * chance. */
static double cramers_v(double chi, double n, double r, double k)
{
    if (n < 2 || r < 2 || k < 2) {
        return 0;
    }
    double phi = fmax(0, chi / n - (r - 1) * (k - 1) / (n - 1));
    double rows = r - (r - 1) * (r - 1) / (n - 1);
    double columns = k - (k - 1) * (k - 1) / (n - 1);
    double least = fmin(rows, columns) - 1;
    return least > 0 ? fmin(1, sqrt(phi / least)) : 0;
}

/* The class whose cases come most from one center that does not hold most of all cases, and
 * Cramer's V of the table of center and class. */
static hn_status confounding_caution(report_inputs *in)
{
    const hn_predictions *all = in->predictions;
    size_t classes = (size_t)all->class_count;
    hn_text_list centers = { 0 };
    hn_status status = HN_OK;
    for (int64_t i = 0; status == HN_OK && i < all->count; i++) {
        if (in->evaluated[i] && hn_text_list_find(&centers, all->rows[i].center) < 0) {
            status = hn_text_list_add(&centers, all->rows[i].center);
        }
    }
    HN_AUTOFREE double *table = hn_calloc(classes * (centers.count + 1), sizeof *table);
    HN_AUTOFREE double *of_class = hn_calloc(classes, sizeof *of_class);
    HN_AUTOFREE double *of_center = hn_calloc(centers.count + 1, sizeof *of_center);
    if (status != HN_OK || !table || !of_class || !of_center) {
        hn_text_list_clear(&centers);
        return HN_ENOMEM;
    }
    double n = 0;
    for (int64_t i = 0; i < all->count; i++) {
        if (in->evaluated[i]) {
            size_t k = (size_t)all->rows[i].label_class;
            size_t c = (size_t)hn_text_list_find(&centers, all->rows[i].center);
            table[c * classes + k]++;
            of_class[k]++;
            of_center[c]++;
            n++;
        }
    }
    double chi = 0, worst = 0;
    size_t worst_class = 0, worst_center = 0, present = 0;
    for (size_t k = 0; k < classes; k++) {
        present += of_class[k] > 0;
        for (size_t c = 0; of_class[k] > 0 && c < centers.count; c++) {
            double expected = of_class[k] * of_center[c] / n;
            double difference = table[c * classes + k] - expected;
            chi += difference * difference / expected;
            double share = table[c * classes + k] / of_class[k];
            if (of_class[k] >= 5 && of_center[c] < 0.6 * n && share > worst) {
                worst = share;
                worst_class = k;
                worst_center = c;
            }
        }
    }
    double cramer = cramers_v(chi, n, (double)present, (double)centers.count);
    if (present > 1 && centers.count > 1 && (cramer >= 0.4 || worst >= 0.9)) {
        hn_report_caution(in->report, "Center and class go together.",
                          "Cram\xc3\xa9r\xe2\x80\x99s V is %.2f; %.0f of %.0f cases of %s come "
                          "from %s. What looks like diagnosis may be recognition of the center.",
                          cramer, table[worst_center * classes + worst_class],
                          of_class[worst_class],
                          word_of_class(in->report, all->classes[worst_class]),
                          worst > 0 ? centers.items[worst_center] : "several centers");
    }
    hn_text_list_clear(&centers);
    return HN_OK;
}

static void count_intervals(const hn_json *figures, int64_t *without, int64_t *all)
{
    for (const hn_json *c = figures ? hn_json_first(figures) : NULL; c; c = hn_json_next(c)) {
        if (hn_json_kind_of(c) == HN_JSON_OBJECT) {
            figure_value value = figure_at(figures, hn_json_key(c));
            *all += isfinite(value.estimate);
            *without += isfinite(value.estimate) && !isfinite(value.low);
        }
    }
}

static void interval_cautions(report_inputs *in)
{
    if (!in->metrics) {
        return;
    }
    int64_t without = 0, all = 0;
    count_intervals(object_at(in->metrics, "overall"), &without, &all);
    const hn_json *classes = object_at(in->metrics, "per_class");
    for (const hn_json *c = classes ? hn_json_first(classes) : NULL; c; c = hn_json_next(c)) {
        count_intervals(hn_json_kind_of(c) == HN_JSON_OBJECT ? c : NULL, &without, &all);
    }
    if (without > 0) {
        hn_report_caution(in->report, "No interval.",
                          "%lld of %lld figures have no confidence interval; the tables say why.",
                          (long long)without, (long long)all);
    }
    if (!in->metrics_fit) {
        hn_report_caution(in->report, "Metrics of another file.",
                          "The metrics were computed from predictions with another content than "
                          "those given here.");
    }
    figure_value cases = figure_at(in->metrics, "n_cases");
    int64_t here = in->selection ? in->selection->count : 0;
    if (in->metrics_fit && isfinite(cases.estimate) && (int64_t)cases.estimate != here) {
        hn_report_caution(in->report, "Metrics and predictions differ.",
                          "The metrics are about %.0f cases, the predictions hold %lld that fit: "
                          "do the two files belong together?",
                          cases.estimate, (long long)here);
    }
}

static void subset_cautions(report_inputs *in)
{
    int64_t seen = 0;
    for (int64_t i = 0; i < in->predictions->count; i++) {
        const char *subset = in->predictions->rows[i].subset;
        seen += in->evaluated[i] && (strcmp(subset, "train") == 0 || strcmp(subset, "tuning") == 0);
    }
    if (seen > 0) {
        hn_report_caution(in->report, "Not a test.",
                          "%lld of the evaluated cases were used for training or tuning: these "
                          "figures do not tell how the model does on new patients.",
                          (long long)seen);
    }
    if (in->selection && in->selection->patients_in_two_subsets > 0) {
        hn_report_caution(in->report, "Leakage.",
                          "%lld %s more than one subset: patients of one subset are seen again "
                          "in another, or a name is used twice.",
                          (long long)in->selection->patients_in_two_subsets,
                          in->selection->patients_in_two_subsets == 1 ? "patient stands in"
                                                                      : "patients stand in");
    }
    const char *made_for = in->cohort.split_cohort_sha256;
    if (in->cohort.from_file && made_for && strcmp(made_for, in->cohort.sha256) != 0) {
        hn_report_caution(in->report, "Split and cohort differ.",
                          "The split was made for a cohort with another content hash.");
    }
}

static void reference_caution(report_inputs *in)
{
    int64_t cases = 0;
    for (size_t i = 0; i < in->cohort.count; i++) {
        cases += in->cohort.cases[i].in_reference;
    }
    if (cases > 0) {
        hn_report_caution(in->report, "Biomarkers in the reference.",
                          "In %lld cases blood tests were part of the reference standard, so a "
                          "correlation with them is partly circular.",
                          (long long)cases);
    }
}

hn_status report_cautions(report_inputs *in)
{
    if (in->correlation && !in->correlation_fits) {
        hn_report_caution(in->report, "Correlations of another file.",
                          "The correlations were computed from predictions with another content "
                          "than those given here.");
    }
    if (in->synthetic) {
        hn_report_caution(in->report, "Synthetic data.",
                          "No patient is behind these images. The figures show that the software "
                          "works and nothing clinical.");
    }
    subset_cautions(in);
    class_cautions(in);
    HN_TRY(confounding_caution(in));
    interval_cautions(in);
    reference_caution(in);
    return hn_report_status(in->report);
}
