/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backbone_gradients: one training step's gradients of one backbone, with the weights and pictures
 * of backbone_zoo.py, written as safetensors for paired_gradients.py.
 *
 *     backbone_gradients BACKBONE COUNT SIDE CLASSES THREADS OUT.safetensors
 */
#include "../unit/nn/formula.h"

#include <hipnet/backbone.h>
#include <hipnet/layers.h>
#include <hipnet/number.h>
#include <hipnet/parallel.h>
#include <hipnet/safetensors.h>

#include <stdio.h>
#include <stdlib.h>

struct setup {
    const hn_backbone *backbone;
    int64_t count, side, classes, threads;
};

static hn_status write_gradients(hn_scope *s, hn_params *params, const char *path)
{
    int count = hn_params_count(params);
    HN_AUTOFREE hn_safetensors_entry *entries = hn_calloc((size_t)count, sizeof *entries);
    if (!entries) {
        return HN_ENOMEM;
    }
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        const hn_param *entry = hn_params_at(params, i);
        if (entry->buffer) {
            continue;
        }
        hn_tensor *gradient = hn_contiguous(s, hn_grad(s, entry->tensor));
        hn_safetensors_entry *out = &entries[used++];
        *out = (hn_safetensors_entry) { .name = entry->name + strlen("net."),
                                        .type = HN_SAFETENSORS_F32,
                                        .rank = entry->rank,
                                        .data = hn_data(s, gradient) };
        memcpy(out->shape, entry->shape, sizeof entry->shape);
    }
    HN_TRY(hn_scope_status(s));
    return hn_safetensors_write(path, entries, used, NULL, 0, true);
}

static hn_status run(const struct setup *setup, const char *path)
{
    HN_AUTO_PARAMS *params = NULL;
    const void *net = NULL;
    hn_threads_set((int)setup->threads);
    HN_TRY(hn_torch_set_threads((int)setup->threads));
    HN_TRY(hn_params_new_blank(&params, "cpu"));
    hn_path at = hn_path_to(hn_path_root(params), "net");
    HN_TRY(hn_backbone_build(&net, setup->backbone, at, 3, 0));
    hn_dense head = hn_dense_default_at(hn_path_to(at, "%s", setup->backbone->head),
                                        setup->backbone->feature_dim, setup->classes);
    HN_TRY(hn_params_status(params));
    if (!formula_fill_all(params, "net.")) {
        return HN_ENOMEM;
    }
    HN_SCOPE(s, hn_params_scope(params), HN_TRAINING);
    hn_tensor *x = formula_pictures(s, setup->count, 3, setup->side, HN_FLOAT32);
    hn_tensor *f = hn_backbone_forward(s, setup->backbone, net, x);
    hn_tensor *loss = hn_cross_entropy(s, hn_dense_forward(s, &head, f),
                                       formula_labels(s, setup->count, setup->classes),
                                       (hn_cross_entropy_options) { 0 });
    hn_backward(s, loss);
    HN_TRY(hn_scope_status(s));
    return write_gradients(s, params, path);
}

int main(int argc, char **argv)
{
    struct setup setup = { 0 };
    if (argc != 7 || hn_backbone_find(&setup.backbone, argv[1]) ||
        hn_parse_int(&setup.count, argv[2]) || hn_parse_int(&setup.side, argv[3]) ||
        hn_parse_int(&setup.classes, argv[4]) || hn_parse_int(&setup.threads, argv[5])) {
        fprintf(stderr, "usage: %s BACKBONE COUNT SIDE CLASSES THREADS OUT\n", argv[0]);
        return 2;
    }
    if (run(&setup, argv[6])) {
        fprintf(stderr, "%s\n", hn_error_message());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
