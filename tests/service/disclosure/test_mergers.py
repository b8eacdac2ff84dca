"""Requests, letters and activity of a merged person are the remaining person's, whatever comes when."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from services.disclosure.background import HANDLERS
from services.disclosure.models import FeedCursor, MergedPerson
from services.kit.feed import Event, consume_feed
from tests.service.disclosure.desk import AHMADI, API, KARIMI, Desk, authorise

NUMBERS = count(1)
THIRD = uuid.UUID(int=3)


def build_event(name: str, subject: uuid.UUID, *, ago: timedelta = timedelta(), **data: Any) -> Event:
    at = datetime.now(UTC) - ago
    return Event(next(NUMBERS), str(uuid.uuid4()), name, at, str(subject), data, "request-1")


def build_merger(merged: uuid.UUID, into: uuid.UUID) -> Event:
    return build_event("person.merged", merged, into=str(into), proposal_id=str(uuid.uuid4()))


def consume(desk: Desk, *events: Event, source: str = "records") -> None:
    fresh = [replace(event, number=next(NUMBERS)) for event in events]
    consume_feed(
        desk.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in fresh if event.number > after],
        HANDLERS[source],
    )


def read_page(desk: Desk, path: str, person: uuid.UUID) -> Sequence[dict[str, Any]]:
    items: Sequence[dict[str, Any]] = desk.client.get(f"{API}/{path}", headers=authorise(person)).get_json()[
        "items"
    ]
    return items


def list_kinds(desk: Desk, person: uuid.UUID) -> list[str]:
    return [item["kind"] for item in read_page(desk, "activity", person)]


def list_letters(desk: Desk, person: uuid.UUID) -> list[str]:
    return [letter["id"] for letter in read_page(desk, "inbox", person)]


def test_inbox_requests_and_activity_are_the_remaining_persons(desk: Desk) -> None:
    own, others = desk.deliver_letter(KARIMI), desk.deliver_letter(AHMADI)
    waiting = desk.create_request(AHMADI)
    before = list_kinds(desk, AHMADI)
    consume(desk, build_merger(AHMADI, KARIMI))
    assert list_letters(desk, KARIMI) == [others, own]
    assert desk.get_document(others, KARIMI).status_code == 200
    requests = read_page(desk, "requests", KARIMI)
    assert waiting in [one["id"] for one in requests]
    kinds = list_kinds(desk, KARIMI)
    assert kinds.count("letter.ready") == 2
    assert kinds.count("person.merged") == 1
    assert len([kind for kind in kinds if kind in before]) >= len(before)
    assert desk.list_outbox().count("letter.ready") == 2


def test_a_person_who_has_used_nothing_gets_everything(desk: Desk) -> None:
    letter_id = desk.deliver_letter(AHMADI)
    consume(desk, build_merger(AHMADI, KARIMI))
    assert list_letters(desk, KARIMI) == [letter_id]
    # Later changes of the record reach the page.
    data: dict[str, Any] = {"list_id": None, "month_jalali": "1403-07", "subjects": [str(KARIMI)]}
    consume(desk, replace(build_event("record.changed", KARIMI, **data), subject=None))
    assert list_kinds(desk, KARIMI)[0] == "record.changed"


def test_people_who_have_used_nothing_get_no_page(desk: Desk) -> None:
    consume(desk, build_merger(AHMADI, KARIMI))
    assert list_kinds(desk, KARIMI) == []


@pytest.mark.parametrize("is_claimed", [True, False])
def test_a_running_request_goes_on(desk: Desk, is_claimed: bool) -> None:
    disclosure_id = desk.create_request(AHMADI)
    token = desk.start_attempt(disclosure_id) if is_claimed else 0
    consume(desk, build_merger(AHMADI, KARIMI))
    token = token or desk.start_attempt(disclosure_id)
    assert desk.put_document(disclosure_id, token).status_code == 201
    assert desk.get_request(disclosure_id, KARIMI)["status"] == "ready"
    assert len(list_letters(desk, KARIMI)) == 1
    assert list_kinds(desk, KARIMI)[0] == "letter.ready"


def test_a_failed_request_is_retried_by_the_remaining_person(desk: Desk) -> None:
    disclosure_id = desk.create_request(AHMADI)
    desk.exhaust_attempts(disclosure_id)
    consume(desk, build_merger(AHMADI, KARIMI))
    path = f"{API}/requests/{disclosure_id}/retry"
    assert desk.client.post(path, headers=authorise(KARIMI)).status_code == 202


def test_a_token_of_the_merged_person_is_the_remaining_ones_until_it_ends(desk: Desk) -> None:
    consume(desk, build_merger(AHMADI, KARIMI))
    letter_id = desk.deliver_letter(AHMADI)
    assert list_letters(desk, KARIMI) == list_letters(desk, AHMADI) == [letter_id]
    assert desk.get_document(letter_id, KARIMI).status_code == 200


def test_events_of_other_feeds_about_the_merged_person_reach_the_page(desk: Desk) -> None:
    desk.deliver_letter(AHMADI)
    consume(desk, build_merger(AHMADI, KARIMI))
    consume(desk, build_event("sessions.ended", AHMADI, reason="records-merged", sids=[]), source="auth")
    consume(desk, build_event("account.activated", AHMADI), source="auth")
    consume(desk, build_event("record.viewed", AHMADI, kind="search", reason="درخواست"))
    assert list_kinds(desk, KARIMI)[:3] == ["record.viewed", "account.activated", "sessions.ended"]


def test_a_repeated_merger_changes_nothing(desk: Desk) -> None:
    desk.deliver_letter(AHMADI)
    event = build_merger(AHMADI, KARIMI)
    consume(desk, event)
    before = list_kinds(desk, KARIMI)
    consume(desk, event)
    assert list_kinds(desk, KARIMI) == before


@pytest.mark.parametrize("is_reversed", [False, True])
def test_mergers_lead_to_the_last_person_in_any_order(desk: Desk, is_reversed: bool) -> None:
    letters = [desk.deliver_letter(person) for person in (AHMADI, KARIMI, THIRD)]
    events = [build_merger(AHMADI, KARIMI), build_merger(KARIMI, THIRD)]
    consume(desk, *(events[::-1] if is_reversed else events))
    assert list_letters(desk, THIRD) == letters[::-1]
    with desk.sessions() as session:
        rows = session.execute(sa.select(MergedPerson.person_id, MergedPerson.remaining_id)).all()
    assert {tuple(row) for row in rows} == {(AHMADI, THIRD), (KARIMI, THIRD)}


def test_letters_of_both_are_compared_with_the_joined_record(desk: Desk) -> None:
    letters = [desk.deliver_letter(AHMADI), desk.deliver_letter(KARIMI, types=["wages"])]
    desk.figures.changed = {"wages", "identity"}
    consume(desk, build_merger(AHMADI, KARIMI))
    assert desk.check_figures() == 2
    assert {query.person_id for query in desk.figures.calls[-1]} == {KARIMI}
    assert [letter["state"] for letter in read_page(desk, "inbox", KARIMI)] == ["superseded"] * 2
    assert list_letters(desk, KARIMI) == letters[::-1]


def test_a_letter_that_was_rendered_during_the_merger_is_compared(desk: Desk) -> None:
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    disclosure_id = desk.create_request(AHMADI)
    token = desk.start_attempt(disclosure_id)
    consume(desk, build_merger(AHMADI, KARIMI))
    desk.put_document(disclosure_id, token)
    desk.figures.changed = {"identity"}
    assert desk.check_figures() == 1
    [letter] = read_page(desk, "inbox", KARIMI)
    assert letter["state"] == "superseded"
