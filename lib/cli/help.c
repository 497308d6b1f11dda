/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, written from the same tables that parse the command line. */
#include "cli_internal.h"

#include <stdio.h>
#include <string.h>

static void print_indented(FILE *stream, const char *words)
{
    bool start = true;
    for (const char *c = words; *c; c++) {
        if (start && *c != '\n') {
            fputs("  ", stream);
        }
        fputc(*c, stream);
        start = *c == '\n';
    }
    if (!start) {
        fputc('\n', stream);
    }
}

static const char *value_name(const hn_option *option)
{
    static const char *const names[] = { "", "", "N", "X", "TEXT", "NAME", "A,B" };
    return option->value_name ? option->value_name : names[option->type];
}

static void print_option(FILE *stream, const hn_option *option)
{
    char flag[96], letter[8] = "    ";
    if (option->letter) {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    const char *value = option->type == HN_OPT_BOOL ? "" : value_name(option);
    snprintf(flag, sizeof flag, "%s--%s%s%s", letter, option->key, *value ? " " : "", value);
    if (strlen(flag) > 27) {
        fprintf(stream, "  %s\n  %-27s %s", flag, "", option->help);
    } else {
        fprintf(stream, "  %-27s %s", flag, option->help);
    }
    if (option->choices) {
        fputs(": ", stream);
        for (const char *c = option->choices; *c; c++) {
            fputs(*c == '|' ? ", " : (char[]) { *c, 0 }, stream);
        }
    }
    if (option->fallback && *option->fallback && option->type != HN_OPT_BOOL) {
        fprintf(stream, " (default %s)", option->fallback);
    }
    fputc('\n', stream);
}

void hn_cli_help(FILE *stream, const hn_command *command)
{
    const hn_command_entry *entry = hn_cli_entry(command->name);
    fprintf(stream, "hipnet %s: %s\n\n", command->name, entry ? entry->summary : "");
    fprintf(stream, "usage: hipnet %s%s%s [options]\n\n", command->name,
            *command->arguments ? " " : "", command->arguments);
    print_indented(stream, command->description);
    fputs("\noptions:\n", stream);
    for (const hn_option *option = command->options; option && option->type != HN_OPT_END;
         option++) {
        print_option(stream, option);
    }
    if (command->common & HN_CLI_CONFIG) {
        fprintf(stream, "  %-27s %s\n", "    --set KEY=VALUE",
                "change one setting; may be repeated");
    }
    for (int i = 0; i < hn_common_option_count; i++) {
        const struct common_option *row = &hn_common_options[i];
        if (!row->bit || (command->common & row->bit)) {
            print_option(stream, &row->option);
        }
    }
    if (command->examples) {
        fputs("\nexamples:\n", stream);
        print_indented(stream, command->examples);
    }
    fputs("\nexit codes: 0 done; 1 the work could not be done; 2 wrong usage or configuration;\n"
          "3 done, but a check found problems; 130 interrupted.\n",
          stream);
}

void hn_cli_help_program(FILE *stream, const char *program, const hn_command *const *commands,
                         int count)
{
    fprintf(stream, "usage: %s COMMAND [arguments] [options]\n\n", program);
    for (int i = 0; i < count; i++) {
        const hn_command_entry *entry = hn_cli_entry(commands[i]->name);
        fprintf(stream, "  %-12s %s\n", commands[i]->name, entry ? entry->summary : "");
    }
    fprintf(stream, "\n'%s COMMAND --help' says more about a command.\n", program);
}

void hn_cli_list_flags(FILE *stream, const hn_command *command)
{
    for (const hn_option *option = command->options; option && option->type != HN_OPT_END;
         option++) {
        fprintf(stream, "--%s\n", option->key);
    }
    if (command->common & HN_CLI_CONFIG) {
        fputs("--set\n", stream);
    }
    for (int i = 0; i < hn_common_option_count; i++) {
        const struct common_option *row = &hn_common_options[i];
        if (!row->bit || (command->common & row->bit)) {
            fprintf(stream, "--%s\n", row->option.key);
        }
    }
}
