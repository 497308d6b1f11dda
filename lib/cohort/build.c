/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cases are put in the order of their pseudonyms and worked through in batches: the films of
 * a batch are decoded and compressed by all threads, then written by this one. A batch is small,
 * so memory stays the same however many films there are. */
#include <hipnet/build.h>

#include "film.h"

#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Films of a batch per thread, and the memory that a batch may hold. */
#define FILMS_PER_THREAD 16
#define BATCH_BYTES      (INT64_C(256) << 20)

typedef struct build_case {
    hn_case_plan *plan;
    char patient[HN_PSEUDONYM_SIZE];
    char case_id[HN_CASE_ID_SIZE];
} build_case;

/* A stored picture, to find it again under another name. */
typedef struct stored {
    char hash[HN_SHA256_HEX];
    int64_t row;
} stored;

typedef struct job {
    hn_case_plan *plan;
    hn_view view;
    film film;
} job;

typedef struct builder {
    const hn_build_options *options;
    hn_build_result *result;
    hn_manifest *manifest;
    hn_key key;
    build_case *cases;
    int64_t case_count;
    int64_t films;
    hn_cohort_writer *writer;
    int64_t written; /* cases */
    int numbers[HN_BIOMARKERS_MAX];
    job *jobs;
    int64_t job_count, job_capacity;
    film_scratch *scratch;
    int workers;
    stored *pictures;
    size_t picture_count, picture_capacity;
    hn_progress progress;
} builder;

static void builder_clear(builder *b)
{
    hn_cohort_writer_free(b->writer);
    for (int64_t i = 0; b->jobs && i < b->job_capacity; i++) {
        film_clear(&b->jobs[i].film);
    }
    for (int i = 0; b->scratch && i < b->workers; i++) {
        film_scratch_clear(&b->scratch[i]);
    }
    hn_free(b->jobs);
    hn_free(b->scratch);
    hn_free(b->cases);
    hn_free(b->pictures);
    hn_manifest_free(b->manifest);
    hn_key_clear(&b->key);
}

/* ---- before the first film ------------------------------------------------------------- */

static hn_status read_manifests(builder *b)
{
    const hn_build_options *o = b->options;
    HN_TRY(hn_manifest_new(&b->manifest, o->map));
    for (int i = 0; i < o->manifest_count; i++) {
        HN_TRY(hn_manifest_add(b->manifest, o->manifests[i]));
    }
    if (hn_manifest_rows(b->manifest) == 0) {
        return hn_fail(HN_EDATA, "%s: no rows below the header", o->manifests[0]);
    }
    return hn_manifest_plan(b->manifest);
}

static int by_case_id(const void *a, const void *b)
{
    return strcmp(((const build_case *)a)->case_id, ((const build_case *)b)->case_id);
}

static hn_status name_case(builder *b, build_case *c)
{
    char date[HN_DATE_SIZE] = "";
    hn_case_plan *plan = c->plan;
    if (plan->reference_date.precision) {
        hn_format_date(date, plan->reference_date.days);
    }
    HN_TRY(hn_pseudonym(c->patient, &b->key, b->options->map->ids_per_center ? plan->center : NULL,
                        plan->patient));
    return hn_case_pseudonym(c->case_id, &b->key, c->patient, hn_side_name(plan->side), date);
}

static hn_status name_cases(builder *b)
{
    int64_t count = hn_manifest_cases(b->manifest);
    b->cases = hn_calloc((size_t)count, sizeof *b->cases);
    if (!b->cases) {
        return HN_ENOMEM;
    }
    for (b->case_count = 0; b->case_count < count; b->case_count++) {
        build_case *c = &b->cases[b->case_count];
        c->plan = hn_manifest_case_at(b->manifest, b->case_count);
        b->films += (c->plan->rows[HN_VIEW_AP] >= 0) + (c->plan->rows[HN_VIEW_LATERAL] >= 0);
        HN_TRY(name_case(b, c));
    }
    qsort(b->cases, (size_t)count, sizeof *b->cases, by_case_id);
    return HN_OK;
}

