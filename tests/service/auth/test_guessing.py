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
    argon2_runs,
    code_of,
    network,
    pass_threshold,
    sign_in,
)
from tests.service.auth.staff import add_officer, enrol


def required_code(desk: Desk, person: Person, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """What is asked for, past the threshold."""
    answer = sign_in(desk, person.national_code, password, **more)
    assert (answer.status_code, code_of(answer)) == (401, "sign-in-code-required")
    document: dict[str, Any] = answer.get_json()
    return document


def test_all_addresses_of_a_network_count_as_one(desk: Desk) -> None:
    person = desk.add_citizen()
    answers = [
        sign_in(desk, person.national_code, WRONG_PASSWORD, network(7, host=1 << number)).status_code
        for number in range(6)
    ]
    assert answers == [401] * 5 + [429]
    assert sign_in(desk, person.national_code, PASSWORD, network(8)).status_code == 200


def test_an_ipv4_address_is_the_same_however_it_is_written(desk: Desk) -> None:
    person = desk.add_citizen()
    sources = ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"] * 2
    answers = [sign_in(desk, person.national_code, WRONG_PASSWORD, source).status_code for source in sources]
    assert answers == [401] * 5 + [429]
    assert sign_in(desk, person.national_code, PASSWORD, "192.0.2.8").status_code == 200


@pytest.mark.parametrize("exists", [True, False])
def test_after_twenty_failures_all_over_a_password_is_not_enough(either_desk: Desk, exists: bool) -> None:
    desk = either_desk
    person = desk.add_citizen() if exists else invent_person()
    answers = [
        code_of(sign_in(desk, person.national_code, WRONG_PASSWORD, network(number))) for number in range(21)
    ]
    assert answers == ["credentials-not-accepted"] * 20 + ["sign-in-code-required"]


def test_guesses_at_once_are_told_apart_no_further_than_the_threshold(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda number: code_of(sign_in(desk, person.national_code, WRONG_PASSWORD, network(number))),
                range(24),
            )
        )
    assert (
        sorted(str(answer) for answer in answers)
        == ["credentials-not-accepted"] * 20 + ["sign-in-code-required"] * 4
    )


