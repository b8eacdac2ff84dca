"""Accepted lists and the workshops they came from."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.kit.jalali import JalaliMonth
from services.records.models import ImportedList, Workshop
from services.records.store.upserts import insert_into


def settle_workshop(session: Session, code: str, name: str, address: str, month: JalaliMonth) -> int:
    """Return the position of the workshop of that code, added or renamed if this month is its newest."""
    insert = insert_into(session, Workshop).values(code=code, name=name, address=address, named_in=month)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[Workshop.code],
            set_={"name": insert.excluded.name, "address": insert.excluded.address, "named_in": month},
            where=Workshop.named_in <= month,
        )
    )
    return session.scalars(sa.select(Workshop.position).where(Workshop.code == code)).one()


def add_list(session: Session, values: dict[str, Any]) -> ImportedList | None:
    """Return the added list, or None when its workshop, month and number are taken.

    Another import of the same list that has not ended yet is waited for.
    """
    position = session.scalars(
        insert_into(session, ImportedList)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=[ImportedList.workshop_position, ImportedList.month, ImportedList.list_number]
        )
        .returning(ImportedList.position)
    ).one_or_none()
    return None if position is None else session.get_one(ImportedList, position)


def find_list_at(
    session: Session, workshop_position: int, month: JalaliMonth, list_number: str
) -> ImportedList:
    """Return the accepted list of that workshop, month and number; there must be one."""
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
