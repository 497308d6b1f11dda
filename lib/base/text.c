/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing text and lists of names, and the nearest name for an error sentence. */
#include <hipnet/text.h>

#include <hipnet/memory.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool make_room(hn_text *text, size_t more)
{
    if (text->status != HN_OK) {
        return false;
    }
    if (text->capacity - text->size > more) {
        return true;
    }
    size_t wanted = text->capacity ? text->capacity : 64;
    while (wanted - text->size <= more) {
        if (wanted > SIZE_MAX / 2) {
            text->status = hn_fail(HN_ENOMEM, "a text is too long");
            return false;
        }
        wanted *= 2;
    }
    text->status = hn_resize(&text->data, wanted, 1);
    if (text->status != HN_OK) {
        return false;
    }
    text->capacity = wanted;
    return true;
}

void hn_text_append_bytes(hn_text *text, const char *bytes, size_t count)
{
    if (!make_room(text, count)) {
        return;
    }
    if (count > 0) {
        memcpy(text->data + text->size, bytes, count);
    }
    text->size += count;
    text->data[text->size] = 0;
}

void hn_text_append(hn_text *text, const char *words)
{
    hn_text_append_bytes(text, words, strlen(words));
}

void hn_text_printf(hn_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !make_room(text, (size_t)length)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text->data + text->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)length;
}

void hn_text_append_xml(hn_text *text, const char *words)
{
    for (const char *c = words; *c; c++) {
        switch (*c) {
        case '&':
            hn_text_append(text, "&amp;");
            break;
        case '<':
            hn_text_append(text, "&lt;");
            break;
        case '>':
            hn_text_append(text, "&gt;");
            break;
        case '"':
            hn_text_append(text, "&quot;");
            break;
        case '\'':
            hn_text_append(text, "&#39;");
            break;
        default:
            hn_text_append_bytes(text, c, 1);
        }
    }
}

const char *hn_text_get(const hn_text *text)
{
    return text->data ? text->data : "";
}

hn_status hn_text_status(const hn_text *text)
{
    return text->status;
}

char *hn_text_take(hn_text *text)
{
    hn_text_append_bytes(text, "", 0);
    if (text->status != HN_OK) {
        return NULL;
    }
    char *data = text->data;
    *text = HN_TEXT_INIT;
    return data;
}

void hn_text_clear(hn_text *text)
{
    hn_free(text->data);
    *text = HN_TEXT_INIT;
}

hn_status hn_text_list_add(hn_text_list *list, const char *item)
{
    HN_TRY(hn_grow(&list->items, list->count, &list->capacity, sizeof *list->items));
    char *copy = hn_strdup(item);
    if (!copy) {
        return HN_ENOMEM;
    }
    list->items[list->count++] = copy;
    return HN_OK;
}

int hn_text_list_find(const hn_text_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int compare_items(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void hn_text_list_sort(hn_text_list *list)
{
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, compare_items);
    }
}

void hn_text_list_clear(hn_text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        hn_free(list->items[i]);
    }
    hn_free(list->items);
    *list = (hn_text_list) { 0 };
}

hn_status hn_text_split(hn_text_list *list, const char *text, char separator)
{
    for (const char *start = text;;) {
        const char *end = strchr(start, separator);
        size_t length = end ? (size_t)(end - start) : strlen(start);
        char *part = hn_strndup(start, length);
        if (!part) {
            return HN_ENOMEM;
        }
        const char *trimmed = hn_text_trim(part);
        hn_status status = *trimmed ? hn_text_list_add(list, trimmed) : HN_OK;
        hn_free(part);
        HN_TRY(status);
        if (!end) {
            return HN_OK;
        }
        start = end + 1;
    }
}

bool hn_text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool hn_text_equal_nocase(const char *a, const char *b)
{
    if (!a || !b) {
        return a == b;
    }
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == 0 && *b == 0;
}

bool hn_text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool hn_text_ends(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && memcmp(text + length - tail, suffix, tail) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char *hn_text_trim(char *text)
{
    while (is_space(*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && is_space(text[length - 1])) {
        text[--length] = 0;
    }
    return text;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool hn_text_is_utf8(const char *bytes, size_t count)
{
    const unsigned char *c = (const unsigned char *)bytes;
    for (size_t i = 0; i < count;) {
        size_t more = c[i] < 0x80   ? 0
                      : c[i] < 0xc2 ? 9
                      : c[i] < 0xe0 ? 1
                      : c[i] < 0xf0 ? 2
                      : c[i] < 0xf5 ? 3
                                    : 9;
        if (more == 9 || count - i <= more) {
            return false;
        }
        for (size_t k = 1; k <= more; k++) {
            if ((c[i + k] & 0xc0) != 0x80) {
                return false;
            }
        }
        if ((c[i] == 0xe0 && c[i + 1] < 0xa0) || (c[i] == 0xed && c[i + 1] > 0x9f) ||
            (c[i] == 0xf0 && c[i + 1] < 0x90) || (c[i] == 0xf4 && c[i + 1] > 0x8f)) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

/* Levenshtein distance, letters compared without case; words longer than this are not compared. */
enum { LONGEST = 63 };

static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST + 2];
    size_t la = strlen(a), lb = strlen(b);
    if (la > LONGEST || lb > LONGEST) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= lb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t change = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            size_t other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < other ? change : other;
        }
    }
    return row[lb];
}

const char *hn_text_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t smallest = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < smallest) {
            smallest = distance;
            nearest = candidates[i];
        }
    }
    size_t length = strlen(word);
    return smallest <= (length < 3 ? 1 : (length + 2) / 3) ? nearest : NULL;
}

const char *hn_text_suggest(const char *word, const char *const *candidates, size_t count)
{
    static _Thread_local char words[128];
    const char *nearest = hn_text_nearest(word, candidates, count);
    words[0] = 0;
    if (nearest) {
        snprintf(words, sizeof words, "; did you mean '%s'?", nearest);
    }
    return words;
}
