/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schedule.h: the learning rate as a pure function of the step.
 *
 * Nothing is carried from one step to the next, so a run that is resumed, or asked for the rate
 * of a step it has not reached, gets the same number. Steps count from 0.
 *
 *   warm-up  (step < warmup):   peak * (step + 1) / warmup
 *   constant                    peak
 *   cosine                      floor + (peak - floor) / 2 * (1 + cos(pi * t))
 *   linear                      peak + (floor - peak) * t
 * with t = (step - warmup) / (total - warmup) held to [0, 1]. The cosine is that of Loshchilov
 * and Hutter 2017 (SGDR, arXiv:1608.03983) without restarts; the linear warm-up that of Goyal
 * et al. 2017 (arXiv:1706.02677).
 */
#ifndef HIPNET_SCHEDULE_H
#define HIPNET_SCHEDULE_H

#include <hipnet/error.h>
#include <stdint.h>

typedef enum hn_schedule_kind {
    HN_SCHEDULE_CONSTANT,
    HN_SCHEDULE_COSINE,
    HN_SCHEDULE_LINEAR,
} hn_schedule_kind;

#define HN_SCHEDULE_CHOICES "constant|cosine|linear"

typedef struct hn_schedule {
    hn_schedule_kind kind;
    double peak;          /* rate at the end of the warm-up */
    double floor;         /* rate at the last step */
    int64_t warmup_steps; /* 0: none */
    int64_t total_steps;  /* of the whole training, warm-up included */
} hn_schedule;

/* "cosine" to its kind; HN_EUSAGE for a name that is not one. */
HN_API hn_status hn_schedule_kind_parse(hn_schedule_kind *out, const char *name) HN_MUST_CHECK;

/* The rate with which step `step` is taken. Steps past the end keep the floor. */
HN_API double hn_schedule_rate(const hn_schedule *schedule, int64_t step);

#endif
