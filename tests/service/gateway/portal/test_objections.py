"""«اعتراض به سوابق»: from the first word to the tracking number, and what people get wrong on the way."""

import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.record import BAKERY, ME, ROWS, SHOP, build_row, read_text, set_record

OBJECTIONS = f"{ME}/objections"
ID = "0199c2f0-4455-7c66-8d77-112233445566"
HERE = f"/record/objections/{ID}"
YEAR = f"/record/objections/days/year?workshop={SHOP}&year=1403"
DAYS = {"days_1": "۳۱", "days_2": "0", "text": "همه فروردین را کار کرده‌ام."}
PERIOD: dict[str, str | list[str]] = {
    "workshop_name": "نانوایی حسینی",
    "workshop_code": "",
    "city": "یزد",
    "start_jalali": ["۱", "3", "١٤٠٣"],
    "end_jalali": ["31", "4", "1403"],
    "days": "۶۲",
    "text": "قرارداد دارم.",
}

NO_SUCH_DAY = "در تقویم نیست. روز، ماه و سال را درست بنویسید، مانند ۱۱ اردیبهشت ۱۳۶۰."


def build_objection(**more: Any) -> dict[str, Any]:
    """Return an objection as in the API."""
    months = [{"month_jalali": "1403-01", "workshop_code": SHOP, "days": 31, "recorded_days": 10}]
    empty = ["workshop_name", "workshop_code", "city", "start_jalali", "end_jalali", "days", "fields"]
    empty += ["recorded_fields", "withdrawn_at", "question", "question_at", "answer", "answer_at"]
    return {
        "id": ID,
        "kind": "days",
        "status": "draft",
        "tracking_number": None,
        "text": "همه فروردین را کار کرده‌ام.",
        "months": months,
        **dict.fromkeys(empty),
        "created_at": "2026-11-22T10:00:00+00:00",
        "submitted_at": None,
        "decided_at": None,
        "reason": None,
        "attachments": [],
        "corrections": [],
        **more,
    }


SUBMITTED = build_objection(
    status="submitted", tracking_number="518203746195", submitted_at="2026-11-22T10:02:00+00:00"
)


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    """Somebody with a record and no objection yet, signed in."""
    set_record(services, ROWS)
    set_objections(services)
    person.sign_in()
    return person


def set_objections(services: Services, *objections: dict[str, Any]) -> None:
    services.set_reply("GET", OBJECTIONS, 200, {"items": list(objections), "next_cursor": None})
    for one in objections:
        services.set_reply("GET", f"{OBJECTIONS}/{one['id']}", 200, one)


def read_body(services: Services, method: str, path: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(services.list_requests(method, path)[-1].content)
    return body


def list_mistakes(answer: Any) -> list[str]:
    """Return the lines of the summary of errors."""
    page: str = answer.text
    summary = re.search(r'class="summary".*?</ul>', page, re.DOTALL)
    return re.findall(r"<li>(?:<a[^>]*>)?(.*?)(?:</a>)?</li>", summary[0]) if summary else []


def test_draft_has_only_changed_days(citizen: Person, services: Services) -> None:
    services.set_reply("POST", OBJECTIONS, 201, build_objection())
    assert citizen.send(YEAR, **DAYS).location == HERE
    requests = services.list_requests("POST", OBJECTIONS)[0]
    assert requests.headers["Idempotency-Key"]
    assert read_body(services, "POST", OBJECTIONS) == {
        "kind": "days",
        "months": [{"month_jalali": "1403-01", "workshop_code": SHOP, "days": 31}],
        "text": "همه فروردین را کار کرده‌ام.",
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"days_1": "۳۲"}, "روزهای فروردین ۱۴۰۳ نمی‌تواند بیش از ۳۱ باشد."),
        ({"days_1": "سی"}, "روزهای فروردین ۱۴۰۳ را بنویسید؛ از ۰ تا ۳۱."),
        ({"days_1": ""}, "روزهای فروردین ۱۴۰۳ را بنویسید؛ از ۰ تا ۳۱."),
        ({"days_1": "12.5"}, "روزهای فروردین ۱۴۰۳ را بنویسید؛ از ۰ تا ۳۱."),
        ({"text": " "}, "توضیح را بنویسید."),
        ({"text": "ا" * 2001}, "توضیح حداکثر ۲۰۰۰ نویسه است. آن را کوتاه‌تر کنید."),
        ({"days_1": "10"}, "روزهای هیچ ماهی را تغییر نداده‌اید. روزهای درست را بنویسید."),
    ],
)
def test_invalid_days_are_reported_and_shown_again(
    citizen: Person, services: Services, typed: dict[str, str], message: str
) -> None:
    answer = citizen.send(YEAR, **{**DAYS, **typed})
    assert list_mistakes(answer) == [message]
    assert not services.list_requests("POST", OBJECTIONS)
    assert f'value="{typed.get("days_1", "۳۱")}"' in answer.text


