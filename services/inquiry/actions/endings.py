"""What inquiry ends again after a restore: permits, views, letters, institutions, peppers.

`commands` calls it before the service answers; services/kit/endings says how. Each handler is idempotent, and
skips what the restored database does not have.
"""

import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import peppers
from services.inquiry.actions.letters import end_letter
from services.inquiry.actions.permits import RUNNING, pause_permit, resume_permit, revoke_permit
from services.inquiry.errors import PermitOver
from services.inquiry.models import Inquiry, Letter, Permit, PermitState, Result
from services.kit.db import read_database_time
from services.kit.endings import EndingHandler, Entry


def build_handlers(peppers_dir: Path) -> Mapping[str, EndingHandler]:
    """Return what is done for each ending that inquiry journals."""
    return {
        "permit.viewed": count_lost_view,
        "permit.paused": pause_again,
        "permit.resumed": resume_again,
        "permit.revoked": revoke_again,
        "letter.superseded": supersede_letter_again,
        "letter.revoked": revoke_letter_again,
        "discrepancy.declined": decline_again,
        "institution.disabled": partial(set_institution_disabled, disabled=True),
        "institution.enabled": partial(set_institution_disabled, disabled=False),
        "pepper.destroyed": partial(destroy_pepper_again, peppers_dir),
    }


def suspend_permits(session: Session) -> int:
    """Return how many active permits were paused until their owners resume them."""
    now = read_database_time(session)
    running = sa.select(Permit).where(
        Permit.revoked_at.is_(None), Permit.paused_at.is_(None), Permit.expires_at > now
    )
    count = 0
    for permit in session.scalars(running.with_for_update(of=Permit)):
        try:
            pause_permit(session, permit)
        except PermitOver:
            continue
        count += 1
    return count


def count_lost_view(session: Session, entry: Entry) -> None:
    """Count a view, list it for the permit's owner, and end a permit that it used up."""
    permit = _lock_permit(session, entry)
    if permit is None:
        return
    seen = max(permit.view_count, int(entry.data["views"]))
    permit.view_count = seen if permit.max_views is None else min(seen, permit.max_views)
    session.flush()
    if permit.view_count == permit.max_views:
        store.delete_contents(session, permit.id)
    inquiry_id = uuid.UUID(entry.data["inquiry_id"])
    if session.scalars(sa.select(Inquiry.id).where(Inquiry.id == inquiry_id)).first():
        return
    given = entry.data.get("institution_id")
    institution = store.find_institution(session, uuid.UUID(given)) if given else None
    session.add(
        Inquiry(
            id=inquiry_id,
            permit_id=permit.id,
            person_tag=permit.person_tag,
            institution_id=uuid.UUID(given) if given else None,
            institution_name=institution.name if institution else None,
            result=Result.ANSWERED,
            at=entry.at,
            is_reported=True,
        )
    )


def pause_again(session: Session, entry: Entry) -> None:
    """Pause a permit that is still active."""
    permit = _lock_permit(session, entry)
    if permit is not None and not _is_over(session, permit):
        pause_permit(session, permit)


def resume_again(session: Session, entry: Entry) -> None:
    """Resume a permit that its owner had resumed after a pause."""
    permit = _lock_permit(session, entry)
    if permit is not None and not _is_over(session, permit):
        resume_permit(session, permit)


def revoke_again(session: Session, entry: Entry) -> None:
    """Revoke a permit, as of the moment at which it was revoked."""
    permit = _lock_permit(session, entry)
    if permit is None or permit.get_state(read_database_time(session)) is PermitState.REVOKED:
        return
    revoke_permit(session, permit)
    if permit.get_state(read_database_time(session)) is PermitState.REVOKED:
        permit.revoked_at = entry.at


def supersede_letter_again(session: Session, entry: Entry) -> None:
    """Mark a letter as no longer current."""
    letter = session.get(Letter, entry.data["serial"])
    if letter is not None:
        letter.superseded_at = letter.superseded_at or entry.at


def revoke_letter_again(session: Session, entry: Entry) -> None:
    """Revoke a letter, and delete what its permits open."""
    letter = session.get(Letter, entry.data["serial"])
    if letter is not None:
        end_letter(session, letter, entry.at)


def decline_again(session: Session, entry: Entry) -> None:
    """Decline a discrepancy for its person."""
    discrepancy = store.lock_discrepancy(session, uuid.UUID(entry.data["discrepancy_id"]))
    if discrepancy is not None:
        discrepancy.declined_at = discrepancy.declined_at or entry.at


def set_institution_disabled(session: Session, entry: Entry, *, disabled: bool) -> None:
    """Set whether an institution may inquire."""
    institution = store.find_institution(session, uuid.UUID(entry.data["institution_id"]))
    if institution is not None:
        institution.is_disabled = disabled


def destroy_pepper_again(directory: Path, _session: Session, entry: Entry) -> None:
    """Destroy peppers that came back with older keys; if they were the newest, others seal from now on."""
    generation = int(entry.data["generation"])
    generations = peppers.list_generations(directory)
    if generation not in generations:
        return
    if generation == generations[-1]:
        peppers.rotate_peppers(directory)
    peppers.destroy_generation(directory, generation)


def _lock_permit(session: Session, entry: Entry) -> Permit | None:
    query = sa.select(Permit).where(Permit.id == uuid.UUID(entry.data["permit_id"]))
    return session.scalars(query.with_for_update(of=Permit)).one_or_none()


def _is_over(session: Session, permit: Permit) -> bool:
    return permit.get_state(read_database_time(session)) not in RUNNING
