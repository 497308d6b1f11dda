/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of `hipnet report` share: the inputs, read once, and one function per part of
 * the report. A part that lacks its input says so in the report and goes on.
 */
#ifndef HIPNET_REPORT_PARTS_H
#define HIPNET_REPORT_PARTS_H

#include "report_cohort.h"

#include <hipnet/hash.h>
#include <hipnet/json.h>
#include <hipnet/predictions.h>
#include <hipnet/report.h>
#include <hipnet/selection.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct report_inputs {
    const char *predictions_path, *metrics_path, *correlation_path, *cohort_path, *split_path,
        *run_path, *quarantine_path;
    const char *title, *kind, *date;
    const char *figures; /* folder of the figures' files; NULL: they are not kept */
    bool synthetic;
    hn_predictions *predictions;
    hn_json *metrics;                   /* NULL: not given */
    hn_json *correlation;               /* NULL: not given */
    bool metrics_fit, correlation_fits; /* computed from these very predictions */
    report_cohort cohort;
    int risk_class;          /* index among the predictions' classes, or -1 */
    bool *evaluated;         /* [predictions->count] rows that the metrics are about */
    hn_selection *selection; /* NULL when no row can be evaluated */
    hn_report *report;
    char sha256[3][HN_SHA256_HEX]; /* of predictions, metrics, correlation; "" when not given */
} report_inputs;

/* report_inputs.c */
hn_status report_inputs_read(report_inputs *in, const char *risk_class) HN_MUST_CHECK;
void report_inputs_clear(report_inputs *in);

/* The parts, in the order of the page. */
hn_status report_headlines(report_inputs *in) HN_MUST_CHECK;
hn_status report_cautions(report_inputs *in) HN_MUST_CHECK;
hn_status report_cohort_section(report_inputs *in) HN_MUST_CHECK;
hn_status report_performance_section(report_inputs *in) HN_MUST_CHECK;
hn_status report_curves_section(report_inputs *in) HN_MUST_CHECK;
hn_status report_risk_section(report_inputs *in) HN_MUST_CHECK;
hn_status report_training_section(report_inputs *in) HN_MUST_CHECK;
hn_status report_settings_section(report_inputs *in) HN_MUST_CHECK;

/* A table of every key and value of `object`, nested ones with dots. */
void report_flat_table(hn_section *section, const char *id, const char *caption,
                       const hn_json *object);

/* report_words.c: how things are called and numbers are written. Texts live in the report. */
const char *word_of_class(hn_report *report, const char *name); /* "pji": "PJI" */
const char *word_of_subset(const char *subset);               /* "internal_test": "Internal test" */
const char *word_of_lab(hn_report *report, const char *name); /* "crp_mg_l": "CRP" */
const char *unit_of_lab(hn_report *report, const char *name); /* "crp_mg_l": "mg/L" */
const char *words_of_lab(hn_report *report, const char *name, const char *unit); /* "CRP (mg/L)" */

typedef enum scale { SCALE_PROPORTION, SCALE_PERCENT } scale;

/* A figure of metrics.json or correlation.json: a number, null with a reason, or an object with
 * estimate, low, high, method, n, p. */
typedef struct figure_value {
    bool given;
    double estimate, low, high, p; /* NaN: not defined */
    int64_t n;                     /* -1: not said */
    const char *method, *reason;   /* "" when not said */
} figure_value;

figure_value figure_at(const hn_json *object, const char *key);
const char *write_estimate(hn_report *report, double value, scale form); /* "0.912", "–" */
const char *write_interval(hn_report *report, const figure_value *value, scale form);
const char *write_both(hn_report *report, const figure_value *value, scale form);
const char *write_p(hn_report *report, double p);                          /* "0.012", "< 0.001" */
const char *write_count(hn_report *report, int64_t count);                 /* "12,345" */
const char *write_percent(hn_report *report, int64_t part, int64_t whole); /* "12.3%" */
const char *write_number(hn_report *report, double value); /* three significant digits */
const char *write_level(const report_inputs *in); /* "95%": the confidence of the intervals */
const char *words_of_method(const char *method);  /* "bootstrap-percentile": for people */

#endif
