/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schedule.c: warm-up and decay as closed forms. There is no state, hence nothing to save and
 * nothing that a resumed run could get wrong.
 */
#include <hipnet/schedule.h>
#include <hipnet/text.h>

#include <math.h>

static const struct {
    const char *name;
    hn_schedule_kind kind;
} kinds[] = {
    { "constant", HN_SCHEDULE_CONSTANT },
    { "cosine", HN_SCHEDULE_COSINE },
    { "linear", HN_SCHEDULE_LINEAR },
};

hn_status hn_schedule_kind_parse(hn_schedule_kind *out, const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(kinds); i++) {
        if (hn_text_equal(kinds[i].name, name)) {
            *out = kinds[i].kind;
            return HN_OK;
        }
    }
    return hn_fail(HN_EUSAGE, "schedule '%s' is not one of constant, cosine, linear",
                   name ? name : "");
}

/* The share of the decay that lies behind `step`, in [0, 1]. */
static double decayed(const hn_schedule *schedule, int64_t step)
{
    int64_t length = schedule->total_steps - schedule->warmup_steps;
    int64_t gone = step - schedule->warmup_steps;
    if (length <= 0 || gone >= length) {
        return 1;
    }
    return (double)gone / (double)length;
}

double hn_schedule_rate(const hn_schedule *schedule, int64_t step)
{
    const double pi = 3.14159265358979323846;
    double peak = schedule->peak;
    double floor = schedule->floor;
    if (step < schedule->warmup_steps) {
        return peak * (double)(step + 1) / (double)schedule->warmup_steps;
    }
    switch (schedule->kind) {
    case HN_SCHEDULE_COSINE:
        return floor + (peak - floor) / 2 * (1 + cos(pi * decayed(schedule, step)));
    case HN_SCHEDULE_LINEAR:
        return peak + (floor - peak) * decayed(schedule, step);
    case HN_SCHEDULE_CONSTANT:
        break;
    }
    return peak;
}
