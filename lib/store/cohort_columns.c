/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of a cohort file's columns and the words that may stand in them. Reader, writer,
 * check and hash go through this table: a new fact of a case is one more line here and one in
 * the schema.
 */
#include "cohort_internal.h"

#include <hipnet/text.h>

#include <string.h>

static const char *const view_names[] = { "ap", "lateral" };
static const char *const side_names[] = { "unknown", "left", "right" };
static const char *const sex_names[] = { "unknown", "female", "male", "other" };
static const char *const spacing_names[] = { "none", "detector_plane", "calibrated", "derived" };
static const char *const projection_names[] = { "unknown", "ap",       "pa",
                                                "lateral", "frog_leg", "cross_table" };
static const char *const reference_names[] = { "single",        "several", "none_of_five",
                                               "indeterminate", "pending", "lost" };
static const char *const subset_names[] = { "train", "tuning", "internal_test", "external",
                                            "prospective" };

#define WORDS(array, words)                                                                        \
    {                                                                                              \
        .what = (words), .names = (array), .count = HN_COUNT_OF(array)                             \
    }
static const hn_words view_words = WORDS(view_names, "view");
static const hn_words side_words = WORDS(side_names, "side");
static const hn_words sex_words = WORDS(sex_names, "sex");
static const hn_words spacing_words = WORDS(spacing_names, "spacing meaning");
static const hn_words projection_words = WORDS(projection_names, "projection");
static const hn_words reference_words = WORDS(reference_names, "reference status");
const hn_words hn_subset_words = WORDS(subset_names, "subset");

#define CASE(field, column_kind, list)                                                             \
    {                                                                                              \
        .group = "cases", .name = #field, .kind = (column_kind),                                   \
        .offset = offsetof(hn_case, field), .words = (list)                                        \
    }
#define VIEW(group_name, number, field, column_kind, list)                                         \
    {                                                                                              \
        .group = (group_name), .name = #field, .kind = (column_kind),                              \
        .offset = offsetof(hn_case, views) + (number) * sizeof(hn_case_view) +                     \
                  offsetof(hn_case_view, field),                                                   \
        .words = (list)                                                                            \
    }
#define VIEW_COLUMNS(group, number)                                                                \
    VIEW(group, number, present, HN_COLUMN_FLAG, NULL),                                            \
        VIEW(group, number, spacing_mm, HN_COLUMN_REAL, NULL),                                     \
        VIEW(group, number, spacing_meaning, HN_COLUMN_WORD, &spacing_words),                      \
        VIEW(group, number, rows, HN_COLUMN_INT, NULL),                                            \
        VIEW(group, number, columns, HN_COLUMN_INT, NULL),                                         \
        VIEW(group, number, projection, HN_COLUMN_WORD, &projection_words),                        \
        VIEW(group, number, source_hash, HN_COLUMN_TEXT, NULL),                                    \
        VIEW(group, number, pixel_hash, HN_COLUMN_TEXT, NULL)

const hn_column hn_cohort_columns[] = {
    CASE(case_id, HN_COLUMN_TEXT, NULL),
    CASE(patient_id, HN_COLUMN_TEXT, NULL),
    CASE(center, HN_COLUMN_TEXT, NULL),
    CASE(side, HN_COLUMN_WORD, &side_words),
    CASE(mirrored, HN_COLUMN_FLAG, NULL),
    CASE(label, HN_COLUMN_INT, NULL),
    CASE(reference_status, HN_COLUMN_WORD, &reference_words),
    CASE(certainty, HN_COLUMN_TEXT, NULL),
    CASE(age_years, HN_COLUMN_REAL, NULL),
    CASE(sex, HN_COLUMN_WORD, &sex_words),
    CASE(study_year, HN_COLUMN_INT, NULL),
    CASE(reference_days, HN_COLUMN_REAL, NULL),
    CASE(subset_hint, HN_COLUMN_TEXT, NULL),
    CASE(serology_in_reference, HN_COLUMN_ANSWER, NULL),
    CASE(film_in_reference, HN_COLUMN_ANSWER, NULL),
    VIEW_COLUMNS("views/ap", HN_VIEW_AP),
    VIEW_COLUMNS("views/lateral", HN_VIEW_LATERAL),
};
const int hn_cohort_column_count = HN_COUNT_OF(hn_cohort_columns);

/* The columns are copied through int: an enumeration must be one in memory. */
_Static_assert(sizeof(hn_side) == sizeof(int) && sizeof(hn_answer) == sizeof(int) &&
                   sizeof(hn_spacing_meaning) == sizeof(int) &&
                   sizeof(hn_reference_status) == sizeof(int),
               "enumerations are ints");

int hn_words_find(const hn_words *words, const char *word)
{
    for (int i = 0; i < words->count; i++) {
        if (strcmp(words->names[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *word_name(const hn_words *words, int number)
{
    hn_assert(number >= 0 && number < words->count);
    return words->names[number];
}

static hn_status parse_word(int *out, const hn_words *words, const char *word)
{
    int number = hn_words_find(words, word);
    if (number >= 0) {
        *out = number;
        return HN_OK;
    }
    HN_AUTO_TEXT known = HN_TEXT_INIT;
    for (int i = 0; i < words->count; i++) {
        hn_text_printf(&known, "%s%s", i ? ", " : "", words->names[i]);
    }
    return hn_fail(HN_EFORMAT, "%s '%.80s' is not one of %s", words->what, word,
                   hn_text_get(&known));
}

const char *hn_view_name(hn_view view)
{
    return word_name(&view_words, (int)view);
}

const char *hn_side_name(hn_side side)
{
    return word_name(&side_words, (int)side);
}

const char *hn_sex_name(hn_sex sex)
{
    return word_name(&sex_words, (int)sex);
}

const char *hn_projection_name(hn_projection projection)
{
    return word_name(&projection_words, (int)projection);
}

const char *hn_reference_status_name(hn_reference_status status)
{
    return word_name(&reference_words, (int)status);
}

#define PARSE(function, type, words)                                                               \
    hn_status function(type *out, const char *word)                                                \
    {                                                                                              \
        int number = 0;                                                                            \
        HN_TRY(parse_word(&number, &(words), word));                                               \
        *out = (type)number;                                                                       \
        return HN_OK;                                                                              \
    }
PARSE(hn_view_parse, hn_view, view_words)
PARSE(hn_side_parse, hn_side, side_words)
PARSE(hn_sex_parse, hn_sex, sex_words)
PARSE(hn_spacing_parse, hn_spacing_meaning, spacing_words)
PARSE(hn_projection_parse, hn_projection, projection_words)
PARSE(hn_reference_status_parse, hn_reference_status, reference_words)
