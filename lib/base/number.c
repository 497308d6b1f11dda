/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict conversion between numbers and text, in the C locale whatever the process has set. */
#include <hipnet/number.h>

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hipnet/text.h>

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    hn_assert(c_locale != (locale_t)0);
}

static const char *skip_space(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

hn_status hn_parse_int(int64_t *out, const char *text)
{
    const char *start = skip_space(text);
    char *end = NULL;
    errno = 0;
    long long value = strtoll(start, &end, 10);
    if (end == start || *skip_space(end) != 0) {
        return hn_fail(HN_EFORMAT, "'%s' is not a whole number", text);
    }
    if (errno == ERANGE) {
        return hn_fail(HN_EFORMAT, "'%s' is too large a number", text);
    }
    *out = (int64_t)value;
    return HN_OK;
}

hn_status hn_parse_real(double *out, const char *text)
{
    const char *start = skip_space(text);
    const char *digits = start + (*start == '-' || *start == '+');
    /* strtod also reads hexadecimal, nan and inf: none of them is a measurement. */
    bool decimal = isdigit((unsigned char)digits[0]) ||
                   (digits[0] == '.' && isdigit((unsigned char)digits[1]));
    if (!decimal || (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))) {
        return hn_fail(HN_EFORMAT, "'%s' is not a number", text);
    }
    pthread_once(&c_locale_once, make_c_locale);
    char *end = NULL;
    double value = strtod_l(start, &end, c_locale);
    if (end == start || *skip_space(end) != 0) {
        return hn_fail(HN_EFORMAT, "'%s' is not a number", text);
    }
    if (!isfinite(value)) {
        return hn_fail(HN_EFORMAT, "'%s' is too large a number", text);
    }
    *out = value;
    return HN_OK;
}

hn_status hn_parse_bool(bool *out, const char *text)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "true", true },   { "yes", true }, { "1", true },
                  { "false", false }, { "no", false }, { "0", false } };
    for (size_t i = 0; i < HN_COUNT_OF(words); i++) {
        if (hn_text_equal_nocase(text, words[i].word)) {
            *out = words[i].value;
            return HN_OK;
        }
    }
    return hn_fail(HN_EFORMAT, "'%s' is not one of true, false, yes, no, 1, 0", text);
}

/* Days of the proleptic Gregorian calendar since 1970-01-01: years are counted from March, so
 * that the leap day is a year's last and a month's days before follow one linear formula. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Reads exactly `count` digits; -1 when they are not there. */
static int digits_at(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

hn_status hn_parse_date(int64_t *days, char *precision, const char *text)
{
    char date[16];
    const char *start = skip_space(text);
    size_t length = strlen(start);
    while (length > 0 && isspace((unsigned char)start[length - 1])) {
        length--;
    }
    int year = -1, month = 1, day = 1;
    char known = 'y';
    if (length < sizeof date) {
        memcpy(date, start, length);
        date[length] = 0;
        bool dashed = length > 4 && date[4] == '-';
        if (length == 4 || (length == 7 && dashed) || (length == 10 && dashed && date[7] == '-') ||
            length == 8) {
            year = digits_at(date, 4);
            if (length > 4) {
                month = digits_at(date + 4 + dashed, 2);
                known = 'm';
            }
            if (length >= 8) {
                day = digits_at(date + (dashed ? 8 : 6), 2);
                known = 'd';
            }
        }
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return hn_fail(HN_EFORMAT, "'%s' is not a date as YYYY-MM-DD, YYYYMMDD, YYYY-MM or YYYY",
                       text);
    }
    *days = days_from_civil(year, month, day);
    if (precision) {
        *precision = known;
    }
    return HN_OK;
}

void hn_format_date(char out[HN_DATE_SIZE], int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    int month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    int year = (int)(year_of_era + era * 400 + (month <= 2));
    snprintf(out, HN_DATE_SIZE, "%04d-%02d-%02d", year % 10000, month, day);
}

const char *hn_format_real(char out[HN_REAL_SIZE], double value)
{
    if (isnan(value)) {
        return memcpy(out, "nan", 4);
    }
    if (isinf(value)) {
        return value > 0 ? memcpy(out, "inf", 4) : memcpy(out, "-inf", 5);
    }
    pthread_once(&c_locale_once, make_c_locale);
    locale_t previous = uselocale(c_locale);
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, HN_REAL_SIZE, "%.*g", precision, value);
        if (strtod_l(out, NULL, c_locale) == value) {
            break;
        }
    }
    uselocale(previous);
    return out;
}
