"""Passkeys: added by a browser's authenticator, and a sign-in without a password."""

from typing import Any

import pytest

from services.auth.actions.passkeys import Site
from tests.fakes.authenticator import Authenticator
from tests.service.auth.desk import PASSWORD, Desk, Person
from tests.service.auth.staff import add_officer

PATH = "/me/second-factors"
ORIGIN = "https://govah.example"


@pytest.mark.parametrize(
    ("public_url", "origin", "domain"),
    [
        ("https://govah.example", "https://govah.example", "govah.example"),
        ("https://govah.example:8443/", "https://govah.example:8443", "govah.example"),
        ("http://127.0.0.1:8080", "http://localhost:8080", "localhost"),
    ],
)
def test_a_site_is_that_of_the_public_address(public_url: str, origin: str, domain: str) -> None:
    assert Site.from_url(public_url) == Site(origin, domain)


def add_passkey(desk: Desk, token: str, authenticator: Authenticator, name: str = "گوشی") -> tuple[int, Any]:
    pending = desk.post(PATH, {"kind": "passkey", "password": PASSWORD}, token=token).get_json()
    body = {"credential": authenticator.create(pending["options"]), "name": name}
    response = desk.post(f"{PATH}/{pending['id']}/confirmation", body, token=token)
    return response.status_code, response.get_json()


def sign_in(desk: Desk, authenticator: Authenticator, **changed: Any) -> tuple[int, Any]:
    challenge = desk.post("/sessions/passkey-options").get_json()
    credential = authenticator.get(challenge["options"]) | changed
    response = desk.post(
        "/sessions/passkey", {"request_id": challenge["request_id"], "credential": credential}
    )
    return response.status_code, response.get_json()


@pytest.fixture
def person(either_desk: Desk) -> Person:
    return either_desk.add_citizen()


@pytest.fixture
def token(either_desk: Desk, person: Person) -> str:
    return str(either_desk.fetch_tokens(person)["access_token"])


def test_a_passkey_signs_in_and_makes_a_password_alone_too_little(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk, authenticator = either_desk, Authenticator(ORIGIN)
    status, confirmed = add_passkey(desk, token, authenticator)
    assert (status, len(confirmed["recovery_codes"])) == (200, 10)
    assert desk.sign_in(person).status_code == 401
    status, grant = sign_in(desk, authenticator)
    assert status == 200
    account = desk.call("GET", "/me", token=grant["access_token"]).get_json()
    assert account["national_code"] == person.national_code
    [factor] = account["second_factors"]
    assert (factor["kind"], factor["name"]) == ("passkey", "گوشی")
    assert "last_used_at" in factor
    body = {"national_code": person.national_code, "password": PASSWORD}
    assert desk.post("/sessions", body | {"totp": confirmed["recovery_codes"][0]}).status_code == 200


def test_an_answer_is_valid_once_and_for_its_own_challenge(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk, authenticator = either_desk, Authenticator(ORIGIN)
    add_passkey(desk, token, authenticator)
    challenge, other = (desk.post("/sessions/passkey-options").get_json() for _ in range(2))
    answer = {"credential": authenticator.get(challenge["options"])}
    refused = desk.post("/sessions/passkey", answer | {"request_id": other["request_id"]})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "credentials-not-accepted")
    assert desk.post("/sessions/passkey", answer | {"request_id": challenge["request_id"]}).status_code == 200
    assert desk.post("/sessions/passkey", answer | {"request_id": challenge["request_id"]}).status_code == 401


@pytest.mark.parametrize(
    "case", ["another site", "not verified", "another key", "unknown", "counts backwards", "malformed"]
)
def test_answers_that_do_not_fit_are_refused_alike(desk: Desk, case: str) -> None:
    person = desk.add_citizen()
    token = str(desk.fetch_tokens(person)["access_token"])
    own = Authenticator(ORIGIN, signs=5)
    add_passkey(desk, token, own)
    changed: dict[str, Any] = {}
    authenticator = Authenticator(ORIGIN, credential_id=own.credential_id, key=own.key, signs=5)
    if case == "another site":
        authenticator.origin = "https://govah.example.net"
    elif case == "not verified":
        authenticator.verifies = False
    elif case == "another key":
        authenticator.key = Authenticator(ORIGIN).key
    elif case == "unknown":
        authenticator.credential_id = b"nobody"
    elif case == "counts backwards":
        authenticator.signs = 1
    else:
        changed = {"response": {"clientDataJSON": 7}}
    status, problem = sign_in(desk, authenticator, **changed)
    assert (status, problem["code"]) == (401, "credentials-not-accepted")
    assert sign_in(desk, own)[0] == 200


def test_a_passkey_of_another_site_or_without_its_user_is_not_added(
    either_desk: Desk, person: Person, token: str
) -> None:
    desk = either_desk
    for authenticator in (Authenticator("https://evil.example"), Authenticator(ORIGIN, verifies=False)):
        status, problem = add_passkey(desk, token, authenticator)
        assert (status, problem["code"]) == (422, "passkey-not-accepted")
    assert desk.sign_in(person).status_code == 200


def test_the_name_of_a_passkey_has_nothing_unseen(either_desk: Desk, person: Person, token: str) -> None:
    name = " تلفن\u202e من "
    assert add_passkey(either_desk, token, Authenticator(ORIGIN), name)[0] == 200
    [factor] = either_desk.call("GET", "/me", token=token).get_json()["second_factors"]
    assert factor["name"] == "تلفن من"


def test_a_request_for_a_passkey_is_used_once(either_desk: Desk, person: Person, token: str) -> None:
    desk = either_desk
    pending = desk.post(PATH, {"kind": "passkey", "password": PASSWORD}, token=token).get_json()
    path = f"{PATH}/{pending['id']}/confirmation"
    wrong = {"credential": Authenticator("https://evil.example").create(pending["options"])}
    assert desk.post(path, wrong, token=token).status_code == 422
    right = {"credential": Authenticator(ORIGIN).create(pending["options"])}
    assert desk.post(path, right, token=token).status_code == 404


def test_an_officer_signs_in_with_a_passkey_until_disabled(desk: Desk) -> None:
    add_officer(desk, "officer.one", "lists", password=PASSWORD)
    credentials = {"username": "officer.one", "password": PASSWORD}
    token = desk.post("/sessions", credentials).get_json()["access_token"]
    authenticator = Authenticator(ORIGIN)
    assert add_passkey(desk, token, authenticator)[0] == 200
    assert desk.post("/sessions", credentials).status_code == 401
    status, grant = sign_in(desk, authenticator)
    assert status == 200
    assert desk.call("GET", "/me", token=grant["access_token"]).get_json()["role"] == "officer"
    desk.run("officers", "disable", "officer.one")
    assert sign_in(desk, authenticator)[0] == 401


def test_removing_one_of_two_passkeys_leaves_the_other(either_desk: Desk, person: Person, token: str) -> None:
    desk, first, second = either_desk, Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert add_passkey(desk, token, first, "یک")[1]["recovery_codes"]
    assert add_passkey(desk, token, second, "دو")[1]["recovery_codes"] == []
    factors = desk.call("GET", "/me", token=token).get_json()["second_factors"]
    removed = next(factor for factor in factors if factor["name"] == "یک")
    path = f"{PATH}/{removed['id']}"
    assert desk.call("DELETE", path, token=token, json={"password": PASSWORD}).status_code == 204
    assert sign_in(desk, first)[0] == 401
    assert sign_in(desk, second)[0] == 200
