"""An inquiry: a national code and a secret code against a letter. Called by the routes under /inquiries."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import documents, sealing
from services.inquiry.actions.alarms import note_attempt
from services.inquiry.actions.limits import Asker, start_inquiry
from services.inquiry.actions.notices import Notice, notices_of
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.errors import (
    CodeNotAccepted,
    PermitEnded,
    PermitExpired,
    PermitPaused,
    PermitRevoked,
    PermitUsedUp,
)
from services.inquiry.models import (
    FailedAttempt,
    Inquiry,
    Letter,
    LetterState,
    Outbox,
    Permit,
    PermitState,
    Result,
    SealedCopy,
)
from services.kit import box
from services.kit.attempts import fail_attempt, forgive
from services.kit.db import database_time, sql_now
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Problem, Unavailable

INQUIRIES = Counter("govah_inquiries", "Inquiries", ["result"])

log = structlog.get_logger()


@dataclass(frozen=True)
class Question:
    """What was typed: ten digits, sixteen with a right check digit, and what for."""

    national_code: str = field(repr=False)
    code: str = field(repr=False)
    purpose: str | None = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What an institution may see: what was sealed, what the letter is worth today, a ticket to the PDF."""

    inquiry_id: uuid.UUID
    letter: dict[str, Any]
    state: LetterState
    notices: list[Notice]
    statement: dict[str, Any] = field(repr=False)
    token: str = field(repr=False)


def inquire(
    session: Session, peppers: Peppers, stretcher: Stretcher, question: Question, asker: Asker
) -> Answer:
    """Return what the pair of codes opens; in transactions of its own, around one slow hash whatever comes.

    Raises TooManyAttempts, Busy, CodeNotAccepted, and a PermitEnded for a right pair.
    """
    with session.begin():
        reserved = start_inquiry(session, peppers, question.national_code, asker)
    try:
        stretched = stretcher.stretch(question.code, sealing.salt_of(peppers, question.national_code))
    except Unavailable:
        with session.begin():
            forgive(session, FailedAttempt, reserved)
        raise
    keys = [sealing.derive(stretched, pepper) for pepper in peppers.generations.values()]
    wrapping = {key.index: key.wrapping for key in keys}
    try:
        with session.begin():
            permit = store.find_permit(session, wrapping)
            if permit is None or permit.institution_id not in {None, asker.institution_id}:
                fail_attempt(session, FailedAttempt, reserved)
                tag = sealing.person_tag(peppers, question.national_code)
                outcome: Answer | Problem = _refuse(session, tag, permit, asker)
            else:
                forgive(session, FailedAttempt, reserved)
                outcome = _show(session, permit, wrapping[permit.code_index], asker, question.purpose)
    except box.SealBroken:
        # The code is right, so somebody has changed the database: no view was counted, nothing is shown.
        with session.begin():
            fail_attempt(session, FailedAttempt, reserved)
            log.exception("seal.broken", permit_id=str(permit.id) if permit else None)
        raise CodeNotAccepted from None
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def find_permit_state(
    session: Session, inquiry_id: uuid.UUID, institution_id: uuid.UUID | None
) -> PermitState:
    """Return the present state of the permit behind an answered inquiry.

    Raises NotFound for an inquiry that was not answered, and for another institution's.
    """
    found = store.find_answered(session, inquiry_id)
    if found is None or found[0].institution_id not in {None, institution_id}:
        raise NotFound
    return found[1].state_at(database_time(session))


def _refuse(session: Session, person_tag: str, permit: Permit | None, asker: Asker) -> Problem:
    # One and the same row whether or not such a person has permits: the background finds that out and
    # tells. A stranger's purpose is not kept, or anybody could write into the person's log.
    result = Result.OTHER_INSTITUTION if permit else Result.NOT_ACCEPTED
    session.add(_inquiry(asker, person_tag=person_tag, result=result, told=False))
    note_attempt(session, asker.institution_id, has_failed=True)
    INQUIRIES.labels(result).inc()
    return CodeNotAccepted()


def _show(
    session: Session, permit: Permit, wrapping: bytes, asker: Asker, purpose: str | None
) -> Answer | Problem:
    copy = session.get(SealedCopy, permit.id)
    count = store.count_view(session, permit.id) if copy else None
    if copy is None or count is None:
        return _turn_away(session, permit, asker, purpose)
    terms = sealing.Terms.of(permit)
    key = sealing.unwrap(wrapping, terms, copy.wrapped_key)
    record = sealing.open_record(key, terms, copy.record)
    token = documents.issue_ticket(session, terms, key)
    if count == permit.max_views:
        store.delete_sealed_copy(session, permit.id)
        store.keep_document(session, permit.id, sql_now(documents.TICKET_SECONDS))
    inquiry = _record(session, permit, Result.ANSWERED, asker, purpose)
    letter, statement = session.get_one(Letter, permit.serial), record["statement"]
    return Answer(inquiry.id, record["letter"], letter.state, notices_of(letter, statement), statement, token)


def _turn_away(session: Session, permit: Permit, asker: Asker, purpose: str | None) -> PermitEnded:
    problems: dict[PermitState, PermitEnded] = {
        PermitState.REVOKED: PermitRevoked(),
        PermitState.USED_UP: PermitUsedUp(),
        PermitState.PAUSED: PermitPaused(),
    }
    state = permit.state_at(database_time(session))
    problem = problems.get(state) or PermitExpired(permit.expires_at)
    _record(session, permit, Result(problem.code), asker, purpose)
    return problem


def _record(session: Session, permit: Permit, result: Result, asker: Asker, purpose: str | None) -> Inquiry:
    inquiry = _inquiry(
        asker, permit_id=permit.id, person_tag=permit.person_tag, purpose=purpose, result=result, told=True
    )
    session.add(inquiry)
    note_attempt(session, asker.institution_id, has_failed=False)
    session.flush()
    if result == Result.ANSWERED:
        data = {
            "permit_id": str(permit.id),
            "letter_id": str(permit.letter_id),
            "serial": permit.serial,
            "inquiry_id": str(inquiry.id),
            "institution": asker.institution_name,
        }
        add_event(session, Outbox, "inquiry.answered", subject=permit.person_id, data=data)
    else:
        tell_refusal(session, permit.person_id, inquiry)
    INQUIRIES.labels(result).inc()
    return inquiry


def tell_refusal(session: Session, person_id: uuid.UUID, inquiry: Inquiry) -> None:
    """Tell the person of an attempt that was refused."""
    data = {"reason": inquiry.result.value, "institution": inquiry.institution_name}
    add_event(session, Outbox, "inquiry.refused", subject=person_id, data=data)


def _inquiry(asker: Asker, **fields: Any) -> Inquiry:
    return Inquiry(institution_id=asker.institution_id, institution_name=asker.institution_name, **fields)
