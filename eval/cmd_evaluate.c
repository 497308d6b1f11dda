/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet evaluate: predictions.csv, ours or anybody's, to figures with intervals: of all chosen
 * cases, by center, by views and, where several were chosen, by subset.
 */
#include "evaluate_counts.h"
#include "evaluate_output.h"

#include <hipnet/cli.h>
#include <hipnet/csv.h>
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>

#include <stdlib.h>
#include <string.h>

struct options {
    char *output;
    char *csv;
    char *curves;
    hn_text_list subset;
    int64_t replicates;
    char *counts;
    double confidence;
    char *interval;
    char *stratify;
    int64_t ece_bins;
    char *ece_edges;
};

#define AT(field) offsetof(struct options, field)

static const hn_option option_table[] = {
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE", "write metrics.json here", 'o' },
    { "csv", HN_OPT_TEXT, AT(csv), NULL, 0, 0, NULL, "FILE",
      "write every figure as one row of a table", 0 },
    { "curves", HN_OPT_TEXT, AT(curves), NULL, 0, 0, NULL, "FOLDER",
      "write ROC and precision-recall curves as CSV here", 0 },
    { "subset", HN_OPT_LIST, AT(subset), NULL, 0, 0,
      "train|tuning|internal_test|external|prospective", NULL,
      "subsets to evaluate; without it external, else all but train and tuning", 0 },
    { "replicates", HN_OPT_INT, AT(replicates), "2000", 0, HN_REPLICATES_MAX, NULL, "N",
      "bootstrap replicates of patients; 0 leaves the closed forms", 0 },
    { "bootstrap-counts", HN_OPT_TEXT, AT(counts), NULL, 0, 0, NULL, "FILE",
      "take the replicates from here: a column per patient, a row per replicate", 0 },
    { "confidence", HN_OPT_REAL, AT(confidence), "0.95", 0.5, 0.9999, NULL, "P",
      "confidence of the intervals", 0 },
    { "interval", HN_OPT_NAME, AT(interval), "bca", 0, 0, "percentile|basic|bca", NULL,
      "how an interval is made from replicates", 0 },
    { "stratify", HN_OPT_NAME, AT(stratify), "class", 0, 0, "none|class|center", NULL,
      "what the numbers of patients are held fixed by", 0 },
    { "ece-bins", HN_OPT_INT, AT(ece_bins), "15", 1, 10000, NULL, "N",
      "bins of the expected calibration error", 0 },
    { "ece-edges", HN_OPT_NAME, AT(ece_edges), "guo", 0, 0, "guo|numpy|torchmetrics", NULL,
      "whose bins they are", 0 },
    { 0 },
};

static int index_of(const char *word, const char *const *words, int count)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        found = strcmp(word, words[i]) == 0 ? i : found;
    }
    return found;
}

static hn_evaluate_options evaluate_options(const struct options *options, uint64_t seed)
{
    static const char *const intervals[] = { "percentile", "basic", "bca" };
    static const char *const strata[] = { "none", "class", "center" };
    static const char *const edges[] = { "guo", "numpy", "torchmetrics" };
    hn_evaluate_options made = HN_EVALUATE_DEFAULTS;
    made.replicates = options->replicates;
    made.confidence = options->confidence;
    made.interval = (hn_interval_kind)index_of(options->interval, intervals, 3);
    made.stratify = (hn_stratify)index_of(options->stratify, strata, 3);
    made.seed = seed;
    made.ece_bins = (int)options->ece_bins;
    made.ece_edges = (hn_ece_edges)index_of(options->ece_edges, edges, 3);
    return made;
}

/* ---- Groups ------------------------------------------------------------------------------- */

/* `name` becomes the group's. Its replicates come from the streams of the whole, so that a group
 * that is the whole has the intervals of the whole. */
static hn_status evaluate_group(eval_group *group, const eval_results *results, const char *name,
                                const int64_t *rows, int64_t count)
{
    hn_evaluate_options options = results->options;
    group->name = hn_strdup(name);
    if (!group->name) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_sample_new(&group->sample, results->predictions, rows, count));
    HN_AUTOFREE int32_t *counts = NULL;
    if (results->counts) {
        HN_TRY(eval_counts(&counts, results->counts, results->predictions, group->sample));
        options.counts = counts;
        options.replicates = hn_csv_rows(results->counts);
    }
    return hn_evaluate(&group->evaluation, results->predictions, group->sample, &options);
}

static const char *center_of(const hn_prediction *row)
{
    return row->center;
}

static const char *views_of(const hn_prediction *row)
{
    return row->views;
}

static const char *subset_of(const hn_prediction *row)
{
    return row->subset;
}

