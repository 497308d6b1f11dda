/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile cohort files: whatever opens must give every case and every image, or a sentence.
 *
 * A cohort file is too large to be a seed, so an input is a recipe: after a first byte of 0,
 * each four bytes edit a sound file: place (three bytes, little-endian, modulo the size) and
 * value. Place 0xffffff cuts the file to value / 256 of its size. With another first byte the
 * rest of the input is the file.
 */
#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include "tiny_cohort.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* HDF5 1.10 does not give back all memory when a header's checksum is wrong. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* A damaged size makes HDF5 ask for more memory than there is; it takes the refusal. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static char path[80];
static char *base;
static size_t base_size;

static void need(hn_status status)
{
    if (status != HN_OK) {
        fprintf(stderr, "%s\n", hn_error_message());
        abort();
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const char *folder = hn_file_is_folder("/dev/shm") ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/hipnet-fuzz-%ld.h5", folder, (long)getpid());
    hn_threads_set(1);
    tiny_cohort_options options = {
        .cases = 2, .rows = 8, .columns = 8, .bits = 16, .lateral_every = 2
    };
    need(tiny_cohort_write(path, &options));
    need(hn_file_read(&base, &base_size, path, 1 << 20));
    return 0;
}

static void need_sentence(void)
{
    if (hn_error_message()[0] == '\0' || strchr(hn_error_message(), '\n')) {
        abort();
    }
}

static void read_images(const hn_cohort *cohort)
{
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    size_t bytes = (size_t)info->rows * (size_t)info->columns * (size_t)(info->bits / 8);
    HN_AUTOFREE uint8_t *pixels = hn_alloc(bytes);
    hn_cohort_chunk scratch = { 0 };
    for (int64_t i = 0; pixels && i < info->cases && i < 16; i++) {
        for (int v = 0; v < HN_VIEWS; v++) {
            if (hn_cohort_read_image(cohort, i, (hn_view)v, pixels, &scratch) != HN_OK) {
                need_sentence();
            }
        }
    }
    hn_cohort_chunk_clear(&scratch);
}

/* Without the sync and rename of hn_file_write, which would be most of a run's time. */
static void write_input(const void *data, size_t size)
{
    int place = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (place < 0 || write(place, data, size) != (ssize_t)size || close(place) != 0) {
        abort();
    }
}

static void write_edited(const uint8_t *edits, size_t size)
{
    size_t length = base_size;
    HN_AUTOFREE char *bytes = hn_alloc(length);
    if (!bytes) {
        abort();
    }
    memcpy(bytes, base, length);
    size_t kept = length;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        size_t place = edits[i] | (size_t)edits[i + 1] << 8 | (size_t)edits[i + 2] << 16;
        if (place == 0xffffff) {
            kept = length * edits[i + 3] / 256;
        } else {
            bytes[place % length] = (char)edits[i + 3];
        }
    }
    write_input(bytes, kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 0) {
        write_edited(data + 1, size - 1);
    } else {
        write_input(size ? data + 1 : data, size ? size - 1 : 0);
    }
    HN_AUTO_COHORT *cohort = NULL;
    if (hn_cohort_open(&cohort, path) == HN_OK) {
        read_images(cohort);
    } else {
        need_sentence();
    }
    hn_cohort_report report;
    if (hn_cohort_check(&report, path) != HN_OK) {
        need_sentence();
    } else if (!cohort && report.violated == 0) {
        abort(); /* refused by the one and blameless to the other */
    }
    unlink(path);
    return 0;
}
