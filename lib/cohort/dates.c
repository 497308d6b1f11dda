/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates as manifests hold them. What could be day or month is decided by the cohort map, never by
 * which of the two happens to be possible. */
#include <hipnet/manifest.h>

#include <hipnet/number.h>
#include <hipnet/text.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DATE_TEXT  48
#define FIRST_YEAR 1895 /* of radiography */
#define LAST_YEAR  2200

/* Days since 1970-01-01 through the one parser, which knows the calendar. */
static hn_status from_numbers(hn_date *out, long year, long month, long day, const char *text)
{
    char iso[32];
    snprintf(iso, sizeof iso, "%04ld-%02ld-%02ld", year, month, day);
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 || day > 31 ||
        hn_parse_date(&out->days, &out->precision, iso)) {
        return hn_fail(HN_EFORMAT, "'%.40s' is no date", text);
    }
    return HN_OK;
}

/* Cuts numbers and one word out of "May 4, 2010" or "04.05.2010". */
typedef struct pieces {
    long numbers[3];
    size_t digits[3];
    int count;
    char word[12];
    size_t letters;
    int word_at; /* numbers before the word */
    bool odd;    /* something else was there */
} pieces;

static void cut(pieces *p, const char *text)
{
    *p = (pieces) { .word_at = -1 };
    for (const char *c = text; *c && !p->odd;) {
        if (isdigit((unsigned char)*c)) {
            size_t n = strspn(c, "0123456789");
            if (p->count == 3 || n > 4) {
                p->odd = true;
                return;
            }
            p->digits[p->count] = n;
            for (size_t i = 0; i < n; i++) {
                p->numbers[p->count] = 10 * p->numbers[p->count] + (c[i] - '0');
            }
            p->count++;
            c += n;
        } else if (isalpha((unsigned char)*c)) {
            p->odd = p->letters > 0;
            p->word_at = p->count;
            while (isalpha((unsigned char)*c) && p->letters + 1 < sizeof p->word) {
                p->word[p->letters++] = (char)tolower((unsigned char)*c++);
            }
        } else {
            p->odd = strchr(" ,./-", *c) == NULL;
            c++;
        }
    }
}

static long month_of(const pieces *p)
{
    static const char *const months[] = { "january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december" };
    for (size_t m = 0; p->letters >= 3 && m < HN_COUNT_OF(months); m++) {
        if (strncmp(months[m], p->word, p->letters) == 0) {
            return (long)m + 1;
        }
    }
    return 0;
}

static long full_year(const pieces *p, int at)
{
    long year = p->numbers[at];
    return p->digits[at] == 2 ? year + (year < 70 ? 2000 : 1900) : year;
}

static hn_status read_words(hn_date *out, const pieces *p, const char *text)
{
    long month = month_of(p);
    bool day_first = p->word_at == 1 && p->count == 2; /* 4 May 2010 */
    bool month_first = p->word_at == 0 && p->count == 2;
    if (month == 0 || !(day_first || month_first) || p->digits[1] != 4 || p->digits[0] > 2) {
        return hn_fail(HN_EFORMAT, "'%.40s' is no date", text);
    }
    return from_numbers(out, p->numbers[1], month, p->numbers[0], text);
}

static hn_status read_order(hn_date *out, const pieces *p, hn_date_order order, const char *text)
{
    if (p->count != 3 || (p->digits[2] != 4 && p->digits[2] != 2) || p->digits[0] > 2 ||
        p->digits[1] > 2) {
        return hn_fail(HN_EFORMAT, "'%.40s' is no date", text);
    }
    if (order == HN_DATE_YMD) {
        return hn_fail(HN_EFORMAT, "'%.40s': day or month first? (date_order of cohort.json)",
                       text);
    }
    bool day_first = order == HN_DATE_DMY;
    return from_numbers(out, full_year(p, 2), p->numbers[day_first ? 1 : 0],
                        p->numbers[day_first ? 0 : 1], text);
}

/* "2020-03-01 10:15:00" and "2020-03-01T10:15": the day alone. */
static void cut_time(char *text)
{
    char *colon = strchr(text, ':');
    if (!colon) {
        return;
    }
    char *c = colon;
    while (c > text && isdigit((unsigned char)c[-1])) {
        c--;
    }
    if (c > text && (c[-1] == ' ' || c[-1] == 'T')) {
        c[-1] = 0;
    }
}

hn_status hn_date_read(hn_date *out, const char *text, hn_date_order order)
{
    char plain[DATE_TEXT];
    if (strlen(text) >= sizeof plain) {
        return hn_fail(HN_EFORMAT, "'%.40s' is no date", text);
    }
    snprintf(plain, sizeof plain, "%s", text);
    char *start = hn_text_trim(plain);
    cut_time(start);
    hn_date date = { 0 };
    int64_t first, last;
    if (hn_parse_date(&date.days, &date.precision, start) == HN_OK) {
        HN_TRY(hn_parse_date(&first, NULL, "1895"));
        HN_TRY(hn_parse_date(&last, NULL, "2201"));
        if (date.days < first || date.days >= last) {
            return hn_fail(HN_EFORMAT, "'%.40s' lies outside the years %d to %d", text, FIRST_YEAR,
                           LAST_YEAR);
        }
        *out = date;
        return HN_OK;
    }
    pieces p;
    cut(&p, start);
    if (p.odd) {
        return hn_fail(HN_EFORMAT, "'%.40s' is no date", text);
    }
    HN_TRY(p.letters ? read_words(&date, &p, text) : read_order(&date, &p, order, text));
    *out = date;
    return HN_OK;
}
