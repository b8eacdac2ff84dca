"""Who inquires: a claim in the open form, a clerk's reference and history, several inquiries in a row."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import httpx
import openpyxl
import pytest
import time_machine

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.inquiries import (
    ANSWER,
    FORM,
    INQUIRIES,
    SERIAL,
    STATE,
    TYPED,
    build_reply,
    build_statement,
    sign_in_clerk,
)
from tests.service.gateway.portal.record import read_text

CLAIM = "دفتر اسناد رسمی <۱۲>"
HISTORY = "/institution/inquiries"


def read_sent(services: Services) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(services.list_requests("POST", INQUIRIES)[-1].content)
    return sent


def test_open_form_asks_who_inquires(person: Person, answered: Services) -> None:
    page = person.read(FORM)
    assert 'name="institution_name"' in page
    assert 'name="reference"' not in page
    person.send(FORM, **TYPED, institution_name=CLAIM)
    assert read_sent(answered)["institution_name"] == CLAIM
    assert "به گفته خودش: دفتر اسناد رسمی &lt;۱۲&gt;" in read_text(person, ANSWER)
    assert "حداکثر ۱۰۰ نویسه" in person.send(FORM, **TYPED, institution_name="x" * 101).text


def test_clerk_gives_a_reference(person: Person, answered: Services) -> None:
    sign_in_clerk(person)
    page = person.read(FORM)
    assert 'name="reference"' in page
    assert 'name="institution_name"' not in page
    person.send(FORM, **TYPED, reference=" loan-117 ")
    assert read_sent(answered)["reference"] == "loan-117"
    assert "loan-117" in read_text(person, ANSWER)


def test_personal_reference_is_refused_beside_its_field(person: Person, services: Services) -> None:
    sign_in_clerk(person)
    errors = [{"field": "reference", "message": "این کد ملی یا کد رمز است."}]
    services.refuse("POST", INQUIRIES, 422, "validation", errors=errors)
    page = person.send(FORM, **TYPED, reference="0440000017").text
    assert '<a href="#reference">این کد ملی یا کد رمز است.</a>' in page


def test_next_inquiry_begins_with_purpose_and_name_only(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED, institution_name=CLAIM)
    assert f'href="{FORM}"' in person.read(ANSWER)
    page = person.read(FORM)
    assert 'value="وام مسکن"' in page
    assert 'value="دفتر اسناد رسمی &lt;۱۲&gt;"' in page
    for name in ("national_code", "code"):
        (field,) = re.findall(f'<input[^>]*name="{name}"[^>]*>', page)
        assert 'value=""' in field


def test_purpose_is_another_persons_no_longer(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    sign_in_clerk(person)
    assert 'value="وام مسکن"' not in person.read(FORM)


def test_inquiry_service_of_before_gets_no_lifetime(person: Person, answered: Services) -> None:
    def answer_request(request: httpx.Request) -> httpx.Response:
        if "document_minutes" not in json.loads(request.content):
            return httpx.Response(200, json=build_reply())
        errors = [{"field": "document_minutes", "message": "x"}]
        return httpx.Response(422, json={"code": "validation", "title": "x", "detail": "x", "errors": errors})

    answered.handlers["POST", INQUIRIES] = answer_request
    assert person.send(FORM, **TYPED).location == ANSWER


def test_open_answer_ends_when_its_letter_is_revoked(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    answered.set_reply("GET", STATE, 200, {"inquiry_id": "x", "permit_state": "letter-revoked"})
    # The state is read again after some seconds.
    with time_machine.travel(timedelta(seconds=20)):
        page = person.get(ANSWER)
    assert page.status_code == 410
    assert "سازمان این نامه را باطل کرده است" in page.text
    assert "سحر احمدی" not in page.text


def test_person_without_a_national_code_has_an_insurance_number(person: Person, answered: Services) -> None:
    typed = {"national_code": "", "insurance_number": " ۱۲۳۴۵۶۷۸ ", "code": TYPED["code"]}
    assert person.send(FORM, **typed).location == ANSWER
    sent = read_sent(answered)
    assert "national_code" not in sent
    assert sent["insurance_number"] == "۱۲۳۴۵۶۷۸"


def test_one_of_the_two_is_required(person: Person, services: Services) -> None:
    page = person.send(FORM, national_code="", code=TYPED["code"]).text
    assert 'href="#national_code"' in page
    errors = [{"field": "national_code", "message": "یکی از دو."}]
    services.refuse("POST", INQUIRIES, 422, "validation", errors=errors)
    both = person.send(FORM, **TYPED, insurance_number="12345678").text
    assert '<a href="#national_code">یکی از دو.</a>' in both
    assert '<details class="instead" open>' in both


@pytest.mark.parametrize("version", [1, 2])
def test_answer_is_saved_as_a_spreadsheet(person: Person, answered: Services, version: int) -> None:
    answered.set_reply("POST", INQUIRIES, 200, {**build_reply(), "statement": build_statement(version)})
    person.send(FORM, **TYPED)
    assert f'href="{ANSWER}/statement.xlsx"' in person.read(ANSWER)
    workbook = openpyxl.load_workbook(io.BytesIO(person.get(f"{ANSWER}/statement.xlsx").data))
    assert len(workbook.sheetnames) == 4
    reply = person.get(f"{ANSWER}/statement.csv")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{SERIAL}.csv"'
    assert "147757500" in reply.text
    stranger = person.http.application.test_client()
    for kind in ("csv", "xlsx"):
        assert stranger.get(f"{ANSWER}/statement.{kind}").status_code == 410


SENT = {
    "id": "6f2b2f0e-0000-4000-8000-000000000007",
    "time": "2026-11-23T07:40:12+00:00",
    "by": "clerk",
    "purpose": "وام <مسکن>",
    "reference": "loan-117",
    "result": "answered",
    "serial": SERIAL,
}


def test_clerk_finds_inquiries_again(person: Person, services: Services) -> None:
    assert person.get(HISTORY).location == "/institution/sign-in"
    refused = SENT | {"reference": None, "purpose": None, "result": "code-not-accepted", "serial": None}
    services.set_reply("GET", INQUIRIES, 200, {"items": [SENT, refused], "next_cursor": "next"})
    sign_in_clerk(person)
    page = read_text(person, HISTORY)
    words = ("loan-117", "وام &lt;مسکن&gt;", "نامه نشان داده شد", "پذیرفته نشد", "۸۷۷۶۶۵۳۰۱۸۶۳۸")
    assert all(part in page for part in words)
    page = person.read(f"{HISTORY}?result=answered&reference=loan-117")
    query = services.list_requests("GET", INQUIRIES)[-1].url.params
    assert (query["result"], query["reference"]) == ("answered", "loan-117")
    assert f"{HISTORY}?result=answered&amp;reference=loan-117&amp;cursor=next" in page
    person.read(f"{HISTORY}?result=x&reference=")
    assert not set(services.list_requests("GET", INQUIRIES)[-1].url.params) & {"result", "reference"}


def test_invalid_reference_of_a_search_is_reported(person: Person, services: Services) -> None:
    errors = [{"field": "reference", "message": "شماره ارجاع از ۱ تا ۶۴ نویسه است."}]
    services.refuse("GET", INQUIRIES, 422, "validation", errors=errors)
    sign_in_clerk(person)
    page = person.get(f"{HISTORY}?reference=a/b")
    assert (page.status_code, "شماره ارجاع از ۱ تا ۶۴ نویسه است." in page.text) == (200, True)


SHOWN: dict[str, Any] = {
    "serial": SERIAL,
    "state": "valid",
    "issued_at": "2026-11-23T03:22:09+00:00",
    "ends_at": "2026-12-23T03:22:09+00:00",
    "national_code": "0084575948",
    "name": "سحر احمدی",
    "as_of_jalali": "1405-09-02",
    "closed_until_jalali": "1405-06",
    "answers": [
        {"question": "insured_recently", "answer": "disputed"},
        {"question": "days_at_least", "days": 360, "answer": "yes"},
    ],
    "jws": "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
}


def test_answers_are_shown_as_sentences_without_a_letter(person: Person, answered: Services) -> None:
    common = {name: build_reply()[name] for name in ("inquiry_id", "notices")}
    reply = {**common, "objections": [], "objections_as_of": None, "receipt": None, "answers": SHOWN}
    answered.set_reply("POST", INQUIRIES, 200, reply)
    person.send(FORM, **TYPED)
    text = read_text(person, ANSWER)
    assert "آیا در شهریور ۱۴۰۵ یا پس از آن بیمه بوده است؟" in text
    assert "مورد اعتراض" in text
    assert "آیا تا شهریور ۱۴۰۵ دست‌کم ۳۶۰ روز بیمه بوده است؟" in text
    assert "سحر احمدی" in text
    for page in ("letter", "data", "statement.csv"):
        assert person.get(f"{ANSWER}/{page}").status_code == 404
