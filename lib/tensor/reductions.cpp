/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many numbers into fewer: sums, means, extrema, and the angle between vectors.
 */
#include "guard.hpp"

#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/var.h>

using namespace hipnet;

namespace
{

/* The listed dimensions, or all of them when none is. */
std::vector<int64_t> reduced(const hn_tensor *x, const int64_t *dims, int n)
{
    std::vector<int64_t> out = sizes(dims, n).vec();
    if (n == 0) {
        for (int64_t i = 0; i < x->t.dim(); i++) {
            out.push_back(i);
        }
    }
    return out;
}

/* libtorch reads an empty list as all dimensions, and its extrema refuse no elements. */
at::IntArrayRef list(const std::vector<int64_t> &dims)
{
    return at::IntArrayRef(dims);
}

} // namespace

hn_tensor *hn_sum(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep)
{
    return guard(s, "sum", { IN(x) },
                 [&] { return at::sum(x->t, list(reduced(x, dims, n)), keep); });
}

hn_tensor *hn_mean(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep)
{
    return guard(s, "mean", { IN(x) },
                 [&] { return at::mean(x->t, list(reduced(x, dims, n)), keep); });
}

hn_tensor *hn_var(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep, int correction)
{
    return guard(s, "var", { IN(x) }, [&] {
#if TORCH_VERSION_MAJOR >= 2
        Optional<at::Scalar> minus(static_cast<int64_t>(correction));
#else
        Optional<int64_t> minus(correction);
#endif
        return at::var(x->t, list(reduced(x, dims, n)), minus, keep);
    });
}

hn_tensor *hn_max(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep)
{
    return guard(s, "max", { IN(x) },
                 [&] { return at::amax(x->t, list(reduced(x, dims, n)), keep); });
}

hn_tensor *hn_min(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep)
{
    return guard(s, "min", { IN(x) },
                 [&] { return at::amin(x->t, list(reduced(x, dims, n)), keep); });
}

hn_tensor *hn_logsumexp(hn_scope *s, hn_tensor *x, const int64_t *dims, int n, bool keep)
{
    return guard(s, "logsumexp", { IN(x) },
                 [&] { return at::logsumexp(x->t, list(reduced(x, dims, n)), keep); });
}

hn_tensor *hn_argmax(hn_scope *s, hn_tensor *x, int dim, bool keep)
{
    return guard(s, "argmax", { IN(x) },
                 [&] { return at::argmax(x->t, Optional<int64_t>(dim), keep); });
}

hn_tensor *hn_topk(hn_scope *s, hn_tensor *x, int64_t count, int dim)
{
    return guard(s, "topk", { IN(x) }, [&] {
        return std::get<0>(at::topk(x->t, count, dim, /*largest=*/true, /*sorted=*/true));
    });
}

hn_tensor *hn_cosine_similarity(hn_scope *s, hn_tensor *a, hn_tensor *b, int dim, double eps)
{
    return guard(s, "cosine_similarity", { IN(a), IN(b) },
                 [&] { return at::cosine_similarity(a->t, b->t, dim, eps); });
}
