/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training whole members on the tiny cohort: it learns, repeats itself, stops and goes on in the
 * same bytes, gives everything back, and keeps the last good state when it diverges. */
#include "tiny_run.h"

#include <hipnet/checkpoint.h>
#include <hipnet/ensemble.h>
#include <hipnet/safetensors.h>
#include <hipnet/tensor_scope.h>

#include <math.h>
#include <pthread.h>
#include <unistd.h>

Suite *check_trainer_suite(void);

static void same_member(const char *a, const char *b)
{
    static const char *const files[] = { "model_best.safetensors", "model_last.safetensors",
                                         "state_last.safetensors" };
    char first[256], second[256];
    for (size_t i = 0; i < HN_COUNT_OF(files); i++) {
        snprintf(first, sizeof first, "%s/resnet_mini-f0/%s", a, files[i]);
        snprintf(second, sizeof second, "%s/resnet_mini-f0/%s", b, files[i]);
        same_files(first, second);
    }
}

/* The lines of both logs agree in all that is no clock. */
static void same_log(const char *a, const char *b)
{
    static const char *const keys[] = {
        "epoch",          "step",          "lr",          "train_loss",
        "train_accuracy", "gradient_norm", "tuning_loss", "tuning_accuracy",
        "tuning_auc"
    };
    char *bytes[2] = { NULL, NULL };
    char *rest[2];
    const char *names[2] = { a, b };
    int lines = 0;
    for (int i = 0; i < 2; i++) {
        char path[256];
        size_t size = 0;
        snprintf(path, sizeof path, "%s/resnet_mini-f0/log.jsonl", names[i]);
        ck_ok(hn_file_read(&bytes[i], &size, scratch(path), 1 << 20));
        rest[i] = bytes[i];
    }
    for (;; lines++) {
        char *first = strtok_r(rest[0], "\n", &rest[0]);
        char *second = strtok_r(rest[1], "\n", &rest[1]);
        ck_assert_msg(!first == !second, "one log is longer");
        if (!first) {
            break;
        }
        HN_AUTO_JSON *x = NULL;
        HN_AUTO_JSON *y = NULL;
        ck_ok(hn_json_parse(&x, first, strlen(first), a));
        ck_ok(hn_json_parse(&y, second, strlen(second), b));
        for (size_t k = 0; k < HN_COUNT_OF(keys); k++) {
            double u = 0, v = 0;
            ck_ok(hn_json_get_real(&u, x, keys[k]));
            ck_ok(hn_json_get_real(&v, y, keys[k]));
            ck_assert_msg(u == v, "line %d: %s is %.17g and %.17g", lines + 1, keys[k], u, v);
        }
    }
    ck_assert_int_gt(lines, 0);
    hn_free(bytes[0]);
    hn_free(bytes[1]);
}

/* The tuning figures of the best epoch, and those of unseen cases, are far above chance. */
START_TEST(it_learns)
{
    const char *words[] = { "train.epochs=5", "train.view_dropout=0.1", NULL };
    int64_t before = hn_live_tensors();
    HN_AUTO_RUN *run = tiny_run("run", words);
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    ck_assert_int_eq(hn_live_tensors(), before);
    const hn_run_member *member = &run->members[0];
    ck_assert_int_eq(member->status, HN_MEMBER_DONE);
    ck_assert_int_eq(member->epochs, 5);
    ck_assert_double_gt(member->tuning_auc, 0.9);
    ck_assert_double_lt(member->tuning_loss, 0.6);
    ck_assert(hn_file_exists(scratch("run/DONE")));
    ck_assert(hn_file_exists(scratch("run/resnet_mini-f0/DONE")));

    HN_AUTO_ENSEMBLE *ensemble = NULL;
    int64_t cases[32];
    int correct = 0, known = 0;
    for (int64_t i = 0; i < 32; i++) {
        cases[i] = i;
    }
    ck_ok(hn_ensemble_predict(&ensemble, run, tiny_open, cases, 32, "cpu", false));
    ck_assert_int_eq(hn_live_tensors(), before);
    ck_assert_int_eq(ensemble->members, 1);
    for (int64_t i = 0; i < 32; i++) {
        const double *p = ensemble->mean + i * 2;
        int label = hn_cohort_case(tiny_open, i)->label;
        ck_assert(ensemble->readable[i]);
        ck_assert_double_eq_tol(p[0] + p[1], 1, 1e-12);
        known += label >= 0;
        correct += label >= 0 && p[label] > 0.5;
    }
    ck_assert_int_lt(known, 32);
    ck_assert_int_gt(correct, known * 9 / 10);
}
END_TEST

