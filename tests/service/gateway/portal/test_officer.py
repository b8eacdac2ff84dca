"""The officer's desk over stand-ins of the services: signing in, people, objections and letters."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.record import DETAILED, read_text

OBJECTIONS = "/api/v1/records/objections"
SEARCH = "/api/v1/records/people/search"
ME = "/api/v1/records/me"
REQUESTS = "/api/v1/disclosure/requests"
SERIAL, CODE = "9970459832525", "0084575948"
ID = "6f2b2f0e-0000-4000-8000-000000000001"
ONE = f"/officer/objections/{ID}"
OPENING = f"{OBJECTIONS}/{ID}/opening"
# The subject of the officer who is signed in.
OFFICER = "first"
AT = "2026-11-22T10:00:00+00:00"
STATEMENT: dict[str, Any] = {
    "as_of": "2026-11-22T10:00:00Z",
    "as_of_jalali": "1405-09-02",
    "person": {},
    "summary": {
        "total_days": 12,
        "first_month_jalali": "1402-07",
        "last_month_jalali": "1402-07",
        "workshop_count": 1,
    },
    "tables": {
        "all": {
            "workshops": [
                {
                    "workshop_code": "0012345678",
                    "workshop_name": "کارگاه نمونه",
                    "years": [{"year": 1402, "months": [None] * 6 + [12] + [None] * 5, "total_days": 12}],
                    "total_days": 12,
                }
            ],
            "total_days": 12,
        },
        "wages": {"rows": [], "years": [], "total_days": 0, "total_wage": 0},
    },
    "disputed_months": ["1402-07"],
    "corrections": [],
}
FOUND: dict[str, Any] = {
    "person_id": ID,
    "candidates": [],
    "contributions": [DETAILED],
    "person": {
        "national_code": CODE,
        "first_name": "مریم",
        "last_name": "رضایی",
        "father_name": None,
        "birth_date_jalali": "1360-02-11",
        "insurance_number": "12345678",
    },
    "statement": STATEMENT,
}
OBJECTION: dict[str, Any] = {
    "id": ID,
    "kind": "days",
    "status": "submitted",
    "tracking_number": "518203746195",
    "text": "همه ماه را کار کرده‌ام.",
    "months": [{"month_jalali": "1402-07", "workshop_code": "0012345678", "days": 30, "recorded_days": 12}],
    "submitted_at": AT,
    "person": {"id": ID, "national_code": CODE, "first_name": "مریم", "last_name": "رضایی"},
    "corrections": [],
    "accept": None,
    "reason": None,
}
PROPOSED = OBJECTION | {"status": "proposed", "accept": True, "reason": "فیش دیده شد.", "proposed_at": AT}


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    """Return an officer at the desk; one objection and one person exist."""
    services.set_reply("POST", OPENING, 200, {"objection": OBJECTION, "statement": STATEMENT})
    services.set_reply("POST", SEARCH, 200, FOUND)
    assert sign_in(person).location == "/officer"
    return person


def open_objection(officer: Person) -> None:
    assert officer.send(f"{ONE}/opening", reason="نوبت بررسی").location == ONE


def test_one_time_code_is_sent_and_never_shown_again(person: Person, services: Services) -> None:
    sign_in(person)
    services.refuse("POST", "/api/v1/auth/sessions", 401, "credentials-not-accepted")
    refused = sign_in(person, totp="123456").text
    first, second = (one.content for one in services.list_requests("POST", "/api/v1/auth/sessions"))
    assert b"totp" not in first
    assert b'"totp":"123456"' in second
    assert "نام کاربری، گذرواژه یا کد یک‌بارمصرف درست نیست" in refused
    assert 'value="officer"' in refused
    assert "123456" not in refused


@pytest.mark.parametrize(
    "path",
    ["", "/lists", "/lists/uploads", "/objections", "/people", "/letters/failed", "/accesses"],
)
def test_officers_pages_redirect_others_to_the_door(person: Person, path: str) -> None:
    assert person.get(f"/officer{path}").location == "/officer/sign-in"
    person.sign_in()
    assert person.get(f"/officer{path}").location == "/officer/sign-in"


def test_person_is_searched_once_and_can_be_reloaded(officer: Person, services: Services) -> None:
    answer = officer.send("/officer/people", national_code="۰۰۸-۴۵۷ ۵۹۴۸", reason="درخواست حضوری")
    assert answer.location == "/officer/people/found"
    for _ in range(2):
        assert "مریم رضایی" in officer.read(answer.location)
    assert [json.loads(one.content) for one in services.list_requests("POST", SEARCH)] == [
        {"national_code": CODE, "reason": "درخواست حضوری"}
    ]
    assert not any("reason" in str(one.url) for one in services.requests)
    assert not any(CODE in str(one.url) for one in services.requests)


def test_search_explains_logging_and_unknown_persons(officer: Person, services: Services) -> None:
    services.refuse("POST", SEARCH, 404, "not-found")
    refused = officer.send("/officer/people", national_code=CODE, reason="درخواست حضوری").text
    assert "دیدن سابقه هر کس با شناسه شما، زمان و علت آن ثبت می‌شود" in refused
    assert '<a href="#national_code">چون not-found</a>' in refused
    assert 'value="درخواست حضوری"' in refused
    assert "کد ملی ده رقم است" in officer.send("/officer/people", national_code="12", reason="x").text
    assert len(services.list_requests("POST", SEARCH)) == 1


@pytest.mark.parametrize("path", ["/officer/people", f"{ONE}/opening"])
def test_missing_reason_is_reported_and_fields_stay(officer: Person, services: Services, path: str) -> None:
    for reason, message in [
        ("", "علت مشاهده را بنویسید."),
        ("  ", "علت مشاهده را بنویسید."),
        ("د" * 201, "حداکثر ۲۰۰ نویسه است"),
    ]:
        refused = officer.send(path, national_code=CODE, reason=reason).text
        assert message in refused[refused.index('id="reason-error1"') :]
        assert (CODE in refused) is (path == "/officer/people")
    assert services.list_requests("POST", SEARCH) + services.list_requests("POST", OPENING) == []


@pytest.mark.parametrize(("path", "endpoint"), [("/officer/people", SEARCH), (f"{ONE}/opening", OPENING)])
def test_refusal_of_a_reason_is_shown_beside_it(
    officer: Person, services: Services, path: str, endpoint: str
) -> None:
    errors = [{"field": "reason", "message": "این علت نه"}]
    services.refuse("POST", endpoint, 422, "validation", errors=errors)
    refused = officer.send(path, national_code=CODE, reason="علتی").text
    assert '<a href="#reason">این علت نه</a>' in refused
    assert 'value="علتی"' in refused


def test_officer_reads_what_the_lists_say_of_a_month(officer: Person) -> None:
    path = "/officer/people/found/months/1403-01"
    assert officer.get(path).location == "/officer/people"
    officer.send("/officer/people", national_code=CODE, reason="درخواست حضوری")
    text = read_text(officer, path)
    assert "تاریخ شروع به کار ۲۲ فروردین ۱۴۰۳" in text
    assert "عنوان شغل فروشنده" in text
    assert 'href="/officer/lists/6f2b2f0e-0000-4000-8000-000000000002"' in officer.read(path)
    assert officer.get("/officer/people/found/months/1403-02").status_code == 404


def test_search_result_expires(officer: Person) -> None:
    assert officer.get("/officer/people/found").location == "/officer/people"
    assert "ده دقیقه گذشته است" in officer.read("/officer/people")


def test_objection_is_opened_once_and_can_be_reloaded(officer: Person, services: Services) -> None:
    answer = officer.get(ONE)
    assert answer.location == f"{ONE}/opening"
    opening = officer.read(answer.location)
    assert "این مشاهده با شناسه شما ثبت می‌شود" in opening
    assert "مریم" not in opening
    open_objection(officer)
    for _ in range(2):
        assert "مریم رضایی" in officer.read(ONE)
    assert [json.loads(one.content) for one in services.list_requests("POST", OPENING)] == [
        {"reason": "نوبت بررسی"}
    ]


def test_opened_objection_expires_and_ends_with_the_session(officer: Person) -> None:
    open_objection(officer)
    with time_machine.travel(timedelta(minutes=19)):
        officer.get("/officer")
    sign_in(officer)
    assert officer.get(ONE).location == f"{ONE}/opening"


def test_opened_pages_end_with_the_account(officer: Person, services: Services) -> None:
    """A disabled officer's tokens are rejected within seconds, also by pages that call no service."""
    open_objection(officer)
    officer.send("/officer/people", national_code=CODE, reason="درخواست حضوری")
    pages = (ONE, "/officer/people/found")
    services.refuse("GET", ME, 403, "forbidden")
    assert all("مریم رضایی" in officer.read(page) for page in pages)
    for page in pages:
        services.refuse("GET", ME, 401, "token-invalid")
        assert officer.get(page).location == "/officer/sign-in"
        services.refuse("GET", ME, 403, "forbidden")
        assert officer.get(page).location == "/officer/sign-in"
        sign_in(officer)
        assert officer.get(page).status_code in {302, 303}
        open_objection(officer)
        officer.send("/officer/people", national_code=CODE, reason="درخواست حضوری")


