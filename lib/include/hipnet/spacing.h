/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spacing.h: what a distance between two pixels of a radiograph means.
 *
 * A film is a projection: an object between tube and detector is shown larger than it is, so
 * millimetres on the detector are not millimetres in the patient. The meaning travels with the
 * number (DICOM PS3.3 section 10.7.1.3), and nobody may compare two of different meaning unawares.
 */
#ifndef HIPNET_SPACING_H
#define HIPNET_SPACING_H

typedef enum hn_spacing_meaning {
    HN_SPACING_NONE = 0,           /* unknown: both numbers are NaN */
    HN_SPACING_DETECTOR_PLANE = 1, /* on the detector or the film, magnification included */
    HN_SPACING_CALIBRATED = 2,     /* in the patient: by a fiducial, by geometry, or tomography */
    HN_SPACING_DERIVED = 3,        /* detector plane divided by an estimated magnification */
} hn_spacing_meaning;

/* The word that files and tables use: none, detector_plane, calibrated, derived. */
static inline const char *hn_spacing_name(hn_spacing_meaning meaning)
{
    static const char *const names[] = { "none", "detector_plane", "calibrated", "derived" };
    return names[(unsigned)meaning < 4 ? (unsigned)meaning : 0];
}

#endif
