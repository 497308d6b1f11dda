/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv.h: tables as text (RFC 4180, with the habits of spreadsheets).
 *
 * Reading takes a byte order mark, comma, semicolon or tab (found in the header line), LF or
 * CRLF, quoted cells with quotes and line breaks in them, and blank lines; it refuses what is
 * not UTF-8, NUL bytes, an unclosed quote, and rows with more cells than the header (with the
 * line number). A row that is short has empty cells at its end. Cells are trimmed.
 */
#ifndef HIPNET_CSV_H
#define HIPNET_CSV_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct hn_csv hn_csv;

HN_API hn_status hn_csv_read(hn_csv **out, const char *path) HN_MUST_CHECK;
/* `name` stands for the file in messages. */
HN_API hn_status hn_csv_parse(hn_csv **out, const char *bytes, size_t size,
                              const char *name) HN_MUST_CHECK;
HN_API void hn_csv_free(hn_csv *csv);
HN_API void hn_csv_freep(hn_csv **csv);
#define HN_AUTO_CSV HN_CLEANUP(hn_csv_freep) hn_csv

HN_API const char *hn_csv_name(const hn_csv *csv); /* the file's name */
HN_API char hn_csv_separator(const hn_csv *csv);   /* , ; or tab */
HN_API int64_t hn_csv_rows(const hn_csv *csv);     /* without the header */
HN_API int hn_csv_columns(const hn_csv *csv);
HN_API const char *hn_csv_header(const hn_csv *csv, int column);
HN_API int hn_csv_find(const hn_csv *csv, const char *header); /* column or -1 */
/* As find, but a missing column fails and names the nearest. */
HN_API hn_status hn_csv_require(int *column, const hn_csv *csv, const char *header) HN_MUST_CHECK;
HN_API const char *hn_csv_cell(const hn_csv *csv, int64_t row, int column); /* "" for column -1 */
HN_API int64_t hn_csv_line(const hn_csv *csv, int64_t row); /* 1-based line in the file */

/* Writes one cell, quoted where it must be, after a comma unless it is the row's first. */
HN_API void hn_csv_write(FILE *stream, bool first, const char *cell);
HN_API void hn_csv_write_real(FILE *stream, bool first, double value); /* NaN is an empty cell */
HN_API void hn_csv_write_int(FILE *stream, bool first, int64_t value);
HN_API void hn_csv_end_row(FILE *stream);

#endif
