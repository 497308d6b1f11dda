/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * predictions.h: predictions.csv, the table between prediction and evaluation.
 *
 * One row per case: who (patient_id, case_id), where (center, subset), what is known (label,
 * reference_status), what was seen (views), what was predicted (one column p_<class> per class,
 * result), and whatever else stands in further columns (biomarkers), kept as written. The file
 * may come from any tool: patient_id, label and at least two p_<class> columns are needed, all
 * other columns may be absent. docs/reference/predictions.md describes every column.
 *
 * Reading is strict. It refuses, with line and reason: a probability that is not a number in
 * [0, 1], a row that does not sum to 1 within 1e-6 (and warns beyond 1e-9), a case that stands
 * in two rows, a label that is no class, an unknown word, an empty file.
 *
 * An hn_predictions owns every string and number in it; rows are borrowed from it.
 */
#ifndef HIPNET_PREDICTIONS_H
#define HIPNET_PREDICTIONS_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

#define HN_CLASSES_MAX     64
#define HN_CLASS_NAME_SIZE 64 /* with the NUL; letters, digits, '_', '-', '.' */

/* What the reference standard says of a case; the words of the column reference_status. The
 * numbers are those of hn_reference_status in cohort_file.h. */
typedef enum hn_reference {
    HN_REF_SINGLE = 0, /* exactly one of the classes: the only one with a label */
    HN_REF_SEVERAL,
    HN_REF_NONE_OF_FIVE, /* none_of_five: a failed prosthesis, but none of the classes */
    HN_REF_INDETERMINATE,
    HN_REF_PENDING,
    HN_REF_LOST,
    HN_REFS, /* how many */
} hn_reference;

/* What the model said; the words of the column result. */
typedef enum hn_result {
    HN_RESULT_ANSWERED = 0,
    HN_RESULT_ABSTAINED,  /* its probabilities may be absent */
    HN_RESULT_UNREADABLE, /* its probabilities may be absent */
    HN_RESULTS,           /* how many */
} hn_result;

/* "single", "several", "none_of_five", ...; "answered", "abstained", "unreadable". */
HN_API const char *hn_reference_name(hn_reference status);
HN_API const char *hn_result_name(hn_result result);

/* One case. Texts are never NULL in a row that was read; "" is absent. To hn_predictions_add a
 * NULL text is "". */
typedef struct hn_prediction {
    const char *patient_id;
    const char *case_id; /* "" when the file has none: a row is its own case */
    const char *center;
    const char *subset; /* train, tuning, internal_test, external, prospective, or "" */
    const char *views;  /* both, ap, lateral, or "" */
    const char *label;  /* the word in the file; a class when reference is single */
    const char *age;    /* as written: "67", "90+" */
    const char *sex;
    const char *side;
    int label_class; /* index of the class, or -1 when `label` is none; not read by add */
    hn_reference reference;
    hn_result result;
    const double *probabilities; /* [class_count]; all NaN when the model gave none */
    const char *const *extra;    /* [extra_count] the further columns, as written; never NULL */
    int64_t line;                /* of the file it was read from; 0 for what was added */
} hn_prediction;

typedef struct hn_predictions {
    const char *name; /* of the file, for messages */
    int class_count;
    const char *const *classes; /* [class_count] in the order of the columns */
    int extra_count;
    const char *const *extra_names; /* [extra_count] */
    int64_t count;
    hn_prediction *rows;  /* [count] in the order of the file, until sorted */
    int64_t inexact_sums; /* rows whose sum is off by more than 1e-9 (and at most 1e-6) */
    bool has_case_id, has_center, has_subset, has_views, has_reference, has_result;
    struct hn_predictions_store *store; /* private */
} hn_predictions;

/* ---- Reading ---------------------------------------------------------------------------- */

HN_API hn_status hn_predictions_read(hn_predictions **out, const char *path) HN_MUST_CHECK;
/* The same from memory; `name` stands for the file in messages. */
HN_API hn_status hn_predictions_parse(hn_predictions **out, const char *bytes, int64_t size,
                                      const char *name) HN_MUST_CHECK;

/* ---- Making and writing ----------------------------------------------------------------- */

/* An empty table for `class_count` classes (2 to HN_CLASSES_MAX) and `extra_count` further
 * columns, "crp_mg_l" for one; the names are copied. */
HN_API hn_status hn_predictions_new(hn_predictions **out, const char *const *classes,
                                    int class_count, const char *const *extra_names,
                                    int extra_count) HN_MUST_CHECK;

/* Copies one case into the table, under the same rules as reading. `row->probabilities` may be
 * NULL where the result is not `answered`; `row->extra` may be NULL when there is none. */
HN_API hn_status hn_predictions_add(hn_predictions *predictions,
                                    const hn_prediction *row) HN_MUST_CHECK;

/* Writes the table ("-" is standard output): the columns patient_id, center, subset, label,
 * views, p_<class>..., case_id, reference_status, result, age, sex, side, then the further ones.
 * Every probability has the digits that read back as the same double. */
HN_API hn_status hn_predictions_write(const hn_predictions *predictions, const char *path,
                                      bool force) HN_MUST_CHECK;

/* ---- Looking ---------------------------------------------------------------------------- */

HN_API int hn_predictions_class(const hn_predictions *predictions, const char *name); /* or -1 */
HN_API int hn_predictions_extra(const hn_predictions *predictions, const char *name); /* or -1 */

/* The most probable class; the first of those that tie. -1 where there are no probabilities. */
HN_API int hn_prediction_top(const hn_predictions *predictions, const hn_prediction *row);

/* Puts the rows in an order that does not depend on the file's: by case, else by patient and
 * then by everything that stands in the row. */
HN_API void hn_predictions_sort(hn_predictions *predictions);

/* A laboratory value as written: "12.5", "<5" (below the limit of detection), ">300". */
typedef struct hn_measurement {
    double value;  /* NaN when the cell is empty */
    int censoring; /* -1: below `value`, +1: above it, 0: equal to it */
} hn_measurement;
/* HN_EFORMAT for anything else ("n/a"); "" gives NaN. */
HN_API hn_status hn_measurement_parse(hn_measurement *out, const char *text) HN_MUST_CHECK;

HN_API void hn_predictions_free(hn_predictions *predictions);
HN_API void hn_predictions_freep(hn_predictions **predictions);
#define HN_AUTO_PREDICTIONS HN_CLEANUP(hn_predictions_freep) hn_predictions

#endif
