/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hash of a cohort's logical content, as cohort_file.h defines it: the same for the same
 * facts and pixels, whatever the compression, the time or the program's version.
 */
#include "cohort_internal.h"

#include <hipnet/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_text(hn_sha256 *hash, const char *text)
{
    hn_sha256_add(hash, text, strlen(text) + 1); /* with its NUL */
}

static void add_bytes(hn_sha256 *hash, uint64_t value, int bytes)
{
    uint8_t out[8];
    for (int i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
    hn_sha256_add(hash, out, (size_t)bytes);
}

static void add_real(hn_sha256 *hash, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    add_bytes(hash, isnan(value) ? UINT64_C(0x7ff8000000000000) : bits, 8);
}

static void add_head(hn_sha256 *hash, const char *group, const char *name, int64_t count)
{
    char head[256];
    snprintf(head, sizeof head, "/%s/%s", group, name);
    add_text(hash, head);
    snprintf(head, sizeof head, "%" PRId64, count);
    add_text(hash, head);
}

static void add_value(hn_sha256 *hash, const hn_column *column, const hn_case *facts)
{
    const void *at = hn_column_at(column, facts);
    switch (column->kind) {
    case HN_COLUMN_TEXT:
        add_text(hash, *(const char *const *)at);
        break;
    case HN_COLUMN_WORD:
        add_text(hash, column->words->names[*(const int *)at]);
        break;
    case HN_COLUMN_FLAG:
        add_bytes(hash, *(const bool *)at, 1);
        break;
    case HN_COLUMN_ANSWER:
        add_bytes(hash, (uint64_t) * (const int *)at, 1);
        break;
    case HN_COLUMN_INT:
        add_bytes(hash, (uint64_t) * (const int *)at, 4);
        break;
    case HN_COLUMN_REAL:
        add_real(hash, *(const double *)at);
        break;
    }
}

static void add_biomarker(hn_sha256 *hash, const hn_biomarker *biomarker, int64_t count)
{
    char group[128];
    snprintf(group, sizeof group, "biomarkers/%s", biomarker->name);
    add_head(hash, group, "unit", 1);
    add_text(hash, biomarker->unit);
    add_head(hash, group, "value", count);
    for (int64_t i = 0; i < count; i++) {
        add_real(hash, biomarker->value[i]);
    }
    add_head(hash, group, "censoring", count);
    for (int64_t i = 0; i < count; i++) {
        add_bytes(hash, (uint64_t)biomarker->censoring[i], 1);
    }
    add_head(hash, group, "days", count);
    for (int64_t i = 0; i < count; i++) {
        add_real(hash, biomarker->days[i]);
    }
}

hn_status hn_cohort_content_hash(char hex[HN_SHA256_HEX], const hn_cohort_content *content)
{
    hn_sha256 *hash = NULL;
    HN_TRY(hn_sha256_new(&hash));
    hn_sha256_add(hash, HN_COHORT_SCHEMA "\n", sizeof HN_COHORT_SCHEMA);
    add_text(hash, "risk_class");
    add_text(hash, content->risk_class);
    add_text(hash, "settings");
    add_text(hash, content->settings_json);
    add_text(hash, "source_hash_kind");
    add_text(hash, content->source_hash_kind);
    char image[64];
    snprintf(image, sizeof image, "%d %d %d", content->rows, content->columns, content->bits);
    add_text(hash, "image");
    add_text(hash, image);
    add_text(hash, "/classes");
    snprintf(image, sizeof image, "%d", content->class_count);
    add_text(hash, image);
    for (int i = 0; i < content->class_count; i++) {
        add_text(hash, content->classes[i]);
    }
    for (int c = 0; c < hn_cohort_column_count; c++) {
        const hn_column *column = &hn_cohort_columns[c];
        add_head(hash, column->group, column->name, content->count);
        for (int64_t i = 0; i < content->count; i++) {
            add_value(hash, column, &content->cases[i]);
        }
    }
    for (int b = 0; b < content->biomarker_count; b++) {
        add_biomarker(hash, &content->biomarkers[b], content->count);
    }
    hn_sha256_end(hash, hex);
    return HN_OK;
}
