/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Windows over pixels: pools, resampling, and the frame around an image.
 */
#include "guard.hpp"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <array>

using namespace hipnet;

namespace
{

using Pair = std::array<int64_t, 2>;

Pair both(int value)
{
    return Pair { value, value };
}

/* A kernel of 0 would divide by zero inside libtorch. */
void refuse_geometry(const hn_pool_options &options)
{
    if (options.kernel < 1 || options.stride < 0 || options.padding < 0) {
        throw Refusal("a window of " + std::to_string(options.kernel) + ", stride " +
                      std::to_string(options.stride) + ", padding " +
                      std::to_string(options.padding) + " is none");
    }
}

Pair target(const hn_tensor *x, int64_t height, int64_t width)
{
    if (x->t.dim() != 4) {
        throw Refusal("x is not of the shape [N, C, H, W]");
    }
    if (height < 1 || width < 1) {
        throw Refusal("an image of " + std::to_string(height) + " x " + std::to_string(width) +
                      " is none");
    }
    return Pair { height, width };
}

} // namespace

hn_tensor *hn_max_pool2d(hn_scope *s, hn_tensor *x, hn_pool_options options)
{
    return guard(s, "max_pool2d", { IN(x) }, [&] {
        refuse_geometry(options);
        Pair stride = both(options.stride ? options.stride : options.kernel);
        return at::max_pool2d(x->t, both(options.kernel), stride, both(options.padding), both(1),
                              options.ceil_mode);
    });
}

hn_tensor *hn_avg_pool2d(hn_scope *s, hn_tensor *x, hn_pool_options options)
{
    return guard(s, "avg_pool2d", { IN(x) }, [&] {
        refuse_geometry(options);
        Pair stride = both(options.stride ? options.stride : options.kernel);
        return at::avg_pool2d(x->t, both(options.kernel), stride, both(options.padding),
                              options.ceil_mode, !options.exclude_padding);
    });
}

hn_tensor *hn_adaptive_avg_pool2d(hn_scope *s, hn_tensor *x, int64_t height, int64_t width)
{
    return guard(s, "adaptive_avg_pool2d", { IN(x) },
                 [&] { return at::adaptive_avg_pool2d(x->t, target(x, height, width)); });
}

hn_tensor *hn_adaptive_max_pool2d(hn_scope *s, hn_tensor *x, int64_t height, int64_t width)
{
    return guard(s, "adaptive_max_pool2d", { IN(x) }, [&] {
        return std::get<0>(at::adaptive_max_pool2d(x->t, target(x, height, width)));
    });
}

hn_tensor *hn_interpolate(hn_scope *s, hn_tensor *x, int64_t height, int64_t width,
                          bool align_corners)
{
    return guard(s, "interpolate", { IN(x) }, [&] {
        return at::upsample_bilinear2d(x->t, at::IntArrayRef(target(x, height, width)),
                                       align_corners, Optional<double>(), Optional<double>());
    });
}

hn_tensor *hn_pad(hn_scope *s, hn_tensor *x, int64_t left, int64_t right, int64_t top,
                  int64_t bottom, double value)
{
    return guard(s, "pad", { IN(x) }, [&] {
        std::array<int64_t, 4> frame { left, right, top, bottom };
        return at::constant_pad_nd(x->t, frame, value);
    });
}
