"""«اصالت‌سنجی نامه» of paper: what the QR code of a scan or photo states, and who fits it."""

import json
from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.test_letter_check import (
    CHECK,
    HERE,
    REGISTER,
    SERIAL,
    build_status,
    send_file,
)

TOKEN = "A7f-" * 38 + "abc"
QR_TEXT = f"https://govah.example/l/{SERIAL}#{TOKEN}"
NAME = "سارا احمدی"
PAPER: dict[str, Any] = {
    "token": TOKEN,
    "serial": SERIAL,
    "issued_on": "2026-11-23",
    "total_days": 1641,
    "initials": "سا",
    "birth_year": 1349,
    "first_month_jalali": "1380-01",
    "last_month_jalali": "1403-12",
    "names_person": True,
    "state": "valid",
}
OLD = PAPER | dict.fromkeys(("initials", "birth_year", "first_month_jalali", "last_month_jalali"))
OLD |= {"names_person": False}
# As long as the longest of inquiry.
MESSAGE = {"fa": "جمله‌ای درباره رمزینه. " * 30, "en": "A sentence about the code. " * 30}


def build_check(reason: str = "scanned", paper: dict[str, Any] = PAPER) -> dict[str, Any]:
    stamp = {"status": "none", "by": None, "at": None}
    return {
        "result": "cannot-tell",
        "reason": reason,
        "message": MESSAGE,
        "serial": SERIAL,
        "time_stamp": stamp,
        "paper": paper,
    }


def send_scan(person: Person, services: Services, **changed: Any) -> str:
    services.set_reply("POST", CHECK, 200, build_check(**changed))
    services.set_reply("GET", REGISTER, 200, build_status("valid"))
    answer = send_file(person, b"\xff\xd8\xff a scan", "scan.jpg")
    assert answer.location == f"{HERE}/file"
    # Browsers drop cookies of more than 4,096 bytes.
    assert all(len(cookie) < 4000 for cookie in answer.headers.getlist("Set-Cookie"))
    return str(person.read(f"{HERE}/file"))


def type_person(person: Person, page: str, typed: str) -> Any:
    return person.http.post(f"{HERE}/person", data={**read_hidden_fields(page), "person": typed})


def test_a_scan_shows_what_to_compare(person: Person, services: Services) -> None:
    page = send_scan(person, services)
    assert "<h1>رمزینه اصیل است؛ نوشته‌ها را با آن بسنجید</h1>" in page
    for words in ("س. ا.", "۱۳۴۹", "۱٬۶۴۱", "فروردین ۱۳۸۰", "اسفند ۱۴۰۳", "۲ آذر ۱۴۰۵"):
        assert words in page
    english = person.read(f"{HERE}/file?lang=en")
    for words in ("The QR code is genuine", "1,641", "1349 (1970–71)", "Farvardin 1380 (Mar–Apr 2001)"):
        assert words in english


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("code-unreadable", "رمزینه‌ای خوانده نشد"),
        ("picture-kind", "این گونه تصویر خوانده نمی‌شود"),
        ("damaged", "فایل باز نمی‌شود"),
        ("not-opened", "فایل باز نمی‌شود"),
        ("encrypted", "فایل رمز دارد"),
        ("code-invalid", "به این نوشته تکیه نکنید"),
    ],
)
def test_each_reason_has_a_title(person: Person, services: Services, reason: str, title: str) -> None:
    result = "not-ours" if reason == "not-opened" else "cannot-tell"
    services.set_reply("POST", CHECK, 200, build_check(reason) | {"result": result, "paper": PAPER})
    services.set_reply("GET", REGISTER, 200, build_status("valid"))
    send_file(person, b"x")
    assert f"<h1>{title}</h1>" in person.read(f"{HERE}/file")


def test_a_revoked_letter_is_said_to_be_revoked(person: Person, services: Services) -> None:
    page = send_scan(person, services, paper=PAPER | {"state": "revoked"})
    assert "<h1>این نامه باطل شده است</h1>" in page


@pytest.mark.parametrize(("comparison", "title"), [("fits", "مطابق است"), ("differs", "مطابق نیست")])
def test_a_typed_person_is_compared_and_not_shown(
    person: Person, services: Services, comparison: str, title: str
) -> None:
    page = send_scan(person, services)
    reply = {"paper": PAPER, "comparison": comparison, "message": MESSAGE}
    services.set_reply("POST", REGISTER, 200, reply)
    answer = type_person(person, page, f" {NAME} ")
    assert answer.location == f"{HERE}/code"
    assert all(len(cookie) < 4000 for cookie in answer.headers.getlist("Set-Cookie"))
    compared = person.read(answer.location)
    assert f"<h1>{title}</h1>" in compared
    assert NAME not in compared
    (sent,) = services.list_requests("POST", REGISTER)
    assert json.loads(sent.content) == {"token": TOKEN, "person": NAME}
    assert NAME.encode() not in str(sent.url).encode()


def test_an_older_code_has_nothing_to_compare_with(person: Person, services: Services) -> None:
    page = send_scan(person, services, paper=OLD)
    assert "۱٬۶۴۱" in page
    assert f'action="{HERE}/person"' not in page


def test_nothing_typed_is_not_sent(person: Person, services: Services) -> None:
    page = send_scan(person, services)
    answer = type_person(person, page, " \u200f ")
    assert '<a href="#person">' in answer.text
    assert services.list_requests("POST", REGISTER) == []


def test_too_many_attempts_are_reported_above_the_form(person: Person, services: Services) -> None:
    page = send_scan(person, services)
    services.refuse("POST", REGISTER, 429, "too-many-attempts")
    answer = type_person(person, page, NAME)
    assert answer.status_code == 200
    assert "چون too-many-attempts" in answer.text
    assert NAME not in answer.text.replace(f'value="{NAME}"', "")


def test_pasted_text_shows_what_the_code_states(person: Person, services: Services) -> None:
    services.set_reply("POST", REGISTER, 200, {"paper": PAPER, "comparison": None, "message": MESSAGE})
    fields = read_hidden_fields(person.read(HERE))
    answer = person.http.post(f"{HERE}/code", data={**fields, "qr": f"\u200e{QR_TEXT} "})
    assert answer.location == f"{HERE}/code"
    assert "س. ا." in person.read(answer.location)
    (sent,) = services.list_requests("POST", REGISTER)
    assert json.loads(sent.content) == {"token": QR_TEXT, "person": ""}


@pytest.mark.parametrize(
    "text", ["", "متن", QR_TEXT.partition("#")[0], f"{QR_TEXT}/../x", f"/l/{SERIAL}#a b"]
)
def test_other_text_is_not_sent(person: Person, services: Services, text: str) -> None:
    fields = read_hidden_fields(person.read(HERE))
    answer = person.http.post(f"{HERE}/code", data={**fields, "qr": text})
    assert '<a href="#qr">' in answer.text
    assert services.list_requests("POST", REGISTER) == []


def test_without_a_code_there_is_nothing_to_show(person: Person) -> None:
    assert person.get(f"{HERE}/code").location == HERE
    fields = read_hidden_fields(person.read(HERE))
    assert person.http.post(f"{HERE}/person", data={**fields, "person": NAME}).location == HERE
