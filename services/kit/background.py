"""The background loops that every service has: relay, housekeeping and the consumers of others' feeds.

A service's `background.py` adds its own to these. Operators know them by the names `relay`, `sweeper`,
`housekeeping` and `consume-<service>`, beside those that only one service has.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial

import sqlalchemy as sa
from celery import Celery
from sqlalchemy.orm import Session

from services.kit import notifications
from services.kit.db import Sessions
from services.kit.endings import BATCH as ENDINGS_BATCH
from services.kit.endings import EndingMixin, Journal, write_endings
from services.kit.feed import MAX_EVENTS, FeedCursorMixin, Handler, Repair, Synchronisation, consume_feed
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.http.feed import fetch_events, fetch_permanent_events
from services.kit.listening import new_database_listeners
from services.kit.loops import Loop, run_loops
from services.kit.outbox import BATCH, FeedCounterMixin, OutboxMixin, number_events
from services.kit.queue import Nudges, send_nudge

RELAY, ENDINGS, HOUSEKEEPING = "relay", "endings", "housekeeping"
# Seconds between steps of the relay, and while nothing happens, if notifications do not wake it.
RELAY_INTERVAL, RELAY_IDLE_INTERVAL = 0.5, 0.8
# Seconds between looks at what has ended: the journal has it within a second.
ENDINGS_INTERVAL = 0.5
HOUSEKEEPING_INTERVAL = 3600.0
# A lost nudge delays events by no more than this (seconds).
POLL_INTERVAL = 30.0
# Seconds. Under load events are read together: one request costs as much as several events. Those of auth end
# sessions; of the others nobody waits for more than the first.
CONSUMER_COOLDOWN, AUTH_COOLDOWN = 2.0, 0.5


def build_standard_loops(
    service: str,
    sessions: Sessions,
    broker: Celery,
    outbox: type[OutboxMixin],
    counter: type[FeedCounterMixin],
    *,
    housekeeping: Sequence[Callable[[], int | None]] = (),
    relay_interval: float = RELAY_INTERVAL,
    relay_cooldown: float = 0.0,
) -> list[Loop]:
    """Return the relay, and the housekeeping if the service has any jobs for it.

    Jobs are done every hour, and again while one of them returns that it did something.
    """
    relay = Loop(
        RELAY,
        partial(relay_events, service, sessions, broker, outbox, counter),
        relay_interval,
        batch_size=BATCH,
        cooldown=relay_cooldown,
        idle_interval=RELAY_IDLE_INTERVAL,
        channel=notifications.EVENTS,
    )
    if not housekeeping:
        return [relay]
    return [relay, Loop(HOUSEKEEPING, partial(_do_jobs, housekeeping), HOUSEKEEPING_INTERVAL)]


def build_endings_loop(
    service: str, sessions: Sessions, model: type[EndingMixin], open_own_journal: Callable[[], Journal | None]
) -> Loop:
    """Return the loop that writes what has ended to the journal, which only its program can open."""
    opened = cache(open_own_journal)

    def write_batch() -> int:
        return write_endings(sessions, model, service, opened())

    return Loop(
        ENDINGS, write_batch, ENDINGS_INTERVAL, batch_size=ENDINGS_BATCH, channel=notifications.ENDINGS
    )


def relay_events(
    service: str,
    sessions: Sessions,
    broker: Celery,
    outbox: type[OutboxMixin],
    counter: type[FeedCounterMixin],
) -> int:
    """Return how many committed events got their number; nudge the readers of the feed if any did."""
    numbered = number_events(sessions, outbox, counter)
    if numbered:
        send_nudge(broker, service)
    return numbered


def _do_jobs(jobs: Sequence[Callable[[], int | None]]) -> int:
    """Return how much the jobs did. All of them are done; then the first failure is raised."""
    did, failures = 0, []
    for job in jobs:
        try:
            did += job() or 0
        except Exception as error:  # noqa: BLE001 -- raised after the other jobs
            failures.append(error)
    if failures:
        raise failures[0]
    return did


def build_consumer_loops(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    urls: Mapping[str, str],
    tokens: TokenSource,
    handlers: Mapping[str, Mapping[str, Handler]],
    repairs: Mapping[str, Repair] | None = None,
    note_gap: Callable[[str, Session], None] | None = None,
) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service.

    `handlers` are by service and type of event; `run_background` lets nudges wake the loops. `repairs` are
    what a service does about events that a feed deleted before it read them;
    `note_gap` gets the service whose events they are.
    """
    loops = {}
    for source, url in urls.items():
        client = ServiceClient(url)
        fetch = partial(fetch_events, client, tokens, source)
        permanent = partial(fetch_permanent_events, client, tokens, source)
        note = partial(note_gap, source) if note_gap else None
        synchronisation = Synchronisation(permanent, (repairs or {}).get(source), note)
        step = partial(consume_feed, sessions, cursor, source, fetch, handlers[source], synchronisation)
        name = f"consume-{source}"
        cooldown = AUTH_COOLDOWN if source == "auth" else CONSUMER_COOLDOWN
        loops[source] = Loop(name, step, POLL_INTERVAL, batch_size=MAX_EVENTS, cooldown=cooldown)
    return loops


def run_background(
    engine: sa.Engine,
    broker_url: str,
    loops: Sequence[Loop],
    consumers: Mapping[str, Loop],
    names: Collection[str],
) -> None:
    """Run the named loops and consumers until the process receives SIGTERM or Ctrl-C.

    Commits in the database of `engine` wake the loops, nudges by the broker the consumers.
    """
    chosen = {source: loop for source, loop in consumers.items() if loop.name in names}
    others = [loop for loop in loops if loop.name in names]
    listeners = [*new_database_listeners(engine, others), *new_listeners(broker_url, chosen)]
    run_loops([*others, *chosen.values()], listeners)


def new_listeners(
    broker_url: str, consumers: Mapping[str, Loop]
) -> Sequence[Callable[[threading.Event], None]]:
    """Return what `run_loops` runs beside these consumers, so that nudges wake them; nothing without any."""
    if not consumers:
        return []
    return [Nudges(broker_url, list(consumers), lambda source: consumers[source].wake.set()).listen]
