/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of predictions in memory: its words, its rules, and how a row gets into it. Reading
 * a file and adding rows from a program go through the same checks, so that a table that exists
 * is a table that can be evaluated.
 */
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/predictions.h>
#include <hipnet/rng.h>
#include <hipnet/text.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "predictions_store.h"

static const char *const reference_words[HN_REFS] = {
    [HN_REF_SINGLE] = "single",
    [HN_REF_SEVERAL] = "several",
    [HN_REF_NONE_OF_FIVE] = "none_of_five",
    [HN_REF_INDETERMINATE] = "indeterminate",
    [HN_REF_PENDING] = "pending",
    [HN_REF_LOST] = "lost",
};

static const char *const result_words[HN_RESULTS] = {
    [HN_RESULT_ANSWERED] = "answered",
    [HN_RESULT_ABSTAINED] = "abstained",
    [HN_RESULT_UNREADABLE] = "unreadable",
};

static const char *const subset_words[] = { "train", "tuning", "internal_test", "external",
                                            "prospective" };
static const char *const view_words[] = { "both", "ap", "lateral" };

const char *hn_reference_name(hn_reference status)
{
    hn_assert((unsigned)status < HN_REFS);
    return reference_words[status];
}

const char *hn_result_name(hn_result result)
{
    hn_assert((unsigned)result < HN_RESULTS);
    return result_words[result];
}

static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static hn_status unknown_word(const char *column, const char *word, const char *const *words,
                              size_t count)
{
    HN_AUTO_TEXT list = HN_TEXT_INIT;
    for (size_t i = 0; i < count; i++) {
        hn_text_printf(&list, "%s%s", i ? ", " : "", words[i]);
    }
    HN_TRY(hn_text_status(&list));
    return hn_fail(HN_EFORMAT, "%s '%.60s' is not one of %s%s", column, word, hn_text_get(&list),
                   hn_text_suggest(word, words, count));
}

hn_status hn_predictions_reference(hn_reference *out, const char *word)
{
    int index = *word ? find_word(reference_words, HN_REFS, word) : 0;
    if (index < 0) {
        return unknown_word("reference_status", word, reference_words, HN_REFS);
    }
    *out = (hn_reference)index;
    return HN_OK;
}

hn_status hn_predictions_result(hn_result *out, const char *word)
{
    int index = *word ? find_word(result_words, HN_RESULTS, word) : 0;
    if (index < 0) {
        return unknown_word("result", word, result_words, HN_RESULTS);
    }
    *out = (hn_result)index;
    return HN_OK;
}

/* ---- Case ids, each once: open addressing, grown at half full ------------------------------ */

static void id_insert(const char **slots, size_t capacity, const char *id)
{
    size_t at = (size_t)hn_rng_name(id) & (capacity - 1);
    while (slots[at]) {
        at = (at + 1) & (capacity - 1);
    }
    slots[at] = id;
}

static bool id_known(const struct hn_predictions_store *store, const char *id)
{
    if (store->id_capacity == 0) {
        return false;
    }
    size_t mask = store->id_capacity - 1;
    for (size_t at = (size_t)hn_rng_name(id) & mask; store->ids[at]; at = (at + 1) & mask) {
        if (strcmp(store->ids[at], id) == 0) {
            return true;
        }
    }
    return false;
}

static hn_status id_add(struct hn_predictions_store *store, const char *id)
{
    if (2 * (store->id_count + 1) > store->id_capacity) {
        size_t capacity = store->id_capacity ? 2 * store->id_capacity : 64;
        const char **slots = hn_calloc(capacity, sizeof *slots);
        if (!slots) {
            return HN_ENOMEM;
        }
        for (size_t i = 0; i < store->id_capacity; i++) {
            if (store->ids[i]) {
                id_insert(slots, capacity, store->ids[i]);
            }
        }
        hn_free((void *)store->ids);
        store->ids = slots;
        store->id_capacity = capacity;
    }
    id_insert(store->ids, store->id_capacity, id);
    store->id_count++;
    return HN_OK;
}

