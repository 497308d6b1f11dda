/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weights.h: parameters from files and into files (safetensors).
 *
 * Loading never half-succeeds in silence: three lists say which of the network's names were
 * loaded, which the file lacks, and which names of the file the network does not know. Strict
 * loading fails on the last two; hn_weights_load's `allow_missing` excuses names by pattern.
 * Shapes must agree; floating-point types are converted. A failed load leaves the store as it was.
 *
 * Public weights. torchvision's names are ours inside a branch. timm's are the same for resnet
 * and densenet; for efficientnet and convnext they are translated (lib/nn/renames.c says what is
 * covered). The classifier of the file is dropped. A first convolution of three channels becomes
 * one of one channel by summing over the channels: gray repeated three times gives the same.
 */
#ifndef HIPNET_WEIGHTS_H
#define HIPNET_WEIGHTS_H

#include <hipnet/dual_view.h>
#include <hipnet/params.h>
#include <hipnet/safetensors.h>
#include <hipnet/text.h>

/* The caller's; HN_WEIGHTS_REPORT_INIT, then hn_weights_report_clear. Sorted by name. */
typedef struct hn_weights_report {
    hn_text_list loaded;     /* names of the network */
    hn_text_list missing;    /* names of the network that the file lacks */
    hn_text_list unexpected; /* names of the file that went nowhere */
    hn_text_list dropped;    /* names of the file left out on purpose: its classifier */
    const char *naming;      /* "hipnet", "torchvision" or "timm": what the file was taken for */
    bool first_adapted;      /* the first convolution was summed over its channels */
} hn_weights_report;
#define HN_WEIGHTS_REPORT_INIT ((hn_weights_report) { 0 })
HN_API void hn_weights_report_clear(hn_weights_report *report);
#define HN_AUTO_WEIGHTS_REPORT HN_CLEANUP(hn_weights_report_clear) hn_weights_report

/* Writes every entry of the store, buffers included. Floating-point entries as they are (F32,
 * F64, BF16, F16). `metadata` as hn_safetensors_write takes it; "format": "pt" is added. */
HN_API hn_status hn_weights_save(hn_params *params, const char *path,
                                 const hn_safetensors_metadata *metadata, int64_t metadata_count,
                                 bool force) HN_MUST_CHECK;

/* Reads a file that hn_weights_save wrote into a built store. HN_EDATA when names are missing
 * that no pattern of `allow_missing` (hn_name_fits; NULL: none) fits, or are unexpected; the
 * sentence counts them and names the first. `report` may be NULL; it is filled on that failure
 * too. */
HN_API hn_status hn_weights_load(hn_params *params, const char *path, const char *allow_missing,
                                 hn_weights_report *report) HN_MUST_CHECK;
/* The same from an open file. */
HN_API hn_status hn_weights_load_from(hn_params *params, const hn_safetensors *file,
                                      const char *allow_missing,
                                      hn_weights_report *report) HN_MUST_CHECK;

/*
 * The options that a file of ours was built with, as far as its names, shapes and metadata
 * ("hipnet.backbone") say: backbone, views, share_views, fusion (a sum is told from a mean by
 * "hipnet.fusion" alone and is taken for a mean without it), classes, in_channels; no dropout.
 * Texts are borrowed from the registry, the file or static. HN_EDATA when it is not such a file.
 * `backbone` stands in for a metadata key that the file lacks; NULL: it must be there.
 */
HN_API hn_status hn_weights_architecture(hn_dual_view_options *out, const hn_safetensors *file,
                                         const char *backbone) HN_MUST_CHECK;

/*
 * Start values for the branches of a network, from any of: a file of public weights with
 * torchvision's or timm's names; a file of `hipnet import` (backbone.shared.*); a whole network
 * of ours with the same backbone. Both branches of a network with separate ones take
 * backbone.shared.* where the file has no names of their own. Head and fusion keep their initial
 * values. Every name of a branch must be in the file (num_batches_tracked alone may lack: very
 * old and timm files), HN_EDATA otherwise.
 */
HN_API hn_status hn_weights_start(const hn_dual_view *net, hn_params *params, const char *path,
                                  hn_weights_report *report) HN_MUST_CHECK;

/* Fills one branch, built at `prefix` ("backbone.shared") in `params`, from public weights. */
HN_API hn_status hn_weights_import(hn_params *params, const hn_backbone *backbone,
                                   const char *prefix, const char *path,
                                   hn_weights_report *report) HN_MUST_CHECK;

/*
 * Writes one branch with torchvision's names, buffers included, such that load_state_dict accepts
 * it with strict=True in torchvision's model built with num_classes = K. The head is that of
 * hn_dual_view_single_head: the exported network answers as ours does when only that view is
 * present. A branch for one channel keeps its first convolution of one channel unless
 * `three_channels`: then it is spread over three, a third each, which gives the same for gray.
 */
HN_API hn_status hn_weights_export(const hn_dual_view *net, hn_params *params, hn_view view,
                                   bool three_channels, const char *path, bool force) HN_MUST_CHECK;

/* Translates a name of timm's into torchvision's, into out[HN_PARAM_NAME]. HN_OK and the name
 * itself where both agree; HN_ENOTFOUND for a name that the scheme of that family does not
 * have. */
HN_API hn_status hn_rename_timm(char *out, const hn_backbone *backbone,
                                const char *name) HN_MUST_CHECK;

#endif
