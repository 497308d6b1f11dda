/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AdamW and SGD against the trajectories of torch.optim (tests/parity/make_optimizer_fixture.py),
 * and what a step may and may not touch. */
#include <check.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/optimizer.h>

#include <math.h>
#include <string.h>

Suite *check_optimizer_suite(void);

enum { WEIGHTS = 6, BIASES = 3, NUMBERS = WEIGHTS + BIASES };

static const double start_values[NUMBERS] = { 0.5, -1.25, 2.0, 1.5, 0.25, -0.75, 0.125, -2.0, 1.0 };
static const double curvature[NUMBERS] = { 1.0, 0.5, 2.0, 0.25, 3.0, 1.5, 0.75, 1.25, 0.1 };
static const double center[NUMBERS] = { -0.5, 0.5, 1.0, 0.0, -1.0, 2.0, 1.0, 0.0, -1.0 };

struct problem {
    hn_scope *scope;
    hn_tensor *leaf[2];
    hn_optimizer *optimizer;
};

static void problem_open(struct problem *p, hn_dtype dtype, const hn_optimizer_options *options)
{
    ck_assert_int_eq(hn_scope_root(&p->scope, "cpu", 0), HN_OK);
    hn_tensor *weight = hn_from_data(p->scope, start_values, HN_FLOAT64, HN_DIMS(2, 3));
    hn_tensor *bias = hn_from_data(p->scope, start_values + WEIGHTS, HN_FLOAT64, HN_DIMS(3));
    p->leaf[0] = hn_to_dtype(p->scope, weight, dtype);
    p->leaf[1] = hn_to_dtype(p->scope, bias, dtype);
    hn_optimizer_parameter list[2] = { { "weight", p->leaf[0], true },
                                       { "bias", p->leaf[1], false } };
    hn_set_requires_grad(p->scope, p->leaf[0], true);
    hn_set_requires_grad(p->scope, p->leaf[1], true);
    ck_assert_int_eq(hn_optimizer_new(&p->optimizer, p->scope, list, 2, options), HN_OK);
}

static void problem_close(struct problem *p)
{
    hn_optimizer_free(p->optimizer);
    hn_scope_close(p->scope);
}

/* sum(a (p - c)^2) / 2 of one leaf. */
static hn_tensor *quadratic(hn_scope *s, hn_tensor *leaf, int from)
{
    const int64_t dims[2] = { 2, 3 };
    const int64_t *shape = from == 0 ? dims : dims + 1;
    int rank = from == 0 ? 2 : 1;
    hn_tensor *a = hn_from_data(s, curvature + from, HN_FLOAT64, shape, rank);
    hn_tensor *c = hn_from_data(s, center + from, HN_FLOAT64, shape, rank);
    hn_tensor *difference = hn_sub(s, leaf, c);
    return hn_sum(s, hn_mul(s, a, hn_mul(s, difference, difference)), NULL, 0, false);
}

static void step(struct problem *p, double lr, double clip)
{
    HN_SCOPE(s, p->scope, HN_GRAD);
    hn_tensor *loss = hn_add(s, quadratic(s, p->leaf[0], 0), quadratic(s, p->leaf[1], WEIGHTS));
    hn_backward(s, hn_scale(s, loss, 0.5));
    if (clip > 0) {
        ck_assert(hn_optimizer_clip(s, p->optimizer, clip) > 0);
    }
    hn_optimizer_step(s, p->optimizer, lr);
    hn_optimizer_zero_grad(s, p->optimizer);
    ck_assert_msg(hn_scope_status(s) == HN_OK, "%s", hn_error_message());
}

static void read_values(struct problem *p, double values[NUMBERS])
{
    HN_SCOPE(s, p->scope, 0);
    ck_assert_int_eq(hn_copy_out(s, p->leaf[0], HN_FLOAT64, values, WEIGHTS), HN_OK);
    ck_assert_int_eq(hn_copy_out(s, p->leaf[1], HN_FLOAT64, values + WEIGHTS, BIASES), HN_OK);
}

static const struct {
    const char *name;
    double lr, clip;
    hn_optimizer_options options;
} cases[] = {
    { "adamw", 0.05, 0, { HN_OPTIMIZER_ADAMW, 0.9, 0.999, 1e-8, 0, false, 0.1, false } },
    { "adamw_no_decay", 0.1, 0, { HN_OPTIMIZER_ADAMW, 0.8, 0.95, 1e-6, 0, false, 0, false } },
    { "adamw_clipped", 0.05, 0.5, { HN_OPTIMIZER_ADAMW, 0.9, 0.999, 1e-8, 0, false, 0.01, false } },
    { "sgd", 0.1, 0, { HN_OPTIMIZER_SGD, 0, 0, 0, 0, false, 0, false } },
    { "sgd_decay", 0.1, 0, { HN_OPTIMIZER_SGD, 0, 0, 0, 0, false, 0.2, false } },
    { "sgd_momentum", 0.05, 0, { HN_OPTIMIZER_SGD, 0, 0, 0, 0.9, false, 0.05, false } },
    { "sgd_nesterov", 0.05, 1, { HN_OPTIMIZER_SGD, 0, 0, 0, 0.9, true, 0.05, false } },
};

