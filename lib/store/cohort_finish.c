/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of writing a cohort file: the facts are checked as a whole and hashed, the tables and
 * attributes written, and the file appears under its name.
 */
#include "cohort_writing.h"

#include <hipnet/log.h>
#include <hipnet/version.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every case has its facts, and an image exactly where it says so. */
static hn_status check_complete(hn_cohort_writer *writer)
{
    if (writer->count == 0) {
        return hn_fail(HN_EDATA, "%s: there is no case to write", writer->output.path);
    }
    for (int64_t i = 0; i < writer->count; i++) {
        if (!writer->put[i]) {
            return hn_fail(HN_EDATA, "%s: case number %" PRId64 " has no facts",
                           writer->output.path, i);
        }
        for (int v = 0; v < HN_VIEWS; v++) {
            hn_case_view *view = &writer->cases[i].views[v];
            const char *hash = writer->hashes[i][v];
            if (view->present != (hash[0] != '\0')) {
                return hn_fail(HN_EDATA, "%s: case %s: its %s view is %s", writer->output.path,
                               writer->cases[i].case_id, hn_view_name((hn_view)v),
                               view->present ? "present, but no image was put"
                                             : "missing, but an image was put");
            }
            view->pixel_hash = hash;
            view->spacing_mm = isnan(view->spacing_mm) ? HN_NAN : view->spacing_mm;
        }
    }
    return HN_OK;
}

static int compare_biomarkers(const void *a, const void *b)
{
    return strcmp(((const hn_biomarker *)a)->name, ((const hn_biomarker *)b)->name);
}

static hn_status complete_content(hn_cohort_writer *writer)
{
    hn_cohort_content *content = &writer->content;
    size_t count = (size_t)writer->biomarker_count;
    hn_biomarker *sorted = hn_arena_alloc(writer->arena, (count + 1) * sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    for (size_t b = 0; b < count; b++) {
        const struct column_of *column = &writer->biomarkers[b];
        sorted[b] = (hn_biomarker) { .name = column->name,
                                     .unit = column->unit,
                                     .value = column->value,
                                     .censoring = column->censoring,
                                     .days = column->days };
    }
    qsort(sorted, count, sizeof *sorted, compare_biomarkers);
    content->biomarkers = sorted;
    content->biomarker_count = writer->biomarker_count;
    content->cases = writer->cases;
    content->count = writer->count;
    hn_cohort_report report;
    hn_cohort_report_begin(&report);
    HN_TRY(hn_cohort_check_content(&report, content));
    return hn_cohort_report_status(&report, HN_EDATA);
}

static hid_t text_type(size_t width)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 &&
        (H5Tset_size(type, width ? width : 1) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
         H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        hn_h5_closep(&type);
    }
    return type;
}

static bool write_attribute(hid_t object, const char *name, const char *text)
{
    HN_H5_ID type = text_type(strlen(text));
    HN_H5_ID space = H5Screate(H5S_SCALAR);
    if (type < 0 || space < 0) {
        return false;
    }
    HN_H5_ID attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    return attribute >= 0 && H5Awrite(attribute, type, text) >= 0;
}

