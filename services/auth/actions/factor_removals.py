"""Removing second factors with an account, or those that somebody else has added."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import CitizenFactor, Ending, FactorRequest, Passkey, RecoveryCode
from services.kit.endings import add_ending


def remove_factors(session: Session, owner_id: uuid.UUID, *, since: datetime | None = None) -> None:
    """Remove second factors of an owner; with `since` only those that were added from then on.

    Time-based codes of staff have their own table, which the caller sees to.
    """
    moment = {"since": since.isoformat()} if since else {}
    add_ending(session, Ending, "factors.removed", owner_id=owner_id, **moment)
    models = (
        (CitizenFactor, CitizenFactor.owner_id, CitizenFactor.enrolled_at),
        (Passkey, Passkey.owner_id, Passkey.added_at),
        (RecoveryCode, RecoveryCode.owner_id, RecoveryCode.created_at),
    )
    for model, owner, added_at in models:
        recent = [added_at >= since] if since else []
        session.execute(sa.delete(model).where(owner == owner_id, *recent))
    session.execute(sa.delete(FactorRequest).where(FactorRequest.owner_id == owner_id))
