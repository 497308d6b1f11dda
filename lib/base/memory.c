/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that calls malloc. Overflow and exhaustion become a message, never a crash. */
#include <hipnet/memory.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *out_of_memory(size_t bytes)
{
    (void)hn_fail(HN_ENOMEM, "out of memory: %zu bytes were asked for", bytes);
    return NULL;
}

void *hn_alloc(size_t bytes)
{
    void *pointer = malloc(bytes ? bytes : 1);
    return pointer ? pointer : out_of_memory(bytes);
}

void *hn_calloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return out_of_memory(SIZE_MAX);
    }
    void *pointer = calloc(bytes ? bytes : 1, 1);
    return pointer ? pointer : out_of_memory(bytes);
}

hn_status hn_resize(void *pointer_address, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        out_of_memory(SIZE_MAX);
        return HN_ENOMEM;
    }
    void *old = NULL;
    memcpy(&old, pointer_address, sizeof old);
    void *grown = realloc(old, bytes ? bytes : 1);
    if (!grown) {
        out_of_memory(bytes);
        return HN_ENOMEM;
    }
    memcpy(pointer_address, &grown, sizeof grown);
    return HN_OK;
}

void hn_free(void *pointer)
{
    free(pointer);
}

void hn_freep(void *pointer_address)
{
    void *pointer = NULL;
    memcpy(&pointer, pointer_address, sizeof pointer);
    free(pointer);
    pointer = NULL;
    memcpy(pointer_address, &pointer, sizeof pointer);
}

char *hn_strndup(const char *text, size_t bytes)
{
    char *copy = hn_alloc(bytes + 1);
    if (copy) {
        memcpy(copy, text, bytes);
        copy[bytes] = 0;
    }
    return copy;
}

char *hn_strdup(const char *text)
{
    return text ? hn_strndup(text, strlen(text)) : NULL;
}

hn_status hn_grow(void *array_address, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return HN_OK;
    }
    size_t wanted = *capacity ? *capacity : 8;
    if (__builtin_mul_overflow(wanted, (size_t)2, &wanted)) {
        out_of_memory(SIZE_MAX);
        return HN_ENOMEM;
    }
    HN_TRY(hn_resize(array_address, wanted, size));
    *capacity = wanted;
    return HN_OK;
}

/* An arena is a list of slabs; a request larger than a slab gets one of its own. */

enum { SLAB_BYTES = 64 * 1024 };

struct slab {
    struct slab *next;
    size_t used, size;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct hn_arena {
    struct slab *slabs;
};

hn_arena *hn_arena_new(void)
{
    return hn_calloc(1, sizeof(hn_arena));
}

void hn_arena_free(hn_arena *arena)
{
    if (!arena) {
        return;
    }
    for (struct slab *slab = arena->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    free(arena);
}

void *hn_arena_alloc(hn_arena *arena, size_t bytes)
{
    const size_t align = _Alignof(max_align_t);
    if (bytes > SIZE_MAX - sizeof(struct slab) - align) {
        return out_of_memory(bytes);
    }
    size_t rounded = (bytes + align - 1) / align * align;
    struct slab *slab = arena->slabs;
    if (!slab || slab->size - slab->used < rounded) {
        size_t size = rounded > SLAB_BYTES ? rounded : SLAB_BYTES;
        slab = hn_alloc(sizeof *slab + size);
        if (!slab) {
            return NULL;
        }
        *slab = (struct slab) { .next = arena->slabs, .used = 0, .size = size };
        arena->slabs = slab;
    }
    void *pointer = slab->bytes + slab->used;
    slab->used += rounded;
    memset(pointer, 0, rounded);
    return pointer;
}

char *hn_arena_strdup(hn_arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = hn_arena_alloc(arena, bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *hn_arena_printf(hn_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return out_of_memory(0);
    }
    char *text = hn_arena_alloc(arena, (size_t)length + 1);
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}
