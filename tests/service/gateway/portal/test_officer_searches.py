"""Officers search people without a national code, and lists by workshop, month and number."""

import json
from typing import Any

import pytest

from tests.service.gateway.portal.changes import KNOWN, LISTED, LISTS, OTHER, build_page
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.record import read_text
from tests.service.gateway.portal.test_objections import list_mistakes
from tests.service.gateway.portal.test_officer import FOUND, SEARCH

PAGE, CANDIDATES, RECORD = "/officer/people", "/officer/people/candidates", "/officer/people/found"
TWIN = KNOWN | {"id": OTHER, "father_name": "حسین", "national_code": None, "insurance_number": "87654321"}
SEVERAL = {"person_id": None, "person": None, "statement": None, "candidates": [KNOWN, TWIN]}
REASON = "درخواست حضوری"


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.set_reply("POST", SEARCH, 200, FOUND)
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    sign_in(person)
    return person


def list_sent(services: Services) -> list[Any]:
    return [json.loads(one.content) for one in services.list_requests("POST", SEARCH)]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"insurance_number": "۱۲۳۴۵۶۷۸"}, {"insurance_number": "۱۲۳۴۵۶۷۸"}),
        (
            {"name": " مریم رضایی ", "birth_date_jalali": ["۱۱", "2", "۱۳۶۰"]},
            {"name": "مریم رضایی", "birth_date_jalali": "1360-02-11"},
        ),
    ],
)
def test_person_is_searched_without_a_code(
    officer: Person, services: Services, typed: dict[str, Any], sent: dict[str, str]
) -> None:
    assert officer.send(PAGE, reason=REASON, **typed).location == RECORD
    assert list_sent(services) == [{"reason": REASON} | sent]
    assert "مریم رضایی" in officer.read(RECORD)


def test_search_without_a_clue_is_refused(officer: Person, services: Services) -> None:
    refused = officer.send(PAGE, reason=REASON)
    assert list_mistakes(refused) == ["کد ملی، شماره بیمه، یا نام و تاریخ تولد را بنویسید."]
    assert list_sent(services) == []


def test_refusal_of_records_stands_beside_its_field(officer: Person, services: Services) -> None:
    errors = [{"field": "birth_date_jalali", "message": "تاریخ تولد را هم بنویسید."}]
    services.refuse("POST", SEARCH, 422, "validation", errors=errors)
    refused = officer.send(PAGE, reason=REASON, name="مریم رضایی")
    assert '<a href="#birth_date_jalali">تاریخ تولد را هم بنویسید.</a>' in refused.text
    services.refuse("POST", SEARCH, 404, "not-found")
    refused = officer.send(PAGE, reason=REASON, insurance_number="1")
    assert '<a href="#insurance_number">چون not-found</a>' in refused.text


def test_one_of_several_is_chosen_with_the_same_reason(officer: Person, services: Services) -> None:
    services.set_reply("POST", SEARCH, 200, SEVERAL)
    response = officer.send(PAGE, reason=REASON, name="مریم محمدی", birth_date_jalali=["15", "5", "1360"])
    assert response.location == CANDIDATES
    text = read_text(officer, CANDIDATES)
    for word in ("نام پدر رضا", "نام پدر حسین", "۰۰۸۴۵۷۵۹۴۸", "۸۷۶۵۴۳۲۱", "برای هر یک از آنان ثبت شده است"):
        assert word in text
    services.set_reply("POST", SEARCH, 200, FOUND)
    fields = read_hidden_fields(officer.read(CANDIDATES))
    assert officer.http.post(CANDIDATES, data={**fields, "person_id": OTHER}).location == RECORD
    assert list_sent(services)[1:] == [{"reason": REASON, "person_id": OTHER}]


def test_only_candidates_can_be_chosen(officer: Person, services: Services) -> None:
    assert officer.get(CANDIDATES).location == PAGE
    services.set_reply("POST", SEARCH, 200, SEVERAL)
    officer.send(PAGE, reason=REASON, insurance_number="12345678")
    fields = read_hidden_fields(officer.read(CANDIDATES))
    answer = officer.http.post(CANDIDATES, data={**fields, "person_id": str(FOUND["person_id"])})
    assert answer.status_code == 200
    assert len(list_sent(services)) == 1


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("workshop=۰۰۱۲۳-۴۵۶۷۸&month=۱۴۰۳/۷", {"workshop": "0012345678", "month": "1403-07"}),
        ("workshop=+نجاری بهار&number=۰۱", {"name": "نجاری بهار", "number": "۰۱"}),
        ("workshop=&month=&number=", {}),
        ("month=1403-12", {"month": "1403-12"}),
        ("file=+البرز مهر+", {"file": "البرز مهر"}),
    ],
)
def test_lists_are_searched(officer: Person, services: Services, typed: str, query: dict[str, str]) -> None:
    services.set_reply("GET", LISTS, 200, build_page(LISTED, next_cursor="more"))
    page = officer.read(f"/officer/lists?{typed}")
    assert dict(services.requests[-1].url.params) == query | {"limit": "20"}
    assert "کارگاه نجاری بهار" in page
    assert "<bdi>کارگاه بهار</bdi>/<wbr><bdi>DSKKAR00.DBF</bdi>" in page
    assert "cursor=more" in page


def test_pages_of_a_search_stay_in_it(officer: Person, services: Services) -> None:
    services.set_reply("GET", LISTS, 200, build_page(LISTED, next_cursor="more"))
    assert "/officer/lists?cursor=more&amp;number=1" in officer.read("/officer/lists?number=1")


def test_search_that_finds_nothing_says_so(officer: Person, services: Services) -> None:
    services.set_reply("GET", LISTS, 200, build_page())
    assert "لیستی با این ویژگی‌ها نیست" in officer.read("/officer/lists?number=9")
    assert "هنوز لیستی وارد نشده است" in officer.read("/officer/lists")


@pytest.mark.parametrize(("field", "place"), [("month", "month"), ("name", "workshop")])
def test_wrong_search_is_explained(officer: Person, services: Services, field: str, place: str) -> None:
    services.refuse("GET", LISTS, 422, "validation", errors=[{"field": field, "message": "نادرست است."}])
    assert f'<a href="#{place}">نادرست است.</a>' in officer.read("/officer/lists?month=x&workshop=y")
