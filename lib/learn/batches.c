/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batches.c: workers that fill a ring of batches in order, and one caller who empties it.
 * One mutex guards all that is shared; a worker holds it only to take the next case and to say
 * that it is done, so what a batch holds is decided by its number and never by who came first.
 */
#include <hipnet/batches.h>
#include <hipnet/log.h>
#include <hipnet/memory.h>
#include <hipnet/rng.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>

struct slot {
    hn_batch batch;
    int64_t sequence;  /* number of the batch it holds or is filled with; -1: none */
    int64_t remaining; /* cases still to be filled */
    int64_t failed;    /* lowest position that failed; -1: none */
    hn_failure failure;
};

struct worker {
    hn_batches *batches;
    pthread_t thread;
    void *pixels; /* one image as it is stored */
    hn_cohort_chunk chunk;
};

struct hn_batches {
    hn_batches_options options;
    hn_augment augment;
    int64_t rows, columns, per_epoch, largest;
    bool canonical; /* the builder mirrored images, so that all hips look like one side */
    int64_t *cases; /* as given */
    int64_t *order; /* of `order_epoch` */
    int64_t order_epoch;
    struct slot *slots; /* [options.ahead] */
    struct worker *workers;
    int running; /* workers that were started and not joined */

    pthread_mutex_t lock;
    pthread_cond_t can_work;
    pthread_cond_t is_ready;
    bool stopping;
    int64_t first_epoch, first_batch, total; /* of this start */
    int64_t issue, issue_item;               /* the next (batch, case) to hand out */
    int64_t released;                        /* batches given back */
    int64_t next;                            /* batch that the caller gets next */
    bool lent;                               /* the caller holds batch `next` - 1 */
    double waited_s;
};

static void slot_clear(struct slot *slot)
{
    for (int view = 0; view < HN_VIEWS; view++) {
        hn_free(slot->batch.images[view]);
    }
    hn_free(slot->batch.present);
    hn_free(slot->batch.labels);
    hn_free(slot->batch.cases);
}

void hn_batches_free(hn_batches *batches)
{
    if (!batches) {
        return;
    }
    hn_batches_stop(batches);
    for (int i = 0; batches->slots && i < batches->options.ahead; i++) {
        slot_clear(&batches->slots[i]);
    }
    for (int i = 0; batches->workers && i < batches->options.workers; i++) {
        hn_free(batches->workers[i].pixels);
        hn_cohort_chunk_clear(&batches->workers[i].chunk);
    }
    hn_free(batches->slots);
    hn_free(batches->workers);
    hn_free(batches->cases);
    hn_free(batches->order);
    pthread_cond_destroy(&batches->can_work);
    pthread_cond_destroy(&batches->is_ready);
    pthread_mutex_destroy(&batches->lock);
    hn_free(batches);
}

void hn_batches_freep(hn_batches **batches)
{
    hn_batches_free(*batches);
    *batches = NULL;
}

/* The first case of batch `index`: the cases are shared out as evenly as can be. */
static int64_t batch_begin(const hn_batches *batches, int64_t index)
{
    int64_t each = batches->options.count / batches->per_epoch;
    int64_t longer = batches->options.count % batches->per_epoch;
    return index * each + (index < longer ? index : longer);
}

static hn_status make_slots(hn_batches *batches)
{
    size_t n = (size_t)batches->largest;
    size_t pixels = (size_t)batches->rows * (size_t)batches->columns;
    batches->slots = hn_calloc((size_t)batches->options.ahead, sizeof *batches->slots);
    if (!batches->slots) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < batches->options.ahead; i++) {
        hn_batch *batch = &batches->slots[i].batch;
        batches->slots[i].sequence = -1;
        batch->rows = batches->rows;
        batch->columns = batches->columns;
        for (int view = 0; view < HN_VIEWS; view++) {
            batch->images[view] = hn_calloc(n, pixels * sizeof(float));
        }
        batch->present = hn_calloc(n, HN_VIEWS * sizeof(float));
        batch->labels = hn_calloc(n, sizeof(int64_t));
        batch->cases = hn_calloc(n, sizeof(int64_t));
        if (!batch->images[HN_VIEW_AP] || !batch->images[HN_VIEW_LATERAL] || !batch->present ||
            !batch->labels || !batch->cases) {
            return HN_ENOMEM;
        }
    }
    return HN_OK;
}

