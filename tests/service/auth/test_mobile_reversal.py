"""A changed mobile: the old one gets a message, and can reverse the change for a day."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.auth.actions.closings import delete_closed_accounts
from services.kit.text import to_persian_digits
from tests.service.auth.accounts import change_password, complete_reset, list_events, request_reset
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person, invent_person
from tests.service.auth.guessing import WRONG_PASSWORD, make_address, sign_in
from tests.service.auth.test_account_page import LET_TIME_PASS


def change_mobile(desk: Desk, person: Person, token: str | None = None) -> str:
    """Change a person's mobile; return the new one."""
    token = token or desk.fetch_tokens(person)["access_token"]
    mobile = invent_person().mobile
    requested = desk.post("/mobile", {"mobile": mobile, "password": PASSWORD}, token=token)
    assert requested.status_code == 202
    desk.send()
    confirmed = desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token)
    assert confirmed.status_code == 204, confirmed.text
    return mobile


def list_codes_to(desk: Desk, mobile: str) -> list[str]:
    """Return the reversal codes that a mobile got."""
    return [str(message.code) for message in desk.list_sent("mobile-changed") if message.to == mobile]


def reverse(desk: Desk, code: str, source: str = "192.0.2.1") -> TestResponse:
    return desk.post("/mobile/reversal", {"code": code}, headers={"X-Forwarded-For": source})


