/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The centers of the phantom cohort: who they treat, with which implants and which equipment.
 * Within a center nothing here is tied to the class; between centers class mix and equipment
 * differ, as in life.
 */
#ifndef HIPNET_PHANTOM_CENTERS_H
#define HIPNET_PHANTOM_CENTERS_H

#include <hipnet/dicom.h>
#include <hipnet/phantom.h>

struct center {
    const char *name, *manufacturer;
    double share;                   /* of the patients */
    double mix[HN_FAILURE_CLASSES]; /* pji, loosening, dislocation, fracture, wear */
    double cemented, ceramic;       /* shares of the implants */
    double no_lateral, no_crp, no_esr;
    double cross_table; /* share of the laterals, else frog-leg */
    double crp_limit;   /* below it the laboratory writes "<limit" */
    double open_world;  /* share of cases that are none of the five */
    double indeterminate, several;
    const char *first_day, *last_day; /* of the films */
    hn_dicom_encoding encoding;
    hn_phantom_room room;
};

enum { CENTERS = 5 };
extern const struct center hn_phantom_centers[CENTERS];
#define PHANTOM_EXTERNAL    3 /* index of the external center */
#define PHANTOM_PROSPECTIVE 4 /* index of the prospective center */

#endif
