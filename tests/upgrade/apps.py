"""Each service of this code over the previous release's upgraded database, called as any client calls it."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import svcs
from flask import Flask
from obstore.store import MemoryStore
from werkzeug.test import TestResponse

from services.auth.app import create_app as create_auth
from services.auth.settings import Settings as AuthSettings
from services.disclosure.app import create_app as create_disclosure
from services.inquiry.app import create_app as create_inquiry
from services.inquiry.settings import Settings as InquirySettings
from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.schema import migrate
from services.kit.storage import new_key_line
from services.records.app import create_app as create_records
from services.records.settings import Settings as RecordsSettings
from tests.fakes.disclosure import FakeRecords
from tests.fakes.inquiry import FakeLetterReader
from tests.service.disclosure.desk import build_settings
from tests.tokens import TestKeys, build_bearer_header, mint
from tests.upgrade.releases import Left, read_left, read_world, restore, turn_clock_back

AWAY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Opened:
    """One service and what was left of it, with short ways to call it."""

    app: Flask
    engine: sa.Engine
    left: Left

    @property
    def sessions(self) -> Sessions:
        return new_sessions(self.engine)

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **kw: Any) -> Any:
        """Return the document of a successful response."""
        answer = self.open(method, path, headers, **kw)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    def open(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **kw: Any
    ) -> TestResponse:
        return self.app.test_client().open(path, method=method, headers=dict(headers or {}), **kw)

    def list_events(self) -> list[str]:
        """Return the names of the events that the feed shows, in its order."""
        numbered = "SELECT name FROM outbox WHERE number IS NOT NULL ORDER BY number"
        with self.sessions() as session:
            return [str(name) for name in session.scalars(sa.text(numbered))]

    def list_waiting(self, kind: str) -> list[str]:
        """Return the names of what the release had not published yet."""
        rows = self.left.rows["outbox"]
        return [row["name"] for row in rows if row["kind"] == kind and row["published_at"] is None]

    def count_replies(self) -> int:
        with self.sessions() as session:
            return int(session.execute(sa.text("SELECT count(*) FROM idempotency_keys")).scalar_one())


def build_citizen_headers(name: str) -> dict[str, str]:
    """Return the header of Ali's or Zahra's token."""
    [person] = [
        person
        for person in read_left("records").rows["people"]
        if person["national_code"] == read_world()[name]
    ]
    return build_bearer_header(mint("citizen", person["id"], scopes=["self"]))


def build_officer_headers(*scopes: str) -> dict[str, str]:
    return build_bearer_header(mint("officer", uuid.UUID(int=9), scopes=scopes))


def create(service: str, database_url: str, directory: Path) -> Flask:
    """Return the app, with fakes of what it calls and with the secrets of the release's time."""
    secret, peppers = directory / "secret", directory / "peppers"
    secret.write_text(read_world()["auth.pepper"] + "\n", "utf-8")
    peppers.mkdir()
    for name, pepper in read_world()["peppers"].items():
        (peppers / name).write_text(pepper, "utf-8")
    common: dict[str, Any] = {
        "database_url": database_url,
        "broker_url": "memory://",
        "public_url": "https://govah.example",
        "client_secret_file": secret,
        "auth_url": AWAY,
    }
    if service == "records":
        return _create_records(common, directory)
    if service == "disclosure":
        statement = read_left("disclosure").find("requests", position=1)["statement"]
        return create_disclosure(
            build_settings(database_url, directory),
            keys=TestKeys(),
            records=FakeRecords(statement),
            objects=MemoryStore(),
        )
    if service == "inquiry":
        settings = InquirySettings(
            **common,
            disclosure_url=AWAY,
            records_url=AWAY,
            storage_url=(directory / "objects").as_uri(),
            peppers_dir=peppers,
        )
        return create_inquiry(settings, keys=TestKeys(), letters=FakeLetterReader())
    return create_auth(
        AuthSettings(
            **common,
            records_url=AWAY,
            disclosure_url=AWAY,
            inquiry_url=AWAY,
            pepper_file=secret,
            token_keys_dir=directory / "keys",
            messages="file",
            messages_file=directory / "messages.jsonl",
            mobile_ownership="accept-all",
        )
    )


@contextmanager
def upgraded(service: str, database_url: str, directory: Path) -> Iterator[Opened]:
    """Run the service on the release's database with the newest schema, at the time it was left."""
    left = read_left(service)
    restore(left, database_url)
    engine = new_engine(database_url)
    migrate(engine, left.package)
    engine.dispose()
    app = create(service, database_url, directory)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    turn_clock_back(database_url, engine)
    yield Opened(app, engine, left)
    svcs.flask.close_registry(app)
    engine.dispose()


def _create_records(common: dict[str, Any], directory: Path) -> Flask:
    keys = directory / "records.storage"
    keys.write_text(new_key_line() + "\n", "utf-8")
    settings = RecordsSettings(**common, storage_url="memory:///", storage_keys_file=keys)
    return create_records(settings, keys=TestKeys())
