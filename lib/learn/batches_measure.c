/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batches_measure.c: the mean and deviation of the pixels that a network will be trained on.
 * Each image gives two exact integers; they are added in the order of the cases, so that the
 * result has the same bits for any number of threads.
 */
#include <hipnet/batches.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <math.h>

struct image_sums {
    bool present;
    uint64_t sum, squares; /* of the stored integers */
};

struct measure {
    const hn_cohort *cohort;
    const int64_t *cases;
    const hn_cohort_info *info;
    struct image_sums *sums; /* [count][HN_VIEWS] */
    void **pixels;           /* [threads] */
    hn_cohort_chunk *chunks; /* [threads] */
    int threads;
};

static void sum_pixels(struct image_sums *sums, const void *pixels, size_t count, int bits)
{
    const uint8_t *narrow = pixels;
    const uint16_t *wide = pixels;
    uint64_t sum = 0;
    uint64_t squares = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = bits == 8 ? narrow[i] : wide[i];
        sum += value;
        squares += value * value;
    }
    *sums = (struct image_sums) { true, sum, squares };
}

static hn_status measure_case(void *context, int64_t index, int worker)
{
    struct measure *m = context;
    const hn_case *facts = hn_cohort_case(m->cohort, m->cases[index]);
    size_t count = (size_t)m->info->rows * (size_t)m->info->columns;
    for (int view = 0; view < HN_VIEWS; view++) {
        if (!facts->views[view].present) {
            continue;
        }
        hn_status status = hn_cohort_read_image(m->cohort, m->cases[index], (hn_view)view,
                                                m->pixels[worker], &m->chunks[worker]);
        if (status) {
            return hn_context(status, "case %s", facts->case_id);
        }
        sum_pixels(&m->sums[index * HN_VIEWS + view], m->pixels[worker], count, m->info->bits);
    }
    return HN_OK;
}

static void summarise(double *mean, double *deviation, const struct measure *m, int64_t count,
                      int view)
{
    double scale = m->info->bits == 8 ? 255 : 65535;
    double sum = 0;
    double squares = 0;
    double pixels = 0;
    for (int64_t i = 0; i < count; i++) {
        const struct image_sums *sums = &m->sums[i * HN_VIEWS + view];
        if (sums->present) {
            sum += (double)sums->sum;
            squares += (double)sums->squares;
            pixels += (double)m->info->rows * (double)m->info->columns;
        }
    }
    *mean = 0;
    *deviation = 1;
    if (pixels > 0) {
        double average = sum / pixels;
        double variance = squares / pixels - average * average;
        if (variance > 1e-6 * scale * scale) {
            *mean = average / scale;
            *deviation = sqrt(variance) / scale;
        }
    }
}

static hn_status make_scratch(struct measure *m, int64_t count)
{
    size_t bytes = (size_t)m->info->rows * (size_t)m->info->columns * (size_t)(m->info->bits / 8);
    m->sums = hn_calloc((size_t)count * HN_VIEWS, sizeof *m->sums);
    m->pixels = hn_calloc((size_t)m->threads, sizeof *m->pixels);
    m->chunks = hn_calloc((size_t)m->threads, sizeof *m->chunks);
    if (!m->sums || !m->pixels || !m->chunks) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < m->threads; i++) {
        m->pixels[i] = hn_alloc(bytes);
        if (!m->pixels[i]) {
            return HN_ENOMEM;
        }
    }
    return HN_OK;
}

static void free_scratch(struct measure *m)
{
    for (int i = 0; i < m->threads; i++) {
        if (m->pixels) {
            hn_free(m->pixels[i]);
        }
        if (m->chunks) {
            hn_cohort_chunk_clear(&m->chunks[i]);
        }
    }
    hn_free(m->pixels);
    hn_free(m->chunks);
    hn_free(m->sums);
}

hn_status hn_batches_measure(double mean[HN_VIEWS], double deviation[HN_VIEWS],
                             const hn_cohort *cohort, const int64_t *cases, int64_t count)
{
    struct measure m = { .cohort = cohort,
                         .cases = cases,
                         .info = hn_cohort_get_info(cohort),
                         .threads = hn_threads() };
    hn_status status = make_scratch(&m, count);
    if (!status) {
        status = hn_parallel_for(count, measure_case, &m);
    }
    for (int view = 0; view < HN_VIEWS && !status; view++) {
        summarise(&mean[view], &deviation[view], &m, count, view);
    }
    free_scratch(&m);
    return status;
}
