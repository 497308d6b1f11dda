/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures are sorted by hash, so that equal ones are neighbours; their owners are joined with
 * union-find, always under the smallest number. */
#include <hipnet/leakage.h>

#include <hipnet/memory.h>

#include <stdlib.h>
#include <string.h>

static int by_hash(const void *a, const void *b)
{
    const hn_picture *left = a, *right = b;
    int order = strcmp(left->hash, right->hash);
    return order ? order : (left->owner > right->owner) - (left->owner < right->owner);
}

static int64_t root_of(int64_t *group, int64_t i)
{
    while (group[i] != i) {
        group[i] = group[group[i]];
        i = group[i];
    }
    return i;
}

static void join(int64_t *group, int64_t a, int64_t b)
{
    a = root_of(group, a);
    b = root_of(group, b);
    if (a < b) {
        group[b] = a;
    } else {
        group[a] = b;
    }
}

hn_status hn_leakage_groups(int64_t *group, int64_t owners, const hn_picture *pictures,
                            int64_t count)
{
    HN_AUTOFREE hn_picture *sorted = hn_calloc((size_t)count, sizeof *sorted);
    if (!sorted) {
        return HN_ENOMEM;
    }
    size_t used = 0;
    for (int64_t i = 0; i < count; i++) {
        if (pictures[i].hash && pictures[i].hash[0]) {
            sorted[used++] = pictures[i];
        }
    }
    qsort(sorted, used, sizeof *sorted, by_hash);
    for (int64_t i = 0; i < owners; i++) {
        group[i] = i;
    }
    for (size_t i = 1; i < used; i++) {
        if (strcmp(sorted[i - 1].hash, sorted[i].hash) == 0) {
            join(group, sorted[i - 1].owner, sorted[i].owner);
        }
    }
    for (int64_t i = 0; i < owners; i++) {
        group[i] = root_of(group, i);
    }
    return HN_OK;
}
