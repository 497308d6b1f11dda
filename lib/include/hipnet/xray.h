/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * xray.h: what a beam of X-rays is made of and what matter leaves of it.
 *
 * Attenuation coefficients are NIST's for the elements, mixed by mass fractions (ICRU report 44
 * for tissues, nominal compositions for alloys and ceramics) and interpolated linearly in the
 * logarithms of energy and coefficient. The tube's spectrum is Kramers' (Phil. Mag. 46, 1923:
 * photons of energy E in proportion to V/E - 1) behind aluminium and copper; characteristic lines
 * of tungsten are left out. The detector weighs a photon with the energy that 0.5 mm of caesium
 * iodide absorbs of it. Energies in keV, lengths in mm, coefficients in 1/mm.
 */
#ifndef HIPNET_XRAY_H
#define HIPNET_XRAY_H

#include <hipnet/attributes.h>

typedef enum hn_material {
    HN_MATERIAL_AIR = 0,
    HN_MATERIAL_SOFT, /* muscle and fibrous tissue */
    HN_MATERIAL_ADIPOSE,
    HN_MATERIAL_MARROW,
    HN_MATERIAL_TRABECULAR,
    HN_MATERIAL_TRABECULAR_SPARSE, /* osteoporosis, stress shielding */
    HN_MATERIAL_CORTICAL,
    HN_MATERIAL_NEW_BONE, /* periosteal layers, heterotopic bone */
    HN_MATERIAL_WATER,
    HN_MATERIAL_UHMWPE,
    HN_MATERIAL_CEMENT,   /* PMMA with 10% barium sulfate */
    HN_MATERIAL_TITANIUM, /* Ti-6Al-4V */
    HN_MATERIAL_COCRMO,
    HN_MATERIAL_STEEL, /* 316L */
    HN_MATERIAL_ALUMINA,
    HN_MATERIAL_ZTA,  /* zirconia-toughened alumina */
    HN_MATERIAL_LEAD, /* side markers */
    HN_MATERIAL_COUNT,
} hn_material;

HN_API const char *hn_material_name(hn_material material);
HN_API double hn_material_density(hn_material material); /* g/cm3 */
/* Linear attenuation coefficient in 1/mm at 10 to 150 keV; 0 for air. */
HN_API double hn_material_mu(hn_material material, double energy_kev);

#define HN_XRAY_BINS      16
#define HN_XRAY_FIRST_KEV 15.0
#define HN_XRAY_STEP_KEV  5.6 /* barium's K edge, 37.4 keV, falls between two bins */

/* A beam in bins of energy: what each bin contributes to the detector's signal when nothing but
 * air is in between (the sum is 1), and every material's coefficient in it. */
typedef struct hn_beam {
    double tube_kv, aluminium_mm, copper_mm;
    double weight[HN_XRAY_BINS];
    float mu[HN_MATERIAL_COUNT][HN_XRAY_BINS]; /* 1/mm, averaged over the bin's photons */
    double mean_kev;                           /* of the photons, in air */
} hn_beam;

/* tube_kv 40 to 100; the filters in mm. */
HN_API void hn_beam_make(hn_beam *beam, double tube_kv, double aluminium_mm, double copper_mm);

/* The signal behind `lengths_mm` of each material, as a share of the signal in air. */
HN_API double hn_beam_transmit(const hn_beam *beam, const float lengths_mm[HN_MATERIAL_COUNT]);

/* The same by the fine sum over steps under 1 keV, without bins: the reference for tests. */
HN_API double hn_beam_transmit_fine(double tube_kv, double aluminium_mm, double copper_mm,
                                    const float lengths_mm[HN_MATERIAL_COUNT]);
/* Mean photon energy behind `mm` of a material. */
HN_API double hn_beam_mean_energy(double tube_kv, double aluminium_mm, hn_material material,
                                  double mm);

#endif
