/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The raster door on any bytes: decoded or refused, never worse; what is decoded goes down the
 * builder's road. */
#include <hipnet/decode.h>
#include <hipnet/intensity.h>
#include <hipnet/resample.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    HN_AUTO_IMAGE fitted = HN_IMAGE_INIT;
    hn_raster_facts facts;
    if (hn_image_decode(&image, &facts, bytes, size, "input") != HN_OK) {
        return 0;
    }
    hn_intensity_window window;
    if (image.rows * image.cols < 1000000 &&
        hn_intensity_percentiles(&window, &image, 0.5, 99.5) == HN_OK) {
        hn_intensity_apply(&image, window.low, window.high);
        if (hn_image_fit(&fitted, NULL, &image, 32, 32, 0) == HN_OK) {
            uint8_t gray[32 * 32];
            hn_image_to_u8(gray, &fitted);
        }
    }
    return 0;
}
