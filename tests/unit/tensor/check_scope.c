/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scopes: who owns what, how failure travels, which mode holds where, and that nothing is left
 * behind. Programming errors (a parent closed before its child, a scope of another thread) must
 * abort.
 */
#include <check.h>
#include <hipnet/tensor.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *check_scope_suite(void);

/* A build with AddressSanitizer asks for this: a request beyond memory is to be refused, as
 * malloc would. */
HN_API const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static hn_scope *root;
static int64_t live;

/* Checked fixture: runs in the test's own process. */
static void open_root(void)
{
    live = hn_live_tensors();
    ck_assert_int_eq(hn_scope_root(&root, "cpu", 0), HN_OK);
}

static void close_root(void)
{
    hn_scope_close(root);
    ck_assert_int_eq(hn_live_tensors(), live);
}

static hn_tensor *ones(hn_scope *s)
{
    return hn_ones(s, HN_FLOAT32, HN_DIMS(2, 2));
}

START_TEST(closing_frees_what_the_scope_owns)
{
    hn_tensor *outer = ones(root);
    {
        HN_SCOPE(a, root, 0);
        ones(a);
        {
            HN_SCOPE(b, a, 0);
            hn_add(b, ones(b), outer);
            ck_assert_int_eq(hn_live_tensors(), live + 4);
        }
        ck_assert_int_eq(hn_live_tensors(), live + 2);
    }
    ck_assert_int_eq(hn_live_tensors(), live + 1);
    ck_assert(hn_item(root, hn_sum(root, outer, NULL, 0, false)) == 4.0);
}
END_TEST

START_TEST(siblings_close_in_any_order)
{
    hn_scope *a = hn_scope_open(root, HN_TRAINING);
    hn_scope *b = hn_scope_open(root, HN_NO_GRAD);
    ones(a);
    ones(b);
    hn_scope_close(a);
    ck_assert_int_eq(hn_live_tensors(), live + 1);
    ck_assert_ptr_nonnull(ones(b));
    hn_scope_close(b);
    hn_scope_close(NULL);
    ck_assert_ptr_null(hn_scope_open(NULL, 0));
}
END_TEST

static hn_tensor *twice(hn_scope *parent, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    ones(s);
    return hn_scope_return(&s, hn_add(s, x, x));
}

static hn_tensor *same(hn_scope *parent, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    return hn_scope_return(&s, x);
}

static hn_tensor *spoiled(hn_scope *parent, hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    hn_tensor *y = hn_add(s, x, x);
    hn_reshape(s, x, HN_DIMS(3));
    return hn_scope_return(&s, y);
}

START_TEST(a_returned_tensor_lives_in_the_parent)
{
    hn_tensor *x = ones(root);
    hn_tensor *y = twice(root, x);
    ck_assert_int_eq(hn_live_tensors(), live + 2);
    ck_assert(hn_item(root, hn_max(root, y, NULL, 0, false)) == 2.0);
    ck_assert_ptr_eq(same(root, x), x); /* a tensor of an outer scope passes */
    ck_assert_ptr_nonnull(ones(root));
    ck_assert_ptr_null(spoiled(root, x));
    ck_assert(hn_scope_failed(root));
    ck_assert_ptr_null(hn_scope_return(&(hn_scope *) { NULL }, x));
}
END_TEST

START_TEST(nothing_to_return_is_an_error)
{
    hn_scope *s = hn_scope_open(root, 0);
    ck_assert_ptr_null(hn_scope_return(&s, NULL));
    ck_assert_ptr_null(s);
    ck_assert_int_eq(hn_scope_status(root), HN_ESHAPE);
    ck_assert_str_eq(hn_error_message(), "scope_return: tensor is NULL");
}
END_TEST

START_TEST(a_moved_tensor_keeps_its_handle)
{
    hn_scope *keeper = hn_scope_open(root, 0);
    hn_tensor *kept = NULL;
    {
        HN_SCOPE(s, root, 0);
        hn_tensor *middle = ones(s), *last = ones(s);
        hn_tensor *first = ones(s);
        kept = hn_move(middle, keeper);
        ck_assert_ptr_eq(kept, middle);
        ck_assert_ptr_eq(hn_move(first, keeper), first);
        ck_assert_ptr_eq(hn_move(last, root), last);
        ck_assert_ptr_null(hn_move(NULL, keeper));
        ck_assert_ptr_null(hn_move(kept, NULL));
    }
    ck_assert_int_eq(hn_live_tensors(), live + 3);
    ck_assert(hn_item(keeper, hn_sum(keeper, kept, NULL, 0, false)) == 4.0);
    hn_scope_close(keeper);
    ck_assert_int_eq(hn_live_tensors(), live + 1);
}
END_TEST

