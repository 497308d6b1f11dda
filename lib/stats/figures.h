/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.h: from what was counted (tally.h) to the figures of metrics.h, one lane at a time. */
#ifndef HIPNET_STATS_FIGURES_H
#define HIPNET_STATS_FIGURES_H

#include <hipnet/metrics.h>

#include "tally.h"

/* Writes figure f of lane `lane` to figures[f * stride]; NaN where it is not defined. Averages
 * go over the classes that the sample holds: a class that a weighting lost leaves them NaN. */
void figures_of_lane(double *figures, int64_t stride, const struct tally *tally,
                     const struct tally_sums *sums, int lane);

/* Why figure f is not defined for counts such as these; `kind_lost` is said of replicates. */
const char *figure_undefined_reason(int figure, const hn_evaluation *evaluation);
const char *figure_lost_reason(int figure);

#endif
