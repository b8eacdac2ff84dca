"""A clock that is ten minutes off, the caller's or the service's own: always a documented response."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.contract.services import Served
from tests.tokens import build_bearer_header

TEN_MINUTES = 600
AS_AUTH_GIVES = 15 * 60

Responses = set[tuple[int, str | None]]


def collect_responses(served: Served, token: str) -> Responses:
    """Return status and code of the citizen's reading routes, and of signing out where there is a session."""
    client, responses = served.app.test_client(), set()
    # Signing out comes last: it ends the session of the token.
    for route in sorted(served.list_routes(), key=lambda route: route.endpoint == "sessions.sign_out"):
        signs_out = (route.endpoint, route.method) == ("sessions.sign_out", "DELETE")
        if "citizen" in route.rule.roles and (route.method == "GET" or signs_out):
            response = client.open(route.path, method=route.method, headers=build_bearer_header(token))
            code = response.get_json()["code"] if response.status_code >= 400 else None
            responses.add((response.status_code, code))
    assert responses
    return responses


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
def test_token_outside_its_time_is_refused(served: Served, claims: dict[str, int], code: str) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {name: now + seconds for name, seconds in claims.items()}
    token = served.sign_token("citizen", **moments)
    assert collect_responses(served, token) == {(401, code)}


@pytest.mark.parametrize("claims", [{"iat": -TEN_MINUTES, "exp": 300}, {"nbf": -TEN_MINUTES}, {"iat": 20}])
def test_token_within_its_time_is_accepted(served: Served, claims: dict[str, int]) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {name: now + seconds for name, seconds in claims.items()}
    token = served.sign_token("citizen", **moments)
    assert not {status for status, _ in collect_responses(served, token)} & {401, 500}


@pytest.mark.parametrize(
    ("off", "living", "expected"),
    [
        (-TEN_MINUTES, AS_AUTH_GIVES, {(401, "token-invalid")}),
        (TEN_MINUTES, TEN_MINUTES - 60, {(401, "token-expired")}),
        (TEN_MINUTES, AS_AUTH_GIVES, None),
    ],
    ids=["slow", "fast, a token of nine minutes", "fast, a token of fifteen"],
)
def test_service_with_a_wrong_clock_answers(
    served: Served, off: int, living: int, expected: Responses | None
) -> None:
    token = served.sign_token("citizen", expires_in=living)
    with time_machine.travel(timedelta(seconds=off)):
        responses = collect_responses(served, token)
    if expected:
        assert responses == expected
    else:
        assert not {status for status, _ in responses} & {401, 500}