def test_the_right_password_and_the_code_let_the_owner_in(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    asked = required_code(desk, person)
    [message] = desk.list_sent("sign-in-code")
    assert message.to == person.mobile
    fields = {"sign_in_id": asked["sign_in_id"], "code": desk.get_last_code()}
    answer = sign_in(desk, person.national_code, PASSWORD, **fields)
    assert answer.status_code == 200
    # From now on this device is known, and the password is enough on it.
    device_token = answer.get_json()["device_token"]
    again = sign_in(desk, person.national_code, PASSWORD, network(5), device_token=device_token)
    assert (again.status_code, "device_token" in again.get_json()) == (200, False)
    # A code is good once.
    used = sign_in(desk, person.national_code, PASSWORD, network(6), **fields)
    assert (used.status_code, code_of(used)) == (422, "sign-in-code-wrong")


@pytest.mark.parametrize("case", ["wrong password", "nobody"])
def test_past_the_threshold_nobody_learns_whether_a_password_is_right(desk: Desk, case: str) -> None:
    owner = desk.add_citizen()
    person = owner if case == "wrong password" else invent_person()
    for one in {owner.national_code, person.national_code}:
        pass_threshold(desk, one)
    right = required_code(desk, owner)
    desk.send()
    desk.messages.sent.clear()
    runs = argon2_runs()
    asked = required_code(desk, person, WRONG_PASSWORD, source=network(2))
    assert argon2_runs() == runs + 1
    assert asked.keys() == right.keys() == {*right.keys(), "sign_in_id", "expires_at"}
    desk.send()
    assert desk.messages.sent == []

    def try_code(code: str) -> tuple[int, str | None]:
        fields = {"sign_in_id": asked["sign_in_id"], "code": code}
        tried = sign_in(desk, person.national_code, WRONG_PASSWORD, network(3), **fields)
        return tried.status_code, code_of(tried)

    for code in ("000000", "123456", "999999"):
        assert try_code(code) == (422, "sign-in-code-wrong")


def test_a_code_is_good_for_its_own_person_and_with_the_password_only(desk: Desk) -> None:
    person, other = desk.add_citizen(), desk.add_citizen()
    for one in (person, other):
        pass_threshold(desk, one.national_code)
    asked = required_code(desk, person)
    desk.send()
    fields = {"sign_in_id": asked["sign_in_id"], "code": desk.get_last_code()}
    assert code_of(sign_in(desk, other.national_code, PASSWORD, network(1), **fields)) == "sign-in-code-wrong"
    wrong = sign_in(desk, person.national_code, WRONG_PASSWORD, network(2), **fields)
    assert code_of(wrong) == "sign-in-code-wrong"


def wrong_codes(desk: Desk, person: Person, password: str, times: int) -> list[TestResponse]:
    """The answers to wrong codes with a password, each of a sign-in and a network of its own."""
    answers = []
    for number in range(times):
        asked = required_code(desk, person, password, source=network(100 + number))
        fields = {"sign_in_id": asked["sign_in_id"], "code": "000000"}
        answers.append(sign_in(desk, person.national_code, password, network(100 + number), **fields))
    return answers


def test_a_mistyped_password_leaves_the_code_good(either_desk: Desk) -> None:
    """A code comes three times an hour at most: who errs three times would be closed out for that hour."""
    desk = either_desk
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    asked = sign_in(desk, person.national_code, PASSWORD).get_json()
    desk.send()
    fields = {"sign_in_id": asked["sign_in_id"], "code": desk.get_last_code()}
    for password in (WRONG_PASSWORD, PASSWORD + " "):
        answer = sign_in(desk, person.national_code, password, **fields)
        assert code_of(answer) == "sign-in-code-wrong"
    assert code_of(sign_in(desk, person.national_code, PASSWORD, **fields)) is None
    assert code_of(sign_in(desk, person.national_code, PASSWORD, **fields)) == "sign-in-code-wrong"


def test_five_wrong_codes_after_the_right_password_close_the_account_and_are_told(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    device_token = sign_in(desk, person.national_code, PASSWORD).get_json()["device_token"]
    pass_threshold(desk, person.national_code)
    answers = wrong_codes(desk, person, PASSWORD, 6)
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
    [message] = desk.list_sent("wrong-codes")
    assert message.to == person.mobile
    # The owner's own device stays open.
    known = sign_in(desk, person.national_code, PASSWORD, network(1), device_token=device_token)
    assert known.status_code == 200


def test_wrong_codes_after_a_wrong_password_look_the_same_and_close_nothing(desk: Desk) -> None:
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    answers = wrong_codes(desk, person, WRONG_PASSWORD, 6)
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert desk.list_sent("wrong-codes") == []
    asked = required_code(desk, person)
    desk.send()
    fields = {"sign_in_id": asked["sign_in_id"], "code": desk.get_last_code()}
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
def test_half_a_code_is_no_sign_in(desk: Desk, fields: dict[str, str]) -> None:
    answer = sign_in(desk, invent_person().national_code, PASSWORD, **fields)
    assert (answer.status_code, code_of(answer)) == (422, "validation")


def test_a_code_that_was_never_asked_for_is_wrong(desk: Desk) -> None:
    person = desk.add_citizen()
    pass_threshold(desk, person.national_code)
    fields = {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "123456"}
    assert code_of(sign_in(desk, person.national_code, PASSWORD, **fields)) == "sign-in-code-wrong"


def test_every_attempt_costs_one_run_of_the_slow_hash(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    person, stranger = desk.add_citizen(), invent_person()
    users = [person.national_code, stranger.national_code, "officer.one", "nobody"]
    for user in users:
        for password in (OTHER_PASSWORD, WRONG_PASSWORD):
            runs = argon2_runs()
            sign_in(desk, user, password, network(1), totp="123456")
            assert argon2_runs() == runs + 1, user
    for user in users:
        pass_threshold(desk, user)
        fields = {"sign_in_id": "0199c2d5-7a10-7f3e-8a53-6f2f0c9d4e21", "code": "123456"}
        for more in ({}, fields):
            for password in (PASSWORD, WRONG_PASSWORD):
                runs = argon2_runs()
                sign_in(desk, user, password, network(2), **more)
                assert argon2_runs() == runs + 1, user


def statements_of(desk: Desk, user: str, password: str, source: str, **fields: Any) -> tuple[str, ...]:
    """What the database is asked while an attempt is refused."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(desk.engine, "before_cursor_execute", note)
    refused = sign_in(desk, user, password, source, **fields)
    sa.event.remove(desk.engine, "before_cursor_execute", note)
    assert refused.status_code in {401, 422}
    return tuple(asked)


def test_every_refusal_asks_the_database_the_same(either_desk: Desk) -> None:
    desk = either_desk
    person, stranger = desk.add_citizen(), invent_person()
    for username in ("officer.one", "officer.two"):
        add_officer(desk, username, "audit")
    enrol(desk)
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
        asked = {statements_of(desk, *user, network(next(number)), **fields) for user in users}
        assert len(asked) == 1


def test_staff_without_a_second_factor_are_never_closed_out(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    pass_threshold(desk, "officer.one")
    assert code_of(sign_in(desk, "officer.one", WRONG_PASSWORD, network(1))) == "credentials-not-accepted"
    assert sign_in(desk, "officer.one", OTHER_PASSWORD, network(1)).status_code == 200


def test_the_old_password_is_guessed_no_faster_from_many_networks(desk: Desk) -> None:
    person = desk.add_citizen()
    token, other = (desk.fetch_tokens(person)["access_token"] for _ in range(2))

    def guess(number: int, token: str, old: str = WRONG_PASSWORD) -> int:
        body = {"old_password": old, "new_password": OTHER_PASSWORD}
        headers = {"X-Forwarded-For": network(number)}
        return desk.post("/password", body, token=token, headers=headers).status_code

    assert [guess(number, token) for number in range(6)] == [401] * 5 + [429]
    # Whoever has one session of the person closes no other.
    assert guess(7, other, PASSWORD) == 204
