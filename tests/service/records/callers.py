"""Those who call records in the tests: an officer with lists, a citizen, other services."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from govah.samples import SampleContribution, SamplePerson
from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from services.records.lists.encodings import Encoding
from services.records.lists.writers import DEFAULT_LAYOUT, Layout, build_header, write_list
from services.records.models import Base, Person
from tests.tokens import bearer, mint
from tests.unit.records.lists.lists import MEHR

Files = tuple[bytes, bytes]
SEARCH = "/api/v1/records/people/search"
LISTS = "/api/v1/records/lists"
FILLED_BY_IMPORT = ("people", "workshops", "lists", "contributions", "outbox")
OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000a")


def files_of(
    *rows: WorkerRow,
    month: JalaliMonth = MEHR,
    workshop: str = "0012345678",
    name: str = "کارگاه نجاری بهار",
    number: str = "01",
    encoding: Encoding = Encoding.CP1256,
    layout: Layout = DEFAULT_LAYOUT,
) -> Files:
    """The two files of a list that says nothing else than its rows."""
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
class Records:
    """The service, and the database behind it for what no route shows."""

    app: Flask
    engine: sa.Engine

    def call(
        self, method: str, path: str, token: str | None = None, *, language: str = "fa", **kw: Any
    ) -> TestResponse:
        headers = {"Accept-Language": language, **kw.pop("headers", {})} | (bearer(token) if token else {})
        return self.app.test_client().open(path, method=method, headers=headers, **kw)

    def as_officer(self, method: str, path: str, *scopes: str, **kw: Any) -> TestResponse:
        return self.call(method, path, mint("officer", OFFICER, scopes=scopes), **kw)

    def upload(self, files: Files, **kw: Any) -> TestResponse:
        header, workers = files
        parts = {
            "header": FileStorage(BytesIO(header), "DSKKAR00.DBF"),
            "workers": FileStorage(BytesIO(workers), "DSKWOR00.DBF"),
        }
        # In memory: Flask's test client leaves the temporary file of a large form open.
        boundary, body = encode_multipart(parts)
        form = f"multipart/form-data; boundary={boundary}"
        return self.as_officer("POST", LISTS, "lists", data=body, content_type=form, **kw)

    def accept(self, files: Files) -> dict[str, Any]:
        answer = self.upload(files)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.get_json()
        return document

    def person_id(self, national_code: str) -> uuid.UUID:
        with self.engine.connect() as connection:
            return connection.execute(
                sa.select(Person.id).where(Person.national_code == national_code)
            ).scalar_one()

    def as_citizen(self, national_code: str, path: str, **kw: Any) -> TestResponse:
        return self.call("GET", path, mint("citizen", self.person_id(national_code), scopes=["self"]), **kw)

    def counts(
        self, tables: Sequence[str] = ("people", "workshops", "lists", "contributions", "outbox")
    ) -> list[int]:
        """How many rows each table holds."""
        with self.engine.connect() as connection:
            return [
                connection.execute(
                    sa.select(sa.func.count()).select_from(Base.metadata.tables[table])
                ).scalar_one()
                for table in tables
            ]


def asked(national_code: str, reason: str = "درخواست حضوری") -> dict[str, str]:
    return {"national_code": national_code, "reason": reason}


def logged(caplog: pytest.LogCaptureFixture, event: str) -> dict[str, Any]:
    """The one log line of that event."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (line,) = [line for line in lines if line["event"] == event]
    return line


def expected_months(contributions: list[SampleContribution]) -> dict[tuple[int, int], int]:
    listed: dict[JalaliMonth, int] = defaultdict(int)
    for contribution in contributions:
        listed[contribution.month] += contribution.days
    return {(month.year, month.month): min(days, month.days) for month, days in listed.items()}


def check(statement: dict[str, Any], person: SamplePerson) -> None:
    """Every day and every rial of a statement is the generator's."""
    tables = statement["tables"]
    months = expected_months(person.contributions)
    for kind in ("all", "consolidated"):
        shown = {
            (year["year"], month): days
            for year in tables[kind]["years"]
            for month, days in enumerate(year["months"], 1)
            if days is not None
        }
        assert shown == months
        assert tables[kind]["total_days"] == sum(months.values())
    rows = [
        (row["month_jalali"], row["workshop_code"], row["list_number"], row["days"], row["wage"])
        for row in tables["wages"]["rows"]
    ]
    assert rows == sorted(
        (str(c.month), c.workshop_code, c.list_number, c.days, c.wage) for c in person.contributions
    )
    assert tables["wages"]["total_wage"] == sum(c.wage for c in person.contributions)
    assert statement["summary"]["workshop_count"] == len({c.workshop_code for c in person.contributions})
