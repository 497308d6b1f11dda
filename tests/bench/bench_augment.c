/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many pictures a second one core augments: bench_augment SIZE BITS SECONDS [NAME=STRENGTH...]
 * prints one number. augment_vs_torchvision.py runs it beside a torchvision pipeline.
 */
#include <hipnet/augment.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/rng.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static hn_status set_strength(hn_augment *settings, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    int count = 0;
    const hn_augmentation *rows = hn_augmentations(&count);
    for (int i = 0; equals != NULL && i < count; i++) {
        size_t length = strlen(rows[i].name);
        if ((size_t)(equals - assignment) == length &&
            strncmp(assignment, rows[i].name, length) == 0) {
            return hn_parse_real((double *)(void *)((char *)settings + rows[i].offset), equals + 1);
        }
    }
    return hn_fail(HN_EUSAGE, "'%s' is not NAME=STRENGTH of an augmentation", assignment);
}

/* Processor time, so that the rate is that of one core whatever else the machine does. */
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static hn_status bench(int64_t size, int64_t bits, double seconds, const hn_augment *settings)
{
    size_t count = (size_t)(size * size);
    HN_AUTOFREE uint16_t *wide = hn_alloc(count * 2);
    HN_AUTOFREE float *pixels = hn_alloc(count * sizeof *pixels);
    if (wide == NULL || pixels == NULL) {
        return HN_ENOMEM;
    }
    hn_rng rng;
    hn_rng_init(&rng, 1, HN_PURPOSE_TEST, 0, 0, 0);
    for (size_t i = 0; i < count; i++) {
        wide[i] = (uint16_t)hn_rng_u32(&rng);
    }
    hn_augment_source in = { .pixels = wide, .bits = (int)bits, .rows = size, .cols = size };
    hn_augment_output out = {
        .pixels = pixels, .rows = size, .cols = size, .mean = 0.5, .deviation = 0.25
    };
    double start = cpu_seconds();
    double elapsed = 0;
    uint64_t images = 0;
    while (elapsed < seconds) {
        for (int i = 0; i < 16; i++, images++) {
            hn_augment_key key = { .seed = 1, .epoch = images, .patient = images % 100 };
            hn_augment_image(&out, &in, settings, &key, true);
        }
        elapsed = cpu_seconds() - start;
    }
    printf("%.1f\n", (double)images / elapsed);
    return HN_OK;
}

static hn_status run(int argc, char **argv)
{
    int64_t size = 0;
    int64_t bits = 0;
    double seconds = 0;
    hn_augment settings = HN_AUGMENT_NONE;
    if (argc < 4) {
        return hn_fail(HN_EUSAGE, "bench_augment SIZE BITS SECONDS [NAME=STRENGTH...]");
    }
    HN_TRY(hn_parse_int(&size, argv[1]));
    HN_TRY(hn_parse_int(&bits, argv[2]));
    HN_TRY(hn_parse_real(&seconds, argv[3]));
    for (int i = 4; i < argc; i++) {
        HN_TRY(set_strength(&settings, argv[i]));
    }
    HN_TRY(hn_augment_check(&settings));
    if (size < 1 || size > 32767 || (bits != 8 && bits != 16)) {
        return hn_fail(HN_EUSAGE, "SIZE is 1 to 32767 and BITS 8 or 16");
    }
    return bench(size, bits, seconds, &settings);
}

int main(int argc, char **argv)
{
    hn_status status = run(argc, argv);
    if (status != HN_OK) {
        fprintf(stderr, "%s\n", hn_error_message());
    }
    return hn_status_exit_code(status);
}
