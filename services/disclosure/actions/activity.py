"""The activity page «تامین اجتماعی من»: what happened to a person, here and in the other services.

`tell` is how every action of this service tells what it did; the consumers call `note_event`.
"""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.models import Activity, Outbox
from services.kit.db import database_time
from services.kit.events import load_events
from services.kit.feed import Event
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.kit.problems import Text

TITLES: Mapping[str, Text] = load_events().titles()
# `look` is the kind of an officer's look, as `note_look` names it.
REFERENCES = load_events().references | {"look"}
# What an officer's look was for, where the officer gave no words: a decision has its reason in the objection.
REASON_OF_DECISION = Text("تصمیم درباره اعتراض شما", "decision about your objection")
# Whose state an item shows, by what its kind begins with; what became of a permit, inquiry knows alone.
STATEFUL = {"request": "disclosure_request_id", "letter": "letter_id"}

# Keeps what one process notes within a microsecond in order and apart.
_ties = itertools.count()
_TIES = 1024


@dataclass(frozen=True)
class Item:
    """A line of the page; `state` is that of the request or letter it is about, now; None for all else."""

    activity: Activity
    state: str | None


def tell(
    session: Session,
    name: str,
    person_id: uuid.UUID,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> None:
    """Emit an event of this service and put it on the person's page."""
    add_event(session, Outbox, name, subject=person_id, data=data)
    _note(session, name, [person_id], at or database_time(session), data)


def note_event(session: Session, event: Event) -> None:
    """Put another service's event on the page of the person it is about; one about nobody is passed over."""
    person_id = _uuid(event.subject)
    if person_id is None:
        return
    if event.type == "account.activated":
        store.lock_citizen(session, person_id)
    _note(session, event.type, [person_id], event.occurred_at, event.data)


def note_look(session: Session, event: Event) -> None:
    """Put an officer's look at a person's data, with its reason, on the person's page."""
    person_id = _uuid(event.subject)
    if person_id is not None:
        references = {"look": event.data.get("kind"), "reason": event.data.get("reason")}
        _note(session, event.type, [person_id], event.occurred_at, references)


def write_title(activity: Activity, language: str) -> str:
    """Return what a line of the page says: of a look with its reason, which the person is to read."""
    title = TITLES[activity.kind].pick(language)
    if activity.kind != "record.viewed":
        return title
    return f"{title}: {activity.references.get('reason') or REASON_OF_DECISION.pick(language)}"


def note_record_change(session: Session, event: Event) -> Sequence[uuid.UUID]:
    """Put a new list on the pages of those of its people who have dealt with this service; returns them."""
    subjects = [person for person in map(_uuid, event.data.get("subjects", ())) if person is not None]
    known = store.lock_known_citizens(session, subjects)
    _note(session, event.type, known, event.occurred_at, event.data)
    return known


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def _note(
    session: Session, kind: str, person_ids: Sequence[uuid.UUID], at: datetime, data: Mapping[str, Any]
) -> None:
    if not person_ids:
        return
    references = {name: value for name, value in data.items() if name in REFERENCES and value is not None}
    sort_key = round(at.timestamp() * 1_000_000) * _TIES + next(_ties) % _TIES
    session.execute(
        sa.insert(Activity),
        [
            {"person_id": person_id, "kind": kind, "at": at, "sort_key": sort_key, "references": references}
            for person_id in person_ids
        ],
    )


def list_activity(
    session: Session, person_id: uuid.UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[Item], str | None]:
    """One page of what happened to a person, newest first, and the next page's cursor."""
    rows, next_cursor = fetch_page(
        session,
        # A version after this one may have written kinds that this one has no words for.
        store.activity_query(person_id, TITLES),
        Activity.sort_key,
        name="activity",
        limit=limit,
        cursor=cursor,
    )
    states = store.states_of_requests(session, _ids(rows, "disclosure_request_id"))
    states |= store.states_of_letters(session, _ids(rows, "letter_id"))
    return [Item(row, states.get(row.references.get(_stateful(row), ""))) for row in rows], next_cursor


def _stateful(row: Activity) -> str:
    return STATEFUL.get(row.kind.partition(".")[0], "")


def _ids(rows: Sequence[Activity], reference: str) -> Sequence[uuid.UUID]:
    found = (_uuid(row.references.get(reference)) for row in rows)
    return [identity for identity in found if identity is not None]
