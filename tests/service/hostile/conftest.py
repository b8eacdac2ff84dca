"""The misused services, each over a database of the test or, with `served`, of the module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import served
from tests.service.disclosure.conftest import desk as disclosure_desk
from tests.service.disclosure.conftest import sqlite_desk
from tests.service.inquiry.conftest import desk
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import open_desk as open_records_desk

PACKAGES = {
    "desk": "services.inquiry",
    "records_desk": "services.records",
    "sqlite_desk": "services.disclosure",
    "disclosure_desk": "services.disclosure",
}


@pytest.fixture
def package(request: pytest.FixtureRequest) -> str:
    """Return the service that a test misuses, by the fixture that it takes."""
    return next(PACKAGES[name] for name in request.fixturenames if name in PACKAGES)


@pytest.fixture
def records_desk(database_url: str, tmp_path: Path) -> Iterator[RecordsDesk]:
    with open_records_desk(database_url, tmp_path) as opened:
        yield opened


__all__ = ["desk", "disclosure_desk", "served", "sqlite_desk"]
