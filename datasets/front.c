/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet: lists the commands of all programs in groups and executes the sibling that has the one
 * asked for, so that nothing heavy is loaded by who does not need it. */
#include <hipnet/cli.h>

int main(int argc, char **argv)
{
    return hn_cli_front(argc, argv);
}
