/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drives a fuzz target without libFuzzer: over every file that is named, or that lies in a
 * folder that is named, over up to 64 shortened copies of each, and over the empty input.
 */
#include <hipnet/error.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/* Each run gets a copy of exactly `size` bytes, so that sanitizers see a read behind its end. */
static hn_status run_bytes(const char *bytes, size_t size)
{
    HN_AUTOFREE uint8_t *copy = hn_alloc(size);
    if (!copy) {
        return HN_ENOMEM;
    }
    if (size) {
        memcpy(copy, bytes, size);
    }
    (void)LLVMFuzzerTestOneInput(copy, size);
    return HN_OK;
}

static hn_status run_file(const char *path)
{
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, (size_t)64 << 20));
    HN_TRY(run_bytes(bytes, size));
    size_t step = size / 64 + 1;
    for (size_t cut = step; cut < size; cut += step) {
        HN_TRY(run_bytes(bytes, cut));
    }
    return HN_OK;
}

static hn_status run_path(const char *path, int *files)
{
    if (!hn_file_is_folder(path)) {
        *files += 1;
        return run_file(path);
    }
    hn_text_list names = { 0 };
    hn_status status = hn_file_list(&names, path);
    for (size_t i = 0; status == HN_OK && i < names.count; i++) {
        char inner[HN_PATH_SIZE];
        status = hn_path_join(inner, path, names.items[i]);
        if (status == HN_OK) {
            status = run_file(inner);
            *files += 1;
        }
    }
    hn_text_list_clear(&names);
    return status;
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize) {
        LLVMFuzzerInitialize(&argc, &argv);
    }
    int files = 0;
    hn_status status = run_bytes("", 0);
    for (int i = 1; status == HN_OK && i < argc; i++) {
        status = run_path(argv[i], &files);
    }
    if (status != HN_OK) {
        fprintf(stderr, "%s\n", hn_error_message());
        return EXIT_FAILURE;
    }
    if (files == 0) {
        fprintf(stderr, "no input files given\n");
        return EXIT_FAILURE;
    }
    printf("%d files\n", files);
    return EXIT_SUCCESS;
}
