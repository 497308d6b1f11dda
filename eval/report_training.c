/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the model came about, from the run's folder: its members, their learning curves, the
 * hashes of what they learned from. A folder that lacks a file is described without it.
 */
#include "report_parts.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH      "\xe2\x80\x93"
#define LOG_LIMIT ((size_t)256 << 20)

static const char *text_in(const hn_json *object, const char *key)
{
    const hn_json *value = hn_json_get(object, key);
    const char *text = NULL;
    return value && hn_json_as_text(&text, value) == HN_OK ? text : "";
}

static double number_in(const hn_json *object, const char *key)
{
    const hn_json *value = hn_json_get(object, key);
    double number = (double)NAN;
    bool is = value && hn_json_kind_of(value) == HN_JSON_NUMBER;
    return is && hn_json_as_real(&number, value) == HN_OK ? number : (double)NAN;
}

/* A file of the run as an object; `*out` stays NULL when there is none. */
static hn_status read_in_run(hn_json **out, const char *folder, const char *name)
{
    char path[HN_PATH_SIZE];
    HN_TRY(hn_path_join(path, folder, name));
    if (!hn_file_exists(path)) {
        return HN_OK;
    }
    HN_TRY(hn_json_read(out, path));
    if (hn_json_kind_of(*out) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "%s: a JSON object was expected", path);
    }
    return HN_OK;
}

/* ---- Members --------------------------------------------------------------------------- */

static const char *whole(hn_report *report, double value)
{
    return isfinite(value) && fabs(value) < 9e15 ? write_count(report, (int64_t)value) : DASH;
}

static void member_row(hn_report *report, hn_table *table, const hn_json *member)
{
    hn_table_row(table);
    hn_table_cell(table, "%s", text_in(member, "name"));
    hn_table_cell(table, "%s", text_in(member, "backbone"));
    hn_table_cell(table, "%s", whole(report, number_in(member, "fold")));
    hn_table_cell(table, "%s", text_in(member, "status"));
    hn_table_cell(table, "%s", whole(report, number_in(member, "epochs")));
    hn_table_cell(table, "%s", whole(report, number_in(member, "best_epoch")));
    hn_table_cell(table, "%s",
                  write_estimate(report, number_in(member, "tuning_loss"), SCALE_PROPORTION));
    hn_table_cell(table, "%s",
                  write_estimate(report, number_in(member, "tuning_accuracy"), SCALE_PERCENT));
    hn_table_cell(table, "%s",
                  write_estimate(report, number_in(member, "tuning_auc"), SCALE_PROPORTION));
}

static void member_table(hn_report *report, hn_section *section, const hn_json *list)
{
    static const struct {
        hn_align align;
        const char *group, *heading;
    } columns[] = {
        { HN_ALIGN_LEFT, NULL, "Member" },
        { HN_ALIGN_LEFT, NULL, "Backbone" },
        { HN_ALIGN_RIGHT, NULL, "Fold" },
        { HN_ALIGN_LEFT, NULL, "Status" },
        { HN_ALIGN_RIGHT, "Epochs", "Run" },
        { HN_ALIGN_RIGHT, "Epochs", "Best" },
        { HN_ALIGN_RIGHT, "Tuning cases, best epoch", "Loss" },
        { HN_ALIGN_RIGHT, "Tuning cases, best epoch", "Accuracy" },
        { HN_ALIGN_RIGHT, "Tuning cases, best epoch", "AUC" },
    };
    hn_table *table = hn_section_table(section, "members", "The members of the ensemble.");
    for (size_t i = 0; i < HN_COUNT_OF(columns); i++) {
        hn_table_column_in(table, columns[i].group, columns[i].align, columns[i].heading);
    }
    for (const hn_json *c = hn_json_first(list); c; c = hn_json_next(c)) {
        if (hn_json_kind_of(c) == HN_JSON_OBJECT) {
            member_row(report, table, c);
        }
    }
    if (table) {
        table->note = "Tuning figures chose the best epoch and are therefore too good: they are no "
                      "estimate of how the model does on new patients.";
    }
}

/* ---- Learning curves ------------------------------------------------------------------- */

/* One line of log.jsonl; lines that are not an epoch have no loss and are passed over. */
static void add_epoch(hn_series *train, hn_series *tuning, const char *line, size_t size)
{
    HN_AUTO_JSON *entry = NULL;
    if (size == 0 || hn_json_parse(&entry, line, size, "log.jsonl") != HN_OK ||
        hn_json_kind_of(entry) != HN_JSON_OBJECT) {
        return;
    }
    double epoch = number_in(entry, "epoch");
    if (isfinite(epoch)) {
        hn_series_add(train, epoch, number_in(entry, "train_loss"));
        hn_series_add(tuning, epoch, number_in(entry, "tuning_loss"));
    }
}