static void add_rules(hn_json *root, const hn_cohort_map *map)
{
    static const char *const images[] = { "first", "last", "refuse" };
    hn_json *rules = hn_json_add_object(root, "rules");
    hn_json_add_text(rules, "several_images", images[map->several_images]);
    hn_json_add_text(rules, "several_labels",
                     map->several_labels == HN_LABELS_SEVERAL ? "several" : "quarantine");
    hn_json_add_text(rules, "missing_label",
                     map->missing_label == HN_MISSING_PENDING ? "pending" : "quarantine");
    hn_json_add_text(rules, "patient_ids", map->ids_per_center ? "per_center" : "global");
    hn_json_add_int(rules, "window_days", map->window_days);
    if (map->has_prospective_after) {
        char date[HN_DATE_SIZE];
        hn_format_date(date, map->prospective_after);
        hn_json_add_text(rules, "prospective_after", date);
    } else {
        hn_json_add_null(rules, "prospective_after");
    }
}

/* Everything that decides how pixels come about and which films are chosen. */
static hn_status settings_text(hn_text *text, const hn_cohort_map *map)
{
    HN_AUTO_JSON *root = hn_json_new_object();
    hn_json *image = hn_json_add_object(root, "image");
    hn_json_add_int(image, "size", map->image.size);
    hn_json_add_int(image, "bits", map->image.bits);
    hn_json_add_text(image, "fit", "letterbox");
    hn_json_add_text(image, "window", map->image.window);
    hn_json *percent = hn_json_add_array(image, "window_percent");
    hn_json_add_real(percent, NULL, map->image.window_low);
    hn_json_add_real(percent, NULL, map->image.window_high);
    hn_json_add_text(image, "voi", map->image.voi);
    hn_json_add_bool(image, "mirror_right", map->image.mirror_right);
    add_rules(root, map);
    return hn_json_print(text, root, false);
}

static hn_status begin_output(builder *b)
{
    const hn_cohort_map *map = b->options->map;
    HN_AUTO_TEXT settings = HN_TEXT_INIT;
    HN_TRY(settings_text(&settings, map));
    hn_cohort_settings wanted = {
        .rows = (int)map->image.size,
        .columns = (int)map->image.size,
        .bits = (int)map->image.bits,
        .classes = (const char *const *)map->classes.items,
        .class_count = (int)map->classes.count,
        .risk_class = map->risk_class,
        .settings_json = settings.data,
        .source_hash_kind = "keyed",
    };
    return hn_cohort_writer_new(&b->writer, b->options->output, &wanted, b->options->force);
}

/* A biomarker of the cohort is one that the map asks for or that some case has. */
static hn_status declare_biomarkers(builder *b)
{
    const hn_cohort_map *map = b->options->map;
    for (int k = 0; k < map->biomarker_count; k++) {
        const hn_biomarker_rule *rule = &map->biomarkers[k];
        bool wanted = rule->required;
        for (int64_t i = 0; i < b->case_count && !wanted; i++) {
            wanted = !isnan(b->cases[i].plan->labs[k].value);
        }
        b->numbers[k] = -1;
        if (wanted) {
            HN_TRY(hn_cohort_add_biomarker(&b->numbers[k], b->writer, rule->name,
                                           rule->unit ? rule->unit : ""));
        }
    }
    return HN_OK;
}

static hn_status make_room(builder *b)
{
    const hn_image_settings *image = &b->options->map->image;
    int64_t most = BATCH_BYTES / (image->size * image->size * (image->bits / 8));
    b->workers = hn_threads();
    b->job_capacity = (int64_t)b->workers * FILMS_PER_THREAD;
    b->job_capacity = b->job_capacity > most ? most : b->job_capacity;
    if (b->job_capacity < HN_VIEWS) {
        b->job_capacity = HN_VIEWS; /* a case is written as a whole */
    }
    b->jobs = hn_calloc((size_t)b->job_capacity, sizeof *b->jobs);
    b->scratch = hn_calloc((size_t)b->workers, sizeof *b->scratch);
    return b->jobs && b->scratch ? HN_OK : HN_ENOMEM;
}

/* ---- films ----------------------------------------------------------------------------- */

static hn_status load_film(void *context, int64_t index, int worker)
{
    builder *b = context;
    job *j = &b->jobs[index];
    const hn_manifest_row *row = hn_manifest_row_at(b->manifest, j->plan->rows[j->view]);
    HN_TRY(film_load(&j->film, &b->scratch[worker], row->file, j->plan->facts.mirrored,
                     &b->options->map->image, &b->key));
    hn_progress_add(&b->progress, 1);
    return HN_OK;
}

static hn_status keep_picture(builder *b, const film *f, int64_t row)
{
    HN_TRY(hn_grow(&b->pictures, b->picture_count, &b->picture_capacity, sizeof *b->pictures));
    stored *picture = &b->pictures[b->picture_count++];
    memcpy(picture->hash, f->chunk.pixel_hash, sizeof picture->hash);
    picture->row = row;
    return HN_OK;
}

