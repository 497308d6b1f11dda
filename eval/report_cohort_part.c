/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is in the report: cases and patients by subset, class and center, their age, sex and
 * views, and what was measured in their blood. One row of a table is one choice of cases.
 */
#include "report_parts.h"

#include <hipnet/csv.h>
#include <hipnet/memory.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\xe2\x80\x93"

/* NULL and -2 choose everybody; label -1 those without one. */
typedef struct choice {
    const char *subset, *center;
    int label;
} choice;
#define ANY_LABEL (-2)

static bool chosen(const report_case *one, const choice *by)
{
    return (!by->subset || strcmp(one->subset, by->subset) == 0) &&
           (!by->center || strcmp(one->center, by->center) == 0) &&
           (by->label == ANY_LABEL || one->label == by->label);
}

static int order_reals(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int order_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int order_labs(const void *left, const void *right)
{
    const lab *a = left, *b = right;
    return a->value != b->value ? (a->value > b->value) - (a->value < b->value)
                                : a->censoring - b->censoring;
}

/* Quantile of type 7; its sign says whether it rests on a censored value. */
static const char *lab_quantile(hn_report *report, const lab *sorted, size_t count, double p)
{
    double h = (double)(count - 1) * p;
    size_t below = (size_t)h;
    size_t above = below + 1 < count && h > (double)below ? below + 1 : below;
    const lab *a = &sorted[below], *b = &sorted[above];
    double value = a->value + (h - (double)below) * (b->value - a->value);
    bool low = a->censoring < 0 || b->censoring < 0;
    bool high = a->censoring > 0 || b->censoring > 0;
    const char *sign = low && !high ? "\xe2\x89\xa4" : high && !low ? "\xe2\x89\xa5" : "";
    return hn_report_text(report, "%s%s", sign, write_number(report, value));
}

/* ---- Sums over a choice of cases ------------------------------------------------------- */

typedef struct sums {
    int64_t cases, patients, female, sex_known, both, ap, lateral;
    double age[3]; /* median and quartiles; NaN when no age is known */
} sums;

static double real_quantile(const double *sorted, size_t count, double p)
{
    double h = (double)(count - 1) * p;
    size_t below = (size_t)h;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (h - (double)below) * (sorted[above] - sorted[below]);
}

static hn_status sum_up(sums *out, const report_cohort *cohort, const choice *by)
{
    *out = (sums) { .age = { (double)NAN, (double)NAN, (double)NAN } };
    HN_AUTOFREE const char **names = hn_calloc(cohort->count + 1, sizeof *names);
    HN_AUTOFREE double *ages = hn_calloc(cohort->count + 1, sizeof *ages);
    if (!names || !ages) {
        return HN_ENOMEM;
    }
    size_t known = 0;
    for (size_t i = 0; i < cohort->count; i++) {
        const report_case *one = &cohort->cases[i];
        if (!chosen(one, by)) {
            continue;
        }
        names[out->cases++] = one->patient;
        out->female += one->sex == 'f';
        out->sex_known += one->sex != 0;
        out->both += one->ap && one->lateral;
        out->ap += one->ap && !one->lateral;
        out->lateral += !one->ap && one->lateral;
        if (isfinite(one->age)) {
            ages[known++] = one->age;
        }
    }
    qsort((void *)names, (size_t)out->cases, sizeof *names, order_texts);
    for (int64_t i = 0; i < out->cases; i++) {
        out->patients += i == 0 || strcmp(names[i], names[i - 1]) != 0;
    }
    qsort(ages, known, sizeof *ages, order_reals);
    for (int q = 0; known > 0 && q < 3; q++) {
        static const double at[] = { 0.5, 0.25, 0.75 };
        out->age[q] = real_quantile(ages, known, at[q]);
    }
    return HN_OK;
}

/* ---- The tables ------------------------------------------------------------------------ */

static void people_columns(hn_table *table, const char *first)
{
    hn_table_column(table, HN_ALIGN_LEFT, first);
    hn_table_column(table, HN_ALIGN_RIGHT, "Cases");
    hn_table_column(table, HN_ALIGN_RIGHT, "Patients");
    hn_table_column(table, HN_ALIGN_RIGHT, "Age, median (quartiles)");
    hn_table_column(table, HN_ALIGN_RIGHT, "Female");
    hn_table_column_in(table, "Views available", HN_ALIGN_RIGHT, "Both");
    hn_table_column_in(table, "Views available", HN_ALIGN_RIGHT, "AP only");
    hn_table_column_in(table, "Views available", HN_ALIGN_RIGHT, "Lateral only");
}

static hn_status people_row(report_inputs *in, hn_table *table, const char *name, const choice *by)
{
    hn_report *report = in->report;
    sums s;
    HN_TRY(sum_up(&s, &in->cohort, by));
    bool total = by->label == ANY_LABEL && !by->center;
    (total ? hn_table_total : hn_table_row)(table);
    hn_table_cell(table, "%s", name);
    hn_table_cell(table, "%s", write_count(report, s.cases));
    hn_table_cell(table, "%s", write_count(report, s.patients));
    if (isfinite(s.age[0])) {
        hn_table_cell(table, "%.0f (%.0f to %.0f)", s.age[0], s.age[1], s.age[2]);
    } else {
        hn_table_cell(table, DASH);
    }
    hn_table_cell(table, "%s",
                  s.sex_known ? hn_report_text(report, "%lld (%s)", (long long)s.female,
                                               write_percent(report, s.female, s.sex_known))
                              : DASH);
    bool views = s.both + s.ap + s.lateral > 0;
    const int64_t counts[] = { s.both, s.ap, s.lateral };
    for (size_t i = 0; i < HN_COUNT_OF(counts); i++) {
        hn_table_cell(table, "%s", views ? write_count(report, counts[i]) : DASH);
    }
    return HN_OK;
}

static int64_t count_of(const report_inputs *in, const choice *by)
{
    int64_t count = 0;
    for (size_t i = 0; i < in->cohort.count; i++) {
        count += chosen(&in->cohort.cases[i], by);
    }
    return count;
}

static const char *const subsets[] = { "train",    "tuning",      "internal_test",
                                       "external", "prospective", "" };

static hn_status subset_table(report_inputs *in, hn_section *section)
{
    hn_report *report = in->report;
    hn_table *table = hn_section_table(section, "cohort-classes", "Cases by subset and class.");
    people_columns(table, "Subset and class");
    for (size_t s = 0; s < HN_COUNT_OF(subsets); s++) {
        choice by = { .subset = subsets[s], .label = ANY_LABEL };
        if (count_of(in, &by) == 0) {
            continue;
        }
        hn_table_band(table, "%s", word_of_subset(subsets[s]));
        for (by.label = 0; by.label < in->cohort.class_count; by.label++) {
            HN_TRY(people_row(in, table, word_of_class(report, in->cohort.classes[by.label]), &by));
        }
        by.label = -1;
        if (count_of(in, &by) > 0) {
            HN_TRY(people_row(in, table, "Without a single class", &by));
        }
        by.label = ANY_LABEL;
        HN_TRY(people_row(in, table, "All", &by));
    }
    if (table) {
        table->note = "Ages in years. Percentages of women are of the cases whose sex is known. A "
                      "patient with cases in several classes counts once in each row. A dash: not "
                      "recorded.";
    }
    return HN_OK;
}

static hn_status list_centers(hn_text_list *centers, const report_cohort *cohort)
{
    for (size_t i = 0; i < cohort->count; i++) {
        if (hn_text_list_find(centers, cohort->cases[i].center) < 0) {
            HN_TRY(hn_text_list_add(centers, cohort->cases[i].center));
        }
    }
    hn_text_list_sort(centers);
    return HN_OK;
}

static hn_status center_rows(report_inputs *in, hn_table *table, const hn_text_list *centers)
{
    for (size_t c = 0; c < centers->count; c++) {
        choice by = { .center = centers->items[c], .label = ANY_LABEL };
        HN_TRY(people_row(in, table, *by.center ? by.center : "Center not stated", &by));
    }
    return HN_OK;
}

/* Classes across, centers down: where center and class go together it can be seen. */
static hn_status mix_table(report_inputs *in, hn_section *section, const hn_text_list *centers)
{
    hn_report *report = in->report;
    hn_table *table = hn_section_table(section, "cohort-mix", "Classes by center, all subsets.");
    hn_table_column(table, HN_ALIGN_LEFT, "Center");
    for (int k = 0; k < in->cohort.class_count; k++) {
        hn_table_column(table, HN_ALIGN_RIGHT, word_of_class(report, in->cohort.classes[k]));
    }
    hn_table_column(table, HN_ALIGN_RIGHT, "All cases");
    for (size_t c = 0; c < centers->count; c++) {
        choice by = { .center = centers->items[c], .label = ANY_LABEL };
        int64_t all = count_of(in, &by);
        hn_table_row(table);
        hn_table_cell(table, "%s", *by.center ? by.center : "Center not stated");
        for (by.label = 0; by.label < in->cohort.class_count; by.label++) {
            int64_t count = count_of(in, &by);
            hn_cell *cell = hn_table_cell(table, "%s", write_count(report, count));
            if (cell) {
                cell->small = write_percent(report, count, all);
                cell->shade = all ? 0.6 * (double)count / (double)all : 0;
            }
        }
        hn_table_cell(table, "%s", write_count(report, all));
    }
    if (table) {
        table->note = "Percentages are of the center's cases, and so is the shading.";
    }
    return HN_OK;
}

/* ---- Biomarkers ------------------------------------------------------------------------ */

static hn_status lab_row(report_inputs *in, hn_table *table, int b, const char *name,
                         const choice *by)
{
    hn_report *report = in->report;
    HN_AUTOFREE lab *values = hn_calloc(in->cohort.count + 1, sizeof *values);
    if (!values) {
        return HN_ENOMEM;
    }
    size_t known = 0;
    int64_t all = 0, below = 0, above = 0;
    for (size_t i = 0; i < in->cohort.count; i++) {
        const report_case *one = &in->cohort.cases[i];
        if (chosen(one, by)) {
            all++;
            if (isfinite(one->labs[b].value)) {
                values[known++] = one->labs[b];
                below += one->labs[b].censoring < 0;
                above += one->labs[b].censoring > 0;
            }
        }
    }
    qsort(values, known, sizeof *values, order_labs);
    (by->label == ANY_LABEL ? hn_table_total : hn_table_row)(table);
    hn_table_cell(table, "%s", name);
    hn_table_cell(table, "%s", write_count(report, (int64_t)known));
    hn_table_cell(table, "%s", write_count(report, all - (int64_t)known));
    hn_table_cell(table, "%s", write_count(report, below));
    hn_table_cell(table, "%s", write_count(report, above));
    if (known == 0) {
        hn_table_cell(table, DASH);
        return HN_OK;
    }
    hn_table_cell(table, "%s (%s to %s)", lab_quantile(report, values, known, 0.5),
                  lab_quantile(report, values, known, 0.25),
                  lab_quantile(report, values, known, 0.75));
    return HN_OK;
}

static hn_status lab_table(report_inputs *in, hn_section *section)
{
    hn_report *report = in->report;
    hn_table *table = hn_section_table(section, "cohort-biomarkers", "Biomarkers by class.");
    hn_table_column(table, HN_ALIGN_LEFT, "Biomarker and class");
    hn_table_column(table, HN_ALIGN_RIGHT, "Measured");
    hn_table_column(table, HN_ALIGN_RIGHT, "Missing");
    hn_table_column(table, HN_ALIGN_RIGHT, "Below detection");
    hn_table_column(table, HN_ALIGN_RIGHT, "Above detection");
    hn_table_column(table, HN_ALIGN_RIGHT, "Median (quartiles)");
    for (int b = 0; b < in->cohort.lab_count; b++) {
        hn_table_band(table, "%s",
                      words_of_lab(report, in->cohort.lab_names[b], in->cohort.lab_units[b]));
        choice by = { .label = 0 };
        for (; by.label < in->cohort.class_count; by.label++) {
            HN_TRY(lab_row(in, table, b, word_of_class(report, in->cohort.classes[by.label]), &by));
        }
        by.label = -1;
        if (count_of(in, &by) > 0) {
            HN_TRY(lab_row(in, table, b, "Without a single class", &by));
        }
        by.label = ANY_LABEL;
        HN_TRY(lab_row(in, table, b, "All", &by));
    }
    if (table) {
        table->note = "Values at a detection limit enter the quantiles at the limit; a quantile "
                      "that rests on one is marked \xe2\x89\xa4 or \xe2\x89\xa5.";
    }
    return HN_OK;
}

/* ---- Quarantine ------------------------------------------------------------------------ */

/* Entries with a reason (NULL: any) and an action (NULL: any). */
static int64_t entries_of(const hn_csv *csv, const char *reason, const char *action)
{
    int reasons = hn_csv_find(csv, "reason"), actions = hn_csv_find(csv, "action");
    int64_t count = 0;
    for (int64_t i = 0; i < hn_csv_rows(csv); i++) {
        count += (!reason || strcmp(hn_csv_cell(csv, i, reasons), reason) == 0) &&
                 (!action || strcmp(hn_csv_cell(csv, i, actions), action) == 0);
    }
    return count;
}

/* "file-missing" as people read it. */
static const char *word_of_reason(hn_report *report, const char *reason)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    for (const char *c = reason; *c; c++) {
        char letter = *c == '-' ? ' ' : c == reason ? (char)toupper((unsigned char)*c) : *c;
        hn_text_append_bytes(&text, &letter, 1);
    }
    return hn_report_text(report, "%s", hn_text_get(&text));
}

