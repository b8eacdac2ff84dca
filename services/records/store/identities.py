"""Held rows, and the values of lists that differ from what is known of their people."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.kit.jalali import JalaliMonth
from services.records.models import (
    Contribution,
    FormerHeldRow,
    HeldRow,
    HeldRowStatus,
    IdentityDifference,
    ImportedList,
    Proposal,
    ProposalKind,
    ProposalStatus,
)
from services.records.store.upserts import insert_rows


class StatedValue(NamedTuple):
    """A value that a list of that month states, and that differs from what is known of the person."""

    person_position: int
    field: int
    value: str
    list_position: int
    month: JalaliMonth


class KnownMonths(NamedTuple):
    """The number of months whose lists agree with what is known, and the first of them."""

    total: int
    first: JalaliMonth | None


def add_held_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows of a list that are held."""
    if rows:
        session.execute(sa.insert(HeldRow), rows)


def add_differences(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert values that differ from what is known; all rows have all columns."""
    insert_rows(session, IdentityDifference, rows)


def find_held_row(session: Session, held_row_id: uuid.UUID) -> HeldRow | None:
    """Return the held row of that id with its list and person, or None."""
    return session.scalars(select_held_rows(None).where(HeldRow.id == held_row_id)).one_or_none()


def select_held_rows(status: HeldRowStatus | None, list_id: uuid.UUID | None = None) -> sa.Select[HeldRow]:
    """Return the query of the rows that are or were held, of one status and of one list or of all."""
    query = sa.select(HeldRow).options(joinedload(HeldRow.list))
    if status is not None:
        query = query.where(HeldRow.status == status)
    if list_id is not None:
        of_list = sa.select(ImportedList.position).where(ImportedList.id == list_id)
        query = query.where(HeldRow.list_position == of_list.scalar_subquery())
    return query


def fetch_open_proposals_of_rows(session: Session, rows: Sequence[HeldRow]) -> dict[int, str]:
    """Return by position of a held row the id of the undecided proposal about it or about its whole list."""
    targets = {one for held_row in rows for one in (held_row.id, held_row.list.id)}
    proposals = session.execute(
        sa.select(Proposal.target, Proposal.id).where(
            Proposal.target.in_(targets),
            Proposal.kind == ProposalKind.HELD_ROW,
            Proposal.status == ProposalStatus.PROPOSED,
        )
    )
    by_target = {row.target: str(row.id) for row in proposals}
    return {
        held_row.position: proposal_id
        for held_row in rows
        if held_row.status is HeldRowStatus.HELD
        and (proposal_id := by_target.get(held_row.id) or by_target.get(held_row.list.id))
    }


def lock_held_rows(
    session: Session, *, held_row_id: uuid.UUID | None = None, list_id: uuid.UUID | None = None
) -> Sequence[HeldRow]:
    """Return the held row of that id, or all rows of a list that are still held, locked, in order of row."""
    query = sa.select(HeldRow)
    if held_row_id is not None:
        query = query.where(HeldRow.id == held_row_id)
    else:
        query = query.join(ImportedList, ImportedList.position == HeldRow.list_position).where(
            ImportedList.id == list_id, HeldRow.status == HeldRowStatus.HELD
        )
    query = query.order_by(HeldRow.position).with_for_update(of=HeldRow)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def fetch_decided_rows(session: Session, people: Collection[int]) -> Sequence[tuple[int, dict[str, Any]]]:
    """Return person and content of the held rows that were decided to be of these people.

    A decision outlives the version of the list about whose row it was made.
    """
    of_people = [
        sa.select(model.person_position, model.content).where(
            model.person_position.in_(people),
            model.status.in_([HeldRowStatus.SAME_PERSON, HeldRowStatus.ASSIGNED]),
        )
        for model in (HeldRow, FormerHeldRow)
    ]
    return [(row[0], row[1]) for query in of_people for row in session.execute(query)]


def count_held_rows(session: Session, list_positions: Collection[int]) -> dict[int, int]:
    """Return by list the number of rows that are still held; lists without such rows are left out."""
    counts = session.execute(
        sa.select(HeldRow.list_position, sa.func.count())
        .where(HeldRow.list_position.in_(list_positions), HeldRow.status == HeldRowStatus.HELD)
        .group_by(HeldRow.list_position)
    )
    return {row[0]: row[1] for row in counts}


def load_held(session: Session, lists: Sequence[ImportedList]) -> None:
    """Set on each list the number of its rows that are still held."""
    counts = count_held_rows(session, [imported.position for imported in lists])
    for imported in lists:
        imported.held = counts.get(imported.position, 0)


def fetch_people_who_differ(session: Session, list_position: int) -> Sequence[int]:
    """Return the positions of the people of whom a list states another value than is known."""
    return session.scalars(
        sa.select(IdentityDifference.person_position)
        .where(IdentityDifference.list_position == list_position)
        .distinct()
        .order_by(IdentityDifference.person_position)
    ).all()


def fetch_stated_values(session: Session, people: Collection[int]) -> Sequence[StatedValue]:
    """Return all values that differ from what is known of these people, in order of month."""
    rows = session.execute(
        sa.select(
            IdentityDifference.person_position,
            IdentityDifference.field,
            IdentityDifference.value,
            IdentityDifference.list_position,
            ImportedList.month,
        )
        .join(ImportedList, ImportedList.position == IdentityDifference.list_position)
        .where(IdentityDifference.person_position.in_(people))
        .order_by(ImportedList.month, IdentityDifference.list_position)
    )
    return [StatedValue(*row) for row in rows]


def count_agreeing_months(session: Session, people: Collection[int], field: int) -> dict[int, KnownMonths]:
    """Return by person the months whose lists state what is known in a field.

    Rows that were imported before statements were counted are taken to agree.
    """
    rows = session.execute(
        sa.select(
            Contribution.person_position,
            sa.func.count(ImportedList.month.distinct()),
            sa.func.min(ImportedList.month),
        )
        .join(ImportedList, ImportedList.position == Contribution.list_position)
        .where(Contribution.person_position.in_(people), *_build_agreeing(field))
        .group_by(Contribution.person_position)
    )
    return {position: KnownMonths(total, first) for position, total, first in rows}


def _build_agreeing(field: int) -> Iterable[sa.ColumnElement[bool]]:
    differs = (
        sa.exists()
        .where(
            IdentityDifference.person_position == Contribution.person_position,
            IdentityDifference.list_position == Contribution.list_position,
            IdentityDifference.field == field,
        )
        .correlate(Contribution)
    )
    stated = Contribution.stated.bitwise_and(1 << field) != 0
    return sa.or_(Contribution.stated.is_(None), stated), ~differs


def fetch_agreeing_lists(session: Session, person: int, field: int) -> Sequence[int]:
    """Return the lists whose rows of a person state what is known in a field; unknown ones are left out."""
    return session.scalars(
        sa.select(Contribution.list_position).where(
            Contribution.person_position == person,
            Contribution.stated.is_not(None),
            *_build_agreeing(field),
        )
    ).all()


def delete_differences(session: Session, person: int, field: int, list_positions: Collection[int]) -> None:
    """Delete the differences of a person in a field that these lists have."""
    session.execute(
        sa.delete(IdentityDifference).where(
            IdentityDifference.person_position == person,
            IdentityDifference.field == field,
            IdentityDifference.list_position.in_(list_positions),
        )
    )
