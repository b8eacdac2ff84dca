"""The files of cases about people, as they are uploaded; all people are invented."""

from dataclasses import replace
from pathlib import Path

from services.kit.jalali import JalaliMonth, parse_jalali_date
from tests.fakes.lists import MARYAM
from tests.service.records.desk import Desk, Files, write_files
from tests.service.records.proposers import Proposers

CASES = Path(__file__).parents[2] / "unit" / "records" / "lists" / "cases"
WOMAN = replace(MARYAM, first_name="مریم", last_name="آزمونی", father_name="رضا")


def read_case(name: str) -> Files:
    return (CASES / name / "DSKKAR00.DBF").read_bytes(), (CASES / name / "DSKWOR00.DBF").read_bytes()


def list_severities(document: dict[str, object]) -> list[tuple[str, str]]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return [(finding["severity"], finding["code"]) for finding in findings]


def test_another_name_under_the_same_code_is_held(desk: Desk) -> None:
    desk.import_list(read_case("11-list-number-01"))
    imported = desk.import_list(read_case("15-other-name-same-code"))
    assert (imported["held"], list_severities(imported)) == (1, [("held", "identity-conflict")])
    assert Proposers(desk).sum_days(str(MARYAM.national_code)) == 30


def test_a_stranger_under_a_womans_code_is_held(desk: Desk) -> None:
    code = "3441411323"
    woman = replace(WOMAN, national_code=code, insurance_number="11223344")
    desk.import_list(write_files(woman, month=JalaliMonth(1402, 1)))
    imported = desk.import_list(read_case("stranger-under-my-code"))
    assert (imported["held"], list_severities(imported)) == (1, [("held", "identity-conflict")])
    statement = Proposers(desk).read_statement(code)
    assert statement["tables"]["wages"]["total_wage"] == woman.insurable


def test_a_birth_date_one_day_off_is_a_finding_and_then_a_correction(desk: Desk) -> None:
    code, officers = "3284859144", Proposers(desk)
    desk.import_list(read_case("identity-1-wrong-birth-date-first"))
    later = desk.import_list(read_case("identity-2-right-birth-date-later"))
    assert list_severities(later) == [("warning", "identity-differs")]
    assert officers.list_differences() == []
    person = desk.call_as_officer(
        "POST", "/api/v1/records/people/search", "helpdesk", json={"national_code": code, "reason": "بررسی"}
    ).get_json()["person"]
    right = replace(
        WOMAN,
        national_code=code,
        insurance_number=person["insurance_number"],
        first_name=person["first_name"],
        last_name=person["last_name"],
        father_name=person["father_name"] or "",
        sex=person["sex"],
        birth_date=parse_jalali_date("1360-01-01"),
    )
    desk.import_list(write_files(right, month=JalaliMonth(1402, 1)))
    assert officers.list_differences() == [("birth_date_jalali", "1360-01-02", "1360-01-01")]
