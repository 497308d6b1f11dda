/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drawing the numbers of a case. Everything that is not a sign of the failure is drawn before
 * the failure is looked at, from streams of its own, so that it cannot tell the class.
 */
#include <hipnet/phantom.h>

#include <math.h>
#include <string.h>

const char *hn_failure_name(hn_failure_kind kind)
{
    static const char *const names[] = { "pji",
                                         "aseptic_loosening",
                                         "dislocation",
                                         "periprosthetic_fracture",
                                         "polyethylene_wear",
                                         "none_of_five" };
    hn_assert((size_t)kind < HN_COUNT_OF(names));
    return names[kind];
}

const char *hn_sign_name(hn_sign sign)
{
    static const char *const names[] = { "none",     "lucency",   "osteolysis",  "periosteal",
                                         "swelling", "migration", "dislocation", "fracture",
                                         "wear",     "benign" };
    hn_assert((size_t)sign < HN_COUNT_OF(names));
    return names[sign];
}

const char *hn_landmark_name(hn_landmark landmark)
{
    static const char *const names[] = {
        "head", "cup", "shoulder", "tip", "greater_trochanter", "lesser_trochanter"
    };
    hn_assert((size_t)landmark < HN_COUNT_OF(names));
    return names[landmark];
}

/* A normal value kept within two and a half standard deviations. */
static double normal(hn_rng *rng, double mean, double sd)
{
    double z = hn_rng_normal(rng);
    return mean + sd * fmin(2.5, fmax(-2.5, z));
}

static bool chance(hn_rng *rng, double share)
{
    return hn_rng_uniform(rng) < share;
}

/* ---- who it is and what was implanted ------------------------------------------------- */

/* Canal radius and cortex at levels of -45, -25, 0, 30, 60, 100, 140, 220 mm below the lesser
 * trochanter: ISTA2014-118 for the canal, the cortical thickness index of PMC5964262. */
static const double canal_radius[HN_STATIONS] = { 20, 17, 14.2, 11.9, 8.8, 7.2, 6.5, 7.5 };
static const double cortex_thickness[HN_STATIONS] = { 2.2, 2.8, 3.4, 4.2, 5.9, 6.6, 7.0, 6.4 };

static void draw_anatomy(hn_phantom_case *c, hn_rng *rng)
{
    c->female = chance(rng, 0.52);
    c->right = chance(rng, 0.5);
    c->age_years = fmin(94, fmax(38, normal(rng, 68, 10)));
    c->scale = normal(rng, c->female ? 0.955 : 1.045, 0.035);
    c->offset_mm = normal(rng, 38.4, 4) * c->scale;
    c->osteoporosis = fmin(1, fmax(0, normal(rng, c->female ? 0.45 : 0.3, 0.2)));
    double canal = normal(rng, 1, 0.08),
           cortex = normal(rng, 1, 0.1) * (1.1 - 0.35 * c->osteoporosis);
    for (int i = 0; i < HN_STATIONS; i++) {
        c->canal_mm[i] = canal_radius[i] * canal * c->scale;
        c->cortex_mm[i] = fmax(1.5, cortex_thickness[i] * cortex * c->scale);
    }
    c->thigh_mm = normal(rng, 78, 8);
    c->fat_mm = fmax(6, normal(rng, c->female ? 20 : 13, 5));
}

static void draw_implant(hn_phantom_case *c, hn_rng *rng, double cemented, double ceramic)
{
    static const double heads[] = { 11, 14, 16, 16, 18, 20 };
    c->shell_mm = floor(normal(rng, c->female ? 25.5 : 27.5, 1.5));
    c->head_mm = heads[hn_rng_below(rng, HN_COUNT_OF(heads))];
    c->head_mm = fmin(c->head_mm, c->shell_mm - 8.5);
    c->liner_mm = c->shell_mm - 4 - c->head_mm;
    c->inclination_deg = normal(rng, 45, 7.6);
    c->anteversion_deg = normal(rng, 20, 9.6);
    c->mantle_mm = chance(rng, cemented) ? hn_rng_range(rng, 2, 4) : 0;
    c->stem_length_mm = hn_rng_range(rng, 120, 160);
    c->stem_scale = normal(rng, 1, 0.04) * c->scale;
    c->varus_deg = normal(rng, 0, 0.8);
    c->screws = chance(rng, 0.45) ? 1 + (int)hn_rng_below(rng, 3) : 0;
    c->stem_material = c->mantle_mm > 0
                           ? (chance(rng, 0.6) ? HN_MATERIAL_COCRMO : HN_MATERIAL_STEEL)
                           : HN_MATERIAL_TITANIUM;
    c->shell_material = HN_MATERIAL_TITANIUM;
    c->head_material = !chance(rng, ceramic) ? HN_MATERIAL_COCRMO
                       : chance(rng, 0.6)    ? HN_MATERIAL_ZTA
                                             : HN_MATERIAL_ALUMINA;
}

