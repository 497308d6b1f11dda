/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli.h: commands from tables.
 *
 * A command is one file with one `const hn_command`: its words for help, its options (the same
 * tables as config.h, read as flags) and its run function. hn_cli_main parses, checks, sets
 * threads, log level and signals, runs, and turns the status into the exit code:
 * 0 done; 1 the work could not be done; 2 wrong usage or configuration; 3 done, but a check
 * found problems; 130 interrupted. A failure prints one line on standard error.
 *
 * To add a command:
 *   1. write <program>/cmd_<name>.c with `const hn_command hn_command_<name>`;
 *   2. add one line to hipnet/command_list.h and the file to the program's CMakeLists.txt.
 * Help, completion, the front and the command-line tests pick it up by themselves.
 */
#ifndef HIPNET_CLI_H
#define HIPNET_CLI_H

#include <hipnet/config.h>
#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Options that mean the same everywhere; a command names those it takes. */
enum {
    HN_CLI_THREADS = 1 << 0, /* --threads N */
    HN_CLI_SEED = 1 << 1,    /* --seed N */
    HN_CLI_DEVICE = 1 << 2,  /* --device cpu|cuda[:n] */
    HN_CLI_JSON = 1 << 3,    /* --json: results as JSON on standard output */
    HN_CLI_FORCE = 1 << 4,   /* --force: overwrite outputs */
    HN_CLI_CONFIG = 1 << 5,  /* --set KEY=VALUE, repeated; see inv->assignments */
};

typedef struct hn_invocation {
    void *options;                /* the command's own struct, filled from its table */
    const char *const *arguments; /* positional arguments */
    int argument_count;
    int threads; /* what was asked for; 0: all. Already set when run is called */
    uint64_t seed;
    bool seed_given;
    const char *device; /* "cpu" by default */
    bool json;
    bool force;
    hn_text_list assignments; /* of --set, in order */
    const char *program;      /* "hipnet build", for messages */
    bool found_problems;      /* set by run: the exit code becomes 3 */
} hn_invocation;

typedef struct hn_command {
    const char *name;        /* "build" */
    const char *arguments;   /* "MANIFEST..." as help writes them; "" for none */
    const char *description; /* what it does, what it writes; lines of up to 88 columns */
    const char *examples;    /* lines of examples, or NULL */
    int min_arguments;
    int max_arguments;        /* -1: no limit */
    unsigned common;          /* HN_CLI_... */
    const hn_option *options; /* ended by HN_OPT_END; NULL for none */
    size_t options_size;      /* sizeof of the struct that the table describes */
    hn_status (*run)(hn_invocation *invocation);
} hn_command;

/* The group, summary and program of every command stand in command_list.h. */
typedef struct hn_command_entry {
    const char *name;
    const char *program; /* "hipnet-data" */
    const char *group;   /* "Data" */
    const char *summary; /* one line */
} hn_command_entry;
HN_API const hn_command_entry *hn_cli_entries(int *count);

/* The main function of a program: `commands` lists what it implements. */
HN_API int hn_cli_main(const char *program, const hn_command *const *commands, int count, int argc,
                       char **argv);

/* The main function of the front: groups all commands and executes the sibling program. */
HN_API int hn_cli_front(int argc, char **argv);

#endif
