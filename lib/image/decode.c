/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the bytes of a PNG, JPEG or TIFF to one channel of float. The library decodes strip by
 * strip; each strip is turned into gray and put in its place, so that no second copy of the
 * picture ever exists.
 */
#include <hipnet/decode.h>

#include "vips_door.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <stdio.h>
#include <string.h>

#define FILE_LIMIT ((size_t)1 << 30)
#define STRIP_ROWS 64

/* deflate makes at most 1032 bytes out of one; some slack for what is not image data */
#define PNG_MAX_RATIO 1100
/* Huffman coding spends at least a bit on each block of 64 pixels */
#define JPEG_MAX_PIXELS_PER_BYTE 512

enum colour { GRAY, RGB, CMYK };

struct decoding {
    const uint8_t *bytes;
    size_t size;
    const char *name;
    hn_raster_facts facts;
    enum colour colour;
    int first_alpha;  /* index of the alpha sample, or -1 */
    bool wide;        /* 16-bit samples */
    bool transparent; /* some pixel was not opaque */
    bool tolerant;    /* warnings of the JPEG library are let pass */
    hn_image image;
};

static const uint8_t png_signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

hn_raster_format hn_raster_detect(const void *bytes, size_t size)
{
    const uint8_t *b = bytes;
    if (size >= 8 && memcmp(b, png_signature, 8) == 0) {
        return HN_RASTER_PNG;
    }
    if (size >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff) {
        return HN_RASTER_JPEG;
    }
    if (size >= 4 && (memcmp(b, "II*\0", 4) == 0 || memcmp(b, "MM\0*", 4) == 0 ||
                      memcmp(b, "II+\0", 4) == 0 || memcmp(b, "MM\0+", 4) == 0)) {
        return HN_RASTER_TIFF;
    }
    return HN_RASTER_NONE;
}

const char *hn_raster_format_name(hn_raster_format format)
{
    static const char *const names[] = { "unknown", "PNG", "JPEG", "TIFF" };
    return names[(unsigned)format < HN_COUNT_OF(names) ? (unsigned)format : 0];
}

static uint32_t big_endian32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* What the PNG header says; the library reports the picture after its own expansions. */
static hn_status read_png_header(struct decoding *d)
{
    static const char samples_of[7] = { 1, 0, 3, 1, 2, 0, 4 };
    if (d->size < 33 || memcmp(d->bytes + 12, "IHDR", 4) != 0) {
        return hn_fail(HN_EFORMAT, "%s: the PNG header is missing or cut off", d->name);
    }
    uint64_t cols = big_endian32(d->bytes + 16);
    uint64_t rows = big_endian32(d->bytes + 20);
    int type = d->bytes[25];
    d->facts.bits = d->bytes[24];
    d->facts.palette = type == 3;
    d->facts.interlaced = d->bytes[28] != 0;
    uint64_t samples = type < 7 ? (uint64_t)samples_of[type] : 0;
    uint64_t raw = rows * ((cols * samples * d->bytes[24] + 7) / 8);
    if (rows <= INT32_MAX && cols <= INT32_MAX && raw / PNG_MAX_RATIO > d->size) {
        return hn_fail(HN_EFORMAT, "%s: %llu bytes cannot hold a PNG of %llu x %llu pixels",
                       d->name, (unsigned long long)d->size, (unsigned long long)rows,
                       (unsigned long long)cols);
    }
    return HN_OK;
}

static int meta_int(VipsImage *in, const char *key, int fallback)
{
    int value = fallback;
    if (vips_image_get_typeof(in, key) == G_TYPE_INT && vips_image_get_int(in, key, &value) != 0) {
        vips_error_clear();
        value = fallback;
    }
    return value;
}

static VipsImage *open_lazily(const struct decoding *d)
{
    VipsImage *in = NULL;
    void *bytes = (void *)(uintptr_t)d->bytes;
    VipsFailOn fail_on = VIPS_FAIL_ON_ERROR;
    VipsAccess access = VIPS_ACCESS_SEQUENTIAL;
    switch (d->facts.format) {
    case HN_RASTER_PNG:
        vips_pngload_buffer(bytes, d->size, &in, "fail_on", fail_on, "access", access, NULL);
        break;
    case HN_RASTER_JPEG:
        /* its decoder fills up damaged blocks and calls that a warning */
        fail_on = d->tolerant ? VIPS_FAIL_ON_ERROR : VIPS_FAIL_ON_WARNING;
        vips_jpegload_buffer(bytes, d->size, &in, "fail_on", fail_on, "access", access, NULL);
        break;
    case HN_RASTER_TIFF:
        vips_tiffload_buffer(bytes, d->size, &in, "fail_on", fail_on, "access", access, NULL);
        break;
    default:
        break;
    }
    return in;
}

