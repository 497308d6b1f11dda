/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text.h: growing text, comparison, and the nearest of several names.
 *
 * An hn_text is a caller's struct: zero it (HN_TEXT_INIT), append, read `.data`, clear it.
 * Appending keeps the first failure inside the text and does nothing from then on; one
 * hn_text_status at the end reports it. `.data` is always a valid NUL-terminated string.
 */
#ifndef HIPNET_TEXT_H
#define HIPNET_TEXT_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct hn_text {
    char *data;  /* NUL-terminated; NULL before the first append */
    size_t size; /* bytes without the NUL */
    size_t capacity;
    hn_status status;
} hn_text;

#define HN_TEXT_INIT ((hn_text) { 0 })

HN_API void hn_text_append(hn_text *text, const char *words);
HN_API void hn_text_append_bytes(hn_text *text, const char *bytes, size_t count);
HN_API void hn_text_printf(hn_text *text, const char *format, ...) HN_PRINTF(2, 3);
HN_API const char *hn_text_get(const hn_text *text); /* "" when nothing was appended */
HN_API hn_status hn_text_status(const hn_text *text) HN_MUST_CHECK;
HN_API char *hn_text_take(hn_text *text) HN_MUST_CHECK; /* caller frees; text is empty again */
HN_API void hn_text_clear(hn_text *text);
#define HN_AUTO_TEXT HN_CLEANUP(hn_text_clear) hn_text

/* Appends `words` with & < > " ' replaced for use in HTML and XML. */
HN_API void hn_text_append_xml(hn_text *text, const char *words);

/* A list of strings, owned by the list. */
typedef struct hn_text_list {
    char **items;
    size_t count;
    size_t capacity;
} hn_text_list;
HN_API hn_status hn_text_list_add(hn_text_list *list, const char *item) HN_MUST_CHECK;
HN_API int hn_text_list_find(const hn_text_list *list, const char *item); /* index or -1 */
HN_API void hn_text_list_sort(hn_text_list *list);                        /* byte order */
HN_API void hn_text_list_clear(hn_text_list *list);
/* Splits at `separator`, trims each part, drops empty parts, appends to `list`. */
HN_API hn_status hn_text_split(hn_text_list *list, const char *text, char separator) HN_MUST_CHECK;

HN_API bool hn_text_equal(const char *a, const char *b);        /* NULL equals only NULL */
HN_API bool hn_text_equal_nocase(const char *a, const char *b); /* ASCII letters only */
HN_API bool hn_text_starts(const char *text, const char *prefix);
HN_API bool hn_text_ends(const char *text, const char *suffix);
HN_API char *hn_text_trim(char *text); /* in place: cuts white space at both ends */
HN_API bool hn_text_is_utf8(const char *bytes, size_t count);

/* The candidate with the smallest edit distance to `word`, or NULL when none is near
 * (more than a third of the letters differ). `candidates` holds `count` pointers. */
HN_API const char *hn_text_nearest(const char *word, const char *const *candidates, size_t count);

/* "; did you mean 'x'?" or "": a thread-local buffer for the end of an error sentence. */
HN_API const char *hn_text_suggest(const char *word, const char *const *candidates, size_t count);

#endif
