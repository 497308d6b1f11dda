/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The picture itself: room for its pixels, its spacing and its note. Everything here is plain
 * memory; files are decode.c, other sizes resample.c, other gray scales intensity.c.
 */
#include <hipnet/image.h>

#include <hipnet/memory.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hn_status hn_image_new(hn_image *out, int64_t rows, int64_t cols)
{
    hn_image_clear(out);
    if (rows < 1 || cols < 1) {
        return hn_fail(HN_ESHAPE, "a picture of %lld x %lld pixels holds nothing", (long long)rows,
                       (long long)cols);
    }
    if (rows > HN_IMAGE_MAX_SIDE || cols > HN_IMAGE_MAX_SIDE || rows * cols > HN_IMAGE_MAX_PIXELS) {
        return hn_fail(HN_EUNSUPPORTED, "a picture of %lld x %lld pixels is over the limit of %lld",
                       (long long)rows, (long long)cols, (long long)HN_IMAGE_MAX_PIXELS);
    }
    float *pixels = hn_calloc((size_t)(rows * cols), sizeof *pixels);
    if (pixels == NULL) {
        return HN_ENOMEM;
    }
    hn_image_adopt(out, rows, cols, pixels, 0, 1.0f);
    return HN_OK;
}

void hn_image_adopt(hn_image *out, int64_t rows, int64_t cols, float *pixels, int bits,
                    float maximum)
{
    hn_image_clear(out);
    out->rows = rows;
    out->cols = cols;
    out->pixels = pixels;
    out->bits = bits;
    out->maximum = maximum;
}

hn_status hn_image_copy(hn_image *out, const hn_image *image)
{
    HN_TRY(hn_image_new(out, image->rows, image->cols));
    memcpy(out->pixels, image->pixels, (size_t)(image->rows * image->cols) * sizeof *out->pixels);
    float *pixels = out->pixels;
    *out = *image;
    out->pixels = pixels;
    return HN_OK;
}

void hn_image_clear(hn_image *image)
{
    hn_free(image->pixels);
    *image = HN_IMAGE_INIT;
}

void hn_image_set_spacing(hn_image *image, double row_mm, double col_mm, hn_spacing_meaning meaning)
{
    bool known = meaning != HN_SPACING_NONE && isfinite(row_mm) && isfinite(col_mm) && row_mm > 0 &&
                 col_mm > 0;
    image->spacing = known ? meaning : HN_SPACING_NONE;
    image->spacing_mm[0] = known ? row_mm : NAN;
    image->spacing_mm[1] = known ? col_mm : NAN;
}

void hn_image_note(hn_image *image, const char *format, ...)
{
    size_t used = strnlen(image->note, sizeof image->note - 1);
    if (used > 0 && used + 3 < sizeof image->note) {
        memcpy(image->note + used, "; ", 3);
        used += 2;
    }
    va_list values;
    va_start(values, format);
    vsnprintf(image->note + used, sizeof image->note - used, format, values);
    va_end(values);
}

void hn_image_mirror(hn_image *image)
{
    for (int64_t row = 0; row < image->rows; row++) {
        float *left = image->pixels + row * image->cols;
        float *right = left + image->cols - 1;
        while (left < right) {
            float value = *left;
            *left++ = *right;
            *right-- = value;
        }
    }
}

void hn_image_invert(hn_image *image)
{
    float white = image->maximum;
    for (int64_t i = 0; i < image->rows * image->cols; i++) {
        image->pixels[i] = white - image->pixels[i];
    }
}

void hn_image_range(const hn_image *image, float *minimum, float *maximum, double *mean)
{
    float low = INFINITY;
    float high = -INFINITY;
    double sum = 0;
    for (int64_t row = 0; row < image->rows; row++) {
        const float *line = image->pixels + row * image->cols;
        double line_sum = 0;
        for (int64_t col = 0; col < image->cols; col++) {
            low = line[col] < low ? line[col] : low;
            high = line[col] > high ? line[col] : high;
            line_sum += (double)line[col];
        }
        sum += line_sum;
    }
    *minimum = low;
    *maximum = high;
    *mean = sum / (double)(image->rows * image->cols);
}