static hn_status make_workers(hn_batches *batches)
{
    const hn_cohort_info *info = hn_cohort_get_info(batches->options.cohort);
    size_t bytes = (size_t)info->rows * (size_t)info->columns * (size_t)(info->bits / 8);
    batches->workers = hn_calloc((size_t)batches->options.workers, sizeof *batches->workers);
    if (!batches->workers) {
        return HN_ENOMEM;
    }
    for (int i = 0; i < batches->options.workers; i++) {
        batches->workers[i].batches = batches;
        batches->workers[i].pixels = hn_alloc(bytes);
        if (!batches->workers[i].pixels) {
            return HN_ENOMEM;
        }
    }
    return HN_OK;
}

static bool is_canonical(const hn_cohort *cohort)
{
    int64_t cases = hn_cohort_get_info(cohort)->cases;
    for (int64_t i = 0; i < cases; i++) {
        if (hn_cohort_case(cohort, i)->mirrored) {
            return true;
        }
    }
    return false;
}

hn_status hn_batches_new(hn_batches **out, const hn_batches_options *options)
{
    const hn_cohort_info *info = hn_cohort_get_info(options->cohort);
    hn_assert(options->count >= 1 && options->batch_size >= 1);
    hn_assert(options->workers >= 1 && options->workers <= 256);
    hn_assert(options->ahead >= 2 && options->ahead <= 64);
    HN_AUTO_BATCHES *batches = hn_calloc(1, sizeof *batches);
    if (!batches) {
        return HN_ENOMEM;
    }
    pthread_mutex_init(&batches->lock, NULL);
    pthread_cond_init(&batches->can_work, NULL);
    pthread_cond_init(&batches->is_ready, NULL);
    batches->options = *options;
    if (options->augment) {
        HN_TRY(hn_augment_check(options->augment));
        batches->augment = *options->augment;
        batches->options.augment = &batches->augment;
    }
    batches->rows = options->rows ? options->rows : info->rows;
    batches->columns = options->columns ? options->columns : info->columns;
    batches->per_epoch = (options->count + options->batch_size - 1) / options->batch_size;
    batches->largest = (options->count + batches->per_epoch - 1) / batches->per_epoch;
    batches->canonical = is_canonical(options->cohort);
    batches->order_epoch = -1;
    size_t count = (size_t)options->count;
    batches->cases = hn_calloc(count, sizeof *batches->cases);
    batches->order = hn_calloc(count, sizeof *batches->order);
    if (!batches->cases || !batches->order) {
        return HN_ENOMEM;
    }
    memcpy(batches->cases, options->cases, count * sizeof *batches->cases);
    batches->options.cases = batches->cases;
    HN_TRY(make_slots(batches));
    HN_TRY(make_workers(batches));
    *out = batches;
    batches = NULL;
    return HN_OK;
}

int64_t hn_batches_per_epoch(const hn_batches *batches)
{
    return batches->per_epoch;
}

int64_t hn_batches_cases(const hn_batches *batches)
{
    return batches->options.count;
}

/* ---- what the workers do ----------------------------------------------------------------- */

/* The order of an epoch; under the lock. Batches are issued in order, so one is enough. */
static void prepare_order(hn_batches *batches, int64_t epoch)
{
    if (batches->order_epoch == epoch) {
        return;
    }
    size_t count = (size_t)batches->options.count;
    memcpy(batches->order, batches->cases, count * sizeof *batches->order);
    if (batches->options.shuffle) {
        hn_rng rng;
        hn_rng_init(&rng, batches->options.seed, HN_PURPOSE_SHUFFLE, (uint64_t)epoch, 0, 0);
        hn_rng_shuffle(&rng, batches->order, count);
    }
    batches->order_epoch = epoch;
}

