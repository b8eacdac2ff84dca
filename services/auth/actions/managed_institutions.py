"""Institutions, as admins administer them: contact, purposes, limits, addresses to return to, their end."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import families
from services.auth.actions.acts import Actor, record_act
from services.auth.actions.endings import publish_disabled_account
from services.auth.errors import InstitutionDisabled, InstitutionNameTaken
from services.auth.models import Client, Ending, Institution, Outbox, Staff
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.kit.problems import NotFound

# What a change may set; `verified` and `disabled` are moments in the table.
FIELDS = ("name", "contact", "contact_mobile", "purposes", "return_urls", "daily_quota")


def list_institutions(
    session: Session, *, limit: int, cursor: str | None
) -> tuple[Sequence[Institution], str | None]:
    """Return a page of all institutions, oldest first."""
    return fetch_page(
        session,
        sa.select(Institution),
        Institution.position,
        name="institutions",
        limit=limit,
        cursor=cursor,
        newest_first=False,
    )


def get_institution(session: Session, institution_id: uuid.UUID) -> Institution:
    """Return an institution. Raises NotFound."""
    institution = store.find_institution(session, institution_id)
    if institution is None:
        raise NotFound
    return institution


def require_enabled_institution(session: Session, institution_id: uuid.UUID) -> Institution:
    """Return an institution with its row locked. Raises NotFound, InstitutionDisabled."""
    institution = store.lock_institution(session, institution_id)
    if institution is None:
        raise NotFound
    if institution.disabled_at:
        raise InstitutionDisabled
    return institution


def add_institution(session: Session, actor: Actor, fields: Mapping[str, Any]) -> Institution:
    """Return a new institution with these `FIELDS` and `verified`. Raises InstitutionNameTaken."""
    if store.find_institution_named(session, fields["name"]):
        raise InstitutionNameTaken
    institution = Institution(
        id=uuid.uuid4(),
        verified_since=sql_now() if fields["verified"] else None,
        **{name: fields[name] for name in FIELDS},
    )
    session.add(institution)
    session.flush()
    session.refresh(institution)
    data = {"institution_id": str(institution.id), "name": institution.name}
    add_event(session, Outbox, "institution.added", data=data)
    publish_change(session, institution)
    record_act(session, actor, "institution-added", institution.name, institution_id=institution.id)
    return institution


def change_institution(
    session: Session, actor: Actor, institution_id: uuid.UUID, fields: Mapping[str, Any]
) -> Institution:
    """Return an institution with these `FIELDS`, `verified` and `disabled`.

    Nobody can work for a disabled one: sessions of its clerks and tokens of its clients end.

    Raises NotFound, InstitutionNameTaken.
    """
    institution = store.lock_institution(session, institution_id)
    if institution is None:
        raise NotFound
    named = store.find_institution_named(session, fields["name"])
    if named and named.id != institution_id:
        raise InstitutionNameTaken
    changed = [name for name in FIELDS if getattr(institution, name) != fields[name]]
    for name in changed:
        setattr(institution, name, fields[name])
    if bool(institution.verified_since) != fields["verified"]:
        changed.append("verified")
        institution.verified_since = sql_now() if fields["verified"] else None
    is_end = fields["disabled"] and not institution.disabled_at
    if bool(institution.disabled_at) != fields["disabled"]:
        changed.append("disabled")
        name = "institution.disabled" if fields["disabled"] else "institution.enabled"
        add_ending(session, Ending, name, institution_id=institution_id)
        institution.disabled_at = sql_now() if fields["disabled"] else None
    session.flush()
    session.refresh(institution)
    if is_end:
        _end_work(session, institution)
    if changed:
        publish_change(session, institution)
        record_act(
            session,
            actor,
            _name_change(changed, is_disabled=bool(institution.disabled_at)),
            institution.name,
            institution_id=institution.id,
            changed=changed,
        )
    return institution


def set_purposes(session: Session, institution: Institution, purposes: Sequence[Mapping[str, str]]) -> None:
    """Set what an institution may inquire for; idempotent."""
    given = [dict(purpose) for purpose in purposes]
    if institution.purposes != given:
        institution.purposes = given
        session.flush()
        publish_change(session, institution)


def _name_change(changed: Sequence[str], *, is_disabled: bool) -> str:
    if "disabled" not in changed:
        return "institution-changed"
    return "institution-disabled" if is_disabled else "institution-enabled"


def _end_work(session: Session, institution: Institution) -> None:
    """End the sessions of an institution's clerks and the tokens of its clients."""
    clerks = sa.select(Staff.id).where(Staff.institution_id == institution.id).order_by(Staff.id)
    for staff_id in session.scalars(clerks.with_for_update()).all():
        families.end_sessions(session, staff_id, "disabled")
    ended = session.scalars(
        sa.update(Client)
        .where(Client.institution_id == institution.id, Client.disabled_at.is_(None))
        .values(tokens_ended_at=sql_now())
        .returning(Client.id)
    ).all()
    for client_id in sorted(ended):
        publish_disabled_account(session, client_id)


def set_institution_disabled(session: Session, institution_id: uuid.UUID, *, disabled: bool) -> None:
    """Disable or enable an institution, as it was before a restore; idempotent."""
    institution = store.lock_institution(session, institution_id)
    if institution is None or bool(institution.disabled_at) == disabled:
        return
    institution.disabled_at = sql_now() if disabled else None
    session.flush()
    session.refresh(institution)
    if disabled:
        _end_work(session, institution)
    publish_change(session, institution)


def publish_change(session: Session, institution: Institution) -> None:
    """Publish what other services store of an institution."""
    since = institution.verified_since
    data = {
        "institution_id": str(institution.id),
        "name": institution.name,
        "contact": institution.contact,
        "verified_since": since.isoformat() if since else None,
        "purposes": institution.purposes or [],
        "return_urls": institution.return_urls or [],
        "daily_quota": institution.daily_quota,
        "disabled": institution.disabled_at is not None,
    }
    add_event(session, Outbox, "institution.changed", data=data)
