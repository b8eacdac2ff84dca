"""One-time codes of officers and clerks, from the operator's command to signing in."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.auth.actions.second_factors import STEP_SECONDS, compute_code
from services.kit.text import persian_digits
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk
from tests.service.auth.staff import OFFICER, add_clerk, add_officer, enrol


def code_now(secret: bytes, off: int = 0) -> str:
    return compute_code(secret, int(time.time()) // STEP_SECONDS + off)


def sign_in(desk: Desk, username: str = OFFICER, password: str = OTHER_PASSWORD, **more: Any) -> TestResponse:
    headers = more.pop("headers", {})
    return desk.post("/sessions", {"username": username, "password": password, **more}, headers=headers)


def test_the_right_code_is_asked_for_and_good_once(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    missing, null = sign_in(desk), sign_in(desk, totp=None)
    wrong = sign_in(desk, totp=code_now(secret, off=-20))
    refused = sign_in(desk, password=PASSWORD, totp=code_now(secret))
    for answer in (missing, null, wrong, refused):
        assert (answer.status_code, answer.get_json()["code"]) == (401, "credentials-not-accepted")
    code = code_now(secret)
    assert sign_in(desk, totp=code).status_code == 200
    assert sign_in(desk, totp=code).status_code == 401


def test_of_many_with_one_code_one_is_let_in(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    code = code_now(enrol(desk))

    def from_source(number: int) -> int:
        return sign_in(desk, totp=code, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(from_source, range(6))) == [200] + [401] * 5


def test_five_wrong_codes_close_the_account_for_a_while_over_all_networks(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    wrong = code_now(secret, off=-20)
    answers = [sign_in(desk, totp=wrong, headers=elsewhere(number)) for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
    assert sign_in(desk, totp=code_now(secret), headers=elsewhere(9)).status_code == 429
    desk.execute_sql("UPDATE failed_attempts SET at = :then", then=an_hour_ago(desk))
    answer = sign_in(desk, totp=code_now(secret), headers=elsewhere(9))
    assert (answer.status_code, answer.get_json()["wrong_codes"]) == (200, 5)
    desk.execute_sql("UPDATE second_factors SET last_step = 0")
    assert "wrong_codes" not in sign_in(desk, totp=code_now(secret)).get_json()


def elsewhere(number: int) -> dict[str, str]:
    """The header of a caller in a network of its own."""
    return {"X-Forwarded-For": f"2001:db8:0:{number:x}::1"}


def an_hour_ago(desk: Desk) -> str:
    moment = datetime.now(UTC) - timedelta(hours=1)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if desk.engine.dialect.name == "sqlite" else "+00")


def test_guesses_of_codes_at_once_are_looked_at_no_further(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    wrong = code_now(secret, off=-20)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda number: sign_in(desk, totp=wrong, headers=elsewhere(number)), range(12))
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


def test_a_stranger_without_the_password_closes_nobody_out(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    for number in range(30):
        refused = sign_in(desk, password=f"{PASSWORD} {number}", totp="123456", headers=elsewhere(number))
        assert refused.get_json()["code"] == "credentials-not-accepted"
    answer = sign_in(desk, totp=code_now(secret), headers=elsewhere(40))
    assert (answer.status_code, "wrong_codes" in answer.get_json()) == (200, False)


@pytest.mark.parametrize("username", [OFFICER, "nobody"])
def test_the_closing_does_not_tell_which_password_is_right(desk: Desk, username: str) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    wrong = code_now(secret, off=-20)
    by_right = [sign_in(desk, totp=wrong, headers=elsewhere(number)) for number in range(6)]
    by_wrong = [
        sign_in(desk, username, PASSWORD, totp=wrong, headers=elsewhere(10 + number)) for number in range(6)
    ]
    for right, other in zip(by_right, by_wrong, strict=True):
        assert (other.status_code, other.get_json()["code"]) == (right.status_code, right.get_json()["code"])
        assert other.get_json().keys() == right.get_json().keys()
        assert list(other.headers.keys()) == list(right.headers.keys())


def test_a_known_device_stays_open_while_a_thief_guesses(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    device_token = sign_in(desk, totp=code_now(secret)).get_json()["device_token"]
    desk.execute_sql("UPDATE second_factors SET last_step = 0")
    for number in range(6):
        last = sign_in(desk, totp=code_now(secret, off=-20), headers=elsewhere(number))
    assert last.status_code == 429
    answer = sign_in(desk, totp=code_now(secret), device_token=device_token)
    assert (answer.status_code, answer.get_json()["wrong_codes"]) == (200, 5)
    # It has its own five.
    codes = [sign_in(desk, totp=code_now(secret, off=-20), device_token=device_token) for _ in range(6)]
    assert [answer.status_code for answer in codes] == [401] * 5 + [429]


def test_a_missing_code_is_no_wrong_one(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    for number in range(6):
        assert sign_in(desk, headers=elsewhere(number)).status_code == 401
    assert "wrong_codes" not in sign_in(desk, totp=code_now(secret)).get_json()


@pytest.mark.parametrize("spoil", [False, True])
def test_a_code_is_taken_as_people_type_it(desk: Desk, spoil: bool) -> None:
    add_clerk(desk, "clerk.one")
    code = code_now(enrol(desk, "clerk.one", "clerks"))
    typed = f" {persian_digits(code[:3])} {code[3:]}\u200c" + ("x" if spoil else "")
    assert sign_in(desk, "clerk.one", totp=typed).status_code == (401 if spoil else 200)


@pytest.mark.parametrize("totp", ["123456", "۱۲۳ ۴۵۶", "no code", "", None])
def test_whoever_is_not_asked_for_a_code_may_send_one(desk: Desk, totp: str | None) -> None:
    add_officer(desk, OFFICER, "audit")
    assert sign_in(desk, totp=totp).status_code == 200
    person = desk.add_citizen()
    credentials = {"national_code": person.national_code, "password": PASSWORD}
    assert desk.post("/sessions", credentials | {"totp": totp}).status_code == 200


@pytest.mark.parametrize("totp", [123456, ["123456"], True])
def test_a_code_that_is_no_text_is_refused(desk: Desk, totp: Any) -> None:
    answer = sign_in(desk, totp=totp)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "totp")


def test_the_operator_replaces_a_secret_and_takes_it_away(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    old, new = enrol(desk), enrol(desk)
    assert old != new
    assert sign_in(desk, totp=code_now(old)).status_code == 401
    assert sign_in(desk, totp=code_now(new)).status_code == 200
    for _ in range(2):
        desk.run("officers", "totp", OFFICER, "--off")
        assert sign_in(desk).status_code == 200


def test_a_new_secret_is_kept_only_where_it_could_be_written(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    there = desk.write_secret("something else")
    refused = desk.invoke_command("officers", "totp", OFFICER, "--secret-file", there)
    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert sign_in(desk).status_code == 200


@pytest.mark.parametrize(
    ("words", "exit_code", "sentence"),
    [
        (["officers", "totp", OFFICER], 2, "either --secret-file"),
        (["officers", "totp", OFFICER, "--off", "--secret-file", "new"], 2, "either --secret-file"),
        (["officers", "totp", "nobody", "--off"], 1, "no officer"),
        (["clerks", "totp", OFFICER, "--off"], 1, "no clerk"),
    ],
)
def test_what_the_command_cannot_do_is_told(
    desk: Desk, words: list[str], exit_code: int, sentence: str
) -> None:
    add_officer(desk, OFFICER, "audit")
    result = desk.invoke_command(*words)
    assert (result.exit_code, sentence in result.output) == (exit_code, True)


def test_a_new_pepper_lets_nobody_in_without_a_new_secret(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enrol(desk)
    desk.execute_sql("UPDATE second_factors SET sealed_secret = :other", other=bytes(48))
    assert sign_in(desk, totp=code_now(secret)).status_code == 401
    assert sign_in(desk, totp=code_now(enrol(desk))).status_code == 200
