"""Permits and objections of a merged person are the remaining one's; codes open what they opened before."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from services.inquiry.actions.refusals import report_refusals
from services.inquiry.models import MergedPerson
from services.kit.feed import Event
from tests.service.inquiry.desk import API, Desk, Person, alter_code
from tests.service.inquiry.test_objections import STATEMENT

NUMBERS = count(1)
MONTHS = ["1402-09"]


def build_event(name: str, person: Person, **data: Any) -> Event:
    return Event(next(NUMBERS), str(uuid.uuid4()), name, datetime.now(UTC), str(person.id), data, "r")


def build_merger(merged: Person, into: Person) -> Event:
    return build_event("person.merged", merged, into=str(into.id), proposal_id=str(uuid.uuid4()))


def build_objection(person: Person) -> Event:
    return build_event(
        "objection.submitted", person, objection_id=str(uuid.uuid4()), kind="days", months=MONTHS
    )


def repeat(desk: Desk, *events: Event) -> None:
    desk.read_records(*(replace(event, number=next(NUMBERS)) for event in events))


def list_permits(desk: Desk, person: Person) -> list[str]:
    reply = desk.client.get(f"{API}/permits", headers=person.headers).get_json()
    return [permit["id"] for permit in reply["items"]]


def list_subjects(desk: Desk, prefix: str) -> list[str]:
    return [str(event.subject) for event in desk.list_events(prefix)]


@pytest.fixture
def people(desk: Desk) -> tuple[Person, Person, Person]:
    return desk.add_person(1, statement=STATEMENT), desk.add_person(2), desk.add_person(3)


def test_permits_move_and_open_with_the_code_of_their_issue(
    desk: Desk, people: tuple[Person, Person, Person]
) -> None:
    merged, remaining, _ = people
    permit, other = desk.issue_permit(merged), desk.issue_permit(remaining)
    desk.read_records(build_merger(merged, remaining))
    assert list_permits(desk, remaining) == [other["id"], permit["id"]]
    answer = desk.inquire(merged.national_code, permit["code"])
    assert answer.status_code == 200
    assert answer.get_json()["letter"]["serial"] == merged.letter.serial
    assert desk.inquire(remaining.national_code, permit["code"]).status_code == 404
    assert list_subjects(desk, "inquiry.answered") == [str(remaining.id)]
    assert len(desk.list_views(remaining, permit["id"])) == 1
    # It is the remaining person's to revoke.
    revoked = desk.client.delete(f"{API}/permits/{permit['id']}", headers=remaining.headers)
    assert revoked.status_code == 204
    assert desk.inquire(merged.national_code, permit["code"]).status_code == 410


def test_a_permit_opens_with_the_code_of_its_issue_after_a_correction(desk: Desk) -> None:
    person = desk.add_person(4)
    permit = desk.issue_permit(person)
    correction = build_event("person.corrected", person, fields=["national_code"], proposal_id=None)
    desk.read_records(correction)
    new_code = desk.add_person(5).national_code
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    assert desk.inquire(new_code, permit["code"]).status_code == 404


def test_failed_attempts_are_reported_to_the_remaining_person(
    desk: Desk, people: tuple[Person, Person, Person]
) -> None:
    merged, remaining, _ = people
    permit = desk.issue_permit(merged)
    desk.read_records(build_merger(merged, remaining))
    desk.inquire(merged.national_code, alter_code(permit["code"]))
    report_refusals(desk.sessions)
    assert list_subjects(desk, "inquiry.refused") == [str(remaining.id)]


def test_attempts_on_a_code_that_two_people_had_are_reported_to_both(desk: Desk) -> None:
    former = desk.add_person(1)
    desk.issue_permit(former)
    owner = desk.add_person(1)
    code = desk.issue_permit(owner)["code"]
    desk.inquire(owner.national_code, alter_code(code))
    report_refusals(desk.sessions)
    assert sorted(list_subjects(desk, "inquiry.refused")) == sorted([str(former.id), str(owner.id)])


def test_objections_are_shown_on_letters_of_both(desk: Desk, people: tuple[Person, Person, Person]) -> None:
    merged, remaining, _ = people
    permit = desk.issue_permit(merged)
    desk.read_records(build_objection(merged), build_merger(merged, remaining), build_objection(remaining))
    # One that records' feed reports late, or that is read again, is the remaining person's too.
    desk.read_records(build_objection(merged))
    answer = desk.inquire(merged.national_code, permit["code"]).get_json()
    assert [item["months"] for item in answer["objections"]] == [MONTHS] * 3


def test_repeated_mergers_change_nothing(desk: Desk, people: tuple[Person, Person, Person]) -> None:
    merged, remaining, _ = people
    permit = desk.issue_permit(merged)
    event = build_merger(merged, remaining)
    desk.read_records(event)
    repeat(desk, event, event)
    assert list_permits(desk, remaining) == [permit["id"]]
    assert desk.count(MergedPerson) == 1


@pytest.mark.parametrize("is_reversed", [False, True])
def test_mergers_lead_to_the_last_person_in_any_order(
    desk: Desk, people: tuple[Person, Person, Person], is_reversed: bool
) -> None:
    first, second, third = people
    permits = [desk.issue_permit(person)["id"] for person in people]
    events = [build_merger(first, second), build_merger(second, third)]
    if is_reversed:
        one, two = events
        events = [replace(two, number=one.number), replace(one, number=two.number)]
    desk.read_records(*events)
    assert list_permits(desk, third) == permits[::-1]
    with desk.sessions() as session:
        rows = session.execute(sa.select(MergedPerson.person_id, MergedPerson.remaining_id)).all()
    assert {tuple(row) for row in rows} == {(first.id, third.id), (second.id, third.id)}


def test_a_circular_merger_is_ignored(desk: Desk, people: tuple[Person, Person, Person]) -> None:
    first, second, _ = people
    permit = desk.issue_permit(first)
    desk.read_records(build_merger(first, second), build_merger(second, first))
    assert list_permits(desk, second) == [permit["id"]]


def test_a_token_of_the_merged_person_is_the_remaining_ones_until_it_ends(
    desk: Desk, people: tuple[Person, Person, Person]
) -> None:
    merged, remaining, _ = people
    desk.read_records(build_merger(merged, remaining))
    permit = desk.issue_permit(merged)
    assert list_permits(desk, remaining) == list_permits(desk, merged) == [permit["id"]]
    assert desk.get_state(merged, permit["id"]) == "active"
    assert list_subjects(desk, "permit.issued") == [str(remaining.id)]
