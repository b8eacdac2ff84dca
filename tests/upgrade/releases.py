"""What the previous release left behind, put into a database, and the database's clock set to that time."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.auth.models import Base as AuthBase
from services.disclosure.models import Base as DisclosureBase
from services.inquiry.models import Base as InquiryBase
from services.kit.db import new_engine
from services.kit.schema import migrate
from services.records.models import Base as RecordsBase
from tests.upgrade.rows import Rows, write_rows

HERE = Path(__file__).parent
MODELS: Mapping[str, sa.MetaData] = {
    "auth": AuthBase.metadata,
    "records": RecordsBase.metadata,
    "disclosure": DisclosureBase.metadata,
    "inquiry": InquiryBase.metadata,
}
PREVIOUS = max(
    (path.parent for path in HERE.glob("*/world.json")),
    key=lambda path: tuple(int(number) for number in path.name.split(".")),
)


@dataclass(frozen=True)
class Left:
    """One service's rows, and the revision of the schema they were in."""

    service: str
    revision: str
    rows: Rows

    @property
    def package(self) -> str:
        return f"services.{self.service}"

    def find(self, table: str, **values: Any) -> Mapping[str, Any]:
        """Return the one row with these values."""
        [row] = [row for row in self.rows[table] if values.items() <= row.items()]
        return row


def read_left(service: str) -> Left:
    document = json.loads((PREVIOUS / f"{service}.json").read_text("utf-8"))
    return Left(service, document["revision"], document["tables"])


def read_world() -> dict[str, Any]:
    """Return what one has to know to use the rows: people, codes, peppers; nothing is real."""
    document: dict[str, Any] = json.loads((PREVIOUS / "world.json").read_text("utf-8"))
    return document


def restore(left: Left, database_url: str) -> None:
    """Make the release's schema with its rows, in an empty database."""
    engine = new_engine(database_url)
    migrate(engine, left.package, left.revision)
    write_rows(engine, left.rows)
    engine.dispose()


def turn_clock_back(database_url: str, app_engine: sa.Engine) -> None:
    """Set the database's own clock back to when the rows were recorded, whenever the test runs.

    The app must not have connected yet.
    """
    behind = datetime.now(UTC) - datetime.fromisoformat(read_world()["recorded_at"])
    if app_engine.dialect.name == "sqlite":

        def format_shifted(form: str, _now: str, *moves: str) -> str:
            moment = (datetime.now(UTC) - behind).strftime("%Y-%m-%d %H:%M:%S.%f")
            marks = ", ".join("?" * (2 + len(moves)))
            with sqlite3.connect(":memory:") as clock:
                [[text]] = clock.execute(f"SELECT strftime({marks})", (form, moment, *moves))
            clock.close()
            return str(text)

        sa.event.listen(
            app_engine,
            "connect",
            lambda connection, _: connection.create_function("strftime", -1, format_shifted),
        )
        return
    engine = new_engine(database_url)
    with engine.begin() as connection:
        # Found before PostgreSQL's own in every session from now on.
        connection.exec_driver_sql(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
            f" $$ SELECT pg_catalog.clock_timestamp() - interval '{behind.total_seconds()} seconds' $$"
        )
        connection.exec_driver_sql(
            f'ALTER DATABASE "{engine.url.database}" SET search_path = public, pg_catalog'
        )
    engine.dispose()
