# SPDX-License-Identifier: GPL-3.0-or-later
# For the command-line tests to source: run a command, hold its exit code and words against what
# is expected, count, and end with a verdict.
passed=0
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ok() { passed=$((passed + 1)); }
bad() {
  failed=$((failed + 1))
  echo "not as expected: $1"
  [ ! -s "$scratch/err" ] || sed 's/^/    err: /' "$scratch/err" | head -n 5
}

# expect CODE WHAT COMMAND...: runs the command with its output kept in $scratch/out and err.
expect() {
  local wanted=$1 what=$2 code=0
  shift 2
  timeout 120 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
  if [ "$code" -eq "$wanted" ]; then ok; else bad "$what: exit code $code, expected $wanted"; fi
}

# The last command's standard error is exactly one line (and holds the words, if given).
one_line() {
  local what=$1 words=${2:-}
  if [ "$(wc -l <"$scratch/err")" -ne 1 ]; then bad "$what: more or less than one line of error"; return; fi
  if [ -n "$words" ] && ! grep -qF -- "$words" "$scratch/err"; then bad "$what: the error does not say '$words'"; return; fi
  ok
}

verdict() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
