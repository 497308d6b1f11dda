/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times of the patient bootstrap with all figures, on made-up predictions: patients, classes and
 * replicates from the command line, one line of figures as tab-separated values.
 */
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/metrics.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>
#include <hipnet/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CLASSES_MAX 10

static const char *const class_names[CLASSES_MAX] = { "a", "b", "c", "d", "e",
                                                      "f", "g", "h", "i", "j" };

/* Softmax of noise with a lift for the true class. */
static hn_status add_case(hn_predictions *table, hn_rng *rng, int64_t i, int classes)
{
    char name[32];
    double p[CLASSES_MAX];
    double sum = 0;
    int label = (int)hn_rng_below(rng, (uint64_t)classes);
    for (int k = 0; k < classes; k++) {
        p[k] = exp(hn_rng_normal(rng) + (k == label ? 1.5 : 0));
        sum += p[k];
    }
    for (int k = 0; k < classes; k++) {
        p[k] /= sum;
    }
    snprintf(name, sizeof name, "p%07lld", (long long)i);
    hn_prediction row = {
        .patient_id = name, .case_id = name, .label = class_names[label], .probabilities = p
    };
    return hn_predictions_add(table, &row);
}

static hn_status run(int64_t patients, int classes, int64_t replicates, int threads)
{
    HN_AUTO_PREDICTIONS *table = NULL;
    HN_AUTO_SAMPLE *sample = NULL;
    hn_rng rng;
    hn_rng_init(&rng, 1, HN_PURPOSE_TEST, 0, 0, 0);
    hn_threads_set(threads);
    HN_TRY(hn_predictions_new(&table, class_names, classes, NULL, 0));
    int64_t *rows = calloc((size_t)patients, sizeof *rows);
    for (int64_t i = 0; i < patients; i++) {
        rows[i] = i;
        HN_TRY(add_case(table, &rng, i, classes));
    }
    HN_TRY(hn_sample_new(&sample, table, rows, patients));
    free(rows);
    double best = INFINITY;
    double low = 0;
    double high = 0;
    for (int repeat = 0; repeat < 5; repeat++) {
        HN_AUTO_EVALUATION *evaluation = NULL;
        hn_evaluate_options options = HN_EVALUATE_DEFAULTS;
        options.replicates = replicates;
        double start = hn_clock_s();
        HN_TRY(hn_evaluate(&evaluation, table, sample, &options));
        best = fmin(best, hn_clock_s() - start);
        low = evaluation->overall[HN_OVERALL_AUC_MACRO_OVR].interval.low;
        high = evaluation->overall[HN_OVERALL_AUC_MACRO_OVR].interval.high;
    }
    printf("patients\tclasses\treplicates\tthreads\tseconds\tus_per_replicate\tlow\thigh\n");
    printf("%lld\t%d\t%lld\t%d\t%.4f\t%.3f\t%.17g\t%.17g\n", (long long)patients, classes,
           (long long)replicates, hn_threads(), best, 1e6 * best / (double)replicates, low, high);
    return HN_OK;
}

int main(int argc, char **argv)
{
    int64_t values[4] = { 667, 5, 2000, 0 }; /* patients, classes, replicates, threads */
    for (int i = 1; i < argc && i <= 4; i++) {
        if (hn_parse_int(&values[i - 1], argv[i]) != HN_OK) {
            fprintf(stderr, "%s\n", hn_error_message());
            return 2;
        }
    }
    if (values[0] < 2 || values[1] < 2 || values[1] > CLASSES_MAX) {
        fprintf(stderr, "usage: bench_bootstrap [PATIENTS [CLASSES (2-10) [REPLICATES]]]\n");
        return 2;
    }
    if (run(values[0], (int)values[1], values[2], (int)values[3]) != HN_OK) {
        fprintf(stderr, "%s\n", hn_error_message());
        return 1;
    }
    return 0;
}
