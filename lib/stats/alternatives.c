/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Closed-form intervals for the figures of an evaluation. Each proportion is a question asked of
 * some cases and answered yes by some of them; where patients have several cases, the ratio's
 * clustered variance gives the number of independent cases that Wilson's interval then takes.
 */
#include <hipnet/memory.h>
#include <hipnet/proportion.h>
#include <hipnet/roc.h>

#include <math.h>
#include <string.h>

#include "alternatives.h"

static void add(hn_figure *figure, const char *method, hn_interval interval)
{
    if (isfinite(interval.low) && isfinite(interval.high)) {
        hn_assert(figure->alternative_count < HN_ALTERNATIVES_MAX);
        figure->alternatives[figure->alternative_count++] = (hn_alternative) { method, interval };
    }
}

/* Is case i asked, and is its answer yes? `figure` is HN_CLASS_..., or -1 for accuracy. */
static bool asked(const hn_sample *sample, int64_t i, int figure, int k, bool *yes)
{
    bool label = sample->label[i] == k;
    bool called = sample->top[i] == k;
    switch (figure) {
    case HN_CLASS_SENSITIVITY:
        *yes = called;
        return label;
    case HN_CLASS_SPECIFICITY:
        *yes = !called;
        return !label;
    case HN_CLASS_PPV:
        *yes = label;
        return called;
    case HN_CLASS_NPV:
        *yes = !label;
        return !called;
    case HN_CLASS_ACCURACY:
        *yes = label == called;
        return true;
    default:
        *yes = sample->label[i] == sample->top[i];
        return true;
    }
}

/* `patient` is [2, C] for sums of yes and asked. */
static void fill_proportion(hn_figure *figure, const hn_sample *sample, int of, int k,
                            double confidence, double *patient)
{
    size_t patients = (size_t)sample->patients;
    double *yes_of = patient;
    double *asked_of = patient + patients;
    memset(patient, 0, 2 * patients * sizeof *patient);
    int64_t x = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < sample->cases; i++) {
        bool yes = false;
        if (asked(sample, i, of, k, &yes)) {
            x += yes;
            n++;
            yes_of[sample->patient[i]] += yes;
            asked_of[sample->patient[i]] += 1;
        }
    }
    figure->n = n;
    if (n == 0) {
        return;
    }
    if (sample->patients == sample->cases) {
        add(figure, "wilson", hn_wilson((double)x / (double)n, (double)n, confidence));
        add(figure, "clopper-pearson", hn_clopper_pearson(x, n, confidence));
        return;
    }
    /* Patients who are asked nothing add nothing to the ratio, nor to the number of clusters. */
    int64_t clusters = 0;
    for (size_t c = 0; c < patients; c++) {
        if (asked_of[c] > 0) {
            yes_of[clusters] = yes_of[c];
            asked_of[clusters++] = asked_of[c];
        }
    }
    double p = (double)x / (double)n;
    double variance = hn_clustered_variance(yes_of, asked_of, clusters);
    double effective = variance > 0 ? p * (1 - p) / variance : (double)clusters;
    add(figure, "wilson-clustered", hn_wilson(p, fmin(effective, (double)n), confidence));
}

static void fill_areas(hn_evaluation *evaluation, const hn_auc_variances *areas,
                       const hn_sample *sample, double confidence)
{
    const char *plain = areas->clustered ? "delong-clustered" : "delong";
    const char *logit = areas->clustered ? "delong-clustered-logit" : "delong-logit";
    add(&evaluation->overall[HN_OVERALL_AUC_MACRO_OVR], plain,
        hn_wald_interval(areas->macro, areas->macro_variance, confidence));
    add(&evaluation->overall[HN_OVERALL_AUC_MACRO_OVR], logit,
        hn_logit_interval(areas->macro, areas->macro_variance, confidence));
    add(&evaluation->overall[HN_OVERALL_AUC_HAND_TILL], plain,
        hn_wald_interval(areas->hand_till, areas->hand_till_variance, confidence));
    add(&evaluation->overall[HN_OVERALL_AUC_HAND_TILL], logit,
        hn_logit_interval(areas->hand_till, areas->hand_till_variance, confidence));
    for (int k = 0; k < sample->classes; k++) {
        hn_figure *figure = &evaluation->per_class[k * HN_CLASS_FIGURES + HN_CLASS_AUC];
        add(figure, plain, hn_wald_interval(areas->auc[k], areas->variance[k], confidence));
        add(figure, logit, hn_logit_interval(areas->auc[k], areas->variance[k], confidence));
        if (!areas->clustered) {
            double positives = (double)sample->class_cases[k];
            add(figure, "newcombe",
                hn_newcombe_interval(areas->auc[k], positives, (double)sample->cases - positives,
                                     confidence));
        } else {
            double positives = (double)sample->class_patients[k];
            double negatives = (double)sample->patients - positives;
            add(figure, "newcombe-patients",
                hn_newcombe_interval(areas->auc[k], positives, negatives, confidence));
        }
    }
}

hn_status alternatives_fill(hn_evaluation *evaluation, const hn_sample *sample,
                            const hn_evaluate_options *options)
{
    static const int proportions[] = { HN_CLASS_SENSITIVITY, HN_CLASS_SPECIFICITY, HN_CLASS_PPV,
                                       HN_CLASS_NPV, HN_CLASS_ACCURACY };
    HN_AUTO_AUC_VARIANCES *areas = NULL;
    HN_AUTOFREE double *patient = hn_calloc(2 * (size_t)sample->patients, sizeof *patient);
    if (!patient) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_auc_variances_new(&areas, sample, options->stratify != HN_STRATIFY_CLASS));
    fill_areas(evaluation, areas, sample, options->confidence);
    fill_proportion(&evaluation->overall[HN_OVERALL_ACCURACY], sample, -1, 0, options->confidence,
                    patient);
    for (int k = 0; k < sample->classes; k++) {
        for (size_t f = 0; f < HN_COUNT_OF(proportions); f++) {
            hn_figure *figure = &evaluation->per_class[k * HN_CLASS_FIGURES + proportions[f]];
            fill_proportion(figure, sample, proportions[f], k, options->confidence, patient);
        }
    }
    return HN_OK;
}
