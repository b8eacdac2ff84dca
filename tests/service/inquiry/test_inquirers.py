"""Who inquires: a claim without a token, a reference with one; and what an institution finds again."""

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.inquiry.actions.housekeeping import delete_old_history
from services.inquiry.actions.refusals import report_refusals
from services.inquiry.models import Inquiry, InstitutionInquiry
from tests.paging import assert_paged
from tests.service.inquiry.desk import (
    API,
    BANK_ID,
    BANK_NAME,
    OTHER_BANK_ID,
    Desk,
    Person,
    alter_code,
    as_clerk,
)

CLAIM = "دفتر اسناد رسمی ۱۲ یزد"
CLERK, COLLEAGUE, CLIENT = (str(uuid.UUID(int=number)) for number in (1, 2, 3))


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.add_person()


def build_session_header(subject: str = CLERK, **claims: Any) -> dict[str, str]:
    """Return the header of a clerk in a session."""
    return as_clerk(subject=subject, sid=str(uuid.uuid4()), **claims)


def get_history(desk: Desk, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    response = desk.client.get(f"{API}/inquiries", query_string=query, headers=headers)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.get_json()["items"]
    return items


def test_claim_is_shown_apart_from_institutions(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    desk.inquire(person.national_code, issued["code"], institution_name=f" {CLAIM} ", purpose="وکالت")
    (view,) = desk.list_views(person, issued["id"])
    assert (view["institution"], view["claimed_institution"]) == ("by form", CLAIM)
    (event,) = desk.list_events("inquiry.answered")
    assert (event.data["institution"], event.data["claimed_institution"]) == (None, CLAIM)


def test_claim_is_shown_for_a_permit_that_has_ended(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    desk.client.delete(f"{API}/permits/{issued['id']}", headers=person.headers)
    desk.inquire(person.national_code, issued["code"], institution_name=CLAIM)
    assert desk.list_views(person, issued["id"])[0]["claimed_institution"] == CLAIM
    assert desk.list_events("inquiry.refused")[0].data["claimed_institution"] == CLAIM


def test_institutions_token_counts_instead_of_a_claim(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    desk.inquire(person.national_code, issued["code"], institution_name=CLAIM, headers=as_clerk())
    (view,) = desk.list_views(person, issued["id"])
    assert (view["institution"], view["claimed_institution"]) == (BANK_NAME, None)
    assert "claimed_institution" not in desk.list_events("inquiry.answered")[0].data


def test_stranger_cannot_write_a_claim_into_a_persons_list(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    desk.inquire(person.national_code, alter_code(issued["code"]), institution_name=CLAIM, purpose="x")
    report_refusals(desk.sessions)
    (view,) = desk.list_views(person, issued["id"])
    assert (view["claimed_institution"], view["purpose"]) == (None, None)
    assert "claimed_institution" not in desk.list_events("inquiry.refused")[0].data


@pytest.mark.parametrize("name", ["x" * 101, 7])
def test_invalid_claim_is_rejected(desk: Desk, person: Person, name: object) -> None:
    response = desk.inquire(person.national_code, "4028 1736 5920 4818", institution_name=name)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "institution_name")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        "وام",
        "a b",
        "a/b",
        "x" * 65,
        # An invented national code, and a secret code.
        "0440000017",
        "۰۴۴۰۰۰۰۰۱۷",
        "044-000001-7",
        "loan-0440000017",
        "4028173659204818",
        "4028-1736-5920-4818",
    ],
)
def test_text_or_personal_number_as_a_reference_is_rejected(desk: Desk, person: Person, wrong: str) -> None:
    code = desk.issue_permit(person)["code"]
    response = desk.inquire(person.national_code, code, reference=wrong, headers=as_clerk())
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "reference")
    assert desk.count(InstitutionInquiry) == 0


@pytest.mark.each_database
@pytest.mark.parametrize("reference", ["loan-1404.117_b", "x" * 64, "1404", "0440000018", "۱۴۰۴-۱۷"])
def test_clerk_finds_the_inquiry_by_its_reference(desk: Desk, person: Person, reference: str) -> None:
    code = desk.issue_permit(person)["code"]
    headers = build_session_header()
    inquire = partial(desk.inquire, person.national_code, code, headers=headers)
    answer = inquire(reference=reference, purpose="وام مسکن").get_json()
    inquire()
    (row,) = get_history(desk, headers, reference=reference)
    assert row["time"]
    assert row | {"time": None} == {
        "id": answer["inquiry_id"],
        "time": None,
        "by": CLERK,
        "purpose": "وام مسکن",
        "reference": reference.replace("۱۴۰۴-۱۷", "1404-17"),
        "result": "answered",
        "serial": person.letter.serial,
    }


def test_every_wrong_pair_looks_the_same_for_as_long(desk: Desk, person: Person) -> None:
    """What is found again does not say whether a person has permits, or for whom one is."""
    desk.add_bank()
    issued = desk.issue_permit(person)
    nobody = desk.add_person(2)
    headers = build_session_header(institution_id=OTHER_BANK_ID)
    bound = desk.issue_permit(person, institution_id=str(BANK_ID))
    for national_code, code in (
        (person.national_code, alter_code(issued["code"])),
        (nobody.national_code, issued["code"]),
        (person.national_code, bound["code"]),
    ):
        desk.inquire(national_code, code, headers=headers, purpose="وام", reference="r")
    before = get_history(desk, headers)
    report_refusals(desk.sessions)
    after = get_history(desk, headers)
    assert before == after
    assert len(after) == 3
    assert {tuple(sorted((one | {"id": "", "time": ""}).items())) for one in after} == {
        (
            ("by", CLERK),
            ("id", ""),
            ("purpose", "وام"),
            ("reference", "r"),
            ("result", "code-not-accepted"),
            ("serial", None),
            ("time", ""),
        )
    }
    with desk.sessions() as session:
        existing_ids = set(session.scalars(sa.select(Inquiry.id)))
    assert not existing_ids & {uuid.UUID(one["id"]) for one in after}


def test_clerks_see_their_own_inquiries_managers_and_clients_all(desk: Desk, person: Person) -> None:
    code = desk.issue_permit(person)["code"]
    clerk, colleague = build_session_header(CLERK), build_session_header(COLLEAGUE)
    manager, client = build_session_header(CLIENT, manager=True), as_clerk(subject="bank-system")
    for headers in (clerk, colleague, client):
        desk.inquire(person.national_code, code, headers=headers)
    assert [one["by"] for one in get_history(desk, clerk)] == [CLERK]
    assert [one["by"] for one in get_history(desk, colleague)] == [COLLEAGUE]
    everybody = ["bank-system", COLLEAGUE, CLERK]
    for headers in (manager, client):
        assert [one["by"] for one in get_history(desk, headers)] == everybody
    assert get_history(desk, as_clerk(institution_id=OTHER_BANK_ID)) == []
    assert desk.client.get(f"{API}/inquiries").status_code == 401
    assert desk.client.get(f"{API}/inquiries", headers=person.headers).status_code == 403


def test_inquiries_are_filtered_by_result_and_paged(desk: Desk, person: Person) -> None:
    code, headers = desk.issue_permit(person)["code"], build_session_header()
    for typed in (code, alter_code(code), code, code):
        desk.inquire(person.national_code, typed, headers=headers)
    results = [one["result"] for one in get_history(desk, headers)]
    assert results == ["answered", "answered", "code-not-accepted", "answered"]
    assert len(get_history(desk, headers, result="answered")) == 3
    assert len(get_history(desk, headers, result="code-not-accepted")) == 1
    assert_paged(partial(_get_page, desk, headers), 4)
    for wrong in ({"result": "other-institution"}, {"result": "x"}, {"reference": "a b"}):
        response = desk.client.get(f"{API}/inquiries", query_string=wrong, headers=headers)
        assert response.status_code == 422


def _get_page(desk: Desk, headers: dict[str, str], query: Mapping[str, Any]) -> TestResponse:
    return desk.client.get(f"{API}/inquiries", query_string=query, headers=headers)


def test_inquiries_without_a_token_are_not_stored_for_anybody(desk: Desk, person: Person) -> None:
    code = desk.issue_permit(person)["code"]
    desk.inquire(person.national_code, code, reference="r")
    desk.inquire(person.national_code, alter_code(code), reference="r")
    assert desk.count(InstitutionInquiry) == 0


def test_inquiries_are_deleted_after_thirty_days(desk: Desk, person: Person) -> None:
    code, headers = desk.issue_permit(person)["code"], build_session_header()
    desk.inquire(person.national_code, code, headers=headers)
    desk.pass_time(days=29)
    assert delete_old_history(desk.sessions) == 0
    desk.pass_time(days=1)
    assert delete_old_history(desk.sessions) == 1
    assert get_history(desk, headers) == []
