#!/bin/sh
# Every container of our own images starts here.
set -eu
case ${PGPASSWORD_FILE:-} in
    # An operator's container names a file per service; each command reads its own.
    '' | *'{name}'*) ;;
    *)
        PGPASSWORD=$(head -n 1 "$PGPASSWORD_FILE")
        export PGPASSWORD
        ;;
esac
# The processes of one program count together there. It is in memory, so it is empty when a container starts.
if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then
    mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
fi
exec "$@"
