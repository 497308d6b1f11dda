/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading in progress: shared by cohort_load.c (names, attributes, the whole) and
 * cohort_tables.c (images, tables, biomarkers). Everything here runs under HDF5's lock. */
#ifndef STORE_COHORT_LOADING_H
#define STORE_COHORT_LOADING_H

#include "cohort_handle.h"

#include <hipnet/text.h>

/* What loading works on. The groups are opened once; -1 where there is none. */
struct load {
    hn_cohort *cohort;
    hn_cohort_report *report;
    hid_t images, cases, views, view[HN_VIEWS], biomarkers;
    hn_text_list biomarker_names;
    hn_status status; /* memory, above all: not a property of the file */
};

/* Reports links of `group` that are none of `names`; "/cases" stands in messages as `where`. */
void hn_cohort_load_check_names(struct load *load, hid_t group, const char *where,
                                const char *const *names, int count);
/* Reports attributes beyond the `wanted` ones. */
void hn_cohort_load_count_attributes(struct load *load, hid_t object, const char *where,
                                     unsigned wanted);
/* The text of a scalar fixed-size string attribute, in the arena; NULL when it is not one. */
const char *hn_cohort_load_attribute(struct load *load, hid_t object, const char *name);

/* Classes, images, columns and biomarkers, in this order; false when the rest cannot be
 * examined or something is missing. */
bool hn_cohort_load_tables(struct load *load);

#endif