/* Writes one film at the place of the case; a film with a reason goes to quarantine instead. */
static hn_status put_film(builder *b, job *j)
{
    hn_case_view *view = &j->plan->facts.views[j->view];
    int64_t row = j->plan->rows[j->view];
    if (j->film.reason != HN_REASON_NONE) {
        *view = (hn_case_view) { .spacing_mm = NAN };
        return hn_manifest_quarantine(b->manifest, row, j->film.reason, "%s", j->film.detail);
    }
    view->present = true;
    view->rows = j->film.rows;
    view->columns = j->film.columns;
    view->spacing_mm = j->film.spacing_mm;
    view->spacing_meaning = j->film.spacing_meaning;
    view->source_hash = j->film.source_hash;
    HN_TRY(hn_cohort_put_image(b->writer, b->written, j->view, &j->film.chunk));
    b->result->views[j->view]++;
    return keep_picture(b, &j->film, row);
}

static void count_case(builder *b, const build_case *c)
{
    hn_build_result *r = b->result;
    const hn_case *facts = &c->plan->facts;
    r->cases++;
    r->both += facts->views[HN_VIEW_AP].present && facts->views[HN_VIEW_LATERAL].present;
    if (facts->label >= 0) {
        r->labels[facts->label]++;
    } else {
        r->unlabelled++;
    }
    for (int k = 0; k < b->options->map->biomarker_count; k++) {
        r->measured[k] += !isnan(c->plan->labs[k].value);
    }
}

static hn_status put_facts(builder *b, const build_case *c)
{
    hn_case facts = c->plan->facts;
    facts.case_id = c->case_id;
    facts.patient_id = c->patient;
    HN_TRY(hn_cohort_put_case(b->writer, b->written, &facts));
    for (int k = 0; k < b->options->map->biomarker_count; k++) {
        const hn_lab *lab = &c->plan->labs[k];
        if (b->numbers[k] >= 0 && !isnan(lab->value)) {
            int censoring = lab->bound == HN_BOUND_BELOW   ? -1
                            : lab->bound == HN_BOUND_ABOVE ? 1
                                                           : 0;
            HN_TRY(hn_cohort_put_biomarker(b->writer, b->written, b->numbers[k], lab->value,
                                           censoring, NAN));
        }
    }
    count_case(b, c);
    return HN_OK;
}

/* Writes the cases first..end-1, whose films are the jobs in the same order. */
static hn_status write_batch(builder *b, int64_t first, int64_t end)
{
    int64_t next = 0;
    for (int64_t i = first; i < end; i++) {
        const build_case *c = &b->cases[i];
        for (; next < b->job_count && b->jobs[next].plan == c->plan; next++) {
            HN_TRY(put_film(b, &b->jobs[next]));
        }
        const hn_case_view *views = c->plan->facts.views;
        if (views[HN_VIEW_AP].present || views[HN_VIEW_LATERAL].present) {
            HN_TRY(put_facts(b, c));
            b->written++;
        }
    }
    for (int64_t i = 0; i < b->job_count; i++) {
        film_clear(&b->jobs[i].film);
    }
    b->job_count = 0;
    return HN_OK;
}

static hn_status work_through(builder *b)
{
    hn_progress_begin(&b->progress, "building", "images", b->films);
    int64_t first = 0;
    for (int64_t i = 0; i < b->case_count; i++) {
        for (int v = 0; v < HN_VIEWS; v++) {
            if (b->cases[i].plan->rows[v] >= 0) {
                b->jobs[b->job_count++] = (job) { .plan = b->cases[i].plan, .view = (hn_view)v };
            }
        }
        if (b->job_count + HN_VIEWS > b->job_capacity || i + 1 == b->case_count) {
            HN_TRY(hn_parallel_for(b->job_count, load_film, b));
            HN_TRY(write_batch(b, first, i + 1));
            first = i + 1;
        }
    }
    hn_progress_end(&b->progress);
    return HN_OK;
}

/* ---- after the last film --------------------------------------------------------------- */

static int by_picture(const void *a, const void *b)
{
    const stored *left = a, *right = b;
    int order = strcmp(left->hash, right->hash);
    return order ? order : (left->row > right->row) - (left->row < right->row);
}

/* The same picture twice is noted on its second row, and a warning when it crosses patients: the
 * films stay, since nobody here can know whose they are, and hipnet split keeps them together. */
