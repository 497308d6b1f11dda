/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile manifests: whatever the table says, every row ends in exactly one case or with one
 * reason, cases keep the promises that the cohort file's writer relies on, and no value that was
 * not read is a number.
 */
#include <hipnet/manifest.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool kept)
{
    if (!kept) {
        abort();
    }
}

static void look_at_rows(hn_manifest *manifest)
{
    for (int64_t i = 0; i < hn_manifest_rows(manifest); i++) {
        const hn_manifest_row *row = hn_manifest_row_at(manifest, i);
        must(!hn_reason_is_note(row->reason));
        must((row->reason == HN_REASON_NONE) == (row->case_index >= 0));
        must(row->reason != HN_REASON_NONE || (*row->patient && *row->center && *row->path));
        if (row->case_index >= 0) {
            must(hn_manifest_case_at(manifest, row->case_index)->rows[row->view] == i);
        }
    }
    for (int64_t i = 0; i < hn_manifest_notes(manifest); i++) {
        const hn_note *note = hn_manifest_note_at(manifest, i);
        must(note->row >= 0 && note->row < hn_manifest_rows(manifest));
        must(hn_reason_is_note(note->reason));
    }
}

static void look_at_case(hn_manifest *manifest, const hn_case_plan *plan, int biomarkers)
{
    const hn_case *facts = &plan->facts;
    must(plan->rows[HN_VIEW_AP] >= 0 || plan->rows[HN_VIEW_LATERAL] >= 0);
    must((facts->label >= 0) == (facts->reference_status == HN_REFERENCE_SINGLE));
    must(isnan(facts->age_years) || (facts->age_years >= 0 && facts->age_years <= 130));
    must(facts->study_year == 0 || (facts->study_year >= 1895 && facts->study_year <= 2200));
    must(!isinf(facts->reference_days) && !(facts->reference_days < 0));
    for (int b = 0; b < biomarkers; b++) {
        must(isnan(plan->labs[b].value) ||
             (plan->labs[b].value >= 0 && isfinite(plan->labs[b].value)));
    }
    for (int v = 0; v < HN_VIEWS; v++) {
        if (plan->rows[v] >= 0) {
            const hn_manifest_row *row = hn_manifest_row_at(manifest, plan->rows[v]);
            must(strcmp(row->patient, plan->patient) == 0 && row->side == plan->side);
        }
    }
}

/* The first byte chooses among the rules. */
static void set_rules(hn_cohort_map *map, uint8_t choice)
{
    map->several_images = (hn_image_rule)(choice % 3);
    map->several_labels = choice & 4 ? HN_LABELS_SEVERAL : HN_LABELS_QUARANTINE;
    map->missing_label = choice & 8 ? HN_MISSING_PENDING : HN_MISSING_QUARANTINE;
    map->ids_per_center = choice & 16;
    map->center_from_file = choice & 32;
    map->date_order = (hn_date_order)((choice >> 6) % 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HN_AUTO_CSV *csv = NULL;
    if (size < 1 || hn_csv_parse(&csv, (const char *)data + 1, size - 1, "m.csv") != HN_OK) {
        return 0;
    }
    HN_AUTO_COHORT_MAP map = { 0 };
    must(hn_cohort_map_defaults(&map) == HN_OK);
    set_rules(&map, data[0]);
    HN_AUTO_MANIFEST *manifest = NULL;
    must(hn_manifest_new(&manifest, &map) == HN_OK);
    if (hn_manifest_add_csv(manifest, csv, "folder/m.csv") != HN_OK) {
        must(hn_error_message()[0] != '\0' && !strchr(hn_error_message(), '\n'));
        return 0;
    }
    must(hn_manifest_rows(manifest) == hn_csv_rows(csv));
    must(hn_manifest_plan(manifest) == HN_OK);
    look_at_rows(manifest);
    for (int64_t i = 0; i < hn_manifest_cases(manifest); i++) {
        look_at_case(manifest, hn_manifest_case_at(manifest, i), map.biomarker_count);
    }
    must(hn_manifest_write_quarantine(manifest, "/dev/null", false) == HN_OK);
    return 0;
}
