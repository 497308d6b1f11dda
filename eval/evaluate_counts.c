/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of bootstrap counts, brought into the order of a sample's patients. */
#include "evaluate_counts.h"

#include <hipnet/memory.h>
#include <hipnet/number.h>

static hn_status read_count(int32_t *out, const hn_csv *file, int64_t row, int column)
{
    int64_t count = 0;
    hn_status status = hn_parse_int(&count, hn_csv_cell(file, row, column));
    if (status == HN_OK && (count < 0 || count > INT32_MAX)) {
        status = hn_fail(HN_EDATA, "%lld is no count", (long long)count);
    }
    if (status != HN_OK) {
        return hn_context(status, "%s line %lld: patient %s", hn_csv_name(file),
                          (long long)hn_csv_line(file, row), hn_csv_header(file, column));
    }
    *out = (int32_t)count;
    return HN_OK;
}

hn_status eval_counts(int32_t **out, const hn_csv *file, const hn_predictions *predictions,
                      const hn_sample *sample)
{
    int64_t rows = hn_csv_rows(file);
    if (rows < 1) {
        return hn_fail(HN_EFORMAT, "%s holds no replicate", hn_csv_name(file));
    }
    HN_AUTOFREE int32_t *counts =
        hn_calloc((size_t)rows, (size_t)sample->patients * sizeof *counts);
    if (!counts) {
        return HN_ENOMEM;
    }
    for (int64_t c = 0; c < sample->patients; c++) {
        const char *patient = hn_sample_patient(sample, predictions, c);
        int column = hn_csv_find(file, patient);
        if (column < 0) {
            return hn_fail(HN_EDATA, "%s has no column for patient %s", hn_csv_name(file), patient);
        }
        for (int64_t b = 0; b < rows; b++) {
            HN_TRY(read_count(&counts[b * sample->patients + c], file, b, column));
        }
    }
    *out = counts;
    counts = NULL;
    return HN_OK;
}
