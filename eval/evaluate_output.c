/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The results of `hipnet evaluate` as metrics.json, as tables and as curves. Nothing is computed
 * here but precision and rates along a curve.
 */
#include "evaluate_output.h"

#include <hipnet/csv.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/memory.h>
#include <hipnet/roc.h>
#include <hipnet/version.h>

#include <math.h>
#include <string.h>

static void clear_group(eval_group *group)
{
    hn_free(group->name);
    hn_sample_free(group->sample);
    hn_evaluation_free(group->evaluation);
}

void eval_results_clear(eval_results *results)
{
    clear_group(&results->whole);
    for (int g = 0; g < EVAL_GROUPINGS; g++) {
        for (size_t i = 0; i < results->by[g].count; i++) {
            clear_group(&results->by[g].items[i]);
        }
        hn_free(results->by[g].items);
    }
}

/* ---- metrics.json ------------------------------------------------------------------------- */

static const char *interval_name(hn_interval_kind kind)
{
    static const char *const names[] = { "percentile", "basic", "bca" };
    return names[kind];
}

static const char *stratify_name(hn_stratify stratify)
{
    static const char *const names[] = { "none", "class", "center" };
    return names[stratify];
}

static const char *edges_name(hn_ece_edges edges)
{
    static const char *const names[] = { "guo", "numpy", "torchmetrics" };
    return names[edges];
}

static void add_settings(hn_json *root, const eval_results *results)
{
    hn_json *settings = hn_json_add_object(root, "settings");
    hn_json *subsets = hn_json_add_array(settings, "subsets");
    const hn_selection *selection = results->selection;
    for (size_t i = 0; i < selection->subsets.count && !selection->whole; i++) {
        hn_json_add_text(subsets, NULL, selection->subsets.items[i]);
    }
    const hn_evaluate_options *options = &results->options;
    hn_json_add_text(settings, "resampling_unit", "patient");
    hn_json_add_int(settings, "replicates", options->replicates);
    hn_json_add_text(settings, "replicates_from",
                     results->counts ? hn_path_name(hn_csv_name(results->counts)) : "generator");
    hn_json_add_real(settings, "confidence", options->confidence);
    hn_json_add_text(settings, "interval", interval_name(options->interval));
    hn_json_add_text(settings, "stratify", stratify_name(options->stratify));
    hn_json_add_int(settings, "seed", (int64_t)options->seed);
    hn_json_add_int(settings, "ece_bins", options->ece_bins);
    hn_json_add_text(settings, "ece_edges", edges_name(options->ece_edges));
}

hn_status eval_to_json(hn_json **out, const eval_results *results)
{
    char sha256[HN_SHA256_HEX];
    HN_TRY(hn_predictions_sha256(sha256, results->predictions));
    hn_json *root = hn_json_new_object();
    hn_json_add_text(root, "schema", "hipnet-metrics 1");
    hn_json_add_text(root, "software", hn_version_full());
    hn_json *source = hn_json_add_object(root, "predictions");
    hn_json_add_text(source, "name", hn_path_name(results->predictions->name));
    hn_json_add_text(source, "content_sha256", sha256);
    hn_json *classes = hn_json_add_array(root, "classes");
    for (int k = 0; k < results->predictions->class_count; k++) {
        hn_json_add_text(classes, NULL, results->predictions->classes[k]);
    }
    add_settings(root, results);
    hn_selection_to_json(root, results->selection);
    hn_evaluation_to_json(root, results->whole.evaluation, results->whole.sample);
    for (int g = 0; g < EVAL_GROUPINGS; g++) {
        hn_json *groups = hn_json_add_object(root, results->by[g].key);
        for (size_t i = 0; i < results->by[g].count; i++) {
            const eval_group *group = &results->by[g].items[i];
            hn_evaluation_to_json(hn_json_add_object(groups, group->name), group->evaluation,
                                  group->sample);
        }
    }
    *out = root;
    return root ? HN_OK : HN_ENOMEM;
}

