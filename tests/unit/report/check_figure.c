/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts and data of figures, and what gnuplot makes of them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hipnet/file.h>

#include "report/sample.h"

static char folder[64];
static hn_report *report;
static hn_section *section;

static void setup(void)
{
    strcpy(folder, "/tmp/check-figure-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(hn_report_new(&report), HN_OK);
    section = hn_report_section(report, "s", "S");
}

static void teardown(void)
{
    hn_report_freep(&report);
    hn_text_list names = { 0 };
    if (hn_file_list(&names, folder) == HN_OK) {
        for (size_t i = 0; i < names.count; i++) {
            char path[HN_PATH_SIZE];
            ck_assert_int_eq(hn_path_join(path, folder, names.items[i]), HN_OK);
            unlink(path);
        }
    }
    hn_text_list_clear(&names);
    rmdir(folder);
}

static bool exists(const char *name)
{
    char path[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(path, folder, name), HN_OK);
    return hn_file_exists(path);
}

START_TEST(test_words_are_quoted)
{
    hn_plot *figure = sample_figure(section, "curve");
    HN_AUTO_TEXT script = HN_TEXT_INIT;
    ck_assert_int_eq(hn_plot_script(&script, figure), HN_OK);
    ck_assert_msg(strstr(script.data, "set xlabel 'O''Brien \"<b>\" & Söhne \\ @{x}^2_3 `ls` 100 % "
                                      "$x'") != NULL,
                  "%s", script.data);
    ck_assert_ptr_nonnull(strstr(script.data, "noenhanced"));
    ck_assert_ptr_null(strstr(script.data, "Empty, so not drawn"));
}
END_TEST

START_TEST(test_words_stay_on_their_line)
{
    hn_plot *figure = sample_figure(section, "curve");
    figure->x.label = "a\nset output '/tmp/evil'\nb\\";
    figure->y.label = "\xff\xfe";
    HN_AUTO_TEXT script = HN_TEXT_INIT;
    ck_assert_int_eq(hn_plot_script(&script, figure), HN_OK);
    ck_assert_ptr_nonnull(strstr(script.data, "set xlabel 'a set output ''/tmp/evil'' b\\' tc"));
    ck_assert_ptr_nonnull(strstr(script.data, "set ylabel '\?\?' tc"));
    ck_assert_ptr_null(strstr(script.data, "\nset output"));
}
END_TEST

START_TEST(test_long_words_are_cut)
{
    hn_plot *figure = sample_figure(section, "curve");
    char words[1000];
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = 0;
    figure->x.label = words;
    HN_AUTO_TEXT script = HN_TEXT_INIT;
    ck_assert_int_eq(hn_plot_script(&script, figure), HN_OK);
    ck_assert_ptr_nonnull(strstr(script.data, "x…'"));
    ck_assert_ptr_null(strstr(script.data, words));
}
END_TEST

START_TEST(test_data_blocks_and_gaps)
{
    hn_plot *figure = sample_figure(section, "curve");
    HN_AUTO_TEXT data = HN_TEXT_INIT;
    ck_assert_int_eq(hn_plot_data(&data, figure), HN_OK);
    ck_assert_msg(strstr(data.data, "\n0 0 0 0\n0.4 0.5 0.5 0.5\n\n1 1 1 1\n\n\n# 'With ranges'\n"
                                    "0.5 0.5 0.4 0.7\n0.6 0.5 0.5 0.5\n") != NULL,
                  "%s", data.data);
}
END_TEST

START_TEST(test_drawing_holds_the_words)
{
    hn_plot *figure = sample_figure(section, "curve");
    hn_plot_tick(figure, &figure->x, 0, "50 % of '<all>'");
    hn_plot_tick(figure, &figure->x, 1, SAMPLE_NASTY);
    hn_status status = hn_plot_draw(figure, folder, false);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    const char *svg = hn_text_get(&figure->svg);
    ck_assert_msg(strstr(svg, "@{x}^2_3 `ls` 100 % $x</text>") != NULL, "%s", svg);
    ck_assert_msg(strstr(svg, ">50 % of '&lt;all&gt;'<") != NULL, "%s", svg);
    ck_assert_ptr_null(strstr(svg, "http"));
    ck_assert_ptr_null(strstr(svg, "\"gnuplot"));
    ck_assert_ptr_nonnull(strstr(svg, "<desc id=\"curve-alt\">A line that rises &amp; a &lt;point"
                                      "&gt;.</desc>"));
    ck_assert(exists("curve.gp") && exists("curve.dat") && exists("curve.svg"));
}
END_TEST

/* Every kind of series on every kind of axis that it can stand on. */
START_TEST(test_all_marks_draw)
{
    for (int mark = HN_MARK_LINE; mark <= HN_MARK_BARS; mark++) {
        for (int kind = 0; kind < 4; kind++) {
            char name[32];
            snprintf(name, sizeof name, "m%d-%d", mark, kind);
            hn_plot *figure = hn_section_figure(section, name, name);
            figure->x.logarithmic = kind & 1;
            figure->y.logarithmic = kind & 2;
            figure->legend = kind ? HN_LEGEND_BELOW : HN_LEGEND_NONE;
            for (int style = HN_STYLE_REFERENCE; style < 9; style += 3) {
                hn_series *series = hn_plot_series(figure, (hn_mark)mark, style, "s");
                series->open = kind == 1;
                for (int i = -1; i < 6; i++) {
                    hn_series_add_range(series, i, i * style + 2, i - 1, i * style + 3);
                }
            }
            hn_status status = hn_plot_draw(figure, folder, false);
            ck_assert_msg(status == HN_OK, "%s: %s", name, hn_error_message());
        }
    }
}
END_TEST

START_TEST(test_empty_and_single_points_draw)
{
    hn_plot *empty = hn_section_figure(section, "empty", "Nothing");
    ck_assert_msg(hn_plot_draw(empty, folder, false) == HN_OK, "%s", hn_error_message());
    hn_plot *log = hn_section_figure(section, "log", "Nothing on a logarithmic axis");
    log->x.logarithmic = true;
    hn_series_add(hn_plot_series(log, HN_MARK_POINTS, 0, "zero"), 0, 1);
    ck_assert_msg(hn_plot_draw(log, folder, false) == HN_OK, "%s", hn_error_message());
    hn_plot *one = hn_section_figure(section, "one", "One point");
    hn_series_add(hn_plot_series(one, HN_MARK_POINTS, 0, "one"), 5, 5);
    ck_assert_msg(hn_plot_draw(one, folder, false) == HN_OK, "%s", hn_error_message());
}
END_TEST

START_TEST(test_logarithmic_axis_fits_its_data)
{
    hn_plot *plot = hn_section_figure(section, "log", "Two decades");
    plot->x.logarithmic = true;
    hn_series *series = hn_plot_series(plot, HN_MARK_POINTS, 0, NULL);
    hn_series_add(series, 4, 1);
    hn_series_add(series, 80, 2);
    hn_series_add(series, 0, 3);
    HN_AUTO_TEXT script = HN_TEXT_INIT;
    ck_assert_int_eq(hn_plot_script(&script, plot), HN_OK);
    ck_assert_msg(strstr(script.data,
                         "set xrange [3.2:100]\n"
                         "set xtics ('5' 5, '10' 10, '20' 20, '50' 50, '100' 100)\n") != NULL,
                  "%s", script.data);
}
END_TEST

START_TEST(test_same_drawing_in_any_locale)
{
    hn_plot *a = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(a, folder, false), HN_OK);
    HN_AUTOFREE char *first = hn_strdup(hn_text_get(&a->svg));
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("LANG", "de_DE.UTF-8", 1);
    setenv("GNUTERM", "dumb", 1);
    ck_assert_int_eq(hn_plot_draw(a, folder, true), HN_OK);
    ck_assert_str_eq(first, hn_text_get(&a->svg));
}
END_TEST