START_TEST(the_first_error_stays_and_stops_everything)
{
    hn_scope *s = hn_scope_open(root, 0);
    hn_tensor *x = ones(s);
    ck_assert_int_eq(hn_scope_status(s), HN_OK);
    ck_assert_ptr_null(hn_reshape(s, x, HN_DIMS(3)));
    ck_assert_int_eq(hn_scope_status(s), HN_ETORCH);
    char first[1024];
    snprintf(first, sizeof first, "%s", hn_error_message());
    ck_assert_msg(strstr(first, "reshape: ") == first && strstr(first, "(x [2, 2] float32)"), "%s",
                  first);
    ck_assert_ptr_null(hn_add(s, x, x));
    ck_assert_ptr_null(hn_add(s, x, NULL));
    ck_assert_ptr_null(hn_scope_fail(s, HN_EDATA, "later"));
    hn_zero_(s, x);
    ck_assert(isnan(hn_item(s, hn_sum(s, x, NULL, 0, false))));
    float out[4] = { 9, 9, 9, 9 };
    ck_assert_int_eq(hn_copy_out(s, x, HN_FLOAT32, out, 4), HN_ETORCH);
    ck_assert(out[0] == 9.0f);
    ck_assert(!hn_equal(s, x, x));
    hn_scope *child = hn_scope_open(s, 0);
    ck_assert_ptr_null(ones(child));
    ck_assert_int_eq(hn_scope_status(child), HN_ETORCH);
    ck_assert_str_eq(hn_error_message(), first);
    hn_scope_close(child);
    ck_assert_int_eq(hn_scope_status(root), HN_OK); /* not before the child closes */
    ck_assert(hn_item(root, hn_sum(root, x, NULL, 0, false)) == 4.0); /* untouched by zero_ */
    hn_scope_close(s);
    ck_assert_int_eq(hn_scope_status(root), HN_ETORCH);
    ck_assert_str_eq(hn_error_message(), first);
}
END_TEST

START_TEST(messages_say_where)
{
    hn_scope_name(root, "layer1.0.conv1");
    HN_SCOPE(s, root, 0);
    hn_conv2d(s, hn_ones(s, HN_FLOAT32, HN_DIMS(1, 2, 8, 8)), ones(s), NULL,
              (hn_conv_options) { 0 });
    ck_assert(hn_scope_status(s) != HN_OK);
    ck_assert_msg(strstr(hn_error_message(), "conv2d [layer1.0.conv1]: ") == hn_error_message(),
                  "%s", hn_error_message());
    hn_scope *other = NULL;
    ck_assert_int_eq(hn_scope_root(&other, "cpu", 0), HN_OK);
    ck_assert_ptr_null(hn_scope_fail(other, HN_EDATA, "%d images of %d", 2, 3));
    ck_assert_int_eq(hn_scope_status(other), HN_EDATA);
    ck_assert_str_eq(hn_error_message(), "2 images of 3");
    hn_scope_close(other);
    ck_assert_int_eq(hn_scope_status(NULL), HN_ENOMEM);
    ck_assert(hn_scope_failed(NULL));
    ck_assert_ptr_null(ones(NULL));
}
END_TEST

START_TEST(a_request_beyond_memory_is_an_error)
{
    HN_SCOPE(s, root, 0);
    ck_assert_ptr_null(hn_zeros(s, HN_FLOAT64, HN_DIMS(INT64_C(1) << 50)));
    ck_assert_int_eq(hn_scope_status(s), HN_ENOMEM);
    ck_assert_ptr_null(strchr(hn_error_message(), '\n'));
}
END_TEST

/* --- modes ---------------------------------------------------------------------------------- */

START_TEST(modes_are_inherited_and_overridden)
{
    static const struct {
        unsigned parent, child;
        bool training, grad, autocast;
    } table[] = {
        { 0, 0, false, false, false },
        { HN_TRAINING, 0, true, true, false },
        { HN_TRAINING, HN_NO_GRAD, true, false, false },
        { HN_TRAINING, HN_EVALUATION, false, true, false },
        { HN_TRAINING, HN_EVALUATION | HN_NO_GRAD, false, false, false },
        { 0, HN_GRAD, false, true, false },
        { 0, HN_GRAD | HN_NO_GRAD, false, false, false },
        { HN_AUTOCAST_BF16, HN_TRAINING, true, true, true },
        { HN_AUTOCAST_BF16, HN_NO_AUTOCAST, false, false, false },
        { 0, HN_AUTOCAST_BF16 | HN_NO_AUTOCAST, false, false, false },
    };
    for (size_t i = 0; i < HN_COUNT_OF(table); i++) {
        HN_SCOPE(parent, root, table[i].parent);
        HN_SCOPE(s, parent, table[i].child);
        ck_assert_int_eq(hn_scope_is_training(s), table[i].training);
        ck_assert_int_eq(hn_scope_has_grad(s), table[i].grad);
        ck_assert_int_eq(hn_scope_has_autocast(s), table[i].autocast);
    }
}
END_TEST

