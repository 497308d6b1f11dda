/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dicom.h: the wall around DCMTK (and OpenJPEG for JPEG 2000 frames).
 *
 * C on this side, C++ behind it; no exception comes through. A file is DICOM by its content,
 * with or without preamble and meta header. Facts are read once at opening; patient
 * identifiers are not among them and have a call of their own, so that whoever handles them does so
 * in plain sight.
 *
 * Pixels come in two forms:
 *   stored        the integers of PS3.3 C.7.6.3 in the photometric interpretation stated,
 *                 before any transformation. Bits outside the bits stored are cut off, and the sign
 *                 extended, where an overlay lies in them or the high bit says that the value is
 *                 elsewhere; else the sample is taken whole, since some writers exceed the bits
 *                 that they state;
 *   presentation  what a viewer shows: modality LUT or rescale (C.11.1), VOI LUT or window (C.11.2),
 *                 and last MONOCHROME1 inverted, as float 0 (black) to 1 (white).
 * Choices: the first frame unless another is asked for; a VOI LUT before a window, the first of
 * several; overlays are ignored; pixel padding becomes black and takes no part in ranges; colour
 * becomes luminance (Rec. 601). What cannot be decoded is refused with the reason.
 *
 * One hn_dicom is used by one thread at a time; different ones by different threads.
 */
#ifndef HIPNET_DICOM_H
#define HIPNET_DICOM_H

#include <hipnet/error.h>
#include <hipnet/spacing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HN_DICOM_TEXT_SIZE 72 /* a DICOM UID has 64 characters at most */
#define HN_DICOM_NOTE_SIZE 192
#define HN_DICOM_MAX_PIXELS INT64_C(200000000) /* rows * cols of one frame */

typedef struct hn_dicom hn_dicom;

/* Texts are "" and numbers NaN (integers -1) where the file does not say. */
typedef struct hn_dicom_facts {
    char transfer_syntax[HN_DICOM_TEXT_SIZE];      /* UID; of a bare data set what was recognised */
    char transfer_syntax_name[HN_DICOM_TEXT_SIZE]; /* "JPEG 2000 Lossless"; the UID when unknown */
    bool lossy;                                    /* the syntax itself, or LossyImageCompression */
    bool meta_header, preamble;
    char sop_class[HN_DICOM_TEXT_SIZE];
    char sop_class_name[HN_DICOM_TEXT_SIZE];
    char modality[24];
    char photometric[24];        /* "MONOCHROME1" */
    int64_t rows, cols, frames;  /* frames: 1 where the file does not say */
    int samples;                 /* samples per pixel */
    int planar;                  /* 0 interleaved, 1 by plane; -1 */
    int bits_allocated, bits_stored, high_bit;
    bool is_signed;
    bool has_pixels;             /* there is a PixelData element */

    double pixel_spacing_mm[2];  /* (0028,0030) row, column */
    double imager_spacing_mm[2]; /* (0018,1164) */
    double nominal_spacing_mm[2];/* (0018,2010), digitised film */
    double magnification;        /* (0018,1114) */
    char calibration[24];        /* (0028,0A02) GEOMETRY, FIDUCIAL */
    double spacing_mm[2];        /* the one chosen, and its meaning: */
    hn_spacing_meaning spacing;

    char view_position[24];      /* AP, LL, RL */
    char laterality[8];          /* ImageLaterality, else Laterality: L, R, B, U */
    char patient_orientation[40];/* "L\\F": direction of rows, of columns */
    char body_part[24];
    char series_description[HN_DICOM_TEXT_SIZE]; /* free text: may hold anything */
    char protocol[HN_DICOM_TEXT_SIZE];           /* free text: may hold anything */
    char manufacturer[HN_DICOM_TEXT_SIZE];
    char burned_in_annotation[8];/* YES, NO */
    int64_t study_days;          /* StudyDate, else AcquisitionDate, in days since 1970; INT64_MIN */
    char sex[8];                 /* M, F, O */
    double age_years;            /* from PatientAge (0010,1010) */

    double rescale_slope, rescale_intercept;
    bool modality_lut;           /* a Modality LUT Sequence is there */
    int voi_luts;                /* items in the VOI LUT Sequence */
    int windows;                 /* pairs of window centre and width */
    double window_center, window_width; /* the first pair */
    char voi_function[16];       /* LINEAR, LINEAR_EXACT, SIGMOID */
    bool palette;                /* palette colour look-up tables are there */
    bool padding;                /* PixelPaddingValue is there */
    int64_t padding_low, padding_high; /* as stored values, both included */
} hn_dicom_facts;

/* Names and numbers that identify a patient. Never in a message, a log or a cohort file. */
typedef struct hn_dicom_identity {
    char patient_id[HN_DICOM_TEXT_SIZE];
    char issuer[HN_DICOM_TEXT_SIZE];
    char patient_name[136];
    char birth_date[16];
    char accession_number[24];
    char study_uid[HN_DICOM_TEXT_SIZE];
    char series_uid[HN_DICOM_TEXT_SIZE];
    char instance_uid[HN_DICOM_TEXT_SIZE];
} hn_dicom_identity;

