"""Simultaneous changes give one insurance number to one person: on each database, in any order."""

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.records.store import people as stored_people
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import Desk, Files, write_files
from tests.service.records.objectors import read_reply
from tests.service.records.proposers import Proposers
from tests.service.records.test_races import run_simultaneously

# Seconds that a transaction waits for the other one to come as far, before it goes on alone.
MEETING = 0.5
# SQLite has one writer at a time.
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NUMBER = "55000555"
NEW = replace(MARYAM, insurance_number=NUMBER)
OTHER = replace(HASAN, row=1, insurance_number=NUMBER)
UNCODED = replace(FOREIGNER, row=1, insurance_number=NUMBER)


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two imports meet after each has read who is known, and before either has added anybody."""
    gate = threading.Barrier(2)
    add_people = stored_people.add_people

    def await_other(session: Session, people: Sequence[dict[str, Any]]) -> None:
        try:
            gate.wait(MEETING)
        except threading.BrokenBarrierError:
            gate.reset()
        add_people(session, people)

    monkeypatch.setattr(stored_people, "add_people", await_other)


def write_two(first: Any, second: Any) -> list[Files]:
    return [
        write_files(row, workshop=workshop, month=MEHR)
        for row, workshop in ((first, "0000000011"), (second, "0000000022"))
    ]


@pytest.mark.usefixtures("meeting")
def test_two_new_people_with_one_number_are_not_both_counted(desk: Desk) -> None:
    statuses = run_simultaneously(write_two(NEW, OTHER), lambda files: desk.upload(files).status_code)
    assert statuses == [201, 201]
    assert desk.count_rows(["people", "contributions", "held_rows"]) == [1, 1, 1]


@ON_POSTGRESQL
@pytest.mark.usefixtures("meeting")
def test_one_new_person_with_and_without_a_code_is_one(desk: Desk) -> None:
    coded = replace(UNCODED, national_code="0440000017")
    statuses = run_simultaneously(write_two(UNCODED, coded), lambda files: desk.upload(files).status_code)
    assert statuses == [201, 201]
    people, contributions, held_rows = desk.count_rows(["people", "contributions", "held_rows"])
    assert (people, contributions + held_rows) == (1, 2)


@ON_POSTGRESQL
def test_two_known_people_are_not_both_given_one_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    unnumbered = [replace(MARYAM, insurance_number=None), replace(HASAN, insurance_number=None)]
    desk.import_list(write_files(*unnumbered, workshop="0000000033"))
    gate = threading.Barrier(2)
    fill_people = stored_people.fill_people

    def await_other(session: Session, people: Sequence[dict[str, Any]]) -> None:
        try:
            gate.wait(MEETING)
        except threading.BrokenBarrierError:
            gate.reset()
        fill_people(session, people)

    monkeypatch.setattr(stored_people, "fill_people", await_other)
    statuses = run_simultaneously(write_two(NEW, OTHER), lambda files: desk.upload(files).status_code)
    assert statuses == [201, 201]
    assert desk.count_rows(["people", "contributions", "held_rows"]) == [2, 3, 1]


@ON_POSTGRESQL
def test_a_correction_and_an_import_do_not_both_give_one_number(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.import_list(write_files(MARYAM))
    officers = Proposers(desk)
    change = {"fields": {"insurance_number": NUMBER}}
    person_id = desk.find_person_id(str(MARYAM.national_code))
    proposal = read_reply(officers.propose("person-correction", person_id, change), 201)
    is_added, may_end = threading.Event(), threading.Event()
    add_people = stored_people.add_people

    def wait(session: Session, people: Collection[dict[str, Any]]) -> None:
        add_people(session, list(people))
        is_added.set()
        may_end.wait(MEETING)

    monkeypatch.setattr(stored_people, "add_people", wait)
    jobs: list[Callable[[], int]] = [
        lambda: desk.upload(write_files(OTHER, month=MEHR.add_months(1))).status_code,
        lambda: is_added.wait(10) and officers.confirm(proposal["id"]).status_code,
    ]
    with ThreadPoolExecutor(2) as pool:
        imported, confirmed = pool.map(lambda job: job(), jobs)
    assert (imported, confirmed) in {(201, 409), (201, 422)}
    assert desk.count_rows(["people", "contributions"]) == [2, 2]
