/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading safetensors as hostile input: nothing in the header is believed before it has been
 * compared with the size of the file. Writing is in safetensors_write.c.
 */
#include "safetensors_internal.h"

#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [HN_SAFETENSORS_BOOL] = { "BOOL", 1 }, [HN_SAFETENSORS_U8] = { "U8", 1 },
    [HN_SAFETENSORS_I8] = { "I8", 1 },     [HN_SAFETENSORS_U16] = { "U16", 2 },
    [HN_SAFETENSORS_I16] = { "I16", 2 },   [HN_SAFETENSORS_F16] = { "F16", 2 },
    [HN_SAFETENSORS_BF16] = { "BF16", 2 }, [HN_SAFETENSORS_U32] = { "U32", 4 },
    [HN_SAFETENSORS_I32] = { "I32", 4 },   [HN_SAFETENSORS_F32] = { "F32", 4 },
    [HN_SAFETENSORS_U64] = { "U64", 8 },   [HN_SAFETENSORS_I64] = { "I64", 8 },
    [HN_SAFETENSORS_F64] = { "F64", 8 },
};

struct hn_safetensors {
    char *path;
    const uint8_t *bytes;
    size_t size;
    bool mapped;
    hn_json *header; /* owns the names and the metadata's texts */
    hn_safetensors_entry *entries;
    int64_t count;
    hn_safetensors_metadata *metadata;
    int64_t metadata_count;
};

const char *hn_safetensors_type_name(hn_safetensors_type type)
{
    hn_assert((size_t)type < HN_COUNT_OF(types));
    return types[type].name;
}

size_t hn_safetensors_type_size(hn_safetensors_type type)
{
    hn_assert((size_t)type < HN_COUNT_OF(types));
    return types[type].size;
}

hn_status hn_safetensors_measure(hn_safetensors_entry *entry)
{
    /* An extent of 0 anywhere makes the product 0, yet the others must not overflow before it. */
    int64_t count = 1;
    bool empty = false;
    for (int i = 0; i < entry->rank; i++) {
        if (entry->shape[i] < 0) {
            return hn_fail(HN_EFORMAT, "tensor '%s' has the extent %" PRId64, entry->name,
                           entry->shape[i]);
        }
        empty = empty || entry->shape[i] == 0;
        int64_t extent = entry->shape[i] ? entry->shape[i] : 1;
        if (__builtin_mul_overflow(count, extent, &count)) {
            return hn_fail(HN_EFORMAT, "tensor '%s' has more elements than can be counted",
                           entry->name);
        }
    }
    int64_t bytes = 0;
    count = empty ? 0 : count;
    if (__builtin_mul_overflow(count, (int64_t)types[entry->type].size, &bytes)) {
        return hn_fail(HN_EFORMAT, "tensor '%s' has more bytes than can be counted", entry->name);
    }
    entry->count = count;
    entry->bytes = (size_t)bytes;
    return HN_OK;
}

/* ---- the header ---------------------------------------------------------------------- */

static hn_status read_type(hn_safetensors_type *out, const hn_json *tensor)
{
    const char *word = NULL;
    HN_TRY(hn_json_get_text(&word, tensor, "dtype"));
    for (size_t i = 0; i < HN_COUNT_OF(types); i++) {
        if (strcmp(types[i].name, word) == 0) {
            *out = (hn_safetensors_type)i;
            return HN_OK;
        }
    }
    return hn_fail(HN_EFORMAT, "dtype '%.20s' is not known", word);
}

static hn_status read_shape(hn_safetensors_entry *entry, const hn_json *tensor)
{
    const hn_json *shape = hn_json_get(tensor, "shape");
    if (!shape || hn_json_kind_of(shape) != HN_JSON_ARRAY) {
        return hn_fail(HN_EFORMAT, "'shape' is not a list");
    }
    int64_t rank = hn_json_count(shape);
    if (rank > HN_SAFETENSORS_RANK) {
        return hn_fail(HN_EFORMAT, "the shape has %" PRId64 " extents, at most %d are read", rank,
                       HN_SAFETENSORS_RANK);
    }
    for (const hn_json *item = hn_json_first(shape); item; item = hn_json_next(item)) {
        hn_status status = hn_json_as_int(&entry->shape[entry->rank++], item);
        if (status != HN_OK) {
            return hn_context(status, "shape");
        }
    }
    return HN_OK;
}

