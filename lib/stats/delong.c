/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Variances of areas in closed form, from placements: how far up the other side a case stands.
 * DeLong's two-class variance, the same for macro one-against-rest and for Hand and Till with
 * the classes as strata, and the sandwich over patients where they have several cases.
 */
#include <hipnet/memory.h>
#include <hipnet/roc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scored {
    double score;
    int64_t at;
};

/* Sums that grow class by class. Index i is a case of class `label[i]`. */
struct work {
    const hn_sample *sample;
    struct scored *sorted; /* [N] */
    double *placement;     /* [N] of this column: X for its own class, Y for the others */
    double *pairwise;      /* [N] sum over the other classes of X(k|j), own class only */
    double *d;             /* [N] influence on this class's area */
    double *macro;         /* [N] g of the macro area, mix of classes fixed */
    double *psi;           /* [N] influence on the macro area, mix as drawn */
    double *hand_till;     /* [N] g of Hand and Till */
    double *patient;       /* [C] sums for the sandwich */
    int present;
};

static int ascending(const void *left, const void *right)
{
    double a = ((const struct scored *)left)->score;
    double b = ((const struct scored *)right)->score;
    return (a > b) - (a < b);
}

static void sort_column(struct work *work, int k)
{
    const hn_sample *sample = work->sample;
    for (int64_t i = 0; i < sample->cases; i++) {
        work->sorted[i].score = sample->probability[i * sample->classes + k];
        work->sorted[i].at = i;
    }
    qsort(work->sorted, (size_t)sample->cases, sizeof *work->sorted, ascending);
}

/* Placements of every case on score k; ties count half. */
static void place(struct work *work, int k)
{
    const hn_sample *sample = work->sample;
    int64_t below[HN_CLASSES_MAX] = { 0 };
    double own = (double)sample->class_cases[k];
    double rest = (double)(sample->cases - sample->class_cases[k]);
    sort_column(work, k);
    for (int64_t at = 0, end = 0; at < sample->cases; at = end) {
        int64_t tied[HN_CLASSES_MAX] = { 0 };
        for (; end < sample->cases && work->sorted[end].score == work->sorted[at].score; end++) {
            tied[sample->label[work->sorted[end].at]]++;
        }
        double against_rest = 0;
        double against_each = 0;
        for (int j = 0; j < sample->classes; j++) {
            double beaten = (double)(2 * below[j] + tied[j]) / 2;
            if (j != k && sample->class_cases[j] > 0) {
                against_rest += beaten;
                against_each += beaten / (double)sample->class_cases[j];
            }
        }
        double own_beaten = (double)(2 * below[k] + tied[k]) / 2;
        for (int64_t e = at; e < end; e++) {
            int64_t i = work->sorted[e].at;
            bool positive = sample->label[i] == k;
            work->placement[i] = positive ? against_rest / rest : 1 - own_beaten / own;
            if (positive) {
                work->pairwise[i] = against_each;
            }
        }
        for (int j = 0; j < sample->classes; j++) {
            below[j] += tied[j];
        }
    }
}

/* C / (C - 1) times the sum over patients of the squared sum of their cases' influences. */
static double sandwich(struct work *work, const double *influence)
{
    const hn_sample *sample = work->sample;
    memset(work->patient, 0, (size_t)sample->patients * sizeof *work->patient);
    for (int64_t i = 0; i < sample->cases; i++) {
        work->patient[sample->patient[i]] += influence[i];
    }
    double sum = 0;
    for (int64_t c = 0; c < sample->patients; c++) {
        sum += work->patient[c] * work->patient[c];
    }
    double patients = (double)sample->patients;
    return sample->patients < 2 ? NAN : patients / (patients - 1) * sum;
}

/* The area of class k and its variance; adds the class's part to the averaged areas' sums. */
static void add_class(struct work *work, hn_auc_variances *out, int k)
{
    const hn_sample *sample = work->sample;
    double own = (double)sample->class_cases[k];
    double rest = (double)sample->cases - own;
    place(work, k);
    double mean = 0;
    for (int64_t i = 0; i < sample->cases; i++) {
        mean += sample->label[i] == k ? work->placement[i] : 0;
    }
    mean /= own;
    out->auc[k] = mean;
    double squares[2] = { 0, 0 };
    for (int64_t i = 0; i < sample->cases; i++) {
        bool positive = sample->label[i] == k;
        double residual = work->placement[i] - mean;
        squares[positive] += residual * residual;
        work->d[i] = residual / (positive ? own : rest);
        double label_cases = (double)sample->class_cases[sample->label[i]];
        work->psi[i] += work->d[i] / work->present;
        work->macro[i] += work->placement[i] * (positive ? 1 : label_cases / rest) / work->present;
        double pairs = (double)work->present * (work->present - 1);
        work->hand_till[i] += (positive ? work->pairwise[i] : work->placement[i]) / pairs;
    }
    if (out->clustered) {
        int64_t least = sample->class_patients[k];
        out->variance[k] = least < 2 ? NAN : sandwich(work, work->d);
    } else if (own >= 2 && rest >= 2) {
        out->variance[k] = squares[1] / (own * (own - 1)) + squares[0] / (rest * (rest - 1));
    }
}

