/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * train_config.c: the option table of a training, and what follows from it: loading, checking,
 * hashing and comparing. The numbers here are the defaults; configs/ holds whole recipes.
 */
#include <hipnet/backbone.h>
#include <hipnet/dual_view.h>
#include <hipnet/memory.h>
#include <hipnet/optimizer.h>
#include <hipnet/schedule.h>
#include <hipnet/train_config.h>

#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(hn_train_config, field)

static const hn_option table[] = {
    { "data.image_size", HN_OPT_INT, AT(image_size), "0", 0, 4096, NULL, "PX",
      "side of the square pictures that the network sees; 0: as they are in the cohort", 0 },
    { "data.views", HN_OPT_NAME, AT(views), "both", 0, 0, HN_VIEWS_CHOICES, NULL,
      "the views that are used", 0 },
    { "data.workers", HN_OPT_INT, AT(workers), "0", 0, 256, NULL, NULL,
      "threads that read and augment; 0: as many as --threads; results do not depend on it", 0 },
    { "data.ahead", HN_OPT_INT, AT(ahead), "4", 2, 64, NULL, "BATCHES",
      "batches prepared ahead of the network; results do not depend on it", 0 },

    { "model.backbones", HN_OPT_LIST, AT(backbones),
      "resnet50,densenet121,efficientnet_b0,convnext_tiny", 0, 0, NULL, "NAMES",
      "networks that read the views, one member of the ensemble each (see `hipnet models`)", 0 },
    { "model.share_views", HN_OPT_BOOL, AT(share_views), "false", 0, 0, NULL, NULL,
      "one branch with the same weights for both views, instead of one branch each", 0 },
    { "model.fusion", HN_OPT_NAME, AT(fusion), "concat", 0, 0, HN_FUSION_CHOICES, NULL,
      "how the features of the two views are joined", 0 },
    { "model.dropout", HN_OPT_REAL, AT(dropout), "0.2", 0, 0.95, NULL, NULL,
      "dropout before the classification head", 0 },
    { "model.in_channels", HN_OPT_INT, AT(in_channels), "1", 1, 3, NULL, NULL,
      "channels of the first convolution: 1, or 3 with the picture repeated", 0 },

    { "train.seed", HN_OPT_INT, AT(seed), "1", 0, 9007199254740992.0, NULL, NULL,
      "names all randomness: weights, order, augmentation, dropout", 0 },
    { "train.folds", HN_OPT_INT, AT(folds), "0", 0, 100, NULL, NULL,
      "folds of the split to train a member for; 0: all that it has", 0 },
    { "train.epochs", HN_OPT_INT, AT(epochs), "60", 1, 100000, NULL, NULL,
      "passes over the training cases, at most", 0 },
    { "train.batch_size", HN_OPT_INT, AT(batch_size), "16", 1, 4096, NULL, "CASES",
      "cases in a batch, at most", 0 },
    { "train.optimizer", HN_OPT_NAME, AT(optimizer), "adamw", 0, 0, HN_OPTIMIZER_CHOICES, NULL,
      "rule that changes the weights", 0 },
    { "train.lr", HN_OPT_REAL, AT(lr), "3e-4", 0, 100, NULL, "RATE",
      "learning rate at the end of the warm-up", 0 },
    { "train.lr_floor", HN_OPT_REAL, AT(lr_floor), "0", 0, 100, NULL, "RATE",
      "learning rate at the last step", 0 },
    { "train.weight_decay", HN_OPT_REAL, AT(weight_decay), "0.05", 0, 100, NULL, NULL,
      "decoupled decay of weights per step and rate; not of norms and biases", 0 },
    { "train.momentum", HN_OPT_REAL, AT(momentum), "0.9", 0, 0.9999, NULL, NULL, "momentum of sgd",
      0 },
    { "train.nesterov", HN_OPT_BOOL, AT(nesterov), "true", 0, 0, NULL, NULL,
      "Nesterov's form of the momentum of sgd", 0 },
    { "train.schedule", HN_OPT_NAME, AT(schedule), "cosine", 0, 0, HN_SCHEDULE_CHOICES, NULL,
      "how the learning rate falls after the warm-up", 0 },
    { "train.warmup_epochs", HN_OPT_REAL, AT(warmup_epochs), "3", 0, 100000, NULL, "EPOCHS",
      "epochs over which the learning rate rises from 0", 0 },
    { "train.class_weights", HN_OPT_NAME, AT(class_weights), "balanced", 0, 0, "none|balanced",
      NULL, "weights of the classes in the loss: equal, or the inverse of their frequency", 0 },
    { "train.label_smoothing", HN_OPT_REAL, AT(label_smoothing), "0.05", 0, 0.9, NULL, NULL,
      "share of each label that is spread over all classes", 0 },
    { "train.view_dropout", HN_OPT_REAL, AT(view_dropout), "0.2", 0, 1, NULL, NULL,
      "probability that one of two views is left out of a training example", 0 },
    { "train.clip_norm", HN_OPT_REAL, AT(clip_norm), "1", 0, 1e9, NULL, NULL,
      "largest norm of the gradient; 0: no limit", 0 },
    { "train.patience", HN_OPT_INT, AT(patience), "0", 0, 100000, NULL, "EPOCHS",
      "stop after this many epochs without a better one; 0: never", 0 },
    { "train.best_by", HN_OPT_NAME, AT(best_by), "loss", 0, 0, "loss|auc", NULL,
      "tuning figure that decides which epoch is the best", 0 },
    { "train.precision", HN_OPT_NAME, AT(precision), "fp32", 0, 0, "fp32|bf16", NULL,
      "type of convolutions and matrix products; weights are always fp32", 0 },
    { "train.channels_last", HN_OPT_BOOL, AT(channels_last), "false", 0, 0, NULL, NULL,
      "keep pictures and features as N H W C in memory", 0 },
    { "train.init_weights", HN_OPT_TEXT, AT(init_weights), NULL, 0, 0, NULL, "FILE",
      "safetensors to start from; {backbone} in it stands for the member's backbone", 0 },

    HN_AUGMENT_OPTIONS(hn_train_config, augment)

        { .type = HN_OPT_END },
};

