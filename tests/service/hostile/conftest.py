"""The services that are misused here, each over a database of the test's own or, in turn, of the module's."""

from tests.contract.conftest import served
from tests.service.disclosure.conftest import sqlite_world, world
from tests.service.inquiry.conftest import desk, settings
from tests.service.records.conftest import records

__all__ = ["desk", "records", "served", "settings", "sqlite_world", "world"]