static hn_status note_same_pictures(builder *b)
{
    int64_t across = 0;
    if (b->picture_count > 0) {
        qsort(b->pictures, b->picture_count, sizeof *b->pictures, by_picture);
    }
    for (size_t i = 1; i < b->picture_count; i++) {
        if (strcmp(b->pictures[i - 1].hash, b->pictures[i].hash) != 0) {
            continue;
        }
        const hn_manifest_row *before = hn_manifest_row_at(b->manifest, b->pictures[i - 1].row);
        const hn_manifest_row *row = hn_manifest_row_at(b->manifest, b->pictures[i].row);
        bool same = strcmp(before->patient, row->patient) == 0;
        across += !same;
        HN_TRY(hn_manifest_add_note(b->manifest, b->pictures[i].row, HN_REASON_SAME_PICTURE, "",
                                    "the pixels of line %lld of %s (%s patient)",
                                    (long long)before->line, before->manifest,
                                    same ? "the same" : "another"));
    }
    if (across > 0) {
        hn_log(HN_LOG_WARNING,
               "pictures that stand under two patients: %lld (same-picture in the quarantine file)",
               (long long)across);
    }
    return HN_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t count_distinct(const char **texts, int64_t count)
{
    int64_t distinct = 0;
    qsort(texts, (size_t)count, sizeof *texts, by_text);
    for (int64_t i = 0; i < count; i++) {
        distinct += i == 0 || strcmp(texts[i - 1], texts[i]) != 0;
    }
    return distinct;
}

static hn_status count_people(builder *b)
{
    HN_AUTOFREE const char **texts = hn_calloc((size_t)b->case_count, sizeof *texts);
    if (!texts) {
        return HN_ENOMEM;
    }
    for (int what = 0; what < 2; what++) {
        int64_t count = 0;
        for (int64_t i = 0; i < b->case_count; i++) {
            const hn_case_plan *plan = b->cases[i].plan;
            if (plan->facts.views[0].present || plan->facts.views[1].present) {
                texts[count++] = what == 0 ? b->cases[i].patient : plan->center;
            }
        }
        *(what == 0 ? &b->result->patients : &b->result->centers) = count_distinct(texts, count);
    }
    return HN_OK;
}

static void count_rows(builder *b)
{
    hn_build_result *r = b->result;
    r->rows = hn_manifest_rows(b->manifest);
    for (int64_t i = 0; i < r->rows; i++) {
        hn_reason reason = hn_manifest_row_at(b->manifest, i)->reason;
        r->used += reason == HN_REASON_NONE;
        r->quarantined += reason != HN_REASON_NONE;
        r->reasons[reason]++;
    }
    r->notes = hn_manifest_notes(b->manifest);
    for (int64_t i = 0; i < r->notes; i++) {
        r->reasons[hn_manifest_note_at(b->manifest, i)->reason]++;
    }
}

static hn_status finish(builder *b)
{
    const hn_build_options *o = b->options;
    HN_TRY(note_same_pictures(b));
    HN_TRY(count_people(b));
    count_rows(b);
    HN_TRY(hn_interrupt_check());
    HN_TRY(hn_manifest_write_quarantine(b->manifest, o->quarantine, o->force));
    if (b->written == 0) {
        return hn_fail(HN_EDATA, "none of %lld rows can be used: the reasons are in %s",
                       (long long)b->result->rows, o->quarantine);
    }
    hn_assert(b->result->used == b->result->views[HN_VIEW_AP] + b->result->views[HN_VIEW_LATERAL]);
    return hn_cohort_writer_finish(b->writer, b->result->content_sha256);
}

static hn_status build(builder *b)
{
    const hn_build_options *o = b->options;
    HN_TRY(hn_file_may_write(o->output, o->force));
    HN_TRY(hn_file_may_write(o->quarantine, o->force));
    HN_TRY(read_manifests(b));
    if (hn_manifest_cases(b->manifest) > 0) {
        HN_TRY(hn_key_open(&b->key, &b->result->key_created, o->key, true));
        HN_TRY(name_cases(b));
        HN_TRY(begin_output(b));
        HN_TRY(declare_biomarkers(b));
        HN_TRY(make_room(b));
        HN_TRY(work_through(b));
    }
    return finish(b);
}

hn_status hn_build(hn_build_result *result, const hn_build_options *options)
{
    *result = (hn_build_result) { 0 };
    builder b = { .options = options, .result = result };
    double started = hn_clock_s();
    hn_status status = build(&b);
    builder_clear(&b);
    result->seconds = hn_clock_s() - started;
    return status;
}
