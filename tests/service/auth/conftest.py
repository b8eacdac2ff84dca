"""The auth service over a new database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.auth.desk import Desk, open_desk


@pytest.fixture
def package() -> str:
    return "services.auth"


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """For tests in which the kind of database does not matter."""
    with open_desk(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """For tests of what the database guarantees."""
    with open_desk(database_url, tmp_path) as opened:
        yield opened
