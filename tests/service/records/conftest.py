"""The records service over a new database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.records.desk import Desk, open_desk


@pytest.fixture
def package() -> str:
    return "services.records"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(database_url, tmp_path) as opened:
        yield opened
