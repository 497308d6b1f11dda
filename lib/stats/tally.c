/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sort once, then walk: the sorted columns and the walks over them (tally.h says what for). A
 * walk up a column of class i adds, at every case of class i, twice the weight below it to
 * 2U(i|j); a group of ties adds once what lies below it before and once after its own cases.
 */
#include <hipnet/memory.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

#define LANES TALLY_LANES

/* The walks are built for the vector units that the machine may have; all sums that decide an
 * order are integers, and products are not fused, so that each build gives the same bytes. */
#if defined(__x86_64__) && defined(__GNUC__) && defined(__OPTIMIZE__) &&                           \
    !defined(__SANITIZE_ADDRESS__) && !defined(HN_NO_CLONES)
#if defined(__clang__)
#if __has_feature(address_sanitizer) || !__has_attribute(target_clones)
#define HN_CLONED
#endif
#endif
#ifndef HN_CLONED
#define HN_CLONED __attribute__((target_clones("avx2", "default")))
#endif
#else
#define HN_CLONED
#endif

#define INLINED static inline __attribute__((always_inline))

/* ---- Sorting -----------------------------------------------------------------------------------
 */

struct scored {
    double score;
    struct tally_entry entry;
};

static int order_scored(const void *left, const void *right)
{
    double a = ((const struct scored *)left)->score;
    double b = ((const struct scored *)right)->score;
    return (a > b) - (a < b);
}

/* Sorts and hands out the entries with the sizes of their groups. */
static hn_status sort_column(struct tally_entry **out, struct scored *scored, int64_t count)
{
    struct tally_entry *entries = hn_calloc((size_t)count, sizeof *entries);
    if (!entries) {
        return HN_ENOMEM;
    }
    qsort(scored, (size_t)count, sizeof *scored, order_scored);
    for (int64_t start = 0, end = 0; start < count; start = end) {
        while (end < count && scored[end].score == scored[start].score) {
            entries[end] = scored[end].entry;
            end++;
        }
        entries[start].group = (int32_t)(end - start);
    }
    *out = entries;
    return HN_OK;
}

static hn_status sort_columns(struct tally *tally)
{
    const hn_sample *sample = tally->sample;
    int classes = sample->classes;
    size_t cells = (size_t)sample->cases * (size_t)classes;
    HN_AUTOFREE struct scored *scored = hn_calloc(cells, sizeof *scored);
    if (!scored) {
        return HN_ENOMEM;
    }
    for (int k = 0; k < classes; k++) {
        for (int64_t i = 0; i < sample->cases; i++) {
            scored[i].score = sample->probability[i * classes + k];
            scored[i].entry = (struct tally_entry) { sample->patient[i], sample->label[i], 0 };
        }
        HN_TRY(sort_column(&tally->column[k], scored, sample->cases));
    }
    for (int64_t c = 0; c < (int64_t)cells; c++) {
        int64_t i = c / classes;
        scored[c].score = sample->probability[c];
        scored[c].entry =
            (struct tally_entry) { sample->patient[i], sample->label[i] == c % classes, 0 };
    }
    return sort_column(&tally->micro, scored, (int64_t)cells);
}

/* Groups 0..count-1 of cases: `start` gets [groups + 1], `order` the cases by group, in order. */
static void group_cases(int64_t *start, int64_t *order, const int32_t *group, int64_t count,
                        int64_t groups)
{
    for (int64_t g = 0; g <= groups; g++) {
        start[g] = 0;
    }
    for (int64_t i = 0; i < count; i++) {
        start[group[i] + 1]++;
    }
    for (int64_t g = 0; g < groups; g++) {
        start[g + 1] += start[g];
    }
    for (int64_t i = 0; i < count; i++) {
        order[start[group[i]]++] = i;
    }
    for (int64_t g = groups; g > 0; g--) {
        start[g] = start[g - 1];
    }
    start[0] = 0;
}

