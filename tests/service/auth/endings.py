"""A service that reads auth's feed, and every act that ends tokens early."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import jwt
from pydantic import SecretStr

from services.auth.actions.keys import OwnKeys
from services.auth.models import FeedCounter, Outbox
from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.feed import consume_feed
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.http.feed import fetch_events
from services.kit.outbox import number_events
from services.kit.problems import TokenInvalid
from services.kit.revocation import EndedSessions, apply_ending
from services.kit.tokens import TokenVerifier
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person
from tests.service.auth.staff import add_clerk, add_institution, add_officer
from tests.service.kit.tiny import EndedSession, FeedCursor
from tests.tokens import build_bearer_header

SECRET, OTHER_SECRET = "s" * 43, "t" * 43
AUDIENCES = ["auth", "records", "disclosure", "inquiry"]


def read_sid(token: str) -> str:
    """Return the id of an access token's session."""
    return str(jwt.decode(token, options={"verify_signature": False})["sid"])


@dataclass
class Neighbour:
    """Another service, which verifies tokens on its own and knows of endings only from auth's feed."""

    desk: Desk
    sessions: Sessions

    def __post_init__(self) -> None:
        endings = EndedSessions(self.sessions, EndedSession)
        self.verifier = TokenVerifier("govah", AUDIENCES, OwnKeys(self.desk.sessions), endings)
        http = httpx.Client(transport=httpx.WSGITransport(app=self.desk.app), base_url="http://auth")
        source = TokenSource("http://auth", "records", lambda: [SecretStr(SECRET)], http)
        self.fetch = partial(fetch_events, ServiceClient("http://auth", http), source, "auth")

    def read_feed(self) -> None:
        """Read auth's feed to its end."""
        number_events(self.desk.sessions, Outbox, FeedCounter)
        handlers = {
            name: partial(apply_ending, EndedSession) for name in ("sessions.ended", "account.disabled")
        }
        consume_feed(self.sessions, FeedCursor, "auth", self.fetch, handlers)

    def is_accepted(self, token: str) -> bool:
        try:
            self.verifier.verify(token)
        except TokenInvalid:
            return False
        return True


@contextmanager
def open_neighbour(desk: Desk, database_url: str) -> Iterator[Neighbour]:
    """Open a service with its own database beside auth."""
    ensure_services(desk)
    engine = new_engine(database_url)
    EndedSession.metadata.create_all(engine)
    yield Neighbour(desk, new_sessions(engine))
    engine.dispose()


def ensure_services(desk: Desk, **changed: str) -> None:
    for name in ("auth", "records", "disclosure", "inquiry", "pdfworker"):
        desk.write_secret(changed.get(name, SECRET), f"{name}.secret")
    desk.run("clients", "ensure-services", "--secrets-dir", str(desk.directory))


def is_accepted_by_auth(desk: Desk, token: str) -> bool:
    """Return whether auth accepts a token; the request changes nothing."""
    role = jwt.decode(token, options={"verify_signature": False})["role"]
    path, method = ("/internal/events", "GET") if role == "service" else ("/api/v1/auth/password", "POST")
    response = desk.app.test_client().open(path, method=method, headers=build_bearer_header(token), json={})
    assert response.status_code in (200, 401, 422), response.text
    return response.status_code != 401


@dataclass(frozen=True)
class Ended:
    """The tokens of one step: those that are refused in the end, and those that stay valid."""

    refused: list[str]
    accepted: list[str]


def fetch_staff_tokens(
    desk: Desk, username: str, password: str = OTHER_PASSWORD, **more: str
) -> dict[str, Any]:
    response = desk.post("/sessions", {"username": username, "password": password, **more})
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.get_json()
    return tokens


def fetch_client_token(desk: Desk, client: str, secret: str = SECRET, **form: str) -> str:
    data = {"grant_type": "client_credentials", **form}
    response = desk.call("POST", "/token", auth=(client, secret), data=data)
    assert response.status_code == 200, response.text
    return str(response.get_json()["access_token"])


def add_bank(desk: Desk) -> list[str]:
    """Add a client of an institution; return the command that adds it again."""
    institution_id = add_institution(desk)
    arguments = ["clients", "ensure", "bank", "--institution", institution_id, "--secret-file"]
    desk.run(*arguments, desk.write_secret(SECRET))
    return arguments


