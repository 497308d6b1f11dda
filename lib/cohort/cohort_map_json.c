/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cohort.json, key by key from a table. Each reader checks what it takes, so that a map that was
 * read can be used without another question. */
#include <hipnet/cohort_map.h>

#include "json_keys.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>

#include <math.h>
#include <string.h>

#define MAP_MAX_BYTES (16u << 20)
#define MAP_MAX_WORDS 100000
#define NAME_MAX_SIZE 64

/* Statuses that a label word may stand for, beside the classes. */
static const char *const label_statuses[] = { "none_of_five", "indeterminate", "pending", "lost" };

static hn_status replace_text(char **field, const char *text)
{
    char *copy = hn_strdup(text);
    if (!copy) {
        return HN_ENOMEM;
    }
    hn_free(*field);
    *field = copy;
    return HN_OK;
}

static bool is_name(const char *text, const char *letters)
{
    size_t n = strspn(text, letters);
    return n > 0 && n < NAME_MAX_SIZE && text[n] == 0;
}

/* The place of a word in a list; the failure names all of them. */
static hn_status read_choice(int *out, const hn_json *json, const char *const *names, size_t count)
{
    const char *text;
    HN_TRY(hn_json_as_text(&text, json));
    HN_AUTO_TEXT all = HN_TEXT_INIT;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (int)i;
            return HN_OK;
        }
        hn_text_printf(&all, "%s%s", i ? ", " : "", names[i]);
    }
    HN_TRY(hn_text_status(&all));
    return hn_fail(HN_EFORMAT, "'%.60s' is not one of %s", text, all.data);
}

static hn_status expect(const hn_json *json, hn_json_kind kind, const char *what)
{
    return hn_json_kind_of(json) == kind ? HN_OK : hn_fail(HN_EFORMAT, "%s was expected", what);
}

static hn_status read_schema(hn_cohort_map *map, const hn_json *json)
{
    (void)map;
    static const char *const names[] = { "hipnet-map 1" };
    int found;
    return read_choice(&found, json, names, 1);
}

static hn_status read_classes(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_ARRAY, "a list of class names"));
    if (hn_json_count(json) < 1 || hn_json_count(json) > HN_COHORT_CLASSES) {
        return hn_fail(HN_EFORMAT, "1 to %d class names were expected", HN_COHORT_CLASSES);
    }
    hn_text_list_clear(&map->classes);
    for (const hn_json *c = hn_json_first(json); c; c = hn_json_next(c)) {
        const char *name;
        HN_TRY(hn_json_as_text(&name, c));
        if (!is_name(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")) {
            return hn_fail(HN_EFORMAT, "class name '%.60s' is not made of a-z, 0-9, _ and -", name);
        }
        if (hn_text_list_find(&map->classes, name) >= 0) {
            return hn_fail(HN_EFORMAT, "class '%s' is there twice", name);
        }
        for (size_t i = 0; i < HN_COUNT_OF(label_statuses); i++) {
            if (strcmp(name, label_statuses[i]) == 0) {
                return hn_fail(HN_EFORMAT, "'%s' is a reference status and no class", name);
            }
        }
        HN_TRY(hn_text_list_add(&map->classes, name));
    }
    return HN_OK;
}

static hn_status read_risk_class(hn_cohort_map *map, const hn_json *json)
{
    if (hn_json_kind_of(json) == HN_JSON_NULL) {
        hn_free(map->risk_class);
        map->risk_class = NULL;
        return HN_OK;
    }
    const char *name;
    HN_TRY(hn_json_as_text(&name, json));
    return replace_text(&map->risk_class, name);
}

static hn_status read_columns(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_OBJECT, "an object from our columns to yours"));
    const char *known[HN_COLUMNS + HN_BIOMARKERS_MAX];
    size_t count = 0;
    for (int c = 0; c < HN_COLUMNS; c++) {
        known[count++] = hn_column_name((hn_column)c);
    }
    for (int i = 0; i < map->biomarker_count; i++) {
        known[count++] = map->biomarkers[i].name;
    }
    HN_TRY(cohort_check_keys(json, known, count, ""));
    for (const hn_json *child = hn_json_first(json); child; child = hn_json_next(child)) {
        const char *header;
        hn_status status = hn_json_as_text(&header, child);
        if (status) {
            return hn_context(status, "%s", hn_json_key(child));
        }
        for (int c = 0; c < HN_COLUMNS; c++) {
            if (strcmp(hn_json_key(child), known[c]) == 0) {
                HN_TRY(replace_text(&map->columns[c], header));
            }
        }
        for (int i = 0; i < map->biomarker_count; i++) {
            if (strcmp(hn_json_key(child), map->biomarkers[i].name) == 0) {
                HN_TRY(replace_text(&map->biomarkers[i].column, header));
                map->biomarkers[i].required = true;
            }
        }
    }
    return HN_OK;
}

