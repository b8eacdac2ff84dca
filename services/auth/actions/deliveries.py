"""Delivery of codes and notices to mobiles: loops of `background.py` call `send_codes` and `send_notices`.

A row is taken by moving its `due_at` ahead, so that it is retried after a crash or an outage of the sender.
Messages are sent between transactions, never inside one.

The limit of codes per person is here. It counts messages that go out, so that only someone who knows the
person's data can use it up, and so that no reply shows it. A request past the limit waits until it may be
sent or expires; the codes of earlier messages stay valid. Someone who knows the national code, the birth
date and the mobile of a person can still use up the limit, and the person gets each message.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes
from services.auth.actions.account_notices import add_account_notice
from services.auth.actions.counter import ACTIVATION
from services.auth.actions.long_codes import derive_code, group_code
from services.auth.actions.messages import (
    PERSIAN,
    build_account_message,
    build_code_message,
    build_counter_message,
    build_mandate_message,
    build_notice_message,
    build_person_message,
    build_security_message,
    build_views_message,
)
from services.auth.actions.mobiles import REVERSAL
from services.auth.actions.preferences import is_muted
from services.auth.actions.quiet_hours import list_held_kinds
from services.auth.actions.views import count_views
from services.auth.clients import Message, MessageSender, PersonMatcher, Ports
from services.auth.models import (
    SIGN_IN_CODE,
    Account,
    AccountNotice,
    AccountNoticeKind,
    CodeKind,
    CodeMixin,
    CodeRequest,
    CodeState,
    CounterNotice,
    FailedAttempt,
    MandateNotice,
    Notice,
    NoticeMixin,
    PersonNotice,
    RecordNotice,
    SecurityNotice,
    SecurityNoticeKind,
    SignInCode,
)
from services.auth.models.counter import CounterNoticeKind
from services.auth.settings import QuietHours
from services.kit import logging
from services.kit.attempts import Limit, cancel_attempt, derive_attempt_key, reserve_attempt
from services.kit.db import Sessions, is_any, read_database_time, sql_now
from services.kit.fields import is_iranian_mobile
from services.kit.jalali import to_tehran_date
from services.kit.problems import TooManyAttempts, Unavailable

# Codes of one kind to one person, and codes to one mobile that is not on file.
PER_HOUR = (Limit(3, 3600),)
# Longer than all calls of one try can take.
RETRY_SECONDS = 45
# A code that expires sooner than this is not sent.
LEAST_SECONDS = 2 * 60
# Tries of a notice, with a delay that doubles: about an hour in all.
MAX_SENDS = 7
# Notices of one kind in one step of the loop, which reports a heartbeat between two steps.
NOTICE_BATCH = 20
# Those that a person may have to act on first.
NOTICES: Sequence[type[NoticeMixin]] = (SecurityNotice, Notice, RecordNotice, PersonNotice, AccountNotice)

CODES = Counter("govah_codes", "Codes requested", ["kind", "result"])

log = structlog.get_logger()


class _Postponed(Exception):
    """A code may not be sent now; `seconds` is the delay until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def send_codes(sessions: Sessions, pepper: bytes, ports: Ports) -> int:
    """Send the code of each type that is due next, if its person may have one; return the rows processed.

    Records, the owner of the mobile and the message gateway are asked between the transactions.

    Raises Unavailable when another service is down: the row is retried later, with a new code.
    """
    models: tuple[type[CodeMixin], ...] = (CodeRequest, SignInCode)
    return sum(_process_next(sessions, pepper, ports, model) for model in models)


def _process_next(sessions: Sessions, pepper: bytes, ports: Ports, model: type[CodeMixin]) -> int:
    if not is_any(sessions, store.is_code_due(model), by=model.due_at):
        return 0
    with sessions.begin() as session:
        code_request = store.lock_due_code(session, model)
        if code_request is None:
            return 0
        code_request.due_at = sql_now(RETRY_SECONDS)
        seconds_left = int((code_request.expires_at - read_database_time(session)).total_seconds())
    logging.bind_request_id(code_request.request_id)
    result, delay = "not-sent", None
    try:
        if seconds_left >= LEAST_SECONDS and _send_code(
            sessions, pepper, ports, code_request, seconds_left // 60
        ):
            result = "sent"
    except _Postponed as postponed:
        result = "withheld"
        if postponed.seconds <= seconds_left - LEAST_SECONDS:
            result, delay = "waits", postponed.seconds
    with sessions.begin() as session:
        due_at = sql_now(delay) if delay else None
        session.execute(sa.update(model).where(model.id == code_request.id).values(due_at=due_at))
    CODES.labels(code_request.message_kind, result).inc()
    log.info(f"code.{result}", code_request=str(code_request.id), kind=code_request.message_kind)
    return 1


