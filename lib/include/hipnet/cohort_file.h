/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cohort_file.h: the cohort file, one HDF5 file that holds all that is learned from.
 *
 * One row per case: one hip at one index date, with up to two radiographs (AP and lateral).
 * The file holds de-identified facts only. h5py and h5dump read it without this library.
 *
 * --- Schema "hipnet-cohort 1" -----------------------------------------------------------------
 *
 * N cases, K classes, images of H rows and W columns. "word" is one of a closed list, "text"
 * any UTF-8 without control characters; both are fixed-size strings padded with NUL. Multi-byte
 * numbers are little-endian. Tables are contiguous and have N rows unless another size is given.
 *
 *   /                     attributes (scalar strings):
 *     @schema             "hipnet-cohort 1"
 *     @software           program and version that wrote the file
 *     @created            when, UTC, 2026-01-31T12:00:00Z (not part of any hash)
 *     @content_sha256     SHA-256 of the logical content, see below: "cohort_sha256" elsewhere
 *     @settings           JSON object: preprocessing and building, resolved
 *     @settings_sha256    SHA-256 of the text of @settings
 *     @risk_class         class whose risk is held against biomarkers; "" for none
 *     @source_hash_kind   "sha256", "keyed" (keyed BLAKE2b) or "none"
 *   /classes              [K] word: class names [a-z0-9_-], in the order of labels
 *   /images/ap            [N, H, W] uint8 or uint16; one chunk per image; shuffle and gzip
 *   /images/lateral       [N, H, W] as ap; a view that is missing is all zero
 *   /cases/case_id        text     unique, [A-Za-z0-9._:-]
 *   /cases/patient_id     text     keyed pseudonym, [A-Za-z0-9._:-]
 *   /cases/center         text
 *   /cases/side           word     left, right, unknown: the hip that is shown
 *   /cases/mirrored       uint8    1: the stored images were flipped left to right
 *   /cases/label          int32    0..K-1; -1 without a single reference label
 *   /cases/reference_status word   single, several, none_of_five, indeterminate, pending, lost
 *   /cases/certainty      text     [a-z0-9_-] or empty: how sure the reference is
 *   /cases/age_years      float64  at the index date; NaN unknown
 *   /cases/sex            word     female, male, other, unknown
 *   /cases/study_year     int32    calendar year of the films; 0 unknown
 *   /cases/reference_days float64  days from the films to the reference standard; NaN unknown
 *   /cases/subset_hint    word     empty, train, tuning, internal_test, external, prospective
 *   /cases/serology_in_reference  int8  1 yes, 0 no, -1 unknown: blood tests made the diagnosis
 *   /cases/film_in_reference      int8  1 yes, 0 no, -1 unknown: the film made the diagnosis
 *   /views/<ap|lateral>/present         uint8    1: the image exists
 *   /views/<ap|lateral>/spacing_mm      float64  pixel spacing of the stored image; NaN unknown
 *   /views/<ap|lateral>/spacing_meaning word     none, detector_plane, calibrated, derived
 *   /views/<ap|lateral>/rows, columns   int32    size of the original image; 0 when missing
 *   /views/<ap|lateral>/projection      word     unknown, ap, pa, lateral, frog_leg, cross_table
 *   /views/<ap|lateral>/source_hash     text     64 hex digits, hash of the source file; or empty
 *   /views/<ap|lateral>/pixel_hash      text     64 hex digits, BLAKE2b-256 of the stored pixels
 *   /biomarkers/<name>/value            float64  NaN missing; attribute @unit (text) on the group
 *   /biomarkers/<name>/censoring        int8     -1 below, 0 exactly, +1 above the value
 *   /biomarkers/<name>/days             float64  days from the films to the draw; NaN unknown
 *
 * Invariants. `hipnet check` verifies exactly these, by these numbers:
 *    1. It is an HDF5 file, complete to its last byte, with checksums in its headers (superblock
 *       version 2 or 3), and its @schema is "hipnet-cohort 1".
 *    2. The root holds the attributes above; @settings is a JSON object, @settings_sha256 is its
 *       hash, @created is a time, @source_hash_kind is of its list.
 *    3. 1 to 64 class names, [a-z0-9_-], 1 to 63 bytes, all different; @risk_class is one of
 *       them or empty.
 *    4. Both image datasets are [N, H, W] of the same type with H, W in 1..8192, chunks of one
 *       image, and no filter but shuffle and gzip.
 *    5. Every table exists, with N rows and the type above, stored whole in the file.
 *    6. Texts are UTF-8 without control characters; words are of their lists; ids, centers and
 *       case_id are as said and not empty; case_id is unique.
 *    7. Numbers are in range: mirrored and present 0 or 1; age NaN or 0..130; study_year 0 or
 *       1895..2200; days NaN or finite; yes-no-unknown -1, 0 or 1.
 *    8. label is -1..K-1, and is -1 exactly when reference_status is not "single".
 *    9. A present view has original rows and columns of at least 1, spacing NaN or above 0 with a
 *       meaning (none exactly when NaN), a pixel hash, and a source hash unless the kind is
 *       none; an absent view has 0, NaN, none, unknown and empty, and its image is all zero.
 *   10. At most 256 biomarkers, named by [a-z0-9_], 1 to 63 bytes; values are NaN or finite;
 *       censoring is -1, 0 or 1, and 0 where the value is NaN.
 *   11. Nothing else is in the file: no other group, dataset, attribute or link.
 *   12. Every image can be read, and its pixels have the stored pixel_hash.
 *   13. @content_sha256 is the hash of the content.
 *
 * The content hash is SHA-256 over "hipnet-cohort 1" and a line break; then for risk_class,
 * settings and source_hash_kind: name, NUL, text, NUL; then "image", NUL, "H W bits" in decimal,
 * NUL; then for /classes, the /cases tables, the /views/ap, then the /views/lateral tables (in
 * the order above, rows before columns) and each biomarker by name in byte order (unit as
 * "/biomarkers/<name>/unit", then value, censoring, days): path, NUL, number of rows in decimal,
 * NUL, and the values: texts each with one NUL behind it, numbers as stored, every NaN as
 * 0x7ff8000000000000. Pixels enter through their hashes. Compression, chunk order, time and
 * software version do not enter.
 * ----------------------------------------------------------------------------------------------
 */
