/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet phantom: the synthetic cohort, or a contact sheet of it. */
#include <hipnet/cli.h>
#include <hipnet/phantom.h>

#include <stddef.h>
#include <stdio.h>

struct phantom_flags {
    char *folder, *profile, *sheet;
    int64_t patients, size;
    bool matched_mix;
};

#define AT(field) offsetof(struct phantom_flags, field)
static const hn_option options[] = {
    { "output", HN_OPT_TEXT, AT(folder), NULL, 0, 0, NULL, "DIR", "folder of the cohort", 'o' },
    { "profile", HN_OPT_NAME, AT(profile), "demo", 0, 0, "demo|study", NULL,
      "480 patients at 256 px or 1454 at 512 px", 0 },
    { "patients", HN_OPT_INT, AT(patients), "0", 0, 1e6, NULL, "N",
      "number of patients; 0 is the profile's", 0 },
    { "size", HN_OPT_INT, AT(size), "0", 0, 4096, NULL, "PX",
      "side of the images in pixels, 32 or more; 0 is the profile's", 0 },
    { "matched-mix", HN_OPT_BOOL, AT(matched_mix), NULL, 0, 0, NULL, NULL,
      "the same classes, implants and equipment in every center", 0 },
    { "sheet", HN_OPT_TEXT, AT(sheet), NULL, 0, 0, NULL, "PNG",
      "draw a contact sheet of classes by severities instead", 0 },
    { 0 },
};

static hn_status run(hn_invocation *invocation)
{
    const struct phantom_flags *flags = invocation->options;
    if (flags->size != 0 && flags->size < 32) {
        return hn_fail(HN_EUSAGE, "--size: %d is under 32 pixels", (int)flags->size);
    }
    if (flags->sheet) {
        int size = flags->size ? (int)flags->size : 256;
        return hn_phantom_sheet(flags->sheet, invocation->seed, size, invocation->force);
    }
    if (!flags->folder) {
        return hn_fail(HN_EUSAGE, "-o DIR is missing: where the cohort is to be written");
    }
    const hn_phantom_options wanted = {
        .folder = flags->folder,
        .profile = flags->profile,
        .patients = flags->patients,
        .size = flags->size,
        .seed = invocation->seed,
        .matched_mix = flags->matched_mix,
        .force = invocation->force,
    };
    HN_TRY(hn_phantom_write(&wanted));
    printf("%s/manifest.csv\n", flags->folder);
    return HN_OK;
}

const hn_command hn_command_phantom;
const hn_command hn_command_phantom = {
    .name = "phantom",
    .arguments = "",
    .description = "Makes synthetic radiographs of failed hip prostheses with known truth: DICOM "
                   "files of five\n"
                   "centers, manifest.csv and cohort.json for 'hipnet build', truth.h5 (a mask of "
                   "signs and the\n"
                   "landmarks of every image), cases.json (every drawn number).\n"
                   "They are synthetic images: no figure measured on them is clinical evidence.",
    .examples = "hipnet phantom -o phantom\n"
                "hipnet phantom --sheet sheet.png",
    .min_arguments = 0,
    .max_arguments = 0,
    .common = HN_CLI_THREADS | HN_CLI_SEED | HN_CLI_FORCE,
    .options = options,
    .options_size = sizeof(struct phantom_flags),
    .run = run,
};
