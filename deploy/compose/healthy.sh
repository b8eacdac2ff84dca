#!/bin/sh
# The health checks of the containers that run Govah's code, by kind: web, loops, worker ROLE, all [ROLE].
set -eu
case $1 in
    # Its database, storage and broker answer.
    web) exec python -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:8000/readyz", timeout=5)' ;;
    # Each loop keeps a file whose time is the deadline of its next heartbeat.
    loops) test -n "$(ls "$GOVAH_HEARTBEATS")" && test -z "$(find "$GOVAH_HEARTBEATS" -type f ! -newermt now)" ;;
    # The worker answers through the broker.
    worker) exec python -m services.kit.ping_worker "$2@$HOSTNAME" ;;
    # A whole service in one container, with a worker if one is named.
    all)
        "$0" loops && "$0" web
        [ -z "${2:-}" ] || exec "$0" worker "$2"
        ;;
    *) exit 2 ;;
esac
