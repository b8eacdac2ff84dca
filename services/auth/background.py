"""The background loops of auth: relay, senders, consumers and the broom. Started by `commands.py`."""

import threading
from collections.abc import Callable, Collection, Sequence

from celery import Celery

from services.auth import store
from services.auth.actions.contacts import send_contact_notices
from services.auth.actions.notices import HANDLERS
from services.auth.actions.sending import NOTICES_AT_ONCE, send_code, send_notices
from services.auth.clients import HttpRecords, new_messages, new_mobile_ownership
from services.auth.models import FeedCounter, FeedCursor, Outbox
from services.auth.settings import Settings
from services.kit.db import Sessions
from services.kit.feed import consumer_loops, listeners
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.loops import Loop
from services.kit.outbox import BATCH, number_events
from services.kit.queue import new_celery, send_nudge

# Seconds between looks, and while nothing happens.
SOON, REST = 0.5, 0.8
SWEEP = 3600.0

Listener = Callable[[threading.Event], None]
LOOPS = ("relay", "codes", "notices", "from-disclosure", "from-inquiry", "broom")


def new_loops(
    settings: Settings, sessions: Sessions, names: Collection[str] = LOOPS
) -> tuple[Sequence[Loop], Sequence[Listener]]:
    """The loops of these names, in the order of `LOOPS`, and the listener if any of them is ever nudged."""
    broker = new_celery("auth", settings.broker_url)
    tokens = TokenSource(settings.auth_url, "auth", settings.client_secret)
    records = HttpRecords(ServiceClient(settings.records_url), tokens)
    pepper = settings.pepper
    mobiles, messages = new_mobile_ownership(settings), new_messages(settings)
    feeds = {"disclosure": settings.disclosure_url, "inquiry": settings.inquiry_url}
    consumers = consumer_loops("from", sessions, FeedCursor, feeds, tokens, HANDLERS)

    def send_next_code() -> int:
        return send_code(sessions, pepper, records, mobiles, messages)

    loops = [
        Loop("relay", lambda: relay(sessions, broker), SOON, full=BATCH, rest=REST),
        Loop("codes", send_next_code, SOON, rest=REST),
        Loop(
            "notices",
            lambda: send_notices(sessions, pepper, messages) + send_contact_notices(sessions, messages),
            SOON,
            full=NOTICES_AT_ONCE,
            apart=SOON,
            rest=REST,
        ),
        *consumers.values(),
        Loop("broom", lambda: sweep(sessions), SWEEP),
    ]
    nudged = {source: loop for source, loop in consumers.items() if loop.name in names}
    return [loop for loop in loops if loop.name in names], listeners(settings.broker_url, nudged)


def relay(sessions: Sessions, broker: Celery) -> int:
    """Number what was committed and tell whoever reads the feed; returns how many events that were."""
    numbered = number_events(sessions, Outbox, FeedCounter)
    if numbered:
        send_nudge(broker, "auth")
    return numbered


def sweep(sessions: Sessions) -> int:
    """Forget what ended long ago; returns 0, since there is nothing to do again at once."""
    with sessions.begin() as session:
        store.forget(session)
    return 0
