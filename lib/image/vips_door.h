/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vips_door.h: how this room, and no other, talks to libvips.
 * Start-up, one thread per call, messages to our own log, errors into our own sentences.
 */
#ifndef HIPNET_IMAGE_VIPS_DOOR_H
#define HIPNET_IMAGE_VIPS_DOOR_H

#include <hipnet/error.h>
#include <vips/vips.h>

/* Starts libvips once per process. */
hn_status vips_door_open(void) HN_MUST_CHECK;

/*
 * Runs work(context) beside the same in other threads. When it fails, it is run once more with
 * the library to itself: libvips keeps one error text for the whole process, and only then is
 * the text certain to be about this work. `work` therefore starts from scratch each time.
 */
typedef hn_status (*vips_door_work)(void *context);
hn_status vips_door_run(vips_door_work work, void *context) HN_MUST_CHECK;

/* "<name>: <what>: <the library's words>" as HN_EFORMAT, and forgets the words. */
hn_status vips_door_failed(const char *name, const char *what) HN_MUST_CHECK;

/* Cleanup for variables that hold an object of the library. */
void vips_door_unref(void *object_address);
#define VIPS_DOOR_AUTO HN_CLEANUP(vips_door_unref)

#endif
