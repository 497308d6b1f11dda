/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole SVG document in, an element for a page out: known drawing elements and attributes are
 * copied, everything else is left behind with what is inside it. So nothing that runs or loads
 * can pass, whoever made the drawing.
 */
#include <hipnet/figure.h>
#include <hipnet/html.h>

#include <ctype.h>
#include <string.h>

#include "markup.h"

static const char *const elements[] = {
    "svg",     "g",    "path",  "rect", "line", "polyline", "polygon",        "circle",
    "ellipse", "text", "tspan", "use",  "defs", "clipPath", "linearGradient", "stop",
};

static const char *const attributes[] = {
    "id",
    "d",
    "points",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "dx",
    "dy",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "width",
    "height",
    "transform",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "color",
    "opacity",
    "font-size",
    "font-weight",
    "font-style",
    "text-anchor",
    "dominant-baseline",
    "clip-path",
    "offset",
    "stop-color",
    "stop-opacity",
};

#define DEPTH 64

struct inliner {
    hn_text *out;
    const char *prefix, *title, *description;
    span open[DEPTH];
    int depth;
    int skipped; /* depth of the outermost element that is left out; 0: none */
    bool rooted, text;
};

static bool listed(span name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(name, list[i])) {
            return true;
        }
    }
    return false;
}

static void append_span(hn_text *out, span s)
{
    hn_text_append_bytes(out, s.data, s.size);
}

/* An attribute's raw value, for use between double quotes. */
static void append_value(hn_text *out, span value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (c == '"') {
            hn_text_append(out, "&quot;");
        } else if (c == '<') {
            hn_text_append(out, "&lt;");
        } else {
            hn_text_append_bytes(out, c == '\n' || c == '\r' ? " " : &c, 1);
        }
    }
}

static bool has(span value, const char *words)
{
    return memmem(value.data, value.size, words, strlen(words)) != NULL;
}

static void copy_attribute(struct inliner *it, span name, span value)
{
    hn_text *out = it->out;
    bool reference = span_is(name, "href") || span_is(name, "xlink:href");
    if (reference) {
        if (value.size > 1 && value.data[0] == '#') {
            hn_text_printf(out, " href=\"#%s-", it->prefix);
            append_value(out, (span) { value.data + 1, value.size - 1 });
            hn_text_append(out, "\"");
        }
        return;
    }
    if (!listed(name, attributes, HN_COUNT_OF(attributes))) {
        return;
    }
    static const char local[] = "url(#";
    bool url = has(value, "url(");
    if (url && (value.size < sizeof local || memcmp(value.data, local, sizeof local - 1) != 0)) {
        return;
    }
    hn_text_append(out, " ");
    append_span(out, name);
    hn_text_append(out, "=\"");
    if (span_is(name, "id")) {
        hn_text_printf(out, "%s-", it->prefix);
    } else if (url) {
        hn_text_printf(out, "url(#%s-", it->prefix);
        value = (span) { value.data + sizeof local - 1, value.size - (sizeof local - 1) };
    }
    append_value(out, value);
    hn_text_append(out, "\"");
}

static void open_root(struct inliner *it, const token *t)
{
    hn_text *out = it->out;
    hn_text_append(out, "<svg role=\"img\"");
    if (it->description && *it->description) {
        hn_text_printf(out, " aria-labelledby=\"%s-title %s-alt\"", it->prefix, it->prefix);
    } else {
        hn_text_printf(out, " aria-labelledby=\"%s-title\"", it->prefix);
    }
    span box = token_attribute(t, "viewBox");
    if (box.data) {
        hn_text_append(out, " viewBox=\"");
        append_value(out, box);
        hn_text_append(out, "\"");
    }
    hn_text_printf(out, "><title id=\"%s-title\">", it->prefix);
    hn_html_text(out, it->title);
    hn_text_append(out, "</title>");
    if (it->description && *it->description) {
        hn_text_printf(out, "<desc id=\"%s-alt\">", it->prefix);
        hn_html_text(out, it->description);
        hn_text_append(out, "</desc>");
    }
}

