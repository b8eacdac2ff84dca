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
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import LetterCopy
from services.inquiry.errors import PermitOver
from services.inquiry.models import Outbox, Permit, PermitState, SealedCopy, StoredDocument
from services.kit.db import database_time, sql_now
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Text, ValidationFailed

DAY_SECONDS = 24 * 3600
# A document whose permit was never issued is an orphan after this long.
ORPHAN_SECONDS = 3600
RUNNING = frozenset({PermitState.ACTIVE, PermitState.PAUSED})


@dataclass(frozen=True)
class Draft:
    """A permit that is sealed and not yet issued; `code` is shown once and kept nowhere."""

    letter: LetterCopy
    terms: sealing.Terms
    person_tag: str
    generation: int
    code_index: str
    copy: SealedCopy = field(repr=False)
    code: str = field(repr=False)


def set_terms(
    session: Session, *, valid_days: int, max_views: int | None, institution_id: uuid.UUID | None
) -> sealing.Terms:
    """Return the terms of a new permit, by the database's clock, and write down that a document will come.

    Raises ValidationFailed for an institution that is not known.
    """
    if institution_id and store.institution_by_id(session, institution_id) is None:
        unknown = Text(
            "این موسسه شناخته نیست. از فهرست موسسه‌ها انتخاب کنید.",
            "No such institution. Choose one of the list.",
        )
        raise ValidationFailed(("institution_id", unknown))
    permit_id = uuid.uuid4()
    session.add(StoredDocument(permit_id=permit_id, remove_after=sql_now(ORPHAN_SECONDS)))
    expires_at = session.scalars(sa.select(sql_now(valid_days * DAY_SECONDS))).one()
    return sealing.Terms(permit_id, expires_at, max_views, institution_id)


def seal_letter(
    letter: LetterCopy, terms: sealing.Terms, peppers: Peppers, stretcher: Stretcher, objects: ObjectStore
) -> Draft:
    """Draw a code, seal the letter under it and put the document away; outside any transaction.

    Raises Busy when the slow hash has no place free.
    """
    code = codes.new_code()
    stretched = stretcher.stretch(code, sealing.salt_of(peppers, letter.national_code))
    keys = sealing.derive(stretched, peppers.generations[peppers.newest])
    record = {
        "letter": {
            "serial": letter.serial,
            "issued_at": letter.issued_at.isoformat(),
            "types": letter.types,
            "sha256": letter.sha256,
        },
        "statement": letter.statement,
    }
    sealed = sealing.seal(keys.wrapping, terms, record, letter.document)
    documents.put(objects, terms.permit_id, sealed.document)
    return Draft(
        letter=letter,
        terms=terms,
        person_tag=sealing.person_tag(peppers, letter.national_code),
        generation=peppers.newest,
        code_index=keys.index,
        copy=SealedCopy(
            permit_id=terms.permit_id,
            wrapped_key=sealed.wrapped_key,
            record=sealed.record,
            expires_at=terms.expires_at,
        ),
        code=code,
    )


def issue(session: Session, person_id: uuid.UUID, draft: Draft) -> Permit:
    """Return the permit, now in force."""
    letter = store.put_letter(session, draft.letter.serial, draft.letter.sha256, draft.letter.issued_at)
    if draft.letter.superseded and letter.superseded_at is None:
        letter.superseded_at = database_time(session)
    permit = Permit(
        id=draft.terms.permit_id,
        person_id=person_id,
        person_tag=draft.person_tag,
        letter_id=draft.letter.id,
        serial=draft.letter.serial,
        institution_id=draft.terms.institution_id,
        generation=draft.generation,
        code_index=draft.code_index,
        expires_at=draft.terms.expires_at,
        max_views=draft.terms.max_views,
    )
    session.add(permit)
    session.flush()
    session.add(draft.copy)
    # An answer given in the last second has its ticket.
    store.keep_document(session, permit.id, permit.expires_at + timedelta(seconds=documents.TICKET_SECONDS))
    _tell(session, "permit.issued", permit)
    return permit


def find(session: Session, person_id: uuid.UUID, permit_id: uuid.UUID) -> Permit:
    """Return a person's permit. Raises NotFound, also for another's."""
    permit = store.own_permit(session, person_id, permit_id)
    if permit is None:
        raise NotFound
    return permit


def pause(session: Session, permit: Permit) -> None:
    """Stop a permit until its owner resumes it; nothing changes if it is paused. Raises PermitOver."""
    now = database_time(session)
    if _running_state(permit, now) == PermitState.ACTIVE:
        permit.paused_at = now
        store.delete_tickets(session, permit.id)
        _tell(session, "permit.paused", permit)


def resume(session: Session, permit: Permit) -> None:
    """Let a paused permit go on; nothing changes if it is active. Raises PermitOver."""
    if _running_state(permit, database_time(session)) == PermitState.PAUSED:
        permit.paused_at = None
        _tell(session, "permit.resumed", permit)


def revoke(session: Session, permit: Permit) -> None:
    """End a permit at once and delete what its code opens; one that was revoked or expired stays as it ended.

    One that is used up may still be on the screen of whoever spent its last view: it becomes revoked, and so
    that page ends. The tickets go in any case: the last view's is good for minutes after it.
    """
    store.delete_tickets(session, permit.id)
    now = database_time(session)
    if permit.state_at(now) not in RUNNING | {PermitState.USED_UP}:
        return
    permit.revoked_at = now
    store.delete_sealed_copy(session, permit.id)
    store.keep_document(session, permit.id, sql_now())
    _tell(session, "permit.revoked", permit)


def revoke_generation(session: Session, generation: int) -> int:
    """Revoke what was sealed under a generation of the peppers; returns how many permits that were."""
    permits = store.running_permits(session, generation)
    for permit in permits:
        revoke(session, permit)
    return len(permits)


def _running_state(permit: Permit, now: datetime) -> PermitState:
    state = permit.state_at(now)
    if state not in RUNNING:
        raise PermitOver
    return state


def _tell(session: Session, event: str, permit: Permit) -> None:
    data: dict[str, Any] = {
        "permit_id": str(permit.id),
        "letter_id": str(permit.letter_id),
        "serial": permit.serial,
        "expires_at": permit.expires_at.isoformat(),
    }
    add_event(session, Outbox, event, subject=permit.person_id, data=data)