def _send_code(
    sessions: Sessions, pepper: bytes, ports: Ports, code_request: CodeMixin, minutes_left: int
) -> bool:
    person_id, mobile, account = _find_recipient(sessions, ports.people, code_request)
    if person_id is not None and account and code_request.message_kind == CodeKind.ACTIVATION:
        _notify_owner(sessions, pepper, code_request, account)
        return False
    if person_id is None or mobile is None:
        return False
    language = account.language if account else None
    if not _is_owner(ports, code_request, mobile):
        return False
    with sessions.begin() as session:
        account = store.lock_account(session, person_id)
        current = session.get_one(type(code_request), code_request.position, with_for_update=True)
        if current.state is not CodeState.OPEN or current.tries >= codes.MAX_TRIES:
            return False
        if _is_for_mobile_on_file(code_request) and (account is None or account.mobile != mobile):
            # The mobile has changed since it was read.
            raise _Postponed(1)
        uncount = _count_message(session, pepper, code_request, person_id, mobile)
        current.person_id = person_id
        code = codes.generate_code(pepper, current)
    try:
        ports.messages.send(
            build_code_message(code_request.message_kind, mobile, code, minutes_left, language or PERSIAN)
        )
    except Unavailable:
        with sessions.begin() as session:
            uncount(session)
        raise
    return True


def _is_owner(ports: Ports, code_request: CodeMixin, mobile: str) -> bool:
    """Return whether the mobile is the person's: one on file that officers have seen to, or by the port.

    The port knows Iranian mobiles of people with a national code. For all others there is the counter.
    """
    if is_iranian_mobile(mobile) and code_request.national_code.isdigit():
        return ports.mobiles.is_owner(code_request.national_code, mobile)
    return _is_for_mobile_on_file(code_request)


def _is_for_mobile_on_file(code_request: CodeMixin) -> bool:
    return code_request.message_kind in {SIGN_IN_CODE, CodeKind.PASSWORD_RESET}


def _notify_owner(sessions: Sessions, pepper: bytes, code_request: CodeMixin, account: Account) -> None:
    """Add a message to the mobile on file of somebody who has an account and was registered again.

    The message counts as a code of the registration, so there are no more of them. Raises _Postponed past
    the limit.
    """
    with sessions.begin() as session:
        _count_message(session, pepper, code_request, account.id, account.mobile)
        add_account_notice(
            session, AccountNoticeKind.ACCOUNT_EXISTS, account.id, cause=f"exists {code_request.id}"
        )


def _find_recipient(
    sessions: Sessions, people: PersonMatcher, code_request: CodeMixin
) -> tuple[uuid.UUID | None, str | None, Account | None]:
    """Return the person, the mobile that a code goes to, and the account, if any.

    No code may be sent if the person or the mobile is None.
    """
    person_id, mobile = code_request.person_id, None
    if isinstance(code_request, CodeRequest):
        mobile = code_request.mobile
        if code_request.birth_date is not None:
            person_id = people.match_person(
                code_request.national_code or None,
                code_request.birth_date,
                insurance_number=code_request.insurance_number,
            )
    if person_id is None:
        return None, None, None
    with sessions() as session:
        account = session.get(Account, person_id)
    if _is_for_mobile_on_file(code_request):
        mobile = account.mobile if account else None
    return person_id, mobile, account


