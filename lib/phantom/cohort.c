/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The phantom cohort on disk: a folder that looks like what hospitals send, with the truth
 * beside it. Patients are drawn and written in blocks, so that memory does not grow; within a
 * block each film is the work of one thread, and the tables are written in order afterwards.
 */
#include "centers.h"

#include <hipnet/dicom.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/json.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>
#include <hipnet/truth_file.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct profile {
    const char *name;
    int64_t patients, size;
};

static const struct profile profiles[] = { { "demo", 480, 256 }, { "study", 1454, 512 } };

/* A patient as the cohort sees one: the case, and what the center did with it. */
struct patient {
    const struct center *center;
    hn_phantom_case c;
    const char *status; /* reference_status */
    int64_t day;        /* of the films, since 1970 */
    int64_t operated;   /* reference_date */
    bool lateral, cross_table, crp, esr;
    char id[32];
};

struct cohort {
    const hn_phantom_options *options;
    int64_t patients;
    int size;
    FILE *manifest, *cases;
    hn_truth_writer *truth;
    struct film *block; /* BLOCK patients with two films each, exposed side by side */
    int64_t first;      /* index of the block's first patient */
};

enum { BLOCK = 16, FILMS = 2 };

/* One film of a block: what its thread leaves for the writer. */
struct film {
    struct patient patient;
    bool wanted;
    hn_phantom_view view;
    hn_phantom_room room;
    char name[96]; /* path in the manifest */
    uint16_t *pixels, *signs;
    double landmarks[HN_LANDMARK_COUNT][2];
};

/* ---- drawing a patient ------------------------------------------------------------------ */

static const struct center *center_of(int64_t index, int64_t patients)
{
    double at = ((double)index + 0.5) / (double)patients;
    for (int i = 0; i + 1 < CENTERS; i++) {
        at -= hn_phantom_centers[i].share;
        if (at < 0) {
            return &hn_phantom_centers[i];
        }
    }
    return &hn_phantom_centers[CENTERS - 1];
}

static hn_failure_kind draw_class(const double mix[HN_FAILURE_CLASSES], hn_rng *rng)
{
    double total = 0;
    for (int i = 0; i < HN_FAILURE_CLASSES; i++) {
        total += mix[i];
    }
    double at = hn_rng_uniform(rng) * total;
    for (int i = 0; i + 1 < HN_FAILURE_CLASSES; i++) {
        at -= mix[i];
        if (at < 0) {
            return (hn_failure_kind)i;
        }
    }
    return HN_FAILURE_WEAR;
}

/* Signs of a second failure on top of the first: the head out of the cup of an infected hip. */
static void add_second(hn_phantom_case *c, uint64_t seed, uint64_t index)
{
    hn_phantom_case other;
    hn_phantom_draw(&other, HN_FAILURE_DISLOCATION, 0.7, seed, index);
    c->second = HN_FAILURE_DISLOCATION;
    c->dislocation_mm = other.dislocation_mm;
    c->dislocation_turn_deg = other.dislocation_turn_deg;
    c->dislocation_adduction_deg = other.dislocation_adduction_deg;
}