static void draw_benign(hn_phantom_case *c, hn_rng *rng)
{
    c->line_mm = chance(rng, 0.35) ? hn_rng_range(rng, 0.5, 1.6) : 0;
    c->stress_shielding = chance(rng, 0.4) ? hn_rng_range(rng, 0.2, 1) : 0;
    c->heterotopic_mm = chance(rng, 0.2) ? hn_rng_range(rng, 4, 12) : 0;
    /* bedding-in and slow wear of a healthy liner: 10.1080/17453674.2021.1932140 */
    double depth = hn_rng_range(rng, 0, 0.6);
    c->wear_mm = (hn_vec) { 0.3 * depth, 0, 0.95 * depth };
    for (int i = 0; i < HN_STATIONS; i++) {
        c->stem_lucency_mm[i] = c->line_mm;
    }
    c->cup_lucency_mm = chance(rng, 0.25) ? hn_rng_range(rng, 0.4, 1.4) : 0;
    c->subsidence_mm = hn_rng_range(rng, 0, 1.5);
}

/* ---- failures ------------------------------------------------------------------------ */

static void sign_loosening(hn_phantom_case *c, hn_rng *rng, double s)
{
    bool stem = chance(rng, 0.75), cup = !stem || chance(rng, 0.4);
    if (stem) {
        double width = 2.1 + 2.4 * s + hn_rng_range(rng, -0.2, 0.4);
        for (int i = 0; i < HN_STATIONS; i++) {
            c->stem_lucency_mm[i] = width * hn_rng_range(rng, 0.92, 1.08);
        }
        c->subsidence_mm = 3 + 10 * s * hn_rng_uniform(rng);
        c->stem_tilt_deg = (1 + 4 * s) * hn_rng_uniform(rng);
    }
    if (cup) {
        c->cup_lucency_mm = 2 + 2.2 * s * hn_rng_range(rng, 0.7, 1);
        double up = (3 + 20 * s) * hn_rng_range(rng, 0.5, 1);
        c->cup_migration_mm =
            (hn_vec) { hn_rng_range(rng, -0.5, 0.35) * up, 0, hn_rng_range(rng, 0.6, 1) * up };
        c->cup_tilt_deg = (4 + 22 * s) * hn_rng_uniform(rng);
    }
}

/* A focus at a level of the femur (mm below the lesser trochanter), on the cortex's inner side. */
static void add_femoral_focus(hn_phantom_case *c, hn_rng *rng, double from, double to,
                              double radius)
{
    if (c->foci < HN_FOCI) {
        double level = hn_rng_range(rng, from, to), angle = hn_rng_range(rng, 0, 2 * M_PI);
        double reach = (level < 10 ? 15 : 10.5) * c->scale;
        c->focus[c->foci].center = (hn_vec) { reach * cos(angle), reach * sin(angle), -level };
        c->focus[c->foci].radius_mm = radius;
        c->focus[c->foci++].pelvic = false;
    }
}

/* A focus behind the cup: in DeLee-Charnley zones I to III, along the dome. */
static void add_pelvic_focus(hn_phantom_case *c, hn_rng *rng, double radius)
{
    if (c->foci < HN_FOCI) {
        double angle = hn_rng_range(rng, 0.1, 0.95) * M_PI;
        double reach = c->shell_mm + 0.55 * radius;
        c->focus[c->foci].center =
            (hn_vec) { reach * cos(angle) * 0.8, hn_rng_range(rng, -8, 8), reach * sin(angle) };
        c->focus[c->foci].radius_mm = radius;
        c->focus[c->foci++].pelvic = true;
    }
}

