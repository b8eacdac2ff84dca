"""Accounts follow their people: the loop `check-people` asks records who a corrected or merged person is now.

Events carry no national code, and a registration may end after its person was merged. So records is asked,
between two transactions, and its answer of now counts, whatever the order of the events.
"""

import secrets
import uuid
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.preferences import delete_preferences
from services.auth.clients import PersonIdentity, PersonMatcher
from services.auth.models import Account, ClosedAccount, PersonCheck, PersonNotice, PersonNoticeKind
from services.auth.store import people, users
from services.auth.store.people import DueCheck
from services.kit import logging
from services.kit.db import Sessions, is_any, read_database_time, sql_now

# People of one step of the loop.
BATCH = 20
# Answers that a person is unknown, over about half a day.
MAX_TRIES = 10
# Events that a feed delivers later than this cause no message.
MAX_AGE_SECONDS = 24 * 3600

log = structlog.get_logger()


def check_people(sessions: Sessions, matcher: PersonMatcher) -> int:
    """Return of how many people records was asked; their accounts are as it says.

    Raises Unavailable if records is away; then the same people are next.
    """
    if not is_any(sessions, people.is_check_due(), by=PersonCheck.due_at):
        return 0
    with sessions() as session:
        due = people.list_due_checks(session, BATCH)
    for check in due:
        logging.bind_request_id(check.request_id)
        identity = matcher.identify_person(check.person_id)
        with sessions.begin() as session:
            _finish_check(session, check, identity)
    return len(due)


def _finish_check(session: Session, check: DueCheck, identity: PersonIdentity | None) -> None:
    waiting = people.lock_check(session, check)
    if waiting is None:
        return
    if identity is None and waiting.tries < MAX_TRIES:
        people.postpone_check(waiting)
        return
    session.delete(waiting)
    if identity is None:
        log.error("person.unknown", subject=str(check.person_id))
        return
    is_merged = identity.person_id != check.person_id
    if is_merged:
        _follow_merger(session, waiting, identity.person_id)
    if identity.national_code:
        _set_national_code(session, identity.person_id, identity.national_code, notifies=not is_merged)
    elif identity.insurance_number:
        _set_insurance_number(session, identity.person_id, identity.insurance_number)


def _follow_merger(session: Session, check: PersonCheck, remaining_id: uuid.UUID) -> None:
    """Move the account of a merged person to the one who remains, or close it if that one has an account."""
    merged_id = check.person_id
    locked = {
        person_id: store.lock_account(session, person_id) for person_id in sorted((merged_id, remaining_id))
    }
    merged, remaining = locked[merged_id], locked[remaining_id]
    people.move_belongings(session, merged_id, remaining_id)
    if merged:
        families.end_sessions(session, merged_id, "records-merged")
        codes.invalidate_codes(session, merged_id)
        if remaining:
            close_account(session, merged, remaining_id)
            add_notice(session, PersonNoticeKind.ACCOUNT_CLOSED, remaining_id, merged.mobile)
            delete_preferences(session, [merged_id])
            remove_factors(session, merged_id)
            session.delete(merged)
            session.flush()
        else:
            people.move_account(session, merged_id, remaining_id)
        log.info("account.closed" if remaining else "account.moved", subject=str(remaining_id))
    if remaining or merged:
        add_notice(session, PersonNoticeKind.RECORDS_MERGED, remaining_id, check=check)


def close_account(session: Session, account: Account, remaining_id: uuid.UUID) -> None:
    """Store a locked account as closed; the caller deletes it or makes it another one."""
    devices.forget_devices(session, account.id)
    session.add(
        ClosedAccount(
            person_id=remaining_id,
            former_person_id=account.id,
            national_code=account.national_code,
            insurance_number=account.insurance_number,
            mobile=account.mobile,
            password_hash=account.password_hash,
            activated_at=account.activated_at,
        )
    )


def _set_national_code(session: Session, person_id: uuid.UUID, code: str, *, notifies: bool) -> None:
    """Let an account sign in with another code; its sessions end."""
    account = store.lock_account(session, person_id)
    if account is None or account.national_code == code:
        return
    if holder := users.find_account(session, code):
        _free_code(session, holder.id)
    account.national_code, account.insurance_number = code, None
    session.flush()
    families.end_sessions(session, person_id, "national-code-corrected")
    codes.invalidate_codes(session, person_id)
    if notifies:
        add_notice(session, PersonNoticeKind.CODE_CORRECTED, person_id)
    log.info("account.code-corrected", subject=str(person_id))


def _set_insurance_number(session: Session, person_id: uuid.UUID, number: str) -> None:
    """Let an account of a person without a national code sign in with another insurance number."""
    account = store.lock_account(session, person_id)
    if account is None or account.national_code or account.insurance_number == number:
        return
    holder = users.find_account(session, users.build_user(None, number))
    if holder and (locked := store.lock_account(session, holder.id)):
        # Its own check is still to come: numbers may be exchanged between people.
        locked.insurance_number = None
        session.flush()
        people.request_check(session, locked.id)
    account.insurance_number = number
    session.flush()
    log.info("account.number-corrected", subject=str(person_id))


def _free_code(session: Session, holder_id: uuid.UUID) -> None:
    """Take a code from an account whose own check is still to come: codes may be exchanged between people."""
    holder = store.lock_account(session, holder_id)
    if holder:
        holder.national_code = f"~{secrets.token_hex(5)[:9]}"
        session.flush()
        people.request_check(session, holder_id)


def add_notice(
    session: Session,
    kind: PersonNoticeKind,
    person_id: uuid.UUID,
    mobile: str | None = None,
    check: PersonCheck | None = None,
) -> None:
    """Add a message to a mobile, or to the one on file; for an event of `check` once, if it is recent."""
    cause, occurred_at = str(uuid.uuid4()), None
    if check and check.cause and check.occurred_at:
        cause, occurred_at = check.cause, check.occurred_at
        if _is_old(session, occurred_at) or _is_stored(session, cause):
            return
    session.execute(
        sa.insert(PersonNotice).values(
            kind=kind,
            person_id=person_id,
            mobile=mobile,
            cause=cause,
            occurred_at=occurred_at or sql_now(),
            request_id=logging.get_request_id(),
        )
    )


def _is_old(session: Session, moment: datetime) -> bool:
    return (read_database_time(session) - moment).total_seconds() > MAX_AGE_SECONDS


def _is_stored(session: Session, cause: str) -> bool:
    return (
        session.scalars(sa.select(PersonNotice.position).where(PersonNotice.cause == cause)).first()
        is not None
    )