def test_the_old_mobile_learns_of_a_closing_and_takes_it_back(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    thief = str(desk.fetch_tokens(person)["access_token"])
    mobile = change_mobile(desk, person, thief)
    [code] = list_codes_to(desk, person.mobile)
    assert desk.call("DELETE", "/me", token=thief, json={"password": PASSWORD}).status_code == 200
    desk.send()
    assert {message.to for message in desk.list_sent("account-ended")} == {person.mobile, mobile}
    assert reverse(desk, code).status_code == 200
    desk.execute_sql(LET_TIME_PASS)
    assert delete_closed_accounts(desk.sessions) == 0
    assert complete_reset(desk, request_reset(desk, person), desk.get_last_code()).status_code == 200


def test_the_old_mobile_reverses_a_change(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    thief = desk.fetch_tokens(person)
    mobile = change_mobile(desk, person, thief["access_token"])
    [code] = list_codes_to(desk, person.mobile)
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code)
    assert has_valid_check_digit(code.replace(" ", ""))

    response = reverse(desk, code)
    assert (response.status_code, response.get_json()) == (200, {"status": "reversed"})
    assert {message.to for message in desk.list_sent("mobile-reversed")} == {person.mobile, mobile}
    # The thief's session and password are worth nothing any more.
    assert desk.post("/sessions/refresh", {"refresh_token": thief["refresh_token"]}).status_code == 401
    assert desk.sign_in(person).status_code == 401
    reset_id = request_reset(desk, person)
    assert desk.messages.sent[-1].to == person.mobile
    assert complete_reset(desk, reset_id, desk.get_last_code()).status_code == 200
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
    assert reverse(desk, code).get_json()["code"] == "reversal-code-wrong"
    assert [name for name, _, data in list_events(desk) if "mobile" in name or "mobile" in str(data)] == [
        "mobile.changed",
        "sessions.ended",
        "mobile.reversed",
    ]


def test_the_code_is_accepted_as_people_type_it(desk: Desk) -> None:
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    assert reverse(desk, f" {to_persian_digits(code[:9])}-\u200c{code[10:]} ").status_code == 200


@pytest.mark.parametrize("typed", ["", "1", "x", "1234 5678 9012 345", "۱" * 5000, "wrong", "mistyped"])
def test_any_other_code_is_wrong(desk: Desk, typed: str) -> None:
    person = desk.add_citizen()
    mobile = change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    digits = code.replace(" ", "")
    other = f"{(int(digits[:15]) + 1) % 10**15:015}"
    wrong = {"wrong": append_check_digit(other), "mistyped": digits[:15] + str((int(digits[15]) + 1) % 10)}
    response = reverse(desk, wrong.get(typed, typed))
    assert (response.status_code, response.get_json()["code"]) == (422, "reversal-code-wrong")
    request_reset(desk, person)
    assert desk.messages.sent[-1].to == mobile


def test_after_a_day_a_change_cannot_be_reversed(desk: Desk) -> None:
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    desk.execute_sql("UPDATE mobile_reversals SET expires_at = '2020-01-01 00:00:00.000000'")
    assert reverse(desk, code).get_json()["code"] == "reversal-code-wrong"


def test_wrong_codes_are_limited_per_network_and_malformed_ones_are_not(desk: Desk) -> None:
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    for _ in range(40):
        reverse(desk, "1234 5678 9012 3456", make_address(1))
    tries = [str(10**14 + number) for number in range(31)]
    responses = [
        reverse(desk, append_check_digit(tried), make_address(1, host)) for host, tried in enumerate(tries, 1)
    ]
    assert [response.status_code for response in responses] == [422] * 30 + [429]
    assert reverse(desk, code, make_address(1)).status_code == 429
    assert reverse(desk, code, make_address(2)).status_code == 200


def test_of_many_simultaneous_reversals_one_succeeds(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    with ThreadPoolExecutor(4) as pool:
        responses = list(
            pool.map(lambda number: reverse(desk, code, make_address(number)).status_code, range(6))
        )
    assert sorted(responses) == [200] + [422] * 5
    assert len(desk.list_sent("mobile-reversed")) == 2


def test_reversing_an_earlier_change_ends_the_later_ones(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    first = change_mobile(desk, person)
    second = change_mobile(desk, person)
    [code], [later] = list_codes_to(desk, person.mobile), list_codes_to(desk, first)
    assert reverse(desk, code).status_code == 200
    assert reverse(desk, later).status_code == 422
    assert {message.to for message in desk.list_sent("mobile-reversed")} == {person.mobile, second}


def test_reversing_a_later_change_leaves_the_earlier_one_reversible(desk: Desk) -> None:
    person = desk.add_citizen()
    first = change_mobile(desk, person)
    change_mobile(desk, person)
    [code], [later] = list_codes_to(desk, person.mobile), list_codes_to(desk, first)
    assert reverse(desk, later).status_code == 200
    request_reset(desk, person)
    assert desk.messages.sent[-1].to == first
    assert reverse(desk, code).status_code == 200


@pytest.mark.parametrize("what", ["reset", "mobile"])
def test_a_reversal_invalidates_what_a_thief_has_started(desk: Desk, what: str) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    change_mobile(desk, person, token)
    [code] = list_codes_to(desk, person.mobile)
    if what == "reset":
        reset_id = request_reset(desk, person)
        began = desk.get_last_code()
        assert reverse(desk, code).status_code == 200
        assert complete_reset(desk, reset_id, began).get_json()["code"] == "reset-expired"
    else:
        desk.post("/mobile", {"mobile": invent_person().mobile, "password": PASSWORD}, token=token)
        desk.send()
        began = desk.get_last_code()
        assert reverse(desk, code).status_code == 200
        confirmed = desk.post("/mobile/confirmation", {"code": began}, token=token)
        assert confirmed.status_code in {401, 410}
    request_reset(desk, person)
    assert desk.messages.sent[-1].to == person.mobile


def reverse_into(responses: list[TestResponse], desk: Desk, code: str) -> None:
    responses.append(reverse(desk, code))


def test_a_reversal_invalidates_a_new_password_that_is_being_hashed(either_desk: Desk) -> None:
    """The change is taken back while the new password is being hashed, by code or by the old password."""
    desk = either_desk
    for how in ("reset", "change"):
        person = desk.add_citizen()
        token = desk.fetch_tokens(person)["access_token"]
        change_mobile(desk, person, token)
        [code] = list_codes_to(desk, person.mobile)
        reset_id = request_reset(desk, person)
        began = desk.get_last_code()

        reversed_by: list[TestResponse] = []
        desk.hasher.meanwhile = partial(reverse_into, reversed_by, desk, code)
        if how == "reset":
            response = complete_reset(desk, reset_id, began)
            assert response.get_json()["code"] == "reset-expired"
        else:
            assert change_password(desk, token).get_json()["code"] == "credentials-not-accepted"
        desk.hasher.meanwhile = lambda: None
        assert [response.status_code for response in reversed_by] == [200]
        assert desk.sign_in(person, OTHER_PASSWORD).status_code == 401


def test_after_a_reversal_no_code_goes_to_the_thiefs_mobile(desk: Desk) -> None:
    person = desk.add_citizen()
    mobile = change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    desk.messages.sent.clear()
    desk.post("/password-resets", person.identity)

    class Slow(type(desk.mobiles)):  # type: ignore[misc]
        """An ownership service during whose response the change is taken back."""

        def is_owner(self, national_code: str, mobile: str) -> bool:
            if mobile != person.mobile:
                assert reverse(desk, code).status_code == 200
            return True

    desk.mobiles = Slow()
    desk.send()
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at WHERE due_at IS NOT NULL")
    resets = desk.list_sent("password-reset-code")
    assert [message.to for message in resets] == [person.mobile]
    assert mobile != person.mobile


def test_a_reversal_forgets_the_thiefs_devices(desk: Desk) -> None:
    person = desk.add_citizen()
    device_token = sign_in(desk, person.national_code, PASSWORD).get_json()["device_token"]
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    reverse(desk, code)
    reset_id = request_reset(desk, person)
    complete_reset(desk, reset_id, desk.get_last_code(), PASSWORD)
    response = sign_in(desk, person.national_code, PASSWORD, device_token=device_token)
    assert "device_token" in response.get_json()


def test_a_message_that_is_sent_again_has_the_same_code(desk: Desk) -> None:
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    desk.execute_sql("UPDATE security_notices SET due_at = occurred_at WHERE reversal_id IS NOT NULL")
    assert list_codes_to(desk, person.mobile) == [code, code]


def test_the_code_is_not_in_the_database(desk: Desk) -> None:
    person = desk.add_citizen()
    change_mobile(desk, person)
    [code] = list_codes_to(desk, person.mobile)
    with desk.engine.connect() as connection:
        rows: Any = [
            connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            for table in ("mobile_reversals", "security_notices", "outbox", "code_requests")
        ]
    assert code.replace(" ", "") not in str(rows).replace(" ", "")


def test_the_same_mobile_changes_nothing(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    desk.post("/mobile", {"mobile": person.mobile, "password": PASSWORD}, token=token)
    desk.send()
    assert desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token).status_code == 204
    assert desk.list_sent("mobile-changed") == []
    assert "mobile.changed" not in [name for name, _, _ in list_events(desk)]


@pytest.mark.parametrize("how", ["change", "reset"])
def test_the_person_is_notified_about_a_new_password(desk: Desk, how: str) -> None:
    person = desk.add_citizen()
    if how == "change":
        assert change_password(desk, desk.fetch_tokens(person)["access_token"]).status_code == 204
    else:
        assert complete_reset(desk, request_reset(desk, person), desk.get_last_code()).status_code == 200
    assert [message.to for message in desk.list_sent("password-changed")] == [person.mobile]


def test_both_mobiles_are_notified_about_a_password_after_a_new_mobile(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    mobile = change_mobile(desk, person, token)
    assert change_password(desk, token, PASSWORD, OTHER_PASSWORD).status_code == 204
    assert [message.to for message in desk.list_sent("password-changed")] == [mobile, person.mobile]
    desk.execute_sql("UPDATE mobile_reversals SET expires_at = '2020-01-01 00:00:00.000000'")
    assert change_password(desk, token, OTHER_PASSWORD, PASSWORD).status_code == 204
    assert [message.to for message in desk.list_sent("password-changed")][2:] == [mobile]


def test_a_wrong_password_does_not_change_the_mobile(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    body = {"mobile": invent_person().mobile, "password": WRONG_PASSWORD}
    assert desk.post("/mobile", body, token=token).status_code == 401
    assert desk.list_sent("mobile-changed") == []
