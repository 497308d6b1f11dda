/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rows to cases in passes over one order of the rows: what contradicts itself is taken out
 * first, so that each later rule sees only rows that it can decide on. */
#include "manifest_private.h"

#include <stdlib.h>
#include <string.h>

/* An order of the rows that are still good, cut into runs. */
typedef struct order {
    hn_manifest *manifest;
    int64_t *rows;
    int64_t count;
} order;

static hn_manifest_row *at(const order *o, int64_t i)
{
    return &o->manifest->rows[o->rows[i]];
}

bool manifest_same_date(hn_date a, hn_date b)
{
    return a.precision == b.precision && (a.precision == 0 || a.days == b.days);
}

static int compare_dates(hn_date a, hn_date b)
{
    if ((a.precision == 0) != (b.precision == 0)) {
        return a.precision == 0 ? 1 : -1; /* no date comes last */
    }
    int by_day = a.precision ? (a.days > b.days) - (a.days < b.days) : 0;
    return by_day ? by_day : a.precision - b.precision;
}

static int compare_patients(const hn_manifest *m, const hn_manifest_row *a,
                            const hn_manifest_row *b)
{
    int by_id = strcmp(a->patient, b->patient);
    return by_id || !m->map->ids_per_center ? by_id : strcmp(a->center, b->center);
}

static int compare_hips(const hn_manifest *m, const hn_manifest_row *a, const hn_manifest_row *b)
{
    int by_patient = compare_patients(m, a, b);
    return by_patient ? by_patient : (int)a->side - (int)b->side;
}

static int compare_cases(const hn_manifest *m, const hn_manifest_row *a, const hn_manifest_row *b)
{
    int by_hip = compare_hips(m, a, b);
    return by_hip ? by_hip : compare_dates(a->reference_date, b->reference_date);
}

static int compare_files(const hn_manifest *m, const hn_manifest_row *a, const hn_manifest_row *b)
{
    int by_patient = compare_patients(m, a, b);
    int by_file = by_patient ? by_patient : strcmp(a->file, b->file);
    return by_file ? by_file : (int)a->view - (int)b->view;
}

typedef int (*comparison)(const hn_manifest *m, const hn_manifest_row *a, const hn_manifest_row *b);

typedef struct sorting {
    const hn_manifest *manifest;
    comparison compare;
} sorting;

static int by_comparison(const void *a, const void *b, void *context)
{
    const sorting *s = context;
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    int found = s->compare(s->manifest, &s->manifest->rows[left], &s->manifest->rows[right]);
    return found ? found : (left > right) - (left < right);
}

/* The good rows in the order of `compare`, equal ones in manifest order. */
static void sort_good(order *o, comparison compare)
{
    o->count = 0;
    for (size_t i = 0; i < o->manifest->row_count; i++) {
        if (o->manifest->rows[i].reason == HN_REASON_NONE) {
            o->rows[o->count++] = (int64_t)i;
        }
    }
    sorting s = { o->manifest, compare };
    qsort_r(o->rows, (size_t)o->count, sizeof *o->rows, by_comparison, &s);
}

/* The end of the run of equal rows that starts at `first`. */
static int64_t run_end(const order *o, int64_t first, comparison compare)
{
    int64_t end = first + 1;
    while (end < o->count && compare(o->manifest, at(o, first), at(o, end)) == 0) {
        end++;
    }
    return end;
}

static hn_status drop_duplicates(order *o)
{
    sort_good(o, compare_files);
    for (int64_t first = 0, end; first < o->count; first = end) {
        end = run_end(o, first, compare_files);
        for (int64_t i = first + 1; i < end; i++) {
            HN_TRY(hn_manifest_quarantine(o->manifest, o->rows[i], HN_REASON_DUPLICATE_ROW,
                                          "as line %lld of %s", (long long)at(o, first)->line,
                                          at(o, first)->manifest));
        }
    }
    return HN_OK;
}

static hn_status drop_two_centers(order *o)
{
    sort_good(o, compare_patients);
    for (int64_t first = 0, end; first < o->count; first = end) {
        end = run_end(o, first, compare_patients);
        const char *other = NULL;
        for (int64_t i = first + 1; i < end && !other; i++) {
            other = strcmp(at(o, i)->center, at(o, first)->center) ? at(o, i)->center : NULL;
        }
        for (int64_t i = first; other && i < end; i++) {
            HN_TRY(
                hn_manifest_quarantine(o->manifest, o->rows[i], HN_REASON_TWO_CENTERS,
                                       "centers '%.60s' and '%.60s' (patient_ids of cohort.json)",
                                       at(o, first)->center, other));
        }
    }
    return HN_OK;
}

