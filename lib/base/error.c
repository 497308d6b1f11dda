/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread's last message lives in a fixed buffer, so that it can be set when memory is gone. */
#include <hipnet/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local hn_failure last;

const char *hn_error_message(void)
{
    return last.message;
}

const char *hn_error_where(void)
{
    return last.where;
}

static const struct {
    hn_status status;
    int exit_code;
    const char *name;
} statuses[] = {
    { HN_OK, 0, "ok" },
    { HN_EUSAGE, 2, "usage" },
    { HN_ENOMEM, 1, "memory" },
    { HN_EIO, 1, "input or output" },
    { HN_EFORMAT, 1, "format" },
    { HN_ENOTFOUND, 1, "not found" },
    { HN_EEXISTS, 1, "exists" },
    { HN_ESHAPE, 1, "shape" },
    { HN_ETORCH, 1, "torch" },
    { HN_EUNSUPPORTED, 1, "unsupported" },
    { HN_EINTERRUPTED, 130, "interrupted" },
    { HN_EDATA, 1, "data" },
};

const char *hn_status_name(hn_status status)
{
    for (size_t i = 0; i < HN_COUNT_OF(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].name;
        }
    }
    return "unknown";
}

int hn_status_exit_code(hn_status status)
{
    for (size_t i = 0; i < HN_COUNT_OF(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].exit_code;
        }
    }
    return 1;
}

/* Messages are one line: whatever a file name or a library put in is made so. */
static void keep_one_line(char *text)
{
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ') {
        text[--n] = 0;
    }
}

/* The format's arguments may point into last.message: build aside, then copy. */
static void set_message(const char *file, int line, hn_status status, const char *format,
                        va_list arguments)
{
    char message[sizeof last.message];
    vsnprintf(message, sizeof message, format, arguments);
    keep_one_line(message);
    memcpy(last.message, message, sizeof message);
    const char *slash = strrchr(file, '/');
    snprintf(last.where, sizeof last.where, "%s:%d", slash ? slash + 1 : file, line);
    last.status = status;
}

hn_status hn_fail_(const char *file, int line, hn_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_message(file, line, status, format, arguments);
    va_end(arguments);
    return status;
}

hn_status hn_fail_errno_(const char *file, int line, const char *format, ...)
{
    int code = errno;
    hn_status status = code == ENOENT ? HN_ENOTFOUND : code == ENOMEM ? HN_ENOMEM : HN_EIO;
    va_list arguments;
    va_start(arguments, format);
    set_message(file, line, status, format, arguments);
    va_end(arguments);
    size_t used = strlen(last.message);
    snprintf(last.message + used, sizeof last.message - used, ": %s", strerror(code));
    return status;
}

hn_status hn_context(hn_status status, const char *format, ...)
{
    char prefix[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    keep_one_line(prefix);
    char message[sizeof last.message + sizeof prefix + 2];
    snprintf(message, sizeof message, "%s: %s", prefix, last.message);
    memcpy(last.message, message, sizeof last.message - 1);
    last.message[sizeof last.message - 1] = 0;
    return status;
}

void hn_assert_failed_(const char *condition, const char *file, int line)
{
    fprintf(stderr, "hipnet: a programming error: %s does not hold (%s:%d)\n", condition, file,
            line);
    abort();
}

void hn_failure_take(hn_failure *out, hn_status status)
{
    *out = last;
    out->status = status;
}

hn_status hn_failure_raise(const hn_failure *failure)
{
    last = *failure;
    return failure->status;
}
