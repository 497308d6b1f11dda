/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contact sheet: a row per class, severities from left to right, AP and lateral each. */
#include "centers.h"

#include <hipnet/memory.h>
#include <hipnet/preview.h>

#include <string.h>

enum { SEVERITIES = 3, GAP = 4 };

hn_status hn_phantom_sheet(const char *path, uint64_t seed, int size, bool force)
{
    static const double severities[SEVERITIES] = { 0.25, 0.6, 1.0 };
    const int64_t columns = 2 * SEVERITIES, rows = HN_FAILURE_CLASSES + 1;
    const int64_t width = columns * (size + GAP), height = rows * (size + GAP);
    HN_AUTOFREE uint8_t *sheet = hn_calloc((size_t)(width * height), 1);
    HN_AUTOFREE uint16_t *pixels = hn_alloc((size_t)size * (size_t)size * sizeof *pixels);
    if (!sheet || !pixels) {
        return HN_ENOMEM;
    }
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) {
            hn_phantom_case c;
            hn_phantom_draw(&c, (hn_failure_kind)row, severities[column / 2], seed,
                            (uint64_t)(row * SEVERITIES + column / 2));
            hn_phantom_room room = hn_phantom_centers[0].room;
            HN_TRY(hn_phantom_expose(pixels, NULL, NULL, &c, &room,
                                     column % 2 ? HN_PHANTOM_FROG_LEG : HN_PHANTOM_AP, size));
            for (int i = 0; i < size; i++) {
                uint8_t *line = sheet + (row * (size + GAP) + i) * width + column * (size + GAP);
                for (int k = 0; k < size; k++) {
                    line[k] = (uint8_t)(pixels[(int64_t)i * size + k] >> (room.bits - 8));
                }
            }
        }
    }
    return hn_preview_write(path, force, sheet, height, width, 1);
}
