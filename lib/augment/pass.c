/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fused pass. The output is made in runs of up to 256 pixels of a row, small enough to stay
 * in the first cache: each run is sampled from the source, and all intensity steps are applied
 * to it before the next one is begun.
 */
#include <hipnet/augment.h>

#include "noise.h"

#include <math.h>
#include <string.h>

#define RUN 256

/* Output pixel (row, col) shows the source at x = x0 + xc * col + xr * row, and y likewise. */
struct mapping {
    double x0, xc, xr;
    double y0, yc, yr;
};

/* The inverse of: mirror, shear, scale, turn (counter-clockwise), shift, about the centres. */
static struct mapping find_mapping(const hn_augment_output *out, const hn_augment_source *in,
                                   const hn_augment_draw *draw)
{
    double radians = draw->rotation_degrees * M_PI / 180.0;
    double shear = tan(draw->shear_degrees * M_PI / 180.0);
    double down = (double)in->rows / (double)out->rows;
    double across = (double)in->cols / (double)out->cols;
    double ratio = (down > across ? down : across) / draw->scale;
    double c = cos(radians) * ratio;
    double s = sin(radians) * ratio;
    struct mapping m = { .xc = c, .xr = -s, .yc = s, .yr = c };
    m.xc -= shear * m.yc;
    m.xr -= shear * m.yr;
    if (draw->flip) {
        m.xc = -m.xc;
        m.xr = -m.xr;
    }
    double col = (double)(out->cols - 1) / 2 + draw->shift_col * (double)out->cols;
    double row = (double)(out->rows - 1) / 2 + draw->shift_row * (double)out->rows;
    m.x0 = (double)(in->cols - 1) / 2 - m.xc * col - m.xr * row;
    m.y0 = (double)(in->rows - 1) / 2 - m.yc * col - m.yr * row;
    return m;
}

/* Narrows [*first, *end) to the columns where low <= start + step * col <= high. */
static void narrow(int64_t *first, int64_t *end, double start, double step, double low, double high)
{
    if (fabs(step) < 1e-12) {
        if (start < low || start > high) {
            *end = *first;
        }
        return;
    }
    double a = (low - start) / step;
    double b = (high - start) / step;
    double from = ceil(a < b ? a : b);
    double to = floor(a < b ? b : a) + 1;
    *first = from > (double)*first ? from < (double)*end ? (int64_t)from : *end : *first;
    *end = to < (double)*end ? to > (double)*first ? (int64_t)to : *first : *end;
}

/* Sampling for both kinds of stored integers. `inner` runs have all four neighbours inside
 * (the clamps only catch rounding at the very rim); `rim` asks for each. */
