/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile cohort.json: a map that is taken can be used without another check; one that is refused
 * leaves one sentence and nothing allocated.
 */
#include <hipnet/cohort_map.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool kept)
{
    if (!kept) {
        abort();
    }
}

static void look_at(const hn_cohort_map *map)
{
    must(map->classes.count >= 1 && map->classes.count <= HN_COHORT_CLASSES);
    must(!map->risk_class || hn_cohort_map_class(map, map->risk_class) >= 0);
    must(map->image.size >= 32 && map->image.size <= 4096);
    must(map->image.bits == 8 || map->image.bits == 16);
    must(map->image.window_low < map->image.window_high);
    must(map->biomarker_count <= HN_BIOMARKERS_MAX);
    for (int b = 0; b < map->biomarker_count; b++) {
        const hn_biomarker_rule *rule = &map->biomarkers[b];
        hn_lab lab;
        must(rule->name && rule->column && rule->rule.unit == rule->unit);
        must(hn_lab_read(&lab, "<5", &rule->rule) == HN_OK);
    }
    for (int k = 0; k < HN_WORD_KINDS; k++) {
        for (int64_t i = 0; i < map->word_count[k]; i++) {
            must(hn_cohort_map_word(map, (hn_word_kind)k, map->words[k][i].from) != NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HN_AUTO_COHORT_MAP map = { 0 };
    if (hn_cohort_map_parse(&map, (const char *)data, size, "cohort.json") != HN_OK) {
        must(hn_error_message()[0] != '\0' && !strchr(hn_error_message(), '\n'));
        must(!map.classes.items && !map.biomarkers);
        return 0;
    }
    look_at(&map);
    return 0;
}
