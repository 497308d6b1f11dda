#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The house rules that a machine can check. Prints each breach with its place; exits 1 on any.
# usage: house.sh SOURCE_FOLDER [rule...]
set -uo pipefail
cd "$1" || exit 1
shift
here=tests/house
breaches=0
breach() { echo "$*"; breaches=$((breaches + 1)); }
sources() { git ls-files -co --exclude-standard -- "$@" 2>/dev/null || find "$@" -type f; }

# Which room owns a public header: the first "<room>/" source that a line of owners.txt names.
owner_of() { awk -v h="$1" '!/^#/ { sub(":", "", $1); for (i = 2; i <= NF; i++) if ($i == h) { print $1; exit } }' $here/owners.txt; }

rule_arrows() { # rooms include only what arrows.txt allows
  local room file header owner allowed
  for room in $(ls lib | grep -v include | grep -v CMakeLists); do
    allowed=" base $room $(sed -n "s/^$room: *//p" $here/arrows.txt) "
    while IFS=: read -r file header; do
      owner=$(owner_of "$header")
      [ -n "$owner" ] || { breach "$file: <hipnet/$header> has no owner in $here/owners.txt"; continue; }
      case "$allowed" in *" $owner "*) ;; *) breach "$file: room $room may not include <hipnet/$header> of room $owner" ;; esac
    done < <(sources "lib/$room" | grep -E '\.(c|h|cpp|hpp)$' | xargs -r grep -HoP '#include <hipnet/\K[^>]+' | sort -u)
    sources "lib/$room" | grep -E '\.(c|h|cpp|hpp)$' | xargs -r grep -nP '#include "\.\./' | while read -r line; do echo "$line: includes across rooms by path"; done | grep . && breaches=$((breaches + 1))
  done
}

rule_owners() { # every public header has an owner, and the list names no ghosts
  local header
  for header in $(ls lib/include/hipnet); do
    [ -n "$(owner_of "$header")" ] || breach "lib/include/hipnet/$header: no owner in $here/owners.txt"
  done
  for header in $(awk '!/^#/ { for (i = 2; i <= NF; i++) print $i }' $here/owners.txt); do
    [ -e "lib/include/hipnet/$header" ] || breach "$here/owners.txt: $header does not exist"
  done
}

rule_doors() { # each third-party library is included in one place
  local pattern place line
  while read -r pattern place; do
    case "$pattern" in "" | \#*) continue ;; esac
    while read -r line; do
      breach "$line: $pattern is to be included only in $place"
    done < <(sources lib datasets train eval notebooks_export | grep -E '\.(c|h|cpp|hpp)$' | grep -vE "^($place)" |
      xargs -r grep -nE "#include [<\"]($pattern)")
  done < $here/doors.txt
}

rule_banned() { # functions that have a door of ours
  local pattern place instead line
  while IFS=';' read -r pattern place instead; do
    case "$pattern" in "" | \#*) continue ;; esac
    while read -r line; do
      breach "$line: use $instead"
    done < <(sources lib datasets train eval notebooks_export | grep -E '\.c$' | grep -vE "^($place)" |
      xargs -r grep -nP "(?<![A-Za-z0-9_>.])($pattern)\\s*\\(" | grep -vP ':\s*(/?\*|//)' | grep -v 'house: allow')
  done < $here/banned.txt
}

rule_spdx() { # every source file says its licence in one line
  local file
  for file in $(sources lib datasets train eval tests notebooks_export cmake CMakeLists.txt run .ci/run | grep -E '\.(c|h|cpp|hpp|sh|py|cmake)$|CMakeLists.txt$|^run$|^.ci/run$'); do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || breach "$file: no SPDX line"
  done
}

rule_width() { # 100 columns, no tabs, no white space at the end, in C
  local line
  while read -r line; do breach "$line"; done < <(
    sources lib datasets train eval tests | grep -E '\.(c|h|cpp|hpp)$' | xargs -r awk '
      length($0) > 120 { print FILENAME ":" FNR ": longer than 120 columns" }
      /\t/ { print FILENAME ":" FNR ": a tab" }
      /[ ]$/ { print FILENAME ":" FNR ": white space at the end" }')
}

rule_messages() { # messages say what was found, not that something failed
  local line
  while read -r line; do breach "$line: no \"failed to\""; done < <(
    sources lib datasets train eval | grep -E '\.(c|cpp)$' | xargs -r grep -niE '"[^"]*(failed to|could not be able)')
}

rule_paths() { # nothing of one machine, no diary
  local line
  while read -r line; do breach "$line"; done < <(
    git ls-files -co --exclude-standard | grep -v '^tests/house/house.sh$' |
      xargs -r grep -nIE '/work/(main|shared)|/tmp/b-|\bTODO\b|\bFIXME\b|\bXXX\b' | grep -v 'XXXXXX')
}

rules=${*:-owners arrows doors banned spdx width messages paths}
for rule in $rules; do "rule_$rule"; done
if [ "$breaches" -gt 0 ]; then
  echo "house: $breaches breaches"
  exit 1
fi
echo "house: all rules hold ($(echo $rules | wc -w) rules)"