/* ---- Confidence bins
 * ------------------------------------------------------------------------------ */

/* Edge i of n equal bins, in the arithmetic of the library that names the convention. */
static double bin_edge(int i, int bins, hn_ece_edges edges)
{
    double step = 1.0 / bins;
    if (edges == HN_ECE_TORCHMETRICS && i > bins / 2) {
        return 1.0 - step * (bins - i);
    }
    return i == bins ? 1.0 : i * step;
}

static int32_t bin_of(double confidence, int bins, hn_ece_edges edges)
{
    int low = 0;
    int high = edges == HN_ECE_TORCHMETRICS ? bins : bins - 1; /* the last possible bin */
    while (low < high) {
        int middle = (low + high + 1) / 2;
        double edge = bin_edge(middle, bins, edges);
        bool above = edges == HN_ECE_GUO ? confidence > edge : confidence >= edge;
        low = above ? middle : low;
        high = above ? high : middle - 1;
    }
    return low;
}

static void fill_losses(struct tally *tally, const int64_t *order)
{
    const hn_sample *sample = tally->sample;
    for (int64_t at = 0; at < sample->cases; at++) {
        int64_t i = order[at];
        const double *p = &sample->probability[i * sample->classes];
        double brier = 0;
        for (int k = 0; k < sample->classes; k++) {
            double error = p[k] - (k == sample->label[i]);
            brier += error * error;
        }
        tally->by_bin[at] = sample->patient[i];
        tally->brier[at] = brier;
        tally->log_loss[at] = -log(fmax(p[sample->label[i]], DBL_EPSILON));
        tally->gap[at] = (sample->top[i] == sample->label[i]) - p[sample->top[i]];
    }
}

static hn_status group_all(struct tally *tally, hn_ece_edges edges)
{
    const hn_sample *sample = tally->sample;
    int64_t count = sample->cases;
    HN_AUTOFREE int64_t *order = hn_calloc((size_t)count, sizeof *order);
    HN_AUTOFREE int32_t *group = hn_calloc((size_t)count, sizeof *group);
    if (!order || !group) {
        return HN_ENOMEM;
    }
    int classes = sample->classes;
    for (int64_t i = 0; i < count; i++) {
        group[i] = sample->label[i] * classes + sample->top[i];
    }
    group_cases(tally->cell_start, order, group, count, (int64_t)classes * classes);
    for (int64_t at = 0; at < count; at++) {
        tally->by_cell[at] = sample->patient[order[at]];
    }
    for (int64_t i = 0; i < count; i++) {
        double confidence = sample->probability[i * classes + sample->top[i]];
        group[i] = bin_of(confidence, tally->bins, edges);
    }
    group_cases(tally->bin_start, order, group, count, tally->bins + 1);
    fill_losses(tally, order);
    return HN_OK;
}

static hn_status check_size(struct tally *tally)
{
    const hn_sample *sample = tally->sample;
    HN_AUTOFREE int64_t *cases = hn_calloc((size_t)sample->patients, sizeof *cases);
    if (!cases) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < sample->cases; i++) {
        int64_t count = ++cases[sample->patient[i]];
        tally->most_cases = count > tally->most_cases ? count : tally->most_cases;
    }
    tally->most_total = tally->most_cases * sample->patients;
    if (tally->most_total > INT32_MAX / sample->classes) {
        return hn_fail(HN_EDATA,
                       "%lld patients with up to %lld cases each and %d classes are more than can "
                       "be resampled",
                       (long long)sample->patients, (long long)tally->most_cases, sample->classes);
    }
    return HN_OK;
}

