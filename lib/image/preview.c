/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG files for people. The library encodes into memory and the base writes, so that an
 * interrupted program leaves no half picture behind.
 */
#include <hipnet/preview.h>

#include "vips_door.h"

#include <hipnet/file.h>
#include <hipnet/intensity.h>
#include <hipnet/memory.h>
#include <string.h>

struct encoding {
    const void *pixels;
    int64_t rows, cols;
    int channels;
    bool wide;
    uint8_t *bytes;
    size_t size;
};

static hn_status encode(void *context)
{
    struct encoding *e = context;
    size_t size = (size_t)(e->rows * e->cols) * (size_t)e->channels * (e->wide ? 2 : 1);
    VIPS_DOOR_AUTO VipsImage *in =
        vips_image_new_from_memory(e->pixels, size, (int)e->cols, (int)e->rows, e->channels,
                                   e->wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
    VIPS_DOOR_AUTO VipsImage *named = NULL;
    VipsInterpretation meaning = e->wide            ? VIPS_INTERPRETATION_GREY16
                                 : e->channels == 3 ? VIPS_INTERPRETATION_sRGB
                                                    : VIPS_INTERPRETATION_B_W;
    void *png = NULL;
    if (in == NULL || vips_copy(in, &named, "interpretation", meaning, NULL) != 0 ||
        vips_pngsave_buffer(named, &png, &e->size, "strip", TRUE, "compression", 6, "bitdepth",
                            e->wide ? 16 : 8, NULL) != 0) {
        return vips_door_failed("preview", "not encoded");
    }
    e->bytes = hn_alloc(e->size);
    if (e->bytes != NULL) {
        memcpy(e->bytes, png, e->size);
    }
    g_free(png);
    return e->bytes != NULL ? HN_OK : HN_ENOMEM;
}

static hn_status encode_checked(struct encoding *e)
{
    if (e->rows < 1 || e->cols < 1 || e->rows > HN_IMAGE_MAX_SIDE || e->cols > HN_IMAGE_MAX_SIDE ||
        e->rows * e->cols > HN_IMAGE_MAX_PIXELS || (e->channels != 1 && e->channels != 3)) {
        return hn_fail(HN_ESHAPE, "a preview of %lld x %lld pixels with %d channels",
                       (long long)e->rows, (long long)e->cols, e->channels);
    }
    return vips_door_run(encode, e);
}

hn_status hn_preview_encode(uint8_t **bytes, size_t *size, const uint8_t *pixels, int64_t rows,
                            int64_t cols, int channels)
{
    struct encoding e = { .pixels = pixels, .rows = rows, .cols = cols, .channels = channels };
    HN_TRY(encode_checked(&e));
    *bytes = e.bytes;
    *size = e.size;
    return HN_OK;
}

static hn_status write_encoded(struct encoding *e, const char *path, bool force)
{
    HN_TRY(hn_file_may_write(path, force));
    HN_TRY(encode_checked(e));
    hn_status status = hn_file_write(path, (const char *)e->bytes, e->size, force);
    hn_free(e->bytes);
    return status;
}

hn_status hn_preview_write(const char *path, bool force, const uint8_t *pixels, int64_t rows,
                           int64_t cols, int channels)
{
    struct encoding e = { .pixels = pixels, .rows = rows, .cols = cols, .channels = channels };
    return write_encoded(&e, path, force);
}

hn_status hn_preview_write_u16(const char *path, bool force, const uint16_t *pixels, int64_t rows,
                               int64_t cols)
{
    struct encoding e = {
        .pixels = pixels, .rows = rows, .cols = cols, .channels = 1, .wide = true
    };
    return write_encoded(&e, path, force);
}

hn_status hn_preview_write_image(const char *path, bool force, const hn_image *image)
{
    HN_AUTOFREE uint8_t *pixels = hn_alloc((size_t)(image->rows * image->cols));
    if (pixels == NULL) {
        return HN_ENOMEM;
    }
    hn_image_to_u8(pixels, image);
    return hn_preview_write(path, force, pixels, image->rows, image->cols, 1);
}
