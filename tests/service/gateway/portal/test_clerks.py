"""A clerk inquires in the name of the institution and reports months that differ."""

import json
from datetime import timedelta
from typing import Any

import time_machine

from tests.service.gateway.portal.desk import Person, Services, build_token, read_hidden_fields
from tests.service.gateway.portal.inquiries import ANSWER, DISCREPANCIES, FORM, INQUIRIES, INQUIRY_ID, TYPED


def sign_in_clerk(person: Person) -> Any:
    return person.send("/institution/sign-in", username="clerk", password="correct horse battery")


def test_clerk_inquires_in_the_institutions_name(person: Person, answered: Services) -> None:
    assert sign_in_clerk(person).location == FORM
    person.send(FORM, **TYPED)
    bearer = f"Bearer {build_token('first', role='institution', scope=answered.scopes)}"
    assert answered.list_requests("POST", INQUIRIES)[0].headers["Authorization"] == bearer
    assert "به نام موسسه شما ثبت شد" in person.read(ANSWER)


def test_citizen_inquires_anonymously(person: Person, answered: Services) -> None:
    person.sign_in()
    person.send(FORM, **TYPED)
    assert "Authorization" not in answered.list_requests("POST", INQUIRIES)[0].headers


def test_clerk_inquires_anonymously_while_auth_is_unavailable(person: Person, answered: Services) -> None:
    sign_in_clerk(person)
    with time_machine.travel(timedelta(minutes=16)):
        person.send(FORM, **TYPED)
        assert "بدون نام موسسه ثبت شد" in person.read(ANSWER)
    assert "Authorization" not in answered.list_requests("POST", INQUIRIES)[0].headers


def test_wrong_password_of_a_clerk_is_reported_above_the_form(person: Person, services: Services) -> None:
    services.refuse("POST", "/api/v1/auth/sessions", 401, "credentials-not-accepted")
    assert "چون credentials-not-accepted" in sign_in_clerk(person).text


def test_double_click_reports_one_discrepancy(person: Person, answered: Services) -> None:
    assert person.get(f"{ANSWER}/discrepancy").location == "/institution/sign-in"
    sign_in_clerk(person)
    answered.set_reply("POST", DISCREPANCIES, 201, {"id": INQUIRY_ID})
    page = person.read(f"{ANSWER}/discrepancy")
    fields = {**read_hidden_fields(page), "month": "7", "year": "۱۴۰۳", "text": "در مدارک ما ۳۰ روز است."}
    for _ in range(2):
        assert person.http.post(f"{ANSWER}/discrepancy", data=fields).location == ANSWER
    (sent,) = answered.list_requests("POST", DISCREPANCIES)
    assert json.loads(sent.content) == {
        "inquiry_id": INQUIRY_ID,
        "month_jalali": "1403-07",
        "text": "در مدارک ما ۳۰ روز است.",
    }


def test_invalid_report_is_reported_beside_its_field(person: Person, services: Services) -> None:
    sign_in_clerk(person)
    empty = person.send(f"{ANSWER}/discrepancy").text
    assert all(f'href="#{field}"' in empty for field in ("month", "year", "text"))
    errors = [{"field": "month_jalali", "message": "این ماه هنوز نرسیده است."}]
    services.refuse("POST", DISCREPANCIES, 422, "validation", errors=errors)
    fields = {"month": "12", "year": "1405", "text": "چنین نیست"}
    page = person.send(f"{ANSWER}/discrepancy", **fields).text
    assert '<a href="#year">این ماه هنوز نرسیده است.</a>' in page
    services.refuse("POST", DISCREPANCIES, 404, "not-found")
    page = person.send(f"{ANSWER}/discrepancy", **fields).text
    assert "به نام موسسه شما نیست" in page
