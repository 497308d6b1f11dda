/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cohort file being written: shared by cohort_write.c (beginning, putting) and
 * cohort_finish.c (the end). */
#ifndef STORE_COHORT_WRITING_H
#define STORE_COHORT_WRITING_H

#include "cohort_internal.h"
#include "hdf5_door.h"

#include <hipnet/file.h>

struct column_of {
    const char *name, *unit;
    double *value, *days;
    int8_t *censoring;
};

struct hn_cohort_writer {
    hn_output output;
    hn_arena *arena;
    hid_t file;
    hid_t images[HN_VIEWS];
    hsize_t extent; /* rows that the image datasets have now */
    hn_cohort_content content;
    const char **classes;
    hn_case *cases;
    bool *put;                               /* the case's facts were put */
    char (*hashes)[HN_VIEWS][HN_SHA256_HEX]; /* "" until the image was put */
    int64_t count, capacity;
    struct column_of *biomarkers;
    int biomarker_count;
    bool finished;
    bool broken; /* HDF5 could not write: nothing more is asked of this file */
};

/* A write that HDF5 refused: said with the final name, and nothing more is written. */
#define fail_write(writer, ...) ((writer)->broken = true, hn_h5_fail(HN_EIO, __VA_ARGS__))

/* These run under the lock. */
hid_t hn_cohort_create_group(hid_t parent, const char *name);
hn_status hn_cohort_set_extent(hn_cohort_writer *writer, hsize_t rows) HN_MUST_CHECK;
/* Flushes first: a flush that fails leaves a file that can still be abandoned, a close that
 * fails does not. */
herr_t hn_cohort_close_file(hn_cohort_writer *writer);

#endif
