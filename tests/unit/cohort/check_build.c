/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small hospital on disk: good films and every kind of bad file, built into a cohort. Each row
 * is accounted for, the stored pixels are where they belong, and nothing identifies anybody. */
#include "scratch.h"

#include <hipnet/build.h>
#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>
#include <hipnet/preview.h>
#include <hipnet/pseudonym.h>
#include <hipnet/split.h>

#include <math.h>
#include <string.h>

enum { SIDE = 40 };

/* A picture with a gradient to the right and a mark of its own. */
static void draw(const char *name, int mark)
{
    uint8_t pixels[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        int value = 5 * (i % SIDE) + mark * (i / SIDE == mark % SIDE);
        pixels[i] = (uint8_t)(value > 255 ? 255 : value);
    }
    ck_assert_int_eq(hn_preview_write(scratch(name), true, pixels, SIDE, SIDE, 1), HN_OK);
}

static void put(const char *name, const char *bytes, size_t size)
{
    ck_assert_int_eq(hn_file_write(scratch(name), bytes, size, true), HN_OK);
}

static const char manifest_text[] =
    "patient_id,center,view,path,label,side,crp_mg_l\n"
    "MILLER-1,Ulm,ap,miller_ap.png,pji,left,<5\n"
    "MILLER-1,Ulm,lateral,miller_lat.png,pji,left,<5\n"
    "SMITH-2,Ulm,ap,smith_ap.png,dislocation,right,\"12,5\"\n"
    "JONES-3,Bonn,ap,miller_ap.png,pji,left,\n" /* the same picture, another patient */
    "BROWN-4,Bonn,ap,gone.png,pji,left,\n"
    "BROWN-5,Bonn,ap,empty.png,pji,left,\n"
    "BROWN-6,Bonn,ap,words.png,pji,left,\n"
    "BROWN-7,Bonn,ap,cut.png,pji,left,\n"
    "BROWN-8,Bonn,ap,blank.png,pji,left,\n"
    "BROWN-9,Bonn,ap,folder,pji,left,\n"
    "BROWN-10,Bonn,ap,miller_lat.png,todo,left,\n"
    "CLARK-11,Bonn,ap,cut.png,aseptic_loosening,left,\n" /* loses one view, keeps the other */
    "CLARK-11,Bonn,lateral,clark_lat.png,aseptic_loosening,left,\n";
enum { ROWS = 13, USED = 5 };

static void make_hospital(void)
{
    scratch_open();
    draw("miller_ap.png", 20);
    draw("miller_lat.png", 21);
    draw("smith_ap.png", 22);
    draw("clark_lat.png", 23);
    put("empty.png", "", 0);
    put("words.png", "no picture", 10);
    char *bytes;
    size_t size;
    ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("miller_ap.png"), 1 << 20), HN_OK);
    put("cut.png", bytes, size / 2);
    hn_free(bytes);
    static const uint8_t blank[SIDE * SIDE];
    ck_assert_int_eq(hn_preview_write(scratch("blank.png"), true, blank, SIDE, SIDE, 1), HN_OK);
    ck_assert_int_eq(hn_file_make_folder(scratch("folder")), HN_OK);
    put("manifest.csv", manifest_text, sizeof manifest_text - 1);
}

static char paths[4][600];

static hn_build_options options_for(const hn_cohort_map *map, const char *output)
{
    static const char *manifests[1];
    snprintf(paths[0], sizeof paths[0], "%s", scratch("manifest.csv"));
    snprintf(paths[1], sizeof paths[1], "%s", scratch(output));
    snprintf(paths[2], sizeof paths[2], "%s.quarantine.csv", scratch(output));
    snprintf(paths[3], sizeof paths[3], "%s", scratch("key"));
    manifests[0] = paths[0];
    return (hn_build_options) { .manifests = manifests,
                                .manifest_count = 1,
                                .map = map,
                                .output = paths[1],
                                .quarantine = paths[2],
                                .key = paths[3] };
}

static void open_map(hn_cohort_map *map, int size, int bits)
{
    ck_assert_int_eq(hn_cohort_map_defaults(map), HN_OK);
    map->image.size = size;
    map->image.bits = bits;
}

static const hn_case *case_of(const hn_cohort *cohort, int label, const char *center)
{
    for (int64_t i = 0; i < hn_cohort_get_info(cohort)->cases; i++) {
        const hn_case *facts = hn_cohort_case(cohort, i);
        if (facts->label == label && strcmp(facts->center, center) == 0) {
            return facts;
        }
    }
    ck_abort_msg("no case of class %d in %s", label, center);
    return NULL;
}

static void check_gradient(const hn_cohort *cohort, const hn_case *facts, bool rising)
{
    uint8_t pixels[32 * 32];
    hn_cohort_chunk chunk = { 0 };
    int64_t index = hn_cohort_find_case(cohort, facts->case_id);
    ck_assert_int_eq(hn_cohort_read_image(cohort, index, HN_VIEW_AP, pixels, &chunk), HN_OK);
    ck_assert_int_eq(pixels[2] < pixels[29], rising);
    hn_cohort_chunk_clear(&chunk);
}

