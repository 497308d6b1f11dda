/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scopes: the list of handles each owns, the first error each keeps, the mode each runs in.
 * Handles come from hn_alloc one by one, so that a sanitizer sees a use after closing; that
 * costs some 20 ns beside the hundreds of an operation.
 */
#include "guard.hpp"

#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>

struct hn_scope {
    hn_scope *parent;
    hn_tensor *first;       /* the handles it owns */
    hn_scope *stream_owner; /* the scope at or above this one that holds the random stream */
    const char *where;      /* borrowed, may be NULL */
    uint64_t seed, draws;   /* the random stream, in a stream owner */
    pthread_t thread;
    unsigned flags;       /* HN_TRAINING, HN_GRAD, HN_AUTOCAST_BF16 */
    unsigned mode_before; /* of the thread, restored at closing */
    int children;         /* scopes open below */
    at::Device device;
    char device_text[16];
    hn_status status;
    char message[1024]; /* meaningful when status is not HN_OK */
};

namespace hipnet
{
namespace
{

std::atomic<int64_t> live_tensors { 0 };

/* libtorch starts every thread with gradients on. */
thread_local unsigned current_mode = HN_GRAD;

unsigned resolve(unsigned inherited, unsigned flags)
{
    unsigned mode = inherited;
    if (flags & HN_TRAINING) {
        mode |= HN_TRAINING | HN_GRAD;
    }
    if (flags & HN_EVALUATION) {
        mode &= ~static_cast<unsigned>(HN_TRAINING);
    }
    if (flags & HN_GRAD) {
        mode |= HN_GRAD;
    }
    if (flags & HN_NO_GRAD) {
        mode &= ~static_cast<unsigned>(HN_GRAD);
    }
    if (flags & HN_AUTOCAST_BF16) {
        mode |= HN_AUTOCAST_BF16;
    }
    if (flags & HN_NO_AUTOCAST) {
        mode &= ~static_cast<unsigned>(HN_AUTOCAST_BF16);
    }
    return mode;
}

void set_autocast(bool on)
{
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    for (at::DeviceType device : { at::kCPU, at::kCUDA }) {
        at::autocast::set_autocast_dtype(device, at::kBFloat16);
        at::autocast::set_autocast_enabled(device, on);
    }
#else
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(on);
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
#endif
    if (!on) {
        /* The low-precision copies of the weights must not outlive a change of the weights, nor
         * travel from a mode without gradients into one with them. */
        at::autocast::clear_cache();
    }
}

void link(hn_scope *s, hn_tensor *t)
{
    t->owner = s;
    t->previous = nullptr;
    t->next = s->first;
    if (s->first) {
        s->first->previous = t;
    }
    s->first = t;
}

void unlink(hn_tensor *t)
{
    if (t->previous) {
        t->previous->next = t->next;
    } else {
        t->owner->first = t->next;
    }
    if (t->next) {
        t->next->previous = t->previous;
    }
}

void free_tensors(hn_scope *s)
{
    int64_t freed = 0;
    for (hn_tensor *t = s->first; t;) {
        hn_tensor *next = t->next;
        t->~hn_tensor();
        hn_free(t);
        t = next;
        freed++;
    }
    live_tensors.fetch_sub(freed, std::memory_order_relaxed);
}

const char *where_of(const hn_scope *s)
{
    for (; s; s = s->parent) {
        if (s->where) {
            return s->where;
        }
    }
    return nullptr;
}

/* Keeps "<operation> [<where>]: <words><tail>", unless an error is there already. `words` ends
 * at its first line break. */
void keep(hn_scope *s, hn_status status, const char *operation, const char *words, const char *tail)
{
    if (s->status != HN_OK) {
        return;
    }
    const char *where = where_of(s);
    size_t length = strcspn(words, "\r\n");
    while (length > 0 && (words[length - 1] == ' ' || words[length - 1] == ':')) {
        length--;
    }
    int shown = length < 700 ? static_cast<int>(length) : 700;
    s->status = status;
    snprintf(s->message, sizeof(s->message), "%s%s%s%s: %.*s%s", operation, where ? " [" : "",
             where ? where : "", where ? "]" : "", shown, words, tail);
}

std::string describe(Inputs inputs)
{
    std::string words;
    for (const Input &input : inputs) {
        char shape[128];
        if (input.tensor) {
            words += words.empty() ? " (" : ", ";
            words += input.name;
            words += ' ';
            words += hn_shape_text(input.tensor, shape, sizeof(shape));
        }
    }
    return words.empty() ? words : words + ")";
}

hn_status parse_device(at::Device *out, const char *text)
{
    if (text && strcmp(text, "cpu") == 0) {
        *out = at::Device(at::kCPU);
        return HN_OK;
    }
    int index = 0;
    bool known = text && strncmp(text, "cuda", 4) == 0;
    if (known && text[4] == ':') {
        char *end = nullptr;
        long value = text[5] >= '0' && text[5] <= '9' ? strtol(text + 5, &end, 10) : -1;
        known = end && *end == '\0' && value >= 0 && value < 128;
        index = static_cast<int>(value);
    } else if (known) {
        known = text[4] == '\0';
    }
    if (!known) {
        return hn_fail(HN_EUSAGE, "device '%s' is not one of cpu, cuda, cuda:N", text ? text : "");
    }
    int count = hn_torch_has_cuda() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
    if (index >= count) {
        return hn_fail(HN_EUNSUPPORTED, "device %s: libtorch %s sees %d CUDA devices here", text,
                       hn_torch_version(), count);
    }
    *out = at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    return HN_OK;
}

hn_scope *new_scope(hn_scope *parent, unsigned flags, at::Device device)
{
    void *room = hn_alloc(sizeof(hn_scope));
    if (!room) {
        return nullptr;
    }
    hn_scope *s = static_cast<hn_scope *>(room);
    s->parent = parent;
    s->first = nullptr;
    s->stream_owner = parent ? parent->stream_owner : s;
    s->where = nullptr;
    s->seed = s->draws = 0;
    s->thread = pthread_self();
    s->flags = resolve(parent ? parent->flags : 0, flags);
    s->mode_before = current_mode;
    s->children = 0;
    new (&s->device) at::Device(device);
    s->status = HN_OK;
    s->message[0] = '\0';
    set_thread_mode(s->flags & thread_mode_bits);
    return s;
}

void assert_here(const hn_scope *s)
{
    bool scope_is_used_by_the_thread_that_opened_it = pthread_equal(s->thread, pthread_self());
    hn_assert(scope_is_used_by_the_thread_that_opened_it);
}

} // namespace

unsigned thread_mode() noexcept
{
    return current_mode;
}

void set_thread_mode(unsigned mode) noexcept
{
    unsigned changed = mode ^ current_mode;
    /* What was cast under the old gradient mode is dropped with the old mode. */
    if ((changed & HN_AUTOCAST_BF16) || (changed && (mode & HN_AUTOCAST_BF16))) {
        set_autocast(false);
        if (mode & HN_AUTOCAST_BF16) {
            set_autocast(true);
        }
    }
    if (changed & HN_GRAD) {
        c10::GradMode::set_enabled((mode & HN_GRAD) != 0);
    }
    current_mode = mode;
}

bool may_run(hn_scope *s, const char *operation, Inputs inputs) noexcept
{
    if (!s || s->status != HN_OK) {
        return false;
    }
    assert_here(s);
    for (const Input &input : inputs) {
        if (!input.tensor && !input.optional) {
            char words[96];
            snprintf(words, sizeof(words), "%s is NULL", input.name);
            keep(s, HN_ESHAPE, operation, words, "");
            return false;
        }
    }
    return true;
}

/* Called from a catch clause: throws again what was caught and keeps its first line. */
void keep_exception(hn_scope *s, const char *operation, Inputs inputs) noexcept
{
    try {
        try {
            throw;
        } catch (const Refusal &e) {
            keep(s, HN_ESHAPE, operation, e.what(), describe(inputs).c_str());
        } catch (const c10::Error &e) {
            const char *words = e.what_without_backtrace();
            bool memory = strstr(words, "t allocate memory") || strstr(words, "out of memory");
            keep(s, memory ? HN_ENOMEM : HN_ETORCH, operation, words, describe(inputs).c_str());
        } catch (const std::bad_alloc &) {
            keep(s, HN_ENOMEM, operation, "memory is exhausted", "");
        } catch (const std::exception &e) {
            keep(s, HN_ETORCH, operation, e.what(), describe(inputs).c_str());
        } catch (...) {
            keep(s, HN_ETORCH, operation, "libtorch threw something that is no exception", "");
        }
    } catch (...) {
        keep(s, HN_ENOMEM, operation, "memory is exhausted", "");
    }
}

hn_tensor *adopt(hn_scope *s, at::Tensor tensor)
{
    void *room = hn_alloc(sizeof(hn_tensor));
    if (!room) {
        throw std::bad_alloc();
    }
    hn_tensor *t = new (room) hn_tensor { std::move(tensor), s, nullptr, nullptr };
    link(s, t);
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return t;
}

unsigned scope_mode(const hn_scope *s) noexcept
{
    return s->flags & thread_mode_bits;
}

at::Device scope_device(const hn_scope *s) noexcept
{
    return s->device;
}

} // namespace hipnet

