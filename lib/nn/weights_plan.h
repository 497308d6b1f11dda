/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weights_plan.h: what goes where, decided whole before anything is changed, so that a load that
 * fails leaves the store as it was.
 */
#ifndef HIPNET_WEIGHTS_PLAN_H
#define HIPNET_WEIGHTS_PLAN_H

#include <hipnet/weights.h>

enum channels { AS_IT_IS, SUM_CHANNELS, SPREAD_CHANNELS };

struct move {
    hn_param *target;
    const hn_safetensors_entry *source;
    enum channels channels;
};

struct plan {
    struct move *moves;
    size_t count, capacity;
};

/* Adds a move after checking shape and type; `first`: the input channels may be adapted. */
hn_status plan_add(struct plan *plan, hn_param *target, const hn_safetensors_entry *source,
                   bool first) HN_MUST_CHECK;
/* Copies everything. Only memory can fail here. */
hn_status plan_run(const struct plan *plan, hn_params *params) HN_MUST_CHECK;
void plan_clear(struct plan *plan);
#define AUTO_PLAN HN_CLEANUP(plan_clear) struct plan

/* HN_EDATA that counts and names the first, when the report has missing or unexpected names. */
hn_status report_verdict(const hn_weights_report *report, const char *path) HN_MUST_CHECK;
void report_sort(hn_weights_report *report);

/* The files' word for a type of ours. */
hn_safetensors_type file_type(hn_dtype dtype);

/* One entry of an output file, its data in the scope. */
hn_status output_entry(hn_scope *s, hn_safetensors_entry *entry, const char *name,
                       hn_tensor *x) HN_MUST_CHECK;

#endif
