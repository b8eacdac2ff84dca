"""Which cases of a test run on PostgreSQL too: one of each test, and all where the database decides.

Every case runs on SQLite. What a test of several cases promises about the database is seen in one of them;
the others differ in what services do before or after it. Tests whose cases differ in what the database does,
such as searches and races, have the mark `each_database`. TEST_SIZE=full runs all cases on both.
"""

from collections.abc import Sequence
from typing import Any

import pytest

MARK = "each_database"


def name_case(item: pytest.Item) -> tuple[str, str, bool]:
    """Return the test of an item, its case without the database, and whether that is PostgreSQL."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    name, bracket, case = item.nodeid.partition("[")
    database = parameters.get("database_url")
    parts = [part for part in case.removesuffix("]").split("-") if bracket and part != database]
    return name, "-".join(parts), database == "postgresql"


def list_repeated(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the cases on PostgreSQL that SQLite has too, but for the first of each test."""
    names = {item: name_case(item) for item in items if not item.get_closest_marker(MARK)}
    on_sqlite = {(name, case) for name, case, is_postgresql in names.values() if not is_postgresql}
    seen: set[str] = set()
    repeated = []
    for item, (name, case, is_postgresql) in names.items():
        if is_postgresql and (name, case) in on_sqlite:
            if name in seen:
                repeated.append(item)
            seen.add(name)
    return repeated