/* ---- An empty table -------------------------------------------------------------------------- */

static hn_status check_class_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= HN_CLASS_NAME_SIZE) {
        return hn_fail(HN_EFORMAT, "class name '%.80s' has %zu letters; 1 to %d are possible", name,
                       length, HN_CLASS_NAME_SIZE - 1);
    }
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    if (strspn(name, allowed) != length || name[0] == '.') {
        return hn_fail(HN_EFORMAT, "class name '%s' may hold letters, digits, '_', '-' and '.'",
                       name);
    }
    return HN_OK;
}

static hn_status copy_names(const char ***out, hn_arena *arena, const char *const *names, int count)
{
    const char **copy = hn_arena_alloc(arena, (size_t)(count + 1) * sizeof *copy);
    if (!copy) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < count; i++) {
        copy[i] = hn_arena_strdup(arena, names[i]);
        if (!copy[i]) {
            return HN_ENOMEM;
        }
        if (find_word(copy, (size_t)i, copy[i]) >= 0) {
            return hn_fail(HN_EFORMAT, "'%.80s' is named twice", copy[i]);
        }
    }
    *out = copy;
    return HN_OK;
}

hn_status hn_predictions_new(hn_predictions **out, const char *const *classes, int class_count,
                             const char *const *extra_names, int extra_count)
{
    if (class_count < 2 || class_count > HN_CLASSES_MAX) {
        return hn_fail(HN_EFORMAT, "predictions have %d classes; 2 to %d are possible", class_count,
                       HN_CLASSES_MAX);
    }
    for (int k = 0; k < class_count; k++) {
        HN_TRY(check_class_name(classes[k]));
    }
    HN_AUTO_PREDICTIONS *table = hn_calloc(1, sizeof *table);
    if (!table) {
        return HN_ENOMEM;
    }
    table->store = hn_calloc(1, sizeof *table->store);
    if (!table->store) {
        return HN_ENOMEM;
    }
    table->store->arena = hn_arena_new();
    if (!table->store->arena) {
        return HN_ENOMEM;
    }
    const char **names = NULL;
    HN_TRY(copy_names(&names, table->store->arena, classes, class_count));
    table->classes = names;
    table->class_count = class_count;
    HN_TRY(copy_names(&names, table->store->arena, extra_names, extra_count));
    table->extra_names = names;
    table->extra_count = extra_count;
    table->name = "predictions";
    *out = table;
    table = NULL;
    return HN_OK;
}

void hn_predictions_free(hn_predictions *predictions)
{
    if (!predictions) {
        return;
    }
    if (predictions->store) {
        hn_arena_free(predictions->store->arena);
        hn_free((void *)predictions->store->ids);
        hn_free(predictions->store);
    }
    hn_free(predictions->rows);
    hn_free(predictions);
}

void hn_predictions_freep(hn_predictions **predictions)
{
    hn_predictions_free(*predictions);
    *predictions = NULL;
}

/* ---- One row -----------------------------------------------------------------------------------
 */

static hn_status check_probabilities(const hn_predictions *table, const hn_prediction *row,
                                     bool *inexact)
{
    double sum = 0;
    int missing = 0;
    *inexact = false;
    for (int k = 0; k < table->class_count; k++) {
        double p = row->probabilities ? row->probabilities[k] : NAN;
        if (isnan(p)) {
            missing++;
        } else if (!(p >= 0 && p <= 1)) {
            char text[HN_REAL_SIZE];
            return hn_fail(HN_EDATA, "p_%s is %s, not in [0, 1]", table->classes[k],
                           hn_format_real(text, p));
        }
        sum += p;
    }
    if (missing == table->class_count && row->result != HN_RESULT_ANSWERED) {
        return HN_OK;
    }
    if (missing > 0) {
        return hn_fail(HN_EDATA, "%d of %d probabilities are missing", missing, table->class_count);
    }
    if (fabs(sum - 1) > 1e-6) {
        return hn_fail(HN_EDATA, "the probabilities sum to %.9g, not to 1 (within 1e-6)", sum);
    }
    *inexact = fabs(sum - 1) > 1e-9;
    return HN_OK;
}

