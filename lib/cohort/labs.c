/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell is cut into bound, number (or interval) and unit, each by its own small reader; what is
 * left over refuses the cell. Guessing is worse than a missing value. */
#include <hipnet/labs.h>

#include <hipnet/number.h>
#include <hipnet/text.h>

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An interval is taken as its middle only while the middle says what the interval says. */
#define NARROW_INTERVAL       1.25
#define NARROW_INTERVAL_YEARS 10.0
#define MAX_AGE_YEARS         130.0
#define CELL_SIZE             64

typedef enum quantity {
    MASS_CONCENTRATION, /* base: mg/L */
    SUBSTANCE,          /* mmol/L */
    CELLS,              /* cells/uL */
    ACTIVITY,           /* U/L */
    SEDIMENTATION,      /* mm/h */
    PRESSURE,           /* mmHg */
    SHARE,              /* % */
    TEMPERATURE,        /* degrees Celsius */
} quantity;

static const struct {
    const char *name;
    quantity measures;
    double in_base;
} units[] = {
    { "mg/L", MASS_CONCENTRATION, 1 },
    { "mg/dL", MASS_CONCENTRATION, 10 },
    { "g/L", MASS_CONCENTRATION, 1000 },
    { "g/dL", MASS_CONCENTRATION, 10000 },
    { "mg/mL", MASS_CONCENTRATION, 1000 },
    { "ug/mL", MASS_CONCENTRATION, 1 },
    { "mcg/mL", MASS_CONCENTRATION, 1 },
    { "\xc2\xb5g/mL", MASS_CONCENTRATION, 1 }, /* micro sign */
    { "\xce\xbcg/mL", MASS_CONCENTRATION, 1 }, /* Greek mu */
    { "ug/L", MASS_CONCENTRATION, 1e-3 },
    { "\xc2\xb5g/L", MASS_CONCENTRATION, 1e-3 },
    { "\xce\xbcg/L", MASS_CONCENTRATION, 1e-3 },
    { "ng/mL", MASS_CONCENTRATION, 1e-3 },
    { "ng/L", MASS_CONCENTRATION, 1e-6 },
    { "pg/mL", MASS_CONCENTRATION, 1e-6 },
    { "mmol/L", SUBSTANCE, 1 },
    { "umol/L", SUBSTANCE, 1e-3 },
    { "\xc2\xb5mol/L", SUBSTANCE, 1e-3 },
    { "cells/uL", CELLS, 1 },
    { "/uL", CELLS, 1 },
    { "10^9/L", CELLS, 1000 },
    { "10e9/L", CELLS, 1000 },
    { "U/L", ACTIVITY, 1 },
    { "IU/L", ACTIVITY, 1 },
    { "mm/h", SEDIMENTATION, 1 },
    { "mm/hr", SEDIMENTATION, 1 },
    { "mm/1h", SEDIMENTATION, 1 },
    { "mmHg", PRESSURE, 1 },
    { "kPa", PRESSURE, 7.50061683 },
    { "%", SHARE, 1 },
    { "C", TEMPERATURE, 1 },
    { "\xc2\xb0"
      "C",
      TEMPERATURE, 1 },
};

static const struct {
    const char *suffix;
    const char *unit;
} suffixes[] = {
    { "_mg_l", "mg/L" }, { "_mg_dl", "mg/dL" },   { "_g_l", "g/L" },
    { "_ug_l", "ug/L" }, { "_ng_ml", "ng/mL" },   { "_pg_ml", "pg/mL" },
    { "_mm_h", "mm/h" }, { "_mmol_l", "mmol/L" }, { "_cells_ul", "cells/uL" },
    { "_u_l", "U/L" },   { "_10e9_l", "10^9/L" }, { "_mmhg", "mmHg" },
    { "_pct", "%" },     { "_c", "C" },
};

