/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * network.c: from a configuration to a network, from a batch to logits. A batch goes to the
 * network without a copy; every batch has a scope of its own, closed before the loader gets the
 * batch back.
 */
#include "network.h"

#include <hipnet/parallel.h>
#include <hipnet/tensor.h>

#include <math.h>

hn_status network_open(struct network *network, const hn_train_config *config, int classes,
                       const char *device, uint64_t seed)
{
    hn_assert(config->backbones.count == 1);
    hn_dual_view_options options = { .backbone = config->backbones.items[0],
                                     .views = config->views,
                                     .share_views = config->share_views,
                                     .fusion = config->fusion,
                                     .dropout = config->dropout,
                                     .drop_path = -1,
                                     .classes = classes,
                                     .in_channels = (int)config->in_channels };
    *network = (struct network) { .classes = classes };
    network->mode = hn_text_equal(config->precision, "bf16") ? HN_AUTOCAST_BF16 : 0;
    network->format = config->channels_last ? HN_CHANNELS_LAST : HN_CONTIGUOUS;
    hn_status status = hn_params_new(&network->params, device, seed);
    if (!status) {
        status = hn_dual_view_new(&network->net, network->params, &options);
    }
    if (!status && config->channels_last) {
        status = hn_params_convert(network->params, HN_FLOAT32, HN_CHANNELS_LAST);
    }
    if (status) {
        network_close(network);
        return status;
    }
    for (int view = 0; view < HN_VIEWS; view++) {
        network->use_view[view] = hn_dual_view_uses(network->net, (hn_view)view);
    }
    return HN_OK;
}

void network_close(struct network *network)
{
    hn_params_free(network->params);
    *network = (struct network) { 0 };
}

hn_tensor *network_logits(hn_scope *s, const struct network *network, const hn_batch *batch)
{
    hn_views_batch views = { .present = batch->present, .count = batch->count };
    for (int view = 0; view < HN_VIEWS; view++) {
        if (!network->use_view[view]) {
            continue;
        }
        hn_tensor *image = hn_from_blob(s, batch->images[view], HN_FLOAT32,
                                        HN_DIMS(batch->count, 1, batch->rows, batch->columns));
        views.images[view] = network->format == HN_CHANNELS_LAST
                                 ? hn_to_memory_format(s, image, HN_CHANNELS_LAST)
                                 : image;
    }
    return hn_dual_view_forward(s, network->net, views);
}

static hn_status evaluate_batch(double *logits, const struct network *network,
                                const hn_batch *batch)
{
    HN_SCOPE(s, hn_params_scope(network->params), HN_EVALUATION | HN_NO_GRAD | network->mode);
    return hn_copy_out(s, network_logits(s, network, batch), HN_FLOAT64, logits,
                       batch->count * network->classes);
}

hn_status network_evaluate(double *logits, const struct network *network, hn_batches *batches,
                           network_progress progress, void *context)
{
    const hn_batch *batch = NULL;
    int64_t done = 0;
    HN_TRY(hn_batches_start(batches, 0, 0, 1));
    for (;;) {
        if (progress) {
            progress(context, done);
        }
        HN_TRY(hn_batches_next(&batch, batches));
        if (!batch) {
            break;
        }
        HN_TRY(evaluate_batch(logits + done * network->classes, network, batch));
        done += batch->count;
        hn_status status = hn_interrupt_check();
        if (status) {
            hn_batches_stop(batches);
            return status;
        }
    }
    hn_batches_stop(batches);
    return HN_OK;
}

static double log_sum_exp(const double *logits, int classes)
{
    double largest = logits[network_top(logits, classes)];
    double sum = 0;
    for (int k = 0; k < classes; k++) {
        sum += exp(logits[k] - largest);
    }
    return largest + log(sum);
}

void network_softmax(double *logits, int64_t count, int classes)
{
    for (int64_t i = 0; i < count; i++) {
        double *row = logits + i * classes;
        double sum = 0;
        double largest = row[network_top(row, classes)];
        for (int k = 0; k < classes; k++) {
            row[k] = exp(row[k] - largest);
            sum += row[k];
        }
        for (int k = 0; k < classes; k++) {
            row[k] /= sum;
        }
    }
}

double network_log_loss(const double *logits, int classes, int64_t label)
{
    return log_sum_exp(logits, classes) - logits[label];
}

int network_top(const double *logits, int classes)
{
    int top = 0;
    for (int k = 1; k < classes; k++) {
        if (logits[k] > logits[top]) {
            top = k;
        }
    }
    return top;
}

hn_batches_options network_batches(const hn_train_config *config, const hn_cohort *cohort,
                                   const int64_t *cases, int64_t count, const double mean[HN_VIEWS],
                                   const double deviation[HN_VIEWS])
{
    hn_batches_options options = { .cohort = cohort,
                                   .cases = cases,
                                   .count = count,
                                   .batch_size = config->batch_size,
                                   .rows = config->image_size,
                                   .columns = config->image_size,
                                   .workers = (int)config->workers,
                                   .ahead = (int)config->ahead };
    if (options.workers == 0) {
        options.workers = hn_threads() < 256 ? hn_threads() : 256;
    }
    for (int view = 0; view < HN_VIEWS; view++) {
        options.mean[view] = mean[view];
        options.deviation[view] = deviation[view];
        options.use_view[view] =
            !hn_text_equal(config->views, view == HN_VIEW_AP ? hn_view_name(HN_VIEW_LATERAL)
                                                             : hn_view_name(HN_VIEW_AP));
    }
    return options;
}
