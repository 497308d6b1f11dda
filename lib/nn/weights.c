/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weights.c: whole networks of ours to and from safetensors, and the plan that every way of
 * loading goes through: match all names and shapes first, copy after.
 */
#include "weights_plan.h"

#include <hipnet/memory.h>

#include <stdio.h>
#include <string.h>

/* --- types ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct { hn_dtype dtype; hn_safetensors_type type; } types[] = {
    { HN_FLOAT32,  HN_SAFETENSORS_F32 },  { HN_FLOAT64, HN_SAFETENSORS_F64 },
    { HN_BFLOAT16, HN_SAFETENSORS_BF16 }, { HN_FLOAT16, HN_SAFETENSORS_F16 },
    { HN_INT64,    HN_SAFETENSORS_I64 },  { HN_UINT8,   HN_SAFETENSORS_U8 },
    { HN_BOOL,     HN_SAFETENSORS_BOOL },
};
/* clang-format on */

hn_safetensors_type file_type(hn_dtype dtype)
{
    for (size_t i = 0; i < HN_COUNT_OF(types); i++) {
        if (types[i].dtype == dtype) {
            return types[i].type;
        }
    }
    hn_assert(dtype == HN_FLOAT32); /* every type stands in the table */
    return HN_SAFETENSORS_F32;
}

static bool our_type(hn_dtype *dtype, hn_safetensors_type type)
{
    for (size_t i = 0; i < HN_COUNT_OF(types); i++) {
        if (types[i].type == type) {
            *dtype = types[i].dtype;
            return true;
        }
    }
    return false;
}

static bool is_floating(hn_dtype dtype)
{
    return dtype != HN_INT64 && dtype != HN_UINT8 && dtype != HN_BOOL;
}

/* --- the plan -------------------------------------------------------------------------------- */

static void shape_text(hn_text *text, const int64_t *shape, int rank)
{
    hn_text_append(text, "[");
    for (int i = 0; i < rank; i++) {
        hn_text_printf(text, i ? ", %lld" : "%lld", (long long)shape[i]);
    }
    hn_text_append(text, "]");
}

static hn_status shape_failure(const hn_param *target, const hn_safetensors_entry *source)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    shape_text(&text, source->shape, source->rank);
    hn_text_append(&text, ", expected ");
    shape_text(&text, target->shape, target->rank);
    HN_TRY(hn_text_status(&text));
    return hn_fail(HN_ESHAPE, "%.150s is %s", source->name, text.data);
}

/* Equal but for extents of 1 at the end: timm keeps layer scale as [C], torchvision [C, 1, 1]. */
static bool same_numbers(const hn_param *target, const hn_safetensors_entry *source)
{
    int most = target->rank > source->rank ? target->rank : source->rank;
    for (int i = 0; i < most; i++) {
        int64_t a = i < target->rank ? target->shape[i] : 1;
        int64_t b = i < source->rank ? source->shape[i] : 1;
        if (a != b) {
            return false;
        }
    }
    return true;
}

/* [out, 3, k, k] for a target of [out, 1, k, k], or the other way round. */
static bool adapts(const hn_param *target, const hn_safetensors_entry *source,
                   enum channels *channels)
{
    if (target->rank != 4 || source->rank != 4 || target->shape[0] != source->shape[0] ||
        target->shape[2] != source->shape[2] || target->shape[3] != source->shape[3]) {
        return false;
    }
    *channels = target->shape[1] == 1 ? SUM_CHANNELS : SPREAD_CHANNELS;
    return (target->shape[1] == 1 && source->shape[1] == 3) ||
           (target->shape[1] == 3 && source->shape[1] == 1);
}

hn_status plan_add(struct plan *plan, hn_param *target, const hn_safetensors_entry *source,
                   bool first)
{
    hn_dtype dtype;
    if (!our_type(&dtype, source->type) ||
        is_floating(dtype) != is_floating(hn_dtype_of(target->tensor))) {
        return hn_fail(HN_ESHAPE, "%.150s is of type %s, expected %s", source->name,
                       hn_safetensors_type_name(source->type),
                       is_floating(hn_dtype_of(target->tensor)) ? "a floating-point type" : "I64");
    }
    enum channels channels = AS_IT_IS;
    if (!same_numbers(target, source) && !(first && adapts(target, source, &channels))) {
        return shape_failure(target, source);
    }
    HN_TRY(hn_grow(&plan->moves, plan->count, &plan->capacity, sizeof *plan->moves));
    plan->moves[plan->count++] = (struct move) { target, source, channels };
    return HN_OK;
}

static hn_status run_move(hn_scope *parent, const struct move *move)
{
    const hn_safetensors_entry *source = move->source;
    hn_dtype dtype = HN_FLOAT32;
    our_type(&dtype, source->type);
    HN_AUTOFREE void *aligned = hn_alloc(source->bytes);
    if (!aligned) {
        return HN_ENOMEM;
    }
    memcpy(aligned, source->data, source->bytes);
    HN_SCOPE(s, parent, HN_NO_GRAD);
    hn_tensor *x = hn_from_data(s, aligned, dtype, source->shape, source->rank);
    const hn_param *target = move->target;
    if (move->channels == SUM_CHANNELS) {
        x = hn_sum(s, hn_to_dtype(s, x, HN_FLOAT64), HN_DIMS(1), true);
    } else if (move->channels == SPREAD_CHANNELS) {
        x = hn_scale(s, hn_to_dtype(s, x, HN_FLOAT64), 1.0 / 3);
        x = hn_expand(s, x, target->shape, target->rank);
    } else {
        x = hn_reshape(s, x, target->shape, target->rank);
    }
    hn_copy_(s, target->tensor, x);
    return hn_scope_status(s);
}

