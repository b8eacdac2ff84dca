"""The warnings about a record, those of one kind together. Called by the record's page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from govah_client.own_records import RecordWarning


@dataclass(frozen=True)
class Overlaps:
    """The months of a year in which lists have too many days together, and the codes of their workshops."""

    year: int
    workshops: Sequence[str]
    months: Sequence[int]


@dataclass(frozen=True)
class Warnings:
    """All gaps, and the overlaps by year; `overlapping` are the single warnings of these."""

    gaps: Sequence[RecordWarning]
    overlapping: Sequence[RecordWarning]
    overlaps: Sequence[Overlaps]


def group_warnings(warnings: Iterable[RecordWarning], rows: Iterable[Mapping[str, Any]]) -> Warnings:
    """Return the warnings by kind, with the workshops that the rows name for a month."""
    by_code: dict[str, list[RecordWarning]] = {}
    for warning in warnings:
        by_code.setdefault(warning["code"], []).append(warning)
    overlapping = by_code.get("overlap", [])
    months = {warning["first_month_jalali"] for warning in overlapping}
    # A dict keeps the order of the rows.
    workshops_by_year: dict[int, dict[str, None]] = {}
    for row in rows:
        if row["month_jalali"] in months:
            workshops_by_year.setdefault(_get_year(row["month_jalali"]), {})[row["workshop_code"]] = None
    overlaps = [
        Overlaps(year, list(workshops_by_year.get(year, {})), [int(month[5:]) for month in of_year])
        for year, of_year in groupby(sorted(months), _get_year)
    ]
    return Warnings(by_code.get("gap", []), overlapping, overlaps)


def _get_year(month: str) -> int:
    return int(month[:4])
