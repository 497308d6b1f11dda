#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job in one go: on a manifest of yours, or without one on the phantom cohort.
#   experiments/demo/run.sh [MANIFEST.csv [COHORT.JSON]]
# Environment: HN_OUT (results, default out/demo), HN_EXTERNAL (centers to hold out, separated by
# commas), HN_PROSPECTIVE (likewise), HN_CONFIG (default configs/demo.json), HN_THREADS, HIPNET
# (the front program).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. experiments/road.sh
[ $# -le 2 ] || { echo "demo: at most a manifest and a cohort.json: ./run demo [MANIFEST [COHORT.JSON]]" >&2; exit 2; }

out=${HN_OUT:-out/demo}
config=${HN_CONFIG:-configs/demo.json}
mkdir -p "$out"
if [ $# -gt 0 ]; then
  road_all "$1" "${2:-}" "$out" "$config" "${HN_EXTERNAL:-}" "${HN_PROSPECTIVE:-}" 0 \
    --size 128
else
  echo "No manifest was given: this is the phantom cohort. Its images are synthetic, and no figure"
  echo "on them is clinical evidence."
  [ -e "$out/phantom/manifest.csv" ] ||
    road_step phantom "$HIPNET" phantom -o "$out/phantom" --profile demo --seed 0 --force
  ROAD_SYNTHETIC=yes
  # Nobody is behind these pseudonyms: a key that everybody knows gives the same split everywhere.
  [ -e "$out/pseudonyms.key" ] || (umask 077 && printf '%064d\n' 0 >"$out/pseudonyms.key")
  road_all "$out/phantom/manifest.csv" "$out/phantom/cohort.json" "$out" "$config" west harbour 0 \
    --size 128 --key "$out/pseudonyms.key"
fi
