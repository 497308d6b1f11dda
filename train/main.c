/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet-train: backbones, configurations, training, weights from and for others. */
#include <hipnet/cli.h>

extern const hn_command hn_command_config;
extern const hn_command hn_command_train;
#ifdef HN_HAVE_MODELS
extern const hn_command hn_command_models;
#endif
#ifdef HN_HAVE_IMPORT
extern const hn_command hn_command_import;
#endif
#ifdef HN_HAVE_EXPORT
extern const hn_command hn_command_export;
#endif

static const hn_command *const commands[] = {
#ifdef HN_HAVE_MODELS
    &hn_command_models,
#endif
    &hn_command_config, &hn_command_train,
#ifdef HN_HAVE_IMPORT
    &hn_command_import,
#endif
#ifdef HN_HAVE_EXPORT
    &hn_command_export,
#endif
};

int main(int argc, char **argv)
{
    return hn_cli_main("hipnet-train", commands, (int)HN_COUNT_OF(commands), argc, argv);
}
