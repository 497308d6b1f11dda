/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint.c: the tensors of a training as a list of names, written and read as one file.
 * The counters of a state are one table, so that what is written and what is read cannot differ.
 */
#include <hipnet/checkpoint.h>
#include <hipnet/memory.h>
#include <hipnet/number.h>
#include <hipnet/version.h>
#include <hipnet/weights.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define STATE_SCHEMA "hipnet-state 1"
enum { LONGEST_NAME = HN_PARAM_NAME + 32, MOST_METADATA = 64 };

/* ---- metadata ---------------------------------------------------------------------------- */

struct metadata {
    hn_arena *arena;
    hn_safetensors_metadata rows[MOST_METADATA];
    int64_t count;
    bool failed;
};

static void metadata_clear(struct metadata *metadata)
{
    hn_arena_free(metadata->arena);
}

static void add_text(struct metadata *metadata, const char *key, const char *value)
{
    hn_assert(metadata->count < MOST_METADATA);
    char *copy = hn_arena_strdup(metadata->arena, value);
    char *name = hn_arena_printf(metadata->arena, "hipnet.%s", key);
    metadata->failed |= !copy || !name;
    metadata->rows[metadata->count++] = (hn_safetensors_metadata) { name, copy };
}

static void add_int(struct metadata *metadata, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    add_text(metadata, key, text);
}

static void add_real(struct metadata *metadata, const char *key, double value)
{
    char text[HN_REAL_SIZE];
    add_text(metadata, key, hn_format_real(text, value));
}

static void add_owner(struct metadata *metadata, const hn_checkpoint_owner *owner)
{
    add_text(metadata, "version", hn_version());
    add_text(metadata, "member", owner->member);
    add_text(metadata, "backbone", owner->backbone);
    add_int(metadata, "fold", owner->fold);
    add_text(metadata, "config_sha256", owner->config_sha256);
    add_text(metadata, "cohort_sha256", owner->cohort_sha256);
    add_text(metadata, "split_sha256", owner->split_sha256);
    add_text(metadata, "classes", owner->classes);
    add_text(metadata, "views", owner->views);
    if (owner->fusion) {
        add_text(metadata, "fusion", owner->fusion);
    }
    add_int(metadata, "rows", owner->rows);
    add_int(metadata, "columns", owner->columns);
}

static hn_status get_text(const char **out, const hn_safetensors *file, const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "hipnet.%s", key);
    *out = hn_safetensors_metadata_get(file, name);
    if (!*out) {
        return hn_fail(HN_EFORMAT, "%s: there is no %s in its metadata", hn_safetensors_path(file),
                       name);
    }
    return HN_OK;
}

static hn_status get_int(int64_t *out, const hn_safetensors *file, const char *key)
{
    const char *text = NULL;
    HN_TRY(get_text(&text, file, key));
    hn_status status = hn_parse_int(out, text);
    if (!status && *out < 0) {
        status = hn_fail(HN_EFORMAT, "%s is negative", text);
    }
    return status ? hn_context(status, "%s: hipnet.%s", hn_safetensors_path(file), key) : HN_OK;
}

static hn_status get_real(double *out, const hn_safetensors *file, const char *key)
{
    const char *text = NULL;
    HN_TRY(get_text(&text, file, key));
    if (hn_text_equal(text, "nan")) {
        *out = HN_NAN;
        return HN_OK;
    }
    hn_status status = hn_parse_real(out, text);
    return status ? hn_context(status, "%s: hipnet.%s", hn_safetensors_path(file), key) : HN_OK;
}

static hn_status check_text(const hn_safetensors *file, const char *key, const char *expected)
{
    const char *text = NULL;
    HN_TRY(get_text(&text, file, key));
    if (!hn_text_equal(text, expected)) {
        return hn_fail(HN_EDATA, "%s: its %s is %.80s, expected %.80s", hn_safetensors_path(file),
                       key, text, expected);
    }
    return HN_OK;
}

