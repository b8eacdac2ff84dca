"""Events of records about people, and what auth does with them."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.auth.actions.notices import HANDLERS
from services.auth.actions.person_checks import check_people
from services.auth.clients import Message, PersonIdentity
from services.auth.models import FeedCursor
from services.kit.feed import Event, consume_feed
from tests.service.auth.desk import NUMBERS, Desk, Person, invent_person


def build_event(name: str, person: Person, *, ago: timedelta = timedelta(), **data: Any) -> Event:
    return Event(
        number=next(NUMBERS),
        id=str(uuid.uuid4()),
        type=name,
        occurred_at=datetime.now(UTC) - ago,
        subject=str(person.id),
        data=data,
        request_id="a-request-of-theirs",
    )


def build_correction(person: Person, *fields: str, **more: Any) -> Event:
    return build_event("person.corrected", person, fields=list(fields), proposal_id=None, **more)


def build_merger(person: Person, into: Person, **more: Any) -> Event:
    return build_event("person.merged", person, into=str(into.id), proposal_id=str(uuid.uuid4()), **more)


def consume(desk: Desk, *events: Event) -> list[Message]:
    """Return the messages that were sent after the events were read, and records was asked."""
    desk.send()
    desk.messages.sent.clear()
    consume_feed(desk.sessions, FeedCursor, "records", lambda _: events, HANDLERS["records"])
    finish_checks(desk)
    desk.send()
    return list(desk.messages.sent)


def repeat(desk: Desk, *events: Event) -> list[Message]:
    """Return the messages that were sent after the feed was read again from its beginning."""
    desk.execute_sql("DELETE FROM feed_cursors WHERE source = 'records'")
    return consume(desk, *events)


def finish_checks(desk: Desk) -> None:
    while check_people(desk.sessions, desk.people):
        pass


def give_code(desk: Desk, person: Person, national_code: str | None = None) -> Person:
    """Return the person with another national code, which records has from now on."""
    code = national_code or invent_person().national_code
    desk.people.identities[person.id] = PersonIdentity(person.id, code)
    return replace(person, national_code=code)


def merge(desk: Desk, merged: Person, into: Person) -> Event:
    """Return the event of a merger, which has happened in records."""
    identity = PersonIdentity(into.id, into.national_code)
    desk.people.identities |= {merged.id: identity, into.id: identity}
    desk.people.people[merged.national_code, merged.birth_date] = into.id
    return build_merger(merged, into)


def list_kinds(messages: list[Message]) -> list[tuple[str, str]]:
    """Return to whom messages of which kind went, sorted."""
    return sorted((message.to, message.kind) for message in messages)
