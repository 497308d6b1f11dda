/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report's tree: everything that is added is copied into the report's arena or hangs on an
 * array that hn_report_free gives back. The first failure is kept, later additions do nothing.
 */
#include <hipnet/report.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report_internal.h"

static void keep_failure(hn_report *report, hn_status status)
{
    if (report && report->failure.status == HN_OK) {
        hn_failure_take(&report->failure, status);
    }
}

hn_status hn_report_status(const hn_report *report)
{
    if (!report) {
        return hn_fail(HN_ENOMEM, "memory is exhausted");
    }
    return report->failure.status == HN_OK ? HN_OK : hn_failure_raise(&report->failure);
}

bool hn_report_grow(hn_report *report, void *array_address, size_t count, size_t *capacity,
                    size_t size)
{
    if (!report || report->failure.status != HN_OK) {
        return false;
    }
    hn_status status = hn_grow(array_address, count, capacity, size);
    if (status != HN_OK) {
        keep_failure(report, status);
        return false;
    }
    return true;
}

static const char *copy_v(hn_report *report, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (!report || report->failure.status != HN_OK || size < 0) {
        return "";
    }
    char *text = hn_arena_alloc(report->arena, (size_t)size + 1);
    if (!text) {
        keep_failure(report, HN_ENOMEM);
        return "";
    }
    vsnprintf(text, (size_t)size + 1, format, arguments);
    return text;
}

const char *hn_report_text(hn_report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = copy_v(report, format, arguments);
    va_end(arguments);
    return text;
}

/* NULL stays NULL. */
static const char *copy(hn_report *report, const char *text)
{
    return text ? hn_report_text(report, "%s", text) : NULL;
}

hn_status hn_report_new(hn_report **out)
{
    hn_report *report = hn_calloc(1, sizeof *report);
    if (!report) {
        return HN_ENOMEM;
    }
    report->arena = hn_arena_new();
    if (!report->arena) {
        hn_free(report);
        return HN_ENOMEM;
    }
    report->title = "Report";
    report->subtitle = "";
    report->disclaimer = "Research use only";
    report->footer = "";
    *out = report;
    return HN_OK;
}

static void free_table(hn_table *table)
{
    if (!table) {
        return;
    }
    for (size_t i = 0; i < table->row_count; i++) {
        hn_free(table->rows[i].cells);
    }
    hn_free(table->rows);
    hn_free(table->columns);
    hn_free(table);
}

static void free_figure(hn_plot *figure)
{
    if (!figure) {
        return;
    }
    for (size_t i = 0; i < figure->series_count; i++) {
        hn_free(figure->series[i]->points);
        hn_free(figure->series[i]);
    }
    hn_free(figure->series);
    hn_free(figure->remarks);
    hn_free(figure->x.ticks);
    hn_free(figure->y.ticks);
    hn_text_clear(&figure->svg);
    hn_free(figure);
}

void hn_report_free(hn_report *report)
{
    if (!report) {
        return;
    }
    for (size_t i = 0; i < report->section_count; i++) {
        hn_section *section = report->sections[i];
        for (size_t j = 0; j < section->count; j++) {
            hn_free(section->blocks[j].items.items);
            free_table(section->blocks[j].table);
            free_figure(section->blocks[j].figure);
        }
        hn_free(section->blocks);
        hn_free(section);
    }
    hn_free(report->sections);
    hn_free(report->facts.items);
    hn_free(report->cautions.items);
    hn_free(report->headlines);
    hn_arena_free(report->arena);
    hn_free(report);
}

void hn_report_freep(hn_report **report)
{
    hn_report_free(*report);
    *report = NULL;
}

static void add_item(hn_report *report, hn_items *items, const char *lead, const char *text,
                     bool code)
{
    if (!hn_report_grow(report, &items->items, items->count, &items->capacity,
                        sizeof *items->items)) {
        return;
    }
    items->items[items->count++] =
        (hn_line) { .lead = copy(report, lead), .text = text, .code = code };
}

void hn_report_fact(hn_report *report, const char *term, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = copy_v(report, format, arguments);
    va_end(arguments);
    if (report) {
        add_item(report, &report->facts, term, text, false);
    }
}

