/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * params.h: the named numbers of a network, in one place.
 *
 * A store holds every parameter (trained by gradients) and every buffer (running statistics,
 * counters) of a network under the name that torch.nn.Module.state_dict() gives it, in the order
 * in which the network was built, which is state_dict's. Layers keep pointers to entries, so no
 * name is looked up while a network runs, and the store may replace a tensor (hn_params_convert)
 * without anybody noticing.
 *
 * Building creates or finds: an entry that is there already is checked against the shape that is
 * asked for and used. The first failure of a build stays in the store, later calls do nothing and
 * return NULL, and one hn_params_status at the end says what it was.
 *
 * Initial values are torchvision's distributions, drawn from streams keyed by (seed, name): the
 * same on every device, for every number of threads, and whatever else is in the store.
 */
#ifndef HIPNET_PARAMS_H
#define HIPNET_PARAMS_H

#include <hipnet/error.h>
#include <hipnet/tensor.h>
#include <stdbool.h>
#include <stdint.h>

#define HN_PARAM_NAME 192 /* most bytes of a name, with the NUL */
#define HN_PARAM_RANK 4   /* most dimensions */

typedef struct hn_params hn_params;

/* One entry. Its address stays while the store lives; `tensor` changes only when the store is
 * converted. Everything in it is the store's. */
typedef struct hn_param {
    const char *name;  /* "backbone.ap.layer1.0.conv1.weight" */
    hn_tensor *tensor; /* a leaf that requires gradients, unless a buffer or frozen */
    int rank;
    int64_t shape[HN_PARAM_RANK];
    bool buffer; /* not trained by gradients: a running statistic or a counter */
    bool frozen; /* a parameter that is kept as it is */
} hn_param;

/* An empty store on `device` ("cpu", "cuda:0"; see hn_scope_root) whose initial values are keyed
 * by `seed`. float32. Freed by hn_params_free, after the networks that were built in it. */
HN_API hn_status hn_params_new(hn_params **out, const char *device, uint64_t seed) HN_MUST_CHECK;
/* The same with zeros everywhere, which take no time and hardly memory: to count, or to load. */
HN_API hn_status hn_params_new_blank(hn_params **out, const char *device) HN_MUST_CHECK;
HN_API void hn_params_free(hn_params *params);
HN_API void hn_params_freep(hn_params **params);
#define HN_AUTO_PARAMS HN_CLEANUP(hn_params_freep) hn_params

/* The scope that owns the tensors: the parent for what must live as long (optimizer state). */
HN_API hn_scope *hn_params_scope(hn_params *params);
HN_API uint64_t hn_params_seed(const hn_params *params);

/* The first failure of what was built in the store. */
HN_API hn_status hn_params_status(const hn_params *params) HN_MUST_CHECK;
/* Leaves a failure of the caller's own; printf-like. Keeps the first. */
HN_API void hn_params_fail(hn_params *params, hn_status status, const char *format, ...)
    HN_PRINTF(3, 4);

/* Entries in the order of building. */
HN_API int hn_params_count(const hn_params *params);
HN_API hn_param *hn_params_at(const hn_params *params, int index); /* index must be in range */
HN_API hn_param *hn_params_find(const hn_params *params, const char *name); /* or NULL */
/* Numbers in parameters whose name starts with `prefix` ("" for all), buffers left out. */
HN_API int64_t hn_params_numel(const hn_params *params, const char *prefix);

/* Converts every floating-point entry to `dtype` and every one with four dimensions to `format`;
 * counters stay int64. Gradients are dropped. Before an optimizer is made, not after: it keeps
 * tensors. */
HN_API hn_status hn_params_convert(hn_params *params, hn_dtype dtype,
                                   hn_memory_format format) HN_MUST_CHECK;

/* Freezes (or thaws) the parameters whose name fits `pattern`: '*' stands for any text, '?' for
 * one character, commas separate alternatives. Returns how many fitted. Frozen ones get no
 * gradients; batch norm still moves its running statistics (they are buffers). */
HN_API int hn_params_freeze(hn_params *params, const char *pattern, bool frozen);
/* The same matching, for others: hn_name_fits("backbone.ap.fc", "fusion.*,*.fc"). */
HN_API bool hn_name_fits(const char *name, const char *patterns);

/* Drops all gradients. */
HN_API void hn_params_zero_grad(hn_params *params);

/* Zeroed memory that lives as long as the store: the structs of layers and networks. NULL when
 * memory is gone, and then the store has failed. */
HN_API void *hn_params_alloc(hn_params *params, size_t bytes);

/* --- names -------------------------------------------------------------------------------- */

/* A place in the tree of names: "backbone.ap.layer1.0". A value, passed and kept by copy. */
typedef struct hn_path {
    hn_params *params;
    char name[HN_PARAM_NAME]; /* "" for the root */
} hn_path;

HN_API hn_path hn_path_root(hn_params *params);
/* The place below: hn_path_to(at, "layer%d.%d", i, j). */
HN_API hn_path hn_path_to(hn_path at, const char *format, ...) HN_PRINTF(2, 3);

/* --- initial values ----------------------------------------------------------------------- */

typedef enum hn_init_kind {
    HN_INIT_CONSTANT, /* value */
    HN_INIT_NORMAL,   /* mean 0, standard deviation `value` */
    HN_INIT_UNIFORM,  /* [-value, value) */
    HN_INIT_TRUNCATED /* normal, drawn again outside [-2, 2] (torch.nn.init.trunc_normal_) */
} hn_init_kind;

typedef struct hn_init {
    hn_init_kind kind;
    double value;
} hn_init;

/* kaiming_normal_(nonlinearity="relu"): deviation sqrt(2 / fan). He et al. 2015,
 * arXiv:1502.01852. fan_out is out / groups * kernel^2, fan_in is in / groups * kernel^2. */
HN_API hn_init hn_init_kaiming(int64_t fan);
/* What torch.nn.Conv2d and Linear do when nobody asks otherwise: uniform, 1 / sqrt(fan_in). */
HN_API hn_init hn_init_torch_default(int64_t fan_in);

/* Creates or finds "<at>.<leaf>" as a parameter, or as a buffer. NULL on failure. `dims` and `n`
 * as HN_DIMS writes them; a counter is a buffer of 0 dimensions and int64. */
HN_API hn_param *hn_param_at(hn_path at, const char *leaf, hn_init init, const int64_t *dims,
                             int n);
HN_API hn_param *hn_buffer_at(hn_path at, const char *leaf, hn_init init, const int64_t *dims,
                              int n);
HN_API hn_param *hn_counter_at(hn_path at, const char *leaf);

#endif
