/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * params.c: the store of named parameters and buffers. Entries are separate allocations, so that
 * their addresses stay while the list grows; names are found through a sorted index.
 */
#include "nn_internal.h"

#include <hipnet/memory.h>
#include <hipnet/params.h>
#include <hipnet/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct hn_params {
    hn_scope *scope;
    hn_arena *arena;
    uint64_t seed;
    bool blank; /* new entries are zeros */
    hn_param **entries;
    size_t count, capacity;
    hn_param **by_name; /* the same entries, sorted */
    size_t sorted_capacity;
    bool failed;
    hn_failure failure;
};

hn_status hn_params_new(hn_params **out, const char *device, uint64_t seed)
{
    hn_params *params = hn_calloc(1, sizeof *params);
    if (!params) {
        return HN_ENOMEM;
    }
    params->seed = seed;
    params->arena = hn_arena_new();
    hn_status status = params->arena ? hn_scope_root(&params->scope, device, 0) : HN_ENOMEM;
    if (status) {
        hn_params_free(params);
        return status;
    }
    *out = params;
    return HN_OK;
}

hn_status hn_params_new_blank(hn_params **out, const char *device)
{
    HN_TRY(hn_params_new(out, device, 0));
    (*out)->blank = true;
    return HN_OK;
}

void hn_params_free(hn_params *params)
{
    if (!params) {
        return;
    }
    hn_scope_close(params->scope);
    hn_arena_free(params->arena);
    hn_free(params->entries);
    hn_free(params->by_name);
    hn_free(params);
}

void hn_params_freep(hn_params **params)
{
    hn_params_free(*params);
    *params = NULL;
}

hn_scope *hn_params_scope(hn_params *params)
{
    return params->scope;
}

uint64_t hn_params_seed(const hn_params *params)
{
    return params->seed;
}

/* --- failure ------------------------------------------------------------------------------- */

static void keep_failure(hn_params *params, hn_status status)
{
    if (!params->failed) {
        params->failed = true;
        hn_failure_take(&params->failure, status);
    }
}

hn_status hn_params_status(const hn_params *params)
{
    if (params->failed) {
        return hn_failure_raise(&params->failure);
    }
    return hn_scope_status(params->scope);
}

void hn_params_fail(hn_params *params, hn_status status, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    keep_failure(params, hn_fail(status, "%s", words));
}

void *hn_params_alloc(hn_params *params, size_t bytes)
{
    void *memory = hn_arena_alloc(params->arena, bytes);
    if (!memory) {
        keep_failure(params, HN_ENOMEM);
    }
    return memory;
}

/* --- entries ------------------------------------------------------------------------------- */

int hn_params_count(const hn_params *params)
{
    return (int)params->count;
}

hn_param *hn_params_at(const hn_params *params, int index)
{
    hn_assert(index >= 0 && (size_t)index < params->count);
    return params->entries[index];
}

