/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weights_public.c: single branches to and from files with the names of torchvision and timm.
 */
#include "weights_plan.h"

#include <hipnet/memory.h>

#include <stdio.h>
#include <string.h>

/* Is `name` what stands under the place `prefix` ("fc")? */
static bool is_under(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return !strncmp(name, prefix, length) && name[length] == '.';
}

static hn_status check_backbone(const hn_safetensors *file, const hn_backbone *backbone)
{
    const char *said = hn_safetensors_metadata_get(file, "hipnet.backbone");
    if (said && !hn_text_equal(said, backbone->name)) {
        return hn_fail(HN_EDATA, "%s holds weights of %.60s, expected %s",
                       hn_safetensors_path(file), said, backbone->name);
    }
    return HN_OK;
}

/* --- the namings ----------------------------------------------------------------------------- */

static bool has_under(const hn_safetensors *file, const char *prefix)
{
    for (int64_t i = 0; i < hn_safetensors_count(file); i++) {
        if (is_under(hn_safetensors_at(file, i)->name, prefix)) {
            return true;
        }
    }
    return false;
}

/* What the names of the file say about its origin. */
static const char *naming_of(const hn_safetensors *file)
{
    if (has_under(file, "backbone")) {
        return "hipnet";
    }
    bool timm = has_under(file, "blocks") || has_under(file, "stages");
    return timm ? "timm" : "torchvision";
}

/* The name in torchvision's words; false when there is none. */
static bool translated(char out[HN_PARAM_NAME], const hn_backbone *backbone, const char *naming,
                       const char *name)
{
    bool plain = !strcmp(naming, "torchvision") && strcmp(backbone->family, "densenet") != 0;
    if (plain) {
        return (size_t)snprintf(out, HN_PARAM_NAME, "%s", name) < HN_PARAM_NAME;
    }
    return hn_rename_timm(out, backbone, name) == HN_OK;
}

/* --- filling one branch ---------------------------------------------------------------------- */

struct branch {
    hn_params *params;
    const hn_backbone *backbone;
    const char *prefix; /* where it was built: "backbone.ap" */
};

/* Is `target` the first convolution of the branch? */
static bool is_first(const struct branch *branch, const hn_param *target)
{
    char first[HN_PARAM_NAME];
    snprintf(first, sizeof first, "%s.%s.weight", branch->prefix, branch->backbone->first);
    return !strcmp(first, target->name);
}

static hn_status add_move(struct plan *plan, const struct branch *branch, hn_param *target,
                          const hn_safetensors_entry *source, hn_weights_report *report)
{
    HN_TRY(plan_add(plan, target, source, is_first(branch, target)));
    if (plan->moves[plan->count - 1].channels != AS_IT_IS) {
        report->first_adapted = true;
    }
    return hn_text_list_add(&report->loaded, target->name);
}

/* What of the branch no move fills is missing. Files from before 2018 have no batch counters. */
static hn_status list_missing(const struct plan *plan, const struct branch *branch,
                              hn_weights_report *report)
{
    for (int i = 0; i < hn_params_count(branch->params); i++) {
        const hn_param *target = hn_params_at(branch->params, i);
        bool filled = !is_under(target->name, branch->prefix) ||
                      hn_text_ends(target->name, ".num_batches_tracked");
        for (size_t k = 0; !filled && k < plan->count; k++) {
            filled = plan->moves[k].target == target;
        }
        if (!filled) {
            HN_TRY(hn_text_list_add(&report->missing, target->name));
        }
    }
    return HN_OK;
}

/* From public names: everything in the file is of this backbone, or of its classifier. */
static hn_status plan_public(struct plan *plan, const struct branch *branch,
                             const hn_safetensors *file, hn_weights_report *report, bool list)
{
    for (int64_t i = 0; i < hn_safetensors_count(file); i++) {
        const hn_safetensors_entry *source = hn_safetensors_at(file, i);
        char name[HN_PARAM_NAME];
        char full[2 * HN_PARAM_NAME];
        bool known = translated(name, branch->backbone, report->naming, source->name);
        hn_param *target = NULL;
        if (known) {
            snprintf(full, sizeof full, "%s.%s", branch->prefix, name);
            target = hn_params_find(branch->params, full);
        }
        if (target && !is_under(name, branch->backbone->head)) {
            HN_TRY(add_move(plan, branch, target, source, report));
        } else if (known && is_under(name, branch->backbone->head)) {
            HN_TRY(list ? hn_text_list_add(&report->dropped, source->name) : HN_OK);
        } else {
            HN_TRY(list ? hn_text_list_add(&report->unexpected, source->name) : HN_OK);
        }
    }
    return list_missing(plan, branch, report);
}

