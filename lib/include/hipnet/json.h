/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json.h: the one door to cJSON, with its traps closed.
 *
 * Reading refuses duplicate keys, numbers that are not finite, text that is not UTF-8, nesting
 * deeper than 64, and anything behind the value, and says line and column. Look-ups are
 * case-sensitive. Integers must be integral and at most 2^53 in magnitude. Writing prints
 * every double with the digits that read back as the same double; NaN and infinities become
 * null (say why beside it).
 *
 * A document is a tree of hn_json values. The root is freed by hn_json_free; every other
 * pointer is borrowed from it.
 */
#ifndef HIPNET_JSON_H
#define HIPNET_JSON_H

#include <hipnet/error.h>
#include <hipnet/text.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_json hn_json;

typedef enum hn_json_kind {
    HN_JSON_NULL,
    HN_JSON_BOOL,
    HN_JSON_NUMBER,
    HN_JSON_TEXT,
    HN_JSON_ARRAY,
    HN_JSON_OBJECT,
} hn_json_kind;

HN_API hn_status hn_json_read(hn_json **out, const char *path) HN_MUST_CHECK;
HN_API hn_status hn_json_parse(hn_json **out, const char *text, size_t size,
                               const char *name) HN_MUST_CHECK;
HN_API void hn_json_free(hn_json *json);
HN_API void hn_json_freep(hn_json **json);
#define HN_AUTO_JSON HN_CLEANUP(hn_json_freep) hn_json

HN_API hn_json_kind hn_json_kind_of(const hn_json *json);
HN_API const char *hn_json_key(const hn_json *json);      /* NULL for what is not in an object */
HN_API int64_t hn_json_count(const hn_json *json);        /* children of an array or object */
HN_API const hn_json *hn_json_first(const hn_json *json); /* for (c = first(j); c; c = next(c)) */
HN_API const hn_json *hn_json_next(const hn_json *child);
HN_API const hn_json *hn_json_at(const hn_json *array, int64_t index);     /* NULL when absent */
HN_API const hn_json *hn_json_get(const hn_json *object, const char *key); /* NULL when absent */

/* The value itself; the failure says what was found. Text is borrowed. */
HN_API hn_status hn_json_as_real(double *out, const hn_json *json) HN_MUST_CHECK;
HN_API hn_status hn_json_as_int(int64_t *out, const hn_json *json) HN_MUST_CHECK;
HN_API hn_status hn_json_as_bool(bool *out, const hn_json *json) HN_MUST_CHECK;
HN_API hn_status hn_json_as_text(const char **out, const hn_json *json) HN_MUST_CHECK;

/* A member that must be there; the failure names the key. */
HN_API hn_status hn_json_get_real(double *out, const hn_json *object,
                                  const char *key) HN_MUST_CHECK;
HN_API hn_status hn_json_get_int(int64_t *out, const hn_json *object,
                                 const char *key) HN_MUST_CHECK;
HN_API hn_status hn_json_get_bool(bool *out, const hn_json *object, const char *key) HN_MUST_CHECK;
HN_API hn_status hn_json_get_text(const char **out, const hn_json *object,
                                  const char *key) HN_MUST_CHECK;

/* Building. Each function returns the new value (owned by its parent; NULL when memory is
 * gone, and a NULL parent is passed on, so that one hn_json_print at the end reports it). With
 * an array as parent, `key` is NULL. A NULL text becomes null. */
HN_API hn_json *hn_json_new_object(void);
HN_API hn_json *hn_json_new_array(void);
HN_API hn_json *hn_json_add_object(hn_json *parent, const char *key);
HN_API hn_json *hn_json_add_array(hn_json *parent, const char *key);
HN_API hn_json *hn_json_add_text(hn_json *parent, const char *key, const char *text);
HN_API hn_json *hn_json_add_real(hn_json *parent, const char *key, double value);
HN_API hn_json *hn_json_add_int(hn_json *parent, const char *key, int64_t value);
HN_API hn_json *hn_json_add_bool(hn_json *parent, const char *key, bool value);
HN_API hn_json *hn_json_add_null(hn_json *parent, const char *key);
HN_API hn_json *hn_json_add_copy(hn_json *parent, const char *key, const hn_json *value);
/* Moves a root of its own under `parent`. */
HN_API hn_json *hn_json_add_tree(hn_json *parent, const char *key, hn_json *tree);

/* Appends the document: indented by two blanks, or on one line. Fails when memory is gone. */
HN_API hn_status hn_json_print(hn_text *text, const hn_json *json, bool indented) HN_MUST_CHECK;
/* Writes it with a final line break through hn_output ("-" is standard output). */
HN_API hn_status hn_json_write(const hn_json *json, const char *path, bool force) HN_MUST_CHECK;

#endif
