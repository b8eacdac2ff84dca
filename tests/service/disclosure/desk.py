"""Disclosure over a real database, with the people, officers and workers who call it."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import svcs
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient
from obstore.store import MemoryStore, ObjectStore
from werkzeug.test import TestResponse

from services.disclosure.actions.agreements import add_agreement
from services.disclosure.actions.figure_checks import check_figures
from services.disclosure.actions.letters import apply_record_change
from services.disclosure.app import create_app
from services.disclosure.models import Agreement, DisclosureRequest, Letter, Outbox
from services.disclosure.settings import Settings
from services.kit.db import Sessions, new_sessions, sql_now
from services.kit.feed import Event
from services.kit.storage import KeyFile, SealedObjects, new_key_line
from tests.fakes.disclosure import FakeFacts, FakeFigures, FakeRecords
from tests.tokens import TestKeys, build_bearer_header, mint
from tests.unit.pdfworker.statements import build_career, build_statement

API = "/api/v1/disclosure"
# SQLite's clock has milliseconds only: without the second, a row written just now could be of later.
NO_GRACE = timedelta(seconds=-1)
AS_OF = "2026-01-01T08:30:00Z"
PDF = b"%PDF-1.7 invented"
AHMADI, KARIMI = uuid.UUID(int=1), uuid.UUID(int=2)
WORKER = build_bearer_header(mint("service", "pdfworker", "disclosure", ["disclosure:render"]))
OFFICER = build_bearer_header(mint("officer", "officer-7", scopes=["helpdesk"]))
FEED_READER = build_bearer_header(mint("service", "inquiry", "disclosure", ["disclosure:events"]))
AWAY = "http://127.0.0.1:1"


def authorise(person: uuid.UUID = AHMADI) -> dict[str, str]:
    """Return the headers of a citizen's calls."""
    return build_bearer_header(mint("citizen", person, scopes=["self"]))


def build_settings(database_url: str, directory: Path, broker_url: str = "redis://127.0.0.1:1") -> Settings:
    """Return settings with which only the database answers, and the broker if there is one."""
    secret = directory / "disclosure.secret"
    secret.write_text("not-a-real-secret\n")
    keys = directory / "disclosure.storage"
    if not keys.exists():
        keys.write_text(new_key_line())
    credential_key = directory / "credential.key"
    if not credential_key.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        credential_key.write_bytes(pem)
    return Settings.model_validate(
        {
            "database_url": database_url,
            "broker_url": broker_url,
            "public_url": "https://govah.example",
            "auth_url": AWAY,
            "records_url": AWAY,
            "inquiry_url": AWAY,
            "storage_url": "memory:///",
            "endings_url": (directory / "endings").as_uri(),
            "storage_keys_file": keys,
            "credential_key_file": credential_key,
            "client_secret_file": secret,
        }
    )


def build_facts() -> dict[str, Any]:
    """Return the facts of a person with three months in one workshop, the newest of them closed."""
    row = {"workshop_code": "0012345678", "job_code": "000007", "days": 30, "wage": 120_000_000}
    return {
        "person": {"national_code": "0012345679", "first_name": "مریم", "last_name": "احمدی"},
        "as_of": "2026-12-01T08:30:00.000000Z",
        "as_of_jalali": "1405-09-10",
        "closed_until_jalali": "1405-06",
        "rows": [{"month_jalali": month, **row} for month in ("1405-04", "1405-05", "1405-06")],
        "disputed_months": [],
    }


def build_record_change(month: str, *people: uuid.UUID) -> Event:
    """Return the event of records that a list for a month has changed the records of people."""
    data = {
        "list_id": str(uuid.uuid4()),
        "month_jalali": month,
        "subjects": [str(person) for person in people],
    }
    return Event(1, str(uuid.uuid4()), "record.changed", datetime.now(UTC), None, data, "request-1")