/* From our own names: under the branch's own place, else under backbone.shared. */
static hn_status plan_own(struct plan *plan, const struct branch *branch,
                          const hn_safetensors *file, hn_weights_report *report)
{
    const char *from = has_under(file, branch->prefix) ? branch->prefix : "backbone.shared";
    size_t length = strlen(branch->prefix);
    for (int i = 0; i < hn_params_count(branch->params); i++) {
        hn_param *target = hn_params_at(branch->params, i);
        if (is_under(target->name, branch->prefix)) {
            char full[2 * HN_PARAM_NAME];
            snprintf(full, sizeof full, "%s%s", from, target->name + length);
            const hn_safetensors_entry *source = hn_safetensors_find(file, full);
            if (source) {
                HN_TRY(add_move(plan, branch, target, source, report));
            }
        }
    }
    return list_missing(plan, branch, report);
}

/* The names of a file of ours that no branch of the network has. */
static hn_status list_left_over(const struct plan *plan, const hn_safetensors *file,
                                hn_weights_report *report)
{
    for (int64_t i = 0; i < hn_safetensors_count(file); i++) {
        const hn_safetensors_entry *source = hn_safetensors_at(file, i);
        bool used = false;
        for (size_t k = 0; !used && k < plan->count; k++) {
            used = plan->moves[k].source == source;
        }
        if (!used) {
            HN_TRY(hn_text_list_add(&report->dropped, source->name));
        }
    }
    return HN_OK;
}

static hn_status fill_branches(const struct branch *branches, int count, const char *path,
                               hn_weights_report *report)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(hn_safetensors_open(&file, path));
    HN_TRY(check_backbone(file, branches[0].backbone));
    AUTO_PLAN plan = { 0 };
    report->naming = naming_of(file);
    bool own = !strcmp(report->naming, "hipnet");
    for (int b = 0; b < count; b++) {
        hn_status status = own ? plan_own(&plan, &branches[b], file, report)
                               : plan_public(&plan, &branches[b], file, report, b == 0);
        if (status) {
            return hn_context(status, "%s", path);
        }
    }
    if (own) {
        HN_TRY(list_left_over(&plan, file, report));
    }
    report_sort(report);
    HN_TRY(report_verdict(report, path));
    return plan_run(&plan, branches[0].params);
}

hn_status hn_weights_start(const hn_dual_view *net, hn_params *params, const char *path,
                           hn_weights_report *report)
{
    HN_AUTO_WEIGHTS_REPORT none = HN_WEIGHTS_REPORT_INIT;
    report = report ? report : &none;
    hn_weights_report_clear(report);
    struct branch branches[HN_VIEWS];
    int count = 0;
    for (int v = 0; v < HN_VIEWS; v++) {
        const char *name = hn_dual_view_branch_name(net, (hn_view)v);
        if (name && !(v > 0 && hn_dual_view_shares(net))) {
            branches[count++] = (struct branch) { params, hn_dual_view_backbone(net), name };
        }
    }
    return fill_branches(branches, count, path, report);
}

hn_status hn_weights_import(hn_params *params, const hn_backbone *backbone, const char *prefix,
                            const char *path, hn_weights_report *report)
{
    HN_AUTO_WEIGHTS_REPORT none = HN_WEIGHTS_REPORT_INIT;
    report = report ? report : &none;
    hn_weights_report_clear(report);
    struct branch branch = { params, backbone, prefix };
    return fill_branches(&branch, 1, path, report);
}

/* --- export ---------------------------------------------------------------------------------- */

/* Three channels from one, a third of the weight each. */
static hn_tensor *spread_channels(hn_scope *s, hn_tensor *weight)
{
    hn_tensor *third = hn_scale(s, weight, 1.0 / 3);
    return hn_expand(s, third, HN_DIMS(hn_size(weight, 0), 3, -1, -1));
}