hn_status tally_allow(struct tally *tally, const int32_t *counts, int64_t replicates)
{
    const hn_sample *sample = tally->sample;
    for (int64_t b = 0; b < replicates; b++) {
        int64_t drawn = 0;
        for (int64_t c = 0; c < sample->patients; c++) {
            int32_t count = counts[b * sample->patients + c];
            if (count < 0) {
                return hn_fail(HN_EDATA, "replicate %lld counts a patient %d times",
                               (long long)b + 1, count);
            }
            drawn += count;
        }
        if (drawn > INT32_MAX / sample->classes / tally->most_cases) {
            return hn_fail(HN_EDATA, "replicate %lld counts %lld patients, more than can be held",
                           (long long)b + 1, (long long)drawn);
        }
        int64_t total = drawn * tally->most_cases;
        tally->most_total = total > tally->most_total ? total : tally->most_total;
    }
    return HN_OK;
}

hn_status tally_new(struct tally **out, const hn_sample *sample, int bins, hn_ece_edges edges)
{
    hn_assert(bins >= 1);
    struct tally *tally = hn_calloc(1, sizeof *tally);
    if (!tally) {
        return HN_ENOMEM;
    }
    size_t cases = (size_t)sample->cases;
    size_t classes = (size_t)sample->classes;
    tally->sample = sample;
    tally->bins = bins;
    tally->column = hn_calloc(classes, sizeof *tally->column);
    tally->by_cell = hn_calloc(cases, sizeof *tally->by_cell);
    tally->cell_start = hn_calloc(classes * classes + 1, sizeof *tally->cell_start);
    tally->by_bin = hn_calloc(cases, sizeof *tally->by_bin);
    tally->bin_start = hn_calloc((size_t)bins + 2, sizeof *tally->bin_start);
    tally->gap = hn_calloc(cases, sizeof *tally->gap);
    tally->brier = hn_calloc(cases, sizeof *tally->brier);
    tally->log_loss = hn_calloc(cases, sizeof *tally->log_loss);
    bool complete = tally->column && tally->by_cell && tally->cell_start && tally->by_bin &&
                    tally->bin_start && tally->gap && tally->brier && tally->log_loss;
    hn_status status = complete ? check_size(tally) : HN_ENOMEM;
    status = status ? status : sort_columns(tally);
    status = status ? status : group_all(tally, edges);
    if (status != HN_OK) {
        tally_free(tally);
        return status;
    }
    *out = tally;
    return HN_OK;
}

void tally_free(struct tally *tally)
{
    if (!tally) {
        return;
    }
    for (int k = 0; tally->column && k < tally->sample->classes; k++) {
        hn_free(tally->column[k]);
    }
    hn_free(tally->column);
    hn_free(tally->micro);
    hn_free(tally->by_cell);
    hn_free(tally->cell_start);
    hn_free(tally->by_bin);
    hn_free(tally->bin_start);
    hn_free(tally->gap);
    hn_free(tally->brier);
    hn_free(tally->log_loss);
    hn_free(tally);
}

hn_status tally_sums_new(struct tally_sums **out, int classes)
{
    struct tally_sums *sums = hn_calloc(1, sizeof *sums);
    if (!sums) {
        return HN_ENOMEM;
    }
    size_t cells = (size_t)classes * (size_t)classes * LANES;
    sums->confusion = hn_calloc(cells, sizeof *sums->confusion);
    sums->pairs2 = hn_calloc(cells, sizeof *sums->pairs2);
    sums->precision = hn_calloc((size_t)classes * LANES, sizeof *sums->precision);
    if (!sums->confusion || !sums->pairs2 || !sums->precision) {
        tally_sums_free(sums);
        return HN_ENOMEM;
    }
    *out = sums;
    return HN_OK;
}

void tally_sums_free(struct tally_sums *sums)
{
    if (!sums) {
        return;
    }
    hn_free(sums->confusion);
    hn_free(sums->pairs2);
    hn_free(sums->precision);
    hn_free(sums);
}

/* ---- The walks
 * -------------------------------------------------------------------------------------- */

#define EACH_LANE for (int l = 0; l < LANES; l++)

INLINED void add_lanes(int32_t *restrict sum, const int32_t *restrict weight)
{
    EACH_LANE
    {
        sum[l] += weight[l];
    }
}

