/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this folder share and nobody else needs. */
#ifndef HIPNET_REPORT_INTERNAL_H
#define HIPNET_REPORT_INTERNAL_H

#include <hipnet/report.h>

/* Makes room for one more element; false, with the failure kept, when there is none. */
bool hn_report_grow(hn_report *report, void *array_address, size_t count, size_t *capacity,
                    size_t size);

/* Runs `gnuplot -d <script>` in `folder` and appends what it prints to `svg`. */
hn_status hn_gnuplot_run(hn_text *svg, const char *folder, const char *script) HN_MUST_CHECK;

/* The page's style sheet, appended. */
void hn_page_style(hn_text *html, const char *disclaimer);

/* The length in bytes of the UTF-8 sequence at `bytes` (of `left` bytes), 0 when it is none. */
size_t hn_utf8_length(const unsigned char *bytes, size_t left);

#endif
