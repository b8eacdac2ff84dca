"""An administrator chooses between two accounts of one person."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.auth.models import AdministrativeAct
from tests.databases import SqliteTemplates
from tests.service.auth.administration import ADMIN, add_admin, create, list_actions, open_admin_desk
from tests.service.auth.administration import sign_in as sign_in_staff
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person
from tests.service.auth.people import consume, list_kinds, merge
from tests.service.auth.test_merged_people import list_accounts, reset_password, sign_in

CLOSED = "/admin/closed-accounts"
REASON = {"reason": "شناسایی حضوری"}


@pytest.fixture
def desk(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Iterator[Desk]:
    with open_admin_desk(sqlite_templates, tmp_path) as opened:
        yield opened


def merge_two(desk: Desk) -> tuple[Person, Person]:
    """Return a merged and a remaining person, who both had an account."""
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    reset_password(desk, remaining)
    consume(desk, merge(desk, merged, remaining))
    desk.send()
    desk.messages.sent.clear()
    return merged, remaining


def list_choices(desk: Desk, token: str, query: str = "") -> list[dict[str, Any]]:
    response = desk.call("GET", f"{CLOSED}{query}", token=token)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.get_json()["items"]
    return items


def test_an_admin_chooses_and_both_mobiles_get_a_message(desk: Desk) -> None:
    token = add_admin(desk)
    merged, remaining = merge_two(desk)
    old = desk.fetch_tokens(remaining, OTHER_PASSWORD)["access_token"]
    desk.send()
    desk.messages.sent.clear()
    [choice] = list_choices(desk, token)
    assert choice["closed"]["mobile_ends"] == merged.mobile[-4:]
    assert choice["closed"]["number_ends"] == merged.national_code[-3:]
    assert choice["current"]["mobile_ends"] == remaining.mobile[-4:]
    one = desk.call("GET", f"{CLOSED}/{choice['id']}", token=token)
    assert one.get_json() == choice
    for secret in (merged.mobile, merged.national_code, remaining.mobile, remaining.national_code):
        assert secret not in one.text
    assert desk.post(f"{CLOSED}/{choice['id']}/choice", REASON, token=token).status_code == 204
    desk.send()
    assert list_kinds(desk.messages.sent) == sorted(
        [(merged.mobile, "account-chosen"), (remaining.mobile, "account-closed")]
    )
    assert desk.call("DELETE", "/sessions/current", token=old).status_code == 401
    assert list_accounts(desk) == [(remaining.id, remaining.national_code, merged.mobile)]
    assert sign_in(desk, remaining, PASSWORD) == str(remaining.id)
    assert list_actions(desk, token)[0] == (ADMIN, "account-chosen", str(remaining.id))
    with desk.sessions() as session:
        assert session.query(AdministrativeAct).all()[-1].details == REASON
    # The choice can be taken back once; what was chosen is not closed any more.
    again = desk.post(f"{CLOSED}/{choice['id']}/choice", REASON, token=token)
    assert (again.status_code, again.get_json()["code"]) == (404, "closed-account-unknown")
    [other] = list_choices(desk, token)
    assert desk.post(f"{CLOSED}/{other['id']}/choice", REASON, token=token).status_code == 204
    assert sign_in(desk, remaining, OTHER_PASSWORD) == str(remaining.id)


def test_a_choice_needs_a_reason(desk: Desk) -> None:
    token = add_admin(desk)
    merge_two(desk)
    [choice] = list_choices(desk, token)
    for body in ({}, {"reason": " "}, {"reason": "x" * 201}):
        response = desk.post(f"{CLOSED}/{choice['id']}/choice", body, token=token)
        assert response.status_code == 422
        assert [error["field"] for error in response.get_json()["errors"]] == ["reason"]
    assert len(list_choices(desk, token)) == 1


def test_closed_accounts_are_searched_by_the_end_of_either_mobile(desk: Desk) -> None:
    token = add_admin(desk)
    merged, remaining = merge_two(desk)
    merge_two(desk)
    for person in (merged, remaining):
        matches = list_choices(desk, token, f"?mobile_ends={person.mobile[-4:]}")
        assert merged.mobile[-4:] in [one["closed"]["mobile_ends"] for one in matches]
    newest, *_ = list_choices(desk, token, "?limit=1")
    assert newest["closed"]["mobile_ends"] != merged.mobile[-4:]
    for wrong in ("12", "12345", "%25%25%25%25", "abcd"):
        response = desk.call("GET", f"{CLOSED}?mobile_ends={wrong}", token=token)
        assert (response.status_code, response.get_json()["code"]) == (422, "validation")


def test_only_admins_choose(desk: Desk) -> None:
    admin = add_admin(desk)
    _, remaining = merge_two(desk)
    [choice] = list_choices(desk, admin)
    officer = create(desk, admin, "/admin/officers", {"username": "officer.one", "scopes": ["helpdesk"]})
    tokens = (
        sign_in_staff(desk, "officer.one", officer["password"]),
        str(desk.fetch_tokens(remaining, OTHER_PASSWORD)["access_token"]),
    )
    for token in tokens:
        assert desk.post(f"{CLOSED}/{choice['id']}/choice", REASON, token=token).status_code == 403
        assert desk.call("GET", CLOSED, token=token).status_code == 403
    unknown = desk.post(f"{CLOSED}/{uuid.uuid4()}/choice", REASON, token=admin)
    assert unknown.status_code == 404


def test_a_command_is_in_the_log_too(desk: Desk) -> None:
    token = add_admin(desk)
    _, remaining = merge_two(desk)
    [choice] = list_choices(desk, token)
    desk.run("accounts", "choose", choice["id"])
    assert list_actions(desk, token)[0] == ("operator", "account-chosen", str(remaining.id))
