"""The tiny service over an empty database, and its callers."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.kit.db import Sessions, new_engine, new_sessions
from tests.service.kit import tiny


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """Provide the tiny service's tables, once in each kind of database."""
    yield from create_tables(database_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[sa.Engine]:
    """Provide the tiny service's tables in SQLite, for tests in which the database does not matter."""
    yield from create_tables(sqlite_url)


def create_tables(url: str) -> Iterator[sa.Engine]:
    engine = new_engine(url)
    tiny.Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    return new_sessions(engine)


@pytest.fixture
def client(sqlite_engine: sa.Engine) -> FlaskClient:
    """Return a client of the tiny service on SQLite."""
    return tiny.create_app(sqlite_engine).test_client()


@pytest.fixture
def either_client(engine: sa.Engine) -> FlaskClient:
    """Return a client of the tiny service on either kind of database."""
    return tiny.create_app(engine).test_client()


@pytest.fixture
def postgresql_sessions(postgresql_url: str) -> Iterator[Sessions]:
    """Provide sessions on PostgreSQL, for what can only happen there: two simultaneous writers."""
    for engine in create_tables(postgresql_url):
        yield new_sessions(engine)
