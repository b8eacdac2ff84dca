"""Officers' looks at people's data: each is written down, told to the person, and read by those who audit.

Whatever shows an officer a person's data calls `write_look` in the transaction that reads the data.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.kit.logging import current_request_id
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.records.models import Access, LookKind, Outbox
from services.records.store.accesses import select_looks

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which looks an auditor asks for; None is any. Both moments are included."""

    person_id: uuid.UUID | None = None
    officer_id: str | None = None
    first: datetime | None = None
    last: datetime | None = None


def write_look(
    session: Session, officer_id: str, person_id: uuid.UUID, kind: LookKind, reason: str | None = None
) -> None:
    """Write down that an officer sees a person's data, and emit the event for the person.

    The reason is the officer's own words; a decision, which has its reason in the objection, comes without.
    """
    session.execute(
        sa.insert(Access).values(
            officer_id=officer_id,
            person_id=person_id,
            request_id=current_request_id(),
            kind=kind.value,
            reason=reason,
        )
    )
    add_event(
        session, Outbox, "record.viewed", subject=person_id, data={"kind": kind.value, "reason": reason}
    )
    log.info("person.viewed", officer=officer_id, person=str(person_id), kind=kind.value)


def list_looks(
    session: Session, auditor_id: str, wanted: Wanted, *, limit: int, cursor: str | None
) -> tuple[Sequence[Access], str | None]:
    """Return one page of looks, newest first, and the next page's cursor.

    Raises ValidationFailed for a cursor of another list. Reading them shows nobody's record, so it is a line
    of the log and no look.
    """
    query = select_looks(wanted.person_id, wanted.officer_id, wanted.first, wanted.last)
    looks, following = fetch_page(
        session, query, Access.position, name="accesses", limit=limit, cursor=cursor
    )
    log.info("accesses.read", officer=auditor_id, looks=len(looks))
    return looks, following