/* Whether `to` is a word of ours. */
static hn_status check_target(const hn_cohort_map *map, hn_word_kind kind, const char *to)
{
    union {
        hn_view view;
        hn_projection projection;
        hn_side side;
        hn_sex sex;
        hn_reference_status status;
    } out;
    switch (kind) {
    case HN_WORD_LABEL:
        for (size_t i = 0; i < HN_COUNT_OF(label_statuses); i++) {
            if (strcmp(to, label_statuses[i]) == 0) {
                return HN_OK;
            }
        }
        if (hn_cohort_map_class(map, to) >= 0) {
            return HN_OK;
        }
        return hn_fail(
            HN_EFORMAT,
            "'%.60s' is neither a class nor one of none_of_five, indeterminate, "
            "pending, lost%s",
            to, hn_text_suggest(to, (const char *const *)map->classes.items, map->classes.count));
    case HN_WORD_VIEW:
    case HN_WORD_PROJECTION:
        return hn_projection_parse(&out.projection, to);
    case HN_WORD_SIDE:
        return hn_side_parse(&out.side, to);
    case HN_WORD_SEX:
        return hn_sex_parse(&out.sex, to);
    case HN_WORD_REFERENCE_STATUS:
        return hn_reference_status_parse(&out.status, to);
    case HN_WORD_CENTER:
        return *to && hn_text_is_utf8(to, strlen(to)) && !strpbrk(to, "\r\n\t")
                   ? HN_OK
                   : hn_fail(HN_EFORMAT, "a name in one line was expected");
    case HN_WORD_ANSWER:
        break;
    }
    return strcmp(to, "yes") == 0 || strcmp(to, "no") == 0
               ? HN_OK
               : hn_fail(HN_EFORMAT, "'%.60s' is not one of yes, no", to);
}

static hn_status read_dictionary(hn_cohort_map *map, hn_word_kind kind, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_OBJECT, "an object from your words to ours"));
    if (hn_json_count(json) > MAP_MAX_WORDS) {
        return hn_fail(HN_EFORMAT, "more than %d words", MAP_MAX_WORDS);
    }
    map->words[kind] = hn_calloc((size_t)hn_json_count(json), sizeof(hn_word));
    if (!map->words[kind]) {
        return HN_ENOMEM;
    }
    for (const hn_json *c = hn_json_first(json); c; c = hn_json_next(c)) {
        const char *to;
        hn_status status = hn_json_as_text(&to, c);
        status = status ? status : check_target(map, kind, to);
        if (status) {
            return hn_context(status, "'%.60s'", hn_json_key(c));
        }
        hn_word *word = &map->words[kind][map->word_count[kind]++];
        word->from = hn_strdup(hn_json_key(c));
        word->to = hn_strdup(to);
        if (!word->from || !word->to) {
            return HN_ENOMEM;
        }
        hn_text_trim(word->from);
    }
    return HN_OK;
}

static hn_status read_missing(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_ARRAY, "a list of words"));
    for (const hn_json *c = hn_json_first(json); c; c = hn_json_next(c)) {
        const char *word;
        HN_TRY(hn_json_as_text(&word, c));
        HN_TRY(hn_text_list_add(&map->missing, word));
    }
    return HN_OK;
}

static hn_status read_words(hn_cohort_map *map, const hn_json *json)
{
    static const char *const kinds[] = { "label",  "view",   "projection",
                                         "side",   "sex",    "reference_status",
                                         "answer", "center", "missing" };
    HN_TRY(expect(json, HN_JSON_OBJECT, "an object with label, view, side, ..."));
    HN_TRY(cohort_check_keys(json, kinds, HN_COUNT_OF(kinds), ""));
    for (int k = 0; k <= HN_WORD_KINDS; k++) {
        const hn_json *child = hn_json_get(json, kinds[k]);
        hn_status status = !child              ? HN_OK
                           : k < HN_WORD_KINDS ? read_dictionary(map, (hn_word_kind)k, child)
                                               : read_missing(map, child);
        if (status) {
            return hn_context(status, "%s", kinds[k]);
        }
    }
    return HN_OK;
}

