/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every operation of tensor.h against PyTorch, value and gradients, and against wrong types,
 * wrong shapes and NULL: one table (op_rows.h), one loop per question. An operation that
 * tensor.h declares and no row calls is itself a failure.
 */
#include <check.h>
#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/tensor.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_INPUTS = 5, MAX_NUMBERS = 4096 };

static float blob[2] = { 1.5f, -2.5f };

/* What a change in place hands on: the changed tensor, NULL when the scope has failed. */
static hn_tensor *done(hn_scope *s, hn_tensor *x)
{
    return hn_scope_failed(s) ? NULL : x;
}

/* 3 x^2, the gradient of the sum of x^3, in both ways to ask for it. */
static hn_tensor *cube_gradients(hn_scope *s, hn_tensor *x)
{
    HN_SCOPE(inner, s, HN_GRAD);
    hn_set_requires_grad(inner, x, true);
    hn_tensor *gradient = NULL;
    hn_tensor *cube = hn_pow(inner, x, 3.0);
    hn_gradients(inner, &gradient, cube, &x, 1, false);
    if (hn_has_grad(x)) {
        hn_scope_fail(inner, HN_ESHAPE, "gradients: the leaf's own gradient was touched");
    }
    return hn_scope_return(&inner, hn_detach(inner, gradient));
}

static hn_tensor *cube_backward(hn_scope *s, hn_tensor *x)
{
    HN_SCOPE(inner, s, HN_GRAD);
    hn_set_requires_grad(inner, x, true);
    hn_tensor *cube = hn_pow(inner, x, 3.0);
    hn_backward_from(inner, cube, NULL, true);
    hn_zero_grad(inner, x);
    hn_backward_from(inner, cube, NULL, false);
    return hn_scope_return(&inner, hn_clone(inner, hn_grad(inner, x)));
}

/* clang-format off */
#define ROW(id, name, call, may_be_null, bad_type, bad_shape)                                      \
    static hn_tensor *call_##id(hn_scope *s, hn_tensor **in)                                       \
    {                                                                                              \
        (void)in;                                                                                  \
        return call;                                                                               \
    }
#include "op_rows.h"
#undef ROW

static const struct op_row {
    const char *name;
    hn_tensor *(*call)(hn_scope *s, hn_tensor **in);
    unsigned may_be_null;
    const char *bad_type, *bad_shape;
} rows[] = {
#define ROW(id, name, call, may_be_null, bad_type, bad_shape)                                      \
    { name, call_##id, may_be_null, bad_type, bad_shape },
#include "op_rows.h"
#undef ROW
};
/* clang-format on */

/* --- the fixture of one case ---------------------------------------------------------------- */

static hn_json *documents[2];

static const hn_json *case_of(const char *name)
{
    static const char *const files[] = { "ops.json", "ops_layers.json" };
    const hn_json *found = NULL;
    for (int i = 0; i < 2 && !found; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", HN_TEST_DATA, files[i]);
        if (!documents[i]) {
            ck_assert_msg(hn_json_read(&documents[i], path) == HN_OK, "%s", hn_error_message());
        }
        found = hn_json_get(hn_json_get(documents[i], "cases"), name);
    }
    ck_assert_msg(found != NULL, "no case '%s' in tests/data/ops*.json", name);
    return found;
}

static void close_documents(void)
{
    for (int i = 0; i < 2; i++) {
        hn_json_free(documents[i]);
        documents[i] = NULL;
    }
}

/* A crash says which row it was. */
static const char *current_row = "";

static void name_the_row(int signal_number)
{
    signal(signal_number, SIG_DFL);
    if (write(STDERR_FILENO, current_row, strlen(current_row)) >= 0) {
        raise(signal_number);
    }
}

static hn_dtype dtype_named(const char *name, size_t length)
{
    for (int i = HN_FLOAT32; i <= HN_BOOL; i++) {
        const char *known = hn_dtype_name((hn_dtype)i);
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return (hn_dtype)i;
        }
    }
    ck_abort_msg("no type '%s'", name);
    return HN_FLOAT32;
}

static int64_t read_numbers(double *out, const hn_json *list)
{
    int64_t n = 0;
    for (const hn_json *it = hn_json_first(list); it; it = hn_json_next(it)) {
        ck_assert(n < MAX_NUMBERS);
        ck_assert_int_eq(hn_json_as_real(&out[n++], it), HN_OK);
    }
    return n;
}

