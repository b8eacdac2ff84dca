"""The inquiry service with fake ports: invented people with letters, permits, inquiries, the clock."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import svcs
from flask import Flask
from obstore.store import ObjectStore
from werkzeug.test import TestResponse

from govah_verify.check_digit import append_check_digit
from services.inquiry.actions.housekeeping import delete_expired_keys
from services.inquiry.actions.objections import read_feed
from services.inquiry.actions.peppers import ensure_peppers
from services.inquiry.app import create_app
from services.inquiry.background import HANDLERS
from services.inquiry.clients import LetterCopy
from services.inquiry.models import (
    DocumentTicket,
    FailedAttempt,
    Institution,
    InstitutionAlarm,
    InstitutionAttempt,
    InstitutionInquiry,
    Outbox,
    Permit,
    SealedCopy,
    StoredDocument,
)
from services.inquiry.settings import Settings
from services.kit import storage
from services.kit.db import Sessions, new_sessions, sql_now
from services.kit.feed import Event, FeedPage
from services.kit.national_code import compute_check_digit
from tests.fakes.inquiry import CountingStretcher, FakeLetterReader
from tests.tokens import TestKeys, build_bearer_header, mint

API = "/api/v1/inquiry"
BANK_ID = uuid.UUID("0d6cf5a2-6f3e-4b5e-9c33-0d1f5e3a7c01")
OTHER_BANK_ID = uuid.UUID("5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02")
BANK_NAME = "بانک نمونه"
PDF = b"%PDF-1.7\n1 0 obj << /Title (letter) >> endobj\n%%EOF\n"


@dataclass(frozen=True)
class Person:
    """An invented person with one letter."""

    national_code: str
    letter: LetterCopy
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def headers(self) -> dict[str, str]:
        return build_bearer_header(mint("citizen", self.id, scopes=["self"]))


def as_clerk(
    *, institution_id: object = BANK_ID, name: str = BANK_NAME, subject: str | None = None, **claims: Any
) -> dict[str, str]:
    """Return the header of an institution's token: of a new clerk, or of the named clerk or client.

    Tokens of clerks have the claim `sid`, those of managers `manager` too; clients have neither.
    """
    scopes = ["inquiry:inquire", "inquiry:report"]
    return build_bearer_header(
        mint(
            "institution",
            subject or uuid.uuid4(),
            scopes=scopes,
            name=name,
            institution_id=str(institution_id),
            **claims,
        )
    )


def alter_code(code: str) -> str:
    """Return another code, whose check digit is valid."""
    digits = f"{(int(code.replace(' ', '')[:15]) + 1) % 10**15:015}"
    return append_check_digit(digits)


@dataclass
class Desk:
    """One inquiry service: its app, its database, its object store and its fakes."""

    app: Flask
    engine: sa.Engine
    settings: Settings
    letters: FakeLetterReader
    stretcher: CountingStretcher

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.sessions: Sessions = new_sessions(self.engine)
        self.objects: ObjectStore = storage.open_store(self.settings.storage_url)

    def add_person(
        self,
        number: int = 1,
        *,
        superseded: bool = False,
        document: bytes = PDF,
        statement: Mapping[str, Any] | None = None,
    ) -> Person:
        nine = f"00{number:07}"
        serial = f"24{number:010}"
        national_code = nine + compute_check_digit(nine)
        names = {"first_name": "نرگس", "last_name": "نمونه‌زاده", "father_name": None}
        letter = LetterCopy(
            id=uuid.uuid4(),
            serial=append_check_digit(serial),
            types=["all"],
            issued_at=datetime(2024, 10, 6, 8, 30, tzinfo=UTC),
            sha256=hashlib.sha256(document).hexdigest(),
            superseded=superseded,
            statement={
                "person": {"national_code": national_code, **names},
                "summary": {"total_days": 45624562},
                **(statement or {}),
            },
            document=document,
        )
        person = Person(national_code, letter)
        self.letters.add_letter(person.id, letter)
        return person

    def read_records(self, *events: Event, waiting_seconds: float = 0) -> None:
        """Read the feed of records, which has these events, to its end. One without a number is so old."""

        def fetch(after: int) -> FeedPage:
            return FeedPage([event for event in events if event.number > after], waiting_seconds)

        read_feed(self.sessions, fetch, HANDLERS["records"])

    def issue_permit(self, person: Person, **fields: Any) -> dict[str, Any]:
        response = self.request_permit(person, **fields)
        assert response.status_code == 201, response.text
        permit: dict[str, Any] = response.get_json()
        return permit

    def request_permit(
        self, person: Person, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        body = {"letter_id": str(person.letter.id), "valid_days": 30, **fields}
        return self.client.post(f"{API}/permits", json=body, headers=person.headers | (headers or {}))

    def inquire(
        self,
        national_code: str | None,
        code: str,
        *,
        headers: dict[str, str] | None = None,
        source: str = "192.0.2.1",
        **fields: Any,
    ) -> TestResponse:
        person = {} if national_code is None else {"national_code": national_code}
        body = {**person, "code": code, **fields}
        return self.client.post(
            f"{API}/inquiries", json=body, headers={"X-Forwarded-For": source, **(headers or {})}
        )

    def list_views(self, person: Person, permit_id: str) -> list[dict[str, Any]]:
        response = self.client.get(f"{API}/permits/{permit_id}/views", headers=person.headers)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.get_json()["items"]
        return items

    def get_state(self, person: Person, permit_id: str) -> str:
        response = self.client.get(f"{API}/permits/{permit_id}", headers=person.headers)
        return str(response.get_json()["state"])

    def list_events(self, prefix: str = "") -> list[Outbox]:
        with self.sessions() as session:
            rows = session.scalars(sa.select(Outbox).order_by(Outbox.position)).all()
        return [row for row in rows if row.name.startswith(prefix)]

    def add_bank(self) -> None:
        with self.sessions.begin() as session:
            session.add(Institution(id=BANK_ID, name=BANK_NAME))

    def count(self, model: type[Any]) -> int:
        with self.sessions() as session:
            return session.scalars(sa.select(sa.func.count()).select_from(model)).one()

    def delete_expired_keys(self) -> int:
        with self.sessions.begin() as session:
            return delete_expired_keys(session)

    def pass_time(self, **duration: int) -> None:
        """Move every moment in the database back, as if this time had passed.

        A permit's expiry is sealed, so only `expire` moves it.
        """
        with self.sessions.begin() as session:
            for column in (
                FailedAttempt.at,
                FailedAttempt.in_flight_until,
                DocumentTicket.expires_at,
                StoredDocument.remove_after,
                SealedCopy.expires_at,
                InstitutionAttempt.at,
                InstitutionInquiry.at,
                InstitutionAlarm.raised_at,
                Permit.remind_at,
            ):
                for key, moment in session.execute(
                    sa.select(sa.inspect(column.class_).primary_key[0], column).where(column.is_not(None))
                ):
                    earlier = {column.key: moment - timedelta(**duration)}
                    session.execute(
                        sa.update(column.class_)
                        .where(sa.inspect(column.class_).primary_key[0] == key)
                        .values(earlier)
                    )

    def merge_failures(self) -> None:
        """Move the failures of the last minutes to one moment."""
        recent = FailedAttempt.at > sql_now(-5 * 60)
        with self.sessions.begin() as session:
            newest = session.scalars(sa.select(sa.func.max(FailedAttempt.at))).one()
            session.execute(sa.update(FailedAttempt).where(recent).values(at=newest))

    def expire(self, permit_id: str) -> None:
        """Move a permit's expiry to the past."""
        with self.sessions.begin() as session:
            times = {
                "created_at": datetime(2024, 9, 6, tzinfo=UTC),
                "expires_at": datetime(2024, 10, 6, tzinfo=UTC),
            }
            session.execute(sa.update(Permit).where(Permit.id == uuid.UUID(permit_id)).values(times))
            copy = sa.update(SealedCopy).where(SealedCopy.permit_id == uuid.UUID(permit_id))
            session.execute(copy.values(expires_at=times["expires_at"]))


