/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet-data: everything between a hospital's files and a sealed split, without libtorch, so
 * that a site can build its cohort with this program alone. */
#include <hipnet/cli.h>

extern const hn_command hn_command_phantom;
extern const hn_command hn_command_inspect;
extern const hn_command hn_command_build;
extern const hn_command hn_command_check;
extern const hn_command hn_command_show;
extern const hn_command hn_command_split;

static const hn_command *const commands[] = {
    &hn_command_phantom, &hn_command_inspect, &hn_command_build,
    &hn_command_check,   &hn_command_show,    &hn_command_split,
};

int main(int argc, char **argv)
{
    return hn_cli_main("hipnet-data", commands, (int)HN_COUNT_OF(commands), argc, argv);
}
