"""Held rows at the officers' desk: what a list states beside what is known, and whose the row is."""

import json
from typing import Any

import pytest

from tests.service.gateway.portal.changes import (
    CHANGES,
    HELD,
    HELD_ROWS,
    KNOWN,
    LIST,
    LISTED,
    LISTS,
    OTHER,
    PERSON,
    PROPOSAL,
    PROPOSALS,
    ROW,
    build_page,
)
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.people import sign_in

ONE = f"/officer/held-rows/{ROW}"
ALL = f"/officer/held-rows/of-list/{LIST}"
MADE = f"/officer/proposals/{PROPOSAL}"


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.set_reply("GET", HELD_ROWS, 200, build_page(HELD, next_cursor="more"))
    services.set_reply("GET", f"{HELD_ROWS}/{ROW}", 200, HELD)
    services.set_reply("GET", f"{LISTS}/{LIST}", 200, LISTED)
    services.set_reply("POST", PROPOSALS, 201, CHANGES | {"kind": "held-row", "target": ROW})
    sign_in(person)
    return person


def read_proposals(services: Services) -> list[Any]:
    return [json.loads(one.content) for one in services.list_requests("POST", PROPOSALS)]


def test_held_rows_are_listed_by_status_and_list(officer: Person, services: Services) -> None:
    page = officer.read(f"/officer/held-rows?status=rejected&list_id={LIST}")
    assert "کامبیز یوسفی" in page
    assert "مریم محمدی" in page
    assert "cursor=more" in page
    query = {"status": "rejected", "list_id": LIST, "order": "newest", "limit": "20"}
    assert dict(services.requests[-1].url.params) == query
    officer.read("/officer/held-rows?status=odd")
    assert dict(services.requests[-1].url.params) == {"status": "held", "order": "oldest", "limit": "20"}


def test_what_is_listed_stands_beside_what_is_known(officer: Person) -> None:
    page = officer.read(ONE)
    assert "کامبیز" in page
    assert "مریم" in page
    assert "۱۵ مرداد ۱۳۶۰" in page
    assert "۱۸۰٬۰۰۰٬۰۰۰" in page
    assert "راننده" in page
    # Name, surname, sex and insurance number; what is blank does not count.
    assert page.count("متفاوت") == 4


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"action": "same-person"}, {"action": "same-person"}),
        ({"action": "reject", "national_code": "0084575948"}, {"action": "reject"}),
        (
            {"action": "assign", "national_code": "۰۰۸۴۵۷۵۹۴۸"},
            {"action": "assign", "national_code": "۰۰۸۴۵۷۵۹۴۸"},
        ),
    ],
)
def test_decision_becomes_a_proposal(
    officer: Person, services: Services, fields: dict[str, str], change: dict[str, str]
) -> None:
    assert officer.send(ONE, reason="کارت ملی دیده شد.", **fields).location == MADE
    assert read_proposals(services) == [
        {"kind": "held-row", "target": ROW, "change": change, "reason": "کارت ملی دیده شد."}
    ]


def test_missing_fields_are_reported_beside_them(officer: Person, services: Services) -> None:
    refused = officer.send(ONE, reason=" ").text
    assert '<a href="#action">یکی را انتخاب کنید.</a>' in refused
    assert '<a href="#reason">علت را بنویسید.</a>' in refused
    assert read_proposals(services) == []


def test_refusals_stand_beside_their_fields(officer: Person, services: Services) -> None:
    errors = [{"field": "change.national_code", "message": "کد ملی ده رقم است."}]
    services.refuse("POST", PROPOSALS, 422, "validation", errors=errors)
    refused = officer.send(ONE, action="assign", national_code="12", reason="x").text
    assert '<a href="#national_code">کد ملی ده رقم است.</a>' in refused.replace("۰", "0")
    assert 'value="12"' in refused
    services.refuse("POST", PROPOSALS, 403, "own-record")
    assert "چون own-record" in officer.send(ONE, action="reject", reason="x").text
    services.refuse("POST", PROPOSALS, 409, "proposal-open", proposal_id=PROPOSAL)
    assert f'<a href="{MADE}">' in officer.send(ONE, action="reject", reason="x").text


@pytest.mark.parametrize("more", [{"proposal_id": PROPOSAL}, {"status": "rejected"}])
def test_decided_rows_and_those_with_a_proposal_have_no_form(
    officer: Person, services: Services, more: dict[str, str]
) -> None:
    services.set_reply("GET", f"{HELD_ROWS}/{ROW}", 200, HELD | more)
    page = officer.read(ONE)
    assert "ثبت پیشنهاد" not in page
    assert (MADE in page) is ("proposal_id" in more)


def test_all_rows_of_a_list_are_decided_together(officer: Person, services: Services) -> None:
    assert ALL in officer.read(f"/officer/held-rows?list_id={LIST}")
    page = officer.read(ALL)
    assert "کارگاه نجاری بهار" in page
    assert "کامبیز یوسفی" in page
    assert "شخص دیگری، با این کد ملی" not in page
    assert officer.send(ALL, action="reject", reason="لیست از کارگاه دیگری است.").location == MADE
    assert read_proposals(services) == [
        {
            "kind": "held-row",
            "target": LIST,
            "change": {"action": "reject"},
            "reason": "لیست از کارگاه دیگری است.",
        }
    ]


def test_two_owners_who_are_one_are_merged(officer: Person, services: Services) -> None:
    merger = f"{ONE}/merger"
    assert merger not in officer.read(ONE)
    assert "تنها از یک نفر نام می‌برد" in officer.read(merger)
    owner = KNOWN | {"id": OTHER, "national_code": None, "first_name": "گل احمد"}
    services.set_reply("GET", f"{HELD_ROWS}/{ROW}", 200, HELD | {"number_owner": owner})
    assert merger in officer.read(ONE)
    assert "گل احمد" in officer.read(merger)
    assert officer.send(merger, reason="کارت آمایش دیده شد.").location == MADE
    assert read_proposals(services) == [
        {
            "kind": "person-merger",
            "target": OTHER,
            "change": {"into": PERSON},
            "reason": "کارت آمایش دیده شد.",
        }
    ]
