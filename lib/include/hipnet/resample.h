/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resample.h: a picture of any size onto a fixed grid, with aspect kept and a way back.
 *
 * The filter is a triangle as wide as the reduction (antialiasing; bilinear when enlarging).
 * It has no negative lobes: a sharper one draws dark lines beside metal, and a dark line
 * beside an implant is exactly what a reader of these films looks for.
 */
#ifndef HIPNET_RESAMPLE_H
#define HIPNET_RESAMPLE_H

#include <hipnet/image.h>

/* How pixel coordinates of the result map to those of the source, per axis [row, col]:
 *   source = (result - offset + 0.5) / scale - 0.5 */
typedef struct hn_geometry {
    int64_t source_rows, source_cols;
    int64_t rows, cols;         /* the grid */
    double scale[2];            /* result pixels per source pixel */
    int64_t offset[2];          /* first row and column that hold the picture */
    int64_t inner[2];           /* rows and columns that hold the picture */
    bool mirrored;              /* left and right were exchanged before resampling */
} hn_geometry;

HN_API void hn_geometry_to_source(const hn_geometry *geometry, double row, double col,
                                  double *source_row, double *source_col);
HN_API void hn_geometry_from_source(const hn_geometry *geometry, double source_row,
                                    double source_col, double *row, double *col);

/* Fits `image` into rows * cols (letterbox), centred, the rest filled with `pad`. Pad after
 * windowing, with 0: a film's background is black then. `geometry` may be NULL. The spacing of
 * `out` is that of the new grid. `out` and `image` differ. */
HN_API hn_status hn_image_fit(hn_image *out, hn_geometry *geometry, const hn_image *image,
                              int64_t rows, int64_t cols, float pad) HN_MUST_CHECK;

/* Exactly rows * cols, aspect not kept. */
HN_API hn_status hn_image_resize(hn_image *out, const hn_image *image, int64_t rows, int64_t cols)
    HN_MUST_CHECK;

#endif
