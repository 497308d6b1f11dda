/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cJSON behind a strict front: an hn_json is a cJSON node. Numbers that we write are raw nodes
 * that hold the shortest text which reads back exactly, since cJSON's own printing does not
 * promise that.
 */
#include <hipnet/json.h>

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 256 << 20, DEEPEST = 64 };
static const double LARGEST_INTEGER = 9007199254740992.0; /* 2^53 */

static cJSON *node(const hn_json *json)
{
    return (cJSON *)(uintptr_t)json;
}

static hn_json *wrap(const cJSON *item)
{
    return (hn_json *)(uintptr_t)item;
}

/* ---- reading ------------------------------------------------------------------------- */

static hn_status fail_at(const char *name, const char *text, const char *at, const char *words)
{
    int line = 1, column = 1;
    for (const char *c = text; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return hn_fail(HN_EFORMAT, "%s line %d column %d: %s", name, line, column, words);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static hn_status check_keys(const cJSON *object, const char *name)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    if (count < 2) {
        return HN_OK;
    }
    const char **keys = hn_calloc(count, sizeof *keys);
    if (!keys) {
        return HN_ENOMEM;
    }
    size_t i = 0;
    for (const cJSON *child = object->child; child; child = child->next) {
        keys[i++] = child->string;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    hn_status status = HN_OK;
    for (i = 1; i < count && status == HN_OK; i++) {
        if (strcmp(keys[i - 1], keys[i]) == 0) {
            status = hn_fail(HN_EFORMAT, "%s: key '%s' stands twice in one object", name, keys[i]);
        }
    }
    hn_free(keys);
    return status;
}

static hn_status check_tree(const cJSON *item, const char *name, int depth)
{
    if (depth > DEEPEST) {
        return hn_fail(HN_EFORMAT, "%s: nested deeper than %d", name, DEEPEST);
    }
    if (cJSON_IsNumber(item) && !isfinite(item->valuedouble)) {
        return hn_fail(HN_EFORMAT, "%s: a number is too large%s%s", name,
                       item->string ? " at key " : "", item->string ? item->string : "");
    }
    if (cJSON_IsObject(item)) {
        HN_TRY(check_keys(item, name));
    }
    for (const cJSON *child = item->child; child; child = child->next) {
        HN_TRY(check_tree(child, name, depth + 1));
    }
    return HN_OK;
}

hn_status hn_json_parse(hn_json **out, const char *text, size_t size, const char *name)
{
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (!hn_text_is_utf8(text, size) || memchr(text, 0, size)) {
        return hn_fail(HN_EFORMAT, "%s is not UTF-8 text", name);
    }
    HN_AUTOFREE char *copy = hn_strndup(text, size);
    if (!copy) {
        return HN_ENOMEM;
    }
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithOpts(copy, &end, 0);
    if (!root) {
        return fail_at(name, copy, end ? end : copy, "this is not JSON");
    }
    while (*end == ' ' || *end == '\t' || *end == '\n' || *end == '\r') {
        end++;
    }
    hn_status status = *end ? fail_at(name, copy, end, "there is text behind the value")
                            : check_tree(root, name, 0);
    if (status != HN_OK) {
        cJSON_Delete(root);
        return status;
    }
    *out = wrap(root);
    return HN_OK;
}

hn_status hn_json_read(hn_json **out, const char *path)
{
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, LARGEST_FILE));
    return hn_json_parse(out, bytes, size, path);
}

void hn_json_free(hn_json *json)
{
    cJSON_Delete(node(json));
}

void hn_json_freep(hn_json **json)
{
    hn_json_free(*json);
    *json = NULL;
}

hn_json_kind hn_json_kind_of(const hn_json *json)
{
    const cJSON *item = node(json);
    return cJSON_IsBool(item)                          ? HN_JSON_BOOL
           : cJSON_IsNumber(item) || cJSON_IsRaw(item) ? HN_JSON_NUMBER
           : cJSON_IsString(item)                      ? HN_JSON_TEXT
           : cJSON_IsArray(item)                       ? HN_JSON_ARRAY
           : cJSON_IsObject(item)                      ? HN_JSON_OBJECT
                                                       : HN_JSON_NULL;
}

const char *hn_json_key(const hn_json *json)
{
    return node(json)->string;
}

int64_t hn_json_count(const hn_json *json)
{
    return json ? cJSON_GetArraySize(node(json)) : 0;
}

const hn_json *hn_json_first(const hn_json *json)
{
    bool parent = json && (cJSON_IsArray(node(json)) || cJSON_IsObject(node(json)));
    return parent ? wrap(node(json)->child) : NULL;
}

const hn_json *hn_json_next(const hn_json *child)
{
    return wrap(node(child)->next);
}

const hn_json *hn_json_at(const hn_json *array, int64_t index)
{
    return index < 0 || index > INT32_MAX ? NULL
                                          : wrap(cJSON_GetArrayItem(node(array), (int)index));
}

