/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intensity.h: from a film's own gray scale to 0..1, and to the integers of the cohort file.
 */
#ifndef HIPNET_INTENSITY_H
#define HIPNET_INTENSITY_H

#include <hipnet/image.h>

typedef struct hn_intensity_window {
    float low, high; /* become 0 and 1 */
    /* the rectangle that was looked at: the picture without the rows and columns at its border
     * that hold one single value each (collimation, paper, letterbox); the whole picture when
     * nothing else is left */
    int64_t top, left, rows, cols;
    bool constant;   /* every pixel there has the same value: high == low */
} hn_intensity_window;

/* The percentiles `low_percent` and `high_percent` (0 to 100; 0.5 and 99.5 are usual) of the
 * values in that rectangle, nearest rank. Values that are not finite are an error (HN_EDATA). */
HN_API hn_status hn_intensity_percentiles(hn_intensity_window *out, const hn_image *image,
                                          double low_percent, double high_percent) HN_MUST_CHECK;

/* (value - low) / (high - low), cut to 0..1, in place; white becomes 1. A window without width
 * is a step: values above `low` become 1, others 0. */
HN_API void hn_intensity_apply(hn_image *image, float low, float high);
/* Divides by the source's full white, in place: no window at all. */
HN_API void hn_intensity_full_range(hn_image *image);

/* value / white * 255 (65535), rounded to nearest, halves up, cut to the range; NaN becomes 0.
 * `out` has rows * cols elements. */
HN_API void hn_image_to_u8(uint8_t *out, const hn_image *image);
HN_API void hn_image_to_u16(uint16_t *out, const hn_image *image);
/* The way back, white = 255 or 65535. */
HN_API hn_status hn_image_from_u8(hn_image *out, const uint8_t *pixels, int64_t rows, int64_t cols)
    HN_MUST_CHECK;
HN_API hn_status hn_image_from_u16(hn_image *out, const uint16_t *pixels, int64_t rows,
                                   int64_t cols) HN_MUST_CHECK;

#endif
