/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From transmission to stored pixels: scatter behind the grid, blur of the detector, quantum and
 * electronic noise, the side marker and the shutter, the vendor's curve, the stored bits.
 */
#include <hipnet/phantom.h>

#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- smoothing ----------------------------------------------------------------------- */

struct smoothing {
    const float *from;
    float *to;
    int size, reach;
    const float *kernel;
    bool columns;
};

/* One line of a separable convolution; the picture is continued by its edge. */
static hn_status smooth_line(void *context, int64_t line, int worker)
{
    (void)worker;
    const struct smoothing *s = context;
    for (int i = 0; i < s->size; i++) {
        float sum = 0;
        for (int k = -s->reach; k <= s->reach; k++) {
            int at = i + k < 0 ? 0 : i + k >= s->size ? s->size - 1 : i + k;
            int64_t index = s->columns ? (int64_t)at * s->size + line : line * s->size + at;
            sum += s->kernel[k + s->reach] * s->from[index];
        }
        s->to[s->columns ? (int64_t)i * s->size + line : line * s->size + i] = sum;
    }
    return HN_OK;
}

/* Gaussian of `sigma` pixels, in place, through `scratch`. */
static hn_status smooth(float *picture, float *scratch, int size, double sigma)
{
    enum { MOST = 256 };
    float kernel[2 * MOST + 1];
    int reach = (int)fmin(MOST, ceil(3 * sigma));
    double sum = 0;
    for (int k = -reach; k <= reach; k++) {
        sum += exp(-0.5 * k * k / (sigma * sigma));
    }
    for (int k = -reach; k <= reach; k++) {
        kernel[k + reach] = (float)(exp(-0.5 * k * k / (sigma * sigma)) / sum);
    }
    struct smoothing rows = { picture, scratch, size, reach, kernel, false };
    HN_TRY(hn_parallel_for(size, smooth_line, &rows));
    struct smoothing columns = { scratch, picture, size, reach, kernel, true };
    return hn_parallel_for(size, smooth_line, &columns);
}

/* What varies slowly is computed on a picture eight times smaller and read back by bilinear
 * interpolation. Values are kept between `low` and `high` before they are averaged. */
enum { COARSE = 8 };

struct slow {
    float *cells; /* twice side * side: the picture, and room to work */
    int side;
};

static hn_status make_slow(struct slow *slow, const float *picture, int size, double low,
                           double high, double sigma)
{
    int side = (size + COARSE - 1) / COARSE;
    float *cells = hn_calloc((size_t)side * (size_t)side * 2, sizeof *cells);
    if (!cells) {
        return HN_ENOMEM;
    }
    *slow = (struct slow) { cells, side };
    for (int row = 0; row < side; row++) {
        for (int column = 0; column < side; column++) {
            double sum = 0;
            int count = 0;
            for (int i = row * COARSE; i < (row + 1) * COARSE && i < size; i++) {
                for (int k = column * COARSE; k < (column + 1) * COARSE && k < size; k++) {
                    sum += fmax(low, fmin(high, (double)picture[(int64_t)i * size + k]));
                    count++;
                }
            }
            cells[row * side + column] = (float)(sum / count);
        }
    }
    return smooth(cells, cells + (size_t)side * (size_t)side, side, fmax(0.6, sigma / COARSE));
}

static float slow_at(const struct slow *slow, int row, int column)
{
    double last = slow->side - 1;
    double y = fmin(last, fmax(0, (row + 0.5) / COARSE - 0.5));
    double x = fmin(last, fmax(0, (column + 0.5) / COARSE - 0.5));
    int i = (int)fmin(y, last - 1), k = (int)fmin(x, last - 1);
    double fy = y - i, fx = x - k;
    const float *at = slow->cells + i * slow->side + k;
    return (float)((1 - fy) * ((1 - fx) * (double)at[0] + fx * (double)at[1]) +
                   fy * ((1 - fx) * (double)at[slow->side] + fx * (double)at[slow->side + 1]));
}

/* Scatter behind the grid: a share of the primary around, over some centimetres. Bare air sends
 * its photons on: it scatters nothing into the picture. */
