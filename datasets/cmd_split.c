/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hipnet split: divides the patients of a cohort file into sealed subsets and prints who is
 * where, so that an absent class is seen before a network is trained without it. */
#include <hipnet/cli.h>
#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/split.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct split_flags {
    char *output, *after, *tuning;
    hn_text_list external, prospective;
    double internal_test;
    int64_t folds;
};

#define AT(field) offsetof(struct split_flags, field)
static const hn_option options[] = {
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE", "the split to write", 'o' },
    { "external", HN_OPT_LIST, AT(external), NULL, 0, 0, NULL, "CENTER,...",
      "centers held out whole as external test", 0 },
    { "prospective", HN_OPT_LIST, AT(prospective), NULL, 0, 0, NULL, "CENTER,...",
      "centers held out whole as prospective test", 0 },
    { "prospective-after", HN_OPT_TEXT, AT(after), NULL, 0, 0, NULL, "YEAR",
      "patients whose films are all of later years are prospective", 0 },
    { "tuning", HN_OPT_TEXT, AT(tuning), NULL, 0, 0, NULL, "SHARE",
      "share for tuning: 0.15, or 0 where there are folds", 0 },
    { "internal-test", HN_OPT_REAL, AT(internal_test), "0.15", 0, 0.9, NULL, "SHARE",
      "share for the internal test", 0 },
    { "folds", HN_OPT_INT, AT(folds), "1", 1, 100, NULL, "K",
      "divide the training patients into K folds", 0 },
    { 0 },
};

static hn_status read_year(int *year, const char *text)
{
    int64_t value;
    *year = 0;
    if (!text) {
        return HN_OK;
    }
    if (hn_parse_int(&value, text) || value < 1895 || value > 2200) {
        return hn_fail(HN_EUSAGE,
                       "--prospective-after '%.40s': a year was expected (a cohort file keeps no "
                       "dates; a date to the day is prospective_after in cohort.json)",
                       text);
    }
    *year = (int)value;
    return HN_OK;
}

static hn_status read_tuning(double *share, const struct split_flags *flags)
{
    *share = flags->folds > 1 ? 0 : 0.15;
    if (flags->tuning) {
        hn_status status = hn_parse_real(share, flags->tuning);
        if (status) {
            return hn_context(HN_EUSAGE, "--tuning");
        }
    }
    return HN_OK;
}

static int64_t subset_total(const hn_split *split, hn_subset subset)
{
    int64_t total = 0;
    for (int label = -1; label < hn_split_classes(split); label++) {
        total += hn_split_count(split, subset, label);
    }
    return total;
}

static void print_counts(const hn_split *split)
{
    int classes = hn_split_classes(split);
    printf("patients (cases)          ");
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        printf(" %14s", hn_subset_name((hn_subset)s));
    }
    putchar('\n');
    for (int row = 0; row <= classes; row++) {
        int label = row < classes ? row : -1;
        printf("%-26s", label < 0 ? "without a class" : hn_split_class(split, label));
        for (int s = 0; s < HN_SUBSET_COUNT; s++) {
            char cell[64];
            snprintf(cell, sizeof cell, "%" PRId64 " (%" PRId64 ")",
                     hn_split_count(split, (hn_subset)s, label),
                     hn_split_count_cases(split, (hn_subset)s, label));
            printf(" %14s", cell);
        }
        putchar('\n');
    }
    printf("%-26s", "all patients");
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        printf(" %14" PRId64, subset_total(split, (hn_subset)s));
    }
    printf("\nsealed: sha256 %s\n", hn_split_sha256(split));
}

static void warn_of_absent(const hn_split *split, double tuning, double internal_test)
{
    for (int s = 0; s < HN_SUBSET_COUNT; s++) {
        hn_subset subset = (hn_subset)s;
        bool wanted = subset == HN_SUBSET_TRAIN || (subset == HN_SUBSET_TUNING && tuning > 0) ||
                      (subset == HN_SUBSET_INTERNAL_TEST && internal_test > 0) ||
                      subset_total(split, subset) > 0;
        for (int label = 0; wanted && label < hn_split_classes(split); label++) {
            if (hn_split_count(split, subset, label) == 0) {
                hn_log(HN_LOG_WARNING, "no patient of class '%s' is in %s",
                       hn_split_class(split, label), hn_subset_name(subset));
            }
        }
    }
}

static void tell_shared_pictures(const hn_split_member *members, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (members[i].group != i) {
            hn_log(HN_LOG_WARNING, "patients %s and %s share a picture and stay in one subset",
                   members[members[i].group].patient, members[i].patient);
        }
    }
}

static hn_status run(hn_invocation *invocation)
{
    struct split_flags *flags = invocation->options;
    int year;
    double tuning;
    if (!flags->output) {
        return hn_fail(HN_EUSAGE, "-o FILE is missing: where the split is to be written");
    }
    HN_TRY(read_year(&year, flags->after));
    HN_TRY(read_tuning(&tuning, flags));
    HN_TRY(hn_file_may_write(flags->output, invocation->force));
    HN_AUTO_COHORT *cohort = NULL;
    HN_TRY(hn_cohort_open(&cohort, invocation->arguments[0]));
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    HN_AUTOFREE hn_split_member *members = NULL;
    int64_t count;
    HN_TRY(hn_split_members_of(&members, &count, cohort, year));
    tell_shared_pictures(members, count);
    hn_split_options wanted = {
        .external = (const char *const *)flags->external.items,
        .external_count = (int)flags->external.count,
        .prospective = (const char *const *)flags->prospective.items,
        .prospective_count = (int)flags->prospective.count,
        .tuning = tuning,
        .internal_test = flags->internal_test,
        .folds = (int)flags->folds,
        .seed = invocation->seed,
    };
    HN_AUTO_SPLIT *split = NULL;
    HN_TRY(hn_split_make(&split, members, count, info->classes, info->class_count,
                         info->content_sha256, &wanted));
    HN_TRY(hn_split_verify_cohort(split, cohort));
    HN_TRY(hn_split_write(split, flags->output, invocation->force));
    warn_of_absent(split, tuning, flags->internal_test);
    if (strcmp(flags->output, "-") != 0) {
        print_counts(split);
    }
    return HN_OK;
}

const hn_command hn_command_split;
const hn_command hn_command_split = {
    .name = "split",
    .arguments = "COHORT",
    .description =
        "Divides the patients of a cohort file into train, tuning, internal_test, external and\n"
        "prospective. All films of a patient are on one side; so are patients who share a "
        "picture.\n"
        "Classes, centers and available views are spread evenly. The split is sealed with the\n"
        "content hash of the cohort and its own; the same seed gives the same bytes.",
    .examples = "hipnet split cohort.h5 -o split.json --external Ulm --seed 1\n"
                "hipnet split cohort.h5 -o split.json --external Ulm,Bonn --folds 5",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_SEED | HN_CLI_FORCE,
    .options = options,
    .options_size = sizeof(struct split_flags),
    .run = run,
};
