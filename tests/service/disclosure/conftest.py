"""A world per test, once with each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs
from obstore.store import ObjectStore

from tests.service.disclosure.world import World, new_world, settings_for


@pytest.fixture
def package() -> str:
    return "services.disclosure"


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Disclosure with nothing around it: no broker, no other service but a fake records."""
    yield from lend_world(database_url, tmp_path)


@pytest.fixture
def sqlite_world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """The same on SQLite alone, for tests in which the database does not matter."""
    yield from lend_world(sqlite_url, tmp_path)


def lend_world(database_url: str, directory: Path, objects: ObjectStore | None = None) -> Iterator[World]:
    world = new_world(settings_for(database_url, directory), objects)
    yield world
    with world.app.app_context():
        svcs.flask.get(sa.Engine).dispose()
    world.engine.dispose()