static hn_status evaluate_groups(eval_groups *groups, const eval_results *results,
                                 const char *(*name_of)(const hn_prediction *))
{
    const hn_selection *selection = results->selection;
    HN_AUTOFREE int64_t *rows = hn_calloc((size_t)selection->count, sizeof *rows);
    hn_text_list names = { 0 };
    hn_status status = rows ? HN_OK : HN_ENOMEM;
    for (int64_t i = 0; i < selection->count && status == HN_OK; i++) {
        const char *name = name_of(&results->predictions->rows[selection->rows[i]]);
        if (hn_text_list_find(&names, name) < 0) {
            status = hn_text_list_add(&names, name);
        }
    }
    hn_text_list_sort(&names);
    for (size_t g = 0; g < names.count && status == HN_OK; g++) {
        int64_t count = 0;
        for (int64_t i = 0; i < selection->count; i++) {
            const hn_prediction *row = &results->predictions->rows[selection->rows[i]];
            if (strcmp(name_of(row), names.items[g]) == 0) {
                rows[count++] = selection->rows[i];
            }
        }
        status = hn_grow(&groups->items, groups->count, &groups->capacity, sizeof *groups->items);
        if (status == HN_OK) {
            const char *name = *names.items[g] ? names.items[g] : "(unknown)";
            eval_group *group = &groups->items[groups->count++];
            *group = (eval_group) { 0 };
            status = evaluate_group(group, results, name, rows, count);
        }
    }
    hn_text_list_clear(&names);
    return status;
}

static hn_status evaluate_all(eval_results *results)
{
    const hn_predictions *predictions = results->predictions;
    const hn_selection *selection = results->selection;
    results->by[0] = (eval_groups) { .key = "by_center", .title = "center" };
    results->by[1] = (eval_groups) { .key = "by_views", .title = "views" };
    results->by[2] = (eval_groups) { .key = "by_subset", .title = "subset" };
    HN_TRY(evaluate_group(&results->whole, results, "all", selection->rows, selection->count));
    if (predictions->has_center) {
        HN_TRY(evaluate_groups(&results->by[0], results, center_of));
    }
    if (predictions->has_views) {
        HN_TRY(evaluate_groups(&results->by[1], results, views_of));
    }
    if (selection->subsets.count > 1) {
        HN_TRY(evaluate_groups(&results->by[2], results, subset_of));
    }
    return HN_OK;
}

/* ---- The command -------------------------------------------------------------------------- */

static void warn(const hn_predictions *predictions, const hn_selection *selection)
{
    if (predictions->inexact_sums > 0) {
        hn_log(HN_LOG_WARNING,
               "%s: the probabilities of %lld rows sum to 1 within 1e-6, but not "
               "within 1e-9",
               predictions->name, (long long)predictions->inexact_sums);
    }
    if (selection->patients_in_two_subsets > 0) {
        hn_log(HN_LOG_WARNING, "%s: %lld patients are in more than one subset", predictions->name,
               (long long)selection->patients_in_two_subsets);
    }
}

static hn_status write_all(const eval_results *results, const struct options *options, bool json,
                           bool force)
{
    HN_AUTO_JSON *document = NULL;
    HN_TRY(eval_to_json(&document, results));
    if (options->output) {
        HN_TRY(hn_json_write(document, options->output, force));
    }
    if (options->csv) {
        HN_TRY(eval_write_csv(options->csv, results, force));
    }
    if (options->curves) {
        HN_TRY(eval_write_curves(options->curves, results, force));
    }
    if (json) {
        return hn_json_write(document, "-", force);
    }
    if (!options->output || strcmp(options->output, "-") != 0) {
        eval_print(stdout, results);
    }
    return HN_OK;
}

static hn_status run(hn_invocation *invocation)
{
    struct options *options = invocation->options;
    HN_AUTO_PREDICTIONS *predictions = NULL;
    HN_AUTO_SELECTION *selection = NULL;
    HN_AUTO_CSV *counts = NULL;
    if (options->output) {
        HN_TRY(hn_file_may_write(options->output, invocation->force));
    }
    if (options->csv) {
        HN_TRY(hn_file_may_write(options->csv, invocation->force));
    }
    HN_TRY(hn_predictions_read(&predictions, invocation->arguments[0]));
    if (options->curves) {
        HN_TRY(eval_may_write_curves(options->curves, predictions, invocation->force));
    }
    hn_predictions_sort(predictions);
    HN_TRY(hn_selection_new(&selection, predictions, &options->subset));
    warn(predictions, selection);
    eval_results results = { .predictions = predictions,
                             .selection = selection,
                             .options = evaluate_options(options, invocation->seed) };
    if (options->counts) {
        HN_TRY(hn_csv_read(&counts, options->counts));
        if (hn_csv_rows(counts) > HN_REPLICATES_MAX) {
            return hn_fail(HN_EDATA, "%s holds more than %d replicates", options->counts,
                           HN_REPLICATES_MAX);
        }
        results.counts = counts;
        results.options.replicates = hn_csv_rows(counts);
    }
    hn_status status = evaluate_all(&results);
    if (status == HN_OK) {
        status = write_all(&results, options, invocation->json, invocation->force);
    }
    eval_results_clear(&results);
    return status;
}

const hn_command hn_command_evaluate = {
    .name = "evaluate",
    .arguments = "PREDICTIONS.csv",
    .description =
        "Computes accuracy, AUC and their kin from predictions.csv, of this toolkit or of any\n"
        "other, each with an interval from resampling patients. Prints a table; -o writes\n"
        "metrics.json. Cases without a single reference, or without an answer of the model, are\n"
        "counted and left out. docs/reference/metrics.md describes every figure.\n",
    .examples = "hipnet evaluate predictions.csv -o metrics.json --curves curves\n"
                "hipnet evaluate predictions.csv --subset external,internal_test --json\n",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_THREADS | HN_CLI_SEED | HN_CLI_JSON | HN_CLI_FORCE,
    .options = option_table,
    .options_size = sizeof(struct options),
    .run = run,
};
