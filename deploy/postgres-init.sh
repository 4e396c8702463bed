#!/bin/sh
# Run once, when the volume is empty: the role with which Temporal makes and uses its own databases.
set -eu
psql --no-psqlrc --username postgres --set ON_ERROR_STOP=1 <<'SQL'
\set password `cat "$TEMPORAL_PASSWORD_FILE"`
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'password';
SQL
