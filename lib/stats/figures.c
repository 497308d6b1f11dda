/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The definitions: every figure of discrimination from a confusion matrix, pair counts and sums
 * of losses. Each has its convention for what is not defined here, once, for estimates and
 * replicates alike.
 */
#include <math.h>
#include <stdbool.h>

#include "figures.h"

#define LANES TALLY_LANES

static const struct {
    const char *name, *title;
} overall_words[HN_OVERALL_FIGURES] = {
    [HN_OVERALL_ACCURACY] = { "accuracy", "Accuracy (top 1)" },
    [HN_OVERALL_ACCURACY_OVR_MEAN] = { "accuracy_ovr_mean", "Accuracy, mean one-vs-rest" },
    [HN_OVERALL_BALANCED_ACCURACY] = { "balanced_accuracy", "Balanced accuracy" },
    [HN_OVERALL_AUC_MACRO_OVR] = { "auc_macro_ovr", "AUC, macro one-vs-rest" },
    [HN_OVERALL_AUC_WEIGHTED_OVR] = { "auc_weighted_ovr", "AUC, weighted one-vs-rest" },
    [HN_OVERALL_AUC_MICRO] = { "auc_micro", "AUC, micro" },
    [HN_OVERALL_AUC_HAND_TILL] = { "auc_hand_till", "AUC, Hand and Till" },
    [HN_OVERALL_AVERAGE_PRECISION_MACRO] = { "average_precision_macro",
                                             "Average precision, macro" },
    [HN_OVERALL_SENSITIVITY_MACRO] = { "sensitivity_macro", "Sensitivity, macro" },
    [HN_OVERALL_SPECIFICITY_MACRO] = { "specificity_macro", "Specificity, macro" },
    [HN_OVERALL_PPV_MACRO] = { "ppv_macro", "PPV, macro" },
    [HN_OVERALL_NPV_MACRO] = { "npv_macro", "NPV, macro" },
    [HN_OVERALL_F1_MACRO] = { "f1_macro", "F1, macro" },
    [HN_OVERALL_KAPPA] = { "kappa", "Cohen's kappa" },
    [HN_OVERALL_MCC] = { "mcc", "Matthews correlation" },
    [HN_OVERALL_LOG_LOSS] = { "log_loss", "Log loss" },
    [HN_OVERALL_BRIER] = { "brier", "Brier score" },
    [HN_OVERALL_ECE] = { "ece", "Expected calibration error" },
};

static const struct {
    const char *name, *title;
} class_words[HN_CLASS_FIGURES] = {
    [HN_CLASS_AUC] = { "auc", "AUC" },
    [HN_CLASS_AVERAGE_PRECISION] = { "average_precision", "Average precision" },
    [HN_CLASS_SENSITIVITY] = { "sensitivity", "Sensitivity" },
    [HN_CLASS_SPECIFICITY] = { "specificity", "Specificity" },
    [HN_CLASS_PPV] = { "ppv", "PPV" },
    [HN_CLASS_NPV] = { "npv", "NPV" },
    [HN_CLASS_F1] = { "f1", "F1" },
    [HN_CLASS_ACCURACY] = { "accuracy", "Accuracy" },
};

const char *hn_overall_name(hn_overall figure)
{
    hn_assert((unsigned)figure < HN_OVERALL_FIGURES);
    return overall_words[figure].name;
}

const char *hn_overall_title(hn_overall figure)
{
    hn_assert((unsigned)figure < HN_OVERALL_FIGURES);
    return overall_words[figure].title;
}

const char *hn_per_class_name(hn_per_class figure)
{
    hn_assert((unsigned)figure < HN_CLASS_FIGURES);
    return class_words[figure].name;
}

const char *hn_per_class_title(hn_per_class figure)
{
    hn_assert((unsigned)figure < HN_CLASS_FIGURES);
    return class_words[figure].title;
}

int hn_figure_count(int classes)
{
    return HN_OVERALL_FIGURES + classes * HN_CLASS_FIGURES;
}

int hn_figure_of_class(int k, hn_per_class figure)
{
    return HN_OVERALL_FIGURES + k * HN_CLASS_FIGURES + (int)figure;
}

/* ---- From counts to figures --------------------------------------------------------------------
 */

