/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tensor.h: numbers in n dimensions with gradients; the whole of libtorch that HipNet uses.
 *
 * Each function is one operation of PyTorch under its name there (hn_conv2d is
 * torch.nn.functional.conv2d), so that PyTorch's documentation is its long form; where a name
 * or an argument differs the comment says so. Scopes, failure and modes: tensor_scope.h.
 *
 * Shapes: N images, C channels, H x W pixels, K classes. Dimensions count from 0, or from the
 * end with negative numbers. Functions that end in _ change their first tensor in place. Lists
 * are a pointer and a count; a list of numbers is written HN_DIMS(2, 3, 4). An operation whose
 * scope records gradients is differentiable wherever PyTorch's is.
 *
 * Each operation is held against PyTorch (value and gradients) in tests/data/ops.json.
 */
#ifndef HIPNET_TENSOR_H
#define HIPNET_TENSOR_H

#include <hipnet/tensor_scope.h>

typedef enum hn_dtype {
    HN_FLOAT32 = 0,
    HN_FLOAT64 = 1,
    HN_BFLOAT16 = 2,
    HN_FLOAT16 = 3,
    HN_INT64 = 4,
    HN_UINT8 = 5,
    HN_BOOL = 6,
} hn_dtype;

/* How an image batch [N, C, H, W] lies in memory; the shape is the same for both. */
typedef enum hn_memory_format {
    HN_CONTIGUOUS = 0,    /* N C H W */
    HN_CHANNELS_LAST = 1, /* N H W C */
} hn_memory_format;

/* HN_DIMS(2, 3) is a list of int64_t and its count: two arguments. */
#define HN_DIMS(...)                                                                               \
    (const int64_t[]) { __VA_ARGS__ },                                                             \
        (int)(sizeof((const int64_t[]) { __VA_ARGS__ }) / sizeof(int64_t))

/* --- queries: no scope, never fail; of NULL they say 0, false, HN_FLOAT32 ------------------ */

HN_API int hn_dim(const hn_tensor *x);               /* number of dimensions */
HN_API int64_t hn_size(const hn_tensor *x, int dim); /* 0 where there is no such dimension */
HN_API int64_t hn_numel(const hn_tensor *x);
HN_API hn_dtype hn_dtype_of(const hn_tensor *x);
HN_API bool hn_is_contiguous(const hn_tensor *x, hn_memory_format format);
HN_API bool hn_same_shape(const hn_tensor *a, const hn_tensor *b);
HN_API size_t hn_dtype_size(hn_dtype dtype);      /* bytes of one element */
HN_API const char *hn_dtype_name(hn_dtype dtype); /* "float32" */
/* "[2, 3] float32", cut at `size` bytes. Returns `out`. */
HN_API const char *hn_shape_text(const hn_tensor *x, char *out, size_t size);

/* --- making ------------------------------------------------------------------------------- */

