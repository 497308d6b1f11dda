/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sample evaluated: the figures, the replicates of patients that give each its interval, and
 * an account of the replicates in which a figure is not defined. Replicates are counted sixteen
 * at a time by any thread; each draws from its own stream, so the result has no threads in it.
 */
#include <hipnet/memory.h>
#include <hipnet/metrics.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>
#include <hipnet/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alternatives.h"
#include "figures.h"
#include "tally.h"

#define LANES TALLY_LANES

/* The jackknife leaves out one patient at a time, of more than these one group of many: the
 * acceleration is then next to nothing, and a walk for each patient would take minutes. */
#define JACKKNIFE_MOST   5000
#define JACKKNIFE_GROUPS 2000

struct scratch {
    int32_t *weight; /* [C][lanes] */
    struct tally_sums *sums;
};

struct run {
    const hn_sample *sample;
    const hn_evaluate_options *options;
    struct tally *tally;
    hn_strata *strata;
    int32_t *stratum; /* [C] or NULL */
    int32_t strata_count;
    uint64_t name;           /* of the stream */
    struct scratch *scratch; /* [threads] */
    int threads;
    int figures;
    double *replicates; /* [figures][replicates] */
    int64_t parts;      /* patients, or groups of them, that the jackknife leaves out */
    double *jackknife;  /* [figures][C], for BCa */
    hn_evaluation *out;
};

/* ---- Strata
 * ----------------------------------------------------------------------------------------- */

/* The rarest class among a patient's cases; the first of those that are equally rare. */
static void class_strata(struct run *run)
{
    const hn_sample *sample = run->sample;
    for (int64_t i = 0; i < sample->cases; i++) {
        int32_t *stratum = &run->stratum[sample->patient[i]];
        int32_t label = sample->label[i];
        int64_t size = sample->class_cases[label];
        int64_t kept = *stratum < 0 ? INT64_MAX : sample->class_cases[*stratum];
        if (size < kept || (size == kept && label < *stratum)) {
            *stratum = label;
        }
    }
    run->strata_count = sample->classes;
}

static int order_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The first, in byte order, of a patient's centers. */
static hn_status center_strata(struct run *run, const hn_predictions *predictions)
{
    const hn_sample *sample = run->sample;
    size_t cases = (size_t)sample->cases;
    HN_AUTOFREE const char **centers = hn_calloc(cases, sizeof *centers);
    if (!centers) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < cases; i++) {
        centers[i] = predictions->rows[sample->row[i]].center;
    }
    qsort((void *)centers, cases, sizeof *centers, order_texts);
    size_t count = 0;
    for (size_t i = 0; i < cases; i++) {
        if (count == 0 || strcmp(centers[i], centers[count - 1]) != 0) {
            centers[count++] = centers[i];
        }
    }
    for (size_t i = 0; i < cases; i++) {
        const char *center = predictions->rows[sample->row[i]].center;
        const char **found =
            bsearch(&center, (const void *)centers, count, sizeof *centers, order_texts);
        int32_t at = (int32_t)(found - centers);
        int32_t *stratum = &run->stratum[sample->patient[i]];
        if (*stratum < 0 || at < *stratum) {
            *stratum = at;
        }
    }
    run->strata_count = (int32_t)count;
    return HN_OK;
}

static hn_status make_strata(struct run *run, const hn_predictions *predictions)
{
    int64_t patients = run->sample->patients;
    run->strata_count = 1;
    if (run->options->stratify != HN_STRATIFY_NONE) {
        run->stratum = hn_alloc((size_t)patients * sizeof *run->stratum);
        if (!run->stratum) {
            return HN_ENOMEM;
        }
        for (int64_t c = 0; c < patients; c++) {
            run->stratum[c] = -1;
        }
        if (run->options->stratify == HN_STRATIFY_CLASS) {
            class_strata(run);
        } else {
            HN_TRY(center_strata(run, predictions));
        }
    }
    return hn_strata_new(&run->strata, patients, run->stratum, run->strata_count);
}

/* ---- Replicates
 * -------------------------------------------------------------------------------------- */

static void store_lanes(double *values, int64_t columns, int64_t first, const struct run *run,
                        const struct tally_sums *sums)
{
    for (int lane = 0; lane < LANES && first + lane < columns; lane++) {
        figures_of_lane(&values[first + lane], columns, run->tally, sums, lane);
    }
}

