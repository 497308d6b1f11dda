/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet show: what a cohort file or a split holds, as tables for people or as JSON. Both forms
 * are printed from one JSON tree, so that they cannot disagree.
 */
#include <hipnet/cli.h>
#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/split.h>
#include <hipnet/text.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char *cohort;
};

static const hn_option options[] = {
    { .key = "cohort",
      .type = HN_OPT_TEXT,
      .offset = offsetof(struct options, cohort),
      .value_name = "COHORT",
      .help = "with a split: verify that it was made for this cohort file" },
    { .type = HN_OPT_END },
};

/* ---- counting a cohort ---------------------------------------------------------------- */

/* One center's row: cases per class (the last one: without a label) and per available views. */
struct center {
    const char *name;
    int64_t classes[HN_COHORT_CLASSES + 1];
    int64_t views[4]; /* bit 0: ap, bit 1: lateral */
    int64_t cases, patients;
};

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct texts of all cases, sorted; field is offsetof(hn_case, ...). The caller frees. */
static const char **distinct(const hn_cohort *cohort, size_t field, int64_t *count)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    const char **texts = hn_calloc((size_t)cases, sizeof *texts);
    if (!texts) {
        return NULL;
    }
    for (int64_t i = 0; i < cases; i++) {
        const char *at = (const char *)hn_cohort_case(cohort, i) + field;
        texts[i] = *(const char *const *)(const void *)at;
    }
    qsort(texts, (size_t)cases, sizeof *texts, compare_texts);
    *count = 0;
    for (int64_t i = 0; i < cases; i++) {
        if (*count == 0 || strcmp(texts[*count - 1], texts[i]) != 0) {
            texts[(*count)++] = texts[i];
        }
    }
    return texts;
}

static int views_of(const hn_case *facts)
{
    return facts->views[HN_VIEW_AP].present + 2 * facts->views[HN_VIEW_LATERAL].present;
}

/* Pairs of center and patient, sorted: one per patient of a center. */
static int compare_pairs(const void *a, const void *b)
{
    const hn_case *x = *(const hn_case *const *)a, *y = *(const hn_case *const *)b;
    int order = strcmp(x->center, y->center);
    return order ? order : strcmp(x->patient_id, y->patient_id);
}

static hn_status count_patients(struct center *centers, int64_t count, const hn_cohort *cohort)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    HN_AUTOFREE const hn_case **order = hn_calloc((size_t)cases, sizeof *order);
    if (!order) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < cases; i++) {
        order[i] = hn_cohort_case(cohort, i);
    }
    qsort(order, (size_t)cases, sizeof *order, compare_pairs);
    int64_t c = 0;
    for (int64_t i = 0; i < cases; i++) {
        while (c < count && strcmp(centers[c].name, order[i]->center) != 0) {
            c++;
        }
        hn_assert(c < count);
        centers[c].patients += i == 0 || compare_pairs(&order[i - 1], &order[i]) != 0;
    }
    return HN_OK;
}

static hn_status count_centers(struct center **out, int64_t *count, const hn_cohort *cohort)
{
    HN_AUTOFREE const char **names = distinct(cohort, offsetof(hn_case, center), count);
    HN_AUTOFREE struct center *centers = names ? hn_calloc((size_t)*count, sizeof *centers) : NULL;
    if (!centers) {
        return HN_ENOMEM;
    }
    for (int64_t c = 0; c < *count; c++) {
        centers[c].name = names[c];
    }
    for (int64_t i = 0; i < hn_cohort_get_info(cohort)->cases; i++) {
        const hn_case *facts = hn_cohort_case(cohort, i);
        struct center key = { .name = facts->center };
        struct center *center =
            bsearch(&key, centers, (size_t)*count, sizeof *centers, compare_texts);
        hn_assert(center); /* the name is the first member */
        center->classes[facts->label < 0 ? HN_COHORT_CLASSES : facts->label]++;
        center->views[views_of(facts)]++;
        center->cases++;
    }
    HN_TRY(count_patients(centers, *count, cohort));
    *out = centers;
    centers = NULL;
    return HN_OK;
}

