/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes in place that no graph records: what optimizers, averages and initialisation do.
 * The list forms go to libtorch's fused loops on CUDA, where the count of launches is the cost;
 * on the CPU those are plain loops anyway.
 */
#include "guard.hpp"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/_foreach_lerp.h>
#endif

using namespace hipnet;

namespace
{

bool on_cuda(const std::vector<at::Tensor> &list)
{
    for (const at::Tensor &t : list) {
        if (!t.is_cuda()) {
            return false;
        }
    }
    return !list.empty();
}

at::Tensor norm_of(const at::Tensor &x)
{
    return at::linalg_vector_norm(x, 2);
}

} // namespace

void hn_zero_(hn_scope *s, hn_tensor *x)
{
    guard_update(s, "zero_", { IN(x) }, [&] { x->t.zero_(); });
}

void hn_fill_(hn_scope *s, hn_tensor *x, double value)
{
    guard_update(s, "fill_", { IN(x) }, [&] { x->t.fill_(value); });
}

void hn_copy_(hn_scope *s, hn_tensor *x, hn_tensor *from)
{
    guard_update(s, "copy_", { IN(x), IN(from) }, [&] { x->t.copy_(from->t); });
}

void hn_add_(hn_scope *s, hn_tensor *x, hn_tensor *a, double k)
{
    guard_update(s, "add_", { IN(x), IN(a) }, [&] { x->t.add_(a->t, k); });
}

void hn_add_number_(hn_scope *s, hn_tensor *x, double number)
{
    guard_update(s, "add_number_", { IN(x) }, [&] { x->t.add_(number); });
}

void hn_scale_(hn_scope *s, hn_tensor *x, double factor)
{
    guard_update(s, "scale_", { IN(x) }, [&] { x->t.mul_(factor); });
}

void hn_mul_(hn_scope *s, hn_tensor *x, hn_tensor *a)
{
    guard_update(s, "mul_", { IN(x), IN(a) }, [&] { x->t.mul_(a->t); });
}

void hn_sqrt_(hn_scope *s, hn_tensor *x)
{
    guard_update(s, "sqrt_", { IN(x) }, [&] { x->t.sqrt_(); });
}

void hn_lerp_(hn_scope *s, hn_tensor *x, hn_tensor *a, double k)
{
    guard_update(s, "lerp_", { IN(x), IN(a) }, [&] { x->t.lerp_(a->t, k); });
}

void hn_addcmul_(hn_scope *s, hn_tensor *x, hn_tensor *a, hn_tensor *b, double k)
{
    guard_update(s, "addcmul_", { IN(x), IN(a), IN(b) }, [&] { x->t.addcmul_(a->t, b->t, k); });
}

void hn_addcdiv_(hn_scope *s, hn_tensor *x, hn_tensor *a, hn_tensor *b, double k)
{
    guard_update(s, "addcdiv_", { IN(x), IN(a), IN(b) }, [&] { x->t.addcdiv_(a->t, b->t, k); });
}

void hn_scale_all_(hn_scope *s, hn_tensor *const *x, int count, double factor)
{
    guard_update(s, "scale_all_", {}, [&] {
        std::vector<at::Tensor> list = tensors(x, count);
        if (on_cuda(list)) {
            at::_foreach_mul_(list, at::Scalar(factor));
            return;
        }
        for (const at::Tensor &t : list) {
            t.mul_(factor);
        }
    });
}

void hn_add_all_(hn_scope *s, hn_tensor *const *x, hn_tensor *const *a, int count, double k)
{
    guard_update(s, "add_all_", {}, [&] {
        std::vector<at::Tensor> list = tensors(x, count), other = tensors(a, count);
        if (on_cuda(list) && on_cuda(other)) {
            at::_foreach_add_(list, other, at::Scalar(k));
            return;
        }
        for (size_t i = 0; i < list.size(); i++) {
            list[i].add_(other[i], k);
        }
    });
}

void hn_lerp_all_(hn_scope *s, hn_tensor *const *x, hn_tensor *const *a, int count, double k)
{
    guard_update(s, "lerp_all_", {}, [&] {
        std::vector<at::Tensor> list = tensors(x, count), other = tensors(a, count);
#if TORCH_VERSION_MAJOR >= 2
        if (on_cuda(list) && on_cuda(other)) {
            at::_foreach_lerp_(list, other, at::Scalar(k));
            return;
        }
#endif
        for (size_t i = 0; i < list.size(); i++) {
            list[i].lerp_(other[i], k);
        }
    });
}

hn_tensor *hn_norm_all(hn_scope *s, hn_tensor *const *x, int count)
{
    return guard(s, "norm_all", {}, [&] {
        std::vector<at::Tensor> norms = tensors(x, count);
        if (norms.empty()) {
            return at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(scope_device(s)));
        }
        for (at::Tensor &t : norms) {
            t = norm_of(t);
        }
        return norm_of(at::stack(norms));
    });
}
