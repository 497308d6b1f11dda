/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alternatives.h: the closed-form intervals that stand beside the bootstrap's. */
#ifndef HIPNET_STATS_ALTERNATIVES_H
#define HIPNET_STATS_ALTERNATIVES_H

#include <hipnet/metrics.h>

/* Fills `n` and `alternatives` of every figure that has a closed form: Wilson and Clopper-Pearson
 * for proportions, DeLong, its logit form and Newcombe for areas. With several cases of a patient,
 * the clustered forms instead. The first usable one serves where the bootstrap cannot. */
hn_status alternatives_fill(hn_evaluation *evaluation, const hn_sample *sample,
                            const hn_evaluate_options *options) HN_MUST_CHECK;

#endif
