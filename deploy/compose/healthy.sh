#!/bin/sh
# The health checks of our own containers, by role: web, loops, worker.
set -eu
case $1 in
    # Its database, storage and broker answer.
    web) exec python -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:8000/readyz", timeout=5)' ;;
    # Each loop leaves a file whose time is when it is to be heard of again.
    loops) test -n "$(ls "$GOVAH_HEARTBEATS")" && test -z "$(find "$GOVAH_HEARTBEATS" -type f ! -newermt now)" ;;
    # The worker hears the broker and answers by it.
    worker) exec celery --quiet --broker "$GOVAH_BROKER_URL" inspect --destination "celery@$HOSTNAME" --timeout 5 ping ;;
    *) exit 2 ;;
esac
