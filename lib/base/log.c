/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines on the standard error, one lock for all of them, and the progress bar among them. */
#include <hipnet/log.h>

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <hipnet/number.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static hn_log_level level_shown = HN_LOG_INFO;
static bool bar_on_screen;

void hn_log_set_level(hn_log_level level)
{
    level_shown = level;
}

hn_log_level hn_log_get_level(void)
{
    return level_shown;
}

static bool on_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}

bool hn_log_colored(void)
{
    const char *no = getenv("NO_COLOR");
    return on_terminal() && !(no && *no);
}

/* Wipes a bar, so that a line of words does not land behind it. Called with the lock held. */
static void wipe_bar(void)
{
    if (bar_on_screen) {
        fputs("\r\033[K", stderr);
        bar_on_screen = false;
    }
}

void hn_log(hn_log_level level, const char *format, ...)
{
    static const char *const openings[] = { "error: ", "warning: ", "", "debug: " };
    static const char *const colors[] = { "\033[31m", "\033[33m", "", "\033[2m" };
    if (level > level_shown) {
        return;
    }
    char words[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    bool colored = hn_log_colored() && colors[level][0];
    pthread_mutex_lock(&lock);
    wipe_bar();
    fprintf(stderr, "%s%s%s%s\n", colored ? colors[level] : "", openings[level],
            colored ? "\033[0m" : "", words);
    pthread_mutex_unlock(&lock);
}

double hn_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void hn_time_text(char out[HN_TIME_SIZE])
{
    time_t now = time(NULL);
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    int64_t epoch = 0;
    if (fixed && hn_parse_int(&epoch, fixed) == HN_OK) {
        now = (time_t)epoch;
    }
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(out, HN_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = 0;
    }
}

void hn_duration_text(char out[HN_TIME_SIZE], double seconds)
{
    if (!(seconds >= 0 && seconds < 3.6e9)) {
        snprintf(out, HN_TIME_SIZE, "?");
        return;
    }
    int64_t whole = (int64_t)llround(seconds);
    if (whole >= 3600) {
        snprintf(out, HN_TIME_SIZE, "%" PRId64 " h %02" PRId64 " min", whole / 3600,
                 whole / 60 % 60);
    } else if (whole >= 60) {
        snprintf(out, HN_TIME_SIZE, "%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
    } else {
        snprintf(out, HN_TIME_SIZE, "%" PRId64 " s", whole);
    }
}

void hn_progress_begin(hn_progress *progress, const char *what, const char *unit, int64_t total)
{
    *progress = (hn_progress) { .total = total };
    snprintf(progress->what, sizeof progress->what, "%s", what);
    snprintf(progress->unit, sizeof progress->unit, "%s", unit);
    progress->started_s = progress->shown_s = hn_clock_s();
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void show(hn_progress *progress, double now, const char *words, bool last)
{
    char line[512], left[HN_TIME_SIZE] = "", rate[32];
    double elapsed = now - progress->started_s;
    double per_s = elapsed > 0 ? (double)progress->done / elapsed : 0;
    snprintf(rate, sizeof rate, per_s >= 100 ? "%.0f" : per_s >= 1 ? "%.1f" : "%.2g", per_s);
    if (last) {
        hn_duration_text(left, elapsed);
    } else if (progress->total > 0 && progress->done > 0) {
        hn_duration_text(left, elapsed * (double)(progress->total - progress->done) /
                                   (double)progress->done);
    }
    int used = progress->total > 0
                   ? snprintf(line, sizeof line, "%s: %" PRId64 " of %" PRId64 " %s (%.0f%%), %s/s",
                              progress->what, progress->done, progress->total, progress->unit,
                              100.0 * (double)progress->done / (double)progress->total, rate)
                   : snprintf(line, sizeof line, "%s: %" PRId64 " %s, %s/s", progress->what,
                              progress->done, progress->unit, rate);
    snprintf(line + used, sizeof line - (size_t)used, "%s%s%s%s", left[0] ? ", " : "", left,
             !left[0] ? ""
             : last   ? " in all"
                      : " left",
             words ? words : "");
    if (on_terminal() && !last) {
        fprintf(stderr, "\r\033[K%.*s", terminal_width() - 1, line);
        fflush(stderr);
        bar_on_screen = true;
    } else {
        wipe_bar();
        fprintf(stderr, "%s\n", line);
    }
    progress->shown = true;
    progress->shown_s = now;
}

static void advance(hn_progress *progress, int64_t done, const char *words)
{
    pthread_mutex_lock(&lock);
    progress->done += done;
    double now = hn_clock_s();
    if (level_shown >= HN_LOG_INFO && now - progress->shown_s >= (on_terminal() ? 0.1 : 10.0)) {
        show(progress, now, words, false);
    }
    pthread_mutex_unlock(&lock);
}

void hn_progress_add(hn_progress *progress, int64_t done)
{
    advance(progress, done, NULL);
}

void hn_progress_say(hn_progress *progress, int64_t done, const char *words)
{
    advance(progress, done, words);
}

void hn_progress_end(hn_progress *progress)
{
    pthread_mutex_lock(&lock);
    if (level_shown >= HN_LOG_INFO && progress->done > 0) {
        show(progress, hn_clock_s(), NULL, true);
    }
    pthread_mutex_unlock(&lock);
}
