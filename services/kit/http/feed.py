"""Event feeds over HTTP: the route that serves a service's events, and the call that fetches them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.feed import PAGE_SIZE, Event, EventsDeleted, FeedPage
from services.kit.feed_tails import FeedTables, find_tail, note_reader
from services.kit.http.access import get_caller
from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.outbox import measure_oldest_event
from services.kit.problems import Problem, Text, Unavailable, ValidationFailed
from services.kit.subjects import unpack_data

log = structlog.get_logger()


class EventsAreDeleted(Problem):
    """The next events after `after` are deleted; `tail` is the last number that is."""

    status, code = 410, "events-deleted"
    title = Text("رویدادها حذف شده‌اند", "Events deleted")
    detail = Text(
        "رویدادهای پس از این شماره دیگر نگه داشته نمی‌شود. رویدادهای ماندگار را با permanent=1 بخوانید.",
        "The events after this number are no longer stored. Read the permanent ones with permanent=1.",
    )


def new_feed_blueprint(sessions: Sessions, tables: FeedTables) -> Blueprint:
    """Return the route ``GET /internal/events?after=N&limit=&permanent=``; its endpoint is ``feed.events``.

    With ``permanent=1`` it answers the permanent events up to the feed's tail.
    """
    outbox = tables.outbox
    blueprint = Blueprint("feed", __name__)

    @blueprint.get("/internal/events", endpoint="events")
    def list_events() -> ResponseReturnValue:
        after, limit = _read_int("after", 0), min(_read_int("limit", PAGE_SIZE), PAGE_SIZE)
        is_permanent = _read_int("permanent", 0) > 0
        note_reader(sessions, tables.reader, get_caller().subject, after)
        with sessions() as session:
            query = sa.select(outbox).where(outbox.number > after).order_by(outbox.number).limit(limit)
            if is_permanent:
                query = query.where(outbox.number <= find_tail(session, tables.counter))
            rows = session.scalars(query).all()
            # After the rows: whatever was deleted before they were read is below this tail.
            if not is_permanent and after < (tail := find_tail(session, tables.counter)):
                raise EventsAreDeleted(extra={"tail": tail})
            waiting = measure_oldest_event(session, outbox)
        page = [
            {
                "number": row.number,
                "id": str(row.id),
                "type": row.name,
                "occurred_at": row.occurred_at.isoformat(),
                "subject": row.subject,
                "data": unpack_data(row.data),
                "request_id": row.request_id,
            }
            for row in rows
        ]
        last = rows[-1].number if rows else after
        return jsonify(events=page, last=last, waiting_seconds=waiting)

    return blueprint


def _read_int(name: str, default: int) -> int:
    given = request.args.get(name, str(default))
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise ValidationFailed((name, Text("باید عدد صحیح باشد.", "Not a valid integer.")))
    return int(given)


def fetch_events(client: ServiceClient, tokens: TokenSource, source: str, after: int) -> Sequence[Event]:
    """Return the next events of a service's feed. Raises EventsDeleted, Unavailable."""
    return fetch_page(client, tokens, source, after).events


def fetch_permanent_events(
    client: ServiceClient, tokens: TokenSource, source: str, after: int
) -> Sequence[Event]:
    """Return the next permanent events of a service's feed, up to its tail. Raises Unavailable."""
    return fetch_page(client, tokens, source, after, permanent=1).events


def fetch_page(client: ServiceClient, tokens: TokenSource, source: str, after: int, **more: int) -> FeedPage:
    """Return the next page of a service's feed. Raises EventsDeleted, Unavailable."""
    params = {"after": after, "limit": PAGE_SIZE, **more}
    response = request_as_service(
        client, tokens, f"{source}:events", "GET", "/internal/events", params=params
    )
    if response.status_code == EventsAreDeleted.status:
        raise EventsDeleted(int(response.json()["tail"]))
    if response.status_code != 200:
        log.warning("feed.refused", source=source, status=response.status_code)
        raise Unavailable
    reply = response.json()
    # Services of before do not say what waits.
    return FeedPage(
        [_read_event(document) for document in reply["events"]], float(reply.get("waiting_seconds", 0))
    )


def _read_event(document: Mapping[str, Any]) -> Event:
    # Members that a newer service adds are ignored.
    members = {member.name: document[member.name] for member in fields(Event)}
    # An older process of the sender shows the data as it is stored.
    members["data"] = unpack_data(members["data"])
    return Event(**{**members, "occurred_at": datetime.fromisoformat(document["occurred_at"])})