def reset(desk: Desk, person: Person) -> None:
    """Set `OTHER_PASSWORD` by a code that goes to the person's mobile."""
    reset_id = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    [code] = [message.code for message in desk.messages.sent if message.kind == "password-reset-code"]
    body = {"reset_code": code, "password": OTHER_PASSWORD}
    assert desk.post(f"/password-resets/{reset_id}/completion", body).status_code == 200


def sign_out(desk: Desk) -> Iterator[Ended]:
    person = desk.add_citizen()
    here, there = (desk.fetch_tokens(person)["access_token"] for _ in range(2))
    yield Ended([here], [there])
    assert desk.call("DELETE", "/sessions/current", token=here).status_code == 204
    yield Ended([], [desk.fetch_tokens(person)["access_token"]])


def sign_out_a_clerk(desk: Desk) -> Iterator[Ended]:
    add_clerk(desk, "clerk.one")
    token = fetch_staff_tokens(desk, "clerk.one")["access_token"]
    yield Ended([token], [])
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 204
    yield Ended([], [fetch_staff_tokens(desk, "clerk.one")["access_token"]])


def sign_out_after_a_refresh(desk: Desk) -> Iterator[Ended]:
    first = desk.fetch_tokens(desk.add_citizen())
    second = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]}).get_json()
    yield Ended([first["access_token"], second["access_token"]], [])
    assert desk.call("DELETE", "/sessions/current", token=first["access_token"]).status_code == 204
    yield Ended([], [])


def change_password(desk: Desk) -> Iterator[Ended]:
    person = desk.add_citizen()
    here, *there = (desk.fetch_tokens(person)["access_token"] for _ in range(3))
    yield Ended(there, [here])
    body = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert desk.post("/password", body, token=here).status_code == 204
    yield Ended([], [here, desk.fetch_tokens(person, OTHER_PASSWORD)["access_token"]])


def change_an_officers_password(desk: Desk) -> Iterator[Ended]:
    add_officer(desk, "officer.one", "audit")
    here, there = (fetch_staff_tokens(desk, "officer.one")["access_token"] for _ in range(2))
    yield Ended([there], [here])
    body = {"old_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert desk.post("/password", body, token=here).status_code == 204
    yield Ended([], [here, fetch_staff_tokens(desk, "officer.one", PASSWORD)["access_token"]])


def reset_password(desk: Desk) -> Iterator[Ended]:
    person, other = desk.add_citizen(), desk.add_citizen()
    yield Ended(
        [desk.fetch_tokens(person)["access_token"] for _ in range(2)],
        [desk.fetch_tokens(other)["access_token"]],
    )
    reset(desk, person)
    yield Ended([], [desk.fetch_tokens(person, OTHER_PASSWORD)["access_token"]])


def _reuse(desk: Desk, first: Mapping[str, Any]) -> Iterator[Ended]:
    second = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]}).get_json()
    yield Ended([first["access_token"], second["access_token"]], [])
    reused = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]})
    assert reused.status_code == 401
    yield Ended([], [])


def reuse_a_refresh_token(desk: Desk) -> Iterator[Ended]:
    return _reuse(desk, desk.fetch_tokens(desk.add_citizen()))


def reuse_an_officers_refresh_token(desk: Desk) -> Iterator[Ended]:
    add_officer(desk, "officer.one", "audit")
    return _reuse(desk, fetch_staff_tokens(desk, "officer.one"))


def disable_an_officer(desk: Desk) -> Iterator[Ended]:
    for name in ("officer.one", "officer.two"):
        add_officer(desk, name, "audit")
    first, second = (
        fetch_staff_tokens(desk, name)["access_token"] for name in ("officer.one", "officer.two")
    )
    yield Ended([first], [second])
    desk.run("officers", "disable", "officer.one")
    yield Ended([], [])
    password = desk.write_secret(OTHER_PASSWORD)
    desk.run("officers", "ensure", "officer.one", "--scope", "audit", "--password-file", password)
    yield Ended([], [fetch_staff_tokens(desk, "officer.one")["access_token"]])


