"""What staff do first: choose a password, and for administrators a second factor."""

import json
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import SESSIONS, Person, Services, grant

DOORS = {"admin": "/admin/sign-in", "officer": "/officer/sign-in", "institution": "/institution/sign-in"}
HOMES = {"admin": "/admin", "officer": "/officer", "institution": "/institution/inquiry"}


def sign_in(person: Person, services: Services, role: str, scope: str) -> Any:
    """Return the response to a sign-in whose token has this scope; the next token has all."""
    claims: dict[str, Any] = (
        {"institution_id": "0199b222-2233-4444-8555-66778899aabb"} if role == "institution" else {}
    )
    first = grant("me", role=role, scope=scope, **claims)
    full = grant("me", role=role, scope="admin lists inquiry:inquire", **claims)
    services.handlers["POST", SESSIONS] = lambda _: httpx.Response(200, json=first)
    services.set_reply("POST", f"{SESSIONS}/refresh", 200, first)
    services.handlers["POST", "/full"] = lambda _: httpx.Response(200, json=full)
    return person.send(DOORS[role], username="me", password="a password")


@pytest.mark.parametrize("role", DOORS)
def test_a_one_time_password_leads_to_a_new_one(person: Person, services: Services, role: str) -> None:
    response = sign_in(person, services, role, "choose-password")
    assert response.headers["Location"] == "/staff/password"
    if role != "institution":
        assert person.get(HOMES[role]).headers["Location"] == "/staff/password"
    services.refuse("POST", "/api/v1/auth/password", 401, "credentials-not-accepted")
    fields = {"old_password": "one-time", "new_password": "my own password"}
    wrong = person.send("/staff/password", **fields)
    assert 'href="#old_password"' in wrong.text
    errors = [{"field": "new_password", "message": "کوتاه است"}]
    services.refuse("POST", "/api/v1/auth/password", 422, "password-too-weak", errors=errors)
    assert 'href="#new_password"' in person.send("/staff/password", **fields).text
    services.set_reply("POST", "/api/v1/auth/password", 204)
    services.handlers["POST", f"{SESSIONS}/refresh"] = services.handlers["POST", "/full"]
    assert person.send("/staff/password", **fields).headers["Location"] == HOMES[role]
    sent = json.loads(services.list_requests("POST", "/api/v1/auth/password")[-1].content)
    assert sent == fields
    assert "گذرواژه شما ثبت شد" in person.read("/staff/password")


def test_a_clerk_who_has_to_choose_a_password_inquires_without_an_account(
    person: Person, answered: Services
) -> None:
    sign_in(person, answered, "institution", "choose-password")
    person.send("/institution/inquiry", national_code="0084575948", code="1234567812345678")
    [inquiry] = answered.list_requests("POST", "/api/v1/inquiry/inquiries")
    assert "Authorization" not in inquiry.headers


def test_an_admin_without_a_second_factor_is_led_to_it(person: Person, services: Services) -> None:
    first = grant("me", role="admin", scope="enrol")
    services.handlers["POST", SESSIONS] = lambda _: httpx.Response(200, json=first)
    services.set_reply("POST", f"{SESSIONS}/refresh", 200, first)
    response = person.send(DOORS["admin"], username="me", password="a password")
    assert response.headers["Location"] == "/account/two-step/app"
    for path in ("/admin", "/admin/officers", "/admin/log"):
        assert person.get(path).headers["Location"] == "/account/two-step/app"
    assert "تنها با ورود دومرحله‌ای" in person.read("/account/two-step/app")
    services.set_reply("POST", f"{SESSIONS}/refresh", 200, grant("me", role="admin", scope="admin"))
    services.set_reply("GET", "/api/v1/auth/admin/officers", 200, {"items": []})
    assert person.get("/admin/officers").status_code == 200


def test_strangers_and_citizens_have_no_first_steps(person: Person) -> None:
    for path in ("/staff/password", "/staff/secret"):
        assert person.get(path).headers["Location"] == "/"
    person.sign_in()
    assert person.get("/staff/password").headers["Location"] == "/"
