#!/bin/sh
# Gives every database role the password that its secret now holds: after a restore, or when passwords are renewed.
#   docker-compose exec -T postgres sh -s < deploy/compose/passwords.sh
set -eu
for name in postgres auth records disclosure inquiry; do
    psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 -v name="$name" -v secret="/run/secrets/$name.database" \
        --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set password `head -n 1 :'secret'`
ALTER ROLE :"name" PASSWORD :'password';
SQL
done
