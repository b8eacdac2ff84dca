"""The background loops of records: the relay of its events, and the feed it reads. Started by `commands`."""

from collections.abc import Mapping
from functools import partial

from celery import Celery

from services.kit.db import Sessions
from services.kit.feed import Handler, consumer_loops
from services.kit.http.client import TokenSource
from services.kit.loops import Loop
from services.kit.outbox import BATCH, number_events
from services.kit.queue import send_nudge
from services.kit.revocation import note_ended
from services.records.models import EndedSession, FeedCounter, FeedCursor, Outbox
from services.records.settings import Settings

# Seconds between looks, and while nothing happens.
RELAY_EVERY, REST = 0.5, 0.8
LOOPS = ("relay", "from-auth")

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "auth": {
        "sessions.ended": partial(note_ended, EndedSession),
        "account.disabled": partial(note_ended, EndedSession),
    },
}


def relay_loop(sessions: Sessions, broker: Celery) -> Loop:
    """The loop that numbers committed events and nudges whoever reads the feed."""

    def step() -> int:
        numbered = number_events(sessions, Outbox, FeedCounter)
        if numbered:
            send_nudge(broker, "records")
        return numbered

    return Loop("relay", step, RELAY_EVERY, full=BATCH, rest=REST)


def feed_loops(sessions: Sessions, settings: Settings) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by the service they read."""
    tokens = TokenSource(settings.auth_url, "records", settings.client_secret)
    return consumer_loops("from", sessions, FeedCursor, {"auth": settings.auth_url}, tokens, HANDLERS)
