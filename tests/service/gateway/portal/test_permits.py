"""Permits: how long, the code that is shown once and kept nowhere in the clear, pausing and ending them."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.letters import (
    INBOX,
    LETTER,
    PERMIT,
    PERMITS,
    build_letter,
    build_page,
    build_permit,
)

BANK = "6f2b2f0e-0000-4000-8000-000000000009"
CODE = "1234 5678 9012 3452"
NEW, CODE_PAGE = f"/inbox/{LETTER}/permit", f"/permits/{PERMIT}/code"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter())
    services.set_reply(
        "GET", "/api/v1/inquiry/institutions", 200, build_page({"id": BANK, "name": "بانک نمونه"})
    )
    issued = {"id": PERMIT, "code": CODE, "expires_at": "2026-12-22T08:30:00+00:00"}
    services.set_reply("POST", PERMITS, 201, issued)
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit())
    services.set_reply("GET", f"{PERMITS}/{PERMIT}/views", 200, build_page())
    person.sign_in()
    return person


def test_each_choice_shows_its_exact_end_and_a_month_is_suggested(citizen: Person) -> None:
    with time_machine.travel("2026-11-22T08:30:00Z", tick=False):
        citizen.sign_in()
        page = citizen.read(NEW)
    for end in ("۲ آذر ۱۴۰۵", "۸ آذر ۱۴۰۵", "۱ دی ۱۴۰۵", "۱ آذر ۱۴۰۶"):
        assert f"{end}، ساعت ۱۲:۰۰" in page
    assert re.search(r'value="30" checked', page)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ({"valid_days": "7"}, {"valid_days": 7, "max_views": None, "institution_id": None}),
        (
            {"valid_days": "other", "other_days": "۱٠", "max_views": " 3 ", "institution_id": BANK},
            {"valid_days": 10, "max_views": 3, "institution_id": BANK},
        ),
        # The days count where they were asked for.
        (
            {"valid_days": "1", "other_days": "10"},
            {"valid_days": 1, "max_views": None, "institution_id": None},
        ),
    ],
)
def test_a_permit_is_issued_as_it_was_chosen(
    citizen: Person, services: Services, typed: dict[str, str], wanted: dict[str, Any]
) -> None:
    assert citizen.send(NEW, **typed).location == CODE_PAGE
    assert json.loads(services.list_requests("POST", PERMITS)[0].content) == {"letter_id": LETTER, **wanted}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"valid_days": "other"}, "مدت اعتبار را انتخاب کنید یا تعداد روزها را بنویسید."),
        ({"valid_days": "x"}, "مدت اعتبار را انتخاب کنید یا تعداد روزها را بنویسید."),
        ({"valid_days": "other", "other_days": "۳۶۶"}, "عددی از ۱ تا ۳۶۵ بنویسید."),
        ({"valid_days": "other", "other_days": "ده"}, "عددی از ۱ تا ۳۶۵ بنویسید."),
        ({"valid_days": "other", "other_days": "9" * 5000}, "عددی از ۱ تا ۳۶۵ بنویسید."),
        ({"valid_days": "30", "max_views": "0"}, "عددی از ۱ تا ۱۰۰۰ بنویسید."),
        ({"valid_days": "30", "max_views": "-2.5"}, "عددی از ۱ تا ۱۰۰۰ بنویسید."),
    ],
)
def test_invalid_numbers_are_rejected_and_shown_again(
    citizen: Person, services: Services, typed: dict[str, str], words: str
) -> None:
    page = citizen.send(NEW, **typed).text
    assert words in page
    assert not services.list_requests("POST", PERMITS)
    for name in ("other_days", "max_views"):
        assert not typed.get(name) or f'value="{typed[name]}"' in page


def test_refusal_is_shown_beside_its_field(citizen: Person, services: Services) -> None:
    errors = [{"field": "institution_id", "message": "این موسسه شناخته نیست."}]
    services.refuse("POST", PERMITS, 422, "validation", errors=errors)
    page = citizen.send(NEW, valid_days="30", institution_id=LETTER).text
    assert 'href="#institution_id">این موسسه شناخته نیست.' in page


def test_revoked_letter_is_reported_above_the_form(citizen: Person, services: Services) -> None:
    services.refuse("POST", PERMITS, 409, "letter-revoked")
    assert "چون letter-revoked" in citizen.send(NEW, valid_days="30").text


def test_code_is_shown_in_groups_until_it_is_noted(citizen: Person) -> None:
    citizen.send(NEW, valid_days="30", max_views="2", institution_id=BANK)
    for _ in range(2):
        page = citizen.read(CODE_PAGE)
        for group in ("۱۲۳۴", "۵۶۷۸", "۹۰۱۲", "۳۴۵۲"):
            assert f"<span>{group}</span>" in page
        assert "این کد دوباره نمایش داده نمی‌شود" in page
        assert "بانک نمونه" in page
    answer = citizen.http.post(CODE_PAGE, data=read_hidden_fields(page))
    assert answer.location == f"/permits/{PERMIT}"
    assert citizen.get(CODE_PAGE).location == f"/permits/{PERMIT}"
    assert "دیگر نمایش داده نمی‌شود" in citizen.read(f"/permits/{PERMIT}")


def test_code_expires_after_ten_minutes(citizen: Person, settings: Settings) -> None:
    citizen.send(NEW, valid_days="30")
    with redis.Redis.from_url(settings.redis_url) as store:
        [key] = [key for key in store.keys("govah:portal:*") if b".code." in key]
        assert 0 < store.ttl(key) <= timedelta(minutes=10).total_seconds()
        assert b"1234" not in (store.get(key) or b"")


def test_qr_code_has_the_panels_address_and_no_code(citizen: Person) -> None:
    citizen.send(NEW, valid_days="30")
    page = citizen.read(CODE_PAGE)
    assert "http://localhost/institution" in page
    assert CODE.replace(" ", "") not in page
    assert 'src="data:image/svg+xml' in page


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_panels_address_ignores_the_host_of_a_request(
    citizen: Person, services: Services, header: str
) -> None:
    citizen.send(NEW, valid_days="30")
    cookie = citizen.http.get_cookie("govah")
    assert cookie
    citizen.http.set_cookie("govah", cookie.value, domain="evil.example")
    hostile = {header: "evil.example", "X-Forwarded-Proto": "gopher"}
    page = citizen.http.get(CODE_PAGE, headers=hostile).text
    assert "http://localhost/institution" in page
    assert "evil.example" not in page
    onward = services.requests[-1].headers
    assert (onward["X-Forwarded-Host"], onward["X-Forwarded-Proto"]) == ("localhost", "http")


def test_code_of_a_revoked_permit_is_deleted(citizen: Person, services: Services, settings: Settings) -> None:
    citizen.send(NEW, valid_days="30")
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit(state="revoked"))
    assert citizen.get(CODE_PAGE).location == f"/permits/{PERMIT}"
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal:*code.*") == []


def test_code_is_shown_while_inquiry_is_unavailable(citizen: Person, services: Services) -> None:
    citizen.send(NEW, valid_days="30")
    del services.handlers["GET", f"{PERMITS}/{PERMIT}"]
    assert "<span>۱۲۳۴</span>" in citizen.read(CODE_PAGE)


def test_double_click_leads_to_the_first_code(citizen: Person, services: Services) -> None:
    form = {**read_hidden_fields(citizen.read(NEW)), "valid_days": "30"}
    citizen.http.post(NEW, data=form)
    services.refuse("POST", PERMITS, 409, "code-already-shown", permit_id=PERMIT)
    assert citizen.http.post(NEW, data=form).location == CODE_PAGE
    assert "<span>۱۲۳۴</span>" in citizen.read(CODE_PAGE)
    keys = {one.headers["Idempotency-Key"] for one in services.list_requests("POST", PERMITS)}
    assert len(keys) == 1


def test_another_session_of_the_person_sees_no_code(citizen: Person) -> None:
    citizen.send(NEW, valid_days="30")
    citizen.http.delete_cookie("govah")
    citizen.sign_in()
    assert citizen.get(CODE_PAGE).location == f"/permits/{PERMIT}"


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [("pause", "active", "مجوز متوقف شد"), ("resume", "paused", "مجوز دوباره فعال شد")],
)
def test_a_permit_is_paused_and_resumed(
    citizen: Person, services: Services, change: str, state: str, words: str
) -> None:
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit(state=state))
    services.set_reply("POST", f"{PERMITS}/{PERMIT}/{change}", 200, build_permit())
    path = f"/permits/{PERMIT}/{change}"
    page = citizen.read(f"/permits/{PERMIT}")
    assert f'action="{path}"' in page
    assert citizen.http.post(path, data=read_hidden_fields(page)).location == f"/permits/{PERMIT}"
    assert words in citizen.read(f"/permits/{PERMIT}")


def test_ended_permit_cannot_be_paused(citizen: Person, services: Services) -> None:
    page = citizen.read(f"/permits/{PERMIT}")
    services.set_reply(
        "GET", f"{PERMITS}/{PERMIT}", 200, build_permit(state="used-up", max_views=2, view_count=2)
    )
    services.refuse("POST", f"{PERMITS}/{PERMIT}/pause", 409, "permit-over")
    citizen.http.post(f"/permits/{PERMIT}/pause", data=read_hidden_fields(page))
    page = citizen.read(f"/permits/{PERMIT}")
    assert "این مجوز پایان یافته است" in page
    assert "۲ از ۲" in page
    assert "توقف موقت" not in page


def test_a_used_up_permit_can_be_revoked_while_its_last_view_may_be_on_a_screen(
    citizen: Person, services: Services
) -> None:
    link = f'href="/permits/{PERMIT}/revocation"'
    for state, is_offered in [("used-up", True), ("expired", False), ("revoked", False)]:
        services.set_reply(
            "GET", f"{PERMITS}/{PERMIT}", 200, build_permit(state=state, max_views=2, view_count=2)
        )
        assert (link in citizen.read(f"/permits/{PERMIT}")) is is_offered


def test_permit_is_revoked_after_confirmation(citizen: Person, services: Services) -> None:
    services.set_reply("DELETE", f"{PERMITS}/{PERMIT}", 204)
    citizen.send(NEW, valid_days="30")
    assert "این مجوز را لغو می‌کنید؟" in citizen.read(f"/permits/{PERMIT}/revocation")
    assert not services.list_requests("DELETE", f"{PERMITS}/{PERMIT}")
    answer = citizen.send(f"/permits/{PERMIT}/revocation")
    assert answer.location == f"/permits/{PERMIT}"
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit(state="revoked"))
    page = citizen.read(f"/permits/{PERMIT}")
    assert "مجوز لغو شد" in page
    assert "لغو شده" in page
    assert citizen.get(CODE_PAGE).location == f"/permits/{PERMIT}"


def test_permits_are_listed_with_their_revocation(citizen: Person, services: Services) -> None:
    over = build_permit(id=BANK, state="expired", institution={"id": BANK, "name": "بانک نمونه"})
    services.set_reply("GET", PERMITS, 200, build_page(build_permit(), over))
    page = citizen.read("/permits")
    assert f"/permits/{PERMIT}/revocation" in page
    assert f"/permits/{BANK}/revocation" not in page
    assert "بانک نمونه" in page


def test_unavailable_inquiry_is_explained(citizen: Person, services: Services) -> None:
    del services.handlers["GET", "/api/v1/inquiry/institutions"]
    answer = citizen.get(NEW)
    assert answer.status_code == 503
    assert "استعلام و مجوزها اکنون کار نمی‌کند" in answer.text
