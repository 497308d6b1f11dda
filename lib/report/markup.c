/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pass over markup: text, opening tags with their attributes, closing tags, the rest.
 * Nothing is copied or decoded; spans point into the input.
 */
#include "markup.h"

#include <ctype.h>
#include <string.h>

scanner scanner_new(const char *bytes, size_t size)
{
    return (scanner) { .at = bytes, .end = bytes + size, .line = 1 };
}

bool span_is(span s, const char *text)
{
    return s.data && s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

bool span_same(span a, span b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

span token_attribute(const token *t, const char *name)
{
    for (int i = 0; i < t->attribute_count; i++) {
        if (span_is(t->attributes[i].name, name)) {
            return t->attributes[i].value;
        }
    }
    return (span) { NULL, 0 };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == ':' || c == '.';
}

static void advance(scanner *in, const char *to)
{
    for (; in->at < to; in->at++) {
        in->line += *in->at == '\n';
    }
}

static void skip_blanks(scanner *in)
{
    while (in->at < in->end && is_blank(*in->at)) {
        in->line += *in->at == '\n';
        in->at++;
    }
}

static span take_name(scanner *in)
{
    span name = { in->at, 0 };
    while (in->at < in->end && is_name(*in->at)) {
        in->at++;
    }
    name.size = (size_t)(in->at - name.data);
    return name;
}

static const char *find(const scanner *in, const char *words)
{
    return memmem(in->at, (size_t)(in->end - in->at), words, strlen(words));
}

/* A comment, <?...?> or <!...>: from '<' to its end. */
static hn_status take_other(scanner *in, token *out)
{
    size_t left = (size_t)(in->end - in->at);
    const char *close = left > 3 && memcmp(in->at, "<!--", 4) == 0 ? "-->"
                        : in->at[1] == '?'                         ? "?>"
                                                                   : ">";
    const char *stop = find(in, close);
    if (!stop) {
        return hn_fail(HN_EFORMAT, "line %d: a comment or declaration does not end", in->line);
    }
    out->kind = TOKEN_OTHER;
    out->text = (span) { in->at, (size_t)(stop - in->at) + strlen(close) };
    advance(in, stop + strlen(close));
    return HN_OK;
}

static hn_status take_attribute(scanner *in, token *out)
{
    span name = take_name(in);
    if (name.size == 0) {
        return hn_fail(HN_EFORMAT, "line %d: <%.*s> holds a stray '%c'", in->line,
                       (int)out->name.size, out->name.data, *in->at);
    }
    span value = { in->at, 0 };
    skip_blanks(in);
    if (in->at < in->end && *in->at == '=') {
        in->at++;
        skip_blanks(in);
        char quote = in->at < in->end ? *in->at : 0;
        const char *stop = quote == '"' || quote == '\''
                               ? memchr(in->at + 1, quote, (size_t)(in->end - in->at - 1))
                               : NULL;
        if (!stop) {
            return hn_fail(HN_EFORMAT, "line %d: the value of %.*s is not quoted", in->line,
                           (int)name.size, name.data);
        }
        value = (span) { in->at + 1, (size_t)(stop - in->at - 1) };
        advance(in, stop + 1);
    }
    if (out->attribute_count == MARKUP_ATTRIBUTES) {
        return hn_fail(HN_EFORMAT, "line %d: <%.*s> has more than %d attributes", in->line,
                       (int)out->name.size, out->name.data, MARKUP_ATTRIBUTES);
    }
    for (int i = 0; i < out->attribute_count; i++) {
        if (span_same(out->attributes[i].name, name)) {
            return hn_fail(HN_EFORMAT, "line %d: <%.*s> has the attribute %.*s twice", in->line,
                           (int)out->name.size, out->name.data, (int)name.size, name.data);
        }
    }
    out->attributes[out->attribute_count].name = name;
    out->attributes[out->attribute_count++].value = value;
    return HN_OK;
}

static hn_status take_tag(scanner *in, token *out)
{
    in->at++;
    out->kind = TOKEN_OPEN;
    if (in->at < in->end && *in->at == '/') {
        out->kind = TOKEN_CLOSE;
        in->at++;
    }
    out->name = take_name(in);
    if (out->name.size == 0) {
        return hn_fail(HN_EFORMAT, "line %d: a '<' that opens no tag", in->line);
    }
    for (;;) {
        skip_blanks(in);
        if (in->at == in->end) {
            return hn_fail(HN_EFORMAT, "line %d: the tag <%.*s> does not end", out->line,
                           (int)out->name.size, out->name.data);
        }
        if (*in->at == '>') {
            in->at++;
            return HN_OK;
        }
        if (*in->at == '/' && in->at + 1 < in->end && in->at[1] == '>') {
            in->at += 2;
            out->closed = true;
            return HN_OK;
        }
        HN_TRY(take_attribute(in, out));
    }
}

hn_status scanner_next(scanner *in, token *out)
{
    *out = (token) { .kind = TOKEN_END, .line = in->line };
    if (in->at == in->end) {
        return HN_OK;
    }
    if (in->raw || *in->at != '<') {
        const char *stop =
            in->raw ? find(in, in->raw) : memchr(in->at, '<', (size_t)(in->end - in->at));
        stop = stop ? stop : in->end;
        in->raw = NULL;
        out->kind = TOKEN_TEXT;
        out->text = (span) { in->at, (size_t)(stop - in->at) };
        advance(in, stop);
        return HN_OK;
    }
    if (in->end - in->at > 1 && (in->at[1] == '!' || in->at[1] == '?')) {
        return take_other(in, out);
    }
    return take_tag(in, out);
}
