/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * film.h: one file from the disk to the pixels that the cohort stores.
 *
 * The steps, in this order: decode by content; a DICOM file's own VOI; mirror; the percentile
 * window; letterbox onto the square grid, black around it; 8 or 16 bits.
 */
#ifndef HIPNET_FILM_H
#define HIPNET_FILM_H

#include <hipnet/cohort_file.h>
#include <hipnet/cohort_map.h>
#include <hipnet/manifest.h>
#include <hipnet/pseudonym.h>

typedef struct film {
    hn_cohort_chunk chunk; /* compressed; bytes owned: film_clear */
    int rows, columns;     /* of the original */
    double spacing_mm;     /* of the stored image */
    hn_spacing_meaning spacing_meaning;
    char source_hash[HN_KEYED_HASH_SIZE];
    hn_reason reason; /* NONE: the film can be stored */
    char detail[512];
} film;

/* What one worker thread keeps between films. Zeroed first; film_scratch_clear at the end. */
typedef struct film_scratch {
    hn_cohort_chunk chunk;
    uint8_t *pixels;
} film_scratch;

/* Fails only when memory is gone: everything else is the film's reason. */
hn_status film_load(film *out, film_scratch *scratch, const char *file, bool mirror,
                    const hn_image_settings *settings, const hn_key *key) HN_MUST_CHECK;
void film_clear(film *f);
void film_scratch_clear(film_scratch *scratch);

#endif
