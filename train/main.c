/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet-train: backbones, configurations, training, weights from and for others. */
#include <hipnet/cli.h>

extern const hn_command hn_command_config;
extern const hn_command hn_command_train;
extern const hn_command hn_command_models;
extern const hn_command hn_command_import;
extern const hn_command hn_command_export;

static const hn_command *const commands[] = {
    &hn_command_models, &hn_command_config, &hn_command_train,
    &hn_command_import, &hn_command_export,
};

int main(int argc, char **argv)
{
    return hn_cli_main("hipnet-train", commands, (int)HN_COUNT_OF(commands), argc, argv);
}