def disable_a_clerk(desk: Desk) -> Iterator[Ended]:
    institution_id = add_clerk(desk, "clerk.one")
    yield Ended([fetch_staff_tokens(desk, "clerk.one")["access_token"] for _ in range(2)], [])
    desk.run("clerks", "disable", "clerk.one")
    yield Ended([], [])
    password = desk.write_secret(OTHER_PASSWORD)
    desk.run("clerks", "ensure", "clerk.one", "--institution", institution_id, "--password-file", password)
    yield Ended([], [fetch_staff_tokens(desk, "clerk.one")["access_token"]])


def remove_a_scope(desk: Desk) -> Iterator[Ended]:
    add_officer(desk, "officer.one", "audit", "lists")
    yield Ended([fetch_staff_tokens(desk, "officer.one")["access_token"]], [])
    password = desk.write_secret(OTHER_PASSWORD)
    desk.run("officers", "ensure", "officer.one", "--scope", "lists", "--password-file", password)
    yield Ended([], [fetch_staff_tokens(desk, "officer.one")["access_token"]])


def set_an_officers_password(desk: Desk) -> Iterator[Ended]:
    add_officer(desk, "officer.one", "audit")
    yield Ended([fetch_staff_tokens(desk, "officer.one")["access_token"]], [])
    password = desk.write_secret(PASSWORD)
    desk.run("officers", "ensure", "officer.one", "--scope", "audit", "--password-file", password)
    yield Ended([], [fetch_staff_tokens(desk, "officer.one", PASSWORD)["access_token"]])


def enable_a_second_factor(desk: Desk) -> Iterator[Ended]:
    add_officer(desk, "officer.one", "audit")
    yield Ended([fetch_staff_tokens(desk, "officer.one")["access_token"]], [])
    path = str(desk.directory / f"{uuid.uuid4().hex}.totp")
    desk.run("officers", "totp", "officer.one", "--secret-file", path)
    yield Ended([], [])


def change_nothing(desk: Desk) -> Iterator[Ended]:
    """Repeat every `ensure` without a change, as the embedded mode does at every start: no session ends."""
    add_officer(desk, "officer.one", "audit")
    arguments, password = add_bank(desk), desk.write_secret(OTHER_PASSWORD)
    tokens = [
        fetch_staff_tokens(desk, "officer.one")["access_token"],
        fetch_client_token(desk, "bank"),
        fetch_client_token(desk, "inquiry", scope="auth:events"),
    ]
    yield Ended([], tokens)
    more = ("--scope", "audit", "--scope", "lists")
    desk.run("officers", "ensure", "officer.one", *more, "--password-file", password)
    desk.run(*arguments, desk.write_secret(SECRET))
    ensure_services(desk)
    yield Ended([], [])


def disable_a_client(desk: Desk) -> Iterator[Ended]:
    arguments = add_bank(desk)
    yield Ended(
        [fetch_client_token(desk, "bank") for _ in range(2)],
        [fetch_client_token(desk, "inquiry", scope="auth:events")],
    )
    desk.run("clients", "disable", "bank")
    yield Ended([], [])
    desk.run(*arguments, desk.write_secret(SECRET))
    yield Ended([], [fetch_client_token(desk, "bank")])


def change_a_clients_secret(desk: Desk) -> Iterator[Ended]:
    arguments = add_bank(desk)
    yield Ended([fetch_client_token(desk, "bank")], [])
    desk.run(*arguments, desk.write_secret(OTHER_SECRET))
    yield Ended([], [fetch_client_token(desk, "bank", OTHER_SECRET)])


def change_a_services_secret(desk: Desk) -> Iterator[Ended]:
    yield Ended(
        [fetch_client_token(desk, "inquiry", scope="auth:events")],
        [fetch_client_token(desk, "disclosure", scope="auth:events")],
    )
    ensure_services(desk, inquiry=OTHER_SECRET)
    yield Ended([], [fetch_client_token(desk, "inquiry", OTHER_SECRET, scope="auth:events")])


WAYS: Mapping[str, Callable[[Desk], Iterator[Ended]]] = {
    way.__name__: way
    for way in (
        sign_out,
        sign_out_a_clerk,
        sign_out_after_a_refresh,
        change_password,
        change_an_officers_password,
        reset_password,
        reuse_a_refresh_token,
        reuse_an_officers_refresh_token,
        disable_an_officer,
        disable_a_clerk,
        remove_a_scope,
        set_an_officers_password,
        enable_a_second_factor,
        change_nothing,
        disable_a_client,
        change_a_clients_secret,
        change_a_services_secret,
    )
}