/* ---- For people --------------------------------------------------------------------------- */

#define CELL_SIZE 48

/* "0.873 (0.801 to 0.932)", "-" where it is not defined. */
static const char *cell(char out[CELL_SIZE], const hn_figure *figure)
{
    if (isnan(figure->estimate)) {
        snprintf(out, CELL_SIZE, "-");
    } else if (isnan(figure->interval.low)) {
        snprintf(out, CELL_SIZE, "%.3f", figure->estimate);
    } else {
        snprintf(out, CELL_SIZE, "%.3f (%.3f to %.3f)", figure->estimate, figure->interval.low,
                 figure->interval.high);
    }
    return out;
}

static void print_overall(FILE *stream, const eval_results *results)
{
    const hn_evaluation *whole = results->whole.evaluation;
    fprintf(stream, "\n%-30s %-24s %s\n", "figure", "estimate (interval)", "interval by");
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        char text[CELL_SIZE];
        const hn_figure *figure = &whole->overall[f];
        fprintf(stream, "%-30s %-24s %s%s%s\n", hn_overall_title((hn_overall)f), cell(text, figure),
                figure->method ? figure->method : "",
                figure->method && figure->reason[0] ? "; " : "", figure->reason);
        if (figure->lost) {
            fprintf(stream, "%-30s %lld of %lld replicates: %s\n", "", (long long)figure->valid,
                    (long long)figure->replicates, figure->lost);
        }
    }
}

static void print_classes(FILE *stream, const eval_results *results)
{
    const hn_evaluation *whole = results->whole.evaluation;
    for (int k = 0; k < whole->classes; k++) {
        fprintf(stream, "\n%s: %lld cases of %lld patients, predicted %lld times\n",
                results->predictions->classes[k], (long long)whole->class_cases[k],
                (long long)whole->class_patients[k], (long long)whole->class_predicted[k]);
        for (int f = 0; f < HN_CLASS_FIGURES; f++) {
            char text[CELL_SIZE];
            const hn_figure *figure = &whole->per_class[k * HN_CLASS_FIGURES + f];
            fprintf(stream, "  %-28s %-24s n %lld%s%s\n", hn_per_class_title((hn_per_class)f),
                    cell(text, figure), (long long)figure->n, figure->reason[0] ? "; " : "",
                    figure->reason);
        }
    }
}

static void print_confusion(FILE *stream, const eval_results *results)
{
    const hn_evaluation *whole = results->whole.evaluation;
    fprintf(stream, "\nlabel (row) by prediction (column)\n%-28s", "");
    for (int k = 0; k < whole->classes; k++) {
        fprintf(stream, " %10.10s", results->predictions->classes[k]);
    }
    fputc('\n', stream);
    for (int k = 0; k < whole->classes; k++) {
        fprintf(stream, "%-28.28s", results->predictions->classes[k]);
        for (int j = 0; j < whole->classes; j++) {
            fprintf(stream, " %10lld", (long long)whole->confusion[k * whole->classes + j]);
        }
        fputc('\n', stream);
    }
}

static void print_groups(FILE *stream, const eval_groups *groups)
{
    if (groups->count == 0) {
        return;
    }
    fprintf(stream, "\n%-20s %8s %6s  %-24s %s\n", groups->title, "patients", "cases", "accuracy",
            "AUC, macro one-vs-rest");
    for (size_t i = 0; i < groups->count; i++) {
        char accuracy[CELL_SIZE], auc[CELL_SIZE];
        const hn_evaluation *one = groups->items[i].evaluation;
        fprintf(stream, "%-20.40s %8lld %6lld  %-24s %s\n", groups->items[i].name,
                (long long)one->patients, (long long)one->cases,
                cell(accuracy, &one->overall[HN_OVERALL_ACCURACY]),
                cell(auc, &one->overall[HN_OVERALL_AUC_MACRO_OVR]));
    }
}

