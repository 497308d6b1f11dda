/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gray scales. Percentiles are exact, whatever the range of the values: the bits of a float sort
 * like the float itself, so two histograms of 16 bits each find the value of any rank.
 */
#include <hipnet/intensity.h>

#include <hipnet/memory.h>
#include <math.h>
#include <string.h>

#define BINS 65536

/* Larger floats have larger keys; NaN sorts beyond the infinities. */
static inline uint32_t key_of(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static float value_of(uint32_t key)
{
    uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool constant_row(const hn_image *image, int64_t row)
{
    const float *line = image->pixels + row * image->cols;
    for (int64_t col = 1; col < image->cols; col++) {
        if (line[col] != line[0]) {
            return false;
        }
    }
    return true;
}

static bool constant_col(const hn_image *image, int64_t col, int64_t top, int64_t rows)
{
    const float *first = image->pixels + top * image->cols + col;
    for (int64_t row = 1; row < rows; row++) {
        if (first[row * image->cols] != *first) {
            return false;
        }
    }
    return true;
}

/* Cuts the rows at the border that hold one value each, then the columns of what is left. */
static void find_content(hn_intensity_window *w, const hn_image *image)
{
    int64_t top = 0;
    int64_t bottom = image->rows;
    int64_t left = 0;
    int64_t right = image->cols;
    while (top < bottom && constant_row(image, top)) {
        top++;
    }
    while (bottom > top && constant_row(image, bottom - 1)) {
        bottom--;
    }
    if (top == bottom) { /* every row is constant: nothing tells a border from a picture */
        top = 0;
        bottom = image->rows;
    }
    while (left < right && constant_col(image, left, top, bottom - top)) {
        left++;
    }
    while (right > left && constant_col(image, right - 1, top, bottom - top)) {
        right--;
    }
    if (left == right) {
        left = 0;
        right = image->cols;
    }
    w->top = top;
    w->left = left;
    w->rows = bottom - top;
    w->cols = right - left;
}

/* Counts the upper halves of all keys, or the lower halves of those whose upper half is `upper`. */
static void count_keys(uint32_t *bins, const hn_intensity_window *w, const hn_image *image,
                       int64_t upper)
{
    memset(bins, 0, BINS * sizeof *bins);
    for (int64_t row = w->top; row < w->top + w->rows; row++) {
        const float *line = image->pixels + row * image->cols + w->left;
        for (int64_t col = 0; col < w->cols; col++) {
            uint32_t key = key_of(line[col]);
            if (upper < 0) {
                bins[key >> 16]++;
            } else if (key >> 16 == (uint32_t)upper) {
                bins[key & 0xffff]++;
            }
        }
    }
}

/* The bin that holds the value of `rank` (from 0); `rank` becomes the rank inside it. */
static int64_t find_bin(const uint32_t *bins, int64_t *rank)
{
    int64_t bin = 0;
    while (bin < BINS - 1 && *rank >= bins[bin]) {
        *rank -= bins[bin];
        bin++;
    }
    return bin;
}

/* Nearest rank: the smallest value that at least `percent` of the values do not exceed. */
static int64_t rank_of(double percent, int64_t count)
{
    int64_t rank = (int64_t)ceil(percent / 100.0 * (double)count) - 1;
    return rank < 0 ? 0 : rank >= count ? count - 1 : rank;
}

static bool all_finite(const hn_image *image)
{
    for (int64_t i = 0; i < image->rows * image->cols; i++) {
        if (!isfinite(image->pixels[i])) {
            return false;
        }
    }
    return true;
}

hn_status hn_intensity_percentiles(hn_intensity_window *out, const hn_image *image,
                                   double low_percent, double high_percent)
{
    if (!(low_percent >= 0 && low_percent <= high_percent && high_percent <= 100)) {
        return hn_fail(HN_EUSAGE,
                       "percentiles %g and %g; two rising numbers from 0 to 100 are needed",
                       low_percent, high_percent);
    }
    if (!all_finite(image)) {
        return hn_fail(HN_EDATA, "pixel values that are not finite");
    }
    HN_AUTOFREE uint32_t *upper = hn_alloc(2 * BINS * sizeof *upper);
    if (upper == NULL) {
        return HN_ENOMEM;
    }
    uint32_t *lower = upper + BINS;
    hn_intensity_window w = { 0 };
    find_content(&w, image);
    count_keys(upper, &w, image, -1);

    int64_t counted = -1;
    float values[2];
    double percents[2] = { low_percent, high_percent };
    for (int i = 0; i < 2; i++) {
        int64_t rank = rank_of(percents[i], w.rows * w.cols);
        int64_t bin = find_bin(upper, &rank);
        if (bin != counted) {
            count_keys(lower, &w, image, bin);
            counted = bin;
        }
        values[i] = value_of((uint32_t)(bin << 16 | find_bin(lower, &rank)));
    }
    w.low = values[0];
    w.high = values[1];
    w.constant = values[0] == values[1];
    *out = w;
    return HN_OK;
}

void hn_intensity_apply(hn_image *image, float low, float high)
{
    int64_t count = image->rows * image->cols;
    float *pixels = image->pixels;
    float width = high - low;
    for (int64_t i = 0; i < count; i++) {
        float value = width > 0 ? (pixels[i] - low) / width : pixels[i] > low ? 1.0f : 0.0f;
        value = value > 0.0f ? value : 0.0f;
        pixels[i] = value < 1.0f ? value : 1.0f;
    }
    image->maximum = 1.0f;
}

void hn_intensity_full_range(hn_image *image)
{
    int64_t count = image->rows * image->cols;
    float white = image->maximum;
    for (int64_t i = 0; i < count; i++) {
        image->pixels[i] /= white;
    }
    image->maximum = 1.0f;
}

/* Rounded and cut; the comparisons send NaN to 0. */
static inline float quantum(float value, float scale, float top)
{
    value = value * scale + 0.5f;
    value = value > 0.0f ? value : 0.0f;
    return value < top ? value : top;
}

void hn_image_to_u8(uint8_t *out, const hn_image *image)
{
    int64_t count = image->rows * image->cols;
    float scale = 255.0f / image->maximum;
    for (int64_t i = 0; i < count; i++) {
        out[i] = (uint8_t)(int32_t)quantum(image->pixels[i], scale, 255.0f);
    }
}

void hn_image_to_u16(uint16_t *out, const hn_image *image)
{
    int64_t count = image->rows * image->cols;
    float scale = 65535.0f / image->maximum;
    for (int64_t i = 0; i < count; i++) {
        out[i] = (uint16_t)(int32_t)quantum(image->pixels[i], scale, 65535.0f);
    }
}

hn_status hn_image_from_u8(hn_image *out, const uint8_t *pixels, int64_t rows, int64_t cols)
{
    HN_TRY(hn_image_new(out, rows, cols));
    for (int64_t i = 0; i < rows * cols; i++) {
        out->pixels[i] = (float)pixels[i];
    }
    out->bits = 8;
    out->maximum = 255.0f;
    return HN_OK;
}

hn_status hn_image_from_u16(hn_image *out, const uint16_t *pixels, int64_t rows, int64_t cols)
{
    HN_TRY(hn_image_new(out, rows, cols));
    for (int64_t i = 0; i < rows * cols; i++) {
        out->pixels[i] = (float)pixels[i];
    }
    out->bits = 16;
    out->maximum = 65535.0f;
    return HN_OK;
}
