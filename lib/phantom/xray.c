/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Materials from elements, the spectrum behind its filters, and Beer-Lambert over bins. */
#include <hipnet/xray.h>

#include <hipnet/error.h>

#include <math.h>
#include <stddef.h>

struct row {
    double kev, mu, mu_en; /* keV, cm2/g, cm2/g */
};

#define HN_NIST_ELEMENT(symbol, ...) static const struct row rows_##symbol[] = { __VA_ARGS__ };
#include "nist_table.h"
#undef HN_NIST_ELEMENT

enum element {
#define HN_NIST_ELEMENT(symbol, ...) ELEMENT_##symbol,
#include "nist_table.h"
#undef HN_NIST_ELEMENT
    ELEMENT_COUNT,
};

static const struct {
    const struct row *rows;
    size_t count;
} elements[] = {
#define HN_NIST_ELEMENT(symbol, ...) { rows_##symbol, HN_COUNT_OF(rows_##symbol) },
#include "nist_table.h"
#undef HN_NIST_ELEMENT
};

/* Straight lines between the table's points in log-log; edges are two points at one energy. */
static double element_mu(enum element element, double kev)
{
    const struct row *rows = elements[element].rows;
    size_t last = elements[element].count - 1;
    hn_assert(kev >= rows[0].kev && kev <= rows[last].kev);
    size_t i = 0;
    while (i + 1 < last && rows[i + 1].kev <= kev) {
        i++;
    }
    double share = log(kev / rows[i].kev) / log(rows[i + 1].kev / rows[i].kev);
    return rows[i].mu * pow(rows[i + 1].mu / rows[i].mu, share);
}

struct part {
    enum element element;
    double share; /* by mass */
};

enum { MOST_PARTS = 12 };

struct substance {
    const char *name;
    double density; /* g/cm3 */
    struct part parts[MOST_PARTS];
};

#define E(symbol, share)                                                                           \
    {                                                                                              \
        ELEMENT_##symbol, share                                                                    \
    }

/* Tissues: ICRU report 44. Trabecular bone: 27% cortical bone by mass in marrow (sparse: 12%);
 * marrow: half adipose, half soft tissue. */
static const struct substance substances[HN_MATERIAL_COUNT] = {
    [HN_MATERIAL_AIR] = { "air", 0, { { 0 } } },
    [HN_MATERIAL_SOFT] = { "soft tissue",
                           1.06,
                           { E(H, .102), E(C, .143), E(N, .034), E(O, .708), E(Na, .002),
                             E(P, .003), E(S, .003), E(Cl, .002), E(K, .003) } },
    [HN_MATERIAL_ADIPOSE] = { "adipose tissue",
                              0.95,
                              { E(H, .114), E(C, .598), E(N, .007), E(O, .278), E(Na, .001),
                                E(S, .001), E(Cl, .001) } },
    [HN_MATERIAL_MARROW] = { "marrow",
                             1.00,
                             { E(H, .108), E(C, .3705), E(N, .0205), E(O, .493), E(Na, .0015),
                               E(P, .0015), E(S, .002), E(Cl, .0015), E(K, .0015) } },
    [HN_MATERIAL_TRABECULAR] = { "trabecular bone",
                                 1.18,
                                 { E(H, .088), E(C, .3123), E(N, .0263), E(O, .4773), E(Na, .0014),
                                   E(P, .0289), E(S, .0023), E(Ca, .0608), E(Mg, .0005),
                                   E(Cl, .0011), E(K, .0011) } },
    [HN_MATERIAL_TRABECULAR_SPARSE] = { "sparse trabecular bone",
                                        1.08,
                                        { E(H, .0991), E(C, .3446), E(N, .0231), E(O, .486),
                                          E(Na, .0014), E(P, .0137), E(S, .0021), E(Ca, .027),
                                          E(Cl, .0015), E(K, .0015) } },
    [HN_MATERIAL_CORTICAL] = { "cortical bone",
                               1.92,
                               { E(H, .034), E(C, .155), E(N, .042), E(O, .435), E(Na, .001),
                                 E(Mg, .002), E(P, .103), E(S, .003), E(Ca, .225) } },
    [HN_MATERIAL_NEW_BONE] = { "new bone",
                               1.45,
                               { E(H, .068), E(C, .149), E(N, .038), E(O, .5715), E(Na, .0015),
                                 E(P, .053), E(S, .003), E(Ca, .1125), E(Mg, .001), E(Cl, .001),
                                 E(K, .0015) } },
    [HN_MATERIAL_WATER] = { "water", 1.00, { E(H, .1119), E(O, .8881) } },
    [HN_MATERIAL_UHMWPE] = { "polyethylene", 0.94, { E(H, .1437), E(C, .8563) } },
    [HN_MATERIAL_CEMENT] = { "bone cement",
                             1.27,
                             { E(H, .0725), E(C, .5398), E(O, .3151), E(S, .0137), E(Ba, .0589) } },
    [HN_MATERIAL_TITANIUM] = { "titanium alloy", 4.43, { E(Ti, .90), E(Al, .06), E(V, .04) } },
    [HN_MATERIAL_COCRMO] = { "cobalt-chromium alloy",
                             8.30,
                             { E(Co, .66), E(Cr, .28), E(Mo, .06) } },
    [HN_MATERIAL_STEEL] = { "stainless steel",
                            7.95,
                            { E(Fe, .655), E(Cr, .18), E(Ni, .12), E(Mo, .025), E(Mn, .02) } },
    [HN_MATERIAL_ALUMINA] = { "alumina", 3.97, { E(Al, .5293), E(O, .4707) } },
    [HN_MATERIAL_ZTA] = { "zirconia-toughened alumina",
                          4.37,
                          { E(Al, .397), E(O, .418), E(Zr, .185) } },
    /* The marker only has to stop the beam; barium at lead's density does that. */
    [HN_MATERIAL_LEAD] = { "lead marker", 11.35, { E(Ba, 1.0) } },
};

