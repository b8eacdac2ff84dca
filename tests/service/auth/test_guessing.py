"""Guesses from many networks: how many are looked at, and that they close no account to its owner."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person, invent_person
from tests.service.auth.guessing import (
    WRONG_PASSWORD,
    count_argon2_runs,
    get_problem_code,
    make_address,
    pass_threshold,
    sign_in,
)
from tests.service.auth.staff import add_officer, enable_totp


def require_code(desk: Desk, person: Person, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """Return the problem that requires a code, past the threshold."""
    response = sign_in(desk, person.national_code, password, **more)
    assert (response.status_code, get_problem_code(response)) == (401, "sign-in-code-required")
    document: dict[str, Any] = response.get_json()
    return document


def test_all_addresses_of_a_network_count_as_one(desk: Desk) -> None:
    person = desk.add_citizen()
    responses = [
        sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(7, host=1 << number)).status_code
        for number in range(6)
    ]
    assert responses == [401] * 5 + [429]
    assert sign_in(desk, person.national_code, PASSWORD, make_address(8)).status_code == 200


def test_all_spellings_of_an_ipv4_address_count_as_one(desk: Desk) -> None:
    person = desk.add_citizen()
    sources = ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"] * 2
    responses = [
        sign_in(desk, person.national_code, WRONG_PASSWORD, source).status_code for source in sources
    ]
    assert responses == [401] * 5 + [429]
    assert sign_in(desk, person.national_code, PASSWORD, "192.0.2.8").status_code == 200


@pytest.mark.parametrize("exists", [True, False])
def test_after_twenty_failures_in_all_networks_a_password_is_not_enough(
    either_desk: Desk, exists: bool
) -> None:
    desk = either_desk
    person = desk.add_citizen() if exists else invent_person()
    responses = [
        get_problem_code(sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(number)))
        for number in range(21)
    ]
    assert responses == ["credentials-not-accepted"] * 20 + ["sign-in-code-required"]


def test_simultaneous_guesses_are_compared_only_up_to_the_threshold(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    with ThreadPoolExecutor(6) as pool:
        responses = list(
            pool.map(
                lambda number: get_problem_code(
                    sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(number))
                ),
                range(24),
            )
        )
    assert (
        sorted(str(response) for response in responses)
        == ["credentials-not-accepted"] * 20 + ["sign-in-code-required"] * 4
    )


def test_the_owner_signs_in_with_the_right_password_and_the_code(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    challenge = require_code(desk, person)
    [message] = desk.list_sent("sign-in-code")
    assert message.to == person.mobile
    fields = {"sign_in_id": challenge["sign_in_id"], "code": desk.get_last_code()}
    response = sign_in(desk, person.national_code, PASSWORD, **fields)
    assert response.status_code == 200
    # From now on this device is known, and the password is enough on it.
    device_token = response.get_json()["device_token"]
    again = sign_in(desk, person.national_code, PASSWORD, make_address(5), device_token=device_token)
    assert (again.status_code, "device_token" in again.get_json()) == (200, False)
    # A code is good once.
    used = sign_in(desk, person.national_code, PASSWORD, make_address(6), **fields)
    assert (used.status_code, get_problem_code(used)) == (422, "sign-in-code-wrong")


@pytest.mark.parametrize("case", ["wrong password", "nobody"])
def test_past_the_threshold_responses_do_not_show_whether_a_password_is_right(desk: Desk, case: str) -> None:
    owner = desk.add_citizen()
    person = owner if case == "wrong password" else invent_person()
    for user in {owner.national_code, person.national_code}:
        pass_threshold(desk, user)
    right = require_code(desk, owner)
    desk.send()
    desk.messages.sent.clear()
    runs = count_argon2_runs()
    challenge = require_code(desk, person, WRONG_PASSWORD, source=make_address(2))
    assert count_argon2_runs() == runs + 1
    assert challenge.keys() == right.keys() == {*right.keys(), "sign_in_id", "expires_at"}
    desk.send()
    assert desk.messages.sent == []

    def try_code(code: str) -> tuple[int, str | None]:
        fields = {"sign_in_id": challenge["sign_in_id"], "code": code}
        tried = sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(3), **fields)
        return tried.status_code, get_problem_code(tried)

    for code in ("000000", "123456", "999999"):
        assert try_code(code) == (422, "sign-in-code-wrong")


def test_a_code_is_valid_only_for_its_person_and_with_the_password(desk: Desk) -> None:
    person, other = desk.add_citizen(), desk.add_citizen()
    for owner in (person, other):
        pass_threshold(desk, owner.national_code)
    challenge = require_code(desk, person)
    desk.send()
    fields = {"sign_in_id": challenge["sign_in_id"], "code": desk.get_last_code()}
    assert (
        get_problem_code(sign_in(desk, other.national_code, PASSWORD, make_address(1), **fields))
        == "sign-in-code-wrong"
    )
    wrong = sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(2), **fields)
    assert get_problem_code(wrong) == "sign-in-code-wrong"


def send_wrong_codes(desk: Desk, person: Person, password: str, times: int) -> list[TestResponse]:
    """Return the responses to wrong codes with a password, each with its own sign-in and network."""
    responses = []
    for number in range(times):
        challenge = require_code(desk, person, password, source=make_address(100 + number))
        fields = {"sign_in_id": challenge["sign_in_id"], "code": "000000"}
        responses.append(sign_in(desk, person.national_code, password, make_address(100 + number), **fields))
    return responses


def test_a_mistyped_password_leaves_the_code_valid(either_desk: Desk) -> None:
    """At most three codes an hour are sent: after three mistakes the owner would be locked out."""
    desk = either_desk
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    challenge = sign_in(desk, person.national_code, PASSWORD).get_json()
    desk.send()
    fields = {"sign_in_id": challenge["sign_in_id"], "code": desk.get_last_code()}
    for password in (WRONG_PASSWORD, PASSWORD + " "):
        response = sign_in(desk, person.national_code, password, **fields)
        assert get_problem_code(response) == "sign-in-code-wrong"
    assert get_problem_code(sign_in(desk, person.national_code, PASSWORD, **fields)) is None
    assert get_problem_code(sign_in(desk, person.national_code, PASSWORD, **fields)) == "sign-in-code-wrong"


def test_five_wrong_codes_after_the_right_password_block_the_account_and_notify_the_owner(
    either_desk: Desk,
) -> None:
    desk = either_desk
    person = desk.add_citizen()
    device_token = sign_in(desk, person.national_code, PASSWORD).get_json()["device_token"]
    pass_threshold(desk, person.national_code)
    responses = send_wrong_codes(desk, person, PASSWORD, 6)
    assert [response.status_code for response in responses] == [422] * 5 + [429]
    assert 0 < int(responses[-1].headers["Retry-After"]) <= 900
    [message] = desk.list_sent("wrong-codes")
    assert message.to == person.mobile
    # The owner's own device stays open.
    on_known_device = sign_in(
        desk, person.national_code, PASSWORD, make_address(1), device_token=device_token
    )
    assert on_known_device.status_code == 200


def test_wrong_codes_after_a_wrong_password_look_the_same_and_block_nothing(desk: Desk) -> None:
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    responses = send_wrong_codes(desk, person, WRONG_PASSWORD, 6)
    assert [response.status_code for response in responses] == [422] * 5 + [429]
    assert desk.list_sent("wrong-codes") == []
    challenge = require_code(desk, person)
    desk.send()
    fields = {"sign_in_id": challenge["sign_in_id"], "code": desk.get_last_code()}
    assert sign_in(desk, person.national_code, PASSWORD, **fields).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21"},
        {"code": "123456"},
        {"sign_in_id": "no id", "code": "123456"},
        {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "12345"},
    ],
)
def test_an_incomplete_code_is_rejected(desk: Desk, fields: dict[str, str]) -> None:
    response = sign_in(desk, invent_person().national_code, PASSWORD, **fields)
    assert (response.status_code, get_problem_code(response)) == (422, "validation")


def test_a_code_that_was_never_requested_is_wrong(desk: Desk) -> None:
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    fields = {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "123456"}
    assert get_problem_code(sign_in(desk, person.national_code, PASSWORD, **fields)) == "sign-in-code-wrong"


def test_every_attempt_costs_one_run_of_the_slow_hash(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    person, stranger = desk.add_citizen(), invent_person()
    users = [person.national_code, stranger.national_code, "officer.one", "nobody"]
    for user in users:
        for password in (OTHER_PASSWORD, WRONG_PASSWORD):
            runs = count_argon2_runs()
            sign_in(desk, user, password, make_address(1), totp="123456")
            assert count_argon2_runs() == runs + 1, user
    for user in users:
        pass_threshold(desk, user)
        fields = {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "123456"}
        for more in ({}, fields):
            for password in (PASSWORD, WRONG_PASSWORD):
                runs = count_argon2_runs()
                sign_in(desk, user, password, make_address(2), **more)
                assert count_argon2_runs() == runs + 1, user


def record_statements(desk: Desk, user: str, password: str, source: str, **fields: Any) -> tuple[str, ...]:
    """Return the statements that the database gets while an attempt is refused."""
    statements: list[str] = []

    def record_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(desk.engine, "before_cursor_execute", record_statement)
    refused = sign_in(desk, user, password, source, **fields)
    sa.event.remove(desk.engine, "before_cursor_execute", record_statement)
    assert refused.status_code in {401, 422}
    return tuple(statements)


def test_every_refusal_sends_the_same_statements(either_desk: Desk) -> None:
    desk = either_desk
    person, stranger = desk.add_citizen(), invent_person()
    for username in ("officer.one", "officer.two"):
        add_officer(desk, username, "audit")
    enable_totp(desk)
    for user in (person.national_code, stranger.national_code):
        pass_threshold(desk, user)
    code = {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "123456"}
    citizens = [
        (person.national_code, PASSWORD),
        (person.national_code, WRONG_PASSWORD),
        (stranger.national_code, WRONG_PASSWORD),
    ]
    staff = [
        ("officer.one", OTHER_PASSWORD),
        ("officer.one", WRONG_PASSWORD),
        ("officer.two", WRONG_PASSWORD),
        ("nobody", WRONG_PASSWORD),
    ]
    number = itertools.count()
    for users, fields in ((citizens, {}), (citizens, code), (staff, {"totp": "000000"})):
        statements = {record_statements(desk, *user, make_address(next(number)), **fields) for user in users}
        assert len(statements) == 1


def test_staff_without_a_second_factor_are_never_locked_out(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    pass_threshold(desk, "officer.one")
    assert (
        get_problem_code(sign_in(desk, "officer.one", WRONG_PASSWORD, make_address(1)))
        == "credentials-not-accepted"
    )
    assert sign_in(desk, "officer.one", OTHER_PASSWORD, make_address(1)).status_code == 200


def test_many_networks_do_not_speed_up_guesses_of_the_old_password(desk: Desk) -> None:
    person = desk.add_citizen()
    token, other = (desk.fetch_tokens(person)["access_token"] for _ in range(2))

    def guess(number: int, token: str, old: str = WRONG_PASSWORD) -> int:
        body = {"old_password": old, "new_password": OTHER_PASSWORD}
        headers = {"X-Forwarded-For": make_address(number)}
        return desk.post("/password", body, token=token, headers=headers).status_code

    assert [guess(number, token) for number in range(6)] == [401] * 5 + [429]
    # A caller with one session of the person does not block another session.
    assert guess(7, other, PASSWORD) == 204