def test_unknown_objection_is_not_found(officer: Person, services: Services) -> None:
    services.refuse("POST", OPENING, 404, "not-found")
    assert officer.send(f"{ONE}/opening", reason="x").status_code == 404


def test_objection_is_decided_beside_the_record(officer: Person, services: Services) -> None:
    open_objection(officer)
    page = officer.read(ONE)
    assert "همه ماه را کار کرده‌ام." in page
    assert "کلیه سوابق: روزهای هر ماه" in page
    services.set_reply("POST", f"{OBJECTIONS}/{ID}/decision", 200, PROPOSED)
    refused = officer.send(ONE, accept="yes").text
    assert '<a href="#reason">علت را بنویسید.</a>' in refused
    assert "checked" in refused
    assert officer.send(ONE, accept="no", reason="سندی نبود.").location == ONE
    sent = services.list_requests("POST", f"{OBJECTIONS}/{ID}/decision")
    assert [json.loads(one.content) for one in sent] == [{"accept": False, "reason": "سندی نبود."}]
    proposed = officer.read(ONE)
    assert "کارشناس دیگری باید آن را تایید کند" in proposed
    assert "فیش دیده شد." in proposed


@pytest.fixture
def second(officer: Person, services: Services) -> Person:
    """Return an officer who has opened an objection with a decision proposed by another."""
    services.set_reply("POST", OPENING, 200, {"objection": PROPOSED, "statement": STATEMENT})
    open_objection(officer)
    return officer


