"""Delivery of codes to mobiles, oldest first; `sending` runs many deliveries simultaneously.

A row is taken by moving its `due_at` ahead, so that it is retried after a crash or an outage. Messages are
sent between transactions, never inside one.

A code waits for the end of an outage of a gateway. Its life begins again when it goes out, or is found to go
to nobody, so a request may expire and be valid again later.

The limit of codes per person is here. It counts messages that go out, so that only someone who knows the
person's data can use it up, and so that no reply shows it. A request past the limit waits until it may be
sent or expires; the codes of earlier messages stay valid. Someone who knows the national code, the birth
date and the mobile of a person can still use up the limit, and the person gets each message.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes
from services.auth.actions.account_notices import add_account_notice
from services.auth.actions.messages import PERSIAN, build_code_message
from services.auth.clients import PersonMatcher, Ports
from services.auth.gateways import GatewaySilent, GatewayUnavailable
from services.auth.models import (
    SIGN_IN_CODE,
    Account,
    AccountNoticeKind,
    CodeKind,
    CodeMixin,
    CodeRequest,
    CodeState,
    FailedAttempt,
    SignInCode,
)
from services.kit import logging
from services.kit.attempts import Limit, cancel_attempt, derive_attempt_key, reserve_attempt
from services.kit.db import Sessions, is_any, read_database_time, sql_now
from services.kit.fields import is_iranian_mobile
from services.kit.problems import TooManyAttempts, Unavailable

# Codes of one kind to one person, and codes to one mobile that is not on file.
PER_HOUR = (Limit(3, 3600),)
# Longer than all calls of one try can take.
RETRY_SECONDS = 45
# Retries of a code that waits for a gateway become rarer with its age, up to this.
MAX_RETRY_SECONDS = 600
# A code is not sent with less than this of its life left.
LEAST_SECONDS = 2 * 60
# How long codes wait for the end of an outage. Nobody waits for the code of a sign-in longer.
MAX_WAIT_SECONDS: Mapping[type[CodeMixin], int] = {CodeRequest: 24 * 3600, SignInCode: 3600}

CODES = Counter("govah_codes", "Codes requested", ["kind", "result"])

log = structlog.get_logger()


class _Postponed(Exception):
    """A code may not be sent now; `seconds` is the delay until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class DueCode(NamedTuple):
    """A code that is due, with the seconds since it was requested and until it expires."""

    code_request: CodeMixin
    age: int
    seconds_left: int


def take_due_codes(sessions: Sessions, limit: int) -> Sequence[DueCode]:
    """Return the oldest codes that are due; nobody else takes them for `RETRY_SECONDS`."""
    due = [model for model in MAX_WAIT_SECONDS if is_any(sessions, store.is_code_due(model), by=model.due_at)]
    if not due:
        return []
    with sessions.begin() as session:
        rows = [row for model in due for row in store.lock_due_codes(session, model, limit)]
        now = read_database_time(session)
        oldest = sorted(rows, key=lambda row: row.asked_at)[:limit]
        for row in oldest:
            row.due_at = sql_now(RETRY_SECONDS)
        return [
            DueCode(
                row, int((now - row.asked_at).total_seconds()), int((row.expires_at - now).total_seconds())
            )
            for row in oldest
        ]


def send_code(sessions: Sessions, pepper: bytes, ports: Ports, due: DueCode) -> None:
    """Send a code that `take_due_codes` returned, if its person may have one.

    Records, the owner of the mobile and the message gateway are asked between the transactions.

    Raises Unavailable when another service is down: the row is retried later, with a new code.
    """
    code_request, model = due.code_request, type(due.code_request)
    logging.bind_request_id(code_request.request_id)
    has_waited = due.seconds_left < LEAST_SECONDS
    life = codes.LIFETIME if has_waited else due.seconds_left
    result, delay = "not-sent", None
    try:
        if due.age <= MAX_WAIT_SECONDS[model] and _send_code(
            sessions, pepper, ports, code_request, life // 60
        ):
            result = "sent"
    except _Postponed as postponed:
        result = "withheld"
        if code_request.waiting_code or postponed.seconds <= life - LEAST_SECONDS:
            result, delay = "waits", postponed.seconds
    except GatewayUnavailable as error:
        _wait_for_gateway(sessions, due, error.waiting_code)
        raise
    values: dict[str, object] = {"due_at": sql_now(delay) if delay else None}
    if not delay:
        values["waiting_code"] = None
    if has_waited and result in {"sent", "not-sent"}:
        values["expires_at"] = sql_now(codes.LIFETIME)
    with sessions.begin() as session:
        session.execute(sa.update(model).where(model.id == code_request.id).values(values))
    CODES.labels(code_request.message_kind, result).inc()
    log.info(f"code.{result}", code_request=str(code_request.id), kind=code_request.message_kind)


def _wait_for_gateway(sessions: Sessions, due: DueCode, waiting_code: str) -> None:
    code_request, model = due.code_request, type(due.code_request)
    delay = min(max(RETRY_SECONDS, due.age // 4), MAX_RETRY_SECONDS)
    with sessions.begin() as session:
        session.execute(
            sa.update(model)
            .where(model.id == code_request.id, model.due_at.is_not(None))
            .values(due_at=sql_now(delay), waiting_code=waiting_code)
        )
    log.warning(
        "code.waits", code_request=str(code_request.id), kind=code_request.message_kind, code=waiting_code
    )


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
    except GatewaySilent:
        # The message may have gone out, so it counts.
        raise
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
