/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The check of a cohort file: what opening verifies, plus every image against its hash and the
 * content against the file's. Images are looked at in parallel; what is reported does not depend
 * on the number of threads, since the findings are gathered by row afterwards.
 */
#include "cohort_internal.h"

#include <hipnet/parallel.h>

#include <inttypes.h>
#include <string.h>

enum image_state {
    IMAGE_GOOD,
    IMAGE_UNREADABLE, /* 12 */
    IMAGE_OTHER,      /* 12: not what the hash says */
    IMAGE_STRAY,      /* 9: pixels where the view is missing */
};

struct looking {
    const hn_cohort *cohort;
    const hn_cohort_content *content;
    size_t image_bytes;
    hn_cohort_chunk *scratch; /* one per worker */
    uint8_t **pixels;         /* one per worker */
    uint8_t *states;          /* HN_VIEWS per case */
};

static hn_status look_at_missing(struct looking *looking, int64_t index, hn_view view, int worker,
                                 uint8_t *state)
{
    hn_cohort_chunk *scratch = &looking->scratch[worker];
    const hn_cohort_content *content = looking->content;
    hn_status status = hn_cohort_fetch(looking->cohort, index, view, scratch);
    if (status == HN_OK && scratch->size > 0) {
        status = hn_cohort_decode_image(looking->pixels[worker], scratch, content->rows,
                                        content->columns, content->bits,
                                        hn_cohort_is_shuffled(looking->cohort, view));
        const uint8_t *pixels = looking->pixels[worker];
        for (size_t i = 0; status == HN_OK && i < looking->image_bytes; i++) {
            if (pixels[i] != 0) {
                *state = IMAGE_STRAY;
                break;
            }
        }
    }
    if (status != HN_OK) {
        *state = IMAGE_UNREADABLE;
    }
    return status == HN_ENOMEM ? status : HN_OK;
}

static hn_status look_at_image(struct looking *looking, int64_t index, hn_view view, int worker,
                               uint8_t *state)
{
    const hn_case_view *facts = &looking->content->cases[index].views[view];
    if (!facts->present) {
        return look_at_missing(looking, index, view, worker, state);
    }
    hn_status status = hn_cohort_read_image(looking->cohort, index, view, looking->pixels[worker],
                                            &looking->scratch[worker]);
    if (status != HN_OK) {
        *state = IMAGE_UNREADABLE;
        return status == HN_ENOMEM ? status : HN_OK;
    }
    char hash[HN_SHA256_HEX];
    HN_TRY(hn_cohort_pixel_hash(hash, looking->pixels[worker], looking->image_bytes));
    *state = strcmp(hash, facts->pixel_hash) == 0 ? IMAGE_GOOD : IMAGE_OTHER;
    return HN_OK;
}

static hn_status look_at_case(void *context, int64_t index, int worker)
{
    struct looking *looking = context;
    for (int v = 0; v < HN_VIEWS; v++) {
        HN_TRY(look_at_image(looking, index, (hn_view)v, worker,
                             &looking->states[index * HN_VIEWS + v]));
    }
    return HN_OK;
}

static void report_images(hn_cohort_report *report, const struct looking *looking)
{
    for (int64_t i = 0; i < looking->content->count; i++) {
        for (int v = 0; v < HN_VIEWS; v++) {
            const char *name = hn_view_name((hn_view)v);
            report->images_read += looking->content->cases[i].views[v].present;
            switch (looking->states[i * HN_VIEWS + v]) {
            case IMAGE_UNREADABLE:
                hn_cohort_violate(report, 12, "row %" PRId64 ": the %s image cannot be read", i,
                                  name);
                break;
            case IMAGE_OTHER:
                hn_cohort_violate(report, 12,
                                  "row %" PRId64 ": the %s image is not the one of its pixel_hash",
                                  i, name);
                break;
            case IMAGE_STRAY:
                hn_cohort_violate(report, 9,
                                  "row %" PRId64 ": the %s view is missing, its image is not zero",
                                  i, name);
                break;
            default:
                break;
            }
        }
    }
    hn_cohort_examined(report, 12);
}

static hn_status check_images(hn_cohort_report *report, const hn_cohort *cohort)
{
    const hn_cohort_content *content = hn_cohort_get_content(cohort);
    int workers = hn_threads();
    struct looking looking = {
        .cohort = cohort,
        .content = content,
        .image_bytes =
            (size_t)content->rows * (size_t)content->columns * (size_t)(content->bits / 8),
        .scratch = hn_calloc((size_t)workers, sizeof *looking.scratch),
        .pixels = hn_calloc((size_t)workers, sizeof *looking.pixels),
        .states = hn_calloc((size_t)content->count, HN_VIEWS),
    };
    bool memory = looking.scratch && looking.pixels && looking.states;
    for (int w = 0; memory && w < workers; w++) {
        looking.pixels[w] = hn_alloc(looking.image_bytes);
        memory = looking.pixels[w] != NULL;
    }
    hn_status status = memory ? hn_parallel_for(content->count, look_at_case, &looking) : HN_ENOMEM;
    if (status == HN_OK) {
        report_images(report, &looking);
    }
    for (int w = 0; w < workers; w++) {
        if (looking.scratch) {
            hn_cohort_chunk_clear(&looking.scratch[w]);
        }
        if (looking.pixels) {
            hn_free(looking.pixels[w]);
        }
    }
    hn_free(looking.scratch);
    hn_free(looking.pixels);
    hn_free(looking.states);
    return status;
}

hn_status hn_cohort_check(hn_cohort_report *report, const char *path)
{
    HN_AUTO_COHORT *cohort = NULL;
    HN_TRY(hn_cohort_load(&cohort, report, path));
    if (!cohort) {
        return HN_OK;
    }
    HN_TRY(check_images(report, cohort));
    HN_TRY(hn_cohort_content_hash(report->content_sha256, hn_cohort_get_content(cohort)));
    if (strcmp(report->content_sha256, hn_cohort_get_info(cohort)->content_sha256) != 0) {
        hn_cohort_violate(report, 13, "content_sha256 is %.64s, the content has %s",
                          hn_cohort_get_info(cohort)->content_sha256, report->content_sha256);
    }
    hn_cohort_examined(report, 13);
    return HN_OK;
}
