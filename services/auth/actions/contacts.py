"""Warnings to an institution's contact: its mobile, which `commands.institutions` sets, and the messages.

A consumer of `background` calls `on_institution_failing`; its loop of notices calls `send_contact_notices`.
"""

import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.messages import build_contact_message
from services.auth.actions.notice_deliveries import MAX_SENDS, RETRY_SECONDS, compute_retry_delay
from services.auth.clients import MessageSender
from services.auth.errors import CommandRefused
from services.auth.gateways import GatewaySilent, GatewayUnavailable
from services.auth.models import ContactNotice
from services.kit import logging
from services.kit.db import Sessions, is_any, sql_now
from services.kit.feed import Event

# Events that the feed delivers later than this cause no message.
MAX_AGE_SECONDS = 24 * 3600

log = structlog.get_logger()


def set_contact(session: Session, name: str, mobile: str | None) -> None:
    """Set the mobile of an institution's contact; None removes it.

    Raises CommandRefused when the institution is unknown.
    """
    institution = store.find_institution_named(session, name)
    if institution is None:
        raise CommandRefused(f"there is no institution {name}; see: institutions list")
    institution.contact_mobile = mobile


def on_institution_failing(session: Session, event: Event) -> None:
    """Add a message to the institution's contact, if any; inquiry publishes at most one event a day."""
    institution = store.find_institution(session, uuid.UUID(event.data["institution_id"]))
    if institution is None or institution.contact_mobile is None:
        log.warning("contact.missing", institution_id=event.data["institution_id"])
        return
    if event.occurred_at < session.scalars(sa.select(sql_now(-MAX_AGE_SECONDS))).one():
        return
    session.add(
        ContactNotice(
            institution_id=institution.id,
            cause=event.id,
            occurred_at=event.occurred_at,
            request_id=event.request_id,
        )
    )


def send_contact_notices(sessions: Sessions, messages: MessageSender) -> int:
    """Send the contact notice that is due next; return the number of rows that were processed, 0 or 1.

    The message gateway is called between two transactions.

    Raises Unavailable when the message must be retried. It is given up after `MAX_SENDS` tries; one that the
    gateway surely did not take does not count.
    """
    if not is_any(sessions, store.CONTACT_NOTICE_IS_DUE, by=ContactNotice.due_at):
        return 0
    with sessions.begin() as session:
        due = store.lock_due_contact_notice(session)
        if due is None:
            return 0
        notice, mobile = due
        notice.sends += 1
        is_last = notice.sends >= MAX_SENDS
        notice.due_at = None if is_last else sql_now(compute_retry_delay(notice.sends))
    logging.bind_request_id(notice.request_id)
    if mobile:
        try:
            messages.send(build_contact_message(mobile))
        except GatewaySilent:
            raise
        except GatewayUnavailable:
            with sessions.begin() as session:
                store.return_try(session, notice, RETRY_SECONDS)
            raise
    with sessions.begin() as session:
        store.finish_notice(session, notice)
    log.info("contact.sent" if mobile else "contact.not-sent", institution_id=str(notice.institution_id))
    return 1
