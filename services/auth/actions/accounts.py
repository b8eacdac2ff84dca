"""A citizen's account: activation, password and mobile.

These actions run Argon2, so they open their transactions themselves and are called outside of one.
"""

import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, mobiles, sign_in
from services.auth.actions.passwords import Hasher, check_password
from services.auth.actions.security_notices import add_bounded_notice
from services.auth.errors import (
    CredentialsNotAccepted,
    MobileChangeExpired,
    RegistrationExpired,
    ResetExpired,
)
from services.auth.models import Account, CodeKind, CodeRequest, Outbox, SecurityNoticeKind, Staff
from services.kit.outbox import add_event
from services.kit.problems import NotFound, TokenInvalid
from services.kit.tokens import Principal


def activate(
    session: Session, hasher: Hasher, pepper: bytes, registration_id: uuid.UUID, code: str, password: str
) -> None:
    """Open the account of a registration.

    Raises NotFound, RegistrationExpired, PasswordTooWeak, ActivationCodeWrong.
    """
    asked = _accept_code(session, pepper, CodeKind.ACTIVATION, registration_id, code, password)
    password_hash = hasher.hash_password(password)
    try:
        with session.begin():
            codes.finish(session, asked)
            session.execute(
                sa.insert(Account).values(
                    id=asked.person_id,
                    national_code=asked.national_code,
                    mobile=asked.mobile,
                    password_hash=password_hash,
                )
            )
            add_event(session, Outbox, "account.activated", subject=asked.person_id, data={})
    except IntegrityError as error:
        # Another registration of the same person was activated first.
        raise RegistrationExpired from error


def reset_password(
    session: Session, hasher: Hasher, pepper: bytes, reset_id: uuid.UUID, code: str, password: str
) -> None:
    """Set a new password by a code, end every session of the person and forget all known devices.

    Raises NotFound, ResetExpired, PasswordTooWeak, ResetCodeWrong.
    """
    asked = _accept_code(session, pepper, CodeKind.PASSWORD_RESET, reset_id, code, password)
    password_hash = hasher.hash_password(password)
    with session.begin():
        account = store.hold_account(session, asked.person_id) if asked.person_id else None
        codes.finish(session, asked)
        if account is None:
            raise ResetExpired
        account.password_hash = password_hash
        devices.forget_devices(session, account.id)
        _announce_password(session, pepper, account, "reset")
        families.end_all(session, account.id, "password-reset")


def _accept_code(
    session: Session, pepper: bytes, kind: CodeKind, code_request_id: uuid.UUID, code: str, password: str
) -> CodeRequest:
    with session.begin():
        asked = codes.find_open(session, kind, code_request_id)
    check_password(password, asked.national_code, asked.mobile)
    with session.begin():
        right = codes.try_code(session, pepper, asked, code)
        # The sender may have written the person since the first look.
        session.refresh(asked)
    if not right:
        raise codes.WRONG[kind]
    return asked


def change_password(
    session: Session, hasher: Hasher, pepper: bytes, caller: Principal, old: str, new: str, source: str
) -> None:
    """Set a new password, end the caller's other sessions and forget all known devices.

    Who signed in with the old password must not be let past the account's threshold by the device of then.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts, PasswordTooWeak.
    """
    holder = sign_in.confirm(session, hasher, pepper, caller, old, source)
    confirmed_hash = holder.password_hash
    if isinstance(holder, Account):
        check_password(new, holder.national_code, holder.mobile)
    else:
        check_password(new, holder.username)
    password_hash = hasher.hash_password(new)
    model = type(holder)
    with session.begin():
        changed = session.execute(
            sa.update(model)
            .where(model.id == holder.id, model.password_hash == confirmed_hash)
            .values(password_hash=password_hash)
            .returning(model.id)
        )
        if changed.one_or_none() is None:
            # It was changed, or taken away, since it was confirmed.
            raise CredentialsNotAccepted
        devices.forget_devices(session, holder.id)
        if isinstance(holder, Account):
            _announce_password(session, pepper, holder, "change")
        families.end_all(session, holder.id, "password-changed", but=caller.session_id)


def _announce_password(session: Session, pepper: bytes, account: Account, how: str) -> None:
    """Tell other services and the person that there is a new password.

    Whoever takes an account over changes its mobile first: so the old mobile hears of it too, as long as its
    holder can take that change back.
    """
    add_event(session, Outbox, "password.changed", subject=account.id, data={"how": how})
    also_to = dict.fromkeys(store.reversible_mobiles(session, account.id))
    also_to.pop(account.mobile, None)
    add_bounded_notice(session, pepper, SecurityNoticeKind.PASSWORD_CHANGED, account.id, *also_to)


def ask_new_mobile(
    session: Session,
    hasher: Hasher,
    pepper: bytes,
    caller: Principal,
    mobile: str,
    password: str,
    source: str,
    an_hour: int,
) -> CodeRequest:
    """Ask for a code to another mobile; a network may ask for `an_hour` codes an hour.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts.
    """
    holder = sign_in.confirm(session, hasher, pepper, caller, password, source)
    if isinstance(holder, Staff):
        raise NotFound
    with session.begin():
        codes.count_asking(session, pepper, source, an_hour)
        return codes.ask_mobile_change(session, holder.id, holder.national_code, mobile)


def confirm_mobile(session: Session, pepper: bytes, caller: Principal, code: str) -> None:
    """Make the mobile that the newest code went to the account's, which the old one hears of.

    Codes that went to the old mobile are void. Raises TokenInvalid when the session has ended,
    MobileChangeExpired, MobileCodeWrong.
    """
    with session.begin():
        latest = store.latest_mobile_change(session, caller.person_id)
        if latest is None:
            raise MobileChangeExpired
        asked = codes.find_open(session, CodeKind.MOBILE_CHANGE, latest.id)
        right = codes.try_code(session, pepper, asked, code)
    if not right:
        raise codes.WRONG[CodeKind.MOBILE_CHANGE]
    with session.begin():
        account = store.hold_account(session, caller.person_id)
        if not families.is_live(session, caller.session_id):
            raise TokenInvalid
        codes.finish(session, asked)
        if account is None or asked.mobile is None or asked.mobile == account.mobile:
            return
        old_mobile = account.mobile
        codes.void_codes(session, account.id)
        mobiles.change_mobile(session, account, asked.mobile, "code")
        mobiles.offer_reversal(session, pepper, account.id, old_mobile)