const char *hn_material_name(hn_material material)
{
    hn_assert(material < HN_MATERIAL_COUNT);
    return substances[material].name;
}

double hn_material_density(hn_material material)
{
    hn_assert(material < HN_MATERIAL_COUNT);
    return substances[material].density;
}

double hn_material_mu(hn_material material, double energy_kev)
{
    hn_assert(material < HN_MATERIAL_COUNT);
    const struct substance *substance = &substances[material];
    double mu = 0;
    for (int i = 0; i < MOST_PARTS && substance->parts[i].share > 0; i++) {
        mu += substance->parts[i].share * element_mu(substance->parts[i].element, energy_kev);
    }
    return mu * substance->density * 0.1; /* 1/cm to 1/mm */
}

/* ---- the beam ------------------------------------------------------------------------ */

static double aluminium_mu(double kev)
{
    return element_mu(ELEMENT_Al, kev) * 2.699 * 0.1;
}

static double copper_mu(double kev)
{
    return element_mu(ELEMENT_Cu, kev) * 8.96 * 0.1;
}

/* Photons per keV behind the filters, up to a factor. */
static double photons(double kev, double tube_kv, double aluminium_mm, double copper_mm)
{
    if (kev >= tube_kv) {
        return 0;
    }
    return (tube_kv / kev - 1) *
           exp(-aluminium_mu(kev) * aluminium_mm - copper_mu(kev) * copper_mm);
}

/* Energy that the detector takes from a photon: 0.5 mm of CsI, packed to 80%. */
static double detected(double kev)
{
    const double caesium = .5115, iodine = .4885, g_per_cm2 = 4.51 * 0.8 * 0.05;
    double mu = caesium * element_mu(ELEMENT_Cs, kev) + iodine * element_mu(ELEMENT_I, kev);
    return kev * (1 - exp(-mu * g_per_cm2));
}

/* Fine steps within a bin, a little under 1 keV each. */
enum { STEPS = 6 };

static double step_kev(int bin, int step)
{
    return HN_XRAY_FIRST_KEV + HN_XRAY_STEP_KEV * (bin + (step + 0.5) / STEPS);
}

void hn_beam_make(hn_beam *beam, double tube_kv, double aluminium_mm, double copper_mm)
{
    hn_assert(tube_kv >= 40 && tube_kv <= 100);
    *beam = (hn_beam) { .tube_kv = tube_kv, .aluminium_mm = aluminium_mm, .copper_mm = copper_mm };
    double total = 0, count = 0, energy = 0;
    for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
        double in_bin = 0;
        double mu[HN_MATERIAL_COUNT] = { 0 };
        for (int step = 0; step < STEPS; step++) {
            double kev = step_kev(bin, step);
            double number = photons(kev, tube_kv, aluminium_mm, copper_mm);
            double signal = number * detected(kev);
            in_bin += signal;
            count += number;
            energy += number * kev;
            for (int m = 1; m < HN_MATERIAL_COUNT && signal > 0; m++) {
                mu[m] += signal * hn_material_mu((hn_material)m, kev);
            }
        }
        beam->weight[bin] = in_bin;
        total += in_bin;
        for (int m = 1; m < HN_MATERIAL_COUNT && in_bin > 0; m++) {
            beam->mu[m][bin] = (float)(mu[m] / in_bin);
        }
    }
    for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
        beam->weight[bin] /= total;
    }
    beam->mean_kev = energy / count;
}

double hn_beam_transmit(const hn_beam *beam, const float lengths_mm[HN_MATERIAL_COUNT])
{
    float depth[HN_XRAY_BINS] = { 0 };
    for (int m = 1; m < HN_MATERIAL_COUNT; m++) {
        if (lengths_mm[m] > 0) {
            for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
                depth[bin] += beam->mu[m][bin] * lengths_mm[m];
            }
        }
    }
    double signal = 0;
    for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
        if (beam->weight[bin] > 0) {
            signal += beam->weight[bin] * (double)expf(-depth[bin]);
        }
    }
    return signal;
}

double hn_beam_transmit_fine(double tube_kv, double aluminium_mm, double copper_mm,
                             const float lengths_mm[HN_MATERIAL_COUNT])
{
    double total = 0, left = 0;
    for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
        for (int step = 0; step < STEPS; step++) {
            double kev = step_kev(bin, step), depth = 0;
            double signal = photons(kev, tube_kv, aluminium_mm, copper_mm) * detected(kev);
            for (int m = 1; m < HN_MATERIAL_COUNT; m++) {
                depth += lengths_mm[m] > 0
                             ? hn_material_mu((hn_material)m, kev) * (double)lengths_mm[m]
                             : 0;
            }
            total += signal;
            left += signal * exp(-depth);
        }
    }
    return left / total;
}

double hn_beam_mean_energy(double tube_kv, double aluminium_mm, hn_material material, double mm)
{
    double count = 0, energy = 0;
    for (double kev = 10.5; kev < tube_kv; kev++) {
        double number =
            photons(kev, tube_kv, aluminium_mm, 0) * exp(-hn_material_mu(material, kev) * mm);
        count += number;
        energy += number * kev;
    }
    return energy / count;
}
