"""Every closed route of every service refuses the tokens of sessions and accounts that have ended."""

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.auth.actions import clients, families
from services.disclosure.background import HANDLERS as DISCLOSURE
from services.inquiry.background import HANDLERS as INQUIRY
from services.kit.db import Sessions, new_sessions
from services.kit.feed import Event, Handler
from services.records.background import HANDLERS as RECORDS
from tests.contract.services import Headers, Route, Served, get_engine
from tests.service.auth.endings import read_sid
from tests.tokens import build_bearer_header

Handlers = Mapping[str, Mapping[str, Handler]]
CONSUMERS: Mapping[str, Handlers] = {"records": RECORDS, "disclosure": DISCLOSURE, "inquiry": INQUIRY}
SYSTEM = "a-system"
REFUSED = {(401, "token-invalid")}
# Where a role has no route at all.
NO_ROUTES = {
    ("records", "institution"),
    ("disclosure", "institution"),
    ("inquiry", "officer"),
    ("records", "admin"),
    ("inquiry", "admin"),
}


def create_sessions(served: Served) -> Sessions:
    return new_sessions(get_engine(served.app))


def consume_event(served: Served, name: str, subject: uuid.UUID | None = None, **data: Any) -> None:
    """Handle an event of auth in the service, as its consumer does."""
    subject_text = None if subject is None else str(subject)
    event = Event(1, str(uuid.uuid4()), name, datetime.now(UTC), subject_text, data, "request")
    with create_sessions(served).begin() as session:
        CONSUMERS[served.name]["auth"][name](session, event)


def end_session(served: Served, role: str, session_id: str) -> None:
    if served.name == "auth":
        with create_sessions(served).begin() as session:
            families.end_session(session, session_id)
        return
    # Of officers and clerks the feed names no person.
    person_id = served.person_id if role == "citizen" else None
    consume_event(served, "sessions.ended", person_id, reason="signed-out", sids=[session_id])


def end_client(served: Served) -> None:
    if served.name == "auth":
        with create_sessions(served).begin() as session:
            clients.disable_client(session, SYSTEM)
    else:
        consume_event(served, "account.disabled", account=SYSTEM)


def sign_session_token(served: Served, role: str) -> str:
    return served.sign_token(role, sid=str(uuid.uuid4()))


def list_routes_for(served: Served, role: str) -> Sequence[Route]:
    routes = [
        route for route in served.list_routes() if role in route.rule.roles and route.method != "OPTIONS"
    ]
    assert bool(routes) == ((served.name, role) not in NO_ROUTES)
    return routes


def collect_answers(served: Served, headers: Headers, routes: Sequence[Route]) -> set[tuple[int, str | None]]:
    """Return the statuses and codes of these routes. HEAD has no body, and the status of GET."""
    answers: set[tuple[int, str | None]] = set()
    of_get: dict[str, int] = {}
    for route in routes:
        answer = served.app.test_client().open(route.path, method=route.method, headers=headers)
        if route.method == "HEAD":
            assert answer.status_code == of_get[route.path]
            continue
        if route.method == "GET":
            of_get[route.path] = answer.status_code
        code = answer.get_json()["code"] if answer.status_code >= 400 else None
        answers.add((answer.status_code, code))
    return answers


@pytest.mark.parametrize("role", ["citizen", "officer", "institution", "admin"])
def test_no_route_takes_the_token_of_an_ended_session(served: Served, role: str) -> None:
    routes = list_routes_for(served, role)
    reading = [route for route in routes if route.method == "GET"]
    token, other = (sign_session_token(served, role) for _ in range(2))
    assert not collect_answers(served, build_bearer_header(token), reading) & REFUSED
    end_session(served, role, read_sid(token))
    assert collect_answers(served, build_bearer_header(token), routes) == (REFUSED if routes else set())
    assert not collect_answers(served, build_bearer_header(other), reading) & REFUSED


@pytest.mark.parametrize("role", ["institution", "service"])
def test_no_route_takes_the_older_token_of_a_disabled_client(served: Served, role: str) -> None:
    routes = list_routes_for(served, role)
    token = served.sign_token(role, subject=SYSTEM, sid=None, iat=time.time())
    end_client(served)
    assert collect_answers(served, build_bearer_header(token), routes) == (REFUSED if routes else set())
    if served.name != "auth":
        later = served.sign_token(role, subject=SYSTEM, sid=None, iat=time.time() + 1)
        assert not collect_answers(served, build_bearer_header(later), routes) & REFUSED
