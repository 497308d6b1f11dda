/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet-infer: what needs the networks of a run, and so libtorch. */
#include <hipnet/cli.h>

extern const hn_command hn_command_predict;

static const hn_command *const commands[] = {
    &hn_command_predict,
};

int main(int argc, char **argv)
{
    return hn_cli_main("hipnet-infer", commands, (int)HN_COUNT_OF(commands), argc, argv);
}
