"""Issuing permits, and what their owners do with them. Called by the routes under /permits."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import codes, documents, sealing
from services.inquiry.actions.letters import register_answers
from services.inquiry.actions.mergers import find_owner, lock_owner
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import LetterCopy, SignedAnswers
from services.inquiry.errors import LetterRevoked, PermitOver
from services.inquiry.models import (
    Ending,
    Outbox,
    Permit,
    PermitState,
    RegisteredKind,
    SealedCopy,
    StoredDocument,
)
from services.kit import logging
from services.kit.db import read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.feed import Event
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Text, ValidationFailed

DAY_SECONDS = 24 * 3600
# A document whose permit was not issued within this time is an orphan.
ORPHAN_SECONDS = 3600
# Days of validity above which its owner is reminded of a permit's end, and how many days before it.
REMINDERS = ((7, 3), (1, 1))
RUNNING = frozenset({PermitState.ACTIVE, PermitState.PAUSED})


@dataclass(frozen=True)
class Draft:
    """A sealed permit that is not issued yet. `code` is shown once and stored nowhere."""

    letter: LetterCopy
    permit: Permit
    answers: SignedAnswers | None
    copy: SealedCopy = field(repr=False)
    code: str = field(repr=False)


def set_terms(
    session: Session,
    *,
    valid_days: int,
    max_views: int | None,
    institution_id: uuid.UUID | None,
    has_document: bool = True,
) -> sealing.Terms:
    """Return the terms of a new permit, by the database's clock, and add the row of its document, if any.

    Raises ValidationFailed for an unknown institution.
    """
    if institution_id and store.find_institution(session, institution_id) is None:
        unknown = Text(
            "این موسسه شناخته نیست. از فهرست موسسه‌ها انتخاب کنید.",
            "No such institution. Choose one of the list.",
        )
        raise ValidationFailed(("institution_id", unknown))
    permit_id = uuid.uuid4()
    if has_document:
        session.add(StoredDocument(permit_id=permit_id, remove_after=sql_now(ORPHAN_SECONDS)))
    expires_at = session.scalars(sa.select(sql_now(valid_days * DAY_SECONDS))).one()
    return sealing.Terms(permit_id, expires_at, max_views, institution_id)


def seal_letter(
    person_id: uuid.UUID,
    letter: LetterCopy,
    terms: sealing.Terms,
    peppers: Peppers,
    stretcher: Stretcher,
    objects: ObjectStore,
    label: str | None = None,
    answers: SignedAnswers | None = None,
) -> Draft:
    """Return a permit for a letter that is sealed under a new code; its document is in the object store.

    With answers only these are sealed: neither the letter's statement nor its document.

    The slow hash and the object store must run outside of any transaction. Raises Busy when no slot for the
    slow hash is free.
    """
    code = codes.new_code()
    identifier = sealing.build_identifier(letter.national_code, letter.insurance_number)
    stretched = stretcher.stretch(code, sealing.derive_salt(peppers, identifier))
    keys = sealing.derive_keys(stretched, peppers.generations[peppers.newest])
    record: dict[str, Any] = (
        {"jws": answers.jws}
        if answers
        else {
            "letter": {
                "serial": letter.serial,
                "issued_at": letter.issued_at.isoformat(),
                "types": letter.types,
                "sha256": letter.sha256,
            },
            "statement": letter.statement,
        }
    )
    sealed = sealing.seal(keys.wrapping, terms, record, None if answers else letter.document)
    if sealed.document is not None:
        documents.store_document(objects, terms.permit_id, sealed.document)
    permit = Permit(
        id=terms.permit_id,
        person_id=person_id,
        person_tag=sealing.derive_person_tag(peppers, identifier),
        letter_id=letter.id,
        serial=answers.serial if answers else letter.serial,
        institution_id=terms.institution_id,
        generation=peppers.newest,
        code_index=keys.index,
        expires_at=terms.expires_at,
        max_views=terms.max_views,
        label=sealing.encrypt_note(peppers, terms.permit_id, label) if label else None,
    )
    copy = SealedCopy(
        permit_id=permit.id,
        wrapped_key=sealed.wrapped_key,
        record=sealed.record,
        expires_at=permit.expires_at,
    )
    return Draft(letter, permit, answers, copy, code)


def issue_permit(session: Session, draft: Draft) -> Permit:
    """Return the permit of a draft, which is active now. Raises LetterRevoked."""
    letter = store.ensure_letter(session, draft.letter.serial, draft.letter.sha256, draft.letter.issued_at)
    if letter.revoked_at:
        raise LetterRevoked
    if draft.answers:
        register_answers(
            session,
            draft.answers.serial,
            draft.answers.jws,
            issued_at=draft.answers.issued_at,
            ends_at=draft.answers.ends_at,
            source_id=draft.permit.id,
        )
    if draft.letter.superseded and letter.superseded_at is None:
        letter.superseded_at = read_database_time(session)
    permit = draft.permit
    permit.person_id = lock_owner(session, permit.person_id)
    permit.remind_at = _find_reminder(permit.expires_at, read_database_time(session))
    if actor := logging.find_actor():
        permit.issued_by = uuid.UUID(actor)
    session.add(permit)
    session.flush()
    session.add(draft.copy)
    # A ticket that was issued in the permit's last second needs the document too; answers have no row.
    store.set_document_expiry(
        session, permit.id, permit.expires_at + timedelta(seconds=documents.MAX_TICKET_SECONDS)
    )
    add_permit_event(session, "permit.issued", permit)
    return permit


def _find_reminder(expires_at: datetime, issued_at: datetime) -> datetime | None:
    """Return when the owner of a new permit is to be reminded of its end, None for a permit of a day."""
    # The permit's end was set some seconds before it is issued.
    valid_days = round((expires_at - issued_at) / timedelta(days=1))
    moments = (expires_at - timedelta(days=before) for most, before in REMINDERS if valid_days > most)
    return next(moments, None)


def find_permit(session: Session, person_id: uuid.UUID, permit_id: uuid.UUID) -> Permit:
    """Return a person's permit. Raises NotFound, also for another person's."""
    permit = store.find_own_permit(session, find_owner(session, person_id), permit_id)
    if permit is None:
        raise NotFound
    return permit


def read_label(peppers: Peppers, permit: Permit) -> str | None:
    """Return what the owner calls a permit, None without a label."""
    return sealing.read_note(peppers, permit.id, permit.label) or None


def pause_permit(session: Session, permit: Permit) -> None:
    """Pause a permit until its owner resumes it. Idempotent. Raises PermitOver."""
    now = read_database_time(session)
    if _check_running(permit, now) == PermitState.ACTIVE:
        permit.paused_at = now
        store.delete_tickets(session, permit.id)
        add_ending(session, Ending, "permit.paused", permit_id=permit.id)
        add_permit_event(session, "permit.paused", permit)


def resume_permit(session: Session, permit: Permit) -> None:
    """Activate a paused permit. Idempotent. Raises PermitOver."""
    if _check_running(permit, read_database_time(session)) == PermitState.PAUSED:
        permit.paused_at = None
        add_ending(session, Ending, "permit.resumed", permit_id=permit.id)
        add_permit_event(session, "permit.resumed", permit)


def revoke_permit(session: Session, permit: Permit) -> None:
    """End a permit immediately and delete what its code opens. A revoked or expired permit does not change.

    The last view of a used-up permit may still be on a screen. The permit becomes revoked, which ends that
    page too. Tickets are deleted in any case, because the last view's is valid for minutes after it.
    """
    store.delete_tickets(session, permit.id)
    now = read_database_time(session)
    if permit.get_state(now) not in RUNNING | {PermitState.USED_UP}:
        return
    permit.revoked_at = now
    if permit.letter.kind is RegisteredKind.ANSWERS:
        permit.letter.ended_at = now
    store.delete_contents(session, permit.id)
    add_ending(session, Ending, "permit.revoked", permit_id=permit.id)
    add_permit_event(session, "permit.revoked", permit)


def revoke_generation(session: Session, generation: int) -> int:
    """Return how many permits were revoked: those that are sealed under this generation of the peppers."""
    permits = store.list_running_permits(session, generation)
    for permit in permits:
        revoke_permit(session, permit)
    return len(permits)


def on_account_closed(session: Session, event: Event) -> None:
    """Revoke every permit of a person who has closed the account."""
    for permit in store.list_unexpired_permits(session, lock_owner(session, uuid.UUID(event.subject or ""))):
        revoke_permit(session, permit)


def _check_running(permit: Permit, now: datetime) -> PermitState:
    """Return the state of a permit. Raises PermitOver for one that has ended."""
    state = permit.get_state(now)
    if state not in RUNNING:
        raise PermitOver
    return state


def add_permit_event(session: Session, event: str, permit: Permit) -> None:
    """Publish what happened to a permit."""
    data: dict[str, Any] = {
        "permit_id": str(permit.id),
        "letter_id": str(permit.letter_id),
        "serial": permit.serial,
        "expires_at": permit.expires_at.isoformat(),
    }
    add_event(session, Outbox, event, subject=permit.person_id, data=data)
