"""One case of each test runs on PostgreSQL, unless the database decides the cases."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest

from tests.cases import MARK, list_repeated


@dataclass(eq=False)
class Item:
    """What is read of a collected test."""

    nodeid: str
    database: str = ""
    mark: str = ""

    @property
    def callspec(self) -> SimpleNamespace:
        """The parameters."""
        return SimpleNamespace(params={"database_url": self.database} if self.database else {})

    def get_closest_marker(self, name: str) -> str | None:
        """Return the mark of this name."""
        return self.mark if self.mark == name else None


def collect(name: str, *cases: str, databases: tuple[str, ...], mark: str = "") -> list[Item]:
    """Return the items of a test."""
    return [
        Item(f"{name}[{'-'.join(filter(None, [database, case]))}]", database, mark)
        for case in cases
        for database in databases
    ]


def name_repeated(items: list[Item]) -> list[str]:
    """Return the node ids that are left out."""
    return [item.nodeid for item in list_repeated(cast("list[pytest.Item]", items))]


BOTH = ("sqlite", "postgresql")


def test_first_case_of_each_test_stays_on_postgresql() -> None:
    items = collect("a", "one", "two", "three", databases=BOTH) + collect("b", "one", "two", databases=BOTH)
    assert name_repeated(items) == ["a[postgresql-two]", "a[postgresql-three]", "b[postgresql-two]"]


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(collect("a", "", databases=BOTH), id="no other parameter"),
        pytest.param(collect("a", "one", "two", databases=("postgresql",)), id="PostgreSQL only"),
        pytest.param(collect("a", "one", "two", databases=BOTH, mark=MARK), id="marked"),
        pytest.param([Item("a[one]"), Item("a[two]"), Item("b")], id="no database"),
        pytest.param(
            [Item("a[sqlite-one]", "sqlite"), Item("a[postgresql-two]", "postgresql")] * 2, id="pairs"
        ),
    ],
)
def test_nothing_else_is_left_out(items: list[Item]) -> None:
    assert name_repeated(items) == []
