"""Disclosure over a real database, with the people and workers who call it."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from obstore.store import MemoryStore, ObjectStore
from werkzeug.test import TestResponse

from services.disclosure.actions.agreements import add_agreement
from services.disclosure.app import create_app
from services.disclosure.models import Agreement, DisclosureRequest, Letter, Outbox
from services.disclosure.settings import Settings
from services.kit.db import Sessions, new_engine, new_sessions, sql_now
from services.kit.feed import Event
from services.kit.storage import new_key_line
from tests.fakes.disclosure import FakeRecords
from tests.tokens import TestKeys, bearer, mint
from tests.unit.pdfworker.statements import career, statement_of

AT_ONCE = timedelta(seconds=-1)
PUBLIC = "/api/v1/disclosure"
AS_OF = "2026-01-01T08:30:00Z"
PDF = b"%PDF-1.7 invented"
AHMADI, KARIMI = uuid.UUID(int=1), uuid.UUID(int=2)
WORKER = bearer(mint("service", "pdfworker", "disclosure", ["disclosure:render"]))
OFFICER = bearer(mint("officer", "officer-7", scopes=["helpdesk"]))
FEED_READER = bearer(mint("service", "inquiry", "disclosure", ["disclosure:events"]))


def citizen(person: uuid.UUID = AHMADI) -> dict[str, str]:
    """The header of a person."""
    return bearer(mint("citizen", person, scopes=["self"]))


def settings_for(database_url: str, directory: Path, broker_url: str = "redis://127.0.0.1:1") -> Settings:
    """Settings with which nothing but the database, and the broker if given, answers."""
    secret = directory / "disclosure.secret"
    secret.write_text("not-a-real-secret\n")
    keys = directory / "disclosure.storage"
    if not keys.exists():
        keys.write_text(new_key_line())
    away = "http://127.0.0.1:1"
    return Settings(
        database_url=database_url,
        broker_url=broker_url,
        public_url="https://govah.example",
        auth_url=away,
        records_url=away,
        inquiry_url=away,
        storage_url="memory:///",
        storage_keys_file=keys,
        client_secret_file=secret,
    )


@dataclass
class World:
    """One disclosure service and short names for what its callers do."""

    settings: Settings
    app: Flask
    engine: sa.Engine
    sessions: Sessions
    records: FakeRecords
    objects: ObjectStore

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def command(self, *words: object) -> Result:
        """What a command of the operator's did."""
        return self.app.test_cli_runner().invoke(args=[str(word) for word in words])

    def ask(
        self,
        person: uuid.UUID = AHMADI,
        types: Sequence[str] = ("all",),
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> TestResponse:
        """POST a request."""
        body = {"types": types, "agreement_version": 1, "agreed": True, **fields}
        return self.client.post(
            f"{PUBLIC}/requests", json=body, headers={**citizen(person), **(headers or {})}
        )

    def asked(self, person: uuid.UUID = AHMADI, types: Sequence[str] = ("all",)) -> str:
        """The id of a new request."""
        answer = self.ask(person, types)
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["id"])

    def request(self, disclosure_id: str, person: uuid.UUID = AHMADI) -> Any:
        """A request as its owner sees it."""
        return self.client.get(f"{PUBLIC}/requests/{disclosure_id}", headers=citizen(person)).get_json()

    def claim(self, disclosure_id: str) -> TestResponse:
        return self.client.post(f"/internal/requests/{disclosure_id}/claim", headers=WORKER)

    def claimed(self, disclosure_id: str) -> int:
        """The attempt token of a new claim."""
        answer = self.claim(disclosure_id)
        assert answer.status_code == 200, answer.text
        return int(answer.get_json()["attempt_token"])

    def put(
        self, disclosure_id: str, token: int, content: bytes = PDF, headers: dict[str, str] | None = None
    ) -> TestResponse:
        """PUT a document."""
        sha256 = hashlib.sha256(content).hexdigest()
        sent = {
            "Content-Type": "application/pdf",
            "X-Attempt-Token": str(token),
            "X-Document-Sha256": sha256,
            "X-Unsigned-Sha256": sha256,
            "X-Page-Count": "3",
            **(headers or {}),
        }
        path = f"/internal/requests/{disclosure_id}/document"
        return self.client.put(path, data=content, headers={**WORKER, **sent})

    def fail(
        self, disclosure_id: str, token: int, *, retriable: bool, code: str = "rendering-failed"
    ) -> TestResponse:
        """Report a failure."""
        body = {"attempt_token": token, "code": code, "retriable": retriable}
        return self.client.post(f"/internal/requests/{disclosure_id}/failure", json=body, headers=WORKER)

    def delivered(self, person: uuid.UUID = AHMADI, types: Sequence[str] = ("all",)) -> str:
        """The id of a new letter in the person's inbox."""
        disclosure_id = self.asked(person, types)
        answer = self.put(disclosure_id, self.claimed(disclosure_id), PDF + disclosure_id.encode())
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["letter_id"])

    def let_pass(self, disclosure_id: str) -> None:
        """Let the lease, or the wait for the next attempt, be over."""
        with self.sessions.begin() as session:
            session.execute(
                sa.update(DisclosureRequest)
                .where(DisclosureRequest.id == uuid.UUID(disclosure_id))
                .values(claimable_at=sql_now(-1), nudge_at=sql_now(-1))
            )

    def exhaust(self, disclosure_id: str) -> None:
        """Fail every attempt a request is given."""
        while self.request(disclosure_id)["status"] != "failed":
            self.let_pass(disclosure_id)
            assert self.fail(disclosure_id, self.claimed(disclosure_id), retriable=True).status_code == 204

    def letters(self) -> Sequence[Letter]:
        with self.sessions() as session:
            return session.scalars(sa.select(Letter)).all()

    def told(self, kind: str = "event") -> list[str]:
        """The names of the outbox's events or tasks, oldest first."""
        with self.sessions() as session:
            return list(
                session.scalars(sa.select(Outbox.name).where(Outbox.kind == kind).order_by(Outbox.position))
            )


def new_world(settings: Settings, objects: ObjectStore | None = None) -> World:
    """Return a world over a database with the schema of disclosure; its agreement is the tests' own."""
    objects = objects or MemoryStore()
    records = FakeRecords(statement_of(career("1390-01", 3)) | {"as_of": AS_OF})
    app = create_app(settings, keys=TestKeys(), records=records, objects=objects)
    engine = new_engine(settings.database_url)
    world = World(settings, app, engine, new_sessions(engine), records, objects)
    with world.sessions.begin() as session:
        session.execute(sa.delete(Agreement))
        add_agreement(session, "متن موافقتنامه", "The agreement's text")
    return world


def change_of(month: str, *people: uuid.UUID) -> Event:
    data = {
        "list_id": str(uuid.uuid4()),
        "month_jalali": month,
        "subjects": [str(person) for person in people],
    }
    return Event(1, str(uuid.uuid4()), "record.changed", datetime.now(UTC), None, data, "request-1")


# SQLite's clock knows milliseconds only: without the second, what was written just now might be of later.