/* Finds the tensor's bytes: inside the data, and as many as type and shape say. */
static hn_status read_range(hn_safetensors_entry *entry, const hn_json *tensor, const uint8_t *data,
                            size_t data_size)
{
    const hn_json *offsets = hn_json_get(tensor, "data_offsets");
    if (!offsets || hn_json_kind_of(offsets) != HN_JSON_ARRAY || hn_json_count(offsets) != 2) {
        return hn_fail(HN_EFORMAT, "'data_offsets' is not a list of two numbers");
    }
    int64_t begin = 0, end = 0;
    HN_TRY(hn_json_as_int(&begin, hn_json_at(offsets, 0)));
    HN_TRY(hn_json_as_int(&end, hn_json_at(offsets, 1)));
    if (begin < 0 || end < begin || (uint64_t)end > data_size) {
        return hn_fail(HN_EFORMAT,
                       "data_offsets [%" PRId64 ", %" PRId64 ") lie outside the %zu bytes of data",
                       begin, end, data_size);
    }
    if ((uint64_t)(end - begin) != entry->bytes) {
        return hn_fail(HN_EFORMAT,
                       "data_offsets hold %" PRId64 " bytes where type and shape need %zu",
                       end - begin, entry->bytes);
    }
    entry->data = data + begin;
    return HN_OK;
}

static hn_status read_entry(hn_safetensors_entry *entry, const hn_json *tensor, const uint8_t *data,
                            size_t data_size)
{
    *entry = (hn_safetensors_entry) { .name = hn_json_key(tensor) };
    size_t length = strlen(entry->name);
    if (length == 0 || length > 255) {
        return hn_fail(HN_EFORMAT, "a tensor's name has %zu bytes, 1 to 255 are allowed", length);
    }
    if (hn_json_kind_of(tensor) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "tensor '%s' is not described by an object", entry->name);
    }
    hn_status status = read_type(&entry->type, tensor);
    if (status == HN_OK) {
        status = read_shape(entry, tensor);
    }
    if (status != HN_OK) {
        return hn_context(status, "tensor '%s'", entry->name);
    }
    HN_TRY(hn_safetensors_measure(entry));
    status = read_range(entry, tensor, data, data_size);
    return status == HN_OK ? HN_OK : hn_context(status, "tensor '%s'", entry->name);
}

static hn_status read_metadata(hn_safetensors *file, const hn_json *metadata)
{
    if (hn_json_kind_of(metadata) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "'__metadata__' is not an object of texts");
    }
    file->metadata = hn_calloc((size_t)hn_json_count(metadata), sizeof *file->metadata);
    if (!file->metadata) {
        return HN_ENOMEM;
    }
    for (const hn_json *item = hn_json_first(metadata); item; item = hn_json_next(item)) {
        hn_safetensors_metadata *slot = &file->metadata[file->metadata_count++];
        slot->key = hn_json_key(item);
        hn_status status = hn_json_as_text(&slot->value, item);
        if (status != HN_OK) {
            return hn_context(status, "'__metadata__' key '%.80s'", slot->key);
        }
    }
    return HN_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const hn_safetensors_entry *)a)->name, ((const hn_safetensors_entry *)b)->name);
}

