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
from services.kit.feed import PAGE_SIZE, Event, FeedPage
from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.outbox import OutboxMixin, measure_oldest_event
from services.kit.problems import Text, Unavailable, ValidationFailed
from services.kit.subjects import unpack_data

log = structlog.get_logger()


def new_feed_blueprint(sessions: Sessions, outbox: type[OutboxMixin]) -> Blueprint:
    """Return the route ``GET /internal/events?after=N&limit=``; its endpoint is ``feed.events``."""
    blueprint = Blueprint("feed", __name__)

    @blueprint.get("/internal/events", endpoint="events")
    def list_events() -> ResponseReturnValue:
        after, limit = _read_int("after", 0), min(_read_int("limit", PAGE_SIZE), PAGE_SIZE)
        with sessions() as session:
            rows = session.scalars(
                sa.select(outbox).where(outbox.number > after).order_by(outbox.number).limit(limit)
            ).all()
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
    """Return the next events of a service's feed. Raises Unavailable."""
    return fetch_page(client, tokens, source, after).events


def fetch_page(client: ServiceClient, tokens: TokenSource, source: str, after: int) -> FeedPage:
    """Return the next page of a service's feed. Raises Unavailable."""
    params = {"after": after, "limit": PAGE_SIZE}
    response = request_as_service(
        client, tokens, f"{source}:events", "GET", "/internal/events", params=params
    )
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
