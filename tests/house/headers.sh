#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every public header compiles alone, as C11 and as C++17, without a warning.
# usage: headers.sh SOURCE_FOLDER
set -uo pipefail
cd "$1" || exit 1
status=0
for header in lib/include/hipnet/*.h; do
  name=hipnet/$(basename "$header")
  case "$name" in hipnet/*_list.h) continue ;; esac # tables for a macro, not headers
  printf '#include <%s>\nextern int unused;\n' "$name" | gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -Ilib/include -fsyntax-only -xc - || status=1
  printf '#include <%s>\nextern int unused;\n' "$name" | g++ -std=c++17 -Wall -Wextra -Werror -Ilib/include -fsyntax-only -xc++ - || status=1
done
exit $status