@dataclass
class Desk:
    """The app, its database, its object store, and a fake of records."""

    app: Flask
    engine: sa.Engine
    sessions: Sessions
    settings: Settings
    records: FakeRecords
    objects: ObjectStore
    facts: FakeFacts

    def __post_init__(self) -> None:
        self.figures = FakeFigures(self.records)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def run_command(self, *arguments: object) -> Result:
        """Return the result of an operator's command."""
        return self.app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])

    def post_request(
        self,
        person: uuid.UUID = AHMADI,
        types: Sequence[str] = ("all",),
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> TestResponse:
        """Return the response to a citizen's request."""
        body = {"types": types, "agreement_version": 1, "agreed": True, **fields}
        return self.client.post(
            f"{API}/requests", json=body, headers={**authorise(person), **(headers or {})}
        )

    def create_request(
        self, person: uuid.UUID = AHMADI, types: Sequence[str] = ("all",), **fields: Any
    ) -> str:
        """Return the id of a new request."""
        response = self.post_request(person, types, **fields)
        assert response.status_code == 202, response.text
        return str(response.get_json()["id"])

    def get_request(self, disclosure_id: str, person: uuid.UUID = AHMADI) -> Any:
        """Return a request, as its owner sees it."""
        return self.client.get(f"{API}/requests/{disclosure_id}", headers=authorise(person)).get_json()

    def claim_request(self, disclosure_id: str, query: str = "?statement_version=2") -> TestResponse:
        """Return the response to a worker's claim."""
        return self.client.post(f"/internal/requests/{disclosure_id}/claim{query}", headers=WORKER)

    def start_attempt(self, disclosure_id: str) -> int:
        """Return the attempt token of a new claim."""
        response = self.claim_request(disclosure_id)
        assert response.status_code == 200, response.text
        return int(response.get_json()["attempt_token"])

    def put_document(
        self,
        disclosure_id: str,
        token: int,
        content: bytes = PDF,
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> TestResponse:
        """Return the response to a worker's document."""
        sha256 = hashlib.sha256(content).hexdigest()
        document_headers = {
            "Content-Type": "application/pdf",
            "X-Attempt-Token": str(token),
            "X-Document-Sha256": sha256,
            "X-Unsigned-Sha256": sha256,
            "X-Page-Count": "3",
            **(headers or {}),
        }
        path = f"/internal/requests/{disclosure_id}/document{query}"
        return self.client.put(path, data=content, headers={**WORKER, **document_headers})

    def report_failure(
        self, disclosure_id: str, token: int, *, retriable: bool, code: str = "rendering-failed"
    ) -> TestResponse:
        """Return the response to a worker's report of a failure."""
        body = {"attempt_token": token, "code": code, "retriable": retriable}
        return self.client.post(f"/internal/requests/{disclosure_id}/failure", json=body, headers=WORKER)

    def deliver_letter(
        self, person: uuid.UUID = AHMADI, types: Sequence[str] = ("all",), **fields: Any
    ) -> str:
        """Return the id of a new letter in the person's inbox."""
        disclosure_id = self.create_request(person, types, **fields)
        content = PDF + disclosure_id.encode()
        response = self.put_document(disclosure_id, self.start_attempt(disclosure_id), content)
        assert response.status_code == 201, response.text
        return str(response.get_json()["letter_id"])

    def queue_letter_of_consent(self, person: uuid.UUID = AHMADI) -> str:
        """Return the id of a consent whose letter is queued."""
        consent_id = str(uuid.uuid4())
        body = {"consent_id": consent_id, "types": ["all"], "agreement_version": 1}
        response = self.client.post("/internal/consent-letters", json=body, headers=authorise(person))
        assert response.status_code == 200, response.text
        return consent_id

    def get_letter(self, letter_id: str) -> dict[str, object]:
        """Return a letter, as Ahmadi sees it in the inbox."""
        letter: dict[str, object] = self.client.get(
            f"{API}/inbox/{letter_id}", headers=authorise()
        ).get_json()
        return letter

    def get_document(self, letter_id: str, person: uuid.UUID = AHMADI) -> TestResponse:
        """Return the response with a letter's PDF."""
        return self.client.get(f"{API}/inbox/{letter_id}/document", headers=authorise(person))

    def change_record(self, month: str, *people: uuid.UUID) -> None:
        """Let records report a change, and compare the letters that cover it."""
        self.note_change(build_record_change(month, *people))
        self.check_figures()

    def note_change(self, change: Event) -> None:
        """Consume an event of records."""
        with self.sessions.begin() as session:
            apply_record_change(session, change)

    def check_figures(self) -> int:
        """Return what one step of the loop that compares letters with the record did."""
        sealed = SealedObjects(self.objects, KeyFile(self.settings.storage_keys_file))
        return check_figures(self.sessions, sealed, self.figures)

    def expire_lease(self, disclosure_id: str) -> None:
        """End the lease of a claim, or the wait for the next attempt."""
        with self.sessions.begin() as session:
            session.execute(
                sa.update(DisclosureRequest)
                .where(DisclosureRequest.id == uuid.UUID(disclosure_id))
                .values(claimable_at=sql_now(-1), nudge_at=sql_now(-1))
            )

    def exhaust_attempts(self, disclosure_id: str) -> None:
        """Fail every attempt of a request."""
        while self.get_request(disclosure_id)["status"] != "failed":
            self.expire_lease(disclosure_id)
            token = self.start_attempt(disclosure_id)
            assert self.report_failure(disclosure_id, token, retriable=True).status_code == 204

    def list_letters(self) -> Sequence[Letter]:
        """Return all letters of the database."""
        with self.sessions() as session:
            return session.scalars(sa.select(Letter)).all()

    def list_outbox(self, kind: str = "event") -> list[str]:
        """Return the names of the outbox's events or tasks, oldest first."""
        with self.sessions() as session:
            return list(
                session.scalars(sa.select(Outbox.name).where(Outbox.kind == kind).order_by(Outbox.position))
            )


@contextmanager
def open_desk(
    database_url: str,
    directory: Path,
    objects: ObjectStore | None = None,
    broker_url: str = "redis://127.0.0.1:1",
) -> Iterator[Desk]:
    """Provide a desk over a database that has the schema of disclosure, with an agreement of the tests."""
    settings = build_settings(database_url, directory, broker_url)
    objects = objects or MemoryStore()
    records = FakeRecords(build_statement(build_career("1390-01", 3)) | {"as_of": AS_OF})
    facts = FakeFacts(build_facts())
    app = create_app(settings, keys=TestKeys(), records=records, facts=facts, objects=objects)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    desk = Desk(app, engine, new_sessions(engine), settings, records, objects, facts)
    with desk.sessions.begin() as session:
        session.execute(sa.delete(Agreement))
        add_agreement(session, "متن موافقتنامه", "The agreement's text")
    try:
        yield desk
    finally:
        svcs.flask.close_registry(app)
        engine.dispose()
