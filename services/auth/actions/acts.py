"""The log of administration: who did what to whom, and when. Never a secret. Routes and commands call it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth.models import ActorRole, AdministrativeAct, Staff
from services.kit.paging import fetch_page
from services.kit.problems import Forbidden, TokenInvalid
from services.kit.tokens import Principal

log = structlog.get_logger()


@dataclass(frozen=True)
class Actor:
    """Who administers. A manager acts for one institution only, an admin for all."""

    name: str
    role: ActorRole
    id: uuid.UUID | None = None
    institution_id: uuid.UUID | None = None


OPERATOR = Actor("operator", ActorRole.OPERATOR)


def find_admin(session: Session, caller: Principal) -> Actor:
    """Return the admin who calls. Raises TokenInvalid when the account is gone."""
    staff = _find_staff(session, caller)
    return Actor(staff.username, ActorRole.ADMIN, staff.id)


def find_manager(session: Session, caller: Principal) -> Actor:
    """Return the manager who calls. Raises Forbidden when the clerk manages no longer, TokenInvalid."""
    staff = _find_staff(session, caller)
    if not staff.is_manager or staff.institution_id is None:
        raise Forbidden
    return Actor(staff.username, ActorRole.MANAGER, staff.id, staff.institution_id)


def _find_staff(session: Session, caller: Principal) -> Staff:
    staff = session.get(Staff, uuid.UUID(caller.subject), populate_existing=True)
    if staff is None or staff.disabled_at:
        raise TokenInvalid
    return staff


def record_act(
    session: Session,
    actor: Actor,
    action: str,
    target: str,
    *,
    institution_id: uuid.UUID | None = None,
    **details: object,
) -> None:
    """Add a row to the log. `details` are the old and new values of what was changed, and no secret."""
    session.add(
        AdministrativeAct(
            actor_id=actor.id,
            actor=actor.name,
            actor_role=actor.role.value,
            action=action,
            target=target,
            institution_id=institution_id,
            details=details,
        )
    )
    log.info("administration", action=action, actor=str(actor.id), actor_role=actor.role.value)


def list_acts(
    session: Session, institution_id: uuid.UUID | None, *, limit: int, cursor: str | None
) -> tuple[Sequence[AdministrativeAct], str | None]:
    """Return a page of the log, newest first: of one institution, or with None of everything."""
    query = sa.select(AdministrativeAct)
    if institution_id:
        query = query.where(AdministrativeAct.institution_id == institution_id)
    return fetch_page(
        session, query, AdministrativeAct.position, name=f"acts:{institution_id}", limit=limit, cursor=cursor
    )