static int unit_index(const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(units); i++) {
        if (hn_text_equal_nocase(units[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

hn_status hn_unit_factor(double *factor, const char *from, const char *to)
{
    int a = unit_index(from);
    int b = unit_index(to);
    if (a < 0 || b < 0) {
        return hn_fail(HN_EFORMAT, "unit '%s' is not known (mg/L, mg/dL, mm/h, ...)",
                       a < 0 ? from : to);
    }
    if (units[a].measures != units[b].measures) {
        return hn_fail(HN_EFORMAT, "unit '%s' does not measure what '%s' measures", from, to);
    }
    *factor = units[a].in_base / units[b].in_base;
    return HN_OK;
}

const char *hn_unit_of_name(const char *column)
{
    for (size_t i = 0; i < HN_COUNT_OF(suffixes); i++) {
        if (hn_text_ends(column, suffixes[i].suffix)) {
            return suffixes[i].unit;
        }
    }
    return NULL;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t' || (at[0] == '\xc2' && at[1] == '\xa0')) {
        at += *at == '\xc2' ? 2 : 1;
    }
    return at;
}

/* Cuts a word off the front; "" words never match. */
static bool take(const char **at, const char *word)
{
    size_t n = strlen(word);
    if (n == 0 || strncmp(*at, word, n) != 0) {
        return false;
    }
    *at = skip_blanks(*at + n);
    return true;
}

static hn_bound take_bound(const char **at)
{
    static const struct {
        const char *sign;
        hn_bound bound;
    } signs[] = {
        { "<=", HN_BOUND_BELOW },
        { ">=", HN_BOUND_ABOVE },
        { "<", HN_BOUND_BELOW },
        { ">", HN_BOUND_ABOVE },
        { "\xe2\x89\xa4", HN_BOUND_BELOW },
        { "\xe2\x89\xa5", HN_BOUND_ABOVE },
    };
    for (size_t i = 0; i < HN_COUNT_OF(signs); i++) {
        if (take(at, signs[i].sign)) {
            return signs[i].bound;
        }
    }
    return HN_BOUND_EXACT;
}

/* Digits in groups of three behind each thousands separator. */
static bool groups_of_three(const char *digits, size_t n, char separator, char decimal)
{
    size_t run = 0;
    bool seen = false;
    for (size_t i = 0; i < n && digits[i] != decimal; i++) {
        if (digits[i] == separator) {
            if (run == 0 || run > 3 || (seen && run != 3)) {
                return false;
            }
            seen = true;
            run = 0;
        } else {
            run++;
        }
    }
    return !seen || run == 3;
}

/* Which of '.' and ',' is the decimal sign of these digits, 0 for neither; false when the
 * writing is ambiguous or broken. */
static bool find_decimal(char *decimal, const char *digits, size_t n)
{
    size_t dots = 0, commas = 0, last_dot = 0, last_comma = 0;
    for (size_t i = 0; i < n; i++) {
        dots += digits[i] == '.';
        commas += digits[i] == ',';
        last_dot = digits[i] == '.' ? i : last_dot;
        last_comma = digits[i] == ',' ? i : last_comma;
    }
    *decimal = 0;
    if (dots == 0 && commas == 0) {
        return true;
    }
    if (dots > 0 && commas > 0) {
        *decimal = last_dot > last_comma ? '.' : ',';
        return (*decimal == '.' ? dots : commas) == 1 &&
               groups_of_three(digits, n, *decimal == '.' ? ',' : '.', *decimal);
    }
    if (dots + commas > 1) {
        return groups_of_three(digits, n, dots > 0 ? '.' : ',', 0);
    }
    *decimal = dots ? '.' : ',';
    /* "1,234" may be a thousand or a fraction; "0,125" and "1234,567" are fractions. */
    return dots == 1 || n - last_comma != 4 || last_comma > 3 || last_comma == 0 ||
           digits[0] == '0';
}

/* Reads one non-negative number at *at and moves behind it. */
static hn_status take_number(double *out, const char **at)
{
    size_t n = strspn(*at, "0123456789.,");
    const char *digits = *at;
    char decimal = 0;
    if (n == 0 || !isdigit((unsigned char)digits[n - 1]) || n >= CELL_SIZE) {
        return hn_fail(HN_EFORMAT, "a number was expected at '%.40s'", digits);
    }
    if (!find_decimal(&decimal, digits, n)) {
        return hn_fail(HN_EFORMAT, "'%.*s' can be read in two ways (thousands or decimals)", (int)n,
                       digits);
    }
    char plain[CELL_SIZE + 1];
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (isdigit((unsigned char)digits[i])) {
            plain[used++] = digits[i];
        } else if (digits[i] == decimal) {
            plain[used++] = '.';
        }
    }
    plain[used] = 0;
    HN_TRY(hn_parse_real(out, plain));
    *at = skip_blanks(digits + n);
    return HN_OK;
}

static bool take_dash(const char **at)
{
    return take(at, "-") || take(at, "\xe2\x80\x93") || take(at, "..");
}

static hn_status read_infinity(hn_lab *out, bool *found, const char *at, const hn_lab_rule *rule)
{
    bool below = hn_text_equal_nocase(at, "-inf");
    *found = below || hn_text_equal_nocase(at, "inf") || hn_text_equal_nocase(at, "+inf");
    if (!*found) {
        return HN_OK;
    }
    if (below ? !rule->has_lower : !rule->has_upper) {
        return hn_fail(HN_EFORMAT, "'%s' stands for a detection limit, and no %s is given", at,
                       below ? "lower_limit" : "upper_limit");
    }
    *out = (hn_lab) { .value = below ? rule->lower : rule->upper,
                      .bound = below ? HN_BOUND_BELOW : HN_BOUND_ABOVE };
    return HN_OK;
}

/* The factor for the unit written behind the number, or for the column's own. */
static hn_status cell_factor(double *factor, const char *written, const hn_lab_rule *rule)
{
    *factor = 1;
    const char *from = *written ? written : rule->from_unit;
    if (!from) {
        return HN_OK;
    }
    if (!rule->unit) {
        return hn_fail(HN_EFORMAT, "unit '%.40s' in a column without a unit", from);
    }
    return hn_unit_factor(factor, from, rule->unit);
}

hn_status hn_lab_read(hn_lab *out, const char *text, const hn_lab_rule *rule)
{
    static const hn_lab_rule none = { 0 };
    rule = rule ? rule : &none;
    const char *at = skip_blanks(text);
    hn_lab lab = HN_LAB_MISSING;
    if (!*at) {
        *out = lab;
        return HN_OK;
    }
    bool infinite = false;
    HN_TRY(read_infinity(out, &infinite, at, rule));
    if (infinite) {
        return HN_OK;
    }
    lab.bound = take_bound(&at);
    HN_TRY(take_number(&lab.value, &at));
    if (lab.bound == HN_BOUND_EXACT && take_dash(&at)) {
        double high;
        HN_TRY(take_number(&high, &at));
        if (!(high >= lab.value && high <= NARROW_INTERVAL * lab.value)) {
            return hn_fail(HN_EFORMAT, "'%.40s' is no interval narrow enough for its middle", text);
        }
        lab.value += (high - lab.value) / 2;
        lab.midpoint = true;
    } else if (lab.bound == HN_BOUND_EXACT && take(&at, "+")) {
        lab.bound = HN_BOUND_ABOVE;
    }
    double factor;
    HN_TRY(cell_factor(&factor, at, rule));
    lab.value *= factor;
    if (!isfinite(lab.value)) {
        return hn_fail(HN_EFORMAT, "'%.40s' is too large", text);
    }
    *out = lab;
    return HN_OK;
}

void hn_lab_text(char out[HN_LAB_SIZE], const hn_lab *lab)
{
    if (isnan(lab->value)) {
        out[0] = 0;
        return;
    }
    char number[HN_REAL_SIZE];
    const char *sign = lab->bound == HN_BOUND_BELOW ? "<" : lab->bound == HN_BOUND_ABOVE ? ">" : "";
    snprintf(out, HN_LAB_SIZE, "%s%s", sign, hn_format_real(number, lab->value));
}

/* The years in one DICOM age unit, 0 when `at` is none. */
static double age_unit(const char *at)
{
    static const struct {
        const char *name;
        double years;
    } names[] = {
        { "", 1 },
        { "Y", 1 },
        { "y", 1 },
        { "years", 1 },
        { "year", 1 },
        { "M", 1.0 / 12 },
        { "W", 7.0 / 365.25 },
        { "D", 1.0 / 365.25 },
    };
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        if (strcmp(at, names[i].name) == 0) {
            return names[i].years;
        }
    }
    return 0;
}

hn_status hn_age_read(hn_lab *out, const char *text)
{
    const char *at = skip_blanks(text);
    hn_lab age = HN_LAB_MISSING;
    if (!*at) {
        *out = age;
        return HN_OK;
    }
    age.bound = take_bound(&at);
    HN_TRY(take_number(&age.value, &at));
    if (age.bound == HN_BOUND_EXACT && take_dash(&at)) {
        double high;
        HN_TRY(take_number(&high, &at));
        if (!(high >= age.value && high - age.value <= NARROW_INTERVAL_YEARS)) {
            return hn_fail(HN_EFORMAT, "'%.40s' is no interval of up to ten years", text);
        }
        age.value += (high - age.value) / 2;
        age.midpoint = true;
    } else if (age.bound == HN_BOUND_EXACT && take(&at, "+")) {
        age.bound = HN_BOUND_ABOVE;
    }
    double years = age_unit(at);
    if (years == 0) {
        return hn_fail(HN_EFORMAT, "'%.40s' is not an age in years", text);
    }
    age.value *= years;
    if (age.value > MAX_AGE_YEARS) {
        return hn_fail(HN_EFORMAT, "'%.40s' is more than %g years", text, MAX_AGE_YEARS);
    }
    *out = age;
    return HN_OK;
}
