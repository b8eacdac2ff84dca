"""A citizen's account: activation, password and mobile."""

import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, mobiles
from services.auth.actions.confirmations import confirm_password
from services.auth.actions.factor_checks import load_factors, use_code
from services.auth.actions.passwords import Hasher, check_password
from services.auth.actions.security_notices import add_bounded_notice
from services.auth.errors import (
    CounterRequired,
    CredentialsNotAccepted,
    MobileChangeExpired,
    PasswordTooWeak,
    RegistrationExpired,
    ResetExpired,
    SecondFactorRequired,
)
from services.auth.models import (
    Account,
    CitizenFactor,
    CodeKind,
    CodeRequest,
    Ending,
    Outbox,
    SecurityNoticeKind,
    Staff,
)
from services.auth.store.people import request_check
from services.kit.db import Sessions, read_database_time
from services.kit.endings import add_ending
from services.kit.fields import is_iranian_mobile
from services.kit.outbox import add_event
from services.kit.problems import NotFound, Text, TokenInvalid
from services.kit.tokens import Principal


def activate_account(
    sessions: Sessions, hasher: Hasher, pepper: bytes, registration_id: uuid.UUID, code: str, password: str
) -> None:
    """Create the account of a registration.

    Argon2 runs between the transaction that counts the code and the one that creates the account.

    Raises NotFound, RegistrationExpired, PasswordTooWeak, ActivationCodeWrong.
    """
    registration = _accept_code(sessions, pepper, CodeKind.ACTIVATION, registration_id, code, password)
    password_hash = hasher.hash_password(password)
    try:
        with sessions.begin() as session:
            codes.mark_used(session, registration)
            session.execute(
                sa.insert(Account).values(
                    id=registration.person_id,
                    national_code=registration.national_code,
                    mobile=registration.mobile,
                    password_hash=password_hash,
                )
            )
            add_event(session, Outbox, "account.activated", subject=registration.person_id, data={})
            if registration.person_id:
                # The person may have been merged since, or have another code than the one that led here.
                request_check(session, registration.person_id)
    except IntegrityError as error:
        # Another registration of the same person was activated first.
        raise RegistrationExpired from error


def reset_password(
    sessions: Sessions,
    hasher: Hasher,
    pepper: bytes,
    reset_id: uuid.UUID,
    code: str,
    password: str,
    totp: str = "",
) -> None:
    """Set a new password by a code, end every session of the person and forget all known devices.

    An account that its owner has closed is open again. `totp` is needed by those who have a second factor;
    each try without it is a try of the code. Argon2 runs between the transaction that counts the code and the
    one that sets the password.

    Raises NotFound, ResetExpired, PasswordTooWeak, ResetCodeWrong, SecondFactorRequired.
    """
    reset = _accept_code(sessions, pepper, CodeKind.PASSWORD_RESET, reset_id, code, password)
    password_hash = hasher.hash_password(password)
    with sessions.begin() as session:
        account = store.lock_account(session, reset.person_id) if reset.person_id else None
        codes.mark_used(session, reset)
        if account is None:
            raise ResetExpired
        now = read_database_time(session)
        factors = load_factors(session, pepper, CitizenFactor, account, totp, now)
        if not use_code(session, pepper, factors, totp, is_match=True):
            # The request stays open, until its tries are used up.
            raise SecondFactorRequired
        account.password_hash, account.closes_at = password_hash, None
        add_ending(session, Ending, "password.changed", owner_id=account.id)
        devices.forget_devices(session, account.id)
        _publish_new_password(session, pepper, account, "reset")
        families.end_sessions(session, account.id, "password-reset")


def _accept_code(
    sessions: Sessions, pepper: bytes, kind: CodeKind, code_request_id: uuid.UUID, code: str, password: str
) -> CodeRequest:
    """Return the request whose code is right and whose new password is strong enough.

    A weak password is reported before the code counts as a try. A wrong code is reported after its count is
    committed.
    """
    with sessions.begin() as session:
        code_request = codes.find_open_request(session, kind, code_request_id)
    check_password(password, code_request.national_code, code_request.insurance_number, code_request.mobile)
    with sessions.begin() as session:
        is_right = codes.try_code(session, pepper, code_request, code)
        # The sender may have stored the person since the request was read.
        code_request = session.get_one(CodeRequest, code_request.position)
    if not is_right:
        raise codes.WRONG[kind]
    return code_request


