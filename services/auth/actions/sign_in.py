"""Signing in: limits first, then Argon2, then a session. One answer for everything that is not accepted.

These actions run Argon2, once for each attempt that is looked at, whoever it is for. So they open their
transactions themselves and are called outside of one. What they refuse they raise after the commit that
counts it.

Nobody can close an account to its owner. Past the threshold of an account, which any stranger may bring
about, a citizen's password is not enough on a device that is not known: a code goes to the mobile on file.
Staff have no mobile on file. Those with a second factor are asked for it always, so past the threshold
nothing more is needed; for those without one the limits of networks and devices remain, and operators see it
in the counts.
"""

import uuid
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, limits, second_factors
from services.auth.actions.passwords import Compared, Hasher
from services.auth.actions.security_notices import add_bounded_notice
from services.auth.actions.tokens import ACCESS_SECONDS, Signer, session_token
from services.auth.errors import CredentialsNotAccepted, SignInCodeRequired, SignInCodeWrong
from services.auth.models import (
    Account,
    FailedAttempt,
    KnownDevice,
    Role,
    SecondFactor,
    SecurityNoticeKind,
    Staff,
    StaffRole,
)
from services.kit.attempts import attempt_key, check, forgive, reserve
from services.kit.db import database_time
from services.kit.problems import Problem, TokenInvalid
from services.kit.tokens import Principal

SIGN_INS = Counter("govah_sign_ins", "Attempts to sign in that were looked at", ["kind", "result"])
GUARDED = Counter("govah_sign_ins_guarded", "Attempts at accounts past their threshold of failures", ["kind"])
WRONG_CODES = Counter("govah_wrong_codes_alarms", "Accounts closed for a while by wrong codes", ["kind"])
CITIZEN, STAFF = "citizen", "staff"

log = structlog.get_logger()


@dataclass(frozen=True)
class Attempt:
    """What somebody sends to sign in; `user` is a national code or a user name, `source` an address."""

    user: str
    password: str = field(repr=False)
    source: str
    device_token: str = field(default="", repr=False)
    totp: str = field(default="", repr=False)
    sign_in_id: uuid.UUID | None = None
    code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Grant:
    """What a sign-in or a refresh gives; `expires_in` is seconds of the access token.

    `device_token` is set when the device was not known, `wrong_codes` when one-time codes of one of the staff
    were wrong since the last sign-in.
    """

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_SECONDS
    device_token: str | None = None
    wrong_codes: int | None = None


@dataclass(frozen=True)
class Look:
    """What one look at an attempt is about; `wrong_code` is the counter that a wrong one-time code fills."""

    pepper: bytes
    attempt: Attempt
    keys: limits.Keys
    device: KnownDevice | None
    compared: Compared
    wrong_code: str | None


def sign_in_citizen(
    session: Session, signer: Signer, hasher: Hasher, pepper: bytes, attempt: Attempt
) -> Grant:
    """Return a session of a citizen.

    Raises CredentialsNotAccepted, TooManyAttempts; SignInCodeRequired past the account's threshold, the same
    whether or not the password is right or the person exists, and then SignInCodeWrong.
    """
    with session.begin():
        account = store.account_by_national_code(session, attempt.user)
        device = devices.find_device(session, account, attempt.device_token)
        keys = limits.keys_of(pepper, CITIZEN, attempt.user, attempt.source, device)
        limits.check_early(session, keys)
    compared = hasher.compare_password(account.password_hash if account else None, attempt.password)
    wrong_code = None
    if attempt.sign_in_id is not None:
        wrong_code = limits.wrong_code_key(pepper, CITIZEN, attempt.user, compared.fingerprint)
    look = Look(pepper, attempt, keys, device, compared, wrong_code)
    with session.begin():
        answer = _answer_citizen(session, signer, look, account)
    return _end(CITIZEN, answer)


def _answer_citizen(session: Session, signer: Signer, look: Look, account: Account | None) -> Grant | Problem:
    attempt = look.attempt
    counted = limits.count_attempt(session, look.keys, look.wrong_code)
    person_id = account.id if account and look.compared.matches else None
    # A device that has failed too often is no better than an unknown one.
    device = look.device if counted.is_known else None
    if not counted.is_known and limits.is_guarded(session, look.keys):
        GUARDED.labels(CITIZEN).inc()
        if attempt.sign_in_id is None:
            asked = codes.ask_sign_in(session, attempt.user, person_id)
            return SignInCodeRequired(asked.id, asked.expires_at)
        store.keep_account(session, attempt.user)
        holds_mobile = codes.try_sign_in_code(
            session, look.pepper, attempt.sign_in_id, attempt.user, attempt.code, person_id
        )
        is_last = _is_last_wrong_code(session, look)
        if not holds_mobile:
            if person_id and is_last:
                _raise_alarm(CITIZEN, person_id)
                add_bounded_notice(session, look.pepper, SecurityNoticeKind.WRONG_CODES, person_id)
            return SignInCodeWrong()
    if account is None or person_id is None:
        return CredentialsNotAccepted()
    counted.forgive()
    if device is None:
        add_bounded_notice(session, look.pepper, SecurityNoticeKind.NEW_SIGN_IN, account.id)
    return _start(session, signer, account, Role.CITIZEN, device)


