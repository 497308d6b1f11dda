/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version, and the commit that CMake found when it configured the build. */
#include <hipnet/version.h>

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)
#define VERSION  TEXT(HN_VERSION_MAJOR) "." TEXT(HN_VERSION_MINOR) "." TEXT(HN_VERSION_PATCH)

const char *hn_version(void)
{
    return VERSION;
}

const char *hn_version_full(void)
{
#ifdef HN_COMMIT
    return VERSION "+" HN_COMMIT;
#else
    return VERSION;
#endif
}