typedef enum hn_dicom_sample {
    HN_DICOM_U8, HN_DICOM_I8, HN_DICOM_U16, HN_DICOM_I16, HN_DICOM_U32, HN_DICOM_I32,
} hn_dicom_sample;

/* Stored values of one frame, row by row, samples interleaved, in the machine's byte order. */
typedef struct hn_dicom_pixels {
    int64_t rows, cols;
    int samples;
    hn_dicom_sample type;
    size_t bytes;              /* of `data` */
    void *data;                /* owned: hn_dicom_pixels_clear */
    char photometric[24];      /* of these values: a decoder may have turned YBR into RGB */
    double minimum, maximum, mean;
} hn_dicom_pixels;

typedef enum hn_dicom_voi {
    HN_DICOM_VOI_FIRST = 0, /* the file's own; the range of the values when there is none */
    HN_DICOM_VOI_NONE = 1,  /* the range of the values after the modality LUT */
} hn_dicom_voi;

/* True when the bytes (a file's first kilobyte will do) look like a DICOM file or a bare data
 * set; opening is the proof. */
HN_API bool hn_dicom_detect(const void *bytes, size_t size);

/* Reads a file of at most 2 GiB. HN_EFORMAT when it is no DICOM or damaged. */
HN_API hn_status hn_dicom_open(hn_dicom **out, const char *path) HN_MUST_CHECK;
/* The same from memory, which is not needed afterwards; `name` stands for it in messages. */
HN_API hn_status hn_dicom_open_bytes(hn_dicom **out, const void *bytes, size_t size,
                                     const char *name) HN_MUST_CHECK;
HN_API void hn_dicom_close(hn_dicom *dicom); /* NULL is allowed */
HN_API void hn_dicom_closep(hn_dicom **dicom);
#define HN_AUTO_DICOM HN_CLEANUP(hn_dicom_closep) hn_dicom

HN_API const hn_dicom_facts *hn_dicom_facts_of(const hn_dicom *dicom); /* lives with `dicom` */
HN_API void hn_dicom_identify(hn_dicom_identity *out, const hn_dicom *dicom);

/* `frame` counts from 0. HN_EUNSUPPORTED for what this build cannot decode or for an object
 * without pixels; HN_EFORMAT for damaged or missing data. */
HN_API hn_status hn_dicom_stored(hn_dicom_pixels *out, hn_dicom *dicom, int64_t frame)
    HN_MUST_CHECK;
HN_API void hn_dicom_pixels_clear(hn_dicom_pixels *pixels);
HN_API const char *hn_dicom_sample_name(hn_dicom_sample type); /* "uint16" */

/* rows * cols floats in 0..1; `*pixels` is the caller's to hn_free (or hn_image_adopt). `note`
 * tells the steps taken and may be NULL. */
HN_API hn_status hn_dicom_present(float **pixels, char note[HN_DICOM_NOTE_SIZE], hn_dicom *dicom,
                                  int64_t frame, hn_dicom_voi voi) HN_MUST_CHECK;

typedef enum hn_dicom_encoding {
    HN_DICOM_EXPLICIT_LE = 0,
    HN_DICOM_RLE,
    HN_DICOM_JPEG_LOSSLESS, /* process 14, selection value 1 */
} hn_dicom_encoding;

/* A one-channel DX image for presentation, to be written. Texts may be NULL (left out; UIDs
 * are required). */
typedef struct hn_dicom_image {
    int64_t rows, cols;
    const uint16_t *pixels;        /* rows * cols, each below 1 << bits_stored */
    int bits_stored;               /* 8 to 16; stored in 16 bits, or in 8 when it is 8 */
    const char *photometric;       /* MONOCHROME1 or MONOCHROME2 */
    const char *modality;          /* NULL: DX */
    double imager_spacing_mm[2];   /* 0: left out */
    double pixel_spacing_mm[2];    /* 0: left out */
    const char *calibration;       /* GEOMETRY, FIDUCIAL or NULL */
    double magnification;          /* 0: left out */
    double window_center, window_width; /* width 0: left out */
    double rescale_slope, rescale_intercept; /* slope 0: left out */
    const char *patient_id, *patient_name, *patient_sex, *patient_age, *patient_birth_date;
    const char *study_date, *study_time, *accession_number;   /* YYYYMMDD, HHMMSS */
    const char *study_uid, *series_uid, *instance_uid;
    const char *view_position, *laterality, *patient_orientation; /* "L\\F" */
    const char *body_part, *series_description, *protocol, *manufacturer, *institution;
    hn_dicom_encoding encoding;
} hn_dicom_image;

/* Writes through hn_output. The bytes depend on the struct alone. */
HN_API hn_status hn_dicom_write(const char *path, bool force, const hn_dicom_image *image)
    HN_MUST_CHECK;

#endif
