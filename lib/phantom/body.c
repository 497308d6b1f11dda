/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The solids of a case. Order is meaning: what is added later owns the place. So the flesh comes
 * first, then bone from the outside in, then signs in the bone, then cement and metal.
 *
 * Pelvis frame: origin at the centre of the native joint. Femur frame: origin at the centre of
 * the head where the surgeon wanted it, the shaft's axis at x = offset, the lesser trochanter at
 * z = LESSER. Levels of the femur are millimetres below the lesser trochanter.
 */
#include "body.h"

#include <math.h>
#include <stddef.h>

static const hn_vec X = { 1, 0, 0 };
static const double levels[HN_STATIONS] = { -45, -25, 0, 30, 60, 100, 140, 220 };

static hn_vec at(double x, double y, double z)
{
    return (hn_vec) { x, y, z };
}

/* The stations' values between the levels. */
static double station(const double values[HN_STATIONS], double level)
{
    if (level <= levels[0]) {
        return values[0];
    }
    for (int i = 1; i < HN_STATIONS; i++) {
        if (level <= levels[i]) {
            double share = (level - levels[i - 1]) / (levels[i] - levels[i - 1]);
            return values[i - 1] + share * (values[i] - values[i - 1]);
        }
    }
    return values[HN_STATIONS - 1];
}

hn_vec hn_body_shaft(const hn_phantom_case *c, double level)
{
    double down = (LESSER_MM + level) * c->scale;
    return at(c->offset_mm - 0.09 * down, -0.02 * down, -down);
}

/* ---- flesh and pelvis ---------------------------------------------------------------- */

static void add_flesh(hn_scene *scene, const hn_phantom_case *c)
{
    double fat = c->fat_mm, thigh = c->thigh_mm;
    scene->tag = 0;
    /* trunk, buttock and thigh overlap in one rounded mass; fat lies around all of it */
    for (int layer = 0; layer < 2; layer++) {
        hn_material material = layer == 0 ? HN_MATERIAL_ADIPOSE : HN_MATERIAL_SOFT;
        double more = layer == 0 ? fat : 0;
        hn_scene_ellipsoid(scene, material, at(-88, -5, 95), at(170 + more, 98 + more, 215 + more));
        hn_scene_ellipsoid(scene, material, at(0, -18, 10), at(102 + more, 84 + more, 120 + more));
        hn_scene_ellipsoid(scene, material, at(20, 0, -185),
                           at(thigh + more, thigh + more, 265 + more));
    }
    if (c->swelling_mm > 0) {
        scene->tag = HN_SIGN_SWELLING;
        hn_scene_ellipsoid(scene, HN_MATERIAL_SOFT, at(c->offset_mm + 34, 6, -40),
                           at(18 + 1.4 * c->swelling_mm, 22 + c->swelling_mm, 55));
        scene->tag = 0;
    }
}

/* A bone as a shell of cortex around trabecular bone. */
static void bone_ball(hn_scene *scene, hn_material inside, hn_vec center, hn_vec semi,
                      const hn_frame *turn, double shell)
{
    hn_scene_ellipsoid_turned(scene, HN_MATERIAL_CORTICAL, center, semi, turn);
    hn_scene_ellipsoid_turned(scene, inside, center,
                              at(semi.x - shell, semi.y - shell, semi.z - shell), turn);
}

static void bone_rod(hn_scene *scene, hn_material inside, hn_vec from, hn_vec to, double r0,
                     double r1, double shell)
{
    hn_scene_cone(scene, HN_MATERIAL_CORTICAL, from, to, r0, r1, X, 1);
    hn_scene_ball(scene, HN_MATERIAL_CORTICAL, to, r1);
    hn_scene_cone(scene, inside, from, to, r0 - shell, r1 - shell, X, 1);
    hn_scene_ball(scene, inside, to, r1 - shell);
}

/* A point or the semi-axes of a person of size `s`. */
static hn_vec sized(double s, double x, double y, double z)
{
    return at(s * x, s * y, s * z);
}

