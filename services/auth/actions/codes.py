"""Codes to mobiles, from being asked for to being tried: registrations, resets, changes of mobile, sign-ins.

Nothing here looks whether a person exists: asking and trying are the same for everybody. Asking is limited by
the network it comes from, and by nothing that says who the code is for: so nobody can keep another from
asking. How many codes go out to one person, `sending` bounds, and of that nobody hears.
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
from services.auth.models import CodeKind, CodeMixin, CodeRequest, CodeState, FailedAttempt, SignInCode
from services.kit import logging
from services.kit.attempts import Limit, attempt_key, reserve
from services.kit.db import sql_now
from services.kit.network import network_of
from services.kit.problems import NotFound, Problem

# Seconds from asking to the end; the code in the message ends at the same moment.
LIFETIME = 600
MAX_TRIES = 5
AN_HOUR = 3600
# A hash that no code has, compared where no code went out.
NO_CODES_HASH = "0" * 64

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


def count_asking(session: Session, pepper: bytes, source: str, an_hour: int) -> None:
    """Count that a network asks for a code. Raises TooManyAttempts past `an_hour` of its askings an hour."""
    # Never forgiven: what is limited is asking, not failing.
    key = attempt_key(pepper, "asking", network_of(source))
    reserve(session, FailedAttempt, {key: (Limit(an_hour, AN_HOUR),)})


def ask_registration(session: Session, national_code: str, birth_date: date, mobile: str) -> CodeRequest:
    """Return a new registration, which the sender will look at."""
    return _add(
        session, CodeKind.ACTIVATION, national_code=national_code, birth_date=birth_date, mobile=mobile
    )


def ask_password_reset(session: Session, national_code: str, birth_date: date) -> CodeRequest:
    """Return a new reset, which the sender will look at."""
    return _add(session, CodeKind.PASSWORD_RESET, national_code=national_code, birth_date=birth_date)


def ask_mobile_change(session: Session, person_id: uuid.UUID, national_code: str, mobile: str) -> CodeRequest:
    """Return a new change of mobile, which the sender will look at."""
    return _add(
        session, CodeKind.MOBILE_CHANGE, national_code=national_code, mobile=mobile, person_id=person_id
    )


def ask_sign_in(session: Session, national_code: str, person_id: uuid.UUID | None) -> SignInCode:
    """Return the second step of a sign-in; the sender looks at it only if the password was somebody's."""
    asked = SignInCode(
        national_code=national_code,
        person_id=person_id,
        # In one statement for both, so that they take the same time.
        due_at=sa.case((sa.literal(person_id is not None), sql_now()), else_=sa.null()),
        expires_at=sql_now(LIFETIME),
        request_id=logging.current_request_id(),
    )
    session.add(asked)
    session.flush()
    session.refresh(asked)
    return asked


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


def draw_code(pepper: bytes, asked: CodeMixin) -> str:
    """Return a new code of six digits, of which the request gets the hash."""
    code = f"{secrets.randbelow(10**6):06}"
    asked.code_hash = _hash(pepper, asked.id, code)
    return code


def _hash(pepper: bytes, code_id: uuid.UUID, code: str) -> str:
    return hmac.new(pepper, f"code\x1f{code_id}\x1f{code}".encode(), hashlib.sha256).hexdigest()


def try_code(session: Session, pepper: bytes, asked: CodeRequest, code: str) -> bool:
    """Return whether the code is right, and count one try; the caller commits before it says so.

    Raises what `EXPIRED` names when another try was the last one meanwhile.
    """
    tried = _take_try(session, CodeRequest, asked.id)
    if tried is None:
        raise EXPIRED[asked.kind]
    return hmac.compare_digest(tried.code_hash or NO_CODES_HASH, _hash(pepper, asked.id, code))


def try_sign_in_code(
    session: Session,
    pepper: bytes,
    sign_in_id: uuid.UUID,
    national_code: str,
    code: str,
    person_id: uuid.UUID | None,
) -> bool:
    """Return whether somebody proves to hold the mobile with this code, which is then used up.

    `person_id` is whose password came with it, None for a wrong one: a mistyped password costs a try and
    leaves the code good. A sign-in that never was, has ended, or is another person's, and a wrong code are
    all the same.
    """
    tried = _take_try(session, SignInCode, sign_in_id)
    known_hash = tried.code_hash if tried and tried.national_code == national_code else None
    if not hmac.compare_digest(known_hash or NO_CODES_HASH, _hash(pepper, sign_in_id, code)):
        return False
    if tried is None or person_id is None or tried.person_id != person_id:
        return False
    session.execute(
        sa.update(SignInCode)
        .where(SignInCode.id == sign_in_id)
        .values(state=CodeState.DONE, due_at=None, code_hash=None)
        .execution_options(synchronize_session=False)
    )
    return True


def _take_try(
    session: Session, model: type[CodeMixin], code_id: uuid.UUID
) -> sa.Row[str | None, str, uuid.UUID | None] | None:
    return session.execute(
        sa.update(model)
        .where(
            model.id == code_id,
            model.state == CodeState.OPEN,
            model.tries < MAX_TRIES,
            model.expires_at > sql_now(),
        )
        .values(tries=model.tries + 1)
        .returning(model.code_hash, model.national_code, model.person_id)
    ).one_or_none()


def void_codes(session: Session, person_id: uuid.UUID) -> None:
    """End every code that a person was sent or is to be sent; the caller holds the account's row."""
    models: tuple[type[CodeMixin], ...] = (CodeRequest, SignInCode)
    for model in models:
        session.execute(
            sa.update(model)
            .where(model.person_id == person_id, model.state == CodeState.OPEN)
            .values(tries=MAX_TRIES, due_at=None, code_hash=None)
            .execution_options(synchronize_session=False)
        )


def finish(session: Session, asked: CodeRequest) -> None:
    """Use the request up, once, after its code was right.

    Raises what `EXPIRED` names when it was used or made void meanwhile.
    """
    done = session.execute(
        sa.update(CodeRequest)
        .where(
            CodeRequest.id == asked.id,
            CodeRequest.state == CodeState.OPEN,
            CodeRequest.code_hash.is_not(None),
        )
        .values(state=CodeState.DONE, due_at=None, code_hash=None)
        .returning(CodeRequest.person_id)
    ).one_or_none()
    if done is None:
        raise EXPIRED[asked.kind]
