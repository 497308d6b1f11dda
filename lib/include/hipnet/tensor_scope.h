/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tensor_scope.h: who owns tensors, who hears of a failure, and in which mode networks run.
 *
 * A tensor of libtorch is a counted reference; in C somebody must give each of them back. Here
 * nobody does: every function that makes a tensor takes first the scope that will own it, and
 * closing the scope frees all it owns. The rules, on one page:
 *
 *   1. The first argument is the scope; a handle (hn_tensor *) is borrowed by everybody.
 *   2. There is no function to free one tensor.
 *   3. A tensor leaves its scope only by hn_scope_return or hn_move.
 *   4. Every loop body that makes tensors opens a scope; so does every block of a network.
 *      (ResNet-50 inference: 1166 MB with one scope, 300 MB with a scope for each block.)
 *   5. A scope closes after its children and on the thread that opened it: anything else is a
 *      programming error and asserts. One scope is used by one thread; the tensors of a scope
 *      may be read by other threads, each of which opens a root of its own.
 *   6. Parameters, buffers and optimizer state live in a scope of the object that owns them,
 *      made when it is built, never inside a step.
 *   7. To carry a number from step to step use hn_item; to carry a tensor, hn_move of hn_detach.
 *   8. Closing the scope of a step drops the loss and with it the autograd graph.
 *
 * Failure travels as NULL. The first error of a scope is kept with its sentence; from then on
 * every operation in that scope and in its children returns NULL at once and does nothing, and
 * one hn_scope_status at the end of the step says what it was. A child that closes hands its
 * error to its parent; a child of a failed scope is born failed. Where an argument is not said
 * to be allowed NULL, NULL in a healthy scope is itself such an error, which names it.
 *
 *     hn_status train_step(struct trainer *t, const struct batch *b, double *loss_out)
 *     {
 *         HN_SCOPE(s, t->scope, HN_TRAINING);
 *         hn_tensor *logits = forward(s, t->net, b->images);
 *         hn_tensor *loss = hn_cross_entropy(s, logits, b->labels, (hn_cross_entropy_options){ 0
 * }); hn_backward(s, loss); optimizer_step(s, t->optimizer); *loss_out = hn_item(s, loss); return
 * hn_scope_status(s);
 *     }
 */
#ifndef HIPNET_TENSOR_SCOPE_H
#define HIPNET_TENSOR_SCOPE_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hn_scope hn_scope;   /* owns tensors, remembers the first error */
typedef struct hn_tensor hn_tensor; /* borrowed by everybody, freed by nobody */

/*
 * The mode of a scope. A child takes over what its own flags do not change. A root without
 * flags evaluates, records no gradients and computes in the type of its tensors.
 */
enum {
    HN_TRAINING = 1 << 0,      /* batch norm and dropout train; implies HN_GRAD */
    HN_EVALUATION = 1 << 1,    /* batch norm and dropout evaluate */
    HN_GRAD = 1 << 2,          /* operations are recorded for hn_backward */
    HN_NO_GRAD = 1 << 3,       /* nothing is recorded; wins over HN_GRAD and over
                                  what HN_TRAINING implies */
    HN_AUTOCAST_BF16 = 1 << 4, /* convolutions and matrix products in bfloat16, weights and
                                  losses in float32 (torch.autocast) */
    HN_NO_AUTOCAST = 1 << 5,   /* wins over HN_AUTOCAST_BF16 */
};

/*
 * A scope without parent. `device` is "cpu", "cuda" (the same as "cuda:0") or "cuda:N"; all
 * tensors made in it and below live there, so that no other code names a device. HN_EUSAGE for
 * another word, HN_EUNSUPPORTED where this libtorch or machine has no such device. `*out` is
 * closed by hn_scope_close.
 */
HN_API hn_status hn_scope_root(hn_scope **out, const char *device, unsigned flags) HN_MUST_CHECK;

