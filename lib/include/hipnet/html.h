/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * html.h: a report as one self-contained HTML page.
 *
 * The page holds its style and its figures; it needs no script, no font and no network, and it
 * forbids them (Content-Security-Policy). It reads on a phone and on a desk, prints to A4 with
 * repeated table headings, and can be read aloud: one h1, sections in order, captions, scopes
 * on table headings, titles and descriptions of figures. The same report gives the same bytes.
 */
#ifndef HIPNET_HTML_H
#define HIPNET_HTML_H

#include <hipnet/error.h>
#include <hipnet/report.h>
#include <hipnet/text.h>

/* Appends text for element content or a quoted attribute: & < > " ' are escaped; bytes that
 * are not UTF-8 and control characters become U+FFFD, line breaks become blanks. */
HN_API void hn_html_text(hn_text *html, const char *words);

/* Appends the whole page. Figures must have been drawn (hn_report_draw). */
HN_API hn_status hn_html_page(hn_text *html, const hn_report *report) HN_MUST_CHECK;

/* Checks that a page is well formed: every element closed in order, attributes quoted and not
 * repeated, identifiers unique, references inside the page resolved, nothing loaded from
 * outside it, every table with a caption and headings with scope, every drawing with a title,
 * one h1 and no level of heading skipped. The message says what and on which line. */
HN_API hn_status hn_html_check(const char *html, size_t size) HN_MUST_CHECK;

#endif
