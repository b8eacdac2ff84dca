"""People without a national code are found by their insurance number, and nobody else is."""

from typing import Any

import pytest

from services.inquiry.actions.refusals import report_refusals
from services.inquiry.models import FailedAttempt
from tests.service.inquiry.desk import API, Desk, Person, alter_code

# An invented number whose digits are also a national code.
NUMBER = "1000000001"


def add_person(desk: Desk, number: int = 1, **identity: Any) -> Person:
    """Return a person with this identity in the statement of the letter."""
    person = {"first_name": "کریم", "last_name": "نمونه", "father_name": None, **identity}
    return desk.add_person(number, statement={"person": person})


@pytest.fixture
def foreigner(desk: Desk) -> Person:
    return add_person(desk, national_code=None, insurance_number="0012345678")


@pytest.mark.parametrize("typed", ["12345678", "0012345678", "۱۲۳۴۵۶۷۸", "12-345 678"])
def test_permit_opens_with_the_insurance_number(desk: Desk, foreigner: Person, typed: str) -> None:
    issued = desk.issue_permit(foreigner)
    answer = desk.inquire(None, issued["code"], insurance_number=typed)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["person"]["national_code"] is None
    assert desk.list_views(foreigner, issued["id"])[0]["result"] == "answered"


@pytest.mark.parametrize("typed", ["123456", "00123456", "0000123456"])
def test_number_is_typed_as_letters_print_it_or_as_on_the_booklet(desk: Desk, typed: str) -> None:
    issued = desk.issue_permit(add_person(desk, national_code=None, insurance_number="123456"))
    answer = desk.inquire(None, issued["code"], insurance_number=typed)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["person"]["insurance_number"] == "123456"


def test_insurance_number_opens_nothing_of_a_person_with_a_code(desk: Desk) -> None:
    person = add_person(desk, national_code="0440000017", insurance_number="12345678")
    issued = desk.issue_permit(person)
    refused = desk.inquire(None, issued["code"], insurance_number="12345678")
    assert (refused.status_code, refused.get_json()["code"]) == (404, "code-not-accepted")
    assert desk.inquire("0440000017", issued["code"]).status_code == 200


def test_same_digits_of_the_two_kinds_are_different_people(desk: Desk) -> None:
    with_code = add_person(desk, 1, national_code=NUMBER, insurance_number="12345678")
    without = add_person(desk, 2, national_code=None, insurance_number=NUMBER)
    codes = [desk.issue_permit(person)["code"] for person in (with_code, without)]
    answers = [
        desk.inquire(NUMBER, codes[0]),
        desk.inquire(NUMBER, codes[1]),
        desk.inquire(None, codes[1], insurance_number=NUMBER),
        desk.inquire(None, codes[0], insurance_number=NUMBER),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 404]
    # Failures on the one are not counted against the other.
    for _ in range(5):
        desk.inquire(None, alter_code(codes[1]), insurance_number=NUMBER)
    assert desk.inquire(None, codes[1], insurance_number=NUMBER).status_code == 429
    assert desk.inquire(NUMBER, codes[0]).status_code == 200


def test_every_wrong_pair_gets_the_same_reply_and_one_slow_hash(desk: Desk, foreigner: Person) -> None:
    issued = desk.issue_permit(foreigner)
    person = desk.add_person(2)
    other = desk.issue_permit(person)
    runs = desk.stretcher.runs
    replies = [
        desk.inquire(None, alter_code(issued["code"]), insurance_number="12345678"),
        desk.inquire(None, issued["code"], insurance_number="87654321"),
        desk.inquire(None, other["code"], insurance_number="12345678"),
        desk.inquire(person.national_code, issued["code"]),
        desk.inquire(person.national_code, alter_code(other["code"])),
    ]
    assert {reply.status_code for reply in replies} == {404}
    bodies = [{**reply.get_json(), "request_id": ""} for reply in replies]
    assert all(body == bodies[0] for body in bodies)
    assert desk.stretcher.runs == runs + len(replies)


def test_person_learns_of_failed_attempts(desk: Desk, foreigner: Person) -> None:
    issued = desk.issue_permit(foreigner)
    desk.inquire(None, alter_code(issued["code"]), insurance_number="12345678")
    report_refusals(desk.sessions)
    assert desk.list_views(foreigner, issued["id"])[0]["result"] == "code-not-accepted"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "national_code"),
        ({"national_code": "0440000017", "insurance_number": "12345678"}, "national_code"),
        ({"national_code": None, "insurance_number": None}, "national_code"),
        ({"insurance_number": ""}, "insurance_number"),
        ({"insurance_number": "12345678901"}, "insurance_number"),
        ({"insurance_number": "00000000"}, "insurance_number"),
        ({"insurance_number": "1234567x"}, "insurance_number"),
        ({"insurance_number": 12345678}, "insurance_number"),
        ({"national_code": "123"}, "national_code"),
    ],
)
def test_exactly_one_of_the_two_is_required(desk: Desk, fields: dict[str, Any], field: str) -> None:
    body = {"code": "4028 1736 5920 4818", **fields}
    response = desk.client.post(f"{API}/inquiries", json=body)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, field)
    assert desk.count(FailedAttempt) == 0
