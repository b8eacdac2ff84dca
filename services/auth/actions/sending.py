"""What goes out to mobiles: the sender's loops in `background.py` call `send_code` and `send_notices`.

A row is taken by moving its `due_at` ahead, so a sender that dies or meets an outage leaves it for later.
Nothing is sent inside a transaction.
"""

import uuid

import sqlalchemy as sa
import structlog

from services.auth import store
from services.auth.actions import codes
from services.auth.actions.messages import code_message, notice_message
from services.auth.clients import Messages, MobileOwnership, Records
from services.auth.models import Account, CodeKind, CodeRequest, CodeState, Notice
from services.kit import logging
from services.kit.db import Sessions, database_time, is_any, sql_now

# Longer than the calls of one try may take together.
RETRY_SECONDS = 45
# A code that would end sooner than this is not worth sending.
LEAST_MINUTES = 2
# Tries of a notice, each twice as long after the one before: about an hour together.
MAX_SENDS = 7
# So many in one step of the loop, which is to be heard of between two.
NOTICES_AT_ONCE = 20

log = structlog.get_logger()


def send_code(
    sessions: Sessions, pepper: bytes, records: Records, mobiles: MobileOwnership, messages: Messages
) -> int:
    """Send the code that is due next, if its person may have one; returns how many rows were looked at.

    Raises Unavailable when another service is away: the row is due again in a while, and gets a new code.
    """
    if not is_any(sessions, store.CODE_IS_DUE, by=CodeRequest.due_at):
        return 0
    with sessions.begin() as session:
        asked = store.due_code_request(session)
        if asked is None:
            return 0
        asked.due_at = sql_now(RETRY_SECONDS)
        minutes = int((asked.expires_at - database_time(session)).total_seconds() // 60)
    logging.bind_request_id(asked.request_id)
    sent = minutes >= LEAST_MINUTES and _send_code(
        sessions, pepper, records, mobiles, messages, asked, minutes
    )
    with sessions.begin() as session:
        session.execute(sa.update(CodeRequest).where(CodeRequest.id == asked.id).values(due_at=None))
    log.info("code.sent" if sent else "code.not-sent", code_request=str(asked.id), kind=asked.kind.value)
    return 1


def _send_code(
    sessions: Sessions,
    pepper: bytes,
    records: Records,
    mobiles: MobileOwnership,
    messages: Messages,
    asked: CodeRequest,
    minutes: int,
) -> bool:
    person_id, mobile = _recipient(sessions, records, asked)
    if person_id is None or mobile is None or not mobiles.owns_mobile(asked.national_code, mobile):
        return False
    with sessions.begin() as session:
        current = session.get_one(CodeRequest, asked.position, with_for_update=True)
        if current.state is not CodeState.OPEN:
            return False
        current.person_id = person_id
        code = codes.draw_code(pepper, current)
    messages.send(code_message(asked.kind, mobile, code, minutes))
    return True


def _recipient(
    sessions: Sessions, records: Records, asked: CodeRequest
) -> tuple[uuid.UUID | None, str | None]:
    """Whose code it is and where it goes; None where no code may go out."""
    if asked.birth_date is None:
        # A change of mobile was asked for by the person, signed in.
        return asked.person_id, asked.mobile
    person_id = records.match_person(asked.national_code, asked.birth_date)
    if person_id is None:
        return None, None
    with sessions() as session:
        account = session.get(Account, person_id)
    if asked.kind is CodeKind.PASSWORD_RESET:
        return person_id, account.mobile if account else None
    return person_id, None if account else asked.mobile


def send_notices(sessions: Sessions, messages: Messages) -> int:
    """Send the notices that are due, some of them; returns how many rows were looked at.

    Raises Unavailable when a message must be tried again; after `MAX_SENDS` tries it is given up.
    """
    if not is_any(sessions, store.NOTICE_IS_DUE, by=Notice.due_at):
        return 0
    sent: Notice | None = None
    for looked_at in range(NOTICES_AT_ONCE):
        # That one was sent is kept in the same commit in which the next is taken.
        with sessions.begin() as session:
            if sent:
                store.end_notice(session, sent)
            due = store.due_notice(session)
            if due is None:
                return looked_at
            sent, mobile = due
            sent.sends += 1
            last = sent.sends >= MAX_SENDS
            sent.due_at = None if last else sql_now(RETRY_SECONDS * 2 ** (sent.sends - 1))
        logging.bind_request_id(sent.request_id)
        if mobile:
            messages.send(notice_message(sent.kind, mobile, sent.occurred_at))
        log.info("notice.sent" if mobile else "notice.not-sent", kind=sent.kind.value, last=last)
    if sent:
        with sessions.begin() as session:
            store.end_notice(session, sent)
    return NOTICES_AT_ONCE
