/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a figure's data to a gnuplot script and its table of numbers, and on to the drawing.
 * All words go into the script in single quotes, where gnuplot reads nothing as its own.
 */
#include <hipnet/figure.h>

#include <hipnet/file.h>
#include <hipnet/html.h>
#include <hipnet/number.h>
#include <hipnet/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_internal.h"

/* Okabe and Ito's colours without the yellow, which does not show on paper; no two neighbours
 * share a dash or a marker. Markers are gnuplot's point types. */
static const struct style {
    const char *color, *dash;
    int filled, open;
} cycle[] = {
    { "#0072B2", "1", 7, 6 },
    { "#D55E00", "(10,4)", 5, 4 },
    { "#009E73", "(2,3)", 9, 8 },
    { "#CC79A7", "(10,3,2,3)", 13, 12 },
    { "#000000", "(5,3)", 11, 10 },
    { "#E69F00", "(16,4)", 15, 14 },
    { "#56B4E9", "(10,3,2,3,2,3)", 7, 6 },
};
static const struct style reference = { "#8A8A8A", "(4,4)", 2, 2 };

#define WORDS_LIMIT 80 /* letters of a label; more would run out of the canvas */
#define LEGEND_LINE 20 /* pixels */
#define LEGEND_GAP  10 /* between the axis' label and the legend */

static const struct style *style_of(const hn_series *series)
{
    return series->style < 0 ? &reference : &cycle[(size_t)series->style % HN_COUNT_OF(cycle)];
}

/* Single-quoted: gnuplot knows one escape there, a doubled quote. Control characters and what
 * is not UTF-8 become blanks and '?'; a trailing backslash could not join lines, but is kept
 * apart from the line's end by the quote. Where gnuplot takes words for a format, '%' doubles. */
static void quote(hn_text *out, const char *words, bool format)
{
    const unsigned char *at = (const unsigned char *)(words ? words : "");
    size_t left = strlen((const char *)at);
    hn_text_append(out, "'");
    for (int letters = 0; left > 0; letters++) {
        if (letters == WORDS_LIMIT) {
            hn_text_append(out, "…");
            break;
        }
        size_t bytes = hn_utf8_length(at, left);
        if (bytes == 0) {
            hn_text_append(out, "?");
            bytes = 1;
        } else if (*at < 0x20 || *at == 0x7f) {
            hn_text_append(out, " ");
        } else if (*at == '\'' || (*at == '%' && format)) {
            hn_text_printf(out, "%c%c", *at, *at);
        } else {
            hn_text_append_bytes(out, (const char *)at, bytes);
        }
        at += bytes;
        left -= bytes;
    }
    hn_text_append(out, "'");
}

static void real(hn_text *out, double value)
{
    char text[HN_REAL_SIZE];
    hn_text_append(out, hn_format_real(text, value));
}

static bool drawable(const hn_plot *figure, const hn_point *point)
{
    return isfinite(point->x) && isfinite(point->y) && !(figure->x.logarithmic && point->x <= 0) &&
           !(figure->y.logarithmic && point->y <= 0);
}

static bool has_points(const hn_plot *figure, const hn_series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        if (drawable(figure, &series->points[i])) {
            return true;
        }
    }
    return false;
}

/* gnuplot cannot draw a range without ends: a point without one is its own range. */
static double end_or(double end, double value, const hn_axis *axis)
{
    return isfinite(end) && !(axis->logarithmic && end <= 0) ? end : value;
}

/* A blank line breaks a line, two would begin a new block: gaps are one blank line, between
 * points only. */
static void write_points(hn_text *data, const hn_plot *figure, const hn_series *series)
{
    bool begun = false, gap = false;
    for (size_t i = 0; i < series->count; i++) {
        const hn_point *point = &series->points[i];
        if (!drawable(figure, point)) {
            gap = begun;
            continue;
        }
        hn_text_append(data, gap ? "\n" : "");
        gap = false;
        begun = true;
        const hn_axis *axis = series->mark == HN_MARK_RANGE_X ? &figure->x : &figure->y;
        double middle = series->mark == HN_MARK_RANGE_X ? point->x : point->y;
        const double cells[] = { point->x, point->y, end_or(point->low, middle, axis),
                                 end_or(point->high, middle, axis) };
        for (size_t c = 0; c < HN_COUNT_OF(cells); c++) {
            hn_text_append(data, c ? " " : "");
            real(data, cells[c]);
        }
        hn_text_append(data, "\n");
    }
}