/* One lane's counts as real numbers; all are integers below 2^53. */
struct counts {
    int classes;
    double total, correct;
    double label[HN_CLASSES_MAX];  /* cases of a class */
    double called[HN_CLASSES_MAX]; /* cases predicted as a class */
    double hits[HN_CLASSES_MAX];
};

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void gather(struct counts *counts, const struct tally_sums *sums, int classes, int lane)
{
    counts->classes = classes;
    counts->total = sums->total[lane];
    counts->correct = 0;
    for (int k = 0; k < classes; k++) {
        double label = 0;
        double called = 0;
        for (int j = 0; j < classes; j++) {
            label += sums->confusion[(k * classes + j) * LANES + lane];
            called += sums->confusion[(j * classes + k) * LANES + lane];
        }
        counts->label[k] = label;
        counts->called[k] = called;
        counts->hits[k] = sums->confusion[(k * classes + k) * LANES + lane];
        counts->correct += counts->hits[k];
    }
}

static void class_figures(double *out, const struct counts *counts, const struct tally_sums *sums,
                          int k, int lane)
{
    double label = counts->label[k];
    double called = counts->called[k];
    double hits = counts->hits[k];
    double rest = counts->total - label;
    double rejected = counts->total - label - called + hits; /* true negatives */
    double pairs2 = 0;
    for (int j = 0; j < counts->classes; j++) {
        int64_t won = sums->pairs2[((int64_t)k * counts->classes + j) * LANES + lane];
        pairs2 += j == k ? 0 : (double)won;
    }
    out[HN_CLASS_AUC] = ratio(pairs2, 2 * label * rest);
    out[HN_CLASS_AVERAGE_PRECISION] = ratio(sums->precision[k * LANES + lane], label);
    out[HN_CLASS_SENSITIVITY] = ratio(hits, label);
    out[HN_CLASS_SPECIFICITY] = ratio(rejected, rest);
    out[HN_CLASS_PPV] = ratio(hits, called);
    out[HN_CLASS_NPV] = ratio(rejected, counts->total - called);
    out[HN_CLASS_F1] = label > 0 ? 2 * hits / (label + called) : NAN;
    out[HN_CLASS_ACCURACY] = ratio(hits + rejected, counts->total);
}

/* Cohen's kappa and the K-class Matthews correlation (Gorodkin 2004). */
static void agreement(double *out, const struct counts *counts)
{
    double chance = 0;
    double labels = 0;
    double calls = 0;
    for (int k = 0; k < counts->classes; k++) {
        chance += counts->label[k] * counts->called[k];
        labels += counts->label[k] * counts->label[k];
        calls += counts->called[k] * counts->called[k];
    }
    double square = counts->total * counts->total;
    double above = counts->correct * counts->total - chance;
    out[HN_OVERALL_KAPPA] = ratio(above, square - chance);
    double spread = (square - calls) * (square - labels);
    out[HN_OVERALL_MCC] = counts->total > 0 ? (spread > 0 ? above / sqrt(spread) : 0) : NAN;
}

/* Means over the classes of the sample; a NaN among them makes the mean NaN. */
static void averages(double *out, const double *per_class, const struct counts *counts,
                     const int64_t *present)
{
    static const struct {
        hn_overall mean;
        hn_per_class of;
    } means[] = {
        { HN_OVERALL_BALANCED_ACCURACY, HN_CLASS_SENSITIVITY },
        { HN_OVERALL_AUC_MACRO_OVR, HN_CLASS_AUC },
        { HN_OVERALL_AVERAGE_PRECISION_MACRO, HN_CLASS_AVERAGE_PRECISION },
        { HN_OVERALL_SENSITIVITY_MACRO, HN_CLASS_SENSITIVITY },
        { HN_OVERALL_SPECIFICITY_MACRO, HN_CLASS_SPECIFICITY },
        { HN_OVERALL_PPV_MACRO, HN_CLASS_PPV },
        { HN_OVERALL_NPV_MACRO, HN_CLASS_NPV },
        { HN_OVERALL_F1_MACRO, HN_CLASS_F1 },
    };
    for (size_t m = 0; m < HN_COUNT_OF(means); m++) {
        double sum = 0;
        int used = 0;
        for (int k = 0; k < counts->classes; k++) {
            if (present[k] > 0) {
                sum += per_class[k * HN_CLASS_FIGURES + (int)means[m].of];
                used++;
            }
        }
        out[means[m].mean] = sum / used;
    }
    double one_vs_rest = 0;
    double weighted = 0;
    double weights = 0;
    for (int k = 0; k < counts->classes; k++) {
        one_vs_rest += per_class[k * HN_CLASS_FIGURES + HN_CLASS_ACCURACY];
        if (present[k] > 0) {
            weighted += counts->label[k] * per_class[k * HN_CLASS_FIGURES + HN_CLASS_AUC];
            weights += counts->label[k];
        }
    }
    out[HN_OVERALL_ACCURACY_OVR_MEAN] = one_vs_rest / counts->classes;
    out[HN_OVERALL_AUC_WEIGHTED_OVR] = ratio(weighted, weights);
}

