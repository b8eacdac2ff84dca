"""Signing in, refreshing and signing out: one response for strangers, limits, families that end on reuse."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.auth.actions.passwords import MEMORY_KIB, PASSES
from tests.fakes.auth import QuickHasher
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, invent_person, open_desk, verify_claims
from tests.service.auth.staff import INSTITUTION_NAME, add_clerk, add_officer


def test_a_citizens_token_names_the_person_and_four_services(desk: Desk) -> None:
    person = desk.add_citizen()
    response = desk.sign_in(person)
    body = response.get_json()
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "device_token"}
    assert body["token_type"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"
    claims = verify_claims(desk, body["access_token"], "disclosure")
    assert claims["sub"] == str(person.id)
    assert claims["aud"] == ["auth", "records", "disclosure", "inquiry"]
    assert (claims["role"], claims["scope"]) == ("citizen", "self")
    assert claims["exp"] - claims["iat"] == body["expires_in"] <= 15 * 60


def test_an_officers_token_has_the_officers_scopes(desk: Desk) -> None:
    add_officer(desk, "officer.one", "lists", "objections")
    tokens = desk.post("/sessions", {"username": "officer.one", "password": OTHER_PASSWORD}).get_json()
    claims = verify_claims(desk, tokens["access_token"], "records")
    assert (claims["role"], set(claims["scope"].split())) == ("officer", {"lists", "objections"})


def test_a_clerks_token_names_the_institution_and_is_for_inquiry_only(desk: Desk) -> None:
    institution_id = add_clerk(desk, "clerk.one")
    tokens = desk.post("/sessions", {"username": "clerk.one", "password": OTHER_PASSWORD}).get_json()
    claims = verify_claims(desk, tokens["access_token"], "inquiry")
    assert (claims["role"], claims["aud"]) == ("institution", ["inquiry"])
    assert (claims["name"], claims["institution_id"]) == (INSTITUTION_NAME, institution_id)
    assert set(claims["scope"].split()) == {"inquiry:inquire", "inquiry:report"}
    assert desk.call("DELETE", "/sessions/current", token=tokens["access_token"]).status_code == 204
    assert desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401


def test_a_wrong_password_and_an_unknown_user_get_the_same_response(desk: Desk) -> None:
    responses = [desk.sign_in(person, OTHER_PASSWORD) for person in (desk.add_citizen(), invent_person())]
    responses.append(desk.post("/sessions", {"username": "nobody", "password": OTHER_PASSWORD}))
    for response in responses:
        assert response.status_code == 401
        body = response.get_json()
        assert body["code"] == "credentials-not-accepted"
        assert body["detail"].startswith("کد ملی یا گذرواژه درست نیست.")
        del body["request_id"]
    assert responses[0].get_json().keys() == responses[1].get_json().keys()


def test_an_unknown_user_waits_the_same_time_as_a_citizen(sqlite_url: str, tmp_path: Path) -> None:
    fastest = [10.0, 10.0]
    with open_desk(sqlite_url, tmp_path, hasher=QuickHasher(MEMORY_KIB, PASSES)) as desk:
        people = [desk.add_citizen(), invent_person()]
        for turn in range(8):
            started = time.process_time()
            desk.sign_in(people[turn % 2], OTHER_PASSWORD)
            fastest[turn % 2] = min(fastest[turn % 2], time.process_time() - started)
    assert 0.5 < fastest[0] / fastest[1] < 2


def test_a_password_is_the_same_on_every_keyboard(desk: Desk) -> None:
    person = desk.add_citizen()
    typed = PASSWORD.replace("ی", "ي").replace("ک", "ك").replace("7", "۷").replace("3", "٣")
    assert desk.sign_in(person, typed).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"password": "x"},
        {"national_code": "9900000013", "username": "both", "password": "x"},
        {"national_code": "9900000014", "password": "x"},
        {"username": "u", "password": "x" * 1025},
        {"username": "u", "password": "x", "surplus": 1},
    ],
)
def test_an_invalid_body_is_rejected(desk: Desk, body: dict[str, Any]) -> None:
    response = desk.post("/sessions", body)
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")


def test_failures_are_limited_only_for_their_source(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: desk.sign_in(person, OTHER_PASSWORD), range(10)))
    assert sorted(response.status_code for response in responses) == [401] * 5 + [429] * 5
    late = desk.sign_in(person)
    assert (late.status_code, late.get_json()["code"]) == (429, "too-many-attempts")
    assert 0 < int(late.headers["Retry-After"]) <= 15 * 60
    assert desk.sign_in(person, headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 200
    assert desk.sign_in(desk.add_citizen()).status_code == 200


def test_many_simultaneous_right_sign_ins_all_succeed(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: desk.sign_in(person), range(12)))
    assert {response.status_code for response in responses} == {200}


def test_refresh_rotates_and_a_reused_token_ends_the_family(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    first = desk.fetch_tokens(person)
    second = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]}).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    third = desk.post("/sessions/refresh", {"refresh_token": second["refresh_token"]}).get_json()

    reused = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]})
    assert (reused.status_code, reused.get_json()["code"]) == (401, "token-invalid")
    assert desk.post("/sessions/refresh", {"refresh_token": third["refresh_token"]}).status_code == 401
    other = desk.fetch_tokens(person)
    assert desk.post("/sessions/refresh", {"refresh_token": other["refresh_token"]}).status_code == 200


def test_of_two_simultaneous_refreshes_one_succeeds(either_desk: Desk) -> None:
    desk = either_desk
    token = desk.fetch_tokens(desk.add_citizen())["refresh_token"]
    with ThreadPoolExecutor(4) as pool:
        responses = list(
            pool.map(lambda _: desk.post("/sessions/refresh", {"refresh_token": token}), range(4))
        )
    assert sorted(response.status_code for response in responses) == [200, 401, 401, 401]
    [won] = [response.get_json() for response in responses if response.status_code == 200]
    assert desk.post("/sessions/refresh", {"refresh_token": won["refresh_token"]}).status_code == 401


@pytest.mark.parametrize("token", ["x", ".", f"{uuid.UUID(int=7).hex}.x", "۱۲۳.a"])
def test_an_invented_refresh_token_is_refused(desk: Desk, token: str) -> None:
    response = desk.post("/sessions/refresh", {"refresh_token": token})
    assert (response.status_code, response.get_json()["code"]) == (401, "token-invalid")


@pytest.mark.parametrize("column", ["expires_at", "refreshed_at"])
def test_a_session_expires(desk: Desk, column: str) -> None:
    token = desk.fetch_tokens(desk.add_citizen())["refresh_token"]
    desk.execute_sql(f"UPDATE refresh_families SET {column} = '2020-01-01 00:00:00.000000'")
    assert desk.post("/sessions/refresh", {"refresh_token": token}).status_code == 401


def test_signing_out_ends_only_that_session(desk: Desk) -> None:
    person = desk.add_citizen()
    here, there = desk.fetch_tokens(person), desk.fetch_tokens(person)
    assert desk.call("DELETE", "/sessions/current", token=here["access_token"]).status_code == 204
    again = desk.call("DELETE", "/sessions/current", token=here["access_token"])
    assert (again.status_code, again.get_json()["code"]) == (401, "token-invalid")
    assert desk.post("/sessions/refresh", {"refresh_token": here["refresh_token"]}).status_code == 401
    assert desk.post("/sessions/refresh", {"refresh_token": there["refresh_token"]}).status_code == 200


def test_signing_out_requires_a_valid_token(desk: Desk) -> None:
    assert desk.call("DELETE", "/sessions/current").get_json()["code"] == "token-missing"
    forged = desk.fetch_tokens(desk.add_citizen())["access_token"][:-4] + "AAAA"
    assert desk.call("DELETE", "/sessions/current", token=forged).get_json()["code"] == "token-invalid"


def test_a_disabled_officer_is_signed_out_immediately(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    credentials = {"username": "officer.one", "password": OTHER_PASSWORD}
    tokens = desk.post("/sessions", credentials).get_json()
    desk.run("officers", "disable", "officer.one")
    assert desk.post("/sessions", credentials).status_code == 401
    assert desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
