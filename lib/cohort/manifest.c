/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row at a time: each cell is read by the rule of its column. The first thing that makes a row
 * unusable is its reason; an optional value that cannot be read is a note, and missing. */
#include "manifest_private.h"

#include <hipnet/file.h>
#include <hipnet/text.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_SIZE 256

/* A CSV being read: which of its columns is which of ours. */
typedef struct reader {
    hn_manifest *manifest;
    const hn_csv *csv;
    int columns[HN_COLUMNS];
    int biomarkers[HN_BIOMARKERS_MAX];
    char *path; /* the manifest, in the arena */
    char folder[HN_PATH_SIZE];
    char *file_center; /* its name without extension */
    int64_t csv_row;
    int64_t row; /* index in the manifest */
} reader;

hn_status hn_manifest_new(hn_manifest **out, const hn_cohort_map *map)
{
    hn_manifest *manifest = hn_calloc(1, sizeof *manifest);
    if (!manifest) {
        return HN_ENOMEM;
    }
    manifest->map = map;
    manifest->strings = hn_arena_new();
    if (!manifest->strings) {
        hn_free(manifest);
        return HN_ENOMEM;
    }
    *out = manifest;
    return HN_OK;
}

void hn_manifest_free(hn_manifest *manifest)
{
    if (manifest) {
        hn_arena_free(manifest->strings);
        hn_free(manifest->rows);
        hn_free(manifest->notes);
        hn_free(manifest->cases);
        hn_free(manifest);
    }
}

void hn_manifest_freep(hn_manifest **manifest)
{
    hn_manifest_free(*manifest);
    *manifest = NULL;
}

int64_t hn_manifest_rows(const hn_manifest *manifest)
{
    return (int64_t)manifest->row_count;
}

hn_manifest_row *hn_manifest_row_at(hn_manifest *manifest, int64_t row)
{
    hn_assert(row >= 0 && (size_t)row < manifest->row_count);
    return &manifest->rows[row];
}

int64_t hn_manifest_notes(const hn_manifest *manifest)
{
    return (int64_t)manifest->note_count;
}

const hn_note *hn_manifest_note_at(const hn_manifest *manifest, int64_t note)
{
    hn_assert(note >= 0 && (size_t)note < manifest->note_count);
    return &manifest->notes[note];
}

