/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The road of one film. A status that is not about memory becomes the film's reason here, with
 * the sentence of whoever refused it, so that one bad file costs nothing but itself. */
#include "film.h"

#include <hipnet/decode.h>
#include <hipnet/dicom.h>
#include <hipnet/file.h>
#include <hipnet/image.h>
#include <hipnet/intensity.h>
#include <hipnet/memory.h>
#include <hipnet/resample.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILM_MAX_BYTES (INT64_C(1) << 30)
/* Rows and columns may differ by so much and still share one number for their spacing. */
#define SPACING_TOLERANCE 0.01

void film_clear(film *f)
{
    hn_free(f->chunk.bytes);
    *f = (film) { 0 };
}

void film_scratch_clear(film_scratch *scratch)
{
    hn_cohort_chunk_clear(&scratch->chunk);
    hn_free(scratch->pixels);
    *scratch = (film_scratch) { 0 };
}

/* Keeps the last failure as the film's reason; only exhausted memory stays a failure. */
static hn_status give_up(film *f, hn_status status, hn_reason reason)
{
    if (status == HN_ENOMEM) {
        return status;
    }
    f->reason = status == HN_EUNSUPPORTED ? HN_REASON_IMAGE_UNSUPPORTED : reason;
    snprintf(f->detail, sizeof f->detail, "%.*s", (int)sizeof f->detail - 1, hn_error_message());
    return HN_OK;
}

/* A DICOM preamble may hold a TIFF header: DICOM is asked first. */
static bool is_dicom(const void *bytes, size_t size)
{
    bool marked = size >= 132 && memcmp((const char *)bytes + 128, "DICM", 4) == 0;
    return marked ||
           (hn_raster_detect(bytes, size) == HN_RASTER_NONE && hn_dicom_detect(bytes, size));
}

static hn_status decode_dicom(hn_image *image, const void *bytes, size_t size, const char *name,
                              const hn_image_settings *settings)
{
    HN_AUTO_DICOM *dicom = NULL;
    HN_TRY(hn_dicom_open_bytes(&dicom, bytes, size, name));
    const hn_dicom_facts *facts = hn_dicom_facts_of(dicom);
    float *pixels;
    bool own = strcmp(settings->voi, "file") == 0;
    HN_TRY(hn_dicom_present(&pixels, NULL, dicom, 0, own ? HN_DICOM_VOI_FIRST : HN_DICOM_VOI_NONE));
    hn_image_adopt(image, facts->rows, facts->cols, pixels, facts->bits_stored, 1.0f);
    hn_image_set_spacing(image, facts->spacing_mm[0], facts->spacing_mm[1], facts->spacing);
    return HN_OK;
}

static hn_status decode(hn_image *image, const void *bytes, size_t size, const char *name,
                        const hn_image_settings *settings)
{
    if (is_dicom(bytes, size)) {
        return decode_dicom(image, bytes, size, name, settings);
    }
    return hn_image_decode(image, NULL, bytes, size, name);
}

static bool is_image(const void *bytes, size_t size)
{
    return is_dicom(bytes, size) || hn_raster_detect(bytes, size) != HN_RASTER_NONE;
}

static hn_status apply_window(film *f, hn_image *image, const hn_image_settings *settings)
{
    hn_intensity_window window;
    hn_status status =
        hn_intensity_percentiles(&window, image, settings->window_low, settings->window_high);
    if (status) {
        return give_up(f, status, HN_REASON_IMAGE_DAMAGED);
    }
    float low = window.low, high = window.high;
    if (window.constant) { /* blank, or all that differs is rarer than the percentiles */
        double mean;
        hn_image_range(image, &low, &high, &mean);
    }
    if (!(high > low)) {
        f->reason = HN_REASON_IMAGE_BLANK;
        snprintf(f->detail, sizeof f->detail, "every pixel is %g", (double)low);
        return HN_OK;
    }
    if (strcmp(settings->window, "full_range") == 0) {
        hn_intensity_full_range(image);
    } else {
        hn_intensity_apply(image, low, high);
    }
    return HN_OK;
}

