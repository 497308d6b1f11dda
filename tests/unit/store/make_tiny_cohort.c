/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make_tiny_cohort PATH [CASES [BITS]]: the synthetic cohort of the tests as a file. */
#include "tiny_cohort.h"

#include <hipnet/number.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    int64_t cases = 24, bits = 8;
    hn_status status =
        argc < 2 ? hn_fail(HN_EUSAGE, "usage: %s PATH [CASES [BITS]]", argv[0]) : HN_OK;
    if (status == HN_OK && argc > 2) {
        status = hn_parse_int(&cases, argv[2]);
    }
    if (status == HN_OK && argc > 3) {
        status = hn_parse_int(&bits, argv[3]);
    }
    if (status == HN_OK) {
        status = tiny_cohort_write(
            argv[1], &(tiny_cohort_options) { .cases = (int)cases, .bits = bits == 16 ? 16 : 8 });
    }
    if (status != HN_OK) {
        fprintf(stderr, "%s\n", hn_error_message());
    }
    return hn_status_exit_code(status);
}
