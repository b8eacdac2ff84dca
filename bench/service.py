"""The records service over a PostgreSQL of its own, called in this process; the benches borrow it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
import svcs
from flask.testing import FlaskClient

from services.kit.db import Sessions, new_sessions
from services.kit.schema import migrate
from services.kit.storage import SealedObjects, new_key_line
from services.records.app import create_app
from services.records.imports.runs import Worker
from services.records.settings import Settings
from tests import servers
from tests.tokens import TestKeys, build_bearer_header, mint

OFFICER = uuid.UUID("00000000-0000-4000-8000-00000000000a")


@dataclass
class Service:
    """A client of the service's routes, its engine, and a connection to its database."""

    client: FlaskClient
    database: psycopg.Connection
    engine: sa.Engine
    url: str
    worker: Worker

    @property
    def sessions(self) -> Sessions:
        return new_sessions(self.engine)

    def mint_officer(self) -> dict[str, str]:
        return build_bearer_header(mint("officer", OFFICER, scopes=["lists"], expires_in=24 * 3600))

    def reconnect(self) -> None:
        """Connect again to a database that was restarted."""
        self.engine.dispose()
        self.database.close()
        self.database = psycopg.connect(self.url, autocommit=True)


@contextmanager
def open_records() -> Iterator[Service]:
    """Lend the service with empty tables. Raises ServerUnavailable without PostgreSQL on this machine."""
    with servers.open_room() as room:
        address = servers.ensure_server(room, "postgresql")
        with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        with lend_records(address.format(name="bench")) as service:
            yield service


@contextmanager
def lend_records(database_url: str) -> Iterator[Service]:
    """Lend the service over an empty database."""
    with tempfile.TemporaryDirectory() as directory:
        keys = Path(directory) / "records.storage"
        keys.write_text(new_key_line() + "\n", "ascii")
        settings = Settings(
            database_url=database_url,
            broker_url="memory://",
            public_url="https://govah.example",
            auth_url="http://127.0.0.1:9",
            client_secret_file=Path(directory) / "records.secret",
            storage_url=(Path(directory) / "objects").as_uri(),
            storage_keys_file=keys,
            log_level="WARNING",
        )
        app = create_app(settings, keys=TestKeys())
        with app.app_context():
            engine = svcs.flask.get(sa.Engine)
            migrate(engine, "services.records")
            worker = Worker(svcs.flask.get(Sessions), svcs.flask.get(SealedObjects), lease=600)
        database = psycopg.connect(database_url, autocommit=True)
        service = Service(app.test_client(), database, engine, database_url, worker)
        yield service
        service.database.close()
        svcs.flask.close_registry(app)