static void add_center(hn_json *list, const struct center *center, const hn_cohort_info *info)
{
    hn_json *row = hn_json_add_object(list, NULL);
    hn_json_add_text(row, "center", center->name);
    hn_json_add_int(row, "patients", center->patients);
    hn_json_add_int(row, "cases", center->cases);
    hn_json *classes = hn_json_add_object(row, "classes");
    for (int k = 0; k < info->class_count; k++) {
        hn_json_add_int(classes, info->classes[k], center->classes[k]);
    }
    hn_json_add_int(row, "unlabelled", center->classes[HN_COHORT_CLASSES]);
    hn_json *views = hn_json_add_object(row, "views");
    hn_json_add_int(views, "both", center->views[3]);
    hn_json_add_int(views, "ap", center->views[1]);
    hn_json_add_int(views, "lateral", center->views[2]);
    hn_json_add_int(views, "none", center->views[0]);
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* n, missing, median, lowest and highest of the values that are not NaN. */
static hn_status add_distribution(hn_json *object, const double *values, int64_t count)
{
    HN_AUTOFREE double *known = hn_calloc((size_t)count, sizeof *known);
    if (!known) {
        return HN_ENOMEM;
    }
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            known[n++] = values[i];
        }
    }
    qsort(known, (size_t)n, sizeof *known, compare_reals);
    double median = n ? 0.5 * (known[(n - 1) / 2] + known[n / 2]) : HN_NAN;
    hn_json_add_int(object, "n", n);
    hn_json_add_int(object, "missing", count - n);
    hn_json_add_real(object, "median", median);
    hn_json_add_real(object, "low", n ? known[0] : HN_NAN);
    hn_json_add_real(object, "high", n ? known[n - 1] : HN_NAN);
    return HN_OK;
}

static hn_status add_biomarkers(hn_json *root, const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    hn_json *list = hn_json_add_array(root, "biomarkers");
    for (int b = 0; b < info->biomarker_count; b++) {
        const hn_biomarker *biomarker = hn_cohort_biomarker(cohort, b);
        hn_json *row = hn_json_add_object(list, NULL);
        int64_t below = 0, above = 0;
        for (int64_t i = 0; i < info->cases; i++) {
            below += biomarker->censoring[i] < 0;
            above += biomarker->censoring[i] > 0;
        }
        hn_json_add_text(row, "name", biomarker->name);
        hn_json_add_text(row, "unit", biomarker->unit);
        HN_TRY(add_distribution(row, biomarker->value, info->cases));
        hn_json_add_int(row, "censored_below", below);
        hn_json_add_int(row, "censored_above", above);
    }
    return HN_OK;
}

/* Counts of one word of every case, in an object: only words that occur. */
static void add_words(hn_json *root, const char *key, const hn_cohort *cohort,
                      const char *(*word_of)(const hn_case *))
{
    hn_json *object = hn_json_add_object(root, key);
    const char *words[32];
    int64_t counts[32];
    int known = 0;
    for (int64_t i = 0; i < hn_cohort_get_info(cohort)->cases; i++) {
        const char *word = word_of(hn_cohort_case(cohort, i));
        int w = 0;
        while (w < known && strcmp(words[w], word) != 0) {
            w++;
        }
        if (w == known) {
            hn_assert(known < (int)HN_COUNT_OF(words));
            words[known] = word;
            counts[known++] = 0;
        }
        counts[w]++;
    }
    for (int w = 0; w < known; w++) {
        hn_json_add_int(object, words[w], counts[w]);
    }
}

static const char *reference_word(const hn_case *facts)
{
    return hn_reference_status_name(facts->reference_status);
}

static const char *side_word(const hn_case *facts)
{
    return hn_side_name(facts->side);
}

static const char *sex_word(const hn_case *facts)
{
    return hn_sex_name(facts->sex);
}

static const char *lateral_word(const hn_case *facts)
{
    const hn_case_view *view = &facts->views[HN_VIEW_LATERAL];
    return view->present ? hn_projection_name(view->projection) : "missing";
}

static const char *spacing_word(const hn_case *facts)
{
    const hn_case_view *view = &facts->views[HN_VIEW_AP];
    return view->present ? hn_spacing_name(view->spacing_meaning) : "missing";
}

static hn_status add_facts(hn_json *root, const hn_cohort *cohort)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    HN_AUTOFREE double *ages = hn_calloc((size_t)cases, sizeof *ages);
    if (!ages) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < cases; i++) {
        ages[i] = hn_cohort_case(cohort, i)->age_years;
    }
    HN_TRY(add_distribution(hn_json_add_object(root, "age_years"), ages, cases));
    add_words(root, "sex", cohort, sex_word);
    add_words(root, "side", cohort, side_word);
    add_words(root, "reference_status", cohort, reference_word);
    add_words(root, "lateral_projection", cohort, lateral_word);
    add_words(root, "ap_spacing", cohort, spacing_word);
    return HN_OK;
}

