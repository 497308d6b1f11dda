/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * image.h: one radiograph in memory.
 *
 * An hn_image is one channel of float pixels, row by row from the top left corner, with its
 * spacing and a note on how it came about. It is a caller's struct: start from HN_IMAGE_INIT,
 * fill it with one of the functions below (decode.h reads files, hn_image_adopt takes pixels
 * from elsewhere), clear it. A function that fills an image clears what was in it before; on
 * failure the image is empty.
 *
 * Coordinates: pixel (row, col) covers the unit square around its centre; (0, 0) is the centre
 * of the top left pixel, so the picture reaches from -0.5 to rows - 0.5.
 */
#ifndef HIPNET_IMAGE_H
#define HIPNET_IMAGE_H

#include <hipnet/error.h>
#include <hipnet/spacing.h>
#include <stdbool.h>
#include <stdint.h>

#define HN_IMAGE_NOTE_SIZE 192

/* No picture has more pixels than this; headers are checked against it before decoding. */
#define HN_IMAGE_MAX_PIXELS INT64_C(200000000)
#define HN_IMAGE_MAX_SIDE INT64_C(65535)

typedef struct hn_image {
    int64_t rows, cols;
    float *pixels;         /* rows * cols values, owned by the image */
    int bits;              /* bits per sample of the source: 1 to 16, 32; 0 unknown */
    float maximum;         /* the value of full white: 255, 65535; 1 after windowing */
    double spacing_mm[2];  /* between the centres of rows, of columns; NaN when unknown */
    hn_spacing_meaning spacing;
    char note[HN_IMAGE_NOTE_SIZE]; /* "RGB to luminance; alpha on black"; "" when there is none */
} hn_image;

#define HN_IMAGE_INIT ((hn_image){ .spacing_mm = { __builtin_nan(""), __builtin_nan("") } })

/* Room for rows * cols pixels, all zero. HN_EUNSUPPORTED beyond the limits above. */
HN_API hn_status hn_image_new(hn_image *out, int64_t rows, int64_t cols) HN_MUST_CHECK;
/* Takes over `pixels` (from hn_alloc); they are freed with the image. */
HN_API void hn_image_adopt(hn_image *out, int64_t rows, int64_t cols, float *pixels, int bits,
                           float maximum);
HN_API hn_status hn_image_copy(hn_image *out, const hn_image *image) HN_MUST_CHECK;
HN_API void hn_image_clear(hn_image *image);
#define HN_AUTO_IMAGE HN_CLEANUP(hn_image_clear) hn_image

HN_API void hn_image_set_spacing(hn_image *image, double row_mm, double col_mm,
                                 hn_spacing_meaning meaning);
/* Adds words to the note, after "; " when there are some; what does not fit is cut off. */
HN_API void hn_image_note(hn_image *image, const char *format, ...) HN_PRINTF(2, 3);

/* Left becomes right, in place. */
HN_API void hn_image_mirror(hn_image *image);
/* white - value for every pixel, in place. */
HN_API void hn_image_invert(hn_image *image);

HN_API void hn_image_range(const hn_image *image, float *minimum, float *maximum, double *mean);

#endif
