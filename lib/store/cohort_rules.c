/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The invariants of a cohort that concern its facts (3 and 6 to 10 of cohort_file.h), said once
 * for the writer, which refuses them, and for the reader and the check, which report them.
 */
#include "cohort_internal.h"

#include <hipnet/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reports ------------------------------------------------------------------------- */

static const char *const statements[HN_COHORT_INVARIANTS] = {
    "a complete HDF5 file of this schema",
    "root attributes, settings and their hash",
    "class names and risk class",
    "image datasets: shape, type, chunks, filters",
    "tables: one row per case, types as written down",
    "texts, words and identifiers",
    "numbers in range",
    "label agrees with reference status",
    "facts of a view agree with its presence",
    "biomarkers: names, values, censoring",
    "nothing else in the file",
    "every image readable and equal to its hash",
    "content hash",
};

void hn_cohort_report_begin(hn_cohort_report *report)
{
    *report = (hn_cohort_report) { .cases = -1 };
    for (int i = 0; i < HN_COHORT_INVARIANTS; i++) {
        report->findings[i].invariant = i + 1;
        report->findings[i].statement = statements[i];
        report->findings[i].state = HN_FINDING_NOT_EXAMINED;
    }
}

/* Texts from a hostile file may hold anything: a message stays one line of plain characters. */
static void make_plain(char *words)
{
    if (!hn_text_is_utf8(words, strlen(words))) {
        for (char *c = words; *c; c++) {
            *c = (unsigned char)*c < 0x80 ? *c : '?';
        }
    }
    for (char *c = words; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            *c = '?';
        }
    }
}

void hn_cohort_violate(hn_cohort_report *report, int invariant, const char *format, ...)
{
    hn_assert(invariant >= 1 && invariant <= HN_COHORT_INVARIANTS);
    hn_cohort_finding *finding = &report->findings[invariant - 1];
    if (finding->violations++ == 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(finding->first, sizeof finding->first, format, arguments);
        va_end(arguments);
        make_plain(finding->first);
        finding->state = HN_FINDING_VIOLATED;
        report->violated++;
    }
}

void hn_cohort_examined(hn_cohort_report *report, int invariant)
{
    hn_cohort_finding *finding = &report->findings[invariant - 1];
    if (finding->state == HN_FINDING_NOT_EXAMINED) {
        finding->state = HN_FINDING_OK;
    }
}

hn_status hn_cohort_report_status(const hn_cohort_report *report, hn_status status)
{
    for (int i = 0; i < HN_COHORT_INVARIANTS; i++) {
        const hn_cohort_finding *finding = &report->findings[i];
        if (finding->state == HN_FINDING_VIOLATED) {
            return hn_fail(status, "%s (invariant %d)", finding->first, finding->invariant);
        }
    }
    return HN_OK;
}

/* ---- words --------------------------------------------------------------------------- */