static void add_pelvis(hn_scene *scene, const hn_phantom_case *c)
{
    hn_material inside =
        c->osteoporosis > 0.6 ? HN_MATERIAL_TRABECULAR_SPARSE : HN_MATERIAL_TRABECULAR;
    double shell = 1.7 - 0.7 * c->osteoporosis;
    hn_frame none = hn_frame_identity();
    hn_frame wing = hn_frame_turn(at(0, 0, 1), -52, at(0, 0, 0));
    hn_frame tilt = hn_frame_turn(at(0, 1, 0), -14, at(0, 0, 0));
    hn_frame ilium = hn_frame_compose(&tilt, &wing);
    double s = c->scale;
    bone_ball(scene, HN_MATERIAL_TRABECULAR_SPARSE, sized(s, -112, -52, 72), sized(s, 46, 20, 52),
              &none, shell); /* sacrum */
    bone_ball(scene, HN_MATERIAL_TRABECULAR_SPARSE, sized(s, -18, -14, 92), sized(s, 9, 52, 72),
              &ilium, shell); /* wing */
    bone_rod(scene, inside, sized(s, -22, -10, 30), sized(s, -66, -44, 66), 20, 15,
             shell); /* buttress */
    bone_rod(scene, inside, sized(s, -20, 10, -4), sized(s, -76, 34, -34), 11, 8,
             shell); /* upper ramus */
    bone_rod(scene, inside, sized(s, -14, -24, -14), sized(s, -26, -32, -84), 17, 13,
             shell); /* ischium */
    bone_rod(scene, inside, sized(s, -28, -30, -88), sized(s, -76, 30, -52), 9, 7,
             shell); /* lower ramus */
    bone_ball(scene, inside, sized(s, -80, 34, -42), sized(s, 9, 8, 18), &none, shell); /* pubis */
    /* The socket's block, open to the side, below and the front. */
    hn_vec opening = hn_vec_unit(at(0.72, 0.25, -0.65));
    const double semi[2][3] = { { 36, 31, 42 }, { 36 - shell, 31 - shell, 42 - shell } };
    for (int i = 0; i < 2; i++) {
        hn_solid *block =
            hn_scene_ellipsoid(scene, i ? inside : HN_MATERIAL_CORTICAL, sized(s, -16, -2, 12),
                               sized(s, semi[i][0], semi[i][1], semi[i][2]));
        hn_solid_cut(scene, block, opening, sized(s, 3 + 4 * (1 - i), 1, -2));
    }
    if (c->heterotopic_mm > 0) {
        scene->tag = HN_SIGN_BENIGN;
        hn_scene_ellipsoid(scene, HN_MATERIAL_NEW_BONE, at(34, 4, 26),
                           at(c->heterotopic_mm, c->heterotopic_mm * 0.7, c->heterotopic_mm * 0.6));
        hn_scene_ellipsoid(scene, HN_MATERIAL_NEW_BONE, at(42, -3, 16),
                           at(c->heterotopic_mm * 0.6, 4, c->heterotopic_mm * 0.4));
        scene->tag = 0;
    }
}

static void add_foci(hn_scene *scene, const hn_phantom_case *c, bool pelvic)
{
    scene->tag = HN_SIGN_OSTEOLYSIS;
    for (int i = 0; i < c->foci; i++) {
        if (c->focus[i].pelvic != pelvic) {
            continue;
        }
        hn_vec center = c->focus[i].center;
        double r = c->focus[i].radius_mm;
        if (!pelvic) { /* given by level and direction from the shaft's axis */
            hn_vec axis = hn_body_shaft(c, -center.z);
            center = at(axis.x + center.x, axis.y + center.y, axis.z);
        }
        hn_scene_ellipsoid(scene, HN_MATERIAL_SOFT, center, at(r, 0.85 * r, 1.15 * r));
    }
    scene->tag = 0;
}

/* ---- cup ----------------------------------------------------------------------------- */

