/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_internal.h: what the files about runs share. run_facts.c knows what a run was made for
 * and compares it with what it is to go on with.
 */
#ifndef HIPNET_LEARN_RUN_INTERNAL_H
#define HIPNET_LEARN_RUN_INTERNAL_H

#include <hipnet/run.h>

/* Fills run->facts from the cohort, the split and the configuration. */
hn_status hn_run_facts_collect(hn_run *run, const hn_cohort *cohort) HN_MUST_CHECK;
hn_status hn_run_facts_write(const hn_run *run) HN_MUST_CHECK; /* environment.json */
hn_status hn_run_facts_read(hn_run *run) HN_MUST_CHECK;

#endif
