"""Events of other services become messages: once each, in time, and not for ever."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.actions.notices import HANDLERS
from services.auth.models import FeedCursor
from services.kit.feed import Event, consume
from services.kit.problems import Unavailable
from tests.service.auth.desk import Desk, Person, invent_person


def event(
    number: int, kind: str, person: Person, *, ago: timedelta = timedelta(), reason: str = "code-not-accepted"
) -> Event:
    return Event(
        number=number,
        id=str(uuid.uuid4()),
        type=kind,
        occurred_at=datetime.now(UTC) - ago,
        subject=str(person.id),
        data={"reason": reason},
        request_id="a-request-of-theirs",
    )


def feed(desk: Desk, source: str, events: Sequence[Event]) -> int:
    desk.messages.sent.clear()
    read = consume(
        desk.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in events if event.number > after],
        HANDLERS[source],
    )
    desk.send()
    return read


def kinds(desk: Desk) -> list[str]:
    return [message.kind for message in desk.messages.sent]


def test_an_event_becomes_one_message_to_the_mobile_on_file(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    events = [
        event(1, "request.queued", person),
        event(2, "letter.ready", person),
        event(3, "letter.ready", invent_person()),
    ]
    assert feed(desk, "disclosure", events) == 3
    assert [(message.to, message.kind) for message in desk.messages.sent] == [(person.mobile, "letter-ready")]
    assert feed(desk, "disclosure", events) == 0
    assert kinds(desk) == []


def test_failed_attempts_are_told_once_a_day(desk: Desk) -> None:
    first, second = desk.add_citizen(), desk.add_citizen()
    events = [event(number, "inquiry.refused", first) for number in range(1, 6)]
    events += [event(6, "inquiry.refused", second), event(7, "inquiry.answered", first)]
    feed(desk, "inquiry", events)
    assert kinds(desk) == ["attempts-failed", "attempts-failed", "letter-viewed"]
    assert {message.to for message in desk.messages.sent} == {first.mobile, second.mobile}


def test_a_right_code_of_an_ended_permit_is_no_failed_attempt(desk: Desk) -> None:
    person = desk.add_citizen()
    feed(desk, "inquiry", [event(1, "inquiry.refused", person, reason="permit-expired")])
    assert kinds(desk) == []


def test_letters_superseded_at_once_are_told_of_once(desk: Desk) -> None:
    person = desk.add_citizen()
    feed(desk, "disclosure", [event(number, "letter.superseded", person) for number in (1, 2, 3)])
    assert kinds(desk) == ["letter-superseded"]


def test_every_new_permit_is_told_once(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    events = [event(1, "permit.issued", person), event(2, "permit.paused", person)]
    events += [event(number, "permit.issued", person) for number in range(3, 10)]
    feed(desk, "inquiry", events)
    assert kinds(desk) == ["permit-issued"] * 8
    assert {message.to for message in desk.messages.sent} == {person.mobile}
    feed(desk, "inquiry", [replace(events[0], number=10)])
    assert kinds(desk) == []


def test_old_news_are_not_sent(desk: Desk) -> None:
    person = desk.add_citizen()
    feed(desk, "disclosure", [event(1, "letter.ready", person, ago=timedelta(days=2))])
    assert kinds(desk) == []


def test_a_message_that_is_never_taken_is_given_up(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.messages.failures = 1000
    with pytest.raises(Unavailable):
        feed(desk, "disclosure", [event(1, "letter.ready", person)])
    desk.send()
    for _ in range(20):
        desk.execute_sql("UPDATE notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
        try:
            desk.send()
        except Unavailable:
            continue
    assert desk.messages.failures == 1000 - 7


def test_a_message_is_sent_when_the_gateway_is_back(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.messages.failures = 1
    with pytest.raises(Unavailable):
        feed(desk, "disclosure", [event(1, "letter.ready", person)])
    desk.execute_sql("UPDATE notices SET due_at = occurred_at")
    desk.send()
    assert kinds(desk) == ["letter-ready"]


def test_a_message_that_was_sent_before_one_that_fails_is_not_sent_again(either_desk: Desk) -> None:
    desk = either_desk
    first, second = desk.add_citizen(), desk.add_citizen()
    desk.messages.sent.clear()
    events = [event(1, "letter.ready", first), event(2, "letter.ready", second)]
    consume(desk.sessions, FeedCursor, "disclosure", lambda after: events[after:], HANDLERS["disclosure"])
    desk.messages.unreachable = {second.mobile}
    with pytest.raises(Unavailable):
        desk.send()
    assert [message.to for message in desk.messages.sent] == [first.mobile]
    desk.messages.unreachable = set()
    desk.execute_sql("UPDATE notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    desk.send()
    assert [message.to for message in desk.messages.sent] == [first.mobile, second.mobile]
