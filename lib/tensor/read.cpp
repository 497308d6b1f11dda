/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What C learns of a tensor: its shape and type, its numbers, and comparisons for tests.
 */
#include "guard.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

using namespace hipnet;

namespace
{

struct TypeRow {
    at::ScalarType type;
    hn_dtype dtype;
    size_t bytes;
    const char *name;
};

const TypeRow type_rows[] = {
    { at::kFloat, HN_FLOAT32, 4, "float32" },
    { at::kDouble, HN_FLOAT64, 8, "float64" },
    { at::kBFloat16, HN_BFLOAT16, 2, "bfloat16" },
    { at::kHalf, HN_FLOAT16, 2, "float16" },
    { at::kLong, HN_INT64, 8, "int64" },
    { at::kByte, HN_UINT8, 1, "uint8" },
    { at::kBool, HN_BOOL, 1, "bool" },
};

const TypeRow *row_of(hn_dtype dtype)
{
    for (const TypeRow &row : type_rows) {
        if (row.dtype == dtype) {
            return &row;
        }
    }
    return nullptr;
}

} // namespace

int hn_dim(const hn_tensor *x)
{
    return x ? static_cast<int>(x->t.dim()) : 0;
}

int64_t hn_size(const hn_tensor *x, int dim)
{
    int n = hn_dim(x);
    int at = dim < 0 ? dim + n : dim;
    return at >= 0 && at < n ? x->t.sizes()[static_cast<size_t>(at)] : 0;
}

int64_t hn_numel(const hn_tensor *x)
{
    return x ? x->t.numel() : 0;
}

/* All tensors are made here as one of the seven types, and no operation of tensor.h yields
 * another. */
hn_dtype hn_dtype_of(const hn_tensor *x)
{
    for (const TypeRow &row : type_rows) {
        if (x && x->t.scalar_type() == row.type) {
            return row.dtype;
        }
    }
    return HN_FLOAT32;
}

bool hn_is_contiguous(const hn_tensor *x, hn_memory_format format)
{
    return x && x->t.is_contiguous(format == HN_CHANNELS_LAST ? at::MemoryFormat::ChannelsLast
                                                              : at::MemoryFormat::Contiguous);
}

bool hn_same_shape(const hn_tensor *a, const hn_tensor *b)
{
    return a && b && a->t.sizes() == b->t.sizes();
}

size_t hn_dtype_size(hn_dtype dtype)
{
    const TypeRow *row = row_of(dtype);
    return row ? row->bytes : 0;
}

const char *hn_dtype_name(hn_dtype dtype)
{
    const TypeRow *row = row_of(dtype);
    return row ? row->name : "no type";
}

const char *hn_shape_text(const hn_tensor *x, char *out, size_t size)
{
    if (size == 0) {
        return out;
    }
    size_t used = 0;
    auto say = [&](const char *format, auto value) {
        int n = snprintf(out + used, size - used, format, value);
        used = n < 0 ? used : used + static_cast<size_t>(n);
        used = used < size ? used : size - 1;
    };
    out[0] = '\0';
    if (!x) {
        say("%s", "NULL");
        return out;
    }
    say("%s", "[");
    for (int i = 0; i < hn_dim(x); i++) {
        say(i == 0 ? "%lld" : ", %lld", static_cast<long long>(hn_size(x, i)));
    }
    say("] %s", hn_dtype_name(hn_dtype_of(x)));
    return out;
}

double hn_item(hn_scope *s, hn_tensor *x)
{
    return guard_value(s, "item", { IN(x) }, std::numeric_limits<double>::quiet_NaN(), [&] {
        if (x->t.numel() != 1) {
            throw Refusal("x has not one element but " + std::to_string(x->t.numel()));
        }
        return x->t.item<double>();
    });
}

hn_status hn_copy_out(hn_scope *s, hn_tensor *x, hn_dtype dtype, void *out, int64_t numel)
{
    guard_update(s, "copy_out", { IN(x) }, [&] {
        if (!out || numel != x->t.numel()) {
            throw Refusal("room for " + std::to_string(out ? numel : 0) + " elements where x has " +
                          std::to_string(x->t.numel()));
        }
        at::Tensor plain = x->t.detach().to(at::Device(at::kCPU), scalar_type(dtype)).contiguous();
        if (numel > 0) {
            memcpy(out, plain.data_ptr(), static_cast<size_t>(numel) * hn_dtype_size(dtype));
        }
    });
    return hn_scope_status(s);
}

const void *hn_data(hn_scope *s, hn_tensor *x)
{
    return guard_value(s, "data", { IN(x) }, static_cast<const void *>(nullptr), [&] {
        if (!x->t.device().is_cpu() || !x->t.is_contiguous()) {
            throw Refusal("x is not contiguous on the CPU");
        }
        return static_cast<const void *>(x->t.data_ptr());
    });
}

bool hn_equal(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard_value(s, "equal", { IN(a), IN(b) }, false, [&] {
        return a->t.scalar_type() == b->t.scalar_type() && a->t.sizes() == b->t.sizes() &&
               at::equal(a->t, b->t);
    });
}

bool hn_allclose(hn_scope *s, hn_tensor *a, hn_tensor *b, double relative, double absolute)
{
    return guard_value(s, "allclose", { IN(a), IN(b) }, false, [&] {
        return a->t.sizes() == b->t.sizes() && at::allclose(a->t, b->t, relative, absolute);
    });
}

bool hn_all_finite(hn_scope *s, hn_tensor *x)
{
    return guard_value(s, "all_finite", { IN(x) }, false,
                       [&] { return at::isfinite(x->t).all().item<bool>(); });
}