START_TEST(two_runs_are_the_same_bytes)
{
    const char *more[] = { "data.workers=1", "data.ahead=2", NULL };
    HN_AUTO_RUN *a = tiny_run("a", NULL);
    HN_AUTO_RUN *b = tiny_run("b", more);
    ck_ok(hn_train_run(a, tiny_open, "cpu"));
    ck_ok(hn_train_run(b, tiny_open, "cpu"));
    same_member("a", "b");
    const char *seed[] = { "train.seed=2", NULL };
    HN_AUTO_RUN *c = tiny_run("c", seed);
    ck_ok(hn_train_run(c, tiny_open, "cpu"));
    char first[HN_SHA256_HEX], second[HN_SHA256_HEX];
    ck_ok(hn_sha256_file(first, scratch("a/resnet_mini-f0/model_last.safetensors")));
    ck_ok(hn_sha256_file(second, scratch("c/resnet_mini-f0/model_last.safetensors")));
    ck_assert_str_ne(first, second);
}
END_TEST

static void *interrupt_later(void *argument)
{
    usleep(*(const unsigned *)argument);
    hn_interrupt_request();
    return NULL;
}

/* Interrupted again and again at whatever moment, it ends in the bytes of one that was not. */
START_TEST(resumed_is_the_same_as_undisturbed)
{
    const char *words[] = { "train.optimizer=adamw", NULL };
    HN_AUTO_RUN *whole = tiny_run("whole", words);
    ck_ok(hn_train_run(whole, tiny_open, "cpu"));
    hn_run_free(tiny_run("parts", words)); /* made, to be opened again and again */
    int stops = 0;
    for (unsigned wait_us = 60000;; wait_us += 50000) {
        pthread_t thread;
        HN_AUTO_RUN *run = NULL;
        ck_ok(hn_run_open(&run, scratch("parts")));
        ck_ok(hn_run_check_same(run, NULL, NULL, tiny_open));
        ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_later, &wait_us), 0);
        hn_status status = hn_train_run(run, tiny_open, "cpu");
        pthread_join(thread, NULL);
        hn_interrupt_clear();
        if (status == HN_OK) {
            break;
        }
        ck_assert_msg(status == HN_EINTERRUPTED, "%s", hn_error_message());
        stops++;
        ck_assert_int_lt(stops, 200);
    }
    ck_assert_int_gt(stops, 0);
    same_member("whole", "parts");
    same_log("whole", "parts");
}
END_TEST

/* One line per epoch; the best epoch of the table is the one with the least tuning loss, its
 * weights say so, and the state stands at the end. */
START_TEST(the_log_has_a_line_per_epoch)
{
    const char *words[] = { "train.epochs=4", NULL };
    HN_AUTO_RUN *run = tiny_run("run", words);
    HN_AUTOFREE char *bytes = NULL;
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_AUTO_SAFETENSORS *state = NULL;
    char number[32];
    size_t size = 0;
    int64_t line_count = 0, least_epoch = 0;
    double least = INFINITY;
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    ck_ok(hn_file_read(&bytes, &size, scratch("run/resnet_mini-f0/log.jsonl"), 1 << 20));
    for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n")) {
        HN_AUTO_JSON *json = NULL;
        int64_t epoch = 0;
        double value = 0;
        ck_ok(hn_json_parse(&json, line, strlen(line), "log.jsonl"));
        ck_ok(hn_json_get_int(&epoch, json, "epoch"));
        ck_assert_int_eq(epoch, ++line_count);
        ck_ok(hn_json_get_real(&value, json, "train_loss"));
        ck_assert_double_gt(value, 0);
        ck_ok(hn_json_get_real(&value, json, "tuning_auc"));
        ck_assert(value >= 0 && value <= 1);
        ck_ok(hn_json_get_real(&value, json, "loader_wait_share"));
        ck_assert(value >= 0 && value <= 1);
        ck_ok(hn_json_get_real(&value, json, "tuning_loss"));
        least_epoch = value < least ? epoch : least_epoch;
        least = value < least ? value : least;
    }
    ck_assert_int_eq(line_count, 4);
    ck_assert_int_eq(run->members[0].best_epoch, least_epoch);
    ck_assert_double_eq(run->members[0].tuning_loss, least);
    ck_ok(hn_safetensors_open(&file, scratch("run/resnet_mini-f0/model_best.safetensors")));
    snprintf(number, sizeof number, "%d", (int)least_epoch);
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.epoch"), number);
    ck_ok(hn_safetensors_open(&state, scratch("run/resnet_mini-f0/state_last.safetensors")));
    ck_assert_str_eq(hn_safetensors_metadata_get(state, "hipnet.epochs"), "4");
    ck_assert_str_eq(hn_safetensors_metadata_get(state, "hipnet.steps"), "12");
}
END_TEST

