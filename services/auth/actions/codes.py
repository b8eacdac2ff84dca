"""One-time codes to mobiles: for registrations, password resets, changes of mobile and sign-ins.

These functions create the requests and check the codes; `deliveries` sends them.

Nothing here depends on whether a person exists: a request and a try are the same for everybody. Requests are
limited only by the network that sends them, never by the person whom the code is for. So no caller can keep
another person from a request. `deliveries` limits how many codes go out to one person, and no reply shows
that limit.
"""

import hashlib
import hmac
import secrets
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
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
from services.auth.store.users import derive_tag
from services.kit import logging
from services.kit.attempts import Limit, derive_attempt_key, reserve_attempt
from services.kit.db import sql_now
from services.kit.fields import is_iranian_mobile
from services.kit.network import find_network
from services.kit.notifications import notify
from services.kit.problems import NotFound, Problem
from services.kit.text import NotDigits, normalise_code, normalise_figures

# Seconds until a request expires; its code expires at the same moment.
LIFETIME = 600
# What wakes the loop that sends codes.
CODES_CHANNEL = "codes"
MAX_TRIES = 5
HOUR = 3600
# Of a registration's number, with its check digit.
TRACKING_DIGITS = 12
NUMBER_TRIES = 3
# A hash that no code has: compared where no code went out.
UNMATCHED_HASH = "0" * 64

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


def count_code_request(session: Session, pepper: bytes, source: str, limit_per_hour: int) -> None:
    """Count a request for a code from a network. Raises TooManyAttempts past `limit_per_hour`."""
    # The count is never forgiven: it limits requests, not failures.
    key = derive_attempt_key(pepper, "asking", find_network(source))
    reserve_attempt(session, FailedAttempt, {key: (Limit(limit_per_hour, HOUR),)})


def create_registration(session: Session, national_code: str, birth_date: date, mobile: str) -> CodeRequest:
    """Return a new registration; `deliveries.send_code` sends its code, but to no other country."""
    return _add_request(
        session,
        CodeKind.ACTIVATION,
        national_code=national_code,
        birth_date=birth_date,
        mobile=mobile if is_iranian_mobile(mobile) else None,
        tracking_number=_generate_tracking_number(session),
    )


def find_registration_id(session: Session, typed: str) -> uuid.UUID:
    """Return the id of a registration from its id or its tracking number as people type it.

    Raises NotFound.
    """
    try:
        number = normalise_code(typed)
    except NotDigits:
        number = ""
    if len(number) == TRACKING_DIGITS and has_valid_check_digit(number):
        registration_id = store.find_registration_id(session, number)
    else:
        registration_id = _parse_uuid(normalise_figures(typed))
    if registration_id is None:
        raise NotFound
    return registration_id


def _parse_uuid(text: str) -> uuid.UUID | None:
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None


def _generate_tracking_number(session: Session) -> str:
    """Return eleven random digits, the first of them never zero, and a check digit."""
    least = 10 ** (TRACKING_DIGITS - 2)
    numbers = (append_check_digit(str(least + secrets.randbelow(9 * least))) for _ in range(NUMBER_TRIES))
    return next(number for number in numbers if store.find_registration_id(session, number) is None)


def create_password_reset(
    session: Session, national_code: str | None, insurance_number: str | None, birth_date: date
) -> CodeRequest:
    """Return a new password reset; `deliveries.send_code` processes it."""
    return _add_request(
        session,
        CodeKind.PASSWORD_RESET,
        national_code=national_code or "",
        insurance_number=insurance_number,
        birth_date=birth_date,
    )


def create_mobile_change(
    session: Session, person_id: uuid.UUID, national_code: str, mobile: str
) -> CodeRequest:
    """Return a new change of mobile; `deliveries.send_code` processes it."""
    return _add_request(
        session, CodeKind.MOBILE_CHANGE, national_code=national_code, mobile=mobile, person_id=person_id
    )


def create_sign_in_code(session: Session, user: str, person_id: uuid.UUID | None) -> SignInCode:
    """Return the second step of a sign-in; a code goes out only if `person_id`, so the password, is known."""
    sign_in_code = SignInCode(
        national_code=derive_tag(user),
        person_id=person_id,
        # One statement for both cases, so that they take the same time.
        due_at=sa.case((sa.literal(person_id is not None), sql_now()), else_=sa.null()),
        expires_at=sql_now(LIFETIME),
        request_id=logging.get_request_id(),
    )
    session.add(sign_in_code)
    session.flush()
    notify(session, CODES_CHANNEL)
    session.refresh(sign_in_code)
    return sign_in_code


