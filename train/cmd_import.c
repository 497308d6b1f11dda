/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet import: public weights, checked name by name and adapted to radiographs, as the start of
 * a member: names under backbone.shared, from where training fills each branch.
 */
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/hash.h>
#include <hipnet/json.h>
#include <hipnet/version.h>
#include <hipnet/weights.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    char *backbone;
    int64_t in_channels;
    char *output;
};

static const hn_option options[] = {
    { .key = "backbone",
      .type = HN_OPT_TEXT,
      .offset = offsetof(struct options, backbone),
      .value_name = "NAME",
      .help = "backbone that the weights are of (see `hipnet models`)",
      .letter = 'b' },
    { .key = "in-channels",
      .type = HN_OPT_INT,
      .offset = offsetof(struct options, in_channels),
      .fallback = "1",
      .low = 1,
      .high = 3,
      .help = "channels of the first convolution: 1 sums the weights over red, green and blue" },
    { .key = "output",
      .type = HN_OPT_TEXT,
      .offset = offsetof(struct options, output),
      .value_name = "FILE",
      .help = "safetensors file to write",
      .letter = 'o' },
    { .type = HN_OPT_END },
};

static void list_names(const char *what, const hn_text_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        fprintf(stderr, "%s: %s\n", what, names->items[i]);
    }
}

static void add_list(hn_json *object, const char *key, const hn_text_list *names)
{
    hn_json *list = hn_json_add_array(object, key);
    for (size_t i = 0; i < names->count; i++) {
        hn_json_add_text(list, NULL, names->items[i]);
    }
}

static hn_status print_report(const hn_weights_report *report, bool json)
{
    if (!json) {
        printf("names of %s: %zu loaded, %zu missing, %zu unexpected, %zu of the classifier "
               "dropped%s\n",
               report->naming, report->loaded.count, report->missing.count,
               report->unexpected.count, report->dropped.count,
               report->first_adapted ? "; first convolution adapted" : "");
        return fflush(stdout) ? hn_fail_errno("standard output") : HN_OK;
    }
    HN_AUTO_JSON *object = hn_json_new_object();
    hn_json_add_text(object, "naming", report->naming);
    hn_json_add_bool(object, "first_adapted", report->first_adapted);
    add_list(object, "loaded", &report->loaded);
    add_list(object, "missing", &report->missing);
    add_list(object, "unexpected", &report->unexpected);
    add_list(object, "dropped", &report->dropped);
    return hn_json_write(object, "-", false);
}

static hn_status save(hn_params *params, const struct options *given, const char *source,
                      bool force)
{
    char digest[HN_SHA256_HEX];
    HN_TRY(hn_sha256_file(digest, source));
    const hn_safetensors_metadata metadata[] = {
        { "hipnet.version", hn_version() },
        { "hipnet.backbone", given->backbone },
        { "hipnet.source_sha256", digest },
    };
    return hn_weights_save(params, given->output, metadata, HN_COUNT_OF(metadata), force);
}

static hn_status run(hn_invocation *invocation)
{
    const struct options *given = invocation->options;
    const char *source = invocation->arguments[0];
    if (!given->backbone || !given->output) {
        return hn_fail(HN_EUSAGE, "%s is needed", given->backbone ? "--output" : "--backbone");
    }
    const hn_backbone *backbone = NULL;
    HN_TRY(hn_backbone_find(&backbone, given->backbone));
    HN_TRY(hn_file_may_write(given->output, invocation->force));
    HN_AUTO_PARAMS *params = NULL;
    const void *net = NULL;
    HN_TRY(hn_params_new_blank(&params, "cpu"));
    HN_TRY(hn_backbone_build(&net, backbone, hn_path_to(hn_path_root(params), "backbone.shared"),
                             (int)given->in_channels, 0));
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    hn_status status = hn_weights_import(params, backbone, "backbone.shared", source, &report);
    if (status) {
        list_names("missing", &report.missing);
        list_names("unexpected", &report.unexpected);
        return status;
    }
    HN_TRY(save(params, given, source, invocation->force));
    return print_report(&report, invocation->json);
}

extern const hn_command hn_command_import;
const hn_command hn_command_import = {
    .name = "import",
    .arguments = "WEIGHTS.safetensors",
    .description =
        "Reads public weights with the names of torchvision or timm, checks every name and\n"
        "shape against the backbone, drops the classifier, adapts the first convolution and\n"
        "writes them for train.init_weights. Refuses a file in which a name is missing or\n"
        "that has one which the backbone does not know, and lists them.",
    .examples =
        "hipnet import resnet50.safetensors --backbone resnet50 -o start.safetensors\n"
        "hipnet train --cohort cohort.h5 --split split.json --config configs/resnet50.json \\\n"
        "  --set train.init_weights=start.safetensors -o run",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_JSON | HN_CLI_FORCE | HN_CLI_THREADS,
    .options = options,
    .options_size = sizeof(struct options),
    .run = run,
};
