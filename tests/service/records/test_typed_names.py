"""No person gets a garbled name: not by a correction, a held row, an objection or the system."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import OWN, Objector, read_problem, read_reply
from tests.service.records.proposers import Proposers
from tests.service.records.test_held_rows import STRANGER

ABAN = MEHR.add_months(1)
CODE, NEW_CODE = str(MARYAM.national_code), "0440000017"
WRONG = ["????", "؟؟", "مر?م", "ظ…ط±غŒظ…", "NULL", "-", "12", "مر\ufffdم", '"مریم"', "2YXYsduM2YU=", "مر_یم"]
RIGHT = ["علی‌رضا", "سید محمد(ص)", "Müller-Çelik", "O'Neill", "گل احمد", "محمّد", "مؤمنی"]


def list_fields(response: TestResponse) -> list[str]:
    assert read_problem(response) == (422, "validation"), response.text
    errors = response.get_json()["errors"]
    assert all(error["message"] for error in errors)
    return [error["field"] for error in errors]


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    desk.import_list(write_files(MARYAM))
    return Proposers(desk)


def test_a_correction_to_no_name_is_refused_by_field(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    for name in WRONG:
        fields = {"first_name": name, "father_name": name}
        response = officers.propose("person-correction", person_id, {"fields": fields})
        assert list_fields(response) == ["change.fields.first_name", "change.fields.father_name"], name
    for name in RIGHT:
        change = {"fields": {"first_name": name}}
        assert officers.propose("person-correction", person_id, change).status_code == 201, name


def test_the_error_names_the_better_reading_in_both_languages(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    body = {
        "kind": "person-correction",
        "target": str(person_id),
        "change": {"fields": {"first_name": "ظ…ط±غŒظ…"}},
        "reason": "شناسنامه دیده شد.",
    }
    for language, word in (("fa", "اگر"), ("en", "If it is")):
        response = officers.call("POST", json=body, language=language)
        (error,) = response.get_json()["errors"]
        assert "مریم" in error["message"]
        assert word in error["message"]


def test_an_objection_to_no_name_is_refused_by_field(officers: Proposers) -> None:
    objector = Objector(officers.desk)
    for name in WRONG:
        body = {"kind": "identity", "fields": {"last_name": name}, "text": "نام من درست نیست."}
        assert list_fields(objector.call("POST", OWN, json=body)) == ["fields.last_name"], name
    body = {"kind": "identity", "fields": {"last_name": "مؤمنی"}, "text": "نام من درست نیست."}
    read_reply(objector.call("POST", OWN, json=body), 201)


@pytest.mark.parametrize("changed", [{"first_name": "????"}, {"last_name": "یو?فی"}, {"father_name": "?"}])
def test_a_held_row_makes_no_new_person_without_a_name(officers: Proposers, changed: dict[str, Any]) -> None:
    desk = officers.desk
    row = replace(STRANGER, national_code=NEW_CODE, insurance_number=MARYAM.insurance_number, **changed)
    others = [
        replace(HASAN, row=at + 2, national_code=code, insurance_number=None)
        for at, code in enumerate(("1234567891", "0440000025"))
    ]
    assert desk.import_list(write_files(row, *others, month=ABAN))["held"] == 1
    held_row = officers.get_only_held()
    change = {"action": "assign", "national_code": NEW_CODE}
    assert list_fields(officers.propose("held-row", held_row["id"], change)) == ["change.action"]
    officers.decide("held-row", held_row["id"], {"action": "assign", "national_code": CODE})
    assert officers.sum_days(CODE) == 60


def test_a_decision_fills_no_garbled_name(desk: Desk) -> None:
    desk.import_list(write_files(replace(MARYAM, father_name="")))
    officers = Proposers(desk)
    desk.import_list(write_files(replace(STRANGER, father_name="????"), replace(HASAN, row=2), month=ABAN))
    officers.decide("held-row", officers.get_only_held()["id"], {"action": "same-person"})
    assert officers.read_statement(CODE)["person"]["father_name"] is None


def test_the_system_proposes_no_garbled_name(officers: Proposers) -> None:
    for months in range(1, 5):
        rows = replace(MARYAM, father_name="ع?ی"), replace(HASAN, row=2)
        officers.desk.import_list(write_files(*rows, month=MEHR.add_months(months)))
    assert officers.list_proposals() == []
