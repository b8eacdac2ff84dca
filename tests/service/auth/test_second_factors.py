"""One-time codes of officers and clerks, from the operator's command to signing in."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.auth.actions.second_factors import STEP_SECONDS, compute_code
from services.kit.text import to_persian_digits
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk
from tests.service.auth.staff import OFFICER, add_clerk, add_officer, enable_totp


def generate_code(secret: bytes, off: int = 0) -> str:
    return compute_code(secret, int(time.time()) // STEP_SECONDS + off)


def sign_in(desk: Desk, username: str = OFFICER, password: str = OTHER_PASSWORD, **more: Any) -> TestResponse:
    headers = more.pop("headers", {})
    return desk.post("/sessions", {"username": username, "password": password, **more}, headers=headers)


def test_the_right_code_is_required_and_valid_once(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    missing, null = sign_in(desk), sign_in(desk, totp=None)
    wrong = sign_in(desk, totp=generate_code(secret, off=-20))
    refused = sign_in(desk, password=PASSWORD, totp=generate_code(secret))
    for response in (missing, null, wrong, refused):
        assert (response.status_code, response.get_json()["code"]) == (401, "credentials-not-accepted")
    code = generate_code(secret)
    assert sign_in(desk, totp=code).status_code == 200
    assert sign_in(desk, totp=code).status_code == 401


def test_of_many_sign_ins_with_one_code_one_succeeds(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    code = generate_code(enable_totp(desk))

    def from_source(number: int) -> int:
        return sign_in(desk, totp=code, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(from_source, range(6))) == [200] + [401] * 5


def test_five_wrong_codes_block_the_account_for_a_while_over_all_networks(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    wrong = generate_code(secret, off=-20)
    responses = [sign_in(desk, totp=wrong, headers=make_headers(number)) for number in range(6)]
    assert [response.status_code for response in responses] == [401] * 5 + [429]
    assert 0 < int(responses[-1].headers["Retry-After"]) <= 900
    assert sign_in(desk, totp=generate_code(secret), headers=make_headers(9)).status_code == 429
    desk.execute_sql("UPDATE failed_attempts SET at = :then", then=format_an_hour_ago(desk))
    response = sign_in(desk, totp=generate_code(secret), headers=make_headers(9))
    assert (response.status_code, response.get_json()["wrong_codes"]) == (200, 5)
    desk.execute_sql("UPDATE second_factors SET last_step = 0")
    assert "wrong_codes" not in sign_in(desk, totp=generate_code(secret)).get_json()


def make_headers(number: int) -> dict[str, str]:
    """Return the header of a caller in its own network."""
    return {"X-Forwarded-For": f"2001:db8:0:{number:x}::1"}


def format_an_hour_ago(desk: Desk) -> str:
    moment = datetime.now(UTC) - timedelta(hours=1)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if desk.engine.dialect.name == "sqlite" else "+00")


def test_simultaneous_guesses_of_codes_are_limited(either_desk: Desk) -> None:
    desk = either_desk
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    wrong = generate_code(secret, off=-20)
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(
            lambda number: sign_in(desk, totp=wrong, headers=make_headers(number)), range(12)
        )
        assert sorted(response.status_code for response in responses) == [401] * 5 + [429] * 7


def test_a_stranger_without_the_password_locks_no_owner_out(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    for number in range(30):
        refused = sign_in(desk, password=f"{PASSWORD} {number}", totp="123456", headers=make_headers(number))
        assert refused.get_json()["code"] == "credentials-not-accepted"
    response = sign_in(desk, totp=generate_code(secret), headers=make_headers(40))
    assert (response.status_code, "wrong_codes" in response.get_json()) == (200, False)


@pytest.mark.parametrize("username", [OFFICER, "nobody"])
def test_the_block_does_not_show_which_password_is_right(desk: Desk, username: str) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    wrong = generate_code(secret, off=-20)
    by_right = [sign_in(desk, totp=wrong, headers=make_headers(number)) for number in range(6)]
    by_wrong = [
        sign_in(desk, username, PASSWORD, totp=wrong, headers=make_headers(10 + number))
        for number in range(6)
    ]
    for right, other in zip(by_right, by_wrong, strict=True):
        assert (other.status_code, other.get_json()["code"]) == (right.status_code, right.get_json()["code"])
        assert other.get_json().keys() == right.get_json().keys()
        assert list(other.headers.keys()) == list(right.headers.keys())


def test_a_known_device_stays_open_while_a_thief_guesses(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    device_token = sign_in(desk, totp=generate_code(secret)).get_json()["device_token"]
    desk.execute_sql("UPDATE second_factors SET last_step = 0")
    for number in range(6):
        last = sign_in(desk, totp=generate_code(secret, off=-20), headers=make_headers(number))
    assert last.status_code == 429
    response = sign_in(desk, totp=generate_code(secret), device_token=device_token)
    assert (response.status_code, response.get_json()["wrong_codes"]) == (200, 5)
    # It has its own five.
    codes = [sign_in(desk, totp=generate_code(secret, off=-20), device_token=device_token) for _ in range(6)]
    assert [response.status_code for response in codes] == [401] * 5 + [429]


def test_a_missing_code_does_not_count_as_wrong(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    for number in range(6):
        assert sign_in(desk, headers=make_headers(number)).status_code == 401
    assert "wrong_codes" not in sign_in(desk, totp=generate_code(secret)).get_json()


@pytest.mark.parametrize("spoil", [False, True])
def test_a_code_is_accepted_as_people_type_it(desk: Desk, spoil: bool) -> None:
    add_clerk(desk, "clerk.one")
    code = generate_code(enable_totp(desk, "clerk.one", "clerks"))
    typed = f" {to_persian_digits(code[:3])} {code[3:]}\u200c" + ("x" if spoil else "")
    assert sign_in(desk, "clerk.one", totp=typed).status_code == (401 if spoil else 200)


@pytest.mark.parametrize("totp", ["123456", "۱۲۳ ۴۵۶", "no code", "", None])
def test_a_code_is_ignored_without_a_second_factor(desk: Desk, totp: str | None) -> None:
    add_officer(desk, OFFICER, "audit")
    assert sign_in(desk, totp=totp).status_code == 200
    person = desk.add_citizen()
    credentials = {"national_code": person.national_code, "password": PASSWORD}
    assert desk.post("/sessions", credentials | {"totp": totp}).status_code == 200


@pytest.mark.parametrize("totp", [123456, ["123456"], True])
def test_a_code_that_is_not_a_string_is_rejected(desk: Desk, totp: Any) -> None:
    response = sign_in(desk, totp=totp)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "totp")


def test_the_operator_replaces_and_removes_a_secret(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    old, new = enable_totp(desk), enable_totp(desk)
    assert old != new
    assert sign_in(desk, totp=generate_code(old)).status_code == 401
    assert sign_in(desk, totp=generate_code(new)).status_code == 200
    for _ in range(2):
        desk.run("officers", "totp", OFFICER, "--off")
        assert sign_in(desk).status_code == 200


def test_a_new_secret_is_stored_only_if_its_file_was_written(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    there = desk.write_secret("something else")
    refused = desk.invoke_command("officers", "totp", OFFICER, "--secret-file", there)
    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert sign_in(desk).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        (["officers", "totp", OFFICER], 2, "either --secret-file"),
        (["officers", "totp", OFFICER, "--off", "--secret-file", "new"], 2, "either --secret-file"),
        (["officers", "totp", "nobody", "--off"], 1, "no officer"),
        (["clerks", "totp", OFFICER, "--off"], 1, "no clerk"),
    ],
)
def test_a_failed_command_reports_its_reason(
    desk: Desk, arguments: list[str], exit_code: int, sentence: str
) -> None:
    add_officer(desk, OFFICER, "audit")
    result = desk.invoke_command(*arguments)
    assert (result.exit_code, sentence in result.output) == (exit_code, True)


def test_a_new_pepper_requires_a_new_secret(desk: Desk) -> None:
    add_officer(desk, OFFICER, "audit")
    secret = enable_totp(desk)
    desk.execute_sql("UPDATE second_factors SET sealed_secret = :other", other=bytes(48))
    assert sign_in(desk, totp=generate_code(secret)).status_code == 401
    assert sign_in(desk, totp=generate_code(enable_totp(desk))).status_code == 200