/* Adds weight times precision at a threshold, given what lies below it. */
INLINED void add_precision(double *restrict precision, const int32_t *restrict weight,
                           const int32_t *restrict positives, const int32_t *restrict total,
                           const int32_t *restrict below, int k, int classes)
{
    int32_t above[LANES];
    EACH_LANE
    {
        above[l] = total[l];
    }
    for (int j = 0; j < classes; j++) {
        EACH_LANE
        {
            above[l] -= below[j * LANES + l];
        }
    }
    EACH_LANE
    {
        int32_t hits = positives[l] - below[k * LANES + l];
        int32_t called = above[l] > 1 ? above[l] : 1;
        precision[l] += (double)weight[l] * (double)hits / (double)called;
    }
}

/* One column; `wide` says whether 2U may pass 2^31. narrow and pairs2 are [K][lanes]. */
INLINED void walk_column(int32_t *restrict narrow, int64_t *restrict pairs2,
                         double *restrict precision, const struct tally_entry *entries,
                         int64_t count, int k, int classes, const int32_t *restrict weight,
                         const int32_t *restrict positives, const int32_t *restrict total,
                         bool wide)
{
    int32_t below[HN_CLASSES_MAX * LANES];
    memset(below, 0, (size_t)classes * LANES * sizeof *below);
    for (int64_t at = 0; at < count; at += entries[at].group) {
        int64_t end = at + entries[at].group;
        int32_t own[LANES] = { 0 };
        bool any = false;
        for (int64_t e = at; e < end; e++) {
            if (entries[e].label == k) {
                add_lanes(own, &weight[(int64_t)entries[e].patient * LANES]);
                any = true;
            }
        }
        if (any) {
            add_precision(precision, own, positives, total, below, k, classes);
        }
        /* A group of one has the same below it before and after. */
        int rounds = end - at > 1 ? 2 : 1;
        for (int round = 0; round < rounds; round++) {
            for (int j = 0; any && j < classes * LANES; j += LANES) {
                EACH_LANE
                {
                    if (wide) {
                        pairs2[j + l] += (int64_t)((3 - rounds) * own[l]) * below[j + l];
                    } else {
                        narrow[j + l] += (3 - rounds) * own[l] * below[j + l];
                    }
                }
            }
            for (int64_t e = at; round == 0 && e < end; e++) {
                if (entries[e].label != k) {
                    add_lanes(&below[entries[e].label * LANES],
                              &weight[(int64_t)entries[e].patient * LANES]);
                }
            }
        }
        if (any) {
            add_lanes(&below[k * LANES], own);
        }
    }
}

HN_CLONED static void walk_narrow(int32_t *narrow, double *precision,
                                  const struct tally_entry *entries, int64_t count, int k,
                                  int classes, const int32_t *weight, const int32_t *positives,
                                  const int32_t *total)
{
    walk_column(narrow, NULL, precision, entries, count, k, classes, weight, positives, total,
                false);
}

HN_CLONED static void walk_wide(int64_t *pairs2, double *precision,
                                const struct tally_entry *entries, int64_t count, int k,
                                int classes, const int32_t *weight, const int32_t *positives,
                                const int32_t *total)
{
    walk_column(NULL, pairs2, precision, entries, count, k, classes, weight, positives, total,
                true);
}

HN_CLONED static void walk_micro(int64_t *restrict micro2, const struct tally_entry *entries,
                                 int64_t count, const int32_t *restrict weight)
{
    int32_t below[LANES] = { 0 };
    int64_t sum[LANES] = { 0 };
    for (int64_t at = 0; at < count; at += entries[at].group) {
        int64_t end = at + entries[at].group;
        if (end - at == 1 && !entries[at].label) {
            add_lanes(below, &weight[(int64_t)entries[at].patient * LANES]);
            continue;
        }
        int32_t own[LANES] = { 0 };
        int32_t others[LANES] = { 0 };
        for (int64_t e = at; e < end; e++) {
            add_lanes(entries[e].label ? own : others,
                      &weight[(int64_t)entries[e].patient * LANES]);
        }
        EACH_LANE
        {
            sum[l] += (int64_t)own[l] * (2 * (int64_t)below[l] + others[l]);
            below[l] += others[l];
        }
    }
    EACH_LANE
    {
        micro2[l] = sum[l];
    }
}

