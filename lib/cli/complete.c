/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion scripts: commands from the table, flags asked of the programs when needed. */
#include "cli_internal.h"

#include <string.h>

static void print_names(FILE *stream)
{
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    for (int i = 0; i < count; i++) {
        fprintf(stream, "%s ", entries[i].name);
    }
    fputs("complete help", stream);
}

/* hipnet --list-flags is answered by the sibling program: `case` maps commands to programs. */
static void print_cases(FILE *stream, const char *open, const char *close)
{
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    for (int i = 0; i < count; i++) {
        fprintf(stream, "    %s%s%s%s\n", entries[i].name, open, entries[i].program, close);
    }
}

static void bash(FILE *stream)
{
    fputs("# bash completion of hipnet: eval \"$(hipnet complete bash)\"\n"
          "_hipnet_program() {\n  case \"$1\" in\n",
          stream);
    print_cases(stream, ") echo ", " ;;");
    fputs("  esac\n}\n_hipnet() {\n"
          "  local word=${COMP_WORDS[COMP_CWORD]} program\n"
          "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W \"",
          stream);
    print_names(stream);
    fputs(
        "\" -- \"$word\"))\n"
        "  elif [[ $word == -* ]]; then\n"
        "    program=$(_hipnet_program \"${COMP_WORDS[1]}\")\n"
        "    COMPREPLY=($(compgen -W \"$($program --list-flags \"${COMP_WORDS[1]}\" 2>/dev/null)\" "
        "-- \"$word\"))\n"
        "  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n"
        "complete -o filenames -F _hipnet hipnet\n",
        stream);
}

static void zsh(FILE *stream)
{
    fputs("# zsh completion of hipnet: eval \"$(hipnet complete zsh)\"\n"
          "autoload -U +X bashcompinit && bashcompinit\n",
          stream);
    bash(stream);
}

static void fish(FILE *stream)
{
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    fputs("# fish completion of hipnet: hipnet complete fish | source\n", stream);
    for (int i = 0; i < count; i++) {
        fprintf(stream, "complete -c hipnet -n __fish_use_subcommand -a %s -d '%s'\n",
                entries[i].name, entries[i].summary);
        fprintf(
            stream,
            "complete -c hipnet -n '__fish_seen_subcommand_from %s' -a '(%s --list-flags %s)'\n",
            entries[i].name, entries[i].program, entries[i].name);
    }
}

hn_status hn_cli_complete(FILE *stream, const char *shell)
{
    static const struct {
        const char *name;
        void (*print)(FILE *stream);
    } shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
    for (size_t i = 0; i < HN_COUNT_OF(shells); i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(stream);
            return HN_OK;
        }
    }
    return hn_fail(HN_EUSAGE, "'%s' is not one of bash, zsh, fish", shell);
}