static void sign_infection(hn_phantom_case *c, hn_rng *rng, double s)
{
    double width = 2 + 2.5 * s;
    for (int i = 0; i < HN_STATIONS; i++) { /* irregular: SD of at least a millimetre */
        c->stem_lucency_mm[i] = fmax(0.5, width + (1 + 0.8 * s) * hn_rng_normal(rng));
    }
    c->cup_lucency_mm = fmax(0.5, normal(rng, 1.5 + 1.5 * s, 0.8));
    int foci = 1 + (int)(4 * s + hn_rng_uniform(rng));
    for (int i = 0; i < foci; i++) {
        add_femoral_focus(c, rng, -25, 95, hn_rng_range(rng, 3, 4.5 + 4 * s));
    }
    if (chance(rng, 0.5)) {
        add_pelvic_focus(c, rng, hn_rng_range(rng, 5, 6 + 6 * s));
    }
    if (chance(rng, 0.35 + 0.45 * s)) {
        c->periosteal_mm = hn_rng_range(rng, 0.7, 1 + s);
        c->periosteal_from_mm = hn_rng_range(rng, 10, 60);
        c->periosteal_to_mm = c->periosteal_from_mm + hn_rng_range(rng, 25, 40 + 40 * s);
    }
    if (chance(rng, 0.6)) {
        c->swelling_mm = hn_rng_range(rng, 5, 8 + 12 * s);
    }
}

static void sign_dislocation(hn_phantom_case *c, hn_rng *rng, double s)
{
    double reach = 22 + 45 * s;
    double kind = hn_rng_uniform(rng);
    if (kind < 0.80) { /* posterior, superior on the AP view */
        c->dislocation_mm = (hn_vec) { reach * hn_rng_range(rng, 0.15, 0.55), -reach * 0.45,
                                       reach * hn_rng_range(rng, 0.7, 1) };
        c->dislocation_turn_deg = -hn_rng_range(rng, 15, 40);
        c->dislocation_adduction_deg = hn_rng_range(rng, 5, 18);
    } else if (kind < 0.95) { /* anterior */
        c->dislocation_mm =
            (hn_vec) { -reach * 0.25, reach * 0.5, reach * hn_rng_range(rng, -0.6, -0.3) };
        c->dislocation_turn_deg = hn_rng_range(rng, 20, 45);
        c->dislocation_adduction_deg = -hn_rng_range(rng, 8, 20);
    } else { /* superior */
        c->dislocation_mm = (hn_vec) { reach * 0.2, 0, reach };
    }
}

static void sign_fracture(hn_phantom_case *c, hn_rng *rng, double s)
{
    /* Karam 2020, 10.1186/s13018-020-01619-4: A 17%, B 73% (B2 55%), C 10% */
    double kind = hn_rng_uniform(rng);
    const char *type = kind < 0.17   ? "A"
                       : kind < 0.27 ? "B1"
                       : kind < 0.82 ? "B2"
                       : kind < 0.90 ? "B3"
                                     : "C";
    memcpy(c->vancouver, type, strlen(type) + 1);
    double tip = c->stem_length_mm - 48;
    c->fracture_level_mm = type[0] == 'A'   ? -38
                           : type[0] == 'C' ? tip + hn_rng_range(rng, 25, 45)
                                            : tip + hn_rng_range(rng, -45, 5);
    c->fracture_gap_mm = 1 + 5.5 * s * hn_rng_range(rng, 0.5, 1);
    c->fracture_slope = hn_rng_range(rng, 0.6, 2.2) * (chance(rng, 0.5) ? 1 : -1);
    c->fracture_turn_deg = hn_rng_range(rng, 0, 180);
    c->fracture_shift_mm = 10 * s * hn_rng_uniform(rng);
    c->fracture_angle_deg = 18 * s * hn_rng_range(rng, -1, 1);
    if (type[1] == '2' || type[1] == '3') {
        c->subsidence_mm = 4 + 12 * s * hn_rng_uniform(rng);
        for (int i = 0; i < HN_STATIONS; i++) {
            c->stem_lucency_mm[i] = fmax(c->stem_lucency_mm[i], 1 + 1.5 * s * hn_rng_uniform(rng));
        }
    }
    if (type[1] == '3') {
        c->osteoporosis = fmin(1, c->osteoporosis + 0.4);
    }
}

static void sign_wear(hn_phantom_case *c, hn_rng *rng, double s)
{
    double depth = fmin(1.4 + 4.6 * s, c->liner_mm - 1);
    double lateral = hn_rng_range(rng, -0.1, 0.65);
    c->wear_mm = (hn_vec) { lateral * depth, 0, sqrt(1 - lateral * lateral) * depth };
    /* lysis is drawn apart from the depth: PMC3018187 found no correlation */
    if (chance(rng, 0.45)) {
        add_pelvic_focus(c, rng, hn_rng_range(rng, 5, 14));
    }
    if (chance(rng, 0.45)) {
        add_femoral_focus(c, rng, -45, -20, hn_rng_range(rng, 4, 9));
    }
}

/* Shares of the patterns. A reader who sees the pattern and nothing else separates the two
 * classes with an AUC of 0.899: patterns in order of their likelihood ratio, ties by half. */
