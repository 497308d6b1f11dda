/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map in memory: its defaults, and translating words. Words that need no explanation are
 * known without a file; everything else is the file's to say, because guessing a diagnosis or a
 * side is worse than asking. */
#include <hipnet/cohort_map.h>

#include <hipnet/memory.h>

#include <string.h>

static const char *const column_names[HN_COLUMNS] = {
    "patient_id",
    "center",
    "view",
    "path",
    "projection",
    "label",
    "side",
    "age",
    "sex",
    "date",
    "reference_date",
    "reference_status",
    "reference_standard",
    "certainty",
    "serology_in_reference",
    "film_in_reference",
};

const char *hn_column_name(hn_column column)
{
    hn_assert((unsigned)column < HN_COLUMNS);
    return column_names[column];
}

static const struct {
    hn_word_kind kind;
    const char *from, *to;
} known_words[] = {
    { HN_WORD_LABEL, "periprosthetic_joint_infection", "pji" },
    { HN_WORD_VIEW, "ap", "ap" },
    { HN_WORD_VIEW, "a.p.", "ap" },
    { HN_WORD_VIEW, "anteroposterior", "ap" },
    { HN_WORD_VIEW, "pa", "pa" },
    { HN_WORD_VIEW, "lateral", "lateral" },
    { HN_WORD_VIEW, "lat", "lateral" },
    { HN_WORD_VIEW, "frog_leg", "frog_leg" },
    { HN_WORD_VIEW, "frog leg", "frog_leg" },
    { HN_WORD_VIEW, "frog-leg", "frog_leg" },
    { HN_WORD_VIEW, "cross_table", "cross_table" },
    { HN_WORD_VIEW, "cross table", "cross_table" },
    { HN_WORD_VIEW, "cross-table", "cross_table" },
    { HN_WORD_PROJECTION, "frog leg", "frog_leg" },
    { HN_WORD_PROJECTION, "frog-leg", "frog_leg" },
    { HN_WORD_PROJECTION, "cross table", "cross_table" },
    { HN_WORD_PROJECTION, "cross-table", "cross_table" },
    { HN_WORD_SIDE, "l", "left" },
    { HN_WORD_SIDE, "r", "right" },
    { HN_WORD_SEX, "f", "female" },
    { HN_WORD_SEX, "m", "male" },
    { HN_WORD_SEX, "o", "other" },
    { HN_WORD_ANSWER, "yes", "yes" },
    { HN_WORD_ANSWER, "y", "yes" },
    { HN_WORD_ANSWER, "true", "yes" },
    { HN_WORD_ANSWER, "1", "yes" },
    { HN_WORD_ANSWER, "no", "no" },
    { HN_WORD_ANSWER, "n", "no" },
    { HN_WORD_ANSWER, "false", "no" },
    { HN_WORD_ANSWER, "0", "no" },
};

static const char *const missing_words[] = {
    "",   "na",      "n/a",  "nan", "null", "nil",          "-",    "--", "?",
    "??", "unknown", "todo", "tbd", ".",    "\xe2\x80\x93", "#n/a",
};

const char *hn_cohort_map_word(const hn_cohort_map *map, hn_word_kind kind, const char *word)
{
    for (int64_t i = 0; i < map->word_count[kind]; i++) {
        if (hn_text_equal_nocase(map->words[kind][i].from, word)) {
            return map->words[kind][i].to;
        }
    }
    for (size_t i = 0; i < HN_COUNT_OF(known_words); i++) {
        if (known_words[i].kind == kind && hn_text_equal_nocase(known_words[i].from, word) &&
            (kind != HN_WORD_LABEL || hn_cohort_map_class(map, known_words[i].to) >= 0)) {
            return known_words[i].to;
        }
    }
    return NULL;
}

bool hn_cohort_map_is_missing(const hn_cohort_map *map, const char *word)
{
    for (size_t i = 0; i < map->missing.count; i++) {
        if (hn_text_equal_nocase(map->missing.items[i], word)) {
            return true;
        }
    }
    for (size_t i = 0; i < HN_COUNT_OF(missing_words); i++) {
        if (hn_text_equal_nocase(missing_words[i], word)) {
            return true;
        }
    }
    return false;
}

int hn_cohort_map_class(const hn_cohort_map *map, const char *name)
{
    return hn_text_list_find(&map->classes, name);
}

static hn_status default_biomarkers(hn_cohort_map *map)
{
    static const char *const names[] = { "crp_mg_l", "esr_mm_h" };
    map->biomarkers = hn_calloc(HN_COUNT_OF(names), sizeof *map->biomarkers);
    if (!map->biomarkers) {
        return HN_ENOMEM;
    }
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        hn_biomarker_rule *rule = &map->biomarkers[map->biomarker_count++];
        rule->name = hn_strdup(names[i]);
        rule->column = hn_strdup(names[i]);
        rule->unit = hn_strdup(hn_unit_of_name(names[i]));
        if (!rule->name || !rule->column || !rule->unit) {
            return HN_ENOMEM;
        }
        rule->rule.unit = rule->unit;
    }
    return HN_OK;
}

static hn_status fill_defaults(hn_cohort_map *map)
{
    static const char *const classes[] = { "pji", "aseptic_loosening", "dislocation",
                                           "periprosthetic_fracture", "polyethylene_wear" };
    for (size_t i = 0; i < HN_COUNT_OF(classes); i++) {
        HN_TRY(hn_text_list_add(&map->classes, classes[i]));
    }
    map->window_days = 90;
    map->image = (hn_image_settings) {
        .size = 512, .bits = 8, .window_low = 0.5, .window_high = 99.5, .mirror_right = true
    };
    map->risk_class = hn_strdup("pji");
    map->image.window = hn_strdup("percentiles");
    map->image.voi = hn_strdup("file");
    if (!map->risk_class || !map->image.window || !map->image.voi) {
        return HN_ENOMEM;
    }
    return default_biomarkers(map);
}

hn_status hn_cohort_map_defaults(hn_cohort_map *map)
{
    *map = (hn_cohort_map) { 0 };
    hn_status status = fill_defaults(map);
    if (status) {
        hn_cohort_map_clear(map);
    }
    return status;
}

void hn_cohort_map_clear(hn_cohort_map *map)
{
    hn_text_list_clear(&map->classes);
    hn_text_list_clear(&map->missing);
    hn_free(map->risk_class);
    for (int c = 0; c < HN_COLUMNS; c++) {
        hn_free(map->columns[c]);
    }
    for (int k = 0; k < HN_WORD_KINDS; k++) {
        for (int64_t i = 0; i < map->word_count[k]; i++) {
            hn_free(map->words[k][i].from);
            hn_free(map->words[k][i].to);
        }
        hn_free(map->words[k]);
    }
    for (int i = 0; i < map->biomarker_count; i++) {
        hn_free(map->biomarkers[i].name);
        hn_free(map->biomarkers[i].column);
        hn_free(map->biomarkers[i].unit);
        hn_free(map->biomarkers[i].from_unit);
    }
    hn_free(map->biomarkers);
    hn_free(map->image.window);
    hn_free(map->image.voi);
    *map = (hn_cohort_map) { 0 };
}
