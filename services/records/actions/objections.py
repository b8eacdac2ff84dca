"""A person objects to the own record: a draft, then what officers decide about.

Everything here holds the person's row, so that of two requests at once one comes after the other.
"""

import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.orm import Session

from services.kit.db import database_time
from services.kit.jalali import JalaliMonth, tehran_date
from services.kit.outbox import add_event
from services.kit.problems import Text, ValidationFailed
from services.kit.text import persian_digits
from services.kit.validation import MAX_ERRORS
from services.records.actions.corrections import Place, months_between, read_months, recorded_days
from services.records.errors import ObjectionOpen, ObjectionStatusDiffers, ObjectionUnknown
from services.records.models import ClaimedMonth, Objection, ObjectionKind, ObjectionStatus, Outbox, Person
from services.records.store.objections import OPEN, find_objection, find_of_kind, is_taken
from services.records.store.people import lock_person

# Years from the first to this one that a letter can print.
MOST_YEARS = 80
# Two of 9 * 10**11 numbers are hardly ever the same; three times in a row means a bug.
NUMBER_TRIES = 3

IN_FUTURE = Text(
    "این تاریخ هنوز نیامده است. حداکثر امروز را بنویسید.", "This is yet to come. Write today at the latest."
)
TOO_EARLY = Text(
    f"این تاریخ پیش از تولد شما یا بیش از {persian_digits(MOST_YEARS)} سال پیش است. آن را بررسی کنید.",
    f"This is before your birth or more than {MOST_YEARS} years ago. Check it.",
)
KIND_STAYS = Text(
    "نوع اعتراض عوض نمی‌شود. پیش‌نویس تازه‌ای بسازید.", "A draft keeps its kind. Make a new draft instead."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MonthClaim:
    """The days that a person says were worked in a month and workshop that lists know."""

    month: JalaliMonth
    workshop_code: str
    days: int


@dataclass(frozen=True, slots=True)
class PeriodClaim:
    """A period that no list knows; `days` of it were worked."""

    workshop_name: str
    city: str
    start: date
    end: date
    days: int
    workshop_code: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a person says: months of the kind `days`, or a missing period."""

    text: str
    months: Sequence[MonthClaim] = ()
    period: PeriodClaim | None = None

    @property
    def kind(self) -> ObjectionKind:
        return ObjectionKind.MISSING_PERIOD if self.period else ObjectionKind.DAYS


def draft_objection(session: Session, person: Person, claim: Claim) -> Objection:
    """Return a new draft in the place of an older one of its kind.

    Raises ObjectionOpen while one of that kind is undecided, ValidationFailed.
    """
    lock_person(session, person.position)
    if find_of_kind(session, person, claim.kind, OPEN):
        raise ObjectionOpen
    older = find_of_kind(session, person, claim.kind, [ObjectionStatus.DRAFT])
    if older:
        session.delete(older)
        session.flush()
    draft = Objection(person=person, kind=claim.kind)
    _write(session, draft, claim)
    session.add(draft)
    session.flush()
    log.info("objection.drafted", objection=str(draft.id), kind=draft.kind.value)
    return draft


def rewrite_draft(session: Session, person: Person, objection_id: uuid.UUID, claim: Claim) -> Objection:
    """Return the draft with another claim. Raises what `find_draft` does, ValidationFailed."""
    draft = find_draft(session, person, objection_id)
    if claim.kind is not draft.kind:
        raise ValidationFailed(("kind", KIND_STAYS))
    _write(session, draft, claim)
    session.flush()
    return draft


def delete_draft(session: Session, person: Person, objection_id: uuid.UUID) -> None:
    """Forget a draft. Raises what `find_draft` does."""
    session.delete(find_draft(session, person, objection_id))


def submit_draft(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return the objection, now with a tracking number and undecided. Raises what `find_draft` does."""
    objection = find_draft(session, person, objection_id)
    number, now = _new_tracking_number(session), database_time(session)
    objection.status = ObjectionStatus.SUBMITTED
    objection.tracking_number, objection.submitted_at = number, now
    session.flush()
    tell(session, "objection.submitted", objection)
    log.info("objection.submitted", objection=str(objection.id))
    return objection


def find_own(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own objection. Raises ObjectionUnknown, also for what is another's."""
    objection = find_objection(session, objection_id)
    if objection is None or objection.person_position != person.position:
        raise ObjectionUnknown
    return objection


def find_draft(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own draft, held. Raises ObjectionUnknown, ObjectionStatusDiffers."""
    lock_person(session, person.position)
    objection = find_own(session, person, objection_id)
    if objection.status is not ObjectionStatus.DRAFT:
        raise ObjectionStatusDiffers(objection.status)
    return objection


def tell(session: Session, name: str, objection: Objection, **more: str) -> None:
    """Emit an event about an objection to the person's activity."""
    data = {
        "objection_id": str(objection.id),
        "tracking_number": objection.tracking_number,
        "kind": objection.kind.value,
        **more,
    }
    add_event(session, Outbox, name, subject=objection.person.id, data=data)


def _new_tracking_number(session: Session) -> str:
    """Twelve random digits, the first never zero: spreadsheets would drop it."""
    drawn = (str(10**11 + secrets.randbelow(9 * 10**11)) for _ in range(NUMBER_TRIES))
    return next(number for number in drawn if not is_taken(session, number))


def _write(session: Session, draft: Objection, claim: Claim) -> None:
    recorded = recorded_days(read_months(session, draft.person))
    today = tehran_date(database_time(session))
    wrong = [*_wrong_months(claim.months, recorded, today)]
    if claim.period:
        wrong += _wrong_period(claim.period, recorded, draft.person, today)
    if wrong:
        raise ValidationFailed(*wrong[:MAX_ERRORS])
    draft.text = claim.text
    draft.months = [
        ClaimedMonth(
            month=claimed.month,
            workshop_code=claimed.workshop_code,
            days=claimed.days,
            recorded_days=recorded[claimed.month, claimed.workshop_code],
        )
        for claimed in claim.months
    ]
    if claim.period:
        draft.workshop_name, draft.workshop_code = claim.period.workshop_name, claim.period.workshop_code
        draft.city, draft.days = claim.period.city, claim.period.days
        draft.start_date, draft.end_date = claim.period.start, claim.period.end


def _wrong_months(
    months: Sequence[MonthClaim], recorded: Mapping[Place, int], today: date
) -> Iterator[tuple[str, Text]]:
    for index, claimed in enumerate(months):
        if claimed.month > JalaliMonth.of(today):
            yield f"months.{index}.month_jalali", IN_FUTURE
        elif (claimed.month, claimed.workshop_code) not in recorded:
            yield (
                f"months.{index}.workshop_code",
                Text(
                    f"این کارگاه در {claimed.month.words} برای شما سابقه‌ای ندارد. کد را بررسی کنید یا"
                    " اعتراض به دوره جاافتاده ثبت کنید.",
                    f"This workshop has no record of you in {claimed.month.words_en}. Check the code, or"
                    " object to a missing period.",
                ),
            )


def _wrong_period(
    period: PeriodClaim, recorded: Mapping[Place, int], person: Person, today: date
) -> Iterator[tuple[str, Text]]:
    if period.end > today:
        yield "end_jalali", IN_FUTURE
    oldest_year = JalaliMonth.of(today).year - MOST_YEARS + 1
    too_old = JalaliMonth.of(period.start).year < oldest_year
    if too_old or (person.birth_date and period.start < person.birth_date):
        yield "start_jalali", TOO_EARLY
    for month in months_between(period.start, period.end):
        if period.workshop_code and (month, period.workshop_code) in recorded:
            yield (
                "workshop_code",
                Text(
                    f"این کارگاه در {month.words} برای شما سابقه دارد. برای آن ماه به روزها اعتراض کنید.",
                    f"This workshop has a record of you in {month.words_en}. Object to the days of it.",
                ),
            )
            return
