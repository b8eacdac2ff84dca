"""Delivery of notices to mobiles; `sending` runs many deliveries simultaneously.

A row is taken by moving its `due_at` ahead, so that it is retried after a crash. Messages are sent between
transactions, never inside one. A gateway that surely has not taken a message costs the notice no try.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.counter import ACTIVATION
from services.auth.actions.long_codes import derive_code, group_code
from services.auth.actions.messages import (
    PERSIAN,
    build_account_message,
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
from services.auth.clients import Message, MessageSender
from services.auth.gateways import GatewaySilent, GatewayUnavailable
from services.auth.models import (
    AccountNotice,
    AccountNoticeKind,
    CounterNotice,
    MandateNotice,
    Notice,
    NoticeMixin,
    PersonNotice,
    RecordNotice,
    SecurityNotice,
    SecurityNoticeKind,
)
from services.auth.models.counter import CounterNoticeKind
from services.auth.settings import QuietHours
from services.kit import logging
from services.kit.db import Sessions, is_any, read_database_time, sql_now
from services.kit.jalali import to_tehran_date

# Seconds from a try to the next one; the delay doubles up to six hours.
RETRY_SECONDS, MAX_RETRY_SECONDS = 45, 6 * 3600
# Tries of a notice whose message may have gone out: about a day in all.
MAX_SENDS = 12
# An older notice does not wait for the end of an outage.
MAX_WAIT = timedelta(days=3)
# Those that a person may have to act on first.
MODELS: Sequence[type[NoticeMixin]] = (
    SecurityNotice,
    Notice,
    RecordNotice,
    PersonNotice,
    AccountNotice,
    MandateNotice,
    CounterNotice,
)

log = structlog.get_logger()


class TakenNotice(NamedTuple):
    """A notice that was taken, with its message; None if nobody gets one."""

    notice: NoticeMixin
    message: Message | None
    is_last: bool
    is_old: bool


def compute_retry_delay(sends: int) -> int:
    """Return the seconds from the try of that number to the next one."""
    return min(RETRY_SECONDS << (sends - 1), MAX_RETRY_SECONDS)


def take_due_notices(
    sessions: Sessions, pepper: bytes, quiet_hours: QuietHours | None, limit: int
) -> Sequence[TakenNotice]:
    """Return notices that are due, each counted as a try.

    Kinds that can wait are held in the quiet hours, and nothing is sent of a kind that its person has
    switched off.
    """
    taken: list[TakenNotice] = []
    for model in MODELS:
        if len(taken) < limit and is_any(sessions, store.is_notice_due(model), by=model.due_at):
            with sessions.begin() as session:
                now = read_database_time(session)
                held_kinds = list_held_kinds(quiet_hours, now)
                while len(taken) < limit:
                    due = store.lock_due_notice(session, model, held_kinds)
                    if due is None:
                        break
                    taken.append(_take_notice(session, pepper, due, now))
    return taken


def _take_notice(session: Session, pepper: bytes, due: store.DueNotice, now: datetime) -> TakenNotice:
    notice = due.notice
    notice.sends += 1
    is_last = notice.sends >= MAX_SENDS
    notice.due_at = None if is_last else sql_now(compute_retry_delay(notice.sends))
    message = None
    if not is_muted(session, notice.person_id, notice.message_kind):
        message = _build_message(session, pepper, due, now)
    session.flush()
    return TakenNotice(notice, message, is_last, now - notice.occurred_at > MAX_WAIT)


def send_notice(sessions: Sessions, messages: MessageSender, taken: TakenNotice) -> None:
    """Send a notice that `take_due_notices` returned; the message gateway is called between transactions.

    Raises Unavailable when the message must be retried. It is given up after `MAX_SENDS` tries; one that the
    gateway surely did not take does not count.
    """
    notice = taken.notice
    logging.bind_request_id(notice.request_id)
    if taken.message:
        try:
            messages.send(taken.message)
        except GatewaySilent:
            raise
        except GatewayUnavailable as error:
            log.warning("notice.waits", kind=notice.message_kind, code=error.waiting_code)
            if not taken.is_old:
                with sessions.begin() as session:
                    store.return_try(session, notice, RETRY_SECONDS)
            raise
    with sessions.begin() as session:
        store.finish_notice(session, notice)
    log.info(
        "notice.sent" if taken.message else "notice.not-sent", kind=notice.message_kind, last=taken.is_last
    )


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
