/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log.h: what the programs say beside their results, on the standard error.
 *
 * Libraries are silent but for this logger, and never write a patient's data: at most the
 * pseudonym and the file's name. Lines of several threads do not mix.
 */
#ifndef HIPNET_LOG_H
#define HIPNET_LOG_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum hn_log_level {
    HN_LOG_ERROR = 0,
    HN_LOG_WARNING = 1,
    HN_LOG_INFO = 2,  /* the default */
    HN_LOG_DEBUG = 3, /* -v */
} hn_log_level;

HN_API void hn_log_set_level(hn_log_level level);
HN_API hn_log_level hn_log_get_level(void);
HN_API void hn_log(hn_log_level level, const char *format, ...) HN_PRINTF(2, 3);
/* True when the standard error is a terminal and NO_COLOR is not set. */
HN_API bool hn_log_colored(void);

/*
 * Progress with rate and time left: a bar on a terminal, a plain line every ten seconds
 * elsewhere, nothing with -q. A caller's struct; may be advanced from several threads.
 */
typedef struct hn_progress {
    char what[64]; /* "building" */
    char unit[32]; /* "images" */
    int64_t total; /* 0: unknown */
    int64_t done;
    double started_s;
    double shown_s;
    bool shown;
} hn_progress;
HN_API void hn_progress_begin(hn_progress *progress, const char *what, const char *unit,
                              int64_t total);
HN_API void hn_progress_add(hn_progress *progress, int64_t done);
/* A bar that also says `words` at its end (a loss); NULL says nothing. */
HN_API void hn_progress_say(hn_progress *progress, int64_t done, const char *words);
HN_API void hn_progress_end(hn_progress *progress);

HN_API double hn_clock_s(void); /* monotonic seconds */
/* Now, UTC, as 2026-01-31T12:00:00Z; fixed by SOURCE_DATE_EPOCH when that is set. */
#define HN_TIME_SIZE 32
HN_API void hn_time_text(char out[HN_TIME_SIZE]);
/* "1 h 02 min", "3 min 05 s", "12 s". */
HN_API void hn_duration_text(char out[HN_TIME_SIZE], double seconds);

#endif
