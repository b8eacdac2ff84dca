"""What tests of inquiry do again and again: letters of invented people, permits, inquiries, the clock."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from obstore.store import ObjectStore
from werkzeug.test import TestResponse

from govah_verify.check_digit import check_digit
from services.inquiry.clients import LetterCopy
from services.inquiry.models import (
    DocumentTicket,
    FailedAttempt,
    Institution,
    InstitutionAlarm,
    InstitutionAttempt,
    Outbox,
    Permit,
    SealedCopy,
    StoredDocument,
)
from services.inquiry.settings import Settings
from services.kit import storage
from services.kit.db import Sessions, new_sessions, sql_now
from services.kit.national_code import national_check_digit
from tests.fakes.inquiry import CountingStretcher, FakeDisclosure
from tests.tokens import bearer, mint

API = "/api/v1/inquiry"
BANK_ID = uuid.UUID("0d6cf5a2-6f3e-4b5e-9c33-0d1f5e3a7c01")
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
        return bearer(mint("citizen", self.id, scopes=["self"]))


def clerk(
    *, institution_id: object = BANK_ID, name: str = BANK_NAME, subject: str | None = None
) -> dict[str, str]:
    """The header of an institution's token: of a new clerk's, or of that clerk's or client's."""
    scopes = ["inquiry:inquire", "inquiry:report"]
    return bearer(
        mint(
            "institution",
            subject or uuid.uuid4(),
            scopes=scopes,
            name=name,
            institution_id=str(institution_id),
        )
    )


def wrong_code(code: str) -> str:
    """A code that is not this one and whose check digit is right."""
    digits = f"{(int(code.replace(' ', '')[:15]) + 1) % 10**15:015}"
    return digits + check_digit(digits)


class Desk:
    """The app's client, its database and store, and the fakes."""

    def __init__(
        self,
        app: Flask,
        engine: sa.Engine,
        settings: Settings,
        disclosure: FakeDisclosure,
        stretcher: CountingStretcher,
    ) -> None:
        self.app = app
        self.client = app.test_client()
        self.engine = engine
        self.settings = settings
        self.disclosure = disclosure
        self.stretcher = stretcher
        self.sessions: Sessions = new_sessions(engine)
        self.objects: ObjectStore = storage.open_store(settings.storage_url)

    def person(
        self,
        number: int = 1,
        *,
        superseded: bool = False,
        document: bytes = PDF,
        disputed_months: Sequence[str] = (),
    ) -> Person:
        nine = f"00{number:07}"
        serial = f"24{number:010}"
        national_code = nine + national_check_digit(nine)
        names = {"first_name": "نرگس", "last_name": "نمونه‌زاده", "father_name": None}
        letter = LetterCopy(
            id=uuid.uuid4(),
            serial=serial + check_digit(serial),
            types=["all"],
            issued_at=datetime(2024, 10, 6, 8, 30, tzinfo=UTC),
            sha256=hashlib.sha256(document).hexdigest(),
            superseded=superseded,
            statement={
                "person": {"national_code": national_code, **names},
                "summary": {"total_days": 45624562},
                "disputed_months": list(disputed_months),
            },
            document=document,
        )
        person = Person(national_code, letter)
        self.disclosure.add(person.id, letter)
        return person

    def permit(self, person: Person, **fields: Any) -> dict[str, Any]:
        answer = self.issue(person, **fields)
        assert answer.status_code == 201, answer.text
        permit: dict[str, Any] = answer.get_json()
        return permit

    def issue(self, person: Person, *, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        body = {"letter_id": str(person.letter.id), "valid_days": 30, **fields}
        return self.client.post(f"{API}/permits", json=body, headers=person.headers | (headers or {}))

    def inquire(
        self,
        national_code: str,
        code: str,
        *,
        headers: dict[str, str] | None = None,
        source: str = "192.0.2.1",
        **fields: Any,
    ) -> TestResponse:
        body = {"national_code": national_code, "code": code, **fields}
        return self.client.post(
            f"{API}/inquiries", json=body, headers={"X-Forwarded-For": source, **(headers or {})}
        )

    def views(self, person: Person, permit_id: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"{API}/permits/{permit_id}/views", headers=person.headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items

    def state(self, person: Person, permit_id: str) -> str:
        answer = self.client.get(f"{API}/permits/{permit_id}", headers=person.headers)
        return str(answer.get_json()["state"])

    def events(self, prefix: str = "") -> list[Outbox]:
        with self.sessions() as session:
            rows = session.scalars(sa.select(Outbox).order_by(Outbox.position)).all()
        return [row for row in rows if row.name.startswith(prefix)]

    def add_bank(self) -> None:
        with self.sessions.begin() as session:
            session.add(Institution(id=BANK_ID, name=BANK_NAME))

    def count(self, model: type[Any]) -> int:
        with self.sessions() as session:
            return session.scalars(sa.select(sa.func.count()).select_from(model)).one()

    def let_pass(self, **duration: int) -> None:
        """Move every moment kept in the database back, as if that time had passed.

        Permits only end: their expiry is sealed in, so it is `expire` that moves it.
        """
        with self.sessions.begin() as session:
            for column in (
                FailedAttempt.at,
                FailedAttempt.in_flight_until,
                DocumentTicket.expires_at,
                StoredDocument.remove_after,
                SealedCopy.expires_at,
                InstitutionAttempt.at,
                InstitutionAlarm.raised_at,
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
        """Move the failures of the last minutes to one moment, as if no time had passed between them."""
        recent = FailedAttempt.at > sql_now(-5 * 60)
        with self.sessions.begin() as session:
            newest = session.scalars(sa.select(sa.func.max(FailedAttempt.at))).one()
            session.execute(sa.update(FailedAttempt).where(recent).values(at=newest))

    def expire(self, permit_id: str) -> None:
        """Let a permit's time be over."""
        with self.sessions.begin() as session:
            times = {
                "created_at": datetime(2024, 9, 6, tzinfo=UTC),
                "expires_at": datetime(2024, 10, 6, tzinfo=UTC),
            }
            session.execute(sa.update(Permit).where(Permit.id == uuid.UUID(permit_id)).values(times))
            copy = sa.update(SealedCopy).where(SealedCopy.permit_id == uuid.UUID(permit_id))
            session.execute(copy.values(expires_at=times["expires_at"]))
