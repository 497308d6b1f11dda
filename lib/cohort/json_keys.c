/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A misspelt key must never be a setting that silently does nothing. */
#include "json_keys.h"

#include <string.h>

hn_status cohort_check_keys(const hn_json *object, const char *const *known, size_t count,
                            const char *where)
{
    for (const hn_json *c = hn_json_first(object); c; c = hn_json_next(c)) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            found = strcmp(hn_json_key(c), known[i]) == 0;
        }
        if (!found) {
            return hn_fail(HN_EFORMAT, "%sunknown key '%.60s'%s", where, hn_json_key(c),
                           hn_text_suggest(hn_json_key(c), known, count));
        }
    }
    return HN_OK;
}
