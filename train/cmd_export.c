/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet export weights: one branch of a trained network for torchvision, with a classifier that
 * answers as the whole network does when only that view is there.
 */
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/weights.h>

#include <stddef.h>
#include <stdio.h>

struct options {
    char *view;
    char *backbone;
    int64_t in_channels;
    char *output;
};

static const hn_option options[] = {
    { .key = "view",
      .type = HN_OPT_NAME,
      .offset = offsetof(struct options, view),
      .fallback = "ap",
      .choices = "ap|lateral",
      .help = "branch to write" },
    { .key = "backbone",
      .type = HN_OPT_TEXT,
      .offset = offsetof(struct options, backbone),
      .value_name = "NAME",
      .help = "backbone, for a file that does not say it" },
    { .key = "in-channels",
      .type = HN_OPT_INT,
      .offset = offsetof(struct options, in_channels),
      .fallback = "3",
      .low = 1,
      .high = 3,
      .help = "channels of the first convolution: 3 spreads the weights of one over three" },
    { .key = "output",
      .type = HN_OPT_TEXT,
      .offset = offsetof(struct options, output),
      .value_name = "FILE",
      .help = "safetensors file to write",
      .letter = 'o' },
    { .type = HN_OPT_END },
};

/* ---- which file ---------------------------------------------------------------------------- */

static const char best[] = "model_best.safetensors";

/* The one member of a run that has weights; several are named in the failure. */
static hn_status find_member(char out[HN_PATH_SIZE], const char *folder)
{
    hn_text_list names = { 0 };
    HN_AUTO_TEXT members = HN_TEXT_INIT;
    int found = 0;
    hn_status status = hn_file_list(&names, folder);
    for (size_t i = 0; !status && i < names.count; i++) {
        char member[HN_PATH_SIZE];
        char path[HN_PATH_SIZE];
        status = hn_path_join(member, folder, names.items[i]);
        status = status ? status : hn_path_join(path, member, best);
        if (!status && hn_file_exists(path)) {
            hn_text_printf(&members, found++ ? ", %s" : "%s", names.items[i]);
            snprintf(out, HN_PATH_SIZE, "%s", path);
        }
    }
    hn_text_list_clear(&names);
    HN_TRY(status);
    HN_TRY(hn_text_status(&members));
    if (found == 0) {
        return hn_fail(HN_ENOTFOUND, "%s: no %s in it or in a folder of it", folder, best);
    }
    if (found > 1) {
        return hn_fail(HN_EUSAGE, "%s has several members, name one of them: %s", folder,
                       members.data);
    }
    return HN_OK;
}

/* A file stands for itself, a member's folder for its best weights, a run for its only member. */
static hn_status find_weights(char out[HN_PATH_SIZE], const char *given)
{
    if (!hn_file_is_folder(given)) {
        return hn_path_join(out, "", given);
    }
    HN_TRY(hn_path_join(out, given, best));
    return hn_file_exists(out) ? HN_OK : find_member(out, given);
}

/* ---- the export ---------------------------------------------------------------------------- */

static hn_status export_weights(const struct options *given, const char *path, bool force)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(hn_safetensors_open(&file, path));
    hn_dual_view_options architecture = { 0 };
    HN_TRY(hn_weights_architecture(&architecture, file, given->backbone));
    if (given->in_channels == 1 && architecture.in_channels == 3) {
        return hn_fail(HN_EUSAGE, "%s has three input channels, expected --in-channels 3", path);
    }
    HN_AUTO_PARAMS *params = NULL;
    const hn_dual_view *net = NULL;
    HN_TRY(hn_params_new_blank(&params, "cpu"));
    HN_TRY(hn_dual_view_new(&net, params, &architecture));
    HN_TRY(hn_weights_load_from(params, file, NULL, NULL));
    hn_view view = hn_text_equal(given->view, "ap") ? HN_VIEW_AP : HN_VIEW_LATERAL;
    return hn_weights_export(net, params, view, given->in_channels == 3, given->output, force);
}

static hn_status run(hn_invocation *invocation)
{
    const struct options *given = invocation->options;
    if (!hn_text_equal(invocation->arguments[0], "weights")) {
        return hn_fail(HN_EUSAGE, "'%.60s' is not something to export, expected weights",
                       invocation->arguments[0]);
    }
    if (!given->output) {
        return hn_fail(HN_EUSAGE, "--output is needed");
    }
    if (given->in_channels == 2) {
        return hn_fail(HN_EUSAGE, "--in-channels is 2, expected 1 or 3");
    }
    HN_TRY(hn_file_may_write(given->output, invocation->force));
    char path[HN_PATH_SIZE];
    HN_TRY(find_weights(path, invocation->arguments[1]));
    return export_weights(given, path, invocation->force);
}

extern const hn_command hn_command_export;
const hn_command hn_command_export = {
    .name = "export",
    .arguments = "weights RUN|MEMBER|WEIGHTS",
    .description =
        "Writes one branch of a trained network with torchvision's names, so that\n"
        "load_state_dict(strict=True) takes it into torchvision's model of that name built with\n"
        "as many classes. Its classifier gives the logits of the whole network for a case of\n"
        "which only that view is there. RUN stands for its only member's best weights.",
    .examples = "hipnet export weights run/resnet50-f0 --view ap -o resnet50-ap.safetensors",
    .min_arguments = 2,
    .max_arguments = 2,
    .common = HN_CLI_FORCE | HN_CLI_THREADS,
    .options = options,
    .options_size = sizeof(struct options),
    .run = run,
};
