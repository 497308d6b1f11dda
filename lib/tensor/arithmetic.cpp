/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arithmetic, element by element with broadcasting, matrix products, and masks.
 */
#include "guard.hpp"

#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erfinv.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/log.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/where.h>

using namespace hipnet;

namespace
{

/* libtorch lets other types pass, some with a warning. */
void refuse_other_masks(const hn_tensor *mask)
{
    if (mask->t.scalar_type() != at::kBool) {
        throw Refusal("mask is not of the type bool");
    }
}

} // namespace

hn_tensor *hn_add(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "add", { IN(a), IN(b) }, [&] { return at::add(a->t, b->t); });
}

hn_tensor *hn_add_scaled(hn_scope *s, hn_tensor *a, hn_tensor *b, double k)
{
    return guard(s, "add_scaled", { IN(a), IN(b) }, [&] { return at::add(a->t, b->t, k); });
}

hn_tensor *hn_sub(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "sub", { IN(a), IN(b) }, [&] { return at::sub(a->t, b->t); });
}

hn_tensor *hn_mul(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "mul", { IN(a), IN(b) }, [&] { return at::mul(a->t, b->t); });
}

hn_tensor *hn_div(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "div", { IN(a), IN(b) }, [&] { return at::div(a->t, b->t); });
}

hn_tensor *hn_maximum(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "maximum", { IN(a), IN(b) }, [&] { return at::maximum(a->t, b->t); });
}

hn_tensor *hn_minimum(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "minimum", { IN(a), IN(b) }, [&] { return at::minimum(a->t, b->t); });
}

hn_tensor *hn_scale(hn_scope *s, hn_tensor *x, double factor)
{
    return guard(s, "scale", { IN(x) }, [&] { return at::mul(x->t, factor); });
}

hn_tensor *hn_add_number(hn_scope *s, hn_tensor *x, double number)
{
    return guard(s, "add_number", { IN(x) }, [&] { return at::add(x->t, number); });
}

hn_tensor *hn_pow(hn_scope *s, hn_tensor *x, double exponent)
{
    return guard(s, "pow", { IN(x) }, [&] { return at::pow(x->t, exponent); });
}

hn_tensor *hn_sqrt(hn_scope *s, hn_tensor *x)
{
    return guard(s, "sqrt", { IN(x) }, [&] { return at::sqrt(x->t); });
}

hn_tensor *hn_exp(hn_scope *s, hn_tensor *x)
{
    return guard(s, "exp", { IN(x) }, [&] { return at::exp(x->t); });
}

hn_tensor *hn_ln(hn_scope *s, hn_tensor *x)
{
    return guard(s, "ln", { IN(x) }, [&] { return at::log(x->t); });
}

hn_tensor *hn_abs(hn_scope *s, hn_tensor *x)
{
    return guard(s, "abs", { IN(x) }, [&] { return at::abs(x->t); });
}

hn_tensor *hn_neg(hn_scope *s, hn_tensor *x)
{
    return guard(s, "neg", { IN(x) }, [&] { return at::neg(x->t); });
}

hn_tensor *hn_erfinv(hn_scope *s, hn_tensor *x)
{
    return guard(s, "erfinv", { IN(x) }, [&] { return at::erfinv(x->t); });
}

hn_tensor *hn_clamp(hn_scope *s, hn_tensor *x, double low, double high)
{
    return guard(s, "clamp", { IN(x) }, [&] {
        return at::clamp(x->t, Optional<at::Scalar>(low), Optional<at::Scalar>(high));
    });
}

hn_tensor *hn_matmul(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "matmul", { IN(a), IN(b) }, [&] { return at::matmul(a->t, b->t); });
}

hn_tensor *hn_bmm(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "bmm", { IN(a), IN(b) }, [&] { return at::bmm(a->t, b->t); });
}

hn_tensor *hn_greater(hn_scope *s, hn_tensor *a, hn_tensor *b)
{
    return guard(s, "greater", { IN(a), IN(b) }, [&] { return at::gt(a->t, b->t); });
}

hn_tensor *hn_greater_number(hn_scope *s, hn_tensor *x, double number)
{
    return guard(s, "greater_number", { IN(x) }, [&] { return at::gt(x->t, number); });
}

hn_tensor *hn_equal_number(hn_scope *s, hn_tensor *x, double number)
{
    return guard(s, "equal_number", { IN(x) }, [&] { return at::eq(x->t, number); });
}

hn_tensor *hn_logical_not(hn_scope *s, hn_tensor *x)
{
    return guard(s, "logical_not", { IN(x) }, [&] { return at::logical_not(x->t); });
}

hn_tensor *hn_where(hn_scope *s, hn_tensor *mask, hn_tensor *yes, hn_tensor *no)
{
    return guard(s, "where", { IN(mask), IN(yes), IN(no) }, [&] {
        refuse_other_masks(mask);
        return at::where(mask->t, yes->t, no->t);
    });
}

hn_tensor *hn_masked_fill(hn_scope *s, hn_tensor *x, hn_tensor *mask, double value)
{
    return guard(s, "masked_fill", { IN(x), IN(mask) }, [&] {
        refuse_other_masks(mask);
        return at::masked_fill(x->t, mask->t, value);
    });
}
