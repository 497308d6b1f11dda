/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loading the images' description, the tables and the biomarkers of a cohort file. What a table
 * is and where it lies is compared with the schema and the file before memory is asked for.
 */
#include "cohort_loading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- images (invariant 4) ------------------------------------------------------------- */

static bool has_attributes(hid_t object)
{
    H5O_info_t info;
    return H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs != 0;
}

/* gzip alone, or shuffle before gzip: the pipelines that cohort_codec.c undoes. */
static bool read_filters(hid_t properties, bool *shuffled)
{
    int count = H5Pget_nfilters(properties);
    H5Z_filter_t filters[2] = { 0, 0 };
    for (int i = 0; i < count && i < 2; i++) {
        unsigned flags = 0, config = 0, values[8];
        size_t value_count = HN_COUNT_OF(values);
        filters[i] =
            H5Pget_filter2(properties, (unsigned)i, &flags, &value_count, values, 0, NULL, &config);
    }
    *shuffled = count == 2;
    return (count == 1 && filters[0] == H5Z_FILTER_DEFLATE) ||
           (count == 2 && filters[0] == H5Z_FILTER_SHUFFLE && filters[1] == H5Z_FILTER_DEFLATE);
}

static int bits_of(hid_t type)
{
    return type >= 0 && H5Tequal(type, H5T_STD_U8LE) > 0    ? 8
           : type >= 0 && H5Tequal(type, H5T_STD_U16LE) > 0 ? 16
                                                            : 0;
}

static bool load_images(struct load *load, hn_view view, hsize_t size[3], int *bits)
{
    hn_cohort *cohort = load->cohort;
    const char *name = hn_view_name(view);
    hid_t images = load->images < 0 ? -1 : hn_h5_open_hard(load->images, name, H5I_DATASET);
    cohort->images[view] = images;
    if (images < 0) {
        hn_cohort_violate(load->report, 4, "dataset /images/%s is missing", name);
        return false;
    }
    HN_H5_ID space = H5Dget_space(images);
    HN_H5_ID type = H5Dget_type(images);
    HN_H5_ID properties = H5Dget_create_plist(images);
    hsize_t chunk[3] = { 0, 0, 0 };
    *bits = bits_of(type);
    if (space < 0 || H5Sget_simple_extent_ndims(space) != 3 ||
        H5Sget_simple_extent_dims(space, size, NULL) != 3 || *bits == 0) {
        hn_cohort_violate(load->report, 4,
                          "/images/%s is not [cases, rows, columns] of uint8 or uint16", name);
        return false;
    }
    if (size[1] < 1 || size[1] > LARGEST_SIDE || size[2] < 1 || size[2] > LARGEST_SIDE ||
        size[0] < 1 || size[0] > MOST_CASES) {
        hn_cohort_violate(load->report, 4,
                          "/images/%s holds %llu images of %llu x %llu pixels, 1 to %d of 1 to %d "
                          "were expected",
                          name, (unsigned long long)size[0], (unsigned long long)size[1],
                          (unsigned long long)size[2], MOST_CASES, LARGEST_SIDE);
        return false;
    }
    if (properties < 0 || H5Pget_layout(properties) != H5D_CHUNKED ||
        H5Pget_chunk(properties, 3, chunk) != 3 || chunk[0] != 1 || chunk[1] != size[1] ||
        chunk[2] != size[2]) {
        hn_cohort_violate(load->report, 4, "/images/%s is not stored one image per chunk", name);
        return false;
    }
    if (!read_filters(properties, &cohort->shuffled[view])) {
        hn_cohort_violate(load->report, 4, "/images/%s has other filters than shuffle and gzip",
                          name);
        return false;
    }
    if (has_attributes(images)) {
        hn_cohort_violate(load->report, 11, "dataset /images/%s has attributes", name);
    }
    return true;
}

