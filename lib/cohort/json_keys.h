/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects whose keys are a closed list: an unknown one is refused with the nearest. */
#ifndef HIPNET_COHORT_JSON_KEYS_H
#define HIPNET_COHORT_JSON_KEYS_H

#include <hipnet/json.h>

/* `where` opens the message ("" or "counts: "). `object` must be an object. */
hn_status cohort_check_keys(const hn_json *object, const char *const *known, size_t count,
                            const char *where) HN_MUST_CHECK;

#endif