static hn_status add_scatter(float *signal, int size, double pitch_mm, double share)
{
    struct slow slow = { NULL, 0 };
    hn_status status = make_slow(&slow, signal, size, 0, 0.08, 28 / pitch_mm);
    for (int row = 0; row < size && status == HN_OK; row++) {
        for (int column = 0; column < size; column++) {
            signal[(int64_t)row * size + column] += (float)share * slow_at(&slow, row, column);
        }
    }
    hn_free(slow.cells);
    return status;
}

/* ---- noise and stored values ---------------------------------------------------------- */

struct exposure {
    float *signal;
    uint16_t *pixels;
    const hn_phantom_room *room;
    const hn_phantom_case *c;
    hn_phantom_view view;
    int size;
    double quanta; /* per pixel in air */
    double low, high;
};

/* Quanta follow Poisson's law; from some dozens on its normal limit is used. A stream per row. */
static hn_status noise_row(void *context, int64_t row, int worker)
{
    (void)worker;
    const struct exposure *e = context;
    hn_rng rng;
    hn_rng_init(&rng, e->c->key, HN_PURPOSE_PHANTOM, 1000 + (uint64_t)e->view, (uint64_t)row, 7);
    float *line = e->signal + row * e->size;
    for (int i = 0; i < e->size; i++) {
        double mean = (double)line[i] * e->quanta;
        double quanta = mean > 30 ? mean + sqrt(mean) * hn_rng_normal(&rng)
                                  : (double)hn_rng_poisson(&rng, mean);
        quanta += e->room->electronic * e->quanta * hn_rng_normal(&rng);
        line[i] = (float)fmax(quanta, 0.3) / (float)e->quanta;
    }
    return HN_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The vendor's processing turns the signal into -log and takes a share of its slow variation
 * away, so that thick and thin flesh show bone with like contrast. Bare air and metal are kept
 * from bending the picture around them. */
static hn_status equalize(struct exposure *e, double pitch_mm)
{
    size_t total = (size_t)e->size * (size_t)e->size;
    for (size_t i = 0; i < total; i++) {
        e->signal[i] = -logf(e->signal[i]);
    }
    struct slow slow = { NULL, 0 };
    hn_status status = make_slow(&slow, e->signal, e->size, 2, 5.5, 22 / pitch_mm);
    for (int row = 0; row < e->size && status == HN_OK; row++) {
        for (int column = 0; column < e->size; column++) {
            e->signal[(int64_t)row * e->size + column] -=
                (float)e->room->equalize * slow_at(&slow, row, column);
        }
    }
    hn_free(slow.cells);
    return status;
}

/* The automatic range: from the thin flesh to just short of the densest metal. */
static hn_status find_range(struct exposure *e)
{
    enum { STEP = 7 };
    size_t count = 0, total = (size_t)e->size * (size_t)e->size;
    HN_AUTOFREE float *sample = hn_alloc((total / STEP + 1) * sizeof *sample);
    if (!sample) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < total; i += STEP) {
        sample[count++] = e->signal[i];
    }
    qsort(sample, count, sizeof *sample, compare);
    double median = (double)sample[count / 2];
    e->low = fmax((double)sample[count / 50], median - 1.1);
    e->high = fmax((double)sample[count - 1 - count / 60], e->low + 1);
    return HN_OK;
}

static hn_status store_row(void *context, int64_t row, int worker)
{
    (void)worker;
    const struct exposure *e = context;
    double white = (double)((1u << e->room->bits) - 1);
    int border = (int)(e->room->shutter * e->size);
    for (int i = 0; i < e->size; i++) {
        double value = ((double)e->signal[row * e->size + i] - e->low) / (e->high - e->low);
        value = pow(fmin(1, fmax(0, value)), e->room->lut_gamma);
        bool shut = row < border || row >= e->size - border || i < border || i >= e->size - border;
        value = shut ? 0 : value;
        value = e->room->monochrome1 ? 1 - value : value;
        e->pixels[row * e->size + i] = (uint16_t)(value * white + 0.5);
    }
    return HN_OK;
}

/* ---- marker, mirror, landmarks --------------------------------------------------------- */

static const char *const letters[2][7] = {
    { "#....", "#....", "#....", "#....", "#....", "#....", "#####" },
    { "####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#" },
};

