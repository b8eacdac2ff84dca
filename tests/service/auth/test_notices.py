"""Events of other services become messages: once each, in time, and with a limit of tries."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.actions.notices import HANDLERS
from services.auth.models import FeedCursor
from services.kit.feed import Event, consume_feed
from services.kit.problems import Unavailable
from tests.service.auth.desk import Desk, Person, invent_person


def make_event(
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


def consume_events(desk: Desk, source: str, events: Sequence[Event]) -> int:
    desk.messages.sent.clear()
    read = consume_feed(
        desk.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in events if event.number > after],
        HANDLERS[source],
    )
    desk.send()
    return read


def list_kinds(desk: Desk) -> list[str]:
    return [message.kind for message in desk.messages.sent]


def test_an_event_becomes_one_message_to_the_mobile_on_file(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    events = [
        make_event(1, "request.queued", person),
        make_event(2, "letter.ready", person),
        make_event(3, "letter.ready", invent_person()),
    ]
    assert consume_events(desk, "disclosure", events) == 3
    assert [(message.to, message.kind) for message in desk.messages.sent] == [(person.mobile, "letter-ready")]
    assert consume_events(desk, "disclosure", events) == 0
    assert list_kinds(desk) == []


def test_failed_attempts_cause_one_message_a_day(desk: Desk) -> None:
    first, second = desk.add_citizen(), desk.add_citizen()
    events = [make_event(number, "inquiry.refused", first) for number in range(1, 6)]
    events += [make_event(6, "inquiry.refused", second), make_event(7, "inquiry.answered", first)]
    consume_events(desk, "inquiry", events)
    assert list_kinds(desk) == ["attempts-failed", "attempts-failed", "letter-viewed"]
    assert {message.to for message in desk.messages.sent} == {first.mobile, second.mobile}


def test_a_right_code_of_an_ended_permit_causes_no_message(desk: Desk) -> None:
    person = desk.add_citizen()
    consume_events(desk, "inquiry", [make_event(1, "inquiry.refused", person, reason="permit-expired")])
    assert list_kinds(desk) == []


def test_simultaneously_superseded_letters_cause_one_message(desk: Desk) -> None:
    person = desk.add_citizen()
    consume_events(
        desk, "disclosure", [make_event(number, "letter.superseded", person) for number in (1, 2, 3)]
    )
    assert list_kinds(desk) == ["letter-superseded"]


def test_every_new_permit_causes_one_message(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    events = [make_event(1, "permit.issued", person), make_event(2, "permit.paused", person)]
    events += [make_event(number, "permit.issued", person) for number in range(3, 10)]
    consume_events(desk, "inquiry", events)
    assert list_kinds(desk) == ["permit-issued"] * 8
    assert {message.to for message in desk.messages.sent} == {person.mobile}
    consume_events(desk, "inquiry", [replace(events[0], number=10)])
    assert list_kinds(desk) == []


def test_each_decision_and_each_question_about_an_objection_cause_one_message(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    events = [
        make_event(1, "objection.submitted", person),
        make_event(2, "objection.questioned", person),
        make_event(3, "objection.answered", person),
        make_event(4, "objection.decided", person),
        make_event(5, "objection.decided", invent_person()),
        make_event(6, "objection.withdrawn", person),
    ]
    assert consume_events(desk, "records", events) == 6
    assert list_kinds(desk) == ["objection-question", "objection-decided"]
    assert {message.to for message in desk.messages.sent} == {person.mobile}
    consume_events(desk, "records", [replace(events[3], number=7)])
    assert list_kinds(desk) == []


def test_old_events_cause_no_message(desk: Desk) -> None:
    person = desk.add_citizen()
    consume_events(desk, "disclosure", [make_event(1, "letter.ready", person, ago=timedelta(days=2))])
    assert list_kinds(desk) == []


def test_a_message_that_the_gateway_never_accepts_is_given_up(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.messages.failures = 1000
    with pytest.raises(Unavailable):
        consume_events(desk, "disclosure", [make_event(1, "letter.ready", person)])
    desk.send()
    for _ in range(20):
        desk.execute_sql("UPDATE notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
        try:
            desk.send()
        except Unavailable:
            continue
    assert desk.messages.failures == 1000 - 12


def test_a_message_is_sent_when_the_gateway_is_back(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.messages.failures = 1
    with pytest.raises(Unavailable):
        consume_events(desk, "disclosure", [make_event(1, "letter.ready", person)])
    desk.execute_sql("UPDATE notices SET due_at = occurred_at")
    desk.send()
    assert list_kinds(desk) == ["letter-ready"]


def test_a_message_that_was_sent_before_one_that_fails_is_not_sent_again(either_desk: Desk) -> None:
    desk = either_desk
    first, second = desk.add_citizen(), desk.add_citizen()
    desk.messages.sent.clear()
    events = [make_event(1, "letter.ready", first), make_event(2, "letter.ready", second)]
    consume_feed(
        desk.sessions, FeedCursor, "disclosure", lambda after: events[after:], HANDLERS["disclosure"]
    )
    desk.messages.unreachable = {second.mobile}
    with pytest.raises(Unavailable):
        desk.send()
    assert [message.to for message in desk.messages.sent] == [first.mobile]
    desk.messages.unreachable = set()
    desk.execute_sql("UPDATE notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    desk.send()
    assert [message.to for message in desk.messages.sent] == [first.mobile, second.mobile]