START_TEST(patience_ends_it)
{
    /* A rate of zero learns nothing, so that no epoch is better than the first for long. */
    const char *words[] = {
        "train.epochs=40",          "train.patience=2",    "train.lr=0",
        "train.best_by=auc",        "train.lr_floor=0",    "train.weight_decay=0",
        "train.class_weights=none", "train.optimizer=sgd", NULL
    };
    HN_AUTO_RUN *run = tiny_run("run", words);
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    ck_assert_int_lt(run->members[0].epochs, 40);
    ck_assert_int_eq(run->members[0].epochs, run->members[0].best_epoch + 2);
    ck_assert_int_eq(run->members[0].status, HN_MEMBER_DONE);
}
END_TEST

START_TEST(a_diverging_loss_stops_and_keeps_the_last_good_state)
{
    /* The decay turns the weights around and makes them ten thousand times larger each step. */
    const char *words[] = { "train.optimizer=sgd",   "train.lr=100",    "train.weight_decay=100",
                            "train.warmup_epochs=0", "train.epochs=40", NULL };
    HN_AUTO_RUN *run = tiny_run("run", words);
    HN_AUTO_RUN *read = NULL;
    HN_AUTO_SAFETENSORS *state = NULL;
    char epochs[32];
    hn_status status = hn_train_run(run, tiny_open, "cpu");
    ck_assert_msg(status == HN_EDATA, "%d %s", status, hn_error_message());
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "resnet_mini-f0, epoch "));
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "train.lr"));
    ck_ok(hn_run_open(&read, scratch("run")));
    ck_assert_int_eq(read->members[0].status, HN_MEMBER_FAILED);
    ck_ok(hn_safetensors_open(&state, scratch("run/resnet_mini-f0/state_last.safetensors")));
    snprintf(epochs, sizeof epochs, "%d", (int)read->members[0].epochs);
    ck_assert_str_eq(hn_safetensors_metadata_get(state, "hipnet.epochs"), epochs);
    ck_assert_str_eq(hn_safetensors_metadata_get(state, "hipnet.batches"), "0");
    ck_assert(!hn_file_exists(scratch("run/DONE")));
}
END_TEST

/* A state that is missing, cut, or of something else is an error, never a new beginning. */
START_TEST(resuming_needs_the_right_state)
{
    const char *words[] = { "train.epochs=1", NULL };
    const char *state = "run/resnet_mini-f0/state_last.safetensors";
    HN_AUTO_RUN *run = tiny_run("run", words);
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    run->members[0].status = HN_MEMBER_RUNNING;
    ck_ok(hn_file_read(&bytes, &size, scratch(state), 1 << 28));
    ck_ok(hn_file_remove(scratch(state)));
    ck_assert_int_eq(hn_train_run(run, tiny_open, "cpu"), HN_ENOTFOUND);
    run->members[0].status = HN_MEMBER_RUNNING;
    ck_ok(hn_file_write(scratch(state), bytes, size / 2, false));
    ck_assert_int_eq(hn_train_run(run, tiny_open, "cpu"), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "state_last.safetensors"));
    ck_ok(hn_file_write(scratch(state), bytes, size, true));
    run->members[0].status = HN_MEMBER_RUNNING;
    run->facts.config_sha256[0] = run->facts.config_sha256[0] == 'a' ? 'b' : 'a';
    ck_assert_int_eq(hn_train_run(run, tiny_open, "cpu"), HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "config_sha256"));
}
END_TEST