static hn_status replicate_batch(void *context, int64_t batch, int worker)
{
    struct run *run = context;
    struct scratch *scratch = &run->scratch[worker];
    int64_t patients = run->sample->patients;
    int64_t first = batch * LANES;
    memset(scratch->weight, 0, (size_t)patients * LANES * sizeof *scratch->weight);
    for (int lane = 0; lane < LANES && first + lane < run->options->replicates; lane++) {
        int64_t b = first + lane;
        if (!run->options->counts) {
            hn_strata_draw(&scratch->weight[lane], LANES, run->strata, run->options->seed,
                           run->name, b);
            continue;
        }
        for (int64_t c = 0; c < patients; c++) {
            scratch->weight[c * LANES + lane] = run->options->counts[b * patients + c];
        }
    }
    tally_count(scratch->sums, run->tally, scratch->weight);
    store_lanes(run->replicates, run->options->replicates, first, run, scratch->sums);
    return HN_OK;
}

/* Everybody but one patient, or but one of many groups of patients. */
static hn_status jackknife_batch(void *context, int64_t batch, int worker)
{
    struct run *run = context;
    struct scratch *scratch = &run->scratch[worker];
    int64_t patients = run->sample->patients;
    int64_t first = batch * LANES;
    for (int64_t at = 0; at < patients * LANES; at++) {
        scratch->weight[at] = at / LANES % run->parts != first + at % LANES;
    }
    tally_count(scratch->sums, run->tally, scratch->weight);
    store_lanes(run->jackknife, run->parts, first, run, scratch->sums);
    return HN_OK;
}

static int64_t batches(int64_t count)
{
    return (count + LANES - 1) / LANES;
}

static hn_status run_replicates(struct run *run)
{
    size_t figures = (size_t)run->figures;
    size_t count = (size_t)run->options->replicates;
    run->replicates = hn_calloc(figures * count, sizeof *run->replicates);
    if (!run->replicates) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_parallel_for(batches(run->options->replicates), replicate_batch, run));
    if (run->options->interval == HN_INTERVAL_BCA && count > 0) {
        int64_t patients = run->sample->patients;
        run->parts = patients > JACKKNIFE_MOST ? JACKKNIFE_GROUPS : patients;
        run->jackknife = hn_calloc(figures * (size_t)run->parts, sizeof *run->jackknife);
        if (!run->jackknife) {
            return HN_ENOMEM;
        }
        HN_TRY(hn_parallel_for(batches(run->parts), jackknife_batch, run));
    }
    return HN_OK;
}

/* ---- Intervals
 * --------------------------------------------------------------------------------------- */

static const char *const interval_methods[] = {
    [HN_INTERVAL_PERCENTILE] = "bootstrap-percentile",
    [HN_INTERVAL_BASIC] = "bootstrap-basic",
    [HN_INTERVAL_BCA] = "bootstrap-bca",
};

static void give_reason(hn_figure *figure, const char *reason)
{
    if (!figure->reason[0]) {
        snprintf(figure->reason, sizeof figure->reason, "%s", reason);
    }
}

static hn_figure *figure_at(hn_evaluation *evaluation, int f)
{
    return f < HN_OVERALL_FIGURES ? &evaluation->overall[f]
                                  : &evaluation->per_class[f - HN_OVERALL_FIGURES];
}

/* A closed form in the place of replicates that cannot speak. */
static void fall_back(hn_figure *figure, const char *reason)
{
    for (int a = 0; a < figure->alternative_count; a++) {
        const hn_alternative *alternative = &figure->alternatives[a];
        bool degenerate = alternative->interval.low >= alternative->interval.high;
        if (isfinite(alternative->interval.low) && !degenerate) {
            figure->interval = alternative->interval;
            figure->method = alternative->method;
            return;
        }
    }
    give_reason(figure, reason);
}

/* Areas and what else compares a class with the rest need two patients on both sides. */
static bool one_patient(const struct run *run, int f)
{
    if (run->sample->patients < 2) {
        return true;
    }
    if (f < HN_OVERALL_FIGURES) {
        return false;
    }
    int k = (f - HN_OVERALL_FIGURES) / HN_CLASS_FIGURES;
    int of = (f - HN_OVERALL_FIGURES) % HN_CLASS_FIGURES;
    bool ranked = of == HN_CLASS_AUC || of == HN_CLASS_AVERAGE_PRECISION || of == HN_CLASS_F1;
    return ranked && run->sample->class_patients[k] == 1;
}

/* A class of one patient never varies in its own half of a mean over classes. */
static bool hides_class(const struct run *run, int f)
{
    bool averaged = f < HN_OVERALL_FIGURES && f != HN_OVERALL_ACCURACY &&
                    f != HN_OVERALL_ACCURACY_OVR_MEAN && f != HN_OVERALL_AUC_MICRO &&
                    f < HN_OVERALL_KAPPA;
    for (int k = 0; averaged && k < run->sample->classes; k++) {
        if (run->sample->class_patients[k] == 1) {
            return true;
        }
    }
    return false;
}