static hn_status check_owner(const hn_safetensors *file, const hn_checkpoint_owner *owner)
{
    int64_t fold = 0, rows = 0, columns = 0;
    HN_TRY(check_text(file, "member", owner->member));
    HN_TRY(check_text(file, "backbone", owner->backbone));
    HN_TRY(check_text(file, "classes", owner->classes));
    HN_TRY(check_text(file, "views", owner->views));
    HN_TRY(check_text(file, "config_sha256", owner->config_sha256));
    HN_TRY(check_text(file, "cohort_sha256", owner->cohort_sha256));
    HN_TRY(check_text(file, "split_sha256", owner->split_sha256));
    HN_TRY(get_int(&fold, file, "fold"));
    HN_TRY(get_int(&rows, file, "rows"));
    HN_TRY(get_int(&columns, file, "columns"));
    if (fold != owner->fold || rows != owner->rows || columns != owner->columns) {
        return hn_fail(HN_EDATA,
                       "%s: it is of fold %" PRId64 " and %" PRId64 " x %" PRId64
                       " pixels, expected fold %d and %" PRId64 " x %" PRId64,
                       hn_safetensors_path(file), fold, rows, columns, owner->fold, owner->rows,
                       owner->columns);
    }
    return HN_OK;
}

static const char *const mean_keys[HN_VIEWS] = { "mean.ap", "mean.lateral" };
static const char *const deviation_keys[HN_VIEWS] = { "deviation.ap", "deviation.lateral" };

static void add_scaling(struct metadata *metadata, const hn_train_state *state)
{
    for (int view = 0; view < HN_VIEWS; view++) {
        add_real(metadata, mean_keys[view], state->mean[view]);
        add_real(metadata, deviation_keys[view], state->deviation[view]);
    }
}

static hn_status get_scaling(hn_train_state *state, const hn_safetensors *file)
{
    for (int view = 0; view < HN_VIEWS; view++) {
        HN_TRY(get_real(&state->mean[view], file, mean_keys[view]));
        HN_TRY(get_real(&state->deviation[view], file, deviation_keys[view]));
        if (!(state->deviation[view] > 0)) {
            return hn_fail(HN_EFORMAT, "%s: hipnet.%s is not above 0", hn_safetensors_path(file),
                           deviation_keys[view]);
        }
    }
    return HN_OK;
}

/* ---- the counters of a state ------------------------------------------------------------- */

#define AT(field) offsetof(hn_train_state, field)
static const struct {
    const char *key;
    size_t offset;
} counters[] = {
    { "epochs", AT(epochs) },   { "batches", AT(batches) },       { "steps", AT(steps) },
    { "seen", AT(seen) },       { "correct", AT(correct) },       { "best_epoch", AT(best_epoch) },
    { "waiting", AT(waiting) }, { "images", AT(images) },
}, sums[] = {
    { "loss_sum", AT(loss_sum) },
    { "norm_sum", AT(norm_sum) },
    { "seconds", AT(seconds) },
    { "best_loss", AT(best_loss) },
    { "best_accuracy", AT(best_accuracy) },
    { "best_auc", AT(best_auc) },
};

static void add_state(struct metadata *metadata, const hn_train_state *state)
{
    const char *base = (const char *)state;
    for (size_t i = 0; i < HN_COUNT_OF(counters); i++) {
        add_int(metadata, counters[i].key,
                *(const int64_t *)(const void *)(base + counters[i].offset));
    }
    for (size_t i = 0; i < HN_COUNT_OF(sums); i++) {
        add_real(metadata, sums[i].key, *(const double *)(const void *)(base + sums[i].offset));
    }
    add_scaling(metadata, state);
}

static hn_status get_state(hn_train_state *state, const hn_safetensors *file)
{
    char *base = (char *)state;
    for (size_t i = 0; i < HN_COUNT_OF(counters); i++) {
        HN_TRY(get_int((int64_t *)(void *)(base + counters[i].offset), file, counters[i].key));
    }
    for (size_t i = 0; i < HN_COUNT_OF(sums); i++) {
        HN_TRY(get_real((double *)(void *)(base + sums[i].offset), file, sums[i].key));
    }
    return get_scaling(state, file);
}

/* ---- tensors ----------------------------------------------------------------------------- */

