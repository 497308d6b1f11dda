/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: flags into a struct by its table, run, status into the exit code. */
#include "cli_internal.h"

#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/version.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const hn_command_entry entries[] = {
#define HN_COMMAND(name, program, group, summary) { #name, program, group, summary },
#include <hipnet/command_list.h>
#undef HN_COMMAND
};

const hn_command_entry *hn_cli_entries(int *count)
{
    *count = (int)HN_COUNT_OF(entries);
    return entries;
}

const hn_command_entry *hn_cli_entry(const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(entries); i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return &entries[i];
        }
    }
    return NULL;
}

#define COMMON(bit, key, type, fieldname, fallback, low, high, value, help, letter)                \
    {                                                                                              \
        bit,                                                                                       \
        {                                                                                          \
            key, type, offsetof(struct common, fieldname), fallback, low, high, NULL, value, help, \
                letter                                                                             \
        }                                                                                          \
    }

const struct common_option hn_common_options[] = {
    COMMON(HN_CLI_THREADS, "threads", HN_OPT_INT, threads, "0", 0, 4096, "N",
           "threads to use; 0 is HN_THREADS or all cores of this process", 't'),
    COMMON(HN_CLI_SEED, "seed", HN_OPT_INT, seed, "0", 0, 9007199254740992.0, "N",
           "seed of everything random", 0),
    COMMON(HN_CLI_DEVICE, "device", HN_OPT_TEXT, device, "cpu", 0, 0, "DEVICE",
           "cpu, cuda or cuda:N", 0),
    COMMON(HN_CLI_JSON, "json", HN_OPT_BOOL, json, NULL, 0, 0, NULL,
           "print the result as JSON on the standard output", 0),
    COMMON(HN_CLI_FORCE, "force", HN_OPT_BOOL, force, NULL, 0, 0, NULL,
           "overwrite outputs that exist", 'f'),
    COMMON(0, "verbose", HN_OPT_BOOL, verbose, NULL, 0, 0, NULL, "say more on the standard error",
           'v'),
    COMMON(0, "quiet", HN_OPT_BOOL, quiet, NULL, 0, 0, NULL, "say only warnings and errors", 'q'),
    COMMON(0, "help", HN_OPT_BOOL, help, NULL, 0, 0, NULL, "print this help", 'h'),
    COMMON(0, "version", HN_OPT_BOOL, version, NULL, 0, 0, NULL, "print the version", 0),
};
const int hn_common_option_count = (int)HN_COUNT_OF(hn_common_options);

/* ---- parsing ------------------------------------------------------------------------- */

struct parse {
    const hn_command *command;
    struct common common;
    hn_invocation *invocation;
    const char **positionals;
    int positional_count;
};

/* An option of the command or a common one that the command takes; `*target` is its struct. */
static const hn_option *find_option(struct parse *parse, const char *name, size_t length,
                                    char letter, void **target)
{
    for (const hn_option *option = parse->command->options; option && option->type != HN_OPT_END;
         option++) {
        bool same = letter
                        ? option->letter == letter
                        : strlen(option->key) == length && strncmp(option->key, name, length) == 0;
        if (same) {
            *target = parse->invocation->options;
            return option;
        }
    }
    for (int i = 0; i < hn_common_option_count; i++) {
        const struct common_option *row = &hn_common_options[i];
        if (row->bit && !(parse->command->common & row->bit)) {
            continue;
        }
        const hn_option *option = &row->option;
        bool same = letter
                        ? option->letter == letter
                        : strlen(option->key) == length && strncmp(option->key, name, length) == 0;
        if (same) {
            *target = &parse->common;
            return option;
        }
    }
    return NULL;
}

static hn_status unknown_flag(const struct parse *parse, const char *flag)
{
    const char *names[128];
    size_t count = 0;
    for (const hn_option *option = parse->command->options;
         option && option->type != HN_OPT_END && count < 100; option++) {
        names[count++] = option->key;
    }
    for (int i = 0; i < hn_common_option_count; i++) {
        if (!hn_common_options[i].bit || (parse->command->common & hn_common_options[i].bit)) {
            names[count++] = hn_common_options[i].option.key;
        }
    }
    char bare[64];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(flag, "="), flag);
    const char *nearest = hn_text_nearest(bare, names, count);
    return hn_fail(HN_EUSAGE, "unknown option '%s%s'%s%s%s; see '%s --help'",
                   strlen(bare) == 1 ? "-" : "--", bare, nearest ? "; did you mean '--" : "",
                   nearest ? nearest : "", nearest ? "'?" : "", parse->invocation->program);
}