static hn_status draw_patient(struct patient *p, const struct cohort *cohort, int64_t index)
{
    uint64_t seed = cohort->options->seed;
    hn_rng rng;
    hn_rng_init(&rng, seed, HN_PURPOSE_PHANTOM, (uint64_t)index, 10, 0);
    const struct center *center = center_of(index, cohort->patients);
    const struct center *like = cohort->options->matched_mix ? &hn_phantom_centers[0] : center;
    *p = (struct patient) { .center = center, .status = "single" };
    hn_failure_kind failure = draw_class(like->mix, &rng);
    double world = hn_rng_uniform(&rng), severity = hn_rng_range(&rng, 0.2, 1);
    double sureness = hn_rng_uniform(&rng);
    if (world < center->open_world) {
        failure = HN_FAILURE_NONE;
        p->status = "none_of_five";
    } else if (world < center->open_world + center->several) {
        failure = HN_FAILURE_PJI;
        p->status = "several";
    } else if (sureness < center->indeterminate) {
        p->status = "indeterminate";
    }
    hn_phantom_draw_mix(&p->c, failure, severity, seed, (uint64_t)index, like->cemented,
                        like->ceramic);
    if (strcmp(p->status, "several") == 0) {
        add_second(&p->c, seed, (uint64_t)index);
    }
    p->lateral = hn_rng_uniform(&rng) >= center->no_lateral;
    p->cross_table = hn_rng_uniform(&rng) < like->cross_table;
    p->crp = hn_rng_uniform(&rng) >= center->no_crp;
    p->esr = hn_rng_uniform(&rng) >= center->no_esr;
    int64_t first = 0, last = 0;
    HN_TRY(hn_parse_date(&first, NULL, center->first_day));
    HN_TRY(hn_parse_date(&last, NULL, center->last_day));
    p->day = first + (int64_t)hn_rng_below(&rng, (uint64_t)(last - first + 1));
    p->operated = p->day + 1 + (int64_t)hn_rng_below(&rng, 45);
    snprintf(p->id, sizeof p->id, "SYN-%06" PRId64, index + 1);
    return HN_OK;
}

/* ---- one exposure -------------------------------------------------------------------- */

/* Settings of the day: the same spread for every class. */
static hn_phantom_room room_of(const struct patient *p, const struct cohort *cohort, int64_t index,
                               hn_phantom_view view)
{
    const struct center *like = cohort->options->matched_mix ? &hn_phantom_centers[0] : p->center;
    hn_phantom_room room = like->room;
    hn_rng rng;
    hn_rng_init(&rng, cohort->options->seed, HN_PURPOSE_PHANTOM, (uint64_t)index, 11,
                (uint64_t)view);
    room.tube_kv = fmin(95, fmax(60, room.tube_kv + 2.5 * hn_rng_normal(&rng)));
    room.quanta *= exp(0.15 * hn_rng_normal(&rng));
    room.scatter *= exp(0.1 * hn_rng_normal(&rng));
    room.marker_row += hn_rng_range(&rng, -0.02, 0.02);
    room.marker_column += hn_rng_range(&rng, -0.02, 0.02);
    room.marker = hn_rng_uniform(&rng) < 0.9;
    if (view == HN_PHANTOM_CROSS_TABLE) { /* horizontal beam: far from the detector, harder */
        room.tube_kv = fmin(98, room.tube_kv + 14);
        room.copper_mm = 0.1;
        room.source_mm = 1350;
        room.object_mm = 430;
        room.field_mm *= 1.28;
        room.quanta *= 6;
    }
    return room;
}

static hn_status uid(char out[65], const char *kind, const char *id, uint64_t seed)
{
    char words[192];
    uint8_t hash[16];
    snprintf(words, sizeof words, "%s %s %" PRIu64, kind, id, seed);
    HN_TRY(hn_blake2b(hash, sizeof hash, words, strlen(words), NULL));
    uint64_t high = 0, low = 0;
    memcpy(&high, hash, 8);
    memcpy(&low, hash + 8, 8);
    snprintf(out, 65, "2.25.%" PRIu64 "%019" PRIu64, high >> 4, low >> 1);
    return HN_OK;
}