#define SAMPLERS(type)                                                                             \
    static void inner_##type(float *out, int count, const type *in, int32_t rows, int32_t cols,    \
                             float x, float xc, float y, float yc)                                 \
    {                                                                                              \
        int32_t offset[RUN];                                                                       \
        float across[RUN];                                                                         \
        float down[RUN];                                                                           \
        for (int i = 0; i < count; i++) {                                                          \
            float px = x + xc * (float)i;                                                          \
            float py = y + yc * (float)i;                                                          \
            px = px > 0.0f ? px : 0.0f;                                                            \
            py = py > 0.0f ? py : 0.0f;                                                            \
            int32_t col = (int32_t)px;                                                             \
            int32_t row = (int32_t)py;                                                             \
            col = col < cols - 2 ? col : cols - 2;                                                 \
            row = row < rows - 2 ? row : rows - 2;                                                 \
            float fx = px - (float)col;                                                            \
            float fy = py - (float)row;                                                            \
            across[i] = fx < 1.0f ? fx : 1.0f;                                                     \
            down[i] = fy < 1.0f ? fy : 1.0f;                                                       \
            offset[i] = row * cols + col;                                                          \
        }                                                                                          \
        for (int i = 0; i < count; i++) {                                                          \
            const type *p = in + offset[i];                                                        \
            float a = (float)p[0];                                                                 \
            float b = (float)p[1];                                                                 \
            float c = (float)p[cols];                                                              \
            float d = (float)p[cols + 1];                                                          \
            float top = a + across[i] * (b - a);                                                   \
            float bottom = c + across[i] * (d - c);                                                \
            out[i] = top + down[i] * (bottom - top);                                               \
        }                                                                                          \
    }                                                                                              \
    static float at_##type(const type *in, int32_t rows, int32_t cols, int32_t row, int32_t col)   \
    {                                                                                              \
        return row >= 0 && row < rows && col >= 0 && col < cols                                    \
                   ? (float)in[(int64_t)row * cols + col]                                          \
                   : 0.0f;                                                                         \
    }                                                                                              \
    static float rim_##type(const type *in, int32_t rows, int32_t cols, double x, double y)        \
    {                                                                                              \
        int32_t col = (int32_t)floor(x);                                                           \
        int32_t row = (int32_t)floor(y);                                                           \
        float fx = (float)(x - col);                                                               \
        float fy = (float)(y - row);                                                               \
        float a = at_##type(in, rows, cols, row, col);                                             \
        float b = at_##type(in, rows, cols, row, col + 1);                                         \
        float c = at_##type(in, rows, cols, row + 1, col);                                         \
        float d = at_##type(in, rows, cols, row + 1, col + 1);                                     \
        float top = a + fx * (b - a);                                                              \
        float bottom = c + fx * (d - c);                                                           \
        return top + fy * (bottom - top);                                                          \
    }                                                                                              \
    static void sample_##type(float *out, int count, const hn_augment_source *in, double x,        \
                              double xc, double y, double yc)                                      \
    {                                                                                              \
        int32_t rows = (int32_t)in->rows;                                                          \
        int32_t cols = (int32_t)in->cols;                                                          \
        int64_t any = 0, any_end = count;                                                          \
        narrow(&any, &any_end, x, xc, -1.0, (double)cols);                                         \
        narrow(&any, &any_end, y, yc, -1.0, (double)rows);                                         \
        int64_t whole = any, whole_end = any_end;                                                  \
        narrow(&whole, &whole_end, x, xc, 0.0, (double)(cols - 1));                                \
        narrow(&whole, &whole_end, y, yc, 0.0, (double)(rows - 1));                                \
        if (rows < 2 || cols < 2 || whole >= whole_end) {                                          \
            whole = whole_end = any_end;                                                           \
        }                                                                                          \
        memset(out, 0, (size_t)count * sizeof *out);                                               \
        for (int64_t i = any; i < whole; i++) {                                                    \
            out[i] = rim_##type(in->pixels, rows, cols, x + xc * (double)i, y + yc * (double)i);   \
        }                                                                                          \
        inner_##type(out + whole, (int)(whole_end - whole), in->pixels, rows, cols,                \
                     (float)(x + xc * (double)whole), (float)xc, (float)(y + yc * (double)whole),  \
                     (float)yc);                                                                   \
        for (int64_t i = whole_end; i < any_end; i++) {                                            \
            out[i] = rim_##type(in->pixels, rows, cols, x + xc * (double)i, y + yc * (double)i);   \
        }                                                                                          \
    }
SAMPLERS(uint8_t)
SAMPLERS(uint16_t)

static inline float cut(float value)
{
    value = value > 0.0f ? value : 0.0f;
    return value < 1.0f ? value : 1.0f;
}

/* The curve of a gamma: knots at every 1/4096, straight lines between. Beyond the first interval,
 * a sixteenth of an 8-bit level, the lines are within 1e-4 of the power. */
#define KNOTS 4096

/*
 * value to the power of `gamma` for 0 <= value <= 1, as 2^(gamma * log2 value), in a form that the
 * compiler vectorises: the logarithm of the mantissa by the series of the inverse hyperbolic
 * tangent, the power of two by Taylor's. Relative error below 1e-6; 0 stays 0 and 1 stays 1.
 */
