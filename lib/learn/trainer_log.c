/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trainer_log.c: log.jsonl, one JSON object per finished epoch. The file is small, so it is
 * written anew as a whole each time: no line is ever cut, and a resumed member drops the lines
 * of epochs that its state has not seen.
 */
#include "trainer_internal.h"

#include <hipnet/json.h>
#include <hipnet/memory.h>

#include <string.h>

enum { LOG_LIMIT = 1 << 28 };

hn_status trainer_log_read(struct trainer *trainer)
{
    char path[HN_PATH_SIZE];
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    HN_TRY(hn_run_path(path, trainer->run, trainer->member, "log.jsonl"));
    hn_text_clear(&trainer->log);
    if (trainer->state.epochs == 0) {
        return HN_OK;
    }
    HN_TRY(hn_file_read(&bytes, &size, path, LOG_LIMIT));
    const char *line = bytes;
    for (int64_t i = 0; i < trainer->state.epochs; i++) {
        const char *stop = strchr(line, '\n');
        if (!stop) {
            return hn_fail(HN_EDATA, "%s: it has fewer lines than the %lld epochs of the state",
                           path, (long long)trainer->state.epochs);
        }
        hn_text_append_bytes(&trainer->log, line, (size_t)(stop + 1 - line));
        line = stop + 1;
    }
    return hn_text_status(&trainer->log);
}

hn_status trainer_log_add(struct trainer *trainer, const struct epoch_figures *figures)
{
    char path[HN_PATH_SIZE];
    char now[HN_TIME_SIZE];
    hn_time_text(now);
    HN_AUTO_JSON *json = hn_json_new_object();
    hn_json_add_int(json, "epoch", figures->epoch);
    hn_json_add_int(json, "step", trainer->state.steps);
    hn_json_add_real(json, "lr", figures->lr);
    hn_json_add_real(json, "train_loss", figures->train_loss);
    hn_json_add_real(json, "train_accuracy", figures->train_accuracy);
    hn_json_add_real(json, "gradient_norm", figures->gradient_norm);
    hn_json_add_real(json, "tuning_loss", figures->tuning.loss);
    hn_json_add_real(json, "tuning_accuracy", figures->tuning.accuracy);
    hn_json_add_real(json, "tuning_auc", figures->tuning.auc);
    hn_json_add_bool(json, "best", figures->best);
    hn_json_add_real(json, "seconds", figures->seconds);
    hn_json_add_real(json, "tuning_seconds", figures->tuning_seconds);
    hn_json_add_real(json, "images_per_s", figures->images_per_s);
    hn_json_add_real(json, "loader_wait_share", figures->wait_share);
    hn_json_add_text(json, "time", now);
    HN_TRY(hn_json_print(&trainer->log, json, false));
    hn_text_append(&trainer->log, "\n");
    HN_TRY(hn_text_status(&trainer->log));
    HN_TRY(hn_run_path(path, trainer->run, trainer->member, "log.jsonl"));
    return hn_file_write(path, trainer->log.data, trainer->log.size, true);
}
