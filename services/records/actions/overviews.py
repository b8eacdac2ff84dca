"""One's own record at a glance and month by month, with a word on what looks missing or doubled."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from services.kit.db import database_time
from services.kit.jalali import JalaliMonth
from services.kit.problems import Text
from services.kit.statement_types import StatementType
from services.kit.text import persian_digits
from services.records.actions.corrections import disputed_months, read_months
from services.records.actions.statements import (
    compose_statement,
    count_days,
    describe_person,
    listed_days,
    summarise,
)
from services.records.errors import PersonUnknown
from services.records.models import Person
from services.records.store.contributions import ListedMonth
from services.records.store.objections import fetch_open
from services.records.store.people import find_person

GAP = Text(
    "از {first} تا {last} ({months} ماه) لیستی دریافت نشده است. اگر کار کرده‌اید، اعتراض کنید.",
    "No list was received from {first} to {last} ({months} months). If you worked then, object.",
)
OVERLAP = Text(
    "لیست‌های {month} با هم {listed} روز دارند؛ {counted} روز حساب می‌شود. اگر درست نیست، اعتراض کنید.",
    "The lists of {month} add up to {listed} days; {counted} are counted. If that is wrong, object.",
)


def own_person(session: Session, person_id: uuid.UUID) -> Person:
    """Return the person whom a citizen's token names. Raises PersonUnknown."""
    person = find_person(session, person_id)
    if person is None:
        raise PersonUnknown
    return person


def take_statement(session: Session, person: Person, types: Iterable[StatementType]) -> dict[str, Any]:
    """Return a person's statement as of now by the database's clock, all types from one read."""
    # The clock first: what changes while this reads must be later than the statement, so that letters notice.
    as_of = database_time(session)
    disputed = disputed_months(fetch_open(session, person))
    return compose_statement(person, read_months(session, person), types, as_of, disputed)


def overlook(session: Session, person: Person, language: str) -> dict[str, Any]:
    """Return a person's record at a glance; days are whole days, money is whole rials."""
    rows = read_months(session, person)
    counted = count_days(rows)
    summary = summarise(rows, counted)
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
        "open_objections": fetch_open(session, person),
        "warnings": [*_gaps(sorted(counted), language), *_overlaps(rows, language)],
    }


def choose_months(
    rows: Sequence[ListedMonth],
    first: JalaliMonth | None,
    last: JalaliMonth | None,
    workshop_code: str | None,
) -> Sequence[ListedMonth]:
    """Return the rows of a span of months, both ends included, and of one workshop where one is named."""
    return [
        row
        for row in rows
        if (first is None or row.month >= first)
        and (last is None or row.month <= last)
        and workshop_code in {None, row.workshop_code}
    ]


def _gaps(months: Sequence[JalaliMonth], language: str) -> Iterator[dict[str, Any]]:
    for before, after in pairwise(months):
        first, last = before.plus(1), after.plus(-1)
        if first <= last:
            count = sum(1 for _ in first.until(last))
            yield {
                "code": "gap",
                "first_month_jalali": str(first),
                "last_month_jalali": str(last),
                "message": _say(GAP, language, first=first, last=last, months=count),
            }


def _overlaps(rows: Sequence[ListedMonth], language: str) -> Iterator[dict[str, Any]]:
    for month, listed in listed_days(rows).items():
        if listed > month.days:
            yield {
                "code": "overlap",
                "first_month_jalali": str(month),
                "last_month_jalali": str(month),
                "message": _say(OVERLAP, language, month=month, listed=listed, counted=month.days),
            }


def _say(text: Text, language: str, **facts: JalaliMonth | int) -> str:
    if language == "en":
        words = {
            name: fact.words_en if isinstance(fact, JalaliMonth) else fact for name, fact in facts.items()
        }
        return text.en.format(**words)
    return text.fa.format(
        **{
            name: fact.words if isinstance(fact, JalaliMonth) else persian_digits(fact)
            for name, fact in facts.items()
        }
    )
