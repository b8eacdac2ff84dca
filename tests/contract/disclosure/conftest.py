"""The world of disclosure, as its service tests know it."""

from tests.service.disclosure.conftest import sqlite_world

__all__ = ["sqlite_world"]
