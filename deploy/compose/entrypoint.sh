#!/bin/sh
# Every container of our own images starts here: the passwords of database and broker come from their secret
# files into the environment of this one process, where no `docker inspect` shows them.
set -eu
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
# The processes of one program count together there. It is in memory, so it is empty when a container starts.
if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then
    mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
fi
if [ -n "${GOVAH_BROKER_PASSWORD_FILE:-}" ]; then
    GOVAH_BROKER_URL=${GOVAH_BROKER_URL%%://*}://:$(cat "$GOVAH_BROKER_PASSWORD_FILE")@${GOVAH_BROKER_URL#*://}
    export GOVAH_BROKER_URL
fi
exec "$@"