def _add_request(
    session: Session,
    kind: CodeKind,
    *,
    national_code: str,
    insurance_number: str | None = None,
    birth_date: date | None = None,
    mobile: str | None = None,
    person_id: uuid.UUID | None = None,
    tracking_number: str | None = None,
) -> CodeRequest:
    code_request = CodeRequest(
        kind=kind,
        national_code=national_code,
        insurance_number=insurance_number,
        birth_date=birth_date,
        mobile=mobile,
        person_id=person_id,
        tracking_number=tracking_number,
        expires_at=sql_now(LIFETIME),
        request_id=logging.get_request_id(),
    )
    session.add(code_request)
    session.flush()
    notify(session, CODES_CHANNEL)
    session.refresh(code_request)
    return code_request


def get_registration_status(session: Session, registration_id: uuid.UUID) -> str:
    """Return `code-sent`, `activated` or `expired`, as if a code went out to everybody. Raises NotFound."""
    registration = store.find_code_request(session, CodeKind.ACTIVATION, registration_id)
    if registration is None:
        raise NotFound
    if registration.state is CodeState.DONE:
        return "activated"
    return "expired" if _is_over(session, registration) else "code-sent"


def find_open_request(session: Session, kind: CodeKind, code_request_id: uuid.UUID) -> CodeRequest:
    """Return a request whose code may still be tried. Raises NotFound or the problem in `EXPIRED`."""
    code_request = store.find_code_request(session, kind, code_request_id)
    if code_request is None:
        raise NotFound
    if code_request.state is not CodeState.OPEN or _is_over(session, code_request):
        raise EXPIRED[kind]
    return code_request


def _is_over(session: Session, code_request: CodeRequest) -> bool:
    return code_request.tries >= MAX_TRIES or store.has_expired(session, code_request.expires_at)


def generate_code(pepper: bytes, code_request: CodeMixin) -> str:
    """Return a new code of six digits, and store its hash in the request."""
    code = f"{secrets.randbelow(10**6):06}"
    code_request.code_hash = _hash_code(pepper, code_request.id, code)
    return code


def _hash_code(pepper: bytes, code_id: uuid.UUID, code: str) -> str:
    return hmac.new(pepper, f"code\x1f{code_id}\x1f{code}".encode(), hashlib.sha256).hexdigest()


def try_code(session: Session, pepper: bytes, code_request: CodeRequest, code: str) -> bool:
    """Return whether the code is right, and count one try; the caller commits before it reports the result.

    Raises the problem in `EXPIRED` when another call has used the last try.
    """
    row = _count_try(session, CodeRequest, code_request.id)
    if row is None:
        raise EXPIRED[code_request.kind]
    return hmac.compare_digest(row.code_hash or UNMATCHED_HASH, _hash_code(pepper, code_request.id, code))


def try_sign_in_code(
    session: Session,
    pepper: bytes,
    sign_in_id: uuid.UUID,
    user: str,
    code: str,
    person_id: uuid.UUID | None,
) -> bool:
    """Return whether the caller proves with this code to hold the mobile; the code is then used up.

    `person_id` is the person whose password came with the code, None for a wrong password. A wrong password
    costs a try and leaves the code valid. The result is the same for a wrong code and for a sign-in that is
    unknown, has expired or belongs to another person.
    """
    row = _count_try(session, SignInCode, sign_in_id)
    stored_hash = row.code_hash if row and row.national_code == derive_tag(user) else None
    if not hmac.compare_digest(stored_hash or UNMATCHED_HASH, _hash_code(pepper, sign_in_id, code)):
        return False
    if row is None or person_id is None or row.person_id != person_id:
        return False
    session.execute(
        sa.update(SignInCode)
        .where(SignInCode.id == sign_in_id)
        .values(state=CodeState.DONE, due_at=None, code_hash=None)
        .execution_options(synchronize_session=False)
    )
    return True


def _count_try(
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


def invalidate_codes(session: Session, person_id: uuid.UUID) -> None:
    """Invalidate every code of a person, sent or not yet sent; the caller has locked the account's row."""
    models: tuple[type[CodeMixin], ...] = (CodeRequest, SignInCode)
    for model in models:
        session.execute(
            sa.update(model)
            .where(model.person_id == person_id, model.state == CodeState.OPEN)
            .values(tries=MAX_TRIES, due_at=None, code_hash=None)
            .execution_options(synchronize_session=False)
        )


def mark_used(session: Session, code_request: CodeRequest) -> None:
    """Mark a request as used, after its code was right; a request is used at most once.

    Raises the problem in `EXPIRED` when another call has used or invalidated the request.
    """
    used = session.execute(
        sa.update(CodeRequest)
        .where(
            CodeRequest.id == code_request.id,
            CodeRequest.state == CodeState.OPEN,
            CodeRequest.code_hash.is_not(None),
        )
        .values(state=CodeState.DONE, due_at=None, code_hash=None)
        .returning(CodeRequest.person_id)
    ).one_or_none()
    if used is None:
        raise EXPIRED[code_request.kind]
