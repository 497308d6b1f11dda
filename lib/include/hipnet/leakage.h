/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leakage.h: the same picture under two names.
 *
 * A film that was filed twice, under two patients, would stand on both sides of a split and be
 * counted as knowledge. Pictures are the same when the hashes of their stored pixels are.
 */
#ifndef HIPNET_LEAKAGE_H
#define HIPNET_LEAKAGE_H

#include <hipnet/error.h>
#include <stdint.h>

/* A picture and who it belongs to (a number of the caller's: a patient, a row). */
typedef struct hn_picture {
    const char *hash; /* "" or NULL takes no part */
    int64_t owner;    /* 0..owners-1 */
} hn_picture;

/* Joins owners who share a picture, directly or through others: group[i] becomes the smallest
 * owner of i's group. The result does not depend on the order of the pictures. */
HN_API hn_status hn_leakage_groups(int64_t *group, int64_t owners, const hn_picture *pictures,
                                   int64_t count) HN_MUST_CHECK;

#endif