/* By place in the data; an empty tensor before the one that begins at the same byte. */
static int compare_places(const void *a, const void *b)
{
    const hn_safetensors_entry *x = *(const hn_safetensors_entry *const *)a;
    const hn_safetensors_entry *y = *(const hn_safetensors_entry *const *)b;
    const uint8_t *px = x->data, *py = y->data;
    if (px != py) {
        return px < py ? -1 : 1;
    }
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Sorted by place, each range must begin where the one before it ended, and the last must end
 * with the data: then nothing overlaps and nothing is left out. */
static hn_status check_cover(const hn_safetensors *file, const uint8_t *data, size_t data_size)
{
    HN_AUTOFREE const hn_safetensors_entry **order = hn_calloc((size_t)file->count, sizeof *order);
    if (!order) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < file->count; i++) {
        order[i] = &file->entries[i];
    }
    qsort(order, (size_t)file->count, sizeof *order, compare_places);
    const uint8_t *end = data;
    for (int64_t i = 0; i < file->count; i++) {
        const uint8_t *begin = order[i]->data;
        if (begin != end) {
            return hn_fail(HN_EFORMAT, "tensor '%s' %s", order[i]->name,
                           begin < end ? "overlaps the one before it"
                                       : "leaves unused bytes before it");
        }
        end = begin + order[i]->bytes;
    }
    if (end != data + data_size) {
        return hn_fail(HN_EFORMAT, "%zu bytes at the end belong to no tensor",
                       (size_t)(data + data_size - end));
    }
    return HN_OK;
}

static hn_status read_header(hn_safetensors *file)
{
    if (file->size < 8) {
        return hn_fail(HN_EFORMAT, "%zu bytes are too few for a safetensors file", file->size);
    }
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--) {
        length = length << 8 | file->bytes[i];
    }
    if (length > HN_SAFETENSORS_HEADER) {
        return hn_fail(HN_EFORMAT, "the header claims %" PRIu64 " bytes, at most %d are allowed",
                       length, HN_SAFETENSORS_HEADER);
    }
    if (length > file->size - 8) {
        return hn_fail(HN_EFORMAT, "the header claims %" PRIu64 " bytes of a file of %zu", length,
                       file->size);
    }
    HN_TRY(hn_json_parse(&file->header, (const char *)file->bytes + 8, (size_t)length, "header"));
    if (hn_json_kind_of(file->header) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "the header is not a JSON object");
    }
    const uint8_t *data = file->bytes + 8 + length;
    size_t data_size = file->size - 8 - (size_t)length;
    file->entries = hn_calloc((size_t)hn_json_count(file->header), sizeof *file->entries);
    if (!file->entries) {
        return HN_ENOMEM;
    }
    for (const hn_json *item = hn_json_first(file->header); item; item = hn_json_next(item)) {
        if (strcmp(hn_json_key(item), "__metadata__") == 0) {
            HN_TRY(read_metadata(file, item));
        } else {
            HN_TRY(read_entry(&file->entries[file->count++], item, data, data_size));
        }
    }
    qsort(file->entries, (size_t)file->count, sizeof *file->entries, compare_names);
    return check_cover(file, data, data_size);
}

/* ---- the file ------------------------------------------------------------------------ */

static hn_status map_file(hn_safetensors *file, const char *path)
{
    int handle = open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0) {
        return hn_fail_errno("%s", path);
    }
    struct stat facts;
    hn_status status = HN_OK;
    if (fstat(handle, &facts) != 0) {
        status = hn_fail_errno("%s", path);
    } else if (!S_ISREG(facts.st_mode)) {
        status = hn_fail(HN_EIO, "%s is not a regular file", path);
    } else if (facts.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, handle, 0);
        if (bytes == MAP_FAILED) {
            status = hn_fail_errno("%s", path);
        } else {
            file->bytes = bytes;
            file->size = (size_t)facts.st_size;
            file->mapped = true;
        }
    }
    close(handle);
    return status;
}

static hn_status begin_file(hn_safetensors **out, const char *name)
{
    hn_safetensors *file = hn_calloc(1, sizeof *file);
    if (!file) {
        return HN_ENOMEM;
    }
    *out = file;
    file->path = hn_strdup(name);
    return file->path ? HN_OK : HN_ENOMEM;
}

static hn_status finish_file(hn_safetensors **out, hn_safetensors **file)
{
    hn_status status = read_header(*file);
    if (status != HN_OK) {
        return hn_context(status, "%s", (*file)->path);
    }
    *out = *file;
    *file = NULL;
    return HN_OK;
}

