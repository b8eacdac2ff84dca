"""Which SQL of the services touches more than one person, found in the statements as they are compiled.

Rows can live on several servers by person only if no statement needs the rows of two. `is_crossing` looks
at a statement of SQLAlchemy: each table of people in it must be bound to one row or to one person by an
equality with a value, directly or through a join.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, Grouping

DIALECT: Any = sa.make_url("postgresql://").get_dialect()()
# Columns of which one value belongs to one person, in whichever table.
PERSON_KEYS = {"person_id", "former_person_id", "person_position", "national_code", "subject"}
# Tables of people in which a person has another name.
PEOPLE = {"people", "accounts"}
# What SQLAlchemy binds the ids of rows to whose children it loads; the statement that found these is judged.
CHILDREN = "primary_keys"
# What a service has once, whatever the number of people: it stays in one place, in order.
FEEDS = {"outbox", "endings"}


@cache
def is_personal(table: sa.Table) -> bool:
    """Return whether a table's rows belong to persons."""
    return table.name not in FEEDS and (bool(find_keys(table)) or table.name in PEOPLE)


@cache
def find_keys(table: sa.Table) -> frozenset[str]:
    """Return the columns of which one value belongs to one person."""
    keys = {column.name for column in table.columns if column.name in PERSON_KEYS}
    for column in table.columns:
        others = [key.column.table for key in column.foreign_keys]
        if any(other is not table and is_personal(other) for other in others):
            keys.add(column.name)
    return frozenset(keys)


@cache
def find_unique_sets(table: sa.Table) -> tuple[frozenset[str], ...]:
    """Return the sets of columns that identify a row."""
    sets: list[Any] = [table.primary_key.columns]
    sets += [one.columns for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    sets += [index.columns for index in table.indexes if index.unique]
    return tuple(frozenset(column.name for column in columns) for columns in sets if len(columns))


class _Facts:
    """Which columns of each source have one value, and which columns are equal."""

    def __init__(self) -> None:
        self.sources: set[Any] = set()
        self._values: dict[Any, set[str]] = {}
        self._joined: list[tuple[Any, Any]] = []

    def add_condition(self, condition: Any) -> None:
        """Take in one condition that holds for every row."""
        if not isinstance(condition, BinaryExpression):
            return
        is_equality = condition.operator is operators.eq
        is_in = condition.operator is operators.in_op
        if is_in and getattr(condition.right, "key", None) == CHILDREN:
            is_equality, is_in = True, False
        left, right = _resolve(condition.left), _resolve(condition.right)
        if is_equality and left is not None and right is not None:
            self._joined.append((left, right))
        elif is_equality or (is_in and _find_selected(condition.right) is not None):
            for column, value in ((left, condition.right), (right, condition.left)):
                if column is None:
                    continue
                if (selected := _find_selected(value)) is not None:
                    self._joined.append((column, selected))
                elif not any(isinstance(one, sa.Column) for one in visitors.iterate(value)):
                    self._add(column)

    def is_bound(self, source: Any) -> bool:
        """Return whether the rows of a source are one row, or one person's."""
        table, names = _find_table(source), self._values.get(source, set())
        if table is None:
            return False
        by_person = is_personal(table) and bool(names & find_keys(table))
        return by_person or any(one <= names for one in find_unique_sets(table))

    def follow_joins(self) -> None:
        """Let what equals a column of a bound source count as a value."""
        for _ in self._joined:
            for one, other in self._joined:
                for near, far in ((one, other), (other, one)):
                    if self.is_bound(near.table):
                        self._add(far)

    def _add(self, column: Any) -> None:
        self._values.setdefault(column.table, set()).add(column.name)


def is_crossing(statement: Any) -> bool:
    """Return whether a statement may touch rows of two persons; rows that are only added do not."""
    if isinstance(statement, (sa.TextClause, sa.TextualSelect)):
        return has_table_of_people(str(statement))
    facts = _Facts()
    for part in visitors.iterate(statement):
        if isinstance(part, (sa.Select, sa.Update, sa.Delete)):
            # Each call makes new aliases for what the mapper joins.
            sources = _list_froms(part) if isinstance(part, sa.Select) else [part.table]
            for source in sources:
                facts.sources.update(_list_joined(source))
            for condition in _list_conditions(part, sources):
                facts.add_condition(condition)
    facts.follow_joins()
    tables = ((source, _find_table(source)) for source in facts.sources)
    return not all(
        facts.is_bound(source) for source, table in tables if table is not None and is_personal(table)
    )


def has_table_of_people(sql: str) -> bool:
    """Return whether a text of SQL names a table that is likely to hold people's rows."""
    return bool(re.search(r"\b(people|accounts|contributions|citizens|letters|requests|permits)\b", sql))


def _list_froms(part: Any) -> list[Any]:
    """Return `Select.get_final_froms`, which would compile the whole statement for no database at all."""
    compiler = DIALECT.statement_compiler(DIALECT, None)
    froms: list[Any] = part._compile_state_factory(part, compiler)._get_display_froms()
    return froms


def _list_joined(source: Any) -> Iterator[Any]:
    if isinstance(source, sa.Join):
        yield from _list_joined(source.left)
        yield from _list_joined(source.right)
    else:
        yield source


def _list_conditions(part: Any, sources: list[Any]) -> Iterator[Any]:
    """Yield what must hold for each row; of alternatives nothing is known."""
    if part.whereclause is not None:
        yield from _split_condition(part.whereclause)
    for source in sources:
        yield from _list_join_conditions(source)


def _list_join_conditions(source: Any) -> Iterator[Any]:
    if isinstance(source, sa.Join):
        yield from _split_condition(source.onclause)
        yield from _list_join_conditions(source.left)
        yield from _list_join_conditions(source.right)


def _split_condition(condition: Any) -> Iterator[Any]:
    if isinstance(condition, Grouping):
        yield from _split_condition(condition.element)
    elif isinstance(condition, BooleanClauseList):
        if condition.operator is operators.and_:
            for one in condition.clauses:
                yield from _split_condition(one)
    else:
        yield condition


def _resolve(element: Any) -> Any:
    """Return the column of a table or alias behind an element, through subqueries; None for others."""
    while isinstance(getattr(element, "table", None), (sa.Subquery, sa.CTE)):
        if not element._proxies:
            return None
        element = element._proxies[0]
    return element if isinstance(element, sa.ColumnClause) and element.table is not None else None


def _find_selected(element: Any) -> Any:
    """Return the column that a subquery selects; None for anything but a subquery of one column."""
    while isinstance(element, (Grouping, sa.ScalarSelect)):
        element = element.element
    if not isinstance(element, sa.Select) or len(element.selected_columns) != 1:
        return None
    return _resolve(next(iter(element.selected_columns)))


def _find_table(source: Any) -> sa.Table | None:
    if isinstance(source, sa.Table):
        return source
    element = getattr(source, "element", None)
    return element if isinstance(element, sa.Table) else None
