#!/bin/sh
# hello [NAME] [CODE]: greets NAME in the language CODE, or in every language.
set -eu
name=${1:-world}
code=${2:-}
table=${HELLO_TABLE:-$(dirname "$0")/greetings.tsv}
awk -F '\t' -v name="$name" -v code="$code" '
  code == "" || $1 == code { print $3 ", " name "!"; count += 1 }
  END { if (count == 0) { print "hello: no greeting for " code > "/dev/stderr"; exit 1 } }
' "$table"
