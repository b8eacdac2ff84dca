"""The administrators' pages, over fakes of the services."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.kit.version import read_version
from tests.service.gateway.portal.desk import Person, Services, grant, read_hidden_fields

API, DISCLOSURE = "/api/v1/auth/admin", "/api/v1/disclosure"
OFFICER_ID, BANK_ID = "0199b111-2233-4444-8555-66778899aabb", "0199b222-2233-4444-8555-66778899aabb"
CLERK_ID = "0199b333-2233-4444-8555-66778899aabb"
SECRET = "kq7m-w2xt-h9pd-3vfr"
ACCOUNT: dict[str, Any] = {
    "id": OFFICER_ID,
    "username": "karimi",
    "added_at": "2026-11-22T09:15:00+00:00",
    "disabled_at": None,
    "password_expires_at": None,
    "has_second_factor": True,
}
OFFICER = ACCOUNT | {"role": "officer", "scopes": ["lists"]}
CLERK = ACCOUNT | {"id": CLERK_ID, "username": "bank.ahmadi", "is_manager": False}
CLIENT: dict[str, Any] = {
    "client_id": "bank-core",
    "scopes": ["inquiry:inquire"],
    "added_at": ACCOUNT["added_at"],
}
CLIENT |= {"disabled_at": None}
BANK: dict[str, Any] = {
    "id": BANK_ID,
    "name": "بانک نمونه",
    "contact": "تلفن ۰۲۱۱۲۳",
    "contact_mobile": "09120003344",
    "purposes": [{"code": "loan", "fa": "پرداخت وام", "en": "Loan"}],
    "return_urls": ["https://bank.example/back"],
    "daily_quota": 5000,
    "added_at": ACCOUNT["added_at"],
    "verified_since": ACCOUNT["added_at"],
    "disabled_at": None,
}
COUNTERS = {
    "at": "2026-11-22T09:15:00+00:00",
    "letters_today": 412,
    "letters_last_hour": 38,
    "queued": 3,
    "rendering": 2,
    "oldest_queued_seconds": 4,
    "failed": [{"code": "rendering-failed", "count": 1}],
}


@pytest.fixture
def admin(person: Person, services: Services) -> Person:
    services.accounts["admin"], services.scopes = "admin", "admin"
    services.set_reply("GET", f"{API}/officers", 200, {"items": [OFFICER]})
    services.set_reply("GET", f"{API}/officers/{OFFICER_ID}", 200, OFFICER)
    services.set_reply("GET", f"{API}/institutions", 200, {"items": [BANK], "next_cursor": None})
    services.set_reply("GET", f"{API}/institutions/{BANK_ID}", 200, BANK)
    services.set_reply("GET", f"{API}/institutions/{BANK_ID}/clerks", 200, {"items": [CLERK]})
    services.set_reply("GET", f"{API}/institutions/{BANK_ID}/clients", 200, {"items": [CLIENT]})
    services.set_reply("GET", f"{DISCLOSURE}/counters", 200, COUNTERS)
    response = person.send("/admin/sign-in", username="admin", password="a password")
    assert response.headers["Location"] == "/admin"
    return person


def press(person: Person, page: str, action: str, **fields: str) -> Any:
    """Return the response to a button of a page, by the address that it is sent to."""
    assert f'action="{action}"' in page
    return person.http.post(action, data={**read_hidden_fields(page), **fields})


def get_sent(services: Services, method: str, path: str) -> Any:
    return json.loads(services.list_requests(method, path)[-1].content)


def test_only_an_admin_comes_in(person: Person, services: Services) -> None:
    for path in ("/admin", "/admin/officers", "/admin/institutions", "/admin/log", "/admin/keys"):
        assert person.get(path).headers["Location"] == "/admin/sign-in"
    wrong = person.send("/admin/sign-in", username="officer", password="a password")
    assert 'href="/officer/sign-in"' in wrong.text
    services.accounts["admin"], services.scopes = "admin", "admin"
    elsewhere = person.send("/officer/sign-in", username="admin", password="a password")
    assert 'href="/admin/sign-in"' in elsewhere.text


def test_every_page_has_its_facts(admin: Person, services: Services) -> None:
    page = admin.read("/admin")
    assert "۱ نامه ناموفق" in page
    assert f'نسخه <bdi dir="ltr">{read_version()}</bdi>' in page
    assert "karimi" in admin.read("/admin/officers")
    assert "بانک نمونه" in admin.read("/admin/institutions")
    page = admin.read(f"/admin/institutions/{BANK_ID}")
    assert [text for text in ("bank.ahmadi", "bank-core", "پرداخت وام", "۵٬۰۰۰") if text not in page] == []
    counters = admin.read("/admin/counters")
    assert "۴۱۲" in counters
    assert "تهیه نامه ناموفق بود" in counters


def test_an_unknown_number_of_failed_letters_is_not_none(admin: Person, services: Services) -> None:
    del services.handlers["GET", f"{DISCLOSURE}/counters"]
    assert "تعداد آن‌ها اکنون معلوم نیست." in admin.read("/admin")


def test_a_new_officers_password_is_shown_once(admin: Person, services: Services) -> None:
    added = OFFICER | {"password": SECRET, "password_expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/officers", 201, added)
    response = admin.send("/admin/officers/new", username=" karimi ", role="officer", scopes=["lists"])
    assert (response.status_code, response.headers["Location"]) == (303, "/staff/secret")
    sent = get_sent(services, "POST", f"{API}/officers")
    assert sent == {"username": "karimi", "role": "officer", "scopes": ["lists"]}
    for _ in range(2):
        page = admin.read("/staff/secret")
        assert SECRET in page
    noted = press(admin, page, "/staff/secret")
    assert noted.headers["Location"] == f"/admin/officers/{OFFICER_ID}"
    again = admin.get("/staff/secret")
    assert (again.status_code, again.headers["Location"]) == (303, "/admin")
    assert "دیگر نمایش داده نمی‌شود" in admin.read("/admin")
    assert SECRET not in admin.read(f"/admin/officers/{OFFICER_ID}")


def test_a_double_click_makes_one_account(admin: Person, services: Services) -> None:
    added = OFFICER | {"password": SECRET, "password_expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/officers", 201, added)
    hidden = read_hidden_fields(admin.read("/admin/officers/new"))
    fields = {**hidden, "username": "karimi", "role": "officer", "scopes": ["lists"]}
    for _ in range(2):
        assert admin.http.post("/admin/officers/new", data=fields).status_code == 303
    assert len(services.list_requests("POST", f"{API}/officers")) == 1


def test_a_taken_name_is_shown_beside_its_field(admin: Person, services: Services) -> None:
    services.refuse("POST", f"{API}/officers", 409, "username-taken")
    page = admin.send("/admin/officers/new", username="karimi", role="admin").text
    assert 'href="#username"' in page
    assert get_sent(services, "POST", f"{API}/officers")["scopes"] == []


def test_permissions_and_buttons_of_an_officer(admin: Person, services: Services) -> None:
    path, page = f"/admin/officers/{OFFICER_ID}", admin.read(f"/admin/officers/{OFFICER_ID}")
    services.set_reply("PUT", f"{API}/officers/{OFFICER_ID}", 200, OFFICER)
    assert admin.send(path, scopes=["audit", "lists"]).status_code == 303
    changed = get_sent(services, "PUT", f"{API}/officers/{OFFICER_ID}")
    assert changed == {"disabled": False, "scopes": ["audit", "lists"]}
    assert "دست‌کم یک دسترسی" in admin.send(path).text
    assert press(admin, page, f"{path}/disabling").status_code == 303
    assert get_sent(services, "PUT", f"{API}/officers/{OFFICER_ID}") == {"disabled": True}
    for act, api in (("authenticator", "second-factor"), ("sessions", "sessions")):
        services.set_reply("DELETE", f"{API}/officers/{OFFICER_ID}/{api}", 204)
        assert press(admin, page, f"{path}/{act}").headers["Location"] == path
        assert len(services.list_requests("DELETE", f"{API}/officers/{OFFICER_ID}/{api}")) == 1
    reset = {"password": SECRET, "expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/officers/{OFFICER_ID}/password", 200, reset)
    assert press(admin, page, f"{path}/password").headers["Location"] == "/staff/secret"
    assert SECRET in admin.read("/staff/secret")


def test_the_own_account_has_no_buttons(admin: Person, services: Services) -> None:
    services.set_reply("GET", f"{API}/officers/{BANK_ID}", 200, OFFICER | {"id": BANK_ID, "role": "admin"})
    services.handlers["POST", "/api/v1/auth/sessions"] = lambda _: httpx.Response(
        200, json=grant(BANK_ID, role="admin", scope="admin")
    )
    admin.send("/admin/sign-in", username="admin", password="a password")
    page = admin.read(f"/admin/officers/{BANK_ID}")
    assert "این حساب خود شماست" in page
    assert f'action="/admin/officers/{BANK_ID}' not in page


def test_a_button_needs_the_word_of_its_session(admin: Person, services: Services) -> None:
    path = f"/admin/officers/{OFFICER_ID}/disabling"
    response = admin.http.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 400
    assert services.list_requests("PUT", f"{API}/officers/{OFFICER_ID}") == []


def test_an_institution_is_added_and_changed(admin: Person, services: Services) -> None:
    services.set_reply("POST", f"{API}/institutions", 201, BANK)
    lines = "loan | پرداخت وام | Loan\n\ncard|کارت|Card"
    fields = {"name": "بانک نمونه", "purposes": lines, "daily_quota": "۵۰۰۰", "verified": "y"}
    response = admin.send("/admin/institutions/new", **fields, return_urls="https://bank.example/back\n")
    assert response.headers["Location"] == f"/admin/institutions/{BANK_ID}"
    sent = get_sent(services, "POST", f"{API}/institutions")
    assert sent["purposes"] == [
        {"code": "loan", "fa": "پرداخت وام", "en": "Loan"},
        {"code": "card", "fa": "کارت", "en": "Card"},
    ]
    assert (sent["daily_quota"], sent["verified"]) == (5000, True)
    assert sent["return_urls"] == ["https://bank.example/back"]
    form = admin.read(f"/admin/institutions/{BANK_ID}/change")
    assert "loan | پرداخت وام | Loan" in form
    services.set_reply("PUT", f"{API}/institutions/{BANK_ID}", 200, BANK)
    admin.send(f"/admin/institutions/{BANK_ID}/change", name="بانک دیگر")
    changed = get_sent(services, "PUT", f"{API}/institutions/{BANK_ID}")
    assert (changed["name"], changed["disabled"], changed["verified"]) == ("بانک دیگر", False, False)


@pytest.mark.parametrize("purposes", ["loan", "loan | وام", "a | b | c | d"])
def test_an_invalid_line_of_the_purposes_is_named(admin: Person, services: Services, purposes: str) -> None:
    page = admin.send("/admin/institutions/new", name="بانک", purposes=purposes).text
    assert 'href="#purposes"' in page
    assert services.list_requests("POST", f"{API}/institutions") == []


def test_a_refused_line_is_shown_beside_its_field(admin: Person, services: Services) -> None:
    errors = [{"field": "return_urls.0", "message": "نشانی را کامل بنویسید."}]
    services.refuse("POST", f"{API}/institutions", 422, "validation", errors=errors)
    page = admin.send("/admin/institutions/new", name="بانک", return_urls="http://x").text
    assert 'href="#return_urls"' in page


def test_disabling_an_institution_keeps_its_details(admin: Person, services: Services) -> None:
    services.set_reply("PUT", f"{API}/institutions/{BANK_ID}", 200, BANK)
    page = admin.read(f"/admin/institutions/{BANK_ID}")
    assert press(admin, page, f"/admin/institutions/{BANK_ID}/disabling").status_code == 303
    sent = get_sent(services, "PUT", f"{API}/institutions/{BANK_ID}")
    details = ("name", "contact", "contact_mobile", "purposes", "return_urls", "daily_quota")
    assert {name: sent[name] for name in details} == {name: BANK[name] for name in details}
    assert (sent["verified"], sent["disabled"]) == (True, True)


def test_a_manager_is_added_and_made(admin: Person, services: Services) -> None:
    clerks = f"/admin/institutions/{BANK_ID}/clerks"
    added = CLERK | {"password": SECRET, "password_expires_at": "2026-11-29T09:15:00+00:00"}
    services.set_reply("POST", f"{API}/institutions/{BANK_ID}/clerks", 201, added)
    response = admin.send(f"{clerks}/new", username="bank.ahmadi", is_manager="y")
    assert response.headers["Location"] == "/staff/secret"
    sent = get_sent(services, "POST", f"{API}/institutions/{BANK_ID}/clerks")
    assert sent == {"username": "bank.ahmadi", "is_manager": True}
    services.set_reply("PUT", f"{API}/clerks/{CLERK_ID}", 200, CLERK)
    page = admin.read(f"/admin/institutions/{BANK_ID}")
    press(admin, page, f"{clerks}/{CLERK_ID}/promotion")
    assert get_sent(services, "PUT", f"{API}/clerks/{CLERK_ID}") == {"is_manager": True, "disabled": False}
    press(admin, page, f"{clerks}/{CLERK_ID}/disabling")
    assert get_sent(services, "PUT", f"{API}/clerks/{CLERK_ID}") == {"is_manager": False, "disabled": True}
    assert (
        admin.http.post(f"{clerks}/{OFFICER_ID}/disabling", data=read_hidden_fields(page)).status_code == 404
    )


def test_a_programs_secret_is_shown_once(admin: Person, services: Services) -> None:
    clients = f"/admin/institutions/{BANK_ID}/clients"
    services.set_reply("POST", f"{API}/institutions/{BANK_ID}/clients", 201, CLIENT | {"secret": "s" * 43})
    response = admin.send(f"{clients}/new", client_id="bank-core", scopes=["inquiry:inquire"])
    assert response.headers["Location"] == "/staff/secret"
    assert "s" * 43 in admin.read("/staff/secret")
    page = admin.read(f"{clients}/bank-core")
    services.set_reply("POST", f"{API}/clients/bank-core/secret", 200, CLIENT | {"secret": "t" * 43})
    press(admin, page, f"{clients}/bank-core/secret")
    assert "t" * 43 in admin.read("/staff/secret")
    services.set_reply("PUT", f"{API}/clients/bank-core", 200, CLIENT)
    admin.send(f"{clients}/bank-core", scopes=["inquiry:report"])
    sent = get_sent(services, "PUT", f"{API}/clients/bank-core")
    assert sent == {"scopes": ["inquiry:report"], "disabled": False}


def test_a_version_of_the_agreement_is_published(admin: Person, services: Services) -> None:
    old = {"version": 1, "text_fa": "متن", "text_en": "Text", "sha256": "0" * 64}
    later = old | {
        "version": 2,
        "published_at": "2026-11-01T00:00:00+00:00",
        "valid_from": "2099-01-01T00:00:00+00:00",
    }
    first = old | {"published_at": "2026-10-01T00:00:00+00:00", "valid_from": None}
    services.set_reply("GET", f"{DISCLOSURE}/agreements", 200, {"items": [later, first]})
    services.set_reply("GET", f"{DISCLOSURE}/agreement", 200, old)
    page = admin.read("/admin/agreement")
    assert page.index("هنوز معتبر نیست") < page.index("جاری", page.index("نسخه ۱"))
    services.set_reply("POST", f"{DISCLOSURE}/agreements", 201, first)
    fields: dict[str, Any] = {"text_fa": "متن تازه", "text_en": "New", "valid_from": ["1", "1", "1480"]}
    assert admin.send("/admin/agreement/new", **fields).headers["Location"] == "/admin/agreement"
    sent = get_sent(services, "POST", f"{DISCLOSURE}/agreements")
    assert (sent["text_en"], sent["valid_from"][10:]) == ("New", "T00:00:00+03:30")
    assert services.list_requests("POST", f"{DISCLOSURE}/agreements")[0].headers["Idempotency-Key"]


def test_a_failed_letter_is_retried(admin: Person, services: Services) -> None:
    item: dict[str, Any] = {
        "id": OFFICER_ID,
        "tracking_number": "306518274951",
        "types": ["all"],
        "failure": None,
    }
    item |= {"requested_at": ACCOUNT["added_at"], "status": "failed"}
    services.set_reply("GET", f"{DISCLOSURE}/requests", 200, {"items": [item], "next_cursor": None})
    services.set_reply("POST", f"{DISCLOSURE}/requests/{OFFICER_ID}/retry", 202, item)
    assert admin.send("/admin/letters", disclosure_id=OFFICER_ID).headers["Location"] == "/admin/letters"
    assert admin.send("/admin/letters", disclosure_id="../x").status_code == 404


def build_certificate(days: int) -> str:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Letters {days}")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .sign(key, None)
    )
    return built.public_bytes(Encoding.PEM).decode()


def test_ends_of_keys_and_certificates_are_shown(admin: Person, services: Services) -> None:
    keys = [{"kid": "1405-09", "state": "signing", "changed_at": ACCOUNT["added_at"]}]
    services.set_reply("GET", f"{API}/token-keys", 200, {"items": keys})
    assert "گواهی‌ها اکنون در دسترس نیست" in admin.read("/admin/keys")
    pem = "".join(map(build_certificate, (900, 20, -3)))
    services.set_reply("GET", "/api/v1/inquiry/letters/keys", 200, {"keys": [], "pem": pem})
    page = admin.read("/admin/keys")
    assert re.findall(r"CN=Letters (-?\d+)", page) == ["-3", "20", "900"]
    assert "۲۰ روز مانده" in page
    assert "پایان‌یافته" in page
    assert "1405-09" in page


def test_the_log_is_in_words(admin: Person, services: Services) -> None:
    act: dict[str, Any] = {
        "id": OFFICER_ID,
        "at": ACCOUNT["added_at"],
        "actor": "admin",
        "actor_role": "admin",
    }
    act |= {"action": "scopes-changed", "target": "karimi", "institution_id": None}
    act |= {"details": {"former": ["lists"], "scopes": ["audit", "lists"]}}
    newer = act | {"action": "something-new", "details": {}}
    services.set_reply("GET", f"{API}/log", 200, {"items": [newer, act], "next_cursor": "more"})
    page = admin.read("/admin/log")
    assert all(
        text in page for text in ("دسترسی‌ها تغییر کرد", "something-new", "افزوده: audit", "cursor=more")
    )
