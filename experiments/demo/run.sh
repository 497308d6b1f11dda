#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job in one go, on a manifest of yours:
#   experiments/demo/run.sh MANIFEST.csv [COHORT.JSON]
# Environment: HN_OUT (results, default out/demo), HN_EXTERNAL (centers to hold out, separated by
# commas; default: the center with the fewest rows of its own in the manifest), HN_THREADS,
# HIPNET (the front program), HN_CONFIG (default configs/demo.json).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. experiments/road.sh

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "demo: a manifest is needed: ./run demo MANIFEST.csv [COHORT.JSON]" >&2
  exit 2
fi
road_all "$1" "${2:-}" "${HN_OUT:-out/demo}" "${HN_CONFIG:-configs/demo.json}" "${HN_EXTERNAL:-}" 0
