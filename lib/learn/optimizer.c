/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * optimizer.c: AdamW and SGD as the formulas of the header say, term by term.
 * A step is a walk over the parameters that hold a gradient; what can be done for all of them
 * at once (decay, averages) is one call over the list, which is few launches on CUDA.
 */
#include <hipnet/memory.h>
#include <hipnet/optimizer.h>

#include <math.h>
#include <string.h>

enum { SLOTS = 2 };

struct hn_optimizer {
    hn_optimizer_options options;
    int count;
    int slots; /* state tensors per parameter: 0, 1 or 2 */
    int64_t steps;
    hn_optimizer_parameter *parameters;
    hn_tensor **state[SLOTS]; /* [slots][count] */
    /* Lists for one step: parameters that hold a gradient, those of them that decay, ... */
    hn_tensor **values, **decaying, **gradients, **first, **second;
};

static const char *const slot_names[][SLOTS] = {
    [HN_OPTIMIZER_ADAMW] = { "exp_avg", "exp_avg_sq" },
    [HN_OPTIMIZER_SGD] = { "momentum_buffer", NULL },
};

hn_optimizer_options hn_optimizer_adamw_defaults(void)
{
    return (hn_optimizer_options) {
        .kind = HN_OPTIMIZER_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.01
    };
}

void hn_optimizer_free(hn_optimizer *optimizer)
{
    if (!optimizer) {
        return;
    }
    hn_free(optimizer->parameters);
    for (int i = 0; i < SLOTS; i++) {
        hn_free(optimizer->state[i]);
    }
    hn_free(optimizer->values);
    hn_free(optimizer->decaying);
    hn_free(optimizer->gradients);
    hn_free(optimizer->first);
    hn_free(optimizer->second);
    hn_free(optimizer);
}

void hn_optimizer_freep(hn_optimizer **optimizer)
{
    hn_optimizer_free(*optimizer);
    *optimizer = NULL;
}

static hn_status make_lists(hn_optimizer *optimizer)
{
    size_t n = (size_t)optimizer->count;
    hn_tensor ***lists[] = { &optimizer->values, &optimizer->decaying, &optimizer->gradients,
                             &optimizer->first, &optimizer->second };
    for (size_t i = 0; i < HN_COUNT_OF(lists); i++) {
        *lists[i] = hn_calloc(n, sizeof(hn_tensor *));
        if (!*lists[i]) {
            return HN_ENOMEM;
        }
    }
    return HN_OK;
}

static hn_status make_state(hn_optimizer *optimizer, hn_scope *scope)
{
    for (int slot = 0; slot < optimizer->slots; slot++) {
        hn_tensor **list = hn_calloc((size_t)optimizer->count, sizeof *list);
        if (!list) {
            return HN_ENOMEM;
        }
        optimizer->state[slot] = list;
        for (int i = 0; i < optimizer->count; i++) {
            HN_SCOPE(s, scope, HN_NO_GRAD);
            list[i] = hn_scope_return(&s, hn_zeros_like(s, optimizer->parameters[i].value));
        }
    }
    return hn_scope_status(scope);
}

hn_status hn_optimizer_new(hn_optimizer **out, hn_scope *scope,
                           const hn_optimizer_parameter *parameters, int count,
                           const hn_optimizer_options *options)
{
    hn_assert(count >= 0);
    HN_AUTO_OPTIMIZER *optimizer = hn_calloc(1, sizeof *optimizer);
    if (!optimizer) {
        return HN_ENOMEM;
    }
    optimizer->options = *options;
    optimizer->count = count;
    optimizer->slots = options->kind == HN_OPTIMIZER_ADAMW ? 2 : options->momentum > 0 ? 1 : 0;
    optimizer->parameters = hn_calloc((size_t)count, sizeof *parameters);
    if (!optimizer->parameters) {
        return HN_ENOMEM;
    }
    if (count > 0) {
        memcpy(optimizer->parameters, parameters, (size_t)count * sizeof *parameters);
    }
    HN_TRY(make_lists(optimizer));
    HN_TRY(make_state(optimizer, scope));
    *out = optimizer;
    optimizer = NULL;
    return HN_OK;
}

/* Fills the lists with what takes part in this step; returns how many, and how many decay. */
static int gather(hn_scope *s, hn_optimizer *optimizer, int *decaying)
{
    int n = 0;
    *decaying = 0;
    for (int i = 0; i < optimizer->count; i++) {
        hn_tensor *value = optimizer->parameters[i].value;
        if (!hn_has_grad(value)) {
            continue;
        }
        optimizer->values[n] = value;
        optimizer->gradients[n] = hn_grad(s, value);
        optimizer->first[n] = optimizer->slots > 0 ? optimizer->state[0][i] : NULL;
        optimizer->second[n] = optimizer->slots > 1 ? optimizer->state[1][i] : NULL;
        n++;
        if (optimizer->parameters[i].decays) {
            optimizer->decaying[(*decaying)++] = value;
        }
    }
    return n;
}

