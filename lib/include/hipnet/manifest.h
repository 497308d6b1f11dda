/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * manifest.h: the rows of one or several manifests, read, judged, and gathered into cases.
 *
 * A manifest is a CSV with one row per image (docs/reference/manifest.md). Structure that is
 * wrong (a required column missing, no UTF-8) fails the whole file; a row that is wrong is kept
 * with its reason and everything else goes on: received = used + quarantined, always. A single
 * value that cannot be read (an age "adult") costs that value alone and leaves a note.
 *
 * A case is one hip at one index date: (patient, side, reference_date). Where a manifest has
 * neither side nor reference date, a patient is one case.
 *
 * The rows hold original ids and paths. They never leave the site.
 */
#ifndef HIPNET_MANIFEST_H
#define HIPNET_MANIFEST_H

#include <hipnet/cohort_map.h>
#include <hipnet/csv.h>
#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Why a row is not in the cohort, or what was noted on one that is. */
typedef enum hn_reason {
    HN_REASON_NONE = 0,
    /* rows that are left out */
    HN_REASON_PATIENT_MISSING,
    HN_REASON_CENTER_MISSING,
    HN_REASON_VIEW_MISSING,
    HN_REASON_VIEW_UNKNOWN,
    HN_REASON_PATH_MISSING,
    HN_REASON_LABEL_MISSING,
    HN_REASON_LABEL_UNKNOWN,
    HN_REASON_SIDE_UNKNOWN,
    HN_REASON_SIDE_MISSING,
    HN_REASON_STATUS_UNKNOWN,
    HN_REASON_REFERENCE_DATE_MISSING,
    HN_REASON_DUPLICATE_ROW,
    HN_REASON_TWO_CENTERS,
    HN_REASON_LABELS_CONTRADICT,
    HN_REASON_AFTER_REFERENCE,
    HN_REASON_OUTSIDE_WINDOW,
    HN_REASON_SEVERAL_IMAGES,
    HN_REASON_SUPERSEDED,
    HN_REASON_FILE_MISSING,
    HN_REASON_FILE_UNREADABLE,
    HN_REASON_NOT_AN_IMAGE,
    HN_REASON_IMAGE_DAMAGED,
    HN_REASON_IMAGE_UNSUPPORTED,
    HN_REASON_IMAGE_BLANK,
    /* notes on rows that are used */
    HN_REASON_VALUE_UNREADABLE,
    HN_REASON_VALUE_INTERVAL,
    HN_REASON_VALUES_DIFFER,
    HN_REASON_SAME_PICTURE,
} hn_reason;
#define HN_REASONS 29
HN_API const char *hn_reason_name(hn_reason reason);        /* "label-unknown" */
HN_API const char *hn_reason_description(hn_reason reason); /* one sentence */
HN_API bool hn_reason_is_note(hn_reason reason);

typedef struct hn_date {
    int64_t days;   /* since 1970-01-01 */
    char precision; /* 'y', 'm', 'd'; 0: no date */
} hn_date;

/* "2020-03-01", "20200301", "2020", "2020-03-01 10:15", "May 4, 2010", "4 May 2010", and with an
 * order of day and month given "04.05.2010", "5/4/10". Years 1895 to 2200. */
HN_API hn_status hn_date_read(hn_date *out, const char *text, hn_date_order order) HN_MUST_CHECK;

typedef struct hn_manifest_row {
    const char *manifest; /* the file as it was given */
    int64_t line;
    const char *path; /* as written */
    const char *file; /* to open: relative to the manifest's folder */
    const char *patient;
    const char *center;
    hn_view view;
    hn_projection projection;
    hn_side side;
    hn_sex sex;
    uint64_t labels; /* bit k: class k is named */
    hn_reference_status status;
    bool status_given;
    const char *certainty;
    hn_lab age;
    hn_date date, reference_date;
    hn_answer serology, film;
    hn_lab *labs;       /* one per biomarker of the map */
    int64_t case_index; /* case the row belongs to; -1 */
    hn_reason reason;   /* NONE: used */
    const char *detail; /* words for a person; may be "" */
} hn_manifest_row;

typedef struct hn_note {
    int64_t row;
    hn_reason reason;
    const char *column; /* "" when it is not about one */
    const char *detail;
} hn_note;

/* What a case will hold; the rows of its images by view. */
typedef struct hn_case_plan {
    const char *patient;
    const char *center;
    hn_side side;
    hn_date reference_date;
    hn_date date;           /* of its films */
    int64_t rows[HN_VIEWS]; /* -1: no such view */
    hn_case facts;          /* ids, pixels and spacing still empty */
    const hn_lab *labs;     /* one per biomarker */
} hn_case_plan;

typedef struct hn_manifest hn_manifest;

/* `map` must outlive the manifest. */
HN_API hn_status hn_manifest_new(hn_manifest **out, const hn_cohort_map *map) HN_MUST_CHECK;
HN_API void hn_manifest_free(hn_manifest *manifest);
HN_API void hn_manifest_freep(hn_manifest **manifest);
#define HN_AUTO_MANIFEST HN_CLEANUP(hn_manifest_freep) hn_manifest

/* Reads one more CSV. HN_EFORMAT when it is no table or lacks a required column. */
HN_API hn_status hn_manifest_add(hn_manifest *manifest, const char *path) HN_MUST_CHECK;
/* The same from a table in memory; `path` names it and its folder. */
HN_API hn_status hn_manifest_add_csv(hn_manifest *manifest, const hn_csv *csv,
                                     const char *path) HN_MUST_CHECK;

HN_API int64_t hn_manifest_rows(const hn_manifest *manifest);
HN_API hn_manifest_row *hn_manifest_row_at(hn_manifest *manifest, int64_t row);
HN_API int64_t hn_manifest_notes(const hn_manifest *manifest);
HN_API const hn_note *hn_manifest_note_at(const hn_manifest *manifest, int64_t note);
/* Leaves a row out (the first reason stays) or notes something on it. */
HN_API hn_status hn_manifest_quarantine(hn_manifest *manifest, int64_t row, hn_reason reason,
                                        const char *format, ...) HN_PRINTF(4, 5) HN_MUST_CHECK;
HN_API hn_status hn_manifest_add_note(hn_manifest *manifest, int64_t row, hn_reason reason,
                                      const char *column, const char *format, ...)
    HN_PRINTF(5, 6) HN_MUST_CHECK;

/* Gathers the good rows into cases (once, after the last file), quarantining what contradicts
 * itself and what a rule passes over. */
HN_API hn_status hn_manifest_plan(hn_manifest *manifest) HN_MUST_CHECK;
HN_API int64_t hn_manifest_cases(const hn_manifest *manifest);
HN_API hn_case_plan *hn_manifest_case_at(hn_manifest *manifest, int64_t index);

/* Writes quarantine.csv (docs/reference/quarantine.md): rows left out and notes, in the order of
 * the manifests. It holds paths: marked site_only. */
HN_API hn_status hn_manifest_write_quarantine(const hn_manifest *manifest, const char *path,
                                              bool force) HN_MUST_CHECK;

#endif
