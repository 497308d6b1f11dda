# SPDX-License-Identifier: GPL-3.0-or-later
# The whole road from a manifest to a report, for the run scripts of the experiments to source.
# Reads HIPNET (the front program); ROAD_SYNTHETIC marks the report's data as synthetic.
#
# road_step NAME COMMAND... runs one step, prints its time, and accepts exit code 3 (done, but a
# check found problems), which it remembers in ROAD_PROBLEMS.

HIPNET=${HIPNET:-build/bin/hipnet}
ROAD_PROBLEMS=

road_step() {
  local name=$1 started=$SECONDS code=0
  shift
  echo "== $name"
  "$@" || code=$?
  if [ $code -eq 3 ]; then
    ROAD_PROBLEMS="$ROAD_PROBLEMS $name"
  elif [ $code -ne 0 ]; then
    echo "$name stopped with exit code $code" >&2
    exit $code
  fi
  echo "   $name took $((SECONDS - started)) s"
}

# road_all MANIFEST MAP OUT CONFIG EXTERNAL PROSPECTIVE SEED [extra options of build]: every step,
# then the report's place and the headline figures. MAP, EXTERNAL and PROSPECTIVE may be empty.
# Results of an earlier call in OUT are replaced, but a training that was interrupted is resumed.
road_all() {
  local manifest=$1 map=$2 out=$3 config=$4 external=$5 prospective=$6 seed=$7 resume= risk
  shift 7
  mkdir -p "$out"
  road_step build "$HIPNET" build "$manifest" ${map:+--map "$map"} -o "$out/cohort.h5" \
    --quarantine "$out/quarantine.csv" --force "$@"
  road_step check "$HIPNET" check "$out/cohort.h5"
  "$HIPNET" show "$out/cohort.h5" | tee "$out/cohort.txt"
  risk=$(awk '/^risk class / { print $3 }' "$out/cohort.txt")
  road_step split "$HIPNET" split "$out/cohort.h5" -o "$out/split.json" \
    ${external:+--external "$external"} ${prospective:+--prospective "$prospective"} --seed "$seed" --force
  if [ -e "$out/run" ] && [ ! -e "$out/run/DONE" ]; then
    resume=--resume
  else
    rm -rf "$out/run"
  fi
  road_step train "$HIPNET" train --cohort "$out/cohort.h5" --split "$out/split.json" \
    --config "$config" -o "$out/run" --seed "$seed" $resume
  road_step predict "$HIPNET" predict "$out/run" --cohort "$out/cohort.h5" \
    -o "$out/predictions.csv" --members "$out/members" --force
  road_step evaluate "$HIPNET" evaluate "$out/predictions.csv" -o "$out/metrics.json" \
    --curves "$out/curves" --seed "$seed" --force
  road_step correlate "$HIPNET" correlate "$out/predictions.csv" --risk "$risk" \
    -o "$out/correlation.json" --seed "$seed" --force
  road_step report "$HIPNET" report --predictions "$out/predictions.csv" \
    --metrics "$out/metrics.json" --correlation "$out/correlation.json" \
    --cohort "$out/cohort.h5" --split "$out/split.json" --run "$out/run" \
    --quarantine "$out/quarantine.csv" --kind external --risk-class "$risk" \
    -o "$out/report.html" --force --headlines ${ROAD_SYNTHETIC:+--synthetic}
  road_headline "$out"
}

road_headline() {
  local out=$1
  echo
  echo "report: $out/report.html"
  [ -z "$ROAD_PROBLEMS" ] || echo "problems were found by:$ROAD_PROBLEMS (see $out/quarantine.csv)"
}