static hn_status check_words(const hn_predictions *table, const hn_prediction *row)
{
    if (!*row->patient_id) {
        return hn_fail(HN_EDATA, "patient_id is empty");
    }
    if (*row->subset && find_word(subset_words, HN_COUNT_OF(subset_words), row->subset) < 0) {
        return unknown_word("subset", row->subset, subset_words, HN_COUNT_OF(subset_words));
    }
    if (*row->views && find_word(view_words, HN_COUNT_OF(view_words), row->views) < 0) {
        return unknown_word("views", row->views, view_words, HN_COUNT_OF(view_words));
    }
    if (row->reference == HN_REF_SINGLE && row->label_class < 0) {
        if (!*row->label) {
            return hn_fail(HN_EDATA, "label is empty and reference_status does not say why");
        }
        return unknown_word("label", row->label, table->classes, (size_t)table->class_count);
    }
    if (*row->case_id && id_known(table->store, row->case_id)) {
        return hn_fail(HN_EDATA, "case '%.80s' stands in two rows", row->case_id);
    }
    if (table->count > 0 && (*row->case_id != '\0') != table->has_case_id) {
        return hn_fail(HN_EDATA, "case_id is empty here and given elsewhere, or the reverse");
    }
    return HN_OK;
}

static hn_status copy_text(const char **out, hn_arena *arena, const char *text)
{
    *out = *text ? hn_arena_strdup(arena, text) : "";
    return *out ? HN_OK : HN_ENOMEM;
}

static hn_status copy_row(hn_prediction *copy, const hn_predictions *table)
{
    hn_arena *arena = table->store->arena;
    const char **texts[] = { &copy->patient_id, &copy->case_id, &copy->center,
                             &copy->subset,     &copy->views,   &copy->label,
                             &copy->age,        &copy->sex,     &copy->side };
    for (size_t i = 0; i < HN_COUNT_OF(texts); i++) {
        HN_TRY(copy_text(texts[i], arena, *texts[i]));
    }
    double *probabilities =
        hn_arena_alloc(arena, (size_t)table->class_count * sizeof *probabilities);
    const char **extra = hn_arena_alloc(arena, (size_t)(table->extra_count + 1) * sizeof *extra);
    if (!probabilities || !extra) {
        return HN_ENOMEM;
    }
    for (int k = 0; k < table->class_count; k++) {
        probabilities[k] = copy->probabilities ? copy->probabilities[k] + 0.0 : NAN;
    }
    for (int i = 0; i < table->extra_count; i++) {
        const char *text = copy->extra && copy->extra[i] ? copy->extra[i] : "";
        HN_TRY(copy_text(&extra[i], arena, text));
    }
    copy->probabilities = probabilities;
    copy->extra = extra;
    return HN_OK;
}

hn_status hn_predictions_add_row(hn_predictions *table, const hn_prediction *row)
{
    hn_prediction copy = *row;
    const char **texts[] = { &copy.patient_id, &copy.case_id, &copy.center,
                             &copy.subset,     &copy.views,   &copy.label,
                             &copy.age,        &copy.sex,     &copy.side };
    for (size_t i = 0; i < HN_COUNT_OF(texts); i++) {
        *texts[i] = *texts[i] ? *texts[i] : "";
    }
    copy.label_class = hn_predictions_class(table, copy.label);
    bool inexact = false;
    HN_TRY(check_words(table, &copy));
    HN_TRY(check_probabilities(table, &copy, &inexact));
    HN_TRY(copy_row(&copy, table));
    size_t count = (size_t)table->count;
    HN_TRY(hn_grow(&table->rows, count, &table->store->capacity, sizeof *table->rows));
    if (*copy.case_id) {
        HN_TRY(id_add(table->store, copy.case_id));
    }
    table->rows[count] = copy;
    table->count++;
    table->inexact_sums += inexact;
    table->has_case_id |= *copy.case_id != '\0';
    table->has_center |= *copy.center != '\0';
    table->has_subset |= *copy.subset != '\0';
    table->has_views |= *copy.views != '\0';
    return HN_OK;
}