static void adamw_step(hn_scope *scope, hn_optimizer *optimizer, int n, double lr)
{
    const hn_optimizer_options *o = &optimizer->options;
    double t = (double)optimizer->steps;
    double step_size = lr / (1 - pow(o->beta1, t));
    double root_correction = sqrt(1 - pow(o->beta2, t));
    hn_scale_all_(scope, optimizer->first, n, o->beta1);
    hn_add_all_(scope, optimizer->first, optimizer->gradients, n, 1 - o->beta1);
    hn_scale_all_(scope, optimizer->second, n, o->beta2);
    for (int i = 0; i < n; i++) {
        HN_SCOPE(s, scope, 0);
        hn_tensor *gradient = optimizer->gradients[i];
        hn_addcmul_(s, optimizer->second[i], gradient, gradient, 1 - o->beta2);
        hn_tensor *root = hn_sqrt(s, optimizer->second[i]);
        hn_scale_(s, root, 1 / root_correction);
        hn_add_number_(s, root, o->eps);
        hn_addcdiv_(s, optimizer->values[i], optimizer->first[i], root, -step_size);
    }
}

/* Adds the decay to the gradients, as torch's SGD does. */
static void couple_decay(hn_scope *s, hn_optimizer *optimizer)
{
    for (int i = 0; i < optimizer->count; i++) {
        const hn_optimizer_parameter *parameter = &optimizer->parameters[i];
        if (parameter->decays && hn_has_grad(parameter->value)) {
            hn_add_(s, hn_grad(s, parameter->value), parameter->value,
                    optimizer->options.weight_decay);
        }
    }
}

static void sgd_step(hn_scope *s, hn_optimizer *optimizer, int n, double lr)
{
    const hn_optimizer_options *o = &optimizer->options;
    if (optimizer->slots == 0) {
        hn_add_all_(s, optimizer->values, optimizer->gradients, n, -lr);
        return;
    }
    hn_scale_all_(s, optimizer->first, n, o->momentum);
    hn_add_all_(s, optimizer->first, optimizer->gradients, n, 1);
    if (o->nesterov) {
        hn_add_all_(s, optimizer->gradients, optimizer->first, n, o->momentum);
        hn_add_all_(s, optimizer->values, optimizer->gradients, n, -lr);
    } else {
        hn_add_all_(s, optimizer->values, optimizer->first, n, -lr);
    }
}

void hn_optimizer_step(hn_scope *parent, hn_optimizer *optimizer, double lr)
{
    if (hn_scope_failed(parent)) {
        return;
    }
    HN_SCOPE(s, parent, HN_NO_GRAD | HN_NO_AUTOCAST);
    const hn_optimizer_options *o = &optimizer->options;
    bool decoupled = o->kind == HN_OPTIMIZER_ADAMW || o->decoupled;
    int decaying = 0;
    int n = gather(s, optimizer, &decaying);
    optimizer->steps++;
    if (n == 0) {
        return;
    }
    if (o->weight_decay > 0 && decoupled && decaying > 0) {
        hn_scale_all_(s, optimizer->decaying, decaying, 1 - lr * o->weight_decay);
    } else if (o->weight_decay > 0 && !decoupled) {
        couple_decay(s, optimizer);
    }
    if (o->kind == HN_OPTIMIZER_ADAMW) {
        adamw_step(s, optimizer, n, lr);
    } else {
        sgd_step(s, optimizer, n, lr);
    }
}

void hn_optimizer_zero_grad(hn_scope *s, hn_optimizer *optimizer)
{
    for (int i = 0; i < optimizer->count; i++) {
        hn_zero_grad(s, optimizer->parameters[i].value);
    }
}

double hn_optimizer_clip(hn_scope *parent, hn_optimizer *optimizer, double limit)
{
    if (hn_scope_failed(parent)) {
        return NAN;
    }
    HN_SCOPE(s, parent, HN_NO_GRAD | HN_NO_AUTOCAST);
    int decaying = 0;
    int n = gather(s, optimizer, &decaying);
    double norm = hn_item(s, hn_norm_all(s, optimizer->gradients, n));
    if (limit > 0 && norm > limit) {
        hn_scale_all_(s, optimizer->gradients, n, limit / (norm + 1e-6));
    }
    return norm;
}

int64_t hn_optimizer_steps(const hn_optimizer *optimizer)
{
    return optimizer->steps;
}

void hn_optimizer_set_steps(hn_optimizer *optimizer, int64_t steps)
{
    hn_assert(steps >= 0);
    optimizer->steps = steps;
}

int hn_optimizer_slots(const hn_optimizer *optimizer)
{
    return optimizer->slots * optimizer->count;
}

hn_optimizer_slot hn_optimizer_slot_at(const hn_optimizer *optimizer, int index)
{
    hn_assert(index >= 0 && index < hn_optimizer_slots(optimizer));
    int slot = index / optimizer->count;
    int parameter = index % optimizer->count;
    return (hn_optimizer_slot) { slot_names[optimizer->options.kind][slot],
                                 optimizer->parameters[parameter].name,
                                 optimizer->state[slot][parameter] };
}
