#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole road on 92 real chest radiographs of 75 patients (see README.md).
# usage: experiments/chest/run.sh [FOLDER_OF_THE_DATA]     default: $HIPNET_DATA/chest or
#        ../shared/data/chest beside this checkout
# Environment: HN_OUT (default out/chest), HIPNET (the front program), HN_THREADS.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. experiments/road.sh
data=${1:-${HIPNET_DATA:-../shared/data}/chest}
if [ ! -e "$data/cohort.csv" ]; then
  echo "chest: there is no $data/cohort.csv; name the folder of the data" >&2
  exit 2
fi
out=${HN_OUT:-out/chest}
mkdir -p "$out"
# The data are public and so is this key: the same pseudonyms, and with them the same split, in
# every run. A hospital's key is its own secret.
[ -e "$out/pseudonyms.key" ] || (umask 077 && printf '%064d\n' 0 >"$out/pseudonyms.key")
road_all "$data/cohort.csv" experiments/chest/cohort.json "$out" \
  experiments/chest/config.json Hannover,Italy "" 0 --size 224 --key "$out/pseudonyms.key"
[ -z "$ROAD_PROBLEMS" ] || exit 3
