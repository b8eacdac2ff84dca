"""The background loops of records: relay, restatements and consumer. Started by `commands`."""

from collections.abc import Mapping, Sequence
from functools import partial

from services.kit.background import build_consumer_loops, build_standard_loops
from services.kit.db import Sessions
from services.kit.feed import Handler
from services.kit.http.client import TokenSource
from services.kit.loops import Loop
from services.kit.queue import new_celery
from services.kit.revocation import apply_ending
from services.records.actions.restatements import BATCH as RESTATE_BATCH
from services.records.actions.restatements import publish_restatements
from services.records.models import EndedSession, FeedCounter, FeedCursor, Outbox
from services.records.settings import Settings

# Seconds between steps of the loop that finds nothing once an upgrade is complete.
RESTATE_INTERVAL = 30.0
LOOPS = ("relay", "restate-objections", "consume-auth")

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "auth": {
        "sessions.ended": partial(apply_ending, EndedSession),
        "account.disabled": partial(apply_ending, EndedSession),
    },
}


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """Return the loops that need no other service."""
    broker = new_celery("records", settings.broker_url)
    return [
        *build_standard_loops("records", sessions, broker, Outbox, FeedCounter),
        Loop(
            "restate-objections",
            partial(publish_restatements, sessions),
            RESTATE_INTERVAL,
            batch_size=RESTATE_BATCH,
        ),
    ]


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service."""
    tokens = TokenSource(settings.auth_url, "records", settings.client_secret)
    return build_consumer_loops(sessions, FeedCursor, {"auth": settings.auth_url}, tokens, HANDLERS)
