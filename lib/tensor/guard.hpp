/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard.hpp: the one way from C into libtorch. Every operation of tensor.h is one call of a
 * guard, which looks at the scope and the inputs, runs the operation in the scope's mode,
 * turns whatever is thrown into the scope's error, and adopts the tensor that comes out.
 */
#ifndef HIPNET_TENSOR_GUARD_HPP
#define HIPNET_TENSOR_GUARD_HPP

#include <hipnet/tensor.h>

#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include <exception>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

/* A handle: a counted reference in the list of the scope that owns it. */
struct hn_tensor {
    at::Tensor t;
    hn_scope *owner;
    hn_tensor *next, *previous;
};

namespace hipnet
{

/* Since 2.4 libtorch speaks of std::optional alone. */
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
template <typename T> using Optional = std::optional<T>;
#else
template <typename T> using Optional = c10::optional<T>;
#endif

/* An argument as the guard sees it: its name for messages, and whether NULL is allowed. */
struct Input {
    const char *name;
    const hn_tensor *tensor;
    bool optional;
};
using Inputs = std::initializer_list<Input>;

#define IN(argument)                                                                               \
    ::hipnet::Input                                                                                \
    {                                                                                              \
#argument, (argument), false                                                               \
    }
#define MAY_BE(argument)                                                                           \
    ::hipnet::Input                                                                                \
    {                                                                                              \
#argument, (argument), true                                                                \
    }

/* Our own refusal inside a guarded body: one sentence without the operation's name. */
struct Refusal : std::exception {
    explicit Refusal(std::string words) : text(std::move(words))
    {
    }
    const char *what() const noexcept override
    {
        return text.c_str();
    }
    std::string text;
};

/* The two modes of a thread that libtorch keeps, as bits of an hn_scope's flags. */
constexpr unsigned thread_mode_bits = HN_GRAD | HN_AUTOCAST_BF16;
unsigned thread_mode() noexcept;
void set_thread_mode(unsigned mode) noexcept;

/* The mode of an operation is that of the scope it is given, whatever scope is innermost. */
class ModeGuard
{
  public:
    explicit ModeGuard(unsigned mode) noexcept : before(thread_mode())
    {
        if (before != mode) {
            set_thread_mode(mode);
        }
    }
    ~ModeGuard()
    {
        if (thread_mode() != before) {
            set_thread_mode(before);
        }
    }
    ModeGuard(const ModeGuard &) = delete;
    ModeGuard &operator=(const ModeGuard &) = delete;

  private:
    unsigned before;
};

/* scope.cpp */
bool may_run(hn_scope *s, const char *operation, Inputs inputs) noexcept;
void keep_exception(hn_scope *s, const char *operation, Inputs inputs) noexcept;
hn_tensor *adopt(hn_scope *s, at::Tensor tensor);
unsigned scope_mode(const hn_scope *s) noexcept;
at::Device scope_device(const hn_scope *s) noexcept;
void route_warnings() noexcept; /* libtorch.cpp: this thread's warnings go to our log */

/* A new tensor. */
template <typename Body>
hn_tensor *guard(hn_scope *s, const char *operation, Inputs inputs, Body &&body) noexcept
{
    if (!may_run(s, operation, inputs)) {
        return nullptr;
    }
    ModeGuard mode(scope_mode(s));
    try {
        return adopt(s, body());
    } catch (...) {
        keep_exception(s, operation, inputs);
        return nullptr;
    }
}

/* A plain value, or `fallback` when there is none. */
template <typename T, typename Body>
T guard_value(hn_scope *s, const char *operation, Inputs inputs, T fallback, Body &&body) noexcept
{
    if (!may_run(s, operation, inputs)) {
        return fallback;
    }
    ModeGuard mode(scope_mode(s) & ~static_cast<unsigned>(HN_GRAD));
    try {
        return body();
    } catch (...) {
        keep_exception(s, operation, inputs);
        return fallback;
    }
}

/* A change in place, or of gradients: never recorded, never in reduced precision. */
template <typename Body>
void guard_update(hn_scope *s, const char *operation, Inputs inputs, Body &&body) noexcept
{
    if (!may_run(s, operation, inputs)) {
        return;
    }
    ModeGuard mode(0);
    try {
        body();
    } catch (...) {
        keep_exception(s, operation, inputs);
    }
}

/* --- from C's words to libtorch's --------------------------------------------------------- */

inline Optional<at::Tensor> maybe(const hn_tensor *tensor)
{
    return tensor ? Optional<at::Tensor>(tensor->t) : Optional<at::Tensor>();
}

/* SplitMix64 (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195): a bijection. */
inline uint64_t mixed(uint64_t z)
{
    z += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

at::Generator generator(uint64_t seed);            /* on the CPU, in the state that `seed` names */
at::ScalarType scalar_type(hn_dtype dtype);        /* throws for what is no hn_dtype */
at::IntArrayRef sizes(const int64_t *dims, int n); /* throws for NULL and negative counts */
std::vector<at::Tensor> tensors(hn_tensor *const *list, int count); /* throws for NULL in it */

} // namespace hipnet

#endif