START_TEST(weights_say_what_they_are)
{
    const char *words[] = { "train.epochs=1", "train.precision=bf16", "train.channels_last=true",
                            "model.backbones=efficientnet_mini", NULL };
    HN_AUTO_RUN *run = tiny_run("run", words);
    HN_AUTO_SAFETENSORS *file = NULL;
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    ck_ok(hn_safetensors_open(&file, scratch("run/efficientnet_mini-f0/model_best.safetensors")));
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.backbone"), "efficientnet_mini");
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.classes"), "pji,aseptic_loosening");
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.epoch"), "1");
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.rows"), "24");
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "hipnet.cohort_sha256"),
                     run->facts.cohort_sha256);
    ck_assert_ptr_nonnull(hn_safetensors_metadata_get(file, "hipnet.mean.ap"));
    ck_assert_ptr_nonnull(hn_safetensors_find(file, "head.weight"));
}
END_TEST

START_TEST(the_ensemble_is_the_mean_of_its_members)
{
    const char *words[] = { "train.epochs=1", "model.backbones=resnet_mini,efficientnet_mini",
                            NULL };
    HN_AUTO_RUN *run = tiny_run("run", words);
    HN_AUTO_ENSEMBLE *ensemble = NULL;
    const int64_t cases[] = { 7, 3, 30 };
    ck_assert_int_eq(hn_ensemble_predict(&ensemble, run, tiny_open, cases, 3, "cpu", false),
                     HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "pending"));
    ck_ok(hn_train_run(run, tiny_open, "cpu"));
    ck_ok(hn_ensemble_predict(&ensemble, run, tiny_open, cases, 3, "cpu", false));
    ck_assert_int_eq(ensemble->members, 2);
    ck_assert_str_eq(ensemble->names[1], "efficientnet_mini-f0");
    for (int i = 0; i < 6; i++) {
        double mean = (ensemble->probabilities[0][i] + ensemble->probabilities[1][i]) / 2;
        ck_assert_double_eq(ensemble->mean[i], mean);
    }
    /* The order of asking does not change an answer. */
    HN_AUTO_ENSEMBLE *alone = NULL;
    ck_ok(hn_ensemble_predict(&alone, run, tiny_open, cases + 2, 1, "cpu", false));
    ck_assert_double_eq_tol(alone->mean[0], ensemble->mean[4], 1e-6);
}
END_TEST

START_TEST(tuning_figures)
{
    const double logits[] = { 2, 0, 0, 1, 1, 0, -1, 1 };
    const int64_t labels[] = { 0, 1, 1, 1 };
    hn_tuning tuning;
    ck_ok(hn_tuning_measure(&tuning, logits, labels, 4, 2));
    double expected = (log1p(exp(-2)) + log1p(exp(-1)) + log1p(exp(1)) + log1p(exp(-2))) / 4;
    ck_assert_double_eq_tol(tuning.loss, expected, 1e-14);
    ck_assert_double_eq_tol(tuning.accuracy, 0.75, 1e-15);
    ck_assert_double_eq_tol(tuning.auc, 1, 1e-15);
    const int64_t one[] = { 1, 1, 1, 1 };
    ck_ok(hn_tuning_measure(&tuning, logits, one, 4, 2));
    ck_assert(isnan(tuning.auc));
}
END_TEST

Suite *check_trainer_suite(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tests = tcase_create("trainer");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, tiny_setup, tiny_teardown);
    tcase_add_test(tests, it_learns);
    tcase_add_test(tests, two_runs_are_the_same_bytes);
    tcase_add_test(tests, resumed_is_the_same_as_undisturbed);
    tcase_add_test(tests, the_log_has_a_line_per_epoch);
    tcase_add_test(tests, patience_ends_it);
    tcase_add_test(tests, a_diverging_loss_stops_and_keeps_the_last_good_state);
    tcase_add_test(tests, resuming_needs_the_right_state);
    tcase_add_test(tests, weights_say_what_they_are);
    tcase_add_test(tests, the_ensemble_is_the_mean_of_its_members);
    tcase_add_test(tests, tuning_figures);
    suite_add_tcase(suite, tests);
    return suite;
}
