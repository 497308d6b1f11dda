/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images to and from the bytes that HDF5's shuffle and gzip filters would write, done here so
 * that it runs in any number of threads beside the one that talks to HDF5.
 */
#include "cohort_internal.h"

#include <string.h>
#include <zlib.h>

/* Measured on radiographs: docs/reference/cohort_file.md has the table. */
enum { BEST_LEVEL = 1 };

void hn_cohort_chunk_clear(hn_cohort_chunk *chunk)
{
    hn_free(chunk->bytes);
    hn_free(chunk->plain);
    *chunk = (hn_cohort_chunk) { 0 };
}

static hn_status reserve(uint8_t **bytes, size_t *capacity, size_t size)
{
    if (*capacity < size) {
        HN_TRY(hn_resize(bytes, size, 1));
        *capacity = size;
    }
    return HN_OK;
}

hn_status hn_cohort_pixel_hash(char hex[HN_SHA256_HEX], const void *pixels, size_t size)
{
    uint8_t digest[HN_SHA256_BYTES];
    HN_TRY(hn_blake2b(digest, sizeof digest, pixels, size, NULL));
    hn_hex(hex, digest, sizeof digest);
    return HN_OK;
}

/* HDF5's shuffle: the first bytes of all elements, then the second bytes. */
static void shuffle16(uint8_t *out, const uint8_t *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = in[2 * i];
        out[count + i] = in[2 * i + 1];
    }
}

static void unshuffle16(uint8_t *out, const uint8_t *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = in[i];
        out[2 * i + 1] = in[count + i];
    }
}

static size_t image_bytes(int rows, int columns, int bits)
{
    hn_assert(rows >= 1 && rows <= LARGEST_SIDE && columns >= 1 && columns <= LARGEST_SIDE);
    hn_assert(bits == 8 || bits == 16);
    return (size_t)rows * (size_t)columns * (size_t)(bits / 8);
}

hn_status hn_cohort_encode_image(hn_cohort_chunk *chunk, const void *pixels, int rows, int columns,
                                 int bits, int level)
{
    hn_assert(level >= 0 && level <= 9);
    size_t size = image_bytes(rows, columns, bits);
    HN_TRY(hn_cohort_pixel_hash(chunk->pixel_hash, pixels, size));
    const uint8_t *source = pixels;
    if (bits == 16) {
        HN_TRY(reserve(&chunk->plain, &chunk->plain_capacity, size));
        shuffle16(chunk->plain, pixels, size / 2);
        source = chunk->plain;
    }
    uLongf packed = compressBound((uLong)size);
    HN_TRY(reserve(&chunk->bytes, &chunk->capacity, packed));
    int result = compress2(chunk->bytes, &packed, source, (uLong)size, level ? level : BEST_LEVEL);
    if (result != Z_OK) {
        return hn_fail(HN_ENOMEM, "zlib could not compress an image: %s", zError(result));
    }
    chunk->size = packed;
    return HN_OK;
}

hn_status hn_cohort_decode_image(void *out, hn_cohort_chunk *scratch, int rows, int columns,
                                 int bits, bool shuffled)
{
    size_t size = image_bytes(rows, columns, bits);
    bool indirect = shuffled && bits == 16;
    if (indirect) {
        HN_TRY(reserve(&scratch->plain, &scratch->plain_capacity, size));
    }
    uint8_t *target = indirect ? scratch->plain : out;
    uLongf produced = (uLong)size;
    int result = uncompress(target, &produced, scratch->bytes, (uLong)scratch->size);
    if (result == Z_MEM_ERROR) {
        return hn_fail(HN_ENOMEM, "zlib: %s", zError(result));
    }
    if (result != Z_OK || produced != size) {
        return hn_fail(HN_EFORMAT, "its compressed bytes do not unpack to %zu bytes", size);
    }
    if (indirect) {
        unshuffle16(out, scratch->plain, size / 2);
    }
    return HN_OK;
}
