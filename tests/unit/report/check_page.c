/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_page FILE...: holds pages against hn_html_check; for the test of the command. */
#include <hipnet/file.h>
#include <hipnet/html.h>
#include <hipnet/memory.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    int faults = 0;
    for (int i = 1; i < argc; i++) {
        HN_AUTOFREE char *page = NULL;
        size_t size = 0;
        if (hn_file_read(&page, &size, argv[i], (size_t)1 << 28) != HN_OK ||
            hn_html_check(page, size) != HN_OK) {
            printf("%s: %s\n", argv[i], hn_error_message());
            faults++;
        }
    }
    return faults > 0 || argc < 2;
}
