"""«حساب من»: each change with its password, what is shown once, and what leaves the browser."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services, grant

ME = "/api/v1/auth/me"
FACTORS = f"{ME}/second-factors"
ID = "0d1f5e3a-6f3e-4b5e-9c33-0d1f5e3a7c01"
ACCOUNT = {
    "role": "citizen",
    "national_code": "0084575948",
    "mobile": "0912***4567",
    "language": "fa",
    "activated_at": "2026-10-01T08:00:00+00:00",
    "has_second_factor": False,
    "second_factors": [],
    "recovery_codes_left": 0,
}
DEVICE = {
    "id": ID,
    "browser": "firefox",
    "system": "android",
    "first_used_at": "2026-10-01T08:00:00+00:00",
    "last_used_at": "2026-11-29T06:00:30+00:00",
    "signed_in": True,
    "current": False,
}
PASSWORD = "correct horse battery"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.set_reply("GET", ME, 200, ACCOUNT)
    person.sign_in()
    return person


def read_body(services: Services, method: str, path: str) -> Any:
    return json.loads(services.list_requests(method, path)[-1].content)


def test_strangers_are_led_to_the_sign_in(person: Person) -> None:
    for path in ("", "/password", "/mobile", "/two-step", "/devices", "/messages", "/data", "/closing"):
        assert person.get(f"/account{path}").location == "/sign-in"


def test_the_page_leads_everywhere(citizen: Person) -> None:
    page = citizen.read("/account")
    for path in ("mobile", "password", "two-step", "devices", "messages", "data", "closing"):
        assert f'href="/account/{path}"' in page
    assert "۰۹۱۲***۴۵۶۷" in page


def test_a_clerk_has_no_mobile_and_cannot_close_the_account(person: Person, services: Services) -> None:
    account = {**ACCOUNT, "role": "institution", "username": "clerk", "institution": "بانک نمونه"}
    for name in ("mobile", "national_code", "language"):
        del account[name]
    services.set_reply("GET", ME, 200, account)
    person.send("/institution/sign-in", username="clerk", password=PASSWORD)
    page = person.read("/account")
    assert 'href="/account/two-step"' in page
    assert 'href="/account/closing"' not in page
    assert 'href="/account/mobile"' not in page
    assert person.get("/account/closing").status_code == 302


def test_a_new_password_is_sent_with_the_old_one(citizen: Person, services: Services) -> None:
    path = "/api/v1/auth/password"
    services.refuse("POST", path, 401, "credentials-not-accepted")
    page = citizen.send("/account/password", old_password="wrong one", new_password="another one").text
    assert '<a href="#old_password">گذرواژه درست نیست.' in page
    assert "another one" not in page
    # A wrong password ends no session.
    services.refuse(
        "POST", path, 422, "password-too-weak", errors=[{"field": "new_password", "message": "کوتاه"}]
    )
    page = citizen.send("/account/password", old_password=PASSWORD, new_password="short").text
    assert '<a href="#new_password">کوتاه</a>' in page
    services.set_reply("POST", path, 204)
    answer = citizen.send("/account/password", old_password=PASSWORD, new_password="another one")
    assert answer.location == "/account"
    assert "دستگاه‌های دیگر از حساب خارج شدند" in citizen.read("/account")


def test_a_new_mobile_is_confirmed_with_its_code(citizen: Person, services: Services) -> None:
    services.set_reply("POST", "/api/v1/auth/mobile", 202, {"expires_at": "2026-11-22T09:15:00+00:00"})
    answer = citizen.send("/account/mobile", mobile="09120003344", password=PASSWORD)
    assert answer.location == "/account/mobile/confirmation"
    confirmation = "/api/v1/auth/mobile/confirmation"
    services.refuse("POST", confirmation, 422, "mobile-code-wrong")
    assert '<a href="#code">' in citizen.send("/account/mobile/confirmation", code="123456").text
    services.set_reply("POST", confirmation, 204)
    assert citizen.send("/account/mobile/confirmation", code="۱۲۳ ۴۵۶").location == "/account"
    assert read_body(services, "POST", confirmation) == {"code": "123456"}


def test_an_authenticator_is_added_with_its_first_code(citizen: Person, services: Services) -> None:
    pending = {
        "id": ID,
        "kind": "totp",
        "expires_at": "2026-11-22T09:15:00+00:00",
        "secret": "JBSWY3DPEHPK3PXP",
        "otpauth_url": "otpauth://totp/Govah:x?secret=JBSWY3DPEHPK3PXP",
    }
    assert citizen.get("/account/two-step/app/confirmation").location == "/account/two-step/app"
    services.set_reply("POST", FACTORS, 201, pending)
    answer = citizen.send("/account/two-step/app", password=PASSWORD)
    assert answer.location == "/account/two-step/app/confirmation"
    page = citizen.read(answer.location)
    assert "data:image/svg+xml" in page
    assert "JBSW Y3DP EHPK 3PXP" in page
    confirmation = f"{FACTORS}/{ID}/confirmation"
    services.refuse("POST", confirmation, 422, "second-factor-code-wrong")
    assert '<a href="#code">' in citizen.send(answer.location, code="123456").text
    services.set_reply("POST", confirmation, 200, {"recovery_codes": ["4821 0937 5510", "7402 1186 3395"]})
    answer = citizen.send(answer.location, code="123456")
    assert answer.location == "/account/two-step/codes"
    assert "۴۸۲۱ ۰۹۳۷ ۵۵۱۰" in citizen.read(answer.location)
    citizen.http.post("/account/two-step/codes/noted", data=read_csrf_word(citizen, answer.location))
    assert citizen.get("/account/two-step/codes").location == "/account/two-step"


def read_csrf_word(person: Person, path: str) -> dict[str, str]:
    """Return the CSRF word of a page."""
    page = person.read(path)
    return {"csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0]}


def test_a_passkey_is_added_with_the_answer_of_the_browser(citizen: Person, services: Services) -> None:
    options = {"challenge": "3q2-7w", "rp": {"id": "localhost", "name": '"Govah" <b>'}}
    pending = {"id": ID, "kind": "passkey", "expires_at": "2026-11-22T09:15:00+00:00", "options": options}
    services.set_reply("POST", FACTORS, 201, pending)
    answer = citizen.send("/account/two-step/passkey", name="گوشی من", password=PASSWORD)
    page = citizen.read(answer.location)
    assert "<b>" not in page.partition("data-options")[2].partition(">")[0]
    assert "data-no-passkeys" in page
    services.set_reply("POST", f"{FACTORS}/{ID}/confirmation", 200, {"recovery_codes": []})
    answer = citizen.send(answer.location, credential=json.dumps({"id": "abc"}))
    assert answer.location == "/account/two-step"
    assert read_body(services, "POST", f"{FACTORS}/{ID}/confirmation") == {
        "credential": {"id": "abc"},
        "name": "گوشی من",
    }


def test_a_second_factor_is_removed_with_the_password(citizen: Person, services: Services) -> None:
    factor = {"id": ID, "kind": "totp", "added_at": "2026-10-01T08:00:00+00:00"}
    changed = {"second_factors": [factor], "has_second_factor": True, "recovery_codes_left": 9}
    services.set_reply("GET", ME, 200, ACCOUNT | changed)
    assert "۹ کد پشتیبان مانده است" in citizen.read("/account/two-step")
    services.set_reply("DELETE", f"{FACTORS}/{ID}", 204)
    path = f"/account/two-step/{ID}/removal"
    assert "کدهای پشتیبان باطل می‌شود" in citizen.read(path)
    assert citizen.send(path, password=PASSWORD).location == "/account/two-step"
    assert read_body(services, "DELETE", f"{FACTORS}/{ID}") == {"password": PASSWORD}


def test_a_device_is_signed_out(citizen: Person, services: Services) -> None:
    items = [
        DEVICE,
        {**DEVICE, "id": ID.replace("0d", "1d"), "browser": "x", "system": "y", "signed_in": False},
    ]
    services.set_reply("GET", f"{ME}/devices", 200, {"items": items, "next_cursor": None})
    page = citizen.read("/account/devices")
    assert "Firefox در اندروید" in page
    assert "مرورگر یا برنامه ناشناخته" in page
    services.set_reply("DELETE", f"{ME}/devices/{ID}", 204)
    answer = citizen.http.post(
        f"/account/devices/{ID}/sign-out", data=read_csrf_word(citizen, "/account/devices")
    )
    assert answer.location == "/account/devices"
    assert citizen.get("/account").status_code == 200


def test_signing_this_device_out_ends_the_session_here(citizen: Person, services: Services) -> None:
    items = [{**DEVICE, "current": True}]
    services.set_reply("GET", f"{ME}/devices", 200, {"items": items, "next_cursor": None})
    services.set_reply("DELETE", f"{ME}/devices/{ID}", 204)
    answer = citizen.http.post(
        f"/account/devices/{ID}/sign-out", data=read_csrf_word(citizen, "/account/devices")
    )
    assert answer.location == "/"
    assert citizen.get("/account").location == "/sign-in"


def test_messages_are_chosen(citizen: Person, services: Services) -> None:
    preferences = [
        {"kind": "letter-ready", "delivery": "message", "fixed": False},
        {"kind": "letter-viewed", "delivery": "message", "fixed": False},
        {"kind": "new-sign-in", "delivery": "message", "fixed": True},
    ]
    services.set_reply("GET", f"{ME}/preferences", 200, {"preferences": preferences})
    services.set_reply("PUT", f"{ME}/preferences", 200, {"preferences": preferences})
    services.set_reply("PATCH", ME, 200, ACCOUNT)
    page = citizen.read("/account/messages")
    assert "نامه دیده شد" in page
    assert 'value="new-sign-in"' not in page
    assert citizen.send("/account/messages", kinds=["letter-ready"], language="en").status_code == 303
    assert read_body(services, "PUT", f"{ME}/preferences") == {
        "preferences": [
            {"kind": "letter-ready", "delivery": "message"},
            {"kind": "letter-viewed", "delivery": "portal"},
        ]
    }
    assert read_body(services, "PATCH", ME) == {"language": "en"}


def test_the_data_of_all_services_are_one_file(citizen: Person, services: Services) -> None:
    empty: dict[str, Any] = {"items": [], "next_cursor": None}
    services.set_reply("GET", f"{ME}/export", 200, {"account": ACCOUNT, "devices": [DEVICE]})
    services.set_reply("GET", "/api/v1/records/me", 200, {"totals": {"total_days": 7}})
    for path in (
        "records/me/contributions",
        "records/me/objections",
        "disclosure/requests",
        "disclosure/inbox",
        "inquiry/discrepancies",
        "auth/me/representatives",
        "auth/me/mandates",
    ):
        services.set_reply("GET", f"/api/v1/{path}", 200, empty)
    permits = {"items": [{"id": ID}], "next_cursor": None}
    services.set_reply("GET", "/api/v1/inquiry/permits", 200, permits)
    services.set_reply("GET", f"/api/v1/inquiry/permits/{ID}/views", 200, empty)
    answer = citizen.send("/account/data")
    assert answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert json.loads(archive.read("record.json")) == {"totals": {"total_days": 7}}
    assert json.loads(archive.read("permits.json")) == [{"id": ID, "views": []}]
    assert set(archive.namelist()) >= {"account.json", "letters.json", "activity.json", "objections.json"}
    assert set(archive.namelist()) >= {"discrepancies.json", "representatives.json", "mandates.json"}


def test_a_closed_account_is_signed_out(citizen: Person, services: Services) -> None:
    closed = {"status": "closed", "closes_at": "2026-12-22T09:15:00+00:00"}
    services.set_reply("DELETE", ME, 200, closed)
    assert "گذرواژه کنونی را بنویسید" in citizen.send("/account/closing").text
    page = citizen.send("/account/closing", password=PASSWORD).text
    assert "حساب بسته شد" in page
    assert citizen.get("/account").location == "/sign-in"


def test_a_passkey_signs_in_through_any_door(person: Person, services: Services) -> None:
    options = {"challenge": "3q2-7w", "rpId": "localhost"}
    challenge = {"request_id": ID, "expires_at": "2026-11-22T09:15:00+00:00", "options": options}
    services.set_reply("POST", "/api/v1/auth/sessions/passkey-options", 201, challenge)
    services.refuse("POST", "/api/v1/auth/sessions/passkey", 401, "credentials-not-accepted")
    credential = json.dumps({"id": "abc"})
    assert "کلید عبور شناخته نشد" in person.send("/sign-in/passkey", credential=credential).text
    session = grant("officer", role="officer", scope="lists") | {"device_token": "a-token"}
    services.set_reply("POST", "/api/v1/auth/sessions/passkey", 200, session)
    assert person.send("/sign-in/passkey", credential=credential).location == "/officer"
    body = read_body(services, "POST", "/api/v1/auth/sessions/passkey")
    assert body["request_id"] == ID
    assert body["credential"] == {"id": "abc"}
    person.send("/sign-in/passkey", credential=credential)
    assert read_body(services, "POST", "/api/v1/auth/sessions/passkey")["device_token"] == "a-token"


def test_sign_in_page_gets_a_challenge_for_its_field(person: Person, services: Services) -> None:
    options = {"challenge": "3q2-7w", "rpId": "localhost"}
    challenge = {"request_id": ID, "expires_at": "2026-11-22T09:15:00+00:00", "options": options}
    services.set_reply("POST", "/api/v1/auth/sessions/passkey-options", 201, challenge)
    page = person.read("/sign-in")
    assert 'data-autofill="/sign-in/passkey/options"' in page
    assert 'autocomplete="username webauthn"' in page
    # A page alone costs no challenge, and another site gets none.
    assert services.list_requests("POST", "/api/v1/auth/sessions/passkey-options") == []
    assert person.http.post("/sign-in/passkey/options").status_code != 200
    answer = person.http.post("/sign-in/passkey/options", data=read_csrf_word(person, "/sign-in"))
    assert answer.get_json() == {"request_id": ID, "options": options}


def test_the_second_step_of_a_citizens_sign_in_is_sent(person: Person, services: Services) -> None:
    services.refuse("POST", "/api/v1/auth/sessions", 401, "credentials-not-accepted")
    fields = {"national_code": "0084575948", "password": PASSWORD}
    assert "<details open>" in person.send("/sign-in", **fields).text
    services.handlers["POST", "/api/v1/auth/sessions"] = services.create_session
    assert person.send("/sign-in", totp="۱۲۳۴۵۶", **fields).location == "/home"
    assert read_body(services, "POST", "/api/v1/auth/sessions")["totp"] == "۱۲۳۴۵۶"


def test_auth_sees_the_readers_browser(person: Person, services: Services) -> None:
    person.http.environ_base["HTTP_USER_AGENT"] = "Firefox/130.0 (Android)"
    person.sign_in()
    [request] = services.list_requests("POST", "/api/v1/auth/sessions")
    assert request.headers["User-Agent"] == "Firefox/130.0 (Android)"
