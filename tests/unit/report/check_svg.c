/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawings for a page: what may pass passes with its identifiers renamed, what runs or loads
 * does not, and half a drawing is refused. */
#include <check.h>
#include <string.h>

#include <hipnet/figure.h>

static hn_text inlined;

static void clear(void)
{
    hn_text_clear(&inlined);
}

static hn_status inline_it(const char *svg)
{
    return hn_svg_inline(&inlined, svg, strlen(svg), "roc", "Title & <b>", "What it shows");
}

static const struct {
    const char *svg, *there, *gone;
} cases[] = {
    { "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">"
      "</svg>",
      "<svg role=\"img\" aria-labelledby=\"roc-title roc-alt\" viewBox=\"0 0 9 9\"><title "
      "id=\"roc-title\">Title &amp; &lt;b&gt;</title><desc id=\"roc-alt\">What it shows</desc>"
      "</svg>",
      "http" },
    { "<svg><defs><circle id='p' r='1'/></defs><use xlink:href='#p' x='2'/></svg>",
      "<circle id=\"roc-p\" r=\"1\"/></defs><use href=\"#roc-p\" x=\"2\"/>", "xlink" },
    { "<svg><use href='http://example.org/a#b'/></svg>", "<use/>", "example" },
    { "<svg><g clip-path='url(#c)'/><g fill='url(http://example.org)'/></svg>",
      "<g clip-path=\"url(#roc-c)\"/><g/>", "example" },
    { "<svg><script>alert(1)</script><path d='M0'/></svg>", "<path d=\"M0\"/>", "alert" },
    { "<svg><foreignObject><g><text>x</text></g></foreignObject><g/></svg>", "<g/>", "text" },
    { "<svg onload='x()'><path onclick='y()' d='M1'/></svg>", "<path d=\"M1\"/>", "()" },
    { "<svg><path style='background:url(x)' d='M2'/></svg>", "<path d=\"M2\"/>", "style" },
    { "<svg><title>Gnuplot</title><desc>5.4</desc><g><title>p_1</title></g></svg>",
      "</desc><g></g></svg>", "Gnuplot" },
    { "<svg><text>a &amp; b &lt;c></text> stray </svg>", "<text>a &amp; b &lt;c&gt;</text></svg>",
      "stray" },
    { "<svg><text>R & D</text></svg>", "<text>R &amp; D</text>", "R & D" },
    { "<svg><path d='\"'/></svg>", "<path d=\"&quot;\"/>", "'" },
};

START_TEST(test_what_passes)
{
    ck_assert_msg(inline_it(cases[_i].svg) == HN_OK, "%s", hn_error_message());
    ck_assert_msg(strstr(inlined.data, cases[_i].there) != NULL, "%s", inlined.data);
    ck_assert_msg(strstr(inlined.data, cases[_i].gone) == NULL, "%s", inlined.data);
}
END_TEST

static const char *const broken[] = {
    "",
    "no markup",
    "<?xml version=\"1.0\"?>",
    "<svg>",
    "<svg><g></svg>",
    "<svg></g></svg>",
    "<svg><path d='M0",
    "<svg></svg><svg></svg>",
    "<html></html>",
    "<svg/>",
    "<svg><!-- </svg>",
};

START_TEST(test_half_a_drawing_is_refused)
{
    ck_assert_msg(inline_it(broken[_i]) == HN_EFORMAT, "passed: %s", broken[_i]);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "roc"));
}
END_TEST

START_TEST(test_deep_nesting_is_refused)
{
    HN_AUTO_TEXT svg = HN_TEXT_INIT;
    for (int i = 0; i < 100; i++) {
        hn_text_append(&svg, i ? "<g>" : "<svg>");
    }
    ck_assert_int_eq(inline_it(hn_text_get(&svg)), HN_EFORMAT);
}
END_TEST

Suite *check_svg_suite(void);

Suite *check_svg_suite(void)
{
    Suite *suite = suite_create("svg");
    TCase *tcase = tcase_create("svg");
    tcase_add_checked_fixture(tcase, NULL, clear);
    tcase_add_loop_test(tcase, test_what_passes, 0, (int)HN_COUNT_OF(cases));
    tcase_add_loop_test(tcase, test_half_a_drawing_is_refused, 0, (int)HN_COUNT_OF(broken));
    tcase_add_test(tcase, test_deep_nesting_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
