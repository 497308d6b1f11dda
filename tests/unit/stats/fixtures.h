/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracles' fixtures (tests/oracles/stats.py): samples, and numbers to be met to 1e-10. */
#ifndef HIPNET_TEST_STATS_FIXTURES_H
#define HIPNET_TEST_STATS_FIXTURES_H

#include <check.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/predictions.h>
#include <hipnet/sample.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const sample_names[] = { "ties",   "smooth",    "binary",
                                            "absent", "clustered", "perfect" };
#define SAMPLES ((int)HN_COUNT_OF(sample_names))

static inline void must(hn_status status)
{
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
}

static inline const char *fixture_path(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/stats/%s", HN_TEST_DATA, name);
    return path;
}

static inline hn_json *fixture_json(const char *name)
{
    hn_json *json = NULL;
    must(hn_json_read(&json, fixture_path(name)));
    return json;
}

static inline const hn_json *member(const hn_json *object, const char *key)
{
    const hn_json *value = hn_json_get(object, key);
    ck_assert_msg(value != NULL, "the fixture has no '%s'", key);
    return value;
}

/* null is NaN. */
static inline double number(const hn_json *json)
{
    double value = NAN;
    if (json && hn_json_kind_of(json) != HN_JSON_NULL) {
        must(hn_json_as_real(&value, json));
    }
    return value;
}

static inline double at(const hn_json *array, int64_t index)
{
    const hn_json *value = hn_json_at(array, index);
    ck_assert_msg(value != NULL, "the fixture is shorter than %lld", (long long)index);
    return number(value);
}

/* Relative; what is 0 but for rounding may differ by 1e-16. */
static inline void near_within(double found, double expected, double tolerance, const char *what,
                               const char *which)
{
    if (isnan(found) || isnan(expected)) {
        ck_assert_msg(isnan(found) && isnan(expected), "%s %s: %.17g, not %.17g", what, which,
                      found, expected);
        return;
    }
    double difference = fabs(found - expected);
    ck_assert_msg(difference <= fmax(tolerance * fabs(expected), 1e-16), "%s %s: %.17g, not %.17g",
                  what, which, found, expected);
}

static inline void near(double found, double expected, const char *what, const char *which)
{
    near_within(found, expected, 1e-10, what, which);
}

/* All rows of a sample's file. */
static inline hn_sample *load(hn_predictions **predictions, const char *name)
{
    char file[64];
    hn_sample *sample = NULL;
    snprintf(file, sizeof file, "%s.csv", name);
    must(hn_predictions_read(predictions, fixture_path(file)));
    hn_predictions_sort(*predictions);
    int64_t count = (*predictions)->count;
    int64_t *rows = calloc((size_t)count, sizeof *rows);
    for (int64_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    must(hn_sample_new(&sample, *predictions, rows, count));
    free(rows);
    return sample;
}

#endif
