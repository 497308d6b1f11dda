/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file.h: reading files whole, writing them so that a reader never sees half of one.
 *
 * An output is written under a temporary name in the same folder, flushed, synced and renamed
 * when it is committed; when it is discarded, or the program is interrupted, the temporary
 * name is removed and the old file, if any, is whole. Nothing that exists is overwritten
 * unless `force` is set (HN_EEXISTS otherwise, before any work is done). "-" is the standard
 * output; a path that is a device or a pipe is written directly and never replaced.
 */
#ifndef HIPNET_FILE_H
#define HIPNET_FILE_H

#include <hipnet/error.h>
#include <hipnet/text.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HN_PATH_SIZE 4096

/* Reads a file of at most `limit` bytes; `*bytes` gets one NUL more than `*size` counts and is
 * the caller's to hn_free. A folder, a missing and an unreadable file each have their sentence. */
HN_API hn_status hn_file_read(char **bytes, size_t *size, const char *path,
                              size_t limit) HN_MUST_CHECK;

HN_API bool hn_file_exists(const char *path);
HN_API bool hn_file_is_folder(const char *path);
HN_API hn_status hn_file_size(int64_t *bytes, const char *path) HN_MUST_CHECK;
HN_API hn_status hn_file_make_folder(const char *path) HN_MUST_CHECK; /* with parents; may exist */
HN_API hn_status hn_file_remove(const char *path) HN_MUST_CHECK;      /* absent is fine */

/* Names in a folder (without . and ..), sorted by bytes, appended to `names`. */
HN_API hn_status hn_file_list(hn_text_list *names, const char *folder) HN_MUST_CHECK;

/* Opens for reading; the message names the path. */
HN_API hn_status hn_file_open(FILE **out, const char *path) HN_MUST_CHECK;

/* "folder/name"; an absolute `name` stands for itself. HN_EUSAGE when it would not fit. */
HN_API hn_status hn_path_join(char out[HN_PATH_SIZE], const char *folder,
                              const char *name) HN_MUST_CHECK;
HN_API void hn_path_folder(char out[HN_PATH_SIZE], const char *path); /* "." when there is none */
HN_API const char *hn_path_name(const char *path);                    /* after the last '/' */

/* One output file. Zero-initialise with HN_OUTPUT_INIT, begin, write, then commit or discard. */
typedef struct hn_output {
    FILE *stream;                 /* where to write; NULL between close_stream and commit */
    char path[HN_PATH_SIZE];      /* the final name */
    char temporary[HN_PATH_SIZE]; /* the name to write under, for libraries that open by name */
    bool direct;                  /* a device, a pipe or standard output */
    bool begun;
} hn_output;
#define HN_OUTPUT_INIT ((hn_output) { 0 })

/* Checks that `path` may be written and opens the temporary file for writing. */
HN_API hn_status hn_output_begin(hn_output *output, const char *path, bool force) HN_MUST_CHECK;
/* As begin, but opens no stream: the caller (HDF5) creates `output->temporary` itself. Refuses
 * "-" and devices with HN_EUSAGE, since such formats need a real file. */
HN_API hn_status hn_output_begin_named(hn_output *output, const char *path,
                                       bool force) HN_MUST_CHECK;
/* Flushes, checks for write errors (a full disk), syncs, renames, syncs the folder. */
HN_API hn_status hn_output_commit(hn_output *output) HN_MUST_CHECK;
HN_API void hn_output_discard(hn_output *output); /* harmless after commit */
#define HN_AUTO_OUTPUT HN_CLEANUP(hn_output_discard) hn_output

/* Writes a whole small file in one call. */
HN_API hn_status hn_file_write(const char *path, const char *bytes, size_t size,
                               bool force) HN_MUST_CHECK;

/* HN_EEXISTS with a sentence that names --force, when `path` exists and `force` is not set. */
HN_API hn_status hn_file_may_write(const char *path, bool force) HN_MUST_CHECK;

/* Whether each commit waits until the disk has the file (the default). Who writes thousands of
 * files that can be made again turns it off, and on again at the end, which syncs everything. */
HN_API void hn_output_sync_each(bool each);

/* Removes every temporary file that this process has begun and not finished; called by the
 * command line on the way out. */
HN_API void hn_output_discard_all(void);

#endif