static double hand_till(const struct counts *counts, const struct tally_sums *sums,
                        const int64_t *present, int lane)
{
    double sum = 0;
    int pairs = 0;
    for (int i = 0; i < counts->classes; i++) {
        for (int j = 0; j < counts->classes; j++) {
            if (i != j && present[i] > 0 && present[j] > 0) {
                int64_t won = sums->pairs2[((int64_t)i * counts->classes + j) * LANES + lane];
                sum += ratio((double)won, 2 * counts->label[i] * counts->label[j]);
                pairs++;
            }
        }
    }
    return pairs ? sum / pairs : NAN;
}

void figures_of_lane(double *figures, int64_t stride, const struct tally *tally,
                     const struct tally_sums *sums, int lane)
{
    double out[HN_OVERALL_FIGURES + HN_CLASSES_MAX * HN_CLASS_FIGURES];
    struct counts counts;
    int classes = tally->sample->classes;
    const int64_t *present = tally->sample->class_cases;
    gather(&counts, sums, classes, lane);
    double *per_class = &out[HN_OVERALL_FIGURES];
    for (int k = 0; k < classes; k++) {
        class_figures(&per_class[k * HN_CLASS_FIGURES], &counts, sums, k, lane);
    }
    double total = counts.total;
    out[HN_OVERALL_ACCURACY] = ratio(counts.correct, total);
    averages(out, per_class, &counts, present);
    agreement(out, &counts);
    out[HN_OVERALL_AUC_MICRO] =
        ratio((double)sums->micro2[lane], 2 * total * total * (classes - 1));
    out[HN_OVERALL_AUC_HAND_TILL] = hand_till(&counts, sums, present, lane);
    out[HN_OVERALL_LOG_LOSS] = ratio(sums->log_loss[lane], total);
    out[HN_OVERALL_BRIER] = ratio(sums->brier[lane], total);
    out[HN_OVERALL_ECE] = ratio(sums->ece[lane], total);
    int count = hn_figure_count(classes);
    for (int f = 0; f < count; f++) {
        figures[f * stride] = out[f];
    }
}

/* ---- Why not
 * -------------------------------------------------------------------------------------- */

static const char *overall_undefined(int figure)
{
    switch (figure) {
    case HN_OVERALL_KAPPA:
        return "every case has and gets the same class";
    case HN_OVERALL_PPV_MACRO:
        return "a class that is present is never predicted";
    case HN_OVERALL_NPV_MACRO:
        return "one class is always predicted";
    default:
        return "only one class is present";
    }
}

const char *figure_undefined_reason(int figure, const hn_evaluation *evaluation)
{
    if (figure < HN_OVERALL_FIGURES) {
        return overall_undefined(figure);
    }
    int k = (figure - HN_OVERALL_FIGURES) / HN_CLASS_FIGURES;
    switch ((figure - HN_OVERALL_FIGURES) % HN_CLASS_FIGURES) {
    case HN_CLASS_PPV:
        return "the class is never predicted";
    case HN_CLASS_NPV:
        return "the class is always predicted";
    case HN_CLASS_SPECIFICITY:
        return "no case of another class";
    default:
        return evaluation->class_cases[k] == 0 ? "no case of the class"
                                               : "no case of another class";
    }
}

const char *figure_lost_reason(int figure)
{
    if (figure < HN_OVERALL_FIGURES) {
        switch (figure) {
        case HN_OVERALL_KAPPA:
            return "every case of the replicate has and gets the same class";
        case HN_OVERALL_PPV_MACRO:
            return "a class is absent or never predicted in the replicate";
        case HN_OVERALL_NPV_MACRO:
            return "a class is absent or always predicted in the replicate";
        default:
            return "a class is absent from the replicate";
        }
    }
    switch ((figure - HN_OVERALL_FIGURES) % HN_CLASS_FIGURES) {
    case HN_CLASS_PPV:
        return "the class is never predicted in the replicate";
    case HN_CLASS_NPV:
        return "the class is always predicted in the replicate";
    case HN_CLASS_SPECIFICITY:
        return "no case of another class in the replicate";
    default:
        return "the class, or every other, is absent from the replicate";
    }
}
