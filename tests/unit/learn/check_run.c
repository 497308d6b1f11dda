/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run folder: made once, read as hostile input, and only for what it was made for. */
#include "tiny_run.h"

Suite *check_run_suite(void);

static void refused(hn_status status, hn_status expected, const char *words)
{
    ck_assert_msg(status == expected, "status %d, expected %d: %s", status, expected,
                  hn_error_message());
    ck_assert_msg(strstr(hn_error_message(), words) != NULL, "'%s' does not say '%s'",
                  hn_error_message(), words);
}

static hn_status create(const char *name)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    HN_AUTO_RUN *run = NULL;
    char split[HN_PATH_SIZE];
    tiny_config(&config, NULL);
    snprintf(split, sizeof split, "%s", scratch("s.json"));
    return hn_run_create(&run, scratch(name), &config, split, tiny_open, "cpu");
}

START_TEST(it_reads_what_was_made)
{
    const char *words[] = { "model.backbones=resnet_mini,densenet_mini", "train.seed=11", NULL };
    HN_AUTO_RUN *made = tiny_run("run", words);
    HN_AUTO_RUN *run = NULL;
    ck_ok(hn_run_open(&run, scratch("run")));
    ck_assert_int_eq(run->member_count, 2);
    ck_assert_str_eq(run->members[1].name, "densenet_mini-f0");
    ck_assert_int_eq(run->members[1].status, HN_MEMBER_PENDING);
    ck_assert(run->members[1].tuning_auc != run->members[1].tuning_auc);
    ck_assert_int_eq(run->config.seed, 11);
    ck_assert_str_eq(run->facts.cohort_sha256, hn_cohort_get_info(tiny_open)->content_sha256);
    ck_assert_str_eq(run->facts.config_sha256, made->facts.config_sha256);
    ck_assert_uint_eq(run->facts.classes.count, 2);
    ck_ok(hn_run_check_same(run, &made->config, scratch("s.json"), tiny_open));
    ck_ok(hn_run_check_same(run, NULL, NULL, tiny_open));
    ck_ok(hn_run_check_cohort(run, tiny_open));
}
END_TEST

START_TEST(folds_make_members)
{
    const char *words[] = { "train.folds=2", NULL };
    tiny_split("s.json", tiny_open, 3, 3);
    HN_AUTO_RUN *all = tiny_run("all", NULL);
    ck_assert_int_eq(all->member_count, 3);
    ck_assert_str_eq(all->members[2].name, "resnet_mini-f2");
    HN_AUTO_RUN *two = tiny_run("two", words);
    ck_assert_int_eq(two->member_count, 2);
    int64_t *train = NULL, *tuning = NULL, *other = NULL;
    int64_t train_count = 0, tuning_count = 0, other_count = 0;
    ck_ok(hn_run_cases(&train, &train_count, all->split, tiny_open, 0, HN_ROLE_TRAIN));
    ck_ok(hn_run_cases(&tuning, &tuning_count, all->split, tiny_open, 0, HN_ROLE_TUNING));
    ck_ok(hn_run_cases(&other, &other_count, all->split, tiny_open, 1, HN_ROLE_TRAIN));
    ck_assert_int_gt(tuning_count, 0);
    ck_assert_int_gt(train_count, tuning_count);
    for (int64_t i = 0; i < train_count; i++) {
        ck_assert_int_eq(hn_cohort_case(tiny_open, train[i])->reference_status,
                         HN_REFERENCE_SINGLE);
        for (int64_t j = 0; j < tuning_count; j++) {
            ck_assert_str_ne(hn_cohort_case(tiny_open, train[i])->patient_id,
                             hn_cohort_case(tiny_open, tuning[j])->patient_id);
        }
    }
    hn_free(train);
    hn_free(tuning);
    hn_free(other);
}
END_TEST

START_TEST(a_folder_is_used_once)
{
    ck_ok(create("run"));
    refused(create("run"), HN_EEXISTS, "--resume");
    ck_ok(hn_file_make_folder(scratch("full")));
    ck_ok(hn_file_write(scratch("full/thesis.doc"), "x", 1, false));
    refused(create("full"), HN_EEXISTS, "thesis.doc");
    /* What a run leaves that was killed while it was made may be made again. */
    ck_ok(hn_file_make_folder(scratch("half")));
    ck_ok(hn_file_write(scratch("half/config.json"), "{", 1, false));
    ck_ok(hn_file_write(scratch("half/members.json.tmp-1-2"), "{", 1, false));
    ck_ok(create("half"));
}
END_TEST