/* The types that a network's tensors have, and their names in files. */
static const struct {
    hn_dtype dtype;
    hn_safetensors_type type;
} types[] = {
    { HN_FLOAT32, HN_SAFETENSORS_F32 },   { HN_FLOAT64, HN_SAFETENSORS_F64 },
    { HN_BFLOAT16, HN_SAFETENSORS_BF16 }, { HN_FLOAT16, HN_SAFETENSORS_F16 },
    { HN_INT64, HN_SAFETENSORS_I64 },     { HN_UINT8, HN_SAFETENSORS_U8 },
    { HN_BOOL, HN_SAFETENSORS_BOOL },
};

static hn_safetensors_type file_type(hn_dtype dtype)
{
    size_t i = 0;
    while (types[i].dtype != dtype) {
        i++;
    }
    return types[i].type;
}

struct tensors {
    int count;
    char (*names)[LONGEST_NAME];
    hn_tensor **values;
};

static void tensors_clear(struct tensors *tensors)
{
    hn_free(tensors->names);
    hn_free(tensors->values);
}

static void add_tensor(struct tensors *list, const char *kind, const char *name, hn_tensor *value)
{
    snprintf(list->names[list->count], LONGEST_NAME, "%s.%s", kind, name);
    list->values[list->count++] = value;
}

/* Everything that a state holds, in a fixed order. */
static hn_status list_tensors(struct tensors *list, hn_params *params,
                              const hn_optimizer *optimizer)
{
    int model = hn_params_count(params);
    int slots = hn_optimizer_slots(optimizer);
    size_t count = (size_t)model + (size_t)slots;
    list->names = hn_calloc(count, sizeof *list->names);
    list->values = hn_calloc(count, sizeof(hn_tensor *));
    if (!list->names || !list->values) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < model; i++) {
        const hn_param *param = hn_params_at(params, i);
        add_tensor(list, "model", param->name, param->tensor);
    }
    for (int i = 0; i < slots; i++) {
        hn_optimizer_slot slot = hn_optimizer_slot_at(optimizer, i);
        add_tensor(list, slot.kind, slot.parameter, slot.value);
    }
    return HN_OK;
}

static void describe(hn_safetensors_entry *entry, const char *name, const hn_tensor *value)
{
    *entry = (hn_safetensors_entry) { .name = name,
                                      .type = file_type(hn_dtype_of(value)),
                                      .rank = hn_dim(value) };
    hn_assert(entry->rank <= HN_SAFETENSORS_RANK);
    for (int i = 0; i < entry->rank; i++) {
        entry->shape[i] = hn_size(value, i);
    }
}

/* The bytes of a tensor in row-major order on the host: its own, or a copy in `*copy`. */
static hn_status tensor_bytes(const void **data, void **copy, hn_scope *scope, hn_tensor *value)
{
    HN_SCOPE(s, scope, HN_NO_GRAD);
    if (hn_text_equal(hn_scope_device(s), "cpu") && hn_is_contiguous(value, HN_CONTIGUOUS)) {
        *data = hn_data(s, value);
        return hn_scope_status(s);
    }
    hn_dtype dtype = hn_dtype_of(value);
    int64_t count = hn_numel(value);
    *copy = hn_alloc((size_t)count * hn_dtype_size(dtype));
    if (!*copy) {
        return HN_ENOMEM;
    }
    *data = *copy;
    return hn_copy_out(s, value, dtype, *copy, count);
}

static hn_status write_tensors(const char *path, hn_scope *scope, const struct tensors *list,
                               const struct metadata *metadata)
{
    size_t count = (size_t)list->count;
    HN_AUTOFREE hn_safetensors_entry *entries = hn_calloc(count, sizeof *entries);
    HN_AUTOFREE void **copies = hn_calloc(count, sizeof *copies);
    hn_status status = entries && copies ? HN_OK : HN_ENOMEM;
    for (int i = 0; i < list->count && !status; i++) {
        describe(&entries[i], list->names[i], list->values[i]);
        status = tensor_bytes(&entries[i].data, &copies[i], scope, list->values[i]);
    }
    if (!status) {
        status =
            hn_safetensors_write(path, entries, list->count, metadata->rows, metadata->count, true);
    }
    for (int i = 0; copies && i < list->count; i++) {
        hn_free(copies[i]);
    }
    return status;
}

