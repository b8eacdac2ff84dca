"""Queries about mandates, and about the sessions in which they are used."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import ActingSession, Mandate
from services.kit.db import sql_now

# A mandate that has not ended: one that was accepted, or an invitation.
_IS_ACTIVE = sa.and_(
    Mandate.accepted_at.is_not(None), Mandate.ended_at.is_(None), Mandate.expires_at > sql_now()
)
_IS_INVITATION = sa.and_(
    Mandate.accepted_at.is_(None), Mandate.ended_at.is_(None), Mandate.invitation_expires_at > sql_now()
)
# An invitation that its person still sees: a declined one looks as if it were never answered.
_LOOKS_INVITED = sa.and_(
    Mandate.accepted_at.is_(None),
    sa.or_(Mandate.ended_at.is_(None), Mandate.helper_id.is_not(None)),
    Mandate.invitation_expires_at > sql_now(),
)


def select_given(person_id: uuid.UUID) -> sa.Select[Mandate]:
    """Return the query of the mandates that a person gave, also those that have ended."""
    return sa.select(Mandate).where(Mandate.person_id == person_id)


def select_received(helper_id: uuid.UUID, helper_code: str | None) -> sa.Select[Mandate]:
    """Return the query of the mandates that a helper has now, and of the invitations."""
    is_invited = sa.and_(Mandate.helper_code == (helper_code or ""), _IS_INVITATION)
    return sa.select(Mandate).where(
        # After a merger a person could be the own helper.
        Mandate.person_id != helper_id,
        sa.or_(sa.and_(Mandate.helper_id == helper_id, _IS_ACTIVE), is_invited),
    )


def list_open(session: Session, person_id: uuid.UUID) -> Sequence[Mandate]:
    """Return a person's invitations and mandates that have not ended, locked; oldest first."""
    query = select_given(person_id).where(sa.or_(_IS_ACTIVE, _LOOKS_INVITED))
    return session.scalars(query.order_by(Mandate.position).with_for_update()).all()


def list_open_of(session: Session, account_id: uuid.UUID) -> Sequence[Mandate]:
    """Return what an account gave or received and has not ended, locked."""
    is_party = sa.or_(Mandate.person_id == account_id, Mandate.helper_id == account_id)
    query = sa.select(Mandate).where(is_party, sa.or_(_IS_ACTIVE, _IS_INVITATION))
    return session.scalars(query.order_by(Mandate.position).with_for_update()).all()


def find_given(session: Session, person_id: uuid.UUID, mandate_id: uuid.UUID) -> Mandate | None:
    """Return a mandate that a person gave, locked; None for another's."""
    query = select_given(person_id).where(Mandate.id == mandate_id).with_for_update()
    return session.scalars(query).one_or_none()


def lock_mandate(session: Session, mandate_id: uuid.UUID) -> Mandate | None:
    """Return a mandate or an invitation, locked."""
    return session.scalars(sa.select(Mandate).where(Mandate.id == mandate_id).with_for_update()).one_or_none()


def find_received(
    session: Session, helper_id: uuid.UUID, helper_code: str | None, mandate_id: uuid.UUID
) -> Mandate | None:
    """Return a mandate or an invitation of a helper, locked; None for another's and for one that is over."""
    query = select_received(helper_id, helper_code).where(Mandate.id == mandate_id)
    return session.scalars(query.with_for_update()).one_or_none()


def find_active(session: Session, helper_id: uuid.UUID, person_id: uuid.UUID) -> Mandate | None:
    """Return the mandate under which a helper may act for a person now, locked for reading; or None."""
    query = sa.select(Mandate).where(
        Mandate.helper_id == helper_id,
        Mandate.person_id == person_id,
        Mandate.person_id != helper_id,
        _IS_ACTIVE,
    )
    newest = query.order_by(Mandate.position.desc()).limit(1).with_for_update(read=True)
    return session.scalars(newest).one_or_none()


def end_acting_sessions(session: Session, condition: sa.ColumnElement[bool]) -> Sequence[ActingSession]:
    """End the acting sessions of a condition, and return those that had not ended."""
    return session.scalars(
        sa.update(ActingSession)
        .where(condition, ActingSession.ended_at.is_(None))
        .values(ended_at=sql_now())
        .returning(ActingSession)
        .execution_options(synchronize_session=False)
    ).all()