/* A child of `parent`, which stays open longer. NULL only when memory is gone or `parent` is
 * NULL; every function takes a NULL scope as a failed one. */
HN_API hn_scope *hn_scope_open(hn_scope *parent, unsigned flags) HN_MUST_CHECK;

/* Frees what the scope owns and hands its error to its parent. NULL is allowed. */
HN_API void hn_scope_close(hn_scope *scope);
HN_API void hn_scope_closep(hn_scope **scope);

/* HN_SCOPE(s, parent, flags);  opens `s`, which closes when the variable goes out of reach. */
#define HN_SCOPE(name, parent, flags)                                                              \
    HN_CLEANUP(hn_scope_closep) hn_scope *name = hn_scope_open((parent), (flags))

/*
 * Closes the scope at `*scope`, sets the variable to NULL (so that HN_SCOPE does not close it
 * twice) and hands `tensor` to the parent, which owns it from then on; the handle stays the
 * same. NULL when the scope has failed. A tensor of an outer scope passes unchanged.
 *
 *     HN_SCOPE(s, parent, 0);
 *     ...
 *     return hn_scope_return(&s, hn_relu(s, hn_add(s, x, shortcut)));
 */
HN_API hn_tensor *hn_scope_return(hn_scope **scope, hn_tensor *tensor);

/* Gives `tensor` to the scope `to`, of this thread; the handle stays the same. NULL passes. */
HN_API hn_tensor *hn_move(hn_tensor *tensor, hn_scope *to);

/* The scope's first error: HN_OK, or its status with its sentence as this thread's message. */
HN_API hn_status hn_scope_status(const hn_scope *scope) HN_MUST_CHECK;
HN_API bool hn_scope_failed(const hn_scope *scope); /* true for NULL */

/* Sets an error of the caller's own, unless the scope has failed already: printf-like, one
 * line. Yields NULL, so that a layer can write return hn_scope_fail(s, HN_ESHAPE, "..."). */
HN_API hn_tensor *hn_scope_fail(hn_scope *scope, hn_status status, const char *format, ...)
    HN_PRINTF(3, 4);

/* Says where in the network the operations that follow are, for messages like
 * "conv2d [layer1.0.conv1]: ...". The text is borrowed: it lives until the scope closes or is
 * named again. Children without a name of their own speak of their parent's. NULL: nowhere. */
HN_API void hn_scope_name(hn_scope *scope, const char *where);

/* Starts the random stream that dropout in this scope and its children draws from: the n-th
 * draw depends on `seed` and n alone. A root starts with seed 0. */
HN_API void hn_scope_seed(hn_scope *scope, uint64_t seed);
/* The next 64 bits of that stream, for masks of the caller's own (hn_bernoulli). 0 for NULL. */
HN_API uint64_t hn_scope_next_seed(hn_scope *scope);

HN_API bool hn_scope_is_training(const hn_scope *scope);
HN_API bool hn_scope_has_grad(const hn_scope *scope);
HN_API bool hn_scope_has_autocast(const hn_scope *scope);
HN_API const char *hn_scope_device(const hn_scope *scope); /* "cpu", "cuda:1" */

/* Handles alive in this process: the same before and after whatever cleans up behind itself. */
HN_API int64_t hn_live_tensors(void);

/* --- libtorch as a whole ------------------------------------------------------------------ */

/* Threads that one operation may use (libtorch's own default may be one), and one thread for
 * operations side by side. It is OpenMP's number for the calling thread: the thread that runs
 * the network sets it. HN_EUSAGE below 1. */
HN_API hn_status hn_torch_set_threads(int threads) HN_MUST_CHECK;
HN_API int hn_torch_threads(void);
HN_API const char *hn_torch_version(void); /* "1.13.1" */
HN_API bool hn_torch_has_cuda(void);       /* a device that can be used now */
/* Waits until the device of the scope has done what was asked of it, for clocks. */
HN_API void hn_torch_synchronize(hn_scope *scope);

#endif
