"""A report of an institution reaches its person, who objects with a form that is filled in, or declines."""

import json
import re
from html import unescape
from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.inquiries import (
    ANSWER,
    DISCREPANCIES,
    FORM,
    INQUIRY_ID,
    TYPED,
    sign_in_clerk,
)
from tests.service.gateway.portal.record import BAKERY, ROWS, SHOP, read_text, set_record
from tests.service.gateway.portal.test_objections import (
    HERE,
    OBJECTIONS,
    SUBMITTED,
    build_objection,
    read_body,
    set_objections,
)

REPORT_ID = "0199c2e1-7788-7e99-8aaa-d4e5f6071829"
REPORT = f"/reports/{REPORT_ID}"
TEXT = "در مدارک ما ۳۰ روز <کار> است."
SHOWN = TEXT.replace("<", "&lt;").replace(">", "&gt;")
QUOTATION = f"موسسه بانک نمونه گزارش کرد: {TEXT}"


def build_report(**more: Any) -> dict[str, Any]:
    """Return a report as in the API."""
    return {
        "id": REPORT_ID,
        "inquiry_id": "0199c2e0-5566-7d77-9f88-b2c3d4e5f607",
        "serial": "4729103856177",
        "institution": "بانک نمونه",
        "month_jalali": "1402-12",
        "text": TEXT,
        "reported_at": "2026-11-23T08:05:00+00:00",
        "status": "reported",
        "letter_id": "0199c2d6-01fe-7d44-9c0a-5b6c7d8e9f01",
        "permit_id": "0199c2d7-3344-7c55-8e66-a1b2c3d4e5f6",
        "objection_id": None,
        **more,
    }


def set_report(services: Services, **more: Any) -> None:
    report = build_report(**more)
    services.set_reply("GET", DISCREPANCIES, 200, {"items": [report], "next_cursor": None})
    services.set_reply("GET", f"{DISCREPANCIES}/{REPORT_ID}", 200, report)


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    """Somebody with a record and a report about a month, signed in."""
    set_record(services, ROWS)
    set_objections(services)
    set_report(services)
    person.sign_in()
    return person


def list_ways(citizen: Person) -> list[str]:
    """Return where the report's page leads for an objection."""
    return [
        unescape(path) for path in re.findall('href="(/record/objections/[dm][^"]*)"', citizen.read(REPORT))
    ]


def test_report_stands_on_the_first_page_until_it_is_answered(citizen: Person, services: Services) -> None:
    page = read_text(citizen, "/home")
    assert all(words in page for words in ("بانک نمونه", "اسفند ۱۴۰۲", SHOWN))
    assert f'href="{REPORT}"' in citizen.read("/home")
    for status in ("objected", "declined", "decided"):
        set_report(services, status=status)
        assert "بانک نمونه" not in read_text(citizen, "/home")


def test_first_page_is_shown_while_inquiry_is_unavailable(citizen: Person, services: Services) -> None:
    del services.handlers["GET", DISCREPANCIES]
    assert citizen.get("/home").status_code == 200


def test_activity_leads_to_the_report(citizen: Person, services: Services) -> None:
    item = {
        "kind": "discrepancy.reported",
        "title": "موسسه مغایرتی گزارش کرد",
        "state": None,
        "references": {"discrepancy_id": REPORT_ID, "permit_id": REPORT_ID, "institution": "بانک نمونه"},
        "at": "2026-11-23T08:05:00+00:00",
    }
    services.set_reply("GET", "/api/v1/disclosure/activity", 200, {"items": [item], "next_cursor": None})
    assert f'<a class="what" href="{REPORT}">' in citizen.read("/home")


def test_objection_form_has_the_month_the_workshop_and_a_quotation(
    citizen: Person, services: Services
) -> None:
    went_to, _ = list_ways(citizen)
    assert went_to == f"/record/objections/days/year?workshop={SHOP}&year=1402&report={REPORT_ID}"
    page = citizen.read(went_to)
    assert 'name="days_12"' in page
    assert "موسسه بانک نمونه گزارش کرد: در مدارک ما ۳۰ روز &lt;کار&gt; است.</textarea>" in page
    services.set_reply("POST", OBJECTIONS, 201, build_objection())
    assert citizen.send(went_to, days_12="28", text=QUOTATION).location == HERE
    assert read_body(services, "POST", OBJECTIONS) == {
        "kind": "days",
        "months": [{"month_jalali": "1402-12", "workshop_code": SHOP, "days": 28}],
        "text": QUOTATION,
        "discrepancy_ids": [REPORT_ID],
    }


