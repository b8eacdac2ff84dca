"""The inquiry service over a new database of either kind, with fakes of what it calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs

from services.inquiry.actions.peppers import ensure_peppers
from services.inquiry.app import create_app
from services.inquiry.settings import Settings
from services.kit.schema import migrate
from tests.databases import PostgresqlTemplates, SqliteTemplates
from tests.fakes.inquiry import CountingStretcher, FakeDisclosure
from tests.service.inquiry.desk import Desk
from tests.tokens import TestKeys


@pytest.fixture
def postgresql_url(postgresql_templates: PostgresqlTemplates) -> Iterator[str]:
    """The address of a PostgreSQL database with the schema of inquiry."""
    with postgresql_templates.lend("services.inquiry") as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, tmp_path: Path) -> str:
    """The address of a SQLite database with the schema of inquiry."""
    return sqlite_templates.copy("services.inquiry", tmp_path / "test.db")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    secret = tmp_path / "inquiry.secret"
    secret.write_text("not used by these tests")
    ensure_peppers(tmp_path / "peppers")
    return Settings(
        database_url=database_url,
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        disclosure_url="http://127.0.0.1:9",
        client_secret_file=secret,
        storage_url=(tmp_path / "objects").as_uri(),
        peppers_dir=tmp_path / "peppers",
    )


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    disclosure, stretcher = FakeDisclosure(), CountingStretcher()
    app = create_app(settings, keys=TestKeys(), disclosure=disclosure, stretcher=stretcher)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    # Here a copy that is migrated already, elsewhere an empty database.
    migrate(engine, "services.inquiry")
    yield Desk(app, engine, settings, disclosure, stretcher)
    engine.dispose()
