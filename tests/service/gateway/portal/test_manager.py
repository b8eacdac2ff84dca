"""The pages of an institution's manager, over fakes of the services."""

import json
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import SESSIONS, Person, Services, grant, read_hidden_fields
from tests.service.gateway.portal.test_administration import BANK, CLERK, CLERK_ID, CLIENT, SECRET

API, PAGES = "/api/v1/auth/institution", "/institution/management"


def sign_in(person: Person, services: Services, **claims: Any) -> None:
    tokens = grant("me", role="institution", scope="inquiry:inquire", institution_id=BANK["id"], **claims)
    services.handlers["POST", SESSIONS] = lambda _: httpx.Response(200, json=tokens)
    person.send("/institution/sign-in", username="manager", password="a password")


@pytest.fixture
def manager(person: Person, services: Services) -> Person:
    services.set_reply("GET", API, 200, BANK)
    own = CLERK | {"id": "me", "username": "manager", "is_manager": True}
    services.set_reply("GET", f"{API}/clerks", 200, {"items": [CLERK, own]})
    services.set_reply("GET", f"{API}/clients", 200, {"items": [CLIENT]})
    sign_in(person, services, manager=True)
    return person


def press(person: Person, action: str) -> Any:
    page = person.read(PAGES)
    assert f'action="{action}"' in page
    return person.http.post(action, data=read_hidden_fields(page))


def test_only_a_manager_sees_them(person: Person, services: Services) -> None:
    assert person.get(PAGES).headers["Location"] == "/institution/sign-in"
    sign_in(person, services)
    assert person.get(PAGES).headers["Location"] == "/institution/inquiry"
    assert PAGES not in person.read("/institution/inquiry")


def test_the_page_shows_the_institution_and_no_button_for_oneself(manager: Person) -> None:
    page = manager.read(PAGES)
    assert all(text in page for text in ("بانک نمونه", "bank.ahmadi", "bank-core"))
    assert f'href="{PAGES}"' in manager.read("/institution/inquiry")
    assert f"{PAGES}/clerks/me/" not in page


def test_a_clerk_is_invited(manager: Person, services: Services) -> None:
    added = CLERK | {"password": SECRET, "password_expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/clerks", 201, added)
    assert manager.send(f"{PAGES}/clerks/new", username="bank.ahmadi").headers["Location"] == "/staff/secret"
    assert SECRET in manager.read("/staff/secret")
    services.refuse("POST", f"{API}/clerks", 409, "too-many-added")
    assert "چون too-many-added" in manager.send(f"{PAGES}/clerks/new", username="bank.two").text


def test_a_clerk_is_disabled_and_reset(manager: Person, services: Services) -> None:
    services.set_reply("PUT", f"{API}/clerks/{CLERK_ID}", 200, CLERK)
    assert press(manager, f"{PAGES}/clerks/{CLERK_ID}/disabling").headers["Location"] == PAGES
    sent = json.loads(services.list_requests("PUT", f"{API}/clerks/{CLERK_ID}")[0].content)
    assert sent == {"disabled": True}
    services.set_reply("DELETE", f"{API}/clerks/{CLERK_ID}/second-factor", 204)
    assert press(manager, f"{PAGES}/clerks/{CLERK_ID}/authenticator").status_code == 303
    reset = {"password": SECRET, "expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/clerks/{CLERK_ID}/password", 200, reset)
    press(manager, f"{PAGES}/clerks/{CLERK_ID}/password")
    page = manager.read("/staff/secret")
    assert SECRET in page
    assert "bank.ahmadi" in page


def test_a_program_is_added_disabled_and_gets_a_new_secret(manager: Person, services: Services) -> None:
    services.set_reply("POST", f"{API}/clients", 201, CLIENT | {"secret": "s" * 43})
    manager.send(f"{PAGES}/clients/new", client_id="bank-core", scopes=["inquiry:inquire"])
    assert "s" * 43 in manager.read("/staff/secret")
    services.set_reply("PUT", f"{API}/clients/bank-core", 200, CLIENT)
    assert press(manager, f"{PAGES}/clients/bank-core/disabling").status_code == 303
    services.set_reply("POST", f"{API}/clients/bank-core/secret", 200, CLIENT | {"secret": "t" * 43})
    press(manager, f"{PAGES}/clients/bank-core/secret")
    assert "t" * 43 in manager.read("/staff/secret")


def test_the_own_log_is_shown(manager: Person, services: Services) -> None:
    act = {"id": CLERK_ID, "at": BANK["added_at"], "actor": "manager", "actor_role": "manager"}
    act |= {"action": "clerk-added", "target": "bank.ahmadi", "institution_id": BANK["id"], "details": {}}
    services.set_reply("GET", f"{API}/log", 200, {"items": [act], "next_cursor": None})
    assert "متصدی افزوده شد" in manager.read(f"{PAGES}/log")
