#!/bin/sh
# At PostgreSQL's first start: a role and a database of its own for each service, closed to the others.
set -eu
for name in auth records disclosure inquiry; do
    psql --quiet -v ON_ERROR_STOP=1 -v name="$name" -v secret="/run/secrets/$name.database" \
        --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `head -n 1 :'secret'`
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
