#!/bin/sh
# The health checks of our own containers, by role: web, loops, worker.
set -eu
case $1 in
    # Its database, storage and broker answer.
    web) exec python -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:8000/readyz", timeout=5)' ;;
    # Each loop leaves a file whose time is when it is to be heard of again.
    loops) test -n "$(ls "$GOVAH_HEARTBEATS")" && test -z "$(find "$GOVAH_HEARTBEATS" -type f ! -newermt now)" ;;
    # The worker hears the broker and answers by it.
    worker)
        # By the entrypoint, which alone knows the broker's password.
        exec deploy/compose/entrypoint.sh sh -c \
            'BROKER_URL=$GOVAH_BROKER_URL exec celery --quiet inspect --destination "celery@$HOSTNAME" --timeout 5 ping'
        ;;
    *) exit 2 ;;
esac
