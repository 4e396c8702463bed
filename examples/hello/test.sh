#!/bin/sh
# The tests of the image: the build fails when one of them does.
set -eu
hello=$1

expect() {
  if [ "$1" = "$2" ]; then
    echo "ok: $3"
  else
    echo "not ok: $3 (expected '$1', got '$2')" >&2
    exit 1
  fi
}

expect 'Hello, Ada!' "$("$hello" Ada en)" 'greets by name'
expect 'Bonjour, world!' "$("$hello" world fr)" 'greets in another language'
expect "$(ls greetings | wc -l)" "$("$hello" | wc -l)" 'knows every greeting'
if "$hello" world xx 2> /dev/null; then
  echo 'not ok: refuses an unknown language' >&2
  exit 1
fi
echo 'ok: refuses an unknown language'
