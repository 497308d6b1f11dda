/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader and the writer of safetensors share. */
#ifndef STORE_SAFETENSORS_INTERNAL_H
#define STORE_SAFETENSORS_INTERNAL_H

#include <hipnet/safetensors.h>

/* Sets count and bytes from type and shape, with every product checked for overflow. */
hn_status hn_safetensors_measure(hn_safetensors_entry *entry) HN_MUST_CHECK;

#endif
