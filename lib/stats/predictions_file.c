/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * predictions.csv read and written. Known columns have their place in a row, columns p_<class>
 * are the classes in their order, and every other column is kept as written.
 */
#include <hipnet/csv.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/predictions.h>
#include <hipnet/text.h>

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "predictions_store.h"

#define COLUMNS_MAX 4096

/* The text columns that a row has a place for. */
static const struct {
    const char *name;
    size_t offset;
} text_columns[] = {
    { "patient_id", offsetof(hn_prediction, patient_id) },
    { "case_id", offsetof(hn_prediction, case_id) },
    { "center", offsetof(hn_prediction, center) },
    { "subset", offsetof(hn_prediction, subset) },
    { "views", offsetof(hn_prediction, views) },
    { "label", offsetof(hn_prediction, label) },
    { "age", offsetof(hn_prediction, age) },
    { "sex", offsetof(hn_prediction, sex) },
    { "side", offsetof(hn_prediction, side) },
};

struct layout {
    int text[HN_COUNT_OF(text_columns)]; /* column or -1 */
    int reference, result;               /* column or -1 */
    int probability[HN_CLASSES_MAX];
    const char *classes[HN_CLASSES_MAX]; /* without "p_" */
    int class_count;
    int *extra; /* columns */
    const char **extra_names;
    int extra_count;
};

