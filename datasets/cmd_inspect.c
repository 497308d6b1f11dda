/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet inspect: what the builder sees in a file, or why it refuses it. One row per file on a
 * table, or one object per file in a JSON array; a file that is refused never ends the run.
 */
#include <hipnet/cli.h>
#include <hipnet/decode.h>
#include <hipnet/dicom.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/intensity.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILE_LIMIT ((size_t)2 << 30)

/* One file's answer. */
struct finding {
    const char *path;
    char format[16];   /* "DICOM", "PNG", ...; "" when it is none of them */
    char encoding[72]; /* transfer syntax, or how a raster file is laid out */
    char syntax[72];   /* UID */
    char photometric[24];
    int64_t rows, cols, frames;
    int samples, bits_allocated, bits_stored;
    bool is_signed;
    double spacing_mm[2];
    hn_spacing_meaning spacing;
    char view[24], side[8], orientation[40], body_part[24], modality[24], burned_in[8];
    char note[HN_DICOM_NOTE_SIZE];
    char type[16]; /* of the stored values, as NumPy writes it */
    double minimum, maximum, mean;
    char sha256[HN_SHA256_HEX];
    hn_status status;
    char refused[1024];
};

struct inspection {
    const char *const *paths;
    struct finding *findings;
};

#define COPY(field, text) snprintf((field), sizeof(field), "%s", (text))

static void swap_bytes(uint8_t *bytes, size_t size, size_t width)
{
    for (size_t i = 0; i + width <= size; i += width) {
        for (size_t j = 0; j < width / 2; j++) {
            uint8_t byte = bytes[i + j];
            bytes[i + j] = bytes[i + width - 1 - j];
            bytes[i + width - 1 - j] = byte;
        }
    }
}

/* All frames in their order, in the byte order of the data set. */
static hn_status measure_frames(struct finding *f, hn_dicom *dicom, hn_sha256 *hash)
{
    const hn_dicom_facts *facts = hn_dicom_facts_of(dicom);
    bool big_endian = strcmp(facts->transfer_syntax, "1.2.840.10008.1.2.2") == 0;
    f->minimum = INFINITY;
    f->maximum = -INFINITY;
    f->mean = 0;
    for (int64_t frame = 0; frame < facts->frames; frame++) {
        hn_dicom_pixels pixels;
        HN_TRY(hn_interrupt_check());
        HN_TRY(hn_dicom_stored(&pixels, dicom, frame));
        const char *name = hn_dicom_sample_name(pixels.type);
        size_t width = strstr(name, "32") ? 4 : strstr(name, "16") ? 2 : 1;
        if (big_endian && width > 1) {
            swap_bytes(pixels.data, pixels.bytes, width);
            snprintf(f->type, sizeof f->type, ">%c%zu", name[0], width);
        } else {
            COPY(f->type, name);
        }
        hn_sha256_add(hash, pixels.data, pixels.bytes);
        f->minimum = fmin(f->minimum, pixels.minimum);
        f->maximum = fmax(f->maximum, pixels.maximum);
        f->mean += pixels.mean / (double)facts->frames;
        hn_dicom_pixels_clear(&pixels);
    }
    return HN_OK;
}

static hn_status inspect_dicom(struct finding *f, const void *bytes, size_t size)
{
    COPY(f->format, "DICOM");
    HN_AUTO_DICOM *dicom = NULL;
    HN_TRY(hn_dicom_open_bytes(&dicom, bytes, size, f->path));
    const hn_dicom_facts *facts = hn_dicom_facts_of(dicom);
    COPY(f->encoding, facts->transfer_syntax_name);
    COPY(f->syntax, facts->transfer_syntax);
    COPY(f->photometric, facts->photometric);
    f->rows = facts->rows;
    f->cols = facts->cols;
    f->frames = facts->frames;
    f->samples = facts->samples;
    f->bits_allocated = facts->bits_allocated;
    f->bits_stored = facts->bits_stored;
    f->is_signed = facts->is_signed;
    memcpy(f->spacing_mm, facts->spacing_mm, sizeof f->spacing_mm);
    f->spacing = facts->spacing;
    COPY(f->view, facts->view_position);
    COPY(f->side, facts->laterality);
    COPY(f->orientation, facts->patient_orientation);
    COPY(f->body_part, facts->body_part);
    COPY(f->modality, facts->modality);
    COPY(f->burned_in, facts->burned_in_annotation);

    hn_sha256 *hash = NULL;
    HN_TRY(hn_sha256_new(&hash));
    hn_status status = measure_frames(f, dicom, hash);
    hn_sha256_end(hash, f->sha256);
    HN_TRY(status);
    HN_AUTOFREE float *shown = NULL;
    return hn_dicom_present(&shown, f->note, dicom, 0, HN_DICOM_VOI_FIRST);
}

