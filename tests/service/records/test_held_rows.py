"""Rows whose person is in doubt count in nobody's record until two officers have decided."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from services.records.lists import WorkerRow
from services.records.models import Person
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.objectors import SECOND_OFFICER, read_problem, read_reply
from tests.service.records.proposers import HELD_ROWS, Proposers, list_codes

ABAN = MEHR.add_months(1)
CODE = str(MARYAM.national_code)
STRANGER = replace(
    MARYAM,
    first_name="کامبیز",
    last_name="یوسفی",
    father_name="هوشنگ",
    sex="male",
    birth_date=None,
    insurance_number=None,
)
NEW_CODE = "0440000017"


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    desk.import_list(write_files(MARYAM))
    return Proposers(desk)


def number_rows(*rows: WorkerRow) -> list[WorkerRow]:
    return [replace(row, row=number) for number, row in enumerate(rows, 1)]


def test_a_stranger_under_a_known_code_is_held(officers: Proposers) -> None:
    imported = officers.desk.import_list(write_files(STRANGER, month=ABAN))
    assert list_codes(imported) == [("held", "DSW_LNAME", "identity-conflict")]
    assert (imported["held"], imported["workers"]) == (1, 1)
    assert officers.sum_days(CODE) == 30
    assert officers.desk.count_rows(["people", "contributions", "held_rows"]) == [1, 1, 1]
    held_row = officers.get_only_held()
    assert (held_row["list_id"], held_row["row"], held_row["status"]) == (imported["id"], 1, "held")
    assert held_row["reasons"] == ["identity-conflict"]
    assert (held_row["listed"]["first_name"], held_row["listed"]["wage"]) == ("کامبیز", 80_000_000)
    assert (held_row["known"]["first_name"], held_row["known"]["national_code"]) == ("مریم", CODE)
    assert read_reply(officers.call("GET", f"{HELD_ROWS}/{held_row['id']}")) == held_row


@pytest.mark.parametrize(
    "changed",
    [
        {"father_name": ""},
        {"first_name": "", "father_name": ""},
        {"birth_date": MARYAM.birth_date, "insurance_number": MARYAM.insurance_number},
    ],
)
def test_blanks_and_numbers_do_not_make_a_stranger_the_same_person(
    officers: Proposers, changed: dict[str, Any]
) -> None:
    imported = officers.desk.import_list(write_files(replace(STRANGER, **changed), month=ABAN))
    assert imported["held"] == 1
    assert officers.sum_days(CODE) == 30


@pytest.mark.parametrize("name", ["first_name", "last_name", "father_name"])
def test_one_name_in_common_is_enough_to_count(officers: Proposers, name: str) -> None:
    row = replace(STRANGER, **{name: getattr(MARYAM, name)})
    imported = officers.desk.import_list(write_files(row, month=ABAN))
    assert imported["held"] == 0
    assert {code for _, _, code in list_codes(imported)} == {"name-differs"}
    assert officers.sum_days(CODE) == 60


def test_a_row_with_the_insurance_number_of_another_is_held(officers: Proposers) -> None:
    row = replace(HASAN, row=1, insurance_number=MARYAM.insurance_number)
    imported = officers.desk.import_list(write_files(row, month=ABAN))
    assert list_codes(imported) == [("held", "DSW_ID1", "identity-conflict")]
    held_row = officers.get_only_held()
    assert held_row["known"]["national_code"] == CODE
    assert officers.desk.count_rows(["people", "contributions"]) == [1, 1]


def test_a_known_person_with_the_number_of_another_is_held(officers: Proposers) -> None:
    officers.desk.import_list(write_files(HASAN, number="02"))
    row = replace(HASAN, row=1, insurance_number=f"00{MARYAM.insurance_number}")
    imported = officers.desk.import_list(write_files(row, month=ABAN))
    assert imported["held"] == 1
    held_row = officers.get_only_held()
    assert held_row["known"]["national_code"] == HASAN.national_code
    assert held_row["number_owner"]["national_code"] == CODE


def test_both_rows_of_a_shared_insurance_number_are_held(officers: Proposers) -> None:
    rows = number_rows(MARYAM, replace(HASAN, insurance_number="0012345678"))
    imported = officers.desk.import_list(write_files(*rows, month=ABAN))
    assert list_codes(imported) == [
        *[("held", "DSW_ID1", "insurance-number-shared")] * 2,
        ("warning", "DSW_ID1", "code-padded"),
    ]
    assert imported["held"] == 2
    assert officers.sum_days(CODE) == 30


def test_a_shared_number_is_held_in_a_list_of_new_people(desk: Desk) -> None:
    rows = number_rows(HASAN, replace(FOREIGNER, insurance_number=HASAN.insurance_number), MARYAM)
    imported = desk.import_list(write_files(*rows))
    assert imported["held"] == 2
    assert desk.count_rows(["people", "contributions"]) == [1, 1]


def test_one_held_row_leaves_the_others_of_its_list(officers: Proposers) -> None:
    crowd = [
        replace(HASAN, national_code=code, insurance_number=str(number))
        for number, code in enumerate(["1000000257", "1000000265", "1000000273"], 50)
    ]
    rows = number_rows(crowd[0], STRANGER, *crowd[1:])
    imported = officers.desk.import_list(write_files(*rows, month=ABAN))
    assert [(one["row"], one["severity"]) for one in imported["findings"]] == [(2, "held")]
    assert officers.desk.count_rows(["people", "contributions", "held_rows"]) == [4, 4, 1]


def test_the_same_list_again_is_already_there_with_its_findings(officers: Proposers) -> None:
    files = write_files(STRANGER, month=ABAN)
    imported = officers.desk.import_list(files)
    again = officers.desk.upload(files)
    assert (again.status_code, again.get_json()) == (200, imported)
    assert officers.desk.count_rows(["held_rows"]) == [1]
    held_row = officers.get_only_held()
    officers.decide("held-row", held_row["id"], {"action": "reject"})
    decided = officers.desk.upload(files)
    assert (decided.status_code, decided.get_json()) == (200, imported | {"held": 0})
    assert officers.desk.count_rows(["held_rows"]) == [1]


def test_lists_tell_how_many_rows_are_held(officers: Proposers) -> None:
    imported = officers.desk.import_list(write_files(STRANGER, month=ABAN))
    page = read_reply(officers.call("GET", "/api/v1/records/lists"))
    assert [item["held"] for item in page["items"]] == [1, 0]
    assert read_reply(officers.call("GET", f"/api/v1/records/lists/{imported['id']}"))["held"] == 1


def test_the_same_person_counts_after_the_second_officer(officers: Proposers) -> None:
    imported = officers.desk.import_list(write_files(STRANGER, month=ABAN))
    held_row = officers.get_only_held()
    assert held_row["imported_at"] == imported["imported_at"]
    proposal = read_reply(officers.propose("held-row", held_row["id"], {"action": "same-person"}), 201)
    assert proposal["differences"] == [
        {"row": 1, "national_code": CODE, "field": "person", "old": None, "new": CODE},
        {"row": 1, "national_code": CODE, "field": "days", "old": None, "new": 30},
        {"row": 1, "national_code": CODE, "field": "wage", "old": None, "new": 80_000_000},
    ]
    assert officers.get_only_held()["proposal_id"] == proposal["id"]
    assert officers.sum_days(CODE) == 30
    read_reply(officers.confirm(proposal["id"]))
    assert officers.sum_days(CODE) == 60
    assert officers.list_held() == []
    (decided,) = officers.list_held("status=same-person")
    assert decided["id"] == held_row["id"]
    changed = officers.read_events("record.changed")[-1]
    person_id = str(officers.desk.find_person_id(CODE))
    assert (changed["list_id"], changed["subjects"]) == (imported["id"], [person_id])
    assert (changed["proposal_id"], changed["month_jalali"]) == (proposal["id"], str(ABAN))


def test_a_rejected_row_counts_for_nobody(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "reject"})
    assert officers.sum_days(CODE) == 30
    assert [one["status"] for one in officers.list_held("status=rejected")] == ["rejected"]
    assert officers.desk.count_rows(["people", "contributions"]) == [1, 1]


def test_a_row_is_assigned_to_another_known_person(officers: Proposers) -> None:
    officers.desk.import_list(write_files(HASAN, number="02"))
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    change = {"action": "assign", "national_code": HASAN.national_code}
    officers.decide("held-row", officers.get_only_held()["id"], change)
    assert officers.sum_days(CODE) == 30
    assert officers.sum_days(str(HASAN.national_code)) == 42


def test_a_row_is_assigned_to_the_new_person_whom_it_names(officers: Proposers) -> None:
    row = replace(HASAN, row=1, insurance_number=MARYAM.insurance_number)
    officers.desk.import_list(write_files(row, month=ABAN))
    change = {"action": "assign", "national_code": HASAN.national_code}
    officers.decide("held-row", officers.get_only_held()["id"], change)
    assert officers.sum_days(str(HASAN.national_code)) == 12
    statement = officers.read_statement(str(HASAN.national_code))
    assert statement["person"]["insurance_number"] is None
    assert officers.sum_days(CODE) == 30


def test_a_foreigner_gets_the_code_of_a_row_of_the_same_person(officers: Proposers) -> None:
    foreigner = replace(FOREIGNER, row=1)
    officers.desk.import_list(write_files(foreigner, number="02"))
    coded = replace(foreigner, national_code=NEW_CODE)
    officers.desk.import_list(write_files(coded, month=ABAN))
    held_row = officers.get_only_held()
    assert held_row["known"]["national_code"] is None
    proposal = officers.decide("held-row", held_row["id"], {"action": "same-person"})
    assert ("national_code", None, NEW_CODE) in [
        (one["field"], one["old"], one["new"]) for one in proposal["differences"]
    ]
    assert officers.sum_days(NEW_CODE) == 24
    later = officers.desk.import_list(write_files(coded, month=ABAN.add_months(1)))
    assert later["held"] == 0
    assert officers.sum_days(NEW_CODE) == 36


def test_a_foreigner_without_code_and_another_name_is_held(officers: Proposers) -> None:
    officers.desk.import_list(write_files(replace(FOREIGNER, row=1), number="02"))
    other = replace(FOREIGNER, row=1, first_name="نورالله", last_name="کریمی", father_name="")
    assert officers.desk.import_list(write_files(other, month=ABAN))["held"] == 1


def test_lists_without_the_code_that_a_foreigner_got_count_as_before(officers: Proposers) -> None:
    """Employers go on without the code; a row with the number and another name is still held."""
    officers.desk.import_list(write_files(replace(FOREIGNER, row=1), number="02"))
    number = str(FOREIGNER.insurance_number)
    with officers.desk.sessions() as session:
        person_id = session.scalars(sa.select(Person.id).where(Person.insurance_number == number)).one()
    officers.correct(person_id, national_code=NEW_CODE)
    later = officers.desk.import_list(write_files(replace(FOREIGNER, row=1), month=ABAN))
    assert later["held"] == 0
    assert officers.sum_days(NEW_CODE) == 2 * FOREIGNER.days
    foreigner = replace(FOREIGNER, row=1)
    others = [
        replace(foreigner, last_name="کریمی"),
        replace(foreigner, father_name="نادر"),
        replace(foreigner, first_name=""),
    ]
    for place, other in enumerate(others, 3):
        assert officers.desk.import_list(write_files(other, number=str(place), month=ABAN))["held"] == 1
    assert officers.sum_days(NEW_CODE) == 2 * FOREIGNER.days


def test_all_held_rows_of_a_list_are_decided_by_one_proposal(officers: Proposers) -> None:
    officers.desk.import_list(write_files(HASAN, number="02"))
    other = replace(STRANGER, national_code=HASAN.national_code)
    imported = officers.desk.import_list(write_files(*number_rows(STRANGER, other), month=ABAN))
    assign = officers.propose("held-row", imported["id"], {"action": "assign", "national_code": CODE})
    assert read_problem(assign) == (422, "validation")
    proposal = officers.decide("held-row", imported["id"], {"action": "same-person"})
    assert proposal["differences_total"] == 6
    assert proposal["people"] == []
    assert officers.sum_days(CODE) == 60
    assert officers.sum_days(str(HASAN.national_code)) == 42
    again = officers.propose("held-row", imported["id"], {"action": "reject"})
    assert read_problem(again) == (422, "validation")


def test_a_person_counts_once_in_a_list(officers: Proposers) -> None:
    rows = number_rows(MARYAM, replace(HASAN, national_code=NEW_CODE, insurance_number="99"))
    officers.desk.import_list(write_files(*rows, number="02"))
    other = replace(HASAN, row=1, insurance_number=MARYAM.insurance_number)
    rows = number_rows(other, replace(MARYAM, insurance_number=None))
    officers.desk.import_list(write_files(*rows, month=ABAN))
    held_row = officers.get_only_held()
    refused = officers.propose("held-row", held_row["id"], {"action": "assign", "national_code": CODE})
    assert read_problem(refused) == (422, "validation")
    assert "سطر ۱" in refused.get_json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "change.action"),
        ({"action": "take"}, "change.action"),
        ({"action": "assign"}, "change.national_code"),
        ({"action": "assign", "national_code": 12}, "change.national_code"),
        ({"action": "assign", "national_code": "0440000018"}, "change.national_code"),
        ({"action": "assign", "national_code": NEW_CODE}, "change.national_code"),
        ({"action": "reject", "national_code": CODE}, "change.national_code"),
        ({"action": "reject", "days": 3}, "change.days"),
    ],
)
def test_an_invalid_decision_is_refused(officers: Proposers, change: dict[str, Any], field: str) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    refused = officers.propose("held-row", officers.get_only_held()["id"], change)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [field]


def test_a_value_of_a_held_row_is_not_counted_as_stated(officers: Proposers) -> None:
    for months in range(1, 5):
        other = replace(STRANGER, birth_date=date(1990, 1, 1))
        officers.desk.import_list(write_files(other, month=MEHR.add_months(months)))
    assert officers.list_proposals() == []


def test_a_row_decided_otherwise_outdates_the_proposal(officers: Proposers) -> None:
    imported = officers.desk.import_list(write_files(STRANGER, month=ABAN))
    held_row = officers.get_only_held()
    whole = read_reply(officers.propose("held-row", imported["id"], {"action": "same-person"}), 201)
    officers.decide("held-row", held_row["id"], {"action": "reject"})
    assert read_problem(officers.confirm(whole["id"])) == (409, "proposal-outdated")
    read_reply(officers.reject(whole["id"]))


def test_an_officer_decides_neither_the_own_proposal_nor_the_own_record(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    held_row = officers.get_only_held()
    proposal = read_reply(officers.propose("held-row", held_row["id"], {"action": "same-person"}), 201)
    assert read_problem(officers.confirm(proposal["id"], OFFICER)) == (403, "own-proposal")
    assert read_problem(officers.reject(proposal["id"], OFFICER)) == (403, "own-proposal")
    runner = officers.desk.app.test_cli_runner()
    command = ["officers", "name-record", str(SECOND_OFFICER), "--national-code", CODE]
    assert runner.invoke(args=command).exit_code == 0
    assert read_problem(officers.confirm(proposal["id"])) == (403, "own-record")
    assert read_problem(officers.reject(proposal["id"])) == (403, "own-record")
    again = officers.propose("held-row", held_row["id"], {"action": "reject"}, SECOND_OFFICER)
    assert read_problem(again) == (403, "own-record")
    assert officers.sum_days(CODE) == 30


def test_what_was_decided_once_is_not_held_again(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "same-person"})
    again = officers.desk.import_list(write_files(STRANGER, month=ABAN.add_months(1)))
    assert (again["held"], {one["code"] for one in again["findings"]}) == (0, {"name-differs"})
    assert officers.sum_days(CODE) == 90
    other = replace(STRANGER, last_name="پارسا")
    assert officers.desk.import_list(write_files(other, month=ABAN.add_months(2)))["held"] == 1


def test_a_rejected_row_is_held_again(officers: Proposers) -> None:
    officers.desk.import_list(write_files(STRANGER, month=ABAN))
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "reject"})
    assert officers.desk.import_list(write_files(STRANGER, month=ABAN.add_months(1)))["held"] == 1


def test_a_mistyped_code_of_a_known_person_is_decided_once(officers: Proposers) -> None:
    mistyped = replace(MARYAM, national_code=NEW_CODE)
    officers.desk.import_list(write_files(mistyped, month=ABAN))
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "same-person"})
    assert officers.sum_days(CODE) == 60
    assert officers.desk.import_list(write_files(mistyped, month=ABAN.add_months(1)))["held"] == 0
    assert officers.sum_days(CODE) == 90
    assert officers.desk.count_rows(["people"]) == [1]