static hn_status describe_cohort(hn_json *root, const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    hn_json_add_text(root, "schema", "hipnet-show-cohort 1");
    hn_json_add_text(root, "file", info->path);
    hn_json_add_int(root, "cases", info->cases);
    int64_t patients = 0, count = 0;
    HN_AUTOFREE const char **ids = distinct(cohort, offsetof(hn_case, patient_id), &patients);
    HN_AUTOFREE struct center *centers = NULL;
    HN_TRY(ids ? HN_OK : HN_ENOMEM);
    HN_TRY(count_centers(&centers, &count, cohort));
    hn_json_add_int(root, "patients", patients);
    hn_json *image = hn_json_add_object(root, "image");
    hn_json_add_int(image, "rows", info->rows);
    hn_json_add_int(image, "columns", info->columns);
    hn_json_add_int(image, "bits", info->bits);
    hn_json *classes = hn_json_add_array(root, "classes");
    for (int k = 0; k < info->class_count; k++) {
        hn_json_add_text(classes, NULL, info->classes[k]);
    }
    hn_json_add_text(root, "risk_class",
                     info->risk_class < 0 ? NULL : info->classes[info->risk_class]);
    hn_json *list = hn_json_add_array(root, "centers");
    struct center all = { .name = "all", .patients = patients };
    for (int64_t c = 0; c < count; c++) {
        add_center(list, &centers[c], info);
        all.cases += centers[c].cases;
        for (int k = 0; k <= HN_COHORT_CLASSES; k++) {
            all.classes[k] += centers[c].classes[k];
        }
        for (int v = 0; v < 4; v++) {
            all.views[v] += centers[c].views[v];
        }
    }
    hn_json *total = hn_json_add_array(root, "total");
    add_center(total, &all, info);
    HN_TRY(add_biomarkers(root, cohort));
    HN_TRY(add_facts(root, cohort));
    HN_AUTO_JSON *settings = NULL;
    HN_TRY(hn_json_parse(&settings, info->settings_json, strlen(info->settings_json), info->path));
    hn_json_add_copy(root, "settings", settings);
    hn_json_add_text(root, "settings_sha256", info->settings_sha256);
    hn_json_add_text(root, "content_sha256", info->content_sha256);
    hn_json_add_text(root, "source_hash_kind", info->source_hash_kind);
    hn_json_add_text(root, "software", info->software);
    hn_json_add_text(root, "created", info->created);
    return HN_OK;
}

/* ---- describing a split ---------------------------------------------------------------- */

static hn_status describe_split(hn_json *root, const hn_split *split, const char *path)
{
    hn_json_add_text(root, "schema", "hipnet-show-split 1");
    hn_json_add_text(root, "file", path);
    hn_json_add_int(root, "patients", hn_split_patients(split));
    hn_json_add_int(root, "folds", hn_split_folds(split));
    hn_json_add_int(root, "seed", (int64_t)hn_split_seed(split));
    hn_json *subsets = hn_json_add_array(root, "subsets");
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        hn_json *row = hn_json_add_object(subsets, NULL);
        hn_json_add_text(row, "subset", hn_subset_name((hn_subset)s));
        int64_t patients = 0, cases = 0;
        hn_json *classes = hn_json_add_object(row, "classes");
        for (int k = -1; k < hn_split_classes(split); k++) {
            int64_t n = hn_split_count(split, (hn_subset)s, k);
            patients += n;
            cases += hn_split_count_cases(split, (hn_subset)s, k);
            if (k >= 0) {
                hn_json_add_int(classes, hn_split_class(split, k), n);
            }
        }
        hn_json_add_int(row, "unlabelled", hn_split_count(split, (hn_subset)s, -1));
        hn_json_add_int(row, "patients", patients);
        hn_json_add_int(row, "cases", cases);
    }
    int folds = hn_split_folds(split);
    HN_AUTOFREE int64_t *per_fold = hn_calloc((size_t)folds, sizeof *per_fold);
    if (!per_fold) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < hn_split_patients(split); i++) {
        hn_subset subset = HN_SUBSET_TRAIN;
        int fold = -1;
        HN_TRY(hn_split_find(&subset, &fold, split, hn_split_patient(split, i)));
        if (fold >= 0 && fold < folds) {
            per_fold[fold]++;
        }
    }
    hn_json *list = hn_json_add_array(root, "patients_per_fold");
    for (int f = 0; f < folds && folds > 1; f++) {
        hn_json_add_int(list, NULL, per_fold[f]);
    }
    hn_json_add_text(root, "cohort_sha256", hn_split_cohort_sha256(split));
    hn_json_add_text(root, "sha256", hn_split_sha256(split));
    return HN_OK;
}

