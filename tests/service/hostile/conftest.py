"""The misused services, each over a database of the test or, with `served`, of the module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import served
from tests.service.disclosure.desk import Desk as DisclosureDesk
from tests.service.disclosure.desk import open_desk as open_disclosure_desk
from tests.service.inquiry.desk import Desk as InquiryDesk
from tests.service.inquiry.desk import open_desk as open_inquiry_desk
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import open_desk as open_records_desk

PACKAGES = {
    "disclosure_desk": "services.disclosure",
    "inquiry_desk": "services.inquiry",
    "records_desk": "services.records",
    "sqlite_desk": "services.disclosure",
}


@pytest.fixture
def package(request: pytest.FixtureRequest) -> str:
    """Return the service that a test misuses, by the fixture that it takes."""
    return next(PACKAGES[name] for name in request.fixturenames if name in PACKAGES)


@pytest.fixture
def records_desk(database_url: str, tmp_path: Path) -> Iterator[RecordsDesk]:
    with open_records_desk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def inquiry_desk(database_url: str, tmp_path: Path) -> Iterator[InquiryDesk]:
    with open_inquiry_desk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def disclosure_desk(database_url: str, tmp_path: Path) -> Iterator[DisclosureDesk]:
    with open_disclosure_desk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_desk(sqlite_url: str, tmp_path: Path) -> Iterator[DisclosureDesk]:
    """Provide disclosure over SQLite only, for tests in which the kind of database does not matter."""
    with open_disclosure_desk(sqlite_url, tmp_path) as opened:
        yield opened


__all__ = ["served"]
