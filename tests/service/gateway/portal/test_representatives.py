"""Representatives: pages of the person, pages of the helper, and the switch between the two names."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import Person, Services, build_token, read_hidden_fields
from tests.service.gateway.portal.letters import (
    AGREEMENT,
    INBOX,
    LETTER,
    PERMIT,
    PERMITS,
    REQUEST,
    REQUESTS,
    build_letter,
    build_permit,
    build_request,
)
from tests.service.gateway.portal.record import ROWS, set_record
from tests.service.gateway.portal.test_disclosure import RECORD, build_agreement

AUTH = "/api/v1/auth"
MANDATE_ID = "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21"
HELPER = "0199c2d5-1111-7f3e-8a53-6f2f0c9d4e21"
MANDATE = {
    "id": MANDATE_ID,
    "status": "active",
    "name": "مادر",
    "scopes": ["record", "letters"],
    "invited_at": "2026-11-22T09:15:00+00:00",
    "accepted_at": "2026-11-22T10:00:00+00:00",
    "expires_at": "2026-12-22T09:15:00+00:00",
    "person_id": "the-person",
}
REPRESENTATIVE = {
    **{name: value for name, value in MANDATE.items() if name != "person_id"},
    "label": "پسرم علی",
    "national_code_ends": "017",
    "ended_at": None,
    "actor": HELPER,
}


def build_page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}


def build_acting_token(scope: str = "self:record self:letters") -> str:
    claims: dict[str, Any] = {"act": {"sub": "first"}, "scope": scope}
    return build_token("the-person", **claims)


def set_mandate(services: Services, scope: str = "self:record self:letters", expires_in: int = 600) -> None:
    """Let the reader have one mandate, of these scopes."""
    reply = {"access_token": build_acting_token(scope), "expires_in": expires_in, "scope": scope}
    services.set_reply("GET", f"{AUTH}/me/mandates", 200, build_page(MANDATE))
    services.set_reply("POST", f"{AUTH}/sessions/acting", 200, reply)


def press_button(person: Person, path: str, page: str = "/mandates") -> Any:
    """Return the response to a button of a page."""
    return person.http.post(path, data=read_buttons(person.read(page)))


def read_buttons(page: str) -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return {"csrf_token": token[1]}


def begin(person: Person, services: Services, scope: str = "self:record self:letters", **more: int) -> None:
    """Sign in and act for somebody."""
    set_mandate(services, scope, **more)
    person.sign_in()
    response = press_button(person, f"/mandates/{MANDATE_ID}/acting")
    assert (response.status_code, response.location) == (303, "/acting")


def read_token(request: httpx.Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def test_person_names_a_representative(person: Person, services: Services) -> None:
    services.set_reply("POST", f"{AUTH}/me/representatives", 201, REPRESENTATIVE)
    services.set_reply("GET", f"{AUTH}/me/representatives", 200, build_page(REPRESENTATIVE))
    person.sign_in()
    typed = {"national_code": "۰۴۴۰۰۰۰۰۱۷", "label": "پسرم علی", "name": "مادر", "valid_days": "30"}
    fields: dict[str, Any] = {**typed, "scopes": ["permits"], "password": "correct horse battery"}
    assert person.send("/representatives/new", **fields).location == "/representatives"
    [request] = services.list_requests("POST", f"{AUTH}/me/representatives")
    sent = json.loads(request.content)
    # A permit is for a letter.
    assert sent["scopes"] == ["letters", "permits"]
    assert (sent["national_code"], sent["valid_days"]) == ("0440000017", 30)
    page = person.read("/representatives")
    assert "دعوت فرستاده شد" in page
    assert "پسرم علی" in page


@pytest.mark.parametrize(
    ("changed", "target"),
    [({"scopes": []}, "#scopes"), ({"valid_days": "9"}, "#valid_days"), ({"label": ""}, "#label")],
)
def test_incomplete_offer_is_not_sent(
    person: Person, services: Services, changed: dict[str, Any], target: str
) -> None:
    person.sign_in()
    typed = {"national_code": "0440000017", "label": "ع", "name": "م", "scopes": ["record"]}
    response = person.send(
        "/representatives/new", **{**typed, "valid_days": "30", "password": "x", **changed}
    )
    assert f'href="{target}"' in response.text
    assert services.list_requests("POST", f"{AUTH}/me/representatives") == []


def test_wrong_password_keeps_the_session(person: Person, services: Services) -> None:
    services.refuse("POST", f"{AUTH}/me/representatives", 401, "credentials-not-accepted")
    person.sign_in()
    typed: dict[str, Any] = {"national_code": "0440000017", "label": "ع", "name": "م", "valid_days": "30"}
    response = person.send("/representatives/new", **typed, scopes=["record"], password="wrong")
    assert 'href="#password"' in response.text


def test_invitation_stands_on_the_first_page_until_it_is_answered(person: Person, services: Services) -> None:
    invitation = {**MANDATE, "status": "invited", "name": "خاله <زری>", "person_id": None}
    services.set_reply("GET", f"{AUTH}/me/mandates", 200, build_page(invitation))
    person.sign_in()
    page = person.read("/home")
    assert "خاله &lt;زری&gt; از شما می‌خواهد نماینده او" in page
    assert f'href="/mandates#mandate-{MANDATE_ID}"' in page
    assert f'id="mandate-{MANDATE_ID}"' in person.read("/mandates")
    assert "دعوت به نمایندگی" not in person.read("/home?cursor=older")
    set_mandate(services)
    assert "دعوت به نمایندگی" not in person.read("/home")
    del services.handlers["GET", f"{AUTH}/me/mandates"]
    assert person.get("/home").status_code == 200


def test_both_sides_end_a_mandate(person: Person, services: Services) -> None:
    services.set_reply("GET", f"{AUTH}/me/representatives", 200, build_page(REPRESENTATIVE))
    services.set_reply("DELETE", f"{AUTH}/me/representatives/{MANDATE_ID}", 204)
    services.set_reply("DELETE", f"{AUTH}/me/mandates/{MANDATE_ID}", 204)
    set_mandate(services)
    person.sign_in()
    # One tap on the list ends it, with no page between.
    path = f"/representatives/{MANDATE_ID}/end"
    assert f'action="{path}"' in person.read("/representatives")
    assert press_button(person, path, "/representatives").location == "/representatives"
    assert press_button(person, f"/mandates/{MANDATE_ID}/end").location == "/mandates"


def test_pages_use_the_token_of_the_representative_and_say_so(person: Person, services: Services) -> None:
    begin(person, services)
    services.set_reply("GET", "/api/v1/disclosure/inbox", 200, build_page())
    services.set_reply("GET", "/api/v1/disclosure/requests", 200, build_page())
    for path in ("/acting", "/inbox"):
        assert "به نمایندگی از مادر" in person.read(path)
    [request] = services.list_requests("GET", "/api/v1/disclosure/inbox")
    assert read_token(request) == build_acting_token()


CLOSED = (
    *("/home", "/record/objections", "/reports", "/representatives", "/mandates", "/permits"),
    *("/account", "/account/password", "/account/mobile", "/account/mobile/confirmation", "/account/devices"),
    *("/account/messages", "/account/data", "/account/closing", "/account/two-step", "/account/two-step/app"),
    *("/account/two-step/passkey", "/account/two-step/codes", "/account/two-step/codes/new"),
)


@pytest.mark.parametrize("path", CLOSED)
def test_pages_of_what_was_not_given_are_closed(person: Person, services: Services, path: str) -> None:
    begin(person, services)
    calls = len(services.requests)
    response = person.get(path)
    assert response.status_code == 403
    assert "این کار به شما داده نشده است" in response.text
    assert len(services.requests) == calls


def test_menu_has_what_was_given(person: Person, services: Services) -> None:
    begin(person, services, "self:permits")
    page = person.read("/acting")
    assert 'href="/permits"' in page
    assert 'href="/account"' not in page
    assert 'href="/inbox"' not in page
    assert 'href="/record/months"' not in page


@pytest.mark.parametrize(
    ("scope", "areas"),
    [
        ("self:record", {"/record"}),
        ("self:letters", {"/inbox", "/disclosure"}),
        ("self:permits", {"/permits"}),
        ("self:record self:letters self:permits", {"/record", "/inbox", "/disclosure", "/permits"}),
    ],
)
def test_no_page_links_to_what_was_not_given(
    person: Person, services: Services, scope: str, areas: set[str]
) -> None:
    set_record(services, ROWS)
    services.set_reply("GET", INBOX, 200, build_page(build_letter(), build_letter(state="superseded")))
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter())
    request = build_request("rendering", letter_id=LETTER)
    services.set_reply("GET", REQUESTS, 200, build_page(request))
    # It is ready once its page is open.
    services.set_reply("GET", f"{REQUESTS}/{REQUEST}", 200, {**request, "status": "ready"})
    services.set_reply("GET", PERMITS, 200, build_page(build_permit()))
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit())
    services.set_reply("GET", f"{PERMITS}/{PERMIT}/views", 200, build_page())
    begin(person, services, scope)
    seen, waiting = set(), {"/acting", "/"}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        response = person.get(path)
        assert response.status_code != 403, path
        links = re.findall('href="(/[^"?#]*)', response.text) if response.mimetype == "text/html" else []
        waiting |= {link for link in links if not link.startswith("/static")} - seen
    assert {f"/{path.split('/')[1]}" for path in seen} >= areas


def test_one_click_ends_acting(person: Person, services: Services) -> None:
    begin(person, services)
    assert press_button(person, "/acting/end", "/acting").location == "/mandates"
    [request] = services.list_requests("DELETE", f"{AUTH}/sessions/current")
    assert read_token(request) == build_acting_token()
    assert "به نمایندگی از مادر</a>" not in person.read("/mandates")
    assert person.get("/home").status_code == 200


def test_form_of_the_other_name_is_refused(person: Person, services: Services) -> None:
    """A form that was open before the switch does nothing in the wrong name."""
    set_mandate(services)
    services.set_reply("GET", f"{AUTH}/me/representatives", 200, build_page(REPRESENTATIVE))
    person.sign_in()
    own = read_hidden_fields(person.read("/representatives/new"))
    press_button(person, f"/mandates/{MANDATE_ID}/acting")
    response = person.http.post(
        "/representatives/new",
        data={**own, "label": "typed before"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code in {303, 403}
    assert services.list_requests("POST", f"{AUTH}/me/representatives") == []
    acting = read_buttons(person.read("/acting"))
    press_button(person, "/acting/end", "/acting")
    response = person.http.post(f"/mandates/{MANDATE_ID}/end", data=acting)
    assert response.status_code in {303, 400}
    assert services.list_requests("DELETE", f"{AUTH}/me/mandates/{MANDATE_ID}") == []


def test_drafts_of_the_two_names_do_not_mix(person: Person, services: Services) -> None:
    set_mandate(services)
    person.sign_in()
    note: dict[str, Any] = {"types": ["all"], "note": "own words"}
    services.set_reply("GET", AGREEMENT, 200, build_agreement(1))
    services.set_reply("GET", "/api/v1/records/me", 200, RECORD)
    assert person.send("/disclosure", **note).location == "/disclosure/agreement"
    assert "own words" in person.read("/disclosure/agreement")
    press_button(person, f"/mandates/{MANDATE_ID}/acting")
    assert person.get("/disclosure/agreement").location == "/disclosure"
    press_button(person, "/acting/end", "/acting")
    assert "own words" in person.read("/disclosure/agreement")


def test_token_is_renewed_and_its_end_leads_back(person: Person, services: Services) -> None:
    begin(person, services, expires_in=30)
    services.set_reply("GET", "/api/v1/disclosure/inbox", 200, build_page())
    services.set_reply("GET", "/api/v1/disclosure/requests", 200, build_page())
    assert person.get("/inbox").status_code == 200
    assert len(services.list_requests("POST", f"{AUTH}/sessions/acting")) == 2
    services.refuse("POST", f"{AUTH}/sessions/acting", 404, "not-found")
    assert person.get("/inbox").location == "/mandates"
    assert "این نمایندگی پایان یافته است" in person.read("/mandates")
    assert person.get("/home").status_code == 200


def test_revoked_token_leads_back(person: Person, services: Services) -> None:
    begin(person, services)
    services.refuse("GET", "/api/v1/disclosure/inbox", 401, "token-invalid")
    assert person.get("/inbox").location == "/mandates"
    assert person.get("/home").status_code == 200


def test_activity_names_the_representative(person: Person, services: Services) -> None:
    item = {
        "id": "1",
        "at": "2026-11-22T09:15:00+00:00",
        "kind": "request.queued",
        "title": "درخواست (به نمایندگی)",
    }
    items = [{**item, "state": None, "references": {"actor": HELPER}}]
    services.set_reply("GET", "/api/v1/disclosure/activity", 200, build_page(*items))
    services.set_reply("GET", f"{AUTH}/me/representatives", 200, build_page(REPRESENTATIVE))
    person.sign_in()
    assert "پسرم علی" in person.read("/home")
    del services.handlers["GET", f"{AUTH}/me/representatives"]
    assert person.get("/home").status_code == 200
