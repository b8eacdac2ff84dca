"""Lists go on naming people by a code or number that was corrected: no row makes a second person."""

from dataclasses import replace
from typing import Any

import pytest

from services.records.lists import WorkerRow
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import read_reply
from tests.service.records.proposers import Proposers, list_codes
from tests.service.records.test_held_rows import STRANGER

ABAN = MEHR.add_months(1)
OLD, NEW = str(MARYAM.national_code), "0440000017"
UNNUMBERED = replace(MARYAM, insurance_number=None)


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    """Return officers who have corrected the code of the only person known."""
    desk.import_list(write_files(MARYAM))
    officers = Proposers(desk)
    officers.correct(desk.find_person_id(OLD), national_code=NEW)
    return officers


def import_next(officers: Proposers, *rows: WorkerRow, month: Any = ABAN) -> dict[str, Any]:
    return officers.desk.import_list(write_files(*rows, month=month))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"father_name": "", "birth_date": None},
        {"first_name": "مريم سادات"},
        {"first_name": MARYAM.last_name, "last_name": MARYAM.first_name, "father_name": ""},
        {"insurance_number": "77000111"},
    ],
)
def test_a_row_with_the_former_code_and_a_name_of_the_person_is_held(
    officers: Proposers, changed: dict[str, Any]
) -> None:
    imported = import_next(officers, replace(UNNUMBERED, **changed))
    assert list_codes(imported) == [("held", "PER_NATCOD", "identity-conflict")]
    assert officers.desk.count_rows(["people", "contributions"]) == [1, 1]
    held_row = officers.get_only_held()
    assert (held_row["reasons"], held_row["known"]["national_code"]) == (["identity-conflict"], NEW)


def test_the_insurance_number_tells_that_the_row_is_the_persons(officers: Proposers) -> None:
    imported = import_next(officers, MARYAM)
    assert list_codes(imported) == [("warning", "PER_NATCOD", "identity-differs")]
    assert officers.desk.count_rows(["people", "contributions", "held_rows"]) == [1, 2, 0]
    assert officers.sum_days(NEW) == 60


def test_the_number_with_other_names_is_held(officers: Proposers) -> None:
    imported = import_next(officers, replace(STRANGER, insurance_number=MARYAM.insurance_number))
    assert list_codes(imported) == [("held", "DSW_ID1", "identity-conflict")]
    assert officers.desk.count_rows(["people"]) == [1]


def test_another_person_may_have_the_former_code(officers: Proposers) -> None:
    assert import_next(officers, replace(STRANGER, national_code=OLD))["held"] == 0
    assert officers.sum_days(OLD) == 30
    # From then on the code is that person's, and names of others are held as with any known person.
    assert import_next(officers, UNNUMBERED, month=MEHR.add_months(2))["held"] == 1


def test_two_officers_decide_whose_the_row_is_and_it_is_not_held_again(officers: Proposers) -> None:
    import_next(officers, UNNUMBERED)
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "same-person"})
    assert officers.sum_days(NEW) == 60
    assert import_next(officers, UNNUMBERED, month=MEHR.add_months(2))["held"] == 0
    assert officers.sum_days(NEW) == 90
    assert officers.desk.count_rows(["people"]) == [1]


def test_officers_may_decide_that_it_is_another_person(officers: Proposers) -> None:
    import_next(officers, UNNUMBERED)
    change = {"action": "assign", "national_code": OLD}
    officers.decide("held-row", officers.get_only_held()["id"], change)
    assert (officers.sum_days(NEW), officers.sum_days(OLD)) == (30, 30)
    assert import_next(officers, UNNUMBERED, month=MEHR.add_months(2))["held"] == 0


def test_both_codes_in_one_list_count_once(officers: Proposers) -> None:
    imported = import_next(officers, replace(MARYAM, national_code=NEW), replace(UNNUMBERED, row=2))
    assert [one["row"] for one in imported["findings"] if one["severity"] == "held"] == [2]
    assert officers.sum_days(NEW) == 60


def test_every_former_code_is_remembered_also_after_a_merger(officers: Proposers) -> None:
    desk = officers.desk
    officers.correct(desk.find_person_id(NEW), national_code="0440000025")
    import_next(officers, replace(HASAN, row=1))
    officers.decide("person-merger", desk.find_person_id("0440000025"), {"into": str(HASAN.national_code)})
    for months, code in ((2, OLD), (3, NEW)):
        imported = import_next(officers, replace(UNNUMBERED, national_code=code, first_name=HASAN.first_name),
                               month=MEHR.add_months(months))  # fmt: skip
        assert imported["held"] == 1, code
    assert {one["known"]["national_code"] for one in officers.list_held()} == {HASAN.national_code}


def test_a_code_that_came_back_is_the_persons(officers: Proposers) -> None:
    officers.correct(officers.desk.find_person_id(NEW), national_code=OLD)
    assert import_next(officers, UNNUMBERED)["held"] == 0
    assert officers.sum_days(OLD) == 60


def test_the_former_number_of_a_person_without_a_code_holds_too(desk: Desk) -> None:
    officers = Proposers(desk)
    foreigner = replace(FOREIGNER, row=1)
    desk.import_list(write_files(foreigner))
    body = {"insurance_number": str(foreigner.insurance_number), "reason": "آزمون"}
    path = "/api/v1/records/people/search"
    person_id = read_reply(desk.call_as_officer("POST", path, "helpdesk", json=body))["person_id"]
    officers.correct(person_id, insurance_number="77000222")
    imported = import_next(officers, foreigner)
    assert ("held", "DSW_ID1", "identity-conflict") in list_codes(imported)
    assert desk.count_rows(["people", "contributions"]) == [1, 1]
    assert officers.get_only_held()["known"]["insurance_number"] == "77000222"
    other = replace(foreigner, first_name="نادر", last_name="حیدری", father_name="عزیز")
    assert import_next(officers, other, month=MEHR.add_months(2))["held"] == 0


@pytest.mark.parametrize("names", [{}, {"first_name": "مریم سادات", "last_name": "رضایی"}])
def test_a_short_code_of_a_merged_person_is_taken_by_either_name(desk: Desk, names: dict[str, Any]) -> None:
    """The merged person's code leads to the one who remains; a row may have the names of either."""
    former = replace(MARYAM, insurance_number=None, birth_date=None, **names)
    remaining = replace(HASAN, row=1, first_name="مریم", last_name="گودرزی")
    for row, month in ((former, MEHR), (remaining, ABAN)):
        desk.import_list(write_files(row, month=month))
    officers = Proposers(desk)
    officers.decide("person-merger", desk.find_person_id(OLD), {"into": str(HASAN.national_code)})
    for months, row in ((2, former), (3, replace(remaining, national_code=OLD, insurance_number=None))):
        month = MEHR.add_months(months)
        imported = desk.import_list(write_files(replace(row, national_code=OLD.lstrip("0")), month=month))
        assert "code-padded" in {code for _, _, code in list_codes(imported)}
    assert desk.count_rows(["people", "held_rows"]) == [2, 0]


def test_a_short_former_code_is_held_like_the_whole_one(officers: Proposers) -> None:
    imported = import_next(officers, replace(UNNUMBERED, national_code=OLD.lstrip("0")))
    assert imported["held"] == 1
    assert officers.desk.count_rows(["people"]) == [1]
