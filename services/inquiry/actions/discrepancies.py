"""Discrepancies that institutions report. Called by the route /discrepancies."""

import uuid

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import encrypt_note
from services.inquiry.models import Discrepancy, Outbox
from services.kit.db import read_database_time
from services.kit.jalali import JalaliMonth, to_tehran_date
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Text, ValidationFailed

NOT_YET = Text(
    "این ماه هنوز نرسیده است. ماه را اصلاح کنید.", "This month has not come yet. Correct the month."
)


def report_discrepancy(
    session: Session,
    peppers: Peppers,
    *,
    institution_id: uuid.UUID,
    inquiry_id: uuid.UUID,
    month: JalaliMonth,
    text: str,
) -> Discrepancy:
    """Return the stored report. The person sees it among the activities.

    Raises NotFound unless the inquiry is this institution's and was answered. Raises ValidationFailed for a
    month in the future.
    """
    row = store.find_answered(session, inquiry_id)
    if row is None or row[0].institution_id != institution_id:
        raise NotFound
    if month > JalaliMonth.from_date(to_tehran_date(read_database_time(session))):
        raise ValidationFailed(("month_jalali", NOT_YET))
    inquiry, permit = row
    discrepancy = Discrepancy(id=uuid.uuid4(), inquiry_id=inquiry.id, month_jalali=str(month))
    discrepancy.text = encrypt_note(peppers, discrepancy.id, text)
    session.add(discrepancy)
    session.flush()
    data = {
        "discrepancy_id": str(discrepancy.id),
        "inquiry_id": str(inquiry.id),
        "permit_id": str(permit.id),
        "letter_id": str(permit.letter_id),
        "serial": permit.serial,
        "month_jalali": discrepancy.month_jalali,
        "institution": inquiry.institution_name,
    }
    add_event(session, Outbox, "discrepancy.reported", subject=permit.person_id, data=data)
    return discrepancy
