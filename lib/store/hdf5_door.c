/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5's lock, errors and identifiers: see hdf5_door.h. */
#include "hdf5_door.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void begin(void)
{
    /* We close what we open; what a full disk keeps from being closed must not be tried again at
     * the end of the program, where HDF5 crashes on it. */
    H5dont_atexit();
}

void hn_h5_lock(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin);
    pthread_mutex_lock(&lock);
    /* In a thread-safe build every thread has an error stack of its own: silence this one. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void hn_h5_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void hn_h5_unlockp(int *held)
{
    (void)held;
    hn_h5_unlock();
}

void hn_h5_closep(hid_t *id)
{
    if (*id >= 0) {
        H5Idec_ref(*id);
        *id = -1;
    }
}

/* "file write failed: time = ..., error message = 'No space left on device', buf = ..." has
 * one part that a reader can use. */
static void keep_system_words(char *reason)
{
    static const char mark[] = "error message = '";
    char *start = strstr(reason, mark);
    if (start) {
        start += sizeof mark - 1;
        size_t length = strcspn(start, "'");
        memmove(reason, start, length);
        reason[length] = '\0';
    }
}

/* The walk goes from the innermost entry outwards: keep the first that says something. */
static herr_t take_reason(unsigned number, const H5E_error2_t *entry, void *context)
{
    char *out = context;
    (void)number;
    if (out[0] == '\0' && entry->desc && entry->desc[0]) {
        snprintf(out, HN_H5_REASON_SIZE, "%s", entry->desc);
        keep_system_words(out);
    }
    return 0;
}

const char *hn_h5_reason(char out[HN_H5_REASON_SIZE])
{
    out[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_reason, out);
    H5Eclear2(H5E_DEFAULT);
    for (char *c = out; *c; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
    return out[0] ? out : "no reason given";
}

hn_status hn_h5_fail_(const char *file, int line, hn_status status, const char *format, ...)
{
    char reason[HN_H5_REASON_SIZE];
    char words[448];
    hn_h5_reason(reason);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return hn_fail_(file, line, status, "%s: HDF5 says: %s", words, reason);
}

hid_t hn_h5_open_hard(hid_t parent, const char *name, H5I_type_t kind)
{
    H5L_info_t link;
    if (H5Lexists(parent, name, H5P_DEFAULT) <= 0 ||
        H5Lget_info(parent, name, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) {
        H5Eclear2(H5E_DEFAULT);
        return -1;
    }
    hid_t id = H5Oopen(parent, name, H5P_DEFAULT);
    if (id >= 0 && H5Iget_type(id) != kind) {
        hn_h5_closep(&id);
    }
    return id;
}

herr_t hn_h5_no_file_locks(hid_t access)
{
#if H5_VERSION_GE(1, 10, 7)
    return H5Pset_file_locking(access, false, true);
#else
    (void)access;
    return 0;
#endif
}

hid_t hn_h5_plain(hid_t property_class)
{
    hid_t properties = H5Pcreate(property_class);
    if (properties >= 0 && H5Pset_obj_track_times(properties, false) < 0) {
        hn_h5_closep(&properties);
    }
    return properties;
}