START_TEST(test_nothing_is_overwritten)
{
    hn_plot *figure = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_OK);
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_EEXISTS);
    ck_assert_int_eq(hn_plot_draw(figure, folder, true), HN_OK);
}
END_TEST

START_TEST(test_missing_gnuplot)
{
    setenv("PATH", "/nonexistent", 1);
    hn_plot *figure = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_ENOTFOUND);
    ck_assert_msg(strstr(hn_error_message(), "gnuplot-nox") != NULL, "%s", hn_error_message());
}
END_TEST

static void fake_gnuplot(const char *script)
{
    char path[HN_PATH_SIZE];
    ck_assert_int_eq(hn_path_join(path, folder, "gnuplot"), HN_OK);
    ck_assert_int_eq(hn_file_write(path, script, strlen(script), true), HN_OK);
    ck_assert_int_eq(access(path, F_OK), 0);
    char command[HN_PATH_SIZE + 16];
    snprintf(command, sizeof command, "chmod +x %s", path);
    ck_assert_int_eq(system(command), 0);
    char search[256];
    snprintf(search, sizeof search, "%s:/usr/bin:/bin", folder);
    setenv("PATH", search, 1);
}

START_TEST(test_gnuplot_that_refuses)
{
    fake_gnuplot("#!/bin/sh\necho 'line 3: no such <word>' >&2\nexit 2\n");
    hn_plot *figure = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_EIO);
    ck_assert_msg(strstr(hn_error_message(), "curve.gp: gnuplot refused it (exit 2): line 3: no "
                                             "such <word>") != NULL,
                  "%s", hn_error_message());
}
END_TEST

