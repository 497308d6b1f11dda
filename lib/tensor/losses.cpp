/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a prediction is from the truth. Targets are looked at before libtorch sees them where
 * it would read outside its arrays or silently skip rows.
 */
#include "guard.hpp"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/nll_loss.h>

#include <limits>

using namespace hipnet;

namespace
{

/* No class has this number, so nothing is ignored: PyTorch's own default would pass over -100. */
constexpr int64_t ignore_nothing = std::numeric_limits<int64_t>::min();

int64_t reduction_of(hn_reduction reduction)
{
    switch (reduction) {
    case HN_REDUCE_MEAN:
        return at::Reduction::Mean;
    case HN_REDUCE_SUM:
        return at::Reduction::Sum;
    case HN_REDUCE_NONE:
        return at::Reduction::None;
    }
    throw Refusal("reduction " + std::to_string(static_cast<int>(reduction)) + " is none");
}

/* PyTorch broadcasts with a warning; here one shape is one shape. */
void refuse_other_shapes(const hn_tensor *x, const hn_tensor *target)
{
    if (x->t.sizes() != target->t.sizes()) {
        throw Refusal("shapes differ");
    }
}

} // namespace

hn_tensor *hn_cross_entropy(hn_scope *s, hn_tensor *logits, hn_tensor *target,
                            hn_cross_entropy_options options)
{
    hn_tensor *class_weights = options.class_weights;
    return guard(s, "cross_entropy", { IN(logits), IN(target), MAY_BE(class_weights) }, [&] {
        return at::cross_entropy_loss(
            logits->t, target->t, maybe(class_weights), reduction_of(options.reduction),
            options.ignore ? options.ignore_index : ignore_nothing, options.label_smoothing);
    });
}

hn_tensor *hn_nll_loss(hn_scope *s, hn_tensor *log_probabilities, hn_tensor *target,
                       hn_tensor *class_weights, hn_reduction reduction)
{
    return guard(s, "nll_loss", { IN(log_probabilities), IN(target), MAY_BE(class_weights) }, [&] {
        return at::nll_loss(log_probabilities->t, target->t, maybe(class_weights),
                            reduction_of(reduction), ignore_nothing);
    });
}

hn_tensor *hn_bce_with_logits(hn_scope *s, hn_tensor *logits, hn_tensor *target, hn_tensor *weights,
                              hn_tensor *positive_weights, hn_reduction reduction)
{
    return guard(s, "bce_with_logits",
                 { IN(logits), IN(target), MAY_BE(weights), MAY_BE(positive_weights) }, [&] {
                     refuse_other_shapes(logits, target);
                     return at::binary_cross_entropy_with_logits(
                         logits->t, target->t, maybe(weights), maybe(positive_weights),
                         reduction_of(reduction));
                 });
}

hn_tensor *hn_mse_loss(hn_scope *s, hn_tensor *x, hn_tensor *target, hn_reduction reduction)
{
    return guard(s, "mse_loss", { IN(x), IN(target) }, [&] {
        refuse_other_shapes(x, target);
        return at::mse_loss(x->t, target->t, reduction_of(reduction));
    });
}
