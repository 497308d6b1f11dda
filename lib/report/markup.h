/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * markup.h: a scanner of tags, attributes and text, for SVG from gnuplot and for our own pages.
 * Strict where strictness finds faults: attributes must be quoted, tags must end.
 */
#ifndef HIPNET_MARKUP_H
#define HIPNET_MARKUP_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>

/* A stretch of the input. */
typedef struct span {
    const char *data;
    size_t size;
} span;

typedef enum token_kind {
    TOKEN_END,
    TOKEN_TEXT,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OTHER, /* a comment, a prolog, a document type */
} token_kind;

#define MARKUP_ATTRIBUTES 32

typedef struct token {
    token_kind kind;
    span text;   /* of TEXT and OTHER */
    span name;   /* of OPEN and CLOSE */
    bool closed; /* OPEN that ends in "/>" */
    int attribute_count;
    struct {
        span name, value;
    } attributes[MARKUP_ATTRIBUTES];
    int line;
} token;

typedef struct scanner {
    const char *at, *end;
    int line;
    const char *raw; /* inside <style>: text up to the closing tag of this name */
} scanner;

scanner scanner_new(const char *bytes, size_t size);
/* HN_EFORMAT with what is wrong and the line. */
hn_status scanner_next(scanner *in, token *out) HN_MUST_CHECK;
bool span_is(span s, const char *text);
bool span_same(span a, span b);
/* The attribute's value; data is NULL when there is none. */
span token_attribute(const token *t, const char *name);

#endif