START_TEST(test_gnuplot_without_the_users_settings)
{
    fake_gnuplot(
        "#!/bin/sh\n[ \"$LC_ALL$LC_NUMERIC$LANG$GNUTERM$1\" = C-d ] && echo '<svg></svg>'\n");
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("LC_NUMERIC", "de_DE.UTF-8", 1);
    setenv("LANG", "de_DE.UTF-8", 1);
    setenv("GNUTERM", "dumb", 1);
    hn_plot *plot = sample_figure(section, "curve");
    ck_assert_msg(hn_plot_draw(plot, folder, false) == HN_OK, "%s", hn_error_message());
}
END_TEST

START_TEST(test_gnuplot_that_stops_half_way)
{
    fake_gnuplot("#!/bin/sh\necho '<svg><g>'\n");
    hn_plot *figure = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_EFORMAT);
    ck_assert_msg(strstr(hn_error_message(), "cut off") != NULL, "%s", hn_error_message());
}
END_TEST

START_TEST(test_gnuplot_that_dies)
{
    fake_gnuplot("#!/bin/sh\nkill -9 $$\n");
    hn_plot *figure = sample_figure(section, "curve");
    ck_assert_int_eq(hn_plot_draw(figure, folder, false), HN_EIO);
    ck_assert_msg(strstr(hn_error_message(), "signal 9") != NULL, "%s", hn_error_message());
}
END_TEST

Suite *check_figure_suite(void);

Suite *check_figure_suite(void)
{
    Suite *suite = suite_create("figure");
    TCase *tcase = tcase_create("figure");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_words_are_quoted);
    tcase_add_test(tcase, test_words_stay_on_their_line);
    tcase_add_test(tcase, test_long_words_are_cut);
    tcase_add_test(tcase, test_data_blocks_and_gaps);
    tcase_add_test(tcase, test_drawing_holds_the_words);
    tcase_add_test(tcase, test_all_marks_draw);
    tcase_add_test(tcase, test_empty_and_single_points_draw);
    tcase_add_test(tcase, test_logarithmic_axis_fits_its_data);
    tcase_add_test(tcase, test_same_drawing_in_any_locale);
    tcase_add_test(tcase, test_nothing_is_overwritten);
    tcase_add_test(tcase, test_missing_gnuplot);
    tcase_add_test(tcase, test_gnuplot_that_refuses);
    tcase_add_test(tcase, test_gnuplot_without_the_users_settings);
    tcase_add_test(tcase, test_gnuplot_that_stops_half_way);
    tcase_add_test(tcase, test_gnuplot_that_dies);
    suite_add_tcase(suite, tcase);
    return suite;
}
