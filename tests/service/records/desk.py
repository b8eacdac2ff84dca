"""The records service, called through its HTTP routes by an officer, citizens and other services."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import svcs
from flask import Flask
from obstore.store import MemoryStore, ObjectStore
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from govah.samples import SampleContribution, SamplePerson
from services.kit.db import Sessions, new_sessions
from services.kit.jalali import JalaliMonth
from services.kit.storage import new_key_line
from services.records.app import create_app
from services.records.lists import WorkerRow
from services.records.lists.encodings import Encoding
from services.records.lists.writers import DEFAULT_LAYOUT, Layout, build_header, write_list
from services.records.models import Base, Person
from services.records.settings import Settings
from tests.fakes.lists import MEHR
from tests.tokens import TestKeys, build_bearer_header, mint

Files = tuple[bytes, bytes]
SEARCH = "/api/v1/records/people/search"
LISTS = "/api/v1/records/lists"
FILLED_BY_IMPORT = ("people", "workshops", "lists", "contributions", "outbox")
OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000a")


def write_files(
    *rows: WorkerRow,
    month: JalaliMonth = MEHR,
    workshop: str = "0012345678",
    name: str = "کارگاه نجاری بهار",
    number: str = "01",
    encoding: Encoding = Encoding.CP1256,
    layout: Layout = DEFAULT_LAYOUT,
) -> Files:
    """Return the two files of a list with these rows, whose header has their sums."""
    header = build_header(
        workshop_code=workshop,
        workshop_name=name,
        employer="ژاله امینی",
        address="تهران",
        month=month,
        list_number=number,
        rows=rows,
    )
    return write_list(header, rows, encoding, layout)


@dataclass(frozen=True)
class Desk:
    """The app, its settings, and its database for what no route shows."""

    app: Flask
    engine: sa.Engine
    sessions: Sessions
    settings: Settings
    objects: ObjectStore

    def call(
        self, method: str, path: str, token: str | None = None, *, language: str = "fa", **kw: Any
    ) -> TestResponse:
        headers = {"Accept-Language": language, **kw.pop("headers", {})} | (
            build_bearer_header(token) if token else {}
        )
        return self.app.test_client().open(path, method=method, headers=headers, **kw)

    def call_as_officer(self, method: str, path: str, *scopes: str, **kw: Any) -> TestResponse:
        return self.call(method, path, mint("officer", OFFICER, scopes=scopes), **kw)

    def get_as_citizen(self, national_code: str, path: str, **kw: Any) -> TestResponse:
        token = mint("citizen", self.find_person_id(national_code), scopes=["self"])
        return self.call("GET", path, token, **kw)

    def upload(self, files: Files, file_name: str | None = None, **kw: Any) -> TestResponse:
        header, workers = files
        parts = {
            "header": FileStorage(BytesIO(header), "DSKKAR00.DBF"),
            "workers": FileStorage(BytesIO(workers), "DSKWOR00.DBF"),
            **({"file_name": file_name} if file_name else {}),
        }
        # In memory: Flask's test client leaves the temporary file of a large form open.
        boundary, body = encode_multipart(parts)
        form = f"multipart/form-data; boundary={boundary}"
        return self.call_as_officer("POST", LISTS, "lists", data=body, content_type=form, **kw)

    def import_list(self, files: Files, file_name: str | None = None) -> dict[str, Any]:
        """Return the document of a list that must be accepted."""
        response = self.upload(files, file_name)
        assert response.status_code == 201, response.text
        document: dict[str, Any] = response.get_json()
        return document

    def find_person_id(self, national_code: str) -> uuid.UUID:
        with self.sessions() as session:
            query = sa.select(Person.id).where(Person.national_code == national_code)
            return session.scalars(query).one()

    def count_rows(self, tables: Sequence[str] = FILLED_BY_IMPORT) -> list[int]:
        """Return the number of rows of each table."""
        with self.sessions() as session:
            return [
                session.scalars(sa.select(sa.func.count()).select_from(Base.metadata.tables[table])).one()
                for table in tables
            ]


@contextmanager
def open_desk(database_url: str, directory: Path, objects: ObjectStore | None = None) -> Iterator[Desk]:
    """Lend a desk over a database that has the schema of records; its files are in memory by default."""
    objects = objects or MemoryStore()
    secret = directory / "records.secret"
    secret.write_text("a secret of these tests only\n", encoding="utf-8")
    keys = directory / "records.storage"
    if not keys.exists():  # another process may have a desk over the same files
        keys.write_text(new_key_line() + "\n", encoding="utf-8")
    settings = Settings.model_validate(
        {
            "database_url": database_url,
            "broker_url": "memory://",
            "public_url": "https://govah.example",
            "auth_url": "http://127.0.0.1:9",
            "client_secret_file": secret,
            "storage_url": "memory:///",
            "endings_url": (directory / "endings").as_uri(),
            "storage_keys_file": keys,
        }
    )
    app = create_app(settings, keys=TestKeys(), objects=objects)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    yield Desk(app, engine, new_sessions(engine), settings, objects)
    svcs.flask.close_registry(app)
    engine.dispose()


def build_search(national_code: str, reason: str = "درخواست حضوری") -> dict[str, str]:
    return {"national_code": national_code, "reason": reason}


def get_log_line(caplog: pytest.LogCaptureFixture, event: str) -> dict[str, Any]:
    """Return the only log line of that event."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (line,) = [line for line in lines if line["event"] == event]
    return line


def sum_expected_months(contributions: list[SampleContribution]) -> dict[tuple[int, int], int]:
    days_by_month: dict[JalaliMonth, int] = defaultdict(int)
    for contribution in contributions:
        days_by_month[contribution.month] += contribution.days
    return {(month.year, month.month): min(days, month.days) for month, days in days_by_month.items()}


def list_months(years: list[dict[str, Any]]) -> dict[tuple[int, int], int]:
    """Return the days of each month of a table that has a list."""
    return {
        (year["year"], month): days
        for year in years
        for month, days in enumerate(year["months"], 1)
        if days is not None
    }


def check_statement(statement: dict[str, Any], person: SamplePerson) -> None:
    """Check that every day and every rial of a statement is the generator's."""
    tables = statement["tables"]
    expected = sum_expected_months(person.contributions)
    assert list_months(tables["consolidated"]["years"]) == expected
    by_workshop = {workshop["workshop_code"]: workshop for workshop in tables["all"]["workshops"]}
    assert len(by_workshop) == len(tables["all"]["workshops"])
    assert by_workshop.keys() == {c.workshop_code for c in person.contributions}
    for code, workshop in by_workshop.items():
        own = sum_expected_months([c for c in person.contributions if c.workshop_code == code])
        assert list_months(workshop["years"]) == own
        assert workshop["total_days"] == sum(own.values())
    for kind in ("all", "consolidated"):
        assert tables[kind]["total_days"] == sum(expected.values())
    rows = [
        (row["month_jalali"], row["workshop_code"], row["list_number"], row["days"], row["wage"])
        for row in tables["wages"]["rows"]
    ]
    assert rows == sorted(
        (str(c.month), c.workshop_code, c.list_number.lstrip("0"), c.days, c.wage)
        for c in person.contributions
    )
    assert tables["wages"]["total_wage"] == sum(c.wage for c in person.contributions)
    assert statement["summary"]["workshop_count"] == len({c.workshop_code for c in person.contributions})
