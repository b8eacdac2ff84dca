"""Messages of a day: views are one message and one digest, quiet hours hold what can wait."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services.auth.actions import views
from services.auth.actions.notices import HANDLERS
from services.auth.models import FeedCursor
from services.auth.settings import QuietHours
from services.kit.feed import Event, consume_feed
from services.kit.jalali import TEHRAN
from tests.service.auth.desk import Desk, Person
from tests.service.auth.sending import send_notices

BANK, PERMIT = "بانک نمونه", str(uuid.uuid4())


def make_view(number: int, person: Person, *, permit: str = PERMIT, institution: str | None = BANK) -> Event:
    return make_event(number, "inquiry.answered", person, permit_id=permit, institution=institution)


def make_event(number: int, kind: str, person: Person, **data: str | None) -> Event:
    return Event(
        number, str(uuid.uuid4()), kind, datetime.now(UTC), str(person.id), data, "a-request-of-theirs"
    )


def consume(desk: Desk, events: Sequence[Event], source: str = "inquiry") -> None:
    consume_feed(
        desk.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in events if event.number > after],
        HANDLERS[source],
    )


def make_due(desk: Desk) -> None:
    desk.execute_sql("UPDATE account_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")


@pytest.fixture
def person(either_desk: Desk) -> Person:
    person = either_desk.add_citizen()
    either_desk.messages.sent.clear()
    return person


def list_texts(desk: Desk) -> list[str]:
    desk.send()
    return [message.text for message in desk.messages.sent]


def test_many_views_are_one_message_and_one_digest(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    consume(desk, [make_view(number, person) for number in range(1, 131)])
    [first] = list_texts(desk)
    assert "دیده شد. ناآشناست؟" in first
    desk.messages.sent.clear()
    make_due(desk)
    assert list_texts(desk) == ["گواه: نامه شما امروز ۱۳۰ بار دیده شد."]
    make_due(desk)
    desk.messages.sent.clear()
    assert list_texts(desk) == []


def test_the_first_view_at_each_institution_and_of_each_permit_is_a_message(
    either_desk: Desk, person: Person
) -> None:
    desk = either_desk
    events = [
        make_view(1, person),
        make_view(2, person, institution=None),
        make_view(3, person, permit=str(uuid.uuid4())),
        make_view(4, person, institution=None),
    ]
    consume(desk, events)
    assert [message.kind for message in desk.list_sent("letter-viewed")] == ["letter-viewed"] * 3
    make_due(desk)
    [digest] = desk.list_sent("letter-views")
    assert "۴ بار" in digest.text


def test_a_view_that_comes_twice_counts_once(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    events = [make_view(1, person), make_view(2, person)]
    consume(desk, [*events, replace(events[1], number=3), replace(events[0], number=4)])
    make_due(desk)
    assert "۲ بار" in list_texts(desk)[-1]
    assert len(desk.messages.sent) == 2


def test_a_digest_is_sent_in_the_evening_and_what_follows_in_the_morning(
    either_desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = either_desk
    now = datetime.now(UTC)
    day = now.astimezone(TEHRAN).date()
    monkeypatch.setattr(views, "EVENING", time(23, 59, 59, 999999))
    consume(desk, [make_view(1, person), make_view(2, person)])
    # The evening of the same day has come, and the digest was sent.
    make_due(desk)
    desk.send()
    monkeypatch.setattr(views, "EVENING", (now - timedelta(seconds=1)).astimezone(TEHRAN).time())
    consume(desk, [make_view(3, person), make_view(4, person)])
    with desk.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT cause FROM account_notices ORDER BY position").all()
    causes = [f"views {person.id} {day}", f"views {person.id} {day} late"]
    assert [cause for (cause,) in rows] == causes


def test_a_digest_that_is_held_counts_what_follows_and_is_the_only_one(
    either_desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, now = either_desk, datetime.now(UTC)
    monkeypatch.setattr(views, "EVENING", time(23, 59, 59, 999999))
    consume(desk, [make_view(1, person), make_view(2, person)])
    monkeypatch.setattr(views, "EVENING", (now - timedelta(seconds=1)).astimezone(TEHRAN).time())
    consume(desk, [make_view(number, person) for number in (1, 2, 3, 4)])
    make_due(desk)
    assert "۴ بار" in list_texts(desk)[-1]
    assert len(desk.list_sent("letter-views")) == 1
    # What comes after it was sent is in the second one.
    consume(desk, [make_view(5, person)])
    make_due(desk)
    assert [message.text.count("۵ بار") for message in desk.list_sent("letter-views")] == [0, 1]


def test_a_digest_that_is_late_names_its_day(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    consume(desk, [make_view(1, person), make_view(2, person)])
    yesterday = datetime.now(TEHRAN).date() - timedelta(days=1)
    for table in ("account_notices", "letter_views"):
        desk.execute_sql(f"UPDATE {table} SET day = :day", day=yesterday.isoformat())
    make_due(desk)
    assert list_texts(desk)[-1] == "گواه: نامه شما دیروز ۲ بار دیده شد."


def test_quiet_hours_hold_views_digests_and_reminders_only(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    consume(desk, [make_view(1, person), make_event(2, "permit.ending", person)])
    consume(
        desk,
        [
            make_event(3, "permit.issued", person),
            make_event(4, "inquiry.refused", person, reason="code-not-accepted"),
        ],
    )
    consume(desk, [make_event(1, "letter.revoked", person)], "disclosure")
    hour = datetime.now(TEHRAN).hour
    night = QuietHours((hour - 1) % 24, (hour + 2) % 24)
    while send_notices(desk.sessions, desk.settings.pepper, desk.messages, night):
        pass
    assert sorted(message.kind for message in desk.messages.sent) == [
        "attempts-failed",
        "letter-revoked",
        "permit-issued",
    ]
    desk.messages.sent.clear()
    day = QuietHours((hour + 2) % 24, (hour - 1) % 24)
    while send_notices(desk.sessions, desk.settings.pepper, desk.messages, day):
        pass
    assert sorted(message.kind for message in desk.messages.sent) == ["letter-viewed", "permit-ending"]


def test_discrepancies_of_one_inquiry_are_one_message(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    inquiries = [first, first, second]
    consume(
        desk,
        [
            make_event(number, "discrepancy.reported", person, inquiry_id=inquiry)
            for number, inquiry in enumerate(inquiries, 1)
        ],
    )
    assert list_texts(desk) == ["گواه: موسسه‌ای مغایرتی گزارش کرد. آن را در سامانه ببینید."] * 2


def test_permits_that_end_on_one_day_are_one_message(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    consume(desk, [make_event(number, "permit.ending", person) for number in (1, 2)])
    assert list_texts(desk) == ["گواه: اعتبار یک مجوز رو به پایان است."]


def test_a_revoked_letter_is_a_message(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    event = make_event(1, "letter.revoked", person)
    consume(desk, [event, replace(event, number=2)], "disclosure")
    assert list_texts(desk) == ["گواه: نامه‌ای از شما باطل شد. علت در سامانه است."]


def test_kinds_of_newer_code_are_left_to_it(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    consume(desk, [make_event(1, "letter.revoked", person)], "disclosure")
    desk.execute_sql("UPDATE account_notices SET kind = 'a-kind-of-later'")
    assert list_texts(desk) == []


def test_the_owner_of_an_account_learns_of_another_registration(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    before = desk.post("/registrations", desk.add_person().registration)
    again = [desk.post("/registrations", person.registration | {"mobile": "09129999999"}) for _ in range(5)]
    assert {response.status_code for response in (before, *again)} == {202}
    assert {frozenset(response.get_json()) for response in (before, *again)} == {frozenset(before.get_json())}
    sent = desk.list_sent("account-exists")
    # As many as codes would have been sent: the first of the three an hour was for the account.
    assert [message.to for message in sent] == [person.mobile] * 2
    assert all(message.code is None for message in sent)
    assert "09129999999" not in {message.to for message in desk.messages.sent}


def test_a_stranger_with_another_birth_date_causes_no_message(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    wrong = person.registration | {"birth_date_jalali": "1340-01-01"}
    assert desk.post("/registrations", wrong).status_code == 202
    assert list_texts(desk) == []
