"""A desk per test, once over each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import LocalStore

from tests.service.disclosure.desk import Desk, open_desk


@pytest.fixture
def package() -> str:
    return "services.disclosure"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Provide disclosure without a broker and other services, with a fake of records."""
    with open_desk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Provide the same over SQLite only, for tests in which the kind of database does not matter."""
    with open_desk(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def disk_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Provide the same with letters on a disk, in the directory `objects`."""
    (tmp_path / "objects").mkdir()
    with open_desk(database_url, tmp_path, LocalStore(tmp_path / "objects")) as opened:
        yield opened
