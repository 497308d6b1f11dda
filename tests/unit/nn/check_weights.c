/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_weights.c: networks to and from files; public names, their first convolution and their
 * classifier; what is missing or unexpected is said and nothing is half loaded.
 */
#include "nn_test.h"

#include "scratch.h"

#include <hipnet/file.h>

#include <hipnet/weights.h>
#include <sys/stat.h>

static void setup(void)
{
    nn_setup();
    scratch_open();
}

static void teardown(void)
{
    scratch_close();
    nn_teardown();
}

struct built {
    hn_params *params;
    const hn_dual_view *net;
};

static struct built build(hn_dual_view_options options, uint64_t seed)
{
    struct built b = { 0 };
    ck_ok(hn_params_new(&b.params, "cpu", seed));
    ck_ok(hn_dual_view_new(&b.net, b.params, &options));
    return b;
}

/* Entries whose values differ between two stores with the same names. */
static int differences(hn_params *a, hn_params *b, const char *prefix)
{
    int count = 0;
    HN_SCOPE(s, hn_params_scope(a), HN_NO_GRAD);
    for (int i = 0; i < hn_params_count(a); i++) {
        const hn_param *entry = hn_params_at(a, i);
        const hn_param *other = hn_params_find(b, entry->name);
        if (hn_text_starts(entry->name, prefix)) {
            count += !hn_equal(s, entry->tensor, other->tensor);
        }
    }
    ck_ok(hn_scope_status(s));
    return count;
}

static void round_trip_of(int index)
{
    hn_dual_view_options options = small_options(small_names[index]);
    struct built a = build(options, 1);
    struct built b = build(options, 2);
    ck_assert(formula_fill_all(a.params, ""));
    ck_assert_int_gt(differences(a.params, b.params, ""), 0);
    ck_ok(hn_params_convert(a.params, HN_FLOAT32, HN_CHANNELS_LAST));
    hn_safetensors_metadata metadata = { "hipnet.backbone", small_names[index] };
    ck_ok(hn_weights_save(a.params, scratch("w.safetensors"), &metadata, 1, false));
    ck_assert_int_eq(hn_weights_save(a.params, scratch("w.safetensors"), NULL, 0, false),
                     HN_EEXISTS);
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_load(b.params, scratch("w.safetensors"), NULL, &report));
    ck_assert_int_eq((int64_t)report.loaded.count, hn_params_count(b.params));
    ck_assert_int_eq(differences(a.params, b.params, ""), 0);

    HN_AUTO_SAFETENSORS *file = NULL;
    hn_dual_view_options found = { 0 };
    ck_ok(hn_safetensors_open(&file, scratch("w.safetensors")));
    ck_ok(hn_weights_architecture(&found, file, NULL));
    ck_assert_str_eq(found.backbone, small_names[index]);
    ck_assert_str_eq(found.views, "both");
    ck_assert_str_eq(found.fusion, "concat");
    ck_assert_int_eq(found.classes, 5);
    ck_assert_int_eq(found.in_channels, 1);
    hn_params_free(a.params);
    hn_params_free(b.params);
    ck_ok(hn_file_remove(scratch("w.safetensors")));
}

START_TEST(what_is_saved_is_loaded)
{
    for (int i = 0; i < SMALL; i++) {
        round_trip_of(i);
    }
}
END_TEST

START_TEST(missing_and_unexpected_names_are_listed_and_nothing_changes)
{
    hn_dual_view_options gated = small_options("resnet_mini");
    gated.fusion = "gated";
    hn_dual_view_options mean = small_options("resnet_mini");
    mean.fusion = "mean";
    struct built a = build(gated, 1);
    struct built b = build(mean, 2);
    struct built kept = build(mean, 2);
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_save(a.params, scratch("gated"), NULL, 0, false));
    ck_ok(hn_weights_save(b.params, scratch("mean"), NULL, 0, false));

    ck_assert_int_eq(hn_weights_load(b.params, scratch("gated"), NULL, &report), HN_EDATA);
    ck_assert_int_eq((int64_t)report.unexpected.count, 5);
    ck_assert_str_eq(report.unexpected.items[0], "fusion.gate.score.weight");
    ck_assert_int_eq((int64_t)report.missing.count, 0);
    ck_assert_int_eq(differences(b.params, kept.params, ""), 0);

    ck_assert_int_eq(hn_weights_load(a.params, scratch("mean"), NULL, &report), HN_EDATA);
    ck_assert_int_eq((int64_t)report.missing.count, 5);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "lacks 5"));
    ck_assert_int_gt(differences(b.params, a.params, "head"), 0);
    ck_ok(hn_weights_load(a.params, scratch("mean"), "fusion.*", &report));
    ck_assert_int_eq(differences(b.params, a.params, ""), 0);
    hn_params_free(a.params);
    hn_params_free(b.params);
    hn_params_free(kept.params);
}
END_TEST

