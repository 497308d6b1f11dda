/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What augmentations there are, made from the one list in augment.h: names, ranges, defaults and
 * where each strength stands in the settings.
 */
#include <hipnet/augment.h>

#define ROW_(T, M, name_, kind_, fallback_, low_, high_, help_)                                    \
    { .name = #name_,                                                                              \
      .help = help_,                                                                               \
      .kind = HN_AUGMENT_##kind_,                                                                  \
      .low = low_,                                                                                 \
      .high = high_,                                                                               \
      .fallback = fallback_,                                                                       \
      .offset = offsetof(hn_augment, name_) },
static const hn_augmentation rows[] = { HN_AUGMENT_LIST(ROW_, , ) };

static const double *strength(const hn_augment *settings, const hn_augmentation *row)
{
    return (const double *)(const void *)((const char *)settings + row->offset);
}

const hn_augmentation *hn_augmentations(int *count)
{
    *count = (int)HN_COUNT_OF(rows);
    return rows;
}

void hn_augment_defaults(hn_augment *settings)
{
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        *(double *)(void *)((char *)settings + rows[i].offset) = rows[i].fallback;
    }
}

hn_status hn_augment_check(const hn_augment *settings)
{
    for (size_t i = 0; i < HN_COUNT_OF(rows); i++) {
        double value = *strength(settings, &rows[i]);
        if (!(value >= rows[i].low && value <= rows[i].high)) {
            return hn_fail(HN_EUSAGE, "augment.%s is %g; %g to %g is allowed", rows[i].name, value,
                           rows[i].low, rows[i].high);
        }
    }
    return HN_OK;
}
