"""Simultaneous decisions about proposals: one counts, and nothing counts twice."""

import uuid
from dataclasses import replace

import pytest

from tests.fakes.lists import FOREIGNER, MARYAM, MEHR
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import SECOND_OFFICER, read_reply
from tests.service.records.proposers import Proposers
from tests.service.records.test_objection_races import run_simultaneously

CODE = str(MARYAM.national_code)
ABAN = MEHR.add_months(1)
THIRD_OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000c")
STRANGER = replace(MARYAM, first_name="کامبیز", last_name="یوسفی", father_name="هوشنگ")


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    desk.import_list(write_files(MARYAM))
    return Proposers(desk)


def test_a_held_row_is_counted_by_one_of_two_confirmations(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    held_row = officers.get_only_held()
    proposal = read_reply(officers.propose("held-row", held_row["id"], {"action": "same-person"}), 201)
    calls = [
        lambda officer=officer: officers.confirm(proposal["id"], officer)
        for officer in (SECOND_OFFICER, THIRD_OFFICER)
    ]
    assert run_simultaneously(calls) == {200: 1, 409: 1}
    assert officers.sum_days(CODE) == 60


def test_one_of_two_simultaneous_proposals_about_a_row_is_made(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    held_row = officers.get_only_held()
    calls = [
        lambda action=action: officers.propose("held-row", held_row["id"], {"action": action})
        for action in ("same-person", "reject")
    ]
    assert run_simultaneously(calls) == {201: 1, 409: 1}
    assert len(officers.list_proposals()) == 1


def test_a_confirmation_and_a_rejection_do_not_both_happen(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    change = {"fields": {"first_name": "نرگس"}}
    proposal = read_reply(officers.propose("person-correction", person_id, change), 201)
    statuses = run_simultaneously(
        [
            lambda: officers.confirm(proposal["id"], SECOND_OFFICER),
            lambda: officers.reject(proposal["id"], THIRD_OFFICER),
        ]
    )
    assert statuses == {200: 1, 409: 1}
    events = officers.read_events("person.corrected")
    name = officers.read_statement(CODE)["person"]["first_name"]
    assert (len(events), name) in [(1, "نرگس"), (0, "مریم")]


def test_two_corrections_of_one_value_leave_one(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    ids = [
        read_reply(officers.propose("person-correction", person_id, {"fields": {"first_name": name}}), 201)[
            "id"
        ]
        for name in ("نرگس", "مرجان")
    ]
    calls = [lambda proposal_id=proposal_id: officers.confirm(proposal_id) for proposal_id in ids]
    assert run_simultaneously(calls) == {200: 1, 409: 1}


def test_a_list_of_the_merged_person_comes_during_the_merger(officers: Proposers) -> None:
    foreigner = replace(FOREIGNER, row=1)
    officers.desk.import_list(write_files(foreigner, month=ABAN))
    with officers.desk.engine.connect() as connection:
        query = "SELECT id FROM people WHERE national_code IS NULL"
        person_id = uuid.UUID(str(connection.exec_driver_sql(query).scalar_one()))
    proposal = read_reply(officers.propose("person-merger", person_id, {"into": CODE}), 201)
    files = write_files(foreigner, month=MEHR.add_months(2))
    statuses = run_simultaneously(
        [lambda: officers.confirm(proposal["id"]), lambda: officers.desk.upload(files)]
    )
    # The merger is outdated by the list, or the list has to come again.
    assert statuses in ({200: 1, 201: 1}, {409: 1, 201: 1}, {200: 1, 503: 1})
    if officers.list_proposals("status=confirmed"):
        officers.desk.upload(files)
        assert officers.sum_days(CODE) == 54


def test_simultaneous_imports_propose_a_value_once(officers: Proposers) -> None:
    other = replace(MARYAM, father_name="رضا")
    officers.desk.import_list(write_files(other, month=ABAN))
    officers.desk.import_list(write_files(other, month=MEHR.add_months(2)))
    with officers.desk.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM proposal_people")
        connection.exec_driver_sql("DELETE FROM proposals")
    uploads = [write_files(other, month=MEHR.add_months(months)) for months in (3, 4, 5)]
    calls = [lambda files=files: officers.desk.upload(files) for files in uploads]
    assert run_simultaneously(calls) == {201: 3}
    assert len(officers.list_proposals()) == 1