/* Writes the head of batch `sequence` into its slot; under the lock. */
static void prepare_slot(hn_batches *batches, struct slot *slot, int64_t sequence)
{
    int64_t number = batches->first_batch + sequence;
    hn_batch *batch = &slot->batch;
    batch->epoch = batches->first_epoch + number / batches->per_epoch;
    batch->index = number % batches->per_epoch;
    int64_t begin = batch_begin(batches, batch->index);
    batch->count = batch_begin(batches, batch->index + 1) - begin;
    prepare_order(batches, batch->epoch);
    memcpy(batch->cases, batches->order + begin, (size_t)batch->count * sizeof *batch->cases);
    slot->sequence = sequence;
    slot->remaining = batch->count;
    slot->failed = -1;
}

/* Which views of a case are shown in this epoch. */
static void choose_views(bool shown[HN_VIEWS], const hn_batches *batches, const hn_case *facts,
                         int64_t epoch)
{
    const hn_batches_options *options = &batches->options;
    for (int view = 0; view < HN_VIEWS; view++) {
        shown[view] = facts->views[view].present && options->use_view[view];
    }
    if (options->view_dropout > 0 && shown[HN_VIEW_AP] && shown[HN_VIEW_LATERAL]) {
        hn_rng rng;
        hn_rng_init(&rng, options->seed, HN_PURPOSE_VIEW_DROPOUT, (uint64_t)epoch,
                    hn_rng_name(facts->case_id), 0);
        bool drop = hn_rng_uniform(&rng) < options->view_dropout;
        shown[hn_rng_below(&rng, HN_VIEWS)] = !drop;
    }
}

static hn_status fill_view(struct worker *worker, float *pixels, const hn_case *facts, int64_t row,
                           hn_view view, int64_t epoch)
{
    const hn_batches *batches = worker->batches;
    const hn_batches_options *options = &batches->options;
    const hn_cohort_info *info = hn_cohort_get_info(options->cohort);
    HN_TRY(hn_cohort_read_image(options->cohort, row, view, worker->pixels, &worker->chunk));
    hn_augment_output output = { .pixels = pixels,
                                 .rows = batches->rows,
                                 .cols = batches->columns,
                                 .mean = options->mean[view],
                                 .deviation = options->deviation[view] };
    hn_augment_source source = {
        .pixels = worker->pixels, .bits = info->bits, .rows = info->rows, .cols = info->columns
    };
    hn_augment_key key = { .seed = options->seed,
                           .epoch = (uint64_t)epoch,
                           .patient = hn_rng_name(facts->case_id),
                           .view = (uint64_t)view };
    /* Where all hips were turned to look like one side, a mirror image would be the other. */
    bool may_flip = !batches->canonical || facts->side == HN_SIDE_UNKNOWN;
    hn_augment_image(&output, &source, options->augment, &key, may_flip);
    return HN_OK;
}

/* Fills place `position` of a batch. Nobody else writes there. */
static hn_status fill_case(struct worker *worker, hn_batch *batch, int64_t position)
{
    const hn_batches *batches = worker->batches;
    int64_t row = batch->cases[position];
    const hn_case *facts = hn_cohort_case(batches->options.cohort, row);
    size_t pixels = (size_t)batches->rows * (size_t)batches->columns;
    bool shown[HN_VIEWS];
    choose_views(shown, batches, facts, batch->epoch);
    batch->labels[position] = facts->label;
    for (int view = 0; view < HN_VIEWS; view++) {
        float *place = batch->images[view] + (size_t)position * pixels;
        batch->present[position * HN_VIEWS + view] = shown[view] ? 1.0F : 0.0F;
        if (!shown[view]) {
            memset(place, 0, pixels * sizeof *place);
            continue;
        }
        hn_status status = fill_view(worker, place, facts, row, (hn_view)view, batch->epoch);
        if (status) {
            return hn_context(status, "case %s", facts->case_id);
        }
    }
    return HN_OK;
}