static hn_status write_dicom(const struct cohort *cohort, const struct film *film,
                             const hn_phantom_room *room)
{
    const struct patient *p = &film->patient;
    hn_phantom_view view = film->view;
    const char *name = film->name;
    char path[HN_PATH_SIZE], date[HN_DATE_SIZE], compact[16], age[8];
    char study[65], series[65], instance[65];
    HN_TRY(hn_path_join(path, cohort->options->folder, name));
    HN_TRY(uid(study, "study", p->id, cohort->options->seed));
    HN_TRY(uid(series, view == HN_PHANTOM_AP ? "ap" : "lateral", p->id, cohort->options->seed));
    HN_TRY(uid(instance, name, p->id, cohort->options->seed));
    hn_format_date(date, p->day);
    snprintf(compact, sizeof compact, "%.4s%.2s%.2s", date, date + 5, date + 8);
    snprintf(age, sizeof age, "%03dY", (int)p->c.age_years);
    double pitch = room->field_mm / cohort->size;
    static const char *const positions[] = { "AP", "LL", "LL" };
    static const char *const protocols[] = { "HIP AP", "HIP FROG LEG LATERAL",
                                             "HIP CROSS TABLE LATERAL" };
    const hn_dicom_image image = {
        .rows = cohort->size,
        .cols = cohort->size,
        .pixels = film->pixels,
        .bits_stored = room->bits,
        .photometric = room->monochrome1 ? "MONOCHROME1" : "MONOCHROME2",
        .imager_spacing_mm = { pitch, pitch },
        .magnification = room->source_mm / (room->source_mm - room->object_mm),
        .patient_id = p->id,
        .patient_name = "SYNTHETIC^PHANTOM",
        .patient_sex = p->c.female ? "F" : "M",
        .patient_age = age,
        .study_date = compact,
        .study_uid = study,
        .series_uid = series,
        .instance_uid = instance,
        .view_position = positions[view],
        .laterality = p->c.right ? "R" : "L",
        .patient_orientation = view == HN_PHANTOM_CROSS_TABLE ? NULL : "L\\F",
        .body_part = "HIP",
        .series_description = protocols[view],
        .protocol = protocols[view],
        .manufacturer = p->center->manufacturer,
        .institution = "SYNTHETIC",
        .encoding = p->center->encoding,
    };
    return hn_dicom_write(path, cohort->options->force, &image);
}

static void manifest_row(const struct cohort *cohort, const struct patient *p, hn_phantom_view view,
                         const char *name)
{
    static const char *const projections[] = { "ap", "frog_leg", "cross_table" };
    char date[HN_DATE_SIZE], operated[HN_DATE_SIZE], crp[24] = "", esr[24] = "", age[8];
    FILE *stream = cohort->manifest;
    hn_format_date(date, p->day);
    hn_format_date(operated, p->operated);
    snprintf(age, sizeof age, "%d", (int)p->c.age_years);
    if (p->crp && p->c.crp_mg_l < p->center->crp_limit) {
        snprintf(crp, sizeof crp, "<%g", p->center->crp_limit);
    } else if (p->crp) {
        snprintf(crp, sizeof crp, "%.1f", p->c.crp_mg_l);
    }
    if (p->esr) {
        snprintf(esr, sizeof esr, p->c.esr_mm_h < 2 ? "<2" : "%.0f", p->c.esr_mm_h);
    }
    bool single = strcmp(p->status, "single") == 0;
    const char *const cells[] = { p->id,
                                  p->center->name,
                                  view == HN_PHANTOM_AP ? "ap" : "lateral",
                                  projections[view],
                                  name,
                                  single ? hn_failure_name(p->c.failure) : "",
                                  p->c.right ? "right" : "left",
                                  age,
                                  p->c.female ? "F" : "M",
                                  date,
                                  operated,
                                  p->status,
                                  crp,
                                  esr };
    for (size_t i = 0; i < HN_COUNT_OF(cells); i++) {
        fprintf(stream, "%s%s", i ? "," : "", cells[i]);
    }
    fputc('\n', stream);
}

/* Draws and exposes one film of the block and writes its DICOM file: the work of one thread. */
static hn_status expose(void *context, int64_t place, int worker)
{
    (void)worker;
    const struct cohort *cohort = context;
    struct film *film = &cohort->block[place];
    int64_t index = cohort->first + place / FILMS;
    struct patient *p = &film->patient;
    film->wanted = false;
    if (index >= cohort->patients) {
        return HN_OK;
    }
    HN_TRY(draw_patient(p, cohort, index));
    bool lateral = place % FILMS == 1;
    film->wanted = !lateral || p->lateral;
    if (!film->wanted) {
        return HN_OK;
    }
    film->view = !lateral         ? HN_PHANTOM_AP
                 : p->cross_table ? HN_PHANTOM_CROSS_TABLE
                                  : HN_PHANTOM_FROG_LEG;
    snprintf(film->name, sizeof film->name, "%s/%s_%s.dcm", p->center->name, p->id,
             lateral ? "lateral" : "ap");
    film->room = room_of(p, cohort, index, film->view);
    HN_TRY(hn_phantom_expose(film->pixels, film->signs, film->landmarks, &p->c, &film->room,
                             film->view, cohort->size));
    return write_dicom(cohort, film, &film->room);
}

