"""What belongs to a person, and its move to another person."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.records.models import (
    Contribution,
    Correction,
    FormerContribution,
    FormerHeldRow,
    FormerIdentifier,
    HeldRow,
    IdentityDifference,
    ImportedList,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    OfficerRecord,
    Person,
    ProposalPerson,
)
from services.records.store.objections import OPEN

# Every table whose rows belong to a person by `person_position`.
MOVED: Sequence[Any] = (
    Contribution,
    Correction,
    FormerContribution,
    FormerHeldRow,
    FormerIdentifier,
    HeldRow,
    IdentityDifference,
    Objection,
    OfficerRecord,
    ProposalPerson,
)


def fetch_lists(session: Session, person: int) -> set[int]:
    """Return the positions of the lists that have a row of a person."""
    query = sa.select(Contribution.list_position).where(Contribution.person_position == person)
    return set(session.scalars(query))


def fetch_months(session: Session, person: int) -> Sequence[JalaliMonth]:
    """Return the months of a person's record, from lists and from corrections, in order."""
    from_lists = (
        sa.select(ImportedList.month)
        .join(Contribution, Contribution.list_position == ImportedList.position)
        .where(Contribution.person_position == person)
    )
    corrected = sa.select(Correction.month).where(Correction.person_position == person)
    return sorted(set(session.scalars(from_lists)) | set(session.scalars(corrected)))


def fetch_open_kinds(session: Session, person: int) -> set[ObjectionKind]:
    """Return the kinds of which a person has an undecided objection."""
    query = sa.select(Objection.kind).where(Objection.person_position == person, Objection.status.in_(OPEN))
    return set(session.scalars(query))


def move_rows(session: Session, merged: int, into: int) -> None:
    """Make everything of one person another's, and mark the one as merged into the other."""
    _delete_drafts(session, merged, into)
    _delete_repeated(session, merged, into)
    for model in MOVED:
        session.execute(
            sa.update(model)
            .where(model.person_position == merged)
            .values(person_position=into)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        sa.update(Person)
        .where(sa.or_(Person.merged_into_position == merged, Person.position == merged))
        .values(merged_into_position=into)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _delete_drafts(session: Session, merged: int, into: int) -> None:
    """Delete the drafts of the merged person of whose kind the other person has one, too."""
    of_into = sa.select(Objection.kind).where(
        Objection.person_position == into, Objection.status == ObjectionStatus.DRAFT
    )
    session.execute(
        sa.delete(Objection)
        .where(
            Objection.person_position == merged,
            Objection.status == ObjectionStatus.DRAFT,
            Objection.kind.in_(of_into.scalar_subquery()),
        )
        .execution_options(synchronize_session=False)
    )


def _delete_repeated(session: Session, merged: int, into: int) -> None:
    """Delete the one person from proposals that concern both."""
    of_into = sa.select(ProposalPerson.proposal_position).where(ProposalPerson.person_position == into)
    session.execute(
        sa.delete(ProposalPerson)
        .where(
            ProposalPerson.person_position == merged,
            ProposalPerson.proposal_position.in_(of_into.scalar_subquery()),
        )
        .execution_options(synchronize_session=False)
    )