/* ---- printing ------------------------------------------------------------------------- */

/* A table of text cells, row by row; the first column is left-aligned, the others right. */
struct table {
    hn_text_list cells;
    size_t columns;
    hn_status status;
};

HN_PRINTF(2, 3)
static void cell(struct table *table, const char *format, ...)
{
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (table->status == HN_OK) {
        table->status = hn_text_list_add(&table->cells, words);
    }
}

/* Characters, not bytes: centers have names in all languages. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

static hn_status print_table(struct table *table)
{
    HN_AUTOFREE size_t *widths = hn_calloc(table->columns, sizeof *widths);
    hn_status status = widths ? table->status : HN_ENOMEM;
    for (size_t i = 0; status == HN_OK && i < table->cells.count; i++) {
        size_t width = width_of(table->cells.items[i]);
        size_t *most = &widths[i % table->columns];
        *most = width > *most ? width : *most;
    }
    for (size_t i = 0; status == HN_OK && i < table->cells.count; i++) {
        size_t column = i % table->columns;
        const char *words = table->cells.items[i];
        int pad = (int)(widths[column] - width_of(words));
        if (column == 0) {
            printf("  %s%*s", words, pad, "");
        } else {
            printf("  %*s%s", pad, "", words);
        }
        if (column == table->columns - 1) {
            printf("\n");
        }
    }
    hn_text_list_clear(&table->cells);
    return status;
}

static int64_t int_at(const hn_json *object, const char *key)
{
    int64_t value = 0;
    hn_status status = hn_json_get_int(&value, object, key);
    hn_assert(status == HN_OK); /* the tree is our own */
    return value;
}

static const char *text_at(const hn_json *object, const char *key)
{
    const char *value = "";
    const hn_json *json = hn_json_get(object, key);
    if (json && hn_json_kind_of(json) == HN_JSON_TEXT) {
        hn_status status = hn_json_as_text(&value, json);
        hn_assert(status == HN_OK);
    }
    return value;
}

/* A number that may be null, with what four digits say of it. */
static void real_cell(struct table *table, const hn_json *object, const char *key)
{
    double value = HN_NAN;
    const hn_json *json = hn_json_get(object, key);
    if (json && hn_json_kind_of(json) == HN_JSON_NUMBER && hn_json_as_real(&value, json) == HN_OK) {
        cell(table, "%.4g", value);
    } else {
        cell(table, "-");
    }
}

static void count_cells(struct table *table, const hn_json *object)
{
    for (const hn_json *item = hn_json_first(object); item; item = hn_json_next(item)) {
        int64_t value = 0;
        hn_status status = hn_json_as_int(&value, item);
        hn_assert(status == HN_OK);
        cell(table, "%" PRId64, value);
    }
}

static void center_row(struct table *table, const hn_json *row)
{
    cell(table, "%s", text_at(row, "center"));
    cell(table, "%" PRId64, int_at(row, "patients"));
    cell(table, "%" PRId64, int_at(row, "cases"));
    count_cells(table, hn_json_get(row, "classes"));
    cell(table, "%" PRId64, int_at(row, "unlabelled"));
    count_cells(table, hn_json_get(row, "views"));
}

static hn_status print_centers(const hn_json *root)
{
    const hn_json *classes = hn_json_get(root, "classes");
    struct table table = { .columns = 8 + (size_t)hn_json_count(classes) };
    cell(&table, "center");
    cell(&table, "patients");
    cell(&table, "cases");
    for (const hn_json *item = hn_json_first(classes); item; item = hn_json_next(item)) {
        const char *name = "";
        HN_TRY(hn_json_as_text(&name, item));
        cell(&table, "%s", name);
    }
    static const char *const views[] = { "no label", "both views", "ap only", "lateral only",
                                         "no view" };
    for (size_t i = 0; i < HN_COUNT_OF(views); i++) {
        cell(&table, "%s", views[i]);
    }
    const hn_json *list = hn_json_get(root, "centers");
    for (const hn_json *row = hn_json_first(list); row; row = hn_json_next(row)) {
        center_row(&table, row);
    }
    center_row(&table, hn_json_at(hn_json_get(root, "total"), 0));
    return print_table(&table);
}