static hn_status drop_missing_sides(order *o)
{
    sort_good(o, compare_patients);
    for (int64_t first = 0, end; first < o->count; first = end) {
        end = run_end(o, first, compare_patients);
        bool some = false;
        for (int64_t i = first; i < end; i++) {
            some |= at(o, i)->side != HN_SIDE_UNKNOWN;
        }
        for (int64_t i = first; some && i < end; i++) {
            if (at(o, i)->side == HN_SIDE_UNKNOWN) {
                HN_TRY(hn_manifest_quarantine(o->manifest, o->rows[i], HN_REASON_SIDE_MISSING,
                                              "other rows of this patient name a side"));
            }
        }
    }
    return HN_OK;
}

/* A row without reference date belongs to the hip's only one; to none when there are several. */
static hn_status settle_reference_dates(order *o)
{
    sort_good(o, compare_hips);
    for (int64_t first = 0, end; first < o->count; first = end) {
        end = run_end(o, first, compare_hips);
        hn_date only = { 0 };
        bool several = false;
        for (int64_t i = first; i < end; i++) {
            hn_date date = at(o, i)->reference_date;
            several |= date.precision && only.precision && !manifest_same_date(date, only);
            only = date.precision ? date : only;
        }
        for (int64_t i = first; i < end; i++) {
            if (at(o, i)->reference_date.precision) {
                continue;
            }
            if (several) {
                HN_TRY(hn_manifest_quarantine(o->manifest, o->rows[i],
                                              HN_REASON_REFERENCE_DATE_MISSING,
                                              "this hip has several reference dates"));
            } else {
                at(o, i)->reference_date = only;
            }
        }
    }
    return HN_OK;
}

/* ---- one case -------------------------------------------------------------------------- */

static hn_manifest_row *row_of(const case_rows *c, int64_t i)
{
    return &c->manifest->rows[c->rows[i]];
}

static hn_status drop_case(const case_rows *c, hn_reason reason, const char *words)
{
    for (int64_t i = 0; i < c->count; i++) {
        HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], reason, "%s", words));
    }
    return HN_OK;
}

/* What the rows say together: `reason` is set when it makes no case. */
static hn_reason judge_label(const case_rows *c, int *label, hn_reference_status *status)
{
    uint64_t labels = 0;
    bool given = false;
    for (int64_t i = 0; i < c->count; i++) {
        const hn_manifest_row *row = row_of(c, i);
        labels |= row->labels;
        if (row->status_given && given && row->status != *status) {
            return HN_REASON_LABELS_CONTRADICT;
        }
        if (row->status_given) {
            *status = row->status;
            given = true;
        }
    }
    *label = -1;
    if (given && *status != HN_REFERENCE_SINGLE) {
        return HN_REASON_NONE;
    }
    if (labels == 0) {
        *status = HN_REFERENCE_PENDING;
        return !given && c->manifest->map->missing_label == HN_MISSING_PENDING
                   ? HN_REASON_NONE
                   : HN_REASON_LABEL_MISSING;
    }
    if (labels & (labels - 1)) {
        *status = HN_REFERENCE_SEVERAL;
        return c->manifest->map->several_labels == HN_LABELS_SEVERAL ? HN_REASON_NONE
                                                                     : HN_REASON_LABELS_CONTRADICT;
    }
    *status = HN_REFERENCE_SINGLE;
    *label = __builtin_ctzll(labels);
    return HN_REASON_NONE;
}

/* Films after the reference, or too long before it, are left out where both days are known. */
static hn_status apply_window(const case_rows *c)
{
    int64_t window = c->manifest->map->window_days;
    for (int64_t i = 0; i < c->count; i++) {
        const hn_manifest_row *row = row_of(c, i);
        if (row->date.precision != 'd' || row->reference_date.precision != 'd') {
            continue;
        }
        int64_t before = row->reference_date.days - row->date.days;
        if (before < 0) {
            HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], HN_REASON_AFTER_REFERENCE,
                                          "%lld days after", (long long)-before));
        } else if (before > window) {
            HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], HN_REASON_OUTSIDE_WINDOW,
                                          "%lld days before, %lld are allowed", (long long)before,
                                          (long long)window));
        }
    }
    return HN_OK;
}

static bool is_good(const case_rows *c, int64_t i)
{
    return row_of(c, i)->reason == HN_REASON_NONE;
}