static void quarantine_row(report_inputs *in, hn_table *table, const hn_csv *csv,
                           const char *reason)
{
    static const char *const actions[] = { "left out", "noted" };
    for (size_t i = 0; i < HN_COUNT_OF(actions); i++) {
        hn_table_cell(table, "%s",
                      hn_csv_find(csv, "action") < 0
                          ? DASH
                          : write_count(in->report, entries_of(csv, reason, actions[i])));
    }
    hn_table_cell(table, "%s", write_count(in->report, entries_of(csv, reason, NULL)));
}

static hn_status quarantine_table(report_inputs *in, hn_section *section, const hn_csv *csv)
{
    int reason = 0;
    HN_TRY(hn_csv_require(&reason, csv, "reason"));
    hn_text_list reasons = { 0 };
    hn_status status = HN_OK;
    for (int64_t i = 0; status == HN_OK && i < hn_csv_rows(csv); i++) {
        const char *word = hn_csv_cell(csv, i, reason);
        if (hn_text_list_find(&reasons, word) < 0) {
            status = hn_text_list_add(&reasons, word);
        }
    }
    hn_text_list_sort(&reasons);
    hn_table *table = hn_section_table(section, "quarantine-reasons", "Entries by reason.");
    hn_table_column(table, HN_ALIGN_LEFT, "Reason");
    hn_table_column(table, HN_ALIGN_RIGHT, "Left out");
    hn_table_column(table, HN_ALIGN_RIGHT, "Noted");
    hn_table_column(table, HN_ALIGN_RIGHT, "All");
    for (size_t r = 0; r < reasons.count; r++) {
        hn_table_row(table);
        hn_table_cell(table, "%s", word_of_reason(in->report, reasons.items[r]));
        quarantine_row(in, table, csv, reasons.items[r]);
    }
    hn_table_total(table);
    hn_table_cell(table, "All");
    quarantine_row(in, table, csv, NULL);
    hn_text_list_clear(&reasons);
    return status;
}