hn_frame hn_body_cup(const hn_phantom_case *c)
{
    hn_frame shift = hn_frame_shift(c->cup_migration_mm);
    hn_frame tilt = hn_frame_turn(at(0, 1, 0), c->cup_tilt_deg, at(0, 0, 0));
    return hn_frame_compose(&shift, &tilt);
}

/* The direction in which the cup looks: inclination against the horizontal, anteversion to the
 * front (radiographic definitions, Murray 1993). */
static hn_vec cup_axis(const hn_phantom_case *c)
{
    double i = c->inclination_deg * M_PI / 180, a = c->anteversion_deg * M_PI / 180;
    return at(cos(a) * sin(i), sin(a), -cos(a) * cos(i));
}

static hn_solid *half_ball(hn_scene *scene, hn_material material, double radius, hn_vec axis,
                           double rim)
{
    hn_solid *ball = hn_scene_ball(scene, material, at(0, 0, 0), radius);
    hn_solid_cut(scene, ball, axis, hn_vec_scale(axis, rim));
    return ball;
}

static void add_cup_bed(hn_scene *scene, const hn_phantom_case *c)
{
    hn_vec axis = cup_axis(c);
    hn_vec moved = c->cup_migration_mm;
    double distance = sqrt(hn_vec_dot(moved, moved));
    hn_frame outside = scene->frame;
    if (distance > 2) { /* where the cup was: fibrous tissue now */
        scene->tag = HN_SIGN_MIGRATION;
        half_ball(scene, HN_MATERIAL_SOFT, c->shell_mm, axis, 1);
    }
    hn_frame cup = hn_body_cup(c);
    scene->frame = hn_frame_compose(&outside, &cup);
    if (c->cup_lucency_mm > 0) {
        scene->tag = c->cup_lucency_mm >= 2 ? HN_SIGN_LUCENCY : HN_SIGN_BENIGN;
        half_ball(scene, HN_MATERIAL_SOFT, c->shell_mm + c->cup_lucency_mm, axis, 0);
    }
    scene->tag = 0;
    scene->frame = outside;
}

static void add_cup(hn_scene *scene, const hn_phantom_case *c)
{
    hn_vec axis = cup_axis(c);
    hn_frame outside = scene->frame, cup = hn_body_cup(c);
    scene->frame = hn_frame_compose(&outside, &cup);
    for (int i = 0; i < c->screws; i++) {
        hn_vec direction = hn_vec_unit(at(-0.25 + 0.3 * i, -0.25 + 0.2 * i, 1));
        hn_scene_cone(scene, c->shell_material, hn_vec_scale(direction, c->shell_mm - 2),
                      hn_vec_scale(direction, c->shell_mm + 24 - 4 * i), 3.2, 2.6, X, 1);
    }
    half_ball(scene, c->shell_material, c->shell_mm, axis, 0);
    half_ball(scene, HN_MATERIAL_UHMWPE, c->shell_mm - 4, axis, 0.5);
    if (hn_vec_dot(c->wear_mm, c->wear_mm) > 1.2) { /* the quarter that the head has sunk into */
        scene->tag = HN_SIGN_WEAR;
        hn_vec deep = hn_vec_unit(c->wear_mm);
        hn_solid *worn = half_ball(scene, HN_MATERIAL_UHMWPE, c->shell_mm - 4, axis, 0.5);
        hn_solid_cut(scene, worn, hn_vec_scale(deep, -1), hn_vec_scale(deep, 0.55 * c->head_mm));
        worn->ghost = true;
        scene->tag = 0;
    }
    /* The cavity holds fluid where no head is. */
    scene->tag = c->failure == HN_FAILURE_DISLOCATION || c->second == HN_FAILURE_DISLOCATION
                     ? HN_SIGN_DISLOCATION
                     : 0;
    half_ball(scene, HN_MATERIAL_SOFT, c->head_mm + 0.2, axis, 1);
    scene->tag = 0;
    scene->frame = outside;
}

/* ---- femur --------------------------------------------------------------------------- */

