"""Answers to institutions: computed from one read of the record, signed, and computed again later.

No answer is stored. A row has the questions and a keyed hash of the answers, by which the loop
`check-figures` learns that they would be others today.
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.disclosure.actions.activity import emit_event
from services.disclosure.actions.credentials import CredentialSigner
from services.disclosure.actions.numbers import generate_serial
from services.disclosure.clients import AnswerDigestsReader, AnswerQuery
from services.disclosure.models import IssuedAnswer
from services.disclosure.store import answers as store
from services.disclosure.store import citizens
from services.disclosure.store.answers import DueAnswer
from services.kit.answers import Facts, Question, compute_answers, compute_answers_digest, format_name
from services.kit.db import Sessions, is_any, read_database_time, sql_now
from services.kit.jalali import JalaliMonth
from services.kit.storage import SealedObjects

ANSWERS_TYPE = "govah-answers+jwt"
DAY_SECONDS = 24 * 3600
# Answers that one call compares.
BATCH = 25
# A change of the record may be read before the answer is stored, so each answer is compared soon after.
FIRST_CHECK_SECONDS = 120

log = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """For whom, for what and for how long answers or a letter are signed.

    Without an audience anybody may verify them, as those of a permit without an institution.
    """

    audience: uuid.UUID | None
    purpose: str | None
    reference: str | None
    answer_days: int


def compute_preview(facts: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, Any]:
    """Return the answers as they are now, with the day and the newest closed month."""
    closed_until = JalaliMonth.parse(facts["closed_until_jalali"])
    return {
        "as_of_jalali": facts["as_of_jalali"],
        "closed_until_jalali": str(closed_until),
        "answers": compute_answers(Facts.parse(facts), questions, closed_until),
    }


def build_claims(
    issuer: str, serial: str, person: Mapping[str, Any], terms: Terms, issued_at: datetime
) -> dict[str, Any]:
    """Return the claims that signed answers and signed letters have in common, without their content."""
    begun = int(issued_at.timestamp())
    return {
        "iss": issuer,
        **({"aud": str(terms.audience)} if terms.audience else {}),
        "jti": serial,
        "iat": begun,
        "exp": begun + terms.answer_days * DAY_SECONDS,
        "national_code": person["national_code"],
        "name": format_name(person),
        "purpose": terms.purpose,
        "reference": terms.reference,
    }


def issue_answers(
    session: Session,
    signer: CredentialSigner,
    objects: SealedObjects,
    issuer: str,
    facts: Mapping[str, Any],
    questions: Sequence[Question],
    terms: Terms,
    consent_id: uuid.UUID | None,
) -> dict[str, Any]:
    """Return the answers and their JWS, and register their serial. Raises CredentialsNotIssued."""
    preview = compute_preview(facts, questions)
    issued_at = read_database_time(session).astimezone(UTC).replace(microsecond=0)
    ends_at = issued_at + timedelta(days=terms.answer_days)
    serial = _draw_serial(session)
    claims = build_claims(issuer, serial, facts["person"], terms, issued_at)
    signed = signer.sign({**claims, **preview}, ANSWERS_TYPE)
    digest = compute_answers_digest(preview["answers"], facts["person"])
    session.add(
        IssuedAnswer(
            serial=serial,
            person_id=citizens.lock_citizen(session, uuid.UUID(facts["person_id"])),
            consent_id=consent_id,
            questions=list(map(dict, questions)),
            tag=_compute_tag(objects, objects.keys.newest, digest),
            issued_at=issued_at,
            ends_at=ends_at,
            due_at=sql_now(FIRST_CHECK_SECONDS),
        )
    )
    log.info("answers.issued", serial=serial, questions=len(questions))
    return {
        **preview,
        "serial": serial,
        "issued_at": issued_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "jws": signed,
    }


def _draw_serial(session: Session) -> str:
    while store.is_serial_taken(session, serial := generate_serial()):
        pass
    return serial


def _compute_tag(objects: SealedObjects, key_id: str, digest: str) -> str:
    """Return the keyed hash of a digest, by one of the keys that seal objects."""
    key = hmac.digest(objects.keys.by_id[key_id], b"answers", hashlib.sha256)
    return f"{key_id}:{hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()}"


def check_answers(sessions: Sessions, objects: SealedObjects, records: AnswerDigestsReader) -> int:
    """Return how many answers were compared with what they would be now, at most `BATCH`.

    No transaction is open while records is asked. Raises Unavailable if records is away.
    """
    if not is_any(sessions, store.is_due(), by=IssuedAnswer.due_at):
        return 0
    with sessions() as session:
        due = store.list_due_answers(session, BATCH)
    if due:
        digests = records.fetch_answer_digests([AnswerQuery(one.person_id, one.questions) for one in due])
        for answer, digest in zip(due, digests, strict=True):
            _finish_check(sessions, objects, answer, digest)
    return len(due)


def _finish_check(sessions: Sessions, objects: SealedObjects, due: DueAnswer, digest: str | None) -> None:
    """Supersede answers that would be others now, else compare them again a day later."""
    key_id = due.tag.partition(":")[0]
    if key_id not in objects.keys.by_id:
        log.error("answers.not-compared", serial=due.serial, key=key_id)
    is_same = key_id not in objects.keys.by_id or (
        digest is not None and hmac.compare_digest(due.tag, _compute_tag(objects, key_id, digest))
    )
    with sessions.begin() as session:
        answer = store.lock_answer(session, due.serial)
        if answer is None or answer.due_at is None:
            return
        if not is_same:
            supersede_answer(session, answer)
            return
        answer.due_at = sql_now(DAY_SECONDS)
        if key_id in objects.keys.by_id and digest is not None:
            # Keys rotate: the oldest may be removed once nothing is under it any more.
            answer.tag = _compute_tag(objects, objects.keys.newest, digest)


def supersede_answer(session: Session, answer: IssuedAnswer) -> None:
    """Mark locked answers as no longer current, and report it."""
    answer.superseded_at, answer.due_at = read_database_time(session), None
    data = {"serial": answer.serial, "consent_id": answer.consent_id and str(answer.consent_id)}
    emit_event(session, "answer.superseded", answer.person_id, {k: v for k, v in data.items() if v})
    log.info("answers.superseded", serial=answer.serial)


def delete_ended_answers(sessions: Sessions) -> int:
    """Return how many answers were deleted whose days are over."""
    with sessions.begin() as session:
        return store.delete_ended_answers(session, 500)
