/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet predict: the members of a run and their mean over the cases of a cohort, into
 * predictions.csv. All cases of the chosen subsets are predicted, whatever their reference says.
 */
#include "infer_table.h"

#include <hipnet/cli.h>
#include <hipnet/ensemble.h>
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/run.h>

#include <inttypes.h>
#include <stdio.h>

struct options {
    char *cohort, *split, *output, *members;
    hn_text_list subset;
    bool unfinished;
};

#define AT(field) offsetof(struct options, field)

static const hn_option option_table[] = {
    { "cohort", HN_OPT_TEXT, AT(cohort), NULL, 0, 0, NULL, "FILE", "cohort.h5 to predict", 0 },
    { "split", HN_OPT_TEXT, AT(split), NULL, 0, 0, NULL, "FILE",
      "split.json of that cohort; without it the run's, when it is of that cohort", 0 },
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FILE", "predictions.csv", 'o' },
    { "members", HN_OPT_TEXT, AT(members), NULL, 0, 0, NULL, "FOLDER",
      "also write the predictions of each member here, as MEMBER.csv", 0 },
    { "subset", HN_OPT_LIST, AT(subset), NULL, 0, 0,
      "train|tuning|internal_test|external|prospective|all", NULL,
      "subsets to predict; without it all but train", 0 },
    { "unfinished", HN_OPT_BOOL, AT(unfinished), NULL, 0, 0, NULL, NULL,
      "use the best weights so far of members that are not done", 0 },
    { 0 },
};

/* The cases that were asked for, with their subsets. */
struct chosen {
    int64_t *cases;
    hn_subset *subsets;
    int64_t count;
};

static void chosen_clear(struct chosen *chosen)
{
    hn_free(chosen->cases);
    hn_free(chosen->subsets);
}

static bool is_wanted(const hn_text_list *subsets, hn_subset subset)
{
    if (subsets->count == 0) {
        return subset != HN_SUBSET_TRAIN;
    }
    return hn_text_list_find(subsets, "all") >= 0 ||
           hn_text_list_find(subsets, hn_subset_name(subset)) >= 0;
}

/* A cohort without a split of its own: who was in the run's development stays what they were
 * there, since the members have seen them; all others are external, unless the cohort says so
 * otherwise. */
static hn_status subset_elsewhere(hn_subset *subset, const hn_run *run, const hn_case *facts)
{
    if (hn_split_find(subset, NULL, run->split, facts->patient_id) == HN_OK) {
        return HN_OK;
    }
    *subset = HN_SUBSET_EXTERNAL;
    if (hn_text_equal(facts->subset_hint, hn_subset_name(HN_SUBSET_PROSPECTIVE))) {
        *subset = HN_SUBSET_PROSPECTIVE;
    }
    return HN_OK;
}

static hn_status choose_cases(struct chosen *chosen, const struct options *given, const hn_run *run,
                              const hn_split *split, const hn_cohort *cohort)
{
    int64_t all = hn_cohort_get_info(cohort)->cases;
    chosen->cases = hn_calloc((size_t)all, sizeof *chosen->cases);
    chosen->subsets = hn_calloc((size_t)all, sizeof *chosen->subsets);
    if (!chosen->cases || !chosen->subsets) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < all; i++) {
        const hn_case *facts = hn_cohort_case(cohort, i);
        hn_subset subset = HN_SUBSET_EXTERNAL;
        HN_TRY(split ? hn_split_find(&subset, NULL, split, facts->patient_id)
                     : subset_elsewhere(&subset, run, facts));
        if (is_wanted(&given->subset, subset)) {
            chosen->cases[chosen->count] = i;
            chosen->subsets[chosen->count++] = subset;
        }
    }
    if (chosen->count == 0) {
        return hn_fail(HN_EDATA, "%s: no case is in the subsets asked for", given->cohort);
    }
    return HN_OK;
}