hn_frame hn_body_femur(const hn_phantom_case *c, hn_phantom_view view)
{
    hn_frame frame = hn_frame_identity();
    hn_vec origin = at(0, 0, 0);
    if (view == HN_PHANTOM_FROG_LEG) { /* 60 degrees outward turn and some abduction */
        hn_frame turn = hn_frame_turn(at(0, 0, 1), 60, origin);
        hn_frame spread = hn_frame_turn(at(0, 1, 0), -22, origin);
        frame = hn_frame_compose(&spread, &turn);
    }
    hn_frame pose = hn_frame_turn(at(0, 0, 1), c->dislocation_turn_deg, origin);
    hn_frame adduct = hn_frame_turn(at(0, 1, 0), c->dislocation_adduction_deg, origin);
    hn_vec head =
        hn_frame_apply(&(hn_frame) { .rotation = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
                       hn_vec_add(c->wear_mm, c->dislocation_mm));
    hn_vec cup = c->cup_migration_mm;
    hn_frame shift = hn_frame_shift(hn_vec_add(head, cup));
    frame = hn_frame_compose(&frame, &pose);
    frame = hn_frame_compose(&adduct, &frame);
    return hn_frame_compose(&shift, &frame);
}

/* Pieces of shaft between two levels: the cortex, then the inside. `grow` widens the outside. */
static void add_shaft(hn_scene *scene, const hn_phantom_case *c, double from, double to,
                      hn_material outer, hn_material inner, double grow)
{
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && inner == HN_MATERIAL_AIR) {
            break;
        }
        for (int i = 0; i + 1 < HN_STATIONS; i++) {
            double low = fmax(from, levels[i]), high = fmin(to, levels[i + 1]);
            if (low >= high) {
                continue;
            }
            double r0 = station(c->canal_mm, low), r1 = station(c->canal_mm, high);
            if (pass == 0) {
                r0 += station(c->cortex_mm, low) + grow;
                r1 += station(c->cortex_mm, high) + grow;
            }
            hn_material material = pass == 0 ? outer
                                   : levels[i] < 0 && inner != HN_MATERIAL_SOFT
                                       ? (c->osteoporosis > 0.6 || c->stress_shielding > 0.6
                                              ? HN_MATERIAL_TRABECULAR_SPARSE
                                              : HN_MATERIAL_TRABECULAR)
                                       : inner;
            hn_scene_cone(scene, material, hn_body_shaft(c, low), hn_body_shaft(c, high), r0, r1, X,
                          0.92);
        }
    }
}

/* The plane of the neck's cut: what lies beyond it, towards the head, was taken away. */
static void cut_neck(hn_scene *scene, const hn_phantom_case *c, int first)
{
    hn_vec normal = hn_vec_unit(at(-0.77, 0, 0.64));
    hn_vec point = hn_vec_scale(at(c->offset_mm / c->scale - 18.5, 0, -45), c->scale);
    for (int i = first; i < scene->count; i++) {
        hn_solid_cut(scene, &scene->solids[i], normal, point);
    }
}

static void add_trochanters(hn_scene *scene, const hn_phantom_case *c, bool broken)
{
    double s = c->scale, shell = 1.5;
    hn_frame none = hn_frame_identity();
    hn_vec greater = at(c->offset_mm + 15 * s, -6 * s, -20 * s);
    if (broken) {
        double gap = c->fracture_gap_mm + c->fracture_shift_mm;
        greater = hn_vec_add(greater, at(0.5 * gap, 0, 0.9 * gap));
    }
    bone_ball(scene, HN_MATERIAL_TRABECULAR_SPARSE, greater, at(13 * s, 17 * s, 21 * s), &none,
              shell);
    hn_vec lesser = hn_vec_add(hn_body_shaft(c, 2), at(-15 * s, -9 * s, 0));
    bone_ball(scene, HN_MATERIAL_TRABECULAR, lesser, at(8 * s, 8 * s, 13 * s), &none, shell);
}