def test_recorded_days_above_the_months_length_are_accepted(person: Person, services: Services) -> None:
    set_record(services, [build_row("1403-01", 20), build_row("1403-01", 15), build_row("1403-02", 0)])
    set_objections(services)
    services.set_reply("POST", OBJECTIONS, 201, build_objection())
    person.sign_in()
    assert person.send(YEAR, days_1="35", days_2="7", text="ه").location == HERE
    assert [one["days"] for one in read_body(services, "POST", OBJECTIONS)["months"]] == [7]


def test_refusal_is_shown_beside_its_month(citizen: Person, services: Services) -> None:
    wrong = [{"field": "months.1.month_jalali", "message": "این تاریخ هنوز نیامده است."}]
    services.refuse("POST", OBJECTIONS, 422, "validation", errors=wrong)
    page = citizen.send(YEAR, **{**DAYS, "days_2": "5"}).text
    assert '<a href="#days_2">این تاریخ هنوز نیامده است.</a>' in page


def test_draft_collects_years_and_workshops(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection())
    services.set_reply("PUT", f"{OBJECTIONS}/{ID}", 200, build_objection())
    path = f"/record/objections/days/year?workshop={BAKERY}&year=1403"
    assert citizen.send(path, days_1="31", days_5="۳۱", text="هر دو").location == HERE
    assert read_body(services, "PUT", f"{OBJECTIONS}/{ID}")["months"] == [
        {"month_jalali": "1403-05", "workshop_code": BAKERY, "days": 31},
        {"month_jalali": "1403-01", "workshop_code": SHOP, "days": 31},
    ]
    assert "در پیش‌نویس هست" in read_text(citizen, "/record/objections/days")
    # What the draft says is filled in, and can be taken back month by month.
    assert 'value="۳۱"' in citizen.read(YEAR)
    citizen.send(YEAR, days_1="10", days_2="4", text="نه")
    assert read_body(services, "PUT", f"{OBJECTIONS}/{ID}")["months"] == [
        {"month_jalali": "1403-02", "workshop_code": SHOP, "days": 4}
    ]


@pytest.mark.parametrize(
    "query", ["", "workshop=none&year=1403", f"workshop={SHOP}&year=1390", f"workshop={SHOP}&year=x"]
)
def test_year_without_lists_is_not_found(citizen: Person, query: str) -> None:
    assert citizen.get(f"/record/objections/days/year?{query}").status_code == 404


def test_a_missing_period_becomes_a_draft(citizen: Person, services: Services) -> None:
    services.set_reply("POST", OBJECTIONS, 201, build_objection(kind="missing-period"))
    assert citizen.send("/record/objections/missing", **PERIOD).location == HERE
    assert read_body(services, "POST", OBJECTIONS) == {
        "kind": "missing-period",
        "workshop_name": "نانوایی حسینی",
        "workshop_code": None,
        "city": "یزد",
        "start_jalali": "1403-03-01",
        "end_jalali": "1403-04-31",
        "days": 62,
        "text": "قرارداد دارم.",
    }


