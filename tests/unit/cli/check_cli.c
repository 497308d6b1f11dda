/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"
#include <hipnet/cli.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <stddef.h>
#include <string.h>

Suite *check_cli_suite(void);

struct flags {
    int64_t size;
    char *view;
    char *out;
    bool mirror;
};

#define AT(field) offsetof(struct flags, field)
static const hn_option options[] = {
    { "size", HN_OPT_INT, AT(size), "512", 16, 4096, NULL, "PX", "side of an image", 's' },
    { "view", HN_OPT_NAME, AT(view), "ap", 0, 0, "ap|lateral", NULL, "which view", 0 },
    { "output", HN_OPT_TEXT, AT(out), NULL, 0, 0, NULL, "FILE", "where to write", 'o' },
    { "mirror", HN_OPT_BOOL, AT(mirror), NULL, 0, 0, NULL, NULL, "mirror right hips", 0 },
    { 0 },
};

/* What the last run saw. */
static struct {
    int runs, arguments, threads;
    struct flags flags;
    char view[16], out[16], first[16], set[32];
    uint64_t seed;
    bool json, seed_given;
    hn_status answer;
    bool problems;
} seen;

static hn_status run(hn_invocation *invocation)
{
    struct flags *flags = invocation->options;
    seen.runs++;
    seen.flags = *flags;
    snprintf(seen.view, sizeof seen.view, "%s", flags->view);
    snprintf(seen.out, sizeof seen.out, "%s", flags->out ? flags->out : "");
    snprintf(seen.first, sizeof seen.first, "%s",
             invocation->argument_count ? invocation->arguments[0] : "");
    if (invocation->assignments.count) {
        snprintf(seen.set, sizeof seen.set, "%s", invocation->assignments.items[0]);
    }
    seen.arguments = invocation->argument_count;
    seen.threads = hn_threads();
    seen.seed = invocation->seed;
    seen.seed_given = invocation->seed_given;
    seen.json = invocation->json;
    invocation->found_problems = seen.problems;
    return seen.answer == HN_OK ? HN_OK : hn_fail(seen.answer, "as asked");
}

static const hn_command build = {
    .name = "build",
    .arguments = "MANIFEST...",
    .description = "Builds.",
    .min_arguments = 1,
    .max_arguments = 2,
    .common = HN_CLI_THREADS | HN_CLI_SEED | HN_CLI_JSON | HN_CLI_CONFIG,
    .options = options,
    .options_size = sizeof(struct flags),
    .run = run,
};
static const hn_command *const commands[] = { &build };

/* Runs "hipnet-data <words>", with the standard error kept in a file. */
static int call(const char *words)
{
    hn_text_list list = { 0 };
    ck_assert_int_eq(hn_text_list_add(&list, "hipnet-data"), HN_OK);
    ck_assert_int_eq(hn_text_split(&list, words, ' '), HN_OK);
    ck_assert_int_eq(hn_text_list_add(&list, ""), HN_OK);
    fflush(stderr);
    ck_assert_ptr_nonnull(freopen(scratch("err"), "w", stderr));
    int code = hn_cli_main("hipnet-data", commands, 1, (int)list.count - 1, list.items);
    fflush(stderr);
    hn_text_list_clear(&list);
    return code;
}

static void assert_said(const char *words)
{
    char *bytes = NULL;
    ck_assert_int_eq(hn_file_read(&bytes, NULL, scratch("err"), 10000), HN_OK);
    ck_assert_msg(strstr(bytes, words) != NULL, "'%s' does not hold '%s'", bytes, words);
    ck_assert_ptr_eq(strchr(bytes, '\n'), bytes + strlen(bytes) - 1); /* one line */
    hn_free(bytes);
}

START_TEST(flags_and_arguments)
{
    ck_assert_int_eq(call("build --size=64 m.csv --view lateral -o x.h5 --mirror --seed 7 -t2 --json "
                          "--set a.b=3"),
                     0);
    ck_assert_int_eq(seen.flags.size, 64);
    ck_assert_str_eq(seen.view, "lateral");
    ck_assert_str_eq(seen.out, "x.h5");
    ck_assert_str_eq(seen.first, "m.csv");
    ck_assert_str_eq(seen.set, "a.b=3");
    ck_assert(seen.flags.mirror && seen.json && seen.seed_given);
    ck_assert_uint_eq(seen.seed, 7);
    ck_assert_int_eq(seen.threads, 2);
    ck_assert_int_eq(seen.arguments, 1);
    ck_assert_int_eq(call("build m -- --size"), 0);
    ck_assert_int_eq(seen.arguments, 2);
    ck_assert_int_eq(seen.flags.size, 512);
    ck_assert(!seen.seed_given);
}
END_TEST

static const struct {
    const char *words, *said;
} wrong[] = {
    { "build", "hipnet build: MANIFEST... is missing; see 'hipnet build --help'" },
    { "build a b c", "'c' is one argument too many" },
    { "build a --sise 3", "unknown option '--sise'; did you mean '--size'?" },
    { "build a --size", "option '--size' needs a value" },
    { "build a --size x", "hipnet build: --size: 'x' is not a whole number" },
    { "build a --size 5", "--size: 5 is not between 16 and 4096" },
    { "build a --view up", "--view: 'up' is not one of ap, lateral" },
    { "build a --device cpu", "unknown option '--device'" },
    { "build a -z", "unknown option '-z'" },
    { "build a --mirror=perhaps", "--mirror: 'perhaps' is not one of" },
    { "biuld a", "unknown command 'biuld'; did you mean 'build'?" },
};

START_TEST(wrong_usage_is_two_and_one_line)
{
    ck_assert_int_eq(call(wrong[_i].words), 2);
    assert_said(wrong[_i].said);
    ck_assert_int_eq(seen.runs, 0);
}
END_TEST

START_TEST(statuses_become_exit_codes)
{
    seen.answer = HN_EIO;
    ck_assert_int_eq(call("build a"), 1);
    assert_said("hipnet build: as asked");
    seen.answer = HN_EUSAGE;
    ck_assert_int_eq(call("build a"), 2);
    seen.answer = HN_EINTERRUPTED;
    ck_assert_int_eq(call("build a"), 130);
    seen.answer = HN_OK;
    seen.problems = true;
    ck_assert_int_eq(call("build a"), 3);
}
END_TEST

START_TEST(every_entry_is_whole)
{
    int count = 0;
    const hn_command_entry *entries = hn_cli_entries(&count);
    ck_assert_int_gt(count, 5);
    for (int i = 0; i < count; i++) {
        ck_assert(entries[i].summary[0] && strlen(entries[i].summary) < 70);
        ck_assert(hn_text_starts(entries[i].program, "hipnet-"));
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(entries[i].name, entries[k].name);
        }
    }
}
END_TEST

Suite *check_cli_suite(void)
{
    Suite *suite = suite_create("cli");
    TCase *tests = tcase_create("cli");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, flags_and_arguments);
    tcase_add_loop_test(tests, wrong_usage_is_two_and_one_line, 0, (int)HN_COUNT_OF(wrong));
    tcase_add_test(tests, statuses_become_exit_codes);
    tcase_add_test(tests, every_entry_is_whole);
    suite_add_tcase(suite, tests);
    return suite;
}
