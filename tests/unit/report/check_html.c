/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page: escaping, structure, determinism; and the checker, which must see every fault. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/sample.h"

static const char drawing[] = "<svg viewBox=\"0 0 1 1\"><path d=\"M0,0\"/></svg>";

/* Stands in for gnuplot: these tests are about the page. */
static void fake_drawings(hn_report *report)
{
    for (size_t i = 0; i < report->section_count; i++) {
        for (size_t k = 0; k < report->sections[i]->count; k++) {
            hn_plot *figure = report->sections[i]->blocks[k].figure;
            if (figure) {
                ck_assert_int_eq(hn_svg_inline(&figure->svg, drawing, sizeof drawing - 1,
                                               figure->name, figure->caption, figure->alt),
                                 HN_OK);
            }
        }
    }
}

static void escapes(const char *words, const char *expected)
{
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_html_text(&text, words);
    ck_assert_str_eq(hn_text_get(&text), expected);
}

START_TEST(test_text_is_escaped)
{
    escapes("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
    escapes("Zürich 日本", "Zürich 日本");
    escapes("one\ntwo\tthree", "one two three");
    escapes("bell\x07 del\x7f", "bell\xef\xbf\xbd del\xef\xbf\xbd");
    escapes("latin1 \xfc!", "latin1 \xef\xbf\xbd!");
    escapes("cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
    escapes("surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    escapes("overlong \xc0\xaf", "overlong \xef\xbf\xbd\xef\xbf\xbd");
    escapes("", "");
    escapes(NULL, "");
}
END_TEST

START_TEST(test_page_is_well_formed)
{
    HN_AUTO_REPORT *report = sample_report();
    fake_drawings(report);
    HN_AUTO_TEXT page = HN_TEXT_INIT;
    ck_assert_int_eq(hn_html_page(&page, report), HN_OK);
    hn_status status = hn_html_check(page.data, page.size);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
    ck_assert_ptr_null(strstr(page.data, "<b>\" &"));
    ck_assert_ptr_null(strstr(page.data, "http:"));
    ck_assert_ptr_null(strstr(page.data, "https:"));
    ck_assert_ptr_nonnull(strstr(page.data, "Research use only"));
}
END_TEST

START_TEST(test_table_structure)
{
    HN_AUTO_REPORT *report = sample_report();
    fake_drawings(report);
    HN_AUTO_TEXT page = HN_TEXT_INIT;
    ck_assert_int_eq(hn_html_page(&page, report), HN_OK);
    static const char *const expected[] = {
        "<caption id=\"counts-caption\"><span><b>Table 1.</b> Counts &lt;of&gt;",
        "<tr><th scope=\"col\" rowspan=\"2\" class=\"l\">Center</th>"
        "<th scope=\"colgroup\" colspan=\"2\" class=\"group\">Views</th></tr>",
        "<tr><th scope=\"col\" class=\"r\">AP</th><th scope=\"col\" class=\"r\">Lateral</th></tr>",
        "<tr class=\"band\"><th scope=\"colgroup\" colspan=\"3\">All &lt;centers&gt;</th></tr>",
        "<td class=\"r\">12</td><td class=\"r s7 marked\">3 <small>25%</small></td></tr>",
        "<tr><th scope=\"row\" class=\"l\">A short row</th><td class=\"r\"></td>"
        "<td class=\"r\"></td></tr>",
        "<tr class=\"total\"><th scope=\"row\" class=\"l\">All</th>",
        "<div class=\"table short\" id=\"counts\" role=\"region\" ",
        "<p class=\"note\">A dash: &lt;nothing&gt;.</p>",
        "<b>Figure 2.</b>",
        "<dt>Hash</dt><dd><code>00ff</code></dd>",
    };
    for (size_t i = 0; i < HN_COUNT_OF(expected); i++) {
        ck_assert_msg(strstr(page.data, expected[i]) != NULL, "not in the page: %s", expected[i]);
    }
}
END_TEST

START_TEST(test_same_bytes_twice)
{
    hn_text pages[2] = { HN_TEXT_INIT, HN_TEXT_INIT };
    for (int i = 0; i < 2; i++) {
        HN_AUTO_REPORT *report = sample_report();
        fake_drawings(report);
        ck_assert_int_eq(hn_html_page(&pages[i], report), HN_OK);
    }
    ck_assert_uint_eq(pages[0].size, pages[1].size);
    ck_assert_int_eq(memcmp(pages[0].data, pages[1].data, pages[0].size), 0);
    hn_text_clear(&pages[0]);
    hn_text_clear(&pages[1]);
}
END_TEST

START_TEST(test_undrawn_figure_is_refused)
{
    HN_AUTO_REPORT *report = sample_report();
    HN_AUTO_TEXT page = HN_TEXT_INIT;
    ck_assert_int_eq(hn_html_page(&page, report), HN_EUSAGE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "curve"));
}
END_TEST

START_TEST(test_nothing_to_add_to)
{
    hn_section_say(NULL, HN_TONE_PLAIN, "%s", "x");
    hn_section_item(NULL, "x", "%s", "x");
    hn_section_fact(NULL, "x", "%s", "x");
    ck_assert_ptr_null(hn_section_table(NULL, "x", "x"));
    ck_assert_ptr_null(hn_table_cell(NULL, "%s", "x"));
    ck_assert_ptr_null(hn_section_figure(NULL, "x", "x"));
    ck_assert_ptr_null(hn_plot_series(NULL, HN_MARK_LINE, 0, "x"));
    hn_series_add(NULL, 0, 0);
    hn_table_row(NULL);
    hn_report_fact(NULL, "x", "%s", "x");
    ck_assert_int_eq(hn_report_status(NULL), HN_ENOMEM);
}
END_TEST

#define PAGE(body) "<!DOCTYPE html>\n<html lang=\"en\"><body><h1>T</h1>" body "</body></html>"

static const struct {
    const char *page, *words;
} faults[] = {
    { PAGE("<p>a</div>"), "</div> where p is open" },
    { PAGE("<p>a"), "where p is open" },
    { "<html><h1>x</h1>", "not closed" },
    { PAGE("<p id=\"a\" id=\"b\">a</p>"), "twice" },
    { PAGE("<p id=\"a\">a</p><p id=\"a\">b</p>"), "'a' is used twice" },
    { PAGE("<a href=\"#b\">a</a>"), "nothing is called 'b'" },
    { PAGE("<p class=x>a</p>"), "not quoted" },
    { PAGE("<p>a & b</p>"), "bare '&'" },
    { PAGE("<p>a < b</p>"), "opens no tag" },
    { PAGE("<script>x</script>"), "<script>" },
    { PAGE("<p onclick=\"x\">a</p>"), "outside" },
    { PAGE("<a href=\"https://example.org\">a</a>"), "outside" },
    { PAGE("<p style=\"background:url(http://example.org)\">a</p>"), "outside" },
    { PAGE("<img alt=\"a\" src=\"a.png\">"), "outside" },
    { PAGE("<img src=\"data:image/png;base64,\">"), "without alt" },
    { PAGE("<table><tr><td>a</td></tr></table>"), "caption" },
    { PAGE("<table><caption>a</caption><tr><th>a</th></tr></table>"), "scope" },
    { PAGE("<svg role=\"img\"><path/></svg>"), "title" },
    { PAGE("<h3>a</h3>"), "heading of level 3" },
    { PAGE("<h1>a</h1>"), "2 headings" },
    { PAGE("<!-- a"), "does not end" },
    { PAGE("<p"), "<p" },
    { PAGE("\xff"), "UTF-8" },
};

START_TEST(test_checker_sees_faults)
{
    hn_status status = hn_html_check(faults[_i].page, strlen(faults[_i].page));
    ck_assert_msg(status == HN_EFORMAT, "passed: %s", faults[_i].page);
    ck_assert_msg(strstr(hn_error_message(), faults[_i].words) != NULL, "%s: %s", faults[_i].page,
                  hn_error_message());
}
END_TEST

START_TEST(test_checker_passes_good_page)
{
    static const char page[] =
        PAGE("<h2 id=\"a\">a &amp; b</h2><a href=\"#a\">x</a><img alt=\"\" src=\"data:image/png\">"
             "<table><caption>c</caption><tr><th scope=\"col\">h</th></tr></table>");
    hn_status status = hn_html_check(page, sizeof page - 1);
    ck_assert_msg(status == HN_OK, "%s", hn_error_message());
}
END_TEST

Suite *check_html_suite(void);

Suite *check_html_suite(void)
{
    Suite *suite = suite_create("html");
    TCase *page = tcase_create("page");
    tcase_add_test(page, test_text_is_escaped);
    tcase_add_test(page, test_page_is_well_formed);
    tcase_add_test(page, test_table_structure);
    tcase_add_test(page, test_same_bytes_twice);
    tcase_add_test(page, test_undrawn_figure_is_refused);
    tcase_add_test(page, test_nothing_to_add_to);
    suite_add_tcase(suite, page);
    TCase *checker = tcase_create("checker");
    tcase_add_loop_test(checker, test_checker_sees_faults, 0, (int)HN_COUNT_OF(faults));
    tcase_add_test(checker, test_checker_passes_good_page);
    suite_add_tcase(suite, checker);
    return suite;
}
