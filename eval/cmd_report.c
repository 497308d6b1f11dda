/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet report: predictions and what was computed from them, as one page for people. The parts
 * of the page are in report_*.c, its looks in lib/report.
 */
#include "report_parts.h"

#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/version.h>

#include <stdio.h>
#include <string.h>

struct options {
    char *output, *predictions, *metrics, *correlation, *cohort, *split, *run, *quarantine;
    char *title, *kind, *date, *risk_class;
    bool synthetic, headlines;
};

#define AT(field) offsetof(struct options, field)

static const hn_option option_table[] = {
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE",
      "write the page here, its figures beside it", 'o' },
    { "predictions", HN_OPT_TEXT, AT(predictions), NULL, 0, 0, NULL, "FILE",
      "predictions.csv that the report is about", 0 },
    { "metrics", HN_OPT_TEXT, AT(metrics), NULL, 0, 0, NULL, "FILE",
      "metrics.json of hipnet evaluate on these predictions", 0 },
    { "correlation", HN_OPT_TEXT, AT(correlation), NULL, 0, 0, NULL, "FILE",
      "correlation.json of hipnet correlate on these predictions", 0 },
    { "cohort", HN_OPT_TEXT, AT(cohort), NULL, 0, 0, NULL, "FILE",
      "cohort.h5 that was predicted: the cohort tables then show all its cases", 0 },
    { "split", HN_OPT_TEXT, AT(split), NULL, 0, 0, NULL, "FILE", "split.json of that cohort", 0 },
    { "run", HN_OPT_TEXT, AT(run), NULL, 0, 0, NULL, "FOLDER",
      "run folder of the model: members, learning curves, hashes", 0 },
    { "quarantine", HN_OPT_TEXT, AT(quarantine), NULL, 0, 0, NULL, "FILE",
      "quarantine.csv of hipnet build", 0 },
    { "title", HN_OPT_TEXT, AT(title), NULL, 0, 0, NULL, "TEXT", "title of the report", 0 },
    { "kind", HN_OPT_NAME, AT(kind), NULL, 0, 0, "retraining|external|prospective", NULL,
      "which of the three uses it reports on", 0 },
    { "date", HN_OPT_TEXT, AT(date), NULL, 0, 0, NULL, "TEXT",
      "date to be written on the report; none without it", 0 },
    { "risk-class", HN_OPT_TEXT, AT(risk_class), NULL, 0, 0, NULL, "CLASS",
      "class whose risk is held against biomarkers; without it the files' own, else pji", 0 },
    { "synthetic", HN_OPT_BOOL, AT(synthetic), NULL, 0, 0, NULL, NULL,
      "the images are synthetic: say so at the top", 0 },
    { "headlines", HN_OPT_BOOL, AT(headlines), NULL, 0, 0, NULL, NULL,
      "print the headline figures below the page's path", 0 },
    { 0 },
};

static const struct {
    const char *kind, *title, *subtitle;
} kinds[] = {
    { "retraining", "Retraining report", "A model retrained and tested on this cohort" },
    { "external", "External test report", "A model tested on centers it has not seen" },
    { "prospective", "Prospective validation report",
      "A locked model tested on patients as they came" },
    { "", "Validation report", "Predictions held against the reference standard" },
};

static void describe(report_inputs *in)
{
    hn_report *report = in->report;
    size_t k = 0;
    while (*kinds[k].kind && strcmp(kinds[k].kind, in->kind ? in->kind : "") != 0) {
        k++;
    }
    report->title = hn_report_text(report, "%s", in->title ? in->title : kinds[k].title);
    report->subtitle = kinds[k].subtitle;
    report->footer = hn_report_text(report, "HipNet %s", hn_version_full());
    report->disclaimer = "Research use only";
    if (in->cohort.name) {
        hn_report_fact(report, "Cohort", "%s", in->cohort.name);
    }
    hn_report_fact(report, "Predictions", "%s", hn_path_name(in->predictions_path));
    if (in->selection) {
        HN_AUTO_TEXT words = HN_TEXT_INIT;
        for (size_t i = 0; i < in->selection->subsets.count && !in->selection->whole; i++) {
            hn_text_printf(&words, "%s%s", i ? ", " : "",
                           word_of_subset(in->selection->subsets.items[i]));
        }
        hn_report_fact(report, "Evaluated", "%s%s%s cases", hn_text_get(&words),
                       words.size ? ", " : "", write_count(report, in->selection->count));
    }
    if (in->date) {
        hn_report_fact(report, "Date", "%s", in->date);
    }
}

