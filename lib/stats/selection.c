/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a file of predictions to the cases of the main analysis, with an account of every row
 * that is not among them.
 */
#include <hipnet/hash.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/selection.h>

#include <stdlib.h>
#include <string.h>

static bool has_subset(const hn_predictions *predictions, const char *subset)
{
    for (int64_t i = 0; i < predictions->count; i++) {
        if (strcmp(predictions->rows[i].subset, subset) == 0) {
            return true;
        }
    }
    return false;
}

static hn_status choose_default(hn_selection *selection, const hn_predictions *predictions)
{
    selection->by_default = true;
    if (!predictions->has_subset) {
        selection->whole = true;
        return hn_text_list_add(&selection->subsets, "");
    }
    if (has_subset(predictions, "external")) {
        return hn_text_list_add(&selection->subsets, "external");
    }
    static const char *const others[] = { "", "internal_test", "prospective" };
    for (size_t i = 0; i < HN_COUNT_OF(others); i++) {
        if (has_subset(predictions, others[i])) {
            HN_TRY(hn_text_list_add(&selection->subsets, others[i]));
        }
    }
    if (selection->subsets.count == 0) {
        return hn_fail(HN_EDATA,
                       "%s: every case is in subset train or tuning; --subset names those to "
                       "evaluate",
                       predictions->name);
    }
    return HN_OK;
}

static hn_status choose_named(hn_selection *selection, const hn_predictions *predictions,
                              const hn_text_list *subsets)
{
    for (size_t i = 0; i < subsets->count; i++) {
        const char *name = subsets->items[i];
        if (!has_subset(predictions, name)) {
            return hn_fail(HN_EDATA, "%s: no case is in subset '%.60s'", predictions->name, name);
        }
        if (hn_text_list_find(&selection->subsets, name) < 0) {
            HN_TRY(hn_text_list_add(&selection->subsets, name));
        }
    }
    hn_text_list_sort(&selection->subsets);
    return HN_OK;
}

static void take_rows(hn_selection *selection, const hn_predictions *predictions)
{
    selection->rows_in_file = predictions->count;
    for (int64_t i = 0; i < predictions->count; i++) {
        const hn_prediction *row = &predictions->rows[i];
        if (hn_text_list_find(&selection->subsets, row->subset) < 0) {
            continue;
        }
        selection->rows_chosen++;
        selection->reference[row->reference]++;
        if (row->reference != HN_REF_SINGLE) {
            continue;
        }
        selection->result[row->result]++;
        if (row->result == HN_RESULT_ANSWERED) {
            selection->rows[selection->count++] = i;
        }
    }
}

struct place {
    const char *patient, *subset;
};

static int order_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int order = strcmp(a->patient, b->patient);
    return order ? order : strcmp(a->subset, b->subset);
}

static hn_status count_shared(hn_selection *selection, const hn_predictions *predictions)
{
    size_t count = (size_t)predictions->count;
    HN_AUTOFREE struct place *places = hn_calloc(count, sizeof *places);
    if (!places) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        places[i].patient = predictions->rows[i].patient_id;
        places[i].subset = predictions->rows[i].subset;
    }
    qsort(places, count, sizeof *places, order_places);
    for (size_t start = 0, end = 0; start < count; start = end) {
        while (end < count && strcmp(places[end].patient, places[start].patient) == 0) {
            end++;
        }
        selection->patients_in_two_subsets +=
            strcmp(places[start].subset, places[end - 1].subset) != 0;
    }
    return HN_OK;
}

hn_status hn_selection_new(hn_selection **out, const hn_predictions *predictions,
                           const hn_text_list *subsets)
{
    HN_AUTO_SELECTION *selection = hn_calloc(1, sizeof *selection);
    if (!selection) {
        return HN_ENOMEM;
    }
    selection->rows = hn_calloc((size_t)predictions->count, sizeof *selection->rows);
    if (!selection->rows) {
        return HN_ENOMEM;
    }
    if (subsets && subsets->count > 0) {
        HN_TRY(choose_named(selection, predictions, subsets));
    } else {
        HN_TRY(choose_default(selection, predictions));
    }
    take_rows(selection, predictions);
    HN_TRY(count_shared(selection, predictions));
    if (selection->count == 0) {
        return hn_fail(HN_EDATA,
                       "%s: none of %lld cases has a single reference and an answer of the model",
                       predictions->name, (long long)selection->rows_chosen);
    }
    *out = selection;
    selection = NULL;
    return HN_OK;
}

