/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over the bytes: cells are unquoted in place, rows keep their line in the file. */
#include <hipnet/csv.h>

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/text.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 30, MOST_COLUMNS = 4096 };

struct row {
    size_t first; /* index of its first cell */
    int64_t line;
};

struct hn_csv {
    char *name;
    char *bytes;        /* the file; cells point into it */
    const char **cells; /* columns per row, the header first */
    size_t cell_count, cell_capacity;
    struct row *rows; /* without the header */
    size_t row_count, row_capacity;
    int columns;
    char separator;
};

/* The separator is the one of , ; tab that the header line holds most of, outside quotes. */
static char find_separator(const char *text)
{
    static const char candidates[] = { ',', ';', '\t' };
    int counts[3] = { 0 };
    bool quoted = false;
    for (const char *c = text; *c && (quoted || (*c != '\n' && *c != '\r')); c++) {
        quoted ^= *c == '"';
        for (int k = 0; !quoted && k < 3; k++) {
            counts[k] += *c == candidates[k];
        }
    }
    int best = 0;
    for (int k = 1; k < 3; k++) {
        best = counts[k] > counts[best] ? k : best;
    }
    return candidates[best];
}

struct cursor {
    hn_csv *csv;
    char *at;
    int64_t line;
};

static hn_status fail_at(const struct cursor *cursor, int64_t line, const char *words)
{
    return hn_fail(HN_EFORMAT, "%s line %" PRId64 ": %s", cursor->csv->name, line, words);
}

/* Reads a quoted cell in place: "" is one quote, line breaks belong to the cell. */
static hn_status read_quoted(struct cursor *cursor, char **cell)
{
    int64_t opened = cursor->line;
    char *from = cursor->at + 1, *to = from;
    *cell = from;
    for (;; from++) {
        if (*from == 0) {
            return fail_at(cursor, opened, "a quoted cell is not closed");
        }
        if (*from == '"' && from[1] == '"') {
            from++;
        } else if (*from == '"') {
            break;
        }
        cursor->line += *from == '\n';
        *to++ = *from;
    }
    cursor->at = from + 1;
    while (*cursor->at == ' ') {
        cursor->at++;
    }
    char after = *cursor->at;
    *to = 0;
    if (after != 0 && after != cursor->csv->separator && after != '\n' && after != '\r') {
        return fail_at(cursor, cursor->line, "there is text behind a closing quote");
    }
    return HN_OK;
}

/* Reads one cell and what ends it; `*last` says whether the row ends with it. */
static hn_status read_cell(struct cursor *cursor, bool *last)
{
    hn_csv *csv = cursor->csv;
    char *look = cursor->at;
    while (*look == ' ' && csv->separator != ' ') {
        look++;
    }
    char *cell = cursor->at;
    if (*look == '"') {
        cursor->at = look;
        HN_TRY(read_quoted(cursor, &cell));
    } else {
        while (*cursor->at && *cursor->at != csv->separator && *cursor->at != '\n' &&
               *cursor->at != '\r') {
            cursor->at++;
        }
    }
    char *end = cursor->at;
    char ended_by = *end;
    if (ended_by == '\r' && end[1] == '\n') {
        cursor->at++;
    }
    if (ended_by) {
        cursor->at++;
    }
    cursor->line += ended_by == '\n' || ended_by == '\r';
    if (*look != '"') {
        *end = 0;
    }
    *last = ended_by != csv->separator;
    HN_TRY(hn_grow(&csv->cells, csv->cell_count, &csv->cell_capacity, sizeof *csv->cells));
    csv->cells[csv->cell_count++] = hn_text_trim(cell);
    return HN_OK;
}

static hn_status read_row(struct cursor *cursor, size_t *count)
{
    *count = 0;
    for (bool last = false; !last; ++*count) {
        HN_TRY(read_cell(cursor, &last));
        if (*count > MOST_COLUMNS) {
            return fail_at(cursor, cursor->line, "more than 4096 cells in a row");
        }
    }
    return HN_OK;
}

static bool is_blank(const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cells[i][0]) {
            return false;
        }
    }
    return true;
}

static hn_status read_header(struct cursor *cursor)
{
    hn_csv *csv = cursor->csv;
    size_t count = 0;
    int64_t line = 0;
    do {
        csv->cell_count = 0;
        if (*cursor->at == 0) {
            return hn_fail(HN_EFORMAT, "%s is empty: a header line was expected", csv->name);
        }
        csv->separator = find_separator(cursor->at);
        line = cursor->line;
        HN_TRY(read_row(cursor, &count));
    } while (is_blank(csv->cells, count));
    while (count > 0 && csv->cells[count - 1][0] == 0) {
        csv->cell_count = --count; /* spreadsheets leave separators at the end */
    }
    csv->columns = (int)count;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (csv->cells[i][0] && strcmp(csv->cells[i], csv->cells[k]) == 0) {
                return hn_fail(HN_EFORMAT, "%s line %" PRId64 ": column '%s' stands there twice",
                               csv->name, line, csv->cells[i]);
            }
        }
    }
    return HN_OK;
}

/* Brings a row to the header's width: blank rows go, empty cells at the end come or go. */
static hn_status finish_row(hn_csv *csv, size_t first, size_t count, int64_t line)
{
    size_t columns = (size_t)csv->columns;
    if (is_blank(csv->cells + first, count)) {
        csv->cell_count = first;
        return HN_OK;
    }
    while (count > columns && csv->cells[first + count - 1][0] == 0) {
        csv->cell_count--;
        count--;
    }
    if (count > columns) {
        return hn_fail(HN_EFORMAT, "%s line %" PRId64 ": %zu cells where the header has %zu",
                       csv->name, line, count, columns);
    }
    for (; count < columns; count++) {
        HN_TRY(hn_grow(&csv->cells, csv->cell_count, &csv->cell_capacity, sizeof *csv->cells));
        csv->cells[csv->cell_count++] = "";
    }
    HN_TRY(hn_grow(&csv->rows, csv->row_count, &csv->row_capacity, sizeof *csv->rows));
    csv->rows[csv->row_count++] = (struct row) { first, line };
    return HN_OK;
}

