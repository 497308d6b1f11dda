/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gradients: collected in the leaves by hn_backward as PyTorch does it, or handed out by
 * hn_gradients. Backward runs in full precision even below an autocast scope; each operation
 * goes back in the type it went forward.
 */
#include "guard.hpp"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

using namespace hipnet;

void hn_set_requires_grad(hn_scope *s, hn_tensor *x, bool on)
{
    guard_update(s, "set_requires_grad", { IN(x) }, [&] { x->t.set_requires_grad(on); });
}

bool hn_requires_grad(const hn_tensor *x)
{
    return x && x->t.requires_grad();
}

void hn_backward(hn_scope *s, hn_tensor *loss)
{
    guard_update(s, "backward", { IN(loss) }, [&] {
        if (loss->t.numel() != 1) {
            throw Refusal("a loss is one number");
        }
        loss->t.backward();
    });
}

void hn_backward_from(hn_scope *s, hn_tensor *x, hn_tensor *gradient, bool keep_graph)
{
    guard_update(s, "backward_from", { IN(x), MAY_BE(gradient) },
                 [&] { x->t.backward(gradient ? gradient->t : at::ones_like(x->t), keep_graph); });
}

void hn_gradients(hn_scope *s, hn_tensor **out, hn_tensor *x, hn_tensor *const *inputs, int count,
                  bool keep_graph)
{
    for (int i = 0; i < count; i++) {
        out[i] = nullptr;
    }
    guard_update(s, "gradients", { IN(x) }, [&] {
        std::vector<at::Tensor> of = tensors(inputs, count);
        std::vector<at::Tensor> found =
            torch::autograd::grad({ x->t }, of, { at::ones_like(x->t) }, keep_graph,
                                  /*create_graph=*/false, /*allow_unused=*/true);
        for (size_t i = 0; i < found.size(); i++) {
            out[i] = adopt(s, found[i].defined() ? found[i] : at::zeros_like(of[i]));
        }
    });
    for (int i = 0; i < count && hn_scope_failed(s); i++) {
        out[i] = nullptr;
    }
}

bool hn_has_grad(const hn_tensor *x)
{
    return x && x->t.is_leaf() && x->t.grad().defined();
}

hn_tensor *hn_grad(hn_scope *s, hn_tensor *x)
{
    return guard(s, "grad", { IN(x) }, [&] {
        if (!hn_has_grad(x)) {
            throw Refusal("x has no gradient");
        }
        return x->t.grad();
    });
}

void hn_zero_grad(hn_scope *s, hn_tensor *x)
{
    guard_update(s, "zero_grad", { IN(x) }, [&] { x->t.mutable_grad().reset(); });
}
