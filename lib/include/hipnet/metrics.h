/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics.h: how well a sample was predicted: every figure with an interval, its method, its n.
 *
 * hn_evaluate computes all figures of a sample and their intervals; hn_metrics_json writes the
 * document that docs/reference/metrics.md describes, of the whole and by group. Definitions and
 * conventions stand in docs/reference/statistics.md. What is not defined is NaN with a reason.
 */
#ifndef HIPNET_METRICS_H
#define HIPNET_METRICS_H

#include <hipnet/bootstrap.h>
#include <hipnet/error.h>
#include <hipnet/json.h>
#include <hipnet/predictions.h>
#include <hipnet/sample.h>
#include <stdint.h>

/* Which bin a confidence on an edge belongs to, by the name of who does so. */
typedef enum hn_ece_edges {
    HN_ECE_GUO = 0,      /* (a, b]; Guo et al. 2017, scikit-learn */
    HN_ECE_NUMPY,        /* [a, b), the last bin closed */
    HN_ECE_TORCHMETRICS, /* [a, b), and a bin of its own for confidence 1 */
} hn_ece_edges;

/* Figures of the whole. */
typedef enum hn_overall {
    HN_OVERALL_ACCURACY = 0,
    HN_OVERALL_ACCURACY_OVR_MEAN,
    HN_OVERALL_BALANCED_ACCURACY,
    HN_OVERALL_AUC_MACRO_OVR,
    HN_OVERALL_AUC_WEIGHTED_OVR,
    HN_OVERALL_AUC_MICRO,
    HN_OVERALL_AUC_HAND_TILL,
    HN_OVERALL_AVERAGE_PRECISION_MACRO,
    HN_OVERALL_SENSITIVITY_MACRO,
    HN_OVERALL_SPECIFICITY_MACRO,
    HN_OVERALL_PPV_MACRO,
    HN_OVERALL_NPV_MACRO,
    HN_OVERALL_F1_MACRO,
    HN_OVERALL_KAPPA,
    HN_OVERALL_MCC,
    HN_OVERALL_LOG_LOSS,
    HN_OVERALL_BRIER,
    HN_OVERALL_ECE,
    HN_OVERALL_FIGURES,
} hn_overall;

/* Figures of each class against the rest. */
typedef enum hn_per_class {
    HN_CLASS_AUC = 0,
    HN_CLASS_AVERAGE_PRECISION,
    HN_CLASS_SENSITIVITY,
    HN_CLASS_SPECIFICITY,
    HN_CLASS_PPV,
    HN_CLASS_NPV,
    HN_CLASS_F1,
    HN_CLASS_ACCURACY,
    HN_CLASS_FIGURES,
} hn_per_class;

/* The keys of metrics.json: "auc_macro_ovr", "sensitivity"; and words for people. */
HN_API const char *hn_overall_name(hn_overall figure);
HN_API const char *hn_overall_title(hn_overall figure);
HN_API const char *hn_per_class_name(hn_per_class figure);
HN_API const char *hn_per_class_title(hn_per_class figure);

/* How many figures a sample of K classes has, and where one of class k stands among them. */
HN_API int hn_figure_count(int classes);
HN_API int hn_figure_of_class(int k, hn_per_class figure);

typedef struct hn_evaluate_options {
    int64_t replicates; /* 0: no bootstrap */
    double confidence;  /* 0.95 */
    hn_interval_kind interval;
    hn_stratify stratify;
    uint64_t seed;
    int ece_bins; /* 15 */
    hn_ece_edges ece_edges;
    /* Counts of patients instead of draws: [replicates, C], or NULL. */
    const int32_t *counts;
} hn_evaluate_options;

#define HN_EVALUATE_DEFAULTS                                                                       \
    ((hn_evaluate_options) { .replicates = 2000,                                                   \
                             .confidence = 0.95,                                                   \
                             .interval = HN_INTERVAL_BCA,                                          \
                             .stratify = HN_STRATIFY_CLASS,                                        \
                             .ece_bins = 15 })

/* Another interval for the same estimate. */
typedef struct hn_alternative {
    const char *method;
    hn_interval interval;
} hn_alternative;

#define HN_ALTERNATIVES_MAX 3

typedef struct hn_figure {
    double estimate;      /* NaN: not defined, see `reason` */
    hn_interval interval; /* NaN: none, see `reason` */
    const char *method;   /* of the interval: "bootstrap-percentile", "wilson"; or NULL */
    char reason[96];      /* why the estimate, or else the interval, is absent; or "" */
    int64_t n;            /* cases that the figure is about */
    int64_t replicates;   /* asked for */
    int64_t valid;        /* replicates in which the figure is defined */
    const char *lost;     /* why it was not in the others; or NULL */
    const char *caution;  /* what the interval does not tell; or NULL */
    hn_alternative alternatives[HN_ALTERNATIVES_MAX];
    int alternative_count;
} hn_figure;

typedef struct hn_evaluation {
    int classes;
    int64_t cases, patients;
    int classes_used;         /* with at least one case */
    bool clustered;           /* some patient has several cases */
    int64_t *class_cases;     /* [K] */
    int64_t *class_patients;  /* [K] */
    int64_t *class_predicted; /* [K] */
    int64_t *confusion;       /* [K, K] label by prediction */
    hn_figure overall[HN_OVERALL_FIGURES];
    hn_figure *per_class; /* [K, HN_CLASS_FIGURES] */
    hn_evaluate_options options;
} hn_evaluation;

HN_API hn_status hn_evaluate(hn_evaluation **out, const hn_predictions *predictions,
                             const hn_sample *sample,
                             const hn_evaluate_options *options) HN_MUST_CHECK;
HN_API void hn_evaluation_free(hn_evaluation *evaluation);
HN_API void hn_evaluation_freep(hn_evaluation **evaluation);
#define HN_AUTO_EVALUATION HN_CLEANUP(hn_evaluation_freep) hn_evaluation

/* Estimates alone, for the given counts of patients ([C], or NULL for one each):
 * figures[hn_figure_count(K)], NaN where not defined. */
HN_API hn_status hn_figures(double *figures, const hn_sample *sample, const int32_t *counts,
                            int ece_bins, hn_ece_edges ece_edges) HN_MUST_CHECK;

/* "n_patients", "n_cases", "overall", "per_class" and "confusion" into `object`. */
HN_API void hn_evaluation_to_json(hn_json *object, const hn_evaluation *evaluation,
                                  const hn_sample *sample);
HN_API void hn_figure_to_json(hn_json *parent, const char *key, const hn_figure *figure);

#endif