static bool made_of(const char *text, const char *letters, size_t low, size_t high)
{
    size_t length = strlen(text);
    return length >= low && length <= high && strspn(text, letters) == length;
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_id(const char *text)
{
    return made_of(text, LOWER UPPER DIGITS "._:-", 1, 63);
}

static bool is_plain_text(const char *text, size_t high)
{
    size_t length = strlen(text);
    if (length > high || !hn_text_is_utf8(text, length)) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_hash(const char *text)
{
    return made_of(text, DIGITS "abcdef", 64, 64);
}

bool hn_cohort_is_biomarker_name(const char *name)
{
    return made_of(name, LOWER DIGITS "_", 1, 63);
}

bool hn_cohort_is_source_hash_kind(const char *word)
{
    return strcmp(word, "sha256") == 0 || strcmp(word, "keyed") == 0 || strcmp(word, "none") == 0;
}

/* ---- rules --------------------------------------------------------------------------- */

void hn_cohort_check_classes(hn_cohort_report *report, const hn_cohort_content *content)
{
    bool found = content->risk_class[0] == '\0';
    if (content->class_count < 1 || content->class_count > HN_COHORT_CLASSES) {
        hn_cohort_violate(report, 3, "there are %d classes, 1 to %d were expected",
                          content->class_count, HN_COHORT_CLASSES);
    }
    for (int i = 0; i < content->class_count; i++) {
        const char *name = content->classes[i];
        if (!made_of(name, LOWER DIGITS "_-", 1, 63)) {
            hn_cohort_violate(report, 3,
                              "class %d is named '%.80s': 1 to 63 of a-z, 0-9, _ and - were "
                              "expected",
                              i, name);
        }
        found = found || strcmp(content->risk_class, name) == 0;
        for (int k = 0; k < i; k++) {
            if (strcmp(content->classes[k], name) == 0) {
                hn_cohort_violate(report, 3, "classes %d and %d are both named '%.80s'", k, i,
                                  name);
            }
        }
    }
    if (!found) {
        hn_cohort_violate(report, 3, "the risk class '%.80s' is not one of the classes",
                          content->risk_class);
    }
    hn_cohort_examined(report, 3);
}

static void check_texts(hn_cohort_report *report, const hn_case *facts, int64_t row)
{
    if (!is_id(facts->case_id)) {
        hn_cohort_violate(report, 6,
                          "row %" PRId64 ": case_id '%.80s' is not 1 to 63 of A-Z a-z 0-9 . _ : -",
                          row, facts->case_id);
    }
    if (!is_id(facts->patient_id)) {
        hn_cohort_violate(
            report, 6, "row %" PRId64 ": patient_id '%.80s' is not 1 to 63 of A-Z a-z 0-9 . _ : -",
            row, facts->patient_id);
    }
    if (!facts->center[0] || !is_plain_text(facts->center, 127)) {
        hn_cohort_violate(report, 6,
                          "row %" PRId64 ": center '%.80s' is not 1 to 127 bytes of plain text",
                          row, facts->center);
    }
    if (!made_of(facts->certainty, LOWER DIGITS "_-", 0, 31)) {
        hn_cohort_violate(report, 6,
                          "row %" PRId64 ": certainty '%.80s' is not a word of a-z, 0-9, _ and -",
                          row, facts->certainty);
    }
    if (facts->subset_hint[0] && hn_words_find(&hn_subset_words, facts->subset_hint) < 0) {
        hn_cohort_violate(report, 6,
                          "row %" PRId64 ": subset_hint '%.80s' is not empty, train, tuning, "
                          "internal_test, external or prospective",
                          row, facts->subset_hint);
    }
}

static void check_numbers(hn_cohort_report *report, const hn_case *facts, int64_t row)
{
    if (!isnan(facts->age_years) && !(facts->age_years >= 0 && facts->age_years <= 130)) {
        hn_cohort_violate(report, 7, "row %" PRId64 ": age_years is %g, 0 to 130 was expected", row,
                          facts->age_years);
    }
    if (facts->study_year != 0 && (facts->study_year < 1895 || facts->study_year > 2200)) {
        hn_cohort_violate(report, 7,
                          "row %" PRId64 ": study_year is %d, 0 or 1895 to 2200 was expected", row,
                          facts->study_year);
    }
    if (isinf(facts->reference_days)) {
        hn_cohort_violate(report, 7, "row %" PRId64 ": reference_days is infinite", row);
    }
}

static void check_label(hn_cohort_report *report, const hn_cohort_content *content,
                        const hn_case *facts, int64_t row)
{
    if (facts->label < -1 || facts->label >= content->class_count) {
        hn_cohort_violate(report, 8, "row %" PRId64 ": label is %d, -1 to %d was expected", row,
                          facts->label, content->class_count - 1);
    } else if ((facts->label >= 0) != (facts->reference_status == HN_REFERENCE_SINGLE)) {
        hn_cohort_violate(report, 8, "row %" PRId64 ": label %d and reference_status %s contradict",
                          row, facts->label, hn_reference_status_name(facts->reference_status));
    }
}

static void check_missing_view(hn_cohort_report *report, const hn_case_view *view, const char *name,
                               int64_t row)
{
    if (!isnan(view->spacing_mm) || view->spacing_meaning != HN_SPACING_NONE || view->rows != 0 ||
        view->columns != 0 || view->projection != HN_PROJECTION_UNKNOWN || view->source_hash[0] ||
        view->pixel_hash[0]) {
        hn_cohort_violate(report, 9, "row %" PRId64 ": the %s view is missing but has facts", row,
                          name);
    }
}

static void check_view(hn_cohort_report *report, const hn_cohort_content *content,
                       const hn_case_view *view, const char *name, int64_t row)
{
    if (!view->present) {
        check_missing_view(report, view, name, row);
        return;
    }
    if (view->rows < 1 || view->columns < 1) {
        hn_cohort_violate(report, 9, "row %" PRId64 ": the %s view's original has %d x %d pixels",
                          row, name, view->rows, view->columns);
    }
    if (!isnan(view->spacing_mm) && !(view->spacing_mm > 0 && !isinf(view->spacing_mm))) {
        hn_cohort_violate(report, 9, "row %" PRId64 ": the %s view's spacing is %g mm", row, name,
                          view->spacing_mm);
    }
    if (isnan(view->spacing_mm) != (view->spacing_meaning == HN_SPACING_NONE)) {
        hn_cohort_violate(report, 9,
                          "row %" PRId64 ": the %s view's spacing %g mm has the meaning %s", row,
                          name, view->spacing_mm, hn_spacing_name(view->spacing_meaning));
    }
    if (!is_hash(view->pixel_hash)) {
        hn_cohort_violate(report, 9,
                          "row %" PRId64 ": the %s view's pixel_hash is not 64 hex "
                          "digits",
                          row, name);
    }
    bool wanted = strcmp(content->source_hash_kind, "none") != 0;
    if (wanted ? !is_hash(view->source_hash) : view->source_hash[0] != '\0') {
        hn_cohort_violate(report, 9, "row %" PRId64 ": the %s view's source_hash is not %s", row,
                          name, wanted ? "64 hex digits" : "empty");
    }
}

void hn_cohort_check_case(hn_cohort_report *report, const hn_cohort_content *content,
                          const hn_case *facts, int64_t row)
{
    check_texts(report, facts, row);
    check_numbers(report, facts, row);
    check_label(report, content, facts, row);
    for (int v = 0; v < HN_VIEWS; v++) {
        check_view(report, content, &facts->views[v], hn_view_name((hn_view)v), row);
    }
}

void hn_cohort_check_biomarker(hn_cohort_report *report, const hn_biomarker *biomarker,
                               int64_t count)
{
    if (!is_plain_text(biomarker->unit, 31)) {
        hn_cohort_violate(report, 10,
                          "biomarker %s: the unit '%.80s' is not plain text of up to "
                          "31 bytes",
                          biomarker->name, biomarker->unit);
    }
    for (int64_t i = 0; i < count; i++) {
        double value = biomarker->value[i];
        int censoring = biomarker->censoring[i];
        if (isinf(value) || isinf(biomarker->days[i])) {
            hn_cohort_violate(report, 10, "biomarker %s row %" PRId64 ": a number is infinite",
                              biomarker->name, i);
        }
        if (censoring < -1 || censoring > 1 || (isnan(value) && censoring != 0)) {
            hn_cohort_violate(report, 10,
                              "biomarker %s row %" PRId64 ": censoring %d beside the value %g",
                              biomarker->name, i, censoring, value);
        }
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static hn_status check_unique(hn_cohort_report *report, const hn_cohort_content *content)
{
    HN_AUTOFREE const char **ids = hn_calloc((size_t)content->count, sizeof *ids);
    if (!ids) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < content->count; i++) {
        ids[i] = content->cases[i].case_id;
    }
    qsort(ids, (size_t)content->count, sizeof *ids, compare_texts);
    for (int64_t i = 1; i < content->count; i++) {
        if (strcmp(ids[i - 1], ids[i]) == 0) {
            hn_cohort_violate(report, 6, "case_id '%.80s' stands in more than one row", ids[i]);
        }
    }
    return HN_OK;
}

hn_status hn_cohort_check_content(hn_cohort_report *report, const hn_cohort_content *content)
{
    hn_cohort_check_classes(report, content);
    for (int64_t i = 0; i < content->count; i++) {
        hn_cohort_check_case(report, content, &content->cases[i], i);
    }
    HN_TRY(check_unique(report, content));
    for (int b = 0; b < content->biomarker_count; b++) {
        hn_cohort_check_biomarker(report, &content->biomarkers[b], content->count);
    }
    for (int invariant = 6; invariant <= 10; invariant++) {
        hn_cohort_examined(report, invariant);
    }
    return HN_OK;
}