using namespace hipnet;

hn_status hn_scope_root(hn_scope **out, const char *device, unsigned flags)
{
    at::Device parsed(at::kCPU);
    HN_TRY(parse_device(&parsed, device));
    route_warnings();
    hn_scope *s = new_scope(nullptr, flags, parsed);
    if (!s) {
        return HN_ENOMEM;
    }
    if (parsed.is_cuda()) {
        snprintf(s->device_text, sizeof(s->device_text), "cuda:%d",
                 static_cast<int>(parsed.index()));
    } else {
        snprintf(s->device_text, sizeof(s->device_text), "cpu");
    }
    *out = s;
    return HN_OK;
}

hn_scope *hn_scope_open(hn_scope *parent, unsigned flags)
{
    if (!parent) {
        return nullptr;
    }
    assert_here(parent);
    hn_scope *s = new_scope(parent, flags, parent->device);
    if (!s) {
        keep(parent, HN_ENOMEM, "scope_open", "memory is exhausted", "");
        return nullptr;
    }
    parent->children++;
    memcpy(s->device_text, parent->device_text, sizeof(s->device_text));
    if (parent->status != HN_OK) {
        s->status = parent->status;
        memcpy(s->message, parent->message, sizeof(s->message));
    }
    return s;
}

void hn_scope_close(hn_scope *scope)
{
    if (!scope) {
        return;
    }
    assert_here(scope);
    hn_assert(scope->children == 0);
    free_tensors(scope);
    hn_scope *parent = scope->parent;
    if (parent) {
        parent->children--;
        if (parent->status == HN_OK && scope->status != HN_OK) {
            parent->status = scope->status;
            memcpy(parent->message, scope->message, sizeof(parent->message));
        }
    }
    set_thread_mode(scope->mode_before);
    hn_free(scope);
}

