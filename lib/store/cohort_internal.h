/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the writer, the reader and the check of cohort files share: the logical content in
 * memory, the table of its columns, the rules, and the hash. The schema is in cohort_file.h.
 */
#ifndef STORE_COHORT_INTERNAL_H
#define STORE_COHORT_INTERNAL_H

#include <hipnet/cohort_file.h>
#include <hipnet/memory.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LARGEST_SIDE = 8192,       /* pixels */
    LARGEST_TEXT = 255,        /* bytes of a text in a table */
    LARGEST_ATTRIBUTE = 60000, /* bytes of @settings: HDF5 allows 64 KB in a header */
    MOST_BIOMARKERS = 256,
    MOST_CASES = 100000000,
};

/* A closed list of words; the number of a word is its place. */
typedef struct hn_words {
    const char *what;
    const char *const *names;
    int count;
} hn_words;

typedef enum hn_column_kind {
    HN_COLUMN_TEXT,   /* const char *; fixed-size string */
    HN_COLUMN_WORD,   /* enumeration; fixed-size string from `words` */
    HN_COLUMN_FLAG,   /* bool; uint8 */
    HN_COLUMN_ANSWER, /* hn_answer; int8 */
    HN_COLUMN_INT,    /* int; int32 */
    HN_COLUMN_REAL,   /* double; float64 */
} hn_column_kind;

/* One table with a row per case, and where its value stands in an hn_case. */
typedef struct hn_column {
    const char *group; /* "cases", "views/ap" */
    const char *name;  /* "age_years" */
    hn_column_kind kind;
    size_t offset;
    const hn_words *words;
} hn_column;

/* All columns, in the order in which they enter the content hash. */
extern const hn_column hn_cohort_columns[];
extern const int hn_cohort_column_count;

/* The field of a case that a column describes. */
static inline const void *hn_column_at(const hn_column *column, const hn_case *facts)
{
    return (const char *)facts + column->offset;
}

/* Number of a word in its list, or -1. */
int hn_words_find(const hn_words *words, const char *word);
extern const hn_words hn_subset_words; /* "" is allowed beside them */

/* The logical content: what the hash covers. Everything is borrowed from its owner. */
typedef struct hn_cohort_content {
    int rows, columns, bits;
    int class_count;
    const char *const *classes;
    const char *risk_class; /* "" for none */
    const char *settings_json;
    const char *source_hash_kind;
    int64_t count;
    const hn_case *cases;
    int biomarker_count;
    const hn_biomarker *biomarkers; /* in byte order of names */
} hn_cohort_content;

hn_status hn_cohort_content_hash(char hex[HN_SHA256_HEX],
                                 const hn_cohort_content *content) HN_MUST_CHECK;

/* ---- findings: every rule reports what it saw into a report, reader and writer alike ------ */

void hn_cohort_report_begin(hn_cohort_report *report);
/* Counts a violation and keeps the first one's words. */
void hn_cohort_violate(hn_cohort_report *report, int invariant, const char *format, ...)
    HN_PRINTF(3, 4);
/* Says that an invariant has been looked at: OK unless it is violated. */
void hn_cohort_examined(hn_cohort_report *report, int invariant);
/* HN_OK, or `status` with the words of the first violated invariant. */
hn_status hn_cohort_report_status(const hn_cohort_report *report, hn_status status) HN_MUST_CHECK;

/* Invariants 3; 6 to 9 of one case; 10; and of all cases together. */
void hn_cohort_check_classes(hn_cohort_report *report, const hn_cohort_content *content);
void hn_cohort_check_case(hn_cohort_report *report, const hn_cohort_content *content,
                          const hn_case *facts, int64_t row);
void hn_cohort_check_biomarker(hn_cohort_report *report, const hn_biomarker *biomarker,
                               int64_t count);
hn_status hn_cohort_check_content(hn_cohort_report *report,
                                  const hn_cohort_content *content) HN_MUST_CHECK;
bool hn_cohort_is_biomarker_name(const char *name);
bool hn_cohort_is_source_hash_kind(const char *word);

/* ---- opening, for the reader and the check ------------------------------------------------ */

/* Opens and loads, reporting violations of invariants 1 to 11. `*out` stays NULL when nothing
 * could be loaded at all. Fails for what is no property of the content: a missing file, no
 * permission, no memory. */
hn_status hn_cohort_load(hn_cohort **out, hn_cohort_report *report, const char *path) HN_MUST_CHECK;
const hn_cohort_content *hn_cohort_get_content(const hn_cohort *cohort);

/* The stored, compressed image: HN_OK with size 0 when there is none. Takes the lock. */
hn_status hn_cohort_fetch(const hn_cohort *cohort, int64_t index, hn_view view,
                          hn_cohort_chunk *scratch) HN_MUST_CHECK;
/* Inflates and unshuffles scratch->bytes into `out`. No lock. */
hn_status hn_cohort_decode_image(void *out, hn_cohort_chunk *scratch, int rows, int columns,
                                 int bits, bool shuffled) HN_MUST_CHECK;
/* BLAKE2b-256 of the pixels, as hex. */
hn_status hn_cohort_pixel_hash(char hex[HN_SHA256_HEX], const void *pixels,
                               size_t size) HN_MUST_CHECK;
bool hn_cohort_is_shuffled(const hn_cohort *cohort, hn_view view);

#endif
