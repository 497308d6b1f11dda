/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backbone_parity.h: one backbone against its fixture: names, shapes and order, evaluation
 * logits, training loss, every gradient (norm and three projections) and every running statistic,
 * in double precision 1e-9 of the tensor's norm; logits and loss in float 1e-5 of the largest
 * (where PyTorch's own float is further than that from double, five times its distance).
 */
#ifndef TESTS_BACKBONE_PARITY_H
#define TESTS_BACKBONE_PARITY_H

#include "formula.h"

#include <hipnet/backbone.h>
#include <hipnet/file.h>
#include <hipnet/layers.h>
#include <hipnet/number.h>
#include <check.h>
#include <stdio.h>

enum { PARITY_FIELDS = 64 };

struct parity {
    hn_params *params;
    hn_scope *scope;
    const void *net;
    hn_dense head;
    const hn_backbone *backbone;
    hn_dtype dtype;
    int64_t count, size, classes;
};

static hn_tensor *parity_logits(hn_scope *s, const struct parity *p)
{
    hn_tensor *x = formula_pictures(s, p->count, 3, p->size, p->dtype);
    return hn_dense_forward(s, &p->head, hn_backbone_forward(s, p->backbone, p->net, x));
}

/* Cuts a line at its tabs. */
static int parity_split(char *line, char *fields[PARITY_FIELDS])
{
    int count = 0;
    while (line && count < PARITY_FIELDS) {
        fields[count++] = line;
        line = strchr(line, '\t');
        if (line) {
            *line++ = '\0';
        }
    }
    return count;
}

static double parity_number(const char *text)
{
    double value = NAN;
    ck_assert_msg(hn_parse_real(&value, text) == HN_OK, "%s", hn_error_message());
    return value;
}

static void parity_build(struct parity *p)
{
    ck_assert_int_eq(hn_params_new(&p->params, "cpu", 1), HN_OK);
    hn_path at = hn_path_to(hn_path_root(p->params), "net");
    ck_assert_msg(hn_backbone_build(&p->net, p->backbone, at, 3, 0) == HN_OK, "%s",
                  hn_error_message());
    p->head = hn_dense_default_at(hn_path_to(at, "%s", p->backbone->head), p->backbone->feature_dim,
                                  p->classes);
    ck_assert_int_eq(hn_params_convert(p->params, p->dtype, HN_CONTIGUOUS), HN_OK);
    ck_assert(formula_fill_all(p->params, "net."));
    ck_assert_int_eq(hn_scope_root(&p->scope, "cpu", 0), HN_OK);
}

static void parity_check_logits(const struct parity *p, char **fields, int count, double limit)
{
    double found[PARITY_FIELDS];
    HN_SCOPE(s, p->scope, HN_EVALUATION);
    hn_tensor *logits = parity_logits(s, p);
    ck_assert_int_eq(hn_numel(logits), count - 1);
    ck_assert_msg(hn_copy_out(s, logits, HN_FLOAT64, found, count - 1) == HN_OK, "%s",
                  hn_error_message());
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < count - 1; i++) {
        double expected = parity_number(fields[i + 1]);
        largest = fmax(largest, fabs(expected));
        worst = fmax(worst, fabs(found[i] - expected));
    }
    ck_assert_msg(worst <= limit * largest, "%s %s: logits differ by %g of %g", p->backbone->name,
                  hn_dtype_name(p->dtype), worst, largest);
}

static void parity_check_loss(const struct parity *p, const char *field, double limit)
{
    HN_SCOPE(s, p->scope, HN_TRAINING);
    hn_tensor *loss =
        hn_cross_entropy(s, parity_logits(s, p), formula_labels(s, p->count, p->classes),
                         (hn_cross_entropy_options) { 0 });
    hn_backward(s, loss);
    double found = hn_item(s, loss);
    ck_assert_msg(hn_scope_status(s) == HN_OK, "%s", hn_error_message());
    double expected = parity_number(field);
    ck_assert_msg(fabs(found - expected) <= limit * fabs(expected), "%s %s: loss %.17g, not %.17g",
                  p->backbone->name, hn_dtype_name(p->dtype), found, expected);
}

/* "64x3x7x7" or "scalar". */
static void parity_check_shape(const hn_param *entry, const char *expected)
{
    char found[96] = "scalar";
    size_t used = 0;
    for (int i = 0; i < entry->rank; i++) {
        used += (size_t)snprintf(found + used, sizeof found - used, i ? "x%lld" : "%lld",
                                 (long long)entry->shape[i]);
    }
    ck_assert_msg(!strcmp(found, expected), "%s is %s, not %s", entry->name, found, expected);
}

