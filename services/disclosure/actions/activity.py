"""The activity page «تامین اجتماعی من»: what happened to a person, here and in the other services.

Actions of this service report what they did with `emit_event`; the consumers call `note_event`.
"""

import itertools
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.actions.titles import TITLES, find_kinds
from services.disclosure.models import Activity, Outbox
from services.disclosure.store import activity, citizens, letters, requests
from services.kit.db import read_database_time
from services.kit.events import load_events
from services.kit.feed import Event
from services.kit.jalali import JalaliMonth
from services.kit.outbox import add_event, build_actor
from services.kit.paging import fetch_page

# `look` is what an officer viewed, as `note_look` stores it; `fields` are the corrected ones, as text.
REFERENCES = load_events().references | {"look", "fields"}
# Whose state an item shows, by the beginning of its kind. The state of a permit is known only to inquiry.
STATEFUL = {"request": "disclosure_request_id", "letter": "letter_id"}

# Orders what one process adds within a microsecond, and keeps the sort keys distinct.
_ties = itertools.count()
_TIES = 1024


@dataclass(frozen=True)
class Item:
    """A line of the page, with state and note of the request or letter that it is about, if any."""

    activity: Activity
    state: str | None
    note: str | None = field(repr=False)
    # Those of the line, without ids of letters and requests that are deleted.
    references: Mapping[str, Any] = field(default_factory=dict)
    # How many looks the item stands for, in a list that groups them.
    count: int | None = None


def emit_event(
    session: Session,
    name: str,
    person_id: uuid.UUID,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> None:
    """Add an event to the outbox and to the person's page."""
    add_event(session, Outbox, name, subject=person_id, data=data)
    named = {**data, **build_actor()}
    _add_activity(session, name, [person_id], at or read_database_time(session), named)


def note_event(session: Session, event: Event) -> None:
    """Add another service's event to the page of the person it is about; skip one that is about no person."""
    person_id = _parse_uuid(event.subject)
    if person_id is None:
        return
    if event.type == "account.activated":
        person_id = citizens.lock_citizen(session, person_id)
    else:
        person_id = citizens.lock_owner(session, person_id)
    _add_activity(session, event.type, [person_id], event.occurred_at, event.data)


def note_look(session: Session, event: Event) -> None:
    """Add an officer's view of a person's data, with its reason, to the person's page."""
    person_id = _parse_uuid(event.subject)
    if person_id is not None:
        references = {"look": event.data.get("kind"), "reason": event.data.get("reason")}
        owner_id = citizens.lock_owner(session, person_id)
        _add_activity(session, event.type, [owner_id], event.occurred_at, references)


def note_correction(session: Session, event: Event) -> Sequence[uuid.UUID]:
    """Return the corrected person if the person has used this service; the correction is on the page now."""
    person_id = _parse_uuid(event.subject)
    if person_id is None:
        return []
    known_ids = citizens.lock_known_citizens(session, [citizens.lock_owner(session, person_id)])
    references = {"fields": " ".join(sorted(event.data["fields"]))}
    _add_activity(session, event.type, known_ids, event.occurred_at, references)
    return known_ids


def note_merger(session: Session, event: Event, remaining_id: uuid.UUID) -> None:
    """Add a merger to the page of the person who remains."""
    _add_activity(session, event.type, [remaining_id], event.occurred_at, {})


def note_record_change(session: Session, event: Event) -> Sequence[uuid.UUID]:
    """Return those of a new list's people who have used this service; the list is on their pages now."""
    subjects = [person for person in map(_parse_uuid, event.data.get("subjects", ())) if person is not None]
    known_ids = citizens.lock_known_citizens(session, subjects)
    _add_activity(session, event.type, known_ids, event.occurred_at, event.data)
    return known_ids


def _parse_uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def _add_activity(
    session: Session, kind: str, person_ids: Sequence[uuid.UUID], at: datetime, data: Mapping[str, Any]
) -> None:
    if not person_ids:
        return
    references = {name: value for name, value in data.items() if name in REFERENCES and value is not None}
    sort_key = round(at.timestamp() * 1_000_000) * _TIES + next(_ties) % _TIES
    session.connection().execute(
        sa.insert(Activity),
        [
            {"person_id": person_id, "kind": kind, "at": at, "sort_key": sort_key, "references": references}
            for person_id in person_ids
        ],
    )


def list_activity(
    session: Session, person_id: uuid.UUID, *, limit: int, cursor: str | None, **filters: Any
) -> tuple[Sequence[Item], str | None]:
    """Return one page of what happened to a person, newest first, and the next page's cursor.

    The filters are those of `ActivityQuery`. With `grouped`, the looks of an institution with one permit
    within a day in Tehran are one item: the newest of them, with their number.
    """
    grouped = filters.pop("grouped", False)
    query = build_query(person_id, **filters)
    rows, next_cursor = fetch_page(
        session,
        activity.keep_newest_looks(query) if grouped else query,
        Activity.sort_key,
        name="activity",
        limit=limit,
        cursor=cursor,
    )
    states = requests.find_request_states(session, _collect_ids(rows, "disclosure_request_id"))
    states |= letters.find_letter_states(session, _collect_ids(rows, "letter_id"))
    counts = activity.count_looks(session, person_id, rows) if grouped else {}
    notes = _find_notes(session, rows)
    items = [
        Item(
            row,
            states.get(row.references.get(_find_state_reference(row), "")),
            notes.get(row.id),
            _select_references(row, states),
            counts.get(row.id),
        )
        for row in rows
    ]
    return items, next_cursor


def _select_references(row: Activity, states: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the references of a line, without the ids of a letter or request that was deleted."""
    about = _find_state_reference(row)
    if not about or row.references.get(about) in states:
        return row.references
    return {name: value for name, value in row.references.items() if name not in STATEFUL.values()}


def _find_notes(session: Session, rows: Sequence[Activity]) -> dict[uuid.UUID, str]:
    """Return the owner's notes of the requests and letters that lines are about, by the id of the line."""
    of_letters = letters.find_request_ids(session, _collect_ids(rows, "letter_id"))
    requested = {*_collect_ids(rows, "disclosure_request_id"), *of_letters.values()}
    notes = requests.find_notes(session, requested)
    by_line: dict[uuid.UUID, str] = {}
    for row in rows:
        letter_id = _parse_uuid(row.references.get("letter_id"))
        disclosure_id = _parse_uuid(row.references.get("disclosure_request_id"))
        if letter_id is not None:
            disclosure_id = of_letters.get(letter_id, disclosure_id)
        if disclosure_id in notes:
            by_line[row.id] = notes[disclosure_id]
    return by_line


def build_query(
    person_id: uuid.UUID,
    kind: Collection[str] = (),
    month: JalaliMonth | None = None,
    q: str | None = None,
) -> sa.Select[Activity]:
    """Return the query of a person's lines with the filters of `ActivityQuery`."""
    # A newer version may have written kinds that this one has no title for.
    kinds = [name for name in TITLES if not kind or name in kind or name.partition(".")[0] in kind]
    query = activity.select_activity(person_id, kinds)
    if month is not None:
        query = activity.limit_to_month(query, month)
    if q:
        query = activity.find_words(query, q, find_kinds(q))
    return query


def _find_state_reference(row: Activity) -> str:
    return STATEFUL.get(row.kind.partition(".")[0], "")


def _collect_ids(rows: Sequence[Activity], reference: str) -> Sequence[uuid.UUID]:
    ids = (_parse_uuid(row.references.get(reference)) for row in rows)
    return [identity for identity in ids if identity is not None]