/* Keys that may differ between the start of a run and its resumption. */
static const char *const machine_keys[] = { "workers", "ahead" };

const hn_option *hn_train_config_table(void)
{
    return table;
}

void hn_train_config_clear(hn_train_config *config)
{
    hn_config_clear(table, config);
}

hn_status hn_train_config_check(const hn_train_config *config)
{
    if (config->backbones.count == 0) {
        return hn_fail(HN_EUSAGE, "model.backbones is empty, expected one backbone at least");
    }
    for (size_t i = 0; i < config->backbones.count; i++) {
        const hn_backbone *backbone = NULL;
        hn_status status = hn_backbone_find(&backbone, config->backbones.items[i]);
        if (status) {
            return hn_context(HN_EUSAGE, "model.backbones");
        }
        for (size_t j = 0; j < i; j++) {
            if (hn_text_equal(config->backbones.items[i], config->backbones.items[j])) {
                return hn_fail(HN_EUSAGE, "model.backbones names %s twice",
                               config->backbones.items[i]);
            }
        }
    }
    if (config->in_channels == 2) {
        return hn_fail(HN_EUSAGE, "model.in_channels is 2, expected 1 or 3");
    }
    if (config->backbones.count > 1 && config->init_weights &&
        !strstr(config->init_weights, "{backbone}")) {
        return hn_fail(HN_EUSAGE,
                       "train.init_weights is one file for %zu backbones, expected {backbone} in "
                       "its name",
                       config->backbones.count);
    }
    if (config->lr_floor > config->lr) {
        return hn_fail(HN_EUSAGE, "train.lr_floor %g is above train.lr %g", config->lr_floor,
                       config->lr);
    }
    if (config->image_size > 0 && config->image_size < 16) {
        return hn_fail(HN_EUSAGE, "data.image_size is %lld, expected 0 or at least 16",
                       (long long)config->image_size);
    }
    return HN_OK;
}

hn_status hn_train_config_load(hn_train_config *config, const char *path,
                               const hn_text_list *assignments)
{
    HN_TRY(hn_config_defaults(table, config));
    if (path) {
        HN_TRY(hn_config_read(table, config, path));
    }
    for (size_t i = 0; assignments && i < assignments->count; i++) {
        HN_TRY(hn_config_assign(table, config, assignments->items[i]));
    }
    return hn_train_config_check(config);
}

hn_status hn_train_config_to_json(hn_json **out, const hn_train_config *config)
{
    HN_AUTO_JSON *json = hn_json_new_object();
    if (!json) {
        return HN_ENOMEM;
    }
    HN_TRY(hn_config_to_json(table, config, json));
    *out = json;
    json = NULL;
    return HN_OK;
}

static bool is_machine_key(const char *section, const char *key)
{
    for (size_t i = 0; i < HN_COUNT_OF(machine_keys); i++) {
        if (hn_text_equal(section, "data") && hn_text_equal(key, machine_keys[i])) {
            return true;
        }
    }
    return false;
}

/* "section.key=value" lines of what decides the result, in the order of the table. */
static hn_status canonical_lines(hn_text *lines, const hn_train_config *config)
{
    HN_AUTO_JSON *json = NULL;
    HN_TRY(hn_train_config_to_json(&json, config));
    for (const hn_json *section = hn_json_first(json); section; section = hn_json_next(section)) {
        for (const hn_json *value = hn_json_first(section); value; value = hn_json_next(value)) {
            if (is_machine_key(hn_json_key(section), hn_json_key(value))) {
                continue;
            }
            hn_text_printf(lines, "%s.%s=", hn_json_key(section), hn_json_key(value));
            HN_TRY(hn_json_print(lines, value, false));
            hn_text_append(lines, "\n");
        }
    }
    return hn_text_status(lines);
}

hn_status hn_train_config_hash(char hex[HN_SHA256_HEX], const hn_train_config *config)
{
    HN_AUTO_TEXT lines = HN_TEXT_INIT;
    HN_TRY(canonical_lines(&lines, config));
    return hn_sha256_bytes(hex, lines.data, lines.size);
}

hn_status hn_train_config_compare(hn_text *difference, const hn_train_config *here,
                                  const hn_train_config *there)
{
    HN_AUTO_TEXT ours = HN_TEXT_INIT;
    HN_AUTO_TEXT theirs = HN_TEXT_INIT;
    HN_TRY(canonical_lines(&ours, here));
    HN_TRY(canonical_lines(&theirs, there));
    const char *a = ours.data;
    const char *b = theirs.data;
    while (*a && *b) {
        size_t length_a = strcspn(a, "\n");
        size_t length_b = strcspn(b, "\n");
        if (length_a != length_b || memcmp(a, b, length_a) != 0) {
            const char *value_a = memchr(a, '=', length_a);
            const char *value_b = memchr(b, '=', length_b);
            hn_assert(value_a && value_b);
            hn_text_printf(difference, "%.*s is %.*s here and %.*s there", (int)(value_a - a), a,
                           (int)(a + length_a - value_a - 1), value_a + 1,
                           (int)(b + length_b - value_b - 1), value_b + 1);
            break;
        }
        a += length_a + 1;
        b += length_b + 1;
    }
    return hn_text_status(difference);
}
