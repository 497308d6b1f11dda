/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backbone.c: the registry, made from backbone_list.h, and what is the same for every backbone.
 */
#include <hipnet/backbone.h>
#include <hipnet/text.h>

static const hn_backbone *const registry[] = {
#define HN_BACKBONE(name) &hn_backbone_##name,
#include <hipnet/backbone_list.h>
#undef HN_BACKBONE
};

static const char *const names[] = {
#define HN_BACKBONE(name) #name,
#include <hipnet/backbone_list.h>
#undef HN_BACKBONE
};

int hn_backbones(void)
{
    return (int)HN_COUNT_OF(registry);
}

const hn_backbone *hn_backbone_at(int index)
{
    hn_assert(index >= 0 && index < hn_backbones());
    return registry[index];
}

hn_status hn_backbone_find(const hn_backbone **out, const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(registry); i++) {
        if (hn_text_equal(name, registry[i]->name)) {
            *out = registry[i];
            return HN_OK;
        }
    }
    return hn_fail(HN_EUSAGE, "'%.60s' is not a backbone%s (see `hipnet models`)", name ? name : "",
                   hn_text_suggest(name ? name : "", names, HN_COUNT_OF(names)));
}

hn_status hn_backbone_build(const void **net, const hn_backbone *backbone, hn_path at,
                            int in_channels, double drop_path)
{
    if (in_channels != 1 && in_channels != 3) {
        return hn_fail(HN_EUSAGE, "in_channels is %d, expected 1 or 3", in_channels);
    }
    double rate = drop_path < 0 ? backbone->drop_path : drop_path;
    if (!(rate >= 0 && rate < 1)) {
        return hn_fail(HN_EUSAGE, "drop_path is %g, expected 0 <= drop_path < 1", rate);
    }
    const void *built = backbone->build(backbone, at, in_channels, rate);
    HN_TRY(hn_params_status(at.params));
    *net = built;
    return HN_OK;
}

hn_tensor *hn_backbone_forward(hn_scope *parent, const hn_backbone *backbone, const void *net,
                               hn_tensor *x)
{
    HN_SCOPE(s, parent, 0);
    return hn_scope_return(&s, backbone->pool(s, net, backbone->maps(s, net, x)));
}
