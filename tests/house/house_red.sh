#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The house rules must be able to fail: plants one breach of each rule in a small tree and expects
# every rule to find its own.  usage: house_red.sh SOURCE_FOLDER
set -uo pipefail
source=$(readlink -f "$1")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{tests,lib/include/hipnet,lib/base,lib/stats,lib/store,train,datasets,eval,notebooks_export,cmake}
cp -r "$source/tests/house" "$tree/tests/house"
head='/* SPDX-License-Identifier: GPL-3.0-or-later */'
touch "$tree"/{CMakeLists.txt,run}
cd "$tree"
git init -q .
printf 'base: error.h ghost.h\nstore: cohort_file.h\n' > tests/house/owners.txt
echo "$head" > lib/include/hipnet/error.h
echo "$head" > lib/include/hipnet/cohort_file.h
echo "$head" > lib/include/hipnet/orphan.h
printf '%s\n#include <hipnet/cohort_file.h>\n' "$head" > lib/stats/arrows.c
printf '%s\n#include <gsl/gsl_rng.h>\n' "$head" > lib/store/doors.c
printf '%s\nint f(const char *t) { return atoi(t); }\n' "$head" > lib/stats/banned.c
printf 'int x;\n' > lib/stats/spdx.c
printf '%s\nint x; \n' "$head" > lib/stats/width.c
printf '%s\nconst char *m = "fai''led to open";\n' "$head" > lib/stats/messages.c
printf '%s\n/* TO''DO */\n' "$head" > lib/stats/paths.c
status=0
for rule in owners arrows doors banned spdx width messages paths; do
  said=$(bash tests/house/house.sh . $rule)
  code=$?
  culprit=$rule.c
  [ $rule != owners ] || culprit=ghost.h
  if [ $code -eq 1 ] && echo "$said" | grep -qF "$culprit"; then
    echo "$rule: finds its breach"
  else
    echo "$rule: did not find its breach: $said"
    status=1
  fi
done
exit $status
