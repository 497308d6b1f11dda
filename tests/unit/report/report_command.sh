#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# hipnet report from predictions that would like to be markup: what is on the page, what it warns
# of, what it refuses, and that nothing is left behind.
# usage: report_command.sh HIPNET_EVAL CHECK_PAGE TAP
set -uo pipefail
eval_program=$1
check_page=$2
. "$3"
cd "$scratch" || exit 1
has() { if grep -qF -- "$2" "$1"; then ok; else bad "$1 does not hold: $2"; fi; }
lacks() { if [ ! -s "$1" ] || grep -qF -- "$2" "$1"; then bad "$1 holds: $2"; else ok; fi; }

# 72 cases: two classes of 36 and 30 and one of 6, one without any; dislocations from one center.
awk 'BEGIN {
  print "patient_id,center,subset,label,views,p_pji,p_dislocation,p_polyethylene_wear,p_other,case_id,age,sex,crp_mg_l"
  for (i = 0; i < 72; i++) {
    k = i < 36 ? 0 : i < 66 ? 1 : 2
    split("pji dislocation polyethylene_wear", name, " ")
    center = k == 1 ? "\"O'\''Brien \"\"<script>\"\" \\ @{x}^2_3 `id` 50%\"" : i % 2 ? "Köln" : "Bern"
    right = 0.4 + (i * 7 % 10) / 20; rest = (1 - right) / 3
    crp = i % 9 == 0 ? "" : i % 4 == 1 ? "<5" : 5 + (k == 0 ? 40 : 5) + i
    printf "p%02d,%s,external,%s,%s", i, center, name[k + 1], i % 5 ? "both" : "ap"
    for (c = 0; c < 4; c++) printf ",%.15f", c == (i % 6 ? k : (k + 1) % 4) ? 1 - 3 * rest : rest
    printf ",c%02d,%d,%s,%s\n", i, 50 + i % 40, i % 2 ? "female" : "male", crp
  }
}' > p.csv
expect 0 "evaluate" "$eval_program" evaluate p.csv -o m.json
expect 0 "correlate" "$eval_program" correlate p.csv -o c.json

all=(--predictions p.csv --metrics m.json --correlation c.json)
expect 0 "report" "$eval_program" report "${all[@]}" --kind external --threads 1 -o r.html
[ "$(cat out)" = r.html ] && ok || bad "the page's path is not what was printed"
expect 0 "the page is well formed" "$check_page" r.html
[ "$(ls r.figures | wc -l)" -eq 18 ] && ok || bad "not three files for each of six figures"
has r.html "Absent class."
has r.html "Tiny class."
has r.html "Center and class go together."
has r.html "Research use only"
has r.html "External test report"
has r.html "&lt;script&gt;"
lacks r.html "<script"
lacks r.html "http://"
lacks r.html "https://"
lacks r.html "Metrics of another file"
has r.html "No cohort file was given (--cohort)"
has r.html "No run folder was given (--run)"
has r.html "Hollow marks stand at a detection limit"

# The same bytes again, at another number of threads and from rows in another order.
mkdir again
(head -n 1 p.csv; tail -n +2 p.csv | tac) > again/p.csv
(cd again && "$eval_program" evaluate p.csv -o m.json && "$eval_program" correlate p.csv -o c.json &&
  "$eval_program" report "${all[@]}" --kind external --threads 2 -o r.html) > out 2> err || bad "again"
sed -i '/Predictions, file/d' r.html again/r.html # the hash of the file as it lies there
cmp r.html again/r.html > err && ok || bad "the page depends on threads or on the order of rows"

# Alone it says what is missing; with another file's metrics it says so.
expect 0 "predictions alone" "$eval_program" report --predictions p.csv -o alone.html
expect 0 "the page is well formed" "$check_page" alone.html
has alone.html "No metrics were given (--metrics)"
has alone.html "No correlations were given (--correlation)"
head -n 50 p.csv > part.csv
expect 0 "another file" "$eval_program" report --predictions part.csv --metrics m.json -o part.html
has part.html "Metrics of another file."
expect 0 "as JSON" "$eval_program" report "${all[@]}" --json -o json.html
has out '"label": "Mean one-vs-rest accuracy"'
expect 0 "headlines" "$eval_program" report "${all[@]}" --headlines -o lines.html
[ "$(wc -l < out)" -eq 6 ] && ok || bad "not a path and five headline figures"

# What is refused, and what is left then.
ls > before
expect 2 "no output" "$eval_program" report --predictions p.csv
one_line "no output" "-o FILE"
expect 2 "no class of that name" "$eval_program" report "${all[@]}" --risk-class wear -o x.html
expect 1 "the page is there" "$eval_program" report "${all[@]}" -o r.html
one_line "the page is there" "--force"
expect 1 "another document" "$eval_program" report --predictions p.csv --metrics c.json -o x.html
one_line "another document" "hipnet-metrics 1"
expect 1 "no run" "$eval_program" report "${all[@]}" --run nowhere -o x.html
expect 1 "no cohort" "$eval_program" report "${all[@]}" --cohort nowhere.h5 -o x.html
expect 1 "full disk" "$eval_program" report "${all[@]}" -o /dev/full
expect 1 "no gnuplot" env PATH=/nonexistent "$eval_program" report "${all[@]}" -o x.html
one_line "no gnuplot" "gnuplot-nox"
ls | diff before - > err && ok || bad "something was left behind"
verdict