/* ---- the drawn numbers ------------------------------------------------------------------- */

static void add_vec(hn_json *object, const char *key, hn_vec v)
{
    hn_json *list = hn_json_add_array(object, key);
    hn_json_add_real(list, NULL, v.x);
    hn_json_add_real(list, NULL, v.y);
    hn_json_add_real(list, NULL, v.z);
}

static void add_failure(hn_json *object, const hn_phantom_case *c)
{
    static const char *const patterns[] = { "minimal", "loosening", "infection" };
    hn_json_add_text(object, "failure", hn_failure_name(c->failure));
    hn_json_add_text(object, "second", hn_failure_name(c->second));
    hn_json_add_text(object, "pattern",
                     c->failure <= HN_FAILURE_LOOSENING ? patterns[c->pattern] : NULL);
    hn_json_add_real(object, "severity", c->severity);
    hn_json *lucency = hn_json_add_array(object, "stem_lucency_mm");
    for (int i = 0; i < HN_STATIONS; i++) {
        hn_json_add_real(lucency, NULL, c->stem_lucency_mm[i]);
    }
    hn_json_add_real(object, "cup_lucency_mm", c->cup_lucency_mm);
    hn_json_add_real(object, "subsidence_mm", c->subsidence_mm);
    hn_json_add_real(object, "stem_tilt_deg", c->stem_tilt_deg);
    add_vec(object, "cup_migration_mm", c->cup_migration_mm);
    hn_json_add_real(object, "cup_tilt_deg", c->cup_tilt_deg);
    hn_json_add_int(object, "foci", c->foci);
    hn_json_add_real(object, "periosteal_mm", c->periosteal_mm);
    hn_json_add_real(object, "swelling_mm", c->swelling_mm);
    add_vec(object, "dislocation_mm", c->dislocation_mm);
    hn_json_add_text(object, "vancouver", c->vancouver[0] ? c->vancouver : NULL);
    hn_json_add_real(object, "fracture_gap_mm", c->fracture_gap_mm);
    hn_json_add_real(object, "fracture_level_mm", c->fracture_level_mm);
    add_vec(object, "wear_mm", c->wear_mm);
    hn_json_add_real(object, "line_mm", c->line_mm);
    hn_json_add_real(object, "stress_shielding", c->stress_shielding);
    hn_json_add_real(object, "heterotopic_mm", c->heterotopic_mm);
}

static void add_film(hn_json *list, const struct film *film)
{
    static const char *const views[] = { "ap", "frog_leg", "cross_table" };
    if (!film->wanted) {
        return;
    }
    const hn_phantom_room *room = &film->room;
    hn_json *object = hn_json_add_object(list, NULL);
    hn_json_add_text(object, "path", film->name);
    hn_json_add_text(object, "projection", views[film->view]);
    hn_json_add_real(object, "tube_kv", room->tube_kv);
    hn_json_add_real(object, "copper_mm", room->copper_mm);
    hn_json_add_real(object, "source_mm", room->source_mm);
    hn_json_add_real(object, "object_mm", room->object_mm);
    hn_json_add_real(object, "field_mm", room->field_mm);
    hn_json_add_real(object, "quanta", room->quanta);
    hn_json_add_real(object, "scatter", room->scatter);
    hn_json_add_bool(object, "marker", room->marker);
    hn_json_add_real(object, "marker_row", room->marker_row);
    hn_json_add_real(object, "marker_column", room->marker_column);
}