def sign_in_staff(session: Session, signer: Signer, hasher: Hasher, pepper: bytes, attempt: Attempt) -> Grant:
    """Return a session of an officer or of a clerk; `totp` counts for those who have a second factor.

    A wrong one-time code gets the answer of a wrong password. After five with the right password the account
    is closed to that password for a quarter of an hour, over all networks and for unknown devices, and
    answers TooManyAttempts. That tells nobody whether a password is right: five one-time codes with one wrong
    password get it for that password just the same, and for names that nobody has (`limits.wrong_code_key`).
    A stranger who does not know the password fills other counters, so the owner is let in.

    Raises CredentialsNotAccepted, TooManyAttempts.
    """
    with session.begin():
        staff = store.staff_by_username(session, attempt.user)
        factor = store.second_factor(session, attempt.user)
        now = database_time(session)
        if staff and staff.disabled_at:
            staff = None
        device = devices.find_device(session, staff, attempt.device_token)
        keys = limits.keys_of(pepper, STAFF, attempt.user, attempt.source, device)
        limits.check_early(session, keys)
    step = second_factors.step_of(pepper, factor, attempt.totp, now) if factor else None
    compared = hasher.compare_password(staff.password_hash if staff else None, attempt.password)
    wrong_code = None
    if attempt.totp:
        wrong_code = limits.wrong_code_key(pepper, STAFF, attempt.user, compared.fingerprint)
    look = Look(pepper, attempt, keys, device, compared, wrong_code)
    with session.begin():
        answer = _answer_staff(session, signer, look, staff, factor, step)
    return _end(STAFF, answer)


def _answer_staff(
    session: Session,
    signer: Signer,
    look: Look,
    staff: Staff | None,
    factor: SecondFactor | None,
    step: int | None,
) -> Grant | Problem:
    counted = limits.count_attempt(session, look.keys, look.wrong_code)
    if not counted.is_known and limits.is_guarded(session, look.keys):
        GUARDED.labels(STAFF).inc()
    matches = staff is not None and look.compared.matches
    is_let_in = matches and (factor is None or second_factors.use(session, factor, step))
    is_wrong_code = matches and not is_let_in and look.wrong_code is not None
    # The same statements whether or not the password is right: only what is added differs.
    second_factors.count_wrong_codes(session, factor, int(is_wrong_code))
    is_last = _is_last_wrong_code(session, look)
    if staff and is_wrong_code and is_last:
        _raise_alarm(STAFF, staff.id)
    if staff is None or not is_let_in:
        return CredentialsNotAccepted()
    counted.forgive()
    wrong_codes = second_factors.take_wrong_codes(session, factor) if factor else 0
    role = Role.OFFICER if staff.role is StaffRole.OFFICER else Role.INSTITUTION
    return _start(session, signer, staff, role, look.device if counted.is_known else None, wrong_codes)


def _is_last_wrong_code(session: Session, look: Look) -> bool:
    """Whether the one-time code that was just counted as wrong is the last that is looked at for a while."""
    return look.wrong_code is not None and any(
        limits.is_full(session, look.wrong_code, limit) for limit in limits.WRONG_CODES
    )


def _raise_alarm(kind: str, subject: uuid.UUID) -> None:
    """Tell operators that somebody who knows a password has tried too many one-time codes."""
    WRONG_CODES.labels(kind).inc()
    log.warning("sign-in.wrong-codes", kind=kind, subject=str(subject))


def _start(
    session: Session,
    signer: Signer,
    holder: Account | Staff,
    role: Role,
    device: KnownDevice | None,
    wrong_codes: int = 0,
) -> Grant:
    family, refresh_token = families.start(session, holder, role)
    access_token = session_token(session, signer, family)
    device_token = None
    if device:
        devices.note_seen(session, device)
    else:
        device_token = devices.register_device(session, holder.id)
    log.info("session.started", subject=str(holder.id), role=role.value)
    return Grant(access_token, refresh_token, device_token=device_token, wrong_codes=wrong_codes or None)


def _end(kind: str, answer: Grant | Problem) -> Grant:
    SIGN_INS.labels(kind, answer.code if isinstance(answer, Problem) else "accepted").inc()
    if isinstance(answer, Problem):
        log.info("sign-in.refused", reason=answer.code)
        raise answer
    return answer


def refresh(session: Session, signer: Signer, refresh_token: str) -> Grant:
    """Return the next tokens of a session. Raises TokenInvalid; a used refresh token ends the session."""
    with session.begin():
        rotated = families.rotate(session, refresh_token)
        grant = Grant(session_token(session, signer, rotated[0]), rotated[1]) if rotated else None
    # Raised after the commit: a used token has ended its session.
    if grant is None:
        raise TokenInvalid
    return grant


def confirm(
    session: Session, hasher: Hasher, pepper: bytes, caller: Principal, password: str, source: str
) -> Account | Staff:
    """Return the account or member of staff that calls, after the password was asked for again.

    Failures count by the session, over all networks: who holds another session of the person, or none, cannot
    keep this one from its change. Raises TokenInvalid when the session has ended, CredentialsNotAccepted,
    TooManyAttempts.
    """
    counters = {
        attempt_key(pepper, "confirm", caller.session_id or ""): limits.PER_USER,
        limits.network_key(pepper, source): limits.PER_NETWORK,
    }
    with session.begin():
        if not families.is_live(session, caller.session_id):
            raise TokenInvalid
        for key, of_key in counters.items():
            check(session, FailedAttempt, key, of_key)
        holder: Account | Staff | None
        if caller.role == Role.CITIZEN:
            holder = session.get(Account, caller.person_id)
        else:
            holder = session.get(Staff, caller.person_id)
    if holder is None:
        raise TokenInvalid
    matches = hasher.password_matches(holder.password_hash, password)
    with session.begin():
        counted = reserve(session, FailedAttempt, counters)
        if matches:
            forgive(session, FailedAttempt, counted)
    if not matches:
        log.info("password.refused")
        raise CredentialsNotAccepted
    return holder