static hn_status print_biomarkers(const hn_json *root)
{
    const hn_json *list = hn_json_get(root, "biomarkers");
    if (hn_json_count(list) == 0) {
        printf("\nno biomarkers\n");
        return HN_OK;
    }
    static const char *const head[] = { "biomarker",   "unit",   "n",      "missing", "below limit",
                                        "above limit", "median", "lowest", "highest" };
    struct table table = { .columns = HN_COUNT_OF(head) };
    for (size_t i = 0; i < HN_COUNT_OF(head); i++) {
        cell(&table, "%s", head[i]);
    }
    for (const hn_json *row = hn_json_first(list); row; row = hn_json_next(row)) {
        cell(&table, "%s", text_at(row, "name"));
        cell(&table, "%s", text_at(row, "unit"));
        cell(&table, "%" PRId64, int_at(row, "n"));
        cell(&table, "%" PRId64, int_at(row, "missing"));
        cell(&table, "%" PRId64, int_at(row, "censored_below"));
        cell(&table, "%" PRId64, int_at(row, "censored_above"));
        real_cell(&table, row, "median");
        real_cell(&table, row, "low");
        real_cell(&table, row, "high");
    }
    printf("\n");
    HN_TRY(print_table(&table));
    printf("  values beyond a limit count as the limit\n");
    return HN_OK;
}

static hn_status print_words(const hn_json *root, const char *key, const char *title)
{
    printf("%-20s", title);
    const hn_json *object = hn_json_get(root, key);
    for (const hn_json *item = hn_json_first(object); item; item = hn_json_next(item)) {
        int64_t count = 0;
        HN_TRY(hn_json_as_int(&count, item));
        printf("%s%s %" PRId64, item == hn_json_first(object) ? "" : ", ", hn_json_key(item),
               count);
    }
    printf("\n");
    return HN_OK;
}

static void print_age(const hn_json *age)
{
    double median = 0, low = 0, high = 0;
    if (int_at(age, "n") > 0 && hn_json_get_real(&median, age, "median") == HN_OK &&
        hn_json_get_real(&low, age, "low") == HN_OK &&
        hn_json_get_real(&high, age, "high") == HN_OK) {
        printf("%-20smedian %.4g years, %.4g to %.4g, %" PRId64 " missing\n", "age", median, low,
               high, int_at(age, "missing"));
    } else {
        printf("%-20sunknown\n", "age");
    }
}

static hn_status print_cohort(const hn_json *root)
{
    const hn_json *image = hn_json_get(root, "image");
    const char *risk = text_at(root, "risk_class");
    printf("%s: %" PRId64 " cases of %" PRId64 " patients from %" PRId64 " centers\n\n",
           text_at(root, "file"), int_at(root, "cases"), int_at(root, "patients"),
           hn_json_count(hn_json_get(root, "centers")));
    HN_TRY(print_centers(root));
    HN_TRY(print_biomarkers(root));
    printf("\n%-20s%" PRId64 " x %" PRId64 " pixels, %" PRId64 " bits\n", "images",
           int_at(image, "rows"), int_at(image, "columns"), int_at(image, "bits"));
    printf("%-20s%s\n", "risk class", risk[0] ? risk : "none");
    print_age(hn_json_get(root, "age_years"));
    HN_TRY(print_words(root, "sex", "sex"));
    HN_TRY(print_words(root, "side", "side"));
    HN_TRY(print_words(root, "reference_status", "reference status"));
    HN_TRY(print_words(root, "lateral_projection", "lateral projection"));
    HN_TRY(print_words(root, "ap_spacing", "ap pixel spacing"));
    printf("%-20s%s\n", "content sha256", text_at(root, "content_sha256"));
    printf("%-20s%s\n", "settings sha256", text_at(root, "settings_sha256"));
    printf("%-20s%s\n", "source hashes", text_at(root, "source_hash_kind"));
    printf("%-20s%s, %s\n", "written by", text_at(root, "software"), text_at(root, "created"));
    HN_AUTO_TEXT settings = HN_TEXT_INIT;
    HN_TRY(hn_json_print(&settings, hn_json_get(root, "settings"), true));
    printf("settings            %s\n", hn_text_get(&settings));
    return HN_OK;
}