hn_status hn_manifest_quarantine(hn_manifest *manifest, int64_t row, hn_reason reason,
                                 const char *format, ...)
{
    hn_manifest_row *at = hn_manifest_row_at(manifest, row);
    if (at->reason != HN_REASON_NONE) {
        return HN_OK;
    }
    char detail[2 * DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    at->detail = hn_arena_strdup(manifest->strings, detail);
    if (!at->detail) {
        at->detail = "";
        return HN_ENOMEM;
    }
    at->reason = reason;
    return HN_OK;
}

hn_status hn_manifest_add_note(hn_manifest *manifest, int64_t row, hn_reason reason,
                               const char *column, const char *format, ...)
{
    char detail[2 * DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    HN_TRY(hn_grow(&manifest->notes, manifest->note_count, &manifest->note_capacity,
                   sizeof *manifest->notes));
    char *kept = hn_arena_strdup(manifest->strings, detail);
    char *name = hn_arena_strdup(manifest->strings, column);
    if (!kept || !name) {
        return HN_ENOMEM;
    }
    manifest->notes[manifest->note_count++] = (hn_note) { row, reason, name, kept };
    return HN_OK;
}

/* ---- columns --------------------------------------------------------------------------- */

static const char *header_of(const hn_cohort_map *map, hn_column column)
{
    return map->columns[column] ? map->columns[column] : hn_column_name(column);
}

static bool is_required(const hn_cohort_map *map, int column)
{
    return map->columns[column] || column == HN_COLUMN_PATIENT_ID || column == HN_COLUMN_VIEW ||
           column == HN_COLUMN_PATH || (column == HN_COLUMN_CENTER && !map->center_from_file);
}

/* A header that differs from one of ours in capitals alone is a slip, and would silently lose
 * the column. */
static hn_status check_slips(const reader *r)
{
    const hn_cohort_map *map = r->manifest->map;
    for (int c = 0; c < HN_COLUMNS; c++) {
        if (r->columns[c] >= 0 || map->columns[c]) {
            continue;
        }
        for (int k = 0; k < hn_csv_columns(r->csv); k++) {
            if (hn_text_equal_nocase(hn_csv_header(r->csv, k), hn_column_name((hn_column)c))) {
                return hn_fail(HN_EFORMAT, "%s: column '%s' was expected to be called '%s'",
                               r->path, hn_csv_header(r->csv, k), hn_column_name((hn_column)c));
            }
        }
    }
    return HN_OK;
}

/* Without diagnoses a cohort teaches nothing: the column must be there unless something else
 * says what is known of the cases. */
static hn_status require_label(reader *r)
{
    const hn_cohort_map *map = r->manifest->map;
    if (r->columns[HN_COLUMN_LABEL] >= 0 || r->columns[HN_COLUMN_REFERENCE_STATUS] >= 0 ||
        map->missing_label == HN_MISSING_PENDING) {
        return HN_OK;
    }
    return hn_csv_require(&r->columns[HN_COLUMN_LABEL], r->csv, header_of(map, HN_COLUMN_LABEL));
}

static hn_status find_columns(reader *r)
{
    const hn_cohort_map *map = r->manifest->map;
    for (int c = 0; c < HN_COLUMNS; c++) {
        r->columns[c] = hn_csv_find(r->csv, header_of(map, (hn_column)c));
        if (r->columns[c] < 0 && is_required(map, c)) {
            return hn_csv_require(&r->columns[c], r->csv, header_of(map, (hn_column)c));
        }
    }
    for (int b = 0; b < map->biomarker_count; b++) {
        r->biomarkers[b] = hn_csv_find(r->csv, map->biomarkers[b].column);
        if (r->biomarkers[b] < 0 && map->biomarkers[b].required) {
            return hn_csv_require(&r->biomarkers[b], r->csv, map->biomarkers[b].column);
        }
    }
    HN_TRY(check_slips(r));
    return require_label(r);
}

/* ---- cells ----------------------------------------------------------------------------- */

static hn_manifest_row *row_of(const reader *r)
{
    return &r->manifest->rows[r->row];
}

/* The cell; NULL when it says "missing". */
static const char *cell(const reader *r, hn_column column)
{
    const char *text = hn_csv_cell(r->csv, r->csv_row, r->columns[column]);
    return hn_cohort_map_is_missing(r->manifest->map, text) ? NULL : text;
}

/* A copy in one line of printable text. */
static hn_status keep(const reader *r, const char **out, const char *text)
{
    char *copy = hn_arena_strdup(r->manifest->strings, text);
    if (!copy) {
        return HN_ENOMEM;
    }
    for (char *c = copy; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
    *out = copy;
    return HN_OK;
}

static hn_status refuse(const reader *r, hn_reason reason, hn_column column, const char *text)
{
    return hn_manifest_quarantine(r->manifest, r->row, reason, "%s '%.80s'",
                                  header_of(r->manifest->map, column), text ? text : "");
}

/* A value that cannot be read: the message of the reader is the note. */
static hn_status note_unreadable(const reader *r, const char *column)
{
    char message[DETAIL_SIZE];
    snprintf(message, sizeof message, "%.*s", DETAIL_SIZE - 1, hn_error_message());
    return hn_manifest_add_note(r->manifest, r->row, HN_REASON_VALUE_UNREADABLE, column, "%s",
                                message);
}

static hn_status read_identity(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    const char *patient = cell(r, HN_COLUMN_PATIENT_ID);
    const char *path = cell(r, HN_COLUMN_PATH);
    const char *center =
        r->columns[HN_COLUMN_CENTER] >= 0 ? cell(r, HN_COLUMN_CENTER) : r->file_center;
    row->patient = row->center = row->path = row->file = "";
    if (!patient) {
        HN_TRY(refuse(r, HN_REASON_PATIENT_MISSING, HN_COLUMN_PATIENT_ID, NULL));
    } else {
        HN_TRY(keep(r, &row->patient, patient));
    }
    if (!center) {
        HN_TRY(refuse(r, HN_REASON_CENTER_MISSING, HN_COLUMN_CENTER, NULL));
    } else {
        const char *mapped = hn_cohort_map_word(r->manifest->map, HN_WORD_CENTER, center);
        HN_TRY(keep(r, &row->center, mapped ? mapped : center));
    }
    char file[HN_PATH_SIZE];
    if (!path) {
        return refuse(r, HN_REASON_PATH_MISSING, HN_COLUMN_PATH, NULL);
    }
    HN_TRY(keep(r, &row->path, path));
    if (hn_path_join(file, r->folder, path)) {
        return refuse(r, HN_REASON_FILE_MISSING, HN_COLUMN_PATH, "a path that is too long");
    }
    row->file = hn_arena_strdup(r->manifest->strings, file);
    return row->file ? HN_OK : HN_ENOMEM;
}

/* A word of ours: through the map, or as it is in lower case. */
static const char *ours(const reader *r, hn_word_kind kind, const char *text, char plain[64])
{
    const char *mapped = hn_cohort_map_word(r->manifest->map, kind, text);
    if (mapped) {
        return mapped;
    }
    size_t n = strlen(text);
    if (n > 63) {
        return text;
    }
    for (size_t i = 0; i <= n; i++) {
        plain[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    }
    return plain;
}

static hn_status read_view(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    char plain[64];
    const char *text = cell(r, HN_COLUMN_VIEW);
    if (!text) {
        return refuse(r, HN_REASON_VIEW_MISSING, HN_COLUMN_VIEW,
                      hn_csv_cell(r->csv, r->csv_row, r->columns[HN_COLUMN_VIEW]));
    }
    if (hn_projection_parse(&row->projection, ours(r, HN_WORD_VIEW, text, plain)) ||
        row->projection == HN_PROJECTION_UNKNOWN) {
        return refuse(r, HN_REASON_VIEW_UNKNOWN, HN_COLUMN_VIEW, text);
    }
    bool frontal = row->projection == HN_PROJECTION_AP || row->projection == HN_PROJECTION_PA;
    row->view = frontal ? HN_VIEW_AP : HN_VIEW_LATERAL;
    text = cell(r, HN_COLUMN_PROJECTION);
    if (!text) {
        return HN_OK;
    }
    hn_projection finer;
    if (hn_projection_parse(&finer, ours(r, HN_WORD_PROJECTION, text, plain))) {
        return note_unreadable(r, header_of(r->manifest->map, HN_COLUMN_PROJECTION));
    }
    bool finer_frontal = finer == HN_PROJECTION_AP || finer == HN_PROJECTION_PA;
    if (finer != HN_PROJECTION_UNKNOWN && finer_frontal != frontal) {
        return hn_manifest_quarantine(r->manifest, r->row, HN_REASON_VIEW_UNKNOWN,
                                      "projection '%.60s' contradicts view '%s'", text,
                                      hn_view_name(row->view));
    }
    row->projection = finer != HN_PROJECTION_UNKNOWN ? finer : row->projection;
    return HN_OK;
}

static hn_status read_side(const reader *r)
{
    char plain[64];
    const char *text = cell(r, HN_COLUMN_SIDE);
    if (text && hn_side_parse(&row_of(r)->side, ours(r, HN_WORD_SIDE, text, plain))) {
        return refuse(r, HN_REASON_SIDE_UNKNOWN, HN_COLUMN_SIDE, text);
    }
    return HN_OK;
}

/* One diagnosis: a class (its bit), or a status that stands for none. False when unknown. */
static bool read_diagnosis(const reader *r, const char *text, uint64_t *labels,
                           hn_reference_status *status, bool *status_found)
{
    char plain[64];
    const char *word = ours(r, HN_WORD_LABEL, text, plain);
    int label = hn_cohort_map_class(r->manifest->map, word);
    if (label >= 0) {
        *labels |= UINT64_C(1) << label;
        return true;
    }
    hn_reference_status found;
    if (hn_reference_status_parse(&found, word) || found == HN_REFERENCE_SINGLE ||
        found == HN_REFERENCE_SEVERAL) {
        return false;
    }
    *status = found;
    *status_found = true;
    return true;
}

/* "a; b" names several; one of them unknown makes the cell unknown. */
static bool read_diagnoses(const reader *r, const char *text, uint64_t *labels)
{
    char copy[DETAIL_SIZE];
    if (strlen(text) >= sizeof copy || !strpbrk(text, ";|+")) {
        return false;
    }
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy;
    for (char *part = strsep(&rest, ";|+"); part; part = strsep(&rest, ";|+")) {
        hn_reference_status status;
        bool status_found = false;
        if (!read_diagnosis(r, hn_text_trim(part), labels, &status, &status_found) ||
            status_found) {
            return false;
        }
    }
    return true;
}

static hn_status read_label(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    const hn_cohort_map *map = r->manifest->map;
    const char *written = hn_csv_cell(r->csv, r->csv_row, r->columns[HN_COLUMN_LABEL]);
    /* a word that the map or the classes know is never "missing" */
    bool known =
        *written && (read_diagnosis(r, written, &row->labels, &row->status, &row->status_given) ||
                     read_diagnoses(r, written, &row->labels));
    if (known || hn_cohort_map_is_missing(map, written)) {
        return HN_OK;
    }
    return hn_manifest_quarantine(
        r->manifest, r->row, HN_REASON_LABEL_UNKNOWN, "%s '%.80s'%s",
        header_of(map, HN_COLUMN_LABEL), written,
        hn_text_suggest(written, (const char *const *)map->classes.items, map->classes.count));
}

static hn_status read_status(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    char plain[64];
    const char *text = cell(r, HN_COLUMN_REFERENCE_STATUS);
    if (text) {
        if (hn_reference_status_parse(&row->status,
                                      ours(r, HN_WORD_REFERENCE_STATUS, text, plain))) {
            return refuse(r, HN_REASON_STATUS_UNKNOWN, HN_COLUMN_REFERENCE_STATUS, text);
        }
        row->status_given = true;
    }
    return HN_OK;
}

static hn_status read_person(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    const hn_cohort_map *map = r->manifest->map;
    char plain[64];
    const char *age = cell(r, HN_COLUMN_AGE);
    const char *sex = cell(r, HN_COLUMN_SEX);
    row->age = HN_LAB_MISSING;
    if (age && hn_age_read(&row->age, age)) {
        HN_TRY(note_unreadable(r, header_of(map, HN_COLUMN_AGE)));
    } else if (age && (row->age.midpoint || row->age.bound != HN_BOUND_EXACT)) {
        HN_TRY(hn_manifest_add_note(r->manifest, r->row, HN_REASON_VALUE_INTERVAL,
                                    header_of(map, HN_COLUMN_AGE), "'%.40s' is stored as %g", age,
                                    row->age.value));
    }
    if (sex && hn_sex_parse(&row->sex, ours(r, HN_WORD_SEX, sex, plain))) {
        return note_unreadable(r, header_of(map, HN_COLUMN_SEX));
    }
    return HN_OK;
}

static hn_status read_date(const reader *r, hn_date *out, hn_column column)
{
    const hn_cohort_map *map = r->manifest->map;
    const char *text = cell(r, column);
    if (text && hn_date_read(out, text, map->date_order)) {
        return note_unreadable(r, header_of(map, column));
    }
    return HN_OK;
}

static hn_status read_answer(const reader *r, hn_answer *out, hn_column column)
{
    const char *text = cell(r, column);
    *out = HN_ANSWER_UNKNOWN;
    if (!text) {
        return HN_OK;
    }
    const char *word = hn_cohort_map_word(r->manifest->map, HN_WORD_ANSWER, text);
    if (!word) {
        (void)hn_fail(HN_EFORMAT, "'%.40s' is not one of yes, no", text);
        return note_unreadable(r, header_of(r->manifest->map, column));
    }
    *out = strcmp(word, "yes") == 0 ? HN_ANSWER_YES : HN_ANSWER_NO;
    return HN_OK;
}

/* A word, never free text: what else stands there does not enter the cohort. */
static hn_status read_certainty(const reader *r)
{
    char plain[64];
    const char *text = cell(r, HN_COLUMN_CERTAINTY);
    row_of(r)->certainty = "";
    if (!text) {
        return HN_OK;
    }
    size_t n = strlen(text);
    for (size_t i = 0; n < sizeof plain && i <= n; i++) {
        plain[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    }
    if (n >= sizeof plain || strspn(plain, "abcdefghijklmnopqrstuvwxyz0123456789_-") != n) {
        (void)hn_fail(HN_EFORMAT, "not a word of a-z, 0-9, _ and -");
        return note_unreadable(r, header_of(r->manifest->map, HN_COLUMN_CERTAINTY));
    }
    return keep(r, &row_of(r)->certainty, plain);
}

static hn_status read_labs(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    const hn_cohort_map *map = r->manifest->map;
    row->labs =
        hn_arena_alloc(r->manifest->strings, (size_t)map->biomarker_count * sizeof *row->labs);
    if (!row->labs) {
        return HN_ENOMEM;
    }
    for (int b = 0; b < map->biomarker_count; b++) {
        const char *text = hn_csv_cell(r->csv, r->csv_row, r->biomarkers[b]);
        row->labs[b] = HN_LAB_MISSING;
        if (hn_cohort_map_is_missing(map, text)) {
            continue;
        }
        if (hn_lab_read(&row->labs[b], text, &map->biomarkers[b].rule)) {
            HN_TRY(note_unreadable(r, map->biomarkers[b].column));
        } else if (row->labs[b].midpoint) {
            HN_TRY(hn_manifest_add_note(r->manifest, r->row, HN_REASON_VALUE_INTERVAL,
                                        map->biomarkers[b].column, "'%.40s' is stored as %g", text,
                                        row->labs[b].value));
        }
    }
    return HN_OK;
}

static hn_status read_row(const reader *r)
{
    hn_manifest_row *row = row_of(r);
    row->detail = row->certainty = "";
    row->case_index = -1;
    row->manifest = r->path;
    row->line = hn_csv_line(r->csv, r->csv_row);
    HN_TRY(read_identity(r));
    HN_TRY(read_view(r));
    HN_TRY(read_side(r));
    HN_TRY(read_label(r));
    HN_TRY(read_status(r));
    HN_TRY(read_person(r));
    HN_TRY(read_date(r, &row->date, HN_COLUMN_DATE));
    HN_TRY(read_date(r, &row->reference_date, HN_COLUMN_REFERENCE_DATE));
    HN_TRY(read_answer(r, &row->serology, HN_COLUMN_SEROLOGY_IN_REFERENCE));
    HN_TRY(read_answer(r, &row->film, HN_COLUMN_FILM_IN_REFERENCE));
    HN_TRY(read_certainty(r));
    return read_labs(r);
}

/* ---- files ----------------------------------------------------------------------------- */

static hn_status name_center(reader *r)
{
    r->file_center = hn_arena_strdup(r->manifest->strings, hn_path_name(r->path));
    if (!r->file_center) {
        return HN_ENOMEM;
    }
    char *dot = strrchr(r->file_center, '.');
    if (dot && dot != r->file_center) {
        *dot = 0;
    }
    return HN_OK;
}

hn_status hn_manifest_add_csv(hn_manifest *manifest, const hn_csv *csv, const char *path)
{
    reader r = { .manifest = manifest, .csv = csv };
    r.path = hn_arena_strdup(manifest->strings, path);
    if (!r.path) {
        return HN_ENOMEM;
    }
    hn_path_folder(r.folder, path);
    HN_TRY(name_center(&r));
    HN_TRY(find_columns(&r));
    for (r.csv_row = 0; r.csv_row < hn_csv_rows(csv); r.csv_row++) {
        HN_TRY(hn_grow(&manifest->rows, manifest->row_count, &manifest->row_capacity,
                       sizeof *manifest->rows));
        r.row = (int64_t)manifest->row_count;
        manifest->rows[manifest->row_count++] = (hn_manifest_row) { 0 };
        HN_TRY(read_row(&r));
    }
    return HN_OK;
}

hn_status hn_manifest_add(hn_manifest *manifest, const char *path)
{
    HN_AUTO_CSV *csv = NULL;
    HN_TRY(hn_csv_read(&csv, path));
    return hn_manifest_add_csv(manifest, csv, path);
}
