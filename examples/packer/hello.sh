#!/bin/sh
# hello [NAME]: greets NAME.
echo "$(cat /app/greeting), ${1:-world}!"