static hn_status read_limit(bool *has, double *limit, const hn_json *object, const char *key)
{
    if (!hn_json_get(object, key)) {
        return HN_OK;
    }
    HN_TRY(hn_json_get_real(limit, object, key));
    *has = true;
    return *limit >= 0 ? HN_OK : hn_fail(HN_EFORMAT, "%s %g is below 0", key, *limit);
}

static hn_status read_biomarker(hn_biomarker_rule *rule, const hn_json *json)
{
    static const char *const keys[] = { "name", "column", "unit", "lower_limit", "upper_limit" };
    const char *name, *column = NULL, *unit = NULL;
    if (hn_json_kind_of(json) == HN_JSON_TEXT) {
        HN_TRY(hn_json_as_text(&name, json));
    } else {
        HN_TRY(expect(json, HN_JSON_OBJECT, "a name or an object"));
        HN_TRY(cohort_check_keys(json, keys, HN_COUNT_OF(keys), ""));
        HN_TRY(hn_json_get_text(&name, json, "name"));
        if (hn_json_get(json, "column")) {
            HN_TRY(hn_json_get_text(&column, json, "column"));
        }
        if (hn_json_get(json, "unit")) {
            HN_TRY(hn_json_get_text(&unit, json, "unit"));
        }
        HN_TRY(read_limit(&rule->rule.has_lower, &rule->rule.lower, json, "lower_limit"));
        HN_TRY(read_limit(&rule->rule.has_upper, &rule->rule.upper, json, "upper_limit"));
    }
    if (!is_name(name, "abcdefghijklmnopqrstuvwxyz0123456789_")) {
        return hn_fail(HN_EFORMAT, "biomarker '%.60s' is not made of a-z, 0-9 and _", name);
    }
    HN_TRY(replace_text(&rule->name, name));
    HN_TRY(replace_text(&rule->column, column ? column : name));
    const char *implied = hn_unit_of_name(name);
    if (unit && implied) {
        double factor;
        HN_TRY(hn_unit_factor(&factor, unit, implied));
        if (factor != 1) {
            return hn_fail(HN_EFORMAT, "unit '%s' of '%s' contradicts its name (see \"units\")",
                           unit, name);
        }
    }
    if (unit || implied) {
        HN_TRY(replace_text(&rule->unit, unit ? unit : implied));
    }
    rule->rule.unit = rule->unit;
    rule->required = true;
    return HN_OK;
}

static void drop_biomarkers(hn_cohort_map *map)
{
    for (int i = 0; i < map->biomarker_count; i++) {
        hn_free(map->biomarkers[i].name);
        hn_free(map->biomarkers[i].column);
        hn_free(map->biomarkers[i].unit);
        hn_free(map->biomarkers[i].from_unit);
    }
    hn_free(map->biomarkers);
    map->biomarkers = NULL;
    map->biomarker_count = 0;
}

static hn_status read_biomarkers(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_ARRAY, "a list of names or objects"));
    if (hn_json_count(json) > HN_BIOMARKERS_MAX) {
        return hn_fail(HN_EFORMAT, "more than %d biomarkers", HN_BIOMARKERS_MAX);
    }
    drop_biomarkers(map);
    map->biomarkers = hn_calloc((size_t)hn_json_count(json), sizeof *map->biomarkers);
    if (!map->biomarkers) {
        return HN_ENOMEM;
    }
    for (const hn_json *c = hn_json_first(json); c; c = hn_json_next(c)) {
        hn_biomarker_rule *rule = &map->biomarkers[map->biomarker_count++];
        HN_TRY(read_biomarker(rule, c));
        for (int i = 0; i + 1 < map->biomarker_count; i++) {
            if (strcmp(map->biomarkers[i].name, rule->name) == 0) {
                return hn_fail(HN_EFORMAT, "'%s' is there twice", rule->name);
            }
        }
    }
    return HN_OK;
}

