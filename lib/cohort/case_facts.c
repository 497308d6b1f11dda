/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a case is known by: facts come from the rows of its images, the AP first, then from other
 * rows of the same visit. Where they disagree the first counts and a note says so. */
#include "manifest_private.h"

#include <hipnet/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct sources {
    const case_rows *c;
    int64_t *rows; /* in the order in which they are believed */
    int64_t count;
} sources;

static const hn_manifest_row *source(const sources *s, int64_t i)
{
    return &s->c->manifest->rows[s->rows[i]];
}

static void gather(sources *s)
{
    const case_rows *c = s->c;
    for (int v = 0; v < HN_VIEWS; v++) {
        if (c->chosen[v] >= 0) {
            s->rows[s->count++] = c->chosen[v];
        }
    }
    hn_date visit = source(s, 0)->date;
    for (int64_t i = 0; i < c->count; i++) {
        const hn_manifest_row *row = &c->manifest->rows[c->rows[i]];
        bool chosen =
            c->rows[i] == c->chosen[HN_VIEW_AP] || c->rows[i] == c->chosen[HN_VIEW_LATERAL];
        bool aside = row->reason == HN_REASON_NONE || row->reason == HN_REASON_SUPERSEDED;
        if (!chosen && aside && manifest_same_date(row->date, visit)) {
            s->rows[s->count++] = c->rows[i];
        }
    }
}

/* Only rows whose images are used are expected to agree: another film may have its own values. */
static bool is_used(const sources *s, int64_t i)
{
    return source(s, i)->reason == HN_REASON_NONE;
}

static hn_status note_difference(const sources *s, int64_t row, const char *column)
{
    return hn_manifest_add_note(s->c->manifest, s->rows[row], HN_REASON_VALUES_DIFFER, column,
                                "line %lld says otherwise and counts",
                                (long long)source(s, 0)->line);
}

static bool same_lab(const hn_lab *a, const hn_lab *b)
{
    return a->bound == b->bound && !(a->value < b->value) && !(a->value > b->value);
}

static hn_status settle_lab(hn_lab *out, const sources *s,
                            const hn_lab *(*get)(const sources *s, int64_t i, int b), int b,
                            const char *column)
{
    *out = HN_LAB_MISSING;
    for (int64_t i = 0; i < s->count; i++) {
        const hn_lab *lab = get(s, i, b);
        if (isnan(lab->value)) {
            continue;
        }
        if (isnan(out->value)) {
            *out = *lab;
        } else if (is_used(s, i) && !same_lab(out, lab)) {
            HN_TRY(note_difference(s, i, column));
        }
    }
    return HN_OK;
}

static const hn_lab *age_of(const sources *s, int64_t i, int b)
{
    (void)b;
    return &source(s, i)->age;
}

static const hn_lab *lab_of(const sources *s, int64_t i, int b)
{
    return &source(s, i)->labs[b];
}

static hn_status settle_sex(hn_sex *out, const sources *s)
{
    *out = HN_SEX_UNKNOWN;
    for (int64_t i = 0; i < s->count; i++) {
        hn_sex sex = source(s, i)->sex;
        if (sex != HN_SEX_UNKNOWN && *out != HN_SEX_UNKNOWN && sex != *out) {
            *out = HN_SEX_UNKNOWN;
            return hn_manifest_add_note(s->c->manifest, s->rows[i], HN_REASON_VALUES_DIFFER, "sex",
                                        "the rows of this case disagree: stored as unknown");
        }
        *out = sex != HN_SEX_UNKNOWN ? sex : *out;
    }
    return HN_OK;
}

static void settle_answers(hn_case *facts, const sources *s)
{
    facts->certainty = "";
    for (int64_t i = s->count; i-- > 0;) {
        const hn_manifest_row *row = source(s, i);
        facts->serology_in_reference =
            row->serology != HN_ANSWER_UNKNOWN ? row->serology : facts->serology_in_reference;
        facts->film_in_reference =
            row->film != HN_ANSWER_UNKNOWN ? row->film : facts->film_in_reference;
        facts->certainty = row->certainty[0] ? row->certainty : facts->certainty;
    }
}

static int year_of(hn_date date)
{
    if (date.precision == 0) {
        return 0;
    }
    char text[HN_DATE_SIZE];
    hn_format_date(text, date.days);
    return (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
}

static void settle_dates(hn_case_plan *plan, const hn_cohort_map *map)
{
    hn_case *facts = &plan->facts;
    facts->study_year = year_of(plan->date);
    if (plan->date.precision == 'd' && plan->reference_date.precision == 'd') {
        facts->reference_days = (double)(plan->reference_date.days - plan->date.days);
    }
    bool prospective = map->has_prospective_after && plan->date.precision != 0 &&
                       plan->date.days > map->prospective_after;
    facts->subset_hint = prospective ? "prospective" : "";
}

static hn_status settle(hn_case_plan *plan, const sources *s)
{
    const hn_cohort_map *map = s->c->manifest->map;
    hn_case *facts = &plan->facts;
    hn_lab age;
    HN_TRY(settle_lab(&age, s, age_of, 0, "age"));
    facts->age_years = age.value;
    HN_TRY(settle_sex(&facts->sex, s));
    settle_answers(facts, s);
    settle_dates(plan, map);
    facts->side = plan->side;
    facts->mirrored = plan->side == HN_SIDE_RIGHT && map->image.mirror_right;
    hn_lab *labs =
        hn_arena_alloc(s->c->manifest->strings, (size_t)map->biomarker_count * sizeof *labs);
    if (!labs) {
        return HN_ENOMEM;
    }
    for (int b = 0; b < map->biomarker_count; b++) {
        HN_TRY(settle_lab(&labs[b], s, lab_of, b, map->biomarkers[b].column));
    }
    plan->labs = labs;
    return HN_OK;
}

hn_status manifest_add_case(const case_rows *c, int label, hn_reference_status status)
{
    hn_manifest *m = c->manifest;
    HN_AUTOFREE int64_t *rows = hn_calloc((size_t)c->count, sizeof *rows);
    if (!rows) {
        return HN_ENOMEM;
    }
    sources s = { .c = c, .rows = rows };
    gather(&s);
    HN_TRY(hn_grow(&m->cases, m->case_count, &m->case_capacity, sizeof *m->cases));
    hn_case_plan plan = { .facts = HN_CASE_INIT };
    const hn_manifest_row *first = source(&s, 0);
    plan.patient = first->patient;
    plan.center = plan.facts.center = first->center;
    plan.side = first->side;
    plan.reference_date = first->reference_date;
    plan.date = first->date;
    plan.facts.label = label;
    plan.facts.reference_status = status;
    HN_TRY(settle(&plan, &s));
    for (int v = 0; v < HN_VIEWS; v++) {
        plan.rows[v] = c->chosen[v];
        if (c->chosen[v] >= 0) {
            plan.facts.views[v].projection = m->rows[c->chosen[v]].projection;
            m->rows[c->chosen[v]].case_index = (int64_t)m->case_count;
        }
    }
    m->cases[m->case_count++] = plan;
    return HN_OK;
}

int64_t hn_manifest_cases(const hn_manifest *manifest)
{
    return (int64_t)manifest->case_count;
}

hn_case_plan *hn_manifest_case_at(hn_manifest *manifest, int64_t index)
{
    hn_assert(index >= 0 && (size_t)index < manifest->case_count);
    return &manifest->cases[index];
}
