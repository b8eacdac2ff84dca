"""Who a person is now, as auth asks after a correction or a merger."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from services.kit.jalali import JalaliMonth, format_jalali_date
from services.records.models import Person
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import read_problem, read_reply
from tests.service.records.proposers import Proposers
from tests.tokens import mint

CODE, NEW_CODE = str(MARYAM.national_code), "0440000017"
ABAN = JalaliMonth(1402, 8)


def identify(desk: Desk, person_id: object) -> dict[str, object]:
    token = mint("service", "auth", "records", scopes=["records:identify-person"])
    reply: dict[str, object] = read_reply(desk.call("GET", f"/internal/people/{person_id}", token))
    return reply


def build_identity(person_id: object, code: str | None, number: str | None = None) -> dict[str, object]:
    return {"person_id": str(person_id), "national_code": code, "insurance_number": number}


def match(desk: Desk, **body: object) -> object:
    token = mint("service", "auth", "records", scopes=["records:match-person"])
    return read_reply(desk.call("POST", "/internal/people/match", token, json=body))["person_id"]


def test_a_corrected_code_is_the_new_one(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    person_id = desk.find_person_id(CODE)
    assert identify(desk, person_id) == build_identity(person_id, CODE)
    Proposers(desk).correct(person_id, national_code=NEW_CODE)
    assert identify(desk, person_id) == build_identity(person_id, NEW_CODE)


def test_a_merged_person_is_the_one_who_remains(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(replace(HASAN, row=1), month=ABAN))
    hasan, maryam = desk.find_person_id(str(HASAN.national_code)), desk.find_person_id(CODE)
    Proposers(desk).decide("person-merger", hasan, {"into": CODE})
    assert identify(desk, hasan) == identify(desk, maryam)
    assert identify(desk, hasan) == build_identity(maryam, CODE)


def test_a_person_without_a_code_has_none(desk: Desk) -> None:
    desk.import_list(write_files(replace(FOREIGNER, row=1)))
    with desk.sessions() as session:
        [person_id] = session.scalars(sa.select(Person.id)).all()
    number = str(FOREIGNER.insurance_number)
    assert identify(desk, person_id) == build_identity(person_id, None, number.lstrip("0"))
    day = format_jalali_date(FOREIGNER.birth_date or date(1980, 1, 1))
    assert match(desk, insurance_number=f"0{number}", birth_date_jalali=day) == str(person_id)
    assert match(desk, insurance_number=number, birth_date_jalali="1300-01-01") is None
    assert match(desk, insurance_number="87654321", birth_date_jalali=day) is None


@pytest.mark.parametrize("allows", [False, True])
def test_missing_birth_date_matches_only_for_an_officer(desk: Desk, allows: bool) -> None:
    desk.import_list(write_files(replace(MARYAM, birth_date=None)))
    person_id = match(desk, national_code=CODE, birth_date_jalali="1360-01-01", allows_no_birth_date=allows)
    assert (person_id is not None) == allows


def test_one_number_is_matched(desk: Desk) -> None:
    token = mint("service", "auth", "records", scopes=["records:match-person"])
    for body in ({}, {"national_code": CODE, "insurance_number": "12345678"}):
        call = desk.call(
            "POST", "/internal/people/match", token, json={**body, "birth_date_jalali": "1360-01-01"}
        )
        assert call.status_code == 422


def test_an_unknown_person_and_another_scope_are_refused(desk: Desk) -> None:
    path = f"/internal/people/{uuid.uuid4()}"
    token = mint("service", "auth", "records", scopes=["records:identify-person"])
    assert read_problem(desk.call("GET", path, token)) == (404, "not-found")
    other = mint("service", "auth", "records", scopes=["records:match-person"])
    assert read_problem(desk.call("GET", path, other))[0] == 403