static int read_shape(int64_t *out, const hn_json *tensor)
{
    int n = 0;
    const hn_json *shape = hn_json_get(tensor, "shape");
    for (const hn_json *it = hn_json_first(shape); it; it = hn_json_next(it)) {
        ck_assert(n < 8);
        ck_assert_int_eq(hn_json_as_int(&out[n++], it), HN_OK);
    }
    return n;
}

static hn_tensor *read_tensor(hn_scope *s, const hn_json *tensor)
{
    double numbers[MAX_NUMBERS];
    int64_t shape[8];
    const char *dtype = NULL;
    read_numbers(numbers, hn_json_get(tensor, "data"));
    int n = read_shape(shape, tensor);
    ck_assert_int_eq(hn_json_get_text(&dtype, tensor, "dtype"), HN_OK);
    hn_tensor *wide = hn_from_data(s, numbers, HN_FLOAT64, shape, n);
    return hn_to_dtype(s, wide, dtype_named(dtype, strlen(dtype)));
}

static int read_inputs(hn_scope *s, const hn_json *fixture, hn_tensor **in)
{
    int n = 0;
    const hn_json *inputs = hn_json_get(fixture, "inputs");
    for (const hn_json *it = hn_json_first(inputs); it; it = hn_json_next(it)) {
        ck_assert(n < MAX_INPUTS);
        in[n++] = read_tensor(s, it);
    }
    ck_assert_msg(!hn_scope_failed(s), "inputs: %s", hn_scope_status(s) ? hn_error_message() : "");
    return n;
}

static unsigned mode_of(const hn_json *fixture)
{
    bool training = false;
    ck_assert_int_eq(hn_json_get_bool(&training, fixture, "training"), HN_OK);
    return training ? HN_TRAINING : HN_EVALUATION;
}

/* --- against PyTorch ------------------------------------------------------------------------ */

static void compare(const char *what, const char *name, const double *got, const hn_json *list,
                    int64_t n, double relative)
{
    double expected[MAX_NUMBERS];
    ck_assert_int_eq(read_numbers(expected, list), n);
    for (int64_t i = 0; i < n; i++) {
        double allowed = relative * (fabs(expected[i]) + 1e-3);
        ck_assert_msg(fabs(got[i] - expected[i]) <= allowed, "%s %s[%lld]: %.15g, PyTorch %.15g",
                      name, what, (long long)i, got[i], expected[i]);
    }
}

static void compare_gradients(hn_scope *s, const struct op_row *row, const hn_json *fixture,
                              hn_tensor *out, hn_tensor **in)
{
    double numbers[MAX_NUMBERS];
    int64_t shape[8];
    int n = 0, i = 0;
    for (; n < hn_dim(out); n++) {
        shape[n] = hn_size(out, n);
    }
    for (int64_t k = 0; k < hn_numel(out); k++) {
        numbers[k] = cos(1.0 + (double)k / 2.0);
    }
    hn_tensor *weights = hn_from_data(s, numbers, HN_FLOAT64, shape, n);
    hn_tensor *wide = hn_to_dtype(s, out, HN_FLOAT64);
    hn_backward(s, hn_sum(s, hn_mul(s, wide, weights), NULL, 0, false));
    const hn_json *list = hn_json_get(fixture, "gradients");
    for (const hn_json *it = hn_json_first(list); it; it = hn_json_next(it), i++) {
        if (hn_json_kind_of(it) == HN_JSON_NULL) {
            continue;
        }
        char what[32];
        snprintf(what, sizeof what, "gradient %d", i);
        ck_assert_msg(hn_has_grad(in[i]), "%s: input %d has no gradient", row->name, i);
        hn_status status = hn_copy_out(s, hn_grad(s, in[i]), HN_FLOAT64, numbers, hn_numel(in[i]));
        ck_assert_msg(status == HN_OK, "%s", hn_error_message());
        compare(what, row->name, numbers, it, hn_numel(in[i]), 1e-9);
    }
}