static hn_status read_units(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(expect(json, HN_JSON_OBJECT, "an object from biomarkers to the unit of your column"));
    const char *known[HN_BIOMARKERS_MAX];
    for (int i = 0; i < map->biomarker_count; i++) {
        known[i] = map->biomarkers[i].name;
    }
    HN_TRY(cohort_check_keys(json, known, (size_t)map->biomarker_count, ""));
    for (int i = 0; i < map->biomarker_count; i++) {
        hn_biomarker_rule *rule = &map->biomarkers[i];
        const hn_json *child = hn_json_get(json, rule->name);
        if (!child) {
            continue;
        }
        const char *unit;
        double factor;
        HN_TRY(hn_json_as_text(&unit, child));
        if (!rule->unit) {
            return hn_fail(HN_EFORMAT, "'%s' has no unit to convert to: give it one in biomarkers",
                           rule->name);
        }
        HN_TRY(hn_unit_factor(&factor, unit, rule->unit));
        HN_TRY(replace_text(&rule->from_unit, unit));
        rule->rule.from_unit = rule->from_unit;
    }
    return HN_OK;
}

static hn_status read_several_images(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "first", "last", "refuse" };
    int rule;
    HN_TRY(read_choice(&rule, json, names, HN_COUNT_OF(names)));
    map->several_images = (hn_image_rule)rule;
    return HN_OK;
}

static hn_status read_several_labels(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "quarantine", "several" };
    int rule;
    HN_TRY(read_choice(&rule, json, names, HN_COUNT_OF(names)));
    map->several_labels = (hn_label_rule)rule;
    return HN_OK;
}

static hn_status read_missing_label(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "quarantine", "pending" };
    int rule;
    HN_TRY(read_choice(&rule, json, names, HN_COUNT_OF(names)));
    map->missing_label = (hn_missing_rule)rule;
    return HN_OK;
}

static hn_status read_patient_ids(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "global", "per_center" };
    int rule;
    HN_TRY(read_choice(&rule, json, names, HN_COUNT_OF(names)));
    map->ids_per_center = rule == 1;
    return HN_OK;
}

static hn_status read_center_from(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "column", "file_name" };
    int rule;
    HN_TRY(read_choice(&rule, json, names, HN_COUNT_OF(names)));
    map->center_from_file = rule == 1;
    return HN_OK;
}

static hn_status read_date_order(hn_cohort_map *map, const hn_json *json)
{
    static const char *const names[] = { "ymd", "dmy", "mdy" };
    int order;
    HN_TRY(read_choice(&order, json, names, HN_COUNT_OF(names)));
    map->date_order = (hn_date_order)order;
    return HN_OK;
}

static hn_status read_window_days(hn_cohort_map *map, const hn_json *json)
{
    HN_TRY(hn_json_as_int(&map->window_days, json));
    return map->window_days >= 0 && map->window_days <= 36500
               ? HN_OK
               : hn_fail(HN_EFORMAT, "%lld days, 0 to 36500 were expected",
                         (long long)map->window_days);
}

static hn_status read_prospective_after(hn_cohort_map *map, const hn_json *json)
{
    const char *text;
    HN_TRY(hn_json_as_text(&text, json));
    char precision;
    HN_TRY(hn_parse_date(&map->prospective_after, &precision, text));
    if (precision != 'd') {
        return hn_fail(HN_EFORMAT, "'%.40s': a date to the day was expected", text);
    }
    map->has_prospective_after = true;
    return HN_OK;
}

static hn_status read_percents(hn_image_settings *image, const hn_json *json)
{
    if (hn_json_kind_of(json) != HN_JSON_ARRAY || hn_json_count(json) != 2) {
        return hn_fail(HN_EFORMAT, "window_percent: two numbers were expected");
    }
    HN_TRY(hn_json_as_real(&image->window_low, hn_json_at(json, 0)));
    HN_TRY(hn_json_as_real(&image->window_high, hn_json_at(json, 1)));
    if (!(image->window_low >= 0 && image->window_low < image->window_high &&
          image->window_high <= 100)) {
        return hn_fail(HN_EFORMAT, "window_percent: 0 <= low < high <= 100 was expected");
    }
    return HN_OK;
}

static hn_status read_image_word(char **field, const hn_json *object, const char *key,
                                 const char *const *names, size_t count)
{
    const hn_json *child = hn_json_get(object, key);
    if (!child) {
        return HN_OK;
    }
    int choice;
    hn_status status = read_choice(&choice, child, names, count);
    return status ? hn_context(status, "%s", key) : replace_text(field, names[choice]);
}

