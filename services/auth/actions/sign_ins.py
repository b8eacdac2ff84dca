"""Signing in: limits first, then Argon2, then a session. Everything that is not accepted gets one reply.

Argon2 runs once for each attempt that passes the limits, for unknown users too. So the actions that see a
password take `Sessions`: Argon2 runs between two transactions. They raise a refusal after the commit that
counts it.

No stranger can lock an owner out. Past the threshold of an account, which any stranger may cause, a citizen's
password is not enough on an unknown device: a code goes to the mobile on file. Staff have no mobile on file.
Those with a second factor are always asked for it, so past the threshold nothing more is needed. For those
without one the limits of networks and devices remain, and operators see the attempts in the metrics.
"""

import uuid
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, limits, second_factors
from services.auth.actions.browsers import describe_browser
from services.auth.actions.factor_checks import Factors, load_factors, use_code
from services.auth.actions.grants import Grant, start_session
from services.auth.actions.passwords import Comparison, Hasher
from services.auth.actions.security_notices import add_bounded_notice
from services.auth.actions.staff import SESSION_ROLES, is_admitted
from services.auth.actions.tokens import Signer
from services.auth.errors import AccountClosed, CredentialsNotAccepted, SignInCodeRequired, SignInCodeWrong
from services.auth.models import (
    Account,
    CitizenFactor,
    ClosedAccount,
    KnownDevice,
    Role,
    SecondFactor,
    SecurityNoticeKind,
    Staff,
)
from services.auth.store import users
from services.kit.db import Sessions, read_database_time
from services.kit.problems import Problem

SIGN_INS = Counter("govah_sign_ins", "Attempts to sign in that passed the limits", ["kind", "result"])
GUARDED = Counter("govah_sign_ins_guarded", "Attempts at accounts past their threshold of failures", ["kind"])
WRONG_CODES = Counter("govah_wrong_codes_alarms", "Accounts closed for a while by wrong codes", ["kind"])
CITIZEN, STAFF = "citizen", "staff"

log = structlog.get_logger()


@dataclass(frozen=True)
class Attempt:
    """The data of one attempt to sign in; `user` is of `store.users` or a user name, `source` an address."""

    user: str
    password: str = field(repr=False)
    source: str
    device_token: str = field(default="", repr=False)
    totp: str = field(default="", repr=False)
    sign_in_id: uuid.UUID | None = None
    code: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)


@dataclass(frozen=True)
class ComparedAttempt:
    """An attempt after the comparison of its password; `wrong_code_key` counts its one-time code, if any."""

    pepper: bytes
    attempt: Attempt
    keys: limits.Keys
    device: KnownDevice | None
    comparison: Comparison
    factors: Factors
    wrong_code_key: str | None


def sign_in_citizen(
    sessions: Sessions, signer: Signer, hasher: Hasher, pepper: bytes, attempt: Attempt
) -> Grant:
    """Return the tokens of a citizen's new session. Argon2 runs between two transactions.

    Raises CredentialsNotAccepted, TooManyAttempts. Past the account's threshold raises SignInCodeRequired,
    and then SignInCodeWrong, the same whether or not the password is right or the person exists.
    """
    with sessions.begin() as session:
        account = users.find_account(session, attempt.user)
        closed = users.find_closed_account(session, attempt.user)
        now = read_database_time(session)
        factors = load_factors(session, pepper, CitizenFactor, account, attempt.totp, now)
        device = devices.find_device(session, account, attempt.device_token)
        keys = limits.build_keys(pepper, CITIZEN, attempt.user, attempt.source, device)
        limits.check_limits(session, keys)
    holder = account or closed
    comparison = hasher.compare_password(holder.password_hash if holder else None, attempt.password)
    wrong_code_key = None
    if attempt.sign_in_id is not None or attempt.totp:
        wrong_code_key = limits.build_wrong_code_key(pepper, CITIZEN, attempt.user, comparison.fingerprint)
    compared = ComparedAttempt(pepper, attempt, keys, device, comparison, factors, wrong_code_key)
    with sessions.begin() as session:
        outcome = _decide_citizen(session, signer, compared, holder)
    return _report_outcome(CITIZEN, outcome)


def _decide_citizen(
    session: Session, signer: Signer, compared: ComparedAttempt, holder: Account | ClosedAccount | None
) -> Grant | Problem:
    attempt, account = compared.attempt, holder if isinstance(holder, Account) else None
    counted = limits.count_attempt(session, compared.keys, compared.wrong_code_key)
    person_id = account.id if account and compared.comparison.is_match else None
    # A device that has failed too often counts as unknown.
    device = compared.device if counted.is_known else None
    if not counted.is_known and limits.is_guarded(session, compared.keys):
        GUARDED.labels(CITIZEN).inc()
        if attempt.sign_in_id is None:
            sign_in_code = codes.create_sign_in_code(session, attempt.user, person_id)
            return SignInCodeRequired(sign_in_code.id, sign_in_code.expires_at)
        users.lock_account_of(session, attempt.user)
        is_holder = codes.try_sign_in_code(
            session, compared.pepper, attempt.sign_in_id, attempt.user, attempt.code, person_id
        )
        is_last = _is_last_wrong_code(session, compared)
        if not is_holder:
            if person_id and is_last:
                _warn_person(session, compared, person_id)
            return SignInCodeWrong()
    if isinstance(holder, ClosedAccount) and compared.comparison.is_match:
        counted.forgive()
        remaining = session.get(Account, holder.person_id)
        return AccountClosed(users.find_number(remaining)[-3:]) if remaining else CredentialsNotAccepted()
    is_proven = use_code(
        session, compared.pepper, compared.factors, attempt.totp, is_match=person_id is not None
    )
    is_last = _is_last_wrong_code(session, compared)
    if account is None or person_id is None:
        return CredentialsNotAccepted()
    if not is_proven:
        if attempt.totp and is_last:
            _warn_person(session, compared, person_id)
        return CredentialsNotAccepted()
    counted.forgive()
    if not device:
        add_bounded_notice(session, compared.pepper, SecurityNoticeKind.NEW_SIGN_IN, account.id)
    browser = describe_browser(attempt.user_agent)
    return start_session(session, signer, account, Role.CITIZEN, device, browser)


