/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet build: from manifests and radiographs to cohort.h5, with a count of every row. */
#include <hipnet/build.h>
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/log.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct build_flags {
    char *map, *output, *quarantine, *key;
    int64_t size, bits;
};

#define AT(field) offsetof(struct build_flags, field)
static const hn_option options[] = {
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE", "the cohort file to write",
      'o' },
    { "map", HN_OPT_TEXT, AT(map), NULL, 0, 0, NULL, "FILE",
      "cohort.json: your columns and words, classes, rules", 0 },
    { "quarantine", HN_OPT_TEXT, AT(quarantine), NULL, 0, 0, NULL, "FILE",
      "rows left out and notes; by default beside the output", 0 },
    { "key", HN_OPT_TEXT, AT(key), NULL, 0, 0, NULL, "FILE",
      "key of the pseudonyms; by default OUTPUT.key, made when absent", 0 },
    { "size", HN_OPT_INT, AT(size), "0", 0, 4096, NULL, "PX",
      "side of the stored images, 32 or more; 0: as cohort.json says, else 512", 0 },
    { "bits", HN_OPT_INT, AT(bits), "0", 0, 16, NULL, "8|16",
      "bits per stored pixel; 0: as cohort.json says, else 8", 0 },
    { 0 },
};

/* "cohort.h5" becomes "cohort.quarantine.csv". */
static hn_status default_names(char quarantine[HN_PATH_SIZE], char key[HN_PATH_SIZE],
                               const char *output)
{
    size_t n = strlen(output);
    if (n + 32 > HN_PATH_SIZE) {
        return hn_fail(HN_EUSAGE, "--output: the name is too long");
    }
    size_t stem = hn_text_ends(output, ".h5") ? n - 3 : n;
    snprintf(quarantine, HN_PATH_SIZE, "%.*s.quarantine.csv", (int)stem, output);
    snprintf(key, HN_PATH_SIZE, "%s.key", output);
    return HN_OK;
}

static hn_status read_map(hn_cohort_map *map, const struct build_flags *flags)
{
    HN_TRY(flags->map ? hn_cohort_map_read(map, flags->map) : hn_cohort_map_defaults(map));
    if (flags->size != 0 && flags->size < 32) {
        return hn_fail(HN_EUSAGE, "--size: %d is under 32 pixels", (int)flags->size);
    }
    if (flags->bits != 0 && flags->bits != 8 && flags->bits != 16) {
        return hn_fail(HN_EUSAGE, "--bits: %d is neither 8 nor 16", (int)flags->bits);
    }
    map->image.size = flags->size ? flags->size : map->image.size;
    map->image.bits = flags->bits ? flags->bits : map->image.bits;
    return HN_OK;
}

/* ---- results: one tree, printed for people or as JSON ------------------------------------ */

static void print_reasons(const hn_build_result *r, bool notes)
{
    for (int k = HN_REASON_NONE + 1; k < HN_REASONS; k++) {
        if (r->reasons[k] > 0 && hn_reason_is_note((hn_reason)k) == notes) {
            printf("  %8" PRId64 "  %-24s%s\n", r->reasons[k], hn_reason_name((hn_reason)k),
                   hn_reason_description((hn_reason)k));
        }
    }
}

static void print_result(const hn_build_result *r, const hn_cohort_map *map, const char *output,
                         const char *quarantine)
{
    printf("rows      %" PRId64 " received = %" PRId64 " used + %" PRId64 " left out\n", r->rows,
           r->used, r->quarantined);
    print_reasons(r, false);
    if (r->notes > 0) {
        printf("notes     %" PRId64 " on rows\n", r->notes);
        print_reasons(r, true);
    }
    printf("images    %" PRId64 " ap + %" PRId64 " lateral\n", r->views[HN_VIEW_AP],
           r->views[HN_VIEW_LATERAL]);
    printf("cases     %" PRId64 " (%" PRId64 " with both views) of %" PRId64
           " patients from %" PRId64 " centers\n",
           r->cases, r->both, r->patients, r->centers);
    for (size_t k = 0; k < map->classes.count; k++) {
        printf("  %8" PRId64 "  %s\n", r->labels[k], map->classes.items[k]);
    }
    if (r->unlabelled > 0) {
        printf("  %8" PRId64 "  without a single diagnosis\n", r->unlabelled);
    }
    for (int b = 0; b < map->biomarker_count; b++) {
        if (r->measured[b] > 0) {
            printf("  %8" PRId64 "  with %s\n", r->measured[b], map->biomarkers[b].name);
        }
    }
    printf("cohort    %s, content sha256 %s\n", output, r->content_sha256);
    if (r->quarantined + r->notes > 0) {
        printf("see       %s (site only: it holds paths)\n", quarantine);
    }
}

