#!/bin/sh
# Turns greetings/*.txt into one table: code, language, greeting, separated by tabs. A greeting whose text did not
# change is taken from the cache folder.
set -eu
source_folder=$1
cache_folder=$2
table=$3

mkdir -p "$cache_folder" "$(dirname "$table")"
: > "$table"
for file in "$source_folder"/*.txt; do
  code=$(basename "$file" .txt)
  checksum=$(sha256sum "$file" | cut -c 1-16)
  row="$cache_folder/$code-$checksum"
  if [ -f "$row" ]; then
    echo "$code: unchanged"
  else
    echo "$code: compiling"
    language=$(sed -n 's/^language: //p' "$file")
    greeting=$(sed -n 's/^greeting: //p' "$file")
    printf '%s\t%s\t%s\n' "$code" "$language" "$greeting" > "$row.new"
    mv "$row.new" "$row"
  fi
  cat "$row" >> "$table"
done
echo "$(wc -l < "$table") greetings in $table"