const hn_json *hn_json_get(const hn_json *object, const char *key)
{
    return object ? wrap(cJSON_GetObjectItemCaseSensitive(node(object), key)) : NULL;
}

static const char *kind_words(const hn_json *json)
{
    static const char *const words[] = { "null",   "true or false", "a number",
                                         "a text", "a list",        "an object" };
    return words[hn_json_kind_of(json)];
}

static hn_status expected(const char *what, const hn_json *json)
{
    return hn_fail(HN_EFORMAT, "%s was expected, %s was found", what, kind_words(json));
}

hn_status hn_json_as_real(double *out, const hn_json *json)
{
    if (hn_json_kind_of(json) != HN_JSON_NUMBER) {
        return expected("a number", json);
    }
    if (cJSON_IsRaw(node(json))) {
        return hn_parse_real(out, node(json)->valuestring);
    }
    *out = node(json)->valuedouble;
    return HN_OK;
}

hn_status hn_json_as_int(int64_t *out, const hn_json *json)
{
    double value = 0;
    if (hn_json_kind_of(json) != HN_JSON_NUMBER) {
        return expected("a whole number", json);
    }
    HN_TRY(hn_json_as_real(&value, json));
    if (floor(value) != value || fabs(value) > LARGEST_INTEGER) {
        return hn_fail(HN_EFORMAT, "a whole number was expected, %.17g was found", value);
    }
    *out = (int64_t)value;
    return HN_OK;
}

hn_status hn_json_as_bool(bool *out, const hn_json *json)
{
    if (hn_json_kind_of(json) != HN_JSON_BOOL) {
        return expected("true or false", json);
    }
    *out = cJSON_IsTrue(node(json));
    return HN_OK;
}

hn_status hn_json_as_text(const char **out, const hn_json *json)
{
    if (hn_json_kind_of(json) != HN_JSON_TEXT) {
        return expected("a text", json);
    }
    *out = node(json)->valuestring;
    return HN_OK;
}

static hn_status require(const hn_json **out, const hn_json *object, const char *key)
{
    *out = hn_json_get(object, key);
    return *out ? HN_OK : hn_fail(HN_EFORMAT, "key '%s' is missing", key);
}

hn_status hn_json_get_real(double *out, const hn_json *object, const char *key)
{
    const hn_json *json = NULL;
    HN_TRY(require(&json, object, key));
    hn_status status = hn_json_as_real(out, json);
    return status == HN_OK ? HN_OK : hn_context(status, "key '%s'", key);
}

hn_status hn_json_get_int(int64_t *out, const hn_json *object, const char *key)
{
    const hn_json *json = NULL;
    HN_TRY(require(&json, object, key));
    hn_status status = hn_json_as_int(out, json);
    return status == HN_OK ? HN_OK : hn_context(status, "key '%s'", key);
}

hn_status hn_json_get_bool(bool *out, const hn_json *object, const char *key)
{
    const hn_json *json = NULL;
    HN_TRY(require(&json, object, key));
    hn_status status = hn_json_as_bool(out, json);
    return status == HN_OK ? HN_OK : hn_context(status, "key '%s'", key);
}

hn_status hn_json_get_text(const char **out, const hn_json *object, const char *key)
{
    const hn_json *json = NULL;
    HN_TRY(require(&json, object, key));
    hn_status status = hn_json_as_text(out, json);
    return status == HN_OK ? HN_OK : hn_context(status, "key '%s'", key);
}

/* ---- building ------------------------------------------------------------------------ */

hn_json *hn_json_new_object(void)
{
    return wrap(cJSON_CreateObject());
}

hn_json *hn_json_new_array(void)
{
    return wrap(cJSON_CreateArray());
}

/* A tree that could not take a child is marked by a child that printing refuses. */
static cJSON *attach(hn_json *parent, const char *key, cJSON *item)
{
    cJSON *into = node(parent);
    if (!into || !item) {
        cJSON_Delete(item);
        if (into) {
            into->valueint = -1; /* unused in arrays and objects: see is_broken */
        }
        return NULL;
    }
    bool added = cJSON_IsArray(into) ? cJSON_AddItemToArray(into, item)
                                     : cJSON_AddItemToObject(into, key, item);
    if (!added) {
        cJSON_Delete(item);
        into->valueint = -1;
        return NULL;
    }
    return item;
}

static bool is_broken(const cJSON *item)
{
    if (cJSON_IsArray(item) || cJSON_IsObject(item)) {
        if (item->valueint == -1) {
            return true;
        }
        for (const cJSON *child = item->child; child; child = child->next) {
            if (is_broken(child)) {
                return true;
            }
        }
    }
    return false;
}

hn_json *hn_json_add_object(hn_json *parent, const char *key)
{
    return wrap(attach(parent, key, cJSON_CreateObject()));
}

