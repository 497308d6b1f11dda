/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * safetensors.h: weights as files that other tools read too.
 *
 * The format (github.com/huggingface/safetensors): 8 bytes little-endian length of a JSON
 * header; the header, name -> {"dtype", "shape", "data_offsets": [begin, end)} and optionally
 * "__metadata__" with texts only; then the values of all tensors, row by row, without holes.
 *
 * Reading maps the file read-only and treats it as hostile. These hold once hn_safetensors_open
 * has said HN_OK, and a file that breaks one is refused with a sentence that says which:
 *   1. the header is at most 100 MB and lies inside the file;
 *   2. it is a JSON object whose keys differ from each other (UTF-8, 1 to 255 bytes);
 *   3. every tensor has a dtype of the list below, at most 8 extents, none negative, whose
 *      product with the element's size does not overflow 63 bits;
 *   4. begin and end lie inside the data, and end - begin is exactly that product;
 *   5. the ranges neither overlap nor leave a byte out: together they are the whole data;
 *   6. "__metadata__", if there is one, holds texts only.
 *
 * Writing: entries sorted by name, the header padded with blanks to 8 bytes, everything under a
 * temporary name, synced, then renamed. The same entries and metadata give the same bytes.
 */
#ifndef HIPNET_SAFETENSORS_H
#define HIPNET_SAFETENSORS_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HN_SAFETENSORS_RANK 8                        /* most extents of a tensor */
#define HN_SAFETENSORS_HEADER (100 * 1000 * 1000)    /* most bytes of a header */

/* Element types, by the names that stand in files. */
typedef enum hn_safetensors_type {
    HN_SAFETENSORS_BOOL, /* "BOOL", 1 byte */
    HN_SAFETENSORS_U8,   /* "U8" */
    HN_SAFETENSORS_I8,   /* "I8" */
    HN_SAFETENSORS_U16,  /* "U16" */
    HN_SAFETENSORS_I16,  /* "I16" */
    HN_SAFETENSORS_F16,  /* "F16", IEEE half */
    HN_SAFETENSORS_BF16, /* "BF16", upper half of a float */
    HN_SAFETENSORS_U32,  /* "U32" */
    HN_SAFETENSORS_I32,  /* "I32" */
    HN_SAFETENSORS_F32,  /* "F32" */
    HN_SAFETENSORS_U64,  /* "U64" */
    HN_SAFETENSORS_I64,  /* "I64" */
    HN_SAFETENSORS_F64,  /* "F64" */
} hn_safetensors_type;

HN_API const char *hn_safetensors_type_name(hn_safetensors_type type); /* "F32" */
HN_API size_t hn_safetensors_type_size(hn_safetensors_type type);      /* bytes: 4 */

/*
 * One tensor. From a reader everything in it is borrowed and lives as long as the file is open;
 * `data` points into the mapped file and may be unaligned for its type: copy it out (memcpy)
 * rather than casting it. For the writer the caller fills name, type, rank, shape and data
 * (row-major, packed, little-endian); count and bytes are ignored.
 */
typedef struct hn_safetensors_entry {
    const char *name;
    hn_safetensors_type type;
    int rank;                           /* 0 for a scalar */
    int64_t shape[HN_SAFETENSORS_RANK]; /* the first `rank` count */
    int64_t count;                      /* elements: product of the shape, 1 for a scalar */
    size_t bytes;                       /* count * element size */
    const void *data;                   /* NULL is allowed when count is 0 */
} hn_safetensors_entry;

typedef struct hn_safetensors_metadata {
    const char *key;
    const char *value;
} hn_safetensors_metadata;

/* An open file. May be read by several threads at once. The file must not be truncated by
 * others while it is open (the mapping would end under the reader); hipnet itself only ever
 * replaces files by renaming, which is safe. */
typedef struct hn_safetensors hn_safetensors;

HN_API hn_status hn_safetensors_open(hn_safetensors **out, const char *path) HN_MUST_CHECK;
/* The same over bytes in memory, which must outlive the result; `name` stands in messages. */
HN_API hn_status hn_safetensors_parse(hn_safetensors **out, const void *bytes, size_t size,
                                      const char *name) HN_MUST_CHECK;
HN_API void hn_safetensors_close(hn_safetensors *file); /* NULL is allowed */
HN_API void hn_safetensors_closep(hn_safetensors **file);
#define HN_AUTO_SAFETENSORS HN_CLEANUP(hn_safetensors_closep) hn_safetensors

HN_API const char *hn_safetensors_path(const hn_safetensors *file);
HN_API int64_t hn_safetensors_count(const hn_safetensors *file);
/* Entry number `index` in the order of names (bytes); index must be in range. */
HN_API const hn_safetensors_entry *hn_safetensors_at(const hn_safetensors *file, int64_t index);
/* The entry of that name, or NULL. */
HN_API const hn_safetensors_entry *hn_safetensors_find(const hn_safetensors *file,
                                                       const char *name);
/* As find, but what is missing fails (HN_ENOTFOUND) and names the nearest; a type or shape that
 * differs from what is asked for fails with HN_ESHAPE and shows both. `shape` holds `rank`. */
HN_API hn_status hn_safetensors_require(const hn_safetensors_entry **out,
                                        const hn_safetensors *file, const char *name,
                                        hn_safetensors_type type, const int64_t *shape, int rank)
    HN_MUST_CHECK;

HN_API int64_t hn_safetensors_metadata_count(const hn_safetensors *file);
HN_API hn_safetensors_metadata hn_safetensors_metadata_at(const hn_safetensors *file,
                                                          int64_t index);
/* The value of a metadata key, or NULL. */
HN_API const char *hn_safetensors_metadata_get(const hn_safetensors *file, const char *key);

/* Writes a file. `entries` may come in any order; names must differ and not be "__metadata__".
 * `metadata` may be NULL with count 0; a NULL value leaves that key out. */
HN_API hn_status hn_safetensors_write(const char *path, const hn_safetensors_entry *entries,
                                      int64_t count, const hn_safetensors_metadata *metadata,
                                      int64_t metadata_count, bool force) HN_MUST_CHECK;

#endif