static bool load_both_images(struct load *load)
{
    hn_cohort_content *content = &load->cohort->content;
    hsize_t ap[3] = { 0 }, lateral[3] = { 0 };
    int ap_bits = 0, lateral_bits = 0;
    bool good = load_images(load, HN_VIEW_AP, ap, &ap_bits);
    good = load_images(load, HN_VIEW_LATERAL, lateral, &lateral_bits) && good;
    hn_cohort_examined(load->report, 4);
    if (!good) {
        return false;
    }
    if (memcmp(ap, lateral, sizeof ap) != 0 || ap_bits != lateral_bits) {
        hn_cohort_violate(load->report, 4, "/images/ap and /images/lateral differ in size or type");
        return false;
    }
    content->count = (int64_t)ap[0];
    content->rows = (int)ap[1];
    content->columns = (int)ap[2];
    content->bits = ap_bits;
    return true;
}

/* ---- tables (invariant 5) ------------------------------------------------------------- */

/* What a table must be; `width` gets the size of its texts. */
static bool is_type(hid_t type, hn_column_kind kind, size_t *width)
{
    *width = type < 0 ? 0 : H5Tget_size(type);
    switch (kind) {
    case HN_COLUMN_FLAG:
        return type >= 0 && H5Tequal(type, H5T_STD_U8LE) > 0;
    case HN_COLUMN_ANSWER:
        return type >= 0 && H5Tequal(type, H5T_STD_I8LE) > 0;
    case HN_COLUMN_INT:
        return type >= 0 && H5Tequal(type, H5T_STD_I32LE) > 0;
    case HN_COLUMN_REAL:
        return type >= 0 && H5Tequal(type, H5T_IEEE_F64LE) > 0;
    default:
        return type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
               *width >= 1 && *width <= LARGEST_TEXT;
    }
}

static const char *kind_words(hn_column_kind kind)
{
    static const char *const words[] = { "text", "text", "uint8", "int8", "int32", "float64" };
    return words[kind];
}

/* The table's values lie whole and unfiltered inside this file, so that its memory is bounded by
 * the file's size and no other file is touched. */
static bool is_whole(const struct load *load, hid_t table, uint64_t bytes)
{
    HN_H5_ID properties = H5Dget_create_plist(table);
    if (properties < 0 || H5Pget_layout(properties) != H5D_CONTIGUOUS ||
        H5Pget_external_count(properties) != 0 || H5Dget_storage_size(table) != bytes) {
        return false;
    }
    haddr_t place = H5Dget_offset(table);
    uint64_t size = (uint64_t)load->cohort->file_size;
    return place != HADDR_UNDEF && bytes <= size && place <= size - bytes;
}

