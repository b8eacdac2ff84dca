"""The statement: one person's months summed into the snapshot that pages, letters and answers are made from.

Pure arithmetic over rows that were read before. The shape is fixed in docs/internal.md and contracts/.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from services.kit.jalali import JalaliMonth, compute_duration, format_jalali_date, to_tehran_date
from services.kit.statement_types import CURRENT_VERSION, StatementType
from services.records.models import Person
from services.records.store.contributions import ListedMonth
from services.records.store.people import KnownPerson

MONTHS = range(1, 13)


def compose_statement(
    person: Person,
    rows: Sequence[ListedMonth],
    types: Iterable[StatementType],
    as_of: datetime,
    disputed: Iterable[JalaliMonth] = (),
    version: int = CURRENT_VERSION,
) -> dict[str, Any]:
    """Return the statement of a person whose rows are sorted by month and already corrected.

    Days are whole days, money is whole rials. `disputed` are the months that open objections are about.
    Callers of the previous release get version 1 of the schema.
    """
    counted = count_days(rows)
    chosen = [kind for kind in StatementType if kind in set(types)]
    builders = {**_BUILDERS, **(_BUILDERS_OF_VERSION_1 if version == 1 else {})}
    return {
        "schema_version": version,
        "as_of": format_moment(as_of),
        "as_of_jalali": format_jalali_date(to_tehran_date(as_of)),
        "types": [kind.value for kind in chosen],
        "person": describe_person(person),
        "summary": summarise_months(rows, counted, version),
        "tables": {kind.value: builders[kind](rows, counted) for kind in chosen},
        "disputed_months": [str(month) for month in disputed],
        "corrections": _list_corrections(rows),
    }


def format_moment(moment: datetime) -> str:
    """Return a moment in UTC as statements have it, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _list_corrections(rows: Iterable[ListedMonth]) -> list[dict[str, Any]]:
    """Return each month and workshop that an objection corrected, once, even if it has several lists."""
    corrected = dict.fromkeys((*row.workshop_month, row.tracking_number) for row in rows if row.objection_id)
    return [
        {"month_jalali": str(month), "workshop_code": workshop_code, "tracking_number": tracking_number}
        for month, workshop_code, tracking_number in corrected
    ]


def describe_person(person: Person | KnownPerson) -> dict[str, Any]:
    """Return a person's fields as statements and answers show them."""
    return {
        "national_code": person.national_code,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "father_name": person.father_name,
        "birth_date_jalali": person.birth_date and format_jalali_date(person.birth_date),
        "insurance_number": person.insurance_number,
        "sex": person.sex and person.sex.value,
    }


def count_days(rows: Iterable[ListedMonth]) -> dict[JalaliMonth, int]:
    """Return the days that count in each listed month: all lists together, at most the month's length."""
    return {month: min(days, month.days) for month, days in sum_listed_days(rows).items()}


def sum_listed_days(rows: Iterable[ListedMonth]) -> dict[JalaliMonth, int]:
    """Return the days of each month, summed over its lists."""
    days: dict[JalaliMonth, int] = {}
    for row in rows:
        days[row.month] = days.get(row.month, 0) + row.days
    return days


def summarise_months(
    rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int], version: int = CURRENT_VERSION
) -> dict[str, Any]:
    """Return the summary box: counted days, their duration, first and last month, number of workshops.

    Version 1 counts all workshops without a code as one, as its letters show.
    """
    workshops = {row.workshop_code if version == 1 else row.workshop for row in rows}
    total = sum(counted.values())
    return {
        "total_days": total,
        "duration": asdict(compute_duration(total)),
        "first_month_jalali": str(min(counted)) if counted else None,
        "last_month_jalali": str(max(counted)) if counted else None,
        "workshop_count": len(workshops),
    }


def _build_full_table(rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int]) -> dict[str, Any]:
    """Return a table for each workshop, by its first month, and the total of all, capped in each month."""
    by_workshop: dict[tuple[str, str], list[ListedMonth]] = {}
    for row in rows:
        by_workshop.setdefault(row.workshop, []).append(row)
    return {
        "workshops": [_build_workshop(months) for months in by_workshop.values()],
        "total_days": sum(counted.values()),
    }


def _build_workshop(rows: Sequence[ListedMonth]) -> dict[str, Any]:
    """Return the years of one workshop. Its name is that of its lists, if it has any."""
    counted = count_days(rows)
    last = max(rows, key=lambda row: (row.is_listed, row.month))
    return {
        "workshop_code": last.workshop_code,
        "workshop_name": last.workshop_name,
        "years": _build_years(counted),
        "total_days": sum(counted.values()),
    }


def _build_full_table_of_version_1(
    _rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int]
) -> dict[str, Any]:
    return {"years": _build_years(counted), "total_days": sum(counted.values())}


def _build_wages_table(rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int]) -> dict[str, Any]:
    years = {year: {"year": year, "days": 0, "wage": 0} for year in _list_years(counted)}
    for row in rows:
        years[row.month.year]["days"] += row.days
        years[row.month.year]["wage"] += row.wage
    return {
        "rows": [
            {
                "month_jalali": str(row.month),
                "workshop_code": row.workshop_code,
                "workshop_name": row.workshop_name,
                "list_number": row.list_number,
                "job_title": row.job_title,
                "days": row.days,
                "wage": row.wage,
            }
            for row in rows
        ],
        "years": list(years.values()),
        "total_days": sum(row.days for row in rows),
        "total_wage": sum(row.wage for row in rows),
    }


def _build_wages_table_of_version_1(
    rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int]
) -> dict[str, Any]:
    table = _build_wages_table(rows, counted)
    for row in table["rows"]:
        del row["job_title"]
    return table


def _build_consolidated_table(
    _rows: Sequence[ListedMonth], counted: Mapping[JalaliMonth, int]
) -> dict[str, Any]:
    years = _build_years(counted)
    total = sum(counted.values())
    for year, running in zip(years, accumulate(year["total_days"] for year in years), strict=True):
        year["duration"] = asdict(compute_duration(year["total_days"]))
        year["running_days"] = running
        year["running_duration"] = asdict(compute_duration(running))
    return {"years": years, "total_days": total, "duration": asdict(compute_duration(total))}


def _build_years(counted: Mapping[JalaliMonth, int]) -> list[dict[str, Any]]:
    years = []
    for year in _list_years(counted):
        months = [counted.get(JalaliMonth(year, month)) for month in MONTHS]
        years.append({"year": year, "months": months, "total_days": sum(days or 0 for days in months)})
    return years


def _list_years(counted: Mapping[JalaliMonth, int]) -> range:
    """Return all years from the first to the last, so that gaps are visible."""
    return range(min(counted).year, max(counted).year + 1) if counted else range(0)


_BuildTable = Callable[[Sequence[ListedMonth], Mapping[JalaliMonth, int]], dict[str, Any]]
_BUILDERS: Mapping[StatementType, _BuildTable] = {
    StatementType.ALL: _build_full_table,
    StatementType.WAGES: _build_wages_table,
    StatementType.CONSOLIDATED: _build_consolidated_table,
}
_BUILDERS_OF_VERSION_1: Mapping[StatementType, _BuildTable] = {
    StatementType.ALL: _build_full_table_of_version_1,
    StatementType.WAGES: _build_wages_table_of_version_1,
}
