"""Each service in turn, over SQLite; a test that is not about what a database does needs no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.services import SERVE, Served
from tests.databases import SqliteTemplates


@pytest.fixture(scope="module", params=list(SERVE))
def served(
    request: pytest.FixtureRequest,
    sqlite_templates: SqliteTemplates,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    url = sqlite_templates.copy(f"services.{request.param}", directory / "test.db")
    with SERVE[request.param](url, directory) as opened:
        yield opened