/* The norm and the projections of a tensor against a fixture's fields. */
static void parity_check_tensor(const struct parity *p, hn_tensor *x, const char *name,
                                char **fields, int count, double limit)
{
    int64_t numel = hn_numel(x);
    HN_AUTOFREE double *values = hn_alloc((size_t)numel * sizeof *values);
    ck_assert_ptr_nonnull(values);
    {
        HN_SCOPE(s, p->scope, HN_NO_GRAD);
        ck_assert_msg(hn_copy_out(s, x, HN_FLOAT64, values, numel) == HN_OK, "%s",
                      hn_error_message());
    }
    double square = 0;
    for (int64_t i = 0; i < numel; i++) {
        square += values[i] * values[i];
    }
    double norm = parity_number(fields[0]);
    double worst = fabs(sqrt(square) - norm);
    for (int k = 1; k < count; k++) {
        char projection[HN_PARAM_NAME + 16];
        snprintf(projection, sizeof projection, "projection%d:%s", k - 1, name);
        uint64_t key = formula_name(projection);
        double sum = 0;
        for (int64_t i = 0; i < numel; i++) {
            sum += values[i] * formula_uniform(key, i);
        }
        worst = fmax(worst, fabs(sum - parity_number(fields[k])));
    }
    ck_assert_msg(worst <= limit * fmax(norm, 1e-4), "%s: %s is off by %g of %g", p->backbone->name,
                  name, worst, norm);
}

static void parity_check_entry(const struct parity *p, int index, char **fields, int count)
{
    ck_assert_int_lt(index, hn_params_count(p->params));
    const hn_param *entry = hn_params_at(p->params, index);
    ck_assert_str_eq(entry->name + strlen("net."), fields[1]);
    ck_assert_int_eq(entry->buffer, !strcmp(fields[0], "buffer"));
    parity_check_shape(entry, fields[2]);
    if (p->dtype != HN_FLOAT64) {
        return;
    }
    hn_tensor *x = entry->tensor;
    if (!entry->buffer) {
        ck_assert_msg(hn_has_grad(x), "%s has no gradient", entry->name);
        x = hn_grad(p->scope, x);
    }
    parity_check_tensor(p, x, fields[1], fields + 3, count - 3, 1e-9);
}

/* What float may differ by, for logits and loss. */
static void parity_float_limits(double limits[2], char **fields, hn_dtype dtype)
{
    for (int i = 0; dtype == HN_FLOAT32 && i < 2; i++) {
        double own = parity_number(fields[i + 1]);
        limits[i] = own > 1e-5 ? 5 * own : 1e-5;
    }
}

static void parity_check(const hn_backbone *backbone, hn_dtype dtype)
{
    int64_t handles = hn_live_tensors();
    struct parity p = { .backbone = backbone, .dtype = dtype };
    double limits[2] = { 1e-9, 1e-9 };
    char path[512];
    snprintf(path, sizeof path, "%s/parity/%s.tsv", HN_TEST_DATA, backbone->name);
    HN_AUTOFREE char *text = NULL;
    size_t size = 0;
    ck_assert_msg(hn_file_read(&text, &size, path, 1 << 20) == HN_OK, "%s", hn_error_message());
    int entries = 0;
    for (char *line = text, *next = NULL; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        char *fields[PARITY_FIELDS];
        int count = parity_split(line, fields);
        if (!strcmp(fields[0], "setup")) {
            ck_assert_int_eq(hn_parse_int(&p.count, fields[1]), HN_OK);
            ck_assert_int_eq(hn_parse_int(&p.size, fields[2]), HN_OK);
            ck_assert_int_eq(hn_parse_int(&p.classes, fields[3]), HN_OK);
            parity_build(&p);
        } else if (!strcmp(fields[0], "float32")) {
            parity_float_limits(limits, fields, dtype);
        } else if (!strcmp(fields[0], "logits")) {
            parity_check_logits(&p, fields, count, limits[0]);
        } else if (!strcmp(fields[0], "loss")) {
            parity_check_loss(&p, fields[1], limits[1]);
        } else {
            parity_check_entry(&p, entries++, fields, count);
        }
    }
    ck_assert_int_eq(entries, hn_params_count(p.params));
    hn_scope_close(p.scope);
    hn_params_free(p.params);
    ck_assert_int_eq(hn_live_tensors(), handles);
}

#endif
