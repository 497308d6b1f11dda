/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * phantom.h: synthetic radiographs of failed hip prostheses, with known truth.
 *
 * THESE ARE SYNTHETIC IMAGES. No figure measured on them is clinical evidence.
 *
 * A case is drawn as numbers (hn_phantom_case: anatomy, implant, failure, benign findings,
 * laboratory values), built as solids in space (hn_phantom_scene) and projected by a
 * polychromatic cone beam (projector.h). Failures are geometry, never paint: a loose stem has a
 * layer of fibrous tissue around it, a worn liner lets the head sink in, a fracture is a gap
 * between two pieces of bone. Dimensions and frequencies are those of docs/explanation/phantom.md,
 * which gives their sources.
 */
#ifndef HIPNET_PHANTOM_H
#define HIPNET_PHANTOM_H

#include <hipnet/error.h>
#include <hipnet/projector.h>
#include <hipnet/rng.h>
#include <stdbool.h>
#include <stdint.h>

/* The five failures in the order of the classes, then what is none of them. */
typedef enum hn_failure_kind {
    HN_FAILURE_PJI = 0,
    HN_FAILURE_LOOSENING = 1,
    HN_FAILURE_DISLOCATION = 2,
    HN_FAILURE_FRACTURE = 3,
    HN_FAILURE_WEAR = 4,
    HN_FAILURE_NONE = 5, /* a painful but well-fixed hip */
} hn_failure_kind;
#define HN_FAILURE_CLASSES 5
HN_API const char *hn_failure_name(hn_failure_kind kind); /* "pji", ..., "none_of_five" */

/* Signs that the truth follows; the numbers are the bits of its masks. */
typedef enum hn_sign {
    HN_SIGN_LUCENCY = 1,     /* a layer between implant and bone wider than 2 mm */
    HN_SIGN_OSTEOLYSIS = 2,  /* lytic foci, scalloping */
    HN_SIGN_PERIOSTEAL = 3,  /* layers of new bone */
    HN_SIGN_SWELLING = 4,    /* of the soft tissue */
    HN_SIGN_MIGRATION = 5,   /* the place that a migrated or sunken implant has left */
    HN_SIGN_DISLOCATION = 6, /* the empty socket and the head out of it */
    HN_SIGN_FRACTURE = 7,    /* the gap */
    HN_SIGN_WEAR = 8,        /* the thinned part of the liner */
    HN_SIGN_BENIGN = 9,      /* thin lines, heterotopic bone */
} hn_sign;
#define HN_SIGN_COUNT 10
HN_API const char *hn_sign_name(hn_sign sign);

typedef enum hn_phantom_view {
    HN_PHANTOM_AP = 0,
    HN_PHANTOM_FROG_LEG = 1,
    HN_PHANTOM_CROSS_TABLE = 2,
} hn_phantom_view;

/* How much a PJI or a loosening shows: the overlap of the two is set by their shares. */
typedef enum hn_pattern {
    HN_PATTERN_MINIMAL = 0,   /* nothing beyond benign findings */
    HN_PATTERN_LOOSENING = 1, /* uniform lucency, subsidence, tilt, migration */
    HN_PATTERN_INFECTION = 2, /* irregular lucency, scalloping, foci, periosteal layers */
} hn_pattern;

#define HN_STATIONS 8 /* levels along the femur */
#define HN_FOCI     8

typedef struct hn_phantom_case {
    hn_failure_kind failure, second; /* second: HN_FAILURE_NONE unless two failures are mixed */
    hn_pattern pattern;
    double severity; /* 0 to 1 */
    bool female, right;
    double age_years;
    /* anatomy, mm */
    double scale, offset_mm, canal_mm[HN_STATIONS], cortex_mm[HN_STATIONS];
    double osteoporosis; /* 0 to 1 */
    double thigh_mm, fat_mm;
    /* implant */
    double shell_mm, liner_mm, head_mm; /* radii of shell and head, thickness of the liner */
    double inclination_deg, anteversion_deg, stem_length_mm, stem_scale, varus_deg;
    double mantle_mm; /* 0: uncemented */
    int screws;
    hn_material stem_material, shell_material, head_material;
    /* failure */
    double stem_lucency_mm[HN_STATIONS], cup_lucency_mm, subsidence_mm, stem_tilt_deg;
    hn_vec cup_migration_mm;
    double cup_tilt_deg;
    int foci;
    struct {
        hn_vec center; /* in the frame of femur or pelvis */
        double radius_mm;
        bool pelvic;
    } focus[HN_FOCI];
    double periosteal_mm, periosteal_from_mm, periosteal_to_mm; /* thickness; levels */
    double swelling_mm;
    hn_vec dislocation_mm;
    double dislocation_turn_deg, dislocation_adduction_deg;
    char vancouver[4]; /* "A", "B1", "B2", "B3", "C" or "" */
    double fracture_level_mm, fracture_gap_mm, fracture_slope, fracture_shift_mm;
    double fracture_angle_deg, fracture_turn_deg;
    hn_vec wear_mm; /* where the head has gone */
    /* benign */
    double line_mm;          /* thin stable line, under 2 mm; 0: none */
    double stress_shielding; /* 0 to 1 */
    double heterotopic_mm;   /* 0: none */
    /* laboratory */
    double latent;             /* severity of infection, standard normal within PJI */
    double crp_mg_l, esr_mm_h; /* as drawn; NaN: not measured */
    uint64_t key;
} hn_phantom_case;

