#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to date. Repeating changes nothing.
set -eu
SQL_PASSWORD="$(cat /run/secrets/temporal-password)"
export SQL_PASSWORD

schema() { # database, name of the schema
  sql() { temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p 5432 -u "$SQL_USER" --db "$@"; }
  sql "$1" create-database
  sql "$1" setup-schema -v 0.0
  sql "$1" update-schema --schema-name "$2"
}
schema temporal postgresql/v12/temporal
schema temporal_visibility postgresql/v12/visibility
