/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The front: one name for all commands. It lists them in groups and executes the program that
 * has the command, from the folder that the front itself lies in. It links nothing heavy, so
 * that help and wrong usage answer at once.
 */
#include "cli_internal.h"

#include <hipnet/file.h>
#include <hipnet/version.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_groups(FILE *stream)
{
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    fprintf(stream,
            "hipnet %s: trains and evaluates networks that diagnose failed hip prostheses\n"
            "from paired AP and lateral radiographs. Research use only.\n\n"
            "usage: hipnet COMMAND [arguments] [options]\n",
            hn_version());
    for (int i = 0; i < count; i++) {
        if (i == 0 || strcmp(entries[i].group, entries[i - 1].group) != 0) {
            fprintf(stream, "\n%s\n", entries[i].group);
        }
        fprintf(stream, "  %-12s %s\n", entries[i].name, entries[i].summary);
    }
    fputs("\nOther\n"
          "  complete     print the completion script of a shell: bash, zsh or fish\n"
          "  help         print this, or the help of a command\n"
          "\n'hipnet COMMAND --help' says more about a command.\n",
          stream);
}

/* Where this program lies, so that an installed or moved tree finds its siblings. */
static hn_status sibling(char out[HN_PATH_SIZE], const char *name)
{
    char self[HN_PATH_SIZE], folder[HN_PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) {
        return hn_fail_errno("/proc/self/exe");
    }
    self[length] = 0;
    hn_path_folder(folder, self);
    return hn_path_join(out, folder, name);
}

/* Idle OpenMP threads sleep instead of spinning: the loader's threads, and whoever else works on
 * the machine, get the core (on a busy one a training step was five times faster). The library
 * reads this when it is loaded, so it must be said before the program starts. */
static void let_idle_threads_sleep(void)
{
    setenv("OMP_WAIT_POLICY", "passive", 0);
}

static int execute(const hn_command_entry *entry, char **argv)
{
    char path[HN_PATH_SIZE];
    let_idle_threads_sleep();
    if (sibling(path, entry->program) != HN_OK) {
        fprintf(stderr, "hipnet: %s\n", hn_error_message());
        return 1;
    }
    execv(path, argv);
    fprintf(stderr,
            "hipnet: '%s' is a command of %s, which is not installed beside this program (%s)\n",
            entry->name, entry->program, strerror(errno));
    return 1;
}

int hn_cli_front(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    if (!*word || (help && argc < 3)) {
        print_groups(help ? stdout : stderr);
        return hn_cli_finish(help ? 0 : 2);
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        printf("hipnet %s\n", hn_version_full());
        return hn_cli_finish(0);
    }
    if (strcmp(word, "complete") == 0) {
        hn_status status = hn_cli_complete(stdout, argc > 2 ? argv[2] : "");
        if (status != HN_OK) {
            fprintf(stderr, "hipnet complete: %s\n", hn_error_message());
            return hn_status_exit_code(status);
        }
        return hn_cli_finish(0);
    }
    const char *name = help ? argv[2] : word;
    const hn_command_entry *entry = hn_cli_entry(name);
    if (entry) {
        return execute(entry, argv);
    }
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    const char *names[128];
    for (int i = 0; i < count && i < 128; i++) {
        names[i] = entries[i].name;
    }
    fprintf(stderr, "hipnet: unknown command '%s'%s; see 'hipnet --help'\n", name,
            hn_text_suggest(name, names, (size_t)count));
    return 2;
}