static hn_pattern draw_pattern(hn_failure_kind failure, hn_rng *rng)
{
    double at = hn_rng_uniform(rng);
    if (failure == HN_FAILURE_PJI) {
        return at < 0.30   ? HN_PATTERN_MINIMAL
               : at < 0.40 ? HN_PATTERN_LOOSENING
                           : HN_PATTERN_INFECTION;
    }
    return at < 0.06 ? HN_PATTERN_MINIMAL : at < 0.94 ? HN_PATTERN_LOOSENING : HN_PATTERN_INFECTION;
}

static void add_signs(hn_phantom_case *c, hn_failure_kind failure, hn_rng *rng, double s)
{
    switch (failure) {
    case HN_FAILURE_PJI:
    case HN_FAILURE_LOOSENING:
        c->pattern = draw_pattern(failure, rng);
        if (c->pattern == HN_PATTERN_LOOSENING) {
            sign_loosening(c, rng, s);
        } else if (c->pattern == HN_PATTERN_INFECTION) {
            sign_infection(c, rng, s);
        }
        break;
    case HN_FAILURE_DISLOCATION:
        sign_dislocation(c, rng, s);
        break;
    case HN_FAILURE_FRACTURE:
        sign_fracture(c, rng, s);
        break;
    case HN_FAILURE_WEAR:
        sign_wear(c, rng, s);
        break;
    case HN_FAILURE_NONE:
        break;
    }
}

/* Medians and log standard deviations per class; the blend of published series given in
 * docs/explanation/phantom.md. The two values of a patient share half of their variance; within
 * PJI both lean on the latent severity with a correlation of 0.3. */
static void draw_laboratory(hn_phantom_case *c, hn_rng *rng)
{
    static const struct {
        double crp, crp_sd, esr, esr_sd;
    } table[] = { { 25, 1.1, 40, 0.55 }, { 4, 1.1, 17, 0.70 }, { 6, 1.1, 19, 0.65 },
                  { 27, 1.0, 28, 0.60 }, { 4, 1.1, 17, 0.70 }, { 3.5, 1.0, 16, 0.65 } };
    double lean = c->failure == HN_FAILURE_PJI ? 0.3 : 0;
    double shared = hn_rng_normal(rng), left = sqrt(1 - lean * lean);
    double half = sqrt(0.5);
    double z_crp = lean * c->latent + left * (half * shared + half * hn_rng_normal(rng));
    double z_esr = lean * c->latent + left * (half * shared + half * hn_rng_normal(rng));
    c->crp_mg_l = fmin(400, table[c->failure].crp * exp(table[c->failure].crp_sd * z_crp));
    c->esr_mm_h = fmin(140, fmax(1, table[c->failure].esr * exp(table[c->failure].esr_sd * z_esr)));
}

void hn_phantom_draw_mix(hn_phantom_case *out, hn_failure_kind failure, double severity,
                         uint64_t seed, uint64_t index, double cemented, double ceramic)
{
    hn_phantom_case *c = out;
    *c = (hn_phantom_case) { .failure = failure, .second = HN_FAILURE_NONE, .severity = severity };
    c->key = index;
    hn_rng anatomy, implant, benign, signs, laboratory;
    hn_rng_init(&anatomy, seed, HN_PURPOSE_PHANTOM, index, 1, 0);
    hn_rng_init(&implant, seed, HN_PURPOSE_PHANTOM, index, 2, 0);
    hn_rng_init(&benign, seed, HN_PURPOSE_PHANTOM, index, 3, 0);
    hn_rng_init(&signs, seed, HN_PURPOSE_PHANTOM, index, 4, 0);
    hn_rng_init(&laboratory, seed, HN_PURPOSE_PHANTOM, index, 5, 0);
    draw_anatomy(c, &anatomy);
    draw_implant(c, &implant, cemented, ceramic);
    draw_benign(c, &benign);
    c->latent = hn_rng_normal(&signs);
    if (failure == HN_FAILURE_PJI) { /* the latent severity also makes the signs stronger */
        double share = 0.5 * (1 + erf(c->latent / sqrt(2)));
        c->severity = severity = fmin(1, fmax(0, 0.5 * severity + 0.5 * share));
    }
    add_signs(c, failure, &signs, severity);
    draw_laboratory(c, &laboratory);
}

void hn_phantom_draw(hn_phantom_case *out, hn_failure_kind failure, double severity, uint64_t seed,
                     uint64_t index)
{
    hn_phantom_draw_mix(out, failure, severity, seed, index, 0.35, 0.4);
}