/* The split that speaks of this cohort: the one given, or the run's; NULL for another cohort. */
static hn_status find_split(const hn_split **out, hn_split **owned, const struct options *given,
                            const hn_run *run, const hn_cohort *cohort)
{
    *out = NULL;
    if (given->split) {
        HN_TRY(hn_split_read(owned, given->split));
        HN_TRY(hn_split_verify_cohort(*owned, cohort));
        *out = *owned;
    } else if (hn_text_equal(run->facts.cohort_sha256,
                             hn_cohort_get_info(cohort)->content_sha256)) {
        HN_TRY(hn_split_verify_cohort(run->split, cohort));
        *out = run->split;
    }
    return HN_OK;
}

/* Every output is checked before the work begins. */
static hn_status check_outputs(const struct options *given, const hn_run *run, bool force)
{
    char name[HN_MEMBER_NAME_SIZE + 8];
    char path[HN_PATH_SIZE];
    HN_TRY(hn_file_may_write(given->output, force));
    for (int i = 0; given->members && i < run->member_count; i++) {
        snprintf(name, sizeof name, "%s.csv", run->members[i].name);
        HN_TRY(hn_path_join(path, given->members, name));
        HN_TRY(hn_file_may_write(path, force));
    }
    return HN_OK;
}

static hn_status write_members(const struct options *given, const hn_ensemble *ensemble,
                               const struct chosen *chosen, const hn_cohort *cohort, bool force)
{
    char name[HN_MEMBER_NAME_SIZE + 8];
    char path[HN_PATH_SIZE];
    HN_TRY(hn_file_make_folder(given->members));
    for (int m = 0; m < ensemble->members; m++) {
        snprintf(name, sizeof name, "%s.csv", ensemble->names[m]);
        HN_TRY(hn_path_join(path, given->members, name));
        HN_TRY(infer_table_write(path, cohort, chosen->cases, chosen->subsets,
                                 ensemble->probabilities[m], chosen->count, force));
    }
    return HN_OK;
}

static hn_status run_predict(hn_invocation *invocation)
{
    const struct options *given = invocation->options;
    HN_AUTO_RUN *run = NULL;
    HN_AUTO_COHORT *cohort = NULL;
    HN_AUTO_SPLIT *owned = NULL;
    HN_AUTO_ENSEMBLE *ensemble = NULL;
    HN_CLEANUP(chosen_clear) struct chosen chosen = { 0 };
    const hn_split *split = NULL;
    if (!given->cohort || !given->output) {
        return hn_fail(HN_EUSAGE, "%s is needed", given->cohort ? "-o FILE" : "--cohort FILE");
    }
    HN_TRY(hn_run_open(&run, invocation->arguments[0]));
    HN_TRY(check_outputs(given, run, invocation->force));
    HN_TRY(hn_cohort_open(&cohort, given->cohort));
    HN_TRY(find_split(&split, &owned, given, run, cohort));
    HN_TRY(choose_cases(&chosen, given, run, split, cohort));
    HN_TRY(hn_ensemble_predict(&ensemble, run, cohort, chosen.cases, chosen.count,
                               invocation->device, given->unfinished));
    if (given->members) {
        HN_TRY(write_members(given, ensemble, &chosen, cohort, invocation->force));
    }
    HN_TRY(infer_table_write(given->output, cohort, chosen.cases, chosen.subsets, ensemble->mean,
                             chosen.count, invocation->force));
    hn_log(HN_LOG_INFO, "%" PRId64 " cases predicted by %d members: %s", chosen.count,
           ensemble->members, given->output);
    return HN_OK;
}

const hn_command hn_command_predict = {
    .name = "predict",
    .arguments = "RUN",
    .description =
        "Predicts the cases of a cohort with every member of a run (weights of its best epoch)\n"
        "and writes the mean of their probabilities as predictions.csv, one row per case, with\n"
        "labels and biomarkers beside it. By default all subsets but train are predicted. A\n"
        "cohort that differs from the training's in its classes, image size or preprocessing is\n"
        "refused. Patients whom the run was trained on keep their subset in another cohort, too.",
    .examples = "  hipnet predict run --cohort cohort.h5 -o predictions.csv --members members\n"
                "  hipnet predict run --cohort new_center.h5 -o new_center.csv --subset external",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_THREADS | HN_CLI_DEVICE | HN_CLI_FORCE,
    .options = option_table,
    .options_size = sizeof(struct options),
    .run = run_predict,
};