START_TEST(every_row_accounted_for)
{
    hn_build_result result;
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 32, 8);
    hn_build_options options = options_for(&map, "c.h5");
    ck_assert_msg(hn_build(&result, &options) == HN_OK, "%s", hn_error_message());
    ck_assert_int_eq(result.rows, ROWS);
    ck_assert_int_eq(result.used, USED);
    ck_assert_int_eq(result.used + result.quarantined, result.rows);
    ck_assert_int_eq(result.reasons[HN_REASON_FILE_MISSING], 1);
    ck_assert_int_eq(result.reasons[HN_REASON_NOT_AN_IMAGE], 2);
    ck_assert_int_eq(result.reasons[HN_REASON_IMAGE_DAMAGED], 2);
    ck_assert_int_eq(result.reasons[HN_REASON_IMAGE_BLANK], 1);
    ck_assert_int_eq(result.reasons[HN_REASON_FILE_UNREADABLE], 1);
    ck_assert_int_eq(result.reasons[HN_REASON_LABEL_MISSING], 1);
    ck_assert_int_eq(result.reasons[HN_REASON_SAME_PICTURE], 1);
    ck_assert_int_eq(result.cases, 4);
    ck_assert_int_eq(result.both, 1);
    ck_assert_int_eq(result.patients, 4);
    ck_assert_int_eq(result.centers, 2);
    ck_assert(result.key_created);

    HN_AUTO_COHORT *cohort = NULL;
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("c.h5")), HN_OK);
    ck_assert_str_eq(hn_cohort_get_info(cohort)->content_sha256, result.content_sha256);
    for (int64_t i = 1; i < 4; i++) { /* the order of the file tells nothing of the original ids */
        ck_assert(strcmp(hn_cohort_case(cohort, i - 1)->case_id,
                         hn_cohort_case(cohort, i)->case_id) < 0);
    }
    check_gradient(cohort, case_of(cohort, 0, "Ulm"), true);
    check_gradient(cohort, case_of(cohort, 2, "Ulm"), false); /* a right hip is mirrored */
    ck_assert(case_of(cohort, 2, "Ulm")->mirrored);
    const hn_case *clark = case_of(cohort, 1, "Bonn");
    ck_assert(!clark->views[HN_VIEW_AP].present && clark->views[HN_VIEW_LATERAL].present);
    ck_assert_int_eq(clark->views[HN_VIEW_LATERAL].rows, SIDE);
    int crp = hn_cohort_find_biomarker(cohort, "crp_mg_l");
    int64_t miller = hn_cohort_find_case(cohort, case_of(cohort, 0, "Ulm")->case_id);
    ck_assert_double_eq(hn_cohort_biomarker(cohort, crp)->value[miller], 5);
    ck_assert_int_eq(hn_cohort_biomarker(cohort, crp)->censoring[miller], -1);
    ck_assert_int_eq(hn_cohort_find_biomarker(cohort, "esr_mm_h"), -1);

    /* the two patients of one picture are one group for the split */
    HN_AUTOFREE hn_split_member *members = NULL;
    int64_t count;
    ck_assert_int_eq(hn_split_members_of(&members, &count, cohort, 0), HN_OK);
    ck_assert_int_eq(count, 4);
    int joined = 0;
    for (int64_t i = 0; i < count; i++) {
        joined += members[i].group != i;
    }
    ck_assert_int_eq(joined, 1);
    hn_cohort_report report;
    ck_assert_int_eq(hn_cohort_check(&report, scratch("c.h5")), HN_OK);
    ck_assert_int_eq(report.violated, 0);
    scratch_close();
}
END_TEST

START_TEST(nobody_is_named)
{
    static const char *const secrets[] = { "MILLER", "SMITH", "JONES",        "CLARK", "miller_ap",
                                           "smith",  ".png",  "manifest.csv", "/tmp" };
    hn_build_result result;
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 32, 8);
    hn_build_options options = options_for(&map, "c.h5");
    ck_assert_int_eq(hn_build(&result, &options), HN_OK);
    HN_AUTOFREE char *bytes = NULL;
    size_t size;
    ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("c.h5"), 1 << 26), HN_OK);
    for (size_t i = 0; i < HN_COUNT_OF(secrets); i++) {
        ck_assert_msg(memmem(bytes, size, secrets[i], strlen(secrets[i])) == NULL, "%s",
                      secrets[i]);
    }
    scratch_close();
}
END_TEST

START_TEST(same_bytes_at_any_thread_count)
{
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 48, 16);
    ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", "1", 1), 0);
    char hash[3][HN_SHA256_HEX];
    for (int t = 1; t <= 3; t++) {
        char name[16];
        snprintf(name, sizeof name, "t%d.h5", t);
        hn_threads_set(t);
        hn_build_result result;
        hn_build_options options = options_for(&map, name);
        ck_assert_int_eq(hn_build(&result, &options), HN_OK);
        ck_assert_int_eq(result.key_created, t == 1);
        ck_assert_int_eq(hn_sha256_file(hash[t - 1], scratch(name)), HN_OK);
    }
    ck_assert_str_eq(hash[0], hash[1]);
    ck_assert_str_eq(hash[0], hash[2]);
    scratch_close();
}
END_TEST