static bool is_text_column(const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(text_columns); i++) {
        if (strcmp(text_columns[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static hn_status check_header(const hn_csv *csv)
{
    int columns = hn_csv_columns(csv);
    if (columns > COLUMNS_MAX) {
        return hn_fail(HN_EFORMAT, "%s has %d columns; %d are possible", hn_csv_name(csv), columns,
                       COLUMNS_MAX);
    }
    int column = -1;
    HN_TRY(hn_csv_require(&column, csv, "patient_id"));
    return hn_csv_require(&column, csv, "label");
}

static hn_status find_columns(struct layout *layout, const hn_csv *csv)
{
    HN_TRY(check_header(csv));
    int columns = hn_csv_columns(csv);
    layout->extra = hn_calloc((size_t)columns, sizeof *layout->extra);
    layout->extra_names = hn_calloc((size_t)columns, sizeof *layout->extra_names);
    if (!layout->extra || !layout->extra_names) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < HN_COUNT_OF(text_columns); i++) {
        layout->text[i] = hn_csv_find(csv, text_columns[i].name);
    }
    layout->reference = hn_csv_find(csv, "reference_status");
    layout->result = hn_csv_find(csv, "result");
    for (int c = 0; c < columns; c++) {
        const char *name = hn_csv_header(csv, c);
        if (strncmp(name, "p_", 2) == 0) {
            if (layout->class_count == HN_CLASSES_MAX) {
                return hn_fail(HN_EFORMAT, "%s has more than %d columns p_<class>",
                               hn_csv_name(csv), HN_CLASSES_MAX);
            }
            layout->classes[layout->class_count] = name + 2;
            layout->probability[layout->class_count++] = c;
        } else if (!is_text_column(name) && c != layout->reference && c != layout->result) {
            layout->extra_names[layout->extra_count] = name;
            layout->extra[layout->extra_count++] = c;
        }
    }
    if (layout->class_count < 2) {
        return hn_fail(HN_EFORMAT, "%s has %d columns p_<class>; at least 2 are needed",
                       hn_csv_name(csv), layout->class_count);
    }
    return HN_OK;
}

static hn_status read_probabilities(double *probabilities, const struct layout *layout,
                                    const hn_csv *csv, int64_t row)
{
    for (int k = 0; k < layout->class_count; k++) {
        const char *cell = hn_csv_cell(csv, row, layout->probability[k]);
        probabilities[k] = NAN;
        if (*cell && hn_parse_real(&probabilities[k], cell) != HN_OK) {
            return hn_fail(HN_EDATA, "p_%s '%.40s' is not a number in [0, 1]", layout->classes[k],
                           cell);
        }
    }
    return HN_OK;
}

static hn_status read_row(hn_predictions *table, const struct layout *layout, const hn_csv *csv,
                          int64_t row, const char **extra)
{
    double probabilities[HN_CLASSES_MAX];
    hn_prediction prediction = { .probabilities = probabilities,
                                 .extra = extra,
                                 .line = hn_csv_line(csv, row) };
    for (size_t i = 0; i < HN_COUNT_OF(text_columns); i++) {
        const char *cell = hn_csv_cell(csv, row, layout->text[i]);
        memcpy((char *)&prediction + text_columns[i].offset, &cell, sizeof cell);
    }
    HN_TRY(
        hn_predictions_reference(&prediction.reference, hn_csv_cell(csv, row, layout->reference)));
    HN_TRY(hn_predictions_result(&prediction.result, hn_csv_cell(csv, row, layout->result)));
    HN_TRY(read_probabilities(probabilities, layout, csv, row));
    for (int i = 0; i < layout->extra_count; i++) {
        extra[i] = hn_csv_cell(csv, row, layout->extra[i]);
    }
    return hn_predictions_add_row(table, &prediction);
}

static hn_status read_table(hn_predictions **out, struct layout *layout, const hn_csv *csv)
{
    HN_TRY(find_columns(layout, csv));
    HN_AUTO_PREDICTIONS *table = NULL;
    hn_status status = hn_predictions_new(&table, layout->classes, layout->class_count,
                                          layout->extra_names, layout->extra_count);
    if (status != HN_OK) {
        return hn_context(status, "%s line 1", hn_csv_name(csv));
    }
    HN_AUTOFREE const char **extra = hn_calloc((size_t)layout->extra_count + 1, sizeof *extra);
    if (!extra) {
        return HN_ENOMEM;
    }
    for (int64_t row = 0; row < hn_csv_rows(csv); row++) {
        status = read_row(table, layout, csv, row, extra);
        if (status != HN_OK) {
            return hn_context(status, "%s line %lld", hn_csv_name(csv),
                              (long long)hn_csv_line(csv, row));
        }
    }
    if (table->count == 0) {
        return hn_fail(HN_EFORMAT, "%s holds no case: there is no row below the header",
                       hn_csv_name(csv));
    }
    table->has_reference = layout->reference >= 0;
    table->has_result = layout->result >= 0;
    table->name = hn_arena_strdup(table->store->arena, hn_csv_name(csv));
    if (!table->name) {
        return HN_ENOMEM;
    }
    *out = table;
    table = NULL;
    return HN_OK;
}

static hn_status read_csv(hn_predictions **out, const hn_csv *csv)
{
    struct layout layout = { 0 };
    hn_status status = read_table(out, &layout, csv);
    hn_free(layout.extra);
    hn_free((void *)layout.extra_names);
    return status;
}

hn_status hn_predictions_read(hn_predictions **out, const char *path)
{
    HN_AUTO_CSV *csv = NULL;
    HN_TRY(hn_csv_read(&csv, path));
    return read_csv(out, csv);
}

hn_status hn_predictions_parse(hn_predictions **out, const char *bytes, int64_t size,
                               const char *name)
{
    HN_AUTO_CSV *csv = NULL;
    HN_TRY(hn_csv_parse(&csv, bytes, (size_t)size, name));
    return read_csv(out, csv);
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void write_header(const hn_predictions *table, FILE *stream)
{
    static const char *const first[] = { "patient_id", "center", "subset", "label", "views" };
    static const char *const last[] = { "case_id", "reference_status", "result", "age", "sex",
                                        "side" };
    for (size_t i = 0; i < HN_COUNT_OF(first); i++) {
        hn_csv_write(stream, i == 0, first[i]);
    }
    for (int k = 0; k < table->class_count; k++) {
        char name[HN_CLASS_NAME_SIZE + 2];
        snprintf(name, sizeof name, "p_%s", table->classes[k]);
        hn_csv_write(stream, false, name);
    }
    for (size_t i = table->has_case_id ? 0 : 1; i < HN_COUNT_OF(last); i++) {
        hn_csv_write(stream, false, last[i]);
    }
    for (int i = 0; i < table->extra_count; i++) {
        hn_csv_write(stream, false, table->extra_names[i]);
    }
    hn_csv_end_row(stream);
}

static void write_row(const hn_predictions *table, const hn_prediction *row, FILE *stream)
{
    hn_csv_write(stream, true, row->patient_id);
    hn_csv_write(stream, false, row->center);
    hn_csv_write(stream, false, row->subset);
    hn_csv_write(stream, false, row->label);
    hn_csv_write(stream, false, row->views);
    for (int k = 0; k < table->class_count; k++) {
        hn_csv_write_real(stream, false, row->probabilities[k]);
    }
    if (table->has_case_id) {
        hn_csv_write(stream, false, row->case_id);
    }
    hn_csv_write(stream, false, hn_reference_name(row->reference));
    hn_csv_write(stream, false, hn_result_name(row->result));
    hn_csv_write(stream, false, row->age);
    hn_csv_write(stream, false, row->sex);
    hn_csv_write(stream, false, row->side);
    for (int i = 0; i < table->extra_count; i++) {
        hn_csv_write(stream, false, row->extra[i]);
    }
    hn_csv_end_row(stream);
}

hn_status hn_predictions_write(const hn_predictions *predictions, const char *path, bool force)
{
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    write_header(predictions, output.stream);
    for (int64_t i = 0; i < predictions->count; i++) {
        write_row(predictions, &predictions->rows[i], output.stream);
    }
    return hn_output_commit(&output);
}