static void add_periosteum(hn_scene *scene, const hn_phantom_case *c)
{
    if (c->periosteal_mm > 0) { /* lamella, a gap, the cortex: on the lateral side mostly */
        scene->tag = HN_SIGN_PERIOSTEAL;
        add_shaft(scene, c, c->periosteal_from_mm, c->periosteal_to_mm, HN_MATERIAL_NEW_BONE,
                  HN_MATERIAL_AIR, 1.6 + c->periosteal_mm);
        scene->tag = 0;
        add_shaft(scene, c, c->periosteal_from_mm, c->periosteal_to_mm, HN_MATERIAL_SOFT,
                  HN_MATERIAL_AIR, 1.6);
    }
}

/* ---- stem ---------------------------------------------------------------------------- */

/* Half width of the stem at a distance below its shoulder. */
static double stem_half_width(const hn_phantom_case *c, double below)
{
    static const double marks[] = { 0, 18, 50, 90, 160 };
    static const double widths[] = { 7.5, 12.6, 9.6, 7.0, 4.4 };
    double share = below / c->stem_length_mm * 150, width = widths[4];
    for (int i = 1; i < 5; i++) {
        if (share <= marks[i]) {
            double part = (share - marks[i - 1]) / (marks[i] - marks[i - 1]);
            width = widths[i - 1] + part * (widths[i] - widths[i - 1]);
            break;
        }
    }
    width *= c->stem_scale;
    double room =
        station(c->canal_mm, below + SHOULDER_LEVEL) - (c->mantle_mm > 0 ? c->mantle_mm : 0.3);
    return fmax(2.5, fmin(width, room));
}

/* The stem sits in the femur, sunk and tilted by what has happened to it. */
hn_frame hn_body_stem(const hn_phantom_case *c)
{
    hn_vec pivot = hn_body_shaft(c, 40);
    hn_frame tilt = hn_frame_turn(at(0, 1, 0), c->varus_deg + c->stem_tilt_deg, pivot);
    hn_frame down = hn_frame_shift(at(0, 0, -c->subsidence_mm));
    return hn_frame_compose(&down, &tilt);
}

/* The stem's body widened by what lies around it: pieces of cone from the shoulder to the tip. */
static void stem_shape(hn_scene *scene, const hn_phantom_case *c, hn_material material,
                       const double *wider, double constant)
{
    enum { PIECES = 7 };
    static const double cuts[PIECES + 1] = { 0, 18, 36, 56, 80, 104, 128, 150 };
    for (int i = 0; i < PIECES; i++) {
        double d0 = cuts[i] / 150 * c->stem_length_mm, d1 = cuts[i + 1] / 150 * c->stem_length_mm;
        double w0 = stem_half_width(c, d0) + constant, w1 = stem_half_width(c, d1) + constant;
        if (wider) {
            w0 += station(wider, d0 + SHOULDER_LEVEL);
            w1 += station(wider, d1 + SHOULDER_LEVEL);
        }
        hn_scene_cone(scene, material, hn_body_shaft(c, SHOULDER_LEVEL + d0),
                      hn_body_shaft(c, SHOULDER_LEVEL + d1), w0, w1, X, 0.72);
        if (i == PIECES - 1) {
            hn_scene_ball(scene, material, hn_body_shaft(c, SHOULDER_LEVEL + d1), w1 * 0.8);
        }
    }
}

static double widest(const double values[HN_STATIONS])
{
    double most = 0;
    for (int i = 0; i < HN_STATIONS; i++) {
        most = fmax(most, values[i]);
    }
    return most;
}

/* Fibrous tissue between bone and implant, then the mantle; before the metal itself. */
static void add_stem_bed(hn_scene *scene, const hn_phantom_case *c)
{
    hn_frame femur = scene->frame, stem = hn_body_stem(c);
    if (c->subsidence_mm > 3) { /* the shoulder's old place */
        scene->tag = HN_SIGN_MIGRATION;
        stem_shape(scene, c, HN_MATERIAL_SOFT, NULL, c->mantle_mm);
        scene->tag = 0;
    }
    scene->frame = hn_frame_compose(&femur, &stem);
    double lucency = widest(c->stem_lucency_mm);
    if (lucency > 0) {
        scene->tag = lucency >= 2 ? HN_SIGN_LUCENCY : HN_SIGN_BENIGN;
        stem_shape(scene, c, HN_MATERIAL_SOFT, c->stem_lucency_mm, c->mantle_mm);
        scene->tag = 0;
    }
    if (c->mantle_mm > 0) {
        stem_shape(scene, c, HN_MATERIAL_CEMENT, NULL, c->mantle_mm);
    }
    scene->frame = femur;
}

