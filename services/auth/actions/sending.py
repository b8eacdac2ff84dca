"""What goes out to mobiles: the sender's loops in `background.py` call `send_code` and `send_notices`.

A row is taken by moving its `due_at` ahead, so a sender that dies or meets an outage leaves it for later.
Nothing is sent inside a transaction.

Only here is bounded how many codes a person gets: by messages that go out, so that nobody uses the bound up
who does not know the person's data, and where no answer shows it. A request past the bound waits for room as
long as it lives; codes of earlier messages stay good. Whoever knows the national code, the birth date and the
mobile of a person can still use the bound up, and the person hears of it with each message.
"""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes
from services.auth.actions.messages import code_message, notice_message, security_message
from services.auth.actions.mobiles import group_code, reversal_code
from services.auth.clients import Message, Messages, MobileOwnership, Records
from services.auth.models import (
    SIGN_IN_CODE,
    Account,
    CodeKind,
    CodeMixin,
    CodeRequest,
    CodeState,
    FailedAttempt,
    Notice,
    NoticeMixin,
    SecurityNotice,
    SignInCode,
)
from services.kit import logging
from services.kit.attempts import Limit, attempt_key, forgive, reserve
from services.kit.db import Sessions, database_time, is_any, sql_now
from services.kit.problems import TooManyAttempts, Unavailable

# Codes of a kind that go out to one person, and codes to one mobile that its owner did not name before.
PER_HOUR = (Limit(3, 3600),)
# Longer than the calls of one try may take together.
RETRY_SECONDS = 45
# A code that would end sooner than this is not worth sending.
LEAST_SECONDS = 2 * 60
# Tries of a notice, each twice as long after the one before: about an hour together.
MAX_SENDS = 7
# So many in one step of the loop, which is to be heard of between two.
NOTICES_AT_ONCE = 20

CODES = Counter("govah_codes", "Codes asked for", ["kind", "result"])

log = structlog.get_logger()


