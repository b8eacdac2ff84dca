"""A restore as a service sees it: all rows of its database as they were at an earlier moment."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Flask

from services.kit.db import new_sessions
from services.kit.endings import Journal, write_endings

Rows = Mapping[sa.Table, Sequence[Mapping[str, Any]]]


def save_rows(engine: sa.Engine, metadata: sa.MetaData) -> Rows:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def restore_rows(engine: sa.Engine, rows: Rows) -> None:
    """Replace the content of every table by the rows of an earlier moment."""
    with engine.begin() as connection:
        for table in reversed(list(rows)):
            connection.execute(sa.delete(table))
        for table, saved in rows.items():
            if saved:
                connection.execute(sa.insert(table), list(saved))


class Disaster:
    """A backup of a service's database as it is now, and a restore from it with the journal."""

    def __init__(self, app: Flask, engine: sa.Engine, service: str, journal: Journal | None) -> None:
        assert journal is not None
        models = importlib.import_module(f"services.{service}.models")
        self._app, self._engine, self._service, self._journal = app, engine, service, journal
        self._ending, self._rows = models.Ending, save_rows(engine, models.Base.metadata)

    def restore(self) -> None:
        """Restore the database, and do what every start of a system does."""
        while write_endings(new_sessions(self._engine), self._ending, self._service, self._journal):
            pass
        restore_rows(self._engine, self._rows)
        replayed = self._app.test_cli_runner().invoke(args=["endings", "replay"])
        assert replayed.exit_code == 0, replayed.output
