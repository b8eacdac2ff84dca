"""Proposals at the officers' desk: what changes, and who confirms, rejects and withdraws."""

import json
from typing import Any

import pytest

from tests.service.gateway.portal.changes import (
    AT,
    CHANGES,
    COLLEAGUE,
    HELD,
    HELD_ROWS,
    LIST,
    LISTED,
    LISTS,
    ME,
    PROPOSAL,
    PROPOSALS,
    ROW,
    build_page,
)
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.people import sign_in

ONE = f"/officer/proposals/{PROPOSAL}"
API = f"{PROPOSALS}/{PROPOSAL}"
CONFIRM, WITHDRAW, REJECT = "تایید پیشنهاد</button>", "پس گرفتن پیشنهاد</button>", "رد پیشنهاد</button>"
FIRST, LEAVE = "تایید اول</button>", "برداشتن تایید اول</button>"


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.set_reply("GET", API, 200, CHANGES)
    services.refuse("GET", f"{LISTS}/{ROW}", 404, "not-found")
    services.set_reply("GET", f"{LISTS}/{LIST}", 200, LISTED)
    sign_in(person)
    return person


def read_proposal(officer: Person, services: Services, **members: Any) -> str:
    """Return the page of a proposal with these members."""
    services.set_reply("GET", API, 200, CHANGES | members)
    return officer.read(ONE)


def test_proposals_are_listed_by_status_and_kind(officer: Person, services: Services) -> None:
    decision = CHANGES | {"kind": "objection-decision", "target": ROW}
    services.set_reply("GET", PROPOSALS, 200, build_page(CHANGES, decision, next_cursor="more"))
    page = officer.read("/officer/proposals?status=confirmed&kind=person-correction")
    assert dict(services.requests[-1].url.params) == {
        "status": "confirmed", "kind": "person-correction", "order": "newest", "limit": "20",
    }  # fmt: skip
    assert f'href="{ONE}"' in page
    assert f'href="/officer/objections/{ROW}"' in page
    assert "cursor=more" in page
    officer.read("/officer/proposals?status=odd&kind=odd")
    assert dict(services.requests[-1].url.params) == {"status": "proposed", "order": "oldest", "limit": "20"}


@pytest.mark.parametrize(
    ("members", "buttons"),
    [
        ({}, {CONFIRM, REJECT}),
        ({"proposed_by": ME}, {WITHDRAW}),
        ({"by_system": True, "proposed_by": None}, {FIRST, REJECT}),
        ({"by_system": True, "proposed_by": ME}, {LEAVE}),
        ({"by_system": True}, {CONFIRM, REJECT}),
        ({"status": "confirmed", "decided_by": COLLEAGUE, "decided_at": AT}, set()),
        ({"status": "withdrawn", "proposed_by": ME, "decided_by": ME, "decided_at": AT}, set()),
        ({"kind": "objection-decision", "target": ROW}, set()),
    ],
)
def test_only_buttons_that_can_succeed_are_shown(
    officer: Person, services: Services, members: dict[str, Any], buttons: set[str]
) -> None:
    page = read_proposal(officer, services, **members)
    offered = {one for one in (CONFIRM, WITHDRAW, REJECT, FIRST, LEAVE) if f">{one}" in page}
    assert offered == buttons


def test_proposal_of_the_system_needs_two_officers(officer: Person, services: Services) -> None:
    page = read_proposal(officer, services, by_system=True, proposed_by=None)
    assert "دو کارشناس باید آن را تایید کنند" in page
    page = read_proposal(officer, services, by_system=True)
    assert "کارشناس دیگری تایید اول را داده است" in page
    assert COLLEAGUE[:8] in page


