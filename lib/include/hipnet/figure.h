/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figure.h: a figure as data, and the one door to gnuplot that draws it.
 *
 * A figure is two axes and some series; it knows nothing of what it shows. Drawing writes
 * three files into a folder, <name>.gp (the script), <name>.dat (the numbers) and <name>.svg,
 * so that an author can restyle it (`gnuplot -d roc.gp > roc.svg`), and yields the drawing as
 * SVG that may stand inside an HTML page: no XML prolog, identifiers of its own, no reference
 * that leaves the page, a title and a description for screen readers.
 *
 * Series are told apart three times over: by colour (Okabe and Ito's, safe for colour-blind
 * readers, jfly.uni-koeln.de/color), by dash and by marker; so they stay apart in black and
 * white. All text is taken literally: it is never gnuplot markup or a gnuplot command.
 *
 * Figures belong to a report (report.h), which owns their memory. Every function that adds
 * accepts NULL and keeps the report's first failure, so that one check at the end suffices.
 */
#ifndef HIPNET_FIGURE_H
#define HIPNET_FIGURE_H

#include <hipnet/error.h>
#include <hipnet/text.h>
#include <stdbool.h>
#include <stddef.h>

struct hn_report;

typedef enum hn_mark {
    HN_MARK_LINE,        /* a line through the points */
    HN_MARK_POINTS,      /* markers alone */
    HN_MARK_LINE_POINTS, /* both */
    HN_MARK_RANGE_Y,     /* markers with a bar from low to high along y */
    HN_MARK_RANGE_X,     /* the same along x (forest plots) */
    HN_MARK_BAND,        /* a pale area from low to high along y */
    HN_MARK_BARS,        /* upright bars from 0 to y */
} hn_mark;

/* The style of a series that is only a reference: thin, grey, dashed. */
#define HN_STYLE_REFERENCE (-1)

typedef struct hn_point {
    double x, y;
    double low, high; /* of the ranges and bands; NaN where there is none */
} hn_point;

typedef struct hn_series {
    struct hn_report *report;
    const char *name; /* in the legend; NULL: not in the legend */
    hn_mark mark;
    int style; /* 0, 1, ...: place in the cycle of colours, dashes and markers */
    bool open; /* hollow markers */
    hn_point *points;
    size_t count, capacity;
} hn_series;

typedef struct hn_tick {
    double value;
    const char *text;
} hn_tick;

typedef struct hn_axis {
    const char *label;
    bool fixed;      /* the range is low..high; otherwise it comes from the data */
    double low, high;
    bool logarithmic;
    hn_tick *ticks; /* named places instead of numbers; none: numbers */
    size_t tick_count, tick_capacity;
} hn_axis;

typedef enum hn_legend { HN_LEGEND_BELOW, HN_LEGEND_NONE } hn_legend;

/* A word inside the plot, at data coordinates. */
typedef struct hn_remark {
    double x, y;
    const char *text;
} hn_remark;

typedef struct hn_plot {
    struct hn_report *report;
    const char *name;    /* stem of the files: [a-z0-9-], unique in its report */
    const char *caption; /* under the figure, as the reader sees it */
    const char *alt;     /* what the figure shows, for those who do not see it */
    hn_axis x, y;
    bool square; /* both axes equally long on paper */
    hn_legend legend;
    int width, height; /* canvas in CSS pixels; 480 by 360 unless set */
    hn_series **series;
    size_t series_count, series_capacity;
    hn_remark *remarks;
    size_t remark_count, remark_capacity;
    hn_text svg; /* the drawing, once it is drawn */
} hn_plot;

/* Adds a series; `name` is copied and may be NULL. */
HN_API hn_series *hn_plot_series(hn_plot *figure, hn_mark mark, int style, const char *name);
/* Points that are not finite in x or y are left out of the drawing and break a line. */
HN_API void hn_series_add(hn_series *series, double x, double y);
HN_API void hn_series_add_range(hn_series *series, double x, double y, double low, double high);
/* Names a place on an axis, which then shows names instead of numbers. */
HN_API void hn_plot_tick(hn_plot *figure, hn_axis *axis, double value, const char *text);
HN_API void hn_plot_remark(hn_plot *figure, double x, double y, const char *text);

/* The text of the two files, without drawing. */
HN_API hn_status hn_plot_script(hn_text *script, const hn_plot *figure) HN_MUST_CHECK;
HN_API hn_status hn_plot_data(hn_text *data, const hn_plot *figure) HN_MUST_CHECK;

/* Writes <name>.gp and <name>.dat into `folder` (which exists), runs gnuplot there, writes
 * <name>.svg and leaves the drawing for a page in `figure->svg`. HN_ENOTFOUND when gnuplot is
 * not installed; HN_EIO with gnuplot's own first words when it refuses. */
HN_API hn_status hn_plot_draw(hn_plot *figure, const char *folder, bool force) HN_MUST_CHECK;

/* Appends `svg`, a whole SVG document, as an element for an HTML page: drops the prolog,
 * comments, scripts, event handlers and outside references, puts `prefix` and '-' before every
 * identifier, and sets role, title and description. HN_EFORMAT when it is not a whole SVG. */
HN_API hn_status hn_svg_inline(hn_text *out, const char *svg, size_t size, const char *prefix,
                               const char *title, const char *description) HN_MUST_CHECK;

#endif
