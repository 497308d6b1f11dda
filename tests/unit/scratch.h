/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder for one test's files, made fresh and removed with everything in it. */
#ifndef HIPNET_TEST_SCRATCH_H
#define HIPNET_TEST_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_folder[64];
static char scratch_name[512];

static inline void scratch_open(void)
{
    snprintf(scratch_folder, sizeof scratch_folder, "/tmp/hipnet-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch_folder));
}

static inline int scratch_remove(const char *path, const struct stat *facts, int kind,
                                 struct FTW *level)
{
    (void)facts;
    (void)kind;
    (void)level;
    return remove(path);
}

static inline void scratch_close(void)
{
    nftw(scratch_folder, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the folder; valid until the next call. */
static inline const char *scratch(const char *name)
{
    snprintf(scratch_name, sizeof scratch_name, "%s/%s", scratch_folder, name);
    return scratch_name;
}

#endif
