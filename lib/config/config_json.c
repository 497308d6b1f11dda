/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option tables to and from JSON: dots are levels, "extends" names the file underneath. */
#include <hipnet/config.h>

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_KEY = 128, LONGEST_CHAIN = 8 };

/* A JSON value as the text that hn_config_set reads; lists are joined by commas. */
static hn_status value_text(hn_text *text, const hn_option *option, const hn_json *json)
{
    static const char *const wanted[] = { "",       "true or false", "a whole number", "a number",
                                          "a text", "a text",        "a list of texts" };
    bool truth = false;
    int64_t whole = 0;
    double real = 0;
    const char *words = NULL;
    char digits[HN_REAL_SIZE];
    switch (option->type) {
    case HN_OPT_BOOL:
        HN_TRY(hn_json_as_bool(&truth, json));
        hn_text_append(text, truth ? "true" : "false");
        break;
    case HN_OPT_INT:
        HN_TRY(hn_json_as_int(&whole, json));
        hn_text_printf(text, "%" PRId64, whole);
        break;
    case HN_OPT_REAL:
        HN_TRY(hn_json_as_real(&real, json));
        hn_text_append(text, hn_format_real(digits, real));
        break;
    case HN_OPT_LIST:
        if (hn_json_kind_of(json) != HN_JSON_ARRAY) {
            return hn_fail(HN_EUSAGE, "%s was expected", wanted[option->type]);
        }
        for (const hn_json *item = hn_json_first(json); item; item = hn_json_next(item)) {
            HN_TRY(hn_json_as_text(&words, item));
            if (strchr(words, ',')) {
                return hn_fail(HN_EUSAGE, "'%s' holds a comma, which a list's items cannot", words);
            }
            hn_text_printf(text, "%s%s", text->size ? "," : "", words);
        }
        break;
    default:
        HN_TRY(hn_json_as_text(&words, json));
        hn_text_append(text, words);
    }
    return hn_text_status(text);
}

static bool is_section(const hn_option *table, const char *prefix)
{
    size_t length = strlen(prefix);
    for (; table->type != HN_OPT_END; table++) {
        if (strncmp(table->key, prefix, length) == 0 && table->key[length] == '.') {
            return true;
        }
    }
    return false;
}

static hn_status read_object(const hn_option *table, void *target, const hn_json *object,
                             const char *prefix, const char *where)
{
    for (const hn_json *child = hn_json_first(object); child; child = hn_json_next(child)) {
        char key[LONGEST_KEY];
        int length =
            snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "", hn_json_key(child));
        if (length >= (int)sizeof key) {
            return hn_fail(HN_EUSAGE, "%s: key '%s...' is too long", where, key);
        }
        if (hn_json_kind_of(child) == HN_JSON_OBJECT && is_section(table, key)) {
            HN_TRY(read_object(table, target, child, key, where));
            continue;
        }
        const hn_option *option = hn_config_find(table, key);
        bool text = option && (option->type == HN_OPT_TEXT || option->type == HN_OPT_NAME);
        if (text && hn_json_kind_of(child) == HN_JSON_NULL) {
            hn_freep((char *)target + option->offset); /* null takes a text back */
            continue;
        }
        HN_AUTO_TEXT value = HN_TEXT_INIT;
        if (option) {
            hn_status status = value_text(&value, option, child);
            if (status != HN_OK) {
                return hn_context(status == HN_ENOMEM ? status : HN_EUSAGE, "%s: %s", where, key);
            }
        }
        HN_TRY(hn_config_set(table, target, key, hn_text_get(&value), where));
    }
    return HN_OK;
}

static hn_status need_object(const hn_json *json, const char *where)
{
    return hn_json_kind_of(json) == HN_JSON_OBJECT
               ? HN_OK
               : hn_fail(HN_EUSAGE, "%s: an object was expected", where);
}

hn_status hn_config_from_json(const hn_option *table, void *target, const hn_json *json,
                              const char *where)
{
    HN_TRY(need_object(json, where));
    return read_object(table, target, json, "", where);
}

/* Files of a chain are read from the bottom up, so that the nearer file has the last word. */
static hn_status read_chain(const hn_option *table, void *target, const char *path, int depth)
{
    if (depth >= LONGEST_CHAIN) {
        return hn_fail(HN_EUSAGE, "%s: more than %d files extend one another, or in a circle", path,
                       LONGEST_CHAIN);
    }
    HN_AUTO_JSON *json = NULL;
    hn_status status = hn_json_read(&json, path);
    if (status == HN_EFORMAT) {
        return HN_EUSAGE; /* a configuration that is no JSON is wrong usage */
    }
    HN_TRY(status);
    HN_TRY(need_object(json, path));
    const hn_json *extends = hn_json_get(json, "extends");
    if (extends) {
        const char *name = NULL;
        status = hn_json_as_text(&name, extends);
        if (status != HN_OK) {
            return hn_context(HN_EUSAGE, "%s: extends", path);
        }
        char folder[HN_PATH_SIZE], below[HN_PATH_SIZE];
        hn_path_folder(folder, path);
        HN_TRY(hn_path_join(below, folder, name));
        HN_TRY(read_chain(table, target, below, depth + 1));
    }
    HN_AUTO_JSON *own = hn_json_new_object();
    for (const hn_json *child = hn_json_first(json); child; child = hn_json_next(child)) {
        if (strcmp(hn_json_key(child), "extends") != 0 &&
            !hn_json_add_copy(own, hn_json_key(child), child)) {
            return hn_fail(HN_ENOMEM, "out of memory");
        }
    }
    return own ? read_object(table, target, own, "", path) : hn_fail(HN_ENOMEM, "out of memory");
}

hn_status hn_config_read(const hn_option *table, void *target, const char *path)
{
    return read_chain(table, target, path, 0);
}

/* The object that holds the last part of a dotted key, made where it is not there yet. */
static hn_json *holder(hn_json *object, const char *key, const char **last)
{
    for (const char *dot; object && (dot = strchr(key, '.')) != NULL; key = dot + 1) {
        char part[LONGEST_KEY];
        snprintf(part, sizeof part, "%.*s", (int)(dot - key), key);
        hn_json *next = (hn_json *)(uintptr_t)hn_json_get(object, part);
        object = next ? next : hn_json_add_object(object, part);
    }
    *last = key;
    return object;
}

hn_status hn_config_to_json(const hn_option *table, const void *target, hn_json *object)
{
    for (const hn_option *option = table; option->type != HN_OPT_END; option++) {
        const void *at = (const char *)target + option->offset;
        const char *key = NULL;
        hn_json *into = holder(object, option->key, &key);
        hn_json *added = NULL;
        switch (option->type) {
        case HN_OPT_BOOL:
            added = hn_json_add_bool(into, key, *(const bool *)at);
            break;
        case HN_OPT_INT:
            added = hn_json_add_int(into, key, *(const int64_t *)at);
            break;
        case HN_OPT_REAL:
            added = hn_json_add_real(into, key, *(const double *)at);
            break;
        case HN_OPT_LIST: {
            const hn_text_list *list = at;
            added = hn_json_add_array(into, key);
            for (size_t i = 0; added && i < list->count; i++) {
                if (!hn_json_add_text(added, NULL, list->items[i])) {
                    added = NULL;
                }
            }
            break;
        }
        default:
            added = hn_json_add_text(into, key, *(char *const *)at);
        }
        if (!added) {
            return hn_fail(HN_ENOMEM, "out of memory");
        }
    }
    return HN_OK;
}
