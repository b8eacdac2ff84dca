"""Digests of the figures that a letter shows, by which disclosure and records agree whether they changed.

A figure is a number of days or rials, or that a month was listed at all. Names, job titles and the numbers of
lists do not count. Each schema version of the statement has its own tables, so each has its own functions.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Statement = Mapping[str, Any]
# Canonical: lists of plain values, sorted.
Figures = list[Any]

UNNAMED_WORKSHOP = "-"
CODE_LENGTH = 10
# What a row of a table is about.
NAMED_BY = frozenset({"month_jalali", "workshop_code"})
SHOWN_IN_SUMMARY = ("total_days", "first_month_jalali", "last_month_jalali", "workshop_count")


# Beside the types of a statement: the digest of the identity, which every letter shows.
IDENTITY = "identity"
SHOWN_OF_PERSON = frozenset(
    {"first_name", "last_name", "father_name", "birth_date_jalali", "national_code", "insurance_number"}
)


class FiguresUnknown(Exception):
    """The statement has a schema version whose figures this code does not know."""


def compute_digests(statement: Statement) -> dict[str, str]:
    """Return the SHA-256 of the figures that a letter of each of the statement's types shows, by type.

    Every letter shows the summary, so it is in each digest. Raises FiguresUnknown.
    """
    readers = _READERS.get(statement["schema_version"])
    if readers is None:
        raise FiguresUnknown(f"schema version {statement['schema_version']}")
    summary = [statement["summary"][name] for name in SHOWN_IN_SUMMARY]
    return {
        kind: _hash_figures([summary, readers.get(kind, _read_numbers)(statement["tables"][kind])])
        for kind in statement["types"]
    }


def compute_identity_digest(statement: Statement) -> str:
    """Return the SHA-256 of the identity that a letter shows.

    Zeros in front of an insurance number do not count.
    """
    person = {name: statement["person"].get(name) or "" for name in sorted(SHOWN_OF_PERSON)}
    person["insurance_number"] = person["insurance_number"].lstrip("0")
    return _hash_figures([[name, value] for name, value in person.items()])


def _hash_figures(figures: Figures) -> str:
    return hashlib.sha256(json.dumps(figures, separators=(",", ":")).encode()).hexdigest()


def _read_numbers(table: Mapping[str, Any]) -> Figures:
    """Return all numbers, months and workshops of a table without a function of its own."""
    return [
        [name, _read_value(value)]
        for name, value in sorted(table.items())
        if name in NAMED_BY or not isinstance(value, str)
    ]


def _read_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _read_numbers(value)
    return [_read_value(item) for item in value] if isinstance(value, list) else value


def _read_years(table: Mapping[str, Any]) -> Figures:
    """Return the days of the listed months; sums and durations follow from them."""
    return [
        [f"{year['year']}-{number:02}", days]
        for year in table["years"]
        for number, days in enumerate(year["months"], start=1)
        if days is not None
    ]


def _read_workshops(table: Mapping[str, Any]) -> Figures:
    workshops = [
        [_normalise_code(workshop["workshop_code"]), _read_years(workshop)] for workshop in table["workshops"]
    ]
    return [table["total_days"], sorted(workshops)]


def _read_wages(table: Mapping[str, Any]) -> Figures:
    """Return days and wages of each month and workshop, as its lists have them.

    A row without days and wage changes nothing where the workshop has another row in that month.
    """
    rows: dict[tuple[str, str], list[list[int]]] = {}
    for row in table["rows"]:
        place = row["month_jalali"], _normalise_code(row["workshop_code"])
        rows.setdefault(place, []).append([row["days"], row["wage"]])
    return [[*place, _drop_empty(figures)] for place, figures in sorted(rows.items())]


def _drop_empty(rows: Iterable[list[int]]) -> list[list[int]]:
    return sorted(row for row in rows if any(row)) or [[0, 0]]


def _normalise_code(code: str) -> str:
    """Return the code of a workshop in the form in which spellings with fewer zeros are equal."""
    return code if code == UNNAMED_WORKSHOP else code.zfill(CODE_LENGTH)


_READERS: Mapping[int, Mapping[str, Callable[[Mapping[str, Any]], Figures]]] = {
    1: {"all": _read_years, "wages": _read_wages, "consolidated": _read_years},
    2: {"all": _read_workshops, "wages": _read_wages, "consolidated": _read_years},
}
