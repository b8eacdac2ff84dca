"""The register of objections, from which institutions are answered. Records' feed fills it.

It is inquiry's own, so an answer needs no other service. What it cannot know is said as unknown.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions.discrepancies import link_reports
from services.inquiry.actions.mergers import find_owner
from services.inquiry.actions.shown_months import select_shown_months
from services.inquiry.models import FeedCursor, Objection, ObjectionStatus
from services.kit.db import Sessions, read_database_time
from services.kit.feed import MAX_EVENTS, Event, FeedPage, Handler, Synchronisation, consume_feed

SOURCE = "records"
# The feed is read every half a minute: a register this old has missed its turn several times.
MAX_AGE = timedelta(minutes=5)


class ShownObjection(NamedTuple):
    """An objection to months that a letter shows; `months` are these months only, sorted."""

    status: ObjectionStatus
    months: tuple[str, ...]
    submitted_at: datetime | None
    decided_at: datetime | None


class Objections(NamedTuple):
    """What the register says about a letter, as of a moment; None if the register is incomplete."""

    items: tuple[ShownObjection, ...]
    as_of: datetime | None
    is_current: bool


def find_objections(session: Session, person_id: uuid.UUID, statement: Mapping[str, Any]) -> Objections:
    """Return the objections of a person to months of a letter: open ones, and those that ended after it.

    The letter itself counts in what was decided before its statement was made. An objection that came after
    it and was withdrawn concerns nobody.
    """
    made_at, is_complete = _read_moment(statement.get("as_of")), True
    items: list[ShownObjection] = []
    for objection in store.list_objections(session, person_id):
        if not _is_news(objection, made_at):
            continue
        if objection.months is None:
            is_complete = False
        elif months := select_shown_months(statement, objection.months):
            items.append(_describe_objection(objection, months))
    as_of = store.find_complete_moment(session, SOURCE) if is_complete else None
    is_current = as_of is not None and read_database_time(session) - as_of <= MAX_AGE
    return Objections(tuple(items), as_of, is_current)


def _is_news(objection: Objection, made_at: datetime | None) -> bool:
    if objection.status is ObjectionStatus.SUBMITTED or made_at is None:
        return True
    if objection.ended_at is not None and objection.ended_at <= made_at:
        return False
    is_later = objection.submitted_at is not None and objection.submitted_at > made_at
    return not (is_later and objection.status is ObjectionStatus.WITHDRAWN)


def _describe_objection(objection: Objection, months: Sequence[str]) -> ShownObjection:
    is_decided = objection.status in {ObjectionStatus.ACCEPTED, ObjectionStatus.REJECTED}
    decided_at = objection.ended_at if is_decided else None
    return ShownObjection(objection.status, tuple(months), objection.submitted_at, decided_at)


def read_feed(
    sessions: Sessions,
    fetch: Callable[[int], FeedPage],
    handlers: Mapping[str, Handler],
    synchronisation: Synchronisation | None = None,
) -> int:
    """Return how many events of records' feed were read.

    If all were, store as of when the register is complete: events that records has committed and not numbered
    yet are missing in the feed. Raises Unavailable.
    """
    with sessions() as session:
        began = read_database_time(session)
    waiting = [0.0]

    def fetch_events(after: int) -> Sequence[Event]:
        page = fetch(after)
        waiting.append(page.waiting_seconds)
        return page.events

    read = consume_feed(sessions, FeedCursor, SOURCE, fetch_events, handlers, synchronisation)
    if read < MAX_EVENTS:
        with sessions.begin() as session:
            store.set_complete_moment(session, SOURCE, began - timedelta(seconds=waiting[-1]))
    return read


def on_objection_submitted(session: Session, event: Event) -> None:
    """Register an open objection; one that has ended stays so, however often the event comes."""
    objection = _ensure_objection(session, event)
    objection.submitted_at = objection.submitted_at or event.occurred_at


def on_objection_decided(session: Session, event: Event) -> None:
    """Mark an objection as accepted or rejected."""
    objection = _ensure_objection(session, event)
    _end_objection(objection, ObjectionStatus(event.data["outcome"]), event.occurred_at)


def on_objection_withdrawn(session: Session, event: Event) -> None:
    """Mark an objection as withdrawn by its person."""
    _end_objection(_ensure_objection(session, event), ObjectionStatus.WITHDRAWN, event.occurred_at)


def on_objection_restated(session: Session, event: Event) -> None:
    """Register an objection of older code with its months, as it stood when the event was sent."""
    objection = _ensure_objection(session, event)
    objection.submitted_at = _read_moment(event.data["submitted_at"])
    status = ObjectionStatus(event.data["status"])
    if status is not ObjectionStatus.SUBMITTED:
        _end_objection(objection, status, _read_moment(event.data["decided_at"]) or event.occurred_at)


def _ensure_objection(session: Session, event: Event) -> Objection:
    """Return the registered objection of an event, with its months if the event has them."""
    objection_id = uuid.UUID(event.data["objection_id"])
    objection = session.get(Objection, objection_id)
    if objection is None:
        objection = Objection(
            id=objection_id,
            person_id=find_owner(session, uuid.UUID(event.subject or "")),
            status=ObjectionStatus.SUBMITTED,
        )
        session.add(objection)
    if (months := event.data.get("months")) is not None:
        objection.months = list(months)
    if discrepancy_ids := event.data.get("discrepancy_ids"):
        link_reports(session, objection, discrepancy_ids)
    return objection


def _end_objection(objection: Objection, status: ObjectionStatus, at: datetime) -> None:
    # An objection ends once: a repeated event changes nothing.
    if objection.status is ObjectionStatus.SUBMITTED:
        objection.status, objection.ended_at = status, at


def _read_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
