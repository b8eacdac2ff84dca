"""Of two persons who are one, the account moves to the one who remains; of two accounts one is closed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.auth.models import Account, ClosedAccount
from services.auth.store import delete_expired
from tests.fakes.authenticator import Authenticator
from tests.service.auth.accounts import complete_reset, request_reset
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person, verify_claims
from tests.service.auth.people import consume, finish_checks, list_kinds, merge, repeat
from tests.service.auth.representatives import give_mandate, list_given, request_acting

AUDIENCE = "disclosure"


def sign_in(desk: Desk, person: Person, password: str = PASSWORD) -> str:
    """Return whom a new token names, or the code of the problem."""
    body = desk.sign_in(person, password).get_json()
    if "code" in body:
        return str(body["code"])
    return str(verify_claims(desk, body["access_token"], AUDIENCE)["sub"])


def list_accounts(desk: Desk) -> Sequence[tuple[Any, ...]]:
    with desk.sessions() as session:
        query = sa.select(Account.id, Account.national_code, Account.mobile).order_by(Account.mobile)
        return [tuple(row) for row in session.execute(query)]


def list_closed(desk: Desk) -> Sequence[ClosedAccount]:
    with desk.sessions() as session:
        return session.scalars(sa.select(ClosedAccount)).all()


def test_the_account_of_the_merged_person_moves(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining = desk.add_citizen(), desk.add_person()
    tokens = desk.fetch_tokens(merged)
    messages = consume(desk, merge(desk, merged, remaining))
    assert list_kinds(messages) == [(merged.mobile, "records-merged")]
    assert desk.call("DELETE", "/sessions/current", token=tokens["access_token"]).status_code == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert desk.post("/sessions/refresh", refresh).status_code == 401
    assert sign_in(desk, merged) == "credentials-not-accepted"
    assert sign_in(desk, remaining) == str(remaining.id)
    assert list_accounts(desk) == [(remaining.id, remaining.national_code, merged.mobile)]
    # The device that was known stays so.
    device = {"device_token": tokens["device_token"]}
    body = {"national_code": remaining.national_code, "password": PASSWORD}
    assert "device_token" not in desk.post("/sessions", body | device).get_json()


def test_of_two_accounts_the_one_of_the_remaining_person_stays(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    reset_password(desk, remaining)
    old, valid = desk.fetch_tokens(merged), desk.fetch_tokens(remaining, OTHER_PASSWORD)
    messages = consume(desk, merge(desk, merged, remaining))
    assert list_kinds(messages) == sorted(
        [(merged.mobile, "account-closed"), (remaining.mobile, "records-merged")]
    )
    assert desk.call("DELETE", "/sessions/current", token=old["access_token"]).status_code == 401
    assert sign_in(desk, remaining, OTHER_PASSWORD) == str(remaining.id)
    assert desk.call("DELETE", "/sessions/current", token=valid["access_token"]).status_code == 204
    assert list_accounts(desk) == [(remaining.id, remaining.national_code, remaining.mobile)]


def reset_password(desk: Desk, person: Person) -> None:
    complete_reset(desk, request_reset(desk, person), desk.get_last_code())


def test_a_closed_account_names_the_other_one_after_its_own_password_only(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    consume(desk, merge(desk, merged, remaining))
    answer = desk.sign_in(merged, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "account-closed")
    ends = remaining.national_code[-3:]
    assert f"ends in {ends}." in answer.get_json()["detail"]
    assert remaining.national_code not in answer.text
    stranger = replace(merged, national_code=desk.add_person().national_code)
    wrong, unknown = desk.sign_in(merged, "not the password"), desk.sign_in(stranger, "not the password")
    assert wrong.get_json() | {"request_id": 0} == unknown.get_json() | {"request_id": 0}
    assert wrong.get_json()["code"] == "credentials-not-accepted"


def test_the_digits_are_persian_in_persian(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    consume(desk, merge(desk, merged, remaining))
    detail = desk.sign_in(merged).get_json()["detail"]
    assert not set(detail) & set("0123456789")
    assert "پایان می‌یابد" in detail


def test_past_its_threshold_a_closed_account_looks_like_any_other(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    consume(desk, merge(desk, merged, remaining))
    for attempt in range(20):
        source = {"REMOTE_ADDR": f"198.51.{attempt}.1"}
        assert desk.sign_in(merged, "wrong", environ_base=source).status_code == 401
    answer = desk.sign_in(merged, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.get_json()["code"] == "sign-in-code-required"
    assert desk.list_sent("sign-in-code") == []


@pytest.mark.parametrize("has_both", [True, False])
def test_a_repeated_merger_changes_nothing(either_desk: Desk, has_both: bool) -> None:
    desk = either_desk
    merged = desk.add_citizen()
    remaining = desk.add_citizen() if has_both else desk.add_person()
    event = merge(desk, merged, remaining)
    assert consume(desk, event)
    token = desk.fetch_tokens(remaining)["access_token"]
    before = list_accounts(desk), len(list_closed(desk))
    assert repeat(desk, event) == []
    assert (list_accounts(desk), len(list_closed(desk))) == before
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 204


def test_mergers_are_followed_to_the_end_in_any_order(either_desk: Desk) -> None:
    desk = either_desk
    first, second, third = desk.add_citizen(), desk.add_person(), desk.add_citizen()
    one = merge(desk, first, second)
    two = merge(desk, second, third)
    merge(desk, first, third)
    consume(desk, two, one)
    assert list_accounts(desk) == [(third.id, third.national_code, third.mobile)]
    [closed] = list_closed(desk)
    assert (closed.person_id, closed.mobile) == (third.id, first.mobile)


def test_a_closed_account_follows_a_second_merger(desk: Desk) -> None:
    first, second, third = desk.add_citizen(), desk.add_citizen(), desk.add_person()
    consume(desk, merge(desk, first, second))
    consume(desk, merge(desk, second, third))
    [closed] = list_closed(desk)
    assert closed.person_id == third.id
    assert sign_in(desk, third) == str(third.id)
    assert sign_in(desk, first) == "account-closed"


def test_a_merger_of_people_without_accounts_sends_no_message(desk: Desk) -> None:
    assert consume(desk, merge(desk, desk.add_person(), desk.add_person())) == []


def test_the_mobile_of_the_remaining_person_gets_a_message(desk: Desk) -> None:
    merged, remaining = desk.add_person(), desk.add_citizen()
    messages = consume(desk, merge(desk, merged, remaining))
    assert list_kinds(messages) == [(remaining.mobile, "records-merged")]


def test_a_registration_that_ends_after_the_merger_is_the_remaining_persons(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining = desk.add_person(), desk.add_person()
    registration_id = desk.register(merged)
    code = desk.get_last_code()
    consume(desk, merge(desk, merged, remaining))
    assert desk.activate(registration_id, code).status_code == 201
    finish_checks(desk)
    assert sign_in(desk, remaining) == str(remaining.id)


def test_a_change_of_mobile_can_still_be_reversed_after_a_move(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_person()
    token = desk.fetch_tokens(merged)["access_token"]
    thief = desk.add_person()
    desk.post("/mobile", {"mobile": thief.mobile, "password": PASSWORD}, token=token)
    desk.send()
    desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token)
    [message] = desk.list_sent("mobile-changed")
    consume(desk, merge(desk, merged, remaining))
    assert list_accounts(desk)[0][2] == thief.mobile
    assert desk.post("/mobile/reversal", {"code": message.code}).status_code == 200
    assert list_accounts(desk) == [(remaining.id, remaining.national_code, merged.mobile)]


def test_officers_choose_the_other_account(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    reset_password(desk, remaining)
    consume(desk, merge(desk, merged, remaining))
    token = desk.fetch_tokens(remaining, OTHER_PASSWORD)["access_token"]
    [line] = desk.run("accounts", "list-closed").splitlines()
    closed_id, person_id, *_ = line.split("\t")
    assert person_id == str(remaining.id)
    for secret in (merged.mobile, merged.national_code, remaining.mobile):
        assert secret not in line
    desk.send()
    desk.messages.sent.clear()
    desk.run("accounts", "choose", closed_id)
    desk.send()
    assert list_kinds(desk.messages.sent) == sorted(
        [(merged.mobile, "account-chosen"), (remaining.mobile, "account-closed")]
    )
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 401
    assert list_accounts(desk) == [(remaining.id, remaining.national_code, merged.mobile)]
    assert sign_in(desk, remaining, OTHER_PASSWORD) == "credentials-not-accepted"
    assert sign_in(desk, remaining, PASSWORD) == str(remaining.id)
    # The choice can be taken back.
    [other] = list_closed(desk)
    desk.run("accounts", "choose", str(other.id))
    assert sign_in(desk, remaining, OTHER_PASSWORD) == str(remaining.id)


def test_a_chosen_account_has_nothing_of_the_replaced_one(either_desk: Desk) -> None:
    desk, authenticator = either_desk, Authenticator("https://govah.example")
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    token = str(desk.fetch_tokens(remaining)["access_token"])
    pending = desk.post(
        "/me/second-factors", {"kind": "passkey", "password": PASSWORD}, token=token
    ).get_json()
    body = {"credential": authenticator.create(pending["options"]), "name": "گوشی"}
    assert desk.post(f"/me/second-factors/{pending['id']}/confirmation", body, token=token).status_code == 200
    assert desk.call("DELETE", "/me", token=token, json={"password": PASSWORD}).status_code == 200
    consume(desk, merge(desk, merged, remaining))
    [closed] = list_closed(desk)
    desk.run("accounts", "choose", str(closed.id))
    challenge = desk.post("/sessions/passkey-options").get_json()
    answer = {
        "request_id": challenge["request_id"],
        "credential": authenticator.get(challenge["options"]),
    }
    assert desk.post("/sessions/passkey", answer).status_code == 401
    assert sign_in(desk, remaining, PASSWORD) == str(remaining.id)


def test_helpers_of_the_replaced_account_act_no_more(either_desk: Desk) -> None:
    desk = either_desk
    merged, remaining, helper = (desk.add_citizen() for _ in range(3))
    give_mandate(desk, remaining, helper)
    consume(desk, merge(desk, merged, remaining))
    [closed] = list_closed(desk)
    desk.run("accounts", "choose", str(closed.id))
    assert [mandate["status"] for mandate in list_given(desk, remaining)] == ["ended"]
    assert request_acting(desk, str(desk.fetch_tokens(helper)["access_token"]), remaining).status_code >= 400


def test_an_unknown_choice_is_refused(desk: Desk) -> None:
    result = desk.invoke_command("accounts", "choose", str(desk.add_citizen().id))
    assert result.exit_code == 1
    assert "accounts list-closed" in result.output


def test_closed_accounts_are_deleted_after_half_a_year(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    consume(desk, merge(desk, merged, remaining))
    for age, count in ((-179, 1), (-181, 0)):
        desk.execute_sql(f"UPDATE closed_accounts SET closed_at = datetime('now', '{age} days') || '.000000'")
        with desk.sessions.begin() as session:
            delete_expired(session)
        assert len(list_closed(desk)) == count
