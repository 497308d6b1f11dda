/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing a cohort file: images go to disk as they come, facts stay in memory (a few hundred
 * bytes per case) until the end, when they are checked as a whole, hashed and written.
 */
#include "cohort_writing.h"

#include <hipnet/json.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- beginning ----------------------------------------------------------------------- */

static hn_status check_settings(const hn_cohort_settings *settings)
{
    hn_assert(settings->bits == 8 || settings->bits == 16);
    if (settings->rows < 1 || settings->rows > LARGEST_SIDE || settings->columns < 1 ||
        settings->columns > LARGEST_SIDE) {
        return hn_fail(HN_EUSAGE, "images of %d x %d pixels: 1 to %d were expected", settings->rows,
                       settings->columns, LARGEST_SIDE);
    }
    const char *text = settings->settings_json ? settings->settings_json : "{}";
    if (strlen(text) > LARGEST_ATTRIBUTE) {
        return hn_fail(HN_EDATA, "the settings are %zu bytes of JSON, at most %d fit", strlen(text),
                       LARGEST_ATTRIBUTE);
    }
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_json_parse(&json, text, strlen(text), "settings"));
    if (hn_json_kind_of(json) != HN_JSON_OBJECT) {
        return hn_fail(HN_EDATA, "the settings are not a JSON object");
    }
    if (settings->source_hash_kind && !hn_cohort_is_source_hash_kind(settings->source_hash_kind)) {
        return hn_fail(HN_EDATA, "source_hash_kind '%s' is not sha256, keyed or none",
                       settings->source_hash_kind);
    }
    return HN_OK;
}

static hn_status copy_settings(hn_cohort_writer *writer, const hn_cohort_settings *settings)
{
    hn_cohort_content *content = &writer->content;
    hn_arena *arena = writer->arena;
    size_t count = settings->class_count > 0 ? (size_t)settings->class_count : 0;
    writer->classes = hn_arena_alloc(arena, (count + 1) * sizeof *writer->classes);
    if (!writer->classes) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        writer->classes[i] = hn_arena_strdup(arena, settings->classes[i]);
        if (!writer->classes[i]) {
            return HN_ENOMEM;
        }
    }
    content->rows = settings->rows;
    content->columns = settings->columns;
    content->bits = settings->bits;
    content->class_count = settings->class_count;
    content->classes = writer->classes;
    content->risk_class = hn_arena_strdup(arena, settings->risk_class ? settings->risk_class : "");
    content->settings_json =
        hn_arena_strdup(arena, settings->settings_json ? settings->settings_json : "{}");
    content->source_hash_kind =
        hn_arena_strdup(arena, settings->source_hash_kind ? settings->source_hash_kind : "none");
    if (!content->risk_class || !content->settings_json || !content->source_hash_kind) {
        return HN_ENOMEM;
    }
    hn_cohort_report report;
    hn_cohort_report_begin(&report);
    hn_cohort_check_classes(&report, content);
    return hn_cohort_report_status(&report, HN_EDATA);
}

/* A dataset of no rows yet, one chunk per image, that may grow. */
static hid_t create_images(hid_t group, const char *name, const hn_cohort_content *content)
{
    hsize_t size[3] = { 0, (hsize_t)content->rows, (hsize_t)content->columns };
    hsize_t most[3] = { H5S_UNLIMITED, size[1], size[2] };
    hsize_t chunk[3] = { 1, size[1], size[2] };
    HN_H5_ID space = H5Screate_simple(3, size, most);
    HN_H5_ID properties = hn_h5_plain(H5P_DATASET_CREATE);
    if (space < 0 || properties < 0 || H5Pset_chunk(properties, 3, chunk) < 0 ||
        (content->bits == 16 && H5Pset_shuffle(properties) < 0) ||
        H5Pset_deflate(properties, 1) < 0) {
        return -1;
    }
    return H5Dcreate2(group, name, content->bits == 16 ? H5T_STD_U16LE : H5T_STD_U8LE, space,
                      H5P_DEFAULT, properties, H5P_DEFAULT);
}

