"""The background loops of auth: relay, housekeeping, senders and consumers. Started by `commands`."""

from collections.abc import Mapping, Sequence
from functools import partial

from services.auth import store
from services.auth.actions.contacts import send_contact_notices
from services.auth.actions.notices import HANDLERS
from services.auth.actions.sending import NOTICES_AT_ONCE, send_code, send_notices
from services.auth.clients import HttpRecords, new_messages, new_mobile_ownership
from services.auth.models import FeedCounter, FeedCursor, Outbox
from services.auth.settings import Settings
from services.kit.background import consumer_loops, standard_loops
from services.kit.db import Sessions
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.loops import Loop
from services.kit.queue import new_celery

# Seconds between steps of the senders, and while nothing happens.
SEND_INTERVAL, SEND_IDLE_INTERVAL = 0.5, 0.8
LOOPS = ("relay", "housekeeping", "codes", "notices", "consume-disclosure", "consume-inquiry")


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """Return the relay, the housekeeping and the senders of messages."""
    broker = new_celery("auth", settings.broker_url)
    records = HttpRecords(ServiceClient(settings.records_url), _token_source(settings))
    pepper = settings.pepper
    mobiles, messages = new_mobile_ownership(settings), new_messages(settings)

    def send_next_code() -> int:
        return send_code(sessions, pepper, records, mobiles, messages)

    def send_next_notices() -> int:
        return send_notices(sessions, pepper, messages) + send_contact_notices(sessions, messages)

    return [
        *standard_loops(
            "auth", sessions, broker, Outbox, FeedCounter, housekeeping=[partial(delete_expired, sessions)]
        ),
        Loop("codes", send_next_code, SEND_INTERVAL, idle_interval=SEND_IDLE_INTERVAL),
        Loop(
            "notices",
            send_next_notices,
            SEND_INTERVAL,
            batch_size=NOTICES_AT_ONCE,
            cooldown=SEND_INTERVAL,
            idle_interval=SEND_IDLE_INTERVAL,
        ),
    ]


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service."""
    urls = {"disclosure": settings.disclosure_url, "inquiry": settings.inquiry_url}
    return consumer_loops(sessions, FeedCursor, urls, _token_source(settings), HANDLERS)


def _token_source(settings: Settings) -> TokenSource:
    return TokenSource(settings.auth_url, "auth", settings.client_secret)


def delete_expired(sessions: Sessions) -> int:
    """Return 0 after deleting what ended long ago, since one step deletes all of it."""
    with sessions.begin() as session:
        store.forget(session)
    return 0