START_TEST(other_inputs_are_named)
{
    HN_AUTO_RUN *run = tiny_run("run", NULL);
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    const char *words[] = { "train.label_smoothing=0.1", NULL };
    tiny_config(&config, words);
    refused(hn_run_check_same(run, &config, NULL, tiny_open), HN_EUSAGE,
            "train.label_smoothing is 0.1 here and 0.05 there");
    tiny_split("other.json", tiny_open, 1, 4);
    refused(hn_run_check_same(run, NULL, scratch("other.json"), tiny_open), HN_EDATA,
            "the split is not the one of the run");
    HN_AUTO_COHORT *other = NULL;
    ck_ok(tiny_cohort_write(scratch("d.h5"), &(tiny_cohort_options) { .cases = 20, .classes = 2 }));
    ck_ok(hn_cohort_open(&other, scratch("d.h5")));
    refused(hn_run_check_same(run, NULL, NULL, other), HN_EDATA, "the cohort is not");
    ck_ok(hn_run_check_cohort(run, other)); /* to predict it is another matter */
}
END_TEST

/* Threads and batches ahead do not change what is learned. */
START_TEST(the_machine_may_change)
{
    HN_AUTO_RUN *run = tiny_run("run", NULL);
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    const char *words[] = { "data.workers=9", "data.ahead=7", NULL };
    tiny_config(&config, words);
    ck_ok(hn_run_check_same(run, &config, NULL, tiny_open));
}
END_TEST

START_TEST(a_cohort_that_does_not_fit_is_refused)
{
    static const struct {
        tiny_cohort_options options;
        const char *words;
    } rows[] = {
        { { .cases = 12, .classes = 3 }, "3 classes" },
        { { .cases = 12, .classes = 2, .rows = 40 }, "40 x 32" },
        { { .cases = 12, .classes = 2, .bits = 16 }, "16 bits" },
    };
    HN_AUTO_RUN *run = tiny_run("run", NULL);
    HN_AUTO_COHORT *other = NULL;
    ck_ok(tiny_cohort_write(scratch("d.h5"), &rows[_i].options));
    ck_ok(hn_cohort_open(&other, scratch("d.h5")));
    refused(hn_run_check_cohort(run, other), HN_EDATA, rows[_i].words);
}
END_TEST

START_TEST(preprocessing_is_compared)
{
    HN_AUTO_RUN *run = tiny_run("run", NULL);
    hn_free(run->facts.settings);
    run->facts.settings = hn_strdup("{\"image\": {\"window_high\": 99}}");
    refused(hn_run_check_cohort(run, tiny_open), HN_EDATA, "preprocessed otherwise");
}
END_TEST

/* Each damage to a file of the folder is refused with the file's name. */
START_TEST(damaged_files_are_refused)
{
    static const struct {
        const char *file, *bytes, *words;
    } rows[] = {
        { "members.json", "", "members.json" },
        { "members.json", "{\"schema\": \"hipnet-run 2\", \"members\": []}", "hipnet-run 2" },
        { "members.json", "{\"schema\": \"hipnet-run 1\", \"members\": []}", "list of members" },
        { "members.json",
          "{\"schema\": \"hipnet-run 1\", \"members\": [{\"name\": \"../../etc\", \"backbone\": "
          "\"x\", \"fold\": 0, \"status\": \"done\", \"epochs\": 1, \"best_epoch\": 1}]}",
          "is not a name" },
        { "config.json", "{\"train\": {\"epoch\": 3}}", "train.epochs" },
        { "config.json", "{\"train\": {\"epochs\": -3}}", "config.json" },
        { "environment.json", "{}", "environment.json" },
        { "environment.json", "{\"cohort_settings\": {}, \"cohort_sha256\": \"12\"}", "SHA-256" },
        { "split.json", "{}", "split.json" },
    };
    char path[128];
    HN_AUTO_RUN *run = NULL;
    ck_ok(create("run"));
    snprintf(path, sizeof path, "run/%s", rows[_i].file);
    ck_ok(hn_file_write(scratch(path), rows[_i].bytes, strlen(rows[_i].bytes), true));
    ck_assert_int_ne(hn_run_open(&run, scratch("run")), HN_OK);
    ck_assert_msg(strstr(hn_error_message(), rows[_i].words) != NULL, "'%s' does not say '%s'",
                  hn_error_message(), rows[_i].words);
    ck_assert_ptr_null(run);
}
END_TEST

START_TEST(an_edited_configuration_is_noticed)
{
    HN_AUTO_RUN *run = NULL;
    ck_ok(create("run"));
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_ok(hn_file_read(&bytes, &size, scratch("run/config.json"), 1 << 16));
    char *place = strstr(bytes, "\"epochs\": 3");
    ck_assert_ptr_nonnull(place);
    place[strlen("\"epochs\": ")] = '5';
    ck_ok(hn_file_write(scratch("run/config.json"), bytes, size, true));
    ck_ok(hn_run_open(&run, scratch("run")));
    refused(hn_run_check_same(run, NULL, NULL, tiny_open), HN_EDATA, "config.json is not");
}
END_TEST

