"""The background loop of records: the relay of its events. Started by `commands`."""

from celery import Celery

from services.kit.db import Sessions
from services.kit.loops import Loop
from services.kit.outbox import BATCH, number_events
from services.kit.queue import send_nudge
from services.records.models import FeedCounter, Outbox

# Seconds between looks, and while nothing happens.
RELAY_EVERY, REST = 0.5, 0.8


def relay_loop(sessions: Sessions, broker: Celery) -> Loop:
    """The loop that numbers committed events and nudges whoever reads the feed."""

    def step() -> int:
        numbered = number_events(sessions, Outbox, FeedCounter)
        if numbered:
            send_nudge(broker, "records")
        return numbered

    return Loop("relay", step, RELAY_EVERY, full=BATCH, rest=REST)