static void open_element(struct inliner *it, const token *t)
{
    if (!it->rooted) {
        it->rooted = true;
        open_root(it, t);
        return;
    }
    hn_text_append(it->out, "<");
    append_span(it->out, t->name);
    for (int i = 0; i < t->attribute_count; i++) {
        copy_attribute(it, t->attributes[i].name, t->attributes[i].value);
    }
    hn_text_append(it->out, t->closed ? "/>" : ">");
}

static hn_status on_open(struct inliner *it, const token *t)
{
    if (it->depth == 0 && (it->rooted || !span_is(t->name, "svg") || t->closed)) {
        return hn_fail(HN_EFORMAT, "line %d: <%.*s> where one <svg> was expected", t->line,
                       (int)t->name.size, t->name.data);
    }
    bool wanted = listed(t->name, elements, HN_COUNT_OF(elements)) &&
                  !(it->rooted && span_is(t->name, "svg"));
    if (it->skipped == 0 && wanted) {
        open_element(it, t);
    }
    if (t->closed) {
        return HN_OK;
    }
    if (it->depth == DEPTH) {
        return hn_fail(HN_EFORMAT, "line %d: nested deeper than %d", t->line, DEPTH);
    }
    it->open[it->depth++] = t->name;
    if (it->skipped == 0 && !wanted) {
        it->skipped = it->depth;
    }
    it->text = span_is(t->name, "text") || span_is(t->name, "tspan");
    return HN_OK;
}

static hn_status on_close(struct inliner *it, const token *t)
{
    if (it->depth == 0 || !span_same(it->open[it->depth - 1], t->name)) {
        return hn_fail(HN_EFORMAT, "line %d: </%.*s> closes nothing that is open", t->line,
                       (int)t->name.size, t->name.data);
    }
    if (it->skipped == 0) {
        hn_text_append(it->out, "</");
        append_span(it->out, t->name);
        hn_text_append(it->out, ">");
    } else if (it->skipped == it->depth) {
        it->skipped = 0;
    }
    it->depth--;
    it->text = it->depth > 0 && span_is(it->open[it->depth - 1], "text");
    return HN_OK;
}

/* "&amp;", "&#8722;": what stands at `at` is a whole reference. */
static bool is_reference(const char *at, const char *end)
{
    const char *c = at + 1;
    while (c < end && (*c == '#' || isalnum((unsigned char)*c))) {
        c++;
    }
    return c > at + 1 && c < end && *c == ';';
}

/* Character data: an '&' that begins no reference is made one. */
static void on_text(struct inliner *it, span text)
{
    if (!it->text || it->skipped) {
        return;
    }
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '&' && !is_reference(text.data + i, text.data + text.size)) {
            hn_text_append(it->out, "&amp;");
        } else if (c == '>') {
            hn_text_append(it->out, "&gt;");
        } else {
            hn_text_append_bytes(it->out, &c, 1);
        }
    }
}

hn_status hn_svg_inline(hn_text *out, const char *svg, size_t size, const char *prefix,
                        const char *title, const char *description)
{
    struct inliner it = {
        .out = out, .prefix = prefix, .title = title, .description = description
    };
    scanner in = scanner_new(svg, size);
    for (;;) {
        token t;
        hn_status status = scanner_next(&in, &t);
        if (status == HN_OK && t.kind == TOKEN_OPEN) {
            status = on_open(&it, &t);
        } else if (status == HN_OK && t.kind == TOKEN_CLOSE) {
            status = on_close(&it, &t);
        } else if (t.kind == TOKEN_TEXT) {
            on_text(&it, t.text);
        }
        if (status != HN_OK) {
            return hn_context(status, "drawing %s", prefix);
        }
        if (t.kind == TOKEN_END) {
            break;
        }
    }
    if (!it.rooted || it.depth > 0) {
        return hn_fail(HN_EFORMAT, "drawing %s: the SVG is cut off after %zu bytes", prefix, size);
    }
    return hn_text_status(out);
}