/* `films` are the patient's two, wanted or not. */
static hn_status write_case(const struct cohort *cohort, const struct film *films, bool first)
{
    const struct patient *p = &films->patient;
    const hn_phantom_case *c = &p->c;
    HN_AUTO_JSON *object = hn_json_new_object();
    hn_json_add_text(object, "patient_id", p->id);
    hn_json_add_text(object, "center", p->center->name);
    hn_json_add_text(object, "reference_status", p->status);
    add_failure(object, c);
    hn_json_add_bool(object, "female", c->female);
    hn_json_add_text(object, "side", c->right ? "right" : "left");
    hn_json_add_real(object, "age_years", c->age_years);
    hn_json_add_real(object, "scale", c->scale);
    hn_json_add_real(object, "offset_mm", c->offset_mm);
    hn_json_add_real(object, "osteoporosis", c->osteoporosis);
    hn_json_add_real(object, "thigh_mm", c->thigh_mm);
    hn_json_add_real(object, "fat_mm", c->fat_mm);
    hn_json_add_real(object, "shell_radius_mm", c->shell_mm);
    hn_json_add_real(object, "head_radius_mm", c->head_mm);
    hn_json_add_real(object, "liner_mm", c->liner_mm);
    hn_json_add_real(object, "inclination_deg", c->inclination_deg);
    hn_json_add_real(object, "anteversion_deg", c->anteversion_deg);
    hn_json_add_real(object, "stem_length_mm", c->stem_length_mm);
    hn_json_add_real(object, "mantle_mm", c->mantle_mm);
    hn_json_add_int(object, "screws", c->screws);
    hn_json_add_text(object, "stem_material", hn_material_name(c->stem_material));
    hn_json_add_text(object, "head_material", hn_material_name(c->head_material));
    hn_json_add_real(object, "latent_infection", c->latent);
    hn_json_add_real(object, "crp_mg_l", c->crp_mg_l);
    hn_json_add_real(object, "esr_mm_h", c->esr_mm_h);
    hn_json *list = hn_json_add_array(object, "films");
    for (int i = 0; i < FILMS; i++) {
        add_film(list, &films[i]);
    }
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    HN_TRY(hn_json_print(&text, object, false));
    fprintf(cohort->cases, "%s%s", first ? "[\n" : ",\n", hn_text_get(&text));
    return HN_OK;
}

static hn_status write_map(const hn_phantom_options *options)
{
    HN_AUTO_JSON *json = hn_json_new_object();
    hn_json *classes = hn_json_add_array(json, "classes");
    for (int i = 0; i < HN_FAILURE_CLASSES; i++) {
        hn_json_add_text(classes, NULL, hn_failure_name((hn_failure_kind)i));
    }
    hn_json_add_text(json, "risk_class", hn_failure_name(HN_FAILURE_PJI));
    char path[HN_PATH_SIZE];
    HN_TRY(hn_path_join(path, options->folder, "cohort.json"));
    return hn_json_write(json, path, options->force);
}

/* ---- the whole ------------------------------------------------------------------------- */

/* The tables of a block, in order: truth, manifest, drawn numbers. */
static hn_status write_block(struct cohort *cohort, int64_t count)
{
    for (int64_t place = 0; place < count * FILMS; place++) {
        const struct film *film = &cohort->block[place];
        if (film->wanted) {
            HN_TRY(hn_truth_put(cohort->truth, film->name, film->signs, film->landmarks));
            manifest_row(cohort, &film->patient, film->view, film->name);
        }
        if (place % FILMS == 0) {
            HN_TRY(write_case(cohort, film, cohort->first + place == 0));
        }
    }
    return HN_OK;
}

static hn_status write_patients(struct cohort *cohort)
{
    fputs("patient_id,center,view,projection,path,label,side,age,sex,date,reference_date,"
          "reference_status,crp_mg_l,esr_mm_h\n",
          cohort->manifest);
    hn_progress progress;
    hn_progress_begin(&progress, "phantom", "patients", cohort->patients);
    for (cohort->first = 0; cohort->first < cohort->patients; cohort->first += BLOCK) {
        int64_t left = cohort->patients - cohort->first, count = left < BLOCK ? left : BLOCK;
        HN_TRY(hn_parallel_for(count * FILMS, expose, cohort));
        HN_TRY(write_block(cohort, count));
        hn_progress_add(&progress, count);
    }
    hn_progress_end(&progress);
    fputs("\n]\n", cohort->cases);
    return HN_OK;
}

