/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.h: a report as a tree: title, headline figures, cautions, sections of paragraphs,
 * lists, facts, tables and figures.
 *
 * The tree knows nothing of cohorts or metrics: programs fill it, html.h turns it into a page.
 * The report owns everything in it, and every text given to it is copied; hn_report_free gives
 * all of it back. Functions that add return NULL or do nothing once memory has run out, and
 * accept NULL; hn_report_status at the end says whether anything was lost.
 *
 *     HN_AUTO_REPORT *report = NULL;
 *     HN_TRY(hn_report_new(&report));
 *     report->title = hn_report_text(report, "External test in %s", center);
 *     hn_section *section = hn_report_section(report, "metrics", "Discrimination");
 *     hn_table *table = hn_section_table(section, "metrics-overall", "All classes together");
 *     hn_table_column(table, HN_ALIGN_LEFT, "Metric");
 *     hn_table_column(table, HN_ALIGN_RIGHT, "Estimate");
 *     hn_table_row(table);
 *     hn_table_cell(table, "%s", "Accuracy");
 *     hn_table_cell(table, "%.3f", accuracy);
 *     HN_TRY(hn_report_write(report, "report.html", false));
 */
#ifndef HIPNET_REPORT_H
#define HIPNET_REPORT_H

#include <hipnet/error.h>
#include <hipnet/figure.h>
#include <hipnet/memory.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct hn_report hn_report;

typedef enum hn_align { HN_ALIGN_LEFT, HN_ALIGN_RIGHT, HN_ALIGN_CENTER } hn_align;

typedef struct hn_cell {
    const char *text;  /* "" for nothing */
    const char *small; /* a second, quieter line, such as a percentage; NULL for none */
    double shade;      /* 0: none, to 1: darkest background */
    bool marked;       /* set off by a border, such as the diagonal of a confusion matrix */
} hn_cell;

typedef struct hn_heading {
    const char *heading;
    const char *group; /* neighbours with the same group share a heading above theirs; NULL */
    hn_align align;
} hn_heading;

typedef struct hn_row {
    hn_cell *cells;
    size_t count, capacity;
    bool band;  /* one cell across the whole table that heads the rows below it */
    bool total; /* sums up the rows above it */
} hn_row;

typedef struct hn_table {
    hn_report *report;
    const char *id;
    const char *caption;
    const char *note; /* under the table: units, methods, what a dash means; NULL for none */
    hn_heading *columns;
    size_t column_count, column_capacity;
    hn_row *rows; /* the first cell of each row is its header */
    size_t row_count, row_capacity;
} hn_table;

typedef enum hn_tone {
    HN_TONE_PLAIN,
    HN_TONE_LEAD,    /* the sentence a section starts with */
    HN_TONE_NOTE,    /* small print */
    HN_TONE_MISSING, /* says what is not there and how to get it */
} hn_tone;

typedef struct hn_line {
    const char *lead; /* the words set off at the start, or the term of a fact; NULL for none */
    const char *text;
    bool code; /* of a fact: a hash or a path, set in fixed width */
} hn_line;

typedef struct hn_items {
    hn_line *items;
    size_t count, capacity;
} hn_items;

typedef enum hn_block_kind {
    HN_BLOCK_PARAGRAPH,
    HN_BLOCK_LIST,
    HN_BLOCK_FACTS,
    HN_BLOCK_TABLE,
    HN_BLOCK_FIGURE,
} hn_block_kind;

typedef struct hn_block {
    hn_block_kind kind;
    hn_tone tone;     /* of a paragraph */
    const char *text; /* of a paragraph */
    hn_items items;   /* of a list or of facts */
    hn_table *table;
    hn_plot *figure;
} hn_block;

typedef struct hn_section {
    hn_report *report;
    const char *id;
    const char *title;
    int level; /* 2: a chapter, in the contents; 3: a part of the chapter above */
    hn_block *blocks;
    size_t count, capacity;
} hn_section;

/* One figure of the row at the top of the page. */
typedef struct hn_headline {
    const char *label;  /* "Accuracy" */
    const char *value;  /* "83.1%" */
    const char *detail; /* "95% CI 78.2 to 87.4, n = 300" */
} hn_headline;

