"""The counter: officers' pages, the person's activation, and signing in by insurance number."""

import json
from typing import Any

import pytest

from tests.service.gateway.portal.desk import SESSIONS, Person, Services
from tests.service.gateway.portal.people import sign_in

COUNTER = "/api/v1/auth/counter"
ID = "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21"
PATH = f"{COUNTER}/identifications/{ID}"
PAGE = f"/officer/counter/{ID}"
IDENTIFICATION = {
    "id": ID,
    "status": "proposed",
    "person_id": "p",
    "national_code": None,
    "insurance_number": "71234567",
    "birth_date_jalali": "1353-12-11",
    "mobile": "+491701234567",
    "has_account": False,
    "document": "passport",
    "document_ends": "9A7",
    "note": "اصل دیده شد",
    "proposed_by": "another",
    "proposed_at": "2026-11-22T09:15:00+00:00",
    "decided_by": None,
    "decided_at": None,
    "reason": None,
    "expires_at": "2026-11-29T09:15:00+00:00",
    "activated_at": None,
}
TYPED = {
    "identifies_by": "insurance_number",
    "insurance_number": "۰۷۱۲۳۴۵۶۷",
    "birth_date_jalali": ["11", "12", "1353"],
    "mobile": "0049 170 1234567",
    "document": "passport",
    "document_ends": "9A7",
    "note": "اصل دیده شد",
}


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.scopes = "accounts:identify"
    services.refuse("GET", "/api/v1/records/proposals", 403, "forbidden")
    services.set_reply("GET", PATH, 200, IDENTIFICATION)
    sign_in(person)
    return person


def test_officer_proposes_an_identification(officer: Person, services: Services) -> None:
    assert 'href="/officer/counter"' in officer.read("/officer")
    services.set_reply("POST", f"{COUNTER}/identifications", 201, IDENTIFICATION)
    typed: dict[str, Any] = TYPED
    assert officer.send("/officer/counter/new", **typed).location == PAGE
    [request] = services.list_requests("POST", f"{COUNTER}/identifications")
    assert json.loads(request.content) == {
        "insurance_number": "71234567",
        "birth_date_jalali": "1353-12-11",
        "mobile": "0049 170 1234567",
        "document": "passport",
        "document_ends": "9A7",
        "note": "اصل دیده شد",
    }
    page = officer.read(PAGE)
    assert "+491701234567" in page
    assert "اصل دیده شد" in page


@pytest.mark.parametrize(
    ("changed", "target"),
    [
        ({"insurance_number": "12"}, "#insurance_number"),
        ({"identifies_by": "national_code", "national_code": "1"}, "#national_code"),
        ({"document_ends": "1"}, "#document_ends"),
        ({"mobile": ""}, "#mobile"),
    ],
)
def test_incomplete_finding_is_not_sent(
    officer: Person, services: Services, changed: dict[str, Any], target: str
) -> None:
    typed: dict[str, Any] = TYPED | changed
    assert f'href="{target}"' in officer.send("/officer/counter/new", **typed).text
    assert services.list_requests("POST", f"{COUNTER}/identifications") == []


def test_unknown_person_is_shown_beside_the_field(officer: Person, services: Services) -> None:
    errors = [{"field": "insurance_number", "message": "کسی نیست"}]
    services.refuse("POST", f"{COUNTER}/identifications", 422, "person-unknown", errors=errors)
    typed: dict[str, Any] = TYPED
    assert 'href="#insurance_number">کسی نیست' in officer.send("/officer/counter/new", **typed).text


def test_second_officer_confirms_or_rejects(officer: Person, services: Services) -> None:
    services.set_reply("POST", f"{PATH}/confirmation", 200, IDENTIFICATION)
    services.set_reply("POST", f"{PATH}/rejection", 200, IDENTIFICATION)
    assert officer.send(PAGE).location == PAGE
    assert "کد فعال‌سازی به شماره تازه فرستاده شد" in officer.read(PAGE)
    assert officer.send(f"{PAGE}/rejection", reason="جعلی است").location == PAGE
    assert 'href="#reason"' in officer.send(f"{PAGE}/rejection", reason=" ").text


def test_own_proposal_has_no_button_that_fails(officer: Person, services: Services) -> None:
    own = {**IDENTIFICATION, "proposed_by": "first"}
    services.set_reply("GET", PATH, 200, own)
    services.set_reply("GET", f"{COUNTER}/identifications", 200, {"items": [own], "next_cursor": None})
    assert "تایید شناسایی</button>" not in officer.read(PAGE)
    assert "کارشناس دیگری تایید می‌کند" in officer.read("/officer/counter")


def test_officer_without_the_scope_sees_no_door(person: Person, services: Services) -> None:
    services.refuse("GET", "/api/v1/records/proposals", 403, "forbidden")
    sign_in(person)
    assert 'href="/officer/counter"' not in person.read("/officer")


def test_person_activates_with_the_code(person: Person, services: Services) -> None:
    services.set_reply("POST", f"{COUNTER}/activations", 201, {"status": "activated"})
    fields = {"code": "۳۱۴۱ ۵۹۲۶ ۵۳۵۸ ۹۷۹۳", "password": "five red apples 12"}
    assert person.send("/counter/activation", **fields).location == "/sign-in"
    assert "حساب شما آماده است" in person.read("/sign-in")
    [request] = services.list_requests("POST", f"{COUNTER}/activations")
    assert json.loads(request.content)["code"] == "3141592653589793"
    services.refuse("POST", f"{COUNTER}/activations", 422, "activation-code-wrong")
    assert 'href="#code"' in person.send("/counter/activation", **fields).text


def test_foreigner_signs_in_by_insurance_number(person: Person, services: Services) -> None:
    assert "/sign-in/insurance-number" in person.read("/sign-in")
    typed = {"insurance_number": "۰۷۱۲۳۴۵۶۷", "password": "correct horse battery"}
    assert person.send("/sign-in/insurance-number", **typed).location == "/home"
    [request] = services.list_requests("POST", SESSIONS)
    assert json.loads(request.content)["insurance_number"] == "71234567"
    services.refuse("POST", SESSIONS, 401, "credentials-not-accepted")


def test_foreigner_asks_for_a_new_password(person: Person, services: Services) -> None:
    services.set_reply("POST", "/api/v1/auth/password-resets", 202, {"reset_id": ID, "expires_at": "x"})
    typed: dict[str, Any] = {"insurance_number": "71234567", "birth_date_jalali": ["11", "12", "1353"]}
    assert (
        person.send("/forgotten-password/insurance-number", **typed).location == f"/forgotten-password/{ID}"
    )
    [request] = services.list_requests("POST", "/api/v1/auth/password-resets")
    assert json.loads(request.content) == {"insurance_number": "71234567", "birth_date_jalali": "1353-12-11"}