def sign_in_staff(
    sessions: Sessions, signer: Signer, hasher: Hasher, pepper: bytes, attempt: Attempt
) -> Grant:
    """Return the tokens of an officer's or clerk's new session. Argon2 runs between two transactions.

    `totp`, a time-based code or a recovery code, is checked for those who have a second factor. A wrong one
    gets the reply of a wrong password. After five of them with the right password the account is closed to
    that password for a quarter of an hour, over all networks and for unknown devices, with TooManyAttempts.
    That does not show whether a password is right: five one-time codes with one wrong password have the same
    effect on that password, and on unknown user names (`limits.build_wrong_code_key`). A stranger who does
    not know the password fills other counters, so the owner can sign in.

    Raises CredentialsNotAccepted, TooManyAttempts.
    """
    with sessions.begin() as session:
        staff = store.find_staff(session, attempt.user)
        now = read_database_time(session)
        factors = load_factors(session, pepper, SecondFactor, staff, attempt.totp, now)
        if staff and not is_admitted(session, staff, now):
            staff = None
        device = devices.find_device(session, staff, attempt.device_token)
        keys = limits.build_keys(pepper, STAFF, attempt.user, attempt.source, device)
        limits.check_limits(session, keys)
    comparison = hasher.compare_password(staff.password_hash if staff else None, attempt.password)
    wrong_code_key = None
    if attempt.totp:
        wrong_code_key = limits.build_wrong_code_key(pepper, STAFF, attempt.user, comparison.fingerprint)
    compared = ComparedAttempt(pepper, attempt, keys, device, comparison, factors, wrong_code_key)
    with sessions.begin() as session:
        outcome = _decide_staff(session, signer, compared, staff)
    return _report_outcome(STAFF, outcome)


def _decide_staff(
    session: Session, signer: Signer, compared: ComparedAttempt, staff: Staff | None
) -> Grant | Problem:
    attempt, factors = compared.attempt, compared.factors
    factor = factors.totp if isinstance(factors.totp, SecondFactor) else None
    counted = limits.count_attempt(session, compared.keys, compared.wrong_code_key)
    if not counted.is_known and limits.is_guarded(session, compared.keys):
        GUARDED.labels(STAFF).inc()
    is_match = staff is not None and compared.comparison.is_match
    is_proven = use_code(session, compared.pepper, factors, attempt.totp, is_match=is_match)
    is_accepted = is_match and is_proven
    is_wrong_code = is_match and not is_accepted and compared.wrong_code_key is not None
    # The statements are the same whether or not the password is right: only the number that is added differs.
    second_factors.count_wrong_codes(session, factor, int(is_wrong_code))
    is_last = _is_last_wrong_code(session, compared)
    if staff and is_wrong_code and is_last:
        _raise_alarm(STAFF, staff.id)
    if staff is None or not is_accepted:
        return CredentialsNotAccepted()
    counted.forgive()
    wrong_codes = second_factors.reset_wrong_codes(session, factor) if factor else 0
    device = compared.device if counted.is_known else None
    browser = describe_browser(attempt.user_agent)
    return start_session(session, signer, staff, SESSION_ROLES[staff.role], device, browser, wrong_codes)


def _is_last_wrong_code(session: Session, compared: ComparedAttempt) -> bool:
    """Return whether the wrong one-time code, counted already, is the last that is checked for a while."""
    return compared.wrong_code_key is not None and any(
        limits.is_full(session, compared.wrong_code_key, limit) for limit in limits.WRONG_CODES
    )


def _warn_person(session: Session, compared: ComparedAttempt, person_id: uuid.UUID) -> None:
    _raise_alarm(CITIZEN, person_id)
    add_bounded_notice(session, compared.pepper, SecurityNoticeKind.WRONG_CODES, person_id)


def _raise_alarm(kind: str, subject: uuid.UUID) -> None:
    """Alert operators that someone who knows a password has tried too many one-time codes."""
    WRONG_CODES.labels(kind).inc()
    log.warning("sign-in.wrong-codes", kind=kind, subject=str(subject))


def _report_outcome(kind: str, outcome: Grant | Problem) -> Grant:
    """Count and return the tokens, or count and raise the problem."""
    SIGN_INS.labels(kind, outcome.code if isinstance(outcome, Problem) else "accepted").inc()
    if isinstance(outcome, Problem):
        log.info("sign-in.refused", reason=outcome.code)
        raise outcome
    return outcome
