/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A report becomes files: figures first, then the page, and either all of it or nothing. What
 * goes to standard output or a device keeps no figures beside it.
 */
#include <hipnet/report.h>

#include <hipnet/file.h>
#include <hipnet/html.h>
#include <hipnet/parallel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct drawing {
    hn_plot **figures;
    size_t count, capacity;
    const char *folder;
    bool force;
};

static hn_status draw_one(void *context, int64_t index, int worker)
{
    (void)worker;
    const struct drawing *drawing = context;
    return hn_plot_draw(drawing->figures[index], drawing->folder, drawing->force);
}

static hn_status list_figures(struct drawing *drawing, const hn_report *report, bool undrawn)
{
    for (size_t i = 0; i < report->section_count; i++) {
        const hn_section *section = report->sections[i];
        for (size_t k = 0; k < section->count; k++) {
            hn_plot *figure = section->blocks[k].figure;
            if (!figure || (undrawn && figure->svg.size > 0)) {
                continue;
            }
            HN_TRY(
                hn_grow(&drawing->figures, drawing->count, &drawing->capacity, sizeof(hn_plot *)));
            drawing->figures[drawing->count++] = figure;
        }
    }
    return HN_OK;
}

hn_status hn_report_draw(hn_report *report, const char *folder, bool force)
{
    HN_TRY(hn_report_status(report));
    struct drawing drawing = { .folder = folder, .force = force };
    hn_status status = list_figures(&drawing, report, true);
    if (status == HN_OK && drawing.count > 0) {
        status = hn_file_make_folder(folder);
    }
    if (status == HN_OK && drawing.count > 0) {
        status = hn_parallel_for((int64_t)drawing.count, draw_one, &drawing);
    }
    hn_free(drawing.figures);
    return status;
}

hn_status hn_report_figure_folder(char *out, size_t size, const char *path)
{
    size_t stem = strlen(path) - (hn_text_ends(path, ".html") ? 5 : 0);
    int used = snprintf(out, size, "%.*s.figures", (int)stem, path);
    if (used < 0 || (size_t)used >= size) {
        return hn_fail(HN_EUSAGE, "%s: the name is too long", path);
    }
    return HN_OK;
}

/* Takes back what hn_report_draw has put into a folder, and the folder when that empties it. */
static void remove_figures(const hn_report *report, const char *folder)
{
    static const char *const endings[] = { ".gp", ".dat", ".svg" };
    struct drawing all = { 0 };
    hn_status status = list_figures(&all, report, false);
    for (size_t i = 0; status == HN_OK && i < all.count; i++) {
        for (size_t k = 0; status == HN_OK && k < HN_COUNT_OF(endings); k++) {
            char name[256], path[HN_PATH_SIZE];
            snprintf(name, sizeof name, "%s%s", all.figures[i]->name, endings[k]);
            status = hn_path_join(path, folder, name);
            if (status == HN_OK) {
                unlink(path);
            }
        }
    }
    rmdir(folder);
    hn_free(all.figures);
}

static hn_status may_draw_into(const char *folder, bool force)
{
    if (!hn_file_exists(folder)) {
        return HN_OK;
    }
    if (!hn_file_is_folder(folder)) {
        return hn_fail(HN_EEXISTS, "%s: a folder for the figures was expected", folder);
    }
    return force ? HN_OK : hn_fail(HN_EEXISTS, "%s exists; --force writes into it", folder);
}

static hn_status finish(hn_output *output, const hn_report *report)
{
    HN_AUTO_TEXT page = HN_TEXT_INIT;
    HN_TRY(hn_html_page(&page, report));
    fwrite(page.data, 1, page.size, output->stream);
    return hn_output_commit(output);
}

/* Draws into `folder` and writes; on failure takes the files back unless others stood there. */
static hn_status draw_and_finish(hn_output *output, hn_report *report, const char *folder,
                                 bool force, bool passing)
{
    bool was_there = !passing && hn_file_exists(folder);
    hn_status status = hn_report_draw(report, folder, force);
    if (status == HN_OK) {
        status = finish(output, report);
    }
    if (passing || (status != HN_OK && !was_there)) {
        hn_failure failure;
        hn_failure_take(&failure, status);
        remove_figures(report, folder);
        return status == HN_OK ? HN_OK : hn_failure_raise(&failure);
    }
    return status;
}

hn_status hn_report_write(hn_report *report, const char *path, bool force)
{
    HN_TRY(hn_report_status(report));
    char folder[HN_PATH_SIZE];
    HN_TRY(hn_report_figure_folder(folder, sizeof folder, path));
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    if (!output.direct) {
        HN_TRY(may_draw_into(folder, force));
        return draw_and_finish(&output, report, folder, force, false);
    }
    const char *place = getenv("TMPDIR");
    char passing[HN_PATH_SIZE];
    int used = snprintf(passing, sizeof passing, "%s/hipnet-report-XXXXXX",
                        place && *place ? place : "/tmp");
    if (used < 0 || (size_t)used >= sizeof passing || !mkdtemp(passing)) {
        return hn_fail_errno("%s: a folder for the figures", passing);
    }
    return draw_and_finish(&output, report, passing, true, true);
}
