/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hipnet check: the numbered invariants of a cohort file, one line each, and exit code 3 when
 * one of them does not hold.
 */
#include <hipnet/cli.h>
#include <hipnet/cohort_file.h>
#include <hipnet/json.h>

#include <inttypes.h>
#include <stdio.h>

static const char *state_word(hn_finding_state state)
{
    return state == HN_FINDING_OK         ? "ok"
           : state == HN_FINDING_VIOLATED ? "violated"
                                          : "not examined";
}

static void print_words(const hn_cohort_report *report, const char *path)
{
    printf("%s", path);
    if (report->cases >= 0) {
        printf(": %" PRId64 " cases, %" PRId64 " images", report->cases, report->images_read);
    }
    printf("\n");
    for (int i = 0; i < HN_COHORT_INVARIANTS; i++) {
        const hn_cohort_finding *finding = &report->findings[i];
        printf("%4d  %-12s  %s\n", finding->invariant, state_word(finding->state),
               finding->statement);
        if (finding->state == HN_FINDING_VIOLATED) {
            printf("%20s%s%s\n", "", finding->violations > 1 ? "first: " : "", finding->first);
        }
        if (finding->violations > 1) {
            printf("%20s%" PRId64 " violations in all\n", "", finding->violations);
        }
    }
    if (report->violated) {
        printf("%d of %d invariants violated\n", report->violated, HN_COHORT_INVARIANTS);
    } else {
        printf("all %d invariants hold; content %s\n", HN_COHORT_INVARIANTS,
               report->content_sha256);
    }
}

static hn_json *make_json(const hn_cohort_report *report, const char *path)
{
    hn_json *root = hn_json_new_object();
    hn_json_add_text(root, "schema", "hipnet-check 1");
    hn_json_add_text(root, "file", path);
    if (report->cases >= 0) {
        hn_json_add_int(root, "cases", report->cases);
        hn_json_add_int(root, "images", report->images_read);
    }
    hn_json_add_int(root, "violated", report->violated);
    hn_json *list = hn_json_add_array(root, "invariants");
    for (int i = 0; i < HN_COHORT_INVARIANTS; i++) {
        const hn_cohort_finding *finding = &report->findings[i];
        hn_json *entry = hn_json_add_object(list, NULL);
        hn_json_add_int(entry, "invariant", finding->invariant);
        hn_json_add_text(entry, "statement", finding->statement);
        hn_json_add_text(entry, "state",
                         finding->state == HN_FINDING_NOT_EXAMINED ? "not_examined"
                                                                   : state_word(finding->state));
        hn_json_add_int(entry, "violations", finding->violations);
        if (finding->violations) {
            hn_json_add_text(entry, "first", finding->first);
        }
    }
    hn_json_add_text(root, "content_sha256",
                     report->content_sha256[0] ? report->content_sha256 : NULL);
    return root;
}

static hn_status run_check(hn_invocation *invocation)
{
    const char *path = invocation->arguments[0];
    hn_cohort_report report;
    HN_TRY(hn_cohort_check(&report, path));
    invocation->found_problems = report.violated > 0;
    if (invocation->json) {
        HN_AUTO_JSON *json = make_json(&report, path);
        return hn_json_write(json, "-", false);
    }
    print_words(&report, path);
    return HN_OK;
}

const hn_command hn_command_check = {
    .name = "check",
    .arguments = "COHORT",
    .description =
        "Verifies the numbered invariants of a cohort file (the schema in hipnet/cohort_file.h),\n"
        "every image against its hash and the content against the hash of the file.\n"
        "The exit code is 3 when an invariant is violated.",
    .examples = "  hipnet check cohort.h5\n"
                "  hipnet check cohort.h5 --json",
    .min_arguments = 1,
    .max_arguments = 1,
    .common = HN_CLI_JSON | HN_CLI_THREADS,
    .options = NULL,
    .run = run_check,
};