/* Moves the defined replicates to the front; false when all are equal. */
static bool keep_valid(double *values, int64_t count, int64_t *valid)
{
    *valid = 0;
    bool differ = false;
    for (int64_t b = 0; b < count; b++) {
        if (!isnan(values[b])) {
            values[(*valid)++] = values[b];
            differ = differ || values[b] != values[0];
        }
    }
    return differ;
}

/* From replicates that differ; BCa where it is defined, else the percentiles. */
static void resampled_interval(const struct run *run, int f, hn_figure *figure, double *values)
{
    hn_interval_kind kind = run->options->interval;
    double acceleration = NAN;
    if (run->jackknife) {
        bool grouped = run->parts < run->sample->patients;
        acceleration = hn_bootstrap_acceleration(&run->jackknife[f * run->parts],
                                                 grouped ? NULL : run->stratum, run->parts,
                                                 grouped ? 1 : run->strata_count);
    }
    figure->interval = hn_bootstrap_interval(values, figure->valid, figure->estimate,
                                             run->options->confidence, kind, acceleration);
    if (isnan(figure->interval.low)) {
        kind = HN_INTERVAL_PERCENTILE;
        figure->interval = hn_bootstrap_interval(values, figure->valid, figure->estimate,
                                                 run->options->confidence, kind, 0);
    }
    figure->method = interval_methods[kind];
}

static hn_status interval_of(void *context, int64_t f, int worker)
{
    (void)worker;
    struct run *run = context;
    hn_figure *figure = figure_at(run->out, (int)f);
    int64_t asked = run->options->replicates;
    figure->replicates = asked;
    if (isnan(figure->estimate)) {
        give_reason(figure, figure_undefined_reason((int)f, run->out));
        return HN_OK;
    }
    if (asked == 0) {
        fall_back(figure, "no bootstrap was asked for");
        return HN_OK;
    }
    double *values = &run->replicates[f * asked];
    bool differ = keep_valid(values, asked, &figure->valid);
    figure->lost = figure->valid < asked ? figure_lost_reason((int)f) : NULL;
    if (one_patient(run, (int)f)) {
        fall_back(figure, run->sample->patients < 2 ? "a single patient"
                                                    : "the class has a single patient");
    } else if (2 * figure->valid < asked) {
        char reason[sizeof figure->reason];
        snprintf(reason, sizeof reason, "defined in %lld of %lld replicates",
                 (long long)figure->valid, (long long)asked);
        fall_back(figure, reason);
    } else if (!differ) {
        fall_back(figure, "every replicate gives the same value");
    } else {
        resampled_interval(run, (int)f, figure, values);
        if (hides_class(run, (int)f)) {
            figure->caution = "a class has a single patient, whose variation is not seen";
        }
    }
    return HN_OK;
}

/* ---- Put together
 * -------------------------------------------------------------------------------------- */

static hn_status estimate(double *figures, const struct tally *tally, const int32_t *counts)
{
    int64_t patients = tally->sample->patients;
    HN_AUTOFREE int32_t *weight = hn_calloc((size_t)patients * LANES, sizeof *weight);
    struct tally_sums *sums = NULL;
    if (!weight) {
        return HN_ENOMEM;
    }
    HN_TRY(tally_sums_new(&sums, tally->sample->classes));
    for (int64_t c = 0; c < patients; c++) {
        weight[c * LANES] = counts ? counts[c] : 1;
    }
    tally_count(sums, tally, weight);
    figures_of_lane(figures, 1, tally, sums, 0);
    tally_sums_free(sums);
    return HN_OK;
}

hn_status hn_figures(double *figures, const hn_sample *sample, const int32_t *counts, int ece_bins,
                     hn_ece_edges ece_edges)
{
    struct tally *tally = NULL;
    HN_TRY(tally_new(&tally, sample, ece_bins, ece_edges));
    hn_status status = counts ? tally_allow(tally, counts, 1) : HN_OK;
    if (status == HN_OK) {
        status = estimate(figures, tally, counts);
    }
    tally_free(tally);
    return status;
}

