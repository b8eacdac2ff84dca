"""The auth service with fake ports: people register, staff sign in, the sender sends."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import jwt
import sqlalchemy as sa
import svcs
from click.testing import Result
from flask import Flask
from werkzeug.test import TestResponse

from services.auth.actions.keys import ensure_key
from services.auth.app import create_app
from services.auth.clients import Message, Ports
from services.auth.settings import Settings
from services.kit.db import Sessions, new_sessions
from services.kit.jalali import format_jalali_date
from services.kit.national_code import compute_check_digit
from services.kit.tokens import REQUIRED_CLAIMS
from tests.fakes.auth import FakeMessageSender, FakeOwnership, FakePersonMatcher, QuickHasher
from tests.service.auth.sending import send_codes, send_notices
from tests.tokens import build_bearer_header

API = "/api/v1/auth"
PASSWORD = "یک گذرواژه‌ی بلند 73"
OTHER_PASSWORD = "quiet-river-stone-41"
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """An invented person whom records knows."""

    id: uuid.UUID
    national_code: str
    birth_date: date
    mobile: str

    @property
    def registration(self) -> dict[str, str]:
        return self.identity | {"mobile": self.mobile}

    @property
    def identity(self) -> dict[str, str]:
        return {
            "national_code": self.national_code,
            "birth_date_jalali": format_jalali_date(self.birth_date),
        }


def invent_person() -> Person:
    number = next(NUMBERS)
    nine = f"{990000000 + number}"
    return Person(uuid.uuid4(), nine + compute_check_digit(nine), date(1980, 5, 1), f"0912{number:07}")


@dataclass
class Desk:
    """One auth service: its app, its database and its fakes."""

    app: Flask
    engine: sa.Engine
    sessions: Sessions
    settings: Settings
    directory: Path
    hasher: QuickHasher
    people: FakePersonMatcher = field(default_factory=FakePersonMatcher)
    mobiles: FakeOwnership = field(default_factory=FakeOwnership)
    messages: FakeMessageSender = field(default_factory=FakeMessageSender)

    @property
    def ports(self) -> Ports:
        return Ports(self.people, self.mobiles, self.messages)

    def call(self, method: str, path: str, *, token: str | None = None, **kw: Any) -> TestResponse:
        headers = kw.pop("headers", {}) | (build_bearer_header(token) if token else {})
        return self.app.test_client().open(API + path, method=method, headers=headers, **kw)

    def post(self, path: str, body: Any = None, *, token: str | None = None, **kw: Any) -> TestResponse:
        return self.call("POST", path, token=token, json=body, **kw)

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def invoke_command(self, *arguments: str, **kw: Any) -> Result:
        return self.app.test_cli_runner().invoke(args=arguments, **kw)

    def run(self, *arguments: str) -> str:
        """Return the output of a command that must succeed."""
        result = self.invoke_command(*arguments)
        assert result.exit_code == 0, result.output
        return result.output.strip()

    def write_secret(self, secret: str, name: str = "") -> str:
        path = self.directory / (name or uuid.uuid4().hex)
        path.write_text(secret + "\n", encoding="utf-8")
        return str(path)

    def add_person(self) -> Person:
        """Return a new person whom records knows."""
        person = invent_person()
        self.people.people[person.national_code, person.birth_date] = person.id
        return person

    def send(self) -> None:
        """Send all codes and notices that are due."""
        while send_codes(self.sessions, self.settings.pepper, self.ports):
            pass
        while send_notices(self.sessions, self.settings.pepper, self.messages):
            pass

    def register(self, person: Person) -> str:
        """Return the id of a registration, after sending its code if one goes out."""
        response = self.post("/registrations", person.registration)
        assert response.status_code == 202, response.text
        self.send()
        return str(response.get_json()["registration_id"])

    def list_sent(self, kind: str) -> list[Message]:
        """Return the messages of one kind, after sending all that are due."""
        self.send()
        return [message for message in self.messages.sent if message.kind == kind]

    def get_last_code(self) -> str:
        """Return the six digits of the last message that carries a code."""
        return [code for message in self.messages.sent if len(code := message.code or "") == 6][-1]

    def make_wrong_code(self) -> str:
        return f"{(int(self.get_last_code()) + 1) % 10**6:06}"

    def activate(self, registration_id: str, code: str, password: str = PASSWORD) -> TestResponse:
        return self.post(
            f"/registrations/{registration_id}/activation", {"activation_code": code, "password": password}
        )

    def add_citizen(self) -> Person:
        """Return a new person with an account whose password is `PASSWORD`."""
        person = self.add_person()
        assert self.activate(self.register(person), self.get_last_code()).status_code == 201
        return person

    def sign_in(self, person: Person, password: str = PASSWORD, **kw: Any) -> TestResponse:
        return self.post("/sessions", {"national_code": person.national_code, "password": password}, **kw)

    def fetch_tokens(self, person: Person, password: str = PASSWORD) -> dict[str, Any]:
        response = self.sign_in(person, password)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.get_json()
        return tokens

    def execute_sql(self, statement: str, **values: Any) -> None:
        """Change rows as only time can, so that they expire."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)


@contextmanager
def open_desk(
    database_url: str, directory: Path, hasher: QuickHasher | None = None, **changed: Any
) -> Iterator[Desk]:
    """Open a desk over a database that has the schema of auth."""
    for name in ("auth.secret", "pepper"):
        (directory / name).write_text("a secret of these tests only\n", encoding="utf-8")
    settings = Settings.model_validate(
        {
            "database_url": database_url,
            "broker_url": "memory://",
            "public_url": "https://govah.example",
            "auth_url": "http://127.0.0.1:9",
            "records_url": "http://127.0.0.1:9",
            "disclosure_url": "http://127.0.0.1:9",
            "inquiry_url": "http://127.0.0.1:9",
            "client_secret_file": directory / "auth.secret",
            "pepper_file": directory / "pepper",
            "token_keys_dir": directory / "keys",
            "messages": "file",
            "messages_file": directory / "messages.jsonl",
            "mobile_ownership": "accept-all",
            **changed,
        }
    )
    hasher = hasher or QuickHasher()
    people = FakePersonMatcher()
    app = create_app(settings, hasher=hasher, people=people)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    desk = Desk(app, engine, new_sessions(engine), settings, directory, hasher, people)
    with desk.sessions.begin() as session:
        ensure_key(session, settings.token_keys_dir)
    yield desk
    svcs.flask.close_registry(app)
    engine.dispose()


def verify_claims(desk: Desk, token: str, audience: str) -> dict[str, Any]:
    """Return the claims that a service with the key set reads in a token."""
    [key] = desk.app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=["EdDSA"],
        audience=audience,
        issuer=desk.settings.issuer,
        options={"require": REQUIRED_CLAIMS},
    )
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    return claims