/* Lines of a case in the fixture, in order; "" when there is none any more. */
static const char *next_line(const char *text, const char *name)
{
    size_t length = strlen(name);
    while (text && *text) {
        if (strncmp(text, name, length) == 0 && text[length] == '\t') {
            return text;
        }
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return NULL;
}

static void compare_line(const char *line, int number, const double *values, const char *name)
{
    HN_AUTOFREE char *copy = hn_strndup(line, strcspn(line, "\n"));
    hn_text_list cells = { 0 };
    int64_t expected_step = 0;
    ck_assert_int_eq(hn_text_split(&cells, copy, '\t'), HN_OK);
    ck_assert_uint_eq(cells.count, 2 + NUMBERS);
    ck_assert_int_eq(hn_parse_int(&expected_step, cells.items[1]), HN_OK);
    ck_assert_int_eq(expected_step, number);
    for (int i = 0; i < NUMBERS; i++) {
        double expected = 0;
        ck_assert_int_eq(hn_parse_real(&expected, cells.items[2 + i]), HN_OK);
        ck_assert_msg(fabs(values[i] - expected) <= 1e-12 * fmax(1, fabs(expected)),
                      "%s, step %d, number %d: %.17g, torch has %.17g", name, number, i, values[i],
                      expected);
    }
    hn_text_list_clear(&cells);
}

START_TEST(trajectory_is_torchs)
{
    HN_AUTOFREE char *fixture = NULL;
    size_t size = 0;
    struct problem p;
    double values[NUMBERS];
    ck_assert_int_eq(hn_file_read(&fixture, &size, HN_TEST_DATA "/parity/optimizer.tsv", 1 << 20),
                     HN_OK);
    problem_open(&p, HN_FLOAT64, &cases[_i].options);
    const char *line = fixture;
    for (int t = 0; t < 10; t++) {
        step(&p, cases[_i].lr * (1 - t / 20.0), cases[_i].clip);
        read_values(&p, values);
        line = next_line(line, cases[_i].name);
        ck_assert_ptr_nonnull(line);
        compare_line(line, t + 1, values, cases[_i].name);
        line++;
    }
    ck_assert_int_eq(hn_optimizer_steps(p.optimizer), 10);
    problem_close(&p);
}
END_TEST

/* A step leaves no handle behind, and closing leaves none at all. */
START_TEST(steps_leave_nothing)
{
    struct problem p;
    int64_t before = hn_live_tensors();
    problem_open(&p, HN_FLOAT64, &cases[_i].options);
    int64_t built = hn_live_tensors();
    for (int t = 0; t < 3; t++) {
        step(&p, 0.1, 1);
    }
    ck_assert_int_eq(hn_live_tensors(), built);
    problem_close(&p);
    ck_assert_int_eq(hn_live_tensors(), before);
}
END_TEST

START_TEST(without_gradients_nothing_moves)
{
    struct problem p;
    double values[NUMBERS];
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    problem_open(&p, HN_FLOAT64, &options);
    {
        HN_SCOPE(s, p.scope, 0);
        hn_optimizer_step(s, p.optimizer, 0.1);
        ck_assert_int_eq(hn_scope_status(s), HN_OK);
    }
    read_values(&p, values);
    for (int i = 0; i < NUMBERS; i++) {
        ck_assert_double_eq(values[i], start_values[i]);
    }
    problem_close(&p);
}
END_TEST

START_TEST(state_is_listed_by_name)
{
    struct problem p;
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    problem_open(&p, HN_FLOAT32, &options);
    ck_assert_int_eq(hn_optimizer_slots(p.optimizer), 4);
    ck_assert_str_eq(hn_optimizer_slot_at(p.optimizer, 0).kind, "exp_avg");
    ck_assert_str_eq(hn_optimizer_slot_at(p.optimizer, 3).kind, "exp_avg_sq");
    ck_assert_str_eq(hn_optimizer_slot_at(p.optimizer, 3).parameter, "bias");
    problem_close(&p);
    options = cases[3].options;
    problem_open(&p, HN_FLOAT32, &options);
    ck_assert_int_eq(hn_optimizer_slots(p.optimizer), 0);
    problem_close(&p);
}
END_TEST

/* In a scope that has failed a step does nothing, not even counting. */
START_TEST(a_failed_scope_steps_nothing)
{
    struct problem p;
    double values[NUMBERS];
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    problem_open(&p, HN_FLOAT64, &options);
    hn_scope *root = NULL;
    ck_assert_int_eq(hn_scope_root(&root, "cpu", 0), HN_OK);
    hn_scope_fail(root, HN_EDATA, "made up");
    hn_optimizer_step(root, p.optimizer, 0.1);
    ck_assert(isnan(hn_optimizer_clip(root, p.optimizer, 1)));
    ck_assert_int_eq(hn_optimizer_steps(p.optimizer), 0);
    hn_scope_close(root);
    read_values(&p, values);
    ck_assert_double_eq(values[0], start_values[0]);
    problem_close(&p);
}
END_TEST

Suite *check_optimizer_suite(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *tests = tcase_create("optimizer");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, trajectory_is_torchs, 0, HN_COUNT_OF(cases));
    tcase_add_loop_test(tests, steps_leave_nothing, 0, HN_COUNT_OF(cases));
    tcase_add_test(tests, without_gradients_nothing_moves);
    tcase_add_test(tests, state_is_listed_by_name);
    tcase_add_test(tests, a_failed_scope_steps_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
