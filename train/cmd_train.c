/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet train: a cohort, a split and a configuration to a run folder; or a run folder that was
 * begun to one that is finished.
 */
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/log.h>
#include <hipnet/run.h>
#include <hipnet/tensor_scope.h>
#include <hipnet/trainer.h>

#include <inttypes.h>
#include <stdio.h>

struct options {
    char *cohort, *split, *config, *output;
    bool resume;
};

#define AT(field) offsetof(struct options, field)

static const hn_option option_table[] = {
    { "cohort", HN_OPT_TEXT, AT(cohort), NULL, 0, 0, NULL, "FILE", "cohort.h5 to learn from", 0 },
    { "split", HN_OPT_TEXT, AT(split), NULL, 0, 0, NULL, "FILE",
      "split.json of that cohort; the run's own with --resume", 0 },
    { "config", HN_OPT_TEXT, AT(config), NULL, 0, 0, NULL, "FILE",
      "configuration (see `hipnet config`); the run's own with --resume", 'c' },
    { "output", HN_OPT_TEXT, AT(output), NULL, 0, 0, NULL, "FOLDER", "the run's folder", 'o' },
    { "resume", HN_OPT_BOOL, AT(resume), NULL, 0, 0, NULL, NULL,
      "go on with the run in the folder where its states say", 0 },
    { 0 },
};

static hn_status need(const char *value, const char *flag)
{
    return value ? HN_OK : hn_fail(HN_EUSAGE, "%s is needed", flag);
}

/* --seed is train.seed, with the last word. */
static hn_status load_config(hn_train_config *config, const char *path, hn_invocation *invocation)
{
    char seed[64];
    if (invocation->seed_given) {
        snprintf(seed, sizeof seed, "train.seed=%" PRIu64, invocation->seed);
        HN_TRY(hn_text_list_add(&invocation->assignments, seed));
    }
    return hn_train_config_load(config, path, &invocation->assignments);
}

/* A wrong device is found before anything is written. */
static hn_status check_device(const char *device)
{
    hn_scope *scope = NULL;
    HN_TRY(hn_scope_root(&scope, device, 0));
    hn_scope_close(scope);
    return HN_OK;
}

static hn_status resume_run(hn_run **run, const struct options *given, const hn_cohort *cohort,
                            hn_invocation *invocation)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    char own[HN_PATH_SIZE];
    const char *path = given->config;
    if (!path) {
        HN_TRY(hn_path_join(own, given->output, "config.json"));
        path = own;
    }
    HN_TRY(load_config(&config, path, invocation));
    HN_TRY(hn_run_check_same(*run, &config, given->split, cohort));
    (*run)->config.workers = config.workers;
    (*run)->config.ahead = config.ahead;
    return check_device(invocation->device);
}

static hn_status new_run(hn_run **run, const struct options *given, const hn_cohort *cohort,
                         hn_invocation *invocation)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    HN_TRY(load_config(&config, given->config, invocation));
    HN_AUTO_SPLIT *split = NULL;
    HN_TRY(hn_split_read(&split, given->split));
    HN_TRY(hn_split_verify_cohort(split, cohort));
    HN_TRY(check_device(invocation->device));
    return hn_run_create(run, given->output, &config, given->split, cohort, invocation->device);
}

static void say_members(const hn_run *run)
{
    for (int i = 0; i < run->member_count; i++) {
        const hn_run_member *m = &run->members[i];
        hn_log(HN_LOG_INFO,
               "%s: %" PRId64 " epochs, best %" PRId64
               ", on the tuning cases loss %.4f, accuracy %.3f, AUC %.3f",
               m->name, m->epochs, m->best_epoch, m->tuning_loss, m->tuning_accuracy,
               m->tuning_auc);
    }
}

static hn_status run_train(hn_invocation *invocation)
{
    const struct options *given = invocation->options;
    HN_AUTO_RUN *run = NULL;
    HN_AUTO_COHORT *cohort = NULL;
    HN_TRY(need(given->cohort, "--cohort FILE"));
    HN_TRY(need(given->output, "-o FOLDER"));
    if (!given->resume) {
        HN_TRY(need(given->split, "--split FILE"));
        HN_TRY(need(given->config, "--config FILE"));
        HN_TRY(hn_run_check_free(given->output));
    } else {
        hn_status status = hn_run_open(&run, given->output);
        if (status) {
            return hn_context(status, "there is nothing to resume");
        }
    }
    HN_TRY(hn_cohort_open(&cohort, given->cohort));
    HN_TRY(given->resume ? resume_run(&run, given, cohort, invocation)
                         : new_run(&run, given, cohort, invocation));
    HN_TRY(hn_train_run(run, cohort, invocation->device));
    say_members(run);
    return HN_OK;
}

const hn_command hn_command_train = {
    .name = "train",
    .arguments = "",
    .description =
        "Trains one network for each backbone of the configuration (and each fold of the split)\n"
        "and leaves them in a run folder: weights of the best and the last epoch, the log, and a\n"
        "state from which --resume goes on after a crash, a kill or Ctrl-C. Ctrl-C ends after the\n"
        "step in progress, saves, and exits with 130. On the same machine, build and number of\n"
        "threads a resumed run ends in the same bytes as one that was never stopped.",
    .examples =
        "  hipnet train --cohort cohort.h5 --split split.json --config configs/hipnet.json -o run\n"
        "  hipnet train --cohort cohort.h5 -o run --resume\n"
        "  hipnet train --cohort cohort.h5 --split split.json --config configs/demo.json -o run2 "
        "\\\n"
        "      --set train.epochs=5 --set model.backbones=resnet_mini",
    .min_arguments = 0,
    .max_arguments = 0,
    .common = HN_CLI_THREADS | HN_CLI_SEED | HN_CLI_DEVICE | HN_CLI_CONFIG,
    .options = option_table,
    .options_size = sizeof(struct options),
    .run = run_train,
};