static void add_stem(hn_scene *scene, const hn_phantom_case *c)
{
    hn_frame femur = scene->frame, stem = hn_body_stem(c);
    scene->frame = hn_frame_compose(&femur, &stem);
    stem_shape(scene, c, c->stem_material, NULL, 0);
    scene->frame = femur;
    /* The head stays in the cup when the stem has sunk: the leg has become shorter instead. */
    hn_vec root = hn_frame_apply(&stem, hn_body_shaft(c, SHOULDER_LEVEL + 16));
    hn_vec rise = hn_vec_unit(hn_vec_sub(at(0, 0, 0), root));
    hn_scene_cone(scene, c->stem_material, root, hn_vec_scale(rise, -0.3 * c->head_mm), 8.5, 6, X,
                  1);
    scene->tag = c->dislocation_mm.z != 0 || c->dislocation_mm.y != 0 ? HN_SIGN_DISLOCATION : 0;
    hn_scene_ball(scene, c->head_material, at(0, 0, 0), c->head_mm);
    scene->tag = 0;
}

/* ---- fracture ------------------------------------------------------------------------ */

static hn_vec fracture_normal(const hn_phantom_case *c)
{
    double turn = c->fracture_turn_deg * M_PI / 180;
    return hn_vec_unit(at(c->fracture_slope * cos(turn), c->fracture_slope * sin(turn), 1));
}

/* The far piece of the shaft: shifted and bent about the fracture. */
static hn_frame far_piece(const hn_phantom_case *c)
{
    hn_vec pivot = hn_body_shaft(c, c->fracture_level_mm);
    hn_frame bend = hn_frame_turn(at(0, 1, 0), c->fracture_angle_deg, pivot);
    double turn = c->fracture_turn_deg * M_PI / 180;
    hn_frame shift = hn_frame_shift(at(c->fracture_shift_mm * cos(turn),
                                       c->fracture_shift_mm * sin(turn), -c->fracture_gap_mm));
    return hn_frame_compose(&shift, &bend);
}

/* The shaft in two pieces with the gap between them; the gap is marked by a ghost. */
static void add_broken_shaft(hn_scene *scene, const hn_phantom_case *c)
{
    hn_vec normal = fracture_normal(c), point = hn_body_shaft(c, c->fracture_level_mm);
    int first = scene->count;
    add_shaft(scene, c, levels[0], levels[HN_STATIONS - 1], HN_MATERIAL_CORTICAL,
              HN_MATERIAL_MARROW, 0);
    cut_neck(scene, c, first);
    for (int i = first; i < scene->count; i++) { /* near piece: above the plane */
        hn_solid_cut(scene, &scene->solids[i], hn_vec_scale(normal, -1), point);
    }
    hn_frame femur = scene->frame, far = far_piece(c);
    scene->frame = hn_frame_compose(&femur, &far);
    first = scene->count;
    add_shaft(scene, c, fmax(levels[0], c->fracture_level_mm - 60), levels[HN_STATIONS - 1],
              HN_MATERIAL_CORTICAL, HN_MATERIAL_MARROW, 0);
    for (int i = first; i < scene->count; i++) {
        hn_solid_cut(scene, &scene->solids[i], normal, point);
    }
    scene->frame = femur;
    scene->tag = HN_SIGN_FRACTURE;
    double radius = station(c->canal_mm, c->fracture_level_mm) +
                    station(c->cortex_mm, c->fracture_level_mm) + 1;
    hn_solid *gap =
        hn_scene_cone(scene, HN_MATERIAL_SOFT, hn_body_shaft(c, c->fracture_level_mm - 50),
                      hn_body_shaft(c, c->fracture_level_mm + 60), radius, radius, X, 1);
    hn_solid_cut(scene, gap, normal, point);
    hn_solid_cut(scene, gap, hn_vec_scale(normal, -1),
                 hn_vec_add(point, at(0, 0, -fmax(2.5, c->fracture_gap_mm) * 1.2)));
    gap->ghost = true;
    scene->tag = 0;
}