static hn_status print_split(const hn_json *root)
{
    const hn_json *subsets = hn_json_get(root, "subsets");
    const hn_json *classes = hn_json_get(hn_json_at(subsets, 0), "classes");
    printf("%s: %" PRId64 " patients, folds %" PRId64 ", seed %" PRId64 "\n\n",
           text_at(root, "file"), int_at(root, "patients"), int_at(root, "folds"),
           int_at(root, "seed"));
    struct table table = { .columns = 4 + (size_t)hn_json_count(classes) };
    cell(&table, "subset (patients)");
    for (const hn_json *item = hn_json_first(classes); item; item = hn_json_next(item)) {
        cell(&table, "%s", hn_json_key(item));
    }
    cell(&table, "no label");
    cell(&table, "all");
    cell(&table, "cases");
    for (const hn_json *row = hn_json_first(subsets); row; row = hn_json_next(row)) {
        cell(&table, "%s", text_at(row, "subset"));
        count_cells(&table, hn_json_get(row, "classes"));
        cell(&table, "%" PRId64, int_at(row, "unlabelled"));
        cell(&table, "%" PRId64, int_at(row, "patients"));
        cell(&table, "%" PRId64, int_at(row, "cases"));
    }
    HN_TRY(print_table(&table));
    const hn_json *folds = hn_json_get(root, "patients_per_fold");
    printf("\n");
    for (const hn_json *item = hn_json_first(folds); item; item = hn_json_next(item)) {
        int64_t count = 0;
        HN_TRY(hn_json_as_int(&count, item));
        printf("%s%" PRId64, item == hn_json_first(folds) ? "patients per fold   " : ", ", count);
    }
    printf("%scohort sha256       %s\n", hn_json_count(folds) ? "\n" : "",
           text_at(root, "cohort_sha256"));
    printf("split sha256        %s\n", text_at(root, "sha256"));
    if (hn_json_get(root, "cohort")) {
        const char *problem = text_at(root, "problem");
        printf("with %s: %s\n", text_at(root, "cohort"),
               problem[0] ? problem : "they belong together");
    }
    return HN_OK;
}

/* ---- the command ---------------------------------------------------------------------- */

/* A split is text that begins with a brace; everything else is for the cohort reader to judge. */
static hn_status is_json(bool *out, const char *path)
{
    FILE *stream = NULL;
    HN_TRY(hn_file_open(&stream, path));
    int c = fgetc(stream);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        c = fgetc(stream);
    }
    fclose(stream);
    *out = c == '{';
    return HN_OK;
}

/* The split's tables; with a cohort also whether it is its split: a problem found, not a failure.
 */
static hn_status show_split(hn_json *root, const char *path, const char *cohort_path, bool *problem)
{
    HN_AUTO_SPLIT *split = NULL;
    HN_TRY(hn_split_read(&split, path));
    if (cohort_path) {
        HN_AUTO_COHORT *cohort = NULL;
        HN_TRY(hn_cohort_open(&cohort, cohort_path));
        hn_status status = hn_split_verify_cohort(split, cohort);
        if (status != HN_OK && status != HN_EDATA) {
            return status;
        }
        *problem = status != HN_OK;
        hn_json_add_text(root, "cohort", cohort_path);
        hn_json_add_text(root, "problem", *problem ? hn_error_message() : NULL);
    }
    return describe_split(root, split, path);
}

static hn_status run_show(hn_invocation *invocation)
{
    const struct options *given = invocation->options;
    const char *path = invocation->arguments[0];
    bool split = false;
    HN_TRY(is_json(&split, path));
    HN_AUTO_JSON *root = hn_json_new_object();
    if (split) {
        HN_TRY(show_split(root, path, given->cohort, &invocation->found_problems));
    } else if (given->cohort) {
        return hn_fail(HN_EUSAGE, "--cohort goes with a split, and %s is not one", path);
    } else {
        HN_AUTO_COHORT *cohort = NULL;
        HN_TRY(hn_cohort_open(&cohort, path));
        HN_TRY(describe_cohort(root, cohort));
    }
    if (invocation->json) {
        return hn_json_write(root, "-", false);
    }
    return split ? print_split(root) : print_cohort(root);
}

const hn_command hn_command_show = {
    .name = "show",
    .arguments = "FILE",
    .description =
        "Prints what a cohort file holds (cases per center, class and view, biomarkers, settings,\n"
        "hashes) or how a split divides the patients. With --cohort the exit code is 3 when the\n"
        "split was made for another cohort.",
    .examples = "  hipnet show cohort.h5\n"
                "  hipnet show split.json --cohort cohort.h5\n"
                "  hipnet show cohort.h5 --json",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_JSON,
    .options = options,
    .options_size = sizeof(struct options),
    .run = run_show,
};