hid_t hn_cohort_create_group(hid_t parent, const char *name)
{
    HN_H5_ID properties = hn_h5_plain(H5P_GROUP_CREATE);
    return properties < 0 ? -1 : H5Gcreate2(parent, name, H5P_DEFAULT, properties, H5P_DEFAULT);
}

/* The format of HDF5 1.10 (2016): every header and every index of chunks carries a checksum, so
 * that a damaged file is noticed before its sizes are believed. */
static hn_status create_file(hn_cohort_writer *writer)
{
    HN_H5_LOCKED;
    HN_H5_ID creation = H5Pcreate(H5P_FILE_CREATE);
    HN_H5_ID access = H5Pcreate(H5P_FILE_ACCESS);
    if (creation < 0 || access < 0 || H5Pset_obj_track_times(creation, false) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 || hn_h5_no_file_locks(access) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    writer->file = H5Fcreate(writer->output.temporary, H5F_ACC_EXCL, creation, access);
    if (writer->file < 0) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    HN_H5_ID group = hn_cohort_create_group(writer->file, "images");
    for (int v = 0; v < HN_VIEWS && group >= 0; v++) {
        writer->images[v] = create_images(group, hn_view_name((hn_view)v), &writer->content);
        if (writer->images[v] < 0) {
            return hn_h5_fail(HN_EIO, "%s", writer->output.path);
        }
    }
    return group < 0 ? hn_h5_fail(HN_EIO, "%s", writer->output.path) : HN_OK;
}

hn_status hn_cohort_writer_new(hn_cohort_writer **out, const char *path,
                               const hn_cohort_settings *settings, bool force)
{
    HN_AUTO_COHORT_WRITER *writer = hn_calloc(1, sizeof *writer);
    if (!writer) {
        return HN_ENOMEM;
    }
    writer->file = -1;
    writer->images[HN_VIEW_AP] = writer->images[HN_VIEW_LATERAL] = -1;
    writer->arena = hn_arena_new();
    if (!writer->arena) {
        return HN_ENOMEM;
    }
    hn_status status = check_settings(settings);
    if (status == HN_OK) {
        status = copy_settings(writer, settings);
    }
    if (status != HN_OK) {
        return hn_context(status, "%s", path);
    }
    HN_TRY(hn_output_begin_named(&writer->output, path, force));
    HN_TRY(create_file(writer));
    *out = writer;
    writer = NULL;
    return HN_OK;
}

herr_t hn_cohort_close_file(hn_cohort_writer *writer)
{
    if (H5Fflush(writer->file, H5F_SCOPE_GLOBAL) < 0) {
        return -1;
    }
    for (int v = 0; v < HN_VIEWS; v++) {
        hn_h5_closep(&writer->images[v]);
    }
    hid_t file = writer->file;
    writer->file = -1;
    return H5Fclose(file);
}

/* HDF5 cannot close a file without writing what it still holds, and is left in ruins when that
 * is refused (a full disk). Then the identifiers are forgotten: the file has no name any more,
 * and the system takes it back with the process (see H5dont_atexit in hdf5_door.c). */
static void abandon_file(hn_cohort_writer *writer)
{
    if (writer->file >= 0 && !writer->broken) {
        (void)hn_cohort_close_file(writer);
    }
}

void hn_cohort_writer_free(hn_cohort_writer *writer)
{
    if (!writer) {
        return;
    }
    hn_h5_lock();
    abandon_file(writer);
    hn_h5_unlock();
    hn_output_discard(&writer->output);
    for (int b = 0; b < writer->biomarker_count; b++) {
        hn_free(writer->biomarkers[b].value);
        hn_free(writer->biomarkers[b].days);
        hn_free(writer->biomarkers[b].censoring);
    }
    hn_free(writer->biomarkers);
    hn_free(writer->cases);
    hn_free(writer->put);
    hn_free(writer->hashes);
    hn_arena_free(writer->arena);
    hn_free(writer);
}

void hn_cohort_writer_freep(hn_cohort_writer **writer)
{
    hn_cohort_writer_free(*writer);
    *writer = NULL;
}

/* ---- putting ------------------------------------------------------------------------- */

static hn_status grow_biomarker(struct column_of *column, int64_t from, int64_t to)
{
    HN_TRY(hn_resize(&column->value, (size_t)to, sizeof *column->value));
    HN_TRY(hn_resize(&column->days, (size_t)to, sizeof *column->days));
    HN_TRY(hn_resize(&column->censoring, (size_t)to, sizeof *column->censoring));
    for (int64_t i = from; i < to; i++) {
        column->value[i] = column->days[i] = HN_NAN;
        column->censoring[i] = 0;
    }
    return HN_OK;
}

/* Makes room for the case number `index`. */
static hn_status reach(hn_cohort_writer *writer, int64_t index)
{
    if (index < 0 || index >= MOST_CASES) {
        return hn_fail(HN_EDATA, "case number %" PRId64 ": 0 to %d were expected", index,
                       MOST_CASES - 1);
    }
    if (index >= writer->capacity) {
        int64_t to = writer->capacity ? writer->capacity : 64;
        while (to <= index) {
            to *= 2;
        }
        size_t added = (size_t)(to - writer->capacity);
        HN_TRY(hn_resize(&writer->cases, (size_t)to, sizeof *writer->cases));
        HN_TRY(hn_resize(&writer->put, (size_t)to, sizeof *writer->put));
        HN_TRY(hn_resize(&writer->hashes, (size_t)to, sizeof *writer->hashes));
        for (int b = 0; b < writer->biomarker_count; b++) {
            HN_TRY(grow_biomarker(&writer->biomarkers[b], writer->capacity, to));
        }
        memset(writer->put + writer->capacity, 0, added * sizeof *writer->put);
        memset(writer->hashes + writer->capacity, 0, added * sizeof *writer->hashes);
        writer->capacity = to;
    }
    writer->count = index >= writer->count ? index + 1 : writer->count;
    return HN_OK;
}

hn_status hn_cohort_set_extent(hn_cohort_writer *writer, hsize_t rows)
{
    hsize_t size[3] = { rows, (hsize_t)writer->content.rows, (hsize_t)writer->content.columns };
    for (int v = 0; v < HN_VIEWS; v++) {
        if (H5Dset_extent(writer->images[v], size) < 0) {
            return fail_write(writer, "%s", writer->output.path);
        }
    }
    writer->extent = rows;
    return HN_OK;
}

hn_status hn_cohort_put_image(hn_cohort_writer *writer, int64_t index, hn_view view,
                              const hn_cohort_chunk *chunk)
{
    hn_assert(!writer->finished && chunk->size > 0 && (unsigned)view < HN_VIEWS);
    HN_H5_LOCKED;
    HN_TRY(reach(writer, index));
    if ((hsize_t)index >= writer->extent) {
        HN_TRY(hn_cohort_set_extent(writer, (hsize_t)writer->capacity));
    }
    hsize_t place[3] = { (hsize_t)index, 0, 0 };
    if (H5Dwrite_chunk(writer->images[view], H5P_DEFAULT, 0, place, chunk->size, chunk->bytes) <
        0) {
        return fail_write(writer, "%s: writing the %s image of row %" PRId64, writer->output.path,
                          hn_view_name(view), index);
    }
    memcpy(writer->hashes[index][view], chunk->pixel_hash, HN_SHA256_HEX);
    return HN_OK;
}

static hn_status copy_text(const char **text, hn_arena *arena)
{
    if (!*text || !**text) {
        *text = "";
        return HN_OK;
    }
    *text = hn_arena_strdup(arena, *text);
    return *text ? HN_OK : HN_ENOMEM;
}

static hn_status copy_case(hn_case *copy, hn_arena *arena)
{
    HN_TRY(copy_text(&copy->case_id, arena));
    HN_TRY(copy_text(&copy->patient_id, arena));
    HN_TRY(copy_text(&copy->center, arena));
    HN_TRY(copy_text(&copy->certainty, arena));
    HN_TRY(copy_text(&copy->subset_hint, arena));
    for (int v = 0; v < HN_VIEWS; v++) {
        HN_TRY(copy_text(&copy->views[v].source_hash, arena));
    }
    return HN_OK;
}

hn_status hn_cohort_put_case(hn_cohort_writer *writer, int64_t index, const hn_case *facts)
{
    hn_assert(!writer->finished);
    static const char any_hash[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    hn_case copy = *facts;
    HN_H5_LOCKED;
    HN_TRY(copy_case(&copy, writer->arena));
    for (int v = 0; v < HN_VIEWS; v++) {
        copy.views[v].pixel_hash = copy.views[v].present ? any_hash : "";
    }
    hn_cohort_report report;
    hn_cohort_report_begin(&report);
    hn_cohort_check_case(&report, &writer->content, &copy, index);
    HN_TRY(hn_cohort_report_status(&report, HN_EDATA));
    HN_TRY(reach(writer, index));
    writer->cases[index] = copy;
    writer->put[index] = true;
    return HN_OK;
}

hn_status hn_cohort_add_biomarker(int *number, hn_cohort_writer *writer, const char *name,
                                  const char *unit)
{
    hn_assert(!writer->finished);
    HN_H5_LOCKED;
    for (int b = 0; b < writer->biomarker_count; b++) {
        if (strcmp(writer->biomarkers[b].name, name) == 0) {
            *number = b;
            return HN_OK;
        }
    }
    if (!hn_cohort_is_biomarker_name(name)) {
        return hn_fail(HN_EDATA,
                       "biomarker '%.80s': a name of 1 to 63 of a-z, 0-9 and _ was "
                       "expected",
                       name);
    }
    if (writer->biomarker_count == MOST_BIOMARKERS) {
        return hn_fail(HN_EDATA, "more than %d biomarkers", MOST_BIOMARKERS);
    }
    HN_TRY(hn_resize(&writer->biomarkers, (size_t)writer->biomarker_count + 1,
                     sizeof *writer->biomarkers));
    struct column_of *column = &writer->biomarkers[writer->biomarker_count];
    *column = (struct column_of) { .name = name, .unit = unit ? unit : "" };
    HN_TRY(copy_text(&column->name, writer->arena));
    HN_TRY(copy_text(&column->unit, writer->arena));
    *number = writer->biomarker_count++;
    return grow_biomarker(column, 0, writer->capacity);
}

hn_status hn_cohort_put_biomarker(hn_cohort_writer *writer, int64_t index, int number, double value,
                                  int censoring, double days)
{
    hn_assert(!writer->finished && number >= 0 && number < writer->biomarker_count);
    HN_H5_LOCKED;
    struct column_of *column = &writer->biomarkers[number];
    int8_t small = (int8_t)censoring;
    hn_biomarker row = { .name = column->name,
                         .unit = column->unit,
                         .value = &value,
                         .censoring = &small,
                         .days = &days };
    hn_cohort_report report;
    hn_cohort_report_begin(&report);
    hn_cohort_check_biomarker(&report, &row, 1);
    HN_TRY(hn_cohort_report_status(&report, HN_EDATA));
    HN_TRY(reach(writer, index));
    column = &writer->biomarkers[number];
    column->value[index] = isnan(value) ? HN_NAN : value;
    column->days[index] = isnan(days) ? HN_NAN : days;
    column->censoring[index] = small;
    return HN_OK;
}
