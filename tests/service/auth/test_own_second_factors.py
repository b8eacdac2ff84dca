"""Second factors that people add themselves: authenticators and recovery codes, at sign-in and at a reset."""

import base64
import time
import uuid
from typing import Any

import pytest

from services.auth.actions.second_factors import STEP_SECONDS, compute_code
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person
from tests.service.auth.staff import add_officer

PATH = "/me/second-factors"


def make_code(secret: str, step: int = 0) -> str:
    return compute_code(base64.b32decode(secret), int(time.time()) // STEP_SECONDS + step)


def request_totp(desk: Desk, token: str, password: str = PASSWORD) -> dict[str, Any]:
    response = desk.post(PATH, {"kind": "totp", "password": password}, token=token)
    assert response.status_code == 201, response.text
    pending: dict[str, Any] = response.get_json()
    return pending


def enrol(desk: Desk, token: str, password: str = PASSWORD) -> tuple[str, list[str]]:
    """Return the secret and the recovery codes of a new authenticator."""
    pending = request_totp(desk, token, password)
    body = {"code": make_code(pending["secret"], -1)}
    confirmed = desk.post(f"{PATH}/{pending['id']}/confirmation", body, token=token)
    assert confirmed.status_code == 200, confirmed.text
    return pending["secret"], confirmed.get_json()["recovery_codes"]


def sign_in(desk: Desk, person: Person, totp: str | None = None, password: str = PASSWORD) -> tuple[int, str]:
    body = {"national_code": person.national_code, "password": password} | ({"totp": totp} if totp else {})
    response = desk.post("/sessions", body)
    return response.status_code, response.get_json().get("code", "")


@pytest.fixture
def person(either_desk: Desk) -> Person:
    return either_desk.add_citizen()


@pytest.fixture
def token(either_desk: Desk, person: Person) -> str:
    return str(either_desk.fetch_tokens(person)["access_token"])


def test_a_password_is_not_enough_once_an_authenticator_was_confirmed(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    pending = request_totp(desk, token)
    assert pending["otpauth_url"].startswith("otpauth://totp/Govah:")
    assert sign_in(desk, person) == (200, "")
    path = f"{PATH}/{pending['id']}/confirmation"
    wrong = f"{(int(make_code(pending['secret'])) + 1) % 10**6:06}"
    assert desk.post(path, {"code": wrong}, token=token).get_json()["code"] == "second-factor-code-wrong"
    assert sign_in(desk, person) == (200, "")
    confirmed = desk.post(path, {"code": make_code(pending["secret"], -1)}, token=token).get_json()
    assert len(confirmed["recovery_codes"]) == 10
    assert sign_in(desk, person) == (401, "credentials-not-accepted")
    assert sign_in(desk, person, wrong) == (401, "credentials-not-accepted")
    code = make_code(pending["secret"])
    assert sign_in(desk, person, code, OTHER_PASSWORD) == (401, "credentials-not-accepted")
    assert sign_in(desk, person, code) == (200, "")
    # Each code is valid once.
    assert sign_in(desk, person, code) == (401, "credentials-not-accepted")


def test_enrolment_ends_the_other_sessions_and_is_a_message(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    other = str(desk.fetch_tokens(person)["access_token"])
    enrol(desk, token)
    assert desk.call("GET", "/me", token=other).status_code == 401
    account = desk.call("GET", "/me", token=token).get_json()
    assert (account["has_second_factor"], account["recovery_codes_left"]) == (True, 10)
    [message] = desk.list_sent("second-factor-changed")
    assert message.to == person.mobile


def test_a_recovery_code_replaces_the_authenticator_once(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    _, codes = enrol(desk, token)
    assert sign_in(desk, person, codes[0], OTHER_PASSWORD) == (401, "credentials-not-accepted")
    assert sign_in(desk, person, codes[0]) == (200, "")
    assert sign_in(desk, person, codes[0]) == (401, "credentials-not-accepted")
    assert desk.call("GET", "/me", token=token).get_json()["recovery_codes_left"] == 9
    fresh = desk.post("/me/recovery-codes", {"password": PASSWORD}, token=token).get_json()["recovery_codes"]
    assert sign_in(desk, person, codes[1]) == (401, "credentials-not-accepted")
    assert sign_in(desk, person, fresh[1]) == (200, "")


def test_five_wrong_codes_close_the_account_to_that_password_for_a_while(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    enrol(desk, token)
    networks = [{"REMOTE_ADDR": f"192.0.2.{number}"} for number in range(6)]
    body = {"national_code": person.national_code, "password": PASSWORD, "totp": "000000"}
    tries = [desk.post("/sessions", body, environ_base=network).status_code for network in networks]
    assert tries == [401] * 5 + [429]
    assert len(desk.list_sent("wrong-codes")) == 1


def test_removing_it_needs_the_password_and_makes_a_password_enough_again(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    enrol(desk, token)
    [factor] = desk.call("GET", "/me", token=token).get_json()["second_factors"]
    path = f"{PATH}/{factor['id']}"
    assert desk.call("DELETE", path, token=token, json={"password": OTHER_PASSWORD}).status_code == 401
    stranger = str(desk.fetch_tokens(desk.add_citizen())["access_token"])
    assert desk.call("DELETE", path, token=stranger, json={"password": PASSWORD}).status_code == 404
    assert desk.call("DELETE", path, token=token, json={"password": PASSWORD}).status_code == 204
    account = desk.call("GET", "/me", token=token).get_json()
    assert (account["second_factors"], account["recovery_codes_left"]) == ([], 0)
    assert sign_in(desk, person) == (200, "")


def test_a_new_password_needs_the_second_factor_too(either_desk: Desk, person: Person, token: str) -> None:
    desk = either_desk
    secret, codes = enrol(desk, token)
    reset = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    body = {"reset_code": desk.get_last_code(), "password": OTHER_PASSWORD}
    path = f"/password-resets/{reset}/completion"
    assert desk.post(path, body).get_json()["code"] == "second-factor-required"
    assert desk.post(path, body | {"totp": "000000"}).get_json()["code"] == "second-factor-required"
    assert sign_in(desk, person, make_code(secret)) == (200, "")
    assert desk.post(path, body | {"totp": codes[3]}).status_code == 200
    assert sign_in(desk, person, codes[4], OTHER_PASSWORD) == (200, "")


def test_a_request_is_its_owners_and_expires(either_desk: Desk, person: Person, token: str) -> None:
    desk = either_desk
    pending = request_totp(desk, token)
    body = {"code": make_code(pending["secret"])}
    path = f"{PATH}/{pending['id']}/confirmation"
    stranger = str(desk.fetch_tokens(desk.add_citizen())["access_token"])
    assert desk.post(path, body, token=stranger).status_code == 404
    assert desk.post(f"{PATH}/{uuid.uuid4()}/confirmation", body, token=token).status_code == 404
    desk.execute_sql("UPDATE factor_requests SET expires_at = '2020-01-01 00:00:00.000000'")
    assert desk.post(path, body, token=token).get_json()["code"] == "second-factor-expired"
    assert sign_in(desk, person) == (200, "")


def test_an_officer_adds_an_authenticator(either_desk: Desk) -> None:
    desk = either_desk
    username = "officer.one"
    add_officer(desk, username, "lists", password=PASSWORD)
    credentials = {"username": username, "password": PASSWORD}
    token = desk.post("/sessions", credentials).get_json()["access_token"]
    secret, codes = enrol(desk, token)
    assert desk.post("/sessions", credentials).status_code == 401
    assert desk.post("/sessions", credentials | {"totp": make_code(secret)}).status_code == 200
    assert desk.post("/sessions", credentials | {"totp": codes[0]}).status_code == 200
    account = desk.call("GET", "/me", token=token).get_json()
    assert (account["role"], account["username"], account["has_second_factor"]) == ("officer", username, True)


def test_taking_a_change_of_mobile_back_removes_what_a_thief_has_added(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    desk.post("/mobile", {"mobile": "09121110000", "password": PASSWORD}, token=token)
    desk.send()
    assert desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token).status_code == 204
    enrol(desk, token)
    [message] = desk.list_sent("mobile-changed")
    assert {sent.to for sent in desk.list_sent("second-factor-changed")} == {person.mobile, "09121110000"}
    assert desk.post("/mobile/reversal", {"code": message.code}).status_code == 200
    reset = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    body = {"reset_code": desk.get_last_code(), "password": OTHER_PASSWORD}
    assert desk.post(f"/password-resets/{reset}/completion", body).status_code == 200
    assert sign_in(desk, person, password=OTHER_PASSWORD) == (200, "")