def _count_message(
    session: Session, pepper: bytes, code_request: CodeMixin, person_id: uuid.UUID, mobile: str
) -> Callable[[Session], None]:
    """Count a message; return the function that takes the count back. Raises _Postponed past the limit."""
    counters = {derive_attempt_key(pepper, "code-sent", code_request.message_kind, str(person_id)): PER_HOUR}
    if not _is_for_mobile_on_file(code_request):
        counters[derive_attempt_key(pepper, "code-sent", "mobile", mobile)] = PER_HOUR
    try:
        counted = reserve_attempt(session, FailedAttempt, counters)
    except TooManyAttempts as full:
        raise _Postponed(full.retry_after or 0) from full
    return lambda later: cancel_attempt(later, FailedAttempt, counted)


def send_notices(
    sessions: Sessions, pepper: bytes, messages: MessageSender, quiet_hours: QuietHours | None = None
) -> int:
    """Send a batch of the notices that are due, and return the number of rows processed.

    Kinds that can wait are held in the quiet hours, and nothing is sent of a kind that its person has
    switched off. The message gateway is called between the transactions.

    Raises Unavailable when a message must be retried; it is given up after `MAX_SENDS` tries.
    """
    models: tuple[type[NoticeMixin], ...] = (
        SecurityNotice,
        Notice,
        RecordNotice,
        PersonNotice,
        AccountNotice,
        MandateNotice,
        CounterNotice,
    )
    return sum(_send_batch(sessions, pepper, messages, quiet_hours, model) for model in models)


def _send_batch(
    sessions: Sessions,
    pepper: bytes,
    messages: MessageSender,
    quiet_hours: QuietHours | None,
    model: type[NoticeMixin],
) -> int:
    if not is_any(sessions, store.is_notice_due(model), by=model.due_at):
        return 0
    sent: NoticeMixin | None = None
    for processed in range(NOTICE_BATCH):
        # One commit marks a notice as sent and takes the next one.
        with sessions.begin() as session:
            if sent:
                store.finish_notice(session, sent)
            now = read_database_time(session)
            due = store.lock_due_notice(session, model, list_held_kinds(quiet_hours, now))
            if due is None:
                return processed
            sent = due.notice
            sent.sends += 1
            is_last = sent.sends >= MAX_SENDS
            sent.due_at = None if is_last else sql_now(RETRY_SECONDS * 2 ** (sent.sends - 1))
            message = None
            if not is_muted(session, sent.person_id, sent.message_kind):
                message = _build_message(session, pepper, due, now)
        logging.bind_request_id(sent.request_id)
        if message:
            messages.send(message)
        log.info("notice.sent" if message else "notice.not-sent", kind=sent.message_kind, last=is_last)
    if sent:
        with sessions.begin() as session:
            store.finish_notice(session, sent)
    return NOTICE_BATCH


def _build_message(session: Session, pepper: bytes, due: store.DueNotice, now: datetime) -> Message | None:
    """Return the message of a notice, or None if the person has no mobile."""
    notice, language = due.notice, due.language or PERSIAN
    mobile = getattr(notice, "mobile", None) or due.mobile
    if mobile is None:
        return None
    match notice:
        case CounterNotice():
            message = _build_counter_message(pepper, notice, mobile, language)
        case MandateNotice():
            message = build_mandate_message(notice.kind, mobile, language)
        case Notice() | RecordNotice():
            message = build_notice_message(notice.kind, mobile, notice.occurred_at, language)
        case PersonNotice():
            message = build_person_message(notice.kind, mobile, notice.fields, language)
        case AccountNotice(day=date() as day):
            count = count_views(session, notice)
            message = build_views_message(mobile, count, day, to_tehran_date(now), language)
        case AccountNotice():
            message = build_account_message(AccountNoticeKind(notice.kind), mobile, language)
        case _:
            message = _build_security_message(pepper, notice, mobile, language)
    return message


def _build_security_message(pepper: bytes, notice: NoticeMixin, mobile: str, language: str) -> Message:
    code = None
    if isinstance(notice, SecurityNotice) and notice.reversal_id:
        code = group_code(derive_code(pepper, REVERSAL, notice.reversal_id))
    return build_security_message(SecurityNoticeKind(notice.message_kind), mobile, code, language)


def _build_counter_message(pepper: bytes, notice: CounterNotice, mobile: str, language: str) -> Message:
    code = None
    if notice.kind is CounterNoticeKind.ACTIVATION:
        code = group_code(derive_code(pepper, ACTIVATION, notice.identification_id))
    return build_counter_message(notice.kind, mobile, code, language)
