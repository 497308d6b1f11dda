/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile safetensors files: whatever the reader accepts must be readable to its last byte.
 */
#include <hipnet/safetensors.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    if (hn_safetensors_parse(&file, data, size, "fuzz") != HN_OK) {
        if (hn_error_message()[0] == '\0' || strchr(hn_error_message(), '\n')) {
            abort();
        }
        return 0;
    }
    unsigned sum = 0;
    for (int64_t i = 0; i < hn_safetensors_count(file); i++) {
        const hn_safetensors_entry *entry = hn_safetensors_at(file, i);
        const uint8_t *bytes = entry->data;
        for (size_t k = 0; k < entry->bytes; k++) {
            sum += bytes[k];
        }
        if (hn_safetensors_find(file, entry->name) != entry) {
            abort();
        }
    }
    for (int64_t i = 0; i < hn_safetensors_metadata_count(file); i++) {
        hn_safetensors_metadata item = hn_safetensors_metadata_at(file, i);
        sum += (unsigned)strlen(item.key) + (unsigned)strlen(item.value);
    }
    volatile unsigned keep = sum; /* the reads above must not be optimised away */
    (void)keep;
    return 0;
}
