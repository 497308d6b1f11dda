/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts a DICOM file together element by element, right or deliberately wrong. Explicit VR little
 * endian; elements must be added in rising order, as in a file. */
#ifndef HIPNET_TEST_BUILDER_H
#define HIPNET_TEST_BUILDER_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct builder {
    uint8_t bytes[65536];
    size_t size;
};

static inline void put_bytes(struct builder *b, const void *bytes, size_t size)
{
    ck_assert_uint_le(b->size + size, sizeof b->bytes);
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

static inline void put_number(struct builder *b, uint32_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        put_bytes(b, &byte, 1);
    }
}

/* `length` is what the element claims; `size` bytes follow. */
static inline void put_head(struct builder *b, uint32_t tag, const char *vr, uint32_t length)
{
    put_number(b, tag >> 16, 2);
    put_number(b, tag & 0xffff, 2);
    put_bytes(b, vr, 2);
    if (strstr("OB OW OF SQ UN UT", vr) != NULL) {
        put_number(b, 0, 2);
        put_number(b, length, 4);
    } else {
        put_number(b, length, 2);
    }
}

static inline void put_value(struct builder *b, uint32_t tag, const char *vr, const void *bytes,
                             size_t size)
{
    put_head(b, tag, vr, (uint32_t)(size + size % 2));
    put_bytes(b, bytes, size);
    if (size % 2) {
        put_bytes(b, strcmp(vr, "UI") == 0 || vr[0] == 'O' ? "\0" : " ", 1);
    }
}

static inline void put_text(struct builder *b, uint32_t tag, const char *vr, const char *text)
{
    put_value(b, tag, vr, text, strlen(text));
}

static inline void put_us(struct builder *b, uint32_t tag, int value)
{
    uint8_t two[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
    put_value(b, tag, "US", two, 2);
}

#define EXPLICIT_LE "1.2.840.10008.1.2.1"
#define DX_STORAGE  "1.2.840.10008.5.1.4.1.1.1.1"

/* Preamble, meta header and what every image has before the (0028) group. */
static inline void put_start(struct builder *b, const char *syntax)
{
    static const uint8_t preamble[128] = { 0 };
    b->size = 0;
    put_bytes(b, preamble, sizeof preamble);
    put_bytes(b, "DICM", 4);
    uint32_t uid = (uint32_t)(strlen(syntax) + strlen(syntax) % 2);
    uint8_t length[4] = { (uint8_t)(8 + uid), 0, 0, 0 };
    put_value(b, 0x00020000, "UL", length, 4);
    put_text(b, 0x00020010, "UI", syntax);
    put_text(b, 0x00080016, "UI", DX_STORAGE);
    put_text(b, 0x00080060, "CS", "DX");
}

/* The image pixel module of a one-channel picture, up to the pixel representation. */
static inline void put_layout(struct builder *b, const char *photometric, int rows, int cols,
                              int allocated, int stored, int is_signed)
{
    put_us(b, 0x00280002, 1);
    put_text(b, 0x00280004, "CS", photometric);
    put_us(b, 0x00280010, rows);
    put_us(b, 0x00280011, cols);
    put_us(b, 0x00280100, allocated);
    put_us(b, 0x00280101, stored);
    put_us(b, 0x00280102, stored - 1);
    put_us(b, 0x00280103, is_signed);
}

static inline void put_pixels16(struct builder *b, const int *values, int count)
{
    put_head(b, 0x7fe00010, "OW", (uint32_t)(count * 2));
    for (int i = 0; i < count; i++) {
        put_number(b, (uint32_t)values[i], 2);
    }
}

#endif
