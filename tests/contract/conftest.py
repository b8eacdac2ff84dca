"""Each service in turn, over SQLite; a test that is not about what a database does needs no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.services import SERVE, Served


@pytest.fixture(scope="module", params=list(SERVE))
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    with SERVE[request.param](f"sqlite:///{directory / 'test.db'}", directory) as opened:
        yield opened
