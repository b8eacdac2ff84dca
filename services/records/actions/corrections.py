"""What decisions about objections do to a record: the days that stand, over whatever lists say.

Lists stay as they were imported. A correction gives the days of one month in one workshop; it stands, also
over lists that come later, until another objection about that month and workshop is accepted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise

from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.records.models import Objection, Person
from services.records.store.contributions import ListedMonth, fetch_listed_months
from services.records.store.objections import UNNAMED, Standing, fetch_standing

Place = tuple[JalaliMonth, str]


def read_months(session: Session, person: Person) -> Sequence[ListedMonth]:
    """Return a person's contributions as they count, in order of month, workshop code and list number."""
    return correct(fetch_listed_months(session, person), fetch_standing(session, person))


def correct(rows: Sequence[ListedMonth], standing: Iterable[Standing]) -> Sequence[ListedMonth]:
    """Return rows of lists with the corrections in force; one without a list becomes a row without money."""
    listed: dict[Place, list[ListedMonth]] = {}
    for row in rows:
        listed.setdefault(row.place, []).append(row)
    decided: list[ListedMonth] = []
    for correction in standing:
        place = correction.month, correction.workshop_code
        decided += _share(listed.pop(place), correction) if place in listed else [_row_of(correction)]
    untouched = [row for group in listed.values() for row in group]
    return sorted(untouched + decided, key=lambda row: row[:5])


def _share(rows: Sequence[ListedMonth], correction: Standing) -> list[ListedMonth]:
    """Lists in order of number keep their days while the corrected ones last; more go to the first list."""
    left, shared = correction.days, []
    for row in rows:
        days = min(row.days, left)
        left -= days
        shared.append(
            row._replace(
                days=days,
                listed_days=row.days,
                objection_id=correction.objection_id,
                tracking_number=correction.tracking_number,
            )
        )
    shared[0] = shared[0]._replace(days=shared[0].days + left)
    return shared


def _row_of(correction: Standing) -> ListedMonth:
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


def recorded_days(rows: Iterable[ListedMonth]) -> Mapping[Place, int]:
    """Return the days of each month and workshop; of workshops without a code there is nothing to say."""
    days: dict[Place, int] = {}
    for row in rows:
        if row.workshop_code != UNNAMED:
            days[row.place] = days.get(row.place, 0) + row.days
    return days


def months_between(start: date, end: date) -> Sequence[JalaliMonth]:
    """Return the months that a period touches, both ends included."""
    return list(JalaliMonth.of(start).until(JalaliMonth.of(end)))


def spread(start: date, end: date, days: int) -> Mapping[JalaliMonth, int]:
    """Return the days of a period by month, in proportion to the days that the period has in each.

    Rounded down in running sums: no month gets more days than the period has in it, and all together get
    exactly `days`, of which the period must have as many. Months that get none are left out.
    """
    months = months_between(start, end)
    lengths = [(min(end, month.last_day) - max(start, month.first_day)).days + 1 for month in months]
    whole = sum(lengths)
    sums = [days * length // whole for length in accumulate(lengths, initial=0)]
    shares = (after - before for before, after in pairwise(sums))
    return {month: share for month, share in zip(months, shares, strict=True) if share}


def disputed_months(objections: Iterable[Objection]) -> Sequence[JalaliMonth]:
    """Return the months that open objections are about, in order, each once."""
    months: set[JalaliMonth] = set()
    for objection in objections:
        months.update(claimed.month for claimed in objection.months)
        if objection.period:
            months.update(months_between(*objection.period))
    return sorted(months)
