/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tensors out of nothing, out of random numbers and out of C arrays. Random numbers come from a
 * generator made for the one call, on the CPU, so that they depend on the seed alone.
 */
#include "guard.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

using namespace hipnet;

/* The Mersenne twister of libtorch takes 32 bits: small seeds give the numbers of
 * torch.Generator().manual_seed(seed), of larger ones every bit counts. */
at::Generator hipnet::generator(uint64_t seed)
{
    return at::make_generator<at::CPUGeneratorImpl>(seed >> 32 ? mixed(seed) >> 32 : seed);
}

namespace
{

at::TensorOptions on_device(const hn_scope *s, hn_dtype dtype)
{
    return at::TensorOptions().dtype(scalar_type(dtype)).device(scope_device(s));
}

/* An unset CPU tensor to draw into: float64 for float64, else float32, so that the narrow types
 * see the same numbers rounded. */
at::Tensor to_draw(hn_dtype dtype, const int64_t *dims, int n)
{
    at::ScalarType wide = dtype == HN_FLOAT64 ? at::kDouble : at::kFloat;
    return at::empty(sizes(dims, n), at::TensorOptions().dtype(wide).device(at::kCPU));
}

at::Tensor drawn(const hn_scope *s, const at::Tensor &x, hn_dtype dtype)
{
    return x.to(scope_device(s), scalar_type(dtype));
}

void refuse_integers(hn_dtype dtype)
{
    if (!at::isFloatingType(scalar_type(dtype))) {
        throw Refusal(std::string(hn_dtype_name(dtype)) + " is not a floating type");
    }
}

at::Tensor wrap(void *data, hn_dtype dtype, const int64_t *dims, int n)
{
    at::IntArrayRef shape = sizes(dims, n);
    for (int64_t size : shape) {
        if (size < 0) {
            throw Refusal("a size of " + std::to_string(size) + " is none");
        }
    }
    if (!data) {
        throw Refusal("data is NULL");
    }
    return at::from_blob(data, shape,
                         at::TensorOptions().dtype(scalar_type(dtype)).device(at::kCPU));
}

} // namespace

hn_tensor *hn_empty(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n)
{
    return guard(s, "empty", {}, [&] { return at::empty(sizes(dims, n), on_device(s, dtype)); });
}

hn_tensor *hn_zeros(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n)
{
    return guard(s, "zeros", {}, [&] { return at::zeros(sizes(dims, n), on_device(s, dtype)); });
}

hn_tensor *hn_ones(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n)
{
    return guard(s, "ones", {}, [&] { return at::ones(sizes(dims, n), on_device(s, dtype)); });
}

hn_tensor *hn_full(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, double value)
{
    return guard(s, "full", {},
                 [&] { return at::full(sizes(dims, n), value, on_device(s, dtype)); });
}

hn_tensor *hn_zeros_like(hn_scope *s, hn_tensor *x)
{
    return guard(s, "zeros_like", { IN(x) }, [&] { return at::zeros_like(x->t); });
}

hn_tensor *hn_arange(hn_scope *s, hn_dtype dtype, double start, double end, double step)
{
    return guard(s, "arange", {},
                 [&] { return at::arange(start, end, step, on_device(s, dtype)); });
}

hn_tensor *hn_randn(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, uint64_t seed)
{
    return guard(s, "randn", {}, [&] {
        refuse_integers(dtype);
        return drawn(s, to_draw(dtype, dims, n).normal_(0.0, 1.0, generator(seed)), dtype);
    });
}

hn_tensor *hn_rand(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, uint64_t seed)
{
    return guard(s, "rand", {}, [&] {
        refuse_integers(dtype);
        return drawn(s, to_draw(dtype, dims, n).uniform_(0.0, 1.0, generator(seed)), dtype);
    });
}

hn_tensor *hn_bernoulli(hn_scope *s, hn_dtype dtype, const int64_t *dims, int n, double probability,
                        uint64_t seed)
{
    return guard(s, "bernoulli", {}, [&] {
        return drawn(s, to_draw(dtype, dims, n).bernoulli_(probability, generator(seed)), dtype);
    });
}

hn_tensor *hn_from_data(hn_scope *s, const void *data, hn_dtype dtype, const int64_t *dims, int n)
{
    return guard(s, "from_data", {}, [&] {
        at::Tensor view = wrap(const_cast<void *>(data), dtype, dims, n);
        return view.to(scope_device(s), view.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
    });
}

hn_tensor *hn_from_blob(hn_scope *s, void *data, hn_dtype dtype, const int64_t *dims, int n)
{
    return guard(s, "from_blob", {},
                 [&] { return wrap(data, dtype, dims, n).to(scope_device(s)); });
}

hn_tensor *hn_pin(hn_scope *s, hn_tensor *x)
{
    return guard(s, "pin", { IN(x) },
                 [&] { return hn_torch_has_cuda() ? x->t.pin_memory() : x->t; });
}