static int views_on(const case_rows *c, hn_date date)
{
    int views = 0;
    for (int64_t i = 0; i < c->count; i++) {
        if (is_good(c, i) && manifest_same_date(row_of(c, i)->date, date)) {
            views |= 1 << row_of(c, i)->view;
        }
    }
    return views == 3 ? 2 : views != 0;
}

/* The visit: both views count more than one; then the first or the last, as the rule says. */
static bool choose_visit(hn_date *visit, const case_rows *c)
{
    bool last = c->manifest->map->several_images == HN_IMAGES_LAST;
    bool found = false;
    int best_views = 0;
    for (int64_t i = 0; i < c->count; i++) {
        if (!is_good(c, i)) {
            continue;
        }
        hn_date date = row_of(c, i)->date;
        int views = views_on(c, date);
        int later = found ? compare_dates(date, *visit) : 0;
        if (last && found && date.precision && visit->precision) {
            later = -later;
        }
        if (!found || views > best_views || (views == best_views && later < 0)) {
            *visit = date;
            best_views = views;
            found = true;
        }
    }
    return found;
}

static hn_status refuse_several(const case_rows *c)
{
    int64_t images[HN_VIEWS] = { 0 };
    for (int64_t i = 0; i < c->count; i++) {
        images[row_of(c, i)->view] += is_good(c, i);
    }
    for (int64_t i = 0; i < c->count; i++) {
        hn_view view = row_of(c, i)->view;
        if (images[view] > 1 && is_good(c, i)) {
            HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], HN_REASON_SEVERAL_IMAGES,
                                          "%lld images of view %s in this case",
                                          (long long)images[view], hn_view_name(view)));
        }
    }
    return HN_OK;
}

static hn_status choose_images(case_rows *c)
{
    hn_date visit = { 0 };
    c->chosen[HN_VIEW_AP] = c->chosen[HN_VIEW_LATERAL] = -1;
    if (c->manifest->map->several_images == HN_IMAGES_REFUSE) {
        HN_TRY(refuse_several(c));
    }
    if (!choose_visit(&visit, c)) {
        return HN_OK;
    }
    for (int64_t i = 0; i < c->count; i++) {
        const hn_manifest_row *row = row_of(c, i);
        bool usable = is_good(c, i) && manifest_same_date(row->date, visit);
        if (usable &&
            (c->chosen[row->view] < 0 || c->manifest->map->several_images == HN_IMAGES_LAST)) {
            c->chosen[row->view] = c->rows[i];
        }
    }
    for (int64_t i = 0; i < c->count; i++) {
        int64_t chosen = c->chosen[row_of(c, i)->view];
        if (chosen == c->rows[i] || !is_good(c, i)) {
            continue;
        }
        if (chosen < 0) {
            HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], HN_REASON_SUPERSEDED,
                                          "the films of another visit were chosen"));
        } else {
            HN_TRY(hn_manifest_quarantine(c->manifest, c->rows[i], HN_REASON_SUPERSEDED,
                                          "line %lld was chosen",
                                          (long long)c->manifest->rows[chosen].line));
        }
    }
    return HN_OK;
}

static hn_status plan_case(case_rows *c)
{
    int label = -1;
    hn_reference_status status = HN_REFERENCE_PENDING;
    hn_reason reason = judge_label(c, &label, &status);
    if (reason != HN_REASON_NONE) {
        return drop_case(c, reason,
                         reason == HN_REASON_LABEL_MISSING
                             ? "no row of this case has a diagnosis"
                             : "the rows of this case do not agree, or name several diagnoses");
    }
    HN_TRY(apply_window(c));
    HN_TRY(choose_images(c));
    if (c->chosen[HN_VIEW_AP] < 0 && c->chosen[HN_VIEW_LATERAL] < 0) {
        return HN_OK;
    }
    return manifest_add_case(c, label, status);
}

hn_status hn_manifest_plan(hn_manifest *manifest)
{
    HN_AUTOFREE int64_t *rows = hn_calloc(manifest->row_count, sizeof *rows);
    if (!rows) {
        return HN_ENOMEM;
    }
    order o = { .manifest = manifest, .rows = rows };
    HN_TRY(drop_duplicates(&o));
    if (!manifest->map->ids_per_center) {
        HN_TRY(drop_two_centers(&o));
    }
    HN_TRY(drop_missing_sides(&o));
    HN_TRY(settle_reference_dates(&o));
    sort_good(&o, compare_cases);
    for (int64_t first = 0, end; first < o.count; first = end) {
        end = run_end(&o, first, compare_cases);
        case_rows c = { .manifest = manifest, .rows = rows + first, .count = end - first };
        HN_TRY(plan_case(&c));
    }
    return HN_OK;
}