static hn_status print_json(const hn_build_result *r, const hn_cohort_map *map)
{
    HN_AUTO_JSON *root = hn_json_new_object();
    hn_json *rows = hn_json_add_object(root, "rows");
    hn_json_add_int(rows, "received", r->rows);
    hn_json_add_int(rows, "used", r->used);
    hn_json_add_int(rows, "left_out", r->quarantined);
    hn_json *left_out = hn_json_add_object(root, "left_out");
    hn_json *notes = hn_json_add_object(root, "notes");
    for (int k = HN_REASON_NONE + 1; k < HN_REASONS; k++) {
        if (r->reasons[k] > 0) {
            hn_json_add_int(hn_reason_is_note((hn_reason)k) ? notes : left_out,
                            hn_reason_name((hn_reason)k), r->reasons[k]);
        }
    }
    hn_json *images = hn_json_add_object(root, "images");
    hn_json_add_int(images, "ap", r->views[HN_VIEW_AP]);
    hn_json_add_int(images, "lateral", r->views[HN_VIEW_LATERAL]);
    hn_json_add_int(root, "cases", r->cases);
    hn_json_add_int(root, "cases_with_both_views", r->both);
    hn_json_add_int(root, "patients", r->patients);
    hn_json_add_int(root, "centers", r->centers);
    hn_json *classes = hn_json_add_object(root, "classes");
    for (size_t k = 0; k < map->classes.count; k++) {
        hn_json_add_int(classes, map->classes.items[k], r->labels[k]);
    }
    hn_json_add_int(root, "without_single_diagnosis", r->unlabelled);
    hn_json *biomarkers = hn_json_add_object(root, "biomarkers");
    for (int b = 0; b < map->biomarker_count; b++) {
        hn_json_add_int(biomarkers, map->biomarkers[b].name, r->measured[b]);
    }
    hn_json_add_text(root, "content_sha256", r->content_sha256);
    hn_json_add_real(root, "seconds", r->seconds);
    return hn_json_write(root, "-", true);
}

static hn_status run(hn_invocation *invocation)
{
    const struct build_flags *flags = invocation->options;
    char quarantine[HN_PATH_SIZE], key[HN_PATH_SIZE];
    if (!flags->output) {
        return hn_fail(HN_EUSAGE, "-o FILE is missing: where the cohort is to be written");
    }
    HN_TRY(default_names(quarantine, key, flags->output));
    HN_AUTO_COHORT_MAP map = { 0 };
    HN_TRY(read_map(&map, flags));
    hn_build_options wanted = {
        .manifests = invocation->arguments,
        .manifest_count = invocation->argument_count,
        .map = &map,
        .output = flags->output,
        .quarantine = flags->quarantine ? flags->quarantine : quarantine,
        .key = flags->key ? flags->key : key,
        .force = invocation->force,
    };
    hn_build_result result;
    HN_TRY(hn_build(&result, &wanted));
    if (result.key_created) {
        hn_log(HN_LOG_INFO,
               "new key of the pseudonyms: %s (keep it at the site, and for the next "
               "release)",
               wanted.key);
    }
    invocation->found_problems = result.quarantined + result.notes > 0;
    if (invocation->json) {
        return print_json(&result, &map);
    }
    print_result(&result, &map, wanted.output, wanted.quarantine);
    return HN_OK;
}

const hn_command hn_command_build;
const hn_command hn_command_build = {
    .name = "build",
    .arguments = "MANIFEST...",
    .description =
        "Builds cohort.h5 from one or several manifests (CSV, one row per image; paths are\n"
        "relative to the manifest). Films are decoded by content, brought to one size and gray\n"
        "scale, and stored with pseudonyms. Bad rows and bad files are left out, listed with "
        "their\n"
        "reason in the quarantine file, and make the exit code 3.",
    .examples = "hipnet build manifest.csv -o cohort.h5\n"
                "hipnet build ulm.csv bonn.csv --map cohort.json -o cohort.h5 --size 512",
    .min_arguments = 1,
    .max_arguments = -1,
    .common = HN_CLI_THREADS | HN_CLI_JSON | HN_CLI_FORCE,
    .options = options,
    .options_size = sizeof(struct build_flags),
    .run = run,
};