static hn_status quarantine_part(report_inputs *in)
{
    hn_section *section = hn_report_part(in->report, "quarantine", "Rows and images set aside");
    if (!in->quarantine_path) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No quarantine file was given (--quarantine), so what the cohort's builder "
                       "set aside is not listed here.");
        return HN_OK;
    }
    HN_AUTO_CSV *csv = NULL;
    HN_TRY(hn_csv_read(&csv, in->quarantine_path));
    if (hn_csv_rows(csv) == 0) {
        hn_section_say(section, HN_TONE_PLAIN, "The builder set nothing aside.");
        return HN_OK;
    }
    hn_section_say(section, HN_TONE_PLAIN,
                   "The builder's quarantine file has %s entries: rows and images that it left "
                   "out, and notes on those it used.",
                   write_count(in->report, hn_csv_rows(csv)));
    return quarantine_table(in, section, csv);
}

hn_status report_cohort_section(report_inputs *in)
{
    hn_section *section = hn_report_section(in->report, "cohort", "Cohort");
    sums all;
    HN_TRY(sum_up(&all, &in->cohort, &(choice) { .label = ANY_LABEL }));
    hn_text_list centers = { 0 };
    hn_status status = list_centers(&centers, &in->cohort);
    hn_section_say(section, HN_TONE_LEAD, "%s cases of %s patients from %s %s%s.",
                   write_count(in->report, all.cases), write_count(in->report, all.patients),
                   write_count(in->report, (int64_t)centers.count),
                   centers.count == 1 ? "center" : "centers",
                   in->cohort.from_file ? "" : " have predictions");
    if (!in->cohort.from_file) {
        hn_section_say(section, HN_TONE_MISSING,
                       "No cohort file was given (--cohort): these tables describe the cases in "
                       "the predictions, not those that the model was trained on.");
    }
    if (status == HN_OK) {
        status = subset_table(in, section);
    }
    hn_table *table = hn_section_table(section, "cohort-centers", "Cases by center, all subsets.");
    people_columns(table, "Center");
    if (status == HN_OK) {
        status = center_rows(in, table, &centers);
    }
    if (status == HN_OK) {
        status = mix_table(in, section, &centers);
    }
    hn_text_list_clear(&centers);
    HN_TRY(status);
    if (in->cohort.lab_count > 0) {
        HN_TRY(lab_table(in, section));
    } else {
        hn_section_say(section, HN_TONE_MISSING, "No biomarker is recorded.");
    }
    return quarantine_part(in);
}
