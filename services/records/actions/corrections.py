"""The effect of decisions about objections on a record: corrected days take precedence over listed days.

Lists remain as they were imported. A correction sets the days of one month in one workshop. It is in force,
also over lists that come later, until another objection about that month and workshop is accepted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise

from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.records.lists.canonical import canonicalise_workshop_code
from services.records.models import Objection, Person
from services.records.store.contributions import ListedMonth, fetch_listed_months
from services.records.store.objections import UNNAMED, StandingCorrection, fetch_standing_corrections

# A month and the code of a workshop.
WorkshopMonth = tuple[JalaliMonth, str]


def read_months(session: Session, person: Person) -> Sequence[ListedMonth]:
    """Return a person's contributions as they count, in order of month, workshop code and list number."""
    return apply_corrections(
        fetch_listed_months(session, person), fetch_standing_corrections(session, person)
    )


def list_days_that_a_merger_changes(
    session: Session, merged: Person, into: Person
) -> Sequence[tuple[WorkshopMonth, int, int]]:
    """Return each month and workshop whose days two people have otherwise together than as one person.

    A correction sets the days of a workshop's month: of one person, it also replaces the other's list.
    """
    rows = [*fetch_listed_months(session, merged), *fetch_listed_months(session, into)]
    standing = fetch_standing_corrections(session, merged, into)
    together = _sum_days([*read_months(session, merged), *read_months(session, into)])
    as_one = _sum_days(apply_corrections(sorted(rows, key=lambda row: row.order), standing))
    return [
        (place, days, as_one.get(place, 0))
        for place, days in sorted(together.items())
        if days != as_one.get(place, 0)
    ]


def _sum_days(rows: Iterable[ListedMonth]) -> Mapping[WorkshopMonth, int]:
    days: dict[WorkshopMonth, int] = {}
    for row in rows:
        days[row.workshop_month] = days.get(row.workshop_month, 0) + row.days
    return days


def apply_corrections(
    rows: Sequence[ListedMonth], standing: Iterable[StandingCorrection]
) -> Sequence[ListedMonth]:
    """Return the rows of lists as corrected; a correction without a list becomes a row without money.

    A month of a period whose workshop code officers have assigned gives way to the workshop's list.
    """
    list_months = {(row.month, canonicalise_workshop_code(row.workshop_code)) for row in rows}
    by_workshop_month: dict[WorkshopMonth, list[ListedMonth]] = {}
    for row in rows:
        by_workshop_month.setdefault(row.workshop_month, []).append(row)
    decided: list[ListedMonth] = []
    for correction in standing:
        if correction.is_assigned and (correction.month, correction.workshop_code) in list_months:
            continue
        rows_to_correct = by_workshop_month.pop((correction.month, correction.workshop_code), None)
        decided += _share_days(rows_to_correct, correction) if rows_to_correct else [_build_row(correction)]
    untouched = [row for group in by_workshop_month.values() for row in group]
    return sorted(untouched + decided, key=lambda row: row.order)


def _share_days(rows: Sequence[ListedMonth], correction: StandingCorrection) -> list[ListedMonth]:
    """Return the rows of one workshop and month with the corrected days.

    Lists retain their days in order of number while the corrected days last. Surplus days go to the first
    list.
    """
    remaining, corrected = correction.days, []
    for row in rows:
        days = min(row.days, remaining)
        remaining -= days
        corrected.append(
            row._replace(
                days=days,
                listed_days=row.days,
                objection_id=correction.objection_id,
                tracking_number=correction.tracking_number,
            )
        )
    corrected[0] = corrected[0]._replace(days=corrected[0].days + remaining)
    return corrected


def _build_row(correction: StandingCorrection) -> ListedMonth:
    return ListedMonth(
        month=correction.month,
        workshop_code=correction.workshop_code,
        list_number="",
        row=0,
        workshop_name=correction.workshop_name or "",
        days=correction.days,
        wage=0,
        premium=0,
        gross=0,
        list_id=None,
        workers_sha256=None,
        objection_id=correction.objection_id,
        tracking_number=correction.tracking_number,
    )


def sum_recorded_days(rows: Iterable[ListedMonth]) -> Mapping[WorkshopMonth, int]:
    """Return the days of each month and workshop, without workshops that have no code."""
    return _sum_days(row for row in rows if row.workshop_code != UNNAMED)


def list_months_between(start: date, end: date) -> Sequence[JalaliMonth]:
    """Return the months that a period includes in whole or in part."""
    return list(JalaliMonth.from_date(start).iterate_until(JalaliMonth.from_date(end)))


def spread_days(start: date, end: date, days: int) -> Mapping[JalaliMonth, int]:
    """Return the days of a period by month, in proportion to the days that the period has in each.

    Running sums are rounded down: no month gets more days than the period has in it, and the sum is exactly
    `days`. The period must have at least that many days. Months without days are left out.
    """
    months = list_months_between(start, end)
    lengths = [(min(end, month.last_day) - max(start, month.first_day)).days + 1 for month in months]
    whole = sum(lengths)
    sums = [days * length // whole for length in accumulate(lengths, initial=0)]
    shares = (after - before for before, after in pairwise(sums))
    return {month: share for month, share in zip(months, shares, strict=True) if share}


def list_disputed_months(objections: Iterable[Objection]) -> Sequence[JalaliMonth]:
    """Return the months that open objections are about, sorted and without duplicates."""
    months: set[JalaliMonth] = set()
    for objection in objections:
        months.update(claimed.month for claimed in objection.months)
        if objection.period:
            months.update(list_months_between(*objection.period))
    return sorted(months)