def test_of_several_workshops_the_person_chooses_one(citizen: Person, services: Services) -> None:
    set_report(services, month_jalali="1403-01")
    days = "/record/objections/days/year?workshop={}&year=1403&report=" + REPORT_ID
    missing = f"/record/objections/missing?start=1403-01&end=1403-01&report={REPORT_ID}"
    assert list_ways(citizen) == [days.format(SHOP), days.format(BAKERY), missing]


def test_month_without_a_record_is_a_missing_period(citizen: Person, services: Services) -> None:
    set_report(services, month_jalali="1402-07")
    (went_to,) = list_ways(citizen)
    page = citizen.read(went_to)
    assert "موسسه بانک نمونه گزارش کرد" in page
    assert '<option value="7" selected>' in page
    services.set_reply("POST", OBJECTIONS, 201, build_objection())
    period: dict[str, str | list[str]] = {
        "workshop_name": "نانوایی حسینی",
        "city": "یزد",
        "start_jalali": ["1", "7", "1402"],
        "end_jalali": ["30", "7", "1402"],
        "days": "30",
        "text": QUOTATION,
    }
    assert citizen.send(went_to, **period).location == HERE
    assert read_body(services, "POST", OBJECTIONS)["discrepancy_ids"] == [REPORT_ID]


def test_draft_gets_a_second_report_beside_the_first(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection(discrepancy_ids=["first"], text="پیش‌نویس من"))
    services.set_reply("PUT", f"{OBJECTIONS}/{build_objection()['id']}", 200, build_objection())
    went_to, _ = list_ways(citizen)
    assert "پیش‌نویس من\nموسسه بانک نمونه گزارش کرد" in citizen.read(went_to)
    citizen.send(went_to, days_12="28", text="x")
    body = read_body(services, "PUT", f"{OBJECTIONS}/{build_objection()['id']}")
    assert body["discrepancy_ids"] == ["first", REPORT_ID]


def test_draft_names_its_reports_after_another_change(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection(discrepancy_ids=[REPORT_ID]))
    services.set_reply("PUT", f"{OBJECTIONS}/{build_objection()['id']}", 200, build_objection())
    citizen.send(f"/record/objections/days/year?workshop={SHOP}&year=1403", days_1="31", days_2="0", text="x")
    body = read_body(services, "PUT", f"{OBJECTIONS}/{build_objection()['id']}")
    assert body["discrepancy_ids"] == [REPORT_ID]


@pytest.mark.parametrize("report", ["x", "0199c2e1-0000-7e99-8aaa-d4e5f6071829"])
def test_unknown_report_is_not_found(citizen: Person, services: Services, report: str) -> None:
    services.refuse("GET", f"{DISCREPANCIES}/{report}", 404, "not-found")
    path = f"/record/objections/days/year?workshop={SHOP}&year=1402&report={report}"
    assert citizen.get(path).status_code == 404


def test_person_declines_a_report(citizen: Person, services: Services) -> None:
    services.set_reply("POST", f"{DISCREPANCIES}/{REPORT_ID}/decline", 200, build_report(status="declined"))
    assert citizen.send(f"{REPORT}").status_code == 405
    page = citizen.read(REPORT)
    assert f'action="{REPORT}/decline"' in page
    answer = press_decline(citizen, page)
    assert answer.location == REPORT
    set_report(services, status="declined")
    page = read_text(citizen, REPORT)
    assert "موسسه این را می‌بیند" in page
    assert "نپذیرفته" in page


def press_decline(citizen: Person, page: str) -> Any:
    token = page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]
    return citizen.http.post(f"{REPORT}/decline", data={"csrf_token": token})


