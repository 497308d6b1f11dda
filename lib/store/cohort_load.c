/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loading a cohort file that nobody vouches for. The order is: which names are there (nothing is
 * opened through a link that is not hard), then what each is (kind, type, shape, place in the
 * file), and only then is memory asked for, never more than the file itself has bytes.
 */
#include "cohort_loading.h"

#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- names (invariant 11) ------------------------------------------------------------ */

struct walk {
    struct load *load;
    const char *where;  /* "/cases" */
    const char *prefix; /* group of the columns that may stand here, or NULL */
    const char *const *names;
    int count;
    bool biomarkers;
};

static bool is_expected(const struct walk *walk, const char *name)
{
    for (int i = 0; i < walk->count; i++) {
        if (strcmp(walk->names[i], name) == 0) {
            return true;
        }
    }
    for (int c = 0; walk->prefix && c < hn_cohort_column_count; c++) {
        if (strcmp(hn_cohort_columns[c].group, walk->prefix) == 0 &&
            strcmp(hn_cohort_columns[c].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    const struct walk *walk = context;
    struct load *load = walk->load;
    (void)group;
    if (info->type != H5L_TYPE_HARD) {
        hn_cohort_violate(load->report, 11, "%s/%.80s is a link to another place", walk->where,
                          name);
    } else if (walk->biomarkers) {
        if (!hn_cohort_is_biomarker_name(name)) {
            hn_cohort_violate(load->report, 10,
                              "biomarker '%.80s' is not 1 to 63 of a-z, 0-9 and _", name);
        } else if (load->biomarker_names.count == MOST_BIOMARKERS) {
            hn_cohort_violate(load->report, 10, "there are more than %d biomarkers",
                              MOST_BIOMARKERS);
            return 1;
        } else if (hn_text_list_add(&load->biomarker_names, name) != HN_OK) {
            load->status = HN_ENOMEM;
            return -1;
        }
    } else if (!is_expected(walk, name)) {
        hn_cohort_violate(load->report, 11, "%s/%.80s is not part of the schema", walk->where,
                          name);
    }
    return 0;
}

/* Walks the links of an open group; the names are complete or the walk says why not. */
static void walk_group(struct load *load, hid_t group, struct walk walk)
{
    if (group < 0) {
        return;
    }
    walk.load = load;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, visit_link, &walk) < 0) {
        char reason[HN_H5_REASON_SIZE];
        hn_cohort_violate(load->report, 1, "the names in %s/ cannot be read: %s", walk.where,
                          hn_h5_reason(reason));
    }
}

void hn_cohort_load_check_names(struct load *load, hid_t group, const char *where,
                                const char *const *names, int count)
{
    walk_group(load, group, (struct walk) { .where = where, .names = names, .count = count });
}

/* Counts an object's attributes. Those that must be there are looked up by name elsewhere, so
 * the right number means that nothing else is there. (H5Aiterate would name the stray one, but
 * HDF5 1.10 crashes in it on damaged headers.) */
void hn_cohort_load_count_attributes(struct load *load, hid_t object, const char *where,
                                     unsigned wanted)
{
    H5O_info_t info;
    if (object < 0) {
        return;
    }
    if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0) {
        char reason[HN_H5_REASON_SIZE];
        hn_cohort_violate(load->report, 1, "the attributes of %s/ cannot be counted: %s", where,
                          hn_h5_reason(reason));
    } else if (info.num_attrs > wanted) {
        hn_cohort_violate(load->report, 11, "%s/ has %llu attributes, %u are in the schema", where,
                          (unsigned long long)info.num_attrs, wanted);
    }
}

/* ---- attributes (invariants 1 and 2) -------------------------------------------------- */

enum { ROOT_ATTRIBUTES = 8 };

/* The text of a scalar fixed-size string attribute, in the arena; NULL when it is not one. */
const char *hn_cohort_load_attribute(struct load *load, hid_t object, const char *name)
{
    HN_H5_ID attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (attribute < 0) {
        return NULL;
    }
    HN_H5_ID type = H5Aget_type(attribute);
    HN_H5_ID space = H5Aget_space(attribute);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    if (type < 0 || space < 0 || H5Tget_class(type) != H5T_STRING ||
        H5Tis_variable_str(type) != 0 || size < 1 || size > LARGEST_ATTRIBUTE ||
        H5Sget_simple_extent_type(space) != H5S_SCALAR) {
        return NULL;
    }
    char *text = hn_arena_alloc(load->cohort->arena, size + 1);
    if (!text) {
        load->status = HN_ENOMEM;
        return NULL;
    }
    if (H5Aread(attribute, type, text) < 0 || !hn_text_is_utf8(text, strlen(text))) {
        return NULL;
    }
    return text;
}