static hn_status add_log(hn_plot *plot, const char *folder, const char *name, int number)
{
    char member[HN_PATH_SIZE], path[HN_PATH_SIZE];
    HN_TRY(hn_path_join(member, folder, name));
    HN_TRY(hn_path_join(path, member, "log.jsonl"));
    if (!hn_file_exists(path)) {
        return HN_OK;
    }
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, LOG_LIMIT));
    hn_report *report = plot->report;
    hn_series *train = hn_plot_series(plot, HN_MARK_LINE, number, NULL);
    hn_series *tuning =
        hn_plot_series(plot, HN_MARK_LINE_POINTS, number, hn_report_text(report, "%s", name));
    for (char *line = bytes; line && *line;) {
        char *stop = strchr(line, '\n');
        size_t length = stop ? (size_t)(stop - line) : strlen(line);
        add_epoch(train, tuning, line, length);
        line = stop ? stop + 1 : NULL;
    }
    return HN_OK;
}

static hn_status curves_figure(hn_report *report, hn_section *section, const char *folder,
                               const hn_json *list)
{
    hn_plot *plot = hn_section_figure(section, "learning",
                                      "Loss over the epochs: lines with marks on the tuning "
                                      "cases, lines without on the training cases, as augmented "
                                      "and weighted there.");
    if (!plot) {
        return hn_report_status(report);
    }
    int number = 0;
    for (const hn_json *c = hn_json_first(list); c; c = hn_json_next(c)) {
        bool is = hn_json_kind_of(c) == HN_JSON_OBJECT && *text_in(c, "name");
        if (is && !strchr(text_in(c, "name"), '/')) {
            HN_TRY(add_log(plot, folder, text_in(c, "name"), number++));
        }
    }
    plot->x.label = "Epoch";
    plot->y.label = "Loss";
    plot->alt = hn_report_text(report,
                               "Training and tuning loss of %d members over their epochs; the "
                               "table of members gives the best tuning loss of each.",
                               number);
    return HN_OK;
}

/* Curves are drawn when some member's log is there. */
static bool has_logs(const char *folder, const hn_json *list)
{
    for (const hn_json *c = hn_json_first(list); c; c = hn_json_next(c)) {
        char member[HN_PATH_SIZE], path[HN_PATH_SIZE];
        if (hn_json_kind_of(c) == HN_JSON_OBJECT && *text_in(c, "name") &&
            hn_path_join(member, folder, text_in(c, "name")) == HN_OK &&
            hn_path_join(path, member, "log.jsonl") == HN_OK && hn_file_exists(path)) {
            return true;
        }
    }
    return false;
}

/* ---- Weights and the machine ----------------------------------------------------------- */

static hn_status weights_facts(hn_section *section, const char *folder, const hn_json *list)
{
    for (const hn_json *c = hn_json_first(list); c; c = hn_json_next(c)) {
        const char *name = hn_json_kind_of(c) == HN_JSON_OBJECT ? text_in(c, "name") : "";
        char member[HN_PATH_SIZE], path[HN_PATH_SIZE];
        if (!*name || strchr(name, '/')) {
            continue;
        }
        HN_TRY(hn_path_join(member, folder, name));
        HN_TRY(hn_path_join(path, member, "model_best.safetensors"));
        if (!hn_file_exists(path)) {
            hn_section_fact(section, name, "no weights");
            continue;
        }
        char sha256[HN_SHA256_HEX];
        HN_TRY(hn_sha256_file(sha256, path));
        hn_section_hash(section, name, sha256);
    }
    return HN_OK;
}

/* A value in one line: texts bare, lists with commas, the rest as JSON writes it. */
static void write_value(hn_text *out, const hn_json *value)
{
    const char *text = NULL;
    if (hn_json_kind_of(value) == HN_JSON_TEXT && hn_json_as_text(&text, value) == HN_OK) {
        hn_text_append(out, text);
    } else if (hn_json_kind_of(value) == HN_JSON_ARRAY) {
        for (const hn_json *c = hn_json_first(value); c; c = hn_json_next(c)) {
            hn_text_append(out, c == hn_json_first(value) ? "" : ", ");
            write_value(out, c);
        }
    } else if (hn_json_kind_of(value) == HN_JSON_NULL) {
        hn_text_append(out, DASH);
    } else if (hn_json_print(out, value, false) != HN_OK) {
        hn_text_append(out, DASH);
    }
}

static void flatten(hn_report *report, hn_table *table, const char *prefix, const hn_json *object)
{
    for (const hn_json *c = hn_json_first(object); c; c = hn_json_next(c)) {
        const char *key = *prefix ? hn_report_text(report, "%s.%s", prefix, hn_json_key(c))
                                  : hn_report_text(report, "%s", hn_json_key(c));
        if (hn_json_kind_of(c) == HN_JSON_OBJECT) {
            flatten(report, table, key, c);
            continue;
        }
        HN_AUTO_TEXT value = HN_TEXT_INIT;
        write_value(&value, c);
        hn_table_row(table);
        hn_table_cell(table, "%s", key);
        hn_table_cell(table, "%s", hn_text_get(&value));
    }
}

void report_flat_table(hn_section *section, const char *id, const char *caption,
                       const hn_json *object)
{
    hn_table *table = hn_section_table(section, id, caption);
    hn_table_column(table, HN_ALIGN_LEFT, "Setting");
    hn_table_column(table, HN_ALIGN_LEFT, "Value");
    if (table) {
        flatten(table->report, table, "", object);
    }
}

