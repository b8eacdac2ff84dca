#!/bin/sh
# Every container of our own images starts here.
set -eu
# For PostgreSQL's own programs. Govah's read the file for each connection.
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(head -n 1 "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
# The processes of one program count together there. It is in memory, so it is empty when a container starts.
if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then
    mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
fi
exec "$@"