static void raise(float *values, int count, float gamma)
{
    for (int i = 0; i < count; i++) {
        float value = values[i] > 1e-30f ? values[i] : 1e-30f;
        int32_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        int32_t shifted = bits - 0x3f3504f3; /* sqrt(1/2): mantissas from there to sqrt(2) */
        int32_t exponent = shifted >> 23;
        int32_t mantissa = (shifted & 0x7fffff) + 0x3f3504f3;
        float m = 0;
        memcpy(&m, &mantissa, sizeof m);
        float t = (m - 1.0f) / (m + 1.0f);
        float t2 = t * t;
        float series =
            t * (2.0f + t2 * (0.66666667f + t2 * (0.4f + t2 * (0.28571429f + t2 * 0.22222222f))));
        float power = gamma * ((float)exponent + 1.44269504f * series);
        power = power > -126.0f ? power : -126.0f;
        int32_t whole = (int32_t)(power - 0.5f); /* power <= 0: rounds to nearest */
        float f = (power - (float)whole) * 0.69314718f;
        float e =
            1.0f +
            f * (1.0f +
                 f * (0.5f + f * (0.16666667f +
                                  f * (0.041666667f + f * (0.0083333333f + f * 0.0013888889f)))));
        int32_t scale_bits = (whole + 127) << 23;
        float scale = 0;
        memcpy(&scale, &scale_bits, sizeof scale);
        values[i] = values[i] > 1e-30f ? e * scale : 0.0f;
    }
}

static void fill_curve(float *curve, float gamma)
{
    for (int i = 0; i <= KNOTS; i++) {
        curve[i] = (float)i / (float)KNOTS;
    }
    raise(curve, KNOTS + 1, gamma);
    curve[KNOTS + 1] = curve[KNOTS];
}

static void follow_curve(float *values, int count, const float *curve)
{
    for (int i = 0; i < count; i++) {
        float place = values[i] * (float)KNOTS;
        int32_t knot = (int32_t)place;
        float low = curve[knot];
        values[i] = low + (place - (float)knot) * (curve[knot + 1] - low);
    }
}

/* What a run needs beside its pixels, in the precision it is computed in. */
struct tone {
    float white, contrast, brightness, noise, mean, inverse_deviation;
    bool changes; /* contrast or brightness do something */
    bool bends;   /* gamma does */
    float curve[KNOTS + 2];
};

static void apply_tone(float *out, int count, const struct tone *t, const uint32_t key[2],
                       uint32_t row, uint32_t first)
{
    for (int i = 0; i < count; i++) {
        out[i] /= t->white;
    }
    if (t->changes) {
        for (int i = 0; i < count; i++) {
            float value = cut((out[i] - 0.5f) * t->contrast + 0.5f);
            out[i] = cut(value + t->brightness);
        }
    }
    if (t->bends) {
        follow_curve(out, count, t->curve);
    }
    if (t->noise > 0.0f) {
        noise_add(out, count, t->noise, key, row, first);
        for (int i = 0; i < count; i++) {
            out[i] = cut(out[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        out[i] = (out[i] - t->mean) * t->inverse_deviation;
    }
}

void hn_augment_apply(const hn_augment_output *output, const hn_augment_source *source,
                      const hn_augment_draw *draw)
{
    hn_assert(source->bits == 8 || source->bits == 16);
    hn_assert(source->rows >= 1 && source->rows <= 32767 && source->cols >= 1 &&
              source->cols <= 32767);
    hn_assert(output->rows >= 1 && output->rows <= 32767 && output->cols >= 1 &&
              output->cols <= 32767);
    hn_assert(output->deviation > 0 && draw->scale > 0);
    struct mapping m = find_mapping(output, source, draw);
    struct tone t;
    t.white = source->bits == 8 ? 255.0f : 65535.0f;
    t.contrast = (float)draw->contrast;
    t.brightness = (float)draw->brightness;
    t.noise = (float)draw->noise;
    t.mean = (float)output->mean;
    t.inverse_deviation = (float)(1.0 / output->deviation);
    t.changes = t.contrast != 1.0f || t.brightness != 0.0f;
    t.bends = (float)draw->gamma != 1.0f;
    if (t.bends) {
        fill_curve(t.curve, (float)draw->gamma);
    }
    for (int64_t row = 0; row < output->rows; row++) {
        for (int64_t first = 0; first < output->cols; first += RUN) {
            float *out = output->pixels + row * output->cols + first;
            int count = (int)(output->cols - first < RUN ? output->cols - first : RUN);
            double x = m.x0 + m.xr * (double)row + m.xc * (double)first;
            double y = m.y0 + m.yr * (double)row + m.yc * (double)first;
            if (source->bits == 8) {
                sample_uint8_t(out, count, source, x, m.xc, y, m.yc);
            } else {
                sample_uint16_t(out, count, source, x, m.xc, y, m.yc);
            }
            apply_tone(out, count, &t, draw->noise_key, (uint32_t)row, (uint32_t)first);
        }
    }
}
