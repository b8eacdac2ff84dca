"""Two people with an account each whom officers merge, so that one of the accounts is closed."""

from collections.abc import Iterator

import jwt

from tests.browser.changes import PROPOSALS, REASON
from tests.browser.pages import Portal
from tests.browser.people import Newcomer
from tests.e2e.client import Stranger

PAGE = "/admin/closed-accounts"


def close_an_account(portal: Portal) -> None:
    """Merge two new people, and wait for the message to the mobile of the closed account."""
    system = portal.system
    merged, remaining = Newcomer.register(system), Newcomer.register(system)
    token = Stranger(system).sign_in(**merged.credentials).http.headers["Authorization"]
    claims = jwt.decode(token.removeprefix("Bearer "), options={"verify_signature": False})
    fields = {"kind": "person-merger", "target": claims["sub"], "change": {"into": remaining.national_code}}
    proposed = Stranger(system).sign_in_officer().post(PROPOSALS, {**fields, "reason": REASON})
    assert proposed.status_code == 201, proposed.text
    second = Stranger(system).sign_in(**system.demo["second_officer"])
    confirmed = second.post(f"{PROPOSALS}/{proposed.json()['id']}/confirmation")
    assert confirmed.status_code == 200, confirmed.text
    second.wait_for_message(merged.mobile, "account-closed")


def open_closed_accounts(portal: Portal) -> Iterator[tuple[str, str]]:
    """Yield the pages on which an administrator, who is signed in, chooses between two accounts."""
    close_an_account(portal)
    yield "admin_accounts.list_closed_accounts", PAGE
    portal.open(PAGE)
    one = portal.page.locator(f"main .log a[href^='{PAGE}/']").first.get_attribute("href")
    yield "admin_accounts.choose_closed_account", str(one)
