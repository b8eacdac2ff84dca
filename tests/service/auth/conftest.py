"""The auth service over a new database of either kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import svcs

from services.auth.app import create_app
from services.auth.settings import Settings
from services.kit.db import new_sessions
from services.kit.schema import migrate
from tests.databases import PostgresqlTemplates, SqliteTemplates
from tests.service.auth.desk import Desk


@pytest.fixture
def postgresql_url(postgresql_templates: PostgresqlTemplates) -> Iterator[str]:
    """The address of a PostgreSQL database with the schema of auth."""
    with postgresql_templates.lend("services.auth") as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, tmp_path: Path) -> str:
    """The address of a SQLite database with the schema of auth."""
    return sqlite_templates.copy("services.auth", tmp_path / "test.db")


def open_desk(database_url: str, directory: Path, **changed: Any) -> Iterator[Desk]:
    for name in ("auth.secret", "pepper"):
        (directory / name).write_text("a secret of these tests only\n", encoding="utf-8")
    settings = Settings(
        database_url=database_url,
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        records_url="http://127.0.0.1:9",
        disclosure_url="http://127.0.0.1:9",
        inquiry_url="http://127.0.0.1:9",
        client_secret_file=directory / "auth.secret",
        pepper_file=directory / "pepper",
        token_keys_dir=directory / "keys",
        messages="file",
        messages_file=directory / "messages.jsonl",
        mobile_ownership="accept-all",
        **changed,
    )
    app = create_app(settings)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    # Here a copy that is migrated already, elsewhere an empty database.
    migrate(engine, "services.auth")
    desk = Desk(app, engine, new_sessions(engine), settings, directory)
    desk.run("keys", "ensure")
    yield desk
    svcs.flask.close_registry(app)
    engine.dispose()


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """For tests in which the kind of database does not matter."""
    yield from open_desk(sqlite_url, tmp_path)


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """For tests of what the database guarantees."""
    yield from open_desk(database_url, tmp_path)
