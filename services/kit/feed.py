"""Event feeds as consumers read them: each consumer keeps a cursor of its own.

The cursor is committed with the effect, so each effect happens once however often a nudge comes.
`http.feed` serves and fetches a feed; `background` makes the loops that read one.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit import logging, tracing
from services.kit.db import Sessions

PAGE = 500
# Events that one step reads at most: who stops a loop, or watches it, need not wait for a feed's end.
MOST = 2 * PAGE
# Events whose effects are one commit: a page of them would hold too many rows for too long.
TOGETHER = 50

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


class FeedCursorMixin:
    """How far this service has read another's feed."""

    __tablename__ = "feed_cursors"

    source: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger(), default=0)


Handler = Callable[[Session, Event], None]


def consume(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    fetch: Callable[[int], Sequence[Event]],
    handlers: Mapping[str, Handler],
) -> int:
    """Read a feed to its end, or `MOST` of it, and apply what has a handler; returns how many were read.

    The effects of some events and the cursor's move are one commit. Where that fails each has a commit of its
    own, so that what one of them cannot do keeps none before it. A consumer that lost the race for an event
    skips it.
    """
    with sessions() as session:
        kept = session.get(cursor, source)
        after = kept.last if kept else 0
    read = 0
    while read < MOST and (events := fetch(after)):
        for start in range(0, len(events), TOGETHER):
            _take(sessions, cursor, source, events[start : start + TOGETHER], handlers)
        after = events[-1].number
        read += len(events)
        if len(events) < PAGE:
            # Its end; whoever writes after it nudges again.
            break
    return read


def _take(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    events: Sequence[Event],
    handlers: Mapping[str, Handler],
) -> None:
    try:
        _apply(sessions, cursor, source, events, handlers)
    except Exception:
        if len(events) == 1:
            raise
        for event in events:
            # One that nobody here needs is passed over with the last, not with a commit of its own.
            if event.type in handlers or event is events[-1]:
                _apply(sessions, cursor, source, [event], handlers)


def _apply(
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    source: str,
    events: Sequence[Event],
    handlers: Mapping[str, Handler],
) -> None:
    with sessions.begin() as session:
        kept = session.get(cursor, source, with_for_update=True)
        if kept is None:
            with suppress(IntegrityError), session.begin_nested():
                session.execute(sa.insert(cursor).values(source=source, last=0))
            kept = session.get_one(cursor, source, with_for_update=True)
        new = [event for event in events if event.number > kept.last]
        for event in new:
            if handler := handlers.get(event.type):
                logging.bind_request_id(event.request_id)
                with tracing.span(f"consume {event.type}", "consumer"):
                    handler(session, event)
        if new:
            kept.last = new[-1].number
    for event in new:
        if event.type in handlers:
            log.info(
                "event.consumed",
                source=source,
                type=event.type,
                number=event.number,
                request_id=event.request_id,
            )
