"""Asking for a letter: the choice, the agreement, and a status page that moves automatically."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.portal.sessions import POLL_HEADER
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.letters import AGREEMENT, LETTER, REQUEST, REQUESTS, build_request

RECORD: dict[str, Any] = {
    "totals": {"total_days": 4562, "total_wage": 987654321, "workshop_count": 3},
    "first_month_jalali": "1390-01",
    "last_month_jalali": "1403-06",
    "open_objections": [],
}


def build_agreement(version: int) -> dict[str, Any]:
    return {"version": version, "text_fa": f"۱. متن {version}", "text_en": f"1. Text {version}"}


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.set_reply("GET", "/api/v1/records/me", 200, RECORD)
    services.set_reply("GET", AGREEMENT, 200, build_agreement(1))
    services.set_reply("POST", REQUESTS, 202, {"id": REQUEST, "tracking_number": "1", "status": "queued"})
    person.sign_in()
    return person


def test_the_choice_shows_the_figures_of_each_type(citizen: Person) -> None:
    page = citizen.read("/disclosure")
    assert "۴٬۵۶۲ روز" in page
    assert "۹۸۷٬۶۵۴٬۳۲۱ ریال" in page
    assert "۱۲ سال و ۸ ماه و ۲ روز" in page
    assert "توجه داشته باشید!" in page


def test_choice_explains_an_empty_record(citizen: Person, services: Services) -> None:
    empty = {**RECORD, "first_month_jalali": None, "last_month_jalali": None}
    services.set_reply("GET", "/api/v1/records/me", 200, empty)
    assert "هنوز سابقه‌ای برای شما نرسیده است" in citizen.read("/disclosure")


@pytest.mark.parametrize(
    ("types", "words"), [([], "دست‌کم یک نوع را انتخاب کنید."), (["none"], "از نوع‌های زیر انتخاب کنید.")]
)
def test_choice_without_a_type_is_rejected_and_keeps_the_note(
    citizen: Person, types: list[str], words: str
) -> None:
    page = citizen.send("/disclosure", types=types, note="برای بانک").text
    assert words in page
    assert "برای بانک" in page


def test_long_note_is_rejected(citizen: Person) -> None:
    page = citizen.send("/disclosure", types=["all"], note="x" * 501).text
    assert "یادداشت حداکثر ۵۰۰ نویسه است." in page


def test_consent_sends_the_choice_and_leads_to_the_status(citizen: Person, services: Services) -> None:
    answer = citizen.send("/disclosure", types=["wages", "all"], note="برای بانک")
    assert answer.location == "/disclosure/agreement"
    page = citizen.read(answer.location)
    assert "متن ۱" in page or "متن 1" in page
    assert "کلیه سوابق، سوابق و ریز دستمزدها" in page
    assert not services.list_requests("POST", REQUESTS)
    answer = citizen.send(answer.location)
    assert (answer.status_code, answer.location) == (303, f"/disclosure/requests/{REQUEST}")
    assert json.loads(services.list_requests("POST", REQUESTS)[0].content) == {
        "types": ["all", "wages"],
        "note": "برای بانک",
        "agreed": True,
        "agreement_version": 1,
    }


def test_bilingual_letter_is_requested_with_the_persons_own_spelling(
    citizen: Person, services: Services
) -> None:
    answer = citizen.send("/disclosure", types=["all"], language="fa-en", latin_name="  Sara  Nemuneh‑Pour ")
    page = citizen.read(answer.location)
    assert "فارسی و انگلیسی" in page
    assert "Sara Nemuneh-Pour" in page
    assert "Sara" not in str(answer.location)
    again = citizen.read("/disclosure?types=all")
    assert re.search('value="fa-en" checked', again)
    assert "Sara Nemuneh-Pour" in again
    citizen.send(answer.location)
    sent = json.loads(services.list_requests("POST", REQUESTS)[0].content)
    assert (sent["language"], sent["latin_name"]) == ("fa-en", "Sara Nemuneh-Pour")


def test_new_letter_in_place_of_an_outdated_one_has_its_language(citizen: Person) -> None:
    citizen.send("/disclosure", types=["all"], language="fa-en", latin_name="Sara Nemuneh")
    page = citizen.read("/disclosure?types=all&language=fa")
    assert re.search('value="fa" checked', page)
    assert 'value="Sara' not in page
    assert re.search('value="fa-en" checked', citizen.read("/disclosure?types=all&language=fa-en"))


def test_status_shows_language_and_spelling(citizen: Person, services: Services) -> None:
    bilingual = build_request("queued", language="fa-en", latin_name="Sara Nemuneh")
    services.set_reply("GET", f"{REQUESTS}/{REQUEST}", 200, bilingual)
    page = citizen.read(f"/disclosure/requests/{REQUEST}")
    assert "فارسی و انگلیسی" in page
    assert "Sara Nemuneh" in page


@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("fa-en", "سارا", "نام لاتین را مانند گذرنامه بنویسید"),
        ("fa", "Sara", "برای چاپ نام لاتین «فارسی و انگلیسی» را انتخاب کنید"),
        ("de", "", "زبان نامه را انتخاب کنید."),
    ],
)
def test_invalid_language_or_name_is_rejected(citizen: Person, language: str, name: str, words: str) -> None:
    page = citizen.send("/disclosure", types=["all"], language=language, latin_name=name).text
    assert words in page


def test_agreeing_twice_sends_the_same_key(citizen: Person, services: Services) -> None:
    citizen.send("/disclosure", types=["all"])
    for _ in range(2):
        citizen.send("/disclosure/agreement")
    citizen.send("/disclosure", types=["all"])
    citizen.send("/disclosure/agreement")
    keys = [one.headers["Idempotency-Key"] for one in services.list_requests("POST", REQUESTS)]
    assert keys[0] == keys[1] != keys[2]


def test_new_agreement_is_shown_before_consent(citizen: Person, services: Services) -> None:
    citizen.send("/disclosure", types=["all"])
    services.refuse("POST", REQUESTS, 409, "agreement-outdated")
    before = read_hidden_fields(citizen.read("/disclosure/agreement"))
    services.set_reply("GET", AGREEMENT, 200, build_agreement(2))
    page = citizen.http.post("/disclosure/agreement", data=before).text
    assert "چون agreement-outdated" in page
    assert "متن 2" in page
    assert read_hidden_fields(page)["agreement_version"] == "2"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_forged_version_is_sent_as_an_old_one(citizen: Person, services: Services, version: str) -> None:
    citizen.send("/disclosure", types=["all"])
    citizen.send("/disclosure/agreement", agreement_version=version)
    assert json.loads(services.list_requests("POST", REQUESTS)[0].content)["agreement_version"] == 0


def test_daily_limit_is_shown_with_the_time_to_wait(citizen: Person, services: Services) -> None:
    citizen.send("/disclosure", types=["all"])
    services.refuse("POST", REQUESTS, 429, "too-many-attempts")
    assert "چون too-many-attempts" in citizen.send("/disclosure/agreement").text


def test_consent_needs_a_choice(citizen: Person, services: Services) -> None:
    assert citizen.get("/disclosure/agreement").location == "/disclosure"
    form = read_hidden_fields(citizen.read("/disclosure"))
    answer = citizen.http.post("/disclosure/agreement", data={"csrf_token": form["csrf_token"]})
    assert answer.location == "/disclosure"
    assert not services.list_requests("POST", REQUESTS)


def test_choice_survives_a_session_that_ends_before_consent(citizen: Person, services: Services) -> None:
    citizen.send("/disclosure", types=["all"], note="برای بانک")
    services.refuse("POST", REQUESTS, 401, "token-expired")
    assert citizen.send("/disclosure/agreement").location == "/sign-in"
    answer = citizen.sign_in()
    assert answer.location == "/disclosure/agreement"
    page = citizen.read(answer.location)
    assert "برای بانک" in page
    assert read_hidden_fields(page)["types"] == "all"


@pytest.mark.parametrize(
    ("request_now", "words", "moving"),
    [
        (build_request("queued"), "در صف تهیه", True),
        (build_request("rendering"), "در حال تهیه", True),
        (build_request("ready", letter_id=LETTER), f"/inbox/{LETTER}/permit", False),
        (build_request("failed", failure={"code": "rendering-failed", "message": "نشد"}), "نشد", False),
        (
            build_request("queued", waiting={"code": "timestamp-unavailable", "message": "دیرتر"}),
            "دیرتر",
            True,
        ),
    ],
)
def test_status_is_the_same_for_page_and_script(
    citizen: Person, services: Services, request_now: dict[str, Any], words: str, moving: bool
) -> None:
    services.set_reply("GET", f"{REQUESTS}/{REQUEST}", 200, request_now)
    page = citizen.read(f"/disclosure/requests/{REQUEST}")
    assert words in page
    assert ("data-poll" in page) is moving
    assert ("بررسی دوباره" in page) is moving
    state = citizen.get(f"/disclosure/requests/{REQUEST}/state").json
    assert (state["state"], state["moving"]) == (request_now["status"], moving)
    assert words in state["shown"]


def test_poll_of_an_ended_session_is_401_without_redirect(person: Person) -> None:
    answer = person.http.get(f"/disclosure/requests/{REQUEST}/state", headers={POLL_HEADER: "1"})
    assert answer.status_code == 401
    assert person.sign_in().location == "/home"


@pytest.mark.parametrize("code", [None, "not-failed"])
def test_double_click_on_retry_is_harmless(citizen: Person, services: Services, code: str | None) -> None:
    failed = build_request("failed", failure={"code": "rendering-failed", "message": "نشد"})
    services.set_reply("GET", f"{REQUESTS}/{REQUEST}", 200, failed)
    if code:
        services.refuse("POST", f"{REQUESTS}/{REQUEST}/retry", 409, code)
    else:
        services.set_reply("POST", f"{REQUESTS}/{REQUEST}/retry", 202, build_request("queued"))
    form = read_hidden_fields(citizen.read(f"/disclosure/requests/{REQUEST}"))
    answer = citizen.http.post(f"/disclosure/requests/{REQUEST}/retry", data=form)
    assert (answer.status_code, answer.location) == (303, f"/disclosure/requests/{REQUEST}")


def test_request_of_another_person_is_not_found(citizen: Person, services: Services) -> None:
    services.refuse("GET", f"{REQUESTS}/{REQUEST}", 404, "not-found")
    assert citizen.get(f"/disclosure/requests/{REQUEST}").status_code == 404


def test_unavailable_records_are_explained(citizen: Person, services: Services) -> None:
    del services.handlers["GET", "/api/v1/records/me"]
    answer = citizen.get("/disclosure")
    assert answer.status_code == 503
    assert "دیدن سوابق و اعتراض به آن" in answer.text


def test_quota_is_shown_before_the_agreement(citizen: Person, services: Services) -> None:
    path = "/api/v1/disclosure/quota"
    services.set_reply("GET", path, 200, {"limit": 10, "remaining": 10, "next_at": None})
    assert "در این ۲۴ ساعت" not in citizen.read("/disclosure")
    services.set_reply("GET", path, 200, {"limit": 10, "remaining": 2, "next_at": None})
    assert "تا ۲ نامه دیگر در این ۲۴ ساعت می‌توانید درخواست کنید." in citizen.read("/disclosure")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    services.set_reply("GET", path, 200, {"limit": 10, "remaining": 0, "next_at": tomorrow})
    page = citizen.read("/disclosure")
    assert re.search("فردا ساعت [۰-۹]{2}:[۰-۹]{2} می‌توانید دوباره درخواست کنید.", page)
    assert "ارسال به صندوق شخصی" not in page
