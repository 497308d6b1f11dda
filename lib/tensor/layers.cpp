/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The layers with weights, and the two ways of dropping activations, which draw from the
 * scope's random stream.
 */
#include "guard.hpp"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mul.h>

using namespace hipnet;

namespace
{

/* With autocast the input of a norm is narrow and its weights are not. libtorch's layer and
 * group norm want one type (1.13): the weights are narrowed like those of a convolution; the
 * statistics are summed in float32 all the same. */
Optional<at::Tensor> like(const at::Tensor &x, const hn_tensor *weight)
{
    if (!weight) {
        return {};
    }
    bool narrow = x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf;
    return narrow ? weight->t.to(x.scalar_type()) : weight->t;
}

/* 1 / keep with probability keep, else 0. */
at::Tensor keep_mask(hn_scope *s, const at::Tensor &x, at::IntArrayRef shape, double drop)
{
    double keep = 1.0 - drop;
    at::Tensor mask = at::empty(shape, at::TensorOptions().dtype(at::kFloat).device(at::kCPU));
    mask.bernoulli_(keep, generator(hn_scope_next_seed(s)));
    if (keep > 0.0) {
        mask.div_(keep);
    }
    return mask.to(x.device(), x.scalar_type());
}

void refuse_improbable(double probability)
{
    if (!(probability >= 0.0 && probability <= 1.0)) {
        throw Refusal("a probability of " + std::to_string(probability) + " is none");
    }
}

} // namespace

hn_tensor *hn_conv2d(hn_scope *s, hn_tensor *x, hn_tensor *weight, hn_tensor *bias,
                     hn_conv_options options)
{
    return guard(s, "conv2d", { IN(x), IN(weight), MAY_BE(bias) }, [&] {
        int64_t stride = options.stride ? options.stride : 1;
        int64_t padding = options.padding;
        int64_t dilation = options.dilation ? options.dilation : 1;
        int64_t groups = options.groups ? options.groups : 1;
        return at::conv2d(x->t, weight->t, maybe(bias), at::IntArrayRef({ stride, stride }),
                          at::IntArrayRef({ padding, padding }),
                          at::IntArrayRef({ dilation, dilation }), groups);
    });
}

hn_tensor *hn_linear(hn_scope *s, hn_tensor *x, hn_tensor *weight, hn_tensor *bias)
{
    return guard(s, "linear", { IN(x), IN(weight), MAY_BE(bias) },
                 [&] { return at::linear(x->t, weight->t, maybe(bias)); });
}

hn_tensor *hn_batch_norm(hn_scope *s, hn_tensor *x, hn_tensor *weight, hn_tensor *bias,
                         hn_tensor *running_mean, hn_tensor *running_var, double momentum,
                         double eps)
{
    return guard(s, "batch_norm",
                 { IN(x), MAY_BE(weight), MAY_BE(bias), IN(running_mean), IN(running_var) }, [&] {
                     bool training = hn_scope_is_training(s);
                     if (training && x->t.dim() >= 2 && x->t.size(1) == x->t.numel()) {
                         throw Refusal("one value per channel has no variance to train on");
                     }
                     return at::batch_norm(x->t, maybe(weight), maybe(bias), running_mean->t,
                                           running_var->t, training, momentum, eps,
                                           /*cudnn_enabled=*/true);
                 });
}

hn_tensor *hn_layer_norm(hn_scope *s, hn_tensor *x, hn_tensor *weight, hn_tensor *bias, double eps)
{
    return guard(s, "layer_norm", { IN(x), MAY_BE(weight), MAY_BE(bias) }, [&] {
        at::IntArrayRef shape =
            weight ? weight->t.sizes() : x->t.sizes().slice(x->t.dim() ? x->t.dim() - 1 : 0);
        return at::layer_norm(x->t, shape, like(x->t, weight), like(x->t, bias), eps);
    });
}

hn_tensor *hn_group_norm(hn_scope *s, hn_tensor *x, int groups, hn_tensor *weight, hn_tensor *bias,
                         double eps)
{
    return guard(s, "group_norm", { IN(x), MAY_BE(weight), MAY_BE(bias) }, [&] {
        if (groups < 1 || x->t.dim() < 2) {
            throw Refusal("x has no channels to put into " + std::to_string(groups) + " groups");
        }
        return at::group_norm(x->t, groups, like(x->t, weight), like(x->t, bias), eps);
    });
}

hn_tensor *hn_dropout(hn_scope *s, hn_tensor *x, double probability)
{
    return guard(s, "dropout", { IN(x) }, [&] {
        refuse_improbable(probability);
        if (!hn_scope_is_training(s) || probability == 0.0) {
            return x->t;
        }
        return at::mul(x->t, keep_mask(s, x->t, x->t.sizes(), probability));
    });
}

hn_tensor *hn_drop_rows(hn_scope *s, hn_tensor *x, double probability)
{
    return guard(s, "drop_rows", { IN(x) }, [&] {
        refuse_improbable(probability);
        if (x->t.dim() < 1) {
            throw Refusal("x has no rows");
        }
        if (!hn_scope_is_training(s) || probability == 0.0) {
            return x->t;
        }
        std::vector<int64_t> shape(static_cast<size_t>(x->t.dim()), 1);
        shape[0] = x->t.size(0);
        return at::mul(x->t, keep_mask(s, x->t, shape, probability));
    });
}
