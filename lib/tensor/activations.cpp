/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nonlinearities of the networks, element by element, and the two soft maxima.
 */
#include "guard.hpp"

#include <ATen/ops/gelu.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tanh.h>

using namespace hipnet;

hn_tensor *hn_relu(hn_scope *s, hn_tensor *x)
{
    return guard(s, "relu", { IN(x) }, [&] { return at::relu(x->t); });
}

hn_tensor *hn_relu_(hn_scope *s, hn_tensor *x)
{
    return guard(s, "relu_", { IN(x) }, [&] { return at::relu_(x->t); });
}

hn_tensor *hn_relu6(hn_scope *s, hn_tensor *x)
{
    return guard(s, "relu6", { IN(x) }, [&] { return at::hardtanh(x->t, 0.0, 6.0); });
}

hn_tensor *hn_gelu(hn_scope *s, hn_tensor *x)
{
    return guard(s, "gelu", { IN(x) }, [&] { return at::gelu(x->t); });
}

hn_tensor *hn_silu(hn_scope *s, hn_tensor *x)
{
    return guard(s, "silu", { IN(x) }, [&] { return at::silu(x->t); });
}

hn_tensor *hn_silu_(hn_scope *s, hn_tensor *x)
{
    return guard(s, "silu_", { IN(x) }, [&] { return at::silu_(x->t); });
}

hn_tensor *hn_hardswish(hn_scope *s, hn_tensor *x)
{
    return guard(s, "hardswish", { IN(x) }, [&] { return at::hardswish(x->t); });
}

hn_tensor *hn_softplus(hn_scope *s, hn_tensor *x)
{
    return guard(s, "softplus", { IN(x) }, [&] { return at::softplus(x->t); });
}

hn_tensor *hn_sigmoid(hn_scope *s, hn_tensor *x)
{
    return guard(s, "sigmoid", { IN(x) }, [&] { return at::sigmoid(x->t); });
}

hn_tensor *hn_tanh(hn_scope *s, hn_tensor *x)
{
    return guard(s, "tanh", { IN(x) }, [&] { return at::tanh(x->t); });
}

hn_tensor *hn_softmax(hn_scope *s, hn_tensor *x, int dim)
{
    return guard(s, "softmax", { IN(x) }, [&] { return at::softmax(x->t, dim); });
}

hn_tensor *hn_log_softmax(hn_scope *s, hn_tensor *x, int dim)
{
    return guard(s, "log_softmax", { IN(x) }, [&] { return at::log_softmax(x->t, dim); });
}
