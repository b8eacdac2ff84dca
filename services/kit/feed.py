"""Event feeds as consumers read them: each consumer keeps a cursor of its own.

The cursor is committed with the effect, so each effect happens once however often a nudge comes.
`http.feed` serves and fetches a feed; `background` makes the loops that read one.

A consumer that was away for longer than events stay, or that was restored, is past the feed's tail. It then
applies the events that are permanent, repairs the rest, and goes on from the tail.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit import logging, tracing
from services.kit.db import Sessions, read_database_time

PAGE_SIZE = 500
# Events that one step reads at most: who stops a loop, or watches it, need not wait for a feed's end.
MAX_EVENTS = 2 * PAGE_SIZE
# Events whose effects are one commit: a page of them would hold too many rows for too long.
COMMIT_SIZE = 50

log = structlog.get_logger()


@dataclass(frozen=True)
class Event:
    """One event of a feed; `subject` is a person id or None."""

    number: int
    id: str
    type: str
    occurred_at: datetime
    subject: str | None
    data: Mapping[str, Any]
    request_id: str


class FeedPage(NamedTuple):
    """Events of a feed, and the age of the oldest event that is not in the feed yet, 0 without one."""

    events: Sequence[Event]
    waiting_seconds: float


class EventsDeleted(Exception):
    """A feed no longer has the next events of a consumer: up to `tail`, only permanent ones are left."""

    def __init__(self, tail: int) -> None:
        super().__init__(f"events up to {tail} are deleted")
        self.tail = tail


class FeedCursorMixin:
    """How far this service has read another's feed.

    `gap_at` is when it last found that events were deleted before it had read them. While it synchronises
    again, `gap_until` is the last number of these, and `gap_position` how far the repair is.
    """

    __tablename__ = "feed_cursors"

    source: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    gap_at: Mapped[datetime | None]
    gap_until: Mapped[int | None] = mapped_column(sa.BigInteger())
    gap_position: Mapped[int | None] = mapped_column(sa.BigInteger())


Handler = Callable[[Session, Event], None]
# Repairs the next batch of rows after a position, and returns the last position of it, None at the end.
Repair = Callable[[Session, int], int | None]


class Synchronisation(NamedTuple):
    """How a consumer becomes complete again after a gap.

    `fetch_permanent` returns the permanent events after a number, up to the tail of the feed. `repair` does
    what they cannot, in batches, after all of them were applied. `note_gap` is called when the gap is found,
    in the transaction that stores it.
    """

    fetch_permanent: Callable[[int], Sequence[Event]]
    repair: Repair | None = None
    note_gap: Callable[[Session], None] | None = None


def consume_feed(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    fetch: Callable[[int], Sequence[Event]],
    handlers: Mapping[str, Handler],
    synchronisation: Synchronisation | None = None,
) -> int:
    """Return how many events were read, to the feed's end or `MAX_EVENTS`; apply those that have a handler.

    The effects of a batch and the move of the cursor are one commit. If that fails, each event has a commit
    of its own, so that one bad event does not block those before it. A consumer that lost the race for an
    event skips it.

    If the feed has deleted events that were not read, return `MAX_EVENTS`; the next steps synchronise.
    Raises EventsDeleted without a `synchronisation`.
    """
    with sessions() as session:
        position = session.get(cursor, source)
        after = position.last if position else 0
    if synchronisation and position and position.gap_until is not None:
        _close_gap(sessions, cursor, source, synchronisation, handlers)
        return MAX_EVENTS
    try:
        return _read_events(sessions, cursor, source, fetch, handlers, after)
    except EventsDeleted as gap:
        if synchronisation is None:
            raise
        _open_gap(sessions, cursor, source, gap.tail, synchronisation.note_gap)
        return MAX_EVENTS


def _read_events(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    fetch: Callable[[int], Sequence[Event]],
    handlers: Mapping[str, Handler],
    after: int,
) -> int:
    read = 0
    while read < MAX_EVENTS and (events := fetch(after)):
        for start in range(0, len(events), COMMIT_SIZE):
            _apply_events(sessions, cursor, source, events[start : start + COMMIT_SIZE], handlers)
        after = events[-1].number
        read += len(events)
        if len(events) < PAGE_SIZE:
            # The end of the feed; later events come with another nudge.
            break
    return read


def _apply_events(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    events: Sequence[Event],
    handlers: Mapping[str, Handler],
) -> None:
    try:
        _commit_events(sessions, cursor, source, events, handlers)
    except Exception:
        if len(events) == 1:
            raise
        for event in events:
            # Events without a handler are skipped together with the last one, without a commit of their own.
            if event.type in handlers or event is events[-1]:
                _commit_events(sessions, cursor, source, [event], handlers)


def _commit_events(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    events: Sequence[Event],
    handlers: Mapping[str, Handler],
) -> None:
    with sessions.begin() as session:
        position = _lock_cursor(session, cursor, source)
        new = [event for event in events if event.number > position.last]
        for event in new:
            if handler := handlers.get(event.type):
                logging.bind_request_id(event.request_id)
                with tracing.span(f"consume {event.type}", "consumer"):
                    handler(session, event)
        if new:
            position.last = new[-1].number
    for event in new:
        if event.type in handlers:
            log.info(
                "event.consumed",
                source=source,
                type=event.type,
                number=event.number,
                request_id=event.request_id,
            )


def _lock_cursor(session: Session, cursor: type[FeedCursorMixin], source: str) -> FeedCursorMixin:
    """Return the cursor of a feed, locked; it is added if it is missing."""
    position = session.get(cursor, source, with_for_update=True)
    if position is None:
        with suppress(IntegrityError), session.begin_nested():
            session.execute(sa.insert(cursor).values(source=source, last=0))
        position = session.get_one(cursor, source, with_for_update=True)
    return position


def _open_gap(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    tail: int,
    note_gap: Callable[[Session], None] | None,
) -> None:
    """Store that the events up to `tail` were deleted before they were read."""
    with sessions.begin() as session:
        position = _lock_cursor(session, cursor, source)
        # Another process of this service may have come here first.
        if position.gap_until is None and position.last < tail:
            position.gap_at, position.gap_until = read_database_time(session), tail
            position.gap_position = 0
            if note_gap:
                note_gap(session)
            log.error("feed.gap", source=source, last=position.last, tail=tail)


def _close_gap(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    synchronisation: Synchronisation,
    handlers: Mapping[str, Handler],
) -> None:
    """Apply the next permanent events, or repair the next batch after them; at the end move to the tail."""
    with sessions() as session:
        position = session.get_one(cursor, source)
    if events := synchronisation.fetch_permanent(position.last):
        for start in range(0, len(events), COMMIT_SIZE):
            _apply_events(sessions, cursor, source, events[start : start + COMMIT_SIZE], handlers)
        return
    with sessions.begin() as session:
        position = _lock_cursor(session, cursor, source)
        if position.gap_until is None:
            return
        if synchronisation.repair:
            position.gap_position = synchronisation.repair(session, position.gap_position or 0)
        else:
            position.gap_position = None
        if position.gap_position is None:
            position.last = max(position.last, position.gap_until)
            position.gap_until = None
            log.info("feed.synchronised", source=source, last=position.last)
