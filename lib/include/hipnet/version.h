/* SPDX-License-Identifier: GPL-3.0-or-later */
/* version.h: which software this is. */
#ifndef HIPNET_VERSION_H
#define HIPNET_VERSION_H

#include <hipnet/attributes.h>

#define HN_VERSION_MAJOR 0
#define HN_VERSION_MINOR 1
#define HN_VERSION_PATCH 0

/* "0.1.0". */
HN_API const char *hn_version(void);
/* "0.1.0+abc1234": with the commit it was built from, or "0.1.0" outside a checkout. */
HN_API const char *hn_version_full(void);

#endif
