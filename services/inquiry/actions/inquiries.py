"""Inquiries: a national code and a secret code that open a letter. Called by the routes under /inquiries."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import documents, sealing
from services.inquiry.actions.alarms import record_attempt
from services.inquiry.actions.limits import Inquirer, start_inquiry
from services.inquiry.actions.notices import Notice, list_answer_notices, list_notices
from services.inquiry.actions.objections import Objections, find_objections
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.refusals import report_refusal
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.errors import (
    CodeNotAccepted,
    PermitEnded,
    PermitExpired,
    PermitLetterRevoked,
    PermitPaused,
    PermitRevoked,
    PermitUsedUp,
)
from services.inquiry.models import (
    Ending,
    FailedAttempt,
    Inquiry,
    InstitutionInquiry,
    Letter,
    LetterState,
    Outbox,
    Permit,
    PermitState,
    Result,
    SealedCopy,
)
from services.kit import box
from services.kit.attempts import Reservation, cancel_attempt, fail_attempt
from services.kit.db import Sessions, read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Problem, Unavailable

INQUIRIES = Counter("govah_inquiries", "Inquiries", ["result"])

log = structlog.get_logger()


@dataclass(frozen=True)
class Question:
    """What the inquirer typed: national code or insurance number, secret code, and what goes with them.

    `institution_name` counts without a token only, `reference` with an institution's token only.
    """

    code: str = field(repr=False)
    national_code: str | None = field(repr=False, default=None)
    insurance_number: str | None = field(repr=False, default=None)
    purpose: str | None = field(repr=False, default=None)
    institution_name: str | None = field(repr=False, default=None)
    reference: str | None = field(repr=False, default=None)
    document_minutes: int = documents.TICKET_MINUTES

    @property
    def identifier(self) -> str:
        """Return what salt and tag of the person are made of."""
        return sealing.build_identifier(self.national_code, self.insurance_number)


@dataclass(frozen=True)
class Answer:
    """What the inquirer may see: the sealed letter, its state and objections today, a ticket for the PDF.

    A permit that shows only answers has their JWS instead of letter, statement and ticket.
    """

    inquiry_id: uuid.UUID
    state: LetterState
    notices: list[Notice]
    letter: dict[str, Any] = field(default_factory=dict)
    objections: Objections | None = None
    statement: dict[str, Any] = field(repr=False, default_factory=dict)
    token: str = field(repr=False, default="")
    jws: str | None = field(repr=False, default=None)


def inquire(
    sessions: Sessions, peppers: Peppers, stretcher: Stretcher, question: Question, inquirer: Inquirer
) -> Answer:
    """Return what the pair of codes opens.

    Takes Sessions, because one slow hash runs between two transactions: the attempt is counted before it and
    judged after it. The hash runs once, whatever is wrong with the pair.

    Raises TooManyAttempts, Busy, CodeNotAccepted, and a PermitEnded for a right pair.
    """
    with sessions.begin() as session:
        attempt = start_inquiry(session, peppers, question.identifier, inquirer)
    try:
        stretched = stretcher.stretch(question.code, sealing.derive_salt(peppers, question.identifier))
    except Unavailable:
        with sessions.begin() as session:
            cancel_attempt(session, FailedAttempt, attempt)
        raise
    keys = [sealing.derive_keys(stretched, pepper) for pepper in peppers.generations.values()]
    wrapping = {key.index: key.wrapping for key in keys}
    tag = sealing.derive_person_tag(peppers, question.identifier)
    try:
        with sessions.begin() as session:
            outcome = _judge_pair(session, attempt, wrapping, tag, question, inquirer)
    except box.SealBroken:
        # The code is right, so the row was changed by hand. The rollback has uncounted the view.
        with sessions.begin() as session:
            fail_attempt(session, FailedAttempt, attempt)
        raise CodeNotAccepted from None
    # A problem is raised only after the commit: raised before it, it would roll back the failed attempt.
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def find_permit_state(
    session: Session, inquiry_id: uuid.UUID, institution_id: uuid.UUID | None
) -> PermitState:
    """Return the present state of the permit behind an answered inquiry.

    Raises NotFound for an unknown or refused inquiry, and for another institution's.
    """
    row = store.find_answered(session, inquiry_id)
    if row is None or row[0].institution_id not in {None, institution_id}:
        raise NotFound
    return row[1].get_state(read_database_time(session))


def _judge_pair(
    session: Session,
    attempt: Reservation,
    wrapping: dict[str, bytes],
    person_tag: str,
    question: Question,
    inquirer: Inquirer,
) -> Answer | Problem:
    """Return the answer, or the problem to raise after the commit. Raises SealBroken."""
    permit = store.find_permit_by_code(session, wrapping)
    if permit is None or permit.institution_id not in {None, inquirer.institution_id}:
        fail_attempt(session, FailedAttempt, attempt)
        return _refuse_pair(session, person_tag, permit, question, inquirer)
    cancel_attempt(session, FailedAttempt, attempt)
    try:
        return _open_letter(session, permit, wrapping[permit.code_index], question, inquirer)
    except box.SealBroken:
        log.exception("seal.broken", permit_id=str(permit.id))
        raise


def _refuse_pair(
    session: Session, person_tag: str, permit: Permit | None, question: Question, inquirer: Inquirer
) -> Problem:
    # The same row whether or not such a person has permits; the loop `refusals` finds that out later. Purpose
    # and name are not stored, or a stranger could write into the person's list of views.
    result = Result.OTHER_INSTITUTION if permit else Result.NOT_ACCEPTED
    session.add(_build_inquiry(inquirer, person_tag=person_tag, result=result, is_reported=False))
    # To the institution, the permit of another one is the same as none.
    _add_history(session, question, inquirer, Result.NOT_ACCEPTED)
    record_attempt(session, inquirer.institution_id, has_failed=True)
    INQUIRIES.labels(result).inc()
    return CodeNotAccepted()


def _open_letter(
    session: Session, permit: Permit, wrapping: bytes, question: Question, inquirer: Inquirer
) -> Answer | Problem:
    letter = session.get_one(Letter, permit.serial)
    copy = None if letter.revoked_at else session.get(SealedCopy, permit.id)
    count = store.count_view(session, permit.id) if copy else None
    if copy is None or count is None:
        return _refuse_ended(session, permit, question, inquirer)
    terms = sealing.Terms.from_permit(permit)
    key = sealing.unwrap_key(wrapping, terms, copy.wrapped_key)
    record = sealing.open_record(key, terms, copy.record)
    seconds = question.document_minutes * 60
    token = "" if "jws" in record else documents.issue_ticket(session, terms, key, seconds)
    is_last = count == permit.max_views
    if is_last:
        store.delete_sealed_copy(session, permit.id)
        store.set_document_expiry(session, permit.id, sql_now(seconds))
    inquiry = _record_inquiry(session, permit, Result.ANSWERED, question, inquirer)
    by = {"institution_id": inquirer.institution_id} if inquirer.institution_id else {}
    ids = {"permit_id": permit.id, "inquiry_id": inquiry.id, **by}
    add_ending(session, Ending, "permit.viewed", views=count, **ids)
    if "jws" in record:
        return Answer(inquiry.id, letter.state, list_answer_notices(letter), jws=record["jws"])
    statement = record["statement"]
    objections = find_objections(session, permit.person_id, statement)
    notices = list_notices(letter, objections, is_last_view=is_last)
    return Answer(inquiry.id, letter.state, notices, record["letter"], objections, statement, token)


def _refuse_ended(session: Session, permit: Permit, question: Question, inquirer: Inquirer) -> PermitEnded:
    problems: dict[PermitState, PermitEnded] = {
        PermitState.LETTER_REVOKED: PermitLetterRevoked(),
        PermitState.REVOKED: PermitRevoked(),
        PermitState.USED_UP: PermitUsedUp(),
        PermitState.PAUSED: PermitPaused(),
    }
    # The letter may have been revoked since it was read.
    session.refresh(permit.letter)
    state = permit.get_state(read_database_time(session))
    problem = problems.get(state) or PermitExpired(permit.expires_at)
    _record_inquiry(session, permit, Result(problem.code), question, inquirer)
    return problem


def _record_inquiry(
    session: Session, permit: Permit, result: Result, question: Question, inquirer: Inquirer
) -> Inquiry:
    """Return the row of an inquiry with a right pair; its event is added too."""
    inquiry = _build_inquiry(
        inquirer,
        permit_id=permit.id,
        person_tag=permit.person_tag,
        claimed_institution=None if inquirer.institution_id else question.institution_name or None,
        purpose=question.purpose,
        result=result,
        is_reported=True,
    )
    session.add(inquiry)
    record_attempt(session, inquirer.institution_id, has_failed=False)
    session.flush()
    _add_history(session, question, inquirer, result, inquiry_id=inquiry.id, serial=permit.serial)
    if result == Result.ANSWERED:
        data = {
            "permit_id": str(permit.id),
            "letter_id": str(permit.letter_id),
            "serial": permit.serial,
            "inquiry_id": str(inquiry.id),
            "institution": inquirer.institution_name,
        }
        if inquiry.claimed_institution:
            data["claimed_institution"] = inquiry.claimed_institution
        add_event(session, Outbox, "inquiry.answered", subject=permit.person_id, data=data)
    else:
        report_refusal(session, permit.person_id, inquiry)
    INQUIRIES.labels(result).inc()
    return inquiry


def _add_history(
    session: Session,
    question: Question,
    inquirer: Inquirer,
    result: Result,
    *,
    inquiry_id: uuid.UUID | None = None,
    serial: str | None = None,
) -> None:
    """Add an inquiry to what its institution finds again; nothing for an inquiry without a token."""
    if inquirer.institution_id is None:
        return
    row = InstitutionInquiry(
        id=inquiry_id or uuid.uuid4(),
        institution_id=inquirer.institution_id,
        subject=inquirer.subject,
        reference=question.reference,
        purpose=question.purpose,
        result=result,
        serial=serial,
    )
    session.add(row)


def _build_inquiry(inquirer: Inquirer, **fields: Any) -> Inquiry:
    return Inquiry(
        institution_id=inquirer.institution_id, institution_name=inquirer.institution_name, **fields
    )