void hn_scope_closep(hn_scope **scope)
{
    hn_scope_close(*scope);
    *scope = nullptr;
}

hn_tensor *hn_scope_return(hn_scope **scope, hn_tensor *tensor)
{
    hn_scope *s = *scope;
    if (!s) {
        return nullptr;
    }
    hn_assert(s->parent != nullptr);
    if (!tensor) {
        keep(s, HN_ESHAPE, "scope_return", "tensor is NULL", "");
    }
    bool failed = s->status != HN_OK;
    if (!failed && tensor->owner == s) {
        unlink(tensor);
        link(s->parent, tensor);
    }
    hn_scope_closep(scope);
    return failed ? nullptr : tensor;
}

hn_tensor *hn_move(hn_tensor *tensor, hn_scope *to)
{
    if (!tensor || !to) {
        return nullptr;
    }
    assert_here(to);
    assert_here(tensor->owner);
    unlink(tensor);
    link(to, tensor);
    return tensor;
}

hn_status hn_scope_status(const hn_scope *scope)
{
    if (!scope) {
        return hn_fail(HN_ENOMEM, "there is no scope: memory is exhausted, or it was never opened");
    }
    return scope->status == HN_OK ? HN_OK : hn_fail(scope->status, "%s", scope->message);
}

bool hn_scope_failed(const hn_scope *scope)
{
    return !scope || scope->status != HN_OK;
}

hn_tensor *hn_scope_fail(hn_scope *scope, hn_status status, const char *format, ...)
{
    if (scope && scope->status == HN_OK) {
        scope->status = status == HN_OK ? HN_ESHAPE : status;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(scope->message, sizeof(scope->message), format, arguments);
        va_end(arguments);
    }
    return nullptr;
}

void hn_scope_name(hn_scope *scope, const char *where)
{
    if (scope) {
        scope->where = where;
    }
}

void hn_scope_seed(hn_scope *scope, uint64_t seed)
{
    if (scope) {
        scope->stream_owner = scope;
        scope->seed = seed;
        scope->draws = 0;
    }
}

/* The counter goes through a bijection, so that no two draws of one stream are equal. */
uint64_t hn_scope_next_seed(hn_scope *scope)
{
    if (!scope) {
        return 0;
    }
    hn_scope *owner = scope->stream_owner;
    return mixed(owner->seed + owner->draws++ * UINT64_C(0x9E3779B97F4A7C15));
}

bool hn_scope_is_training(const hn_scope *scope)
{
    return scope && (scope->flags & HN_TRAINING);
}

bool hn_scope_has_grad(const hn_scope *scope)
{
    return scope && (scope->flags & HN_GRAD);
}

bool hn_scope_has_autocast(const hn_scope *scope)
{
    return scope && (scope->flags & HN_AUTOCAST_BF16);
}

const char *hn_scope_device(const hn_scope *scope)
{
    return scope ? scope->device_text : "";
}

int64_t hn_live_tensors(void)
{
    return live_tensors.load(std::memory_order_relaxed);
}