class _Waits(Exception):
    """A code may not go out now; `seconds` say when it is to be looked at again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def send_code(
    sessions: Sessions, pepper: bytes, records: Records, mobiles: MobileOwnership, messages: Messages
) -> int:
    """Send the codes that are due next, if their people may have one; returns how many rows were looked at.

    Raises Unavailable when another service is away: the row is due again in a while, and gets a new code.
    """
    looked_at = 0
    models: tuple[type[CodeMixin], ...] = (CodeRequest, SignInCode)
    for model in models:
        looked_at += _send_next(sessions, pepper, records, mobiles, messages, model)
    return looked_at


def _send_next(
    sessions: Sessions,
    pepper: bytes,
    records: Records,
    mobiles: MobileOwnership,
    messages: Messages,
    model: type[CodeMixin],
) -> int:
    if not is_any(sessions, store.is_code_due(model), by=model.due_at):
        return 0
    with sessions.begin() as session:
        asked = store.due_code(session, model)
        if asked is None:
            return 0
        asked.due_at = sql_now(RETRY_SECONDS)
        seconds = int((asked.expires_at - database_time(session)).total_seconds())
    logging.bind_request_id(asked.request_id)
    result, again = "not-sent", None
    try:
        if seconds >= LEAST_SECONDS and _send_code(
            sessions, pepper, records, mobiles, messages, asked, seconds // 60
        ):
            result = "sent"
    except _Waits as waits:
        result = "withheld"
        if waits.seconds <= seconds - LEAST_SECONDS:
            result, again = "waits", waits.seconds
    with sessions.begin() as session:
        due_at = sql_now(again) if again else None
        session.execute(sa.update(model).where(model.id == asked.id).values(due_at=due_at))
    CODES.labels(asked.message_kind, result).inc()
    log.info(f"code.{result}", code_request=str(asked.id), kind=asked.message_kind)
    return 1


def _send_code(
    sessions: Sessions,
    pepper: bytes,
    records: Records,
    mobiles: MobileOwnership,
    messages: Messages,
    asked: CodeMixin,
    minutes: int,
) -> bool:
    person_id, mobile = _find_recipient(sessions, records, asked)
    if person_id is None or mobile is None or not mobiles.owns_mobile(asked.national_code, mobile):
        return False
    with sessions.begin() as session:
        account = store.hold_account(session, person_id)
        current = session.get_one(type(asked), asked.position, with_for_update=True)
        if current.state is not CodeState.OPEN or current.tries >= codes.MAX_TRIES:
            return False
        if _goes_to_mobile_on_file(asked) and (account is None or account.mobile != mobile):
            # It has changed since it was looked up.
            raise _Waits(1)
        take_back = _count_message(session, pepper, asked, person_id, mobile)
        current.person_id = person_id
        code = codes.draw_code(pepper, current)
    try:
        messages.send(code_message(asked.message_kind, mobile, code, minutes))
    except Unavailable:
        with sessions.begin() as session:
            take_back(session)
        raise
    return True


def _goes_to_mobile_on_file(asked: CodeMixin) -> bool:
    return asked.message_kind in {SIGN_IN_CODE, CodeKind.PASSWORD_RESET}


def _find_recipient(
    sessions: Sessions, records: Records, asked: CodeMixin
) -> tuple[uuid.UUID | None, str | None]:
    """Return whose code it is and where it goes; None where no code may go out."""
    person_id, mobile = asked.person_id, None
    if isinstance(asked, CodeRequest):
        mobile = asked.mobile
        if asked.birth_date is not None:
            person_id = records.match_person(asked.national_code, asked.birth_date)
    if person_id is None:
        return None, None
    with sessions() as session:
        account = session.get(Account, person_id)
    if _goes_to_mobile_on_file(asked):
        return person_id, account.mobile if account else None
    if account and asked.message_kind == CodeKind.ACTIVATION:
        return person_id, None
    return person_id, mobile


def _count_message(
    session: Session, pepper: bytes, asked: CodeMixin, person_id: uuid.UUID, mobile: str
) -> Callable[[Session], None]:
    """Count a message that goes out; returns what takes it back. Raises _Waits past the bound."""
    counters = {attempt_key(pepper, "code-sent", asked.message_kind, str(person_id)): PER_HOUR}
    if not _goes_to_mobile_on_file(asked):
        counters[attempt_key(pepper, "code-sent", "mobile", mobile)] = PER_HOUR
    try:
        counted = reserve(session, FailedAttempt, counters)
    except TooManyAttempts as full:
        raise _Waits(full.retry_after or 0) from full
    return lambda later: forgive(later, FailedAttempt, counted)


def send_notices(sessions: Sessions, pepper: bytes, messages: Messages) -> int:
    """Send the notices that are due, some of them; returns how many rows were looked at.

    Raises Unavailable when a message must be tried again; after `MAX_SENDS` tries it is given up.
    """
    models: tuple[type[NoticeMixin], ...] = (SecurityNotice, Notice)
    return sum(_send_some(sessions, pepper, messages, model) for model in models)


def _send_some(sessions: Sessions, pepper: bytes, messages: Messages, model: type[NoticeMixin]) -> int:
    if not is_any(sessions, store.is_notice_due(model), by=model.due_at):
        return 0
    sent: NoticeMixin | None = None
    for looked_at in range(NOTICES_AT_ONCE):
        # That one was sent is kept in the same commit in which the next is taken.
        with sessions.begin() as session:
            if sent:
                store.end_notice(session, sent)
            due = store.due_notice(session, model)
            if due is None:
                return looked_at
            sent, mobile = due
            sent.sends += 1
            last = sent.sends >= MAX_SENDS
            sent.due_at = None if last else sql_now(RETRY_SECONDS * 2 ** (sent.sends - 1))
        logging.bind_request_id(sent.request_id)
        message = _message_of(pepper, sent, mobile)
        if message:
            messages.send(message)
        log.info("notice.sent" if message else "notice.not-sent", kind=sent.message_kind, last=last)
    if sent:
        with sessions.begin() as session:
            store.end_notice(session, sent)
    return NOTICES_AT_ONCE


def _message_of(pepper: bytes, notice: NoticeMixin, on_file: str | None) -> Message | None:
    if isinstance(notice, Notice):
        return notice_message(notice.kind, on_file, notice.occurred_at) if on_file else None
    if not isinstance(notice, SecurityNotice) or not (mobile := notice.mobile or on_file):
        return None
    code = group_code(reversal_code(pepper, notice.reversal_id)) if notice.reversal_id else None
    return security_message(notice.kind, mobile, code)
