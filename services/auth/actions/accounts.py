"""A citizen's account: activation, password and mobile.

These actions run Argon2, so they open their transactions themselves and are called outside of one.
"""

import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, families, sign_in
from services.auth.actions.passwords import check_password, hash_password
from services.auth.errors import MobileChangeExpired, RegistrationExpired, ResetExpired
from services.auth.models import Account, CodeKind, CodeRequest, Outbox, Staff
from services.kit.outbox import add_event
from services.kit.problems import NotFound
from services.kit.tokens import Principal


def activate(session: Session, pepper: bytes, registration_id: uuid.UUID, code: str, password: str) -> None:
    """Open the account of a registration.

    Raises NotFound, RegistrationExpired, PasswordTooWeak, ActivationCodeWrong.
    """
    asked = _accept_code(session, pepper, CodeKind.ACTIVATION, registration_id, code, password)
    password_hash = hash_password(password)
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


def reset_password(session: Session, pepper: bytes, reset_id: uuid.UUID, code: str, password: str) -> None:
    """Set a new password by a code, and end every session of the person.

    Raises NotFound, ResetExpired, PasswordTooWeak, ResetCodeWrong.
    """
    asked = _accept_code(session, pepper, CodeKind.PASSWORD_RESET, reset_id, code, password)
    password_hash = hash_password(password)
    with session.begin():
        codes.finish(session, asked)
        account = session.get(Account, asked.person_id)
        if account is None:
            raise ResetExpired
        account.password_hash = password_hash
        _tell_of_password(session, account.id, "reset")
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
    session: Session, pepper: bytes, caller: Principal, old: str, new: str, source: str
) -> None:
    """Set a new password and end the caller's other sessions.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts, PasswordTooWeak.
    """
    holder = sign_in.confirm(session, pepper, caller, old, source)
    if isinstance(holder, Account):
        check_password(new, holder.national_code, holder.mobile)
    else:
        check_password(new, holder.username)
    password_hash = hash_password(new)
    with session.begin():
        session.execute(
            sa.update(type(holder)).where(type(holder).id == holder.id).values(password_hash=password_hash)
        )
        if isinstance(holder, Account):
            _tell_of_password(session, holder.id, "change")
        families.end_all(session, holder.id, "password-changed", but=caller.session_id)


def _tell_of_password(session: Session, person_id: uuid.UUID, how: str) -> None:
    add_event(session, Outbox, "password.changed", subject=person_id, data={"how": how})


def ask_new_mobile(
    session: Session, pepper: bytes, caller: Principal, mobile: str, password: str, source: str
) -> CodeRequest:
    """Ask for a code to another mobile.

    Raises TokenInvalid, CredentialsNotAccepted, TooManyAttempts.
    """
    holder = sign_in.confirm(session, pepper, caller, password, source)
    if isinstance(holder, Staff):
        raise NotFound
    with session.begin():
        return codes.ask_mobile_change(session, pepper, holder.id, holder.national_code, mobile)


def confirm_mobile(session: Session, pepper: bytes, caller: Principal, code: str) -> None:
    """Make the mobile that the newest code went to the account's.

    Raises MobileChangeExpired, MobileCodeWrong.
    """
    with session.begin():
        newest = store.newest_mobile_change(session, caller.person_id)
        if newest is None:
            raise MobileChangeExpired
        asked = codes.find_open(session, CodeKind.MOBILE_CHANGE, newest.id)
        right = codes.try_code(session, pepper, asked, code)
    if not right:
        raise codes.WRONG[CodeKind.MOBILE_CHANGE]
    with session.begin():
        codes.finish(session, asked)
        session.execute(sa.update(Account).where(Account.id == asked.person_id).values(mobile=asked.mobile))
        add_event(session, Outbox, "mobile.changed", subject=asked.person_id, data={})