hn_status hn_plot_data(hn_text *data, const hn_plot *figure)
{
    hn_text_printf(data, "# The numbers of the figure %s; one block per series: x y low high\n",
                   figure->name);
    for (size_t i = 0; i < figure->series_count; i++) {
        const hn_series *series = figure->series[i];
        if (has_points(figure, series)) {
            hn_text_append(data, "\n\n# ");
            quote(data, series->name ? series->name : "without a name", false);
            hn_text_append(data, "\n");
            write_points(data, figure, series);
        }
    }
    return hn_text_status(data);
}

static void widen(double *low, double *high, double value)
{
    if (isfinite(value) && value > 0) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

/* A logarithmic axis over its data with a little air, ticks at 1, 2, 5 where there are few
 * powers of ten: gnuplot itself would go on to the next power at both ends. */
static void write_log_range(hn_text *out, const hn_plot *figure, char letter)
{
    double low = (double)INFINITY, high = 0;
    for (size_t i = 0; i < figure->series_count; i++) {
        const hn_series *series = figure->series[i];
        bool ranges = (series->mark == HN_MARK_RANGE_X) == (letter == 'x');
        for (size_t k = 0; k < series->count; k++) {
            const hn_point *point = &series->points[k];
            if (drawable(figure, point)) {
                widen(&low, &high, letter == 'x' ? point->x : point->y);
                widen(&low, &high, ranges ? point->low : (double)NAN);
                widen(&low, &high, ranges ? point->high : (double)NAN);
            }
        }
    }
    if (!(low <= high)) {
        return;
    }
    low = fmax(low / 1.25, 1e-300);
    high = fmin(high * 1.25, 1e300);
    hn_text_printf(out, "set %crange [", letter);
    real(out, low);
    hn_text_append(out, ":");
    real(out, high);
    hn_text_append(out, "]\n");
    if (log10(high / low) > 3) {
        return;
    }
    static const int steps[] = { 1, 2, 5 };
    const char *comma = "";
    hn_text_printf(out, "set %ctics (", letter);
    for (int e = (int)floor(log10(low)); e <= (int)ceil(log10(high)); e++) {
        for (size_t i = 0; i < HN_COUNT_OF(steps); i++) {
            double value = steps[i] * pow(10, e);
            if (value >= low && value <= high) {
                hn_text_printf(out, "%s'%g' %g", comma, value, value);
                comma = ", ";
            }
        }
    }
    hn_text_append(out, ")\n");
}

static void write_axis(hn_text *out, const hn_plot *figure, const hn_axis *axis, char letter)
{
    hn_text_printf(out, "set %clabel ", letter);
    quote(out, axis->label, false);
    hn_text_append(out, " tc '#222222'\n");
    if (axis->logarithmic) {
        hn_text_printf(out, "set logscale %c\n", letter);
    }
    if (axis->fixed) {
        hn_text_printf(out, "set %crange [", letter);
        real(out, axis->low);
        hn_text_append(out, ":");
        real(out, axis->high);
        hn_text_append(out, "]\n");
    } else if (axis->logarithmic) {
        write_log_range(out, figure, letter);
    }
    if (axis->tick_count == 0) {
        return;
    }
    hn_text_printf(out, "set %ctics (", letter);
    for (size_t i = 0; i < axis->tick_count; i++) {
        hn_text_append(out, i ? ", " : "");
        quote(out, axis->ticks[i].text, true);
        hn_text_append(out, " ");
        real(out, axis->ticks[i].value);
    }
    hn_text_append(out, ")\n");
}

static void write_series(hn_text *out, const hn_plot *figure, const hn_series *series, int block)
{
    const struct style *style = style_of(series);
    bool thin = series->style < 0;
    int marker = series->open ? style->open : style->filled;
    hn_text_printf(out, "    '%s.dat' index %d ", figure->name, block);
    switch (series->mark) {
    case HN_MARK_LINE:
        hn_text_printf(out, "using 1:2 with lines lc rgb '%s' dt %s lw %s", style->color,
                       style->dash, thin ? "1.2" : "2");
        break;
    case HN_MARK_POINTS:
        hn_text_printf(out, "using 1:2 with points lc rgb '%s' pt %d ps 0.55 lw 1.2", style->color,
                       marker);
        break;
    case HN_MARK_LINE_POINTS:
        hn_text_printf(out, "using 1:2 with linespoints lc rgb '%s' dt %s lw 1.6 pt %d ps 0.6",
                       style->color, style->dash, marker);
        break;
    case HN_MARK_RANGE_Y:
    case HN_MARK_RANGE_X:
        hn_text_printf(out, "using 1:2:3:4 with %cerrorbars lc rgb '%s' pt %d ps 0.7 lw 1.4",
                       series->mark == HN_MARK_RANGE_Y ? 'y' : 'x', style->color, marker);
        break;
    case HN_MARK_BAND:
        hn_text_printf(out, "using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.18",
                       style->color);
        break;
    case HN_MARK_BARS:
        hn_text_printf(out, "using 1:2 with boxes lc rgb '%s' fs solid 0.75 border", style->color);
        break;
    }
    if (series->name) {
        hn_text_append(out, " title ");
        quote(out, series->name, false);
    } else {
        hn_text_append(out, " notitle");
    }
}

static int legend_lines(const hn_plot *figure)
{
    int lines = 0;
    for (size_t i = 0; i < figure->series_count; i++) {
        lines += figure->series[i]->name && has_points(figure, figure->series[i]);
    }
    return figure->legend == HN_LEGEND_NONE ? 0 : lines;
}

static void write_frame(hn_text *out, const hn_plot *figure, int lines)
{
    hn_text_printf(out,
                   "# Draw it again with: gnuplot -d %s.gp > %s.svg\n"
                   "set encoding utf8\n"
                   "set terminal svg noenhanced size %d,%d dynamic font 'sans-serif,13'\n",
                   figure->name, figure->name, figure->width, figure->height + lines * LEGEND_LINE);
    hn_text_append(out, "set border 3 lc rgb '#555555' lw 1\n"
                        "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
                        "set grid lc rgb '#E4E4E4' dt 1 lw 0.8\n"
                        "set bars 0.6\n"
                        "set boxwidth 0.8 relative\n");
    if (lines > 0) {
        hn_text_append(out, "set key below left vertical maxcols 1 Left reverse samplen 2.8 "
                            "spacing 1.15 height 0.6 font 'sans-serif,12' tc rgb '#222222'\n");
    } else {
        hn_text_append(out, "set key off\n");
    }
    if (figure->square) {
        hn_text_append(out, "set size square\n");
    }
}

hn_status hn_plot_script(hn_text *script, const hn_plot *figure)
{
    int lines = legend_lines(figure);
    write_frame(script, figure, lines);
    write_axis(script, figure, &figure->x, 'x');
    write_axis(script, figure, &figure->y, 'y');
    for (size_t i = 0; i < figure->remark_count; i++) {
        const hn_remark *remark = &figure->remarks[i];
        if (isfinite(remark->x) && isfinite(remark->y)) {
            hn_text_append(script, "set label ");
            quote(script, remark->text, false);
            hn_text_append(script, " at ");
            real(script, remark->x);
            hn_text_append(script, ", ");
            real(script, remark->y);
            hn_text_append(script, " front tc rgb '#444444'\n");
        }
    }
    int block = 0;
    for (size_t i = 0; i < figure->series_count; i++) {
        if (has_points(figure, figure->series[i])) {
            hn_text_append(script, block ? ", \\\n" : "plot \\\n");
            write_series(script, figure, figure->series[i], block);
            block++;
        }
    }
    if (block == 0) {
        hn_text_append(script, figure->x.fixed ? "" : "set xrange [0:1]\n");
        hn_text_append(script, figure->y.fixed ? "" : "set yrange [0:1]\n");
        hn_text_append(script, "plot NaN notitle");
    }
    hn_text_append(script, "\n");
    return hn_text_status(script);
}

static hn_status write_file(const char *folder, const char *name, const char *ending,
                            const hn_text *text, bool force)
{
    char file[256], path[HN_PATH_SIZE];
    snprintf(file, sizeof file, "%s%s", name, ending);
    HN_TRY(hn_path_join(path, folder, file));
    return hn_file_write(path, hn_text_get(text), text->size, force);
}

static bool is_stem(const char *name)
{
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
    return n > 0 && n < 100 && name[n] == 0;
}

hn_status hn_plot_draw(hn_plot *figure, const char *folder, bool force)
{
    hn_assert(is_stem(figure->name));
    HN_AUTO_TEXT script = HN_TEXT_INIT;
    HN_AUTO_TEXT data = HN_TEXT_INIT;
    HN_AUTO_TEXT drawing = HN_TEXT_INIT;
    HN_TRY(hn_plot_script(&script, figure));
    HN_TRY(hn_plot_data(&data, figure));
    HN_TRY(write_file(folder, figure->name, ".gp", &script, force));
    HN_TRY(write_file(folder, figure->name, ".dat", &data, force));
    char file[256];
    snprintf(file, sizeof file, "%s.gp", figure->name);
    HN_TRY(hn_gnuplot_run(&drawing, folder, file));
    HN_TRY(write_file(folder, figure->name, ".svg", &drawing, force));
    hn_text_clear(&figure->svg);
    return hn_svg_inline(&figure->svg, hn_text_get(&drawing), drawing.size, figure->name,
                         figure->caption, figure->alt);
}
