"""The services whose storage, lists and keys are misused here, each over a database of the test's own."""

from tests.service.disclosure.conftest import sqlite_world, world
from tests.service.inquiry.conftest import desk, settings
from tests.service.records.conftest import records

__all__ = ["desk", "records", "settings", "sqlite_world", "world"]
