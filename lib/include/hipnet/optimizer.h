/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * optimizer.h: AdamW and SGD on in-place operations, with their state in plain sight.
 *
 * adamw (Loshchilov and Hutter 2019, arXiv:1711.05101; torch.optim.AdamW), with g the gradient,
 * t the number of this step from 1, and the decay decoupled from the gradient:
 *     p  <- p (1 - lr wd)
 *     m  <- b1 m + (1 - b1) g             "exp_avg"
 *     v  <- b2 v + (1 - b2) g g           "exp_avg_sq"
 *     p  <- p - lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)
 * sgd (Sutskever et al. 2013; torch.optim.SGD), with the decay decoupled in the same way where
 * `decoupled` is set, else added to the gradient as torch does (g <- g + wd p):
 *     b  <- momentum b + g                "momentum_buffer"; b = g at the first step
 *     p  <- p - lr (g + momentum b)       with nesterov, else p - lr b
 *
 * Which parameters decay is the caller's word; the usual choice, and ours, is that those with
 * one dimension (norms, biases) do not. All state is made when the optimizer is (rule 6 of
 * tensor_scope.h) and can be listed, so that a checkpoint is a walk over it.
 */
#ifndef HIPNET_OPTIMIZER_H
#define HIPNET_OPTIMIZER_H

#include <hipnet/error.h>
#include <hipnet/tensor.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum hn_optimizer_kind { HN_OPTIMIZER_ADAMW, HN_OPTIMIZER_SGD } hn_optimizer_kind;
#define HN_OPTIMIZER_CHOICES "adamw|sgd"

typedef struct hn_optimizer_options {
    hn_optimizer_kind kind;
    double beta1, beta2, eps; /* adamw */
    double momentum;          /* sgd; 0: none, and no state */
    bool nesterov;            /* sgd */
    double weight_decay;
    bool decoupled;           /* sgd; adamw's decay always is */
} hn_optimizer_options;

/* AdamW with betas 0.9 and 0.999, eps 1e-8, weight decay 0.01. */
HN_API hn_optimizer_options hn_optimizer_adamw_defaults(void);

/* A leaf that requires gradients, and whether the weight decay applies to it. */
typedef struct hn_optimizer_parameter {
    const char *name; /* borrowed while the optimizer lives */
    hn_tensor *value;
    bool decays;
} hn_optimizer_parameter;

typedef struct hn_optimizer hn_optimizer;

/* The state (zeros) lives in `scope`, which outlives the optimizer; the list is copied. */
HN_API hn_status hn_optimizer_new(hn_optimizer **out, hn_scope *scope,
                                  const hn_optimizer_parameter *parameters, int count,
                                  const hn_optimizer_options *options) HN_MUST_CHECK;
HN_API void hn_optimizer_free(hn_optimizer *optimizer);
HN_API void hn_optimizer_freep(hn_optimizer **optimizer);
#define HN_AUTO_OPTIMIZER HN_CLEANUP(hn_optimizer_freep) hn_optimizer

/* One step with the gradients that the parameters hold; one without a gradient is left alone,
 * decay included. Does nothing in a failed scope. */
HN_API void hn_optimizer_step(hn_scope *s, hn_optimizer *optimizer, double lr);
/* Drops all gradients. */
HN_API void hn_optimizer_zero_grad(hn_scope *s, hn_optimizer *optimizer);
/* The Euclidean norm of all gradients as one vector; where `limit` is above 0 and the norm is
 * larger, they are scaled by limit / (norm + 1e-6) (torch.nn.utils.clip_grad_norm_). NaN in a
 * failed scope. */
HN_API double hn_optimizer_clip(hn_scope *s, hn_optimizer *optimizer, double limit);

/* Steps taken so far: the t of the formula. */
HN_API int64_t hn_optimizer_steps(const hn_optimizer *optimizer);
HN_API void hn_optimizer_set_steps(hn_optimizer *optimizer, int64_t steps);

/* The state tensors, in a fixed order: kind "exp_avg", "exp_avg_sq" or "momentum_buffer", and the
 * name of the parameter it belongs to. */
typedef struct hn_optimizer_slot {
    const char *kind;
    const char *parameter;
    hn_tensor *value;
} hn_optimizer_slot;
HN_API int hn_optimizer_slots(const hn_optimizer *optimizer);
HN_API hn_optimizer_slot hn_optimizer_slot_at(const hn_optimizer *optimizer, int index);

#endif
