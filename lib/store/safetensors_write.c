/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing safetensors: the header first as text, then the values in the same order. Nothing is
 * written before every entry has been checked, and nothing is seen before all is written.
 */
#include "safetensors_internal.h"

#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const hn_safetensors_entry *)a)->name, ((const hn_safetensors_entry *)b)->name);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const hn_safetensors_metadata *)a)->key,
                  ((const hn_safetensors_metadata *)b)->key);
}

static hn_status check_entry(hn_safetensors_entry *entry)
{
    size_t length = strlen(entry->name);
    if (length == 0 || length > 255 || strcmp(entry->name, "__metadata__") == 0 ||
        !hn_text_is_utf8(entry->name, length)) {
        return hn_fail(HN_EFORMAT, "'%.80s' cannot be the name of a tensor", entry->name);
    }
    hn_assert(entry->rank >= 0 && entry->rank <= HN_SAFETENSORS_RANK);
    HN_TRY(hn_safetensors_measure(entry));
    hn_assert(entry->data || entry->bytes == 0);
    return HN_OK;
}

/* A sorted copy of the entries, measured, with names that differ. */
static hn_status sort_entries(hn_safetensors_entry **out, const hn_safetensors_entry *entries,
                              int64_t count)
{
    HN_AUTOFREE hn_safetensors_entry *sorted = hn_calloc((size_t)count, sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        sorted[i] = entries[i];
        HN_TRY(check_entry(&sorted[i]));
    }
    qsort(sorted, (size_t)count, sizeof *sorted, compare_names);
    for (int64_t i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1].name, sorted[i].name) == 0) {
            return hn_fail(HN_EFORMAT, "two tensors are named '%s'", sorted[i].name);
        }
    }
    *out = sorted;
    sorted = NULL;
    return HN_OK;
}

static hn_status add_metadata(hn_json *header, const hn_safetensors_metadata *metadata,
                              int64_t count)
{
    HN_AUTOFREE hn_safetensors_metadata *sorted = hn_calloc((size_t)count, sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    size_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        if (metadata[i].value) {
            sorted[kept++] = metadata[i];
        }
    }
    if (kept == 0) {
        return HN_OK;
    }
    qsort(sorted, kept, sizeof *sorted, compare_keys);
    hn_json *object = hn_json_add_object(header, "__metadata__");
    for (size_t i = 0; i < kept; i++) {
        if (i && strcmp(sorted[i - 1].key, sorted[i].key) == 0) {
            return hn_fail(HN_EFORMAT, "two metadata keys are '%s'", sorted[i].key);
        }
        if (!hn_text_is_utf8(sorted[i].value, strlen(sorted[i].value))) {
            return hn_fail(HN_EFORMAT, "metadata key '%s' is not UTF-8 text", sorted[i].key);
        }
        hn_json_add_text(object, sorted[i].key, sorted[i].value);
    }
    return HN_OK;
}

static hn_status make_header(hn_text *text, const hn_safetensors_entry *entries, int64_t count,
                             const hn_safetensors_metadata *metadata, int64_t metadata_count)
{
    HN_AUTO_JSON *header = hn_json_new_object();
    HN_TRY(add_metadata(header, metadata, metadata_count));
    int64_t place = 0;
    for (int64_t i = 0; i < count; i++) {
        const hn_safetensors_entry *entry = &entries[i];
        hn_json *tensor = hn_json_add_object(header, entry->name);
        hn_json_add_text(tensor, "dtype", hn_safetensors_type_name(entry->type));
        hn_json *shape = hn_json_add_array(tensor, "shape");
        for (int k = 0; k < entry->rank; k++) {
            hn_json_add_int(shape, NULL, entry->shape[k]);
        }
        hn_json *offsets = hn_json_add_array(tensor, "data_offsets");
        hn_json_add_int(offsets, NULL, place);
        if (__builtin_add_overflow(place, (int64_t)entry->bytes, &place)) {
            return hn_fail(HN_EFORMAT, "the tensors have more bytes than can be counted");
        }
        hn_json_add_int(offsets, NULL, place);
    }
    HN_TRY(hn_json_print(text, header, false));
    while (text->size % 8 != 0) {
        hn_text_append(text, " ");
        HN_TRY(hn_text_status(text));
    }
    if (text->size > HN_SAFETENSORS_HEADER) {
        return hn_fail(HN_EFORMAT, "the header would have %zu bytes, at most %d are allowed",
                       text->size, HN_SAFETENSORS_HEADER);
    }
    return HN_OK;
}

hn_status hn_safetensors_write(const char *path, const hn_safetensors_entry *entries, int64_t count,
                               const hn_safetensors_metadata *metadata, int64_t metadata_count,
                               bool force)
{
    HN_AUTOFREE hn_safetensors_entry *sorted = NULL;
    HN_AUTO_TEXT header = HN_TEXT_INIT;
    hn_status status = sort_entries(&sorted, entries, count);
    if (status == HN_OK) {
        status = make_header(&header, sorted, count, metadata, metadata_count);
    }
    if (status != HN_OK) {
        return hn_context(status, "%s", path);
    }
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    uint8_t length[8];
    for (int i = 0; i < 8; i++) {
        length[i] = (uint8_t)((uint64_t)header.size >> (8 * i));
    }
    fwrite(length, 1, sizeof length, output.stream);
    fwrite(header.data, 1, header.size, output.stream);
    for (int64_t i = 0; i < count && !ferror(output.stream); i++) {
        if (sorted[i].bytes) {
            fwrite(sorted[i].data, 1, sorted[i].bytes, output.stream);
        }
    }
    return hn_output_commit(&output);
}