static void describe_raster(struct finding *f, const hn_raster_facts *facts)
{
    snprintf(f->encoding, sizeof f->encoding, "%d-bit %s%s%s%s", facts->bits,
             facts->palette ? "palette" : facts->colour, facts->alpha ? " with alpha" : "",
             facts->interlaced ? facts->format == HN_RASTER_JPEG ? " progressive" : " interlaced"
                               : "",
             facts->icc_profile ? " with ICC profile" : "");
    COPY(f->photometric, facts->colour);
    f->rows = facts->rows;
    f->cols = facts->cols;
    f->frames = facts->pages;
    f->samples = facts->bands;
    f->bits_stored = facts->bits;
    f->bits_allocated = facts->bits > 8 ? 16 : 8;
}

static hn_status inspect_raster(struct finding *f, const void *bytes, size_t size)
{
    COPY(f->format, hn_raster_format_name(hn_raster_detect(bytes, size)));
    HN_AUTO_IMAGE image = HN_IMAGE_INIT;
    hn_raster_facts facts = { 0 };
    HN_TRY(hn_image_decode(&image, &facts, bytes, size, f->path));
    describe_raster(f, &facts);
    COPY(f->note, image.note);

    size_t count = (size_t)(image.rows * image.cols);
    bool wide = image.maximum > 255.0f;
    HN_AUTOFREE uint8_t *values = hn_alloc(count * (wide ? 2 : 1));
    if (values == NULL) {
        return HN_ENOMEM;
    }
    if (wide) {
        hn_image_to_u16((uint16_t *)(void *)values, &image);
    } else {
        hn_image_to_u8(values, &image);
    }
    COPY(f->type, wide ? "uint16" : "uint8");
    float low = 0;
    float high = 0;
    hn_image_range(&image, &low, &high, &f->mean);
    f->minimum = (double)low;
    f->maximum = (double)high;
    return hn_sha256_bytes(f->sha256, values, count * (wide ? 2 : 1));
}

static hn_status inspect_file(struct finding *f)
{
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, f->path, FILE_LIMIT));
    /* a DICOM preamble may hold a TIFF header: DICOM is asked first */
    bool marked = size >= 132 && memcmp(bytes + 128, "DICM", 4) == 0;
    if (marked ||
        (hn_raster_detect(bytes, size) == HN_RASTER_NONE && hn_dicom_detect(bytes, size))) {
        return inspect_dicom(f, bytes, size);
    }
    if (hn_raster_detect(bytes, size) != HN_RASTER_NONE) {
        return inspect_raster(f, bytes, size);
    }
    return hn_fail(HN_EFORMAT, "%s: %s", f->path,
                   size == 0 ? "an empty file"
                             : "by its content neither DICOM nor PNG nor JPEG nor TIFF");
}

static hn_status inspect_one(void *context, int64_t index, int worker)
{
    (void)worker;
    struct inspection *all = context;
    struct finding *f = &all->findings[index];
    *f = (struct finding) { .path = all->paths[index],
                            .spacing_mm = { NAN, NAN },
                            .rows = -1,
                            .cols = -1,
                            .frames = 1,
                            .samples = -1,
                            .bits_allocated = -1,
                            .bits_stored = -1 };
    f->status = inspect_file(f);
    if (f->status != HN_OK) {
        /* the sentence opens with the path, which stands in a column of its own */
        const char *words = hn_error_message();
        size_t length = strlen(f->path);
        if (strncmp(words, f->path, length) == 0 && strncmp(words + length, ": ", 2) == 0) {
            words += length + 2;
        }
        COPY(f->refused, words);
    }
    return f->status == HN_EINTERRUPTED ? hn_fail(HN_EINTERRUPTED, "%s", f->refused) : HN_OK;
}

static void add_text(hn_json *object, const char *key, const char *text)
{
    hn_json_add_text(object, key, text[0] ? text : NULL);
}

static void add_count(hn_json *object, const char *key, int64_t value)
{
    if (value < 0) {
        hn_json_add_null(object, key);
    } else {
        hn_json_add_int(object, key, value);
    }
}

