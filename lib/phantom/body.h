/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places and frames of a case's body that more than one file of this folder needs. */
#ifndef HIPNET_PHANTOM_BODY_H
#define HIPNET_PHANTOM_BODY_H

#include <hipnet/phantom.h>

#define LESSER_MM      60.0  /* the lesser trochanter lies this far below the head's centre */
#define SHOULDER_LEVEL -47.0 /* level of the stem's shoulder */

/* The point of the shaft's axis at a level, in the femur frame. */
hn_vec hn_body_shaft(const hn_phantom_case *c, double level);
/* Femur frame in the world; stem in the femur; cup in the world. */
hn_frame hn_body_femur(const hn_phantom_case *c, hn_phantom_view view);
hn_frame hn_body_stem(const hn_phantom_case *c);
hn_frame hn_body_cup(const hn_phantom_case *c);

#endif
