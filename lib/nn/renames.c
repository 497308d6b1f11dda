/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * renames.c: names of public weights that differ from torchvision's state_dict. Covered are the
 * schemes of timm's EfficientNet (efficientnet_b0 to b3 and their tf_ and other recipes of the
 * same blocks; note that tf_ weights were trained with another padding, which names cannot show)
 * and ConvNeXt (linear layers in the block, not convolutions), and the names that torchvision's
 * own DenseNet files had before module names could hold no dot. timm's ResNet and DenseNet are
 * torchvision's. Anything else is reported as unexpected, never guessed.
 */
#include <hipnet/params.h>
#include <hipnet/text.h>
#include <hipnet/weights.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* '#' in `from` takes a number, each '#' in `to` gives one back in the same order, the first as
 * factor * number + offset. What follows in the name is kept; an exact row allows nothing more. */
struct rename {
    const char *family, *from, *to;
    int factor, offset;
    bool exact;
};

/* clang-format off */
static const struct rename renames[] = {
    { "efficientnet", "conv_stem.",                    "features.0.0.",             1, 0, false },
    { "efficientnet", "bn1.",                          "features.0.1.",             1, 0, false },
    /* depthwise separable: the first stage, which does not expand */
    { "efficientnet", "blocks.0.#.conv_dw.",           "features.1.#.block.0.0.",   1, 0, false },
    { "efficientnet", "blocks.0.#.bn1.",               "features.1.#.block.0.1.",   1, 0, false },
    { "efficientnet", "blocks.0.#.se.conv_reduce.",    "features.1.#.block.1.fc1.", 1, 0, false },
    { "efficientnet", "blocks.0.#.se.conv_expand.",    "features.1.#.block.1.fc2.", 1, 0, false },
    { "efficientnet", "blocks.0.#.conv_pw.",           "features.1.#.block.2.0.",   1, 0, false },
    { "efficientnet", "blocks.0.#.bn2.",               "features.1.#.block.2.1.",   1, 0, false },
    /* inverted residual */
    { "efficientnet", "blocks.#.#.conv_pw.",           "features.#.#.block.0.0.",   1, 1, false },
    { "efficientnet", "blocks.#.#.bn1.",               "features.#.#.block.0.1.",   1, 1, false },
    { "efficientnet", "blocks.#.#.conv_dw.",           "features.#.#.block.1.0.",   1, 1, false },
    { "efficientnet", "blocks.#.#.bn2.",               "features.#.#.block.1.1.",   1, 1, false },
    { "efficientnet", "blocks.#.#.se.conv_reduce.",    "features.#.#.block.2.fc1.", 1, 1, false },
    { "efficientnet", "blocks.#.#.se.conv_expand.",    "features.#.#.block.2.fc2.", 1, 1, false },
    { "efficientnet", "blocks.#.#.conv_pwl.",          "features.#.#.block.3.0.",   1, 1, false },
    { "efficientnet", "blocks.#.#.bn3.",               "features.#.#.block.3.1.",   1, 1, false },
    { "efficientnet", "conv_head.",                    "features.8.0.",             1, 0, false },
    { "efficientnet", "bn2.",                          "features.8.1.",             1, 0, false },
    { "efficientnet", "classifier.",                   "classifier.1.",             1, 0, false },

    { "convnext",     "stem.0.",                       "features.0.0.",             1, 0, false },
    { "convnext",     "stem.1.",                       "features.0.1.",             1, 0, false },
    { "convnext",     "stages.#.downsample.#.",        "features.#.#.",             2, 0, false },
    { "convnext",     "stages.#.blocks.#.conv_dw.",    "features.#.#.block.0.",     2, 1, false },
    { "convnext",     "stages.#.blocks.#.norm.",       "features.#.#.block.2.",     2, 1, false },
    { "convnext",     "stages.#.blocks.#.mlp.fc1.",    "features.#.#.block.3.",     2, 1, false },
    { "convnext",     "stages.#.blocks.#.mlp.fc2.",    "features.#.#.block.5.",     2, 1, false },
    { "convnext",     "stages.#.blocks.#.gamma",       "features.#.#.layer_scale",  2, 1, true },
    { "convnext",     "head.norm.",                    "classifier.0.",             1, 0, false },
    { "convnext",     "head.fc.",                      "classifier.2.",             1, 0, false },

    { "densenet",     "features.denseblock#.denselayer#.norm.#.",
                      "features.denseblock#.denselayer#.norm#.",                    1, 0, false },
    { "densenet",     "features.denseblock#.denselayer#.conv.#.",
                      "features.denseblock#.denselayer#.conv#.",                    1, 0, false },
};
/* clang-format on */

enum { MOST_NUMBERS = 4 };

/* The rest of `name` behind the pattern, or NULL when it does not begin with it. */
static const char *match(const char *name, const char *pattern, long numbers[MOST_NUMBERS])
{
    int count = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (*name++ != *pattern) {
                return NULL;
            }
            continue;
        }
        long number = 0;
        int digits = 0;
        for (; isdigit((unsigned char)*name) && digits < 4; digits++) {
            number = number * 10 + (*name++ - '0');
        }
        if (digits == 0 || count == MOST_NUMBERS) {
            return NULL;
        }
        numbers[count++] = number;
    }
    return name;
}

static hn_status apply(char *out, const struct rename *row, const long numbers[MOST_NUMBERS],
                       const char *rest)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    int used = 0;
    for (const char *c = row->to; *c; c++) {
        if (*c == '#') {
            long number = numbers[used];
            hn_text_printf(&text, "%ld", used == 0 ? row->factor * number + row->offset : number);
            used++;
        } else {
            hn_text_append_bytes(&text, c, 1);
        }
    }
    hn_text_append(&text, rest);
    HN_TRY(hn_text_status(&text));
    if (text.size >= HN_PARAM_NAME) {
        return hn_fail(HN_ENOTFOUND, "the name %.60s... is too long", text.data);
    }
    memcpy(out, text.data, text.size + 1);
    return HN_OK;
}

hn_status hn_rename_timm(char *out, const hn_backbone *backbone, const char *name)
{
    for (size_t i = 0; i < HN_COUNT_OF(renames); i++) {
        long numbers[MOST_NUMBERS] = { 0 };
        const char *rest = hn_text_equal(renames[i].family, backbone->family)
                               ? match(name, renames[i].from, numbers)
                               : NULL;
        if (rest && (!renames[i].exact || !*rest)) {
            return apply(out, &renames[i], numbers, rest);
        }
    }
    bool same =
        hn_text_equal(backbone->family, "resnet") || hn_text_equal(backbone->family, "densenet");
    if (!same || strlen(name) >= HN_PARAM_NAME) {
        return hn_fail(HN_ENOTFOUND, "%.100s is not a name of timm's %s", name, backbone->family);
    }
    memcpy(out, name, strlen(name) + 1);
    return HN_OK;
}
