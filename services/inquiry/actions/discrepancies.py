"""Discrepancies that institutions report, and what became of them. Called by routes and `objections`.

A report's status is not stored: it follows from the register of objections and from `declined_at`, so a feed
that comes late or twice cannot leave a wrong one.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions.limits import count_report
from services.inquiry.actions.mergers import find_owner
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import encrypt_note, read_note
from services.inquiry.errors import DiscrepancyAnswered
from services.inquiry.models import (
    Discrepancy,
    DiscrepancyStatus,
    Ending,
    Objection,
    ObjectionStatus,
    Outbox,
    Permit,
)
from services.kit.db import read_database_time
from services.kit.endings import add_ending
from services.kit.jalali import JalaliMonth, to_tehran_date
from services.kit.outbox import add_event
from services.kit.paging import fetch_page_by_moment
from services.kit.problems import NotFound, Text, ValidationFailed

NOT_YET = Text(
    "این ماه هنوز نرسیده است. ماه را اصلاح کنید.", "This month has not come yet. Correct the month."
)

_DECIDED = frozenset({ObjectionStatus.ACCEPTED, ObjectionStatus.REJECTED})

log = structlog.get_logger()


@dataclass(frozen=True)
class Reader:
    """Who reads reports: the person whom they are about, or the institution that sent them."""

    person_id: uuid.UUID | None = None
    institution_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Report:
    """A report as one of its two readers sees it.

    Letter, permit and objection belong to the person. They are None for the institution.
    """

    id: uuid.UUID
    inquiry_id: uuid.UUID
    serial: str
    institution: str | None
    month_jalali: str
    text: str = field(repr=False)
    at: datetime
    status: DiscrepancyStatus
    letter_id: uuid.UUID | None = None
    permit_id: uuid.UUID | None = None
    objection_id: uuid.UUID | None = None


def report_discrepancy(
    session: Session,
    peppers: Peppers,
    *,
    institution_id: uuid.UUID,
    inquiry_id: uuid.UUID,
    month: JalaliMonth,
    text: str,
) -> Discrepancy:
    """Return the stored report. The person sees it, and may decline it or object to the record.

    Raises NotFound unless the inquiry is this institution's and was answered. Raises ValidationFailed for a
    month in the future, and TooManyReports past the number of reports about one permit a day.
    """
    row = store.find_answered(session, inquiry_id)
    if row is None or row[0].institution_id != institution_id:
        raise NotFound
    if month > JalaliMonth.from_date(to_tehran_date(read_database_time(session))):
        raise ValidationFailed(("month_jalali", NOT_YET))
    inquiry, permit = row
    count_report(session, peppers, institution_id, permit.id)
    discrepancy = Discrepancy(id=uuid.uuid4(), inquiry=inquiry, month_jalali=str(month))
    discrepancy.text = encrypt_note(peppers, discrepancy.id, text)
    session.add(discrepancy)
    session.flush()
    _add_event(session, "discrepancy.reported", discrepancy)
    return discrepancy


def list_reports(
    session: Session, peppers: Peppers, reader: Reader, *, limit: int, cursor: str | None
) -> tuple[Sequence[Report], str | None]:
    """Return one page of the reports that a reader may see, newest first, and the next page's cursor."""
    rows, next_cursor = fetch_page_by_moment(
        session,
        _select_own(session, reader),
        Discrepancy.at,
        Discrepancy.id,
        name="discrepancies",
        limit=limit,
        cursor=cursor,
    )
    return _describe_reports(session, peppers, reader, rows), next_cursor


def find_report(session: Session, peppers: Peppers, reader: Reader, discrepancy_id: uuid.UUID) -> Report:
    """Return a report. Raises NotFound, also for one that the reader may not see."""
    query = _select_own(session, reader).where(Discrepancy.id == discrepancy_id)
    rows = session.scalars(query).all()
    if not rows:
        raise NotFound
    return _describe_reports(session, peppers, reader, rows)[0]


