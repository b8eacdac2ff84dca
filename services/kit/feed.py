"""Event feeds as consumers read them: each consumer keeps a cursor of its own.

The cursor is committed with the effect, so each effect happens once however often a nudge comes.
`http.feed` serves and fetches a feed; `background` makes the loops that read one.
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
from services.kit.db import Sessions

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


class FeedCursorMixin:
    """How far this service has read another's feed."""

    __tablename__ = "feed_cursors"

    source: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger(), default=0)


Handler = Callable[[Session, Event], None]


def consume_feed(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    fetch: Callable[[int], Sequence[Event]],
    handlers: Mapping[str, Handler],
) -> int:
    """Return how many events were read, to the feed's end or `MAX_EVENTS`; apply those that have a handler.

    The effects of a batch and the move of the cursor are one commit. If that fails, each event has a commit
    of its own, so that one bad event does not block those before it. A consumer that lost the race for an
    event skips it.
    """
    with sessions() as session:
        position = session.get(cursor, source)
        after = position.last if position else 0
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
        position = session.get(cursor, source, with_for_update=True)
        if position is None:
            with suppress(IntegrityError), session.begin_nested():
                session.execute(sa.insert(cursor).values(source=source, last=0))
            position = session.get_one(cursor, source, with_for_update=True)
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