/* Variance of a mean over strata: per class the variance of g within it over its cases. With
 * clusters, the sandwich of the residuals over the class's cases. */
static double stratified(struct work *work, const double *g, bool clustered)
{
    const hn_sample *sample = work->sample;
    double mean[HN_CLASSES_MAX] = { 0 };
    double squares[HN_CLASSES_MAX] = { 0 };
    for (int64_t i = 0; i < sample->cases; i++) {
        mean[sample->label[i]] += g[i] / (double)sample->class_cases[sample->label[i]];
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        int label = sample->label[i];
        double residual = g[i] - mean[label];
        squares[label] += residual * residual;
        work->d[i] = residual / (double)sample->class_cases[label];
    }
    double sum = 0;
    for (int k = 0; k < sample->classes; k++) {
        double own = (double)sample->class_cases[k];
        int64_t units = clustered ? sample->class_patients[k] : sample->class_cases[k];
        if (units == 1) {
            return NAN;
        }
        sum += own > 0 ? squares[k] / (own * (own - 1)) : 0;
    }
    return clustered ? sandwich(work, work->d) : sum;
}

/* Hand and Till's measure: X(k|j) of the cases of k gives every A(k|j). */
static void average(struct work *work, hn_auc_variances *out, bool random_mix,
                    const double *pairwise)
{
    const hn_sample *sample = work->sample;
    bool lonely = false;
    out->macro = 0;
    out->hand_till = 0;
    for (int k = 0; k < sample->classes; k++) {
        if (sample->class_cases[k] > 0) {
            out->macro += out->auc[k] / work->present;
            lonely = lonely || sample->class_patients[k] < 2;
        }
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        double cases = (double)sample->class_cases[sample->label[i]];
        double pairs = (double)work->present * (work->present - 1);
        out->hand_till += pairwise[i] / cases / pairs;
    }
    bool mixed = random_mix || out->clustered;
    out->macro_variance =
        mixed ? (lonely ? NAN : sandwich(work, work->psi)) : stratified(work, work->macro, false);
    out->hand_till_variance = stratified(work, work->hand_till, out->clustered);
}

static hn_status compute(hn_auc_variances *out, const hn_sample *sample, bool random_mix)
{
    size_t cases = (size_t)sample->cases;
    HN_AUTOFREE struct scored *sorted = hn_calloc(cases, sizeof *sorted);
    HN_AUTOFREE double *numbers = hn_calloc(6 * cases, sizeof *numbers);
    HN_AUTOFREE double *patient = hn_calloc((size_t)sample->patients, sizeof *patient);
    if (!sorted || !numbers || !patient) {
        return HN_ENOMEM;
    }
    struct work work = {
        .sample = sample,
        .sorted = sorted,
        .placement = numbers,
        .pairwise = numbers + cases,
        .d = numbers + 2 * cases,
        .macro = numbers + 3 * cases,
        .psi = numbers + 4 * cases,
        .hand_till = numbers + 5 * cases,
        .patient = patient,
    };
    for (int k = 0; k < sample->classes; k++) {
        work.present += sample->class_cases[k] > 0;
    }
    out->clustered = sample->patients < sample->cases;
    if (work.present < 2) {
        return HN_OK;
    }
    for (int k = 0; k < sample->classes; k++) {
        if (sample->class_cases[k] > 0) {
            add_class(&work, out, k);
        }
    }
    average(&work, out, random_mix, work.pairwise);
    return HN_OK;
}

hn_status hn_auc_variances_new(hn_auc_variances **out, const hn_sample *sample, bool random_mix)
{
    HN_AUTO_AUC_VARIANCES *variances = hn_calloc(1, sizeof *variances);
    if (!variances) {
        return HN_ENOMEM;
    }
    size_t classes = (size_t)sample->classes;
    variances->auc = hn_calloc(classes, sizeof *variances->auc);
    variances->variance = hn_calloc(classes, sizeof *variances->variance);
    if (!variances->auc || !variances->variance) {
        return HN_ENOMEM;
    }
    for (size_t k = 0; k < classes; k++) {
        variances->auc[k] = NAN;
        variances->variance[k] = NAN;
    }
    variances->macro = variances->macro_variance = NAN;
    variances->hand_till = variances->hand_till_variance = NAN;
    HN_TRY(compute(variances, sample, random_mix));
    *out = variances;
    variances = NULL;
    return HN_OK;
}

void hn_auc_variances_free(hn_auc_variances *variances)
{
    if (variances) {
        hn_free(variances->auc);
        hn_free(variances->variance);
        hn_free(variances);
    }
}

void hn_auc_variances_freep(hn_auc_variances **variances)
{
    hn_auc_variances_free(*variances);
    *variances = NULL;
}