START_TEST(another_shape_type_or_backbone_is_refused)
{
    struct built a = build(small_options("resnet_mini"), 1);
    hn_dual_view_options seven = small_options("resnet_mini");
    seven.classes = 7;
    struct built b = build(seven, 1);
    hn_safetensors_metadata metadata = { "hipnet.backbone", "resnet_mini" };
    ck_ok(hn_weights_save(a.params, scratch("five"), &metadata, 1, false));
    ck_assert_int_eq(hn_weights_load(b.params, scratch("five"), NULL, NULL), HN_ESHAPE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "head.weight is [5, 384], expected [7, 384]"));
    struct built c = build(small_options("densenet_mini"), 1);
    ck_assert_int_eq(hn_weights_start(c.net, c.params, scratch("five"), NULL), HN_EDATA);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "holds weights of resnet_mini"));
    ck_assert_int_eq(hn_weights_load(a.params, scratch("none"), NULL, NULL), HN_ENOTFOUND);

    const int64_t wrong = 1;
    hn_safetensors_entry entry = {
        .name = "head.bias", .type = HN_SAFETENSORS_I64, .rank = 1, .shape = { 1 }, .data = &wrong
    };
    ck_ok(hn_safetensors_write(scratch("type"), &entry, 1, NULL, 0, false));
    ck_assert_int_eq(hn_weights_load(a.params, scratch("type"), "*", NULL), HN_ESHAPE);
    hn_params_free(a.params);
    hn_params_free(b.params);
    hn_params_free(c.params);
}
END_TEST

/* Evaluation features of one picture in all channels. */
static void features(hn_params *params, const hn_backbone *backbone, const void *net, int channels,
                     double *out)
{
    HN_SCOPE(s, hn_params_scope(params), HN_EVALUATION);
    hn_tensor *x = formula_pictures(s, 2, 1, 64, HN_FLOAT64);
    x = hn_contiguous(s, hn_expand(s, x, HN_DIMS(-1, channels, -1, -1)));
    hn_tensor *f = hn_backbone_forward(s, backbone, net, x);
    ck_ok(hn_copy_out(s, f, HN_FLOAT64, out, 2 * backbone->feature_dim));
}

/* Three channels with names of torchvision into one channel: the same features of gray. */
static void one_channel_of(int index)
{
    const hn_backbone *backbone = NULL;
    ck_ok(hn_backbone_find(&backbone, small_names[index]));
    HN_AUTO_PARAMS *three = NULL;
    ck_ok(hn_params_new(&three, "cpu", 1));
    const void *net = NULL;
    ck_ok(hn_backbone_build(&net, backbone, hn_path_root(three), 3, 0));
    hn_dense_default_at(hn_path_to(hn_path_root(three), "%s", backbone->head), 7, 3);
    ck_ok(hn_params_convert(three, HN_FLOAT64, HN_CONTIGUOUS));
    ck_assert(formula_fill_all(three, ""));
    ck_ok(hn_weights_save(three, scratch("public"), NULL, 0, true));

    hn_dual_view_options options = small_options(small_names[index]);
    struct built one = build(options, 2);
    ck_ok(hn_params_convert(one.params, HN_FLOAT64, HN_CONTIGUOUS));
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_start(one.net, one.params, scratch("public"), &report));
    ck_assert_str_eq(report.naming, "torchvision");
    ck_assert(report.first_adapted);
    ck_assert_int_eq((int64_t)report.dropped.count, 2);
    double expected[2 * 400];
    double found[2 * 400];
    features(three, backbone, net, 3, expected);
    for (int v = 0; v < HN_VIEWS; v++) {
        features(one.params, backbone, hn_dual_view_branch(one.net, (hn_view)v), 1, found);
        for (int i = 0; i < 2 * backbone->feature_dim; i++) {
            ck_assert_double_eq_tol(found[i], expected[i], 1e-10);
        }
    }
    hn_params_free(one.params);
}

