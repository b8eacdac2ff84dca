"""Officers' accesses to people's data: each is recorded, the person is notified, and auditors read them all.

Any code that shows an officer a person's data calls `record_access` in the transaction that reads the data.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.kit.logging import get_request_id
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.records.models import Access, AccessKind, Outbox
from services.records.store.accesses import add_list_accesses, select_accesses

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """The accesses that an auditor requests. None matches any; both moments are included."""

    person_id: uuid.UUID | None = None
    officer_id: str | None = None
    first: datetime | None = None
    last: datetime | None = None


def record_access(
    session: Session, officer_id: str, person_id: uuid.UUID, kind: AccessKind, reason: str | None = None
) -> None:
    """Record that an officer sees a person's data, and emit the event for the person.

    The reason is in the officer's own words. A decision and a proposal have none here, since the objection or
    the proposal has it.
    """
    session.execute(
        sa.insert(Access).values(
            officer_id=officer_id,
            person_id=person_id,
            request_id=get_request_id(),
            kind=kind.value,
            reason=reason,
        )
    )
    add_event(
        session, Outbox, "record.viewed", subject=person_id, data={"kind": kind.value, "reason": reason}
    )
    log.info("person.viewed", officer=officer_id, person=str(person_id), kind=kind.value)


def record_accesses(
    session: Session, officer_id: str, person_ids: Iterable[uuid.UUID], kind: AccessKind
) -> None:
    """Record that an officer sees the data of several people, without a reason of its own."""
    for person_id in person_ids:
        record_access(session, officer_id, person_id, kind)


def record_list_access(session: Session, officer_id: str, list_position: int, version: int) -> None:
    """Record that an officer sees the data of everybody in a version of a list, by its file.

    There is no event: a file may name 100,000 people, and shows each of them one month.
    """
    access = {"officer_id": officer_id, "request_id": get_request_id(), "kind": AccessKind.LIST_FILE.value}
    add_list_accesses(session, list_position, version, access)


def list_accesses(
    session: Session, auditor_id: str, access_filter: AccessFilter, *, limit: int, cursor: str | None
) -> tuple[Sequence[Access], str | None]:
    """Return one page of accesses, newest first, and the next page's cursor.

    Reading them shows no person's record, so it is logged and not recorded as an access. Raises
    ValidationFailed for a cursor of another list.
    """
    query = select_accesses(
        access_filter.person_id, access_filter.officer_id, access_filter.first, access_filter.last
    )
    accesses, next_cursor = fetch_page(
        session, query, Access.position, name="accesses", limit=limit, cursor=cursor
    )
    log.info("accesses.read", officer=auditor_id, accesses=len(accesses))
    return accesses, next_cursor