void hn_selection_free(hn_selection *selection)
{
    if (selection) {
        hn_text_list_clear(&selection->subsets);
        hn_free(selection->rows);
        hn_free(selection);
    }
}

void hn_selection_freep(hn_selection **selection)
{
    hn_selection_free(*selection);
    *selection = NULL;
}

void hn_selection_words(hn_text *text, const hn_selection *selection)
{
    if (selection->whole) {
        hn_text_append(text, "all rows (the file has no subsets)");
        return;
    }
    for (size_t i = 0; i < selection->subsets.count; i++) {
        const char *name = selection->subsets.items[i];
        hn_text_printf(text, "%s%s", i ? ", " : "", *name ? name : "without a subset");
    }
    hn_text_append(text, selection->by_default ? " (by default)" : "");
}

void hn_selection_to_json(hn_json *parent, const hn_selection *selection)
{
    hn_json *flow = hn_json_add_object(parent, "flow");
    hn_json_add_int(flow, "rows", selection->rows_in_file);
    hn_json *subsets = hn_json_add_array(flow, "subsets");
    for (size_t i = 0; i < selection->subsets.count && !selection->whole; i++) {
        hn_json_add_text(subsets, NULL, selection->subsets.items[i]);
    }
    hn_json_add_bool(flow, "subsets_by_default", selection->by_default);
    hn_json_add_int(flow, "in_subsets", selection->rows_chosen);
    hn_json *reference = hn_json_add_object(flow, "reference_status");
    for (int s = 0; s < HN_REFS; s++) {
        hn_json_add_int(reference, hn_reference_name((hn_reference)s), selection->reference[s]);
    }
    hn_json *result = hn_json_add_object(flow, "result_of_single");
    for (int r = 0; r < HN_RESULTS; r++) {
        hn_json_add_int(result, hn_result_name((hn_result)r), selection->result[r]);
    }
    hn_json_add_int(flow, "analyzed", selection->count);
    hn_json_add_int(flow, "patients_in_two_subsets", selection->patients_in_two_subsets);
}

/* ---- What was read ------------------------------------------------------------------------- */

static void hash_text(hn_sha256 *hash, const char *text)
{
    hn_sha256_add(hash, text, strlen(text) + 1);
}

hn_status hn_predictions_sha256(char *hex, const hn_predictions *predictions)
{
    hn_sha256 *hash = NULL;
    HN_TRY(hn_sha256_new(&hash));
    for (int k = 0; k < predictions->class_count; k++) {
        hash_text(hash, predictions->classes[k]);
    }
    for (int i = 0; i < predictions->extra_count; i++) {
        hash_text(hash, predictions->extra_names[i]);
    }
    for (int64_t i = 0; i < predictions->count; i++) {
        const hn_prediction *row = &predictions->rows[i];
        const char *texts[] = { row->patient_id,
                                row->case_id,
                                row->center,
                                row->subset,
                                row->label,
                                row->views,
                                row->age,
                                row->sex,
                                row->side,
                                hn_reference_name(row->reference),
                                hn_result_name(row->result) };
        for (size_t t = 0; t < HN_COUNT_OF(texts); t++) {
            hash_text(hash, texts[t]);
        }
        for (int k = 0; k < predictions->class_count; k++) {
            char text[HN_REAL_SIZE];
            hash_text(hash, hn_format_real(text, row->probabilities[k]));
        }
        for (int e = 0; e < predictions->extra_count; e++) {
            hash_text(hash, row->extra[e]);
        }
    }
    hn_sha256_end(hash, hex);
    return HN_OK;
}
