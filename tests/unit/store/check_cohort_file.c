/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cohort file: what goes in comes out, the hash covers what it must, refusals. */
#include "scratch.h"
#include "tiny_cohort.h"

#include <hipnet/cohort_file.h>
#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/parallel.h>

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ck_ok(expression)                                                                          \
    do {                                                                                           \
        hn_status s_ = (expression);                                                               \
        ck_assert_msg(s_ == HN_OK, "%s: %s", #expression, hn_error_message());                     \
    } while (0)

enum { ROWS = 6, COLUMNS = 5, PIXELS = ROWS * COLUMNS };
static const char *const classes[] = { "pji", "loosening" };
static const char source_hash[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void fill(uint16_t *pixels, int seed)
{
    for (int i = 0; i < PIXELS; i++) {
        pixels[i] = (uint16_t)(i * 2011 + seed * 40503);
    }
}

static hn_cohort_settings settings16(void)
{
    return (hn_cohort_settings) { .rows = ROWS,
                                  .columns = COLUMNS,
                                  .bits = 16,
                                  .classes = classes,
                                  .class_count = 2,
                                  .risk_class = "pji",
                                  .settings_json = "{\"window\": [1, 99]}",
                                  .source_hash_kind = "keyed" };
}

static hn_case first_case(void)
{
    hn_case facts = HN_CASE_INIT;
    facts.case_id = "a1:left";
    facts.patient_id = "a1";
    facts.center = "Besan\xc3\xa7on";
    facts.side = HN_SIDE_LEFT;
    facts.mirrored = true;
    facts.label = 1;
    facts.reference_status = HN_REFERENCE_SINGLE;
    facts.certainty = "definite";
    facts.age_years = 71.5;
    facts.sex = HN_SEX_OTHER;
    facts.study_year = 2019;
    facts.reference_days = -3;
    facts.subset_hint = "external";
    facts.serology_in_reference = HN_ANSWER_YES;
    facts.film_in_reference = HN_ANSWER_NO;
    for (int v = 0; v < HN_VIEWS; v++) {
        facts.views[v] = (hn_case_view) { .present = true,
                                          .spacing_mm = 0.4,
                                          .spacing_meaning = HN_SPACING_CALIBRATED,
                                          .rows = 2022,
                                          .columns = 1777,
                                          .projection = HN_PROJECTION_FROG_LEG,
                                          .source_hash = source_hash };
    }
    return facts;
}

static hn_case second_case(void)
{
    hn_case facts = HN_CASE_INIT;
    facts.case_id = "b1";
    facts.patient_id = "b1";
    facts.center = "other";
    facts.views[HN_VIEW_AP].present = true;
    facts.views[HN_VIEW_AP].rows = facts.views[HN_VIEW_AP].columns = 10;
    facts.views[HN_VIEW_AP].source_hash = source_hash;
    return facts;
}

static void put_picture(hn_cohort_writer *writer, int64_t index, hn_view view, int level)
{
    uint16_t pixels[PIXELS];
    hn_cohort_chunk chunk = { 0 };
    fill(pixels, (int)index * 2 + (int)view);
    ck_ok(hn_cohort_encode_image(&chunk, pixels, ROWS, COLUMNS, 16, level));
    ck_ok(hn_cohort_put_image(writer, index, view, &chunk));
    hn_cohort_chunk_clear(&chunk);
}

/* Two cases; `backwards` puts everything in the other order, with another compression. */
static void write_pair(const char *path, bool backwards, const hn_case *first, char *sha256)
{
    HN_AUTO_COHORT_WRITER *writer = NULL;
    hn_cohort_settings settings = settings16();
    hn_case other = second_case();
    int crp = -1, esr = -1;
    ck_ok(hn_cohort_writer_new(&writer, path, &settings, true));
    if (backwards) {
        ck_ok(hn_cohort_add_biomarker(&esr, writer, "esr_mm_h", "mm/h"));
        ck_ok(hn_cohort_put_case(writer, 1, &other));
        put_picture(writer, 1, HN_VIEW_AP, 9);
    }
    ck_ok(hn_cohort_add_biomarker(&crp, writer, "crp_mg_l", "mg/L"));
    ck_ok(hn_cohort_add_biomarker(&esr, writer, "esr_mm_h", "mm/h"));
    ck_ok(hn_cohort_put_biomarker(writer, 0, crp, 5, -1, -2));
    ck_ok(hn_cohort_put_biomarker(writer, 1, esr, 120, 1, HN_NAN));
    put_picture(writer, 0, HN_VIEW_LATERAL, backwards ? 9 : 1);
    put_picture(writer, 0, HN_VIEW_AP, backwards ? 9 : 1);
    ck_ok(hn_cohort_put_case(writer, 0, first));
    if (!backwards) {
        ck_ok(hn_cohort_put_case(writer, 1, &other));
        put_picture(writer, 1, HN_VIEW_AP, 1);
    }
    ck_ok(hn_cohort_writer_finish(writer, sha256));
}

START_TEST(gives_back_what_it_got)
{
    scratch_open();
    char sha256[HN_SHA256_HEX];
    hn_case first = first_case();
    write_pair(scratch("a.h5"), false, &first, sha256);
    HN_AUTO_COHORT *cohort = NULL;
    ck_ok(hn_cohort_open(&cohort, scratch("a.h5")));
    const hn_cohort_info *info = hn_cohort_get_info(cohort);
    ck_assert_int_eq(info->cases, 2);
    ck_assert_int_eq(info->rows, ROWS);
    ck_assert_int_eq(info->columns, COLUMNS);
    ck_assert_int_eq(info->bits, 16);
    ck_assert_int_eq(info->class_count, 2);
    ck_assert_str_eq(info->classes[1], "loosening");
    ck_assert_int_eq(info->risk_class, 0);
    ck_assert_str_eq(info->settings_json, "{\"window\": [1, 99]}");
    ck_assert_str_eq(info->source_hash_kind, "keyed");
    ck_assert_str_eq(info->content_sha256, sha256);

    const hn_case *a = hn_cohort_case(cohort, 0);
    ck_assert_str_eq(a->case_id, "a1:left");
    ck_assert_str_eq(a->center, "Besan\xc3\xa7on");
    ck_assert_int_eq(a->side, HN_SIDE_LEFT);
    ck_assert(a->mirrored);
    ck_assert_int_eq(a->label, 1);
    ck_assert_int_eq(a->reference_status, HN_REFERENCE_SINGLE);
    ck_assert_str_eq(a->certainty, "definite");
    ck_assert(a->age_years == 71.5);
    ck_assert_int_eq(a->sex, HN_SEX_OTHER);
    ck_assert_int_eq(a->study_year, 2019);
    ck_assert(a->reference_days == -3);
    ck_assert_str_eq(a->subset_hint, "external");
    ck_assert_int_eq(a->serology_in_reference, HN_ANSWER_YES);
    ck_assert_int_eq(a->film_in_reference, HN_ANSWER_NO);
    ck_assert_int_eq(a->views[1].projection, HN_PROJECTION_FROG_LEG);
    ck_assert_int_eq(a->views[1].spacing_meaning, HN_SPACING_CALIBRATED);
    ck_assert(a->views[1].spacing_mm == 0.4);
    ck_assert_int_eq(a->views[1].rows, 2022);
    ck_assert_int_eq(a->views[1].columns, 1777);
    ck_assert_str_eq(a->views[1].source_hash, source_hash);
    const hn_case *b = hn_cohort_case(cohort, hn_cohort_find_case(cohort, "b1"));
    ck_assert(isnan(b->age_years) && isnan(b->reference_days));
    ck_assert_int_eq(b->label, -1);
    ck_assert_int_eq(b->film_in_reference, HN_ANSWER_UNKNOWN);
    ck_assert(!b->views[1].present && isnan(b->views[1].spacing_mm));
    ck_assert_str_eq(b->views[1].pixel_hash, "");
    ck_assert_int_eq(hn_cohort_find_case(cohort, "b2"), -1);

    ck_assert_int_eq(info->biomarker_count, 2);
    const hn_biomarker *crp = hn_cohort_biomarker(cohort, 0);
    ck_assert_str_eq(crp->name, "crp_mg_l");
    ck_assert_str_eq(crp->unit, "mg/L");
    ck_assert(crp->value[0] == 5 && crp->censoring[0] == -1 && crp->days[0] == -2);
    ck_assert(isnan(crp->value[1]) && crp->censoring[1] == 0);
    const hn_biomarker *esr =
        hn_cohort_biomarker(cohort, hn_cohort_find_biomarker(cohort, "esr_mm_h"));
    ck_assert(esr->value[1] == 120 && esr->censoring[1] == 1 && isnan(esr->days[1]));

    uint16_t wanted[PIXELS], found[PIXELS];
    hn_cohort_chunk scratch_space = { 0 };
    fill(wanted, 1);
    ck_ok(hn_cohort_read_image(cohort, 0, HN_VIEW_LATERAL, found, &scratch_space));
    ck_assert_mem_eq(found, wanted, sizeof wanted);
    ck_assert_str_eq(scratch_space.pixel_hash, a->views[1].pixel_hash);
    memset(wanted, 0, sizeof wanted);
    ck_ok(hn_cohort_read_image(cohort, 1, HN_VIEW_LATERAL, found, &scratch_space));
    ck_assert_mem_eq(found, wanted, sizeof wanted);
    hn_cohort_chunk_clear(&scratch_space);
    scratch_close();
}
END_TEST

START_TEST(check_finds_nothing_wrong)
{
    scratch_open();
    ck_ok(tiny_cohort_write(scratch("a.h5"), &(tiny_cohort_options) { .indeterminate_every = 6 }));
    hn_cohort_report report;
    for (int threads = 1; threads <= 3; threads += 2) {
        hn_threads_set(threads);
        ck_ok(hn_cohort_check(&report, scratch("a.h5")));
        for (int i = 0; i < HN_COHORT_INVARIANTS; i++) {
            ck_assert_msg(report.findings[i].state == HN_FINDING_OK, "%d: %s", i + 1,
                          report.findings[i].first);
        }
        ck_assert_int_eq(report.violated, 0);
        ck_assert_int_eq(report.cases, 24);
        ck_assert_int_eq(report.images_read, 24 + 20);
    }
    scratch_close();
}
END_TEST

START_TEST(hash_is_of_the_content_alone)
{
    scratch_open();
    char one[HN_SHA256_HEX], other[HN_SHA256_HEX];
    hn_case first = first_case();
    write_pair(scratch("a.h5"), false, &first, one);
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    write_pair(scratch("b.h5"), true, &first, other);
    ck_assert_str_eq(one, other);
    HN_AUTO_COHORT *cohort = NULL;
    ck_ok(hn_cohort_open(&cohort, scratch("b.h5")));
    ck_assert_str_eq(hn_cohort_get_info(cohort)->created, "1970-01-02T00:00:00Z");
    unsetenv("SOURCE_DATE_EPOCH");
    scratch_close();
}
END_TEST

/* The same figure came out of tests/parity/cohort_reader.py, which follows the definition in
 * cohort_file.h with h5py and hashlib alone. */
START_TEST(hash_is_the_documented_one)
{
    scratch_open();
    char sha256[HN_SHA256_HEX];
    hn_case first = first_case();
    write_pair(scratch("a.h5"), false, &first, sha256);
    ck_assert_str_eq(sha256, "448a4ab19d2ec38b50cfd9131e5227a81ad08610f718fdeed49f8d323d82e82d");
    scratch_close();
}
END_TEST

/* Every single fact moves the hash. */
static void change(hn_case *facts, int number)
{
    hn_case_view *view = &facts->views[HN_VIEW_LATERAL];
    switch (number) {
    case 0:
        facts->case_id = "a2";
        break;
    case 1:
        facts->patient_id = "a2";
        break;
    case 2:
        facts->center = "Besancon";
        break;
    case 3:
        facts->side = HN_SIDE_RIGHT;
        break;
    case 4:
        facts->mirrored = false;
        break;
    case 5:
        facts->label = 0;
        break;
    case 6:
        facts->reference_status = HN_REFERENCE_LOST;
        facts->label = -1;
        break;
    case 7:
        facts->certainty = "";
        break;
    case 8:
        facts->age_years = HN_NAN;
        break;
    case 9:
        facts->sex = HN_SEX_FEMALE;
        break;
    case 10:
        facts->study_year = 0;
        break;
    case 11:
        facts->reference_days = 3;
        break;
    case 12:
        facts->subset_hint = "";
        break;
    case 13:
        facts->serology_in_reference = HN_ANSWER_UNKNOWN;
        break;
    case 14:
        facts->film_in_reference = HN_ANSWER_YES;
        break;
    case 15:
        view->spacing_mm = 0.41;
        break;
    case 16:
        view->spacing_meaning = HN_SPACING_DERIVED;
        break;
    case 17:
        view->rows = 1;
        break;
    case 18:
        view->columns = 1;
        break;
    case 19:
        view->projection = HN_PROJECTION_UNKNOWN;
        break;
    default:
        break;
    }
}

START_TEST(hash_covers_every_fact)
{
    scratch_open();
    char one[HN_SHA256_HEX], other[HN_SHA256_HEX];
    hn_case first = first_case();
    write_pair(scratch("a.h5"), false, &first, one);
    change(&first, _i);
    write_pair(scratch("b.h5"), false, &first, other);
    ck_assert_str_ne(one, other);
    scratch_close();
}
END_TEST

START_TEST(same_bytes_for_same_content)
{
    scratch_open();
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    char path[512];
    snprintf(path, sizeof path, "%s", scratch("a.h5"));
    ck_ok(tiny_cohort_write(path, NULL));
    ck_ok(tiny_cohort_write(scratch("b.h5"), NULL));
    char one[HN_SHA256_HEX], other[HN_SHA256_HEX];
    ck_ok(hn_sha256_file(one, path));
    ck_ok(hn_sha256_file(other, scratch("b.h5")));
    ck_assert_str_eq(one, other);
    unsetenv("SOURCE_DATE_EPOCH");
    scratch_close();
}
END_TEST

/* A case that breaks a rule is refused with the number of the rule. */
static void spoil(hn_case *facts, int number)
{
    hn_case_view *view = &facts->views[HN_VIEW_AP];
    switch (number) {
    case 0:
        facts->case_id = "";
        break;
    case 1:
        facts->case_id = "M\xc3\xbcller";
        break;
    case 2:
        facts->patient_id = "has space";
        break;
    case 3:
        facts->center = NULL;
        break;
    case 4:
        facts->center = "two\nlines";
        break;
    case 5:
        facts->center = "\xff\xfe";
        break;
    case 6:
        facts->certainty = "Fairly sure";
        break;
    case 7:
        facts->subset_hint = "test";
        break;
    case 8:
        facts->age_years = 131;
        break;
    case 9:
        facts->age_years = HUGE_VAL;
        break;
    case 10:
        facts->study_year = 19;
        break;
    case 11:
        facts->reference_days = -HUGE_VAL;
        break;
    case 12:
        facts->label = 2;
        break;
    case 13:
        facts->label = -1;
        break;
    case 14:
        facts->reference_status = HN_REFERENCE_SEVERAL;
        break;
    case 15:
        view->rows = 0;
        break;
    case 16:
        view->spacing_mm = 0;
        break;
    case 17:
        view->spacing_mm = HN_NAN;
        break;
    case 18:
        view->spacing_meaning = HN_SPACING_NONE;
        break;
    case 19:
        view->source_hash = "abc";
        break;
    default:
        view->present = false;
        break;
    }
}
static const int spoilt_invariants[] = { 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7,
                                         7, 8, 8, 8, 9, 9, 9, 9, 9, 9 };

START_TEST(writer_refuses_bad_facts)
{
    scratch_open();
    HN_AUTO_COHORT_WRITER *writer = NULL;
    hn_cohort_settings settings = settings16();
    ck_ok(hn_cohort_writer_new(&writer, scratch("a.h5"), &settings, false));
    hn_case facts = first_case();
    ck_ok(hn_cohort_put_case(writer, 0, &facts));
    spoil(&facts, _i);
    ck_assert_int_eq(hn_cohort_put_case(writer, 0, &facts), HN_EDATA);
    char words[32];
    snprintf(words, sizeof words, "(invariant %d)", spoilt_invariants[_i]);
    ck_assert_msg(strstr(hn_error_message(), words), "%s", hn_error_message());
    scratch_close();
}
END_TEST

START_TEST(writer_refuses_bad_settings)
{
    scratch_open();
    static const char *const upper[] = { "PJI" };
    static const char *const twice[] = { "pji", "pji" };
    hn_cohort_settings bad[6];
    for (int i = 0; i < 6; i++) {
        bad[i] = settings16();
    }
    bad[0].rows = 0;
    bad[1].settings_json = "[]";
    bad[2].settings_json = "{";
    bad[3].risk_class = "fracture";
    bad[4].classes = upper;
    bad[4].class_count = 1;
    bad[5].classes = twice;
    for (int i = 0; i < 6; i++) {
        hn_cohort_writer *writer = NULL;
        ck_assert_int_ne(hn_cohort_writer_new(&writer, scratch("a.h5"), &bad[i], false), HN_OK);
        ck_assert_ptr_null(writer);
    }
    hn_text_list names = { 0 };
    ck_ok(hn_file_list(&names, scratch_folder));
    ck_assert_uint_eq(names.count, 0);
    scratch_close();
}
END_TEST

START_TEST(writer_refuses_what_is_incomplete)
{
    scratch_open();
    hn_cohort_settings settings = settings16();
    hn_case facts = first_case();
    for (int i = 0; i < 5; i++) {
        HN_AUTO_COHORT_WRITER *writer = NULL;
        ck_ok(hn_cohort_writer_new(&writer, scratch("a.h5"), &settings, false));
        if (i >= 1) {
            put_picture(writer, 0, HN_VIEW_AP, 1);
        }
        if (i >= 2) {
            ck_ok(hn_cohort_put_case(writer, 0, &facts)); /* 2: the lateral is not there */
        }
        if (i >= 3) {
            put_picture(writer, 0, HN_VIEW_LATERAL, 1);
            put_picture(writer, 1, HN_VIEW_AP, 1);
            put_picture(writer, 1, HN_VIEW_LATERAL, 1); /* 3: case 1 has no facts */
        }
        if (i >= 4) {
            ck_ok(hn_cohort_put_case(writer, 1, &facts)); /* 4: the same case_id twice */
        }
        ck_assert_int_eq(hn_cohort_writer_finish(writer, NULL), HN_EDATA);
    }
    hn_text_list names = { 0 };
    ck_ok(hn_file_list(&names, scratch_folder));
    ck_assert_uint_eq(names.count, 0);
    scratch_close();
}
END_TEST

START_TEST(biomarkers_are_checked)
{
    scratch_open();
    HN_AUTO_COHORT_WRITER *writer = NULL;
    hn_cohort_settings settings = settings16();
    ck_ok(hn_cohort_writer_new(&writer, scratch("a.h5"), &settings, false));
    int number = -1, again = -1;
    ck_assert_int_eq(hn_cohort_add_biomarker(&number, writer, "CRP", ""), HN_EDATA);
    ck_assert_int_eq(hn_cohort_add_biomarker(&number, writer, "../x", ""), HN_EDATA);
    ck_ok(hn_cohort_add_biomarker(&number, writer, "crp", "mg/L"));
    ck_ok(hn_cohort_add_biomarker(&again, writer, "crp", "mg/L"));
    ck_assert_int_eq(number, again);
    ck_assert_int_eq(hn_cohort_put_biomarker(writer, 0, number, HUGE_VAL, 0, 0), HN_EDATA);
    ck_assert_int_eq(hn_cohort_put_biomarker(writer, 0, number, 3, 2, 0), HN_EDATA);
    ck_assert_int_eq(hn_cohort_put_biomarker(writer, 0, number, HN_NAN, 1, 0), HN_EDATA);
    ck_assert_int_eq(hn_cohort_put_biomarker(writer, -1, number, 3, 0, 0), HN_EDATA);
    scratch_close();
}
END_TEST

START_TEST(the_old_file_stays)
{
    scratch_open();
    ck_ok(hn_file_write(scratch("a.h5"), "old", 3, false));
    HN_AUTO_COHORT_WRITER *writer = NULL;
    hn_cohort_settings settings = settings16();
    ck_assert_int_eq(hn_cohort_writer_new(&writer, scratch("a.h5"), &settings, false), HN_EEXISTS);
    ck_ok(hn_cohort_writer_new(&writer, scratch("a.h5"), &settings, true));
    put_picture(writer, 0, HN_VIEW_AP, 1);
    hn_cohort_writer_freep(&writer);
    int64_t size = 0;
    ck_ok(hn_file_size(&size, scratch("a.h5")));
    ck_assert_int_eq(size, 3);
    ck_assert_int_eq(hn_cohort_writer_new(&writer, "/dev/full", &settings, true), HN_EUSAGE);
    ck_assert_int_ne(hn_cohort_writer_new(&writer, scratch("no/a.h5"), &settings, true), HN_OK);
    scratch_close();
}
END_TEST

/* A disk that fills up, played by a limit on the size of files. In a process of its own, which
 * ends in the ordinary way: what HDF5 could not write must not be tried again at the end. */
static int write_on_full_disk(const char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { .rlim_cur = 20000, .rlim_max = RLIM_INFINITY };
    bool good = setrlimit(RLIMIT_FSIZE, &limit) == 0 && tiny_cohort_write(path, NULL) == HN_EIO &&
                strstr(hn_error_message(), "a.h5") != NULL && !hn_file_exists(path);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

START_TEST(a_full_disk_is_reported)
{
    scratch_open();
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        exit(write_on_full_disk(scratch("a.h5")));
    }
    int state = 0;
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert(WIFEXITED(state));
    ck_assert_int_eq(WEXITSTATUS(state), EXIT_SUCCESS);
    scratch_close();
}
END_TEST

struct reading {
    const hn_cohort *cohort;
    hn_cohort_chunk scratch[8];
    int64_t sums[96];
};

static hn_status read_one(void *context, int64_t index, int worker)
{
    struct reading *reading = context;
    uint16_t pixels[32 * 32];
    for (int v = 0; v < HN_VIEWS; v++) {
        HN_TRY(hn_cohort_read_image(reading->cohort, index, (hn_view)v, pixels,
                                    &reading->scratch[worker]));
        for (int i = 0; i < 32 * 32; i++) {
            reading->sums[index] += pixels[i];
        }
    }
    return HN_OK;
}

START_TEST(threads_read_the_same)
{
    scratch_open();
    ck_ok(tiny_cohort_write(scratch("a.h5"), &(tiny_cohort_options) { .cases = 96, .bits = 16 }));
    HN_AUTO_COHORT *cohort = NULL;
    ck_ok(hn_cohort_open(&cohort, scratch("a.h5")));
    int64_t sums[2][96];
    for (int pass = 0; pass < 2; pass++) {
        struct reading reading = { .cohort = cohort };
        hn_threads_set(pass ? 4 : 1);
        ck_ok(hn_parallel_for(96, read_one, &reading));
        memcpy(sums[pass], reading.sums, sizeof sums[pass]);
        for (int w = 0; w < 8; w++) {
            hn_cohort_chunk_clear(&reading.scratch[w]);
        }
    }
    ck_assert_mem_eq(sums[0], sums[1], sizeof sums[0]);
    ck_assert_int_gt(sums[0][0], 0);
    scratch_close();
}
END_TEST

START_TEST(words_go_both_ways)
{
    hn_side side = HN_SIDE_UNKNOWN;
    hn_projection projection = HN_PROJECTION_UNKNOWN;
    hn_reference_status status = HN_REFERENCE_SINGLE;
    hn_spacing_meaning spacing = HN_SPACING_NONE;
    ck_ok(hn_side_parse(&side, hn_side_name(HN_SIDE_RIGHT)));
    ck_assert_int_eq(side, HN_SIDE_RIGHT);
    ck_ok(hn_projection_parse(&projection, hn_projection_name(HN_PROJECTION_CROSS_TABLE)));
    ck_assert_int_eq(projection, HN_PROJECTION_CROSS_TABLE);
    ck_ok(hn_reference_status_parse(&status, hn_reference_status_name(HN_REFERENCE_LOST)));
    ck_assert_int_eq(status, HN_REFERENCE_LOST);
    ck_ok(hn_spacing_parse(&spacing, hn_spacing_name(HN_SPACING_DERIVED)));
    ck_assert_int_eq(spacing, HN_SPACING_DERIVED);
    ck_assert_int_eq(hn_side_parse(&side, "Left"), HN_EFORMAT);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "'Left' is not one of unknown, left, right"));
}
END_TEST

Suite *check_cohort_file_suite(void);
Suite *check_cohort_file_suite(void)
{
    Suite *suite = suite_create("cohort file");
    TCase *tests = tcase_create("cohort file");
    tcase_add_test(tests, gives_back_what_it_got);
    tcase_add_test(tests, check_finds_nothing_wrong);
    tcase_add_test(tests, hash_is_of_the_content_alone);
    tcase_add_test(tests, hash_is_the_documented_one);
    tcase_add_loop_test(tests, hash_covers_every_fact, 0, 20);
    tcase_add_test(tests, same_bytes_for_same_content);
    tcase_add_loop_test(tests, writer_refuses_bad_facts, 0, (int)HN_COUNT_OF(spoilt_invariants));
    tcase_add_test(tests, writer_refuses_bad_settings);
    tcase_add_test(tests, writer_refuses_what_is_incomplete);
    tcase_add_test(tests, biomarkers_are_checked);
    tcase_add_test(tests, the_old_file_stays);
    tcase_add_test(tests, a_full_disk_is_reported);
    tcase_add_test(tests, threads_read_the_same);
    tcase_add_test(tests, words_go_both_ways);
    suite_add_tcase(suite, tests);
    return suite;
}