def decline_report(
    session: Session, peppers: Peppers, person_id: uuid.UUID, discrepancy_id: uuid.UUID
) -> Report:
    """Return a report after its person has declined it: the record is right. Idempotent.

    Raises NotFound for another person's, and DiscrepancyAnswered if an objection came of it.
    """
    reader = Reader(person_id=person_id)
    discrepancy = store.lock_discrepancy(session, discrepancy_id)
    owner_id = find_owner(session, person_id)
    if discrepancy is None or _get_permit(discrepancy).person_id != owner_id:
        raise NotFound
    status = _find_status(
        discrepancy, store.map_objections(session, [discrepancy_id]).get(discrepancy_id, ())
    )
    if status in {DiscrepancyStatus.OBJECTED, DiscrepancyStatus.DECIDED}:
        raise DiscrepancyAnswered(status)
    if status is DiscrepancyStatus.REPORTED:
        discrepancy.declined_at = read_database_time(session)
        session.flush()
        add_ending(session, Ending, "discrepancy.declined", discrepancy_id=discrepancy.id)
        _add_event(session, "discrepancy.declined", discrepancy)
    return find_report(session, peppers, reader, discrepancy_id)


def link_reports(session: Session, objection: Objection, discrepancy_ids: Collection[str]) -> None:
    """Note that an objection came of these reports; those about other people are skipped.

    The first link of an objection cancels an earlier refusal of the report: the person has decided otherwise.
    """
    session.flush()
    for discrepancy_id in map(uuid.UUID, discrepancy_ids):
        discrepancy = store.lock_discrepancy(session, discrepancy_id)
        if discrepancy is None or _get_permit(discrepancy).person_id != objection.person_id:
            log.warning("discrepancy.not-linked", objection=str(objection.id))
        elif store.link_objection(session, discrepancy.id, objection.id):
            discrepancy.declined_at = None


def _select_own(session: Session, reader: Reader) -> sa.Select[Discrepancy]:
    if reader.institution_id:
        return store.select_discrepancies_of(reader.institution_id)
    if reader.person_id is None:
        raise NotFound
    return store.select_discrepancies_about(find_owner(session, reader.person_id))


def _describe_reports(
    session: Session, peppers: Peppers, reader: Reader, rows: Sequence[Discrepancy]
) -> list[Report]:
    objections = store.map_objections(session, [row.id for row in rows])
    return [_describe_report(peppers, reader, row, objections.get(row.id, ())) for row in rows]


def _describe_report(
    peppers: Peppers, reader: Reader, row: Discrepancy, objections: Sequence[Objection]
) -> Report:
    inquiry, permit = row.inquiry, row.inquiry.permit
    assert permit is not None
    report = Report(
        id=row.id,
        inquiry_id=inquiry.id,
        serial=permit.serial,
        institution=inquiry.institution_name,
        month_jalali=row.month_jalali,
        text=read_note(peppers, row.id, row.text),
        at=row.at,
        status=_find_status(row, objections),
    )
    if reader.person_id is None:
        return report
    standing = [one.id for one in objections if one.status is not ObjectionStatus.WITHDRAWN]
    last = standing[-1] if standing else None
    return replace(report, letter_id=permit.letter_id, permit_id=permit.id, objection_id=last)


def _find_status(row: Discrepancy, objections: Sequence[Objection]) -> DiscrepancyStatus:
    """Return what became of a report. A withdrawn objection counts as none."""
    statuses = {objection.status for objection in objections}
    if ObjectionStatus.SUBMITTED in statuses:
        return DiscrepancyStatus.OBJECTED
    if statuses & _DECIDED:
        return DiscrepancyStatus.DECIDED
    return DiscrepancyStatus.DECLINED if row.declined_at else DiscrepancyStatus.REPORTED


def _get_permit(discrepancy: Discrepancy) -> Permit:
    """Return the permit of a report's inquiry. It has one, since only answered inquiries are reported."""
    permit = discrepancy.inquiry.permit
    if permit is None:
        raise NotFound
    return permit


def _add_event(session: Session, name: str, discrepancy: Discrepancy) -> None:
    permit = _get_permit(discrepancy)
    data = {
        "discrepancy_id": str(discrepancy.id),
        "inquiry_id": str(discrepancy.inquiry_id),
        "permit_id": str(permit.id),
        "letter_id": str(permit.letter_id),
        "serial": permit.serial,
        "month_jalali": discrepancy.month_jalali,
        "institution": discrepancy.inquiry.institution_name,
    }
    add_event(session, Outbox, name, subject=permit.person_id, data=data)
