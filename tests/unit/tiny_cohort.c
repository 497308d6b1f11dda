/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A synthetic cohort for tests: see tiny_cohort.h. */
#include "tiny_cohort.h"

#include <hipnet/memory.h>
#include <hipnet/rng.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[] = { "pji", "aseptic_loosening", "dislocation",
                                           "periprosthetic_fracture", "polyethylene_wear" };

/* Brightness of the class's shape at (x, y) in -1..1: disc, ring, upright bar, flat bar, cross. */
static double shape_at(int label, double x, double y)
{
    double radius = hypot(x, y);
    switch (label) {
    case 0:
        return radius < 0.45;
    case 1:
        return radius > 0.55 && radius < 0.8;
    case 2:
        return fabs(x) < 0.2;
    case 3:
        return fabs(y) < 0.2;
    default:
        return fabs(fabs(x) - fabs(y)) < 0.15;
    }
}

static void draw(void *pixels, const tiny_cohort_options *options, int label, int index, int view)
{
    hn_rng rng;
    hn_rng_init(&rng, options->seed, HN_PURPOSE_TEST, (uint64_t)index, (uint64_t)view, 1);
    double shift_x = hn_rng_range(&rng, -0.15, 0.15);
    double shift_y = hn_rng_range(&rng, -0.15, 0.15);
    double high = options->bits == 16 ? 65535 : 255;
    for (int r = 0; r < options->rows; r++) {
        for (int c = 0; c < options->columns; c++) {
            double x = 2.0 * (c + 0.5) / options->columns - 1 + shift_x;
            double y = 2.0 * (r + 0.5) / options->rows - 1 + shift_y;
            double value = 0.25 + 0.5 * shape_at(label, view ? y : x, view ? x : y) +
                           options->noise * hn_rng_normal(&rng);
            value = fmin(fmax(value, 0), 1) * high;
            int place = r * options->columns + c;
            if (options->bits == 16) {
                ((uint16_t *)pixels)[place] = (uint16_t)value;
            } else {
                ((uint8_t *)pixels)[place] = (uint8_t)value;
            }
        }
    }
}

static hn_status put_images(hn_cohort_writer *writer, const tiny_cohort_options *options,
                            const hn_case *facts, int index, int label, hn_cohort_chunk *chunk,
                            void *pixels)
{
    for (int v = 0; v < HN_VIEWS; v++) {
        if (facts->views[v].present) {
            draw(pixels, options, label, index, v);
            HN_TRY(hn_cohort_encode_image(chunk, pixels, options->rows, options->columns,
                                          options->bits, 1));
            HN_TRY(hn_cohort_put_image(writer, index, (hn_view)v, chunk));
        }
    }
    return HN_OK;
}

static hn_status put_laboratory(hn_cohort_writer *writer, int index, int label, hn_rng *rng)
{
    int crp = 0, esr = 0;
    HN_TRY(hn_cohort_add_biomarker(&crp, writer, "crp_mg_l", "mg/L"));
    HN_TRY(hn_cohort_add_biomarker(&esr, writer, "esr_mm_h", "mm/h"));
    double crp_value = exp((label == 0 ? 3.6 : 1.8) + 0.9 * hn_rng_normal(rng));
    double esr_value = exp((label == 0 ? 3.9 : 2.8) + 0.7 * hn_rng_normal(rng));
    if (index % 9 != 8) {
        bool below = crp_value < 5;
        HN_TRY(hn_cohort_put_biomarker(writer, index, crp, below ? 5 : round(crp_value * 10) / 10,
                                       below ? -1 : 0, -2));
    }
    if (index % 4 != 3) {
        bool above = esr_value > 120;
        HN_TRY(hn_cohort_put_biomarker(writer, index, esr, above ? 120 : round(esr_value),
                                       above ? 1 : 0, HN_NAN));
    }
    return HN_OK;
}

