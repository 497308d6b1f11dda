/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_facts.c: what a run was made for (environment.json), and whether it may go on, or
 * predict, with what it is given now. A refusal names the first difference and both values.
 */
#include "run_internal.h"

#include <hipnet/json.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/tensor_scope.h>
#include <hipnet/version.h>

#include <stdio.h>
#include <string.h>

hn_status hn_run_facts_collect(hn_run *run, const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    hn_run_facts *facts = &run->facts;
    snprintf(facts->cohort_sha256, sizeof facts->cohort_sha256, "%s", info->content_sha256);
    hn_free(facts->settings);
    facts->settings = hn_strdup(info->settings_json);
    if (!facts->settings) {
        return HN_ENOMEM;
    }
    snprintf(facts->split_sha256, sizeof facts->split_sha256, "%s", hn_split_sha256(run->split));
    facts->rows = info->rows;
    facts->columns = info->columns;
    facts->bits = info->bits;
    hn_text_list_clear(&facts->classes);
    for (int i = 0; i < info->class_count; i++) {
        HN_TRY(hn_text_list_add(&facts->classes, info->classes[i]));
    }
    return hn_train_config_hash(facts->config_sha256, &run->config);
}

/* The processor's name, for the reader who compares two runs; "" where it is not known. */
static void processor_name(char *out, size_t size)
{
    FILE *stream = NULL;
    char line[256];
    out[0] = 0;
    if (hn_file_open(&stream, "/proc/cpuinfo") != HN_OK) {
        return;
    }
    while (fgets(line, sizeof line, stream)) {
        char *colon = strchr(line, ':');
        if (colon && hn_text_starts(line, "model name")) {
            snprintf(out, size, "%s", hn_text_trim(colon + 1));
            break;
        }
    }
    fclose(stream);
}

hn_status hn_run_facts_write(const hn_run *run)
{
    const hn_run_facts *facts = &run->facts;
    char path[HN_PATH_SIZE];
    char now[HN_TIME_SIZE];
    char processor[128];
    hn_time_text(now);
    processor_name(processor, sizeof processor);
    HN_AUTO_JSON *json = hn_json_new_object();
    hn_json_add_text(json, "software", hn_version_full());
    hn_json_add_text(json, "libtorch", hn_torch_version());
    hn_json_add_text(json, "processor", processor);
    hn_json_add_text(json, "device", facts->device);
    hn_json_add_int(json, "threads", facts->threads);
    hn_json_add_text(json, "started", now);
    hn_json_add_text(json, "cohort_sha256", facts->cohort_sha256);
    hn_json_add_text(json, "split_sha256", facts->split_sha256);
    hn_json_add_text(json, "config_sha256", facts->config_sha256);
    hn_json_add_int(json, "rows", facts->rows);
    hn_json_add_int(json, "columns", facts->columns);
    hn_json_add_int(json, "bits", facts->bits);
    HN_AUTO_JSON *settings = NULL;
    HN_TRY(hn_json_parse(&settings, facts->settings, strlen(facts->settings), "the settings"));
    hn_json_add_copy(json, "cohort_settings", settings);
    hn_json *classes = hn_json_add_array(json, "classes");
    for (size_t i = 0; i < facts->classes.count; i++) {
        if (!hn_json_add_text(classes, NULL, facts->classes.items[i])) {
            return hn_fail(HN_ENOMEM, "out of memory");
        }
    }
    HN_TRY(hn_run_path(path, run, NULL, "environment.json"));
    return hn_json_write(json, path, true);
}

static hn_status get_hash(char out[HN_SHA256_HEX], const hn_json *json, const char *key)
{
    const char *text = NULL;
    HN_TRY(hn_json_get_text(&text, json, key));
    if (strlen(text) != HN_SHA256_HEX - 1) {
        return hn_fail(HN_EFORMAT, "%s is not a SHA-256", key);
    }
    memcpy(out, text, HN_SHA256_HEX);
    return HN_OK;
}