START_TEST(one_channel_answers_as_three_do_to_gray)
{
    for (int i = 0; i < SMALL; i++) {
        one_channel_of(i);
    }
}
END_TEST

/* The exported branch, taken back as public weights, has the same entries as the branch. */
static void export_of(int index)
{
    hn_dual_view_options options = small_options(small_names[index]);
    options.share_views = index % 2;
    struct built a = build(options, 1);
    struct built b = build(options, 2);
    ck_assert(formula_fill_all(a.params, ""));
    ck_ok(hn_weights_export(a.net, a.params, HN_VIEW_LATERAL, false, scratch("x"), true));
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_start(b.net, b.params, scratch("x"), &report));
    ck_assert_str_eq(report.naming, "torchvision");
    ck_assert(!report.first_adapted);
    const char *branch = hn_dual_view_branch_name(a.net, HN_VIEW_LATERAL);
    ck_assert_int_eq(differences(a.params, b.params, branch), 0);
    ck_ok(hn_weights_export(a.net, a.params, HN_VIEW_LATERAL, true, scratch("x"), true));
    ck_ok(hn_weights_start(b.net, b.params, scratch("x"), &report));
    ck_assert(report.first_adapted);
    {
        char first[HN_PARAM_NAME]; /* three thirds are the whole */
        snprintf(first, sizeof first, "%s.%s.weight", branch, hn_dual_view_backbone(a.net)->first);
        HN_SCOPE(s, hn_params_scope(a.params), HN_NO_GRAD);
        ck_assert(hn_allclose(s, hn_params_find(b.params, first)->tensor,
                              hn_params_find(a.params, first)->tensor, 1e-6, 1e-7));
        ck_ok(hn_scope_status(s));
    }
    hn_params_free(a.params);
    hn_params_free(b.params);
}

START_TEST(an_export_comes_back)
{
    for (int i = 0; i < SMALL; i++) {
        export_of(i);
    }
}
END_TEST

START_TEST(an_export_of_a_view_that_is_not_read_is_refused)
{
    hn_dual_view_options options = small_options("resnet_mini");
    options.views = "ap";
    struct built a = build(options, 1);
    ck_assert_int_eq(hn_weights_export(a.net, a.params, HN_VIEW_LATERAL, true, scratch("x"), false),
                     HN_EUSAGE);
    ck_assert(!hn_file_exists(scratch("x")));
    hn_params_free(a.params);
}
END_TEST