static void add_marker(float *signal, int size, const hn_phantom_case *c,
                       const hn_phantom_room *room)
{
    int cell = size / 110 > 1 ? size / 110 : 1;
    int top = (int)(room->marker_row * size), left = (int)(room->marker_column * size);
    for (int row = 0; row < 7 * cell; row++) {
        for (int column = 0; column < 5 * cell; column++) {
            int y = top + row, x = left + column;
            if (letters[c->right][row / cell][column / cell] == '#' && y < size && x < size) {
                signal[(int64_t)y * size + x] *= 0.02F;
            }
        }
    }
}

static void mirror(void *pixels, size_t bytes, int size)
{
    char *line = pixels;
    for (int row = 0; row < size; row++, line += bytes * (size_t)size) {
        for (int i = 0; i < size / 2; i++) {
            char *a = line + bytes * (size_t)i, *b = line + bytes * (size_t)(size - 1 - i);
            for (size_t k = 0; k < bytes; k++) {
                char keep = a[k];
                a[k] = b[k];
                b[k] = keep;
            }
        }
    }
}

static void aim(hn_camera *camera, const hn_phantom_room *room, hn_phantom_view view, int size)
{
    double pitch = room->field_mm / size, to_hip = room->source_mm - room->object_mm;
    hn_vec center = { 14, 0, -52 };
    hn_vec beam = { 0, -1, 0 }, right = { 1, 0, 0 };
    if (view == HN_PHANTOM_CROSS_TABLE) {
        beam = hn_vec_unit((hn_vec) { 0.74, 0, 0.67 });
        right = hn_vec_unit((hn_vec) { 0.67, 0, -0.74 });
        center = (hn_vec) { 20, 0, -40 };
    }
    hn_camera_aim(camera, hn_vec_sub(center, hn_vec_scale(beam, to_hip)), center, room->source_mm,
                  right, size, size, pitch);
}

static hn_status finish(struct exposure *e, uint16_t *signs, double pitch_mm)
{
    HN_AUTOFREE float *scratch = hn_alloc((size_t)e->size * (size_t)e->size * sizeof *scratch);
    if (!scratch) {
        return HN_ENOMEM;
    }
    HN_TRY(add_scatter(e->signal, e->size, pitch_mm, e->room->scatter));
    HN_TRY(smooth(e->signal, scratch, e->size, fmax(0.35, e->room->blur_mm / pitch_mm)));
    if (e->c->right) {
        mirror(e->signal, sizeof *e->signal, e->size);
        if (signs) {
            mirror(signs, sizeof *signs, e->size);
        }
    }
    if (e->room->marker) {
        add_marker(e->signal, e->size, e->c, e->room);
    }
    HN_TRY(hn_parallel_for(e->size, noise_row, e));
    HN_TRY(equalize(e, pitch_mm));
    HN_TRY(find_range(e));
    return hn_parallel_for(e->size, store_row, e);
}

hn_status hn_phantom_expose(uint16_t *pixels, uint16_t *signs,
                            double landmarks[HN_LANDMARK_COUNT][2], const hn_phantom_case *c,
                            const hn_phantom_room *room, hn_phantom_view view, int size)
{
    hn_assert(size >= 32 && size <= 4096 && room->bits >= 8 && room->bits <= 16);
    HN_AUTOFREE hn_scene *scene = hn_calloc(1, sizeof *scene);
    HN_AUTOFREE float *signal = hn_alloc((size_t)size * (size_t)size * sizeof *signal);
    if (!scene || !signal) {
        return HN_ENOMEM;
    }
    double pitch = room->field_mm / size;
    hn_camera camera;
    hn_beam beam;
    aim(&camera, room, view, size);
    hn_beam_make(&beam, room->tube_kv, 3, room->copper_mm);
    hn_phantom_scene(scene, c, view);
    HN_TRY(hn_scene_project(scene, &camera, &beam, signal, signs));
    struct exposure e = {
        .signal = signal, .pixels = pixels, .room = room, .c = c, .view = view, .size = size
    };
    e.quanta = room->quanta * pitch * pitch / 0.25;
    HN_TRY(finish(&e, signs, pitch));
    if (landmarks) {
        hn_vec points[HN_LANDMARK_COUNT];
        hn_phantom_landmarks(points, c, view);
        for (int i = 0; i < HN_LANDMARK_COUNT; i++) {
            hn_camera_project(&camera, points[i], &landmarks[i][0], &landmarks[i][1]);
            landmarks[i][1] = c->right ? size - 1 - landmarks[i][1] : landmarks[i][1];
        }
    }
    return HN_OK;
}
