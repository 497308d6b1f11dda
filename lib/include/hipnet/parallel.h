/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parallel.h: loops over threads (OpenMP), and the wish to stop.
 *
 * The number of threads is set once by the program (--threads, else HN_THREADS, else all
 * cores that the process may use). A parallel loop runs body(i) for every i, keeps the failure of
 * the lowest index, skips the work above it, and raises it on the calling thread: the same message
 * whatever the number of threads.
 */
#ifndef HIPNET_PARALLEL_H
#define HIPNET_PARALLEL_H

#include <hipnet/error.h>
#include <stdbool.h>
#include <stdint.h>

HN_API void hn_threads_set(int threads); /* 0: as many as the process may use */
HN_API int hn_threads(void);

/* body(context, i, worker): worker is 0..hn_threads()-1, for scratch space of its own. Items
 * are handed out one by one in order. An interruption (below) ends the loop with
 * HN_EINTERRUPTED. */
typedef hn_status (*hn_parallel_body)(void *context, int64_t index, int worker);
HN_API hn_status hn_parallel_for(int64_t count, hn_parallel_body body, void *context) HN_MUST_CHECK;

/* Ctrl-C and SIGTERM set a flag that long work looks at; a second signal ends the process with
 * 130. Only programs install the handlers. */
HN_API void hn_interrupt_install(void);
HN_API void hn_interrupt_request(void);
HN_API void hn_interrupt_clear(void);
HN_API bool hn_interrupted(void);
/* HN_EINTERRUPTED with a message when the flag is set, else HN_OK. */
HN_API hn_status hn_interrupt_check(void) HN_MUST_CHECK;

#endif
