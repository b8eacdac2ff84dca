"""Institutions hear how objections to a letter's months stand now, from inquiry's own register."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from services.inquiry.models import FeedCursor, Objection
from services.kit.feed import Event
from services.kit.loops import Loop
from services.kit.problems import Unavailable
from tests.service.inquiry.desk import Desk, Person

MADE_AT = datetime(2024, 10, 6, 8, 30, tzinfo=UTC)
BEFORE, AFTER = MADE_AT - timedelta(days=3), MADE_AT + timedelta(days=3)
LATER = AFTER + timedelta(days=1)
STATEMENT = {
    "as_of": "2024-10-06T08:30:00.000000Z",
    "as_of_jalali": "1403-07-15",
    "tables": {
        "all": {
            "years": [
                {"year": 1402, "months": [None] * 6 + [31, None, 30, 30, 30, 29], "total_days": 150},
                {"year": 1403, "months": [31] * 6 + [None] * 6, "total_days": 186},
            ],
            "total_days": 336,
        }
    },
    "disputed_months": [],
}


@dataclass
class Feed:
    """The events of one person's objection in records' feed."""

    person: Person
    numbers: Any = field(default_factory=lambda: count(1))
    objection_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def send(self, name: str, at: datetime = AFTER, **data: Any) -> Event:
        body = {"objection_id": str(self.objection_id), "kind": "days", "months": ["1402-09"], **data}
        without = {key: value for key, value in body.items() if value is not ...}
        return Event(
            next(self.numbers), str(uuid.uuid4()), f"objection.{name}", at, str(self.person.id), without, "r"
        )


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.add_person(statement=STATEMENT)


@pytest.fixture
def code(desk: Desk, person: Person) -> str:
    return str(desk.issue_permit(person)["code"])


@pytest.fixture
def feed(person: Person) -> Feed:
    return Feed(person)


def ask(desk: Desk, person: Person, code: str) -> dict[str, Any]:
    response = desk.inquire(person.national_code, code)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def list_codes(answer: dict[str, Any]) -> list[str]:
    return [notice["code"] for notice in answer["notices"]]


def test_an_objection_that_came_after_the_letter_is_shown(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    desk.read_records(feed.send("submitted"))
    answer = ask(desk, person, code)
    assert answer["objections"] == [
        {
            "status": "submitted",
            "months": ["1402-09"],
            "submitted_at": AFTER.isoformat(),
            "decided_at": None,
        }
    ]
    [notice] = answer["notices"]
    assert (notice["code"], notice["months"], notice["since"]) == ("months-disputed", ["1402-09"], None)
    assert "آذر ۱۴۰۲" in notice["message"]["fa"]
    assert "Azar 1402" in notice["message"]["en"]
    assert datetime.fromisoformat(answer["objections_as_of"]) > AFTER
    assert answer["statement"] == person.letter.statement


@pytest.mark.parametrize("outcome", ["accepted", "rejected"])
@pytest.mark.parametrize("opened", [BEFORE, AFTER])
def test_an_objection_that_was_decided_after_the_letter_shows_as_decided(
    desk: Desk, person: Person, code: str, feed: Feed, outcome: str, opened: datetime
) -> None:
    desk.read_records(feed.send("submitted", opened), feed.send("decided", LATER, outcome=outcome))
    answer = ask(desk, person, code)
    assert answer["objections"] == [
        {
            "status": outcome,
            "months": ["1402-09"],
            "submitted_at": opened.isoformat(),
            "decided_at": LATER.isoformat(),
        }
    ]
    [notice] = answer["notices"]
    assert (notice["code"], notice["since"]) == (f"objection-{outcome}", LATER.isoformat())
    assert notice["months"] == ["1402-09"]
    assert {"accepted": "پذیرفته شد", "rejected": "رد شد"}[outcome] in notice["message"]["fa"]


def test_an_open_objection_of_the_sealed_statement_follows_the_register(desk: Desk) -> None:
    person = desk.add_person(statement={**STATEMENT, "disputed_months": ["1402-09"]})
    code, feed = str(desk.issue_permit(person)["code"]), Feed(person)
    answer = ask(desk, person, code)
    assert (answer["objections"], answer["notices"]) == ([], [])
    desk.read_records(feed.send("submitted", BEFORE))
    assert list_codes(ask(desk, person, code)) == ["months-disputed"]
    desk.read_records(feed.send("decided", LATER, outcome="rejected"))
    answer = ask(desk, person, code)
    assert list_codes(answer) == ["objection-rejected"]
    assert [item["status"] for item in answer["objections"]] == ["rejected"]


def test_a_withdrawn_objection_is_no_longer_open(desk: Desk, person: Person, code: str, feed: Feed) -> None:
    desk.read_records(feed.send("submitted", BEFORE), feed.send("withdrawn", LATER))
    answer = ask(desk, person, code)
    assert [item["status"] for item in answer["objections"]] == ["withdrawn"]
    assert answer["objections"][0]["decided_at"] is None
    assert list_codes(answer) == ["objection-withdrawn"]


def test_what_ended_before_the_letter_or_came_and_went_after_it_is_left_out(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    decided, withdrawn = feed, replace(feed, objection_id=uuid.uuid4())
    desk.read_records(
        decided.send("submitted", BEFORE),
        decided.send("decided", BEFORE + timedelta(days=1), outcome="accepted"),
        withdrawn.send("submitted", AFTER),
        withdrawn.send("withdrawn", LATER),
    )
    answer = ask(desk, person, code)
    assert (answer["objections"], answer["notices"]) == ([], [])
    assert answer["objections_as_of"]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (["1401-12", "1402-01"], ["1402-01"]),
        (["1402-08"], ["1402-08"]),
        (["1403-06", "1403-07", "1403-08"], ["1403-06", "1403-07"]),
        (["1401-10", "1401-11"], []),
        (["1404-01"], []),
        ([], []),
    ],
)
def test_only_months_that_the_letter_shows_are_named(
    desk: Desk, person: Person, code: str, feed: Feed, months: list[str], expected: list[str]
) -> None:
    desk.read_records(feed.send("submitted", months=months))
    answer = ask(desk, person, code)
    assert [objection["months"] for objection in answer["objections"]] == ([expected] if expected else [])
    assert [notice["months"] for notice in answer["notices"]] == ([expected] if expected else [])


def test_anothers_objection_is_left_out(desk: Desk, person: Person, code: str) -> None:
    desk.read_records(Feed(desk.add_person(2)).send("submitted"))
    assert ask(desk, person, code)["objections"] == []


def test_events_that_come_again_or_late_change_nothing(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    submitted, decided = feed.send("submitted"), feed.send("decided", LATER, outcome="rejected")
    late = [replace(event, number=number) for number, event in enumerate([submitted, decided, submitted], 3)]
    withdrawn = feed.send("withdrawn", LATER + timedelta(days=1))
    # The decision comes first, as to a database that was restored from a backup.
    desk.read_records(
        replace(decided, number=1), replace(submitted, number=2), *late, replace(withdrawn, number=9)
    )
    [item] = ask(desk, person, code)["objections"]
    assert (item["status"], item["submitted_at"], item["decided_at"]) == (
        "rejected",
        AFTER.isoformat(),
        LATER.isoformat(),
    )
    assert desk.count(Objection) == 1


def _set_complete_at(desk: Desk, at: datetime | None) -> None:
    with desk.sessions.begin() as session:
        session.execute(sa.update(FeedCursor).where(FeedCursor.source == "records").values(complete_at=at))


def test_a_register_that_was_never_complete_is_unknown(desk: Desk, person: Person, code: str) -> None:
    _set_complete_at(desk, None)
    answer = ask(desk, person, code)
    assert answer["objections_as_of"] is None
    [notice] = answer["notices"]
    assert (notice["code"], notice["since"]) == ("objections-unknown", None)
    desk.read_records()
    assert ask(desk, person, code)["notices"] == []


def test_a_register_that_is_behind_says_since_when(desk: Desk, person: Person, code: str, feed: Feed) -> None:
    desk.read_records(feed.send("submitted"))
    since = datetime.now(UTC) - timedelta(minutes=6)
    _set_complete_at(desk, since)
    answer = ask(desk, person, code)
    assert list_codes(answer) == ["months-disputed", "objections-unknown"]
    assert datetime.fromisoformat(answer["objections_as_of"]) == since
    assert answer["notices"][1]["since"] == answer["objections_as_of"]


def test_a_feed_that_lacks_committed_events_leaves_the_register_behind(
    desk: Desk, person: Person, code: str
) -> None:
    _set_complete_at(desk, None)
    desk.read_records(waiting_seconds=400)
    answer = ask(desk, person, code)
    assert list_codes(answer) == ["objections-unknown"]
    age = datetime.now(UTC) - datetime.fromisoformat(answer["objections_as_of"])
    assert age >= timedelta(seconds=400)
    desk.read_records(waiting_seconds=1)
    assert ask(desk, person, code)["notices"] == []


def test_objections_of_older_code_are_unknown_until_they_are_restated(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    desk.read_records(feed.send("submitted", BEFORE, months=...))
    answer = ask(desk, person, code)
    assert (answer["objections"], answer["objections_as_of"]) == ([], None)
    assert list_codes(answer) == ["objections-unknown"]
    restated = feed.send(
        "restated", LATER, status="submitted", submitted_at=BEFORE.isoformat(), decided_at=None
    )
    desk.read_records(restated)
    answer = ask(desk, person, code)
    assert [item["status"] for item in answer["objections"]] == ["submitted"]
    assert list_codes(answer) == ["months-disputed"]


def test_a_restated_decision_shows_as_decided(desk: Desk, person: Person, code: str, feed: Feed) -> None:
    moments = {"submitted_at": BEFORE.isoformat(), "decided_at": AFTER.isoformat()}
    desk.read_records(feed.send("restated", LATER, status="rejected", **moments))
    [item] = ask(desk, person, code)["objections"]
    assert (item["status"], item["decided_at"]) == ("rejected", AFTER.isoformat())


def test_old_decisions_without_months_make_nothing_unknown(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    early = BEFORE + timedelta(days=1)
    desk.read_records(
        feed.send("submitted", BEFORE, months=...),
        feed.send("decided", early, months=..., outcome="accepted"),
    )
    assert ask(desk, person, code)["notices"] == []


def test_a_feed_that_is_away_leaves_the_moment_as_it_was(
    desk: Desk, person: Person, code: str, loops: dict[str, Loop]
) -> None:
    before = ask(desk, person, code)["objections_as_of"]
    with pytest.raises(Unavailable):
        loops["consume-records"].step()
    assert ask(desk, person, code)["objections_as_of"] == before


def test_several_objections_are_listed_in_the_order_of_their_submission(
    desk: Desk, person: Person, code: str, feed: Feed
) -> None:
    later = replace(feed, objection_id=uuid.uuid4())
    events: Sequence[Event] = [
        later.send("submitted", LATER, months=["1402-10", "1402-09"]),
        feed.send("submitted", AFTER, months=["1402-12"]),
    ]
    desk.read_records(*events)
    answer = ask(desk, person, code)
    assert [item["months"] for item in answer["objections"]] == [["1402-12"], ["1402-09", "1402-10"]]
    assert [notice["months"] for notice in answer["notices"]] == [["1402-09", "1402-10", "1402-12"]]
