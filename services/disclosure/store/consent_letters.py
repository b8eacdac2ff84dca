"""The disclosure requests of consents, and their letters."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import ConsentLetter, DisclosureRequest, Letter, LetterState


def find_request(session: Session, consent_id: uuid.UUID) -> DisclosureRequest | None:
    """Return the disclosure request of a consent."""
    query = (
        sa.select(DisclosureRequest)
        .join(ConsentLetter, ConsentLetter.disclosure_id == DisclosureRequest.id)
        .where(ConsentLetter.consent_id == consent_id)
    )
    return session.scalars(query).one_or_none()


def add_link(session: Session, consent_id: uuid.UUID, disclosure_id: uuid.UUID) -> None:
    """Link a disclosure request to its consent. Raises IntegrityError if the consent has one."""
    session.add(ConsentLetter(consent_id=consent_id, disclosure_id=disclosure_id))
    session.flush()


def lock_link(session: Session, consent_id: uuid.UUID) -> ConsentLetter | None:
    """Return the link of a consent, locked until the transaction ends."""
    return session.get(ConsentLetter, consent_id, with_for_update=True)


def find_letter_to_release(session: Session, consent_id: uuid.UUID) -> Letter | None:
    """Return the letter of a consent that has not ended, once it is ready; None for a revoked one."""
    query = (
        sa.select(Letter)
        .join(ConsentLetter, ConsentLetter.disclosure_id == Letter.disclosure_id)
        .where(
            ConsentLetter.consent_id == consent_id,
            ConsentLetter.ended_at.is_(None),
            Letter.state != LetterState.REVOKED,
        )
    )
    return session.scalars(query).one_or_none()