static bool records(hn_scope *s, hn_tensor *weight)
{
    return hn_requires_grad(hn_scale(s, weight, 2.0));
}

START_TEST(the_mode_of_an_operation_is_its_scopes)
{
    hn_tensor *weight = ones(root);
    hn_set_requires_grad(root, weight, true);
    ck_assert(!records(root, weight));
    {
        HN_SCOPE(train, root, HN_TRAINING);
        ck_assert(records(train, weight));
        ck_assert(!records(root, weight)); /* an outer scope while an inner one is open */
        {
            HN_SCOPE(blind, train, HN_NO_GRAD);
            ck_assert(!records(blind, weight));
            ck_assert(records(train, weight));
        }
        ck_assert(records(train, weight));
    }
    ck_assert(!records(root, weight));
}
END_TEST

static void *other_thread(void *weight)
{
    hn_scope *mine = NULL;
    if (hn_scope_root(&mine, "cpu", HN_GRAD) != HN_OK) {
        return NULL;
    }
    bool good = records(mine, weight);
    hn_scope_close(mine);
    return good ? weight : NULL;
}

START_TEST(other_threads_have_roots_of_their_own)
{
    hn_tensor *weight = ones(root);
    hn_set_requires_grad(root, weight, true);
    pthread_t thread;
    void *answer = NULL;
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, weight), 0);
    ck_assert_int_eq(pthread_join(thread, &answer), 0);
    ck_assert_ptr_eq(answer, weight);
    ck_assert(!records(root, weight));
}
END_TEST

START_TEST(the_random_stream_is_the_seeded_ancestors)
{
    hn_scope_seed(root, 5);
    uint64_t first = hn_scope_next_seed(root), second = hn_scope_next_seed(root);
    ck_assert(first != second);
    hn_scope_seed(root, 5);
    {
        HN_SCOPE(a, root, 0);
        ck_assert(hn_scope_next_seed(a) == first);
    }
    HN_SCOPE(b, root, 0);
    ck_assert(hn_scope_next_seed(b) == second);
    hn_scope_seed(b, 5);
    ck_assert(hn_scope_next_seed(b) == first);
    hn_scope_seed(b, 6);
    ck_assert(hn_scope_next_seed(b) != first);
    ck_assert(hn_scope_next_seed(NULL) == 0);
}
END_TEST

START_TEST(devices)
{
    static const char *const wrong[] = { "",      "gpu",     "CPU",     "cpu:0",
                                         "cuda:", "cuda:x",  "cuda:-1", "cuda:1x",
                                         "cuda0", "cuda: 1", "cuda:+1", "cuda:999" };
    hn_scope *s = NULL;
    for (size_t i = 0; i < HN_COUNT_OF(wrong); i++) {
        ck_assert_msg(hn_scope_root(&s, wrong[i], 0) == HN_EUSAGE, "'%s'", wrong[i]);
        ck_assert_ptr_nonnull(strstr(hn_error_message(), "is not one of cpu, cuda, cuda:N"));
    }
    ck_assert_int_eq(hn_scope_root(&s, NULL, 0), HN_EUSAGE);
    ck_assert_ptr_null(s);
    ck_assert_str_eq(hn_scope_device(root), "cpu");
    if (hn_torch_has_cuda()) {
        ck_assert_int_eq(hn_scope_root(&s, "cuda", HN_GRAD), HN_OK);
        ck_assert_str_eq(hn_scope_device(s), "cuda:0");
        ck_assert(hn_item(s, hn_sum(s, hn_to_device(s, ones(root)), NULL, 0, false)) == 4.0);
        hn_torch_synchronize(s);
        hn_scope_close(s);
    } else {
        ck_assert_int_eq(hn_scope_root(&s, "cuda", 0), HN_EUNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(hn_error_message(), "device cuda: "));
        ck_assert_ptr_nonnull(strstr(hn_error_message(), "sees 0 CUDA devices here"));
    }
    ck_assert_int_eq(hn_scope_root(&s, "cuda:127", 0), HN_EUNSUPPORTED);
    hn_torch_synchronize(root);
    ck_assert_int_eq(hn_scope_status(root), HN_OK);
}
END_TEST

START_TEST(libtorch_as_a_whole)
{
    ck_assert_int_eq(hn_torch_set_threads(2), HN_OK);
    ck_assert_int_eq(hn_torch_threads(), 2);
    ck_assert_int_eq(hn_torch_set_threads(1), HN_OK);
    ck_assert_int_eq(hn_torch_threads(), 1);
    ck_assert_int_eq(hn_torch_set_threads(0), HN_EUSAGE);
    ck_assert_ptr_nonnull(strchr(hn_torch_version(), '.'));
}
END_TEST

