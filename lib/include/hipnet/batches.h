/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batches.h: the loader: from the cohort file to batches of pictures, ahead of the network.
 *
 * Threads only, never processes. Workers take (batch, case) pairs in order, read one compressed
 * image each (the HDF5 lock is held for that alone), inflate it, augment it and write it
 * straight into its place in one of a ring of batches that were allocated at the beginning. The
 * caller takes finished batches in order and gives each back by asking for the next.
 *
 * What is in a batch depends on (seed, epoch, batch number) and the settings alone:
 *   order     a permutation of the cases keyed by (seed, epoch), cut into ceil(n / batch_size)
 *             batches whose sizes differ by at most one (a batch of one would leave batch norm
 *             without a variance); without `shuffle` the given order, cut in the same way
 *   pictures  augmentation keyed by (seed, epoch, case, view)
 *   views     view dropout keyed by (seed, epoch, case): of two views present one is left out
 * so it is the same bytes for any number of workers, and a run that starts again in the middle
 * of an epoch sees the batches that it would have seen.
 */
#ifndef HIPNET_BATCHES_H
#define HIPNET_BATCHES_H

#include <hipnet/augment.h>
#include <hipnet/cohort_file.h>
#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_batches hn_batches;

typedef struct hn_batches_options {
    const hn_cohort *cohort;  /* borrowed; outlives the loader */
    const int64_t *cases;     /* rows of the cohort; copied */
    int64_t count;            /* at least 1 */
    int64_t batch_size;       /* most cases in a batch, at least 1 */
    int64_t rows, columns;    /* of the pictures; 0: as in the cohort */
    double mean[HN_VIEWS];    /* per view: value' = (value - mean) / deviation, values 0..1 */
    double deviation[HN_VIEWS];
    const hn_augment *augment; /* copied; NULL: none */
    double view_dropout;      /* probability that one of two present views is left out */
    bool shuffle;
    bool use_view[HN_VIEWS];  /* false: as if that view were missing everywhere */
    uint64_t seed;
    int workers;              /* 1 to 256 */
    int ahead;                /* batches in the ring, 2 to 64 */
} hn_batches_options;

/* One batch; borrowed, and the loader's again at the next hn_batches_next. A view that is
 * missing is all zero and has present 0; each case has at least one view or none at all. */
typedef struct hn_batch {
    int64_t epoch;
    int64_t index;           /* 0 .. hn_batches_per_epoch() - 1 */
    int64_t count;           /* N */
    int64_t rows, columns;   /* H, W */
    float *images[HN_VIEWS]; /* [N, 1, H, W] of the ap and of the lateral view */
    float *present;          /* [N, 2]: 1 where the view exists */
    int64_t *labels;         /* [N]; -1 for none */
    int64_t *cases;          /* [N] rows of the cohort */
} hn_batch;

/* Allocates the ring; nothing runs before hn_batches_start. */
HN_API hn_status hn_batches_new(hn_batches **out, const hn_batches_options *options) HN_MUST_CHECK;
/* Stops and joins the workers, frees everything. NULL is allowed. */
HN_API void hn_batches_free(hn_batches *batches);
HN_API void hn_batches_freep(hn_batches **batches);
#define HN_AUTO_BATCHES HN_CLEANUP(hn_batches_freep) hn_batches

HN_API int64_t hn_batches_per_epoch(const hn_batches *batches);
HN_API int64_t hn_batches_cases(const hn_batches *batches); /* cases in an epoch */

/* (Re)starts the workers at a batch of an epoch; they go on through `epochs` epochs, counted
 * from this one. What was ready before is dropped. */
HN_API hn_status hn_batches_start(hn_batches *batches, int64_t epoch, int64_t first_batch,
                                  int64_t epochs) HN_MUST_CHECK;
/* Waits for the next batch. `*out` is NULL behind the last one. The failure of a worker comes
 * out here, at the batch it belongs to: the same one whatever the number of workers. */
HN_API hn_status hn_batches_next(const hn_batch **out, hn_batches *batches) HN_MUST_CHECK;
/* Ends the workers; hn_batches_start may follow. */
HN_API void hn_batches_stop(hn_batches *batches);

/* Seconds that hn_batches_next has waited since the last call of this function. */
HN_API double hn_batches_waited_s(hn_batches *batches);

/* Mean and deviation of the pixels (0..1) of the given cases, per view, in hn_threads() threads;
 * the same for any number. A view that nobody has gets 0 and 1, as does one without contrast. */
HN_API hn_status hn_batches_measure(double mean[HN_VIEWS], double deviation[HN_VIEWS],
                                    const hn_cohort *cohort, const int64_t *cases, int64_t count)
    HN_MUST_CHECK;

#endif
