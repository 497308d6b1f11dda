/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * truth_file.h: what is known of synthetic images: a mask of signs per image, and landmarks.
 *
 * An HDF5 file of schema "hipnet-truth 1":
 *   /masks      [images, rows, columns] uint16: bit b is set where sign b is; a chunk per image
 *   /landmarks  [images, landmarks, 2] double: row and column in pixels, from the first pixel's
 *               centre; may lie outside the image
 *   /path       [images] text: the image's path as in the manifest
 *   attributes  schema, signs (name of each bit, separated by commas), landmarks (likewise)
 */
#ifndef HIPNET_TRUTH_FILE_H
#define HIPNET_TRUTH_FILE_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hn_truth_writer hn_truth_writer;

/* `signs` and `landmarks` are names separated by commas. */
HN_API hn_status hn_truth_create(hn_truth_writer **out, const char *path, int rows, int columns,
                                 const char *signs, const char *landmarks, int landmark_count,
                                 bool force) HN_MUST_CHECK;
/* rows * columns bits, landmark_count pairs; `image` is the path in the manifest. */
HN_API hn_status hn_truth_put(hn_truth_writer *writer, const char *image, const uint16_t *mask,
                              const double (*landmarks)[2]) HN_MUST_CHECK;
HN_API hn_status hn_truth_finish(hn_truth_writer *writer) HN_MUST_CHECK;
/* Drops an unfinished file; harmless after finish. NULL is allowed. */
HN_API void hn_truth_free(hn_truth_writer *writer);

#endif