void eval_print(FILE *stream, const eval_results *results)
{
    HN_AUTO_TEXT subsets = HN_TEXT_INIT;
    const hn_selection *selection = results->selection;
    const hn_evaluation *whole = results->whole.evaluation;
    hn_selection_words(&subsets, selection);
    fprintf(stream, "%s: %lld cases of %lld patients; subset: %s\n",
            hn_path_name(results->predictions->name), (long long)whole->cases,
            (long long)whole->patients, hn_text_get(&subsets));
    for (int s = 1; s < HN_REFS; s++) {
        if (selection->reference[s] > 0) {
            fprintf(stream, "not analyzed: %lld cases with reference status %s\n",
                    (long long)selection->reference[s], hn_reference_name((hn_reference)s));
        }
    }
    for (int r = 1; r < HN_RESULTS; r++) {
        if (selection->result[r] > 0) {
            fprintf(stream, "not analyzed: %lld cases with result %s\n",
                    (long long)selection->result[r], hn_result_name((hn_result)r));
        }
    }
    fprintf(stream, "%g%% intervals, %lld replicates of patients, ",
            100 * results->options.confidence, (long long)results->options.replicates);
    if (results->counts) {
        fprintf(stream, "from %s\n", hn_path_name(hn_csv_name(results->counts)));
    } else {
        fprintf(stream, "stratified by %s, seed %llu\n", stratify_name(results->options.stratify),
                (unsigned long long)results->options.seed);
    }
    print_overall(stream, results);
    print_classes(stream, results);
    print_confusion(stream, results);
    for (int g = 0; g < EVAL_GROUPINGS; g++) {
        print_groups(stream, &results->by[g]);
    }
}

/* ---- For spreadsheets --------------------------------------------------------------------- */

static void csv_figure(FILE *stream, const char *grouping, const char *group,
                       const char *class_name, const char *name, const hn_figure *figure)
{
    hn_csv_write(stream, true, grouping);
    hn_csv_write(stream, false, group);
    hn_csv_write(stream, false, class_name);
    hn_csv_write(stream, false, name);
    hn_csv_write_real(stream, false, figure->estimate);
    hn_csv_write_real(stream, false, figure->interval.low);
    hn_csv_write_real(stream, false, figure->interval.high);
    hn_csv_write(stream, false, figure->method ? figure->method : "");
    hn_csv_write_int(stream, false, figure->n);
    hn_csv_write(stream, false, figure->reason);
    hn_csv_end_row(stream);
}

static void csv_group(FILE *stream, const char *grouping, const eval_group *group,
                      const eval_results *results)
{
    const hn_evaluation *one = group->evaluation;
    for (int f = 0; f < HN_OVERALL_FIGURES; f++) {
        csv_figure(stream, grouping, group->name, "", hn_overall_name((hn_overall)f),
                   &one->overall[f]);
    }
    for (int k = 0; k < one->classes; k++) {
        for (int f = 0; f < HN_CLASS_FIGURES; f++) {
            csv_figure(stream, grouping, group->name, results->predictions->classes[k],
                       hn_per_class_name((hn_per_class)f),
                       &one->per_class[k * HN_CLASS_FIGURES + f]);
        }
    }
}

hn_status eval_write_csv(const char *path, const eval_results *results, bool force)
{
    static const char *const header[] = { "grouping", "group", "class",  "figure", "estimate",
                                          "low",      "high",  "method", "n",      "reason" };
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    for (size_t i = 0; i < HN_COUNT_OF(header); i++) {
        hn_csv_write(output.stream, i == 0, header[i]);
    }
    hn_csv_end_row(output.stream);
    csv_group(output.stream, "all", &results->whole, results);
    for (int g = 0; g < EVAL_GROUPINGS; g++) {
        for (size_t i = 0; i < results->by[g].count; i++) {
            csv_group(output.stream, results->by[g].key, &results->by[g].items[i], results);
        }
    }
    return hn_output_commit(&output);
}