hn_status hn_state_save(const char *path, hn_params *params, const hn_optimizer *optimizer,
                        const hn_train_state *state, const hn_checkpoint_owner *owner)
{
    HN_CLEANUP(tensors_clear) struct tensors list = { 0 };
    HN_CLEANUP(metadata_clear) struct metadata metadata = { .arena = hn_arena_new() };
    if (!metadata.arena) {
        return HN_ENOMEM;
    }
    add_text(&metadata, "schema", STATE_SCHEMA);
    add_owner(&metadata, owner);
    add_state(&metadata, state);
    if (metadata.failed) {
        return HN_ENOMEM;
    }
    HN_TRY(list_tensors(&list, params, optimizer));
    return write_tensors(path, hn_params_scope(params), &list, &metadata);
}

/* Fills one tensor from an entry that was found to fit. */
static hn_status fill_tensor(hn_scope *scope, hn_tensor *value, const hn_safetensors_entry *entry)
{
    HN_AUTOFREE void *aligned = hn_alloc(entry->bytes);
    if (!aligned) {
        return HN_ENOMEM;
    }
    if (entry->bytes > 0) {
        memcpy(aligned, entry->data, entry->bytes);
    }
    HN_SCOPE(s, scope, HN_NO_GRAD);
    hn_copy_(s, value, hn_from_data(s, aligned, hn_dtype_of(value), entry->shape, entry->rank));
    return hn_scope_status(s);
}

static hn_status read_tensors(hn_scope *scope, const struct tensors *list,
                              const hn_safetensors *file)
{
    const hn_safetensors_entry *entry = NULL;
    for (int i = 0; i < list->count; i++) {
        hn_safetensors_entry wanted;
        describe(&wanted, list->names[i], list->values[i]);
        HN_TRY(hn_safetensors_require(&entry, file, wanted.name, wanted.type, wanted.shape,
                                      wanted.rank));
    }
    if (hn_safetensors_count(file) != list->count) {
        return hn_fail(HN_EDATA, "%s: it holds %" PRId64 " tensors, expected %d",
                       hn_safetensors_path(file), hn_safetensors_count(file), list->count);
    }
    for (int i = 0; i < list->count; i++) {
        entry = hn_safetensors_find(file, list->names[i]);
        HN_TRY(fill_tensor(scope, list->values[i], entry));
    }
    return HN_OK;
}

hn_status hn_state_load(hn_train_state *state, hn_params *params, hn_optimizer *optimizer,
                        const hn_checkpoint_owner *owner, const char *path)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_CLEANUP(tensors_clear) struct tensors list = { 0 };
    hn_train_state read = { 0 };
    HN_TRY(hn_safetensors_open(&file, path));
    HN_TRY(check_text(file, "schema", STATE_SCHEMA));
    HN_TRY(check_owner(file, owner));
    HN_TRY(get_state(&read, file));
    HN_TRY(list_tensors(&list, params, optimizer));
    HN_TRY(read_tensors(hn_params_scope(params), &list, file));
    hn_optimizer_set_steps(optimizer, read.steps);
    *state = read;
    return HN_OK;
}

/* ---- weights ----------------------------------------------------------------------------- */

hn_status hn_member_weights_save(const char *path, hn_params *params, const hn_train_state *state,
                                 int64_t epoch, const hn_checkpoint_owner *owner)
{
    HN_CLEANUP(metadata_clear) struct metadata metadata = { .arena = hn_arena_new() };
    if (!metadata.arena) {
        return HN_ENOMEM;
    }
    add_owner(&metadata, owner);
    add_int(&metadata, "epoch", epoch);
    add_scaling(&metadata, state);
    if (metadata.failed) {
        return HN_ENOMEM;
    }
    return hn_weights_save(params, path, metadata.rows, metadata.count, true);
}

hn_status hn_member_weights_load(hn_train_state *state, hn_params *params,
                                 const hn_checkpoint_owner *owner, const char *path)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    HN_TRY(hn_safetensors_open(&file, path));
    HN_TRY(check_owner(file, owner));
    HN_TRY(get_int(&state->best_epoch, file, "epoch"));
    HN_TRY(get_scaling(state, file));
    return hn_weights_load_from(params, file, NULL, NULL);
}
