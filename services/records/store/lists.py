"""Accepted lists and their workshops."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.kit.jalali import JalaliMonth
from services.kit.text import fold_name
from services.records.lists.canonical import (
    canonicalise_list_number,
    canonicalise_workshop_code,
    list_number_spellings,
    list_workshop_code_spellings,
)
from services.records.models import ImportedList, Workshop
from services.records.store.file_words import is_named
from services.records.store.upserts import build_insert


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The lists that an officer requests. None matches any.

    A part of the workshop's name is enough, and so are the beginnings of words of the files' name.
    """

    workshop_code: str | None = None
    month: JalaliMonth | None = None
    list_number: str | None = None
    workshop_name: str | None = None
    file: str | None = None


ALL_LISTS = ListFilter()


def save_workshop(session: Session, code: str, name: str, address: str, month: JalaliMonth) -> int:
    """Return the position of the workshop of that canonical code.

    Add it, or rename it if this month is its latest.
    """
    naming = {"name": name, "address": address, "named_in": month, "folded_name": fold_name(name)}
    position = find_workshop(session, code)
    if position is not None:
        session.execute(
            sa.update(Workshop)
            .where(Workshop.position == position, Workshop.named_in <= month)
            .values(naming)
        )
        return position
    insert = build_insert(session, Workshop).values(code=code, canonical_code=code, **naming)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[Workshop.code], set_=naming, where=Workshop.named_in <= month
        )
    )
    return session.scalars(sa.select(Workshop.position).where(Workshop.code == code)).one()


def find_workshop(session: Session, code: str) -> int | None:
    """Return the position of the workshop of that canonical code, None if no list has named it.

    Of several, which older code has stored under different spellings, it is the one with the canonical code.
    """
    return session.scalars(
        sa.select(Workshop.position)
        .where(Workshop.code.in_(list_workshop_code_spellings(code)))
        .order_by(Workshop.canonical_code.is_(None), Workshop.position)
        .limit(1)
    ).one_or_none()


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


def list_by_number(
    session: Session, workshop_code: str, month: JalaliMonth, list_number: str
) -> Sequence[ImportedList]:
    """Return the lists of that workshop, month and number in any spelling, the oldest first.

    There are several only if older code has stored them under different spellings.
    """
    return session.scalars(
        sa.select(ImportedList)
        .join(Workshop, Workshop.position == ImportedList.workshop_position)
        .where(
            Workshop.code.in_(list_workshop_code_spellings(workshop_code)),
            ImportedList.month == month,
            ImportedList.list_number.in_(list_number_spellings(list_number)),
        )
        .order_by(ImportedList.position)
    ).all()


def list_by_numbers(
    session: Session, numbers: Collection[tuple[str, JalaliMonth, str]]
) -> dict[tuple[str, JalaliMonth, str], list[ImportedList]]:
    """Return the lists of these workshops, months and numbers, each in any spelling, the oldest first."""
    rows = session.execute(
        sa.select(Workshop.code, ImportedList)
        .join(ImportedList, ImportedList.workshop_position == Workshop.position)
        .where(
            Workshop.code.in_({one for code, _, _ in numbers for one in list_workshop_code_spellings(code)}),
            ImportedList.month.in_({month for _, month, _ in numbers}),
        )
        .order_by(ImportedList.position)
    )
    by_number: dict[tuple[str, JalaliMonth, str], list[ImportedList]] = {}
    for code, imported in rows:
        number = canonicalise_list_number(imported.list_number)
        key = canonicalise_workshop_code(code), imported.month, number
        by_number.setdefault(key, []).append(imported)
    return by_number


def add_lists(session: Session, rows: Sequence[dict[str, Any]]) -> Sequence[ImportedList]:
    """Return the added lists in this order. Raises IntegrityError if the number of one is taken."""
    return session.scalars(
        sa.insert(ImportedList).returning(ImportedList, sort_by_parameter_order=True), rows
    ).all()


def lock_list(session: Session, position: int) -> ImportedList:
    """Return a list as it is now, locked until the transaction ends."""
    return session.scalars(
        sa.select(ImportedList)
        .where(ImportedList.position == position)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_list_by_id(session: Session, list_id: uuid.UUID) -> ImportedList | None:
    """Return the list of that id as it is now, locked until the transaction ends, or None."""
    position = session.scalars(
        sa.select(ImportedList.position).where(ImportedList.id == list_id)
    ).one_or_none()
    return None if position is None else lock_list(session, position)


def find_list(session: Session, list_id: uuid.UUID) -> ImportedList | None:
    """Return the accepted list of that id with its workshop, or None."""
    return session.scalars(select_lists(session).where(ImportedList.id == list_id)).one_or_none()


def select_lists(session: Session, list_filter: ListFilter = ALL_LISTS) -> sa.Select[ImportedList]:
    """Return the query of the accepted lists that a filter lets pass, each with its workshop."""
    query = sa.select(ImportedList).options(joinedload(ImportedList.workshop))
    workshops: list[sa.ColumnElement[bool]] = []
    if list_filter.workshop_code is not None:
        code = canonicalise_workshop_code(list_filter.workshop_code)
        workshops.append(Workshop.code.in_(list_workshop_code_spellings(code)))
    if list_filter.workshop_name is not None:
        key = fold_name(list_filter.workshop_name)
        workshops.append(Workshop.folded_name.contains(key, autoescape=True))
    if workshops:
        named = sa.select(Workshop.position).where(*workshops)
        query = query.where(ImportedList.workshop_position.in_(named))
    if list_filter.month is not None:
        query = query.where(ImportedList.month == list_filter.month)
    if list_filter.list_number is not None:
        query = query.where(ImportedList.list_number.in_(list_number_spellings(list_filter.list_number)))
    if list_filter.file is not None:
        query = query.where(is_named(session, list_filter.file))
    return query


def fold_workshop_names(session: Session, limit: int) -> int:
    """Fill the folded names of workshops of older code; return how many were filled."""
    unfolded = sa.select(Workshop).where(Workshop.folded_name.is_(None)).order_by(Workshop.position)
    workshops = session.scalars(unfolded.limit(limit).with_for_update(skip_locked=True)).all()
    for workshop in workshops:
        workshop.folded_name = fold_name(workshop.name)
    return len(workshops)
