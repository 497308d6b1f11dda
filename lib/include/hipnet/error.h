/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * error.h: how a function says that it could not do its work.
 *
 * Every function that can fail returns an hn_status and leaves one good sentence for a
 * person in this thread's message buffer: what was found, what was expected, where.
 * Callers on the way up may only put words in front of it (hn_context), never replace it.
 * Out-parameters are left untouched on failure unless a header says otherwise.
 *
 * Statuses are for what the world does (files, users, memory). What only a programming
 * error can cause is hn_assert, which is on in every build. Data never asserts.
 */
#ifndef HIPNET_ERROR_H
#define HIPNET_ERROR_H

#include <hipnet/attributes.h>

typedef enum hn_status {
    HN_OK = 0,
    HN_EUSAGE = -1,        /* wrong usage or configuration: programs exit with 2 */
    HN_ENOMEM = -2,        /* memory is exhausted */
    HN_EIO = -3,           /* the system refused to read or write */
    HN_EFORMAT = -4,       /* a file or text does not hold what it must */
    HN_ENOTFOUND = -5,     /* a named thing does not exist */
    HN_EEXISTS = -6,       /* an output exists and may not be overwritten */
    HN_ESHAPE = -7,        /* sizes or types that do not fit together */
    HN_ETORCH = -8,        /* libtorch refused an operation */
    HN_EUNSUPPORTED = -9,  /* understood, but not something this build can do */
    HN_EINTERRUPTED = -10, /* the user asked to stop: programs exit with 130 */
    HN_EDATA = -11,        /* well-formed input that contradicts itself or the job */
} hn_status;

/* This thread's last message; "" before the first failure. Valid until the next failure. */
HN_API const char *hn_error_message(void);

/* Source position (file:line) of the innermost hn_fail, for debug logs. */
HN_API const char *hn_error_where(void);

/* A short lower-case name of a status: "format", "not found". */
HN_API const char *hn_status_name(hn_status status);

/* The exit code that a program owes its caller for a status: 0, 1, 2 or 130. */
HN_API int hn_status_exit_code(hn_status status);

/* Sets the message (printf-like, one line, no "failed to") and yields `status`. */
#define hn_fail(status, ...) hn_fail_(__FILE__, __LINE__, (status), __VA_ARGS__)
HN_API hn_status hn_fail_(const char *file, int line, hn_status status, const char *format, ...)
    HN_PRINTF(4, 5);

/* Sets the message from errno: "<words>: No such file or directory". ENOMEM and ENOENT keep
 * their own statuses, everything else becomes HN_EIO. */
#define hn_fail_errno(...) hn_fail_errno_(__FILE__, __LINE__, __VA_ARGS__)
HN_API hn_status hn_fail_errno_(const char *file, int line, const char *format, ...)
    HN_PRINTF(3, 4);

/* Puts words and ": " in front of the message. Yields `status`, so that a caller can write
 * return hn_context(status, "case %s", id). */
HN_API hn_status hn_context(hn_status status, const char *format, ...) HN_PRINTF(2, 3);

/* Returns from the calling function when `expression` is not HN_OK. */
#define HN_TRY(expression)                                                                         \
    do {                                                                                           \
        hn_status hn_try_status_ = (expression);                                                   \
        if (hn_try_status_ != HN_OK) {                                                             \
            return hn_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

/* A programming error: prints the condition and its place, then aborts. */
#define hn_assert(condition)                                                                       \
    ((condition) ? (void)0 : hn_assert_failed_(#condition, __FILE__, __LINE__))
HN_API HN_NORETURN void hn_assert_failed_(const char *condition, const char *file, int line);

/* A failure carried by value, to bring one from a worker thread to the thread that answers. */
typedef struct hn_failure {
    hn_status status;
    char message[1024];
    char where[128];
} hn_failure;

/* Copies this thread's last failure, which has the given status, into `out`. */
HN_API void hn_failure_take(hn_failure *out, hn_status status);

/* Makes `failure` this thread's last one and yields its status. */
HN_API hn_status hn_failure_raise(const hn_failure *failure);

#endif