static hn_status open_and_write(struct cohort *cohort)
{
    static const char signs[] = "none,lucency,osteolysis,periosteal,swelling,migration,"
                                "dislocation,fracture,wear,benign";
    static const char landmarks[] = "head,cup,shoulder,tip,greater_trochanter,lesser_trochanter";
    const hn_phantom_options *options = cohort->options;
    char path[HN_PATH_SIZE];
    HN_AUTO_OUTPUT manifest = HN_OUTPUT_INIT;
    HN_AUTO_OUTPUT cases = HN_OUTPUT_INIT;
    HN_TRY(hn_path_join(path, options->folder, "manifest.csv"));
    HN_TRY(hn_output_begin(&manifest, path, options->force));
    HN_TRY(hn_path_join(path, options->folder, "cases.json"));
    HN_TRY(hn_output_begin(&cases, path, options->force));
    HN_TRY(write_map(options));
    HN_TRY(hn_path_join(path, options->folder, "truth.h5"));
    HN_TRY(hn_truth_create(&cohort->truth, path, cohort->size, cohort->size, signs, landmarks,
                           HN_LANDMARK_COUNT, options->force));
    cohort->manifest = manifest.stream;
    cohort->cases = cases.stream;
    HN_TRY(write_patients(cohort));
    HN_TRY(hn_truth_finish(cohort->truth));
    HN_TRY(hn_output_commit(&cases));
    return hn_output_commit(&manifest); /* last: a manifest means that all of it is there */
}

static hn_status make_folders(const hn_phantom_options *options)
{
    char path[HN_PATH_SIZE];
    for (int i = 0; i < CENTERS; i++) {
        HN_TRY(hn_path_join(path, options->folder, hn_phantom_centers[i].name));
        HN_TRY(hn_file_make_folder(path));
    }
    return HN_OK;
}

static hn_status make_block(struct cohort *cohort)
{
    size_t bytes = (size_t)cohort->size * (size_t)cohort->size * sizeof(uint16_t);
    cohort->block = hn_calloc(BLOCK * FILMS, sizeof *cohort->block);
    for (int i = 0; cohort->block && i < BLOCK * FILMS; i++) {
        cohort->block[i].pixels = hn_alloc(bytes);
        cohort->block[i].signs = hn_alloc(bytes);
        if (!cohort->block[i].pixels || !cohort->block[i].signs) {
            return HN_ENOMEM;
        }
    }
    return cohort->block ? HN_OK : HN_ENOMEM;
}

static void free_block(struct cohort *cohort)
{
    for (int i = 0; cohort->block && i < BLOCK * FILMS; i++) {
        hn_free(cohort->block[i].pixels);
        hn_free(cohort->block[i].signs);
    }
    hn_free(cohort->block);
}

hn_status hn_phantom_write(const hn_phantom_options *options)
{
    const struct profile *profile = NULL;
    for (size_t i = 0; i < HN_COUNT_OF(profiles); i++) {
        profile = strcmp(profiles[i].name, options->profile) == 0 ? &profiles[i] : profile;
    }
    if (!profile) {
        return hn_fail(HN_EUSAGE, "profile '%s' is not one of demo, study", options->profile);
    }
    struct cohort cohort = { .options = options };
    cohort.patients = options->patients > 0 ? options->patients : profile->patients;
    cohort.size = (int)(options->size > 0 ? options->size : profile->size);
    HN_TRY(make_folders(options));
    hn_status status = make_block(&cohort);
    if (status == HN_OK) {
        hn_output_sync_each(false); /* thousands of files: one sync at the end serves all */
        status = open_and_write(&cohort);
        hn_output_sync_each(true);
    }
    hn_truth_free(cohort.truth);
    free_block(&cohort);
    return status;
}
