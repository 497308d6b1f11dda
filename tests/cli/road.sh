#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole road on a small made-up cohort, and what happens on it when a disk is full, an output
# exists, or somebody presses Ctrl-C or kills the training.  usage: road.sh BIN
set -uo pipefail
bin=$1
. "$(dirname "$0")/tap.sh"
hipnet=$bin/hipnet
source=$(readlink -f "$(dirname "$0")/../..")
cd "$scratch" || exit 1

"$bin/make_radiographs" in 60 1 || exit 1
printf 'P-900;north;ap;gone.png;pji;61;M;\r\nP-901;north;oblique;p000_ap.png;pji;61;M;\r\n' >>in/manifest.csv
printf 'P-902;north;ap;broken.png;pji;61;M;\r\n' >>in/manifest.csv
head -c 2000 in/p001_ap.png >in/broken.png

# --- data
expect 3 "build with three bad rows" "$hipnet" build in/manifest.csv --map in/cohort.json --size 64 -o c.h5
grep -q 'gone.png' c.quarantine.csv && ok || bad "the missing file is not in quarantine"
grep -q 'broken.png' c.quarantine.csv && ok || bad "the broken file is not in quarantine"
grep -q 'oblique' c.quarantine.csv && ok || bad "the unknown view is not in quarantine"
[ "$(stat -c %a c.h5.key)" = 600 ] && ok || bad "the key of the pseudonyms is open to others"
expect 1 "build onto an existing cohort" "$hipnet" build in/manifest.csv --map in/cohort.json --size 64 -o c.h5
one_line "build onto an existing cohort" "--force"
cp c.h5 first.h5
expect 3 "build again with one thread" env SOURCE_DATE_EPOCH=1 "$hipnet" build in/manifest.csv --map in/cohort.json --size 64 --key c.h5.key -t 1 -o t1.h5
expect 3 "build again with three threads" env SOURCE_DATE_EPOCH=1 "$hipnet" build in/manifest.csv --map in/cohort.json --size 64 --key c.h5.key -t 3 -o t3.h5
cmp -s t1.h5 t3.h5 && ok || bad "one and three threads build different bytes"
grep -aqE 'P-0[0-9][0-9]|p000_ap' c.h5 && bad "an original patient id or path is in the cohort file" || ok
expect 0 "check" "$hipnet" check c.h5
expect 0 "show" "$hipnet" show c.h5
expect 0 "show --json" "$hipnet" show c.h5 --json
expect 0 "inspect" "$hipnet" inspect in/p000_ap.png
expect 3 "inspect a broken file" "$hipnet" inspect in/p000_ap.png in/broken.png
expect 1 "show on a full disk" sh -c "'$hipnet' show c.h5 >/dev/full"
head -c 5000 c.h5 >cut.h5
expect 1 "a cut cohort" "$hipnet" show cut.h5
one_line "a cut cohort" "cut.h5"
expect 0 "split" "$hipnet" split c.h5 -o s.json --external east --seed 3
expect 0 "split again" "$hipnet" split c.h5 -o s2.json --external east --seed 3
cmp -s s.json s2.json && ok || bad "the same seed splits differently"
expect 1 "split onto an existing one" "$hipnet" split c.h5 -o s.json --external east
expect 2 "split with an unknown center" "$hipnet" split c.h5 -o s3.json --external eats
one_line "split with an unknown center" "east"
expect 1 "split on a full disk" "$hipnet" split c.h5 -o /dev/full --external east

# --- training
cat >small.json <<'JSON'
{ "model": { "backbones": ["resnet_mini", "efficientnet_mini"] },
  "train": { "epochs": 6, "batch_size": 8, "lr": 0.002, "warmup_epochs": 1 } }
JSON
train=("$hipnet" train --cohort c.h5 --split s.json --config small.json -t 2 --seed 5)
expect 0 "train" "${train[@]}" -o run
[ -e run/DONE ] && ok || bad "no DONE marker"
expect 1 "train into an existing run" "${train[@]}" -o run
one_line "train into an existing run" "--resume"
expect 1 "resume without a run" "${train[@]}" -o nothing --resume
[ -e nothing ] && bad "resuming nothing made a folder" || ok
expect 2 "an unknown key" "${train[@]}" -o other --set train.epoch=3
one_line "an unknown key" "train.epochs"
expect 1 "another cohort's split" "$hipnet" train --cohort first.h5 --split s2.json --config small.json -o wrong --device cuda:7

# disturb SIGNAL FOLDER: starts the training and sends the signal after its first finished epoch.
disturb() {
  local pid
  setsid "${train[@]}" -o "$2" -q >/dev/null 2>"$scratch/err" </dev/null &
  pid=$!
  for _ in $(seq 600); do
    [ ! -s "$2/resnet_mini-f0/log.jsonl" ] || break
    sleep 0.1
  done
  kill -s "$1" $pid
  wait $pid 2>/dev/null
}

# Ctrl-C finishes the step, saves, and says 130; resuming gives the bytes of an undisturbed run.
disturb INT stopped
code=$?
[ $code -eq 130 ] && ok || bad "Ctrl-C during training: exit code $code"
[ -e stopped/DONE ] && bad "the training was too short to be stopped" || ok
expect 0 "resume after Ctrl-C" "${train[@]}" -o stopped --resume
for member in resnet_mini-f0 efficientnet_mini-f0; do
  cmp -s run/$member/model_last.safetensors stopped/$member/model_last.safetensors && ok ||
    bad "$member: the resumed weights differ from the undisturbed ones"
done
disturb KILL killed
[ -e killed/DONE ] && bad "the training was too short to be killed" || ok
expect 0 "resume after SIGKILL" "${train[@]}" -o killed --resume
for member in resnet_mini-f0 efficientnet_mini-f0; do
  cmp -s run/$member/model_last.safetensors killed/$member/model_last.safetensors && ok ||
    bad "$member: the weights after SIGKILL differ from the undisturbed ones"
done

# --- results
expect 0 "predict" "$hipnet" predict run --cohort c.h5 -o p.csv --members members
[ "$(ls members | wc -l)" -eq 2 ] && ok || bad "two members were to be written"
expect 1 "predict onto an existing file" "$hipnet" predict run --cohort c.h5 -o p.csv
expect 1 "predict on a full disk" "$hipnet" predict run --cohort c.h5 -o /dev/full
expect 0 "evaluate" "$hipnet" evaluate p.csv -o m.json --curves curves --seed 1
for threads in 1 2 4; do
  expect 0 "evaluate with $threads threads" "$hipnet" evaluate p.csv -o m$threads.json --seed 1 -t $threads
done
cmp -s m1.json m2.json && cmp -s m1.json m4.json && ok || bad "the intervals depend on the number of threads"
expect 1 "evaluate on a full disk" "$hipnet" evaluate p.csv -o /dev/full
expect 0 "correlate" "$hipnet" correlate p.csv -o corr.json --seed 1
expect 0 "report" "$hipnet" report --predictions p.csv --metrics m.json --correlation corr.json --cohort c.h5 --split s.json --run run --quarantine c.quarantine.csv -o r.html
[ "$(head -c 15 r.html)" = "<!DOCTYPE html>" ] && ok || bad "the report is no HTML page"
grep -qE '(src|href)="?https?://' r.html && bad "the report reaches for the network" || ok
expect 1 "report on a full disk" "$hipnet" report --predictions p.csv --metrics m.json -o /dev/full
ls | grep -q 'tmp-' && bad "temporary files are left: $(ls | grep tmp-)" || ok
verdict
