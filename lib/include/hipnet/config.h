/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.h: one table of options per struct, and everything that follows from it.
 *
 * An option table describes the fields of an ordinary C struct: key, type, place, default,
 * range, choices, help. From it come defaults, JSON files with "extends", --set key=value,
 * command-line flags, range checks, errors that name the nearest key, the resolved copy in a
 * run's folder and the reference page.
 *
 * Precedence: default < the "extends" chain < the file < --set < a flag of its own.
 * A key with dots ("train.lr") is nested in JSON: { "train": { "lr": 1e-4 } }.
 */
#ifndef HIPNET_CONFIG_H
#define HIPNET_CONFIG_H

#include <hipnet/error.h>
#include <hipnet/json.h>
#include <hipnet/text.h>
#include <stddef.h>

typedef enum hn_option_type {
    HN_OPT_END = 0, /* ends a table */
    HN_OPT_BOOL,    /* bool */
    HN_OPT_INT,     /* int64_t */
    HN_OPT_REAL,    /* double */
    HN_OPT_TEXT,    /* char *, owned by the struct; NULL when not given and no default */
    HN_OPT_NAME,    /* char *, as TEXT but one of `choices` */
    HN_OPT_LIST,    /* hn_text_list; on a command line separated by commas */
} hn_option_type;

typedef struct hn_option {
    const char *key; /* "train.lr"; as a flag "size" is --size */
    hn_option_type type;
    size_t offset;          /* offsetof(struct ..., field) */
    const char *fallback;   /* the default as text; NULL: false, 0, NULL, empty list */
    double low, high;       /* range of INT and REAL, both ends allowed; 0, 0: no range */
    const char *choices;    /* "ap|lateral" for NAME and for the items of LIST; or NULL */
    const char *value_name; /* how help writes the value: "PX"; NULL: from the type */
    const char *help;       /* one sentence without a full stop; every option has one */
    char letter;            /* one-letter flag, or 0 (flags only) */
} hn_option;

/* Sets every field to its default. The struct must be zeroed or cleared before. */
HN_API hn_status hn_config_defaults(const hn_option *table, void *target) HN_MUST_CHECK;
/* Frees what the fields own and zeroes them. */
HN_API void hn_config_clear(const hn_option *table, void *target);

/* Reads a JSON file over the present values, first what it "extends" (a path relative to the
 * file; chains up to 8; a cycle is an error). Unknown keys, wrong types and values out of range
 * fail with file and key. */
HN_API hn_status hn_config_read(const hn_option *table, void *target,
                                const char *path) HN_MUST_CHECK;
/* The same from a tree; `where` stands for the file in messages. "extends" is refused. */
HN_API hn_status hn_config_from_json(const hn_option *table, void *target, const hn_json *json,
                                     const char *where) HN_MUST_CHECK;
/* One value as text; HN_EUSAGE with the nearest key, or what was expected. `where` ("--set",
 * "--size", a file name) opens the message. */
HN_API hn_status hn_config_set(const hn_option *table, void *target, const char *key,
                               const char *value, const char *where) HN_MUST_CHECK;
/* "key=value", as --set takes it. */
HN_API hn_status hn_config_assign(const hn_option *table, void *target,
                                  const char *assignment) HN_MUST_CHECK;

/* Adds every value to `object`, nested at the dots. */
HN_API hn_status hn_config_to_json(const hn_option *table, const void *target,
                                   hn_json *object) HN_MUST_CHECK;

/* Looks up a key; NULL when unknown. */
HN_API const hn_option *hn_config_find(const hn_option *table, const char *key);

/* A Markdown table of all options, for the reference. */
HN_API void hn_config_describe(const hn_option *table, hn_text *text);

#endif
