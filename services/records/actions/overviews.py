"""A person's own record as a summary and month by month, with warnings about gaps and overlaps."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.jalali import JalaliMonth
from services.kit.problems import Text
from services.kit.statement_types import CURRENT_VERSION, StatementType
from services.kit.text import to_persian_digits
from services.records.actions.corrections import list_disputed_months, read_months
from services.records.actions.statements import (
    compose_statement,
    count_days,
    describe_person,
    sum_listed_days,
    summarise_months,
)
from services.records.lists.canonical import canonicalise_workshop_code
from services.records.models import Person
from services.records.store.contributions import ListedMonth
from services.records.store.objections import fetch_open_objections

GAP = Text(
    "از {first} تا {last} ({months} ماه) لیستی دریافت نشده است. اگر کار کرده‌اید، اعتراض کنید.",
    "No list was received from {first} to {last} (months: {months}). If you worked then, object.",
)
OVERLAP = Text(
    "لیست‌های {month} با هم {listed} روز دارند؛ {counted} روز حساب می‌شود. اگر درست نیست، اعتراض کنید.",
    "The lists of {month} add up to {listed} days; {counted} are counted. If that is wrong, object.",
)


def read_statement(
    session: Session, person: Person, types: Iterable[StatementType], version: int = CURRENT_VERSION
) -> dict[str, Any]:
    """Return a person's statement as of now by the database's clock, all types from one read."""
    # The clock is read first: changes during this read must be later than the statement, so that letters
    # notice.
    as_of = read_database_time(session)
    disputed = list_disputed_months(fetch_open_objections(session, person))
    return compose_statement(person, read_months(session, person), types, as_of, disputed, version)


def summarise_record(session: Session, person: Person, language: str) -> dict[str, Any]:
    """Return the summary of a person's record; days are whole days, money is whole rials."""
    rows = read_months(session, person)
    counted = count_days(rows)
    summary = summarise_months(rows, counted)
    return {
        "person": describe_person(person),
        "insurance_number": person.insurance_number,
        "totals": {
            "total_days": summary["total_days"],
            "duration": summary["duration"],
            "total_wage": sum(row.wage for row in rows),
            "workshop_count": summary["workshop_count"],
        },
        "first_month_jalali": summary["first_month_jalali"],
        "last_month_jalali": summary["last_month_jalali"],
        "open_objections": fetch_open_objections(session, person),
        "warnings": [*_find_gaps(sorted(counted), language), *_find_overlaps(rows, language)],
    }


def filter_months(
    rows: Sequence[ListedMonth],
    first: JalaliMonth | None,
    last: JalaliMonth | None,
    workshop_code: str | None,
) -> Sequence[ListedMonth]:
    """Return the rows of a span of months, both ends included, and of one workshop if its code is given.

    The code may have lost leading zeros, and so may the stored one.
    """
    canonical_code = workshop_code and canonicalise_workshop_code(workshop_code)
    return [
        row
        for row in rows
        if (first is None or row.month >= first)
        and (last is None or row.month <= last)
        and canonical_code in {None, canonicalise_workshop_code(row.workshop_code)}
    ]


def _find_gaps(months: Sequence[JalaliMonth], language: str) -> Iterator[dict[str, Any]]:
    for before, after in pairwise(months):
        first, last = before.add_months(1), after.add_months(-1)
        if first <= last:
            count = sum(1 for _ in first.iterate_until(last))
            yield {
                "code": "gap",
                "first_month_jalali": str(first),
                "last_month_jalali": str(last),
                "message": _format_message(GAP, language, first=first, last=last, months=count),
            }


def _find_overlaps(rows: Sequence[ListedMonth], language: str) -> Iterator[dict[str, Any]]:
    for month, days in sum_listed_days(rows).items():
        if days > month.days:
            yield {
                "code": "overlap",
                "first_month_jalali": str(month),
                "last_month_jalali": str(month),
                "message": _format_message(OVERLAP, language, month=month, listed=days, counted=month.days),
            }


def _format_message(text: Text, language: str, **facts: JalaliMonth | int) -> str:
    if language == "en":
        english = {
            name: fact.words_en if isinstance(fact, JalaliMonth) else fact for name, fact in facts.items()
        }
        return text.en.format(**english)
    persian = {
        name: fact.words if isinstance(fact, JalaliMonth) else to_persian_digits(fact)
        for name, fact in facts.items()
    }
    return text.fa.format(**persian)