static hn_status parse(hn_csv *csv, size_t size)
{
    if (memchr(csv->bytes, 0, size)) {
        return hn_fail(HN_EFORMAT,
                       "%s holds a NUL byte: it is not a table of text (a spreadsheet "
                       "must be saved as CSV UTF-8)",
                       csv->name);
    }
    if (!hn_text_is_utf8(csv->bytes, size)) {
        return hn_fail(HN_EFORMAT, "%s is not UTF-8: save it as \"CSV UTF-8\"", csv->name);
    }
    bool marked = hn_text_starts(csv->bytes, "\xef\xbb\xbf");
    struct cursor cursor = { csv, csv->bytes + (marked ? 3 : 0), 1 };
    if (hn_text_starts(cursor.at, "sep=") && cursor.at[4] && strchr("\r\n", cursor.at[5])) {
        cursor.at += 5; /* a line that spreadsheets put first to name the separator */
        while (*cursor.at == '\r' || *cursor.at == '\n') {
            cursor.line += *cursor.at++ == '\n';
        }
    }
    HN_TRY(read_header(&cursor));
    while (*cursor.at) {
        size_t first = csv->cell_count, count = 0;
        int64_t line = cursor.line;
        HN_TRY(read_row(&cursor, &count));
        HN_TRY(finish_row(csv, first, count, line));
    }
    return HN_OK;
}

/* Takes `bytes`. */
static hn_status make(hn_csv **out, char *bytes, size_t size, const char *name)
{
    hn_csv *csv = hn_calloc(1, sizeof *csv);
    if (!csv) {
        hn_free(bytes);
        return HN_ENOMEM;
    }
    csv->bytes = bytes;
    csv->name = hn_strdup(name);
    hn_status status = csv->name ? parse(csv, size) : HN_ENOMEM;
    if (status != HN_OK) {
        hn_csv_free(csv);
        return status;
    }
    *out = csv;
    return HN_OK;
}

hn_status hn_csv_read(hn_csv **out, const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, LARGEST_FILE));
    return make(out, bytes, size, path);
}

hn_status hn_csv_parse(hn_csv **out, const char *bytes, size_t size, const char *name)
{
    char *copy = hn_strndup(bytes, size);
    return copy ? make(out, copy, size, name) : HN_ENOMEM;
}

void hn_csv_free(hn_csv *csv)
{
    if (csv) {
        hn_free(csv->name);
        hn_free(csv->bytes);
        hn_free(csv->cells);
        hn_free(csv->rows);
        hn_free(csv);
    }
}

void hn_csv_freep(hn_csv **csv)
{
    hn_csv_free(*csv);
    *csv = NULL;
}

const char *hn_csv_name(const hn_csv *csv)
{
    return csv->name;
}

char hn_csv_separator(const hn_csv *csv)
{
    return csv->separator;
}

int64_t hn_csv_rows(const hn_csv *csv)
{
    return (int64_t)csv->row_count;
}

int hn_csv_columns(const hn_csv *csv)
{
    return csv->columns;
}

const char *hn_csv_header(const hn_csv *csv, int column)
{
    hn_assert(column >= 0 && column < csv->columns);
    return csv->cells[column];
}

int hn_csv_find(const hn_csv *csv, const char *header)
{
    for (int i = 0; i < csv->columns; i++) {
        if (strcmp(csv->cells[i], header) == 0) {
            return i;
        }
    }
    return -1;
}

hn_status hn_csv_require(int *column, const hn_csv *csv, const char *header)
{
    int found = hn_csv_find(csv, header);
    if (found < 0) {
        return hn_fail(HN_EFORMAT, "%s has no column '%s'%s", csv->name, header,
                       hn_text_suggest(header, csv->cells, (size_t)csv->columns));
    }
    *column = found;
    return HN_OK;
}

const char *hn_csv_cell(const hn_csv *csv, int64_t row, int column)
{
    hn_assert(row >= 0 && row < (int64_t)csv->row_count && column < csv->columns);
    return column < 0 ? "" : csv->cells[csv->rows[row].first + (size_t)column];
}

int64_t hn_csv_line(const hn_csv *csv, int64_t row)
{
    hn_assert(row >= 0 && row < (int64_t)csv->row_count);
    return csv->rows[row].line;
}

void hn_csv_write(FILE *stream, bool first, const char *cell)
{
    if (!first) {
        fputc(',', stream);
    }
    size_t length = strlen(cell);
    bool spaced = length > 0 && (cell[0] == ' ' || cell[length - 1] == ' ');
    if (!spaced && !strpbrk(cell, ",;\t\"\r\n")) {
        fputs(cell, stream);
        return;
    }
    fputc('"', stream);
    for (const char *c = cell; *c; c++) {
        if (*c == '"') {
            fputc('"', stream);
        }
        fputc(*c, stream);
    }
    fputc('"', stream);
}

void hn_csv_write_real(FILE *stream, bool first, double value)
{
    char text[HN_REAL_SIZE];
    hn_csv_write(stream, first, isnan(value) ? "" : hn_format_real(text, value));
}

void hn_csv_write_int(FILE *stream, bool first, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    hn_csv_write(stream, first, text);
}

void hn_csv_end_row(FILE *stream)
{
    fputc('\n', stream);
}