def test_declining_after_an_objection_leads_to_the_report(citizen: Person, services: Services) -> None:
    services.refuse("POST", f"{DISCREPANCIES}/{REPORT_ID}/decline", 409, "discrepancy-answered")
    assert press_decline(citizen, citizen.read(REPORT)).location == REPORT
    set_report(services, status="objected", objection_id=SUBMITTED["id"])
    page = citizen.read(REPORT)
    assert f'href="{HERE}"' in page
    assert "/decline" not in page


def test_objection_leads_back_to_its_report(citizen: Person, services: Services) -> None:
    set_objections(services, SUBMITTED | {"discrepancy_ids": [REPORT_ID]})
    assert f'href="{REPORT}"' in citizen.read(HERE)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("reported", "هنوز پاسخ نداده است"),
        ("objected", "کارشناسان بررسی می‌کنند"),
        ("declined", "سوابق درست است"),
        ("decided", "رسیدگی شد"),
    ],
)
def test_institution_sees_what_became_of_its_report(
    person: Person, services: Services, status: str, words: str
) -> None:
    set_report(services, status=status, letter_id=None, permit_id=None)
    assert person.get("/institution/discrepancies").location == "/institution/sign-in"
    sign_in_clerk(person)
    page = read_text(person, "/institution/discrepancies")
    assert all(part in page for part in (words, SHOWN, "اسفند ۱۴۰۲", "۴۷۲۹۱۰۳۸۵۶۱۷۷"))


def test_year_of_a_report_is_the_last_one_of_the_letter(person: Person, answered: Services) -> None:
    sign_in_clerk(person)
    person.send(FORM, **TYPED)
    page = person.read(f"{ANSWER}/discrepancy")
    [year] = re.findall('<input[^>]* name="year"[^>]*>', page)
    assert 'value="۱۴۰۲"' in year
    # What was typed stays.
    [year] = re.findall('<input[^>]* name="year"[^>]*>', person.send(f"{ANSWER}/discrepancy", year="").text)
    assert "۱۴۰۲" not in year


def test_more_reports_than_allowed_are_refused_on_the_form(person: Person, services: Services) -> None:
    sign_in_clerk(person)
    services.refuse("POST", DISCREPANCIES, 429, "too-many-reports")
    typed = {"month": "12", "year": "1402", "text": "چنین نیست"}
    page = person.send(f"{ANSWER}/discrepancy", **typed)
    assert page.status_code == 200
    assert "چنین نیست" in page.text


def test_double_click_reports_one_discrepancy(person: Person, answered: Services) -> None:
    assert person.get(f"{ANSWER}/discrepancy").location == "/institution/sign-in"
    sign_in_clerk(person)
    answered.set_reply("POST", DISCREPANCIES, 201, {"id": INQUIRY_ID})
    page = person.read(f"{ANSWER}/discrepancy")
    fields = {**read_hidden_fields(page), "month": "7", "year": "۱۴۰۳", "text": "در مدارک ما ۳۰ روز است."}
    for _ in range(2):
        assert person.http.post(f"{ANSWER}/discrepancy", data=fields).location == ANSWER
    (sent,) = answered.list_requests("POST", DISCREPANCIES)
    assert json.loads(sent.content) == {
        "inquiry_id": INQUIRY_ID,
        "month_jalali": "1403-07",
        "text": "در مدارک ما ۳۰ روز است.",
    }


def test_invalid_report_is_reported_beside_its_field(person: Person, services: Services) -> None:
    sign_in_clerk(person)
    empty = person.send(f"{ANSWER}/discrepancy").text
    assert all(f'href="#{field}"' in empty for field in ("month", "year", "text"))
    errors = [{"field": "month_jalali", "message": "این ماه هنوز نرسیده است."}]
    services.refuse("POST", DISCREPANCIES, 422, "validation", errors=errors)
    fields = {"month": "12", "year": "1405", "text": "چنین نیست"}
    page = person.send(f"{ANSWER}/discrepancy", **fields).text
    assert '<a href="#year">این ماه هنوز نرسیده است.</a>' in page
    services.refuse("POST", DISCREPANCIES, 404, "not-found")
    page = person.send(f"{ANSWER}/discrepancy", **fields).text
    assert "به نام موسسه شما نیست" in page
