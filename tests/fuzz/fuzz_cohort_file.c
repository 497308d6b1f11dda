/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile cohort files: whatever opens must give every case and every image, or a sentence.
 */
#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
static void write_input(const char *path, const uint8_t *data, size_t size)
{
    int place = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (place < 0 || write(place, data, size) != (ssize_t)size || close(place) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    if (!path[0]) {
        const char *folder = hn_file_is_folder("/dev/shm") ? "/dev/shm" : "/tmp";
        snprintf(path, sizeof path, "%s/hipnet-fuzz-%ld.h5", folder, (long)getpid());
        hn_threads_set(1);
    }
    write_input(path, data, size);
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