void hn_report_caution(hn_report *report, const char *lead, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = copy_v(report, format, arguments);
    va_end(arguments);
    if (report) {
        add_item(report, &report->cautions, lead, text, false);
    }
}

void hn_report_headline(hn_report *report, const char *label, const char *value, const char *detail)
{
    if (!report || !hn_report_grow(report, &report->headlines, report->headline_count,
                                   &report->headline_capacity, sizeof *report->headlines)) {
        return;
    }
    report->headlines[report->headline_count++] = (hn_headline) {
        .label = copy(report, label),
        .value = copy(report, value),
        .detail = copy(report, detail ? detail : ""),
    };
}

static hn_section *add_section(hn_report *report, const char *id, const char *title, int level)
{
    if (!report || !hn_report_grow(report, &report->sections, report->section_count,
                                   &report->section_capacity, sizeof *report->sections)) {
        return NULL;
    }
    hn_section *section = hn_calloc(1, sizeof *section);
    if (!section) {
        keep_failure(report, HN_ENOMEM);
        return NULL;
    }
    *section = (hn_section) {
        .report = report, .id = copy(report, id), .title = copy(report, title), .level = level
    };
    report->sections[report->section_count++] = section;
    return section;
}

hn_section *hn_report_section(hn_report *report, const char *id, const char *title)
{
    return add_section(report, id, title, 2);
}

hn_section *hn_report_part(hn_report *report, const char *id, const char *title)
{
    return add_section(report, id, title, 3);
}

static hn_block *add_block(hn_section *section, hn_block_kind kind)
{
    if (!section || !hn_report_grow(section->report, &section->blocks, section->count,
                                    &section->capacity, sizeof *section->blocks)) {
        return NULL;
    }
    hn_block *block = &section->blocks[section->count++];
    *block = (hn_block) { .kind = kind, .text = "" };
    return block;
}

/* The last block when it is of that kind, else a new one. */
static hn_block *last_block(hn_section *section, hn_block_kind kind)
{
    if (section && section->count > 0 && section->blocks[section->count - 1].kind == kind) {
        return &section->blocks[section->count - 1];
    }
    return add_block(section, kind);
}

void hn_section_say(hn_section *section, hn_tone tone, const char *format, ...)
{
    hn_block *block = add_block(section, HN_BLOCK_PARAGRAPH);
    if (!block) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    block->tone = tone;
    block->text = copy_v(section->report, format, arguments);
    va_end(arguments);
}

/* One more line of the section's last list or table of facts. */
static void add_line(hn_section *section, hn_block_kind kind, const char *lead, const char *format,
                     va_list arguments)
{
    hn_block *block = last_block(section, kind);
    if (block) {
        const char *text = copy_v(section->report, format, arguments);
        add_item(section->report, &block->items, lead, text, false);
    }
}

void hn_section_item(hn_section *section, const char *lead, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_line(section, HN_BLOCK_LIST, lead, format, arguments);
    va_end(arguments);
}

void hn_section_fact(hn_section *section, const char *term, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_line(section, HN_BLOCK_FACTS, term, format, arguments);
    va_end(arguments);
}

void hn_section_hash(hn_section *section, const char *term, const char *hash)
{
    hn_block *block = last_block(section, HN_BLOCK_FACTS);
    if (block) {
        add_item(section->report, &block->items, term, copy(section->report, hash ? hash : ""),
                 true);
    }
}

hn_table *hn_section_table(hn_section *section, const char *id, const char *caption)
{
    hn_block *block = add_block(section, HN_BLOCK_TABLE);
    if (!block) {
        return NULL;
    }
    block->table = hn_calloc(1, sizeof *block->table);
    if (!block->table) {
        section->count--;
        keep_failure(section->report, HN_ENOMEM);
        return NULL;
    }
    block->table->report = section->report;
    block->table->id = copy(section->report, id);
    block->table->caption = copy(section->report, caption);
    return block->table;
}

void hn_table_column_in(hn_table *table, const char *group, hn_align align, const char *heading)
{
    if (!table || !hn_report_grow(table->report, &table->columns, table->column_count,
                                  &table->column_capacity, sizeof *table->columns)) {
        return;
    }
    table->columns[table->column_count++] = (hn_heading) {
        .heading = copy(table->report, heading),
        .group = copy(table->report, group),
        .align = align,
    };
}

