/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet-eval: from predictions.csv to figures, correlations and reports, without libtorch. */
#include <hipnet/cli.h>

extern const hn_command hn_command_evaluate;
extern const hn_command hn_command_correlate;
extern const hn_command hn_command_report;

static const hn_command *const commands[] = {
    &hn_command_evaluate,
    &hn_command_correlate,
    &hn_command_report,
};

int main(int argc, char **argv)
{
    return hn_cli_main("hipnet-eval", commands, (int)HN_COUNT_OF(commands), argc, argv);
}
