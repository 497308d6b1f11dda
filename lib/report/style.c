/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a report looks: one column of text, quiet rules, figures of equal width for digits; the
 * same on a phone, on a desk and on A4. No font and no picture is loaded.
 */
#include <hipnet/text.h>

#include <ctype.h>

#include "report_internal.h"

static const char *const sheet[] = {
    /* The page */
    ":root{--ink:#1b2127;--quiet:#55606b;--line:#d6dce2;--soft:#f4f6f8;--accent:#0b4f8a;"
    "color-scheme:light}",
    "*{box-sizing:border-box}",
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}",
    "body{margin:0 auto;max-width:70rem;padding:0 1.5rem 3rem;color:var(--ink);background:#fff;"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',"
    "'Liberation Sans',Arial,sans-serif}",
    "h1,h2,h3{line-height:1.25;font-weight:650;margin:0;text-wrap:balance}",
    "h1{font-size:2.1rem;letter-spacing:-.015em}",
    "h2{font-size:1.4rem;margin:3.2rem 0 .9rem;padding-top:1.1rem;border-top:1px solid "
    "var(--line)}",
    "h3{font-size:1.1rem;margin:2.2rem 0 .6rem}",
    "h2 .number{color:var(--accent);font-weight:500;margin-right:.35em}",
    "p,ul,ol{margin:.7rem 0;max-width:46rem}",
    "li{margin:.3rem 0}",
    "a{color:var(--accent)}",
    "code{font:.86em/1.4 ui-monospace,SFMono-Regular,Consolas,'Liberation Mono',monospace;"
    "overflow-wrap:anywhere}",
    ".lead{font-size:1.06rem}",
    ".note{font-size:.86rem;color:var(--quiet);line-height:1.5}",
    ".missing{border-left:3px solid var(--line);padding:.15rem 0 .15rem .9rem;"
    "color:var(--quiet)}",
    /* The top */
    ".top{border-top:6px solid var(--accent);padding-top:1.4rem}",
    ".disclaimer{margin:0 0 1.1rem;font-size:.8rem;font-weight:650;letter-spacing:.08em;"
    "text-transform:uppercase;color:#8a3a00}",
    ".subtitle{font-size:1.15rem;color:var(--quiet);margin:.5rem 0 0}",
    "dl{margin:0}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}",
    ".brief{display:flex;flex-wrap:wrap;gap:.5rem 2.2rem;margin:1.3rem 0 0;font-size:.94rem}",
    ".brief dt{font-size:.8rem}",
    ".headlines h2,.cautions h2{font-size:1rem;margin:0 0 .8rem;padding:0;border:0}",
    ".headlines{margin-top:2rem}",
    ".headlines dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.4rem,1fr));"
    "border:1px solid var(--line);border-radius:4px;overflow:hidden;gap:1px;"
    "background:var(--line)}",
    ".headlines dl div{background:#fff;padding:.9rem 1rem 1rem}",
    ".headlines dt{font-size:.86rem;line-height:1.35;min-height:2.7em;margin-bottom:.35rem}",
    ".headlines .value{font-size:1.95rem;font-weight:600;line-height:1.2;"
    "letter-spacing:-.01em;color:var(--accent);font-variant-numeric:tabular-nums}",
    ".headlines .detail{font-size:.82rem;color:var(--quiet);margin-top:.25rem;line-height:1.4;"
    "font-variant-numeric:tabular-nums}",
    ".cautions{margin:1.6rem 0 0;padding:1rem 1.2rem .8rem;background:#fdf6e9;"
    "border-left:4px solid #b36b00;border-radius:2px}",
    ".cautions ul{margin:0;padding-left:1.1rem;max-width:none}",
    "nav ol{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;list-style-position:inside;padding:0;"
    "margin:1.8rem 0 0;font-size:.94rem;max-width:none}",
    "nav li{margin:0}",
    /* Facts */
    ".facts{display:grid;gap:0;margin:.9rem 0;font-size:.94rem}",
    ".facts div{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;gap:.2rem 1.5rem;"
    "padding:.38rem 0;border-bottom:1px solid var(--line)}",
    /* Tables */
    ".table{overflow-x:auto;margin:1.5rem 0 .5rem}",
    "table{border-collapse:collapse;min-width:100%;font-size:.9rem;line-height:1.4;"
    "font-variant-numeric:tabular-nums}",
    ".narrow table{min-width:min(100%,30rem)}",
    "caption,figcaption{text-align:left;font-size:.92rem;line-height:1.45;color:var(--ink)}",
    "caption{padding:0 0 .55rem;caption-side:top}",
    ".table:focus-visible{outline:2px solid var(--accent);outline-offset:4px}",
    "thead{border-top:1.5px solid var(--ink);border-bottom:1px solid var(--ink)}",
    "tbody{border-bottom:1.5px solid var(--ink)}",
    "tbody tr+tr{border-top:1px solid var(--line)}",
    "th,td{padding:.42rem .55rem;text-align:left;vertical-align:top}",
    "thead th{vertical-align:bottom;font-weight:600;line-height:1.3}",
    "thead th.group{text-align:center;border-bottom:1px solid var(--line)}",
    "tbody th{font-weight:500}",
    ".r{text-align:right}.c{text-align:center}",
    "td.r,td.c{white-space:nowrap}",
    "td small{display:block;color:inherit;opacity:.82;font-size:.86em}",
    ".band th{background:var(--soft);font-weight:600}",
    "tr.total>*{font-weight:600}",
    "td.marked{box-shadow:inset 0 0 0 2px var(--ink)}",
    ".s1{background:#f0f5fa}.s2{background:#dfebf5}.s3{background:#cddff0}.s4{background:#b6d0e8}",
    ".s5{background:#9abfde}.s6{background:#78a8d1}.s7{background:#4d86b8;color:#fff}",
    ".s8{background:#2f6ea6;color:#fff}.s9{background:#195c97;color:#fff}",
    ".s10{background:#0b4f8a;color:#fff}",
    /* Figures */
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));"
    "gap:1.6rem 2.4rem;margin:1.6rem 0;align-items:start}",
    "figure{margin:0;max-width:36rem}",
    "figure svg{display:block;width:100%;height:auto;overflow:visible}",
    "figure svg text{font-family:inherit}",
    "figcaption{margin-top:.6rem}",
    "footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);"
    "font-size:.86rem;color:var(--quiet)}",
    "footer p{max-width:none}",
    /* A phone */
    "@media (max-width:40rem){body{padding:0 1rem 2rem}h1{font-size:1.6rem}"
    "h2{font-size:1.25rem}.headlines dl{grid-template-columns:repeat(2,1fr)}"
    ".headlines dl div:first-child{grid-column:1/-1}.headlines .value{font-size:1.6rem}"
    ".headlines dt{min-height:0}.facts div{grid-template-columns:1fr;gap:0}"
    ".table{margin-left:-1rem;margin-right:-1rem;padding:0 1rem}table{font-size:.84rem}"
    "th,td{padding:.38rem .5rem}nav ol{display:block}"
    "tbody th[scope=row],thead tr:first-child th:first-child{position:sticky;left:-1rem;"
    "background:#fff}caption span{display:inline-block;position:sticky;left:0;"
    "max-width:calc(100vw - 2.5rem)}}",
    /* Paper */
    "@media "
    "print{html{font-size:10pt}body{max-width:none;padding:0;font-size:10pt;line-height:1.45}"
    "h1{font-size:20pt}h2{font-size:14pt;margin-top:20pt}h3{font-size:11pt}"
    "h2,h3,caption{break-after:avoid}nav{display:none}a{color:inherit;text-decoration:none}"
    "tr,figure,.headlines,.cautions li,.facts div{break-inside:avoid}"
    "thead{display:table-header-group}.table{overflow:visible}.short{break-inside:avoid}table{font-"
    "size:8.5pt}"
    "th,td{padding:2.5pt 5pt}.headlines .value{font-size:16pt}"
    ".headlines dl{grid-template-columns:repeat(5,1fr)}.headlines dl div{padding:7pt 8pt}"
    ".headlines .detail{font-size:7.5pt}.headlines dt{font-size:8pt}"
    ".figures{grid-template-columns:1fr 1fr;gap:12pt 16pt}figure:only-child{max-width:11cm}"
    "figcaption,caption,.note{font-size:8.5pt}p,li{orphans:3;widows:3}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}",
};

/* The disclaimer and the page's number at the foot of every sheet of paper. */
static void write_foot(hn_text *html, const char *disclaimer)
{
    hn_text_append(html, "@page{size:A4;margin:17mm 16mm 18mm;"
                         "@bottom-right{content:counter(page) ' / ' counter(pages);"
                         "font:8pt sans-serif;color:#55606b}"
                         "@bottom-left{font:8pt sans-serif;color:#55606b;content:'");
    for (const unsigned char *c = (const unsigned char *)disclaimer; *c; c++) {
        if (isalnum(*c) || *c == ' ' || *c == '.' || *c == ',' || *c == '-') {
            hn_text_printf(html, "%c", *c);
        } else if (*c < 0x80) {
            hn_text_printf(html, "\\%06x", *c);
        } else {
            hn_text_append(html, "?");
        }
    }
    hn_text_append(html, "'}}\n");
}

void hn_page_style(hn_text *html, const char *disclaimer)
{
    for (size_t i = 0; i < HN_COUNT_OF(sheet); i++) {
        hn_text_append(html, sheet[i]);
        hn_text_append(html, "\n");
    }
    write_foot(html, disclaimer);
}
