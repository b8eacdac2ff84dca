"""Rows of a list's versions: those in force, those that no longer count, and those that are proposed."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.models import (
    Contribution,
    FormerContribution,
    FormerHeldRow,
    HeldRow,
    HeldRowStatus,
    IdentityDifference,
    ImportedList,
    ListVersion,
    Person,
    Proposal,
    ProposedList,
)
from services.records.models.lists import Content, Figures
from services.records.store.contributions import is_of_list

FIGURES = tuple(Figures.__annotations__)
_CONTENT = tuple(Content.__annotations__)
_DECIDED = (
    "position", "list_position", "row", "content", "person_position", "status", "proposal_position",
)  # fmt: skip


def fetch_rows(session: Session, imported: ImportedList) -> Sequence[sa.Row[Any]]:
    """Return the rows in force of a list in order of row: figures, person's position and national code."""
    figures = [getattr(Contribution, name) for name in FIGURES]
    return session.execute(
        sa.select(Contribution.row, Contribution.person_position, Person.national_code, *figures)
        .join(Person, Person.position == Contribution.person_position)
        .where(is_of_list(imported))
        .order_by(Contribution.row, Contribution.person_position)
    ).all()


def end_version(session: Session, imported: ImportedList, proposal_id: uuid.UUID) -> None:
    """Move the content and the rows of a list's version to where nothing counts them.

    Rows that are still held, and differences of identities, go with their version: its file has the rows.
    What officers have decided about held rows is kept, so that its like is not held again.
    """
    session.add(
        ListVersion(
            list_position=imported.position,
            version=imported.version,
            ended_by=proposal_id,
            **{name: getattr(imported, name) for name in _CONTENT},
        )
    )
    of_list = is_of_list(imported)
    columns = ["list_position", "person_position", "row", *FIGURES]
    former = sa.select(
        sa.literal(imported.version), *(getattr(Contribution, name) for name in columns)
    ).where(of_list)
    session.execute(sa.insert(FormerContribution).from_select(["version", *columns], former))
    session.execute(sa.delete(Contribution).where(of_list))
    decided = sa.select(sa.literal(imported.version), *(getattr(HeldRow, name) for name in _DECIDED)).where(
        HeldRow.list_position == imported.position, HeldRow.status != HeldRowStatus.HELD
    )
    session.execute(sa.insert(FormerHeldRow).from_select(["version", *_DECIDED], decided))
    for model in (HeldRow, IdentityDifference):
        session.execute(sa.delete(model).where(model.list_position == imported.position))


def fetch_former_versions(
    session: Session, list_position: int
) -> Sequence[tuple[ListVersion, Proposal | None]]:
    """Return the former versions of a list with the proposals that ended them, newest first."""
    rows = session.execute(
        sa.select(ListVersion, Proposal)
        .outerjoin(Proposal, Proposal.id == ListVersion.ended_by)
        .where(ListVersion.list_position == list_position)
        .order_by(ListVersion.version.desc())
    )
    return [(row[0], row[1]) for row in rows]


def find_version(session: Session, list_position: int, version: int) -> ListVersion | None:
    """Return a former version of a list, or None."""
    return session.scalars(
        sa.select(ListVersion).where(
            ListVersion.list_position == list_position, ListVersion.version == version
        )
    ).one_or_none()


def add_proposed_list(session: Session, proposed_id: uuid.UUID, parts: Iterator[Mapping[str, Any]]) -> None:
    """Insert the parts of a list that waits for a decision, one by one."""
    for number, content in enumerate(parts):
        session.execute(sa.insert(ProposedList).values(id=proposed_id, part=number, content=content))


def read_proposed_list(session: Session, proposed_id: uuid.UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of a list that waits for a decision in order; none if there is no such list."""
    numbers = session.scalars(
        sa.select(ProposedList.part).where(ProposedList.id == proposed_id).order_by(ProposedList.part)
    ).all()
    for number in numbers:
        yield session.scalars(
            sa.select(ProposedList.content).where(ProposedList.id == proposed_id, ProposedList.part == number)
        ).one()


def delete_proposed_list(session: Session, proposed_id: uuid.UUID) -> None:
    """Delete a list that waits for no decision any more."""
    session.execute(sa.delete(ProposedList).where(ProposedList.id == proposed_id))
