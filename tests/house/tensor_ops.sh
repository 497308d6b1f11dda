#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The libtorch wall keeps its promises: every function of tensor.h that takes a scope is one call
# of a guard, and has a row in the table that is held against PyTorch (or is tested by name).
# Prints each breach; exits 1 on any.
# usage: tensor_ops.sh SOURCE_FOLDER
set -uo pipefail
cd "$1" || exit 1
breaches=0
breach() { echo "$*"; breaches=$((breaches + 1)); }

header=lib/include/hipnet/tensor.h
operations=$(grep -oP '\bhn_\w+(?=\(hn_scope \*s\b)' $header | sort -u)
[ "$(wc -w <<< "$operations")" -gt 100 ] || breach "$header: its operations were not found"

for name in $operations; do
  body=$(cat lib/tensor/*.cpp | awk -v f="$name(hn_scope" '
    index($0, f) && /^[a-z]/ { inside = 1 }
    inside { print }
    inside && /^}/ { exit }')
  [ -n "$body" ] || { breach "$header: $name is declared and not defined"; continue; }
  guards=$(grep -cE '^ *(return )?guard(_value|_update)?\(s, "'"${name#hn_}"'",' <<< "$body")
  [ "$guards" = 1 ] || breach "lib/tensor: $name is not one guard named \"${name#hn_}\""
  grep -qE "\b$name\(" tests/unit/tensor/*.[ch] || breach "tests/unit/tensor: $name is not called"
done

# No libtorch call outside a guard's body: only the guard's own files may catch or throw on.
grep -nE '^ *catch|\} catch' lib/tensor/*.cpp | grep -vE '^lib/tensor/(scope|libtorch)\.cpp' &&
  breach "lib/tensor: exceptions are caught by the guard alone"
grep -rnE 'TORCH_VERSION|ATen/' lib --include=*.c --include=*.h --include=*.cpp --include=*.hpp |
  grep -v '^lib/tensor/' && breach "only lib/tensor knows libtorch and its versions"
grep -n 'torch/torch.h\|ATen/ATen.h\|ATen/Functions.h' lib/tensor/* &&
  breach "lib/tensor: only narrow headers (torch/torch.h costs 13 s and 1 GB a file)"
exit $((breaches > 0))
