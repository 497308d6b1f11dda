/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode.h: the one door to the raster codecs (libvips: PNG, JPEG, TIFF).
 *
 * A file is what its first bytes say, whatever its name. Choices, the same for every file:
 *   - colour becomes luminance: 0.299 R + 0.587 G + 0.114 B of the values as stored (Rec. 601);
 *     CMYK becomes RGB by (1 - C)(1 - K) first. ICC profiles are not applied: a radiograph's
 *     gray values are measurements, and an embedded profile describes somebody's screen.
 *   - alpha is composited on black.
 *   - EXIF and TIFF orientation is applied.
 *   - a palette is looked up; 1-, 2- and 4-bit samples become 8-bit ones; TIFF "white is zero" is
 *     inverted, so that a larger value is always brighter.
 *   - the first page of several is read, and the note says how many there were.
 *   - the resolution of the file (dpi) is not taken as a spacing: it speaks of printing.
 * A file that ends too early or holds damaged data is refused, never filled up.
 *
 * Every function may be called from several threads at once; each call uses one thread.
 */
#ifndef HIPNET_DECODE_H
#define HIPNET_DECODE_H

#include <hipnet/image.h>
#include <stddef.h>

typedef enum hn_raster_format {
    HN_RASTER_NONE = 0,
    HN_RASTER_PNG,
    HN_RASTER_JPEG,
    HN_RASTER_TIFF,
} hn_raster_format;

/* What a raster file says of itself. */
typedef struct hn_raster_facts {
    hn_raster_format format;
    int64_t rows, cols;     /* as stored, before the orientation is applied */
    int bands;              /* samples per pixel after palette look-up, alpha included */
    int bits;               /* bits per sample as stored */
    bool alpha;
    bool palette;
    bool interlaced;        /* PNG interlaced, JPEG progressive */
    bool icc_profile;
    int orientation;        /* EXIF numbers 1 to 8 */
    int pages;
    char colour[16];        /* "gray", "rgb", "cmyk" */
} hn_raster_facts;

/* By the first bytes alone. */
HN_API hn_raster_format hn_raster_detect(const void *bytes, size_t size);
HN_API const char *hn_raster_format_name(hn_raster_format format); /* "PNG", "JPEG", "TIFF" */

/* Decodes a file in memory; `name` stands for it in messages; `facts` may be NULL. Pixels keep
 * the range of the source: 0..255 or 0..65535. */
HN_API hn_status hn_image_decode(hn_image *out, hn_raster_facts *facts, const void *bytes,
                                 size_t size, const char *name) HN_MUST_CHECK;
/* The same from a path; files of more than 1 GiB are refused. */
HN_API hn_status hn_image_read(hn_image *out, hn_raster_facts *facts, const char *path)
    HN_MUST_CHECK;

#endif
