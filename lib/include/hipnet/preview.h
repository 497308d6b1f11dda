/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * preview.h: small PNG files for people: overlays, contact sheets, figures.
 * The bytes depend on the pixels alone: no date, no software name, no resolution inside.
 */
#ifndef HIPNET_PREVIEW_H
#define HIPNET_PREVIEW_H

#include <hipnet/image.h>
#include <stddef.h>

/* rows * cols * channels bytes, channels 1 (gray) or 3 (RGB, interleaved), to a PNG in memory;
 * `*bytes` is the caller's to hn_free. */
HN_API hn_status hn_preview_encode(uint8_t **bytes, size_t *size, const uint8_t *pixels,
                                   int64_t rows, int64_t cols, int channels) HN_MUST_CHECK;
/* The same to a file, through hn_output. */
HN_API hn_status hn_preview_write(const char *path, bool force, const uint8_t *pixels,
                                  int64_t rows, int64_t cols, int channels) HN_MUST_CHECK;
/* 16-bit gray PNG, for pictures that will be read again. */
HN_API hn_status hn_preview_write_u16(const char *path, bool force, const uint16_t *pixels,
                                      int64_t rows, int64_t cols) HN_MUST_CHECK;
/* An hn_image as 8-bit gray, its white as 255. */
HN_API hn_status hn_preview_write_image(const char *path, bool force, const hn_image *image)
    HN_MUST_CHECK;

#endif
