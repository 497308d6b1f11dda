/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hipnet/xray.h>
#include <check.h>
#include <math.h>

Suite *check_xray_suite(void);

/* Linear attenuation in 1/cm at 40, 60 and 80 keV, computed apart from this code from NIST's
 * tables for the same compositions. */
static const struct {
    hn_material material;
    double mu[3], tolerance;
} known[] = {
    { HN_MATERIAL_WATER, { .268, .206, .184 }, .01 },
    { HN_MATERIAL_SOFT, { .285, .217, .193 }, .01 },
    { HN_MATERIAL_ADIPOSE, { .228, .188, .171 }, .01 },
    { HN_MATERIAL_CORTICAL, { 1.278, .604, .428 }, .01 },
    { HN_MATERIAL_TRABECULAR, { .444, .277, .228 }, .05 },
    { HN_MATERIAL_UHMWPE, { .214, .185, .171 }, .01 },
    { HN_MATERIAL_CEMENT, { 2.13, .870, .507 }, .02 },
    { HN_MATERIAL_TITANIUM, { 9.42, 3.28, 1.75 }, .02 },
    { HN_MATERIAL_COCRMO, { 34.8, 11.5, 5.62 }, .02 },
    { HN_MATERIAL_STEEL, { 30.7, 10.2, 5.01 }, .02 },
    { HN_MATERIAL_ALUMINA, { 1.68, .940, .738 }, .01 },
};

START_TEST(attenuation_is_nists)
{
    static const double kev[3] = { 40, 60, 80 };
    for (int i = 0; i < 3; i++) {
        double mu = hn_material_mu(known[_i].material, kev[i]) * 10;
        ck_assert_msg(fabs(mu / known[_i].mu[i] - 1) < known[_i].tolerance,
                      "%s at %g keV: %g 1/cm, expected %g", hn_material_name(known[_i].material),
                      kev[i], mu, known[_i].mu[i]);
    }
}
END_TEST

/* Mean energies of Kramers' spectrum behind 3 mm of aluminium, in air and behind 20 cm of soft
 * tissue, for four tube voltages. */
static const double means[][3] = {
    { 65, 37, 48 }, { 70, 38.5, 50 }, { 75, 40, 53 }, { 80, 41.5, 55 }
};

START_TEST(spectrum_hardens)
{
    double air = hn_beam_mean_energy(means[_i][0], 3, HN_MATERIAL_SOFT, 0);
    double body = hn_beam_mean_energy(means[_i][0], 3, HN_MATERIAL_SOFT, 200);
    ck_assert_double_lt(fabs(air - means[_i][1]), 1.5);
    ck_assert_double_lt(fabs(body - means[_i][2]), 1.5);
}
END_TEST

START_TEST(bins_follow_the_fine_sum)
{
    static const struct {
        hn_material material;
        float mm;
        double tolerance; /* relative, of the transmission */
    } slabs[] = {
        { HN_MATERIAL_SOFT, 200, .015 },   { HN_MATERIAL_CORTICAL, 15, .02 },
        { HN_MATERIAL_TITANIUM, 5, .08 }, { HN_MATERIAL_UHMWPE, 20, .001 },
        { HN_MATERIAL_CEMENT, 10, .02 },
    };
    hn_beam beam;
    hn_beam_make(&beam, 75, 3, 0);
    double sum = 0;
    for (int bin = 0; bin < HN_XRAY_BINS; bin++) {
        sum += beam.weight[bin];
    }
    ck_assert_double_lt(fabs(sum - 1), 1e-12);
    float none[HN_MATERIAL_COUNT] = { 0 };
    ck_assert_double_lt(fabs(hn_beam_transmit(&beam, none) - 1), 1e-9);
    for (size_t i = 0; i < HN_COUNT_OF(slabs); i++) {
        float lengths[HN_MATERIAL_COUNT] = { 0 };
        lengths[slabs[i].material] = slabs[i].mm;
        double bins = hn_beam_transmit(&beam, lengths);
        double fine = hn_beam_transmit_fine(75, 3, 0, lengths);
        ck_assert_msg(fabs(bins / fine - 1) < slabs[i].tolerance, "%s: %g against %g",
                      hn_material_name(slabs[i].material), bins, fine);
    }
}
END_TEST

START_TEST(liner_is_more_lucent_than_flesh)
{
    for (double kev = 40; kev <= 80; kev += 10) {
        ck_assert_double_lt(hn_material_mu(HN_MATERIAL_UHMWPE, kev),
                            hn_material_mu(HN_MATERIAL_SOFT, kev));
    }
}
END_TEST

Suite *check_xray_suite(void)
{
    Suite *suite = suite_create("xray");
    TCase *tests = tcase_create("xray");
    tcase_add_loop_test(tests, attenuation_is_nists, 0, (int)HN_COUNT_OF(known));
    tcase_add_loop_test(tests, spectrum_hardens, 0, (int)HN_COUNT_OF(means));
    tcase_add_test(tests, bins_follow_the_fine_sum);
    tcase_add_test(tests, liner_is_more_lucent_than_flesh);
    suite_add_tcase(suite, tests);
    return suite;
}