hn_status hn_predictions_add(hn_predictions *predictions, const hn_prediction *row)
{
    hn_assert((unsigned)row->reference < HN_REFS);
    hn_assert((unsigned)row->result < HN_RESULTS);
    hn_status status = hn_predictions_add_row(predictions, row);
    if (status != HN_OK) {
        return hn_context(status, "case '%s'", row->case_id ? row->case_id : "");
    }
    predictions->has_reference = true;
    predictions->has_result = true;
    return HN_OK;
}

/* ---- Looking ------------------------------------------------------------------------------------
 */

int hn_predictions_class(const hn_predictions *predictions, const char *name)
{
    return find_word(predictions->classes, (size_t)predictions->class_count, name);
}

int hn_predictions_extra(const hn_predictions *predictions, const char *name)
{
    return find_word(predictions->extra_names, (size_t)predictions->extra_count, name);
}

int hn_prediction_top(const hn_predictions *predictions, const hn_prediction *row)
{
    int top = -1;
    for (int k = 0; k < predictions->class_count; k++) {
        if (!isnan(row->probabilities[k]) &&
            (top < 0 || row->probabilities[k] > row->probabilities[top])) {
            top = k;
        }
    }
    return top;
}

static int order_number(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) - isnan(b) : (a > b) - (a < b);
}

static int order_rows(const void *left, const void *right, void *context)
{
    const hn_prediction *a = left;
    const hn_prediction *b = right;
    const hn_predictions *table = context;
    const char *texts[][2] = {
        { a->case_id, b->case_id }, { a->patient_id, b->patient_id },
        { a->center, b->center },   { a->subset, b->subset },
        { a->label, b->label },     { a->views, b->views },
        { a->side, b->side },       { a->age, b->age },
        { a->sex, b->sex },
    };
    for (size_t i = 0; i < HN_COUNT_OF(texts); i++) {
        int order = strcmp(texts[i][0], texts[i][1]);
        if (order != 0) {
            return order;
        }
    }
    if (a->reference != b->reference || a->result != b->result) {
        return a->reference != b->reference ? (int)a->reference - (int)b->reference
                                            : (int)a->result - (int)b->result;
    }
    for (int k = 0; k < table->class_count; k++) {
        int order = order_number(a->probabilities[k], b->probabilities[k]);
        if (order != 0) {
            return order;
        }
    }
    for (int i = 0; i < table->extra_count; i++) {
        int order = strcmp(a->extra[i], b->extra[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

void hn_predictions_sort(hn_predictions *predictions)
{
    qsort_r(predictions->rows, (size_t)predictions->count, sizeof *predictions->rows, order_rows,
            predictions);
}

hn_status hn_measurement_parse(hn_measurement *out, const char *text)
{
    hn_measurement measurement = { .value = NAN };
    const char *number = text + strspn(text, " \t");
    if (!*number) {
        *out = measurement;
        return HN_OK;
    }
    if (*number == '<' || *number == '>') {
        measurement.censoring = *number == '<' ? -1 : 1;
        number++;
    }
    if (hn_parse_real(&measurement.value, number) != HN_OK) {
        return hn_fail(HN_EFORMAT,
                       "'%.40s' is not a number, with '<' or '>' before it where it "
                       "is censored",
                       text);
    }
    *out = measurement;
    return HN_OK;
}