def test_own_proposal_is_only_withdrawn(officer: Person, services: Services) -> None:
    own = {"objection": PROPOSED | {"proposed_by": OFFICER}, "statement": STATEMENT}
    services.set_reply("POST", OPENING, 200, own)
    open_objection(officer)
    page = officer.read(ONE)
    assert "در انتظار تایید کارشناس دیگر" in page
    assert "پس گرفتن پیشنهاد</button>" in page
    assert "تایید تصمیم" not in page


def test_waiting_objections_come_oldest_first_with_their_age(officer: Person, services: Services) -> None:
    own = PROPOSED | {"proposed_by": OFFICER}
    services.set_reply("GET", OBJECTIONS, 200, {"items": [own, PROPOSED], "next_cursor": "more"})
    with time_machine.travel("2026-11-25T11:00:00Z", tick=False):
        sign_in(officer)
        page = officer.read("/officer/objections?status=proposed&cursor=one")
    assert page.count("۳ روز پیش") == 2
    assert page.count("در انتظار تایید کارشناس دیگر") == 1
    assert ">قدیمی‌ترین‌ها</a>" in page
    assert ">تازه‌ترها</a>" in page
    assert services.requests[-1].url.params["order"] == "oldest"
    sign_in(officer)
    officer.get("/officer/objections?status=accepted")
    assert services.requests[-1].url.params["order"] == "newest"


def test_workshops_are_named_beside_their_codes(officer: Person) -> None:
    open_objection(officer)
    claimed = officer.read(ONE).split('id="claimed"')[1].split("</table>")[0]
    assert "کارگاه نمونه" in claimed
    assert "۰۰۱۲۳۴۵۶۷۸" in claimed


def test_own_record_cannot_be_decided(second: Person, services: Services) -> None:
    services.refuse("POST", f"{OBJECTIONS}/{ID}/decision/confirmation", 403, "own-decision")
    answer = second.send(ONE, act="confirm")
    assert answer.status_code == 200
    assert "چون own-decision" in answer.text
    assert "تایید تصمیم" not in answer.text


@pytest.mark.parametrize(
    ("act", "method", "path", "message", "stands"),
    [
        ("confirm", "POST", "/decision/confirmation", "تصمیم نهایی شد", "accepted"),
        ("withdraw", "DELETE", "/decision", "پیشنهاد پس گرفته شد", "submitted"),
    ],
)
def test_a_proposal_is_confirmed_or_withdrawn(
    second: Person, services: Services, act: str, method: str, path: str, message: str, stands: str
) -> None:
    services.set_reply(
        method, f"{OBJECTIONS}/{ID}{path}", 200, PROPOSED | {"status": stands, "decided_at": AT}
    )
    assert second.send(ONE, act=act).location == ONE
    assert len(services.list_requests(method, f"{OBJECTIONS}/{ID}{path}")) == 1
    page = second.read(ONE)
    assert message in page
    assert ("ثبت پیشنهاد" in page) is (stands == "submitted")
    assert "تایید تصمیم" not in page


