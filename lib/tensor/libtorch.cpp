/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libtorch as a whole: its version, threads, devices and warnings; and the small conversions
 * from C's words to libtorch's that all operations share.
 */
#include "guard.hpp"

#include <hipnet/log.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/Exception.h>
#include <c10/util/Logging.h>

#include <mutex>

namespace hipnet
{
namespace
{

/* One line of our log for each warning; libtorch repeats few of them. */
class LogWarnings : public c10::WarningHandler
{
    void say(const std::string &words)
    {
        size_t end = words.find_first_of("\r\n");
        hn_log(HN_LOG_WARNING, "libtorch: %s", words.substr(0, end).c_str());
    }

  public:
#if TORCH_VERSION_MAJOR >= 2
    void process(const c10::Warning &warning) override
    {
        say(warning.msg());
    }
#else
    void process(const c10::SourceLocation &, const std::string &words, const bool) override
    {
        say(words);
    }
#endif
};

LogWarnings log_warnings;

} // namespace

void route_warnings() noexcept
{
    /* Only first lines of errors are kept: the stack that libtorch looks up for each of them
     * would cost 0.3 ms and be thrown away. */
    static std::once_flag once;
    std::call_once(once, [] { c10::SetStackTraceFetcher([] { return std::string(); }); });
#if TORCH_VERSION_MAJOR >= 2
    c10::WarningUtils::set_warning_handler(&log_warnings);
#else
    c10::Warning::set_warning_handler(&log_warnings);
#endif
}

at::ScalarType scalar_type(hn_dtype dtype)
{
    switch (dtype) {
    case HN_FLOAT32:
        return at::kFloat;
    case HN_FLOAT64:
        return at::kDouble;
    case HN_BFLOAT16:
        return at::kBFloat16;
    case HN_FLOAT16:
        return at::kHalf;
    case HN_INT64:
        return at::kLong;
    case HN_UINT8:
        return at::kByte;
    case HN_BOOL:
        return at::kBool;
    }
    throw Refusal("type " + std::to_string(static_cast<int>(dtype)) + " is no hn_dtype");
}

at::IntArrayRef sizes(const int64_t *dims, int n)
{
    if (n < 0 || n > 64 || (n > 0 && !dims)) {
        throw Refusal("a list of " + std::to_string(n) + " dimensions is none");
    }
    return n == 0 ? at::IntArrayRef() : at::IntArrayRef(dims, static_cast<size_t>(n));
}

std::vector<at::Tensor> tensors(hn_tensor *const *list, int count)
{
    if (count < 0 || (count > 0 && !list)) {
        throw Refusal("a list of " + std::to_string(count) + " tensors is none");
    }
    std::vector<at::Tensor> out;
    out.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; i++) {
        if (!list[i]) {
            throw Refusal("list[" + std::to_string(i) + "] is NULL");
        }
        out.push_back(list[i]->t);
    }
    return out;
}

} // namespace hipnet

using namespace hipnet;

hn_status hn_torch_set_threads(int threads)
{
    if (threads < 1) {
        return hn_fail(HN_EUSAGE, "%d threads: expected at least 1", threads);
    }
    try {
        static std::once_flag once;
        at::set_num_threads(threads);
        /* Allowed once, and not after libtorch has used that pool. */
        std::call_once(once, [] { at::set_num_interop_threads(1); });
    } catch (const std::exception &) {
        hn_log(HN_LOG_DEBUG, "libtorch: the number of inter-operation threads stays as it is");
    }
    return HN_OK;
}

int hn_torch_threads(void)
{
    return at::get_num_threads();
}

const char *hn_torch_version(void)
{
    return TORCH_VERSION;
}

bool hn_torch_has_cuda(void)
{
    try {
        return at::globalContext().hasCUDA() && at::detail::getCUDAHooks().getNumGPUs() > 0;
    } catch (...) {
        return false;
    }
}

void hn_torch_synchronize(hn_scope *scope)
{
    guard_update(scope, "synchronize", {}, [&] {
        if (scope_device(scope).is_cuda()) {
            at::detail::getCUDAHooks().deviceSynchronize(scope_device(scope).index());
        }
    });
}