hn_status plan_run(const struct plan *plan, hn_params *params)
{
    for (size_t i = 0; i < plan->count; i++) {
        HN_TRY(run_move(hn_params_scope(params), &plan->moves[i]));
    }
    return HN_OK;
}

void plan_clear(struct plan *plan)
{
    hn_free(plan->moves);
    *plan = (struct plan) { 0 };
}

/* --- the report ------------------------------------------------------------------------------ */

void hn_weights_report_clear(hn_weights_report *report)
{
    hn_text_list_clear(&report->loaded);
    hn_text_list_clear(&report->missing);
    hn_text_list_clear(&report->unexpected);
    hn_text_list_clear(&report->dropped);
    *report = HN_WEIGHTS_REPORT_INIT;
}

void report_sort(hn_weights_report *report)
{
    hn_text_list_sort(&report->loaded);
    hn_text_list_sort(&report->missing);
    hn_text_list_sort(&report->unexpected);
    hn_text_list_sort(&report->dropped);
}

hn_status report_verdict(const hn_weights_report *report, const char *path)
{
    if (report->missing.count) {
        return hn_fail(HN_EDATA, "%s lacks %zu of the network's names, the first is %s%s", path,
                       report->missing.count, report->missing.items[0],
                       report->unexpected.count ? " (and has names that the network does not know)"
                                                : "");
    }
    if (report->unexpected.count) {
        return hn_fail(HN_EDATA, "%s has %zu names that the network does not know, the first is %s",
                       path, report->unexpected.count, report->unexpected.items[0]);
    }
    return HN_OK;
}

/* --- loading --------------------------------------------------------------------------------- */

hn_status hn_weights_load_from(hn_params *params, const hn_safetensors *file,
                               const char *allow_missing, hn_weights_report *report)
{
    HN_AUTO_WEIGHTS_REPORT own = HN_WEIGHTS_REPORT_INIT;
    AUTO_PLAN plan = { 0 };
    const char *path = hn_safetensors_path(file);
    report = report ? report : &own;
    hn_weights_report_clear(report);
    report->naming = "hipnet";
    for (int i = 0; i < hn_params_count(params); i++) {
        hn_param *target = hn_params_at(params, i);
        const hn_safetensors_entry *source = hn_safetensors_find(file, target->name);
        if (source) {
            hn_status status = plan_add(&plan, target, source, false);
            if (status) {
                return hn_context(status, "%s", path);
            }
            HN_TRY(hn_text_list_add(&report->loaded, target->name));
        } else if (!hn_name_fits(target->name, allow_missing)) {
            HN_TRY(hn_text_list_add(&report->missing, target->name));
        }
    }
    for (int64_t i = 0; i < hn_safetensors_count(file); i++) {
        const char *name = hn_safetensors_at(file, i)->name;
        if (!hn_params_find(params, name)) {
            HN_TRY(hn_text_list_add(&report->unexpected, name));
        }
    }
    report_sort(report);
    HN_TRY(report_verdict(report, path));
    return plan_run(&plan, params);
}

hn_status hn_weights_load(hn_params *params, const char *path, const char *allow_missing,
                          hn_weights_report *report)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(hn_safetensors_open(&file, path));
    return hn_weights_load_from(params, file, allow_missing, report);
}

/* --- saving ---------------------------------------------------------------------------------- */

hn_status output_entry(hn_scope *s, hn_safetensors_entry *entry, const char *name, hn_tensor *x)
{
    x = hn_contiguous(s, hn_to_cpu(s, hn_detach(s, x)));
    *entry = (hn_safetensors_entry) {
        .name = name, .type = file_type(hn_dtype_of(x)), .rank = hn_dim(x), .data = hn_data(s, x)
    };
    for (int i = 0; i < entry->rank; i++) {
        entry->shape[i] = hn_size(x, i);
    }
    return hn_scope_status(s);
}

hn_status hn_weights_save(hn_params *params, const char *path,
                          const hn_safetensors_metadata *metadata, int64_t metadata_count,
                          bool force)
{
    HN_TRY(hn_params_status(params));
    size_t count = (size_t)hn_params_count(params);
    HN_AUTOFREE hn_safetensors_entry *entries = hn_calloc(count, sizeof *entries);
    HN_AUTOFREE hn_safetensors_metadata *all = hn_calloc((size_t)metadata_count + 1, sizeof *all);
    if (!entries || !all) {
        return HN_ENOMEM;
    }
    for (int64_t i = 0; i < metadata_count; i++) {
        all[i] = metadata[i];
    }
    all[metadata_count] = (hn_safetensors_metadata) { "format", "pt" };
    HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
    for (size_t i = 0; i < count; i++) {
        const hn_param *entry = hn_params_at(params, (int)i);
        HN_TRY(output_entry(s, &entries[i], entry->name, entry->tensor));
    }
    return hn_safetensors_write(path, entries, (int64_t)count, all, metadata_count + 1, force);
}
