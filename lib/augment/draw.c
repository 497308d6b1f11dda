/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dice. Every quantity takes its number from the stream in a fixed order, needed or not, so
 * that two settings that differ in one strength differ in that one effect.
 */
#include <hipnet/augment.h>

#include <hipnet/rng.h>
#include <math.h>

static double either_way(hn_rng *rng, double strength)
{
    return strength * hn_rng_range(rng, -1.0, 1.0);
}

/* A factor from 1 / (1 + strength) to 1 + strength, as often below 1 as above. */
static double factor(hn_rng *rng, double strength)
{
    return pow(1.0 + strength, hn_rng_range(rng, -1.0, 1.0));
}

void hn_augment_draw_none(hn_augment_draw *draw)
{
    *draw = (hn_augment_draw) { .scale = 1.0, .contrast = 1.0, .gamma = 1.0 };
}

void hn_augment_draw_from(hn_augment_draw *draw, const hn_augment *settings,
                          const hn_augment_key *key, bool may_flip)
{
    hn_rng rng;
    hn_rng_init(&rng, key->seed, HN_PURPOSE_AUGMENT, key->epoch, key->patient, key->view);
    hn_augment_draw_none(draw);
    draw->rotation_degrees = either_way(&rng, settings->rotation);
    draw->scale = factor(&rng, settings->scale);
    draw->shift_row = either_way(&rng, settings->shift);
    draw->shift_col = either_way(&rng, settings->shift);
    draw->shear_degrees = either_way(&rng, settings->shear);
    draw->flip = hn_rng_uniform(&rng) < settings->flip && may_flip;
    draw->contrast = 1.0 + either_way(&rng, settings->contrast);
    draw->brightness = either_way(&rng, settings->brightness);
    draw->gamma = factor(&rng, settings->gamma);
    draw->noise = settings->noise * hn_rng_uniform(&rng);
    draw->noise_key[0] = hn_rng_u32(&rng);
    draw->noise_key[1] = hn_rng_u32(&rng);
}

void hn_augment_image(const hn_augment_output *output, const hn_augment_source *source,
                      const hn_augment *settings, const hn_augment_key *key, bool may_flip)
{
    hn_augment_draw draw;
    if (settings != NULL) {
        hn_augment_draw_from(&draw, settings, key, may_flip);
    } else {
        hn_augment_draw_none(&draw);
    }
    hn_augment_apply(output, source, &draw);
}