hn_status hn_weights_export(const hn_dual_view *net, hn_params *params, hn_view view,
                            bool three_channels, const char *path, bool force)
{
    const hn_backbone *backbone = hn_dual_view_backbone(net);
    const char *prefix = hn_dual_view_branch_name(net, view);
    HN_SCOPE(s, hn_params_scope(params), HN_NO_GRAD);
    hn_tensor *weight = NULL;
    hn_tensor *bias = NULL;
    HN_TRY(hn_dual_view_single_head(s, net, view, &weight, &bias));
    size_t most = (size_t)hn_params_count(params) + 2;
    HN_AUTOFREE hn_safetensors_entry *entries = hn_calloc(most, sizeof *entries);
    if (!entries) {
        return HN_ENOMEM;
    }
    struct branch branch = { params, backbone, prefix };
    int64_t count = 0;
    for (int i = 0; i < hn_params_count(params); i++) {
        const hn_param *entry = hn_params_at(params, i);
        if (is_under(entry->name, prefix)) {
            hn_tensor *x = hn_detach(s, entry->tensor);
            if (three_channels && is_first(&branch, entry) && entry->shape[1] == 1) {
                x = spread_channels(s, x);
            }
            HN_TRY(output_entry(s, &entries[count++], entry->name + strlen(prefix) + 1, x));
        }
    }
    char head_weight[64];
    char head_bias[64];
    snprintf(head_weight, sizeof head_weight, "%s.weight", backbone->head);
    snprintf(head_bias, sizeof head_bias, "%s.bias", backbone->head);
    HN_TRY(output_entry(s, &entries[count++], head_weight, weight));
    HN_TRY(output_entry(s, &entries[count++], head_bias, bias));
    hn_safetensors_metadata metadata[] = { { "format", "pt" },
                                           { "hipnet.backbone", backbone->name },
                                           { "hipnet.view",
                                             view == HN_VIEW_AP ? "ap" : "lateral" } };
    return hn_safetensors_write(path, entries, count, metadata, HN_COUNT_OF(metadata), force);
}

/* --- what a file of ours was built with ------------------------------------------------------- */

static hn_status fusion_from(hn_dual_view_options *out, const hn_safetensors *file, int64_t head,
                             int64_t features)
{
    const char *said = hn_safetensors_metadata_get(file, "hipnet.fusion");
    bool gated = has_under(file, "fusion.gate");
    out->fusion = gated ? "gated" : head == 2 * features ? "concat" : "mean";
    if (said && hn_text_equal(said, "sum") && !gated && head == features) {
        out->fusion = "sum";
    }
    return HN_OK;
}

hn_status hn_weights_architecture(hn_dual_view_options *out, const hn_safetensors *file,
                                  const char *backbone)
{
    const char *path = hn_safetensors_path(file);
    const char *name = hn_safetensors_metadata_get(file, "hipnet.backbone");
    name = name ? name : backbone;
    if (!name) {
        return hn_fail(HN_EDATA, "%s does not say which backbone it is of", path);
    }
    const hn_backbone *found = NULL;
    HN_TRY(hn_backbone_find(&found, name));
    hn_dual_view_options options = { .backbone = found->name };
    bool shared = has_under(file, "backbone.shared");
    bool ap = shared || has_under(file, "backbone.ap");
    bool lateral = shared || has_under(file, "backbone.lateral");
    options.views = ap && lateral ? "both" : ap ? "ap" : "lateral";
    options.share_views = shared;
    const hn_safetensors_entry *head = hn_safetensors_find(file, "head.weight");
    char first[HN_PARAM_NAME];
    snprintf(first, sizeof first, "backbone.%s.%s.weight",
             shared ? "shared"
             : ap   ? "ap"
                    : "lateral",
             found->first);
    const hn_safetensors_entry *conv = hn_safetensors_find(file, first);
    if (!head || head->rank != 2 || head->shape[0] < 1 || head->shape[0] > INT32_MAX || !conv ||
        conv->rank != 4 || (conv->shape[1] != 1 && conv->shape[1] != 3)) {
        return hn_fail(HN_EDATA, "%s has no head.weight or no %s as a network of %s has them", path,
                       first, found->name);
    }
    options.classes = (int)head->shape[0];
    options.in_channels = (int)conv->shape[1];
    HN_TRY(fusion_from(&options, file, head->shape[1], found->feature_dim));
    *out = options;
    return HN_OK;
}