/* The place of `name` in the sorted index: where it is, or where it would go. */
static size_t place_of(const hn_params *params, const char *name, bool *found)
{
    size_t low = 0;
    size_t high = params->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(params->by_name[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

hn_param *hn_params_find(const hn_params *params, const char *name)
{
    bool found;
    size_t place = place_of(params, name, &found);
    return found ? params->by_name[place] : NULL;
}

int64_t hn_params_numel(const hn_params *params, const char *prefix)
{
    int64_t total = 0;
    for (size_t i = 0; i < params->count; i++) {
        const hn_param *entry = params->entries[i];
        if (!entry->buffer && hn_text_starts(entry->name, prefix)) {
            total += hn_numel(entry->tensor);
        }
    }
    return total;
}

/* Adds an entry of that name and shape, without its tensor. */
static hn_param *add_entry(hn_params *params, const char *name, const int64_t *dims, int n)
{
    bool found;
    size_t place = place_of(params, name, &found);
    hn_param *entry = hn_params_alloc(params, sizeof *entry);
    char *kept = hn_arena_strdup(params->arena, name);
    if (!entry || !kept ||
        hn_grow(&params->entries, params->count, &params->capacity, sizeof(hn_param *)) ||
        hn_grow(&params->by_name, params->count, &params->sorted_capacity, sizeof(hn_param *))) {
        keep_failure(params, HN_ENOMEM);
        return NULL;
    }
    entry->name = kept;
    entry->rank = n;
    for (int i = 0; i < n; i++) {
        entry->shape[i] = dims[i];
    }
    memmove(params->by_name + place + 1, params->by_name + place,
            (params->count - place) * sizeof(hn_param *));
    params->by_name[place] = entry;
    params->entries[params->count++] = entry;
    return entry;
}

static bool same_shape(const hn_param *entry, const int64_t *dims, int n)
{
    if (entry->rank != n) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (entry->shape[i] != dims[i]) {
            return false;
        }
    }
    return true;
}

static void shape_words(char *out, size_t size, const int64_t *dims, int n)
{
    size_t used = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < n && used < size; i++) {
        used +=
            (size_t)snprintf(out + used, size - used, i ? ", %lld" : "%lld", (long long)dims[i]);
    }
    if (used < size) {
        snprintf(out + used, size - used, "]");
    }
}

enum kind { PARAMETER, BUFFER, COUNTER };

/* Makes the tensor of a new entry with its initial values. */
static void make_tensor(hn_params *params, hn_param *entry, enum kind kind, hn_init init)
{
    hn_scope *s = params->scope;
    if (kind == COUNTER) {
        entry->tensor = hn_zeros(s, HN_INT64, entry->shape, 0);
    } else if (params->blank) {
        entry->tensor = hn_zeros(s, HN_FLOAT32, entry->shape, entry->rank);
    } else if (init.kind == HN_INIT_CONSTANT) {
        entry->tensor = hn_full(s, HN_FLOAT32, entry->shape, entry->rank, init.value);
    } else {
        int64_t count = 1;
        for (int i = 0; i < entry->rank; i++) {
            count *= entry->shape[i];
        }
        float *values = hn_alloc((size_t)count * sizeof *values);
        hn_status status =
            values ? init_values(values, count, init, params->seed, entry->name) : HN_ENOMEM;
        if (status) {
            keep_failure(params, status);
        } else {
            entry->tensor = hn_from_data(s, values, HN_FLOAT32, entry->shape, entry->rank);
        }
        hn_free(values);
    }
    entry->buffer = kind != PARAMETER;
    if (kind == PARAMETER) {
        hn_set_requires_grad(s, entry->tensor, true);
    }
    hn_status status = hn_scope_status(s);
    if (status) {
        keep_failure(params, hn_context(status, "%s", entry->name));
    }
}

static hn_param *create_or_find(hn_path at, const char *leaf, enum kind kind, hn_init init,
                                const int64_t *dims, int n)
{
    hn_params *params = at.params;
    if (params->failed) {
        return NULL;
    }
    hn_assert(n >= 0 && n <= HN_PARAM_RANK);
    hn_path full =
        at.name[0] ? hn_path_to(at, "%s", leaf) : hn_path_to(hn_path_root(params), "%s", leaf);
    if (params->failed) {
        return NULL;
    }
    hn_param *entry = hn_params_find(params, full.name);
    if (entry) {
        if (!same_shape(entry, dims, n) || entry->buffer != (kind != PARAMETER)) {
            char here[96];
            char asked[96];
            shape_words(here, sizeof here, entry->shape, entry->rank);
            shape_words(asked, sizeof asked, dims, n);
            hn_params_fail(params, HN_ESHAPE, "%s is a %s %s, expected a %s %s", entry->name,
                           entry->buffer ? "buffer" : "parameter", here,
                           kind != PARAMETER ? "buffer" : "parameter", asked);
            return NULL;
        }
        return entry;
    }
    entry = add_entry(params, full.name, dims, n);
    if (entry) {
        make_tensor(params, entry, kind, init);
    }
    return params->failed ? NULL : entry;
}

hn_param *hn_param_at(hn_path at, const char *leaf, hn_init init, const int64_t *dims, int n)
{
    return create_or_find(at, leaf, PARAMETER, init, dims, n);
}

hn_param *hn_buffer_at(hn_path at, const char *leaf, hn_init init, const int64_t *dims, int n)
{
    return create_or_find(at, leaf, BUFFER, init, dims, n);
}

hn_param *hn_counter_at(hn_path at, const char *leaf)
{
    return create_or_find(at, leaf, COUNTER, (hn_init) { 0 }, NULL, 0);
}

/* --- names --------------------------------------------------------------------------------- */

hn_path hn_path_root(hn_params *params)
{
    return (hn_path) { .params = params };
}

hn_path hn_path_to(hn_path at, const char *format, ...)
{
    hn_path below = at;
    size_t used = strlen(at.name);
    if (used && used + 1 < sizeof below.name) {
        below.name[used++] = '.';
    }
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(below.name + used, sizeof below.name - used, format, arguments);
    va_end(arguments);
    if (wrote < 0 || used + (size_t)wrote >= sizeof below.name) {
        hn_params_fail(at.params, HN_EUSAGE, "the name %.40s... is longer than %d bytes",
                       below.name, HN_PARAM_NAME - 1);
    }
    return below;
}

/* `pattern` of `length` bytes against the whole of `name`; '*' any text, '?' one character. */
static bool fits_one(const char *name, const char *pattern, size_t length)
{
    const char *end = pattern + length;
    const char *star = NULL;
    const char *retry = NULL;
    while (*name) {
        if (pattern < end && *pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (pattern < end && (*pattern == '?' || *pattern == *name)) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*') {
        pattern++;
    }
    return pattern == end;
}

bool hn_name_fits(const char *name, const char *patterns)
{
    while (patterns && *patterns) {
        size_t length = strcspn(patterns, ",");
        const char *first = patterns;
        patterns += patterns[length] ? length + 1 : length;
        while (length && *first == ' ') {
            first++;
            length--;
        }
        while (length && first[length - 1] == ' ') {
            length--;
        }
        if (length && fits_one(name, first, length)) {
            return true;
        }
    }
    return false;
}

/* --- all entries at once ------------------------------------------------------------------- */

int hn_params_freeze(hn_params *params, const char *pattern, bool frozen)
{
    int fitted = 0;
    for (size_t i = 0; i < params->count; i++) {
        hn_param *entry = params->entries[i];
        if (!entry->buffer && hn_name_fits(entry->name, pattern)) {
            entry->frozen = frozen;
            hn_set_requires_grad(params->scope, entry->tensor, !frozen);
            if (frozen) {
                hn_zero_grad(params->scope, entry->tensor);
            }
            fitted++;
        }
    }
    return fitted;
}

void hn_params_zero_grad(hn_params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        if (!params->entries[i]->buffer) {
            hn_zero_grad(params->scope, params->entries[i]->tensor);
        }
    }
}

/* New tensors go to a scope of their own, so that the old ones are freed at once. */
hn_status hn_params_convert(hn_params *params, hn_dtype dtype, hn_memory_format format)
{
    HN_TRY(hn_params_status(params));
    hn_scope *fresh = NULL;
    HN_TRY(hn_scope_root(&fresh, hn_scope_device(params->scope), 0));
    hn_tensor **tensors = hn_calloc(params->count, sizeof *tensors);
    hn_status status = tensors ? HN_OK : HN_ENOMEM;
    for (size_t i = 0; !status && i < params->count; i++) {
        const hn_param *entry = params->entries[i];
        HN_SCOPE(s, fresh, 0);
        hn_tensor *x = hn_detach(s, entry->tensor);
        if (hn_dtype_of(x) != HN_INT64) {
            x = hn_to_dtype(s, x, dtype);
        }
        if (entry->rank == 4) {
            x = hn_to_memory_format(s, x, format);
        }
        tensors[i] = hn_scope_return(&s, hn_clone(s, x));
    }
    status = status ? status : hn_scope_status(fresh);
    if (status) {
        hn_free(tensors);
        hn_scope_close(fresh);
        return status;
    }
    for (size_t i = 0; i < params->count; i++) {
        hn_param *entry = params->entries[i];
        entry->tensor = tensors[i];
        if (!entry->buffer) {
            hn_set_requires_grad(fresh, entry->tensor, !entry->frozen);
        }
    }
    hn_free(tensors);
    hn_scope_close(params->scope);
    params->scope = fresh;
    return hn_scope_status(fresh);
}