static void add_trochanteric_gap(hn_scene *scene, const hn_phantom_case *c)
{
    scene->tag = HN_SIGN_FRACTURE;
    double s = c->scale, gap = c->fracture_gap_mm + c->fracture_shift_mm;
    hn_vec center = at(c->offset_mm + 10 * s + 0.2 * gap, -6 * s, -26 * s + 0.4 * gap);
    hn_frame turn = hn_frame_turn(at(0, 1, 0), 35, at(0, 0, 0));
    hn_scene_ellipsoid_turned(scene, HN_MATERIAL_SOFT, center,
                              at(16 * s, 20 * s, 0.6 * fmax(1.5, gap)), &turn);
    scene->tag = 0;
}

/* ---- all of it ----------------------------------------------------------------------- */

static void add_femur_bone(hn_scene *scene, const hn_phantom_case *c)
{
    bool fractured = c->vancouver[0] != 0, trochanter = c->vancouver[0] == 'A';
    add_periosteum(scene, c);
    add_trochanters(scene, c, trochanter);
    if (fractured && !trochanter) {
        add_broken_shaft(scene, c);
    } else {
        int first = scene->count;
        add_shaft(scene, c, levels[0], levels[HN_STATIONS - 1], HN_MATERIAL_CORTICAL,
                  HN_MATERIAL_MARROW, 0);
        cut_neck(scene, c, first);
    }
    if (trochanter) {
        add_trochanteric_gap(scene, c);
    }
}

void hn_phantom_scene(hn_scene *scene, const hn_phantom_case *c, hn_phantom_view view)
{
    hn_scene_clear(scene);
    add_flesh(scene, c);
    add_pelvis(scene, c);
    add_foci(scene, c, true);
    add_cup_bed(scene, c);
    hn_frame femur = hn_body_femur(c, view);
    scene->frame = femur;
    add_femur_bone(scene, c);
    add_foci(scene, c, false);
    add_stem_bed(scene, c);
    scene->frame = hn_frame_identity();
    add_cup(scene, c);
    scene->frame = femur;
    add_stem(scene, c);
    scene->frame = hn_frame_identity();
}

void hn_phantom_landmarks(hn_vec points[HN_LANDMARK_COUNT], const hn_phantom_case *c,
                          hn_phantom_view view)
{
    hn_frame femur = hn_body_femur(c, view), in_femur = hn_body_stem(c);
    hn_frame stem = hn_frame_compose(&femur, &in_femur), cup = hn_body_cup(c);
    points[HN_LANDMARK_HEAD] = hn_frame_apply(&femur, at(0, 0, 0));
    points[HN_LANDMARK_CUP] = hn_frame_apply(&cup, at(0, 0, 0));
    points[HN_LANDMARK_SHOULDER] = hn_frame_apply(&stem, hn_body_shaft(c, SHOULDER_LEVEL));
    points[HN_LANDMARK_TIP] =
        hn_frame_apply(&stem, hn_body_shaft(c, SHOULDER_LEVEL + c->stem_length_mm));
    points[HN_LANDMARK_GREATER_TROCHANTER] =
        hn_frame_apply(&femur, at(c->offset_mm + 15 * c->scale, -6 * c->scale, 1 * c->scale));
    points[HN_LANDMARK_LESSER_TROCHANTER] = hn_frame_apply(
        &femur, hn_vec_add(hn_body_shaft(c, 2), at(-15 * c->scale, -9 * c->scale, 0)));
}