HN_API hn_tensor *hn_empty(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n); /* unset */
HN_API hn_tensor *hn_zeros(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n);
HN_API hn_tensor *hn_ones(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n);
HN_API hn_tensor *hn_full(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, double value);
HN_API hn_tensor *hn_zeros_like(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_arange(hn_scope *s, hn_dtype dtype, double start, double end, double step);

/* Random numbers that depend on `seed` and the shape alone: a generator of its own for each
 * call, on the CPU, brought to the scope's device. Seeds below 2^32 give the numbers of
 * torch.Generator().manual_seed(seed). */
HN_API hn_tensor *hn_randn(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, uint64_t seed);
HN_API hn_tensor *hn_rand(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, uint64_t seed);
/* 1 with `probability`, else 0. */
HN_API hn_tensor *hn_bernoulli(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n,
                               double probability, uint64_t seed);

/* A copy of `data`, which holds the elements in row-major order as `dtype`. */
HN_API hn_tensor *hn_from_data(hn_scope *s, const void *data, hn_dtype dtype, const int64_t *dims,
                               int n);
/* Without a copy on the CPU: `data` must stay, unchanged, until the scope is closed and no graph
 * refers to it. On another device it is copied there. For the batches of a loader. */
HN_API hn_tensor *hn_from_blob(hn_scope *s, void *data, hn_dtype dtype, const int64_t *dims, int n);
/* A copy in page-locked memory, from which copies to CUDA run beside computation; on a
 * machine without CUDA the tensor itself. */
HN_API hn_tensor *hn_pin(hn_scope *s, hn_tensor *x);

/* --- reading out -------------------------------------------------------------------------- */

/* The one number in `x`; NaN when the scope has failed. */
HN_API double hn_item(hn_scope *s, hn_tensor *x);
/* All elements in row-major order, converted to `dtype`; `numel` is the room in `out` and must
 * be their count. Returns the scope's status. */
HN_API hn_status hn_copy_out(hn_scope *s, hn_tensor *x, hn_dtype dtype, void *out,
                             int64_t numel) HN_MUST_CHECK;
/* The elements themselves of a contiguous tensor on the CPU, borrowed as long as it lives and
 * is not changed; NULL and an error for another one. */
HN_API const void *hn_data(hn_scope *s, hn_tensor *x);
/* Same shape, type and elements (NaN equals nothing); false when the scope has failed. */
HN_API bool hn_equal(hn_scope *s, hn_tensor *a, hn_tensor *b);
/* |a - b| <= absolute + relative |b| everywhere, shapes equal; false when the scope failed. */
HN_API bool hn_allclose(hn_scope *s, hn_tensor *a, hn_tensor *b, double relative, double absolute);
/* All elements finite; false when the scope has failed. */
HN_API bool hn_all_finite(hn_scope *s, hn_tensor *x);

/* --- layers ------------------------------------------------------------------------------- */

/* Square geometry; 0 means 1 for stride, dilation and groups. */
typedef struct hn_conv_options {
    int stride, padding, dilation, groups;
} hn_conv_options;
/* x [N, C, H, W], weight [out, C / groups, kh, kw], bias [out], may be NULL. */
HN_API hn_tensor *hn_conv2d(hn_scope *s, hn_tensor *x, hn_tensor *weight,
                            hn_tensor *bias /* may be NULL */, hn_conv_options options);
/* x [..., in], weight [out, in], bias [out]: x weight^T + bias. */
HN_API hn_tensor *hn_linear(hn_scope *s, hn_tensor *x, hn_tensor *weight,
                            hn_tensor *bias /* may be NULL */);
/* x [N, C, ...]. In a training scope normalises by the batch and moves the running statistics
 * in place (running = (1 - momentum) running + momentum batch, variance unbiased); in an
 * evaluating scope normalises by them. */
HN_API hn_tensor *hn_batch_norm(hn_scope *s, hn_tensor *x, hn_tensor *weight /* may be NULL */,
                                hn_tensor *bias /* may be NULL */, hn_tensor *running_mean,
                                hn_tensor *running_var, double momentum, double eps);
/* Over the last dimensions, those of `weight`; when it is NULL, over the last one. Below
 * autocast, layer and group norm take their weights in the type of x. */
HN_API hn_tensor *hn_layer_norm(hn_scope *s, hn_tensor *x, hn_tensor *weight /* may be NULL */,
                                hn_tensor *bias /* may be NULL */, double eps);
HN_API hn_tensor *hn_group_norm(hn_scope *s, hn_tensor *x, int groups,
                                hn_tensor *weight /* may be NULL */,
                                hn_tensor *bias /* may be NULL */, double eps);

HN_API hn_tensor *hn_relu(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_relu_(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_relu6(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_gelu(hn_scope *s, hn_tensor *x); /* exact, by erf */
HN_API hn_tensor *hn_silu(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_silu_(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_hardswish(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_softplus(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_sigmoid(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_tanh(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_softmax(hn_scope *s, hn_tensor *x, int dim);
HN_API hn_tensor *hn_log_softmax(hn_scope *s, hn_tensor *x, int dim);

/* In a training scope, zeroes elements with `probability` and scales the others to keep the
 * mean, drawing from the scope's stream; in an evaluating scope, x. */
HN_API hn_tensor *hn_dropout(hn_scope *s, hn_tensor *x, double probability);
/* The same for whole rows (dimension 0): stochastic depth, Huang et al. 2016,
 * arXiv:1603.09382 (torchvision's mode "row"). */
HN_API hn_tensor *hn_drop_rows(hn_scope *s, hn_tensor *x, double probability);

/* Square windows; stride 0 means the kernel's size. */
typedef struct hn_pool_options {
    int kernel, stride, padding;
    bool ceil_mode;
    bool exclude_padding; /* averages divide by the pixels that exist */
} hn_pool_options;
HN_API hn_tensor *hn_max_pool2d(hn_scope *s, hn_tensor *x, hn_pool_options options);
HN_API hn_tensor *hn_avg_pool2d(hn_scope *s, hn_tensor *x, hn_pool_options options);
HN_API hn_tensor *hn_adaptive_avg_pool2d(hn_scope *s, hn_tensor *x, int64_t height, int64_t width);
HN_API hn_tensor *hn_adaptive_max_pool2d(hn_scope *s, hn_tensor *x, int64_t height, int64_t width);
/* Bilinear, to height x width pixels. */
HN_API hn_tensor *hn_interpolate(hn_scope *s, hn_tensor *x, int64_t height, int64_t width,
                                 bool align_corners);
/* Frames the last two dimensions with `value`; negative amounts crop. */
HN_API hn_tensor *hn_pad(hn_scope *s, hn_tensor *x, int64_t left, int64_t right, int64_t top,
                         int64_t bottom, double value);

/* --- arithmetic: shapes broadcast --------------------------------------------------------- */

HN_API hn_tensor *hn_add(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_add_scaled(hn_scope *s, hn_tensor *a, hn_tensor *b, double k); /* a + k b */
HN_API hn_tensor *hn_sub(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_mul(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_div(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_maximum(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_minimum(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_scale(hn_scope *s, hn_tensor *x, double factor);
HN_API hn_tensor *hn_add_number(hn_scope *s, hn_tensor *x, double number);
HN_API hn_tensor *hn_pow(hn_scope *s, hn_tensor *x, double exponent);
HN_API hn_tensor *hn_sqrt(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_exp(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_ln(hn_scope *s, hn_tensor *x); /* torch.log; hn_log is the logger */
HN_API hn_tensor *hn_abs(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_neg(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_erfinv(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_clamp(hn_scope *s, hn_tensor *x, double low, double high);
HN_API hn_tensor *hn_matmul(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_bmm(hn_scope *s, hn_tensor *a, hn_tensor *b); /* [B,n,k] [B,k,m] */

/* Masks (bool). */
HN_API hn_tensor *hn_greater(hn_scope *s, hn_tensor *a, hn_tensor *b);
HN_API hn_tensor *hn_greater_number(hn_scope *s, hn_tensor *x, double number);
HN_API hn_tensor *hn_equal_number(hn_scope *s, hn_tensor *x, double number);
HN_API hn_tensor *hn_logical_not(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_where(hn_scope *s, hn_tensor *mask, hn_tensor *yes, hn_tensor *no);
HN_API hn_tensor *hn_masked_fill(hn_scope *s, hn_tensor *x, hn_tensor *mask, double value);

/* --- reductions: over the listed dimensions, over all when n is 0 (dims may be NULL then) --- */

HN_API hn_tensor *hn_sum(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep);
HN_API hn_tensor *hn_mean(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep);
/* Divides by count - correction: 1 for the unbiased variance, 0 for the population's. */
HN_API hn_tensor *hn_var(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep,
                         int correction);
/* Extrema (torch.amax, torch.amin): equal ones share the gradient. */
HN_API hn_tensor *hn_max(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep);
HN_API hn_tensor *hn_min(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep);
HN_API hn_tensor *hn_logsumexp(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep);
HN_API hn_tensor *hn_argmax(hn_scope *s, hn_tensor *x, int dim, bool keep);   /* int64 */
HN_API hn_tensor *hn_topk(hn_scope *s, hn_tensor *x, int64_t count, int dim); /* values, falling */
HN_API hn_tensor *hn_cosine_similarity(hn_scope *s, hn_tensor *a, hn_tensor *b, int dim,
                                       double eps);

/* --- shape -------------------------------------------------------------------------------- */

HN_API hn_tensor *hn_cat(hn_scope *s, hn_tensor *const *list, int count, int dim);
HN_API hn_tensor *hn_stack(hn_scope *s, hn_tensor *const *list, int count, int dim);
/* Elements start..end-1 of one dimension, every `step`-th; a view. */
HN_API hn_tensor *hn_slice(hn_scope *s, hn_tensor *x, int dim, int64_t start, int64_t end,
                           int64_t step);
HN_API hn_tensor *hn_select(hn_scope *s, hn_tensor *x, int dim, int64_t index); /* drops `dim` */
HN_API hn_tensor *hn_index_select(hn_scope *s, hn_tensor *x, int dim, hn_tensor *index);
HN_API hn_tensor *hn_gather(hn_scope *s, hn_tensor *x, int dim, hn_tensor *index);
HN_API hn_tensor *hn_reshape(hn_scope *s, hn_tensor *x, const int64_t *dims,
                             int n); /* one may be -1 */
HN_API hn_tensor *hn_flatten(hn_scope *s, hn_tensor *x, int from_dim);
HN_API hn_tensor *hn_permute(hn_scope *s, hn_tensor *x, const int64_t *dims, int n);
HN_API hn_tensor *hn_transpose(hn_scope *s, hn_tensor *x, int dim_a, int dim_b);
HN_API hn_tensor *hn_unsqueeze(hn_scope *s, hn_tensor *x, int dim);
HN_API hn_tensor *hn_squeeze(hn_scope *s, hn_tensor *x, int dim);
HN_API hn_tensor *hn_expand(hn_scope *s, hn_tensor *x, const int64_t *dims, int n); /* -1 keeps */
HN_API hn_tensor *hn_flip(hn_scope *s, hn_tensor *x, const int64_t *dims, int n);
HN_API hn_tensor *hn_contiguous(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_to_memory_format(hn_scope *s, hn_tensor *x, hn_memory_format format);
HN_API hn_tensor *hn_to_dtype(hn_scope *s, hn_tensor *x, hn_dtype dtype);
HN_API hn_tensor *hn_to_device(hn_scope *s, hn_tensor *x); /* the scope's device */
HN_API hn_tensor *hn_to_cpu(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_clone(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_detach(hn_scope *s, hn_tensor *x);
HN_API hn_tensor *hn_one_hot(hn_scope *s, hn_tensor *x, int64_t classes); /* int64 [..., K] */

/* --- losses ------------------------------------------------------------------------------- */

typedef enum hn_reduction {
    HN_REDUCE_MEAN = 0,
    HN_REDUCE_SUM = 1,
    HN_REDUCE_NONE = 2
} hn_reduction;

typedef struct hn_cross_entropy_options {
    hn_tensor *class_weights; /* [K]; NULL: all 1 */
    double label_smoothing;   /* 0..1 */
    hn_reduction reduction;   /* the mean of weighted rows divides by the sum of their weights */
    bool ignore;              /* rows whose target is `ignore_index` do not count */
    int64_t ignore_index;
} hn_cross_entropy_options;
/* logits [N, K]; target [N] int64 classes, or [N, K] probabilities of the logits' type. */
HN_API hn_tensor *hn_cross_entropy(hn_scope *s, hn_tensor *logits, hn_tensor *target,
                                   hn_cross_entropy_options options);
/* log_probabilities [N, K], target [N] int64. */
HN_API hn_tensor *hn_nll_loss(hn_scope *s, hn_tensor *log_probabilities, hn_tensor *target,
                              hn_tensor *class_weights /* may be NULL */, hn_reduction reduction);
/* logits and target of one shape; `weights` of each element, `positive_weights` [K]. */
HN_API hn_tensor *hn_bce_with_logits(hn_scope *s, hn_tensor *logits, hn_tensor *target,
                                     hn_tensor *weights /* may be NULL */,
                                     hn_tensor *positive_weights /* may be NULL */,
                                     hn_reduction reduction);
HN_API hn_tensor *hn_mse_loss(hn_scope *s, hn_tensor *x, hn_tensor *target, hn_reduction reduction);

/* --- gradients ---------------------------------------------------------------------------- */

/* Makes a leaf collect gradients, or not; the scope's mode does not matter. */
HN_API void hn_set_requires_grad(hn_scope *s, hn_tensor *x, bool on);
HN_API bool hn_requires_grad(const hn_tensor *x); /* false for NULL */
/* Adds the gradients of `loss`, one number, to those of the leaves it was computed from. */
HN_API void hn_backward(hn_scope *s, hn_tensor *loss);
/* The same for any shape, from the gradient of `x` (NULL: ones); the graph may be kept for a
 * second time. */
HN_API void hn_backward_from(hn_scope *s, hn_tensor *x, hn_tensor *gradient /* may be NULL */,
                             bool keep_graph);
/* Gradients of the sum of `x` with respect to `inputs`, leaves or not, into out[0..count-1]
 * (owned by `s`), leaving the leaves' own gradients alone. An input that `x` does not depend on
 * gets zeros. On failure all of `out` is NULL. `x` must have been computed in a scope with
 * HN_GRAD. */
HN_API void hn_gradients(hn_scope *s, hn_tensor **out, hn_tensor *x, hn_tensor *const *inputs,
                         int count, bool keep_graph);
HN_API bool hn_has_grad(const hn_tensor *x); /* false for NULL */
/* The leaf's gradient, sharing its memory; an error where there is none (hn_has_grad). */
HN_API hn_tensor *hn_grad(hn_scope *s, hn_tensor *x);
HN_API void hn_zero_grad(hn_scope *s, hn_tensor *x); /* drops the gradient */

/* --- in place, without being recorded: for optimizers, averages, initialisation ------------ */

HN_API void hn_zero_(hn_scope *s, hn_tensor *x);
HN_API void hn_fill_(hn_scope *s, hn_tensor *x, double value);
HN_API void hn_copy_(hn_scope *s, hn_tensor *x, hn_tensor *from); /* converts type and device */
HN_API void hn_add_(hn_scope *s, hn_tensor *x, hn_tensor *a, double k); /* x += k a */
HN_API void hn_add_number_(hn_scope *s, hn_tensor *x, double number);
HN_API void hn_scale_(hn_scope *s, hn_tensor *x, double factor);
HN_API void hn_mul_(hn_scope *s, hn_tensor *x, hn_tensor *a);
HN_API void hn_sqrt_(hn_scope *s, hn_tensor *x);
HN_API void hn_lerp_(hn_scope *s, hn_tensor *x, hn_tensor *a, double k); /* x += k (a - x) */
HN_API void hn_addcmul_(hn_scope *s, hn_tensor *x, hn_tensor *a, hn_tensor *b,
                        double k); /* x += k a b */
HN_API void hn_addcdiv_(hn_scope *s, hn_tensor *x, hn_tensor *a, hn_tensor *b,
                        double k); /* x += k a / b */

/* The same for lists of tensors: few launches on CUDA, a plain loop on the CPU. */
HN_API void hn_scale_all_(hn_scope *s, hn_tensor *const *x, int count, double factor);
HN_API void hn_add_all_(hn_scope *s, hn_tensor *const *x, hn_tensor *const *a, int count, double k);
HN_API void hn_lerp_all_(hn_scope *s, hn_tensor *const *x, hn_tensor *const *a, int count,
                         double k);
/* The Euclidean norm of all elements of all tensors as if they were one; 0 of none. */
HN_API hn_tensor *hn_norm_all(hn_scope *s, hn_tensor *const *x, int count);

#endif