def change_password(
    sessions: Sessions, hasher: Hasher, pepper: bytes, caller: Principal, old: str, new: str, source: str
) -> None:
    """Set a new password, end the caller's other sessions and forget all known devices.

    A device that became known with the old password must not pass the account's threshold any more. Argon2
    runs twice between the transactions: for the old password and for the new one.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts, PasswordTooWeak.
    """
    holder = confirm_password(sessions, hasher, pepper, caller, old, source)
    confirmed_hash = holder.password_hash
    if isinstance(holder, Account):
        check_password(
            new, holder.national_code, holder.insurance_number, holder.mobile, field="new_password"
        )
    else:
        _check_staff_password(holder, old, new)
    password_hash = hasher.hash_password(new)
    model = type(holder)
    # A one-time password has an end, one's own password has none.
    permanent = {"password_expires_at": None} if isinstance(holder, Staff) else {}
    with sessions.begin() as session:
        changed = session.execute(
            sa.update(model)
            .where(model.id == holder.id, model.password_hash == confirmed_hash)
            .values(password_hash=password_hash, **permanent)
            .returning(model.id)
        )
        if changed.one_or_none() is None:
            # The password or the account was changed after the confirmation.
            raise CredentialsNotAccepted
        add_ending(session, Ending, "password.changed", owner_id=holder.id)
        devices.forget_devices(session, holder.id)
        if isinstance(holder, Account):
            _publish_new_password(session, pepper, holder, "change")
        families.end_sessions(session, holder.id, "password-changed", except_for=caller.session_id)


def _check_staff_password(staff: Staff, old: str, new: str) -> None:
    """Raise PasswordTooWeak for a weak password, or if a one-time password stays as it is."""
    check_password(new, staff.username, field="new_password")
    if staff.password_expires_at and new == old:
        raise PasswordTooWeak(
            (
                "new_password",
                Text("گذرواژه تازه‌ای انتخاب کنید، نه گذرواژه یک‌بارمصرف.", "Choose a new password."),
            )
        )


def _publish_new_password(session: Session, pepper: bytes, account: Account, how: str) -> None:
    """Notify other services and the person of a new password.

    Someone who takes an account over changes its mobile first. So the old mobile gets the message too, while
    its holder can reverse that change.
    """
    add_event(session, Outbox, "password.changed", subject=account.id, data={"how": how})
    former_mobiles = dict.fromkeys(store.list_reversible_mobiles(session, account.id))
    former_mobiles.pop(account.mobile, None)
    add_bounded_notice(session, pepper, SecurityNoticeKind.PASSWORD_CHANGED, account.id, *former_mobiles)


def request_mobile_change(
    sessions: Sessions,
    hasher: Hasher,
    pepper: bytes,
    caller: Principal,
    mobile: str,
    password: str,
    source: str,
    limit_per_hour: int,
) -> CodeRequest:
    """Return a new change of mobile, for which a network may ask `limit_per_hour` times an hour.

    The password is confirmed first, with Argon2 between two transactions.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts, NotFound for staff, CounterRequired for a
    mobile of another country and for a person without a national code.
    """
    if not is_iranian_mobile(mobile):
        raise CounterRequired
    holder = confirm_password(sessions, hasher, pepper, caller, password, source)
    if isinstance(holder, Staff):
        raise NotFound
    if holder.national_code is None:
        # The port knows people by their national codes.
        raise CounterRequired
    with sessions.begin() as session:
        codes.count_code_request(session, pepper, source, limit_per_hour)
        return codes.create_mobile_change(session, holder.id, holder.national_code, mobile)


def confirm_mobile_change(session: Session, pepper: bytes, caller: Principal, code: str) -> bool:
    """Return whether the code is right; the account then has the mobile that the newest code went to.

    The old mobile gets a message, and codes that went to it are invalid. A wrong code counts as a try, so
    the caller commits before it reports one.

    Raises TokenInvalid when the session has ended, MobileChangeExpired.
    """
    account = store.lock_account(session, caller.person_id)
    if not families.is_live(session, caller.session_id):
        raise TokenInvalid
    change = store.find_latest_mobile_change(session, caller.person_id)
    if change is None:
        raise MobileChangeExpired
    if not codes.try_code(session, pepper, change, code):
        return False
    codes.mark_used(session, change)
    if account is None or change.mobile is None or change.mobile == account.mobile:
        return True
    old_mobile = account.mobile
    codes.invalidate_codes(session, account.id)
    mobiles.change_mobile(session, account, change.mobile, "code")
    mobiles.offer_reversal(session, pepper, account.id, old_mobile)
    return True