/* ---- Curves ------------------------------------------------------------------------------- */

static hn_status write_columns(const char *path, bool force, const char *const *header, int columns,
                               const double *values, int64_t rows)
{
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    for (int c = 0; c < columns; c++) {
        hn_csv_write(output.stream, c == 0, header[c]);
    }
    hn_csv_end_row(output.stream);
    for (int64_t r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            hn_csv_write_real(output.stream, c == 0, values[r * columns + c]);
        }
        hn_csv_end_row(output.stream);
    }
    return hn_output_commit(&output);
}

static hn_status curve_path(char out[HN_PATH_SIZE], const char *folder, const char *kind,
                            const char *class_name)
{
    char name[HN_CLASS_NAME_SIZE + 16];
    snprintf(name, sizeof name, "%s_%s.csv", kind, class_name);
    return hn_path_join(out, folder, name);
}

static hn_status write_roc(const char *folder, const char *class_name, const hn_roc_curve *curve,
                           bool force)
{
    static const char *const header[] = { "threshold", "false_positive_rate", "true_positive_rate",
                                          "false_positives", "true_positives" };
    char path[HN_PATH_SIZE];
    HN_TRY(curve_path(path, folder, "roc", class_name));
    HN_AUTOFREE double *values = hn_calloc((size_t)curve->count * 5, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < curve->count; i++) {
        const hn_roc_point *point = &curve->points[i];
        double *row = &values[5 * i];
        row[0] = point->threshold;
        row[1] = (double)point->false_positives / (double)curve->negatives;
        row[2] = (double)point->true_positives / (double)curve->positives;
        row[3] = (double)point->false_positives;
        row[4] = (double)point->true_positives;
    }
    return write_columns(path, force, header, 5, values, curve->count);
}

/* From the lowest recall upwards; the point without a positive call has no precision. */
static hn_status write_pr(const char *folder, const char *class_name, const hn_roc_curve *curve,
                          bool force)
{
    static const char *const header[] = { "threshold", "recall", "precision" };
    char path[HN_PATH_SIZE];
    HN_TRY(curve_path(path, folder, "pr", class_name));
    HN_AUTOFREE double *values = hn_calloc((size_t)curve->count * 3, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    for (int64_t i = 1; i < curve->count; i++) {
        const hn_roc_point *point = &curve->points[i];
        double called = (double)(point->true_positives + point->false_positives);
        double *row = &values[3 * (i - 1)];
        row[0] = point->threshold;
        row[1] = (double)point->true_positives / (double)curve->positives;
        row[2] = (double)point->true_positives / called;
    }
    return write_columns(path, force, header, 3, values, curve->count - 1);
}

hn_status eval_may_write_curves(const char *folder, const hn_predictions *predictions, bool force)
{
    static const char *const kinds[] = { "roc", "pr" };
    for (int k = 0; k < predictions->class_count; k++) {
        for (size_t i = 0; i < HN_COUNT_OF(kinds); i++) {
            char path[HN_PATH_SIZE];
            HN_TRY(curve_path(path, folder, kinds[i], predictions->classes[k]));
            HN_TRY(hn_file_may_write(path, force));
        }
    }
    return HN_OK;
}

hn_status eval_write_curves(const char *folder, const eval_results *results, bool force)
{
    HN_TRY(hn_file_make_folder(folder));
    for (int k = 0; k < results->predictions->class_count; k++) {
        HN_AUTO_ROC_CURVE *curve = NULL;
        HN_TRY(hn_roc_curve_new(&curve, results->whole.sample, k));
        if (curve->positives == 0 || curve->negatives == 0) {
            continue;
        }
        HN_TRY(write_roc(folder, results->predictions->classes[k], curve, force));
        HN_TRY(write_pr(folder, results->predictions->classes[k], curve, force));
    }
    return HN_OK;
}