static hn_status get_count(int *out, const hn_json *json, const char *key, int64_t most)
{
    int64_t value = 0;
    HN_TRY(hn_json_get_int(&value, json, key));
    if (value < 1 || value > most) {
        return hn_fail(HN_EFORMAT, "%s is %lld, expected 1 to %lld", key, (long long)value,
                       (long long)most);
    }
    *out = (int)value;
    return HN_OK;
}

static hn_status get_settings(hn_run_facts *facts, const hn_json *json)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    const hn_json *settings = hn_json_get(json, "cohort_settings");
    if (!settings || hn_json_kind_of(settings) != HN_JSON_OBJECT) {
        return hn_fail(HN_EFORMAT, "cohort_settings: an object was expected");
    }
    HN_TRY(hn_json_print(&text, settings, false));
    facts->settings = hn_text_take(&text);
    return facts->settings ? HN_OK : HN_ENOMEM;
}

static hn_status parse_facts(hn_run_facts *facts, const hn_json *json)
{
    const char *device = NULL;
    HN_TRY(get_settings(facts, json));
    HN_TRY(get_hash(facts->cohort_sha256, json, "cohort_sha256"));
    HN_TRY(get_hash(facts->split_sha256, json, "split_sha256"));
    HN_TRY(get_hash(facts->config_sha256, json, "config_sha256"));
    HN_TRY(get_count(&facts->rows, json, "rows", 16384));
    HN_TRY(get_count(&facts->columns, json, "columns", 16384));
    HN_TRY(get_count(&facts->bits, json, "bits", 16));
    HN_TRY(get_count(&facts->threads, json, "threads", 1 << 20));
    HN_TRY(hn_json_get_text(&device, json, "device"));
    snprintf(facts->device, sizeof facts->device, "%s", device);
    const hn_json *classes = hn_json_get(json, "classes");
    int64_t count = classes ? hn_json_count(classes) : 0;
    if (count < 1 || count > HN_COHORT_CLASSES) {
        return hn_fail(HN_EFORMAT, "classes: 1 to %d names were expected", HN_COHORT_CLASSES);
    }
    for (const hn_json *name = hn_json_first(classes); name; name = hn_json_next(name)) {
        const char *text = NULL;
        HN_TRY(hn_json_as_text(&text, name));
        HN_TRY(hn_text_list_add(&facts->classes, text));
    }
    return HN_OK;
}

hn_status hn_run_facts_read(hn_run *run)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_run_path(path, run, NULL, "environment.json"));
    HN_TRY(hn_json_read(&json, path));
    hn_status status = parse_facts(&run->facts, json);
    return status ? hn_context(status, "%s", path) : HN_OK;
}

/* ---- comparing --------------------------------------------------------------------------- */

static hn_status check_hash(const char *what, const char *here, const char *there)
{
    if (hn_text_equal(here, there)) {
        return HN_OK;
    }
    return hn_fail(HN_EDATA, "%s is not the one of the run: %.12s... here and %.12s... there", what,
                   here, there);
}

hn_status hn_run_check_same(const hn_run *run, const hn_train_config *config,
                            const char *split_path, const hn_cohort *cohort)
{
    if (config) {
        HN_AUTO_TEXT difference = HN_TEXT_INIT;
        HN_TRY(hn_train_config_compare(&difference, config, &run->config));
        if (difference.size > 0) {
            return hn_fail(HN_EUSAGE, "the configuration is not the one of the run %s: %s",
                           run->folder, difference.data);
        }
    }
    const char *sha256 = hn_cohort_get_info(cohort)->content_sha256;
    hn_status status = check_hash("the cohort", sha256, run->facts.cohort_sha256);
    if (!status && split_path) {
        HN_AUTO_SPLIT *split = NULL;
        HN_TRY(hn_split_read(&split, split_path));
        status = check_hash("the split", hn_split_sha256(split), run->facts.split_sha256);
    }
    if (!status) {
        status = check_hash("split.json", hn_split_sha256(run->split), run->facts.split_sha256);
    }
    if (!status) {
        char hash[HN_SHA256_HEX];
        HN_TRY(hn_train_config_hash(hash, &run->config));
        status = check_hash("config.json", hash, run->facts.config_sha256);
    }
    return status ? hn_context(status, "%s", run->folder) : HN_OK;
}

