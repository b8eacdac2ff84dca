"""Codes to mobiles, from being asked for to being tried: registrations, password resets, changes of mobile.

Nothing here looks whether a person exists: asking and trying are the same for everybody.
"""

import hashlib
import hmac
import secrets
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.errors import (
    ActivationCodeWrong,
    CodeWrong,
    MobileChangeExpired,
    MobileCodeWrong,
    RegistrationExpired,
    ResetCodeWrong,
    ResetExpired,
)
from services.auth.models import CodeKind, CodeRequest, CodeState, FailedAttempt
from services.kit import logging
from services.kit.attempts import Limit, attempt_key, reserve
from services.kit.db import sql_now
from services.kit.problems import NotFound, Problem

# Seconds from asking to the end; the code in the message ends at the same moment.
LIFETIME = 600
MAX_TRIES = 5
ASKED = (Limit(3, 3600),)

WRONG: dict[CodeKind, type[CodeWrong]] = {
    CodeKind.ACTIVATION: ActivationCodeWrong,
    CodeKind.PASSWORD_RESET: ResetCodeWrong,
    CodeKind.MOBILE_CHANGE: MobileCodeWrong,
}
EXPIRED: dict[CodeKind, type[Problem]] = {
    CodeKind.ACTIVATION: RegistrationExpired,
    CodeKind.PASSWORD_RESET: ResetExpired,
    CodeKind.MOBILE_CHANGE: MobileChangeExpired,
}


def ask_registration(
    session: Session, pepper: bytes, national_code: str, birth_date: date, mobile: str
) -> CodeRequest:
    """A registration that the sender will look at. Raises TooManyAttempts: 3 an hour, person and mobile."""
    _count(session, pepper, (CodeKind.ACTIVATION, national_code), ("mobile", mobile))
    return _add(
        session, CodeKind.ACTIVATION, national_code=national_code, birth_date=birth_date, mobile=mobile
    )


def ask_password_reset(session: Session, pepper: bytes, national_code: str, birth_date: date) -> CodeRequest:
    """A reset that the sender will look at. Raises TooManyAttempts: 3 an hour a person."""
    _count(session, pepper, (CodeKind.PASSWORD_RESET, national_code))
    return _add(session, CodeKind.PASSWORD_RESET, national_code=national_code, birth_date=birth_date)


def ask_mobile_change(
    session: Session, pepper: bytes, person_id: uuid.UUID, national_code: str, mobile: str
) -> CodeRequest:
    """A change of mobile that the sender will look at. Raises TooManyAttempts: 3 an hour."""
    _count(session, pepper, (CodeKind.MOBILE_CHANGE, str(person_id)), ("mobile", mobile))
    return _add(
        session, CodeKind.MOBILE_CHANGE, national_code=national_code, mobile=mobile, person_id=person_id
    )


def _count(session: Session, pepper: bytes, *counters: tuple[str, str]) -> None:
    # Never forgiven: what is limited is asking, not failing.
    reserve(session, FailedAttempt, {attempt_key(pepper, "asked", *counter): ASKED for counter in counters})


def _add(
    session: Session,
    kind: CodeKind,
    *,
    national_code: str,
    birth_date: date | None = None,
    mobile: str | None = None,
    person_id: uuid.UUID | None = None,
) -> CodeRequest:
    asked = CodeRequest(
        kind=kind,
        national_code=national_code,
        birth_date=birth_date,
        mobile=mobile,
        person_id=person_id,
        expires_at=sql_now(LIFETIME),
        request_id=logging.current_request_id(),
    )
    session.add(asked)
    session.flush()
    session.refresh(asked)
    return asked


def follow_up(session: Session, registration_id: uuid.UUID) -> str:
    """`code-sent`, `activated` or `expired`, as if a code went out to everybody. Raises NotFound."""
    asked = store.code_request(session, CodeKind.ACTIVATION, registration_id)
    if asked is None:
        raise NotFound
    if asked.state is CodeState.DONE:
        return "activated"
    return "expired" if _is_over(session, asked) else "code-sent"


def find_open(session: Session, kind: CodeKind, code_request_id: uuid.UUID) -> CodeRequest:
    """A request whose code may still be tried. Raises NotFound or what `EXPIRED` names."""
    asked = store.code_request(session, kind, code_request_id)
    if asked is None:
        raise NotFound
    if asked.state is not CodeState.OPEN or _is_over(session, asked):
        raise EXPIRED[kind]
    return asked


def _is_over(session: Session, asked: CodeRequest) -> bool:
    return asked.tries >= MAX_TRIES or store.has_expired(session, asked.expires_at)


def draw_code(pepper: bytes, asked: CodeRequest) -> str:
    """A new code of six digits; the request keeps its hash."""
    code = f"{secrets.randbelow(10**6):06}"
    asked.code_hash = _hash(pepper, asked.id, code)
    return code


def _hash(pepper: bytes, code_request_id: uuid.UUID, code: str) -> str:
    return hmac.new(pepper, f"code\x1f{code_request_id}\x1f{code}".encode(), hashlib.sha256).hexdigest()


def try_code(session: Session, pepper: bytes, asked: CodeRequest, code: str) -> bool:
    """Count one try and tell whether the code is right; the caller commits before it says so.

    Raises what `EXPIRED` names when another try was the last one meanwhile.
    """
    tried = session.execute(
        sa.update(CodeRequest)
        .where(
            CodeRequest.id == asked.id,
            CodeRequest.state == CodeState.OPEN,
            CodeRequest.tries < MAX_TRIES,
            CodeRequest.expires_at > sql_now(),
        )
        .values(tries=CodeRequest.tries + 1)
        .returning(CodeRequest.code_hash)
    ).one_or_none()
    if tried is None:
        raise EXPIRED[asked.kind]
    # Where no code went out, a hash that no code has is compared all the same.
    return hmac.compare_digest(tried.code_hash or "0" * 64, _hash(pepper, asked.id, code))


def finish(session: Session, asked: CodeRequest) -> None:
    """Use the request up, once. Raises what `EXPIRED` names when it was used meanwhile."""
    done = session.execute(
        sa.update(CodeRequest)
        .where(CodeRequest.id == asked.id, CodeRequest.state == CodeState.OPEN)
        .values(state=CodeState.DONE, due_at=None, code_hash=None)
        .returning(CodeRequest.person_id)
    ).one_or_none()
    if done is None:
        raise EXPIRED[asked.kind]
