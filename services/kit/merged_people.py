"""Whom the id of a merged person leads to, for services that own things by person ids.

A consumer of records' feed calls `store_merger` and moves what belongs to the merged person. Tokens and
events of other feeds may have the merged person's id for a while, so their readers call `find_remaining`.
"""

import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

log = structlog.get_logger()


class MergedPersonMixin:
    """A person who was merged into another one; `remaining_id` is never a merged person itself."""

    __tablename__ = "merged_people"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    remaining_id: Mapped[uuid.UUID] = mapped_column(index=True)


def find_remaining(session: Session, model: type[MergedPersonMixin], person_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the person whom an id leads to now: mostly the same."""
    query = sa.select(model.remaining_id).where(model.person_id == person_id)
    return session.scalars(query).one_or_none() or person_id


def store_merger(
    session: Session, model: type[MergedPersonMixin], merged_id: uuid.UUID, into_id: uuid.UUID
) -> uuid.UUID | None:
    """Return the person who remains, to whom the caller moves things of the merged one and of earlier ones.

    Idempotent. None for a merger that would lead back to the merged person.
    """
    remaining_id = find_remaining(session, model, into_id)
    if remaining_id == merged_id:
        log.error("merger.circular", subject=str(merged_id))
        return None
    if find_remaining(session, model, merged_id) == merged_id:
        session.execute(sa.insert(model).values(person_id=merged_id, remaining_id=remaining_id))
        session.execute(
            sa.update(model)
            .where(model.remaining_id == merged_id)
            .values(remaining_id=remaining_id)
            .execution_options(synchronize_session=False)
        )
    return find_remaining(session, model, merged_id)