/* The order of the patients in the manifest leaves no trace in the file. */
START_TEST(same_bytes_in_any_order)
{
    static const char header[] = "patient_id,center,view,path,label\n";
    static const char *const rows[] = { "1,U,ap,miller_ap.png,pji\n",
                                        "2,U,ap,smith_ap.png,dislocation\n",
                                        "3,U,ap,miller_lat.png,pji\n" };
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 32, 8);
    ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", "1", 1), 0);
    char hash[2][HN_SHA256_HEX];
    for (int turn = 0; turn < 2; turn++) {
        char text[512] = "";
        snprintf(text, sizeof text, "%s%s%s%s", header, rows[turn ? 2 : 0], rows[1],
                 rows[turn ? 0 : 2]);
        put("manifest.csv", text, strlen(text));
        hn_build_result result;
        hn_build_options options = options_for(&map, turn ? "b.h5" : "a.h5");
        ck_assert_int_eq(hn_build(&result, &options), HN_OK);
        ck_assert_int_eq(hn_sha256_file(hash[turn], options.output), HN_OK);
    }
    ck_assert_str_eq(hash[0], hash[1]);

    hn_key key; /* ids are the same in every center unless the map says otherwise */
    bool created;
    char name[HN_PSEUDONYM_SIZE];
    HN_AUTO_COHORT *cohort = NULL;
    ck_assert_int_eq(hn_key_open(&key, &created, scratch("key"), false), HN_OK);
    ck_assert_int_eq(hn_pseudonym(name, &key, NULL, "2"), HN_OK);
    ck_assert_int_eq(hn_cohort_open(&cohort, scratch("a.h5")), HN_OK);
    ck_assert_str_eq(case_of(cohort, 2, "U")->patient_id, name);
    scratch_close();
}
END_TEST

START_TEST(outputs_are_kept)
{
    hn_build_result result;
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 32, 8);
    put("c.h5", "precious", 8);
    hn_build_options options = options_for(&map, "c.h5");
    ck_assert_int_eq(hn_build(&result, &options), HN_EEXISTS);
    options = options_for(&map, "d.h5");
    put("d.h5.quarantine.csv", "precious", 8);
    ck_assert_int_eq(hn_build(&result, &options), HN_EEXISTS);
    ck_assert(!hn_file_exists(options.key)); /* before any work */
    options = options_for(&map, "c.h5");
    options.force = true;
    hn_interrupt_request();
    ck_assert_int_eq(hn_build(&result, &options), HN_EINTERRUPTED);
    hn_interrupt_clear();
    HN_AUTOFREE char *bytes = NULL;
    size_t size;
    ck_assert_int_eq(hn_file_read(&bytes, &size, scratch("c.h5"), 1 << 20), HN_OK);
    ck_assert_str_eq(bytes, "precious");
    ck_assert(!hn_file_exists(options.quarantine));
    hn_text_list left = { 0 };
    ck_assert_int_eq(hn_file_list(&left, scratch("")), HN_OK);
    for (size_t i = 0; i < left.count; i++) {
        ck_assert_msg(strstr(left.items[i], ".tmp") == NULL, "%s was left", left.items[i]);
    }
    hn_text_list_clear(&left);
    ck_assert_int_eq(hn_build(&result, &options), HN_OK);
    scratch_close();
}
END_TEST

START_TEST(nothing_usable)
{
    static const char text[] = "patient_id,center,view,path,label\n1,U,ap,gone.png,pji\n";
    hn_build_result result;
    HN_AUTO_COHORT_MAP map = { 0 };
    make_hospital();
    open_map(&map, 32, 8);
    put("manifest.csv", text, sizeof text - 1);
    hn_build_options options = options_for(&map, "c.h5");
    ck_assert_int_eq(hn_build(&result, &options), HN_EDATA);
    ck_assert(!hn_file_exists(options.output));
    ck_assert(hn_file_exists(options.quarantine));
    HN_AUTOFREE char *bytes = NULL;
    size_t size;
    ck_assert_int_eq(hn_file_read(&bytes, &size, options.quarantine, 1 << 20), HN_OK);
    ck_assert_ptr_nonnull(strstr(bytes, ",2,left out,file-missing,,gone.png,"));
    put("manifest.csv", text, 35);
    options.force = true;
    ck_assert_int_eq(hn_build(&result, &options), HN_EDATA); /* a header alone */
    scratch_close();
}
END_TEST

Suite *check_build_suite(void);
Suite *check_build_suite(void)
{
    Suite *suite = suite_create("build");
    TCase *tcase = tcase_create("build");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_row_accounted_for);
    tcase_add_test(tcase, nobody_is_named);
    tcase_add_test(tcase, same_bytes_at_any_thread_count);
    tcase_add_test(tcase, same_bytes_in_any_order);
    tcase_add_test(tcase, outputs_are_kept);
    tcase_add_test(tcase, nothing_usable);
    suite_add_tcase(suite, tcase);
    return suite;
}
