"""The services that are misused here, each over a database of the test's own or, in turn, of the module's."""

import pytest

from tests.contract.conftest import served
from tests.service.disclosure.conftest import desk as disclosure_desk
from tests.service.disclosure.conftest import sqlite_desk
from tests.service.inquiry.conftest import desk, settings
from tests.service.records.conftest import records

PACKAGES = {
    "desk": "services.inquiry",
    "records": "services.records",
    "sqlite_desk": "services.disclosure",
    "disclosure_desk": "services.disclosure",
}


@pytest.fixture
def package(request: pytest.FixtureRequest) -> str:
    """The service that a test misuses, by the fixture that it takes."""
    return next(PACKAGES[name] for name in request.fixturenames if name in PACKAGES)


__all__ = ["desk", "disclosure_desk", "records", "served", "settings", "sqlite_desk"]
