"""Officers find people by number, or by name and birth date; each one whom they see is recorded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.kit.jalali import format_jalali_date
from services.records.actions.people import MAX_CANDIDATES
from services.records.lists import WorkerRow
from services.records.models import Person
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import OFFICER, SEARCH, Desk, write_files
from tests.service.records.objectors import read_problem, read_reply
from tests.service.records.proposers import Proposers
from tests.service.records.test_accesses import read_access_log

REASON = "درخواست حضوری"
BORN = "1365-02-10"
TWIN_CODE = "0440000017"


def search(desk: Desk, clue: Mapping[str, Any], **kw: Any) -> TestResponse:
    return desk.call_as_officer("POST", SEARCH, "helpdesk", json={"reason": REASON, **clue}, **kw)


def name_person(row: WorkerRow) -> dict[str, str]:
    assert row.birth_date is not None
    return {
        "name": f"{row.first_name} {row.last_name}",
        "birth_date_jalali": format_jalali_date(row.birth_date),
    }


@pytest.fixture
def people(desk: Desk) -> Desk:
    desk.import_list(write_files(MARYAM, replace(HASAN, row=2), replace(FOREIGNER, row=3)))
    return desk


def test_a_number_finds_its_person_in_any_spelling(people: Desk) -> None:
    expected = read_reply(search(people, {"national_code": str(MARYAM.national_code)}))
    assert expected["candidates"] == []
    number = str(MARYAM.insurance_number)
    for typed in (number, f"00{number}"[:10], number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))):
        reply = read_reply(search(people, {"insurance_number": typed}))
        assert (reply["person_id"], reply["person"]) == (expected["person_id"], expected["person"])
        assert reply["statement"]["tables"] == expected["statement"]["tables"]


def test_a_person_without_a_code_is_found_by_number(people: Desk) -> None:
    reply = read_reply(search(people, {"insurance_number": str(FOREIGNER.insurance_number)}))
    assert (reply["person"]["national_code"], reply["person"]["last_name"]) == (None, FOREIGNER.last_name)
    assert read_reply(search(people, {"person_id": reply["person_id"]}))["person"] == reply["person"]


@pytest.mark.each_database
@pytest.mark.parametrize(
    "spell",
    [
        lambda row: f"{row.first_name} {row.last_name}",
        lambda row: f"{row.last_name} {row.first_name}",
        lambda row: f"  {row.first_name}\u200c{row.last_name}\u200f ",
        lambda row: f"{row.first_name} {row.last_name}".replace("ی", "ي").replace("ک", "ك"),
    ],
)
def test_a_name_with_the_birth_date_finds_its_person_in_any_spelling(people: Desk, spell: Any) -> None:
    clue = name_person(MARYAM) | {"name": spell(MARYAM)}
    reply = read_reply(search(people, clue))
    assert reply["person"]["national_code"] == MARYAM.national_code
    person_id = people.find_person_id(str(MARYAM.national_code))
    assert read_access_log(people) == [(str(OFFICER), person_id, "search", REASON)]


@pytest.mark.parametrize("wrong", [{"name": "مریم"}, {"birth_date_jalali": "1300-01-01"}])
def test_half_a_name_or_another_birth_date_finds_nobody(people: Desk, wrong: dict[str, str]) -> None:
    assert read_problem(search(people, name_person(MARYAM) | wrong)) == (404, "not-found")
    assert read_access_log(people) == []


def test_several_people_who_fit_are_candidates_without_records(people: Desk) -> None:
    twin = replace(MARYAM, national_code=TWIN_CODE, insurance_number="77000111")
    people.import_list(write_files(twin, month=MEHR.add_months(1)))
    reply = read_reply(search(people, name_person(MARYAM)))
    assert (reply["person_id"], reply["person"], reply["statement"]) == (None, None, None)
    assert [one["national_code"] for one in reply["candidates"]] == [MARYAM.national_code, TWIN_CODE]
    ids = [one["id"] for one in reply["candidates"]]
    assert [str(person) for _, person, _, _ in read_access_log(people)] == ids
    assert {reason for _, _, _, reason in read_access_log(people)} == {REASON}
    chosen = read_reply(search(people, {"person_id": ids[1]}))
    assert chosen["person"]["national_code"] == TWIN_CODE
    assert chosen["statement"]["summary"]["total_days"] == twin.days


def test_a_merged_person_leads_to_the_one_who_remains(people: Desk) -> None:
    twin = replace(MARYAM, national_code=TWIN_CODE, insurance_number="77000111", first_name="مریم سادات")
    people.import_list(write_files(twin, month=MEHR.add_months(1)))
    merged = people.find_person_id(TWIN_CODE)
    Proposers(people).decide("person-merger", merged, {"into": str(MARYAM.national_code)})
    for clue in (
        name_person(twin),
        name_person(MARYAM),
        {"insurance_number": "77000111"},
        {"person_id": str(merged)},
    ):
        reply = read_reply(search(people, clue))
        assert (reply["person"]["national_code"], reply["candidates"]) == (MARYAM.national_code, [])


def test_too_many_people_are_not_shown(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.add_all(
            Person(insurance_number=str(10_000_000 + number), first_name="علی", last_name="رضایی",
                   birth_date=date(1986, 4, 30))
            for number in range(MAX_CANDIDATES + 1)
        )  # fmt: skip
    response = search(desk, {"name": "علی رضایی", "birth_date_jalali": BORN})
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == ["name"]
    assert read_access_log(desk) == []


WRONG_CLUES: list[tuple[dict[str, str], str]] = [
    ({}, "national_code"),
    ({"name": "علی رضایی"}, "birth_date_jalali"),
    ({"birth_date_jalali": BORN}, "name"),
    ({"name": "", "birth_date_jalali": BORN}, "name"),
    ({"name": "علی\nرضایی" * 60, "birth_date_jalali": BORN}, "name"),
    ({"insurance_number": "12345678901"}, "insurance_number"),
    ({"insurance_number": "000"}, "insurance_number"),
    ({"insurance_number": "abc"}, "insurance_number"),
    ({"national_code": "0012345679", "insurance_number": "12345678"}, "insurance_number"),
    ({"national_code": "0012345679", "name": "علی رضایی", "birth_date_jalali": BORN}, "name"),
    ({"person_id": "x"}, "person_id"),
    ({"national_code": "0012345679", "reason": ""}, "reason"),
]


def test_a_clue_that_is_missing_wrong_or_too_many_is_refused_by_field(desk: Desk) -> None:
    for clue, field in WRONG_CLUES:
        for language in ("fa", "en"):
            response = search(desk, clue, language=language)
            assert read_problem(response) == (422, "validation"), clue
            (error,) = response.get_json()["errors"]
            assert error["field"] == field, clue
            assert any("آ" <= letter <= "ی" for letter in error["message"]) == (language == "fa"), clue