static void add_finding(hn_json *array, const struct finding *f)
{
    hn_json *o = hn_json_add_object(array, NULL);
    hn_json_add_text(o, "file", f->path);
    add_text(o, "format", f->format);
    add_text(o, "transfer_syntax", f->syntax);
    add_text(o, "encoding", f->encoding);
    add_text(o, "modality", f->modality);
    add_text(o, "photometric", f->photometric);
    add_count(o, "rows", f->rows);
    add_count(o, "columns", f->cols);
    add_count(o, "frames", f->frames);
    add_count(o, "samples", f->samples);
    add_count(o, "bits_allocated", f->bits_allocated);
    add_count(o, "bits_stored", f->bits_stored);
    hn_json_add_bool(o, "signed", f->is_signed);
    hn_json *spacing = hn_json_add_array(o, "spacing_mm");
    hn_json_add_real(spacing, NULL, f->spacing_mm[0]);
    hn_json_add_real(spacing, NULL, f->spacing_mm[1]);
    hn_json_add_text(o, "spacing", hn_spacing_name(f->spacing));
    add_text(o, "view", f->view);
    add_text(o, "side", f->side);
    add_text(o, "patient_orientation", f->orientation);
    add_text(o, "body_part", f->body_part);
    add_text(o, "burned_in_annotation", f->burned_in);
    if (f->status == HN_OK) {
        hn_json_add_text(o, "type", f->type);
        hn_json_add_real(o, "minimum", f->minimum);
        hn_json_add_real(o, "maximum", f->maximum);
        hn_json_add_real(o, "mean", f->mean);
        hn_json_add_text(o, "sha256", f->sha256);
    }
    add_text(o, "steps", f->note);
    hn_json_add_text(o, "refused", f->status == HN_OK ? NULL : f->refused);
}

static hn_status print_json(const struct finding *findings, int count)
{
    HN_AUTO_JSON *array = hn_json_new_array();
    for (int i = 0; i < count; i++) {
        add_finding(array, &findings[i]);
    }
    return array ? hn_json_write(array, "-", false) : HN_ENOMEM;
}

static void print_row(hn_text *text, const struct finding *f, int width)
{
    hn_text_printf(text, "%-*s  ", width, f->path);
    if (f->status != HN_OK) {
        hn_text_printf(text, "refused: %s\n", f->refused);
        return;
    }
    char spacing[64] = "-";
    if (f->spacing != HN_SPACING_NONE) {
        snprintf(spacing, sizeof spacing, "%.4g x %.4g %s", f->spacing_mm[0], f->spacing_mm[1],
                 hn_spacing_name(f->spacing));
    }
    char size[48];
    snprintf(size, sizeof size, "%lldx%lld%s", (long long)f->rows, (long long)f->cols,
             f->frames > 1 ? "+" : "");
    char bits[16];
    snprintf(bits, sizeof bits, "%d/%d%s", f->bits_stored, f->bits_allocated,
             f->is_signed ? "s" : "");
    hn_text_printf(text,
                   "%-5s  %-36.36s  %-13s  %-11s  %-6s  %-28s  %-4s  %-4s  %9.6g  %9.6g  "
                   "%10.6g  %.16s\n",
                   f->format, f->encoding, f->photometric, size, bits, spacing,
                   f->view[0] ? f->view : "-", f->side[0] ? f->side : "-", f->minimum, f->maximum,
                   f->mean, f->sha256);
}

static hn_status print_table(const struct finding *findings, int count)
{
    int width = 4;
    for (int i = 0; i < count; i++) {
        int length = (int)strlen(findings[i].path);
        width = length > width ? length : width;
    }
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_text_printf(&text,
                   "%-*s  %-5s  %-36s  %-13s  %-11s  %-6s  %-28s  %-4s  %-4s  %9s  %9s  %10s  %s\n",
                   width, "file", "kind", "encoding", "photometric", "rows x cols", "bits",
                   "spacing (mm)", "view", "side", "minimum", "maximum", "mean", "sha256");
    for (int i = 0; i < count; i++) {
        print_row(&text, &findings[i], width);
    }
    HN_TRY(hn_text_status(&text));
    return hn_file_write("-", text.data, text.size, false);
}

static hn_status run(hn_invocation *invocation)
{
    int count = invocation->argument_count;
    HN_AUTOFREE struct finding *findings = hn_calloc((size_t)count, sizeof *findings);
    if (findings == NULL) {
        return HN_ENOMEM;
    }
    struct inspection all = { .paths = invocation->arguments, .findings = findings };
    HN_TRY(hn_parallel_for(count, inspect_one, &all));
    for (int i = 0; i < count; i++) {
        invocation->found_problems = invocation->found_problems || findings[i].status != HN_OK;
    }
    return invocation->json ? print_json(findings, count) : print_table(findings, count);
}

const hn_command hn_command_inspect = {
    .name = "inspect",
    .arguments = "FILE...",
    .description =
        "Says of DICOM, PNG, JPEG and TIFF files what the builder sees: format, encoding, size,\n"
        "bits, spacing and its meaning, view, side, and minimum, maximum, mean and SHA-256 of the\n"
        "stored pixel values (all frames; colour of raster files as luminance). A file that would\n"
        "be refused is listed with the reason, and the exit code is 3.",
    .examples = "  hipnet inspect films/*.dcm\n"
                "  hipnet inspect --json scan.png",
    .min_arguments = 1,
    .max_arguments = -1,
    .common = HN_CLI_THREADS | HN_CLI_JSON,
    .run = run,
};
