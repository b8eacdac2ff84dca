"""Held rows for officers, who see people's data in them: each look is recorded as an access."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.kit.jalali import format_jalali_date
from services.records.actions.accesses import record_accesses
from services.records.actions.statements import describe_person
from services.records.actions.worker_rows import parse_row
from services.records.errors import HeldRowUnknown
from services.records.lists import WorkerRow
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.models import AccessKind, HeldRow
from services.records.store.identities import fetch_open_proposals_of_rows, find_held_row
from services.records.store.people import (
    KnownPerson,
    fetch_number_owners,
    fetch_survivors_at,
)


def open_held_row(session: Session, held_row_id: uuid.UUID, officer_id: str) -> dict[str, Any]:
    """Return the held row of that id beside what is known. Raises HeldRowUnknown."""
    held_row = find_held_row(session, held_row_id)
    if held_row is None:
        raise HeldRowUnknown
    (document,) = describe_held_rows(session, [held_row], officer_id)
    return document


def describe_held_rows(session: Session, rows: Sequence[HeldRow], officer_id: str) -> list[dict[str, Any]]:
    """Return held rows beside what is known of the people whom they name, and record the accesses."""
    parsed = [parse_row(held_row.content) for held_row in rows]
    people = fetch_survivors_at(
        session, {held_row.person_position for held_row in rows if held_row.person_position is not None}
    )
    owners = fetch_number_owners(session, {row.insurance_number for row in parsed if row.insurance_number})
    proposals = fetch_open_proposals_of_rows(session, rows)
    documents: list[dict[str, Any]] = []
    visible: set[uuid.UUID] = set()
    for held_row, row in zip(rows, parsed, strict=True):
        person = people.get(held_row.person_position) if held_row.person_position is not None else None
        others = [
            owner
            for owner in owners.get(canonicalise_insurance_number(row.insurance_number or ""), ())
            if person is None or owner.position != person.position
        ]
        visible.update(one.id for one in (person, *others[:1]) if one is not None)
        documents.append(
            {
                "id": str(held_row.id),
                "list_id": str(held_row.list.id),
                "month_jalali": str(held_row.list.month),
                "imported_at": held_row.list.imported_at.isoformat(),
                "row": held_row.row,
                "reasons": held_row.reasons,
                "listed": _describe_row(row),
                "known": person and _describe_known(person),
                "number_owner": _describe_known(others[0]) if others else None,
                "status": held_row.status.value,
                "proposal_id": proposals.get(held_row.position),
            }
        )
    record_accesses(session, officer_id, sorted(visible), AccessKind.PROPOSAL)
    return documents


def _describe_known(person: KnownPerson) -> dict[str, Any]:
    return {"id": str(person.id), **describe_person(person)}


def _describe_row(row: WorkerRow) -> dict[str, Any]:
    return {
        "national_code": row.national_code,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "father_name": row.father_name or None,
        "birth_date_jalali": row.birth_date and format_jalali_date(row.birth_date),
        "insurance_number": row.insurance_number,
        "sex": row.sex,
        "foreigner": row.foreigner,
        "job_title": row.job_title,
        "start_date_jalali": row.start_date and format_jalali_date(row.start_date),
        "leave_date_jalali": row.leave_date and format_jalali_date(row.leave_date),
        "days": row.days,
        "wage": row.insurable,
        "premium": row.premium,
        "gross": row.gross,
    }
