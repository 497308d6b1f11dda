/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading from an open cohort file: facts from memory, images by fetching the compressed bytes
 * under the lock and unpacking them outside it.
 */
#include "cohort_handle.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

hn_status hn_cohort_open(hn_cohort **out, const char *path)
{
    HN_AUTO_COHORT *cohort = NULL;
    hn_cohort_report report;
    HN_TRY(hn_cohort_load(&cohort, &report, path));
    hn_status status = hn_cohort_report_status(&report, HN_EFORMAT);
    if (status != HN_OK) {
        return hn_context(status, "%s is not a sound cohort file", path);
    }
    if (!cohort) {
        return hn_fail(HN_EFORMAT, "%s is not a sound cohort file", path);
    }
    *out = cohort;
    cohort = NULL;
    return HN_OK;
}

void hn_cohort_close(hn_cohort *cohort)
{
    if (!cohort) {
        return;
    }
    hn_h5_lock();
    for (int v = 0; v < HN_VIEWS; v++) {
        hn_h5_closep(&cohort->images[v]);
    }
    if (cohort->file >= 0) {
        H5Fclose(cohort->file);
    }
    hn_h5_unlock();
    for (int b = 0; b < cohort->content.biomarker_count; b++) {
        hn_free((void *)(uintptr_t)cohort->biomarkers[b].value);
        hn_free((void *)(uintptr_t)cohort->biomarkers[b].censoring);
        hn_free((void *)(uintptr_t)cohort->biomarkers[b].days);
    }
    hn_free(cohort->biomarkers);
    hn_free(cohort->cases);
    hn_arena_free(cohort->arena);
    hn_free(cohort->path);
    hn_free(cohort);
}

void hn_cohort_closep(hn_cohort **cohort)
{
    hn_cohort_close(*cohort);
    *cohort = NULL;
}

void hn_cohort_complete_info(hn_cohort *cohort)
{
    const hn_cohort_content *content = &cohort->content;
    hn_cohort_info *info = &cohort->info;
    info->cases = content->count;
    info->rows = content->rows;
    info->columns = content->columns;
    info->bits = content->bits;
    info->class_count = content->class_count;
    info->classes = content->classes;
    info->risk_class = hn_cohort_find_class(cohort, content->risk_class);
    info->biomarker_count = content->biomarker_count;
}

const hn_cohort_content *hn_cohort_get_content(const hn_cohort *cohort)
{
    return &cohort->content;
}

const hn_cohort_info *hn_cohort_get_info(const hn_cohort *cohort)
{
    return &cohort->info;
}

const hn_case *hn_cohort_case(const hn_cohort *cohort, int64_t index)
{
    hn_assert(index >= 0 && index < cohort->content.count);
    return &cohort->cases[index];
}

int64_t hn_cohort_find_case(const hn_cohort *cohort, const char *case_id)
{
    for (int64_t i = 0; i < cohort->content.count; i++) {
        if (strcmp(cohort->cases[i].case_id, case_id) == 0) {
            return i;
        }
    }
    return -1;
}

int hn_cohort_find_class(const hn_cohort *cohort, const char *name)
{
    for (int i = 0; i < cohort->content.class_count; i++) {
        if (strcmp(cohort->classes[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

const hn_biomarker *hn_cohort_biomarker(const hn_cohort *cohort, int number)
{
    hn_assert(number >= 0 && number < cohort->content.biomarker_count);
    return &cohort->biomarkers[number];
}

int hn_cohort_find_biomarker(const hn_cohort *cohort, const char *name)
{
    for (int b = 0; b < cohort->content.biomarker_count; b++) {
        if (strcmp(cohort->biomarkers[b].name, name) == 0) {
            return b;
        }
    }
    return -1;
}

bool hn_cohort_is_shuffled(const hn_cohort *cohort, hn_view view)
{
    return cohort->shuffled[view];
}

/* ---- images -------------------------------------------------------------------------- */

/* zlib never makes an image much larger than it was: a chunk that claims more is refused before
 * memory is asked for. */
static uint64_t largest_chunk(const hn_cohort_content *content)
{
    uint64_t plain =
        (uint64_t)content->rows * (uint64_t)content->columns * (uint64_t)(content->bits / 8);
    return compressBound((uLong)plain) + 64;
}

hn_status hn_cohort_fetch(const hn_cohort *cohort, int64_t index, hn_view view,
                          hn_cohort_chunk *scratch)
{
    hsize_t place[3] = { (hsize_t)index, 0, 0 };
    hsize_t size = 0;
    uint32_t mask = 0;
    HN_H5_LOCKED;
    scratch->size = 0;
    /* Fails, as HDF5 1.10 has it, where no chunk was written; so does a damaged index. */
    if (H5Dget_chunk_storage_size(cohort->images[view], place, &size) < 0) {
        size = 0;
    }
    if (size == 0) {
        H5Eclear2(H5E_DEFAULT);
        return HN_OK;
    }
    if (size > largest_chunk(&cohort->content) || size > (uint64_t)cohort->file_size) {
        return hn_fail(HN_EFORMAT, "its %llu compressed bytes are more than such an image can have",
                       (unsigned long long)size);
    }
    if (scratch->capacity < size) {
        HN_TRY(hn_resize(&scratch->bytes, (size_t)size, 1));
        scratch->capacity = (size_t)size;
    }
    if (H5Dread_chunk(cohort->images[view], H5P_DEFAULT, place, &mask, scratch->bytes) < 0) {
        return hn_h5_fail(HN_EIO, "its bytes cannot be read");
    }
    if (mask != 0) {
        return hn_fail(HN_EFORMAT, "it was stored without its filters");
    }
    scratch->size = (size_t)size;
    return HN_OK;
}

hn_status hn_cohort_read_image(const hn_cohort *cohort, int64_t index, hn_view view, void *out,
                               hn_cohort_chunk *scratch)
{
    const hn_cohort_content *content = &cohort->content;
    const hn_case *facts = hn_cohort_case(cohort, index);
    hn_assert((unsigned)view < HN_VIEWS);
    scratch->pixel_hash[0] = '\0';
    scratch->size = 0;
    if (!facts->views[view].present) {
        memset(out, 0,
               (size_t)content->rows * (size_t)content->columns * (size_t)(content->bits / 8));
        return HN_OK;
    }
    hn_status status = hn_cohort_fetch(cohort, index, view, scratch);
    if (status == HN_OK && scratch->size == 0) {
        status = hn_fail(HN_EFORMAT, "its bytes are not in the file");
    }
    if (status == HN_OK) {
        status = hn_cohort_decode_image(out, scratch, content->rows, content->columns,
                                        content->bits, cohort->shuffled[view]);
    }
    if (status != HN_OK) {
        return hn_context(status, "%s: the %s image of case %s", cohort->path, hn_view_name(view),
                          facts->case_id);
    }
    memcpy(scratch->pixel_hash, facts->views[view].pixel_hash, HN_SHA256_HEX);
    return HN_OK;
}