void hn_table_column(hn_table *table, hn_align align, const char *heading)
{
    hn_table_column_in(table, NULL, align, heading);
}

static hn_row *add_row(hn_table *table)
{
    if (!table || !hn_report_grow(table->report, &table->rows, table->row_count,
                                  &table->row_capacity, sizeof *table->rows)) {
        return NULL;
    }
    hn_row *row = &table->rows[table->row_count++];
    *row = (hn_row) { 0 };
    return row;
}

void hn_table_row(hn_table *table)
{
    add_row(table);
}

void hn_table_total(hn_table *table)
{
    hn_row *row = add_row(table);
    if (row) {
        row->total = true;
    }
}

static hn_cell *add_cell(hn_table *table, const char *text)
{
    if (!table || table->row_count == 0) {
        return NULL;
    }
    hn_row *row = &table->rows[table->row_count - 1];
    if (!hn_report_grow(table->report, &row->cells, row->count, &row->capacity,
                        sizeof *row->cells)) {
        return NULL;
    }
    hn_cell *cell = &row->cells[row->count++];
    *cell = (hn_cell) { .text = text };
    return cell;
}

void hn_table_band(hn_table *table, const char *format, ...)
{
    hn_row *row = add_row(table);
    if (!row) {
        return;
    }
    row->band = true;
    va_list arguments;
    va_start(arguments, format);
    add_cell(table, copy_v(table->report, format, arguments));
    va_end(arguments);
}

hn_cell *hn_table_cell(hn_table *table, const char *format, ...)
{
    if (!table) {
        return NULL;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *text = copy_v(table->report, format, arguments);
    va_end(arguments);
    return add_cell(table, text);
}

hn_plot *hn_section_figure(hn_section *section, const char *name, const char *caption)
{
    hn_block *block = add_block(section, HN_BLOCK_FIGURE);
    if (!block) {
        return NULL;
    }
    hn_plot *figure = hn_calloc(1, sizeof *figure);
    if (!figure) {
        section->count--;
        keep_failure(section->report, HN_ENOMEM);
        return NULL;
    }
    *figure = (hn_plot) {
        .report = section->report,
        .name = copy(section->report, name),
        .caption = copy(section->report, caption),
        .alt = "",
        .x.label = "",
        .y.label = "",
        .width = 480,
        .height = 360,
    };
    block->figure = figure;
    return figure;
}

hn_series *hn_plot_series(hn_plot *figure, hn_mark mark, int style, const char *name)
{
    if (!figure || !hn_report_grow(figure->report, &figure->series, figure->series_count,
                                   &figure->series_capacity, sizeof *figure->series)) {
        return NULL;
    }
    hn_series *series = hn_calloc(1, sizeof *series);
    if (!series) {
        keep_failure(figure->report, HN_ENOMEM);
        return NULL;
    }
    *series = (hn_series) {
        .report = figure->report,
        .name = copy(figure->report, name),
        .mark = mark,
        .style = style,
    };
    figure->series[figure->series_count++] = series;
    return series;
}

void hn_series_add_range(hn_series *series, double x, double y, double low, double high)
{
    if (!series || !hn_report_grow(series->report, &series->points, series->count,
                                   &series->capacity, sizeof *series->points)) {
        return;
    }
    series->points[series->count++] = (hn_point) { .x = x, .y = y, .low = low, .high = high };
}

void hn_series_add(hn_series *series, double x, double y)
{
    hn_series_add_range(series, x, y, (double)NAN, (double)NAN);
}

void hn_plot_tick(hn_plot *figure, hn_axis *axis, double value, const char *text)
{
    if (!figure || !axis ||
        !hn_report_grow(figure->report, &axis->ticks, axis->tick_count, &axis->tick_capacity,
                        sizeof *axis->ticks)) {
        return;
    }
    axis->ticks[axis->tick_count++] =
        (hn_tick) { .value = value, .text = copy(figure->report, text) };
}

void hn_plot_remark(hn_plot *figure, double x, double y, const char *text)
{
    if (!figure || !hn_report_grow(figure->report, &figure->remarks, figure->remark_count,
                                   &figure->remark_capacity, sizeof *figure->remarks)) {
        return;
    }
    figure->remarks[figure->remark_count++] =
        (hn_remark) { .x = x, .y = y, .text = copy(figure->report, text) };
}