struct hn_report {
    hn_arena *arena; /* all text */
    hn_failure failure;
    const char *title;
    const char *subtitle;   /* what kind of report it is, of what */
    const char *disclaimer; /* at the top and at the foot of every page: "Research use only" */
    const char *summary;    /* a few words under the headline figures; NULL for none */
    const char *footer;     /* software and version */
    hn_items facts;         /* short facts under the title: cohort, cases, date */
    hn_headline *headlines;
    size_t headline_count, headline_capacity;
    hn_items cautions; /* set apart under the headline figures */
    hn_section **sections;
    size_t section_count, section_capacity;
};

HN_API hn_status hn_report_new(hn_report **out) HN_MUST_CHECK;
HN_API void hn_report_free(hn_report *report);
HN_API void hn_report_freep(hn_report **report);
#define HN_AUTO_REPORT HN_CLEANUP(hn_report_freep) hn_report

/* HN_OK, or the first failure of any function that added to the report. */
HN_API hn_status hn_report_status(const hn_report *report) HN_MUST_CHECK;

/* A copy that lives as long as the report; never NULL ("" when memory is gone). */
HN_API const char *hn_report_text(hn_report *report, const char *format, ...) HN_PRINTF(2, 3);

HN_API void hn_report_fact(hn_report *report, const char *term, const char *format, ...)
    HN_PRINTF(3, 4);
HN_API void hn_report_headline(hn_report *report, const char *label, const char *value,
                               const char *detail);
HN_API void hn_report_caution(hn_report *report, const char *lead, const char *format, ...)
    HN_PRINTF(3, 4);

/* `id` is [a-z0-9-] and unique in the report; it is the page's anchor. */
HN_API hn_section *hn_report_section(hn_report *report, const char *id, const char *title);
HN_API hn_section *hn_report_part(hn_report *report, const char *id, const char *title);

HN_API void hn_section_say(hn_section *section, hn_tone tone, const char *format, ...)
    HN_PRINTF(3, 4);
/* Adds to the list, or to the facts, at the end of the section; starts one when there is none. */
HN_API void hn_section_item(hn_section *section, const char *lead, const char *format, ...)
    HN_PRINTF(3, 4);
HN_API void hn_section_fact(hn_section *section, const char *term, const char *format, ...)
    HN_PRINTF(3, 4);
HN_API void hn_section_hash(hn_section *section, const char *term, const char *hash);

HN_API hn_table *hn_section_table(hn_section *section, const char *id, const char *caption);
HN_API void hn_table_column(hn_table *table, hn_align align, const char *heading);
HN_API void hn_table_column_in(hn_table *table, const char *group, hn_align align,
                               const char *heading);
HN_API void hn_table_row(hn_table *table);
HN_API void hn_table_total(hn_table *table); /* a row that sums up those above it */
HN_API void hn_table_band(hn_table *table, const char *format, ...) HN_PRINTF(2, 3);
/* The next cell of the last row. The pointer is good until the next cell is added. */
HN_API hn_cell *hn_table_cell(hn_table *table, const char *format, ...) HN_PRINTF(2, 3);

/* `name` is the stem of the figure's files and its anchor: [a-z0-9-], unique in the report. */
HN_API hn_plot *hn_section_figure(hn_section *section, const char *name, const char *caption);

/* Draws every figure that has not been drawn, with its files in `folder` (made when absent). */
HN_API hn_status hn_report_draw(hn_report *report, const char *folder, bool force) HN_MUST_CHECK;

/* Draws and writes the page. The figures' files are kept beside it, in a folder with the
 * page's name and ".figures" in the place of ".html"; for standard output and devices they are
 * not kept. Nothing is left behind on failure. */
HN_API hn_status hn_report_write(hn_report *report, const char *path, bool force) HN_MUST_CHECK;

/* The folder that hn_report_write uses for a page. */
HN_API hn_status hn_report_figure_folder(char *out, size_t size, const char *path) HN_MUST_CHECK;

#endif