static void check_parity(const struct op_row *row)
{
    const hn_json *fixture = case_of(row->name);
    const hn_json *output = hn_json_get(fixture, "output");
    const hn_json *gradients = hn_json_get(fixture, "gradients");
    int64_t live = hn_live_tensors();
    hn_scope *root = NULL;
    ck_assert_int_eq(hn_scope_root(&root, "cpu", mode_of(fixture)), HN_OK);
    hn_scope_seed(root, 7);
    {
        HN_SCOPE(s, root, gradients ? HN_GRAD : HN_NO_GRAD);
        hn_tensor *in[MAX_INPUTS] = { NULL };
        int count = read_inputs(s, fixture, in);
        const hn_json *it = hn_json_first(gradients);
        for (int i = 0; i < count && it; i++, it = hn_json_next(it)) {
            if (hn_json_kind_of(it) != HN_JSON_NULL) {
                hn_set_requires_grad(s, in[i], true);
            }
        }
        hn_tensor *out = row->call(s, in);
        ck_assert_msg(hn_scope_status(s) == HN_OK, "%s", hn_error_message());

        double numbers[MAX_NUMBERS];
        int64_t shape[8];
        const char *dtype = NULL;
        ck_assert_int_eq(read_shape(shape, output), hn_dim(out));
        for (int i = 0; i < hn_dim(out); i++) {
            ck_assert_int_eq(hn_size(out, i), shape[i]);
        }
        ck_assert_int_eq(hn_json_get_text(&dtype, output, "dtype"), HN_OK);
        ck_assert_str_eq(hn_dtype_name(hn_dtype_of(out)), dtype);
        ck_assert_int_eq(hn_copy_out(s, out, HN_FLOAT64, numbers, hn_numel(out)), HN_OK);
        /* float32 draws may differ in the last digit between processors. */
        double relative = hn_dtype_of(out) == HN_FLOAT64 ? 1e-9 : 1e-6;
        compare("output", row->name, numbers, hn_json_get(output, "data"), hn_numel(out), relative);
        if (gradients) {
            compare_gradients(s, row, fixture, out, in);
        }
        ck_assert_msg(hn_scope_status(s) == HN_OK, "%s", hn_error_message());
    }
    hn_scope_close(root);
    ck_assert_int_eq(hn_live_tensors(), live);
}

/* --- against wrong arguments ---------------------------------------------------------------- */

/* One line, starting with the operation's name. */
static void check_message(const char *name, const char *message)
{
    size_t length = strcspn(name, "/");
    bool helper = strncmp(name, "relu_", 5) == 0 || strncmp(name, "silu_", 5) == 0 ||
                  strncmp(name, "contiguous", 10) == 0 || strncmp(name, "gradients", 9) == 0 ||
                  strncmp(name, "backward_from", 13) == 0 || strstr(name, "_all_") != NULL;
    ck_assert_msg(strpbrk(message, "\r\n") == NULL, "%s: more than one line: %s", name, message);
    ck_assert_msg(helper || (strncmp(message, name, length) == 0 &&
                             (message[length] == ' ' || message[length] == ':')),
                  "%s is not named first: %s", name, message);
    ck_assert_msg(strlen(message) > length + 4, "%s: says nothing: %s", name, message);
}

/* Makes the call with input `i` replaced; true when it was refused. Whatever happens, there is
 * either a tensor or a message, and no handle is left over. */
static bool refused(const struct op_row *row, const hn_json *fixture, hn_scope *root, int i,
                    hn_tensor *(*replacement)(hn_scope *s, hn_tensor *x, const void *how),
                    const void *how)
{
    int64_t live = hn_live_tensors();
    hn_scope *s = hn_scope_open(root, mode_of(fixture));
    hn_tensor *in[MAX_INPUTS] = { NULL };
    ck_assert(i < read_inputs(s, fixture, in));
    in[i] = replacement(s, in[i], how);
    ck_assert_msg(!hn_scope_failed(s), "%s: no replacement", row->name);
    hn_tensor *out = row->call(s, in);
    bool failed = hn_scope_status(s) != HN_OK;
    ck_assert_msg(failed == (out == NULL), "%s: output and error contradict", row->name);
    if (failed) {
        check_message(row->name, hn_error_message());
        ck_assert(isnan(hn_item(s, in[i])));
        ck_assert_ptr_null(hn_zeros(s, HN_FLOAT32, HN_DIMS(1)));
    }
    /* Not through its parent, which must stay healthy for the next call. */
    hn_scope_close(s);
    ck_assert_int_eq(hn_live_tensors(), live);
    return failed;
}

