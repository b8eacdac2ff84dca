"""Accepted lists and their workshops."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.kit.jalali import JalaliMonth
from services.records.models import ImportedList, Workshop
from services.records.store.upserts import build_insert


def save_workshop(session: Session, code: str, name: str, address: str, month: JalaliMonth) -> int:
    """Return the position of the workshop of that code. Add it, or rename it if this month is its latest."""
    insert = build_insert(session, Workshop).values(code=code, name=name, address=address, named_in=month)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[Workshop.code],
            set_={"name": insert.excluded.name, "address": insert.excluded.address, "named_in": month},
            where=Workshop.named_in <= month,
        )
    )
    return session.scalars(sa.select(Workshop.position).where(Workshop.code == code)).one()


def add_list(session: Session, values: dict[str, Any]) -> ImportedList | None:
    """Return the added list, or None if its workshop, month and number are taken.

    Waits for another import of the same list that has not ended yet.
    """
    position = session.scalars(
        build_insert(session, ImportedList)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=[ImportedList.workshop_position, ImportedList.month, ImportedList.list_number]
        )
        .returning(ImportedList.position)
    ).one_or_none()
    return None if position is None else session.get_one(ImportedList, position)


def find_list_by_number(
    session: Session, workshop_position: int, month: JalaliMonth, list_number: str
) -> ImportedList:
    """Return the accepted list of that workshop, month and number, which must exist."""
    return session.scalars(
        sa.select(ImportedList).where(
            ImportedList.workshop_position == workshop_position,
            ImportedList.month == month,
            ImportedList.list_number == list_number,
        )
    ).one()


def find_list(session: Session, list_id: uuid.UUID) -> ImportedList | None:
    """Return the accepted list of that id with its workshop, or None."""
    return session.scalars(select_lists().where(ImportedList.id == list_id)).one_or_none()


def select_lists() -> sa.Select[ImportedList]:
    """Return the query of all accepted lists, each with its workshop."""
    return sa.select(ImportedList).options(joinedload(ImportedList.workshop))
