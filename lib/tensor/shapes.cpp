/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The same numbers in another arrangement, type or place. Views share memory with x.
 */
#include "guard.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/flatten.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/select.h>
#include <ATen/ops/slice.h>
#include <ATen/ops/squeeze.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/transpose.h>
#include <ATen/ops/unsqueeze.h>

using namespace hipnet;

hn_tensor *hn_cat(hn_scope *s, hn_tensor *const *list, int count, int dim)
{
    return guard(s, "cat", {}, [&] { return at::cat(tensors(list, count), dim); });
}

hn_tensor *hn_stack(hn_scope *s, hn_tensor *const *list, int count, int dim)
{
    return guard(s, "stack", {}, [&] { return at::stack(tensors(list, count), dim); });
}

hn_tensor *hn_slice(hn_scope *s, hn_tensor *x, int dim, int64_t start, int64_t end, int64_t step)
{
    return guard(s, "slice", { IN(x) }, [&] {
        return at::slice(x->t, dim, Optional<int64_t>(start), Optional<int64_t>(end), step);
    });
}

hn_tensor *hn_select(hn_scope *s, hn_tensor *x, int dim, int64_t index)
{
    return guard(s, "select", { IN(x) }, [&] { return at::select(x->t, dim, index); });
}

hn_tensor *hn_index_select(hn_scope *s, hn_tensor *x, int dim, hn_tensor *index)
{
    return guard(s, "index_select", { IN(x), IN(index) },
                 [&] { return at::index_select(x->t, dim, index->t); });
}

hn_tensor *hn_gather(hn_scope *s, hn_tensor *x, int dim, hn_tensor *index)
{
    return guard(s, "gather", { IN(x), IN(index) },
                 [&] { return at::gather(x->t, dim, index->t); });
}

hn_tensor *hn_reshape(hn_scope *s, hn_tensor *x, const int64_t *dims, int n)
{
    return guard(s, "reshape", { IN(x) }, [&] { return at::reshape(x->t, sizes(dims, n)); });
}

hn_tensor *hn_flatten(hn_scope *s, hn_tensor *x, int from_dim)
{
    return guard(s, "flatten", { IN(x) }, [&] { return at::flatten(x->t, from_dim, -1); });
}

hn_tensor *hn_permute(hn_scope *s, hn_tensor *x, const int64_t *dims, int n)
{
    return guard(s, "permute", { IN(x) }, [&] { return at::permute(x->t, sizes(dims, n)); });
}

hn_tensor *hn_transpose(hn_scope *s, hn_tensor *x, int dim_a, int dim_b)
{
    return guard(s, "transpose", { IN(x) },
                 [&] { return at::transpose(x->t, static_cast<int64_t>(dim_a), dim_b); });
}

hn_tensor *hn_unsqueeze(hn_scope *s, hn_tensor *x, int dim)
{
    return guard(s, "unsqueeze", { IN(x) }, [&] { return at::unsqueeze(x->t, dim); });
}

hn_tensor *hn_squeeze(hn_scope *s, hn_tensor *x, int dim)
{
    return guard(s, "squeeze", { IN(x) },
                 [&] { return at::squeeze(x->t, static_cast<int64_t>(dim)); });
}

hn_tensor *hn_expand(hn_scope *s, hn_tensor *x, const int64_t *dims, int n)
{
    return guard(s, "expand", { IN(x) }, [&] { return x->t.expand(sizes(dims, n)); });
}

hn_tensor *hn_flip(hn_scope *s, hn_tensor *x, const int64_t *dims, int n)
{
    return guard(s, "flip", { IN(x) }, [&] { return at::flip(x->t, sizes(dims, n)); });
}

hn_tensor *hn_contiguous(hn_scope *s, hn_tensor *x)
{
    return guard(s, "contiguous", { IN(x) }, [&] { return x->t.contiguous(); });
}

hn_tensor *hn_to_memory_format(hn_scope *s, hn_tensor *x, hn_memory_format format)
{
    return guard(s, "to_memory_format", { IN(x) }, [&] {
        return x->t.contiguous(format == HN_CHANNELS_LAST ? at::MemoryFormat::ChannelsLast
                                                          : at::MemoryFormat::Contiguous);
    });
}

hn_tensor *hn_to_dtype(hn_scope *s, hn_tensor *x, hn_dtype dtype)
{
    return guard(s, "to_dtype", { IN(x) }, [&] { return x->t.to(scalar_type(dtype)); });
}

hn_tensor *hn_to_device(hn_scope *s, hn_tensor *x)
{
    return guard(s, "to_device", { IN(x) },
                 [&] { return x->t.to(scope_device(s), x->t.scalar_type(), x->t.is_pinned()); });
}

hn_tensor *hn_to_cpu(hn_scope *s, hn_tensor *x)
{
    return guard(s, "to_cpu", { IN(x) }, [&] { return x->t.to(at::Device(at::kCPU)); });
}

hn_tensor *hn_clone(hn_scope *s, hn_tensor *x)
{
    return guard(s, "clone", { IN(x) }, [&] { return at::clone(x->t); });
}

hn_tensor *hn_detach(hn_scope *s, hn_tensor *x)
{
    return guard(s, "detach", { IN(x) }, [&] { return x->t.detach(); });
}

hn_tensor *hn_one_hot(hn_scope *s, hn_tensor *x, int64_t classes)
{
    return guard(s, "one_hot", { IN(x) }, [&] {
        if (classes < 1) {
            throw Refusal(std::to_string(classes) + " classes are none");
        }
        return at::one_hot(x->t, classes);
    });
}