static hn_tensor *nothing(hn_scope *s, hn_tensor *x, const void *how)
{
    (void)s;
    (void)x;
    (void)how;
    return NULL;
}

static hn_tensor *other_type(hn_scope *s, hn_tensor *x, const void *how)
{
    return hn_to_dtype(s, x, *(const hn_dtype *)how);
}

struct shape {
    int64_t dims[8];
    int n;
};

static hn_tensor *other_shape(hn_scope *s, hn_tensor *x, const void *how)
{
    const struct shape *shape = how;
    return hn_zeros(s, hn_dtype_of(x), shape->dims, shape->n);
}

static hn_scope *new_root(void)
{
    hn_scope *root = NULL;
    ck_assert_int_eq(hn_scope_root(&root, "cpu", 0), HN_OK);
    return root;
}

static bool refused_alone(const struct op_row *row, const hn_json *fixture, int i,
                          hn_tensor *(*replacement)(hn_scope *s, hn_tensor *x, const void *how),
                          const void *how)
{
    hn_scope *root = new_root();
    bool failed = refused(row, fixture, root, i, replacement, how);
    ck_assert(hn_scope_failed(root) == failed); /* a failure reaches the parent */
    hn_scope_close(root);
    return failed;
}

static struct shape parse_shape(const char *text)
{
    struct shape shape = { .n = 0 };
    while (*text) {
        char *end = NULL;
        shape.dims[shape.n++] = strtoll(text, &end, 10);
        text = *end == ',' ? end + 1 : end;
    }
    return shape;
}

static void check_refusals(const struct op_row *row)
{
    const hn_json *fixture = case_of(row->name);
    int count = (int)hn_json_count(hn_json_get(fixture, "inputs"));
    for (int i = 0; i < count; i++) {
        bool failed = refused_alone(row, fixture, i, nothing, NULL);
        ck_assert_msg(failed == !(row->may_be_null >> i & 1), "%s: input %d as NULL: %s", row->name,
                      i, failed ? hn_error_message() : "accepted");
    }
    if (row->bad_type[0]) {
        const char *name = row->bad_type + 2;
        hn_dtype dtype = dtype_named(name, strlen(name));
        ck_assert_msg(refused_alone(row, fixture, row->bad_type[0] - '0', other_type, &dtype),
                      "%s accepts the type %s", row->name, row->bad_type);
    }
    if (row->bad_shape[0]) {
        struct shape shape = parse_shape(row->bad_shape + 2);
        ck_assert_msg(refused_alone(row, fixture, row->bad_shape[0] - '0', other_shape, &shape),
                      "%s accepts the shape %s", row->name, row->bad_shape);
    }
}

/* Every type and seven shapes in place of every input: each answer is allowed but a crash, an
 * unclear message or a left-over handle. */
static void check_strange_inputs(const struct op_row *row)
{
    static const struct shape shapes[] = {
        { { 0 }, 0 },
        { { 0 }, 1 },
        { { 3 }, 1 },
        { { 2, 3 }, 2 },
        { { 1, 1, 1, 1 }, 4 },
        { { 2, 0, 3, 3 }, 4 },
        { { 2, 3, 1, 2, 2 }, 5 },
    };
    const hn_json *fixture = case_of(row->name);
    int count = (int)hn_json_count(hn_json_get(fixture, "inputs"));
    for (int i = 0; i < count; i++) {
        for (int k = HN_FLOAT32; k <= HN_BOOL; k++) {
            hn_dtype dtype = (hn_dtype)k;
            refused_alone(row, fixture, i, other_type, &dtype);
        }
        for (size_t k = 0; k < HN_COUNT_OF(shapes); k++) {
            refused_alone(row, fixture, i, other_shape, &shapes[k]);
        }
    }
}

static void for_each_row(void (*check)(const struct op_row *row))
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT };
    for (size_t i = 0; i < HN_COUNT_OF(crashes); i++) {
        signal(crashes[i], name_the_row);
    }
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        current_row = rows[i].name;
        check(&rows[i]);
    }
    close_documents();
}

START_TEST(parity)
{
    for_each_row(check_parity);
}
END_TEST