@pytest.mark.parametrize(
    ("act", "reply", "note"),
    [
        ("confirm", {"status": "confirmed"}, "پیشنهاد تایید و اجرا شد"),
        ("confirm", {"by_system": True, "proposed_by": ME}, "تایید اول ثبت شد"),
        ("withdraw", {"status": "withdrawn"}, "پیشنهاد پس گرفته شد"),
        ("withdraw", {"by_system": True, "proposed_by": None}, "تایید شما برداشته شد"),
    ],
)
def test_proposal_is_confirmed_or_withdrawn(
    officer: Person, services: Services, act: str, reply: dict[str, Any], note: str
) -> None:
    method, path = ("POST", f"{API}/confirmation") if act == "confirm" else ("DELETE", API)
    services.set_reply(method, path, 200, CHANGES | reply)
    assert officer.send(ONE, act=act).location == ONE
    assert len(services.list_requests(method, path)) == 1
    assert note in officer.read(ONE)


def test_rejection_needs_a_reason(officer: Person, services: Services) -> None:
    assert '<a href="#reason">علت را بنویسید.</a>' in officer.send(ONE, act="reject", reason=" ").text
    services.set_reply("POST", f"{API}/rejection", 200, CHANGES | {"status": "rejected"})
    assert officer.send(ONE, act="reject", reason="مدرک کافی نیست.").location == ONE
    (sent,) = services.list_requests("POST", f"{API}/rejection")
    assert json.loads(sent.content) == {"reason": "مدرک کافی نیست."}
    assert "پیشنهاد رد شد" in officer.read(ONE)


@pytest.mark.parametrize(
    ("status", "code", "buttons"),
    [
        (409, "proposal-outdated", {REJECT}),
        (403, "own-record", set()),
        (409, "proposal-status-differs", None),
    ],
)
def test_refusals_are_explained_and_not_offered_again(
    officer: Person, services: Services, status: int, code: str, buttons: set[str] | None
) -> None:
    services.refuse("POST", f"{API}/confirmation", status, code)
    refused = officer.send(ONE, act="confirm")
    assert refused.status_code == 200
    assert f"چون {code}" in refused.text
    if buttons is not None:
        assert {one for one in (CONFIRM, REJECT) if f">{one}" in refused.text} == buttons


def test_person_values_are_shown_before_and_after(officer: Person, services: Services) -> None:
    page = officer.read(ONE)
    assert "۱۵ مرداد ۱۳۶۰" in page
    assert "۱۶ مرداد ۱۳۶۰" in page
    assert "شناسنامه دیده شد." in page
    assert "مریم محمدی" in page
    differences = [
        {"field": "sex", "old": "female", "new": "male"},
        {"field": "lists", "old": 3, "new": 5},
    ]
    page = read_proposal(
        officer, services, kind="person-merger", differences=differences, change={"into": ROW}
    )
    assert "اکنون ۳، پس از تایید ۵" in page
    assert "مرد" in page


def test_rows_of_a_list_are_shown_page_by_page(officer: Person, services: Services) -> None:
    differences = [
        {"row": row, "national_code": "0084575948", "field": "days", "old": 12, "new": 1000 + row}
        for row in range(1, 151)
    ]
    members = {"kind": "list-replacement", "target": LIST, "differences": differences}
    page = read_proposal(officer, services, differences_total=2_000, **members)
    assert "کارگاه نجاری بهار" in page
    assert "۱٬۱۰۰" in page
    assert "۱٬۱۰۱" not in page
    assert "۱۵۰ تغییر از ۲٬۰۰۰ تغییر" in page
    assert "۱٬۱۰۱" in officer.read(f"{ONE}?page=2")
    assert "۱٬۱۰۱" in officer.read(f"{ONE}?page=99")


def test_held_row_of_a_proposal_is_linked(officer: Person, services: Services) -> None:
    services.set_reply("GET", f"{HELD_ROWS}/{ROW}", 200, HELD)
    differences = [{"row": 12, "national_code": "0084575948", "field": "person", "old": None, "new": None}]
    change = {"action": "reject"}
    page = read_proposal(
        officer, services, kind="held-row", target=ROW, differences=differences, change=change
    )
    assert f'href="/officer/held-rows/{ROW}"' in page
    assert "هیچ‌کس" in page
    assert "سطر از هیچ‌کس نیست" in page


def test_proposal_without_the_scope_is_an_error_page(officer: Person, services: Services) -> None:
    services.refuse("GET", API, 403, "forbidden")
    assert officer.get(ONE).status_code == 403