/* Sets one option. `value` is what stood behind '=' or in the next word. */
static hn_status apply(const hn_option *option, void *target, const char *value)
{
    char where[80];
    const hn_option one[] = { *option, { 0 } };
    snprintf(where, sizeof where, "--%s", option->key);
    hn_status status = hn_config_set(one, target, option->key, value, "");
    if (status != HN_EUSAGE) {
        return status;
    }
    /* ": key: words" becomes "--key: words". */
    char words[900];
    snprintf(words, sizeof words, "%s", hn_error_message() + strlen(option->key) + 4);
    return hn_fail(HN_EUSAGE, "%s: %s", where, words);
}

static hn_status read_flag(struct parse *parse, const char *name, size_t length, char letter,
                           const char *value, const char *next, bool *took_next)
{
    void *target = NULL;
    *took_next = false;
    bool set = !letter && length == 3 && strncmp(name, "set", 3) == 0 &&
               (parse->command->common & HN_CLI_CONFIG);
    const hn_option *option = set ? NULL : find_option(parse, name, length, letter, &target);
    if (!set && !option) {
        return unknown_flag(parse, name);
    }
    if (option && option->type == HN_OPT_BOOL) {
        return apply(option, target, value ? value : "true");
    }
    if (!value) {
        if (!next) {
            return hn_fail(HN_EUSAGE, "option '--%s' needs a value", set ? "set" : option->key);
        }
        value = next;
        *took_next = true;
    }
    if (set) {
        return hn_text_list_add(&parse->invocation->assignments, value);
    }
    return apply(option, target, value);
}

static hn_status read_words(struct parse *parse, int argc, char **argv)
{
    bool only_positionals = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool took_next = false;
        if (only_positionals || word[0] != '-' || word[1] == 0) {
            parse->positionals[parse->positional_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_positionals = true;
        } else if (word[1] == '-') {
            const char *name = word + 2;
            const char *equals = strchr(name, '=');
            size_t length = equals ? (size_t)(equals - name) : strlen(name);
            HN_TRY(read_flag(parse, name, length, 0, equals ? equals + 1 : NULL, next, &took_next));
        } else {
            char letter[2] = { word[1], 0 };
            HN_TRY(
                read_flag(parse, letter, 1, word[1], word[2] ? word + 2 : NULL, next, &took_next));
        }
        i += took_next;
    }
    return HN_OK;
}

static hn_status check_positionals(const struct parse *parse)
{
    const hn_command *command = parse->command;
    int count = parse->positional_count;
    if (count < command->min_arguments) {
        return hn_fail(HN_EUSAGE, "%s is missing; see '%s --help'",
                       *command->arguments ? command->arguments : "an argument",
                       parse->invocation->program);
    }
    if (command->max_arguments >= 0 && count > command->max_arguments) {
        return hn_fail(HN_EUSAGE, "'%s' is one argument too many; see '%s --help'",
                       parse->positionals[command->max_arguments], parse->invocation->program);
    }
    return HN_OK;
}

/* ---- running ------------------------------------------------------------------------- */

int hn_cli_finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (code == 0 || code == 3) {
            fprintf(stderr, "hipnet: the standard output could not be written\n");
            return 1;
        }
    }
    return code;
}

static int say(const char *program, hn_status status)
{
    hn_output_discard_all();
    hn_log(HN_LOG_DEBUG, "%s at %s", hn_status_name(status), hn_error_where());
    fprintf(stderr, "%s: %s\n", program, hn_error_message());
    return hn_status_exit_code(status);
}

