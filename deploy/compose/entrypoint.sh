#!/bin/sh
# Every container of our own images starts here: the database's password comes from its secret file into the
# environment of this one process, where no `docker inspect` shows it.
set -eu
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
exec "$@"
