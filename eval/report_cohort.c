/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cohort file and the split, read for the report: facts of every case, hashes, settings. */
#include "report_cohort.h"

#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/split.h>

#include <math.h>
#include <string.h>

static const char *keep(hn_report *texts, const char *text)
{
    return hn_report_text(texts, "%s", text ? text : "");
}

static void read_biomarkers(report_cohort *out, hn_report *texts, const hn_cohort *file,
                            int64_t cases)
{
    int count = hn_cohort_get_info(file)->biomarker_count;
    out->lab_count = count < REPORT_BIOMARKERS ? count : REPORT_BIOMARKERS;
    for (int b = 0; b < out->lab_count; b++) {
        const hn_biomarker *biomarker = hn_cohort_biomarker(file, b);
        out->lab_names[b] = keep(texts, biomarker->name);
        out->lab_units[b] = keep(texts, biomarker->unit);
        for (int64_t i = 0; i < cases; i++) {
            out->cases[i].labs[b] =
                (lab) { .value = biomarker->value[i], .censoring = biomarker->censoring[i] };
        }
    }
}

static char letter_of_sex(hn_sex sex)
{
    return sex == HN_SEX_FEMALE ? 'f' : sex == HN_SEX_MALE ? 'm' : sex == HN_SEX_OTHER ? 'o' : 0;
}

static hn_status read_cases(report_cohort *out, hn_report *texts, const hn_cohort *file,
                            const hn_split *split)
{
    int64_t count = hn_cohort_get_info(file)->cases;
    out->cases = hn_calloc((size_t)count, sizeof *out->cases);
    if (!out->cases) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        const hn_case *from = hn_cohort_case(file, i);
        const char *subset = from->subset_hint;
        hn_subset assigned;
        if (split && hn_split_find(&assigned, NULL, split, from->patient_id) == HN_OK) {
            subset = hn_subset_name(assigned);
        }
        out->cases[i] = (report_case) {
            .patient = keep(texts, from->patient_id),
            .center = keep(texts, from->center),
            .subset = keep(texts, subset),
            .label = from->label,
            .age = from->age_years,
            .sex = letter_of_sex(from->sex),
            .ap = from->views[HN_VIEW_AP].present,
            .lateral = from->views[HN_VIEW_LATERAL].present,
            .in_reference = from->serology_in_reference == HN_ANSWER_YES,
        };
    }
    out->count = (size_t)count;
    read_biomarkers(out, texts, file, count);
    return HN_OK;
}

static hn_status read_classes(report_cohort *out, hn_report *texts, const hn_cohort_info *info)
{
    const char **classes = hn_calloc((size_t)info->class_count, sizeof *classes);
    if (!classes) {
        return HN_ENOMEM;
    }
    for (int k = 0; k < info->class_count; k++) {
        classes[k] = keep(texts, info->classes[k]);
    }
    out->classes = classes;
    out->class_count = info->class_count;
    return HN_OK;
}

hn_status report_cohort_read(report_cohort *out, hn_report *texts, const char *path,
                             const char *split_path)
{
    HN_AUTO_SPLIT *split = NULL;
    if (split_path) {
        HN_TRY(hn_split_read(&split, split_path));
        out->split_sha256 = keep(texts, hn_split_sha256(split));
        out->split_cohort_sha256 = keep(texts, hn_split_cohort_sha256(split));
        out->split_seed = hn_split_seed(split);
        out->split_folds = hn_split_folds(split);
        out->split_patients = hn_split_patients(split);
    }
    if (!path) {
        return HN_OK;
    }
    HN_AUTO_COHORT *file = NULL;
    HN_TRY(hn_cohort_open(&file, path));
    const hn_cohort_info *info = hn_cohort_get_info(file);
    out->from_file = true;
    out->name = keep(texts, hn_path_name(path));
    out->sha256 = keep(texts, info->content_sha256);
    out->settings_sha256 = keep(texts, info->settings_sha256);
    out->settings = keep(texts, info->settings_json);
    out->software = keep(texts, info->software);
    out->created = keep(texts, info->created);
    out->risk_class = info->risk_class >= 0 ? keep(texts, info->classes[info->risk_class]) : NULL;
    out->rows = info->rows;
    out->columns = info->columns;
    out->bits = info->bits;
    HN_TRY(read_classes(out, texts, info));
    return read_cases(out, texts, file, split);
}

void report_cohort_clear(report_cohort *cohort)
{
    hn_free(cohort->cases);
    hn_free((void *)cohort->classes);
    *cohort = (report_cohort) { 0 };
}