START_TEST(refusals)
{
    for_each_row(check_refusals);
}
END_TEST

START_TEST(strange_inputs)
{
    for_each_row(check_strange_inputs);
}
END_TEST

/* Wrong arguments that are no tensors. */
START_TEST(wrong_words)
{
#define REFUSED(name, call)                                                                        \
    do {                                                                                           \
        hn_scope *s = new_root();                                                                  \
        hn_tensor *x = hn_ones(s, HN_FLOAT64, HN_DIMS(2, 4, 3, 3));                                \
        (void)x;                                                                                   \
        call;                                                                                      \
        ck_assert_msg(hn_scope_status(s) != HN_OK, "accepted: %s", #call);                         \
        check_message(name, hn_error_message());                                                   \
        hn_scope_close(s);                                                                         \
    } while (0)
    hn_dtype none = (hn_dtype)7;
    int64_t live = hn_live_tensors();
    float data[4] = { 0 };
    REFUSED("zeros", hn_zeros(s, none, HN_DIMS(2)));
    REFUSED("zeros", hn_zeros(s, HN_FLOAT32, HN_DIMS(-2)));
    REFUSED("zeros", hn_zeros(s, HN_FLOAT32, NULL, 2));
    REFUSED("zeros", hn_zeros(s, HN_FLOAT32, HN_DIMS(INT64_C(1) << 40, INT64_C(1) << 40)));
    REFUSED("empty", hn_empty(s, none, HN_DIMS(2)));
    REFUSED("empty", hn_empty(s, HN_FLOAT32, HN_DIMS(2, -1)));
    REFUSED("ones", hn_ones(s, none, HN_DIMS(2)));
    REFUSED("ones", hn_ones(s, HN_FLOAT32, NULL, 1));
    REFUSED("full", hn_full(s, none, HN_DIMS(2), 1.0));
    REFUSED("full", hn_full(s, HN_FLOAT32, HN_DIMS(-1), 1.0));
    REFUSED("arange", hn_arange(s, none, 0, 1, 1));
    REFUSED("arange", hn_arange(s, HN_INT64, 0, 1, -1));
    REFUSED("arange", hn_arange(s, HN_FLOAT32, 0, NAN, 1));
    REFUSED("randn", hn_randn(s, HN_INT64, HN_DIMS(2), 1));
    REFUSED("randn", hn_randn(s, HN_FLOAT32, HN_DIMS(-2), 1));
    REFUSED("rand", hn_rand(s, HN_BOOL, HN_DIMS(2), 1));
    REFUSED("rand", hn_rand(s, HN_FLOAT32, HN_DIMS(-2), 1));
    REFUSED("bernoulli", hn_bernoulli(s, none, HN_DIMS(2), 0.5, 1));
    REFUSED("bernoulli", hn_bernoulli(s, HN_FLOAT32, HN_DIMS(2), 1.5, 1));
    REFUSED("from_data", hn_from_data(s, data, none, HN_DIMS(2)));
    REFUSED("from_data", hn_from_data(s, data, HN_FLOAT32, HN_DIMS(-2)));
    REFUSED("from_data", hn_from_data(s, NULL, HN_FLOAT32, HN_DIMS(2)));
    REFUSED("from_blob", hn_from_blob(s, data, none, HN_DIMS(2)));
    REFUSED("from_blob", hn_from_blob(s, data, HN_FLOAT32, HN_DIMS(-2)));
    REFUSED("from_blob", hn_from_blob(s, NULL, HN_FLOAT32, HN_DIMS(2)));
    REFUSED("to_dtype", hn_to_dtype(s, x, none));
    REFUSED("conv2d", hn_conv2d(s, x, hn_ones(s, HN_FLOAT64, HN_DIMS(1, 4, 3, 3)), NULL,
                                (hn_conv_options) { .stride = -1 }));
    REFUSED("group_norm", hn_group_norm(s, x, 0, NULL, NULL, 1e-5));
    REFUSED("group_norm", hn_group_norm(s, x, 3, NULL, NULL, 1e-5));
    REFUSED("dropout", hn_dropout(s, x, 1.5));
    REFUSED("dropout", hn_dropout(s, x, NAN));
    REFUSED("drop_rows", hn_drop_rows(s, x, -0.1));
    REFUSED("max_pool2d", hn_max_pool2d(s, x, (hn_pool_options) { .kernel = 0 }));
    REFUSED("max_pool2d", hn_max_pool2d(s, x, (hn_pool_options) { .kernel = 2, .padding = 2 }));
    REFUSED("avg_pool2d", hn_avg_pool2d(s, x, (hn_pool_options) { .kernel = 2, .stride = -1 }));
    REFUSED("adaptive_avg_pool2d", hn_adaptive_avg_pool2d(s, x, 0, 1));
    REFUSED("adaptive_max_pool2d", hn_adaptive_max_pool2d(s, x, 1, -1));
    REFUSED("interpolate", hn_interpolate(s, x, 0, 4, false));
    REFUSED("pad", hn_pad(s, x, -2, -2, 0, 0, 0.0));
    REFUSED("softmax", hn_softmax(s, x, 4));
    REFUSED("sum", hn_sum(s, x, HN_DIMS(1, 1), false));
    REFUSED("sum", hn_sum(s, x, NULL, 2, false));
    REFUSED("sum", hn_sum(s, x, NULL, -1, false));
    REFUSED("topk", hn_topk(s, x, 9, 0));
    REFUSED("topk", hn_topk(s, x, -1, 0));
    REFUSED("cat", hn_cat(s, NULL, 2, 0));
    REFUSED("cat", hn_cat(s, &x, -1, 0));
    REFUSED("cat", hn_cat(s, &x, 0, 0));
    REFUSED("stack", hn_stack(s, &x, 0, 0));
    REFUSED("slice", hn_slice(s, x, 0, 0, 1, 0));
    REFUSED("select", hn_select(s, x, 0, 2));
    REFUSED("reshape", hn_reshape(s, x, HN_DIMS(-1, -1)));
    REFUSED("permute", hn_permute(s, x, HN_DIMS(0, 1, 1, 2)));
    REFUSED("one_hot", hn_one_hot(s, hn_ones(s, HN_INT64, HN_DIMS(2)), 1));
    REFUSED("one_hot", hn_one_hot(s, hn_ones(s, HN_INT64, HN_DIMS(2)), -1));
    REFUSED("index_select", hn_index_select(s, x, 1, hn_full(s, HN_INT64, HN_DIMS(1), 4)));
    REFUSED("index_select", hn_index_select(s, x, 1, hn_full(s, HN_INT64, HN_DIMS(1), -1)));
    REFUSED("gather", hn_gather(s, x, 1, hn_full(s, HN_INT64, HN_DIMS(1, 1, 1, 1), 4)));
    REFUSED("cross_entropy", hn_cross_entropy(s, hn_ones(s, HN_FLOAT32, HN_DIMS(2, 3)),
                                              hn_full(s, HN_INT64, HN_DIMS(2), 3),
                                              (hn_cross_entropy_options) { 0 }));
    REFUSED("cross_entropy", hn_cross_entropy(s, hn_ones(s, HN_FLOAT32, HN_DIMS(2, 3)),
                                              hn_full(s, HN_INT64, HN_DIMS(2), -100),
                                              (hn_cross_entropy_options) { 0 }));
    REFUSED("cross_entropy",
            hn_cross_entropy(s, hn_ones(s, HN_FLOAT32, HN_DIMS(2, 3)),
                             hn_zeros(s, HN_INT64, HN_DIMS(2)),
                             (hn_cross_entropy_options) { .reduction = (hn_reduction)3 }));
    REFUSED("cross_entropy",
            hn_cross_entropy(s, hn_ones(s, HN_FLOAT32, HN_DIMS(2, 3)),
                             hn_zeros(s, HN_INT64, HN_DIMS(2)),
                             (hn_cross_entropy_options) { .label_smoothing = 1.5 }));
    REFUSED("nll_loss", hn_nll_loss(s, hn_ones(s, HN_FLOAT32, HN_DIMS(2, 3)),
                                    hn_full(s, HN_INT64, HN_DIMS(2), -1), NULL, HN_REDUCE_MEAN));
    REFUSED("mse_loss", hn_mse_loss(s, x, x, (hn_reduction)3));
    REFUSED("item", hn_item(s, x));
    REFUSED("item", hn_item(s, NULL));
    REFUSED("data", hn_data(s, hn_transpose(s, x, 0, 1)));
    REFUSED("data", hn_data(s, NULL));
    REFUSED("copy_out", ck_assert(hn_copy_out(s, x, HN_FLOAT32, data, 4) != HN_OK));
    REFUSED("copy_out", ck_assert(hn_copy_out(s, x, HN_FLOAT32, NULL, 72) != HN_OK));
    REFUSED("copy_out", ck_assert(hn_copy_out(s, NULL, HN_FLOAT32, data, 4) != HN_OK));
    REFUSED("copy_out", ck_assert(hn_copy_out(s, hn_select(s, x, 0, 0), none, data, 36) != HN_OK));
    REFUSED("equal", hn_equal(s, x, NULL));
    REFUSED("allclose", hn_allclose(s, x, NULL, 0, 0));
    REFUSED("allclose", hn_allclose(s, x, hn_to_dtype(s, x, HN_FLOAT32), 0, 0));
    REFUSED("all_finite", hn_all_finite(s, NULL));
    REFUSED("set_requires_grad", hn_set_requires_grad(s, NULL, true));
    REFUSED("set_requires_grad", hn_set_requires_grad(s, hn_ones(s, HN_INT64, HN_DIMS(1)), true));
    REFUSED("backward", hn_backward(s, NULL));
    REFUSED("backward", hn_backward(s, x));
    REFUSED("backward", hn_backward(s, hn_sum(s, x, NULL, 0, false)));
    REFUSED("backward_from", hn_backward_from(s, x, NULL, false));
    REFUSED("gradients", hn_gradients(s, &(hn_tensor *) { NULL }, x, &x, 1, false));
    REFUSED("grad", hn_grad(s, x));
    REFUSED("grad", hn_grad(s, NULL));
    REFUSED("zero_grad", hn_zero_grad(s, NULL));
    REFUSED("norm_all", hn_norm_all(s, NULL, 1));
    REFUSED("add_all_", hn_add_all_(s, &x, NULL, 1, 1.0));
    REFUSED("relu_", hn_relu_(s, hn_greater_number(s, x, 0.5)));
    REFUSED("silu_", hn_silu_(s, hn_ones(s, HN_INT64, HN_DIMS(1))));
    ck_assert_int_eq(hn_live_tensors(), live);
#undef REFUSED
}
END_TEST

/* --- nothing forgotten ---------------------------------------------------------------------- */

static bool has_row(const char *name)
{
    /* Held in wrong_words, check_scope.c and check_values.c, since they yield no tensor that
     * PyTorch could be asked for. */
    static const char *const elsewhere[] = {
        "empty",    "item",     "copy_out",   "data",
        "equal",    "allclose", "all_finite", "set_requires_grad",
        "backward", "grad",     "zero_grad"
    };
    for (size_t i = 0; i < HN_COUNT_OF(elsewhere); i++) {
        if (strcmp(name, elsewhere[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        if (strlen(name) == strcspn(rows[i].name, "/") &&
            strncmp(name, rows[i].name, strlen(name)) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(every_operation_has_a_row)
{
    char *source = NULL;
    size_t size = 0;
    hn_status status =
        hn_file_read(&source, &size, HN_TEST_DATA "/../../lib/include/hipnet/tensor.h", 1 << 20);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    int found = 0;
    for (const char *at = source; (at = strstr(at, "(hn_scope *s")); at++) {
        const char *start = at;
        while (start > source && (start[-1] == '_' || (start[-1] >= 'a' && start[-1] <= 'z') ||
                                  (start[-1] >= '0' && start[-1] <= '9'))) {
            start--;
        }
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(at - start), start);
        ck_assert_msg(strncmp(name, "hn_", 3) == 0, "what is '%s'?", name);
        ck_assert_msg(has_row(name + 3), "%s has no row in op_rows.h", name);
        found++;
    }
    ck_assert_int_gt(found, 100);
    hn_free(source);
}
END_TEST

Suite *check_ops_suite(void);
Suite *check_ops_suite(void)
{
    Suite *suite = suite_create("ops");
    TCase *tests = tcase_create("ops");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, parity);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, strange_inputs);
    tcase_add_test(tests, wrong_words);
    tcase_add_test(tests, every_operation_has_a_row);
    suite_add_tcase(suite, tests);
    return suite;
}
