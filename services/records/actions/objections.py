"""A person objects to their own record: first a draft, then a submitted objection that officers decide about.

Every change locks the person's row, so simultaneous requests of one person are serialised.
"""

import secrets
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.endings import add_ending
from services.kit.jalali import JalaliMonth, to_tehran_date
from services.kit.outbox import add_event
from services.kit.problems import Text, ValidationFailed
from services.kit.text import to_persian_digits
from services.kit.validation import MAX_ERRORS
from services.records.actions import decision_proposals
from services.records.actions.corrections import (
    WorkshopMonth,
    list_disputed_months,
    list_months_between,
    read_months,
    sum_recorded_days,
)
from services.records.actions.files import release_files
from services.records.actions.identity_claims import check_identity, compare_identity
from services.records.errors import ObjectionOpen, ObjectionStatusDiffers, ObjectionUnknown
from services.records.models import (
    ClaimedMonth,
    Ending,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    Outbox,
    Person,
)
from services.records.store.objections import (
    OPEN,
    find_objection,
    find_objection_of_kind,
    is_tracking_number_taken,
)
from services.records.store.people import lock_person

# Years from the first to this one that a letter can print.
MAX_YEARS = 80
# Collisions among 9 * 10**11 numbers are rare; three in a row mean a bug.
NUMBER_TRIES = 3

