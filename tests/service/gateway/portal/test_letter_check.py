"""«اصالت‌سنجی نامه»: what a file is and what a serial number is worth, for everybody."""

from io import BytesIO
from typing import Any

import pytest

from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields

CHECK = "/api/v1/inquiry/letters/check"
SERIAL = "8776653018638"
REGISTER = f"/api/v1/inquiry/letters/{SERIAL}"
HERE = "/letter-check"
PDF = b"%PDF-1.7 a letter"
JWS = b"eyJhbGciOiJFZERTQSJ9.e30.c2ln"


def check(result: str, **more: str) -> dict[str, Any]:
    """Return the service's result about a file."""
    message = {"fa": f"چون {result}", "en": f"because {result}"}
    return {"result": result, "reason": "as-told", "message": message} | more


def send_file(person: Person, content: bytes, name: str = "letter.pdf") -> Any:
    fields: dict[str, Any] = read_hidden_fields(person.read(HERE))
    return person.http.post(HERE, data={**fields, "file": (BytesIO(content), name)})


def build_status(state: str, **more: str) -> dict[str, str | None]:
    times: dict[str, str | None] = {"issued_at": "2026-11-23T03:22:09+00:00"}
    times |= {"superseded_at": None, "revoked_at": None, "ended_at": None}
    return {"serial": SERIAL, "kind": "letter", "state": state} | times | more


RESULTS = [
    ("genuine", "نامه اصیل و معتبر است"),
    ("superseded", "نامه اصیل است، اما دیگر به‌روز نیست"),
    ("revoked", "نامه اصیل بوده، اما باطل شده است"),
    ("altered", "این فایل تغییر کرده است"),
    ("cannot-tell", "اصالت این فایل را نمی‌توان گفت"),
]


@pytest.mark.parametrize(("result", "title"), RESULTS)
def test_result_of_a_file_survives_a_reload(
    person: Person, services: Services, result: str, title: str
) -> None:
    services.set_reply("POST", CHECK, 200, check(result, serial=SERIAL))
    services.set_reply("GET", REGISTER, 200, build_status("valid"))
    assert send_file(person, PDF).location == f"{HERE}/file"
    for _ in range(2):
        page = person.read(f"{HERE}/file")
        assert f"<h1>{title}</h1>" in page
        assert "۸۷۷۶۶۵۳۰۱۸۶۳۸" in page
    (sent,) = services.list_requests("POST", CHECK)
    assert PDF in sent.content


def test_unknown_file_has_no_serial(person: Person, services: Services) -> None:
    services.set_reply("POST", CHECK, 200, check("not-ours"))
    send_file(person, PDF)
    page = person.read(f"{HERE}/file")
    assert "<h1>نشانی از نامه‌های ما در این فایل نیست</h1>" in page
    assert "شماره سریال" not in page


STAMPS = [
    ({"status": "none", "by": None, "at": None}, "ندارد", "<dd>None</dd>"),
    ({"status": "not-valid", "by": None, "at": None}, "نامعتبر: از مرجعی نیست", "Not valid: not from"),
    ({"status": "valid", "by": "CN=stamps", "at": "2026-11-23T03:22:09+00:00"}, "CN=stamps", "CN=stamps"),
]


@pytest.mark.parametrize(("stamp", "persian", "english"), STAMPS)
def test_time_stamp_of_a_genuine_file_is_shown(
    person: Person, services: Services, stamp: dict[str, Any], persian: str, english: str
) -> None:
    services.set_reply("POST", CHECK, 200, check("genuine") | {"time_stamp": stamp})
    send_file(person, PDF)
    assert persian in person.read(f"{HERE}/file")
    assert english in person.read(f"{HERE}/file?lang=en")


def test_time_stamp_of_other_files_is_not_shown(person: Person, services: Services) -> None:
    for result in ("altered", "cannot-tell", "not-ours"):
        services.set_reply("POST", CHECK, 200, check(result) | {"time_stamp": STAMPS[1][0]})
        send_file(person, PDF)
        assert "مهر زمانی" not in person.read(f"{HERE}/file")


def test_busy_service_is_reported_above_the_form(person: Person, services: Services) -> None:
    services.refuse("POST", CHECK, 503, "busy")
    answer = send_file(person, PDF)
    assert (answer.status_code, 'type="file"' in answer.text) == (503, True)
    # Seconds, not the minutes of a service that is away.
    assert "چون busy" in answer.text


def test_the_services_own_explanation_is_shown_in_the_readers_language(
    person: Person, services: Services
) -> None:
    services.set_reply("POST", CHECK, 200, check("altered"))
    send_file(person, PDF)
    assert "چون altered" in person.read(f"{HERE}/file")
    assert "because altered" in person.read(f"{HERE}/file?lang=en")


