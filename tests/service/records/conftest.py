"""The records service over a new database of either kind, called through its HTTP routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs

from services.kit.schema import migrate
from services.records.app import create_app
from services.records.settings import Settings
from tests.databases import PostgresqlTemplates, SqliteTemplates
from tests.service.records.callers import Records
from tests.tokens import TestKeys


@pytest.fixture
def postgresql_url(postgresql_templates: PostgresqlTemplates) -> Iterator[str]:
    """The address of a PostgreSQL database with the schema of records."""
    with postgresql_templates.lend("services.records") as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, tmp_path: Path) -> str:
    """The address of a SQLite database with the schema of records."""
    return sqlite_templates.copy("services.records", tmp_path / "test.db")


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    settings = Settings(
        database_url=database_url,
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        client_secret_file=tmp_path / "records.secret",
    )
    app = create_app(settings, keys=TestKeys())
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    # Here a copy that is migrated already, elsewhere an empty database.
    migrate(engine, "services.records")
    yield Records(app, engine)
    svcs.flask.close_registry(app)
    engine.dispose()
