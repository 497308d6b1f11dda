/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet config: what a training can be told. Everything printed here comes from the table that
 * also reads the files.
 */
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/number.h>
#include <hipnet/train_config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- list -------------------------------------------------------------------------------- */

/* The folder of recipes: beside an installed program, else the source's. */
static hn_status configs_folder(char out[HN_PATH_SIZE])
{
    char self[HN_PATH_SIZE];
    char folder[HN_PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = 0;
        hn_path_folder(folder, self);
        HN_TRY(hn_path_join(out, folder, HN_CONFIGS_INSTALLED));
        if (hn_file_is_folder(out)) {
            return HN_OK;
        }
    }
    return hn_path_join(out, HN_CONFIGS_SOURCE, "");
}

static hn_status list_file(const char *folder, const char *name)
{
    char path[HN_PATH_SIZE];
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    HN_TRY(hn_path_join(path, folder, name));
    HN_TRY(hn_train_config_load(&config, path, NULL));
    printf("%-24s %lld epochs of batches of %lld, %s:", name, (long long)config.epochs,
           (long long)config.batch_size, config.optimizer);
    for (size_t i = 0; i < config.backbones.count; i++) {
        printf(" %s", config.backbones.items[i]);
    }
    printf("\n");
    return HN_OK;
}

static hn_status list_configs(const char *given)
{
    char folder[HN_PATH_SIZE];
    hn_text_list names = { 0 };
    HN_TRY(given ? hn_path_join(folder, given, "") : configs_folder(folder));
    hn_status status = hn_file_list(&names, folder);
    if (!status) {
        printf("%s\n", folder);
    }
    for (size_t i = 0; i < names.count && !status; i++) {
        if (hn_text_ends(names.items[i], ".json")) {
            status = list_file(folder, names.items[i]);
        }
    }
    hn_text_list_clear(&names);
    return status;
}

/* ---- explain ----------------------------------------------------------------------------- */

static const char *type_words(const hn_option *option)
{
    switch (option->type) {
    case HN_OPT_BOOL:
        return "true or false";
    case HN_OPT_INT:
        return "whole number";
    case HN_OPT_REAL:
        return "number";
    case HN_OPT_NAME:
        return "one of";
    case HN_OPT_LIST:
        return "list";
    default:
        return "text";
    }
}

static void explain_option(const hn_option *option)
{
    printf("%s\n    %s.\n    %s", option->key, option->help, type_words(option));
    if (option->choices) {
        printf(" %s", option->choices);
    }
    if (option->low < option->high) {
        char low[HN_REAL_SIZE], high[HN_REAL_SIZE];
        printf(" from %s to %s", hn_format_real(low, option->low),
               hn_format_real(high, option->high));
    }
    if (option->value_name) {
        printf(", %s", option->value_name);
    }
    printf("; default %s\n", option->fallback ? option->fallback : "none");
}

static bool is_of_section(const char *key, const char *section)
{
    size_t length = strlen(section);
    return strncmp(key, section, length) == 0 && key[length] == '.';
}

/* One key, all keys of a section, or all. */
static hn_status explain(const char *key)
{
    const hn_option *table = hn_train_config_table();
    const char *keys[256];
    size_t count = 0;
    bool any = false;
    for (const hn_option *option = table; option->type != HN_OPT_END; option++) {
        if (!key || hn_text_equal(key, option->key) || is_of_section(option->key, key)) {
            explain_option(option);
            any = true;
        }
        hn_assert(count < HN_COUNT_OF(keys));
        keys[count++] = option->key;
    }
    if (!any) {
        return hn_fail(HN_EUSAGE, "unknown key '%s'%s", key, hn_text_suggest(key, keys, count));
    }
    return HN_OK;
}

/* The table of all keys in Markdown, which docs/reference/config.md holds. */
static hn_status describe(void)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_config_describe(hn_train_config_table(), &text);
    HN_TRY(hn_text_status(&text));
    fputs(hn_text_get(&text), stdout);
    return HN_OK;
}

/* ---- dump, check ------------------------------------------------------------------------- */

static hn_status dump(const char *path, const hn_text_list *assignments)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_load(&config, path, assignments));
    HN_TRY(hn_train_config_to_json(&json, &config));
    return hn_json_write(json, "-", false);
}

static hn_status check(const char *path, const hn_text_list *assignments)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    char hash[HN_SHA256_HEX];
    HN_TRY(hn_train_config_load(&config, path, assignments));
    HN_TRY(hn_train_config_hash(hash, &config));
    printf("%s: a configuration of %zu member%s for each fold, config_sha256 %s\n", path,
           config.backbones.count, config.backbones.count == 1 ? "" : "s", hash);
    return HN_OK;
}

static hn_status run_config(hn_invocation *invocation)
{
    static const char *const verbs[] = { "list", "dump", "explain", "check", "describe" };
    const char *verb = invocation->arguments[0];
    const char *argument = invocation->argument_count > 1 ? invocation->arguments[1] : NULL;
    if (hn_text_equal(verb, "list")) {
        return list_configs(argument);
    }
    if (hn_text_equal(verb, "dump")) {
        return dump(argument, &invocation->assignments);
    }
    if (hn_text_equal(verb, "explain")) {
        return explain(argument);
    }
    if (hn_text_equal(verb, "check")) {
        return argument ? check(argument, &invocation->assignments)
                        : hn_fail(HN_EUSAGE, "config check needs a FILE");
    }
    if (hn_text_equal(verb, "describe")) {
        return describe();
    }
    return hn_fail(HN_EUSAGE, "config %s is not one of list, dump, explain, check, describe%s",
                   verb, hn_text_suggest(verb, verbs, HN_COUNT_OF(verbs)));
}

const hn_command hn_command_config = {
    .name = "config",
    .arguments = "list|dump|explain|check|describe [ARGUMENT]",
    .description =
        "list [FOLDER]   the recipes in a folder (without it: those that come with HipNet)\n"
        "dump [FILE]     the resolved configuration as JSON, every key; without FILE the defaults\n"
        "explain [KEY]   what a key (train.lr), a section (train) or everything means\n"
        "check FILE      reads a configuration with all that it extends and says whether it is\n"
        "                right; exits with 2 when it is not\n"
        "describe        the table of all keys in Markdown",
    .examples = "  hipnet config list\n"
                "  hipnet config dump configs/hipnet.json --set train.lr=1e-4 > mine.json\n"
                "  hipnet config explain train.lr\n"
                "  hipnet config check mine.json",
    .min_arguments = 1,
    .max_arguments = 2,
    .common = HN_CLI_CONFIG,
    .options = NULL,
    .options_size = 0,
    .run = run_config,
};
