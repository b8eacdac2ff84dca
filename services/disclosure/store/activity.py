"""What happened to people: the lines of their activity pages."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.disclosure.models import Activity, ActivityGap
from services.kit.jalali import TEHRAN, JalaliMonth
from services.kit.text import NotDigits, normalise_code, normalise_digits, to_persian_digits

LOOK = "inquiry.answered"
RECORD_CHANGED = "record.changed"
IDENTITY_CHANGED = frozenset({"person.corrected", "person.merged"})
# The references in which words are looked for.
SEARCHED = ("institution", "claimed_institution", "serial", "tracking_number", "reason", "note")
# What looks of one item have in common: the claims of inquirers by form are not one institution.
SAME_LOOKER = ("permit_id", "institution", "claimed_institution")
# Of `sort_key`: 1,024 for each microsecond. Tehran is 3:30 hours ahead, without summer time since 2022.
_SECOND = 1_000_000 * 1024
_DAY, _OFFSET = 86_400 * _SECOND, 12_600 * _SECOND


def select_activity(person_id: uuid.UUID, kinds: Iterable[str]) -> sa.Select[Activity]:
    """Return the query of what happened to a person, of some kinds."""
    return sa.select(Activity).where(Activity.person_id == person_id, Activity.kind.in_(kinds))


def limit_to_month(query: sa.Select[Activity], month: JalaliMonth) -> sa.Select[Activity]:
    """Return the query of what happened in a month in Tehran."""
    start, end = _find_bounds(month)
    return query.where(Activity.at >= start, Activity.at < end)


def _find_bounds(month: JalaliMonth) -> tuple[datetime, datetime]:
    """Return when a month begins and ends in Tehran."""
    # The calendar's last month has no next one.
    first, last = month.first_day, month.last_day + timedelta(days=1)
    return datetime.combine(first, time.min, TEHRAN), datetime.combine(last, time.min, TEHRAN)


def find_words(query: sa.Select[Activity], words: str, kinds: Collection[str]) -> sa.Select[Activity]:
    """Return the query of lines whose references have these words, or that are of these kinds."""
    matches = [
        _read(Activity, name).icontains(spelling, autoescape=True)
        for name in SEARCHED
        for spelling in _list_spellings(words)
    ]
    return query.where(sa.or_(Activity.kind.in_(kinds), *matches))


def _list_spellings(words: str) -> Sequence[str]:
    """Return words in Latin and in Persian digits; numbers also without the gaps that people type."""
    latin = normalise_digits(words)
    spellings = {words, latin, to_persian_digits(latin)}
    with suppress(NotDigits):
        spellings.add(normalise_code(words))
    return sorted(spellings)


def keep_newest_looks(query: sa.Select[Activity]) -> sa.Select[Activity]:
    """Return the query without the looks after which the same institution looked again on that day."""
    newer = aliased(Activity)
    is_repeated = sa.exists().where(
        newer.person_id == Activity.person_id,
        newer.kind == LOOK,
        newer.sort_key > Activity.sort_key,
        newer.sort_key < (_get_day(Activity) + 1) * _DAY - _OFFSET,
        *(_read(newer, name) == _read(Activity, name) for name in SAME_LOOKER),
    )
    return query.where(sa.or_(Activity.kind != LOOK, ~is_repeated))


def count_looks(
    session: Session, person_id: uuid.UUID, newest: Iterable[Activity]
) -> Mapping[uuid.UUID, int]:
    """Return how many looks each of these stands for: those of its day, permit and institution up to it."""
    ids = [line.id for line in newest if line.kind == LOOK]
    first = aliased(Activity)
    rows = session.execute(
        sa.select(Activity.id, sa.func.count().label("looks"))
        .join(
            first,
            sa.and_(
                first.person_id == person_id,
                first.kind == LOOK,
                first.sort_key <= Activity.sort_key,
                first.sort_key >= _get_day(Activity) * _DAY - _OFFSET,
                *(_read(first, name) == _read(Activity, name) for name in SAME_LOOKER),
            ),
        )
        .where(Activity.id.in_(ids))
        .group_by(Activity.id)
    )
    return {row.id: row.looks for row in rows}


def _get_day(line: Any) -> sa.ColumnElement[int]:
    """Return the number of the day in Tehran."""
    sort_key: sa.ColumnElement[int] = line.sort_key
    return (sort_key + _OFFSET) // _DAY


def _read(line: Any, name: str) -> sa.ColumnElement[str]:
    """Return a reference of a line as text, empty without it."""
    return sa.func.coalesce(line.references[name].as_string(), "")


def add_gap(session: Session, source: str, kinds: Iterable[str]) -> None:
    """Note that lines of these kinds may be missing from the newest one that has arrived until now."""
    # In order of arrival, which has an index: the newest ones are other services' only for a while.
    newest = (
        sa.select(Activity.at).where(Activity.kind.in_(kinds)).order_by(Activity.position.desc()).limit(1)
    )
    session.add(ActivityGap(source=source, since=session.scalars(newest).one_or_none()))


def list_gaps(session: Session, month: JalaliMonth | None = None) -> Sequence[ActivityGap]:
    """Return the times of which lines may be missing, newest first: all, or those that touch a month."""
    query = sa.select(ActivityGap).order_by(ActivityGap.position.desc())
    if month is not None:
        start, end = _find_bounds(month)
        query = query.where(
            ActivityGap.until >= start, sa.or_(ActivityGap.since.is_(None), ActivityGap.since < end)
        )
    return session.scalars(query).all()


# Every letter needs this query, and building a statement costs about as much as executing it.
_CHANGES = sa.select(Activity.kind, Activity.at, Activity.references).where(
    Activity.person_id == sa.bindparam("person_id"),
    Activity.kind.in_((RECORD_CHANGED, *IDENTITY_CHANGED)),
    Activity.at > sa.bindparam("since"),
)


class Changes(NamedTuple):
    """What changed of a person: when which months of the record, and when the identity."""

    months: Sequence[tuple[datetime, str]]
    identity: Sequence[datetime]


def list_changes(session: Session, person_id: uuid.UUID, since: datetime) -> Changes:
    """Return what changed of a person after a moment, by the events so far."""
    rows = session.connection().execute(_CHANGES, {"person_id": person_id, "since": since}).all()
    months = [
        (row.at, month)
        for row in rows
        if row.kind == RECORD_CHANGED and (month := row.references.get("month_jalali")) is not None
    ]
    return Changes(months, [row.at for row in rows if row.kind in IDENTITY_CHANGED])