/* "key is A here and B there" of the first member that differs; the empty text when none does. */
static hn_status compare_objects(hn_text *difference, const hn_json *here, const hn_json *there)
{
    for (const hn_json *value = hn_json_first(here); value; value = hn_json_next(value)) {
        HN_AUTO_TEXT ours = HN_TEXT_INIT;
        HN_AUTO_TEXT theirs = HN_TEXT_INIT;
        const hn_json *other = hn_json_get(there, hn_json_key(value));
        HN_TRY(hn_json_print(&ours, value, false));
        if (other) {
            HN_TRY(hn_json_print(&theirs, other, false));
        }
        if (!hn_text_equal(hn_text_get(&ours), hn_text_get(&theirs))) {
            hn_text_printf(difference, "%s is %s here and %s there", hn_json_key(value),
                           hn_text_get(&ours), other ? hn_text_get(&theirs) : "absent");
            return hn_text_status(difference);
        }
    }
    if (hn_json_count(here) != hn_json_count(there)) {
        hn_text_append(difference, "there has more keys than here");
    }
    return hn_text_status(difference);
}

static hn_status check_preprocessing(const hn_run *run, const hn_cohort_info *info)
{
    HN_AUTO_JSON *here = NULL;
    HN_AUTO_JSON *there = NULL;
    HN_AUTO_TEXT difference = HN_TEXT_INIT;
    const char *settings = run->facts.settings;
    HN_TRY(hn_json_parse(&here, info->settings_json, strlen(info->settings_json), info->path));
    HN_TRY(hn_json_parse(&there, settings, strlen(settings), run->folder));
    const hn_json *image = hn_json_get(here, "image");
    const hn_json *other = hn_json_get(there, "image");
    if (!image != !other) {
        hn_text_printf(&difference, "image is %s here and %s there", image ? "given" : "absent",
                       other ? "given" : "absent");
    } else if (image) {
        HN_TRY(compare_objects(&difference, image, other));
    }
    if (difference.size > 0) {
        return hn_fail(HN_EDATA, "%s was preprocessed otherwise than the cohort of the run %s: %s",
                       info->path, run->folder, difference.data);
    }
    return hn_text_status(&difference);
}

hn_status hn_run_check_cohort(const hn_run *run, const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    const hn_run_facts *facts = &run->facts;
    if ((size_t)info->class_count != facts->classes.count) {
        return hn_fail(HN_EDATA, "%s has %d classes, the run %s was trained on %zu", info->path,
                       info->class_count, run->folder, facts->classes.count);
    }
    for (int i = 0; i < info->class_count; i++) {
        if (!hn_text_equal(info->classes[i], facts->classes.items[i])) {
            return hn_fail(HN_EDATA, "class %d of %s is %s, the run %s was trained on %s", i,
                           info->path, info->classes[i], run->folder, facts->classes.items[i]);
        }
    }
    if (info->rows != facts->rows || info->columns != facts->columns || info->bits != facts->bits) {
        return hn_fail(HN_EDATA,
                       "%s has images of %d x %d pixels and %d bits, the run %s was trained on "
                       "%d x %d and %d",
                       info->path, info->rows, info->columns, info->bits, run->folder, facts->rows,
                       facts->columns, facts->bits);
    }
    return check_preprocessing(run, info);
}

/* ---- who learns -------------------------------------------------------------------------- */

hn_status hn_run_cases(int64_t **cases, int64_t *count, const hn_split *split,
                       const hn_cohort *cohort, int fold, hn_role role)
{
    int64_t all = hn_cohort_get_info(cohort)->cases;
    HN_AUTOFREE int64_t *list = hn_calloc((size_t)all, sizeof *list);
    int64_t n = 0;
    if (!list) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < all; i++) {
        const hn_case *facts = hn_cohort_case(cohort, i);
        hn_role found = HN_ROLE_NONE;
        if (facts->reference_status != HN_REFERENCE_SINGLE || facts->label < 0) {
            continue;
        }
        HN_TRY(hn_split_role(&found, split, facts->patient_id, fold));
        if (found == role) {
            list[n++] = i;
        }
    }
    *cases = list;
    *count = n;
    list = NULL;
    return HN_OK;
}