def test_empty_period_reports_all_missing_fields(citizen: Person, services: Services) -> None:
    assert list_mistakes(citizen.send("/record/objections/missing")) == [
        "نام کارگاه یا کارفرما را بنویسید.",
        "شهر کارگاه را بنویسید.",
        "«اولین روز کار» را بنویسید.",
        "«آخرین روز کار» را بنویسید.",
        "تعداد روزهای کار را بنویسید.",
        "توضیح را بنویسید.",
    ]
    assert not services.list_requests("POST", OBJECTIONS)


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("workshop_code", "12345678901", "کد کارگاه تا ۱۰ نویسه است."),
        ("workshop_name", "ن" * 101, "حداکثر ۱۰۰ نویسه بنویسید."),
        ("start_jalali", ["30", "12", "1403"], ""),
        ("start_jalali", ["31", "7", "1403"], f"«اولین روز کار» {NO_SUCH_DAY}"),
        ("end_jalali", ["31", "", ""], "«آخرین روز کار» کامل نیست: ماه، سال را بنویسید."),
        ("days", "۰", "عددی از ۱ تا ۱۴۸۸۰ بنویسید."),
        ("days", "شصت", "عددی از ۱ تا ۱۴۸۸۰ بنویسید."),
    ],
)
def test_invalid_period_is_reported(
    citizen: Person, services: Services, field: str, typed: str | list[str], message: str
) -> None:
    services.set_reply("POST", OBJECTIONS, 201, build_objection(kind="missing-period"))
    answer = citizen.send("/record/objections/missing", **{**PERIOD, field: typed})
    assert list_mistakes(answer) == ([message] if message else [])
    assert bool(answer.location) is not bool(message)


def test_refusals_of_a_period_are_shown_beside_their_fields(citizen: Person, services: Services) -> None:
    wrong = [{"field": "end_jalali", "message": "تاریخ پایان پیش از تاریخ آغاز است."}]
    services.refuse("POST", OBJECTIONS, 422, "validation", errors=wrong)
    page = citizen.send("/record/objections/missing", **PERIOD).text
    assert '<a href="#end_jalali">تاریخ پایان پیش از تاریخ آغاز است.</a>' in page
    assert "نانوایی حسینی" in page


def test_a_gap_fills_in_the_days_of_its_months(citizen: Person) -> None:
    page = citizen.read("/record/objections/missing?start=1403-03&end=1403-04")
    assert re.findall(r'name="(?:start|end)_jalali" value="([^"]*)"', page) == ["۱", "۱۴۰۳", "۳۱", "۱۴۰۳"]
    for nonsense in ("start=1403-03", "start=x&end=y", "start=1403-13&end=1403-14"):
        page = citizen.read(f"/record/objections/missing?{nonsense}")
        assert re.findall(r'name="start_jalali" value="([^"]*)"', page) == ["", ""]


def test_confirmed_draft_gets_its_number(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection())
    words = read_text(citizen, HERE)
    assert "هنوز چیزی فرستاده نشده است" in words
    assert "فروردین ۱۴۰۳ کارگاه نمونه ۱۰ ۳۱" in words

    def submit(_: httpx.Request) -> httpx.Response:
        set_objections(services, SUBMITTED)
        return httpx.Response(200, json=SUBMITTED)

    services.handlers["POST", f"{OBJECTIONS}/{ID}/confirmation"] = submit
    fields = read_hidden_fields(citizen.read(HERE))
    for _ in range(2):
        assert citizen.http.post(HERE, data=fields).location == HERE
    keys = {
        one.headers["Idempotency-Key"]
        for one in services.list_requests("POST", f"{OBJECTIONS}/{ID}/confirmation")
    }
    assert len(keys) == 1
    assert "۵۱۸۲۰۳۷۴۶۱۹۵" in read_text(citizen, HERE)
    assert "تایید نهایی" not in read_text(citizen, HERE)


def test_confirming_twice_shows_the_current_state(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection())
    services.refuse("POST", f"{OBJECTIONS}/{ID}/confirmation", 409, "objection-status-differs")
    assert citizen.send(HERE).location == HERE


def test_draft_is_deleted_after_confirmation(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection())
    services.set_reply("DELETE", f"{OBJECTIONS}/{ID}", 204)
    fields = read_hidden_fields(citizen.read(f"{HERE}/deletion"))
    assert citizen.http.post(f"{HERE}/deletion", data=fields).location == "/record/objections"
    services.refuse("DELETE", f"{OBJECTIONS}/{ID}", 404, "not-found")
    assert citizen.http.post(f"{HERE}/deletion", data=fields).location == "/record/objections"
    assert "پیش‌نویس حذف شد." in citizen.read("/record/objections")


