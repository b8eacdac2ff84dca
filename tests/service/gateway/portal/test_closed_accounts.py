"""An administrator chooses between two accounts of one person in the portal."""

from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.test_administration import API, admin, get_sent
from tests.service.gateway.portal.test_objections import list_mistakes

__all__ = ["admin"]

CLOSED_ID = "0199b444-2233-4444-8555-66778899aabb"
PAGE, ONE, API_ONE = (
    "/admin/closed-accounts",
    f"/admin/closed-accounts/{CLOSED_ID}",
    f"{API}/closed-accounts/{CLOSED_ID}",
)
AT = "2026-11-22T09:15:00+00:00"
CHOICE: dict[str, Any] = {
    "id": CLOSED_ID,
    "closed_at": AT,
    "closed": {"number_ends": "012", "mobile_ends": "3344", "activated_at": AT},
    "current": {"number_ends": "789", "mobile_ends": "5566", "activated_at": AT},
}


@pytest.fixture
def chooser(admin: Person, services: Services) -> Person:
    services.set_reply("GET", f"{API}/closed-accounts", 200, {"items": [CHOICE], "next_cursor": "more"})
    services.set_reply("GET", API_ONE, 200, CHOICE)
    services.set_reply("POST", f"{API_ONE}/choice", 204, None)
    return admin


def test_closed_accounts_are_listed_and_searched(chooser: Person, services: Services) -> None:
    assert f'href="{PAGE}"' in chooser.read("/admin")
    page = chooser.read(f"{PAGE}?mobile_ends=+3344")
    assert services.list_requests("GET", f"{API}/closed-accounts")[-1].url.params["mobile_ends"] == "3344"
    for text in (
        "به ۳۳۴۴ پایان",
        "ورود: ۰۱۲",
        "همراه ۵۵۶۶",
        f'href="{ONE}"',
        "cursor=more&amp;mobile_ends=3344",
    ):
        assert text in page
    errors = [{"field": "mobile_ends", "message": "چهار رقم آخر را بنویسید."}]
    services.refuse("GET", f"{API}/closed-accounts", 422, "validation", errors=errors)
    assert "چهار رقم آخر را بنویسید." in chooser.read(f"{PAGE}?mobile_ends=1")


def test_the_choice_is_confirmed_with_a_reason(chooser: Person, services: Services) -> None:
    page = chooser.read(ONE)
    assert "به هر دو شماره همراه پیام می‌رسد" in page
    assert list_mistakes(chooser.send(ONE, reason="")) == ["علت را بنویسید."]
    assert services.list_requests("POST", f"{API_ONE}/choice") == []
    done = chooser.send(ONE, reason="شناسایی حضوری")
    assert done.headers["Location"] == PAGE
    assert get_sent(services, "POST", f"{API_ONE}/choice") == {"reason": "شناسایی حضوری"}
    assert "حساب انتخاب شد" in chooser.read(PAGE)


def test_an_account_that_is_not_closed_any_more_leads_back(chooser: Person, services: Services) -> None:
    services.refuse("POST", f"{API_ONE}/choice", 404, "closed-account-unknown")
    services.refuse("GET", API_ONE, 404, "closed-account-unknown")
    assert chooser.get(ONE).headers["Location"] == PAGE
    assert "پیش از این انتخاب شده است" in chooser.read(PAGE)


def test_nothing_is_chosen_for_a_person_without_an_account(chooser: Person, services: Services) -> None:
    services.set_reply("GET", API_ONE, 200, CHOICE | {"current": None})
    page = chooser.read(ONE)
    assert "چیزی برای انتخاب نیست" in page
    assert "<textarea" not in page
    assert 'name="reason"' not in page
