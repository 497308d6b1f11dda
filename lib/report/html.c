/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page: the report's tree written out in order. Every word passes hn_html_text; every number
 * of a table or figure is counted here, so that text may speak of "Table 3".
 */
#include <hipnet/html.h>

#include <stdio.h>
#include <string.h>

#include "report_internal.h"

struct page {
    hn_text *out;
    const hn_report *report;
    int tables, figures, chapters;
};

size_t hn_utf8_length(const unsigned char *bytes, size_t left)
{
    unsigned char c = bytes[0];
    size_t size = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : 4;
    if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || size > left) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (c == 0xe0 && bytes[1] < 0xa0) || (c == 0xf0 && bytes[1] < 0x90);
    bool surrogate = c == 0xed && bytes[1] >= 0xa0;
    bool beyond = c == 0xf4 && bytes[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : size;
}

void hn_html_text(hn_text *html, const char *words)
{
    static const struct {
        char c;
        const char *entity;
    } escapes[] = {
        { '&', "&amp;" },  { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
        { '\'', "&#39;" }, { '\n', " " },   { '\r', " " },   { '\t', " " },
    };
    const unsigned char *at = (const unsigned char *)(words ? words : "");
    size_t left = strlen((const char *)at);
    while (left > 0) {
        size_t bytes = hn_utf8_length(at, left);
        const char *entity = bytes == 0 || *at < 0x20 || *at == 0x7f ? "\xef\xbf\xbd" : NULL;
        for (size_t i = 0; i < HN_COUNT_OF(escapes); i++) {
            if (*at == (unsigned char)escapes[i].c) {
                entity = escapes[i].entity;
            }
        }
        bytes = bytes ? bytes : 1;
        if (entity) {
            hn_text_append(html, entity);
        } else {
            hn_text_append_bytes(html, (const char *)at, bytes);
        }
        at += bytes;
        left -= bytes;
    }
}

static void element(hn_text *out, const char *open, const char *words, const char *close)
{
    hn_text_append(out, open);
    hn_html_text(out, words);
    hn_text_append(out, close);
}

/* ---- The top of the page --------------------------------------------------------------- */

static void write_head(struct page *page)
{
    hn_text *out = page->out;
    hn_text_append(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, "
                        "initial-scale=1\">\n"
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                        "&#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:\">\n");
    element(out, "<title>", page->report->title, "</title>\n");
    hn_text_append(out, "<style>\n");
    hn_page_style(out, page->report->disclaimer);
    hn_text_append(out, "</style>\n</head>\n<body>\n");
}

static void write_facts(hn_text *out, const hn_items *facts, const char *kind)
{
    if (facts->count == 0) {
        return;
    }
    hn_text_printf(out, "<dl class=\"%s\">\n", kind);
    for (size_t i = 0; i < facts->count; i++) {
        const hn_line *fact = &facts->items[i];
        element(out, "<div><dt>", fact->lead, "</dt>");
        if (fact->code) {
            element(out, "<dd><code>", fact->text, "</code></dd></div>\n");
        } else {
            element(out, "<dd>", fact->text, "</dd></div>\n");
        }
    }
    hn_text_append(out, "</dl>\n");
}

static void write_list(hn_text *out, const hn_items *list)
{
    hn_text_append(out, "<ul>\n");
    for (size_t i = 0; i < list->count; i++) {
        hn_text_append(out, "<li>");
        if (list->items[i].lead) {
            element(out, "<strong>", list->items[i].lead, "</strong> ");
        }
        hn_html_text(out, list->items[i].text);
        hn_text_append(out, "</li>\n");
    }
    hn_text_append(out, "</ul>\n");
}

static void write_top(struct page *page)
{
    const hn_report *report = page->report;
    hn_text *out = page->out;
    hn_text_append(out, "<header class=\"top\">\n");
    element(out, "<p class=\"disclaimer\">", report->disclaimer, "</p>\n");
    element(out, "<h1>", report->title, "</h1>\n");
    if (*report->subtitle) {
        element(out, "<p class=\"subtitle\">", report->subtitle, "</p>\n");
    }
    write_facts(out, &report->facts, "brief");
    hn_text_append(out, "</header>\n<main>\n");
}

static void write_headlines(struct page *page)
{
    const hn_report *report = page->report;
    hn_text *out = page->out;
    if (report->headline_count > 0) {
        hn_text_append(out, "<section class=\"headlines\">\n<h2>Headline figures</h2>\n<dl>\n");
        for (size_t i = 0; i < report->headline_count; i++) {
            const hn_headline *headline = &report->headlines[i];
            element(out, "<div><dt>", headline->label, "</dt>");
            element(out, "<dd class=\"value\">", headline->value, "</dd>");
            element(out, "<dd class=\"detail\">", headline->detail, "</dd></div>\n");
        }
        hn_text_append(out, "</dl>\n");
        if (report->summary) {
            element(out, "<p class=\"note\">", report->summary, "</p>\n");
        }
        hn_text_append(out, "</section>\n");
    }
    if (report->cautions.count > 0) {
        hn_text_append(out, "<section class=\"cautions\">\n<h2>Cautions</h2>\n");
        write_list(out, &report->cautions);
        hn_text_append(out, "</section>\n");
    }
}

static void write_contents(struct page *page)
{
    const hn_report *report = page->report;
    hn_text_append(page->out, "<nav aria-label=\"Contents\">\n<ol>\n");
    for (size_t i = 0; i < report->section_count; i++) {
        const hn_section *section = report->sections[i];
        if (section->level == 2) {
            hn_text_printf(page->out, "<li><a href=\"#%s\">", section->id);
            element(page->out, "", section->title, "</a></li>\n");
        }
    }
    hn_text_append(page->out, "</ol>\n</nav>\n");
}

#define SHORT_TABLE  14 /* rows; a table of so many is not divided between sheets of paper */
#define NARROW_TABLE 2  /* columns; a table of so many is not stretched to the page's width */

/* ---- Tables ---------------------------------------------------------------------------- */

static const char *align_class(hn_align align)
{
    return align == HN_ALIGN_RIGHT ? "r" : align == HN_ALIGN_CENTER ? "c" : "l";
}

/* The row of headings over groups of columns; a column without a group spans both rows. */
static void write_groups(hn_text *out, const hn_table *table)
{
    hn_text_append(out, "<tr>");
    for (size_t i = 0; i < table->column_count;) {
        const hn_heading *column = &table->columns[i];
        size_t span = 1;
        if (!column->group) {
            hn_text_printf(out, "<th scope=\"col\" rowspan=\"2\" class=\"%s\">",
                           align_class(column->align));
            element(out, "", column->heading, "</th>");
        } else {
            while (i + span < table->column_count && table->columns[i + span].group &&
                   strcmp(table->columns[i + span].group, column->group) == 0) {
                span++;
            }
            hn_text_printf(out, "<th scope=\"colgroup\" colspan=\"%zu\" class=\"group\">", span);
            element(out, "", column->group, "</th>");
        }
        i += span;
    }
    hn_text_append(out, "</tr>\n");
}

static void write_headings(hn_text *out, const hn_table *table)
{
    bool grouped = false;
    for (size_t i = 0; i < table->column_count; i++) {
        grouped = grouped || table->columns[i].group;
    }
    hn_text_append(out, "<thead>\n");
    if (grouped) {
        write_groups(out, table);
    }
    hn_text_append(out, "<tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const hn_heading *column = &table->columns[i];
        if (!grouped || column->group) {
            hn_text_printf(out, "<th scope=\"col\" class=\"%s\">", align_class(column->align));
            element(out, "", column->heading, "</th>");
        }
    }
    hn_text_append(out, "</tr>\n</thead>\n");
}

static void write_cell(hn_text *out, const hn_table *table, const hn_cell *cell, size_t column)
{
    hn_align align = column < table->column_count ? table->columns[column].align : HN_ALIGN_LEFT;
    const char *tag = column == 0 ? "th" : "td";
    int shade = cell->shade <= 0 ? 0 : cell->shade >= 1 ? 10 : (int)(cell->shade * 10 + 0.5);
    hn_text_printf(out, "<%s%s class=\"%s", tag, column == 0 ? " scope=\"row\"" : "",
                   align_class(align));
    if (shade > 0) {
        hn_text_printf(out, " s%d", shade);
    }
    hn_text_append(out, cell->marked ? " marked\">" : "\">");
    hn_html_text(out, cell->text);
    if (cell->small) {
        element(out, " <small>", cell->small, "</small>");
    }
    hn_text_printf(out, "</%s>", tag);
}

static void write_row(hn_text *out, const hn_table *table, const hn_row *row)
{
    if (row->band) {
        hn_text_printf(out, "<tr class=\"band\"><th scope=\"colgroup\" colspan=\"%zu\">",
                       table->column_count);
        element(out, "", row->count ? row->cells[0].text : "", "</th></tr>\n");
        return;
    }
    static const hn_cell nothing = { .text = "" };
    hn_text_append(out, row->total ? "<tr class=\"total\">" : "<tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        write_cell(out, table, i < row->count ? &row->cells[i] : &nothing, i);
    }
    hn_text_append(out, "</tr>\n");
}

/* Wide tables scroll by themselves, so the keyboard must reach them. */
static void write_table(struct page *page, const hn_table *table)
{
    hn_text *out = page->out;
    hn_text_printf(out,
                   "<div class=\"table%s%s\" id=\"%s\" role=\"region\" tabindex=\"0\" "
                   "aria-labelledby=\"%s-caption\">\n<table>\n",
                   table->row_count <= SHORT_TABLE ? " short" : "",
                   table->column_count <= NARROW_TABLE ? " narrow" : "", table->id, table->id);
    hn_text_printf(out, "<caption id=\"%s-caption\"><span><b>Table %d.</b> ", table->id,
                   ++page->tables);
    element(out, "", table->caption, "</span></caption>\n");
    write_headings(out, table);
    hn_text_append(out, "<tbody>\n");
    for (size_t i = 0; i < table->row_count; i++) {
        write_row(out, table, &table->rows[i]);
    }
    hn_text_append(out, "</tbody>\n</table>\n</div>\n");
    if (table->note) {
        element(out, "<p class=\"note\">", table->note, "</p>\n");
    }
}

/* ---- Sections -------------------------------------------------------------------------- */

static hn_status write_figure(struct page *page, const hn_plot *figure)
{
    if (figure->svg.size == 0) {
        return hn_fail(HN_EUSAGE, "the figure %s has not been drawn", figure->name);
    }
    hn_text *out = page->out;
    hn_text_printf(out, "<figure id=\"%s\">\n", figure->name);
    hn_text_append_bytes(out, figure->svg.data, figure->svg.size);
    hn_text_printf(out, "\n<figcaption><b>Figure %d.</b> ", ++page->figures);
    element(out, "", figure->caption, "</figcaption>\n</figure>\n");
    return HN_OK;
}

static void write_paragraph(hn_text *out, const hn_block *block)
{
    static const char *const open[] = {
        [HN_TONE_PLAIN] = "<p>",
        [HN_TONE_LEAD] = "<p class=\"lead\">",
        [HN_TONE_NOTE] = "<p class=\"note\">",
        [HN_TONE_MISSING] = "<p class=\"missing\">",
    };
    element(out, open[block->tone], block->text, "</p>\n");
}

static hn_status write_block(struct page *page, const hn_block *block)
{
    switch (block->kind) {
    case HN_BLOCK_PARAGRAPH:
        write_paragraph(page->out, block);
        break;
    case HN_BLOCK_LIST:
        write_list(page->out, &block->items);
        break;
    case HN_BLOCK_FACTS:
        write_facts(page->out, &block->items, "facts");
        break;
    case HN_BLOCK_TABLE:
        write_table(page, block->table);
        break;
    case HN_BLOCK_FIGURE:
        return write_figure(page, block->figure);
    }
    return HN_OK;
}

/* Neighbouring figures stand side by side where there is room. */
static hn_status write_section(struct page *page, const hn_section *section)
{
    hn_text *out = page->out;
    hn_text_printf(out, "<section id=\"%s\">\n", section->id);
    if (section->level == 2) {
        hn_text_printf(out, "<h2><span class=\"number\">%d</span> ", ++page->chapters);
        element(out, "", section->title, "</h2>\n");
    } else {
        element(out, "<h3>", section->title, "</h3>\n");
    }
    bool paired = false;
    for (size_t i = 0; i < section->count; i++) {
        bool figure = section->blocks[i].kind == HN_BLOCK_FIGURE;
        if (figure != paired) {
            hn_text_append(out, figure ? "<div class=\"figures\">\n" : "</div>\n");
            paired = figure;
        }
        HN_TRY(write_block(page, &section->blocks[i]));
    }
    hn_text_append(out, paired ? "</div>\n</section>\n" : "</section>\n");
    return HN_OK;
}

hn_status hn_html_page(hn_text *html, const hn_report *report)
{
    HN_TRY(hn_report_status(report));
    struct page page = { .out = html, .report = report };
    write_head(&page);
    write_top(&page);
    write_headlines(&page);
    write_contents(&page);
    for (size_t i = 0; i < report->section_count; i++) {
        HN_TRY(write_section(&page, report->sections[i]));
    }
    hn_text_append(html, "</main>\n<footer>\n");
    element(html, "<p><strong>", report->disclaimer, ".</strong> ");
    element(html, "", report->footer, "</p>\n</footer>\n</body>\n</html>\n");
    return hn_text_status(html);
}