/* Draws a case of a failure. The stream is named by (seed, index). */
HN_API void hn_phantom_draw(hn_phantom_case *out, hn_failure_kind failure, double severity,
                            uint64_t seed, uint64_t index);
/* As draw, for implants and ages that a center prefers: `cemented` and `ceramic` are shares. */
HN_API void hn_phantom_draw_mix(hn_phantom_case *out, hn_failure_kind failure, double severity,
                                uint64_t seed, uint64_t index, double cemented, double ceramic);

/* The solids of a case in the pose of a view (always as a left hip). */
HN_API void hn_phantom_scene(hn_scene *scene, const hn_phantom_case *c, hn_phantom_view view);

/* Points in space in the pose of a view: head, cup centre, stem shoulder and tip, tip of the
 * greater trochanter, lesser trochanter. */
typedef enum hn_landmark {
    HN_LANDMARK_HEAD,
    HN_LANDMARK_CUP,
    HN_LANDMARK_SHOULDER,
    HN_LANDMARK_TIP,
    HN_LANDMARK_GREATER_TROCHANTER,
    HN_LANDMARK_LESSER_TROCHANTER,
    HN_LANDMARK_COUNT,
} hn_landmark;
HN_API const char *hn_landmark_name(hn_landmark landmark);
HN_API void hn_phantom_landmarks(hn_vec points[HN_LANDMARK_COUNT], const hn_phantom_case *c,
                                 hn_phantom_view view);

/* A room and its equipment. */
typedef struct hn_phantom_room {
    double tube_kv, copper_mm, source_mm, object_mm; /* source to detector, hip to detector */
    double field_mm;                                 /* side of the detector's field */
    double quanta;     /* per pixel of 0.5 mm in air, the noise level */
    double scatter;    /* behind the grid, as a share of the primary around it */
    double blur_mm;    /* sigma of the detector's point spread */
    double electronic; /* noise, as a share of the air signal */
    double lut_gamma;  /* 1: linear in the logarithm */
    double equalize;   /* share of slow variation that the processing takes away */
    int bits;          /* stored bits */
    bool monochrome1;
    bool marker;                      /* side marker in the field */
    double marker_row, marker_column; /* as shares of the field */
    double shutter;                   /* collimated border, as a share of the field */
} hn_phantom_room;

/* One exposure: `pixels` gets size * size stored values, `signs` (may be NULL) the truth bits,
 * `landmarks` (may be NULL) the (row, column) of each landmark. Right hips are mirrored. Bytes
 * depend on the arguments alone. */
HN_API hn_status hn_phantom_expose(uint16_t *pixels, uint16_t *signs,
                                   double landmarks[HN_LANDMARK_COUNT][2], const hn_phantom_case *c,
                                   const hn_phantom_room *room, hn_phantom_view view,
                                   int size) HN_MUST_CHECK;

/* ---- the cohort ---------------------------------------------------------------------- */

typedef struct hn_phantom_options {
    const char *folder;
    const char *profile; /* "demo" or "study" */
    int64_t patients;    /* 0: the profile's number */
    int64_t size;        /* side of the images in pixels; 0: the profile's */
    uint64_t seed;
    bool matched_mix; /* the same class mix and equipment in every center */
    bool force;
} hn_phantom_options;

/* Writes DICOM files, manifest.csv, cohort.json, cases.json, truth.h5 into the folder. */
HN_API hn_status hn_phantom_write(const hn_phantom_options *options) HN_MUST_CHECK;

/* A contact sheet: classes by severities, both views, as a PNG. */
HN_API hn_status hn_phantom_sheet(const char *path, uint64_t seed, int size,
                                  bool force) HN_MUST_CHECK;

#endif