def test_late_decision_is_explained(officer: Person, services: Services) -> None:
    open_objection(officer)
    services.refuse("POST", f"{OBJECTIONS}/{ID}/decision", 409, "objection-status-differs")
    refused = officer.send(ONE, accept="yes", reason="این علت می‌ماند.").text
    assert "چون objection-status-differs" in refused
    assert "این علت می‌ماند." in refused


def test_failed_letter_is_queued_again_once(officer: Person, services: Services) -> None:
    failed = {
        "id": ID,
        "tracking_number": "781496384431",
        "types": ["all"],
        "requested_at": AT,
        "failure": {"code": "rendering-failed", "message": "تهیه نامه ناموفق بود."},
    }
    services.set_reply("GET", REQUESTS, 200, {"items": [failed], "next_cursor": None})
    assert "تهیه نامه ناموفق بود." in officer.read("/officer/letters/failed")
    assert services.requests[-1].url.params["status"] == "failed"
    services.set_reply("POST", f"{REQUESTS}/{ID}/retry", 202, {"id": ID})
    assert officer.send("/officer/letters/failed", disclosure_id=ID).location == "/officer/letters/failed"
    services.refuse("POST", f"{REQUESTS}/{ID}/retry", 409, "not-failed")
    assert "چون not-failed" in officer.send("/officer/letters/failed", disclosure_id=ID).text
    assert officer.send("/officer/letters/failed", disclosure_id="../x").status_code == 404


def test_letter_is_revoked_once_after_confirmation(officer: Person, services: Services) -> None:
    revocation = f"/api/v1/disclosure/letters/{SERIAL}/revocation"
    letter = {"serial": SERIAL, "state": "valid", "issued_at": AT}
    services.set_reply("GET", f"/api/v1/inquiry/letters/{SERIAL}", 200, letter)
    services.set_reply("POST", revocation, 200, {})
    typed = {"serial": "۹۹۷۰ ۴۵۹۸ ۳۲۵۲ ۵", "reason": "به اشتباه صادر شد."}
    assert officer.send("/officer/letters/revocation", **typed).location.endswith("/confirmation")
    assert services.list_requests("POST", revocation) == []
    confirmation = "/officer/letters/revocation/confirmation"
    fields = read_hidden_fields(officer.read(confirmation))
    for _ in range(2):
        assert officer.http.post(confirmation, data=fields).location == "/officer/letters/revocation"
    assert [one.read() for one in services.list_requests("POST", revocation)] == [
        '{"reason":"به اشتباه صادر شد."}'.encode()
    ]


def test_unknown_or_revoked_serial_is_reported_beside_it(officer: Person, services: Services) -> None:
    path = "/officer/letters/revocation"
    assert "شماره سریال سیزده رقم است" in officer.send(path, serial="123", reason="x").text
    services.refuse("GET", f"/api/v1/inquiry/letters/{SERIAL}", 404, "not-found")
    refused = officer.send(path, serial=SERIAL, reason="این علت می‌ماند.").text
    assert "نامه‌ای با این شماره سریال نیست" in refused
    # inquiry may not have received it yet.
    assert "همین حالا صادر شده است" in refused
    assert "این علت می‌ماند." in refused
    services.set_reply(
        "GET", f"/api/v1/inquiry/letters/{SERIAL}", 200, {"serial": SERIAL, "state": "revoked"}
    )
    assert "پیش‌تر باطل شده است" in officer.send(path, serial=SERIAL, reason="x").text


def test_letter_can_be_revoked_while_inquiry_is_unavailable(officer: Person) -> None:
    answer = officer.send("/officer/letters/revocation", serial=SERIAL, reason="x")
    assert "این نامه باطل شود؟" in officer.read(answer.location)


def test_unavailable_records_get_an_error_page(officer: Person) -> None:
    answer = officer.get("/officer/lists")
    assert answer.status_code == 503
    assert "دیدن سوابق" in answer.text


def test_decision_is_restored_after_sign_in(officer: Person) -> None:
    """What was seen has gone with the session, what was typed has not: opening it again brings both."""
    open_objection(officer)
    fields = read_hidden_fields(officer.read(ONE)) | {"accept": "no", "reason": "سندی که دیدم کافی نبود."}
    with time_machine.travel(timedelta(hours=12, minutes=1)):
        assert officer.http.post(ONE, data=fields).location == "/officer/sign-in"
        assert sign_in(officer).location == ONE
        assert officer.get(ONE).location == f"{ONE}/opening"
        open_objection(officer)
        page = officer.read(ONE)
    assert "سندی که دیدم کافی نبود." in page
    assert 'value="no" checked' in page
