/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cases of a cohort file, gathered into patients: what the division needs to know of each,
 * and no more. */
#include <hipnet/split.h>

#include <hipnet/cohort_file.h>
#include <hipnet/leakage.h>
#include <hipnet/memory.h>

#include <stdlib.h>
#include <string.h>

typedef struct case_row {
    const hn_case *facts;
    int64_t patient;
} case_row;

static int by_patient(const void *a, const void *b)
{
    const hn_case *left = ((const case_row *)a)->facts, *right = ((const case_row *)b)->facts;
    int order = strcmp(left->patient_id, right->patient_id);
    return order ? order : strcmp(left->case_id, right->case_id);
}

static hn_status load_rows(case_row **out, const hn_cohort *cohort)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    case_row *rows = hn_calloc((size_t)cases, sizeof *rows);
    if (!rows) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < cases; i++) {
        rows[i].facts = hn_cohort_case(cohort, i);
    }
    qsort(rows, (size_t)cases, sizeof *rows, by_patient);
    *out = rows;
    return HN_OK;
}

static bool is_prospective(const hn_case *facts, int after_year)
{
    return strcmp(facts->subset_hint, "prospective") == 0 ||
           (after_year > 0 && facts->study_year > after_year);
}

/* Of a patient with several labels the rarest counts, so that it is not lost to a subset. */
static int rarer(int a, int b, const int64_t *cases_of)
{
    if (a < 0 || b < 0) {
        return a < 0 ? b : a;
    }
    return cases_of[b] < cases_of[a] || (cases_of[b] == cases_of[a] && b < a) ? b : a;
}

static hn_status add_case(hn_split_member *member, const hn_case *facts, int after_year,
                          const int64_t *cases_of)
{
    if (strcmp(member->center, facts->center) != 0) {
        return hn_fail(HN_EDATA, "patient %s has cases in centers '%s' and '%s'", member->patient,
                       member->center, facts->center);
    }
    member->label = rarer(member->label, facts->label, cases_of);
    for (int v = 0; v < HN_VIEWS; v++) {
        member->views |= facts->views[v].present ? 1 << v : 0;
    }
    member->prospective = member->prospective && is_prospective(facts, after_year);
    member->cases++;
    return HN_OK;
}

static hn_status gather(hn_split_member *members, int64_t *count, case_row *rows, int64_t cases,
                        int after_year)
{
    int64_t cases_of[HN_COHORT_CLASSES] = { 0 };
    for (int64_t i = 0; i < cases; i++) {
        if (rows[i].facts->label >= 0) {
            cases_of[rows[i].facts->label]++;
        }
    }
    *count = 0;
    for (int64_t i = 0; i < cases; i++) {
        const hn_case *facts = rows[i].facts;
        if (i == 0 || strcmp(rows[i - 1].facts->patient_id, facts->patient_id) != 0) {
            members[(*count)++] = (hn_split_member) {
                .patient = facts->patient_id,
                .center = facts->center,
                .label = -1,
                .prospective = true,
            };
        }
        rows[i].patient = *count - 1;
        HN_TRY(add_case(&members[*count - 1], facts, after_year, cases_of));
    }
    return HN_OK;
}

static hn_status group(hn_split_member *members, int64_t count, const case_row *rows, int64_t cases)
{
    HN_AUTOFREE hn_picture *pictures = hn_calloc((size_t)cases * HN_VIEWS, sizeof *pictures);
    HN_AUTOFREE int64_t *groups = hn_calloc((size_t)count, sizeof *groups);
    if (!pictures || !groups) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < cases; i++) {
        for (int v = 0; v < HN_VIEWS; v++) {
            pictures[i * HN_VIEWS + v] =
                (hn_picture) { rows[i].facts->views[v].pixel_hash, rows[i].patient };
        }
    }
    HN_TRY(hn_leakage_groups(groups, count, pictures, cases * HN_VIEWS));
    for (int64_t i = 0; i < count; i++) {
        members[i].group = groups[i];
    }
    return HN_OK;
}

hn_status hn_split_members_of(hn_split_member **members, int64_t *count, const hn_cohort *cohort,
                              int prospective_after_year)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    HN_AUTOFREE case_row *rows = NULL;
    HN_TRY(load_rows(&rows, cohort));
    HN_AUTOFREE hn_split_member *gathered = hn_calloc((size_t)cases, sizeof *gathered);
    if (!gathered) {
        return HN_ENOMEM;
    }
    HN_TRY(gather(gathered, count, rows, cases, prospective_after_year));
    HN_TRY(group(gathered, *count, rows, cases));
    *members = gathered;
    gathered = NULL;
    return HN_OK;
}

hn_status hn_split_verify_cohort(const hn_split *split, const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    HN_AUTOFREE const char **patients = hn_calloc((size_t)info->cases, sizeof *patients);
    if (!patients) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < info->cases; i++) {
        patients[i] = hn_cohort_case(cohort, i)->patient_id;
    }
    return hn_split_verify(split, info->content_sha256, patients, info->cases);
}
