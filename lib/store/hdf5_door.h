/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The door to HDF5: one lock around every call, its errors as one line of our own, and
 * identifiers that close themselves.
 *
 * Debian's library is built without thread safety, and a thread-safe build has one global lock
 * anyway; so ours is the lock, and whoever calls an H5 function holds it (HN_H5_LOCKED).
 */
#ifndef STORE_HDF5_DOOR_H
#define STORE_HDF5_DOOR_H

#include <hipnet/error.h>
#include <hipnet/text.h>

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

void hn_h5_lock(void);
void hn_h5_unlock(void);
void hn_h5_unlockp(int *held);
/* Holds the lock to the end of the block. */
#define HN_H5_LOCKED                                                                               \
    HN_CLEANUP(hn_h5_unlockp) __attribute__((unused)) int h5_lock_held_ = 1;                       \
    hn_h5_lock()

/* Closes any kind of identifier when the variable goes out of scope; declare it HN_H5_ID x = -1
 * under the lock. */
void hn_h5_closep(hid_t *id);
#define HN_H5_ID HN_CLEANUP(hn_h5_closep) hid_t

/* The innermost entry of HDF5's error stack as one line; "no reason given" without one. */
#define HN_H5_REASON_SIZE 512
const char *hn_h5_reason(char out[HN_H5_REASON_SIZE]);

/* hn_fail with the words and, behind them, HDF5's reason. */
#define hn_h5_fail(status, ...) hn_h5_fail_(__FILE__, __LINE__, (status), __VA_ARGS__)
hn_status hn_h5_fail_(const char *file, int line, hn_status status, const char *format, ...)
    HN_PRINTF(4, 5);

/* Opens `name` in `parent` when it is a hard link to an object of that kind (H5I_GROUP,
 * H5I_DATASET); -1 otherwise. Soft and external links are never followed. */
hid_t hn_h5_open_hard(hid_t parent, const char *name, H5I_type_t kind);

/* Cohort files appear whole by a rename and are never written in place, so that HDF5's locks on
 * files have nothing to protect; network file systems of clusters often refuse them. */
herr_t hn_h5_no_file_locks(hid_t access);

/* Properties for new objects: no time stamps, so that equal content gives equal bytes. */
hid_t hn_h5_plain(hid_t property_class);

#endif