/* clang-format off */
static const struct { const char *backbone, *timm, *torchvision; } names[] = {
    { "efficientnet_b0", "conv_stem.weight",                   "features.0.0.weight" },
    { "efficientnet_b0", "bn1.running_mean",                   "features.0.1.running_mean" },
    { "efficientnet_b0", "blocks.0.0.conv_dw.weight",          "features.1.0.block.0.0.weight" },
    { "efficientnet_b0", "blocks.0.0.se.conv_reduce.bias",     "features.1.0.block.1.fc1.bias" },
    { "efficientnet_b0", "blocks.0.0.conv_pw.weight",          "features.1.0.block.2.0.weight" },
    { "efficientnet_b0", "blocks.0.0.bn2.running_var",         "features.1.0.block.2.1.running_var" },
    { "efficientnet_b0", "blocks.5.3.conv_pw.weight",          "features.6.3.block.0.0.weight" },
    { "efficientnet_b0", "blocks.5.3.bn1.weight",              "features.6.3.block.0.1.weight" },
    { "efficientnet_b0", "blocks.5.3.conv_dw.weight",          "features.6.3.block.1.0.weight" },
    { "efficientnet_b0", "blocks.5.3.se.conv_expand.weight",   "features.6.3.block.2.fc2.weight" },
    { "efficientnet_b0", "blocks.5.3.conv_pwl.weight",         "features.6.3.block.3.0.weight" },
    { "efficientnet_b0", "blocks.5.3.bn3.num_batches_tracked",
                         "features.6.3.block.3.1.num_batches_tracked" },
    { "efficientnet_b0", "conv_head.weight",                   "features.8.0.weight" },
    { "efficientnet_b0", "bn2.bias",                           "features.8.1.bias" },
    { "efficientnet_b0", "classifier.weight",                  "classifier.1.weight" },
    { "convnext_tiny",   "stem.0.weight",                      "features.0.0.weight" },
    { "convnext_tiny",   "stem.1.bias",                        "features.0.1.bias" },
    { "convnext_tiny",   "stages.2.downsample.1.weight",       "features.4.1.weight" },
    { "convnext_tiny",   "stages.2.blocks.8.conv_dw.bias",     "features.5.8.block.0.bias" },
    { "convnext_tiny",   "stages.2.blocks.8.norm.weight",      "features.5.8.block.2.weight" },
    { "convnext_tiny",   "stages.2.blocks.8.mlp.fc1.weight",   "features.5.8.block.3.weight" },
    { "convnext_tiny",   "stages.2.blocks.8.mlp.fc2.bias",     "features.5.8.block.5.bias" },
    { "convnext_tiny",   "stages.2.blocks.8.gamma",            "features.5.8.layer_scale" },
    { "convnext_tiny",   "head.norm.weight",                   "classifier.0.weight" },
    { "convnext_tiny",   "head.fc.bias",                       "classifier.2.bias" },
    { "resnet50",        "layer4.2.conv3.weight",              "layer4.2.conv3.weight" },
    { "densenet121",     "features.denseblock2.denselayer11.norm.2.running_var",
                         "features.denseblock2.denselayer11.norm2.running_var" },
    { "densenet121",     "features.transition1.conv.weight",   "features.transition1.conv.weight" },
    { "efficientnet_b0", "blocks.x.0.bn1.weight",              NULL },
    { "efficientnet_b0", "features.0.0.weight",                NULL },
    { "convnext_tiny",   "stages.2.blocks.8.gammas",           NULL },
};
/* clang-format on */

START_TEST(names_of_timm_are_translated)
{
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        const hn_backbone *backbone = NULL;
        ck_ok(hn_backbone_find(&backbone, names[i].backbone));
        char found[HN_PARAM_NAME] = "";
        hn_status status = hn_rename_timm(found, backbone, names[i].timm);
        ck_assert_int_eq(status, names[i].torchvision ? HN_OK : HN_ENOTFOUND);
        ck_assert_str_eq(found, names[i].torchvision ? names[i].torchvision : "");
    }
}
END_TEST

/* The inverse of the table, by the words of timm's modules, for one of ConvNeXt's entries. */
static void timm_name(char *out, size_t size, const char *name)
{
    int stage = 0;
    int at = 0;
    char rest[128] = "";
    if (sscanf(name, "features.%d.%d.%127s", &stage, &at, rest) != 3) {
        snprintf(out, size, "head.norm.%s", name + strlen("classifier.0."));
    } else if (stage == 0) {
        snprintf(out, size, "stem.%d.%s", at, rest);
    } else if (stage % 2 == 0) {
        snprintf(out, size, "stages.%d.downsample.%d.%s", stage / 2, at, rest);
    } else if (!strcmp(rest, "layer_scale")) {
        snprintf(out, size, "stages.%d.blocks.%d.gamma", stage / 2, at);
    } else {
        const char *const parts[] = { "conv_dw", "", "norm", "mlp.fc1", "", "mlp.fc2" };
        int part = rest[strlen("block.")] - '0';
        snprintf(out, size, "stages.%d.blocks.%d.%s.%s", stage / 2, at, parts[part],
                 rest + strlen("block.0."));
    }
}

