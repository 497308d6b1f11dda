/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of a struct by table: defaults, one value from text, release, description. */
#include <hipnet/config.h>

#include <hipnet/memory.h>
#include <hipnet/number.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void *field(const hn_option *option, void *target)
{
    return (char *)target + option->offset;
}

static bool has_range(const hn_option *option)
{
    return option->low != 0 || option->high != 0;
}

static bool is_choice(const hn_option *option, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = option->choices; c; c = strchr(c, '|')) {
        c += *c == '|';
        if (strncmp(c, word, length) == 0 && (c[length] == 0 || c[length] == '|')) {
            return length > 0;
        }
    }
    return false;
}

/* "a|b|c" as "a, b, c". */
static const char *choices_words(const hn_option *option, char *buffer, size_t size)
{
    hn_text text = HN_TEXT_INIT;
    for (const char *c = option->choices; *c; c++) {
        hn_text_append_bytes(&text, *c == '|' ? ", " : c, *c == '|' ? 2 : 1);
    }
    snprintf(buffer, size, "%s", hn_text_get(&text));
    hn_text_clear(&text);
    return buffer;
}

static hn_status check_choice(const hn_option *option, const char *word)
{
    if (!option->choices || is_choice(option, word)) {
        return HN_OK;
    }
    char words[512];
    return hn_fail(HN_EUSAGE, "'%s' is not one of %s", word,
                   choices_words(option, words, sizeof words));
}

static hn_status check_range(const hn_option *option, double value)
{
    if (!has_range(option) || (value >= option->low && value <= option->high)) {
        return HN_OK;
    }
    char found[HN_REAL_SIZE], low[HN_REAL_SIZE], high[HN_REAL_SIZE];
    return hn_fail(HN_EUSAGE, "%s is not between %s and %s", hn_format_real(found, value),
                   hn_format_real(low, option->low), hn_format_real(high, option->high));
}

static hn_status set_text(const hn_option *option, void *target, const char *value)
{
    if (option->type == HN_OPT_NAME) {
        HN_TRY(check_choice(option, value));
    }
    char **text = field(option, target);
    char *copy = hn_strdup(value);
    if (!copy) {
        return HN_ENOMEM;
    }
    hn_free(*text);
    *text = copy;
    return HN_OK;
}

static hn_status set_list(const hn_option *option, void *target, const char *value)
{
    hn_text_list items = { 0 };
    hn_status status = hn_text_split(&items, value, ',');
    for (size_t i = 0; i < items.count && status == HN_OK; i++) {
        status = check_choice(option, items.items[i]);
    }
    if (status != HN_OK) {
        hn_text_list_clear(&items);
        return status;
    }
    hn_text_list *list = field(option, target);
    hn_text_list_clear(list);
    *list = items;
    return HN_OK;
}

static hn_status set_value(const hn_option *option, void *target, const char *value)
{
    switch (option->type) {
    case HN_OPT_BOOL:
        return hn_parse_bool(field(option, target), value);
    case HN_OPT_INT: {
        int64_t number = 0;
        HN_TRY(hn_parse_int(&number, value));
        HN_TRY(check_range(option, (double)number));
        *(int64_t *)field(option, target) = number;
        return HN_OK;
    }
    case HN_OPT_REAL: {
        double number = 0;
        HN_TRY(hn_parse_real(&number, value));
        HN_TRY(check_range(option, number));
        *(double *)field(option, target) = number;
        return HN_OK;
    }
    case HN_OPT_TEXT:
    case HN_OPT_NAME:
        return set_text(option, target, value);
    case HN_OPT_LIST:
        return set_list(option, target, value);
    case HN_OPT_END:
        break;
    }
    hn_assert(option->type != HN_OPT_END);
    return HN_EUSAGE;
}

const hn_option *hn_config_find(const hn_option *table, const char *key)
{
    for (const hn_option *option = table; option && option->type != HN_OPT_END; option++) {
        if (strcmp(option->key, key) == 0) {
            return option;
        }
    }
    return NULL;
}

hn_status hn_config_defaults(const hn_option *table, void *target)
{
    for (const hn_option *option = table; option && option->type != HN_OPT_END; option++) {
        if (option->fallback) {
            hn_status status = set_value(option, target, option->fallback);
            hn_assert(status == HN_OK || status == HN_ENOMEM); /* a table's own default fits it */
            HN_TRY(status);
        }
    }
    return HN_OK;
}

void hn_config_clear(const hn_option *table, void *target)
{
    for (const hn_option *option = table; option && option->type != HN_OPT_END; option++) {
        switch (option->type) {
        case HN_OPT_BOOL:
            *(bool *)field(option, target) = false;
            break;
        case HN_OPT_INT:
            *(int64_t *)field(option, target) = 0;
            break;
        case HN_OPT_REAL:
            *(double *)field(option, target) = 0;
            break;
        case HN_OPT_TEXT:
        case HN_OPT_NAME:
            hn_freep(field(option, target));
            break;
        case HN_OPT_LIST:
            hn_text_list_clear(field(option, target));
            break;
        case HN_OPT_END:
            break;
        }
    }
}

enum { MOST_KEYS = 256 };

static hn_status unknown_key(const hn_option *table, const char *key, const char *where)
{
    const char *keys[MOST_KEYS];
    size_t count = 0;
    for (const hn_option *option = table; option->type != HN_OPT_END && count < MOST_KEYS;
         option++) {
        keys[count++] = option->key;
    }
    return hn_fail(HN_EUSAGE, "%s: unknown key '%s'%s", where, key,
                   hn_text_suggest(key, keys, count));
}

hn_status hn_config_set(const hn_option *table, void *target, const char *key, const char *value,
                        const char *where)
{
    const hn_option *option = hn_config_find(table, key);
    if (!option) {
        return unknown_key(table, key, where);
    }
    hn_status status = set_value(option, target, value);
    if (status == HN_OK || status == HN_ENOMEM) {
        return status;
    }
    return hn_context(HN_EUSAGE, "%s: %s", where, key);
}

hn_status hn_config_assign(const hn_option *table, void *target, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment) {
        return hn_fail(HN_EUSAGE, "--set: '%s' is not KEY=VALUE", assignment);
    }
    HN_AUTOFREE char *key = hn_strndup(assignment, (size_t)(equals - assignment));
    if (!key) {
        return HN_ENOMEM;
    }
    return hn_config_set(table, target, hn_text_trim(key), equals + 1, "--set");
}

void hn_config_describe(const hn_option *table, hn_text *text)
{
    static const char *const types[] = { "",     "true or false", "whole number", "number",
                                         "text", "name",          "list" };
    hn_text_append(text, "| key | type | default | range or choices | meaning |\n"
                         "| --- | --- | --- | --- | --- |\n");
    for (const hn_option *option = table; option->type != HN_OPT_END; option++) {
        char words[512] = "", low[HN_REAL_SIZE], high[HN_REAL_SIZE];
        if (option->choices) {
            choices_words(option, words, sizeof words);
        } else if (has_range(option)) {
            snprintf(words, sizeof words, "%s to %s", hn_format_real(low, option->low),
                     hn_format_real(high, option->high));
        }
        const char *fallback = option->fallback ? option->fallback : "";
        hn_text_printf(text, "| `%s` | %s | %s%s%s | %s | %s |\n", option->key, types[option->type],
                       *fallback ? "`" : "", fallback, *fallback ? "`" : "", words, option->help);
    }
}
