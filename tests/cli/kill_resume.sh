#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A training killed with SIGKILL at moments nobody chose, and resumed each time, ends in the same
# bytes as one that was left alone: weights, state, and the figures of the log.
# usage: kill_resume.sh BIN [KILLS]
set -uo pipefail
bin=$1
kills=${2:-8}
. "$(dirname "$0")/tap.sh"
hipnet=$bin/hipnet
cd "$scratch" || exit 1

"$bin/make_tiny_cohort" c.h5 96 || exit 1
expect 0 "split" "$hipnet" split c.h5 -o s.json --seed 3
cat >tiny.json <<'JSON'
{ "data": { "image_size": 24 },
  "model": { "backbones": ["resnet_mini", "efficientnet_mini"], "share_views": true },
  "train": { "epochs": 12, "batch_size": 6, "lr": 0.002, "warmup_epochs": 1, "seed": 5 } }
JSON
train=("$hipnet" train --cohort c.h5 --split s.json --config tiny.json -t 1 -q)

began=$(date +%s%N)
expect 0 "help, for the time that the program takes to start" "$hipnet" train --help
start_ms=$((($(date +%s%N) - began) / 1000000))
began=$(date +%s%N)
expect 0 "train undisturbed" "${train[@]}" -o whole
whole_ms=$((($(date +%s%N) - began) / 1000000))

RANDOM=$$
killed=0
done=0
for ((i = 0; i < kills && !done; i++)); do
  resume=
  [ -e parts/members.json ] && resume=--resume
  # Between the program's start and most of a whole training; later attempts have less to do.
  wait_ms=$((start_ms + RANDOM % ((whole_ms - start_ms) * 8 / 10 / (i / 2 + 1) + 1)))
  "${train[@]}" -o parts $resume 2>/dev/null &
  pid=$!
  sleep "$((wait_ms / 1000)).$(printf '%03d' $((wait_ms % 1000)))"
  if kill -KILL $pid 2>/dev/null; then killed=$((killed + 1)); fi
  wait $pid 2>/dev/null
  [ -e parts/DONE ] && done=1
done
resume=
[ -e parts/members.json ] && resume=--resume
expect 0 "resume after $killed kills" "${train[@]}" -o parts $resume
[ $killed -gt 0 ] && ok || bad "nothing was killed"

for member in resnet_mini-f0 efficientnet_mini-f0; do
  for file in model_best model_last state_last; do
    cmp -s whole/$member/$file.safetensors parts/$member/$file.safetensors && ok ||
      bad "$member/$file.safetensors differs after $killed kills"
  done
  for run in whole parts; do
    sed -E 's/"(seconds|tuning_seconds|images_per_s|loader_wait_share|time)":("[^"]*"|[^,}]*),?//g' \
      $run/$member/log.jsonl >$run.log
  done
  cmp -s whole.log parts.log && ok || bad "$member: the logs differ in more than their clocks"
  [ "$(wc -l <parts.log)" -eq 12 ] && ok || bad "$member: the log has $(wc -l <parts.log) lines"
done
find parts -name '*tmp-*' | grep -q . && bad "temporary files are left" || ok
verdict