START_TEST(a_file_with_names_of_timm_fills_a_whole_network)
{
    const hn_backbone *backbone = NULL;
    ck_ok(hn_backbone_find(&backbone, "convnext_mini"));
    struct built a = build(small_options("convnext_mini"), 1);
    struct built b = build(small_options("convnext_mini"), 2);
    HN_SCOPE(s, hn_params_scope(a.params), HN_NO_GRAD);
    static hn_safetensors_entry entries[128];
    static char timm[128][HN_PARAM_NAME];
    int64_t count = 0;
    for (int i = 0; i < hn_params_count(a.params); i++) {
        const hn_param *entry = hn_params_at(a.params, i);
        if (!hn_text_starts(entry->name, "backbone.ap.")) {
            continue;
        }
        timm_name(timm[count], HN_PARAM_NAME, entry->name + strlen("backbone.ap."));
        hn_tensor *x = hn_detach(s, entry->tensor);
        bool gamma = hn_text_ends(timm[count], "gamma");
        entries[count] = (hn_safetensors_entry) { .name = timm[count],
                                                  .type = HN_SAFETENSORS_F32,
                                                  .rank = gamma ? 1 : entry->rank,
                                                  .data = hn_data(s, x) };
        memcpy(entries[count].shape, entry->shape, sizeof entry->shape);
        count++;
    }
    ck_ok(hn_safetensors_write(scratch("timm"), entries, count, NULL, 0, false));
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_start(b.net, b.params, scratch("timm"), &report));
    ck_assert_str_eq(report.naming, "timm");
    ck_assert_int_eq((int64_t)report.loaded.count, 2 * count);
    ck_assert_int_eq(differences(a.params, b.params, "backbone.ap"), 0);

    entries[0].name = "blocks.unknown"; /* one lacks, one nobody knows */
    ck_ok(hn_safetensors_write(scratch("timm"), entries, count, NULL, 0, true));
    ck_assert_int_eq(hn_weights_start(b.net, b.params, scratch("timm"), &report), HN_EDATA);
    ck_assert_int_eq((int64_t)report.missing.count, 2);
    ck_assert_int_eq((int64_t)report.unexpected.count, 1);
    hn_scope_close(s);
    s = NULL;
    hn_params_free(a.params);
    hn_params_free(b.params);
}
END_TEST

START_TEST(shared_weights_start_both_branches)
{
    hn_dual_view_options options = small_options("resnet_mini");
    struct built two = build(options, 1);
    options.share_views = true;
    struct built one = build(options, 2);
    ck_ok(hn_weights_save(one.params, scratch("shared"), NULL, 0, false));
    HN_AUTO_WEIGHTS_REPORT report = HN_WEIGHTS_REPORT_INIT;
    ck_ok(hn_weights_start(two.net, two.params, scratch("shared"), &report));
    ck_assert_str_eq(report.naming, "hipnet");
    ck_assert_int_eq((int64_t)report.dropped.count, 4); /* head and fusion */
    {
        HN_SCOPE(s, hn_params_scope(two.params), HN_NO_GRAD);
        const char *const places[] = { "backbone.ap", "backbone.lateral" };
        for (int v = 0; v < HN_VIEWS; v++) {
            char name[HN_PARAM_NAME];
            snprintf(name, sizeof name, "%s.layer4.0.conv2.weight", places[v]);
            hn_param *shared = hn_params_find(one.params, "backbone.shared.layer4.0.conv2.weight");
            ck_assert(hn_equal(s, hn_params_find(two.params, name)->tensor, shared->tensor));
        }
    }
    hn_params_free(one.params);
    hn_params_free(two.params);
}
END_TEST

Suite *check_weights_suite(void);
Suite *check_weights_suite(void)
{
    Suite *suite = suite_create("weights");
    TCase *tests = tcase_create("weights");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_saved_is_loaded);
    tcase_add_test(tests, missing_and_unexpected_names_are_listed_and_nothing_changes);
    tcase_add_test(tests, another_shape_type_or_backbone_is_refused);
    tcase_add_test(tests, one_channel_answers_as_three_do_to_gray);
    tcase_add_test(tests, an_export_comes_back);
    tcase_add_test(tests, an_export_of_a_view_that_is_not_read_is_refused);
    tcase_add_test(tests, names_of_timm_are_translated);
    tcase_add_test(tests, a_file_with_names_of_timm_fills_a_whole_network);
    tcase_add_test(tests, shared_weights_start_both_branches);
    suite_add_tcase(suite, tests);
    return suite;
}
