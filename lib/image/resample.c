/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fitting a film onto a grid. The filter is the library's; what is decided here is how many rows
 * and columns the film takes, where it lies, and how to get back.
 */
#include <hipnet/resample.h>

#include "vips_door.h"

#include <math.h>
#include <string.h>

struct resizing {
    const hn_image *image;
    int64_t rows, cols; /* of the result */
    float *pixels;      /* where it goes */
    int64_t stride;     /* from one row to the next there */
};

static void copy_rows(const struct resizing *r, const float *from)
{
    for (int64_t row = 0; row < r->rows; row++) {
        memcpy(r->pixels + row * r->stride, from + row * r->cols, (size_t)r->cols * sizeof *from);
    }
}

static hn_status resize(void *context)
{
    const struct resizing *r = context;
    const hn_image *image = r->image;
    if (r->rows == image->rows && r->cols == image->cols) {
        copy_rows(r, image->pixels);
        return HN_OK;
    }
    size_t size = (size_t)(image->rows * image->cols) * sizeof(float);
    VIPS_DOOR_AUTO VipsImage *in = vips_image_new_from_memory(
        image->pixels, size, (int)image->cols, (int)image->rows, 1, VIPS_FORMAT_FLOAT);
    VIPS_DOOR_AUTO VipsImage *resized = NULL;
    double across = (double)r->cols / (double)image->cols;
    double down = (double)r->rows / (double)image->rows;
    /* the library's filter masks end at a reduction of 1000: beyond, boxes are averaged first */
    double gap = across < 0.002 || down < 0.002 ? 2.0 : 0.0;
    if (in == NULL || vips_resize(in, &resized, across, "vscale", down, "kernel",
                                  VIPS_KERNEL_LINEAR, "gap", gap, NULL) != 0) {
        return vips_door_failed("resampling", "refused");
    }
    if (vips_image_get_width(resized) != (int)r->cols ||
        vips_image_get_height(resized) != (int)r->rows) {
        return hn_fail(HN_ESHAPE, "resampling gave %d x %d pixels in place of %lld x %lld",
                       vips_image_get_height(resized), vips_image_get_width(resized),
                       (long long)r->rows, (long long)r->cols);
    }
    size_t written = 0;
    float *pixels = vips_image_write_to_memory(resized, &written);
    if (pixels == NULL) {
        return vips_door_failed("resampling", "stopped");
    }
    copy_rows(r, pixels);
    g_free(pixels);
    return HN_OK;
}

static void take_over(hn_image *out, const hn_image *image, double row_scale, double col_scale)
{
    out->bits = image->bits;
    out->maximum = image->maximum;
    memcpy(out->note, image->note, sizeof out->note);
    hn_image_set_spacing(out, image->spacing_mm[0] / row_scale, image->spacing_mm[1] / col_scale,
                         image->spacing);
}

hn_status hn_image_resize(hn_image *out, const hn_image *image, int64_t rows, int64_t cols)
{
    hn_assert(out != image && image->pixels != NULL);
    HN_TRY(hn_image_new(out, rows, cols));
    struct resizing r = {
        .image = image, .rows = rows, .cols = cols, .pixels = out->pixels, .stride = cols
    };
    hn_status status = vips_door_run(resize, &r);
    if (status != HN_OK) {
        hn_image_clear(out);
        return status;
    }
    take_over(out, image, (double)rows / (double)image->rows, (double)cols / (double)image->cols);
    return HN_OK;
}

static int64_t clamp_side(double side, int64_t limit)
{
    int64_t whole = (int64_t)floor(side + 0.5);
    return whole < 1 ? 1 : whole > limit ? limit : whole;
}

static hn_geometry fit_geometry(const hn_image *image, int64_t rows, int64_t cols)
{
    double down = (double)rows / (double)image->rows;
    double across = (double)cols / (double)image->cols;
    double scale = down < across ? down : across;
    hn_geometry g = {
        .source_rows = image->rows, .source_cols = image->cols, .rows = rows, .cols = cols
    };
    g.inner[0] = clamp_side(scale * (double)image->rows, rows);
    g.inner[1] = clamp_side(scale * (double)image->cols, cols);
    g.offset[0] = (rows - g.inner[0]) / 2;
    g.offset[1] = (cols - g.inner[1]) / 2;
    g.scale[0] = (double)g.inner[0] / (double)image->rows;
    g.scale[1] = (double)g.inner[1] / (double)image->cols;
    return g;
}

hn_status hn_image_fit(hn_image *out, hn_geometry *geometry, const hn_image *image, int64_t rows,
                       int64_t cols, float pad)
{
    hn_assert(out != image && image->pixels != NULL);
    HN_TRY(hn_image_new(out, rows, cols));
    hn_geometry g = fit_geometry(image, rows, cols);
    if (pad != 0.0f) {
        for (int64_t i = 0; i < rows * cols; i++) {
            out->pixels[i] = pad;
        }
    }
    struct resizing r = { .image = image,
                          .rows = g.inner[0],
                          .cols = g.inner[1],
                          .pixels = out->pixels + g.offset[0] * cols + g.offset[1],
                          .stride = cols };
    hn_status status = vips_door_run(resize, &r);
    if (status != HN_OK) {
        hn_image_clear(out);
        return status;
    }
    take_over(out, image, g.scale[0], g.scale[1]);
    if (geometry != NULL) {
        *geometry = g;
    }
    return HN_OK;
}

void hn_geometry_to_source(const hn_geometry *geometry, double row, double col, double *source_row,
                           double *source_col)
{
    *source_row = (row - (double)geometry->offset[0] + 0.5) / geometry->scale[0] - 0.5;
    *source_col = (col - (double)geometry->offset[1] + 0.5) / geometry->scale[1] - 0.5;
    if (geometry->mirrored) {
        *source_col = (double)(geometry->source_cols - 1) - *source_col;
    }
}

void hn_geometry_from_source(const hn_geometry *geometry, double source_row, double source_col,
                             double *row, double *col)
{
    if (geometry->mirrored) {
        source_col = (double)(geometry->source_cols - 1) - source_col;
    }
    *row = (source_row + 0.5) * geometry->scale[0] - 0.5 + (double)geometry->offset[0];
    *col = (source_col + 0.5) * geometry->scale[1] - 0.5 + (double)geometry->offset[1];
}
