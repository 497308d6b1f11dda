/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quarantine.csv: for the person at the site who can mend a row, and for nobody else. */
#include "manifest_private.h"

#include <hipnet/file.h>

#include <stdlib.h>

/* A line of the file: a row that was left out (note -1) or a note on a row. */
typedef struct entry {
    int64_t row, note;
} entry;

static int by_row(const void *a, const void *b)
{
    const entry *left = a, *right = b;
    int order = (left->row > right->row) - (left->row < right->row);
    return order ? order : (left->note > right->note) - (left->note < right->note);
}

static void write_entry(FILE *stream, const hn_manifest *m, const entry *e)
{
    const hn_manifest_row *row = &m->rows[e->row];
    const hn_note *note = e->note < 0 ? NULL : &m->notes[e->note];
    hn_csv_write(stream, true, "yes");
    hn_csv_write(stream, false, row->manifest);
    hn_csv_write_int(stream, false, row->line);
    hn_csv_write(stream, false, note ? "noted" : "left out");
    hn_csv_write(stream, false, hn_reason_name(note ? note->reason : row->reason));
    hn_csv_write(stream, false, note ? note->column : "");
    hn_csv_write(stream, false, row->path);
    hn_csv_write(stream, false, note ? note->detail : row->detail);
    hn_csv_end_row(stream);
}

hn_status hn_manifest_write_quarantine(const hn_manifest *manifest, const char *path, bool force)
{
    static const char *const headers[] = { "site_only", "manifest", "line", "action",
                                           "reason",    "column",   "path", "detail" };
    HN_AUTOFREE entry *entries =
        hn_calloc(manifest->row_count + manifest->note_count, sizeof *entries);
    if (!entries) {
        return HN_ENOMEM;
    }
    size_t count = 0;
    for (size_t i = 0; i < manifest->row_count; i++) {
        if (manifest->rows[i].reason != HN_REASON_NONE) {
            entries[count++] = (entry) { (int64_t)i, -1 };
        }
    }
    for (size_t i = 0; i < manifest->note_count; i++) {
        entries[count++] = (entry) { manifest->notes[i].row, (int64_t)i };
    }
    qsort(entries, count, sizeof *entries, by_row);
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    for (size_t i = 0; i < HN_COUNT_OF(headers); i++) {
        hn_csv_write(output.stream, i == 0, headers[i]);
    }
    hn_csv_end_row(output.stream);
    for (size_t i = 0; i < count; i++) {
        write_entry(output.stream, manifest, &entries[i]);
    }
    return hn_output_commit(&output);
}