hn_json *hn_json_add_array(hn_json *parent, const char *key)
{
    return wrap(attach(parent, key, cJSON_CreateArray()));
}

hn_json *hn_json_add_text(hn_json *parent, const char *key, const char *text)
{
    return wrap(attach(parent, key, text ? cJSON_CreateString(text) : cJSON_CreateNull()));
}

hn_json *hn_json_add_real(hn_json *parent, const char *key, double value)
{
    char digits[HN_REAL_SIZE];
    return wrap(attach(parent, key,
                       isfinite(value) ? cJSON_CreateRaw(hn_format_real(digits, value))
                                       : cJSON_CreateNull()));
}

hn_json *hn_json_add_int(hn_json *parent, const char *key, int64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    return wrap(attach(parent, key, cJSON_CreateRaw(digits)));
}

hn_json *hn_json_add_bool(hn_json *parent, const char *key, bool value)
{
    return wrap(attach(parent, key, cJSON_CreateBool(value)));
}

hn_json *hn_json_add_null(hn_json *parent, const char *key)
{
    return wrap(attach(parent, key, cJSON_CreateNull()));
}

/* A number as it was read is written with the same shortest digits as one of ours. */
static hn_status make_numbers_raw(cJSON *item)
{
    if (cJSON_IsNumber(item)) {
        char digits[HN_REAL_SIZE];
        cJSON *raw = cJSON_CreateRaw(hn_format_real(digits, item->valuedouble));
        if (!raw) {
            return hn_fail(HN_ENOMEM, "out of memory");
        }
        item->type = (item->type & ~0xff) | cJSON_Raw;
        item->valuestring = raw->valuestring;
        raw->valuestring = NULL;
        cJSON_Delete(raw);
    }
    for (cJSON *child = item->child; child; child = child->next) {
        HN_TRY(make_numbers_raw(child));
    }
    return HN_OK;
}

hn_json *hn_json_add_copy(hn_json *parent, const char *key, const hn_json *value)
{
    cJSON *copy = cJSON_Duplicate(node(value), 1);
    if (copy && make_numbers_raw(copy) != HN_OK) {
        cJSON_Delete(copy);
        copy = NULL;
    }
    return wrap(attach(parent, key, copy));
}

hn_json *hn_json_add_tree(hn_json *parent, const char *key, hn_json *tree)
{
    return wrap(attach(parent, key, node(tree)));
}

/* ---- printing ------------------------------------------------------------------------ */

static void indent(hn_text *text, bool indented, int depth)
{
    if (indented) {
        hn_text_append(text, "\n");
        for (int i = 0; i < depth; i++) {
            hn_text_append(text, "  ");
        }
    }
}

static hn_status print_leaf(hn_text *text, const cJSON *item)
{
    if (cJSON_IsNumber(item)) {
        char digits[HN_REAL_SIZE];
        hn_text_append(text, hn_format_real(digits, item->valuedouble));
        return HN_OK;
    }
    char *words = cJSON_PrintUnformatted(item);
    if (!words) {
        return hn_fail(HN_ENOMEM, "out of memory while writing JSON");
    }
    hn_text_append(text, words);
    cJSON_free(words);
    return HN_OK;
}

static hn_status print(hn_text *text, const cJSON *item, bool indented, int depth)
{
    bool array = cJSON_IsArray(item);
    if (!array && !cJSON_IsObject(item)) {
        return print_leaf(text, item);
    }
    hn_text_append(text, array ? "[" : "{");
    /* A list of plain values stays on one line. */
    bool flat = array && item->child && !item->child->child;
    for (const cJSON *child = item->child; child; child = child->next) {
        indent(text, indented && !flat, depth + 1);
        if (!array) {
            cJSON key = { .type = cJSON_String, .valuestring = child->string };
            HN_TRY(print_leaf(text, &key));
            hn_text_append(text, indented ? ": " : ":");
        }
        HN_TRY(print(text, child, indented, depth + 1));
        hn_text_append(text, !child->next ? "" : flat && indented ? ", " : ",");
    }
    if (item->child && !flat) {
        indent(text, indented, depth);
    }
    hn_text_append(text, array ? "]" : "}");
    return HN_OK;
}

hn_status hn_json_print(hn_text *text, const hn_json *json, bool indented)
{
    if (!json || is_broken(node(json))) {
        return hn_fail(HN_ENOMEM, "out of memory while writing JSON");
    }
    HN_TRY(print(text, node(json), indented, 0));
    return hn_text_status(text);
}

hn_status hn_json_write(const hn_json *json, const char *path, bool force)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    HN_TRY(hn_json_print(&text, json, true));
    hn_text_append(&text, "\n");
    HN_TRY(hn_text_status(&text));
    return hn_file_write(path, text.data, text.size, force);
}
