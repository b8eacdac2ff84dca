"""Who has signed out is out of every service within seconds, and nobody else is."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import jwt
import pytest

from tests.e2e.client import AUTH, DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.system import System
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")

# A service without the news would take the token for ten minutes; how fast they are is not measured here.
OF_A_PERSON = (
    f"{RECORDS}/me",
    f"{RECORDS}/me/statement?type=all",
    f"{DISCLOSURE}/inbox",
    f"{DISCLOSURE}/activity",
    f"{INQUIRY}/permits",
)


def read_claims(person: Stranger) -> dict[str, Any]:
    token = person.http.headers["Authorization"].partition(" ")[2]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json().get("code")) == (401, "token-invalid")


def assert_refused_soon(person: Stranger, ask: Callable[[], httpx.Response]) -> None:
    """Check that a request is refused, and for another reason than the token's age."""

    def is_refused_now() -> bool:
        answer = ask()
        assert is_refused(answer) or answer.status_code in {200, 422}, answer.text
        return is_refused(answer)

    wait_until(is_refused_now, lambda: f"{ask().url} goes on taking the token", pause=0.1)
    assert time.time() < read_claims(person)["exp"]


def test_after_signing_out_every_service_refuses_the_token(system: System) -> None:
    here, there = (Stranger(system).sign_in_citizen(1) for _ in range(2))
    for path in OF_A_PERSON:
        assert here.get(path).status_code == 200
    assert here.http.delete(f"{AUTH}/sessions/current").status_code == 204
    assert is_refused(here.http.delete(f"{AUTH}/sessions/current"))
    for path in OF_A_PERSON:
        assert_refused_soon(here, partial(here.get, path))
    letter = {"letter_id": "6f2b2f0e-0000-4000-8000-000000000001", "valid_days": 365}
    assert is_refused(here.post(f"{INQUIRY}/permits", letter))
    for path in OF_A_PERSON:
        assert there.get(path).status_code == 200


def test_reused_refresh_token_ends_the_whole_session(system: System) -> None:
    person = system.demo["citizens"][1]
    credentials = {"national_code": person["national_code"], "password": person["password"]}
    first = Stranger(system).post(f"{AUTH}/sessions", credentials).json()
    again = {"refresh_token": first["refresh_token"]}
    second = Stranger(system).post(f"{AUTH}/sessions/refresh", again).json()
    assert is_refused(Stranger(system).post(f"{AUTH}/sessions/refresh", again))
    for token in (first["access_token"], second["access_token"]):
        session = Stranger(system, token)
        for path in OF_A_PERSON:
            assert_refused_soon(session, partial(session.get, path))


def test_signing_out_ends_sessions_of_staff_too(system: System) -> None:
    officer = Stranger(system).sign_in_officer()
    clerk = Stranger(system).sign_in(**system.demo["institution"]["clerk"])
    asks: dict[Stranger, Callable[[], httpx.Response]] = {
        officer: lambda: officer.get(f"{RECORDS}/lists"),
        clerk: lambda: clerk.post(f"{INQUIRY}/discrepancies", {}),
    }
    for person, ask in asks.items():
        assert ask().status_code in {200, 422}
        assert person.http.delete(f"{AUTH}/sessions/current").status_code == 204
        assert_refused_soon(person, ask)
