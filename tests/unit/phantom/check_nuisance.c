/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is not a sign must not tell the class: a logistic regression on tube voltage, quanta,
 * scatter, field, age, sex, side, marker and projection stays at an AUC of one half within every
 * center. Pooled over the centers it may be above: class mix and equipment differ between them,
 * and that shortcut is printed for the reader.
 */
#include "scratch.h"
#include <hipnet/file.h>
#include <hipnet/json.h>
#include <hipnet/memory.h>
#include <hipnet/phantom.h>
#include <math.h>
#include <string.h>

Suite *check_nuisance_suite(void);

enum { FEATURES = 11, FOLDS = 5, PATIENTS = 900 };

struct row {
    double x[FEATURES]; /* the first is 1 */
    int class, center;
};

static struct row rows[PATIENTS];
static int row_count;

static double number(const hn_json *object, const char *key)
{
    double value = 0;
    ck_assert_msg(hn_json_get_real(&value, object, key) == HN_OK, "%s", hn_error_message());
    return value;
}

static bool truth(const hn_json *object, const char *key)
{
    bool value = false;
    ck_assert_int_eq(hn_json_get_bool(&value, object, key), HN_OK);
    return value;
}

static const char *words(const hn_json *object, const char *key)
{
    const char *value = "";
    ck_assert_int_eq(hn_json_get_text(&value, object, key), HN_OK);
    return value;
}

static void read_row(const hn_json *patient)
{
    static const char *const centers[] = { "north", "east", "south", "west", "harbour" };
    struct row *row = &rows[row_count];
    const char *failure = words(patient, "failure"), *center = words(patient, "center");
    row->class = -1;
    for (int k = 0; k < HN_FAILURE_CLASSES; k++) {
        row->class = strcmp(failure, hn_failure_name((hn_failure_kind)k)) == 0 ? k : row->class;
    }
    for (int k = 0; k < 5; k++) {
        row->center = strcmp(center, centers[k]) == 0 ? k : row->center;
    }
    const hn_json *films = hn_json_get(patient, "films"), *ap = hn_json_at(films, 0);
    bool marker = truth(ap, "marker");
    const double x[FEATURES] = { 1,
                                 number(ap, "tube_kv"),
                                 log(number(ap, "quanta")),
                                 number(ap, "scatter"),
                                 number(ap, "field_mm"),
                                 number(patient, "age_years"),
                                 truth(patient, "female"),
                                 strcmp(words(patient, "side"), "right") == 0,
                                 marker,
                                 number(ap, "marker_row"),
                                 hn_json_count(films) == 2 };
    memcpy(row->x, x, sizeof x);
    row_count += row->class >= 0;
}

/* To mean 0 and deviation 1; what does not vary becomes 0. */
static void standardize(struct row *all, int count)
{
    for (int f = 1; f < FEATURES; f++) {
        double mean = 0, square = 0;
        for (int i = 0; i < count; i++) {
            mean += all[i].x[f] / count;
        }
        for (int i = 0; i < count; i++) {
            square += (all[i].x[f] - mean) * (all[i].x[f] - mean) / count;
        }
        for (int i = 0; i < count; i++) {
            all[i].x[f] = square > 1e-12 ? (all[i].x[f] - mean) / sqrt(square) : 0;
        }
    }
}

/* Ridge-penalized logistic regression by gradient descent on the rows outside the fold. */
static void fit(double beta[FEATURES], const struct row *all, int count, int class, int fold)
{
    memset(beta, 0, FEATURES * sizeof *beta);
    for (int step = 0; step < 400; step++) {
        double gradient[FEATURES] = { 0 };
        for (int i = 0; i < count; i++) {
            if (i % FOLDS == fold) {
                continue;
            }
            double z = 0;
            for (int f = 0; f < FEATURES; f++) {
                z += beta[f] * all[i].x[f];
            }
            double error = 1 / (1 + exp(-z)) - (all[i].class == class);
            for (int f = 0; f < FEATURES; f++) {
                gradient[f] += error * all[i].x[f] / count;
            }
        }
        for (int f = 0; f < FEATURES; f++) {
            beta[f] -= 1.0 * (gradient[f] + (f ? 1e-3 : 0) * beta[f]);
        }
    }
}

/* AUC of out-of-fold scores, fold by fold (scores of different fits are not compared), with its
 * standard error by Hanley and McNeil at one half. */
static double auc_of(const struct row *all, int count, int class, double *error)
{
    double won = 0, pairs = 0, positives = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
        double beta[FEATURES], score[PATIENTS];
        fit(beta, all, count, class, fold);
        for (int i = fold; i < count; i += FOLDS) {
            score[i] = 0;
            for (int f = 0; f < FEATURES; f++) {
                score[i] += beta[f] * all[i].x[f];
            }
            positives += all[i].class == class;
        }
        for (int i = fold; i < count; i += FOLDS) {
            for (int k = fold; k < count; k += FOLDS) {
                if (all[i].class == class && all[k].class != class) {
                    won += score[i] > score[k] ? 1 : score[i] == score[k] ? 0.5 : 0;
                    pairs++;
                }
            }
        }
    }
    double negatives = count - positives;
    *error = sqrt((count + 1.0) / (12 * positives * negatives)) * 1.1; /* pairs within folds only */
    return won / pairs;
}

START_TEST(nuisance_stays_at_one_half)
{
    hn_phantom_options options = {
        .folder = scratch_folder, .profile = "demo", .patients = PATIENTS, .size = 32, .seed = 17
    };
    ck_assert_msg(hn_phantom_write(&options) == HN_OK, "%s", hn_error_message());
    hn_json *cases = NULL;
    ck_assert_int_eq(hn_json_read(&cases, scratch("cases.json")), HN_OK);
    for (const hn_json *c = hn_json_first(cases); c; c = hn_json_next(c)) {
        read_row(c);
    }
    hn_json_free(cases);
    double error = 0;
    int outside = 0, tested = 0;
    for (int center = 0; center < 5; center++) {
        static struct row here[PATIENTS];
        int count = 0;
        for (int i = 0; i < row_count; i++) {
            if (rows[i].center == center) {
                here[count++] = rows[i];
            }
        }
        standardize(here, count);
        for (int class = 0; class < HN_FAILURE_CLASSES; class ++) {
            double auc = auc_of(here, count, class, &error);
            tested++;
            outside += fabs(auc - 0.5) > 1.96 * error;
            ck_assert_msg(fabs(auc - 0.5) < 3.5 * error, "center %d, %s: AUC %.3f (SE %.3f)",
                          center, hn_failure_name((hn_failure_kind) class), auc, error);
        }
    }
    ck_assert_int_eq(tested, 25);
    ck_assert_int_le(outside, 5); /* of 25 intervals of 95%, 1.25 miss by chance */
    standardize(rows, row_count);
    for (int class = 0; class < HN_FAILURE_CLASSES; class ++) {
        double auc = auc_of(rows, row_count, class, &error);
        printf("nuisance alone, all centers, %s: AUC %.3f (SE %.3f)\n",
               hn_failure_name((hn_failure_kind) class), auc, error);
    }
}
END_TEST

Suite *check_nuisance_suite(void)
{
    Suite *suite = suite_create("nuisance");
    TCase *tests = tcase_create("nuisance");
    tcase_add_checked_fixture(tests, scratch_open, scratch_close);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, nuisance_stays_at_one_half);
    suite_add_tcase(suite, tests);
    return suite;
}