hn_status report_training_section(report_inputs *in)
{
    hn_report *report = in->report;
    hn_section *section = hn_report_section(report, "training", "Training");
    if (!in->run_path) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No run folder was given (--run): how the model was trained is not "
                       "described here.");
        return HN_OK;
    }
    HN_AUTO_JSON *members = NULL;
    HN_TRY(read_in_run(&members, in->run_path, "members.json"));
    const hn_json *list = members ? hn_json_get(members, "members") : NULL;
    if (!list || hn_json_kind_of(list) != HN_JSON_ARRAY) {
        hn_section_say(section, HN_TONE_MISSING, "%s holds no members.json.", in->run_path);
        return HN_OK;
    }
    char done[HN_PATH_SIZE];
    HN_TRY(hn_path_join(done, in->run_path, "DONE"));
    hn_section_say(section, HN_TONE_LEAD, "%lld networks were trained%s.",
                   (long long)hn_json_count(list),
                   hn_file_exists(done) ? "" : "; the run is not finished");
    member_table(report, section, list);
    if (has_logs(in->run_path, list)) {
        HN_TRY(curves_figure(report, section, in->run_path, list));
    } else {
        hn_section_say(section, HN_TONE_MISSING, "The run holds no log of its epochs.");
    }
    hn_section *part = hn_report_part(report, "weights", "Weights, SHA-256");
    return weights_facts(part, in->run_path, list);
}

/* ---- Settings, versions, hashes -------------------------------------------------------- */

static void hash_fact(hn_section *section, const char *term, const char *hash)
{
    if (hash && *hash) {
        hn_section_hash(section, term, hash);
    } else {
        hn_section_fact(section, term, "not given");
    }
}

static void file_facts(report_inputs *in, hn_section *section)
{
    const report_cohort *cohort = &in->cohort;
    hash_fact(section, "Cohort, content", cohort->sha256);
    hash_fact(section, "Cohort, preprocessing", cohort->settings_sha256);
    hash_fact(section, "Split, assignment", cohort->split_sha256);
    hash_fact(section, "Predictions, file", in->sha256[0]);
    hash_fact(section, "Metrics, file", in->sha256[1]);
    hash_fact(section, "Correlations, file", in->sha256[2]);
}

static hn_status run_settings(report_inputs *in, hn_section *section)
{
    HN_AUTO_JSON *environment = NULL;
    HN_AUTO_JSON *config = NULL;
    if (!in->run_path) {
        return HN_OK;
    }
    HN_TRY(read_in_run(&environment, in->run_path, "environment.json"));
    HN_TRY(read_in_run(&config, in->run_path, "config.json"));
    if (environment) {
        report_flat_table(section, "environment", "The run's software, machine and inputs.",
                          environment);
    }
    if (config) {
        report_flat_table(section, "configuration", "The run's resolved configuration.", config);
    }
    return HN_OK;
}

hn_status report_settings_section(report_inputs *in)
{
    hn_report *report = in->report;
    hn_section *section = hn_report_section(report, "settings", "Settings, versions and hashes");
    const report_cohort *cohort = &in->cohort;
    hn_section_say(section, HN_TONE_PLAIN,
                   "SHA-256 of what this report rests on. Whoever holds a file can check that it "
                   "is the one described.");
    file_facts(in, section);
    hn_section *versions = hn_report_part(report, "versions", "Versions and settings");
    hn_section_fact(versions, "This report", "%s", report->footer);
    if (in->figures) {
        hn_section_fact(versions, "Figures", "scripts and numbers of every figure are in %s",
                        in->figures);
    }
    if (in->metrics && *text_in(in->metrics, "software")) {
        hn_section_fact(versions, "Metrics", "HipNet %s", text_in(in->metrics, "software"));
    }
    if (cohort->from_file) {
        hn_section_fact(versions, "Cohort file", "%s, built by %s", cohort->name, cohort->software);
        hn_section_fact(versions, "Stored images", "%d by %d pixels, %d bits", cohort->rows,
                        cohort->columns, cohort->bits);
    }
    if (cohort->split_patients > 0) {
        hn_section_fact(versions, "Split", "%lld patients, seed %llu, %d %s",
                        (long long)cohort->split_patients, (unsigned long long)cohort->split_seed,
                        cohort->split_folds, cohort->split_folds == 1 ? "fold" : "folds");
    }
    const hn_json *settings = in->metrics ? hn_json_get(in->metrics, "settings") : NULL;
    if (settings && hn_json_kind_of(settings) == HN_JSON_OBJECT) {
        report_flat_table(versions, "evaluation-settings", "How the figures were computed.",
                          settings);
    }
    HN_AUTO_JSON *preprocessing = NULL;
    if (cohort->settings && *cohort->settings &&
        hn_json_parse(&preprocessing, cohort->settings, strlen(cohort->settings), "settings") ==
            HN_OK &&
        hn_json_kind_of(preprocessing) == HN_JSON_OBJECT) {
        report_flat_table(versions, "preprocessing", "How the cohort's images were prepared.",
                          preprocessing);
    }
    return run_settings(in, versions);
}
