/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open cohort file, as loading fills it and reading uses it. */
#ifndef STORE_COHORT_HANDLE_H
#define STORE_COHORT_HANDLE_H

#include "cohort_internal.h"
#include "hdf5_door.h"

struct hn_cohort {
    char *path;
    int64_t file_size;
    hid_t file;
    hid_t images[HN_VIEWS];
    bool shuffled[HN_VIEWS];
    hn_arena *arena; /* all texts */
    const char *classes[HN_COHORT_CLASSES];
    hn_case *cases;
    hn_biomarker *biomarkers; /* each owns its three arrays */
    hn_cohort_content content;
    hn_cohort_info info;
};

/* Fills the counts of the public info from the content. */
void hn_cohort_complete_info(hn_cohort *cohort);

#endif