#ifndef HIPNET_COHORT_FILE_H
#define HIPNET_COHORT_FILE_H

#include <hipnet/error.h>
#include <hipnet/hash.h>
#include <hipnet/spacing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HN_COHORT_SCHEMA "hipnet-cohort 1"
#define HN_COHORT_INVARIANTS 13
#define HN_COHORT_CLASSES 64 /* most classes */

typedef enum hn_view { HN_VIEW_AP, HN_VIEW_LATERAL } hn_view;
#define HN_VIEWS 2

typedef enum hn_side { HN_SIDE_UNKNOWN, HN_SIDE_LEFT, HN_SIDE_RIGHT } hn_side;
typedef enum hn_sex { HN_SEX_UNKNOWN, HN_SEX_FEMALE, HN_SEX_MALE, HN_SEX_OTHER } hn_sex;

typedef enum hn_projection {
    HN_PROJECTION_UNKNOWN,
    HN_PROJECTION_AP,
    HN_PROJECTION_PA,
    HN_PROJECTION_LATERAL,
    HN_PROJECTION_FROG_LEG,
    HN_PROJECTION_CROSS_TABLE,
} hn_projection;

/* What the reference standard says of a case; only `single` has a label and trains. */
typedef enum hn_reference_status {
    HN_REFERENCE_SINGLE,
    HN_REFERENCE_SEVERAL,
    HN_REFERENCE_NONE_OF_FIVE,
    HN_REFERENCE_INDETERMINATE,
    HN_REFERENCE_PENDING,
    HN_REFERENCE_LOST,
} hn_reference_status;

typedef enum hn_answer { HN_ANSWER_UNKNOWN = -1, HN_ANSWER_NO = 0, HN_ANSWER_YES = 1 } hn_answer;

/* Words of the enumerations, both ways. The names are static; parsing an unknown word fails with
 * HN_EFORMAT and lists the known ones. */
HN_API const char *hn_view_name(hn_view view);           /* "ap", "lateral" */
HN_API const char *hn_side_name(hn_side side);
HN_API const char *hn_sex_name(hn_sex sex);
HN_API const char *hn_projection_name(hn_projection projection);
HN_API const char *hn_reference_status_name(hn_reference_status status);
HN_API hn_status hn_view_parse(hn_view *out, const char *word) HN_MUST_CHECK;
HN_API hn_status hn_side_parse(hn_side *out, const char *word) HN_MUST_CHECK;
HN_API hn_status hn_sex_parse(hn_sex *out, const char *word) HN_MUST_CHECK;
HN_API hn_status hn_spacing_parse(hn_spacing_meaning *out, const char *word) HN_MUST_CHECK;
HN_API hn_status hn_projection_parse(hn_projection *out, const char *word) HN_MUST_CHECK;
HN_API hn_status hn_reference_status_parse(hn_reference_status *out, const char *word)
    HN_MUST_CHECK;

