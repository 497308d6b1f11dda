/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A reader of our own pages that finds what a browser would forgive: elements out of order,
 * repeated identifiers, headings without scope, anything that would be loaded from elsewhere.
 */
#include <hipnet/html.h>

#include <stdio.h>
#include <string.h>

#include "markup.h"

#define DEPTH 64

struct checker {
    span open[DEPTH];
    int depth;
    int heading; /* level of the last heading */
    int h1;
    bool wants_caption; /* a <table> whose first child has not come */
    bool wants_title;   /* an <svg> likewise */
    hn_text_list ids, references;
};

static bool is_void(span name)
{
    static const char *const names[] = { "meta", "br", "hr", "img", "wbr", "col" };
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        if (span_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static hn_status keep(hn_text_list *list, span s)
{
    HN_AUTOFREE char *text = hn_strndup(s.data, s.size);
    if (!text) {
        return HN_ENOMEM;
    }
    return hn_text_list_add(list, text);
}

static bool holds(span value, const char *words)
{
    return value.data && memmem(value.data, value.size, words, strlen(words));
}

/* Nothing may come from outside: no script, no handler, no address. */
static hn_status check_outside(const token *t)
{
    static const char *const banned[] = { "script", "link",  "iframe", "object", "embed", "base",
                                          "form",   "audio", "video",  "source", "input" };
    for (size_t i = 0; i < HN_COUNT_OF(banned); i++) {
        if (span_is(t->name, banned[i])) {
            return hn_fail(HN_EFORMAT, "line %d: <%s> has no place in a report", t->line,
                           banned[i]);
        }
    }
    for (int i = 0; i < t->attribute_count; i++) {
        span name = t->attributes[i].name, value = t->attributes[i].value;
        bool handler = name.size > 2 && memcmp(name.data, "on", 2) == 0;
        bool address = holds(value, "http:") || holds(value, "https:") || holds(value, "//") ||
                       holds(value, "javascript:");
        bool href = span_is(name, "href") && (value.size < 2 || value.data[0] != '#');
        bool source =
            span_is(name, "src") && !(value.size > 5 && memcmp(value.data, "data:", 5) == 0);
        if (handler || address || href || source) {
            return hn_fail(HN_EFORMAT, "line %d: <%.*s %.*s> reaches outside the page", t->line,
                           (int)t->name.size, t->name.data, (int)name.size, name.data);
        }
    }
    return HN_OK;
}

static hn_status keep_names(struct checker *it, const token *t)
{
    span id = token_attribute(t, "id");
    if (id.data) {
        HN_TRY(keep(&it->ids, id));
    }
    span href = token_attribute(t, "href");
    if (href.data) {
        HN_TRY(keep(&it->references, (span) { href.data + 1, href.size - 1 }));
    }
    span labels = token_attribute(t, "aria-labelledby");
    if (labels.data) {
        HN_AUTOFREE char *text = hn_strndup(labels.data, labels.size);
        if (!text) {
            return HN_ENOMEM;
        }
        HN_TRY(hn_text_split(&it->references, text, ' '));
    }
    return HN_OK;
}

static hn_status check_heading(struct checker *it, const token *t)
{
    if (t->name.size != 2 || t->name.data[0] != 'h' || t->name.data[1] < '1' ||
        t->name.data[1] > '6') {
        return HN_OK;
    }
    int level = t->name.data[1] - '0';
    if (level > it->heading + 1) {
        return hn_fail(HN_EFORMAT, "line %d: a heading of level %d follows one of level %d",
                       t->line, level, it->heading);
    }
    it->heading = level;
    it->h1 += level == 1;
    return HN_OK;
}

static hn_status check_open(struct checker *it, const token *t)
{
    HN_TRY(check_outside(t));
    HN_TRY(keep_names(it, t));
    HN_TRY(check_heading(it, t));
    if (it->wants_caption && !span_is(t->name, "caption")) {
        return hn_fail(HN_EFORMAT, "line %d: a table without a caption", t->line);
    }
    if (it->wants_title && !span_is(t->name, "title")) {
        return hn_fail(HN_EFORMAT, "line %d: a drawing without a title", t->line);
    }
    if (span_is(t->name, "th") && !token_attribute(t, "scope").data) {
        return hn_fail(HN_EFORMAT, "line %d: a table heading without a scope", t->line);
    }
    if (span_is(t->name, "img") && !token_attribute(t, "alt").data) {
        return hn_fail(HN_EFORMAT, "line %d: a picture without alt", t->line);
    }
    it->wants_caption = span_is(t->name, "table");
    it->wants_title = span_is(t->name, "svg");
    if (t->closed || is_void(t->name)) {
        return HN_OK;
    }
    if (it->depth == DEPTH) {
        return hn_fail(HN_EFORMAT, "line %d: nested deeper than %d", t->line, DEPTH);
    }
    it->open[it->depth++] = t->name;
    return HN_OK;
}

static hn_status check_close(struct checker *it, const token *t)
{
    if (it->depth == 0 || !span_same(it->open[it->depth - 1], t->name)) {
        span open = it->depth ? it->open[it->depth - 1] : (span) { "nothing", 7 };
        return hn_fail(HN_EFORMAT, "line %d: </%.*s> where %.*s is open", t->line,
                       (int)t->name.size, t->name.data, (int)open.size, open.data);
    }
    it->depth--;
    return HN_OK;
}

static hn_status check_text(const token *t)
{
    for (size_t i = 0; i < t->text.size; i++) {
        if (t->text.data[i] == '&') {
            size_t k = i + 1;
            while (k < t->text.size && t->text.data[k] != ';' && k - i < 10) {
                k++;
            }
            if (k == t->text.size || t->text.data[k] != ';' || k == i + 1) {
                return hn_fail(HN_EFORMAT, "line %d: a bare '&'", t->line);
            }
        }
    }
    return HN_OK;
}

static hn_status check_names(struct checker *it)
{
    hn_text_list_sort(&it->ids);
    for (size_t i = 1; i < it->ids.count; i++) {
        if (strcmp(it->ids.items[i - 1], it->ids.items[i]) == 0) {
            return hn_fail(HN_EFORMAT, "the identifier '%s' is used twice", it->ids.items[i]);
        }
    }
    for (size_t i = 0; i < it->references.count; i++) {
        if (hn_text_list_find(&it->ids, it->references.items[i]) < 0) {
            return hn_fail(HN_EFORMAT, "nothing is called '%s'", it->references.items[i]);
        }
    }
    if (it->h1 != 1) {
        return hn_fail(HN_EFORMAT, "%d headings of level 1, where one was expected", it->h1);
    }
    return HN_OK;
}

static hn_status check_all(struct checker *it, scanner *in)
{
    for (;;) {
        token t;
        HN_TRY(scanner_next(in, &t));
        switch (t.kind) {
        case TOKEN_END:
            if (it->depth > 0) {
                return hn_fail(HN_EFORMAT, "<%.*s> is not closed",
                               (int)it->open[it->depth - 1].size, it->open[it->depth - 1].data);
            }
            return check_names(it);
        case TOKEN_OPEN:
            HN_TRY(check_open(it, &t));
            in->raw = span_is(t.name, "style") ? "</style" : NULL;
            break;
        case TOKEN_CLOSE:
            HN_TRY(check_close(it, &t));
            break;
        case TOKEN_TEXT:
            HN_TRY(check_text(&t));
            break;
        case TOKEN_OTHER:
            break;
        }
    }
}

hn_status hn_html_check(const char *html, size_t size)
{
    if (!hn_text_is_utf8(html, size)) {
        return hn_fail(HN_EFORMAT, "the page is not UTF-8");
    }
    struct checker it = { 0 };
    scanner in = scanner_new(html, size);
    hn_status status = check_all(&it, &in);
    hn_text_list_clear(&it.ids);
    hn_text_list_clear(&it.references);
    return status;
}