static bool write_table(hid_t group, const char *name, hid_t stored, hid_t memory, hsize_t rows,
                        const void *values)
{
    HN_H5_ID space = H5Screate_simple(1, &rows, NULL);
    HN_H5_ID properties = hn_h5_plain(H5P_DATASET_CREATE);
    if (space < 0 || properties < 0) {
        return false;
    }
    HN_H5_ID table = H5Dcreate2(group, name, stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    return table >= 0 && H5Dwrite(table, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
}

static bool write_texts(hid_t group, const char *name, const char *const *texts, hsize_t rows)
{
    size_t width = 1;
    for (hsize_t i = 0; i < rows; i++) {
        size_t length = strlen(texts[i]);
        width = length > width ? length : width;
    }
    HN_AUTOFREE char *packed = hn_calloc((size_t)rows, width);
    HN_H5_ID type = text_type(width);
    if (!packed || type < 0) {
        return false;
    }
    for (hsize_t i = 0; i < rows; i++) {
        memcpy(packed + i * width, texts[i], strlen(texts[i]));
    }
    return write_table(group, name, type, type, rows, packed);
}

/* One column of all cases, gathered from the structs. */
static bool write_column(hid_t group, const hn_column *column, const hn_case *cases, hsize_t rows)
{
    HN_AUTOFREE char *values = hn_calloc((size_t)rows, 8);
    if (!values) {
        return false;
    }
    for (hsize_t i = 0; i < rows; i++) {
        const void *at = hn_column_at(column, &cases[i]);
        switch (column->kind) {
        case HN_COLUMN_TEXT:
            ((const char **)(void *)values)[i] = *(const char *const *)at;
            break;
        case HN_COLUMN_WORD:
            ((const char **)(void *)values)[i] = column->words->names[*(const int *)at];
            break;
        case HN_COLUMN_FLAG:
            ((uint8_t *)values)[i] = *(const bool *)at;
            break;
        case HN_COLUMN_ANSWER:
            ((int8_t *)values)[i] = (int8_t) * (const int *)at;
            break;
        case HN_COLUMN_INT:
            ((int32_t *)(void *)values)[i] = *(const int *)at;
            break;
        case HN_COLUMN_REAL:
            ((double *)(void *)values)[i] =
                isnan(*(const double *)at) ? HN_NAN : *(const double *)at;
            break;
        }
    }
    switch (column->kind) {
    case HN_COLUMN_FLAG:
        return write_table(group, column->name, H5T_STD_U8LE, H5T_NATIVE_UINT8, rows, values);
    case HN_COLUMN_ANSWER:
        return write_table(group, column->name, H5T_STD_I8LE, H5T_NATIVE_INT8, rows, values);
    case HN_COLUMN_INT:
        return write_table(group, column->name, H5T_STD_I32LE, H5T_NATIVE_INT32, rows, values);
    case HN_COLUMN_REAL:
        return write_table(group, column->name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, rows, values);
    default:
        return write_texts(group, column->name, (const char *const *)(void *)values, rows);
    }
}

static bool write_columns(const hn_cohort_writer *writer)
{
    HN_H5_ID cases = hn_cohort_create_group(writer->file, "cases");
    HN_H5_ID views = hn_cohort_create_group(writer->file, "views");
    HN_H5_ID ap = views < 0 ? -1 : hn_cohort_create_group(views, "ap");
    HN_H5_ID lateral = views < 0 ? -1 : hn_cohort_create_group(views, "lateral");
    if (cases < 0 || ap < 0 || lateral < 0) {
        return false;
    }
    for (int c = 0; c < hn_cohort_column_count; c++) {
        const hn_column *column = &hn_cohort_columns[c];
        hid_t group = strcmp(column->group, "cases") == 0      ? cases
                      : strcmp(column->group, "views/ap") == 0 ? ap
                                                               : lateral;
        if (!write_column(group, column, writer->cases, (hsize_t)writer->count)) {
            return false;
        }
    }
    return true;
}

static bool write_biomarkers(const hn_cohort_writer *writer)
{
    HN_H5_ID all = hn_cohort_create_group(writer->file, "biomarkers");
    hsize_t rows = (hsize_t)writer->count;
    for (int b = 0; b < writer->content.biomarker_count && all >= 0; b++) {
        const hn_biomarker *biomarker = &writer->content.biomarkers[b];
        HN_H5_ID group = hn_cohort_create_group(all, biomarker->name);
        if (group < 0 || !write_attribute(group, "unit", biomarker->unit) ||
            !write_table(group, "value", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, rows,
                         biomarker->value) ||
            !write_table(group, "censoring", H5T_STD_I8LE, H5T_NATIVE_INT8, rows,
                         biomarker->censoring) ||
            !write_table(group, "days", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, rows, biomarker->days)) {
            return false;
        }
    }
    return all >= 0;
}

static hn_status write_attributes(hn_cohort_writer *writer, const char *sha256)
{
    const hn_cohort_content *content = &writer->content;
    char settings_sha256[HN_SHA256_HEX];
    char created[HN_TIME_SIZE];
    char software[128];
    snprintf(software, sizeof software, "hipnet %s", hn_version_full());
    HN_TRY(
        hn_sha256_bytes(settings_sha256, content->settings_json, strlen(content->settings_json)));
    hn_time_text(created);
    const struct {
        const char *name, *text;
    } attributes[] = {
        { "schema", HN_COHORT_SCHEMA },
        { "software", software },
        { "created", created },
        { "content_sha256", sha256 },
        { "settings", content->settings_json },
        { "settings_sha256", settings_sha256 },
        { "risk_class", content->risk_class },
        { "source_hash_kind", content->source_hash_kind },
    };
    for (size_t i = 0; i < HN_COUNT_OF(attributes); i++) {
        if (!write_attribute(writer->file, attributes[i].name, attributes[i].text)) {
            return fail_write(writer, "%s: attribute %s", writer->output.path, attributes[i].name);
        }
    }
    return HN_OK;
}

hn_status hn_cohort_writer_finish(hn_cohort_writer *writer, char sha256[HN_SHA256_HEX])
{
    hn_assert(!writer->finished);
    char hash[HN_SHA256_HEX];
    HN_TRY(check_complete(writer));
    hn_status status = complete_content(writer);
    if (status != HN_OK) {
        return hn_context(status, "%s", writer->output.path);
    }
    HN_TRY(hn_cohort_content_hash(hash, &writer->content));
    {
        HN_H5_LOCKED;
        writer->finished = true;
        HN_TRY(hn_cohort_set_extent(writer, (hsize_t)writer->count));
        if (!write_texts(writer->file, "classes", writer->content.classes,
                         (hsize_t)writer->content.class_count) ||
            !write_columns(writer) || !write_biomarkers(writer)) {
            return fail_write(writer, "%s: writing the tables", writer->output.path);
        }
        HN_TRY(write_attributes(writer, hash));
        if (hn_cohort_close_file(writer) < 0) {
            return fail_write(writer, "%s: closing the file", writer->output.path);
        }
    }
    HN_TRY(hn_output_commit(&writer->output));
    if (sha256) {
        memcpy(sha256, hash, sizeof hash);
    }
    return HN_OK;
}
