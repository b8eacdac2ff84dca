"""The use of a code from the counter: a new account, or another mobile and password for the existing one."""

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, mobiles
from services.auth.actions.counter import ACTIVATION
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.long_codes import count_try, hash_code, parse_code
from services.auth.actions.passwords import Hasher, check_password
from services.auth.errors import CounterCodeWrong
from services.auth.models import Account, Ending, FailedAttempt, Identification, Outbox
from services.auth.models.counter import IdentificationStatus
from services.auth.store.people import request_check
from services.kit.attempts import cancel_attempt
from services.kit.db import Sessions, sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event

log = structlog.get_logger()


def activate_account(
    sessions: Sessions, hasher: Hasher, pepper: bytes, typed: str, password: str, source: str
) -> None:
    """Create the account of an identification, or give the existing one its new mobile and password.

    Argon2 runs between the transaction that counts the code and the one that uses it. Raises
    CounterCodeWrong, PasswordTooWeak, TooManyAttempts.
    """
    code = parse_code(typed)
    if code is None:
        raise CounterCodeWrong
    code_hash = hash_code(pepper, ACTIVATION, code)
    with sessions.begin() as session:
        counted = count_try(session, pepper, ACTIVATION, source)
        identification = _find_confirmed(session, code_hash)
        if identification:
            cancel_attempt(session, FailedAttempt, counted)
    # Raised after the commit that counts the failure.
    if identification is None:
        raise CounterCodeWrong
    check_password(
        password, identification.national_code, identification.insurance_number, identification.mobile
    )
    password_hash = hasher.hash_password(password)
    try:
        with sessions.begin() as session:
            account = store.lock_account(session, identification.person_id)
            current = _find_confirmed(session, code_hash, lock=True)
            if current is None:
                raise CounterCodeWrong
            current.status, current.code_hash = IdentificationStatus.ACTIVATED, None
            current.activated_at = sql_now()
            session.flush()
            _apply(session, pepper, current, account, password_hash)
    except IntegrityError as error:
        # The number belongs to another account by now.
        raise CounterCodeWrong from error
    log.info("identification.activated", identification=str(identification.id))


def _find_confirmed(session: Session, code_hash: str, *, lock: bool = False) -> Identification | None:
    query = sa.select(Identification).where(
        Identification.code_hash == code_hash,
        Identification.status == IdentificationStatus.CONFIRMED,
        Identification.expires_at > sql_now(),
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def _apply(
    session: Session,
    pepper: bytes,
    identification: Identification,
    account: Account | None,
    password_hash: str,
) -> None:
    person_id = identification.person_id
    add_ending(session, Ending, "identification.used", identification_id=identification.id)
    if account is None:
        session.add(
            Account(
                id=person_id,
                national_code=identification.national_code,
                insurance_number=identification.insurance_number,
                mobile=identification.mobile,
                password_hash=password_hash,
            )
        )
        session.flush()
        add_event(session, Outbox, "account.activated", subject=person_id, data={})
    else:
        old_mobile, account.password_hash, account.closes_at = account.mobile, password_hash, None
        session.flush()
        add_ending(session, Ending, "password.changed", owner_id=person_id)
        # The authenticator was on the phone that is lost, perhaps.
        remove_factors(session, person_id)
        devices.forget_devices(session, person_id)
        codes.invalidate_codes(session, person_id)
        families.end_sessions(session, person_id, "identified")
        add_event(session, Outbox, "password.changed", subject=person_id, data={"how": "counter"})
        if old_mobile != identification.mobile:
            mobiles.change_mobile(session, account, identification.mobile, "counter")
            mobiles.offer_reversal(session, pepper, person_id, old_mobile)
    # The person may have been corrected or merged since.
    request_check(session, person_id)
