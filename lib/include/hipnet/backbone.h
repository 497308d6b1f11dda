/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backbone.h: the networks that read one radiograph, and their registry.
 *
 * A backbone turns pictures [N, C, H, W] into maps [N, K, h, w] and the maps into features
 * [N, F]; what classifies is not part of it. Names of parameters are torchvision's, so public
 * weights load by name. Four families, each a file that opens with its paper, plus one small
 * variant of each (<family>_mini; they exist here alone) for 96 to 128 px, demos and tests.
 *
 * To add a network:
 *   1. write lib/nn/<family>.c with build, maps and pool and one `const hn_backbone
 *      hn_backbone_<name>` per variant (a new variant of a family is one row of its table);
 *   2. add one line to backbone_list.h;
 *   3. make its fixture: tests/parity/make_parity_fixtures.py <name>;
 *   4. add configs/<name>.json where it deserves a recipe.
 * Tests, `hipnet models`, help and error messages pick it up by themselves.
 */
#ifndef HIPNET_BACKBONE_H
#define HIPNET_BACKBONE_H

#include <hipnet/error.h>
#include <hipnet/params.h>
#include <hipnet/tensor.h>

typedef struct hn_backbone {
    const char *name;      /* "resnet50" */
    const char *family;    /* "resnet" */
    const char *paper;     /* "He et al. 2015, arXiv:1512.03385" */
    int in_size;           /* side in pixels that it was published for; others work too */
    int min_size;          /* smallest side that leaves one pixel of maps */
    int feature_dim;       /* F */
    int stride;            /* pixels of the picture for one of the maps */
    const char *head;      /* "fc": the classifier of torchvision, not part of the backbone */
    const char *first;     /* "conv1": the convolution that reads the picture */
    const char *last_maps; /* "layer4": the module whose output the maps are */
    double drop_path;      /* stochastic depth of the paper's recipe; 0: none */
    /* Names and shapes everything at `at`; the struct it returns is the store's. `drop_path`:
     * the largest rate of stochastic depth. NULL on failure, which stays in the store. */
    const void *(*build)(const struct hn_backbone *self, hn_path at, int in_channels,
                         double drop_path);
    hn_tensor *(*maps)(hn_scope *s, const void *net, hn_tensor *x);    /* [N,C,H,W] -> [N,K,h,w] */
    hn_tensor *(*pool)(hn_scope *s, const void *net, hn_tensor *maps); /* [N,K,h,w] -> [N,F] */
    const void *table; /* the variant's row, for its family's file alone */
} hn_backbone;

#define HN_BACKBONE(name) HN_API const hn_backbone hn_backbone_##name;
#include <hipnet/backbone_list.h>
#undef HN_BACKBONE

/* The registry, in the order of the list. */
HN_API int hn_backbones(void);
HN_API const hn_backbone *hn_backbone_at(int index);
/* HN_EUSAGE with the nearest name when there is no such backbone. */
HN_API hn_status hn_backbone_find(const hn_backbone **out, const char *name) HN_MUST_CHECK;

/* Builds at `at`; in_channels is 1 or 3; a negative drop_path stands for the backbone's own.
 * `*net` is the store's. */
HN_API hn_status hn_backbone_build(const void **net, const hn_backbone *backbone, hn_path at,
                                   int in_channels, double drop_path) HN_MUST_CHECK;
/* pool(maps(x)), in a scope of its own: [N, C, H, W] -> [N, F]. */
HN_API hn_tensor *hn_backbone_forward(hn_scope *s, const hn_backbone *backbone, const void *net,
                                      hn_tensor *x);

#endif
