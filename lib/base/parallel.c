/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenMP loops with the lowest failure kept, and the flag that signals set. */
#include <hipnet/parallel.h>

#include <hipnet/number.h>

#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static int chosen_threads;

static int allowed_cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? count : 1;
}

void hn_threads_set(int threads)
{
    chosen_threads = threads > 0 ? threads : 0;
}

int hn_threads(void)
{
    if (chosen_threads == 0) {
        const char *words = getenv("HN_THREADS");
        int64_t asked = 0;
        bool given = words && hn_parse_int(&asked, words) == HN_OK && asked > 0 && asked <= 4096;
        chosen_threads = given ? (int)asked : allowed_cores();
    }
    return chosen_threads;
}

hn_status hn_parallel_for(int64_t count, hn_parallel_body body, void *context)
{
    int64_t limit = count; /* work at or above this index is not wanted any more */
    hn_failure failure = { .status = HN_OK };
#pragma omp parallel for schedule(dynamic, 1) num_threads(hn_threads())                            \
    shared(limit, failure, body, context, count) default(none)
    for (int64_t i = 0; i < count; i++) {
        int64_t wanted_below = 0;
#pragma omp atomic read
        wanted_below = limit;
        if (i >= wanted_below) {
            continue;
        }
        hn_status status = hn_interrupt_check();
        if (status == HN_OK) {
            status = body(context, i, omp_get_thread_num());
        }
        if (status != HN_OK) {
#pragma omp critical(hn_parallel_failure)
            if (i < limit) {
#pragma omp atomic write
                limit = i;
                hn_failure_take(&failure, status);
            }
        }
    }
    return failure.status == HN_OK ? HN_OK : hn_failure_raise(&failure);
}

static volatile sig_atomic_t signals_seen;
static atomic_bool requested;

static void on_signal(int number)
{
    (void)number;
    if (signals_seen++ > 0) {
        _exit(130);
    }
}

void hn_interrupt_install(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write with its own message */
}

void hn_interrupt_request(void)
{
    atomic_store(&requested, true);
}

void hn_interrupt_clear(void)
{
    atomic_store(&requested, false);
    signals_seen = 0;
}

bool hn_interrupted(void)
{
    return signals_seen > 0 || atomic_load(&requested);
}

hn_status hn_interrupt_check(void)
{
    return hn_interrupted() ? hn_fail(HN_EINTERRUPTED, "interrupted") : HN_OK;
}