static int run_parsed(struct parse *parse)
{
    hn_invocation *invocation = parse->invocation;
    if (parse->common.help) {
        hn_cli_help(stdout, parse->command);
        return hn_cli_finish(0);
    }
    if (parse->common.version) {
        printf("hipnet %s\n", hn_version_full());
        return hn_cli_finish(0);
    }
    hn_status status = check_positionals(parse);
    if (status != HN_OK) {
        return say(invocation->program, status);
    }
    hn_log_set_level(parse->common.quiet     ? HN_LOG_WARNING
                     : parse->common.verbose ? HN_LOG_DEBUG
                                             : HN_LOG_INFO);
    hn_threads_set((int)parse->common.threads);
    invocation->arguments = parse->positionals;
    invocation->argument_count = parse->positional_count;
    invocation->threads = (int)parse->common.threads;
    invocation->seed = (uint64_t)parse->common.seed;
    invocation->device = parse->common.device;
    invocation->json = parse->common.json;
    invocation->force = parse->common.force;
    hn_interrupt_install();
    status = parse->command->run(invocation);
    if (status != HN_OK) {
        fflush(stdout);
        return say(invocation->program, status);
    }
    return hn_cli_finish(invocation->found_problems ? 3 : 0);
}

static int run_command(const hn_command *command, int argc, char **argv)
{
    char program[64];
    snprintf(program, sizeof program, "hipnet %s", command->name);
    hn_invocation invocation = { .program = program };
    struct parse parse = { .command = command, .invocation = &invocation };
    hn_option common_table[HN_COUNT_OF(hn_common_options) + 1] = { { 0 } };
    for (int i = 0; i < hn_common_option_count; i++) {
        common_table[i] = hn_common_options[i].option;
    }
    int code = 1;
    parse.positionals = hn_calloc((size_t)argc + 1, sizeof *parse.positionals);
    invocation.options = hn_calloc(1, command->options_size);
    hn_status status = parse.positionals && invocation.options ? HN_OK : HN_ENOMEM;
    if (status == HN_OK) {
        status = hn_config_defaults(common_table, &parse.common);
    }
    if (status == HN_OK && command->options) {
        status = hn_config_defaults(command->options, invocation.options);
    }
    for (int i = 0; i < argc && status == HN_OK; i++) {
        invocation.seed_given |= hn_text_starts(argv[i], "--seed");
    }
    if (status == HN_OK) {
        status = read_words(&parse, argc, argv);
    }
    code = status == HN_OK ? run_parsed(&parse) : say(program, status);
    if (command->options && invocation.options) {
        hn_config_clear(command->options, invocation.options);
    }
    hn_config_clear(common_table, &parse.common);
    hn_text_list_clear(&invocation.assignments);
    hn_free(invocation.options);
    hn_free(parse.positionals);
    return code;
}

static const hn_command *find_command(const char *name, const hn_command *const *commands,
                                      int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

int hn_cli_main(const char *program, const hn_command *const *commands, int count, int argc,
                char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        const hn_command *asked = argc > 2 ? find_command(argv[2], commands, count) : NULL;
        if (asked) {
            hn_cli_help(stdout, asked);
        } else {
            hn_cli_help_program(stdout, program, commands, count);
        }
        return hn_cli_finish(0);
    }
    if (strcmp(word, "--version") == 0) {
        printf("%s %s\n", program, hn_version_full());
        return hn_cli_finish(0);
    }
    if (strcmp(word, "--list-flags") == 0 && argc > 2) { /* for completion scripts */
        const hn_command *asked = find_command(argv[2], commands, count);
        if (asked) {
            hn_cli_list_flags(stdout, asked);
        }
        return hn_cli_finish(asked ? 0 : 2);
    }
    const hn_command *command = find_command(word, commands, count);
    if (command) {
        return run_command(command, argc - 2, argv + 2);
    }
    const char *names[64];
    for (int i = 0; i < count && i < 64; i++) {
        names[i] = commands[i]->name;
    }
    if (!*word) {
        hn_cli_help_program(stderr, program, commands, count);
    } else {
        fprintf(stderr, "%s: unknown command '%s'%s; see '%s --help'\n", program, word,
                hn_text_suggest(word, names, (size_t)(count < 64 ? count : 64)), program);
    }
    return 2;
}
