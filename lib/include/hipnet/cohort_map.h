/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cohort_map.h: cohort.json, which maps a hospital's columns and words onto ours.
 *
 * The file says what only the people who made the manifest know: the classes, what their columns
 * and words mean, in which unit a laboratory value stands, and what to do where the manifest
 * says two things at once. Unknown keys are refused with the nearest known one. Without a file
 * the canonical columns and words hold, with the five classes of failed hip prostheses.
 * Every key: docs/reference/cohort_json.md.
 */
#ifndef HIPNET_COHORT_MAP_H
#define HIPNET_COHORT_MAP_H

#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <hipnet/labs.h>
#include <hipnet/text.h>
#include <stdbool.h>
#include <stdint.h>

/* The canonical columns. The first four must be there (center not when it is the file's name). */
typedef enum hn_column {
    HN_COLUMN_PATIENT_ID,
    HN_COLUMN_CENTER,
    HN_COLUMN_VIEW,
    HN_COLUMN_PATH,
    HN_COLUMN_PROJECTION,
    HN_COLUMN_LABEL,
    HN_COLUMN_SIDE,
    HN_COLUMN_AGE,
    HN_COLUMN_SEX,
    HN_COLUMN_DATE,
    HN_COLUMN_REFERENCE_DATE,
    HN_COLUMN_REFERENCE_STATUS,
    HN_COLUMN_REFERENCE_STANDARD,
    HN_COLUMN_CERTAINTY,
    HN_COLUMN_SEROLOGY_IN_REFERENCE,
    HN_COLUMN_FILM_IN_REFERENCE,
} hn_column;
#define HN_COLUMNS 16
HN_API const char *hn_column_name(hn_column column); /* "patient_id" */

/* Kinds of words that a map can translate. */
typedef enum hn_word_kind {
    HN_WORD_LABEL, /* to a class, or to a reference status without a label */
    HN_WORD_VIEW,  /* to ap, lateral, or a projection: pa, frog_leg, cross_table */
    HN_WORD_PROJECTION,
    HN_WORD_SIDE,
    HN_WORD_SEX,
    HN_WORD_REFERENCE_STATUS,
    HN_WORD_ANSWER, /* to yes, no */
    HN_WORD_CENTER, /* to the name that is stored */
} hn_word_kind;
#define HN_WORD_KINDS 8

typedef enum hn_image_rule { HN_IMAGES_FIRST, HN_IMAGES_LAST, HN_IMAGES_REFUSE } hn_image_rule;
typedef enum hn_label_rule { HN_LABELS_QUARANTINE, HN_LABELS_SEVERAL } hn_label_rule;
typedef enum hn_missing_rule { HN_MISSING_QUARANTINE, HN_MISSING_PENDING } hn_missing_rule;
typedef enum hn_date_order { HN_DATE_YMD, HN_DATE_DMY, HN_DATE_MDY } hn_date_order;

#define HN_BIOMARKERS_MAX 64
typedef struct hn_biomarker_rule {
    char *name;       /* [a-z0-9_]: "crp_mg_l" */
    char *column;     /* their header */
    char *unit;       /* stored unit, "mg/L"; NULL unknown */
    char *from_unit;  /* unit of cells without one; NULL: as `unit` */
    hn_lab_rule rule; /* points to the texts above */
    bool required;    /* named in the file: its column must exist */
} hn_biomarker_rule;

typedef struct hn_image_settings {
    int64_t size;                   /* side of the square that is stored, in pixels: 32 to 4096 */
    int64_t bits;                   /* 8 or 16 */
    char *window;                   /* "percentiles" or "full_range" */
    double window_low, window_high; /* percent */
    char *voi;                      /* "file": the DICOM file's own window first; "none" */
    bool mirror_right;              /* right hips become left ones */
} hn_image_settings;

typedef struct hn_word {
    char *from; /* as the manifest writes it */
    char *to;   /* ours */
} hn_word;

typedef struct hn_cohort_map {
    hn_text_list classes;
    char *risk_class;          /* NULL for none */
    char *columns[HN_COLUMNS]; /* their header; NULL: our own name */
    hn_word *words[HN_WORD_KINDS];
    int64_t word_count[HN_WORD_KINDS];
    hn_text_list missing; /* words that mean "not there", besides the known ones */
    hn_biomarker_rule *biomarkers;
    int biomarker_count;
    hn_image_rule several_images;
    hn_label_rule several_labels;
    hn_missing_rule missing_label;
    bool ids_per_center;   /* "patient_ids": "per_center" */
    bool center_from_file; /* "center_from": "file_name" */
    hn_date_order date_order;
    int64_t window_days; /* films up to so many days before reference_date */
    bool has_prospective_after;
    int64_t prospective_after; /* days since 1970-01-01 */
    hn_image_settings image;
} hn_cohort_map;

/* The map without a file. Zero or cleared struct in; hn_cohort_map_clear gives back. */
HN_API hn_status hn_cohort_map_defaults(hn_cohort_map *map) HN_MUST_CHECK;
HN_API hn_status hn_cohort_map_read(hn_cohort_map *map, const char *path) HN_MUST_CHECK;
HN_API hn_status hn_cohort_map_parse(hn_cohort_map *map, const char *text, size_t size,
                                     const char *name) HN_MUST_CHECK;
HN_API void hn_cohort_map_clear(hn_cohort_map *map);
#define HN_AUTO_COHORT_MAP HN_CLEANUP(hn_cohort_map_clear) hn_cohort_map

/* Our word for theirs (ASCII letters in any case), or NULL. */
HN_API const char *hn_cohort_map_word(const hn_cohort_map *map, hn_word_kind kind,
                                      const char *word);
/* "", "n/a", "?", "todo", ... and the map's own words for a missing value. */
HN_API bool hn_cohort_map_is_missing(const hn_cohort_map *map, const char *word);
/* Index of a class, or -1. */
HN_API int hn_cohort_map_class(const hn_cohort_map *map, const char *name);

#endif
