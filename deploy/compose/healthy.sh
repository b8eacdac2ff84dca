#!/bin/sh
# The health checks of the containers that run Govah's code, by role: web, loops, worker.
set -eu
case $1 in
    # Its database, storage and broker answer.
    web) exec python -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:8000/readyz", timeout=5)' ;;
    # Each loop keeps a file whose time is the deadline of its next heartbeat.
    loops) test -n "$(ls "$GOVAH_HEARTBEATS")" && test -z "$(find "$GOVAH_HEARTBEATS" -type f ! -newermt now)" ;;
    # The worker answers through the broker.
    worker)
        BROKER_URL=$GOVAH_BROKER_URL
        if [ -n "${GOVAH_BROKER_PASSWORD_FILE:-}" ]; then
            # The environment of this one process, which no `docker inspect` shows.
            BROKER_URL=${BROKER_URL%%://*}://:$(head -n 1 "$GOVAH_BROKER_PASSWORD_FILE")@${BROKER_URL#*://}
        fi
        export BROKER_URL
        exec celery --quiet inspect --destination "celery@$HOSTNAME" --timeout 5 ping
        ;;
    *) exit 2 ;;
esac