static hn_status fill_estimates(struct run *run)
{
    HN_AUTOFREE double *values = hn_calloc((size_t)run->figures, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    HN_TRY(estimate(values, run->tally, NULL));
    for (int f = 0; f < run->figures; f++) {
        hn_figure *figure = figure_at(run->out, f);
        figure->estimate = values[f];
        figure->interval = (hn_interval) { NAN, NAN };
        figure->n = run->sample->cases;
    }
    return alternatives_fill(run->out, run->sample, run->options);
}

static hn_status make_scratch(struct run *run)
{
    run->threads = hn_threads();
    run->scratch = hn_calloc((size_t)run->threads, sizeof *run->scratch);
    if (!run->scratch) {
        return HN_ENOMEM;
    }
    for (int t = 0; t < run->threads; t++) {
        size_t weights = (size_t)run->sample->patients * LANES;
        run->scratch[t].weight = hn_calloc(weights, sizeof *run->scratch[t].weight);
        if (!run->scratch[t].weight) {
            return HN_ENOMEM;
        }
        HN_TRY(tally_sums_new(&run->scratch[t].sums, run->sample->classes));
    }
    return HN_OK;
}

static hn_status run_all(struct run *run, const hn_predictions *predictions)
{
    HN_TRY(tally_new(&run->tally, run->sample, run->options->ece_bins, run->options->ece_edges));
    if (run->options->counts) {
        HN_TRY(tally_allow(run->tally, run->options->counts, run->options->replicates));
    }
    HN_TRY(make_strata(run, predictions));
    HN_TRY(make_scratch(run));
    HN_TRY(fill_estimates(run));
    HN_TRY(run_replicates(run));
    return hn_parallel_for(run->figures, interval_of, run);
}

static void clear_run(struct run *run)
{
    for (int t = 0; run->scratch && t < run->threads; t++) {
        hn_free(run->scratch[t].weight);
        tally_sums_free(run->scratch[t].sums);
    }
    hn_free(run->scratch);
    tally_free(run->tally);
    hn_strata_free(run->strata);
    hn_free(run->stratum);
    hn_free(run->replicates);
    hn_free(run->jackknife);
}

static hn_status make_evaluation(hn_evaluation **out, const hn_sample *sample,
                                 const hn_evaluate_options *options)
{
    HN_AUTO_EVALUATION *made = hn_calloc(1, sizeof *made);
    if (!made) {
        return HN_ENOMEM;
    }
    size_t classes = (size_t)sample->classes;
    made->options = *options;
    made->options.counts = NULL;
    made->classes = sample->classes;
    made->cases = sample->cases;
    made->patients = sample->patients;
    made->clustered = sample->patients < sample->cases;
    made->class_cases = hn_calloc(classes, sizeof *made->class_cases);
    made->class_patients = hn_calloc(classes, sizeof *made->class_patients);
    made->class_predicted = hn_calloc(classes, sizeof *made->class_predicted);
    made->confusion = hn_calloc(classes, classes * sizeof *made->confusion);
    made->per_class = hn_calloc(classes, HN_CLASS_FIGURES * sizeof *made->per_class);
    if (!made->class_cases || !made->class_patients || !made->class_predicted || !made->confusion ||
        !made->per_class) {
        return HN_ENOMEM;
    }
    for (size_t k = 0; k < classes; k++) {
        made->class_cases[k] = sample->class_cases[k];
        made->class_patients[k] = sample->class_patients[k];
        made->class_predicted[k] = sample->class_predicted[k];
        made->classes_used += sample->class_cases[k] > 0;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        made->confusion[sample->label[i] * sample->classes + sample->top[i]]++;
    }
    *out = made;
    made = NULL;
    return HN_OK;
}

hn_status hn_evaluate(hn_evaluation **out, const hn_predictions *predictions,
                      const hn_sample *sample, const hn_evaluate_options *options)
{
    hn_assert(options->replicates >= 0 && options->replicates <= HN_REPLICATES_MAX);
    hn_assert(options->confidence > 0 && options->confidence < 1);
    HN_AUTO_EVALUATION *evaluation = NULL;
    HN_TRY(make_evaluation(&evaluation, sample, options));
    struct run run = {
        .sample = sample,
        .options = options,
        .name = hn_rng_name(""),
        .figures = hn_figure_count(sample->classes),
        .out = evaluation,
    };
    hn_status status = run_all(&run, predictions);
    clear_run(&run);
    if (status == HN_OK) {
        *out = evaluation;
        evaluation = NULL;
    }
    return status;
}

void hn_evaluation_free(hn_evaluation *evaluation)
{
    if (!evaluation) {
        return;
    }
    hn_free(evaluation->class_cases);
    hn_free(evaluation->class_patients);
    hn_free(evaluation->class_predicted);
    hn_free(evaluation->confusion);
    hn_free(evaluation->per_class);
    hn_free(evaluation);
}

void hn_evaluation_freep(hn_evaluation **evaluation)
{
    hn_evaluation_free(*evaluation);
    *evaluation = NULL;
}