static const char *require_attribute(struct load *load, const char *name)
{
    const char *text = hn_cohort_load_attribute(load, load->cohort->file, name);
    if (!text) {
        hn_cohort_violate(load->report, 2, "attribute %s is missing or not a plain text", name);
    }
    return text ? text : "";
}

static bool is_hex64(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* 2026-01-31T12:00:00Z */
static bool is_time(const char *text)
{
    static const char shape[] = "0000-00-00T00:00:00Z";
    if (strlen(text) != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; shape[i]; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

static void check_settings(struct load *load)
{
    const hn_cohort_info *info = &load->cohort->info;
    hn_cohort_report *report = load->report;
    HN_AUTO_JSON *json = NULL;
    hn_status status =
        hn_json_parse(&json, info->settings_json, strlen(info->settings_json), "settings");
    if (status == HN_ENOMEM) {
        load->status = status;
    } else if (status != HN_OK) {
        hn_cohort_violate(report, 2, "attribute settings: %s", hn_error_message());
    } else if (hn_json_kind_of(json) != HN_JSON_OBJECT) {
        hn_cohort_violate(report, 2, "attribute settings is not a JSON object");
    }
    char hash[HN_SHA256_HEX];
    status = hn_sha256_bytes(hash, info->settings_json, strlen(info->settings_json));
    if (status != HN_OK) {
        load->status = status;
    } else if (strcmp(hash, info->settings_sha256) != 0) {
        hn_cohort_violate(report, 2, "attribute settings_sha256 is not the hash of settings");
    }
}

static void load_attributes(struct load *load)
{
    hn_cohort_info *info = &load->cohort->info;
    info->software = require_attribute(load, "software");
    info->created = require_attribute(load, "created");
    info->content_sha256 = require_attribute(load, "content_sha256");
    info->settings_json = require_attribute(load, "settings");
    info->settings_sha256 = require_attribute(load, "settings_sha256");
    info->source_hash_kind = require_attribute(load, "source_hash_kind");
    load->cohort->content.risk_class = require_attribute(load, "risk_class");
    load->cohort->content.settings_json = info->settings_json;
    load->cohort->content.source_hash_kind = info->source_hash_kind;
    check_settings(load);
    if (!is_time(info->created)) {
        hn_cohort_violate(load->report, 2, "attribute created is '%.40s', not a time in UTC",
                          info->created);
    }
    if (!is_hex64(info->content_sha256)) {
        hn_cohort_violate(load->report, 2, "attribute content_sha256 is not 64 hex digits");
    }
    if (!hn_cohort_is_source_hash_kind(info->source_hash_kind)) {
        hn_cohort_violate(load->report, 2,
                          "attribute source_hash_kind is '%.40s', not sha256, keyed or none",
                          info->source_hash_kind);
    }
    hn_cohort_load_count_attributes(load, load->cohort->file, "", ROOT_ATTRIBUTES);
    hn_cohort_examined(load->report, 2);
}

/* ---- the whole ------------------------------------------------------------------------ */

static hid_t open_group(struct load *load, hid_t parent, const char *name, const char *where,
                        int invariant)
{
    hid_t group = parent < 0 ? -1 : hn_h5_open_hard(parent, name, H5I_GROUP);
    if (group < 0) {
        hn_cohort_violate(load->report, invariant, "group %s is missing", where);
    } else {
        hn_cohort_load_count_attributes(load, group, where, 0);
    }
    return group;
}

static void open_groups(struct load *load)
{
    static const char *const root[] = { "classes", "images", "cases", "views", "biomarkers" };
    static const char *const views[] = { "ap", "lateral" };
    hid_t file = load->cohort->file;
    walk_group(load, file, (struct walk) { .where = "", .names = root, .count = 5 });
    load->images = open_group(load, file, "images", "/images", 4);
    load->cases = open_group(load, file, "cases", "/cases", 5);
    load->views = open_group(load, file, "views", "/views", 5);
    load->view[0] = open_group(load, load->views, "ap", "/views/ap", 5);
    load->view[1] = open_group(load, load->views, "lateral", "/views/lateral", 5);
    load->biomarkers = open_group(load, file, "biomarkers", "/biomarkers", 5);
    walk_group(load, load->images,
               (struct walk) { .where = "/images", .names = views, .count = 2 });
    walk_group(load, load->views, (struct walk) { .where = "/views", .names = views, .count = 2 });
    walk_group(load, load->cases, (struct walk) { .where = "/cases", .prefix = "cases" });
    walk_group(load, load->view[0], (struct walk) { .where = "/views/ap", .prefix = "views/ap" });
    walk_group(load, load->view[1],
               (struct walk) { .where = "/views/lateral", .prefix = "views/lateral" });
    walk_group(load, load->biomarkers,
               (struct walk) { .where = "/biomarkers", .biomarkers = true });
}

static void close_groups(struct load *load)
{
    hid_t *groups[] = { &load->images,  &load->cases,   &load->views,
                        &load->view[0], &load->view[1], &load->biomarkers };
    for (size_t i = 0; i < HN_COUNT_OF(groups); i++) {
        hn_h5_closep(groups[i]);
    }
    hn_text_list_clear(&load->biomarker_names);
}

static void report_unopened(struct load *load)
{
    char space[HN_H5_REASON_SIZE];
    const char *reason = hn_h5_reason(space);
    if (hn_text_starts(reason, "truncated file")) {
        hn_cohort_violate(load->report, 1, "the file is cut short: %" PRId64 " bytes are left",
                          load->cohort->file_size);
    } else {
        hn_cohort_violate(load->report, 1, "HDF5 says: %s", reason);
    }
}

/* Under the lock: HDF5 opens the file, the schema's name is right. */
static bool open_file(struct load *load)
{
    hn_cohort *cohort = load->cohort;
    HN_H5_ID access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        hn_h5_no_file_locks(access) < 0) {
        load->status = hn_h5_fail(HN_EIO, "%s", cohort->info.path);
        return false;
    }
    cohort->file = H5Fopen(cohort->info.path, H5F_ACC_RDONLY, access);
    if (cohort->file < 0) {
        report_unopened(load);
        return false;
    }
    const char *schema = hn_cohort_load_attribute(load, cohort->file, "schema");
    if (!schema || strcmp(schema, HN_COHORT_SCHEMA) != 0) {
        hn_cohort_violate(load->report, 1, "the schema is '%.40s', '%s' was expected",
                          schema ? schema : "", HN_COHORT_SCHEMA);
        return false;
    }
    hn_cohort_examined(load->report, 1);
    return true;
}

static bool load_all(struct load *load)
{
    HN_H5_LOCKED;
    bool good = false;
    if (open_file(load)) {
        open_groups(load);
        load_attributes(load);
        good = hn_cohort_load_tables(load);
    }
    close_groups(load);
    return good;
}

static hn_status check_path(hn_cohort *cohort, const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return hn_fail_errno("%s", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        return hn_fail(HN_EIO, "%s is %s, not a cohort file", path,
                       S_ISDIR(facts.st_mode) ? "a folder" : "a device or a pipe");
    }
    cohort->file_size = (int64_t)facts.st_size;
    cohort->path = hn_strdup(path);
    cohort->info.path = cohort->path;
    return cohort->path ? HN_OK : HN_ENOMEM;
}

/* HDF5's signature and a superblock whose version (2 or 3) has checksums in all headers: HDF5
 * 1.10 has faults of its own that damaged headers without them can reach. */
static hn_status check_signature(struct load *load, bool *good)
{
    static const unsigned char signature[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };
    unsigned char head[9] = { 0 };
    FILE *stream = NULL;
    HN_TRY(hn_file_open(&stream, load->cohort->path));
    size_t got = fread(head, 1, sizeof head, stream);
    fclose(stream);
    *good = false;
    if (load->cohort->file_size == 0) {
        hn_cohort_violate(load->report, 1, "the file is empty");
    } else if (got < sizeof head || memcmp(head, signature, sizeof signature) != 0) {
        hn_cohort_violate(load->report, 1, "this is not an HDF5 file");
    } else if (head[8] < 2) {
        hn_cohort_violate(load->report, 1,
                          "its HDF5 headers carry no checksums: superblock version %d, 2 or 3 was "
                          "expected (in h5py: libver='v110')",
                          head[8]);
    } else {
        *good = true;
    }
    return HN_OK;
}

hn_status hn_cohort_load(hn_cohort **out, hn_cohort_report *report, const char *path)
{
    hn_cohort_report_begin(report);
    HN_AUTO_COHORT *cohort = hn_calloc(1, sizeof *cohort);
    if (!cohort) {
        return HN_ENOMEM;
    }
    cohort->file = cohort->images[HN_VIEW_AP] = cohort->images[HN_VIEW_LATERAL] = -1;
    cohort->arena = hn_arena_new();
    if (!cohort->arena) {
        return HN_ENOMEM;
    }
    HN_TRY(check_path(cohort, path));
    struct load load = { .cohort = cohort,
                         .report = report,
                         .images = -1,
                         .cases = -1,
                         .views = -1,
                         .view = { -1, -1 },
                         .biomarkers = -1 };
    bool good = false;
    HN_TRY(check_signature(&load, &good));
    good = good && load_all(&load);
    HN_TRY(load.status);
    if (!good) {
        return HN_OK;
    }
    report->cases = cohort->content.count;
    HN_TRY(hn_cohort_check_content(report, &cohort->content));
    hn_cohort_complete_info(cohort);
    *out = cohort;
    cohort = NULL;
    return HN_OK;
}
