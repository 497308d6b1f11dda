/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet models: the registry of backbones as a table. Sizes are counted from networks that are
 * built without values, so that what is printed is what is trained.
 */
#include <hipnet/backbone.h>
#include <hipnet/cli.h>
#include <hipnet/json.h>

#include <stdio.h>

/* Numbers in the backbone with three channels, its classifier not counted. */
static hn_status count_parameters(int64_t *out, const hn_backbone *backbone)
{
    HN_AUTO_PARAMS *params = NULL;
    const void *net = NULL;
    HN_TRY(hn_params_new_blank(&params, "cpu"));
    HN_TRY(hn_backbone_build(&net, backbone, hn_path_root(params), 3, 0));
    *out = hn_params_numel(params, "");
    return HN_OK;
}

static hn_status print_json(void)
{
    HN_AUTO_JSON *root = hn_json_new_object();
    hn_json *list = hn_json_add_array(root, "backbones");
    for (int i = 0; i < hn_backbones(); i++) {
        const hn_backbone *backbone = hn_backbone_at(i);
        int64_t parameters = 0;
        HN_TRY(count_parameters(&parameters, backbone));
        hn_json *row = hn_json_add_object(list, NULL);
        hn_json_add_text(row, "name", backbone->name);
        hn_json_add_text(row, "family", backbone->family);
        hn_json_add_int(row, "parameters", parameters);
        hn_json_add_int(row, "features", backbone->feature_dim);
        hn_json_add_int(row, "input", backbone->in_size);
        hn_json_add_int(row, "smallest_input", backbone->min_size);
        hn_json_add_int(row, "stride", backbone->stride);
        hn_json_add_real(row, "drop_path", backbone->drop_path);
        hn_json_add_text(row, "paper", backbone->paper);
    }
    return hn_json_write(root, "-", false);
}

static hn_status print_table(void)
{
    printf("%-18s %-13s %10s %9s %6s  %s\n", "name", "family", "parameters", "features", "input",
           "paper");
    for (int i = 0; i < hn_backbones(); i++) {
        const hn_backbone *backbone = hn_backbone_at(i);
        int64_t parameters = 0;
        HN_TRY(count_parameters(&parameters, backbone));
        printf("%-18s %-13s %9.2fM %9d %6d  %s\n", backbone->name, backbone->family,
               (double)parameters / 1e6, backbone->feature_dim, backbone->in_size, backbone->paper);
    }
    if (fflush(stdout) || ferror(stdout)) {
        return hn_fail_errno("standard output");
    }
    return HN_OK;
}

static hn_status run(hn_invocation *invocation)
{
    return invocation->json ? print_json() : print_table();
}

extern const hn_command hn_command_models;
const hn_command hn_command_models = {
    .name = "models",
    .arguments = "",
    .description =
        "Lists the backbones that a configuration may name: their parameters (with three\n"
        "channels, without a classifier), the length of their features, and the side in\n"
        "pixels that they were published for. The ones called _mini are this project's\n"
        "own, for small pictures, demonstrations and tests.",
    .examples = "hipnet models\nhipnet models --json",
    .max_arguments = 0,
    .common = HN_CLI_JSON,
    .run = run,
};
