/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs.h: ages and laboratory values as people write them.
 *
 * "12,5" and "12.5", "<5" and "> 200" (a detection limit: the value is censored there), "≥ 90",
 * "91-92" (a narrow interval), "1.2 mg/dL" (its own unit), "inf" (above a limit that the cohort
 * map must know), "50+" for an age. What cannot be read is refused with a sentence and is never
 * guessed. "1,234" is refused: it may be 1.234 or 1234.
 */
#ifndef HIPNET_LABS_H
#define HIPNET_LABS_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum hn_bound {
    HN_BOUND_EXACT = 0,
    HN_BOUND_BELOW = 1, /* the true value lies below `value`: "<5" */
    HN_BOUND_ABOVE = 2, /* the true value lies above `value`: ">200", age "50+" */
} hn_bound;

typedef struct hn_lab {
    double value; /* in the column's unit; NaN: not measured */
    hn_bound bound;
    bool midpoint; /* the middle of an interval such as "91-92" */
} hn_lab;
#define HN_LAB_MISSING ((hn_lab) { .value = __builtin_nan("") })

/* How a column is read. Zeroed, it converts nothing and knows no limits. */
typedef struct hn_lab_rule {
    const char *unit; /* the unit we store, "mg/L"; NULL: unknown, a unit in a cell is refused */
    const char *from_unit; /* the unit that cells without one are in; NULL: as `unit` */
    bool has_lower, has_upper;
    double lower, upper; /* detection limits in `unit`: "-inf" is "<lower", "inf" is ">upper" */
} hn_lab_rule;

/* Reads one cell. An empty cell is missing and no failure. HN_EFORMAT for what cannot be read,
 * for negative values and for units of another kind. */
HN_API hn_status hn_lab_read(hn_lab *out, const char *text, const hn_lab_rule *rule) HN_MUST_CHECK;

/* As predictions.csv writes it: "", "5", "<5", ">200". */
#define HN_LAB_SIZE 40
HN_API void hn_lab_text(char out[HN_LAB_SIZE], const hn_lab *lab);

/* "63", "63,5", "50+", "63Y", "063Y" (DICOM), "18 months" is refused. In years, 0 to 130. */
HN_API hn_status hn_age_read(hn_lab *out, const char *text) HN_MUST_CHECK;

/* Factor that turns `from` into `to` ("mg/dL" to "mg/L": 10). HN_EFORMAT when they measure
 * different things or are not known; names of units are not case-sensitive. */
HN_API hn_status hn_unit_factor(double *factor, const char *from, const char *to) HN_MUST_CHECK;
/* The unit that a column name ends with ("crp_mg_l": "mg/L"), or NULL. */
HN_API const char *hn_unit_of_name(const char *column);

#endif