static hn_status put_case(hn_cohort_writer *writer, const tiny_cohort_options *options, int index,
                          hn_cohort_chunk *chunk, void *pixels)
{
    char case_id[16], patient_id[16], hash[HN_SHA256_HEX];
    int first = index % 7 == 6 ? index - 1 : index; /* the other hip of the case before */
    int label = index % options->classes;
    bool labelled =
        options->indeterminate_every <= 0 || (index + 1) % options->indeterminate_every != 0;
    hn_rng rng;
    hn_rng_init(&rng, options->seed, HN_PURPOSE_TEST, (uint64_t)first, 0, 2);
    snprintf(case_id, sizeof case_id, "c%04d", index);
    snprintf(patient_id, sizeof patient_id, "p%04d", first);
    hn_case facts = HN_CASE_INIT;
    facts.case_id = case_id;
    facts.patient_id = patient_id;
    facts.center = first / options->classes % 3 == 2 ? "center_b" : "center_a";
    facts.side = index % 7 == 6 ? HN_SIDE_RIGHT : HN_SIDE_LEFT;
    facts.mirrored = facts.side == HN_SIDE_RIGHT;
    facts.label = labelled ? label : -1;
    facts.reference_status = labelled ? HN_REFERENCE_SINGLE : HN_REFERENCE_INDETERMINATE;
    facts.certainty = labelled ? "definite" : "";
    facts.age_years = floor(hn_rng_range(&rng, 40, 90));
    facts.sex = hn_rng_uniform(&rng) < 0.55 ? HN_SEX_FEMALE : HN_SEX_MALE;
    facts.study_year = 2015 + (int)hn_rng_below(&rng, 8);
    facts.reference_days = floor(hn_rng_range(&rng, 1, 90));
    facts.serology_in_reference = HN_ANSWER_NO;
    HN_TRY(hn_sha256_bytes(hash, case_id, strlen(case_id)));
    for (int v = 0; v < HN_VIEWS; v++) {
        hn_case_view *view = &facts.views[v];
        view->present = v == HN_VIEW_AP || options->lateral_every <= 0 ||
                        (index + 1) % options->lateral_every != 0;
        if (view->present) {
            view->rows = 480;
            view->columns = 400;
            view->spacing_mm = index % 2 ? HN_NAN : 2.5;
            view->spacing_meaning = index % 2 ? HN_SPACING_NONE : HN_SPACING_DETECTOR_PLANE;
            view->projection = v ? HN_PROJECTION_CROSS_TABLE : HN_PROJECTION_AP;
            view->source_hash = hash;
        }
    }
    HN_TRY(put_images(writer, options, &facts, index, label, chunk, pixels));
    HN_TRY(hn_cohort_put_case(writer, index, &facts));
    hn_rng_init(&rng, options->seed, HN_PURPOSE_TEST, (uint64_t)index, 0, 3);
    return put_laboratory(writer, index, label, &rng);
}

hn_status tiny_cohort_write(const char *path, const tiny_cohort_options *options)
{
    tiny_cohort_options full = options ? *options : (tiny_cohort_options) { 0 };
    full.cases = full.cases ? full.cases : 24;
    full.classes = full.classes ? full.classes : 3;
    full.rows = full.rows ? full.rows : 32;
    full.columns = full.columns ? full.columns : 32;
    full.bits = full.bits ? full.bits : 8;
    full.noise = full.noise > 0 ? full.noise : 0.1;
    full.lateral_every = full.lateral_every ? full.lateral_every : 5;
    hn_assert(full.classes >= 1 && full.classes <= (int)HN_COUNT_OF(class_names));
    uint16_t *pixels = NULL;
    HN_TRY(hn_resize(&pixels, (size_t)full.rows * (size_t)full.columns, sizeof *pixels));
    HN_AUTO_COHORT_WRITER *writer = NULL;
    hn_cohort_chunk chunk = { 0 };
    hn_status status =
        hn_cohort_writer_new(&writer, path,
                             &(hn_cohort_settings) { .rows = full.rows,
                                                     .columns = full.columns,
                                                     .bits = full.bits,
                                                     .classes = class_names,
                                                     .class_count = full.classes,
                                                     .risk_class = "pji",
                                                     .settings_json = "{\"source\": \"synthetic\"}",
                                                     .source_hash_kind = "sha256" },
                             true);
    for (int i = 0; status == HN_OK && i < full.cases; i++) {
        status = put_case(writer, &full, i, &chunk, pixels);
    }
    hn_cohort_chunk_clear(&chunk);
    hn_free(pixels);
    return status == HN_OK ? hn_cohort_writer_finish(writer, NULL) : status;
}