/* One view of one case. All zero but for spacing_mm = NaN is a missing view. */
typedef struct hn_case_view {
    bool present;
    double spacing_mm;                  /* of the stored image, after resampling; NaN unknown */
    hn_spacing_meaning spacing_meaning; /* none exactly when spacing_mm is NaN */
    int rows, columns;                  /* of the original image */
    hn_projection projection;
    const char *source_hash;            /* 64 hex digits; NULL or "" without one */
    const char *pixel_hash;             /* set by the writer from the image; "" when missing */
} hn_case_view;

/* One case. From a reader all strings are borrowed, never NULL, and live until it is closed; the
 * writer copies what it is given, and takes NULL for "". Start from HN_CASE_INIT. */
typedef struct hn_case {
    const char *case_id;
    const char *patient_id;
    const char *center;
    hn_side side;
    bool mirrored;
    int label;                          /* index into the classes; -1 for none */
    hn_reference_status reference_status;
    const char *certainty;
    double age_years;                   /* NaN unknown */
    hn_sex sex;
    int study_year;                     /* 0 unknown */
    double reference_days;              /* films to reference standard; NaN unknown */
    const char *subset_hint;            /* "" or the name of a subset */
    hn_answer serology_in_reference;
    hn_answer film_in_reference;
    hn_case_view views[HN_VIEWS];
} hn_case;

#define HN_CASE_INIT                                                                               \
    ((hn_case){ .label = -1,                                                                       \
                .reference_status = HN_REFERENCE_PENDING,                                          \
                .age_years = HN_NAN,                                                               \
                .reference_days = HN_NAN,                                                          \
                .serology_in_reference = HN_ANSWER_UNKNOWN,                                        \
                .film_in_reference = HN_ANSWER_UNKNOWN,                                            \
                .views = { { .spacing_mm = HN_NAN }, { .spacing_mm = HN_NAN } } })
#define HN_NAN (__builtin_nan(""))

/* One biomarker over all cases: arrays of N, borrowed. */
typedef struct hn_biomarker {
    const char *name;        /* "crp_mg_l" */
    const char *unit;        /* "mg/L" */
    const double *value;     /* NaN missing */
    const int8_t *censoring; /* -1: below value, 0: exactly, +1: above */
    const double *days;      /* films to draw; NaN unknown */
} hn_biomarker;

/* --- Writing ----------------------------------------------------------------------------------
 *
 * Workers encode images (hn_cohort_encode_image, any thread, no lock); one thread at a time puts
 * them (the writer has a lock, so calls from several threads are safe, and wait). Images, cases
 * and biomarker values come in any order, by case index 0..N-1; N is the highest index put + 1,
 * and at the end every case must have been put. Nothing is seen under the final name before
 * hn_cohort_writer_finish.
 */

typedef struct hn_cohort_settings {
    int rows, columns;             /* of every stored image */
    int bits;                      /* 8 or 16 */
    const char *const *classes;    /* class_count names */
    int class_count;
    const char *risk_class;        /* NULL for none */
    const char *settings_json;     /* text of a JSON object, at most 60 000 bytes; NULL: {} */
    const char *source_hash_kind;  /* "sha256", "keyed"; NULL: "none" */
} hn_cohort_settings;

/* A compressed image and the hash of its pixels. A caller's struct: zero it, encode into it any
 * number of times, clear it. */
typedef struct hn_cohort_chunk {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    uint8_t *plain; /* scratch */
    size_t plain_capacity;
    char pixel_hash[HN_SHA256_HEX];
} hn_cohort_chunk;
HN_API void hn_cohort_chunk_clear(hn_cohort_chunk *chunk);

/* Shuffles and deflates `rows` x `columns` pixels (uint8_t or uint16_t by `bits`). `level` 1..9,
 * or 0 for the level that measured best (docs/reference/cohort_file.md). */
HN_API hn_status hn_cohort_encode_image(hn_cohort_chunk *chunk, const void *pixels, int rows,
                                        int columns, int bits, int level) HN_MUST_CHECK;

typedef struct hn_cohort_writer hn_cohort_writer;
HN_API hn_status hn_cohort_writer_new(hn_cohort_writer **out, const char *path,
                                      const hn_cohort_settings *settings, bool force)
    HN_MUST_CHECK;
/* Frees; what was not finished is removed. */
HN_API void hn_cohort_writer_free(hn_cohort_writer *writer);
HN_API void hn_cohort_writer_freep(hn_cohort_writer **writer);
#define HN_AUTO_COHORT_WRITER HN_CLEANUP(hn_cohort_writer_freep) hn_cohort_writer

HN_API hn_status hn_cohort_put_image(hn_cohort_writer *writer, int64_t index, hn_view view,
                                     const hn_cohort_chunk *chunk) HN_MUST_CHECK;
