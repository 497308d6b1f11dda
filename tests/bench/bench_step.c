/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_step: training steps of one backbone on command, for step_vs_torch.py, which runs PyTorch
 * beside it. Each line on standard input is one step (forward, cross-entropy, backward, AdamW);
 * the answer is its seconds. At the end of the input come the peak memory before the first step and
 * at the end, in MiB.
 *
 *     bench_step BACKBONE BATCH SIDE fp32|bf16 contiguous|channels_last THREADS
 */
#include <hipnet/backbone.h>
#include <hipnet/layers.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/optimizer.h>
#include <hipnet/parallel.h>
#include <hipnet/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { CLASSES = 5 };

struct bench {
    const hn_backbone *backbone;
    int64_t batch, side, threads;
    bool bf16;
    hn_memory_format format;
    hn_params *params;
    const void *net;
    hn_dense head;
    hn_optimizer *optimizer;
    hn_tensor *images, *labels;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static hn_status make_optimizer(struct bench *b)
{
    int count = hn_params_count(b->params);
    HN_AUTOFREE hn_optimizer_parameter *list = hn_calloc((size_t)count, sizeof *list);
    if (!list) {
        return HN_ENOMEM;
    }
    int used = 0;
    for (int i = 0; i < count; i++) {
        const hn_param *entry = hn_params_at(b->params, i);
        if (!entry->buffer) {
            list[used++] = (hn_optimizer_parameter) { entry->name, entry->tensor, true };
        }
    }
    hn_optimizer_options options = hn_optimizer_adamw_defaults();
    return hn_optimizer_new(&b->optimizer, hn_params_scope(b->params), list, used, &options);
}

static hn_status prepare(struct bench *b)
{
    hn_threads_set((int)b->threads);
    HN_TRY(hn_torch_set_threads((int)b->threads));
    HN_TRY(hn_params_new(&b->params, "cpu", 1));
    hn_path at = hn_path_root(b->params);
    HN_TRY(hn_backbone_build(&b->net, b->backbone, at, 3, 0));
    b->head = hn_dense_default_at(hn_path_to(at, "%s", b->backbone->head), b->backbone->feature_dim,
                                  CLASSES);
    HN_TRY(hn_params_convert(b->params, HN_FLOAT32, b->format));
    HN_TRY(make_optimizer(b));
    hn_scope *s = hn_params_scope(b->params);
    b->images = hn_to_memory_format(
        s, hn_randn(s, HN_FLOAT32, HN_DIMS(b->batch, 3, b->side, b->side), 1), b->format);
    b->labels = hn_zeros(s, HN_INT64, HN_DIMS(b->batch));
    return hn_scope_status(s);
}

static hn_status step(const struct bench *b)
{
    HN_SCOPE(s, hn_params_scope(b->params), HN_TRAINING);
    hn_optimizer_zero_grad(s, b->optimizer);
    HN_SCOPE(f, s, b->bf16 ? HN_AUTOCAST_BF16 : 0);
    hn_tensor *features = hn_backbone_forward(f, b->backbone, b->net, b->images);
    hn_tensor *loss = hn_cross_entropy(f, hn_dense_forward(f, &b->head, features), b->labels,
                                       (hn_cross_entropy_options) { 0 });
    loss = hn_scope_return(&f, loss);
    hn_backward(s, loss);
    hn_optimizer_step(s, b->optimizer, 1e-4);
    hn_item(s, loss);
    return hn_scope_status(s);
}

static hn_status run(struct bench *b)
{
    HN_TRY(prepare(b));
    double before = peak_mib();
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        double start = now();
        HN_TRY(step(b));
        printf("%.6f\n", now() - start);
        fflush(stdout);
    }
    printf("%.1f %.1f\n", before, peak_mib());
    return HN_OK;
}

int main(int argc, char **argv)
{
    struct bench b = { 0 };
    if (argc != 7 || hn_backbone_find(&b.backbone, argv[1]) || hn_parse_int(&b.batch, argv[2]) ||
        hn_parse_int(&b.side, argv[3]) || hn_parse_int(&b.threads, argv[6])) {
        fprintf(stderr,
                "usage: %s BACKBONE BATCH SIDE fp32|bf16 contiguous|channels_last THREADS\n",
                argv[0]);
        return 2;
    }
    b.bf16 = hn_text_equal(argv[4], "bf16");
    b.format = hn_text_equal(argv[5], "channels_last") ? HN_CHANNELS_LAST : HN_CONTIGUOUS;
    hn_status status = run(&b);
    if (status) {
        fprintf(stderr, "%s\n", hn_error_message());
    }
    hn_optimizer_free(b.optimizer);
    hn_params_free(b.params);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