IN_FUTURE = Text(
    "این تاریخ هنوز نیامده است. حداکثر امروز را بنویسید.", "This is yet to come. Write today at the latest."
)
TOO_EARLY = Text(
    f"این تاریخ پیش از تولد شما یا بیش از {to_persian_digits(MAX_YEARS)} سال پیش است. آن را بررسی کنید.",
    f"This is before your birth or more than {MAX_YEARS} years ago. Check it.",
)
KIND_STAYS = Text(
    "نوع اعتراض عوض نمی‌شود. پیش‌نویس تازه‌ای بسازید.", "A draft keeps its kind. Make a new draft instead."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MonthClaim:
    """The days that a person claims for a month and workshop that are in lists."""

    month: JalaliMonth
    workshop_code: str
    days: int


@dataclass(frozen=True, slots=True)
class PeriodClaim:
    """A period that no list contains; `days` of it were worked."""

    workshop_name: str
    city: str
    start: date
    end: date
    days: int
    workshop_code: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The content of an objection: months of the kind `days`, a missing period, or fields of the identity.

    `discrepancy_ids` are the reports of institutions that it came of. Only inquiry knows whose they are.
    """

    text: str
    months: Sequence[MonthClaim] = ()
    period: PeriodClaim | None = None
    identity: Mapping[str, Any] | None = None
    discrepancy_ids: Sequence[str] = ()

    @property
    def kind(self) -> ObjectionKind:
        if self.identity:
            return ObjectionKind.IDENTITY
        return ObjectionKind.MISSING_PERIOD if self.period else ObjectionKind.DAYS


def draft_objection(session: Session, person: Person, claim: Claim) -> Objection:
    """Return a new draft, which replaces an older one of its kind.

    Raises ObjectionOpen while an objection of that kind is undecided, and ValidationFailed.
    """
    lock_person(session, person.position)
    if find_objection_of_kind(session, person, claim.kind, OPEN):
        raise ObjectionOpen
    older = find_objection_of_kind(session, person, claim.kind, [ObjectionStatus.DRAFT])
    if older:
        release_files(session, [one.object_key for one in older.attachments])
        session.delete(older)
        session.flush()
    draft = Objection(person=person, kind=claim.kind)
    _write_claim(session, draft, claim)
    session.add(draft)
    session.flush()
    log.info("objection.drafted", objection=str(draft.id), kind=draft.kind.value)
    return draft


def update_draft(session: Session, person: Person, objection_id: uuid.UUID, claim: Claim) -> Objection:
    """Return the draft with another claim. Raises as `lock_draft` does, and ValidationFailed."""
    draft = lock_draft(session, person, objection_id)
    if claim.kind is not draft.kind:
        raise ValidationFailed(("kind", KIND_STAYS))
    _write_claim(session, draft, claim)
    session.flush()
    return draft


def delete_draft(session: Session, person: Person, objection_id: uuid.UUID) -> None:
    """Delete a draft with its attachments. Raises as `lock_draft` does."""
    draft = lock_draft(session, person, objection_id)
    add_ending(session, Ending, "draft.deleted", objection_id=draft.id)
    remove_draft(session, draft)


def submit_draft(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return the submitted objection with its tracking number. Raises as `lock_draft` does."""
    objection = lock_draft(session, person, objection_id)
    number, now = _generate_tracking_number(session), read_database_time(session)
    objection.status = ObjectionStatus.SUBMITTED
    objection.tracking_number = number
    objection.submitted_at = objection.stated_at = now
    session.flush()
    add_objection_event(session, "objection.submitted", objection)
    log.info("objection.submitted", objection=str(objection.id))
    return objection


def withdraw_objection(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own objection after its withdrawal; a decision that was only proposed is void.

    Raises as `lock_own_objection` does: a decided objection cannot be withdrawn.
    """
    objection = lock_own_objection(session, person, objection_id, OPEN)
    add_ending(session, Ending, "objection.withdrawn", objection_id=objection.id)
    return end_objection(session, objection)


def remove_draft(session: Session, draft: Objection) -> None:
    """Delete a locked draft with its attachments."""
    release_files(session, [one.object_key for one in draft.attachments])
    session.delete(draft)


def end_objection(session: Session, objection: Objection) -> Objection:
    """Return a locked open objection after its withdrawal."""
    decision_proposals.invalidate_decision(session, objection)
    objection.status, objection.withdrawn_at = ObjectionStatus.WITHDRAWN, read_database_time(session)
    objection.accept = objection.reason = objection.proposed_by = objection.proposed_at = None
    session.flush()
    add_objection_event(session, "objection.withdrawn", objection)
    log.info("objection.withdrawn", objection=str(objection.id))
    return objection


def find_own_objection(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own objection. Raises ObjectionUnknown, also for another person's objection."""
    objection = find_objection(session, objection_id)
    if objection is None or objection.person_position != person.position:
        raise ObjectionUnknown
    return objection


def lock_draft(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own draft, and lock the person's row. Raises as `lock_own_objection` does."""
    return lock_own_objection(session, person, objection_id, (ObjectionStatus.DRAFT,))


def lock_own_objection(
    session: Session, person: Person, objection_id: uuid.UUID, statuses: Collection[ObjectionStatus]
) -> Objection:
    """Return a person's own objection in one of these statuses, and lock the person's row.

    Raises ObjectionUnknown, ObjectionStatusDiffers.
    """
    lock_person(session, person.position)
    objection = find_own_objection(session, person, objection_id)
    if objection.status not in statuses:
        raise ObjectionStatusDiffers(objection.status)
    return objection


def add_objection_event(session: Session, name: str, objection: Objection, **more: str) -> None:
    """Add an event about an objection: for the person's activity, and for answers to institutions."""
    data = {
        "objection_id": str(objection.id),
        "tracking_number": objection.tracking_number,
        "kind": objection.kind.value,
        "months": list_month_names(objection),
        **more,
    }
    if objection.discrepancy_ids:
        data["discrepancy_ids"] = objection.discrepancy_ids
    add_event(session, Outbox, name, subject=objection.person.id, data=data)


def list_month_names(objection: Objection) -> list[str]:
    """Return the months that an objection is about, sorted, as events have them."""
    return [str(month) for month in list_disputed_months([objection])]


def _generate_tracking_number(session: Session) -> str:
    """Return twelve random digits, the first of them never zero: spreadsheets would drop it."""
    numbers = (str(10**11 + secrets.randbelow(9 * 10**11)) for _ in range(NUMBER_TRIES))
    return next(number for number in numbers if not is_tracking_number_taken(session, number))


def _write_claim(session: Session, draft: Objection, claim: Claim) -> None:
    recorded = sum_recorded_days(read_months(session, draft.person))
    today = to_tehran_date(read_database_time(session))
    errors = [*_check_months(claim.months, recorded, today)]
    if claim.period:
        errors += _check_period(claim.period, recorded, draft.person, today)
    if claim.identity:
        errors += check_identity(claim.identity, draft.person, today)
    if errors:
        raise ValidationFailed(*errors[:MAX_ERRORS])
    draft.text, draft.discrepancy_ids = claim.text, list(claim.discrepancy_ids) or None
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
    if claim.identity:
        draft.identity = compare_identity(claim.identity, draft.person)


def _check_months(
    months: Sequence[MonthClaim], recorded: Mapping[WorkshopMonth, int], today: date
) -> Iterator[tuple[str, Text]]:
    for index, claimed in enumerate(months):
        if claimed.month > JalaliMonth.from_date(today):
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


def _check_period(
    period: PeriodClaim, recorded: Mapping[WorkshopMonth, int], person: Person, today: date
) -> Iterator[tuple[str, Text]]:
    if period.end > today:
        yield "end_jalali", IN_FUTURE
    oldest_year = JalaliMonth.from_date(today).year - MAX_YEARS + 1
    too_old = JalaliMonth.from_date(period.start).year < oldest_year
    if too_old or (person.birth_date and period.start < person.birth_date):
        yield "start_jalali", TOO_EARLY
    for month in list_months_between(period.start, period.end):
        if period.workshop_code and (month, period.workshop_code) in recorded:
            yield (
                "workshop_code",
                Text(
                    f"این کارگاه در {month.words} برای شما سابقه دارد. برای آن ماه به روزها اعتراض کنید.",
                    f"This workshop has a record of you in {month.words_en}. Object to the days of it.",
                ),
            )
            return
