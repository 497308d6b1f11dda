/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * augment.h: the same film, as another technician might have taken it.
 *
 * A registry lists what there is; hn_augment holds the settings. Everything is done in one fused
 * pass over the output: one geometric resampling (bilinear, straight from the stored integers;
 * outside the picture is black), then contrast, brightness, gamma, noise, and last
 * (value - mean) / deviation. Values are 0..1 between the steps, where 0 is black; each
 * intensity step cuts to 0..1.
 *
 * What is drawn depends on the key (seed, epoch, patient, view) alone: the same picture, byte for
 * byte, whatever the thread. The order of draws is fixed, and a setting of 0 draws as well, so
 * that switching one augmentation off leaves the others as they were.
 *
 * To add one: a line in HN_AUGMENT_LIST (a field of the struct, an option and a line of help come
 * from it), its draw in hn_augment_draw, its effect in the pass, and a test.
 */
#ifndef HIPNET_AUGMENT_H
#define HIPNET_AUGMENT_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(type, member, name, kind, fallback, low, high, help): every parameter is a strength from 0,
 * which is off. `type` and `member` are handed through. */
#define HN_AUGMENT_LIST(X, T, M)                                                                   \
    X(T, M, rotation, GEOMETRIC, 10, 0, 180, "turn by up to this many degrees either way")       \
    X(T, M, scale, GEOMETRIC, 0.1, 0, 0.9, "enlarge or shrink by up to this share")              \
    X(T, M, shift, GEOMETRIC, 0.05, 0, 1, "shift by up to this share of each side")              \
    X(T, M, shear, GEOMETRIC, 0, 0, 60, "shear by up to this many degrees either way")           \
    X(T, M, flip, GEOMETRIC, 0, 0, 1, "mirror with this probability, where the side allows it")  \
    X(T, M, contrast, INTENSITY, 0.2, 0, 1, "stretch about middle gray by up to this share")     \
    X(T, M, brightness, INTENSITY, 0.1, 0, 1, "add up to this much of full white either way")    \
    X(T, M, gamma, INTENSITY, 0.2, 0, 2, "raise to a power from 1 / (1 + this) to 1 + this")     \
    X(T, M, noise, INTENSITY, 0.02, 0, 1, "add Gaussian noise of up to this deviation")

typedef struct hn_augment {
#define HN_AUGMENT_FIELD_(T, M, name, kind, fallback, low, high, help) double name;
    HN_AUGMENT_LIST(HN_AUGMENT_FIELD_, , )
#undef HN_AUGMENT_FIELD_
} hn_augment;

#define HN_AUGMENT_NONE ((hn_augment){ 0 })

/*
 * Rows for an option table of config.h: HN_AUGMENT_OPTIONS(struct settings, augment) stands for
 * "augment.rotation" and so on, kept in the member `augment` of `struct settings`. Include
 * hipnet/config.h and stddef.h first:
 *
 *     static const hn_option table[] = {
 *         { .key = "epochs", ... },
 *         HN_AUGMENT_OPTIONS(struct settings, augment)
 *         { .type = HN_OPT_END } };
 */
#define HN_AUGMENT_OPTION_(T, M, name, kind, fallback_, low_, high_, help_)                        \
    { .key = "augment." #name,                                                                     \
      .type = HN_OPT_REAL,                                                                         \
      .offset = offsetof(T, M.name),                                                               \
      .fallback = #fallback_,                                                                       \
      .low = low_,                                                                                 \
      .high = high_,                                                                               \
      .help = help_ },
#define HN_AUGMENT_OPTIONS(T, M) HN_AUGMENT_LIST(HN_AUGMENT_OPTION_, T, M)

typedef enum hn_augmentation_kind {
    HN_AUGMENT_GEOMETRIC,
    HN_AUGMENT_INTENSITY,
} hn_augmentation_kind;

typedef struct hn_augmentation {
    const char *name;
    const char *help;
    hn_augmentation_kind kind;
    double low, high; /* range of its strength */
    double fallback;  /* its default strength */
    size_t offset;    /* of its double in hn_augment */
} hn_augmentation;

/* The registry, in the order of the pass. */
HN_API const hn_augmentation *hn_augmentations(int *count);
/* Every strength at its default; or checked against its range (HN_EUSAGE). */
HN_API void hn_augment_defaults(hn_augment *settings);
HN_API hn_status hn_augment_check(const hn_augment *settings) HN_MUST_CHECK;

/* Who the picture is, and when. `patient` is hn_rng_name() of the case's name. */
typedef struct hn_augment_key {
    uint64_t seed;
    uint64_t epoch;
    uint64_t patient;
    uint64_t view;
} hn_augment_key;

/* What was drawn for one picture: output pixel -> source pixel, and the intensity steps. */
typedef struct hn_augment_draw {
    double rotation_degrees, scale, shift_row, shift_col; /* shifts: shares of the output's sides */
    double shear_degrees;
    bool flip;
    double contrast, brightness, gamma, noise; /* factor, addend, power, deviation */
    uint32_t noise_key[2];
} hn_augment_draw;

/* `may_flip`: the side allows a mirror image (a view whose laterality means nothing). */
HN_API void hn_augment_draw_from(hn_augment_draw *draw, const hn_augment *settings,
                                 const hn_augment_key *key, bool may_flip);
/* The draw that changes nothing. */
HN_API void hn_augment_draw_none(hn_augment_draw *draw);

typedef struct hn_augment_source {
    const void *pixels;  /* rows * cols, row by row */
    int bits;            /* 8: uint8_t, 16: uint16_t */
    int64_t rows, cols;  /* 1 to 32767 each */
} hn_augment_source;

/* value' = (value - mean) / deviation, the last step. */
typedef struct hn_augment_output {
    float *pixels;       /* rows * cols, row by row, overwritten */
    int64_t rows, cols;  /* 1 to 32767 each; another size than the source's scales it to fit */
    double mean, deviation;
} hn_augment_output;

/* The pass. It allocates nothing, keeps nothing, and cannot fail: sizes and settings out of range
 * are programming errors here (check what comes from users with hn_augment_check). */
HN_API void hn_augment_apply(const hn_augment_output *output, const hn_augment_source *source,
                             const hn_augment_draw *draw);

/* draw_from and apply in one call, as a loader does it; settings NULL: no augmentation. */
HN_API void hn_augment_image(const hn_augment_output *output, const hn_augment_source *source,
                             const hn_augment *settings, const hn_augment_key *key, bool may_flip);

#endif
