"""Event feeds: each service serves its numbered events; each consumer keeps a cursor of its own.

The cursor is committed with the effect, so each effect happens once however often a nudge comes.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit import logging, tracing
from services.kit.db import Sessions
from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.loops import Loop
from services.kit.outbox import OutboxMixin
from services.kit.problems import Text, Unavailable, ValidationFailed
from services.kit.queue import Nudges

PAGE = 500
# A nudge that got lost costs no more than this many seconds.
PULL_SECONDS = 30.0
# While much happens, so many seconds of it are read together: a look costs as much as some events.
APART_SECONDS = 0.5
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


def feed_blueprint(sessions: Sessions, outbox: type[OutboxMixin]) -> Blueprint:
    """``GET /internal/events?after=N&limit=``; its endpoint is ``feed.events``."""
    blueprint = Blueprint("feed", __name__)

    @blueprint.get("/internal/events")
    def events() -> ResponseReturnValue:
        after, limit = _whole("after", 0), min(_whole("limit", PAGE), PAGE)
        with sessions() as session:
            rows = session.scalars(
                sa.select(outbox).where(outbox.number > after).order_by(outbox.number).limit(limit)
            ).all()
        shown = [
            {
                "number": row.number,
                "id": str(row.id),
                "type": row.name,
                "occurred_at": row.occurred_at.isoformat(),
                "subject": row.subject,
                "data": row.data,
                "request_id": row.request_id,
            }
            for row in rows
        ]
        return jsonify(events=shown, last=rows[-1].number if rows else after)

    return blueprint


def _whole(name: str, default: int) -> int:
    given = request.args.get(name, str(default))
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise ValidationFailed((name, Text("باید عدد صحیح باشد.", "Not a valid integer.")))
    return int(given)


def fetch_events(client: ServiceClient, tokens: TokenSource, source: str, after: int) -> Sequence[Event]:
    """The next events of a service's feed. Raises Unavailable."""
    params = {"after": after, "limit": PAGE}
    answer = request_as_service(client, tokens, f"{source}:events", "GET", "/internal/events", params=params)
    if answer.status_code != 200:
        log.warning("feed.refused", source=source, status=answer.status_code)
        raise Unavailable
    return [_event(document) for document in answer.json()["events"]]


def _event(document: Mapping[str, Any]) -> Event:
    # A member that a newer service adds is passed over.
    members = {member.name: document[member.name] for member in fields(Event)}
    return Event(**{**members, "occurred_at": datetime.fromisoformat(document["occurred_at"])})


def consumer_loops(
    prefix: str,
    sessions: Sessions,
    cursor: type[FeedCursorMixin],
    addresses: Mapping[str, str],
    tokens: TokenSource,
    handlers: Mapping[str, Mapping[str, Handler]],
) -> Mapping[str, Loop]:
    """The loops that read the feeds of services, by the service; `listeners` lets nudges wake them.

    Handlers are by service and kind of event. A loop's name is the prefix, a hyphen and the service.
    """
    loops = {}
    for source, url in addresses.items():
        fetch = partial(fetch_events, ServiceClient(url), tokens, source)
        step = partial(consume, sessions, cursor, source, fetch, handlers[source])
        loops[source] = Loop(f"{prefix}-{source}", step, PULL_SECONDS, full=MOST, apart=APART_SECONDS)
    return loops


def listeners(broker_url: str, consumers: Mapping[str, Loop]) -> Sequence[Callable[[threading.Event], None]]:
    """What `loops.run` needs beside consumers, by the service that each reads, for its news to wake them.

    Where none of them runs nobody listens.
    """
    if not consumers:
        return []
    return [Nudges(broker_url, list(consumers), lambda source: consumers[source].wake.set()).listen]


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
