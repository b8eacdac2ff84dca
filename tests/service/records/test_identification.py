"""Who a person is now, as auth asks after a correction or a merger."""

import uuid
from dataclasses import replace

import sqlalchemy as sa

from services.kit.jalali import JalaliMonth
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


def test_a_corrected_code_is_the_new_one(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    person_id = desk.find_person_id(CODE)
    assert identify(desk, person_id) == {"person_id": str(person_id), "national_code": CODE}
    Proposers(desk).correct(person_id, national_code=NEW_CODE)
    assert identify(desk, person_id) == {"person_id": str(person_id), "national_code": NEW_CODE}


def test_a_merged_person_is_the_one_who_remains(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(replace(HASAN, row=1), month=ABAN))
    hasan, maryam = desk.find_person_id(str(HASAN.national_code)), desk.find_person_id(CODE)
    Proposers(desk).decide("person-merger", hasan, {"into": CODE})
    assert identify(desk, hasan) == identify(desk, maryam)
    assert identify(desk, hasan) == {"person_id": str(maryam), "national_code": CODE}


def test_a_person_without_a_code_has_none(desk: Desk) -> None:
    desk.import_list(write_files(replace(FOREIGNER, row=1)))
    with desk.sessions() as session:
        [person_id] = session.scalars(sa.select(Person.id)).all()
    assert identify(desk, person_id)["national_code"] is None


def test_an_unknown_person_and_another_scope_are_refused(desk: Desk) -> None:
    path = f"/internal/people/{uuid.uuid4()}"
    token = mint("service", "auth", "records", scopes=["records:identify-person"])
    assert read_problem(desk.call("GET", path, token)) == (404, "not-found")
    other = mint("service", "auth", "records", scopes=["records:match-person"])
    assert read_problem(desk.call("GET", path, other))[0] == 403
