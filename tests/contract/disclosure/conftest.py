"""The desk of disclosure, as its service tests use it."""

from tests.service.disclosure.conftest import package, sqlite_desk

__all__ = ["package", "sqlite_desk"]