static hn_status check_size(const struct decoding *d)
{
    int64_t rows = d->facts.rows;
    int64_t cols = d->facts.cols;
    if (rows < 1 || cols < 1 || rows > HN_IMAGE_MAX_SIDE || cols > HN_IMAGE_MAX_SIDE ||
        rows * cols > HN_IMAGE_MAX_PIXELS) {
        return hn_fail(HN_EUNSUPPORTED,
                       "%s: %lld x %lld pixels; at most %lld a side and %lld in all are read",
                       d->name, (long long)rows, (long long)cols, (long long)HN_IMAGE_MAX_SIDE,
                       (long long)HN_IMAGE_MAX_PIXELS);
    }
    if (d->facts.format == HN_RASTER_JPEG &&
        rows * cols / JPEG_MAX_PIXELS_PER_BYTE > (int64_t)d->size) {
        return hn_fail(HN_EFORMAT, "%s: %llu bytes cannot hold a JPEG of %lld x %lld pixels",
                       d->name, (unsigned long long)d->size, (long long)rows, (long long)cols);
    }
    return HN_OK;
}

/* Which samples make up a pixel. Samples other than 8 and 16 bit unsigned are refused. */
static hn_status read_layout(struct decoding *d, VipsImage *in)
{
    VipsInterpretation meaning = vips_image_get_interpretation(in);
    VipsBandFormat sample = vips_image_get_format(in);
    int bands = vips_image_get_bands(in);
    if (sample != VIPS_FORMAT_UCHAR && sample != VIPS_FORMAT_USHORT) {
        return hn_fail(HN_EUNSUPPORTED, "%s: samples of type %s; unsigned 8 and 16 bit are read",
                       d->name, vips_enum_nick(VIPS_TYPE_BAND_FORMAT, (int)sample));
    }
    if (meaning == VIPS_INTERPRETATION_LAB || meaning == VIPS_INTERPRETATION_LABS ||
        meaning == VIPS_INTERPRETATION_XYZ || bands < 1 || bands > 5 ||
        (bands == 5 && meaning != VIPS_INTERPRETATION_CMYK)) {
        return hn_fail(HN_EUNSUPPORTED,
                       "%s: %d samples per pixel in colour space %s; gray, RGB and CMYK are read",
                       d->name, bands, vips_enum_nick(VIPS_TYPE_INTERPRETATION, (int)meaning));
    }
    d->wide = sample == VIPS_FORMAT_USHORT;
    d->colour = bands < 3 ? GRAY : meaning == VIPS_INTERPRETATION_CMYK ? CMYK : RGB;
    int opaque = d->colour == GRAY ? 1 : d->colour == RGB ? 3 : 4;
    d->first_alpha = bands > opaque ? opaque : -1;

    static const char *const colours[] = { "gray", "rgb", "cmyk" };
    hn_raster_facts *facts = &d->facts;
    snprintf(facts->colour, sizeof facts->colour, "%s", colours[d->colour]);
    facts->bands = bands;
    facts->alpha = d->first_alpha >= 0;
    facts->icc_profile = vips_image_get_typeof(in, VIPS_META_ICC_NAME) != 0;
    facts->orientation = vips_image_get_orientation(in);
    facts->pages = vips_image_get_n_pages(in);
    if (facts->format != HN_RASTER_PNG) {
        facts->bits = meta_int(in, "bits-per-sample", d->wide ? 16 : 8);
        facts->interlaced = meta_int(in, "jpeg-multiscan", 0) != 0;
    }
    return HN_OK;
}

/* 0.299 R + 0.587 G + 0.114 B, exact where the three are equal. */
static inline float luminance(float red, float green, float blue)
{
    return (299.0f * red + 587.0f * green + 114.0f * blue) / 1000.0f;
}

/* One row of samples to gray; a macro for both widths, so that the loops stay simple enough
 * for the compiler to vectorise. */
