/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libvips is meant to own the process: it keeps caches, a pool of threads, one error text and
 * prints warnings. Here it is made a guest that does one picture per call and leaves nothing.
 */
#include "vips_door.h"

#include <hipnet/log.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_rwlock_t lock;
static bool started;

static void say(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    (void)domain;
    (void)level;
    (void)data;
    hn_log(HN_LOG_DEBUG, "libvips: %s", message);
}

static void start(void)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    /* a picture that failed gets its turn before the next ones start */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);

    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION, say, NULL);
    if (vips_init("hipnet") != 0) {
        return;
    }
    vips_block_untrusted_set(TRUE);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    started = true;
}

hn_status vips_door_open(void)
{
    pthread_once(&once, start);
    if (!started) {
        return hn_fail(HN_EUNSUPPORTED, "the raster library libvips does not start");
    }
    return HN_OK;
}

hn_status vips_door_run(vips_door_work work, void *context)
{
    HN_TRY(vips_door_open());
    pthread_rwlock_rdlock(&lock);
    hn_status status = work(context);
    pthread_rwlock_unlock(&lock);
    if (status == HN_EFORMAT) {
        pthread_rwlock_wrlock(&lock);
        vips_error_clear();
        status = work(context);
        pthread_rwlock_unlock(&lock);
    }
    return status;
}

/* One line of several: "a\nb\n" becomes "a; b"; what the library repeats is said once. */
static void join_lines(char *out, size_t size, const char *words)
{
    size_t used = 0;
    while (*words != '\0' && used + 3 < size) {
        size_t length = strcspn(words, "\n");
        bool repeated = used >= length && memmem(out, used, words, length) != NULL;
        if (length > 0 && !repeated) {
            if (used > 0) {
                out[used++] = ';';
                out[used++] = ' ';
            }
            size_t room = size - 1 - used;
            size_t taken = length < room ? length : room;
            memcpy(out + used, words, taken);
            used += taken;
        }
        words += length + (words[length] == '\n');
    }
    out[used] = '\0';
    for (size_t i = 0; i < used; i++) {
        if ((unsigned char)out[i] < ' ') {
            out[i] = ' ';
        }
    }
}

hn_status vips_door_failed(const char *name, const char *what)
{
    char *words = vips_error_buffer_copy();
    char line[240];
    join_lines(line, sizeof line, words ? words : "");
    g_free(words);
    return hn_fail(HN_EFORMAT, "%s: %s: %s", name, what, line[0] ? line : "no reason given");
}

void vips_door_unref(void *object_address)
{
    GObject **object = object_address;
    if (*object != NULL) {
        g_object_unref(*object);
        *object = NULL;
    }
}