static void take_spacing(film *f, const hn_image *image)
{
    double rows = image->spacing_mm[0], columns = image->spacing_mm[1];
    f->spacing_mm = NAN;
    f->spacing_meaning = HN_SPACING_NONE;
    if (image->spacing != HN_SPACING_NONE && rows > 0 && columns > 0 && isfinite(rows) &&
        isfinite(columns) && fabs(rows / columns - 1) <= SPACING_TOLERANCE) {
        f->spacing_mm = sqrt(rows * columns);
        f->spacing_meaning = image->spacing;
    }
}

/* Fits, quantizes, compresses; the film gets its own copy of the compressed bytes. */
static hn_status store(film *f, film_scratch *scratch, const hn_image *image,
                       const hn_image_settings *settings)
{
    HN_AUTO_IMAGE fitted = HN_IMAGE_INIT;
    int side = (int)settings->size, bits = (int)settings->bits;
    hn_status status = hn_image_fit(&fitted, NULL, image, side, side, 0);
    if (status) {
        return give_up(f, status, HN_REASON_IMAGE_DAMAGED);
    }
    take_spacing(f, &fitted);
    if (!scratch->pixels) {
        scratch->pixels = hn_alloc((size_t)side * (size_t)side * (size_t)(bits / 8));
        if (!scratch->pixels) {
            return HN_ENOMEM;
        }
    }
    if (bits == 8) {
        hn_image_to_u8(scratch->pixels, &fitted);
    } else {
        hn_image_to_u16((uint16_t *)(void *)scratch->pixels, &fitted);
    }
    HN_TRY(hn_cohort_encode_image(&scratch->chunk, scratch->pixels, side, side, bits, 0));
    f->chunk.bytes = hn_alloc(scratch->chunk.size);
    if (!f->chunk.bytes) {
        return HN_ENOMEM;
    }
    memcpy(f->chunk.bytes, scratch->chunk.bytes, scratch->chunk.size);
    f->chunk.size = f->chunk.capacity = scratch->chunk.size;
    memcpy(f->chunk.pixel_hash, scratch->chunk.pixel_hash, sizeof f->chunk.pixel_hash);
    return HN_OK;
}

static hn_status read_file(film *f, char **bytes, size_t *size, const char *file)
{
    hn_status status = hn_file_read(bytes, size, file, FILM_MAX_BYTES);
    if (status) {
        return give_up(f, status,
                       status == HN_ENOTFOUND ? HN_REASON_FILE_MISSING : HN_REASON_FILE_UNREADABLE);
    }
    if (!is_image(*bytes, *size)) {
        f->reason = HN_REASON_NOT_AN_IMAGE;
        snprintf(f->detail, sizeof f->detail, "%s",
                 *size ? "by its content neither DICOM nor PNG, JPEG or TIFF" : "an empty file");
    }
    return HN_OK;
}

hn_status film_load(film *out, film_scratch *scratch, const char *file, bool mirror,
                    const hn_image_settings *settings, const hn_key *key)
{
    *out = (film) { .spacing_mm = NAN };
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(read_file(out, &bytes, &size, file));
    if (out->reason != HN_REASON_NONE) {
        return HN_OK;
    }
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    hn_status status = decode(&image, bytes, size, hn_path_name(file), settings);
    if (status) {
        return give_up(out, status, HN_REASON_IMAGE_DAMAGED);
    }
    HN_TRY(hn_keyed_hash(out->source_hash, key, bytes, size));
    hn_freep(&bytes); /* the pixels are the larger half: the file need not stay beside them */
    out->rows = (int)image.rows;
    out->columns = (int)image.cols;
    if (mirror) {
        hn_image_mirror(&image);
    }
    HN_TRY(apply_window(out, &image, settings));
    return out->reason == HN_REASON_NONE ? store(out, scratch, &image, settings) : HN_OK;
}
