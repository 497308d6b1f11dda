/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * number.h: numbers from text and text from numbers, the same in every locale.
 *
 * The whole text must be the number (white space around it is allowed). On failure the
 * message says what was found; the caller puts the place in front (hn_context).
 */
#ifndef HIPNET_NUMBER_H
#define HIPNET_NUMBER_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

HN_API hn_status hn_parse_int(int64_t *out, const char *text) HN_MUST_CHECK;
HN_API hn_status hn_parse_real(double *out, const char *text) HN_MUST_CHECK; /* finite only */
HN_API hn_status hn_parse_bool(bool *out,
                               const char *text) HN_MUST_CHECK; /* true|false|yes|no|1|0 */

/* A calendar date as YYYY-MM-DD, YYYYMMDD, YYYY-MM or YYYY, in days since 1970-01-01; a
 * missing month or day counts as 1 and `precision` (may be NULL) says 'y', 'm' or 'd'. */
HN_API hn_status hn_parse_date(int64_t *days, char *precision, const char *text) HN_MUST_CHECK;
#define HN_DATE_SIZE 16
HN_API void hn_format_date(char out[HN_DATE_SIZE], int64_t days); /* YYYY-MM-DD */

/* The shortest decimal text that reads back as the same double; "nan", "inf", "-inf". */
#define HN_REAL_SIZE 32
HN_API const char *hn_format_real(char out[HN_REAL_SIZE], double value);

#endif
