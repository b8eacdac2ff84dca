"""A clock that is ten minutes off, the caller's or the service's own: stated answers, never a failure."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.contract.services import Served
from tests.tokens import bearer

TEN_MINUTES = 600
AS_AUTH_GIVES = 15 * 60

Answers = set[tuple[int, str | None]]


def answers(served: Served, token: str) -> Answers:
    """What the routes answer a citizen that change nothing, and signing out where there is a session."""
    client, found = served.app.test_client(), set()
    for route in served.routes():
        signs_out = (route.endpoint, route.method) == ("sessions.sign_out", "DELETE")
        if "citizen" in route.rule.roles and (route.method == "GET" or signs_out):
            answer = client.open(route.path, method=route.method, headers=bearer(token))
            code = answer.get_json()["code"] if answer.status_code >= 400 else None
            found.add((answer.status_code, code))
    assert found
    return found


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iat": TEN_MINUTES}, "token-invalid"),
        ({"nbf": TEN_MINUTES}, "token-invalid"),
        ({"iat": TEN_MINUTES, "nbf": TEN_MINUTES, "exp": TEN_MINUTES + AS_AUTH_GIVES}, "token-invalid"),
        ({"exp": -TEN_MINUTES}, "token-expired"),
        ({"iat": -TEN_MINUTES - AS_AUTH_GIVES, "exp": -TEN_MINUTES}, "token-expired"),
    ],
)
def test_a_token_of_another_time_is_refused(served: Served, claims: dict[str, int], code: str) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {name: now + seconds for name, seconds in claims.items()}
    token = served.token("citizen", **moments)
    assert answers(served, token) == {(401, code)}


@pytest.mark.parametrize("claims", [{"iat": -TEN_MINUTES, "exp": 300}, {"nbf": -TEN_MINUTES}, {"iat": 20}])
def test_a_token_in_its_time_is_accepted(served: Served, claims: dict[str, int]) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {name: now + seconds for name, seconds in claims.items()}
    token = served.token("citizen", **moments)
    assert not {status for status, _ in answers(served, token)} & {401, 500}


@pytest.mark.parametrize(
    ("off", "living", "expected"),
    [
        (-TEN_MINUTES, AS_AUTH_GIVES, {(401, "token-invalid")}),
        (TEN_MINUTES, TEN_MINUTES - 60, {(401, "token-expired")}),
        (TEN_MINUTES, AS_AUTH_GIVES, None),
    ],
    ids=["slow", "fast, a token of nine minutes", "fast, a token of fifteen"],
)
def test_a_service_whose_own_clock_is_off_answers(
    served: Served, off: int, living: int, expected: Answers | None
) -> None:
    token = served.token("citizen", expires_in=living)
    with time_machine.travel(timedelta(seconds=off)):
        found = answers(served, token)
    if expected:
        assert found == expected
    else:
        assert not {status for status, _ in found} & {401, 500}