def build_settings(database_url: str, directory: Path) -> Settings:
    """Return settings with new peppers in the directory, and addresses at which no service answers."""
    ensure_peppers(directory / "peppers")
    secret = directory / "inquiry.secret"
    secret.write_text("a secret of these tests only\n", encoding="utf-8")
    return Settings.model_validate(
        {
            "database_url": database_url,
            "broker_url": "memory://",
            "public_url": "https://govah.example",
            "auth_url": "http://127.0.0.1:9",
            "disclosure_url": "http://127.0.0.1:9",
            "records_url": "http://127.0.0.1:9",
            "client_secret_file": secret,
            "storage_url": (directory / "objects").as_uri(),
            "endings_url": (directory / "endings").as_uri(),
            "peppers_dir": directory / "peppers",
        }
    )


@contextmanager
def open_desk(database_url: str, directory: Path) -> Iterator[Desk]:
    """Provide a desk over a database that has the schema of inquiry."""
    settings = build_settings(database_url, directory)
    letters, stretcher = FakeLetterReader(), CountingStretcher()
    app = create_app(settings, keys=TestKeys(), letters=letters, stretcher=stretcher)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    desk = Desk(app, engine, settings, letters, stretcher)
    desk.read_records()
    yield desk
    svcs.flask.close_registry(app)
    engine.dispose()