/* --- programming errors --------------------------------------------------------------------- */

START_TEST(a_parent_closed_before_its_child_aborts)
{
    hn_scope *s = hn_scope_open(root, 0);
    ck_assert_ptr_nonnull(hn_scope_open(s, 0));
    hn_scope_close(s);
}
END_TEST

static void *use_of_another_thread(void *s)
{
    return ones(s);
}

START_TEST(a_scope_of_another_thread_aborts)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, use_of_another_thread, root), 0);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(returning_from_a_root_aborts)
{
    hn_scope_return(&root, ones(root));
}
END_TEST

/* --- nothing is left behind ----------------------------------------------------------------- */

static long resident_kb(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void step(hn_tensor *weight, hn_tensor *bias, bool spoil)
{
    HN_SCOPE(s, root, HN_TRAINING);
    hn_tensor *x = hn_randn(s, HN_FLOAT32, HN_DIMS(4, 8), 3);
    hn_tensor *loss = hn_mean(s, hn_pow(s, hn_linear(s, x, weight, bias), 2.0), NULL, 0, false);
    hn_backward(s, loss);
    hn_add_(s, weight, hn_grad(s, weight), -0.01);
    hn_zero_grad(s, weight);
    hn_zero_grad(s, bias);
    if (spoil) {
        hn_scope *inner = hn_scope_open(s, 0);
        hn_scope *alone = NULL; /* a failure of its own, out of the step's way */
        ck_assert_int_eq(hn_scope_root(&alone, "cpu", 0), HN_OK);
        hn_matmul(alone, x, x);
        ck_assert(hn_scope_failed(alone));
        hn_scope_close(alone);
        hn_scope_close(inner);
    }
    ck_assert_int_eq(hn_scope_status(s), HN_OK);
}

START_TEST(ten_thousand_steps_stay_flat)
{
    hn_tensor *weight = hn_randn(root, HN_FLOAT32, HN_DIMS(8, 8), 1);
    hn_tensor *bias = hn_zeros(root, HN_FLOAT32, HN_DIMS(8));
    hn_set_requires_grad(root, weight, true);
    hn_set_requires_grad(root, bias, true);
    for (int i = 0; i < 1000; i++) {
        step(weight, bias, i % 10 == 0);
    }
    long before = resident_kb();
    for (int i = 0; i < 10000; i++) {
        step(weight, bias, i % 10 == 0);
    }
    long grown = resident_kb() - before;
#ifdef __SANITIZE_ADDRESS__
    grown = 0; /* its quarantine keeps what is freed */
#endif
    ck_assert_msg(grown < 512, "resident memory grew by %ld KB", grown);
    ck_assert_int_eq(hn_live_tensors(), live + 2);
    ck_assert(hn_all_finite(root, weight));
}
END_TEST

Suite *check_scope_suite(void)
{
    Suite *suite = suite_create("scope");
    TCase *tests = tcase_create("scope");
    tcase_add_checked_fixture(tests, open_root, close_root);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, closing_frees_what_the_scope_owns);
    tcase_add_test(tests, siblings_close_in_any_order);
    tcase_add_test(tests, a_returned_tensor_lives_in_the_parent);
    tcase_add_test(tests, nothing_to_return_is_an_error);
    tcase_add_test(tests, a_moved_tensor_keeps_its_handle);
    tcase_add_test(tests, the_first_error_stays_and_stops_everything);
    tcase_add_test(tests, messages_say_where);
    tcase_add_test(tests, a_request_beyond_memory_is_an_error);
    tcase_add_test(tests, modes_are_inherited_and_overridden);
    tcase_add_test(tests, the_mode_of_an_operation_is_its_scopes);
    tcase_add_test(tests, other_threads_have_roots_of_their_own);
    tcase_add_test(tests, the_random_stream_is_the_seeded_ancestors);
    tcase_add_test(tests, devices);
    tcase_add_test(tests, libtorch_as_a_whole);
    tcase_add_test(tests, ten_thousand_steps_stay_flat);
    suite_add_tcase(suite, tests);
    if (!getenv("CK_FORK") || strcmp(getenv("CK_FORK"), "no") != 0) {
        TCase *aborts = tcase_create("aborts");
        tcase_add_checked_fixture(aborts, open_root, close_root);
        tcase_add_test_raise_signal(aborts, a_parent_closed_before_its_child_aborts, SIGABRT);
        tcase_add_test_raise_signal(aborts, a_scope_of_another_thread_aborts, SIGABRT);
        tcase_add_test_raise_signal(aborts, returning_from_a_root_aborts, SIGABRT);
        suite_add_tcase(suite, aborts);
    }
    return suite;
}