START_TEST(configurations_are_checked)
{
    static const struct {
        const char *word, *says;
    } rows[] = {
        { "model.backbones=resnet_mni", "resnet_mini" },
        { "model.backbones=resnet_mini,resnet_mini", "twice" },
        { "model.backbones=", "empty" },
        { "model.in_channels=2", "1 or 3" },
        { "train.lr_floor=1", "above train.lr" },
        { "data.image_size=7", "at least 16" },
        { "train.lr=fast", "train.lr" },
        { "train.precision=fp16", "bf16" },
        { "augment.rotate=3", "augment.rotation" },
    };
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    hn_text_list words = { 0 };
    ck_ok(hn_text_list_add(&words, rows[_i].word));
    refused(hn_train_config_load(&config, NULL, &words), HN_EUSAGE, rows[_i].says);
    hn_text_list_clear(&words);
}
END_TEST

/* Every option has its words, and a default that its own table accepts. */
START_TEST(the_table_is_whole)
{
    HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
    char first[HN_SHA256_HEX], second[HN_SHA256_HEX];
    for (const hn_option *option = hn_train_config_table(); option->type != HN_OPT_END; option++) {
        ck_assert_msg(option->help && strlen(option->help) > 10, "%s has no help", option->key);
        ck_assert_ptr_nonnull(strchr(option->key, '.'));
    }
    ck_ok(hn_train_config_load(&config, NULL, NULL));
    ck_ok(hn_train_config_hash(first, &config));
    config.workers = 3;
    ck_ok(hn_train_config_hash(second, &config));
    ck_assert_str_eq(first, second);
    config.dropout = 0.3;
    ck_ok(hn_train_config_hash(second, &config));
    ck_assert_str_ne(first, second);
}
END_TEST

/* The reference page holds the table that `hipnet config describe` prints. */
START_TEST(the_reference_is_current)
{
    HN_AUTO_TEXT table = HN_TEXT_INIT;
    HN_AUTOFREE char *page = NULL;
    size_t size = 0;
    hn_config_describe(hn_train_config_table(), &table);
    ck_ok(hn_file_read(&page, &size, HN_TEST_DATA "/../../docs/reference/config.md", 1 << 20));
    ck_assert_msg(strstr(page, hn_text_get(&table)) != NULL,
                  "docs/reference/config.md: put what `hipnet config describe` prints at its end");
}
END_TEST

/* Every recipe of configs/ is right, and there is one for each full backbone it names. */
START_TEST(the_recipes_are_right)
{
    const char *folder = HN_TEST_DATA "/../../configs";
    hn_text_list names = { 0 };
    ck_ok(hn_file_list(&names, folder));
    ck_assert_uint_gt(names.count, 4);
    for (size_t i = 0; i < names.count; i++) {
        HN_AUTO_TRAIN_CONFIG config = HN_TRAIN_CONFIG_INIT;
        char path[HN_PATH_SIZE];
        ck_ok(hn_path_join(path, folder, names.items[i]));
        ck_ok(hn_train_config_load(&config, path, NULL));
    }
    HN_AUTO_TRAIN_CONFIG full = HN_TRAIN_CONFIG_INIT;
    ck_ok(hn_train_config_load(&full, HN_TEST_DATA "/../../configs/hipnet.json", NULL));
    ck_assert_uint_eq(full.backbones.count, 4);
    hn_text_list_clear(&names);
}
END_TEST

Suite *check_run_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tests = tcase_create("run");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, tiny_setup, tiny_teardown);
    tcase_add_test(tests, it_reads_what_was_made);
    tcase_add_test(tests, folds_make_members);
    tcase_add_test(tests, a_folder_is_used_once);
    tcase_add_test(tests, other_inputs_are_named);
    tcase_add_test(tests, the_machine_may_change);
    tcase_add_loop_test(tests, a_cohort_that_does_not_fit_is_refused, 0, 3);
    tcase_add_test(tests, preprocessing_is_compared);
    tcase_add_loop_test(tests, damaged_files_are_refused, 0, 9);
    tcase_add_test(tests, an_edited_configuration_is_noticed);
    suite_add_tcase(suite, tests);
    TCase *configurations = tcase_create("configurations");
    tcase_add_loop_test(configurations, configurations_are_checked, 0, 9);
    tcase_add_test(configurations, the_table_is_whole);
    tcase_add_test(configurations, the_reference_is_current);
    tcase_add_test(configurations, the_recipes_are_right);
    suite_add_tcase(suite, configurations);
    return suite;
}
