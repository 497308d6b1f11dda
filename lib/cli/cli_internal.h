/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this folder share: the options that mean the same everywhere, and help. */
#ifndef HIPNET_CLI_INTERNAL_H
#define HIPNET_CLI_INTERNAL_H

#include <hipnet/cli.h>
#include <stdio.h>

/* The values of the common options, described by an option table like any other. */
struct common {
    int64_t threads;
    int64_t seed;
    char *device;
    bool json, force, verbose, quiet, help, version;
};

/* A row of the table of common options: the table's row and the HN_CLI_ bit that enables it
 * (0: every command takes it). */
struct common_option {
    unsigned bit;
    hn_option option;
};
extern const struct common_option hn_common_options[];
extern const int hn_common_option_count;

const hn_command_entry *hn_cli_entry(const char *name);
void hn_cli_help(FILE *stream, const hn_command *command);
void hn_cli_help_program(FILE *stream, const char *program, const hn_command *const *commands,
                         int count);
hn_status hn_cli_complete(FILE *stream, const char *shell);
/* One word a line: the long flags of a command. */
void hn_cli_list_flags(FILE *stream, const hn_command *command);
/* Flushes the standard output and says so when it could not be written. */
int hn_cli_finish(int code);

#endif