/* Reads a table of `rows` values (0: as many as there are, told in *rows). The caller frees. */
static void *read_table(struct load *load, hid_t group, const char *where, const char *name,
                        hn_column_kind kind, int invariant, int64_t *rows, size_t *width)
{
    HN_H5_ID table = group < 0 ? -1 : hn_h5_open_hard(group, name, H5I_DATASET);
    if (table < 0) {
        hn_cohort_violate(load->report, invariant, "table /%s%s%s is missing", where,
                          where[0] ? "/" : "", name);
        return NULL;
    }
    HN_H5_ID space = H5Dget_space(table);
    HN_H5_ID type = H5Dget_type(table);
    hsize_t size = 0;
    if (space < 0 || H5Sget_simple_extent_ndims(space) != 1 ||
        H5Sget_simple_extent_dims(space, &size, NULL) != 1 || !is_type(type, kind, width) ||
        (*rows ? size != (hsize_t)*rows : size < 1 || size > MOST_CASES)) {
        hn_cohort_violate(load->report, invariant, "table /%s%s%s is not one row per case of %s",
                          where, where[0] ? "/" : "", name, kind_words(kind));
        return NULL;
    }
    if (!is_whole(load, table, size * *width)) {
        hn_cohort_violate(load->report, invariant, "table /%s%s%s is not stored whole in the file",
                          where, where[0] ? "/" : "", name);
        return NULL;
    }
    if (has_attributes(table)) {
        hn_cohort_violate(load->report, 11, "table /%s%s%s has attributes", where,
                          where[0] ? "/" : "", name);
    }
    void *values = hn_calloc((size_t)size, *width);
    if (!values) {
        load->status = HN_ENOMEM;
        return NULL;
    }
    hid_t memory = kind == HN_COLUMN_INT    ? H5T_NATIVE_INT32
                   : kind == HN_COLUMN_REAL ? H5T_NATIVE_DOUBLE
                                            : type;
    if (H5Dread(table, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        char reason[HN_H5_REASON_SIZE];
        hn_cohort_violate(load->report, invariant, "table /%s%s%s cannot be read: %s", where,
                          where[0] ? "/" : "", name, hn_h5_reason(reason));
        hn_free(values);
        return NULL;
    }
    *rows = (int64_t)size;
    return values;
}

/* Fixed-size texts become NUL-terminated ones in the arena. */
static char *unpack_texts(struct load *load, const char *packed, int64_t rows, size_t width)
{
    char *texts = hn_arena_alloc(load->cohort->arena, (size_t)rows * (width + 1));
    if (!texts) {
        load->status = HN_ENOMEM;
        return NULL;
    }
    for (int64_t i = 0; i < rows; i++) {
        memcpy(texts + (size_t)i * (width + 1), packed + (size_t)i * width, width);
    }
    return texts;
}

static void take_word(struct load *load, const hn_column *column, int64_t row, const char *word,
                      int *field)
{
    int number = hn_words_find(column->words, word);
    if (number < 0) {
        hn_cohort_violate(load->report, 6,
                          "/%s/%s row %" PRId64 ": '%.40s' is not one of its words", column->group,
                          column->name, row, word);
        number = 0;
    }
    *field = number;
}

static void take_small(struct load *load, const hn_column *column, int64_t row, int value,
                       void *field)
{
    bool flag = column->kind == HN_COLUMN_FLAG;
    if (value < (flag ? 0 : -1) || value > 1) {
        hn_cohort_violate(load->report, 7, "/%s/%s row %" PRId64 " is %d, %s was expected",
                          column->group, column->name, row, value, flag ? "0 or 1" : "-1, 0 or 1");
        value = 0;
    }
    if (flag) {
        *(bool *)field = value;
    } else {
        *(int *)field = value;
    }
}

static void take_column(struct load *load, const hn_column *column, const void *values,
                        const char *texts, size_t width)
{
    for (int64_t i = 0; i < load->cohort->content.count; i++) {
        void *field = (char *)&load->cohort->cases[i] + column->offset;
        switch (column->kind) {
        case HN_COLUMN_TEXT:
            *(const char **)field = texts + (size_t)i * (width + 1);
            break;
        case HN_COLUMN_WORD:
            take_word(load, column, i, texts + (size_t)i * (width + 1), field);
            break;
        case HN_COLUMN_FLAG:
            take_small(load, column, i, ((const uint8_t *)values)[i], field);
            break;
        case HN_COLUMN_ANSWER:
            take_small(load, column, i, ((const int8_t *)values)[i], field);
            break;
        case HN_COLUMN_INT:
            *(int *)field = ((const int32_t *)values)[i];
            break;
        case HN_COLUMN_REAL:
            *(double *)field = ((const double *)values)[i];
            break;
        }
    }
}

static bool load_column(struct load *load, const hn_column *column)
{
    hid_t group = strcmp(column->group, "cases") == 0      ? load->cases
                  : strcmp(column->group, "views/ap") == 0 ? load->view[HN_VIEW_AP]
                                                           : load->view[HN_VIEW_LATERAL];
    size_t width = 0;
    HN_AUTOFREE void *values = read_table(load, group, column->group, column->name, column->kind, 5,
                                          &load->cohort->content.count, &width);
    if (!values) {
        return false;
    }
    const char *texts = NULL;
    if (column->kind == HN_COLUMN_TEXT || column->kind == HN_COLUMN_WORD) {
        texts = unpack_texts(load, values, load->cohort->content.count, width);
        if (!texts) {
            return false;
        }
    }
    take_column(load, column, values, texts, width);
    return true;
}

static bool load_classes(struct load *load)
{
    hn_cohort_content *content = &load->cohort->content;
    int64_t count = 0;
    size_t width = 0;
    HN_AUTOFREE void *packed =
        read_table(load, load->cohort->file, "", "classes", HN_COLUMN_TEXT, 3, &count, &width);
    if (packed && count > HN_COHORT_CLASSES) {
        hn_cohort_violate(load->report, 3, "there are %" PRId64 " classes, 1 to %d were expected",
                          count, HN_COHORT_CLASSES);
    }
    if (!packed || count > HN_COHORT_CLASSES) {
        return false;
    }
    const char *texts = unpack_texts(load, packed, count, width);
    if (!texts) {
        return false;
    }
    for (int64_t i = 0; i < count; i++) {
        load->cohort->classes[i] = texts + (size_t)i * (width + 1);
    }
    content->class_count = (int)count;
    content->classes = load->cohort->classes;
    return true;
}

/* ---- biomarkers (invariants 5 and 10) -------------------------------------------------- */

static bool load_biomarker(struct load *load, const char *name, hn_biomarker *out)
{
    static const char *const tables[] = { "value", "censoring", "days" };
    char where[128];
    snprintf(where, sizeof where, "biomarkers/%s", name);
    HN_H5_ID group = hn_h5_open_hard(load->biomarkers, name, H5I_GROUP);
    if (group < 0) {
        hn_cohort_violate(load->report, 5, "/%s is not a group", where);
        return false;
    }
    hn_cohort_load_check_names(load, group, where, tables, 3);
    hn_cohort_load_count_attributes(load, group, where, 1);
    out->name = hn_arena_strdup(load->cohort->arena, name);
    out->unit = hn_cohort_load_attribute(load, group, "unit");
    if (!out->unit) {
        hn_cohort_violate(load->report, 10, "biomarker %s has no attribute unit", name);
        out->unit = "";
    }
    int64_t *rows = &load->cohort->content.count;
    size_t width = 0;
    out->value = read_table(load, group, where, "value", HN_COLUMN_REAL, 5, rows, &width);
    out->censoring = read_table(load, group, where, "censoring", HN_COLUMN_ANSWER, 5, rows, &width);
    out->days = read_table(load, group, where, "days", HN_COLUMN_REAL, 5, rows, &width);
    return out->name && out->value && out->censoring && out->days;
}

static bool load_biomarkers(struct load *load)
{
    hn_cohort *cohort = load->cohort;
    hn_text_list_sort(&load->biomarker_names);
    cohort->biomarkers = hn_calloc(load->biomarker_names.count, sizeof *cohort->biomarkers);
    if (!cohort->biomarkers) {
        load->status = HN_ENOMEM;
        return false;
    }
    bool good = true;
    for (size_t b = 0; b < load->biomarker_names.count; b++) {
        cohort->content.biomarker_count = (int)b + 1; /* what is there so far is freed with it */
        good = load_biomarker(load, load->biomarker_names.items[b], &cohort->biomarkers[b]) && good;
    }
    cohort->content.biomarkers = cohort->biomarkers;
    return good;
}

/* ---- all of them ---------------------------------------------------------------------- */

/* Everything behind the schema; false when the rest cannot be examined. */
bool hn_cohort_load_tables(struct load *load)
{
    hn_cohort *cohort = load->cohort;
    bool good = load_classes(load);
    if (!load_both_images(load)) {
        return false;
    }
    /* A count of cases is believed once a table of as many rows is seen to lie in the file. */
    int64_t rows = cohort->content.count;
    size_t width = 0;
    void *first = read_table(load, load->cases, "cases", "label", HN_COLUMN_INT, 5, &rows, &width);
    hn_free(first);
    if (!first) {
        return false;
    }
    cohort->cases = hn_calloc((size_t)rows, sizeof *cohort->cases);
    if (!cohort->cases) {
        load->status = HN_ENOMEM;
        return false;
    }
    cohort->content.cases = cohort->cases;
    for (int c = 0; c < hn_cohort_column_count; c++) {
        good = load_column(load, &hn_cohort_columns[c]) && good;
    }
    good = load_biomarkers(load) && good;
    hn_cohort_examined(load->report, 5);
    hn_cohort_examined(load->report, 11);
    return good;
}