static hn_status fill(report_inputs *in)
{
    static hn_status (*const parts[])(report_inputs *) = {
        report_headlines,           report_cautions,         report_cohort_section,
        report_performance_section, report_curves_section,   report_risk_section,
        report_training_section,    report_settings_section,
    };
    describe(in);
    for (size_t i = 0; i < HN_COUNT_OF(parts); i++) {
        HN_TRY(parts[i](in));
    }
    return hn_report_status(in->report);
}

static hn_status print_result(const report_inputs *in, const struct options *options, bool json)
{
    const hn_report *report = in->report;
    FILE *stream = strcmp(options->output, "-") == 0 ? stderr : stdout;
    if (json) {
        HN_AUTO_JSON *root = hn_json_new_object();
        hn_json_add_text(root, "report", options->output);
        hn_json *list = hn_json_add_array(root, "headlines");
        for (size_t i = 0; i < report->headline_count; i++) {
            hn_json *one = hn_json_add_object(list, NULL);
            hn_json_add_text(one, "label", report->headlines[i].label);
            hn_json_add_text(one, "value", report->headlines[i].value);
            hn_json_add_text(one, "detail", report->headlines[i].detail);
        }
        return hn_json_write(root, "-", false);
    }
    fprintf(stream, "%s\n", options->output);
    for (size_t i = 0; options->headlines && i < report->headline_count; i++) {
        const hn_headline *one = &report->headlines[i];
        fprintf(stream, "  %-38s %-8s %s\n", one->label, one->value, one->detail);
    }
    return HN_OK;
}

static hn_status make(report_inputs *in, const struct options *options, bool json, bool force)
{
    HN_TRY(hn_report_new(&in->report));
    char folder[HN_PATH_SIZE];
    HN_TRY(hn_report_figure_folder(folder, sizeof folder, options->output));
    bool kept = strcmp(options->output, "-") != 0 && !hn_text_starts(options->output, "/dev/");
    in->figures = kept ? hn_report_text(in->report, "%s", hn_path_name(folder)) : NULL;
    HN_TRY(report_inputs_read(in, options->risk_class));
    HN_TRY(fill(in));
    HN_TRY(hn_report_write(in->report, options->output, force));
    return print_result(in, options, json);
}

static hn_status run(hn_invocation *invocation)
{
    const struct options *options = invocation->options;
    if (!options->output || !options->predictions) {
        return hn_fail(HN_EUSAGE, "%s is needed",
                       options->output ? "--predictions FILE" : "-o FILE");
    }
    if (invocation->json && strcmp(options->output, "-") == 0) {
        return hn_fail(HN_EUSAGE, "--json and -o - cannot both have the standard output");
    }
    HN_TRY(hn_file_may_write(options->output, invocation->force));
    report_inputs in = {
        .predictions_path = options->predictions,
        .metrics_path = options->metrics,
        .correlation_path = options->correlation,
        .cohort_path = options->cohort,
        .split_path = options->split,
        .run_path = options->run,
        .quarantine_path = options->quarantine,
        .title = options->title,
        .kind = options->kind,
        .date = options->date,
        .synthetic = options->synthetic,
    };
    hn_status status = make(&in, options, invocation->json, invocation->force);
    report_inputs_clear(&in);
    return status;
}

const hn_command hn_command_report = {
    .name = "report",
    .arguments = "",
    .description =
        "Writes one self-contained HTML page: headline figures, cautions, cohort tables, ROC and\n"
        "calibration curves, confusion matrix, metrics with intervals, biomarkers, training,\n"
        "settings and hashes. It needs no network and no script, and prints to PDF. Only the\n"
        "predictions and -o are required; what else is not given is said to be missing.\n"
        "Figures are drawn by gnuplot; their scripts and data are kept beside the page.\n",
    .examples =
        "hipnet report --predictions predictions.csv --metrics metrics.json -o report.html\n"
        "hipnet report --predictions p.csv --metrics m.json --correlation c.json \\\n"
        "              --cohort cohort.h5 --split split.json --run RUN -o report.html\n",
    .min_arguments = 0,
    .max_arguments = 0,
    .common = HN_CLI_JSON | HN_CLI_FORCE | HN_CLI_THREADS,
    .options = option_table,
    .options_size = sizeof(struct options),
    .run = run,
};