/* Takes the next piece of work; false when there is none any more. Under the lock. */
static bool take_work(hn_batches *batches, struct slot **slot, int64_t *position)
{
    for (;;) {
        if (batches->stopping || batches->issue >= batches->total) {
            return false;
        }
        if (batches->issue < batches->released + batches->options.ahead) {
            break;
        }
        pthread_cond_wait(&batches->can_work, &batches->lock);
    }
    *slot = &batches->slots[batches->issue % batches->options.ahead];
    if (batches->issue_item == 0) {
        prepare_slot(batches, *slot, batches->issue);
    }
    *position = batches->issue_item++;
    if (batches->issue_item == (*slot)->batch.count) {
        batches->issue++;
        batches->issue_item = 0;
    }
    return true;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    hn_batches *batches = worker->batches;
    struct slot *slot = NULL;
    int64_t position = 0;
    pthread_mutex_lock(&batches->lock);
    while (take_work(batches, &slot, &position)) {
        pthread_mutex_unlock(&batches->lock);
        hn_status status = fill_case(worker, &slot->batch, position);
        pthread_mutex_lock(&batches->lock);
        if (status && (slot->failed < 0 || position < slot->failed)) {
            slot->failed = position;
            hn_failure_take(&slot->failure, status);
        }
        slot->remaining--;
        if (slot->remaining == 0) {
            pthread_cond_signal(&batches->is_ready);
        }
    }
    pthread_mutex_unlock(&batches->lock);
    return NULL;
}

/* ---- what the caller does ---------------------------------------------------------------- */

void hn_batches_stop(hn_batches *batches)
{
    pthread_mutex_lock(&batches->lock);
    batches->stopping = true;
    pthread_cond_broadcast(&batches->can_work);
    pthread_mutex_unlock(&batches->lock);
    for (int i = 0; i < batches->running; i++) {
        pthread_join(batches->workers[i].thread, NULL);
    }
    batches->running = 0;
}

/* Starts the workers with all signals blocked: Ctrl-C belongs to the main thread. */
static hn_status start_workers(hn_batches *batches)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = 0;
    while (batches->running < batches->options.workers && !failed) {
        struct worker *worker = &batches->workers[batches->running];
        failed = pthread_create(&worker->thread, NULL, work, worker);
        batches->running += !failed;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (batches->running == 0) {
        return hn_fail(HN_EIO, "the system starts no thread for the loader: %s", strerror(failed));
    }
    return HN_OK;
}

hn_status hn_batches_start(hn_batches *batches, int64_t epoch, int64_t first_batch, int64_t epochs)
{
    hn_assert(epoch >= 0 && epochs >= 1);
    hn_assert(first_batch >= 0 && first_batch <= batches->per_epoch);
    hn_batches_stop(batches);
    batches->stopping = false;
    batches->first_epoch = epoch;
    batches->first_batch = first_batch;
    batches->total = epochs * batches->per_epoch - first_batch;
    batches->issue = batches->issue_item = batches->released = batches->next = 0;
    batches->lent = false;
    for (int i = 0; i < batches->options.ahead; i++) {
        batches->slots[i].sequence = -1;
    }
    return start_workers(batches);
}

hn_status hn_batches_next(const hn_batch **out, hn_batches *batches)
{
    pthread_mutex_lock(&batches->lock);
    if (batches->lent) {
        batches->lent = false;
        batches->released++;
        pthread_cond_broadcast(&batches->can_work);
    }
    if (batches->next >= batches->total || batches->stopping) {
        pthread_mutex_unlock(&batches->lock);
        *out = NULL;
        return HN_OK;
    }
    struct slot *slot = &batches->slots[batches->next % batches->options.ahead];
    double began = hn_clock_s();
    while (slot->sequence != batches->next || slot->remaining > 0) {
        pthread_cond_wait(&batches->is_ready, &batches->lock);
    }
    batches->waited_s += hn_clock_s() - began;
    batches->next++;
    batches->lent = true;
    bool failed = slot->failed >= 0;
    pthread_mutex_unlock(&batches->lock);
    if (failed) {
        hn_batches_stop(batches);
        return hn_failure_raise(&slot->failure);
    }
    *out = &slot->batch;
    return HN_OK;
}

double hn_batches_waited_s(hn_batches *batches)
{
    pthread_mutex_lock(&batches->lock);
    double seconds = batches->waited_s;
    batches->waited_s = 0;
    pthread_mutex_unlock(&batches->lock);
    return seconds;
}
