/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the manifest share. */
#ifndef HIPNET_MANIFEST_PRIVATE_H
#define HIPNET_MANIFEST_PRIVATE_H

#include <hipnet/manifest.h>
#include <hipnet/memory.h>

struct hn_manifest {
    const hn_cohort_map *map;
    hn_arena *strings; /* of rows and notes */
    hn_manifest_row *rows;
    size_t row_count, row_capacity;
    hn_note *notes;
    size_t note_count, note_capacity;
    hn_case_plan *cases;
    size_t case_count, case_capacity;
};

/* The good rows of one case, in manifest order, and the visit that was chosen. */
typedef struct case_rows {
    hn_manifest *manifest;
    const int64_t *rows;
    int64_t count;
    int64_t chosen[HN_VIEWS]; /* rows; -1 */
} case_rows;

/* Appends the case with everything that its rows say of it, but for label and status. */
hn_status manifest_add_case(const case_rows *c, int label,
                            hn_reference_status status) HN_MUST_CHECK;

bool manifest_same_date(hn_date a, hn_date b);

#endif
