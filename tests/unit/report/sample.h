/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small report with one of everything, and with words that would like to be markup. */
#ifndef HIPNET_TEST_SAMPLE_H
#define HIPNET_TEST_SAMPLE_H

#include <hipnet/html.h>
#include <hipnet/report.h>
#include <math.h>

#define SAMPLE_NASTY "O'Brien \"<b>\" & Söhne \\ @{x}^2_3 `ls` 100 % $x"

static inline void sample_table(hn_section *section)
{
    hn_table *table = hn_section_table(section, "counts", "Counts <of> " SAMPLE_NASTY);
    hn_table_column(table, HN_ALIGN_LEFT, "Center");
    hn_table_column_in(table, "Views", HN_ALIGN_RIGHT, "AP");
    hn_table_column_in(table, "Views", HN_ALIGN_RIGHT, "Lateral");
    hn_table_band(table, "%s", "All <centers>");
    hn_table_row(table);
    hn_table_cell(table, "%s", SAMPLE_NASTY);
    hn_table_cell(table, "%d", 12);
    hn_cell *cell = hn_table_cell(table, "%d", 3);
    if (cell) {
        cell->small = "25%";
        cell->shade = 0.7;
        cell->marked = true;
    }
    hn_table_row(table);
    hn_table_cell(table, "%s", "A short row");
    hn_table_total(table);
    hn_table_cell(table, "%s", "All");
    if (table) {
        table->note = "A dash: <nothing>.";
    }
}

static inline hn_plot *sample_figure(hn_section *section, const char *name)
{
    hn_plot *figure = hn_section_figure(section, name, "A curve of " SAMPLE_NASTY);
    if (!figure) {
        return NULL;
    }
    figure->alt = "A line that rises & a <point>.";
    figure->x = (hn_axis) { .label = SAMPLE_NASTY, .fixed = true, .low = 0, .high = 1 };
    figure->y = (hn_axis) { .label = "y", .fixed = true, .low = 0, .high = 1 };
    figure->square = true;
    hn_series *line = hn_plot_series(figure, HN_MARK_LINE, 0, SAMPLE_NASTY);
    hn_series_add(line, 0, 0);
    hn_series_add(line, 0.4, 0.5);
    hn_series_add(line, (double)NAN, 0.5);
    hn_series_add(line, (double)NAN, (double)NAN);
    hn_series_add(line, 1, 1);
    hn_series *ranges = hn_plot_series(figure, HN_MARK_RANGE_Y, 1, "With ranges");
    hn_series_add_range(ranges, 0.5, 0.5, 0.4, 0.7);
    hn_series_add_range(ranges, 0.6, 0.5, (double)NAN, (double)INFINITY);
    hn_plot_series(figure, HN_MARK_POINTS, 2, "Empty, so not drawn");
    hn_plot_remark(figure, 0.2, 0.8, SAMPLE_NASTY);
    return figure;
}

static inline hn_report *sample_report(void)
{
    hn_report *report = NULL;
    if (hn_report_new(&report) != HN_OK) {
        return NULL;
    }
    report->title = hn_report_text(report, "Report on %s", SAMPLE_NASTY);
    report->subtitle = "A <sub>title";
    report->footer = "HipNet 0 & more";
    hn_report_fact(report, "Cohort", "%s", SAMPLE_NASTY);
    hn_report_headline(report, "Accuracy", "83.1%", "95% CI 78 to 87");
    hn_report_caution(report, "Small & thin.", "%s", SAMPLE_NASTY);
    hn_section *section = hn_report_section(report, "first", "First <section>");
    hn_section_say(section, HN_TONE_LEAD, "%s", SAMPLE_NASTY);
    hn_section_item(section, "Lead.", "%s", SAMPLE_NASTY);
    hn_section_item(section, NULL, "%s", "without a lead");
    sample_table(section);
    hn_section *part = hn_report_part(report, "part", "A part");
    sample_figure(part, "curve");
    sample_figure(part, "curve-2");
    hn_section_fact(part, "Fact", "%s", SAMPLE_NASTY);
    hn_section_hash(part, "Hash", "00ff");
    hn_section_say(part, HN_TONE_MISSING, "%s", "no log");
    return report;
}

#endif