def test_file_name_is_not_sent(person: Person, services: Services) -> None:
    services.set_reply("POST", CHECK, 200, check("not-ours"))
    send_file(person, PDF, "نامه سحر احمدی.pdf")
    assert "احمدی".encode() not in services.list_requests("POST", CHECK)[0].content


def test_a_file_must_be_chosen(person: Person, services: Services) -> None:
    answer = send_file(person, b"", "")
    assert "فایل، اسکن یا عکس نامه را انتخاب کنید" in answer.text
    assert '<a href="#file">' in answer.text
    assert services.list_requests("POST", CHECK) == []


def test_empty_file_is_rejected(person: Person) -> None:
    assert "این فایل خالی است" in send_file(person, b"").text


def test_a_file_of_25_mib_is_too_large(person: Person, services: Services) -> None:
    size = 25 * 1024 * 1024
    assert size > LARGE_BODY + MULTIPART_SLACK
    # Said by its length alone: nobody reads it.
    kind = "multipart/form-data; boundary=b"
    answer = person.http.post(HERE, content_type=kind, environ_overrides={"CONTENT_LENGTH": str(size)})
    assert answer.status_code == 413
    assert "حداکثر ۲۰ مگابایت" in answer.text
    assert services.list_requests("POST", CHECK) == []


def test_link_cannot_show_a_result(person: Person) -> None:
    assert person.get(f"{HERE}/file?result=genuine").location == HERE


def test_serial_in_any_digits_leads_to_the_letters_state(person: Person, services: Services) -> None:
    services.set_reply(
        "GET", REGISTER, 200, build_status("superseded", superseded_at="2026-11-23T03:22:12+00:00")
    )
    answer = send_serial(person, "۸۷۷۶ ۶۵۳۰ ۱۸۶۳۸")
    assert (answer.status_code, answer.location) == (303, f"{HERE}/{SERIAL}")
    page = person.read(answer.location)
    assert "<h1>این نامه دیگر به‌روز نیست</h1>" in page
    assert page.count("۲ آذر ۱۴۰۵") == 2


def send_serial(person: Person, serial: str) -> Any:
    fields = read_hidden_fields(person.read(HERE))
    return person.http.post(f"{HERE}/serial", data={**fields, "serial": serial})


def test_secret_code_typed_as_a_serial_is_not_sent(person: Person, services: Services) -> None:
    page = send_serial(person, "۷۷۱۰ ۰۷۹۳ ۹۵۸۴ ۳۱۷۲").text
    assert "این کد رمز است، نه شماره سریال" in page
    assert "7710079395843172" not in page
    assert services.requests == []


@pytest.mark.parametrize("serial", ["", "123", "شماره"])
def test_malformed_serial_is_not_sent(person: Person, services: Services, serial: str) -> None:
    assert "شماره سریال ۱۳ رقم دارد" in send_serial(person, serial).text
    assert services.requests == []


def test_unknown_serial_is_reported_beside_the_field(person: Person, services: Services) -> None:
    services.refuse("GET", REGISTER, 404, "not-found")
    page = send_serial(person, SERIAL).text
    assert '<a href="#serial">نامه‌ای با این شماره سریال صادر نشده است' in page
    assert person.get(f"{HERE}/{SERIAL}").status_code == 404


def test_unavailable_service_is_reported_above_the_form(person: Person) -> None:
    for answer in (send_file(person, PDF), send_serial(person, SERIAL)):
        assert answer.status_code == 503
        assert "چند دقیقه دیگر دوباره تلاش کنید" in answer.text


ANSWERS = [
    ("valid", "genuine", "پاسخی با این شماره به موسسه‌ای داده شده و معتبر است", "پاسخ اصیل و معتبر است"),
    ("superseded", "superseded", "این پاسخ دیگر به‌روز نیست", "پاسخ اصیل است، اما دیگر به‌روز نیست"),
    ("ended", "ended", "اعتبار این پاسخ پایان یافته است", "پاسخ اصیل است، اما اعتبار آن پایان یافته است"),
    ("revoked", "revoked", "این پاسخ باطل شده است", "پاسخ اصیل بوده، اما باطل شده است"),
]


@pytest.mark.parametrize(("state", "result", "of_serial", "of_file"), ANSWERS)
def test_answers_have_words_of_their_own(
    person: Person, services: Services, state: str, result: str, of_serial: str, of_file: str
) -> None:
    status = build_status(state, kind="answers", ended_at="2026-12-23T03:22:09+00:00")
    services.set_reply("GET", REGISTER, 200, status)
    page = person.read(f"{HERE}/{SERIAL}")
    assert f"<h1>{of_serial}</h1>" in page
    assert "معتبر تا" in page
    services.set_reply("POST", CHECK, 200, check(result, serial=SERIAL))
    send_file(person, JWS, "answers.jws")
    page = person.read(f"{HERE}/file")
    assert f"<h1>{of_file}</h1>" in page
    assert "نام و کد ملی روی نامه" not in page
