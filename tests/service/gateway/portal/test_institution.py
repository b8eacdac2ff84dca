"""«استعلام سند»: an answer that a reload does not ask for again, and a page for every refusal."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
import redis
import time_machine

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from services.kit.http.client import new_empty_cookie_jar
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.inquiries import (
    ANSWER,
    DOCUMENT,
    FORM,
    INQUIRIES,
    SERIAL,
    TOKEN,
    TYPED,
    build_reply,
    build_statement,
)


def test_reload_shows_the_answer_without_an_inquiry(person: Person, answered: Services) -> None:
    went_to = person.send(FORM, **TYPED)
    assert (went_to.status_code, went_to.location) == (303, ANSWER)
    for _ in range(2):
        page = person.read(ANSWER)
        assert "سحر احمدی" in page
        assert "۱۴۷٬۷۵۷٬۵۰۰" in page
        assert "&lt;صنایع چوب&gt;" in page
    assert len(answered.list_requests("POST", INQUIRIES)) == 1
    sent = json.loads(answered.list_requests("POST", INQUIRIES)[0].content)
    typed = {"national_code": "0084575948", "code": TYPED["code"], "purpose": "وام مسکن"}
    assert sent == {**typed, "document_minutes": 15}


def press_twice(person: Person, fields: dict[str, str]) -> list[str | None]:
    """Return where two simultaneous requests of a form lead."""
    cookie = person.http.get_cookie("govah")
    assert cookie

    def press(_: int) -> str | None:
        client = person.http.application.test_client()
        client.set_cookie("govah", cookie.value)
        return client.post(FORM, data=fields).location

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(press, range(2)))


def test_simultaneous_forms_use_one_view(person: Person, answered: Services) -> None:
    fields = {**read_hidden_fields(person.read(FORM)), **TYPED}
    assert press_twice(person, fields) == [ANSWER, ANSWER]
    assert len(answered.list_requests("POST", INQUIRIES)) == 1
    person.http.post(FORM, data={**fields, "purpose": "کاری دیگر"})
    assert len(answered.list_requests("POST", INQUIRIES)) == 2


@pytest.mark.parametrize("version", [1, 2])
def test_disputed_and_corrected_months_are_marked_in_figures_and_words(
    person: Person, answered: Services, version: int
) -> None:
    answered.set_reply("POST", INQUIRIES, 200, build_reply() | {"statement": build_statement(version)})
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    assert "(۱) این ماه مورد اعتراض بیمه‌شده" in page
    assert "(۲) این رقم بر اساس تصمیم" in page
    assert len(re.findall(r'class="disputed">۲۹ <small class="noted">\(۱\)', page)) == 3
    assert '<td>۰ <small class="noted">(۲)</small>' in page
    assert "<td>—</td>" in page


def _set_answer(services: Services, **changes: Any) -> None:
    """Make the inquiry service answer with other objections than those of the letter."""
    reply = {**build_reply(), **changes}
    services.set_reply(
        "POST", INQUIRIES, 200, {key: value for key, value in reply.items() if value is not ...}
    )


def _build_notice(code: str, text: str, since: str | None) -> dict[str, Any]:
    return {"code": code, "message": {"fa": text, "en": "text"}, "since": since, "months": ["1402-12"]}


def test_months_that_the_letter_calls_disputed_are_not_marked_after_the_decision(
    person: Person, answered: Services
) -> None:
    decided = {"status": "rejected", "months": ["1402-12"], "submitted_at": None, "decided_at": None}
    notice = _build_notice("objection-rejected", "اعتراض رد شد.", "2026-11-25T08:00:00+00:00")
    _set_answer(answered, objections=[decided], notices=[notice])
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    assert 'class="disputed"' not in page
    assert "مورد اعتراض بیمه‌شده" not in page
    assert "اعتراض رد شد. زمان تصمیم: " in page


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"objections_as_of": "2026-11-25T08:00:00+00:00"}, "معلوم نیست، به گفته سامانه."),
        ({"objections_as_of": None}, "معلوم نیست، به گفته سامانه."),
        ({"objections_as_of": ..., "objections": ..., "notices": ...}, "اکنون معلوم نیست"),
    ],
)
def test_unknown_objections_are_said_to_be_unknown(
    person: Person, answered: Services, changes: dict[str, Any], text: str
) -> None:
    notice = _build_notice("objections-unknown", "معلوم نیست، به گفته سامانه.", None)
    _set_answer(answered, **{"objections": [], "notices": [notice], **changes})
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    assert text in page
    assert 'class="disputed"' not in page


def test_letter_is_streamed_without_its_token_in_an_address(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    page = person.get(ANSWER)
    assert TOKEN not in page.text + str(page.headers)
    page, saved = person.get(f"{ANSWER}/letter"), person.get(f"{ANSWER}/letter?save=1")
    assert page.data == saved.data == b"%PDF-1.7 a letter"
    assert page.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{SERIAL}.pdf"'
    assert page.headers["Cache-Control"] == "no-store"


def test_data_are_saved_without_the_token(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    saved = person.get(f"{ANSWER}/data")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{SERIAL}.json"'
    expected = build_reply()
    del expected["document_url"]
    assert saved.json == expected


def test_answer_and_its_letter_expire_after_fifteen_minutes(
    person: Person, answered: Services, settings: Settings
) -> None:
    person.send(FORM, **TYPED)
    with time_machine.travel(timedelta(minutes=14)):
        assert f'href="{ANSWER}/letter?save=1"' in person.read(ANSWER)
        assert person.get(f"{ANSWER}/letter").status_code == 200
    answered.refuse("GET", DOCUMENT, 404, "not-found")
    late = person.get(f"{ANSWER}/letter")
    assert (late.status_code, "مهلت ذخیره نامه" in late.text) == (410, True)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert max(store.ttl(key) for key in store.keys("govah:portal:*kept.answer*")) <= 15 * 60
        store.delete(*store.keys("govah:portal:*kept.answer*"))
    for path in ("", "/letter", "/data"):
        gone = person.get(ANSWER + path)
        assert (gone.status_code, "این پاسخ دیگر اینجا نیست" in gone.text) == (410, True)


def test_answer_is_hidden_from_others(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    stranger = person.http.application.test_client()
    assert stranger.get(ANSWER).status_code == 410
    assert stranger.get(f"{ANSWER}/letter").status_code == 410


def test_answers_in_redis_are_unreadable(person: Person, answered: Services, settings: Settings) -> None:
    person.send(FORM, **TYPED)
    with redis.Redis.from_url(settings.redis_url) as store:
        stored = [store.get(key) or b"" for key in store.keys("govah:portal:*kept.answer*")]
    assert stored
    assert not any(b"0084575948" in one or TOKEN.encode() in one for one in stored)


def test_superseded_letter_shows_the_date(person: Person, answered: Services) -> None:
    answered.set_reply("POST", INQUIRIES, 200, build_reply("superseded"))
    since = {"serial": SERIAL, "state": "superseded", "superseded_at": "2026-11-23T03:22:12+00:00"}
    answered.set_reply("GET", f"/api/v1/inquiry/letters/{SERIAL}", 200, since)
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    assert "این نامه دیگر به‌روز نیست." in page
    assert "۲ آذر ۱۴۰۵" in page


def test_revoked_letter_shows_a_warning(person: Person, answered: Services) -> None:
    answered.set_reply("POST", INQUIRIES, 200, build_reply("revoked"))
    person.send(FORM, **TYPED)
    assert "نباید پذیرفته شود" in person.read(ANSWER)


REFUSALS = [
    (404, "code-not-accepted", "پذیرفته نشد"),
    (410, "permit-expired", "اعتبار مجوز پایان یافته است"),
    (410, "permit-revoked", "مجوز لغو شده است"),
    (410, "permit-used-up", "تعداد مشاهده پایان یافته است"),
    (410, "permit-paused", "مجوز متوقف است"),
    (410, "letter-revoked", "نامه باطل شده است"),
    (429, "too-many-attempts", "تلاش‌های ناموفق بیش از حد مجاز است"),
]


@pytest.mark.parametrize(("status", "code", "title"), REFUSALS)
def test_reload_of_a_refusal_is_not_an_attempt(
    person: Person, services: Services, status: int, code: str, title: str
) -> None:
    services.refuse("POST", INQUIRIES, status, code)
    assert person.send(FORM, **TYPED).location == "/institution/refused"
    for _ in range(2):
        answer = person.get("/institution/refused")
        page = answer.text
        assert answer.status_code == status
        assert f"<h1>{title}</h1>" in page
        assert f"چون {code}" in page
        assert "7710" not in page
    assert len(services.list_requests("POST", INQUIRIES)) == 1


def test_simultaneous_wrong_codes_are_one_attempt(
    person: Person, services: Services, settings: Settings
) -> None:
    services.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    fields = {**read_hidden_fields(person.read(FORM)), **TYPED}
    assert press_twice(person, fields) == ["/institution/refused"] * 2
    assert len(services.list_requests("POST", INQUIRIES)) == 1
    with redis.Redis.from_url(settings.redis_url) as store:
        (stored,) = store.keys("govah:portal:*once.*")
        assert store.ttl(stored) <= 5
        store.delete(stored)
    person.http.post(FORM, data=fields)
    assert len(services.list_requests("POST", INQUIRIES)) == 2


def test_too_many_attempts_show_the_time_to_wait(person: Person, services: Services) -> None:
    body = {"code": "too-many-attempts", "title": "نه", "detail": "صبر کنید."}
    services.set_reply("POST", INQUIRIES, 429, body, **{"Retry-After": "900"})
    person.send(FORM, **TYPED)
    page = person.read("/institution/refused")
    assert "<time" in page
    assert "استعلام دوباره" not in page
    with time_machine.travel(time.time() + 901):
        assert "استعلام دوباره" in person.read("/institution/refused")


def test_mistyped_code_is_reported_beside_its_field(person: Person, services: Services) -> None:
    services.refuse("POST", INQUIRIES, 422, "code-mistyped")
    page = person.send(FORM, **TYPED).text
    assert '<a href="#code">چون code-mistyped</a>' in page
    assert TYPED["code"] in page


@pytest.mark.parametrize(
    ("national_code", "message"),
    [
        ("", "کد ملی ده رقم است. آن را دوباره بررسی کنید."),
        ("123", "کد ملی ده رقم است. آن را دوباره بررسی کنید."),
        ("0084575949", "یک یا چند رقم آن اشتباه نوشته شده است"),
        ("کد ملی", "کد ملی ده رقم است. آن را دوباره بررسی کنید."),
        ("۷۷۱۰ ۰۷۹۳-۹۵۸۴ ۳۱۷۲", "این کد رمز است، نه کد ملی."),
        ("۸۷۷۶۶۵۳۰۱۸۶۳۸", "این شماره سریال نامه است، نه کد ملی."),
    ],
)
def test_invalid_national_code_is_not_an_attempt(
    person: Person, services: Services, national_code: str, message: str
) -> None:
    page = person.send(FORM, **{**TYPED, "national_code": national_code}).text
    assert message in page
    assert "<title>خطا: " in page
    assert services.list_requests("POST", INQUIRIES) == []


def test_missing_code_is_required(person: Person, services: Services) -> None:
    assert "کد رمز را بنویسید" in person.send(FORM, **{**TYPED, "code": ""}).text
    assert services.list_requests("POST", INQUIRIES) == []


def test_form_is_shown_again_while_the_service_is_unavailable(person: Person) -> None:
    answer = person.send(FORM, **TYPED)
    assert answer.status_code == 503
    page = answer.text
    assert "چیزی از دست نرفته است" in page
    assert TYPED["code"] in page


def test_inquiries_need_only_the_inquiry_service(settings: Settings, answered: Services) -> None:
    http = httpx.Client(transport=httpx.MockTransport(answered), cookies=new_empty_cookie_jar())
    away = create_app(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1"}), http)
    with away.test_client() as client:
        with client.session_transaction() as session:
            session["id"] = "of a session that cannot be read"
        form = client.get(FORM).text
        answer = client.post(FORM, data={**read_hidden_fields(form), **TYPED})
        page = answer.text
        assert answer.status_code == 200
        assert "سحر احمدی" in page
        assert f'value="{TOKEN}"' in page
        fields = read_hidden_fields(page)
        saved = client.post("/institution/answers/letter", data=fields)
        assert saved.data == b"%PDF-1.7 a letter"
        assert (
            client.post("/institution/answers/letter", data={**fields, "document_code": "../x"}).status_code
            == 400
        )
    http.close()