def test_submitted_objection_cannot_be_deleted(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection())
    fields = read_hidden_fields(citizen.read(f"{HERE}/deletion"))
    set_objections(services, SUBMITTED)
    services.refuse("DELETE", f"{OBJECTIONS}/{ID}", 409, "objection-status-differs")
    assert citizen.http.post(f"{HERE}/deletion", data=fields).location == HERE
    assert citizen.get(f"{HERE}/deletion").location == HERE


@pytest.mark.parametrize(
    ("kind", "path"),
    [("days", "/record/objections/days"), ("days", YEAR), ("missing-period", "/record/objections/missing")],
)
def test_undecided_objection_blocks_a_new_one(
    citizen: Person, services: Services, kind: str, path: str
) -> None:
    set_objections(services, {**SUBMITTED, "kind": kind})
    words = read_text(citizen, path)
    assert "اعتراض پیشین در دست بررسی است" in words
    assert "۵۱۸۲۰۳۷۴۶۱۹۵" in words


def test_form_survives_an_objection_from_another_window(citizen: Person, services: Services) -> None:
    services.refuse("POST", OBJECTIONS, 409, "objection-open")
    answer = citizen.send("/record/objections/missing", **PERIOD)
    assert list_mistakes(answer) == ["چون objection-open"]
    assert "قرارداد دارم." in answer.text


def test_decision_is_shown_with_reason_and_corrections(citizen: Person, services: Services) -> None:
    corrected = {"month_jalali": "1403-01", "workshop_code": SHOP, "old_days": None, "new_days": 31}
    decided = {**SUBMITTED, "status": "accepted", "decided_at": "2026-11-23T08:00:00+00:00"}
    set_objections(services, {**decided, "reason": "فیش حقوق دیده شد.", "corrections": [corrected]})
    words = read_text(citizen, HERE)
    assert "پذیرفته" in words
    assert "فیش حقوق دیده شد." in words
    assert "فروردین ۱۴۰۳ کارگاه نمونه — ۳۱" in words


def test_overview_lists_each_objection_with_its_state(citizen: Person, services: Services) -> None:
    missing = build_objection(id=ID.replace("66", "77"), kind="missing-period")
    set_objections(services, SUBMITTED, missing)
    words = read_text(citizen, "/record/objections")
    assert "روزهای نادرست ۵۱۸۲۰۳۷۴۶۱۹۵ در دست بررسی" in words
    assert "دوره جاافتاده پیش‌نویس" in words
    assert "راهنمای اعتراض به سوابق" in words
    assert "تایید نهایی" in read_text(citizen, "/record/objections/guide")


def test_draft_survives_an_ended_session(citizen: Person, services: Services) -> None:
    fields = read_hidden_fields(citizen.read(YEAR))
    with time_machine.travel(timedelta(hours=12, minutes=1)):
        assert citizen.http.post(YEAR, data={**fields, **DAYS}).location == "/sign-in"
        assert citizen.sign_in().location == YEAR
        page = citizen.read(YEAR)
    assert "همه فروردین را کار کرده‌ام." in page
    assert 'value="۳۱"' in page
    assert not services.list_requests("POST", OBJECTIONS)


def test_draft_survives_an_unavailable_service(citizen: Person, services: Services) -> None:
    answer = citizen.send("/record/objections/missing", **PERIOD)
    assert answer.status_code == 503
    assert 'href="/record/objections/missing"' in answer.text
    page = citizen.read("/record/objections/missing")
    assert "قرارداد دارم." in page
    assert 'value="۱۴۰۳"' in page
    # Once: the next time the form is new.
    assert "قرارداد دارم." not in citizen.read("/record/objections/missing")


def test_objection_of_another_person_is_not_found(citizen: Person, services: Services) -> None:
    services.refuse("GET", f"{OBJECTIONS}/{ID}", 404, "not-found")
    assert citizen.get(HERE).status_code == 404
