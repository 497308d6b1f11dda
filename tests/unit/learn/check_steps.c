/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many training steps: no handle stays, and the resident memory does not grow. */
#include "tiny_run.h"

#include <hipnet/batches.h>
#include <hipnet/dual_view.h>
#include <hipnet/optimizer.h>
#include <hipnet/tensor.h>

#include <stdio.h>
#include <unistd.h>

Suite *check_steps_suite(void);

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static void step(hn_params *params, const hn_dual_view *net, hn_optimizer *optimizer,
                 const hn_batch *batch)
{
    HN_SCOPE(s, hn_params_scope(params), HN_TRAINING);
    hn_views_batch views = { .present = batch->present, .count = batch->count };
    for (int view = 0; view < HN_VIEWS; view++) {
        views.images[view] = hn_from_blob(s, batch->images[view], HN_FLOAT32,
                                          HN_DIMS(batch->count, 1, batch->rows, batch->columns));
    }
    hn_tensor *labels = hn_from_data(s, batch->labels, HN_INT64, HN_DIMS(batch->count));
    hn_tensor *loss = hn_cross_entropy(s, hn_dual_view_forward(s, net, views), labels,
                                       (hn_cross_entropy_options) { .label_smoothing = 0.1 });
    hn_backward(s, loss);
    hn_optimizer_clip(s, optimizer, 1);
    hn_optimizer_step(s, optimizer, 1e-3);
    hn_optimizer_zero_grad(s, optimizer);
    ck_ok(hn_scope_status(s));
}

START_TEST(five_hundred_steps_leave_memory_flat)
{
    HN_AUTO_PARAMS *params = NULL;
    HN_AUTO_OPTIMIZER *optimizer = NULL;
    HN_AUTO_BATCHES *batches = NULL;
    const hn_dual_view *net = NULL;
    const hn_batch *batch = NULL;
    int64_t rows[12];
    hn_optimizer_parameter list[400];
    int count = 0;
    hn_dual_view_options shape = {
        .backbone = "efficientnet_mini", .share_views = true, .dropout = 0.2, .classes = 2
    };
    int64_t without = hn_live_tensors();
    ck_ok(hn_params_new(&params, "cpu", 1));
    ck_ok(hn_dual_view_new(&net, params, &shape));
    for (int i = 0; i < hn_params_count(params); i++) {
        const hn_param *param = hn_params_at(params, i);
        if (!param->buffer) {
            list[count++] = (hn_optimizer_parameter) { param->name, param->tensor, true };
        }
    }
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    ck_ok(hn_optimizer_new(&optimizer, hn_params_scope(params), list, count, &options));
    for (int64_t i = 0; i < 12; i++) {
        rows[i] = i == 7 ? 12 : i; /* row 7 has no label */
    }
    hn_batches_options loader = { .cohort = tiny_open,
                                  .cases = rows,
                                  .count = 12,
                                  .batch_size = 4,
                                  .rows = 24,
                                  .columns = 24,
                                  .deviation = { 1, 1 },
                                  .use_view = { true, true },
                                  .view_dropout = 0.2,
                                  .shuffle = true,
                                  .workers = 1,
                                  .ahead = 2 };
    ck_ok(hn_batches_new(&batches, &loader));
    ck_ok(hn_batches_start(batches, 0, 0, 1000));
    int64_t built = hn_live_tensors();
    long early = 0;
    for (int i = 0; i < 500; i++) {
        ck_ok(hn_batches_next(&batch, batches));
        for (int64_t j = 0; j < batch->count; j++) {
            ck_assert_int_ge(batch->labels[j], 0);
        }
        step(params, net, optimizer, batch);
        ck_assert_int_eq(hn_live_tensors(), built);
        early = i == 150 ? resident_pages() : early;
    }
    long grown = (resident_pages() - early) * (sysconf(_SC_PAGESIZE) / 1024);
    ck_assert_msg(grown < 2048, "350 steps took %ld KiB more", grown);
    hn_optimizer_freep(&optimizer);
    hn_params_freep(&params);
    ck_assert_int_eq(hn_live_tensors(), without);
}
END_TEST

Suite *check_steps_suite(void)
{
    Suite *suite = suite_create("steps");
    TCase *tests = tcase_create("steps");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, tiny_setup, tiny_teardown);
    tcase_add_test(tests, five_hundred_steps_leave_memory_flat);
    suite_add_tcase(suite, tests);
    return suite;
}