/* Copies the facts. views[].present must agree with the images put by the end; pixel_hash is
 * ignored. Putting a case again replaces it. Invariants 6 to 9 are checked here. */
HN_API hn_status hn_cohort_put_case(hn_cohort_writer *writer, int64_t index, const hn_case *facts)
    HN_MUST_CHECK;
/* Declares a biomarker (once; the same name again yields the same number). */
HN_API hn_status hn_cohort_add_biomarker(int *number, hn_cohort_writer *writer, const char *name,
                                         const char *unit) HN_MUST_CHECK;
HN_API hn_status hn_cohort_put_biomarker(hn_cohort_writer *writer, int64_t index, int number,
                                         double value, int censoring, double days) HN_MUST_CHECK;
/* Writes the tables, computes the content hash (copied to `sha256`, may be NULL), syncs and
 * renames. The writer can only be freed afterwards. */
HN_API hn_status hn_cohort_writer_finish(hn_cohort_writer *writer, char sha256[HN_SHA256_HEX])
    HN_MUST_CHECK;

/* --- Reading ----------------------------------------------------------------------------------
 *
 * Opening verifies invariants 1 to 11 but for the images' content, before any size in the file
 * is believed, and loads every table; the first violation is the failure's message. Structs and
 * strings are borrowed from the hn_cohort. One hn_cohort may be used by many threads.
 */

typedef struct hn_cohort hn_cohort;

typedef struct hn_cohort_info {
    const char *path;
    int64_t cases;
    int rows, columns; /* of every image */
    int bits;          /* 8 or 16 */
    int class_count;
    const char *const *classes;
    int risk_class;    /* index, or -1 */
    int biomarker_count;
    const char *settings_json;
    const char *settings_sha256;
    const char *content_sha256; /* as stored; hn_cohort_check proves it */
    const char *source_hash_kind;
    const char *software;
    const char *created;
} hn_cohort_info;

HN_API hn_status hn_cohort_open(hn_cohort **out, const char *path) HN_MUST_CHECK;
HN_API void hn_cohort_close(hn_cohort *cohort);
HN_API void hn_cohort_closep(hn_cohort **cohort);
#define HN_AUTO_COHORT HN_CLEANUP(hn_cohort_closep) hn_cohort

HN_API const hn_cohort_info *hn_cohort_get_info(const hn_cohort *cohort);
HN_API const hn_case *hn_cohort_case(const hn_cohort *cohort, int64_t index); /* in range */
HN_API int64_t hn_cohort_find_case(const hn_cohort *cohort, const char *case_id); /* or -1 */
HN_API int hn_cohort_find_class(const hn_cohort *cohort, const char *name);       /* or -1 */
/* Biomarkers are in byte order of their names. */
HN_API const hn_biomarker *hn_cohort_biomarker(const hn_cohort *cohort, int number);
HN_API int hn_cohort_find_biomarker(const hn_cohort *cohort, const char *name);   /* or -1 */

/* Reads one image into `out` (rows * columns of uint8_t or uint16_t); a missing view is zeros.
 * Only fetching the compressed bytes takes the library's lock, inflating runs beside others.
 * `scratch` is the calling thread's own, zeroed before its first use and cleared after the last;
 * afterwards it holds the compressed image with its hash, ready for hn_cohort_put_image. */
HN_API hn_status hn_cohort_read_image(const hn_cohort *cohort, int64_t index, hn_view view,
                                      void *out, hn_cohort_chunk *scratch) HN_MUST_CHECK;

/* --- Checking --------------------------------------------------------------------------------*/

typedef enum hn_finding_state {
    HN_FINDING_OK,
    HN_FINDING_VIOLATED,
    HN_FINDING_NOT_EXAMINED, /* an earlier violation left nothing to look at */
} hn_finding_state;

typedef struct hn_cohort_finding {
    int invariant;         /* 1..HN_COHORT_INVARIANTS */
    const char *statement; /* the invariant in a few words */
    hn_finding_state state;
    int64_t violations;
    char first[512];       /* the first violation: what, where */
} hn_cohort_finding;

typedef struct hn_cohort_report {
    hn_cohort_finding findings[HN_COHORT_INVARIANTS];
    int violated;          /* how many invariants are violated */
    int64_t cases;         /* -1 when not known */
    int64_t images_read;
    char content_sha256[HN_SHA256_HEX]; /* recomputed; "" when that was not possible */
} hn_cohort_report;

/* Verifies every invariant, images included (in hn_threads() threads). Fails only when the file
 * cannot be read at all, memory is gone, or the user interrupts. */
HN_API hn_status hn_cohort_check(hn_cohort_report *report, const char *path) HN_MUST_CHECK;

#endif
