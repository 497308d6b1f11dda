/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory.h: the only place that asks the system for memory.
 *
 * A request for zero bytes yields a valid pointer; products are checked for overflow; when
 * memory is gone the functions return NULL and leave a message (HN_ENOMEM), so that a caller
 * writes `if (!p) return HN_ENOMEM;`. Memory from here is given back by hn_free.
 */
#ifndef HIPNET_MEMORY_H
#define HIPNET_MEMORY_H

#include <hipnet/error.h>
#include <stddef.h>

HN_API void *hn_alloc(size_t bytes) HN_MUST_CHECK;               /* uninitialised */
HN_API void *hn_calloc(size_t count, size_t size) HN_MUST_CHECK; /* zeroed */
/* Resizes `*pointer` (NULL is allowed) to count * size bytes; on failure it is untouched. */
HN_API hn_status hn_resize(void *pointer_address, size_t count, size_t size) HN_MUST_CHECK;
HN_API void hn_free(void *pointer);                     /* NULL is allowed */
HN_API char *hn_strdup(const char *text) HN_MUST_CHECK; /* NULL in, NULL out */
HN_API char *hn_strndup(const char *text, size_t bytes) HN_MUST_CHECK;

/* Makes room for one more element of a growing array: when `count` has reached `*capacity`,
 * the array doubles (from 16). `array_address` is the address of the array pointer. */
HN_API hn_status hn_grow(void *array_address, size_t count, size_t *capacity,
                         size_t size) HN_MUST_CHECK;

/* HN_AUTOFREE char *name = NULL;  frees it when the variable goes out of scope. */
HN_API void hn_freep(void *pointer_address);
#define HN_AUTOFREE HN_CLEANUP(hn_freep)

/*
 * An arena owns many small things with one lifetime (the strings of a manifest).
 * hn_arena_free gives all of them back. Not for use by several threads at once.
 */
typedef struct hn_arena hn_arena;
HN_API hn_arena *hn_arena_new(void) HN_MUST_CHECK;
HN_API void hn_arena_free(hn_arena *arena);
HN_API void *hn_arena_alloc(hn_arena *arena, size_t bytes) HN_MUST_CHECK; /* zeroed, aligned */
HN_API char *hn_arena_strdup(hn_arena *arena, const char *text) HN_MUST_CHECK;
HN_API char *hn_arena_printf(hn_arena *arena, const char *format, ...)
    HN_PRINTF(2, 3) HN_MUST_CHECK;

#endif