static hn_status read_image(hn_cohort_map *map, const hn_json *json)
{
    static const char *const keys[] = { "size",           "bits", "window",
                                        "window_percent", "voi",  "mirror_right" };
    static const char *const windows[] = { "percentiles", "full_range" };
    static const char *const vois[] = { "file", "none" };
    hn_image_settings *image = &map->image;
    HN_TRY(expect(json, HN_JSON_OBJECT, "an object with size, bits, ..."));
    HN_TRY(cohort_check_keys(json, keys, HN_COUNT_OF(keys), ""));
    if (hn_json_get(json, "size")) {
        HN_TRY(hn_json_get_int(&image->size, json, "size"));
    }
    if (hn_json_get(json, "bits")) {
        HN_TRY(hn_json_get_int(&image->bits, json, "bits"));
    }
    if (image->size < 32 || image->size > 4096 || (image->bits != 8 && image->bits != 16)) {
        return hn_fail(HN_EFORMAT, "size must be 32 to 4096 and bits 8 or 16");
    }
    HN_TRY(read_image_word(&image->window, json, "window", windows, HN_COUNT_OF(windows)));
    HN_TRY(read_image_word(&image->voi, json, "voi", vois, HN_COUNT_OF(vois)));
    if (hn_json_get(json, "window_percent")) {
        HN_TRY(read_percents(image, hn_json_get(json, "window_percent")));
    }
    if (hn_json_get(json, "mirror_right")) {
        HN_TRY(hn_json_get_bool(&image->mirror_right, json, "mirror_right"));
    }
    return HN_OK;
}

/* In the order in which they need each other: classes before words, biomarkers before columns. */
static const struct {
    const char *key;
    hn_status (*read)(hn_cohort_map *map, const hn_json *json);
} readers[] = {
    { "schema", read_schema },
    { "classes", read_classes },
    { "risk_class", read_risk_class },
    { "biomarkers", read_biomarkers },
    { "columns", read_columns },
    { "words", read_words },
    { "units", read_units },
    { "several_images", read_several_images },
    { "several_labels", read_several_labels },
    { "missing_label", read_missing_label },
    { "patient_ids", read_patient_ids },
    { "center_from", read_center_from },
    { "date_order", read_date_order },
    { "window_days", read_window_days },
    { "prospective_after", read_prospective_after },
    { "image", read_image },
};

static hn_status check_risk_class(hn_cohort_map *map, bool given)
{
    if (!map->risk_class || hn_cohort_map_class(map, map->risk_class) >= 0) {
        return HN_OK;
    }
    if (given) {
        return hn_fail(HN_EFORMAT, "risk_class: '%.60s' is not one of the classes%s",
                       map->risk_class,
                       hn_text_suggest(map->risk_class, (const char *const *)map->classes.items,
                                       map->classes.count));
    }
    hn_free(map->risk_class); /* the default class is not among theirs */
    map->risk_class = NULL;
    return HN_OK;
}

static hn_status from_json(hn_cohort_map *map, const hn_json *root)
{
    const char *keys[HN_COUNT_OF(readers)];
    for (size_t i = 0; i < HN_COUNT_OF(readers); i++) {
        keys[i] = readers[i].key;
    }
    HN_TRY(expect(root, HN_JSON_OBJECT, "an object"));
    HN_TRY(cohort_check_keys(root, keys, HN_COUNT_OF(keys), ""));
    for (size_t i = 0; i < HN_COUNT_OF(readers); i++) {
        const hn_json *child = hn_json_get(root, readers[i].key);
        hn_status status = child ? readers[i].read(map, child) : HN_OK;
        if (status) {
            return hn_context(status, "%s", readers[i].key);
        }
    }
    return check_risk_class(map, hn_json_get(root, "risk_class") != NULL);
}

hn_status hn_cohort_map_parse(hn_cohort_map *map, const char *text, size_t size, const char *name)
{
    HN_AUTO_JSON *root = NULL;
    hn_status status = hn_json_parse(&root, text, size, name);
    if (status) { /* the map is configuration, whatever is wrong with it */
        return status == HN_ENOMEM ? status : HN_EUSAGE;
    }
    HN_TRY(hn_cohort_map_defaults(map));
    status = from_json(map, root);
    if (status) {
        hn_cohort_map_clear(map);
        return hn_context(status == HN_ENOMEM ? status : HN_EUSAGE, "%s", name);
    }
    return HN_OK;
}

hn_status hn_cohort_map_read(hn_cohort_map *map, const char *path)
{
    HN_AUTOFREE char *text = NULL;
    size_t size;
    HN_TRY(hn_file_read(&text, &size, path, MAP_MAX_BYTES));
    return hn_cohort_map_parse(map, text, size, path);
}