hn_status hn_safetensors_open(hn_safetensors **out, const char *path)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(begin_file(&file, path));
    HN_TRY(map_file(file, path));
    return finish_file(out, &file);
}

hn_status hn_safetensors_parse(hn_safetensors **out, const void *bytes, size_t size,
                               const char *name)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(begin_file(&file, name));
    file->bytes = bytes;
    file->size = size;
    return finish_file(out, &file);
}

void hn_safetensors_close(hn_safetensors *file)
{
    if (!file) {
        return;
    }
    if (file->mapped) {
        munmap((void *)(uintptr_t)file->bytes, file->size);
    }
    hn_json_free(file->header);
    hn_free(file->entries);
    hn_free(file->metadata);
    hn_free(file->path);
    hn_free(file);
}

void hn_safetensors_closep(hn_safetensors **file)
{
    hn_safetensors_close(*file);
    *file = NULL;
}

/* ---- looking things up --------------------------------------------------------------- */

const char *hn_safetensors_path(const hn_safetensors *file)
{
    return file->path;
}

int64_t hn_safetensors_count(const hn_safetensors *file)
{
    return file->count;
}

const hn_safetensors_entry *hn_safetensors_at(const hn_safetensors *file, int64_t index)
{
    hn_assert(index >= 0 && index < file->count);
    return &file->entries[index];
}

const hn_safetensors_entry *hn_safetensors_find(const hn_safetensors *file, const char *name)
{
    hn_safetensors_entry key = { .name = name };
    return bsearch(&key, file->entries, (size_t)file->count, sizeof key, compare_names);
}

static void shape_text(hn_text *text, hn_safetensors_type type, const int64_t *shape, int rank)
{
    hn_text_printf(text, "%s [", types[type].name);
    for (int i = 0; i < rank; i++) {
        hn_text_printf(text, "%s%" PRId64, i ? ", " : "", shape[i]);
    }
    hn_text_append(text, "]");
}

static hn_status fail_missing(const hn_safetensors *file, const char *name)
{
    HN_AUTOFREE const char **names = hn_calloc((size_t)file->count, sizeof *names);
    if (!names) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < file->count; i++) {
        names[i] = file->entries[i].name;
    }
    return hn_fail(HN_ENOTFOUND, "%s holds no tensor '%s'%s", file->path, name,
                   hn_text_suggest(name, names, (size_t)file->count));
}

hn_status hn_safetensors_require(const hn_safetensors_entry **out, const hn_safetensors *file,
                                 const char *name, hn_safetensors_type type, const int64_t *shape,
                                 int rank)
{
    hn_assert(rank >= 0 && rank <= HN_SAFETENSORS_RANK);
    const hn_safetensors_entry *entry = hn_safetensors_find(file, name);
    if (!entry) {
        return fail_missing(file, name);
    }
    if (entry->type != type || entry->rank != rank ||
        memcmp(entry->shape, shape, (size_t)rank * sizeof *shape) != 0) {
        HN_AUTO_TEXT found = HN_TEXT_INIT;
        HN_AUTO_TEXT expected = HN_TEXT_INIT;
        shape_text(&found, entry->type, entry->shape, entry->rank);
        shape_text(&expected, type, shape, rank);
        return hn_fail(HN_ESHAPE, "%s: tensor '%s' is %s, expected %s", file->path, name,
                       hn_text_get(&found), hn_text_get(&expected));
    }
    *out = entry;
    return HN_OK;
}

int64_t hn_safetensors_metadata_count(const hn_safetensors *file)
{
    return file->metadata_count;
}

hn_safetensors_metadata hn_safetensors_metadata_at(const hn_safetensors *file, int64_t index)
{
    hn_assert(index >= 0 && index < file->metadata_count);
    return file->metadata[index];
}

const char *hn_safetensors_metadata_get(const hn_safetensors *file, const char *key)
{
    for (int64_t i = 0; i < file->metadata_count; i++) {
        if (strcmp(file->metadata[i].key, key) == 0) {
            return file->metadata[i].value;
        }
    }
    return NULL;
}
