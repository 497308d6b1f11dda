#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What every command owes its user, asked of all of them alike: help, wrong usage, inputs that are
# missing, empty, a folder, not what they should be, or unreadable.  usage: commands.sh BIN
set -uo pipefail
bin=$1
. "$(dirname "$0")/tap.sh"
hipnet=$bin/hipnet

expect 0 "hipnet --help" "$hipnet" --help
commands=$(awk '/^  [a-z]/ { print $1 }' "$scratch/out" | grep -vE '^(complete|help)$')
[ "$(echo $commands | wc -w)" -ge 10 ] || bad "the front lists fewer than ten commands"
expect 2 "hipnet alone" "$hipnet"
expect 2 "unknown command" "$hipnet" biuld
one_line "unknown command" "did you mean 'build'?"
expect 0 "version" "$hipnet" --version
for shell in bash zsh fish; do expect 0 "complete $shell" "$hipnet" complete $shell; done
expect 2 "complete tcsh" "$hipnet" complete tcsh
one_line "complete tcsh" "bash, zsh, fish"
bash -n <("$hipnet" complete bash) && ok || bad "the bash completion is no bash"

# Arguments that make each command look at an input file. @ stands for the input, + for an output
# in the scratch folder.
inputs() {
  case $1 in
    inspect | check | show) echo "@" ;;
    build | split) echo "@ -o +" ;;
    train) echo "--cohort @ --split @ --config @ -o +" ;;
    config) echo "check @" ;;
    import) echo "@ --backbone resnet18 -o +" ;;
    export) echo "weights @ -o +" ;;
    predict) echo "@ --cohort @ -o +" ;;
    evaluate | correlate) echo "@ -o +" ;;
    report) echo "--predictions @ --metrics @ -o +" ;;
    models | phantom) echo "" ;;
    *) echo "UNKNOWN" ;;
  esac
}

: >"$scratch/empty"
mkdir "$scratch/folder"
head -c 4096 /dev/urandom >"$scratch/noise"
printf 'just some words\n' >"$scratch/words"
cp "$scratch/words" "$scratch/secret"
chmod 000 "$scratch/secret"
mkfifo "$scratch/pipe"

for command in $commands; do
  expect 0 "$command --help" "$hipnet" $command --help
  grep -q "usage: hipnet $command" "$scratch/out" && ok || bad "$command --help does not show its usage"
  grep -q -- "--help" "$scratch/out" && ok || bad "$command --help does not list its options"
  expect 0 "help $command" "$hipnet" help $command
  expect 1 "$command --help on a full disk" sh -c "'$hipnet' $command --help >/dev/full"
  expect 2 "$command --no-such-option" "$hipnet" $command --no-such-option
  one_line "$command --no-such-option" "unknown option"
  expect 2 "$command --threads" "$hipnet" $command --threads
  template=$(inputs $command)
  [ "$template" != UNKNOWN ] || { bad "$command: no template in this test"; continue; }
  [ -n "$template" ] || continue
  expect 2 "$command without arguments" "$hipnet" $command
  one_line "$command without arguments"
  for input in missing empty folder noise words; do
    words=${template//@/$scratch/$input}
    words=${words//+/$scratch/output}
    code=0
    timeout 60 "$hipnet" $command $words >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
    case $code in
      1 | 2) ok ;;
      3) [ $command = inspect ] || [ $command = check ] && ok || bad "$command with a $input file: exit code 3" ;;
      *) bad "$command with a $input file: exit code $code" ;;
    esac
    if [ $code -ne 3 ]; then one_line "$command with a $input file" "$input"; fi
    if [ -e "$scratch/output" ]; then
      bad "$command with a $input file leaves an output"
      rm -rf "$scratch/output"
    fi
  done
  if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 711 "$scratch"
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    if $as test -x "$hipnet"; then # an unreadable build folder tells nothing about the command
      words=${template//@/$scratch/secret}
      code=0
      timeout 60 $as "$hipnet" $command ${words//+/$scratch/output} >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
      case $code in 1 | 2 | 3) ok ;; *) bad "$command with an unreadable file: exit code $code" ;; esac
      if [ $code -ne 3 ]; then one_line "$command with an unreadable file" "secret"; fi
    fi
  fi
done
verdict
