/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * infer_table.c: facts of the cohort beside the probabilities. Biomarkers are written as a
 * laboratory would: "<5" keeps its censoring.
 */
#include "infer_table.h"

#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/predictions.h>

#include <math.h>
#include <stdio.h>

enum { CELL = HN_REAL_SIZE + 2 };

static const char *views_word(const hn_case *facts)
{
    bool ap = facts->views[HN_VIEW_AP].present;
    bool lateral = facts->views[HN_VIEW_LATERAL].present;
    return ap && lateral ? "both" : ap ? "ap" : lateral ? "lateral" : "";
}

static void write_biomarker(char cell[CELL], const hn_biomarker *biomarker, int64_t row)
{
    char digits[HN_REAL_SIZE];
    double value = biomarker->value[row];
    int censoring = biomarker->censoring[row];
    cell[0] = 0;
    if (!isnan(value)) {
        snprintf(cell, CELL, "%s%s",
                 censoring < 0   ? "<"
                 : censoring > 0 ? ">"
                                 : "",
                 hn_format_real(digits, value));
    }
}

static hn_status add_case(hn_predictions *table, const hn_cohort *cohort, int64_t row,
                          hn_subset subset, const double *probabilities, char (*cells)[CELL],
                          const char **extra)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    const hn_case *facts = hn_cohort_case(cohort, row);
    char age[HN_REAL_SIZE] = "";
    if (!isnan(facts->age_years)) {
        hn_format_real(age, facts->age_years);
    }
    for (int i = 0; i < info->biomarker_count; i++) {
        write_biomarker(cells[i], hn_cohort_biomarker(cohort, i), row);
        extra[i] = cells[i];
    }
    hn_prediction prediction = {
        .patient_id = facts->patient_id,
        .case_id = facts->case_id,
        .center = facts->center,
        .subset = hn_subset_name(subset),
        .views = views_word(facts),
        .label = facts->label >= 0 ? info->classes[facts->label] : "",
        .age = age,
        .sex = facts->sex == HN_SEX_UNKNOWN ? "" : hn_sex_name(facts->sex),
        .side = facts->side == HN_SIDE_UNKNOWN ? "" : hn_side_name(facts->side),
        .reference = (hn_reference)facts->reference_status,
        .result = isnan(probabilities[0]) ? HN_RESULT_UNREADABLE : HN_RESULT_ANSWERED,
        .probabilities = probabilities,
        .extra = extra,
    };
    return hn_predictions_add(table, &prediction);
}

static hn_status fill_table(hn_predictions *table, const hn_cohort *cohort, const int64_t *cases,
                            const hn_subset *subsets, const double *probabilities, int64_t count)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    size_t biomarkers = (size_t)info->biomarker_count;
    HN_AUTOFREE char(*cells)[CELL] = hn_calloc(biomarkers, CELL);
    HN_AUTOFREE const char **extra = hn_calloc(biomarkers, sizeof *extra);
    if (!cells || !extra) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        HN_TRY(add_case(table, cohort, cases[i], subsets[i], probabilities + i * info->class_count,
                        cells, extra));
    }
    return HN_OK;
}

hn_status infer_table_write(const char *path, const hn_cohort *cohort, const int64_t *cases,
                            const hn_subset *subsets, const double *probabilities, int64_t count,
                            bool force)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    HN_AUTO_PREDICTIONS *table = NULL;
    HN_AUTOFREE const char **names = hn_calloc((size_t)info->biomarker_count, sizeof *names);
    if (!names) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < info->biomarker_count; i++) {
        names[i] = hn_cohort_biomarker(cohort, i)->name;
    }
    HN_TRY(
        hn_predictions_new(&table, info->classes, info->class_count, names, info->biomarker_count));
    HN_TRY(fill_table(table, cohort, cases, subsets, probabilities, count));
    return hn_predictions_write(table, path, force);
}
