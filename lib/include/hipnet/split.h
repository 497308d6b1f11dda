/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * split.h: which patient belongs to which subset, sealed.
 *
 * A split is a file of its own (split.json) and speaks of patients, never of images: all films
 * of all hips of a patient are on one side. It carries the content hash of the cohort it was
 * made for and a SHA-256 over the assignment itself, so that neither can change unnoticed.
 *
 * Subsets, in the words of the reports:
 *   train, tuning       the development set ("tuning" is what machine learning calls validation)
 *   internal_test       patients of the development centers that no training step has seen
 *   external            all patients of the centers held out
 *   prospective         all patients of the prospective centers, or first seen after a date
 *
 * Folds: with folds = 1 the members train on `train` and tune on `tuning`, and every fold is
 * -1. With K > 1 folds each patient of `train` has a fold 0..K-1; the member of fold k tunes on
 * fold k and trains on the others, and a subset `tuning` is made only when asked for (nobody
 * trains or stops on it: it is free for calibration). Ask hn_split_role, which knows this.
 *
 * Only cases with the reference status `single` train. A patient without such a case is never
 * in train or tuning, but in internal_test (or external, prospective by center), so that the
 * flow of participants keeps everybody.
 *
 * The division is systematic sampling within strata (class, center, available views), after a
 * shuffle keyed by the seed and the pseudonym: it does not depend on the order of the rows.
 */
#ifndef HIPNET_SPLIT_H
#define HIPNET_SPLIT_H

#include <hipnet/error.h>
#include <hipnet/hash.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum hn_subset {
    HN_SUBSET_TRAIN = 0,
    HN_SUBSET_TUNING = 1,
    HN_SUBSET_INTERNAL_TEST = 2,
    HN_SUBSET_EXTERNAL = 3,
    HN_SUBSET_PROSPECTIVE = 4,
} hn_subset;
#define HN_SUBSET_COUNT 5

HN_API const char *hn_subset_name(hn_subset subset); /* "internal_test" */
/* HN_EUSAGE with the nearest word when `word` is no subset. */
HN_API hn_status hn_subset_parse(hn_subset *out, const char *word) HN_MUST_CHECK;

typedef struct hn_split hn_split;

/* Reads split.json as hostile input: schema, words, ranges, and the seal (HN_EDATA when the
 * assignment is not what was sealed). */
HN_API hn_status hn_split_read(hn_split **out, const char *path) HN_MUST_CHECK;
/* The same from text; `name` stands for the file in messages. */
HN_API hn_status hn_split_parse(hn_split **out, const char *text, size_t size,
                                const char *name) HN_MUST_CHECK;
HN_API hn_status hn_split_write(const hn_split *split, const char *path, bool force) HN_MUST_CHECK;
HN_API void hn_split_free(hn_split *split);
HN_API void hn_split_freep(hn_split **split);
#define HN_AUTO_SPLIT HN_CLEANUP(hn_split_freep) hn_split

HN_API const char *hn_split_cohort_sha256(const hn_split *split);
HN_API const char *hn_split_sha256(const hn_split *split); /* the seal */
HN_API uint64_t hn_split_seed(const hn_split *split);
HN_API int hn_split_folds(const hn_split *split); /* 1 or more */
HN_API int64_t hn_split_patients(const hn_split *split);
/* Patients in byte order of their pseudonyms. */
HN_API const char *hn_split_patient(const hn_split *split, int64_t index);

/* Subset and fold of a patient; `fold` may be NULL, and is -1 outside the folds. HN_ENOTFOUND
 * when the split does not know the pseudonym. */
HN_API hn_status hn_split_find(hn_subset *subset, int *fold, const hn_split *split,
                               const char *patient) HN_MUST_CHECK;

/* What a patient is to the member of `fold` (0 when folds is 1). */
typedef enum hn_role {
    HN_ROLE_NONE = 0, /* not for this member's training */
    HN_ROLE_TRAIN = 1,
    HN_ROLE_TUNING = 2, /* early stopping and the choice of the best epoch */
} hn_role;
HN_API hn_status hn_split_role(hn_role *role, const hn_split *split, const char *patient,
                               int fold) HN_MUST_CHECK;

/* Refuses a split that was made for another cohort (`cohort_sha256`, its content hash) or that
 * does not hold exactly the given patients (one pseudonym per case; repeats are allowed). */
HN_API hn_status hn_split_verify(const hn_split *split, const char *cohort_sha256,
                                 const char *const *patients, int64_t count) HN_MUST_CHECK;

/* One patient, as the division sees it. `group` joins patients who share a picture: they stay
 * on one side; a group of one is its own index. */
typedef struct hn_split_member {
    const char *patient; /* pseudonym, unique */
    const char *center;
    int label; /* class of a case with status single; -1: has none, never trains */
    int views; /* bit 0: some case has an ap, bit 1: a lateral */
    int64_t cases;
    int64_t group;
    bool prospective; /* first seen after the date, decided by the caller */
} hn_split_member;

typedef struct hn_split_options {
    const char *const *external; /* center names */
    int external_count;
    const char *const *prospective; /* center names */
    int prospective_count;
    double tuning;        /* share of the development patients, 0..0.9 */
    double internal_test; /* likewise; the sum must stay under 1 */
    int folds;            /* 1..100 */
    uint64_t seed;
} hn_split_options;

/* Divides. A center that nobody comes from is refused (HN_EUSAGE, nearest name); so is a group
 * of patients with the same picture on both sides of a held-out border (HN_EDATA). */
HN_API hn_status hn_split_make(hn_split **out, const hn_split_member *members, int64_t count,
                               const char *const *classes, int class_count,
                               const char *cohort_sha256,
                               const hn_split_options *options) HN_MUST_CHECK;

/* Patients and cases of a class in a subset; label -1: those without a class. Known for splits
 * made here and for those read from files. */
HN_API int64_t hn_split_count(const hn_split *split, hn_subset subset, int label);
HN_API int64_t hn_split_count_cases(const hn_split *split, hn_subset subset, int label);
HN_API int hn_split_classes(const hn_split *split);
HN_API const char *hn_split_class(const hn_split *split, int label);

/* With the cohort file (cohort_file.h): the members to divide, in byte order of the pseudonyms,
 * their strings borrowed from the cohort, the array to be hn_freed; and the check that a split
 * belongs to a cohort. A patient whose every case has the subset_hint `prospective`, or whose
 * every film was made in `prospective_after_year` + 1 or later (0: no such year), is prospective;
 * patients who share a picture are one group. */
struct hn_cohort;
HN_API hn_status hn_split_members_of(hn_split_member **members, int64_t *count,
                                     const struct hn_cohort *cohort,
                                     int prospective_after_year) HN_MUST_CHECK;
HN_API hn_status hn_split_verify_cohort(const hn_split *split,
                                        const struct hn_cohort *cohort) HN_MUST_CHECK;

#endif