#define UNPACK(type)                                                                               \
    static void unpack_##type(float *out, const type *in, int64_t cols, int bands,                 \
                              enum colour colour, float white)                                     \
    {                                                                                              \
        if (colour == GRAY) {                                                                      \
            for (int64_t i = 0; i < cols; i++) {                                                   \
                out[i] = (float)in[i * bands];                                                     \
            }                                                                                      \
        } else if (colour == RGB) {                                                                \
            for (int64_t i = 0; i < cols; i++) {                                                   \
                const type *p = in + i * bands;                                                    \
                out[i] = luminance((float)p[0], (float)p[1], (float)p[2]);                         \
            }                                                                                      \
        } else {                                                                                   \
            for (int64_t i = 0; i < cols; i++) {                                                   \
                const type *p = in + i * bands;                                                    \
                float gray =                                                                       \
                    luminance(white - (float)p[0], white - (float)p[1], white - (float)p[2]);      \
                out[i] = gray * (white - (float)p[3]) / white;                                     \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static bool composite_##type(float *out, const type *alpha, int64_t cols, int bands,           \
                                 float white)                                                      \
    {                                                                                              \
        bool transparent = false;                                                                  \
        for (int64_t i = 0; i < cols; i++) {                                                       \
            float a = (float)alpha[i * bands];                                                     \
            transparent = transparent || a < white;                                                \
            out[i] = a < white ? out[i] * a / white : out[i];                                      \
        }                                                                                          \
        return transparent;                                                                        \
    }
UNPACK(uint8_t)
UNPACK(uint16_t)

static void unpack_row(struct decoding *d, float *out, const void *in)
{
    int64_t cols = d->facts.cols;
    int bands = d->facts.bands;
    if (d->wide) {
        unpack_uint16_t(out, in, cols, bands, d->colour, 65535.0f);
        if (d->first_alpha >= 0) {
            const uint16_t *alpha = (const uint16_t *)in + d->first_alpha;
            d->transparent |= composite_uint16_t(out, alpha, cols, bands, 65535.0f);
        }
    } else {
        unpack_uint8_t(out, in, cols, bands, d->colour, 255.0f);
        if (d->first_alpha >= 0) {
            const uint8_t *alpha = (const uint8_t *)in + d->first_alpha;
            d->transparent |= composite_uint8_t(out, alpha, cols, bands, 255.0f);
        }
    }
}

/* Where a stored row goes under each EXIF orientation: the place of its first pixel and the step
 * to the next one, in pixels of the upright picture. */
static void place_row(const struct decoding *d, int64_t row, int64_t *first, int64_t *step)
{
    int64_t last_row = d->facts.rows - 1;
    int64_t last_col = d->facts.cols - 1;
    int64_t width = d->image.cols;
    switch (d->facts.orientation) {
    case 2: /* mirrored left to right */
        *first = row * width + last_col, *step = -1;
        break;
    case 3: /* upside down */
        *first = (last_row - row) * width + last_col, *step = -1;
        break;
    case 4: /* mirrored top to bottom */
        *first = (last_row - row) * width, *step = 1;
        break;
    case 5: /* transposed */
        *first = row, *step = width;
        break;
    case 6: /* to be turned clockwise */
        *first = last_row - row, *step = width;
        break;
    case 7: /* transposed about the other diagonal */
        *first = last_col * width + last_row - row, *step = -width;
        break;
    case 8: /* to be turned counter-clockwise */
        *first = last_col * width + row, *step = -width;
        break;
    default:
        *first = row * width, *step = 1;
        break;
    }
}

static hn_status decode_strips(struct decoding *d, VipsImage *in)
{
    int64_t rows = d->facts.rows;
    int64_t cols = d->facts.cols;
    VIPS_DOOR_AUTO VipsRegion *region = vips_region_new(in);
    HN_AUTOFREE float *line = hn_alloc((size_t)cols * sizeof *line);
    if (region == NULL || line == NULL) {
        return HN_ENOMEM;
    }
    for (int64_t top = 0; top < rows; top += STRIP_ROWS) {
        int height = (int)(rows - top < STRIP_ROWS ? rows - top : STRIP_ROWS);
        VipsRect strip = { .left = 0, .top = (int)top, .width = (int)cols, .height = height };
        if (vips_region_prepare(region, &strip) != 0) {
            return vips_door_failed(d->name, "damaged or cut-off picture data");
        }
        for (int64_t row = top; row < top + height; row++) {
            const void *samples = region->data + (row - region->valid.top) * region->bpl;
            int64_t first = 0;
            int64_t step = 0;
            place_row(d, row, &first, &step);
            float *target = d->image.pixels + first;
            if (step == 1) {
                unpack_row(d, target, samples);
                continue;
            }
            unpack_row(d, line, samples);
            for (int64_t col = 0; col < cols; col++) {
                target[col * step] = line[col];
            }
        }
    }
    return HN_OK;
}

static void write_note(struct decoding *d)
{
    hn_image *image = &d->image;
    const hn_raster_facts *facts = &d->facts;
    if (facts->palette) {
        hn_image_note(image, "palette looked up");
    }
    if (d->colour != GRAY) {
        hn_image_note(image, "%s to luminance", d->colour == RGB ? "RGB" : "CMYK");
    }
    if (d->transparent) {
        hn_image_note(image, "alpha on black");
    }
    if (facts->orientation > 1) {
        hn_image_note(image, "orientation %d applied", facts->orientation);
    }
    if (facts->icc_profile) {
        hn_image_note(image, "ICC profile not applied");
    }
    if (d->tolerant) {
        hn_image_note(image, "irregular JPEG markers passed over");
    }
    if (facts->pages > 1) {
        hn_image_note(image, "page 1 of %d", facts->pages);
    }
}

static hn_status decode(void *context)
{
    struct decoding *d = context;
    d->transparent = false;
    d->facts = (hn_raster_facts) { .format = hn_raster_detect(d->bytes, d->size) };
    if (d->facts.format == HN_RASTER_PNG) {
        HN_TRY(read_png_header(d));
    }
    VIPS_DOOR_AUTO VipsImage *in = open_lazily(d);
    if (in == NULL) {
        return vips_door_failed(d->name, "a header that cannot be read");
    }
    d->facts.rows = vips_image_get_height(in);
    d->facts.cols = vips_image_get_width(in);
    HN_TRY(check_size(d));
    HN_TRY(read_layout(d, in));
    bool turned = d->facts.orientation >= 5;
    HN_TRY(hn_image_new(&d->image, turned ? d->facts.cols : d->facts.rows,
                        turned ? d->facts.rows : d->facts.cols));
    d->image.bits = d->facts.bits;
    d->image.maximum = d->wide ? 65535.0f : 255.0f;
    HN_TRY(decode_strips(d, in));
    write_note(d);
    return HN_OK;
}

/* What the JPEG library warns of although every block is there. */
static bool harmless(const char *words)
{
    static const char *const known[] = { "extraneous bytes", "Unknown Adobe color transform",
                                         "unknown JFIF revision", "Inconsistent progression" };
    for (size_t i = 0; i < HN_COUNT_OF(known); i++) {
        if (strstr(words, known[i]) != NULL) {
            return true;
        }
    }
    return false;
}

hn_status hn_image_decode(hn_image *out, hn_raster_facts *facts, const void *bytes, size_t size,
                          const char *name)
{
    hn_image_clear(out);
    if (size == 0) {
        return hn_fail(HN_EFORMAT, "%s: an empty file", name);
    }
    if (hn_raster_detect(bytes, size) == HN_RASTER_NONE) {
        return hn_fail(HN_EFORMAT, "%s: by its first bytes neither PNG nor JPEG nor TIFF", name);
    }
    struct decoding d = { .bytes = bytes, .size = size, .name = name, .image = HN_IMAGE_INIT };
    hn_status status = vips_door_run(decode, &d);
    if (status == HN_EFORMAT && d.facts.format == HN_RASTER_JPEG && harmless(hn_error_message())) {
        d.tolerant = true;
        status = vips_door_run(decode, &d);
    }
    if (facts != NULL) {
        *facts = d.facts;
    }
    if (status != HN_OK) {
        hn_image_clear(&d.image);
        return status;
    }
    *out = d.image;
    return HN_OK;
}

hn_status hn_image_read(hn_image *out, hn_raster_facts *facts, const char *path)
{
    hn_image_clear(out);
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, FILE_LIMIT));
    return hn_image_decode(out, facts, bytes, size, path);
}