HN_CLONED static void count_cells(struct tally_sums *sums, const struct tally *tally,
                                  const int32_t *restrict weight)
{
    int64_t cells = (int64_t)tally->sample->classes * tally->sample->classes;
    memset(sums->total, 0, sizeof sums->total);
    for (int64_t c = 0; c < cells; c++) {
        int32_t sum[LANES] = { 0 };
        for (int64_t at = tally->cell_start[c]; at < tally->cell_start[c + 1]; at++) {
            add_lanes(sum, &weight[(int64_t)tally->by_cell[at] * LANES]);
        }
        memcpy(&sums->confusion[c * LANES], sum, sizeof sum);
        add_lanes(sums->total, sum);
    }
}

HN_CLONED static void sum_losses(struct tally_sums *sums, const struct tally *tally,
                                 const int32_t *restrict weight)
{
    double brier[LANES] = { 0 };
    double log_loss[LANES] = { 0 };
    double ece[LANES] = { 0 };
    for (int b = 0; b <= tally->bins; b++) {
        double gap[LANES] = { 0 };
        for (int64_t at = tally->bin_start[b]; at < tally->bin_start[b + 1]; at++) {
            const int32_t *w = &weight[(int64_t)tally->by_bin[at] * LANES];
            double case_gap = tally->gap[at];
            double case_brier = tally->brier[at];
            double case_loss = tally->log_loss[at];
            EACH_LANE
            {
                double times = w[l];
                gap[l] += times * case_gap;
                brier[l] += times * case_brier;
                log_loss[l] += times * case_loss;
            }
        }
        EACH_LANE
        {
            ece[l] += fabs(gap[l]);
        }
    }
    memcpy(sums->brier, brier, sizeof brier);
    memcpy(sums->log_loss, log_loss, sizeof log_loss);
    memcpy(sums->ece, ece, sizeof ece);
}

void tally_count(struct tally_sums *sums, const struct tally *tally, const int32_t *weight)
{
    const hn_sample *sample = tally->sample;
    int classes = sample->classes;
    int64_t count = sample->cases;
    count_cells(sums, tally, weight);
    memset(sums->precision, 0, (size_t)classes * LANES * sizeof *sums->precision);
    /* No sum of products of two counts passes the square of the cases. */
    bool wide = tally->most_total > 46340; /* the root of 2^31 */
    for (int k = 0; k < classes; k++) {
        int32_t positives[LANES] = { 0 };
        for (int j = 0; j < classes; j++) {
            add_lanes(positives, &sums->confusion[(k * classes + j) * LANES]);
        }
        int64_t *pairs2 = &sums->pairs2[(int64_t)k * classes * LANES];
        double *precision = &sums->precision[k * LANES];
        memset(pairs2, 0, (size_t)classes * LANES * sizeof *pairs2);
        if (wide) {
            walk_wide(pairs2, precision, tally->column[k], count, k, classes, weight, positives,
                      sums->total);
            continue;
        }
        int32_t narrow[HN_CLASSES_MAX * LANES];
        memset(narrow, 0, (size_t)classes * LANES * sizeof *narrow);
        walk_narrow(narrow, precision, tally->column[k], count, k, classes, weight, positives,
                    sums->total);
        for (int at = 0; at < classes * LANES; at++) {
            pairs2[at] = narrow[at];
        }
    }
    walk_micro(sums->micro2, tally->micro, count * classes, weight);
    sum_losses(sums, tally, weight);
}
