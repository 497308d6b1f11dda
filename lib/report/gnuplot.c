/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The child process: gnuplot without a shell, without the user's settings, with a locale that
 * writes points in numbers; what it prints is collected, what it complains of is kept.
 */
#include <hipnet/parallel.h>
#include <hipnet/text.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report_internal.h"

#define DRAWING_LIMIT   ((size_t)64 << 20)
#define COMPLAINT_LIMIT ((size_t)512)

extern char **environ;

struct child {
    pid_t pid;
    int out, err; /* our ends of its pipes */
};

static void close_end(int *end)
{
    if (*end >= 0) {
        close(*end);
        *end = -1;
    }
}

/* The environment without what would change a drawing. `list` holds one pointer more than
 * environ has. */
static void clean_environment(char **list, char *locale)
{
    static const char *const dropped[] = { "LC_", "LANG", "GNUTERM=", "GNUPLOT", "GDFONTPATH=" };
    size_t count = 0;
    for (char **entry = environ; *entry; entry++) {
        bool drop = false;
        for (size_t i = 0; i < HN_COUNT_OF(dropped); i++) {
            drop = drop || hn_text_starts(*entry, dropped[i]);
        }
        if (!drop) {
            list[count++] = *entry;
        }
    }
    list[count++] = locale;
    list[count] = NULL;
}

static int spawn(pid_t *pid, posix_spawn_file_actions_t *actions, char *const *arguments)
{
    size_t count = 0;
    while (environ[count]) {
        count++;
    }
    HN_AUTOFREE char **list = hn_calloc(count + 2, sizeof *list);
    if (!list) {
        return ENOMEM;
    }
    char locale[] = "LC_ALL=C";
    clean_environment(list, locale);
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int code = posix_spawnp(pid, arguments[0], actions, &attributes, arguments, list);
    posix_spawnattr_destroy(&attributes);
    return code;
}

static hn_status start(struct child *child, const char *folder, const char *script)
{
    int out[2] = { -1, -1 }, err[2] = { -1, -1 };
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        hn_status status = hn_fail_errno("pipe to gnuplot");
        close_end(&out[0]);
        close_end(&out[1]);
        return status;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    char program[] = "gnuplot", quiet[] = "-d";
    HN_AUTOFREE char *name = hn_strdup(script);
    char *arguments[] = { program, quiet, name, NULL };
    int code = name ? spawn(&child->pid, &actions, arguments) : ENOMEM;
    posix_spawn_file_actions_destroy(&actions);
    close_end(&out[1]);
    close_end(&err[1]);
    child->out = out[0];
    child->err = err[0];
    if (code == 0) {
        return HN_OK;
    }
    close_end(&child->out);
    close_end(&child->err);
    if (code == ENOENT) {
        return hn_fail(HN_ENOTFOUND, "gnuplot, which draws the figures, was not found: install "
                                     "the Debian package gnuplot-nox");
    }
    errno = code;
    return hn_fail_errno("gnuplot");
}

/* Reads what is there; closes the end when there is no more. What is over the limit is lost. */
static void drain(int *end, hn_text *text, size_t limit)
{
    char buffer[16384];
    ssize_t got = read(*end, buffer, sizeof buffer);
    if (got > 0) {
        size_t room = limit > text->size ? limit - text->size : 0;
        hn_text_append_bytes(text, buffer, (size_t)got < room ? (size_t)got : room);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        close_end(end);
    }
}

static hn_status collect(struct child *child, hn_text *drawing, hn_text *complaint)
{
    while (child->out >= 0 || child->err >= 0) {
        struct pollfd ends[] = {
            { .fd = child->out, .events = POLLIN },
            { .fd = child->err, .events = POLLIN },
        };
        int ready = poll(ends, 2, 200);
        if (hn_interrupted() || (ready < 0 && errno != EINTR)) {
            kill(child->pid, SIGTERM);
            break;
        }
        if (ready > 0 && ends[0].revents) {
            drain(&child->out, drawing, DRAWING_LIMIT);
        }
        if (ready > 0 && ends[1].revents) {
            drain(&child->err, complaint, COMPLAINT_LIMIT);
        }
    }
    close_end(&child->out);
    close_end(&child->err);
    return hn_interrupt_check();
}

hn_status hn_gnuplot_run(hn_text *svg, const char *folder, const char *script)
{
    struct child child = { .pid = -1, .out = -1, .err = -1 };
    HN_TRY(start(&child, folder, script));
    HN_AUTO_TEXT complaint = HN_TEXT_INIT;
    hn_status status = collect(&child, svg, &complaint);
    int code = 0;
    while (waitpid(child.pid, &code, 0) < 0) {
        if (errno != EINTR) {
            return hn_fail_errno("gnuplot");
        }
    }
    if (status != HN_OK) {
        return status;
    }
    if (WIFSIGNALED(code)) {
        return hn_fail(HN_EIO, "%s/%s: gnuplot was ended by signal %d", folder, script,
                       WTERMSIG(code));
    }
    if (WEXITSTATUS(code) == 127 && svg->size == 0) {
        return hn_fail(HN_ENOTFOUND, "gnuplot, which draws the figures, could not be started: "
                                     "install the Debian package gnuplot-nox");
    }
    if (WEXITSTATUS(code) != 0) {
        char *words = complaint.data ? hn_text_trim(complaint.data) : NULL;
        return hn_fail(HN_EIO, "%s/%s: gnuplot refused it (exit %d): %s", folder, script,
                       WEXITSTATUS(code), words && *words ? words : "no reason given");
    }
    return hn_text_status(svg);
}
