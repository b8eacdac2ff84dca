"""The world of disclosure, as its service tests know it."""

from tests.service.disclosure.conftest import package, sqlite_world

__all__ = ["package", "sqlite_world"]
