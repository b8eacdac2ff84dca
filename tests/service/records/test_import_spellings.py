"""The same list, workshop and person in other spellings of their numbers, through the API."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from services.kit.db import new_sessions
from services.records.lists import WorkerRow, read_list
from services.records.lists.writers import Layout
from services.records.models import ImportedList, Person
from tests.fakes.lists import HASAN, MARYAM, MEHR, set_cell
from tests.service.records.desk import Desk, Files, write_files

CASES = Path(__file__).parents[2] / "unit" / "records" / "lists" / "cases"
NEXT = MEHR.add_months(1)


def read_case(name: str) -> Files:
    folder = CASES / name
    return (folder / "DSKKAR00.DBF").read_bytes(), (folder / "DSKWOR00.DBF").read_bytes()


def list_findings(reply: Any) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (one["severity"], one["code"], one["value"], one["expected"]) for one in reply.get_json()["findings"]
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("11-list-number-01", "11-list-number-1"),
        ("11-list-number-1", "11-list-number-01"),
        ("11-list-number-01", "13-workshop-zeros-lost"),
        ("13-workshop-zeros-lost", "11-list-number-1"),
    ],
)
def test_a_list_with_other_zeros_is_already_there(desk: Desk, names: tuple[str, str]) -> None:
    first, again = (desk.upload(read_case(name)) for name in names)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json()["id"] == first.get_json()["id"]
    assert again.get_json()["workshop_code"] == "0012345678"
    assert desk.count_rows() == [1, 1, 1, 1, 1]


def test_a_lost_zero_is_reported(desk: Desk) -> None:
    reply = desk.upload(read_case("13-workshop-zeros-lost"))
    assert list_findings(reply) == [("warning", "code-padded", "12345678", "0012345678")]


def test_a_list_without_its_year_is_refused(desk: Desk) -> None:
    reply = desk.upload(read_case("blank-year"))
    assert reply.status_code == 422
    assert {finding["code"] for finding in reply.get_json()["findings"]} == {"value-missing"}


def test_dates_of_two_digits_and_foreigners_are_stored(desk: Desk) -> None:
    assert desk.upload(read_case("10-dates-two-digit-year")).get_json()["findings"] == []
    with new_sessions(desk.engine)() as session:
        births = session.scalars(sa.select(Person.birth_date).order_by(Person.national_code)).all()
    assert births == [MARYAM.birth_date, HASAN.birth_date]


def test_the_country_of_a_foreigner_is_reported_once(desk: Desk) -> None:
    reply = desk.upload(read_case("09-nationality-country-name"))
    assert reply.status_code == 201
    assert [finding["code"] for finding in reply.get_json()["findings"]] == ["foreigner-without-code"]


def store_as_before(desk: Desk, files: Files) -> None:
    """Give the stored list the hash that earlier versions stored for the content of these files."""
    former = read_list(*files).former_sha256
    with new_sessions(desk.engine)() as session, session.begin():
        session.execute(sa.update(ImportedList).values(content_sha256=former))


def test_a_list_that_an_earlier_version_imported_is_already_there(desk: Desk) -> None:
    files = read_case("10-dates-two-digit-year")
    first = desk.import_list(files)
    store_as_before(desk, files)
    again = desk.upload(files)
    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])
    header, workers = files
    assert desk.upload((header, set_cell(workers, "DSW_OCP", b"x", 1))).status_code == 422


def test_files_that_are_byte_for_byte_those_of_before_are_already_there(desk: Desk) -> None:
    files = write_files(MARYAM, HASAN)
    desk.import_list(files)
    with new_sessions(desk.engine)() as session, session.begin():
        session.execute(sa.update(ImportedList).values(content_sha256="0" * 64))
    assert desk.upload(files).status_code == 200


def write_shortened(row: WorkerRow, text: str, **changed: Any) -> Files:
    layout = Layout(widths={"PER_NATCOD": 12})
    return write_files(replace(row, national_code=text, **changed), month=NEXT, layout=layout)


@pytest.mark.parametrize("text", ["12345679", "012345679"])
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"insurance_number": None},
        {"insurance_number": None, "first_name": "مريم", "last_name": "رضایی\u200cمقدم"},
        {"first_name": "دیگری", "last_name": "دیگر"},
    ],
    ids=["both", "name", "name in another spelling", "insurance number"],
)
def test_a_short_code_is_taken_for_a_known_person(desk: Desk, text: str, changed: dict[str, Any]) -> None:
    desk.import_list(write_files(MARYAM))
    reply = desk.upload(write_shortened(MARYAM, text, **changed))
    assert reply.status_code == 201
    assert ("warning", "code-padded", text, MARYAM.national_code) in list_findings(reply)
    assert desk.count_rows(["people", "contributions"]) == [1, 2]


@pytest.mark.parametrize(
    ("changed", "is_known"),
    [
        ({}, False),
        ({"first_name": "زهرا", "insurance_number": None}, True),
        ({"last_name": "احمدی", "insurance_number": "99999999"}, True),
        ({"first_name": "", "last_name": "رضایی", "insurance_number": None}, True),
    ],
    ids=["nobody known", "other first name", "other surname and number", "no first name"],
)
def test_a_short_code_of_anyone_else_is_an_error(desk: Desk, changed: dict[str, Any], is_known: bool) -> None:
    if is_known:
        desk.import_list(write_files(MARYAM))
    before = desk.count_rows()
    reply = desk.upload(write_shortened(MARYAM, "12345679", **changed))
    assert reply.status_code == 422
    assert ("error", "national-code-invalid", "12345679", None) in list_findings(reply)
    assert desk.count_rows() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_short_code_of_a_foreigner_is_taken_only_for_a_known_person(desk: Desk) -> None:
    """A foreigner's number that only looks like a code neither refuses the list nor holds the row."""
    desk.import_list(write_files(replace(MARYAM, foreigner=True)))
    reply = desk.upload(write_shortened(MARYAM, "12345679", foreigner=True))
    assert list_findings(reply) == [("warning", "code-padded", "12345679", MARYAM.national_code)]
    assert desk.count_rows(["people", "contributions", "held_rows"]) == [1, 2, 0]
    stranger = replace(HASAN, foreigner=True, insurance_number="99999999")
    files = write_files(
        replace(stranger, national_code="12345679"),
        replace(stranger, national_code="12345679", insurance_number="88888888"),
        number="07",
        layout=Layout(widths={"PER_NATCOD": 12}),
    )
    reply = desk.upload(files)
    assert reply.status_code == 201
    assert list_findings(reply) == [("warning", "foreigner-without-code", "12345679", None)] * 2
    assert desk.count_rows(["people", "contributions", "held_rows"]) == [3, 4, 0]


def test_a_list_with_a_short_code_is_the_list_with_the_whole_one(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    first = desk.import_list(write_files(MARYAM, month=NEXT))
    again = desk.upload(write_shortened(MARYAM, "12345679"))
    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])


def test_a_known_insurance_number_with_zeros_is_the_same(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    with new_sessions(desk.engine)() as session, session.begin():
        person = session.scalars(sa.select(Person)).one()
        orm.attributes.set_attribute(person, "insurance_number", f"00{MARYAM.insurance_number}")
    assert desk.upload(write_files(MARYAM, month=NEXT)).get_json()["findings"] == []


@pytest.mark.parametrize("typed", ["0012345678", "12345678", "۱۲۳۴۵۶۷۸", "\u200e12345678"])
def test_contributions_of_a_workshop_are_found_by_its_code(desk: Desk, typed: str) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(MARYAM, workshop="0012345686"))
    path = "/api/v1/records/me/contributions"
    reply = desk.get_as_citizen(str(MARYAM.national_code), path, query_string={"workshop": typed})
    assert [item["workshop_code"] for item in reply.get_json()["items"]] == ["0012345678"]
